//! Why the command of `serve -- COMMAND` does not run, in the user's own words, and how to run it. Its arguments
//! may have secrets and are not shown.

use std::ffi::OsStr;
use std::io::{Error, ErrorKind};
use std::path::Path;

/// What a shell answers for a command that is not there, or that cannot be run.
const NOT_FOUND: u8 = 127;
const CANNOT_RUN: u8 = 126;

/// Words that a shell knows and no folder has.
const SHELLS_OWN: [&str; 9] = ["cd", "export", "source", ".", "set", "alias", "exec", "eval", "unset"];

/// Why a command has not been started.
#[derive(Debug)]
pub(super) struct NotStarted {
    /// The code to end with.
    pub(super) code: u8,
    pub(super) what: String,
    pub(super) hint: String,
}

impl NotStarted {
    pub(super) fn new(code: u8, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, what: what.into(), hint: hint.into() }
    }
}

/// A kind of mistake: whether a name is of it, what is wrong, and the cure, in which § is the name.
type MissingCommand = (fn(&str) -> bool, &'static str, &'static str);

/// Of names that no command has; the first that fits counts.
const MISSING: [MissingCommand; 7] = [
    (
        |name| name.starts_with('-'),
        "is a flag, not a command",
        "flags stand before the --: heistctl serve § -- COMMAND",
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
        "is a part of the shell, not a command",
        "heistctl serve --demo -- sh -c '§ …'",
    ),
    (
        |name| !name.contains('/') && Path::new(name).exists(),
        "is a file of this folder, not a command",
        "heistctl serve --demo -- ./§",
    ),
    (|name| name.contains('/'), "is not there", "is the path right, from this folder?"),
    (|_| true, "is not there", "command -v § finds it where it is installed: PATH names the folders"),
];

/// Why a program with these arguments does not run.
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
        (CANNOT_RUN, "cannot be run", format!("{error}: a script begins with #!/bin/sh"))
    } else {
        let (_, why, cure) = MISSING.iter().find(|(fits, ..)| fits(&name)).unwrap_or(&MISSING[6]);
        (NOT_FOUND, *why, cure.replace('§', &name))
    };
    // The value of a variable may be a secret.
    let shown = name.split('=').next().unwrap_or_default();
    NotStarted::new(code, format!("cannot run the command: {shown:?} {why}"), hint)
}
