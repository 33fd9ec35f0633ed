//! The tables of exit codes are the program's.

use super::document;
use heistctl::exit::Exit;

#[test]
fn the_exit_codes_are_the_programs() {
    let row = |exit: &Exit| format!("| {} | {} |", exit.code(), exit.sentence());
    let table = |rows: Vec<String>| rows.join("\n");
    let all = table(Exit::ALL.iter().map(row).collect());
    assert!(document("docs/reference.md").contains(&all), "the table in docs/reference.md should be\n{all}");
    // The README has a single row for the codes of a token request by `call`.
    let is_of_call = |exit: &&Exit| (14..=17).contains(&exit.code());
    let mut rows: Vec<String> = Exit::ALL.iter().filter(|exit| !is_of_call(exit)).map(row).collect();
    rows.insert(rows.len() - 1, "| 14 to 17 | call: as 4 to 7, while getting its token |".to_owned());
    let short = table(rows);
    assert!(document("README.md").contains(&short), "the table in README.md should be\n{short}");
}
