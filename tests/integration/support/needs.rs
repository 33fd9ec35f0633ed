//! What a test needs of the machine that it runs on. Unit tests include this file by its path.

use std::io::Write;

/// Whether the machine has it. Where it has not, the caller skips its test, and stderr says so past the
/// harness, which shows nothing of a test that passes. In CI nothing is skipped: there it panics.
#[track_caller]
pub(crate) fn needs(what: &str, is_there: bool) -> bool {
    if !is_there {
        assert!(std::env::var_os("CI").is_none(), "this test needs {what}, and CI is set");
        let caller = std::panic::Location::caller();
        let _ = std::io::stderr().write_all(format!("SKIPPED: {caller} needs {what}\n").as_bytes());
    }
    is_there
}
