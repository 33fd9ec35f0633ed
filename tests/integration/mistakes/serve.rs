//! Mistakes at the start of `serve` that are of its command and its store.

use super::Mistake;
use crate::support::{folder, heistctl};

#[test]
fn a_command_that_cannot_be_run_is_named_with_the_way_to_run_it() {
    let here = folder(&[("script.sh", "echo x\n")]);
    std::fs::create_dir(here.path().join("sub")).unwrap();
    for (command, exit, cause, cure) in [
        (&["nosuchcommand"][..], 127, "\"nosuchcommand\" was not found", "command -v nosuchcommand"),
        (&["./nothing.sh"], 127, "\"./nothing.sh\" was not found", "check the path"),
        (&["script.sh"], 127, "\"script.sh\" is a file in this folder", "./script.sh"),
        (&["./script.sh"], 126, "\"./script.sh\" may not be executed", "sh ./script.sh"),
        (&["./sub"], 126, "\"./sub\" is a folder", "COMMAND"),
        (&["echo hello"], 127, "\"echo hello\" is not a command", "-- sh -c 'echo hello'"),
        (&["cd"], 127, "\"cd\" is a shell builtin", "sh -c"),
        (&["A=b", "env"], 127, "\"A\" sets a variable", "-- env NAME=VALUE COMMAND"),
        (&["--port"], 127, "\"--port\" is a flag", "before the --"),
    ] {
        let typed: Vec<&str> = ["serve", "--demo", "--quiet", "--"].iter().chain(command).copied().collect();
        let mistake = Mistake { typed: &typed, exit, cause, cure };
        mistake.is_explained(|typed| heistctl(typed).in_folder(here.path()));
    }
}

#[test]
fn a_check_counts_in_the_singular_too() {
    let here = folder(&[]);
    let at = |typed: &[&str]| {
        heistctl(typed).in_folder(here.path()).env("HEISTCTL_STORE", "sqlite:x.db").run().exits(0)
    };
    at(&["client", "add", "a"]);
    let one = at(&["serve", "--check"]);
    assert!(one.stdout.contains("with 1 client\n") && !one.stdout.contains("1 clients"), "{one}");
    at(&["client", "add", "b"]);
    let two = at(&["serve", "--check"]);
    assert!(two.stdout.contains("with 2 clients\n"), "{two}");
}
