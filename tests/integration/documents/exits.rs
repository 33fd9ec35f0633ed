//! The table of exit codes is the program's.

use super::documents;
use heistctl::exit::Exit;

#[test]
fn the_exit_codes_are_the_programs() {
    let rows: Vec<String> =
        Exit::ALL.iter().map(|exit| format!("| {} | {} |", exit.code(), exit.sentence())).collect();
    let table = rows.join("\n");
    let [(_, readme)] = documents()
        .into_iter()
        .filter(|(name, _)| name == "README.md")
        .collect::<Vec<_>>()
        .try_into()
        .expect("one README");
    assert!(readme.contains(&table), "the README's table should be\n{table}");
}
