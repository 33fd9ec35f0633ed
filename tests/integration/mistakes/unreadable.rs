//! Files that cannot be read or hold something else: folders, empty files, UTF-16, a FIFO.

use super::Mistake;
use super::token::{issuer, usage};
use crate::support::{Server, binary, demo, folder, heistctl};
use std::process::Command;

fn utf_16(text: &str) -> Vec<u8> {
    [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

#[test]
fn a_file_that_cannot_be_used_says_why_and_what_to_give() {
    let files = folder(&[("empty", ""), ("cut.json", "{\"keys\":"), ("word", "hunter2\n"), ("key.pem", KEY)]);
    std::fs::create_dir(files.path().join("dir")).unwrap();
    std::fs::write(files.path().join("wide"), utf_16("hunter2-hunter2")).unwrap();
    let at = |typed: &[&str]| heistctl(typed).in_folder(files.path());
    let token = "eyJhbGciOiJub25lIn0.e30.";
    for (typed, cause, cure) in [
        (&["inspect", "--key", "dir", token][..], "dir: it is a folder", "dir/FILE"),
        (&["inspect", "--key", "empty", token], "it is empty", "--key FILE"),
        (&["inspect", "--key", "cut.json", token], "it is not JSON", "json.tool cut.json"),
        (&["inspect", "--key", "word", token], "neither PEM nor JWK", "--secret-file word"),
        (&["inspect", "--secret-file", "empty", token], "is empty", "--secret-env NAME"),
        (&["inspect", "--secret-file", "wide", token], "is UTF-16", "iconv -f UTF-16"),
        (&["inspect", "--diff", "@dir", token], "dir: it is a folder", "dir/FILE"),
        (&["inspect", "--diff", "@none", token], "cannot read none: there is no such file", "ls -l none"),
        (&["inspect", "--secret-file", "word", "--secret-encoding", "hex", token], "in hex", "leave out"),
        (
            &["inspect", "--jwks-url", "https://127.0.0.1:1/j", "--cacert", "key.pem", token],
            "key.pem (from --cacert): it holds a private key",
            "--cacert ca.pem",
        ),
        (&["inspect", "--jwks-url", "cut.json", token], "it has no scheme", "--jwks cut.json"),
        (&["client", "list", "--store", "sqlite:word"], "word is not a SQLite", "sqlite:heistctl.db"),
    ] {
        let exit = if typed[0] == "client" { 1 } else { 2 };
        let ran = Mistake { typed, exit, cause, cure }.is_explained(at);
        assert!(!ran.stderr.contains("hunter2"), "{ran}");
    }
    for (typed, cause, cure) in [
        (&["--client-secret-file", "wide"][..], "is UTF-16", "iconv -f UTF-16"),
        (&["--client-secret-file", "empty"], "from empty is empty", "mode 600"),
        (&["--client-secret-file", "dir"], "dir: it is a folder", "dir/FILE"),
        (&["--cacert", "dir", "--token-url", "https://127.0.0.1:1/t"], "dir: it is a folder", "--cacert"),
    ] {
        Mistake { typed, exit: 2, cause, cure }.is_explained(|typed| usage(typed).in_folder(files.path()));
    }
    let diff = Mistake {
        typed: &["inspect", "--diff", "word", token],
        exit: 9,
        cause: "word is the name of a file",
        cure: "--diff @word",
    };
    diff.is_explained(at);
}

#[test]
fn a_token_that_powershell_wrote_is_read() {
    let files = folder(&[]);
    std::fs::write(files.path().join("token.txt"), utf_16("eyJhbGciOiJub25lIn0.e30.\r\n")).unwrap();
    let ran = heistctl(["inspect", "--diff", "@token.txt", "eyJhbGciOiJub25lIn0.e30."]);
    ran.in_folder(files.path()).run().exits(0);
}

#[test]
fn a_fifo_is_not_a_store_and_nobody_waits_for_it() {
    let files = folder(&[]);
    assert!(Command::new("mkfifo").arg(files.path().join("fifo")).status().unwrap().success());
    for store in ["sqlite:fifo", "sqlite:/dev/zero"] {
        let typed = ["client", "list", "--store", store];
        let mistake =
            Mistake { typed: &typed, exit: 1, cause: "is a device or a FIFO", cure: "sqlite:heistctl.db" };
        mistake.is_explained(|typed| heistctl(typed).in_folder(files.path()));
    }
}

#[test]
fn introspection_without_a_client_names_what_inspect_has() {
    let server: Server = demo();
    let token = server.token();
    let none = Mistake {
        typed: &["inspect", "--introspect", &token],
        exit: 2,
        cause: "no client id",
        cure: "HEISTCTL_CLIENT_ID=ID HEISTCTL_CLIENT_SECRET=SECRET heistctl inspect",
    };
    let ran = none.is_explained(|typed| heistctl(typed));
    assert!(!ran.stderr.contains("--client-id"), "inspect has no such flag: {ran}");
    let half = Mistake { cause: "client secret: none given", ..none };
    half.is_explained(|typed| heistctl(typed).env("HEISTCTL_CLIENT_ID", "app"));
}

#[test]
fn an_address_without_keys_is_answered_with_the_issuer() {
    let (server, token) = (issuer(), "eyJhbGciOiJub25lIn0.e30.");
    let cure = format!("--issuer {}", server.url());
    for (path, exit, cause) in [
        ("", 5, "neither a JWK (no kty) nor"),
        ("/oauth/token", 4, "answered 405 instead of keys"),
        ("/.well-known/openid-configuration", 5, "an issuer's metadata, not a key"),
        ("/health", 5, "/health: "),
    ] {
        let url = format!("{}{path}", server.url());
        let typed = ["inspect", "--jwks-url", &url, token];
        Mistake { typed: &typed, exit, cause, cure: &cure }.is_explained(|typed| heistctl(typed));
    }
}

#[test]
fn a_server_whose_log_is_json_says_its_mistakes_in_json() {
    let files = folder(&[
        ("heist.toml", "log = \"json\"\nlisten = \"nowhere\"\n"),
        ("text.toml", "listen = \"nowhere\"\n"),
    ]);
    for (typed, exit) in [
        (&["serve"][..], 2),
        (&["serve", "--log", "json", "--config", "text.toml"], 2),
        (&["serve", "--log", "json", "--config", "none.toml"], 2),
        (&["serve", "--log", "json", "--store", "mysql://x"], 2),
    ] {
        // The harness turns such lines into text.
        let ran =
            Command::new(binary()).args(typed).current_dir(files.path()).env_remove("HOME").output().unwrap();
        let stderr = String::from_utf8(ran.stderr).unwrap();
        let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("{typed:?}: {stderr}"));
        let events: Vec<serde_json::Value> = stderr.lines().map(read).collect();
        assert_eq!(ran.status.code(), Some(exit), "{typed:?}: {stderr}");
        assert!(events[0]["event"] == "alarm" && events[1]["event"] == "hint", "{typed:?}: {stderr}");
    }
    let text = ["serve", "--log", "text", "--config", "text.toml"];
    heistctl(text).in_folder(files.path()).run().fails(2, &["error: configuration: ", "hint: "]);
}

const KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";
