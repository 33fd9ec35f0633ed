//! Secrets that were made and reach nobody: what has happened is said, with the cure.

use crate::registry::Store;
use crate::support::{Ran, binary, program};
use serde_json::json;

/// Runs a command line of `client`, whose `{client}` stands for its first words.
fn shell(store: &Store, line: &str) -> Ran {
    let line = line.replace("{client}", &format!("{} client", binary().display()));
    program("sh", ["-c", &line]).env("HEISTCTL_STORE", store.url()).in_folder(store.folder.path()).run()
}

/// The places where an answer is lost: a device that is full, a stdout that is closed, a pipe that nobody
/// reads any more.
const NOWHERE: [&str; 3] = [
    "ARGS >/dev/full",
    "ARGS >&-",
    "{ until [ -e gone ]; do :; done; ARGS; echo \"exit $?\" >code; } | { exec <&-; : >gone; }; . ./code",
];

#[test]
fn a_secret_that_reaches_nobody_is_said_to_be_lost() {
    for nowhere in NOWHERE {
        let store = Store::new();
        let lost = |args: &str, parts: &[&str]| {
            let ran = shell(&store, &nowhere.replace("ARGS", &format!("{{client}} {args}")));
            assert!(!ran.stderr.contains("only once"), "{ran}");
            ran.fails(1, &["error: output: cannot write to stdout: "]).fails(1, parts);
        };
        lost(
            "add a",
            &["client \"a\" is registered, but its secret is lost", "client rotate", "client remove"],
        );
        lost(
            "rotate a --json",
            &["client \"a\" has a new secret, which is lost", "expire in ", "hint: heistctl client rotate"],
        );
        lost("rotate a --now", &["the older ones expire now"]);
        store.file("lines", "{\"id\":\"b\"}\n{\"id\":\"c\"}\n");
        lost(
            "import lines",
            &["the clients are registered, but secrets are lost: 2", "client rotate", "client remove"],
        );
        assert_eq!(store.json(&["list"])["clients"].as_array().unwrap().len(), 3, "what is registered stays");
    }
}

#[test]
fn what_can_be_had_again_may_go_nowhere() {
    let store = Store::new();
    store.add("a", &[]);
    shell(&store, "{client} list >&-; {client} show a | exec true; {client} add b >/dev/null").exits(0);
    let known = json!({"id": "c", "secret_hash": format!("sha256:{}", "0".repeat(64))});
    store.file("lines", &known.to_string());
    shell(&store, "{client} import lines >&-").exits(0);
    shell(&store, "printf 'correct horse battery staple' | {client} add d --secret-stdin >&-").exits(0);
}
