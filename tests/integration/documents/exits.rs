//! The tables of exit codes are the program's.

use super::document;
use heistctl::exit::Exit;

#[test]
fn the_exit_codes_are_the_programs() {
    let rows: Vec<String> =
        Exit::ALL.iter().map(|exit| format!("| {} | {} |", exit.code(), exit.sentence())).collect();
    let table = rows.join("\n");
    for name in ["README.md", "docs/reference.md"] {
        assert!(document(name).contains(&table), "the table in {name} should be\n{table}");
    }
}
