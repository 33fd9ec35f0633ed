//! Explains why the command of `serve -- COMMAND` does not run, and how to run it. Arguments may contain
//! secrets and are not shown.

use crate::os_error::plain;
use std::ffi::OsStr;
use std::io::{Error, ErrorKind};
use std::path::Path;

/// Exit codes of a shell for a command that is not found, or that cannot be run.
const NOT_FOUND: u8 = 127;
const CANNOT_RUN: u8 = 126;

/// Shell builtins, which are not programs.
const SHELLS_OWN: [&str; 9] = ["cd", "export", "source", ".", "set", "alias", "exec", "eval", "unset"];

/// The failure to start a command.
#[derive(Debug)]
pub(super) struct NotStarted {
    /// The exit code.
    pub(super) code: u8,
    pub(super) what: String,
    pub(super) hint: String,
}

impl NotStarted {
    pub(super) fn new(code: u8, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, what: what.into(), hint: hint.into() }
    }
}

/// A mistake: a test of the name, the fault, and the fix, in which § stands for the name.
type MissingCommand = (fn(&str) -> bool, &'static str, &'static str);

/// Mistakes in the name of a command. The first match counts.
const MISSING: [MissingCommand; 7] = [
    (
        |name| name.starts_with('-'),
        "is a flag, not a command",
        "put flags before the --: heistctl serve § -- COMMAND",
    ),
    (
        |name| name.contains(char::is_whitespace),
        "is not a command, but a line of several words",
        "heistctl serve --demo -- sh -c '§'",
    ),
    (
        |name| name.contains('=') && !name.contains('/'),
        "sets a variable, and is not a command",
        "heistctl serve --demo -- env NAME=VALUE COMMAND",
    ),
    (
        |name| SHELLS_OWN.contains(&name),
        "is a shell builtin, not a program",
        "heistctl serve --demo -- sh -c '§ …'",
    ),
    (
        |name| !name.contains('/') && Path::new(name).exists(),
        "is a file in this folder, not a command",
        "heistctl serve --demo -- ./§",
    ),
    (|name| name.contains('/'), "was not found", "check the path; it is relative to this folder"),
    (|_| true, "was not found", "check that it is installed and in PATH: command -v §"),
];

/// Explains why a program does not run.
pub(super) fn explain(program: &OsStr, error: &Error) -> NotStarted {
    let name = program.to_string_lossy();
    let (code, why, hint) = if Path::new(program).is_dir() {
        (CANNOT_RUN, "is a folder", "heistctl serve --demo -- COMMAND".to_owned())
    } else if error.kind() == ErrorKind::PermissionDenied {
        (
            CANNOT_RUN,
            "may not be executed",
            "heistctl serve --demo -- sh §, or chmod +x §".replace('§', &name),
        )
    } else if error.kind() != ErrorKind::NotFound {
        (CANNOT_RUN, "cannot be run", format!("{}; a script begins with #!/bin/sh", plain(error)))
    } else {
        let (_, why, cure) = MISSING.iter().find(|(fits, ..)| fits(&name)).unwrap_or(&MISSING[6]);
        (NOT_FOUND, *why, cure.replace('§', &name))
    };
    // The value of a variable may be a secret.
    let shown = name.split('=').next().unwrap_or_default();
    NotStarted::new(code, format!("cannot run the command: {shown:?} {why}"), hint)
}
