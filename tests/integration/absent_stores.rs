//! Stores that are not there: who only asks makes none, and is told.

use crate::support::{Heistctl, folder, heistctl};
use serde_json::json;
use std::path::Path;

fn in_home(home: &Path, args: &[&str]) -> Heistctl {
    heistctl(args).env("HOME", home).in_folder(home)
}

#[track_caller]
fn is_empty(home: &Path) {
    let left: Vec<_> = std::fs::read_dir(home).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_mistyped_store_is_missed_and_not_made() {
    let home = folder(&[]);
    for args in [
        &["client", "list"][..],
        &["client", "show", "a"],
        &["client", "set", "a", "--scope", "x"],
        &["client", "rotate", "a"],
        &["client", "disable", "a"],
        &["client", "enable", "a"],
        &["client", "remove", "a"],
        &["key", "list"],
        &["key", "rotate"],
        &["key", "retire", "k"],
    ] {
        let named: Vec<&str> = args.iter().copied().chain(["--store", "sqlite:no/such.db"]).collect();
        let parts = ["there is no store at no/such.db", "hint: --store names another", "client add"];
        in_home(home.path(), &named).run().fails(2, &parts);
    }
    is_empty(home.path());
}

#[test]
fn a_reload_makes_no_store() {
    let toml = |store: &str| format!("listen = '127.0.0.1:0'\nissuer = 'https://as.example.com'\n{store}");
    let home = folder(&[("heist.toml", &toml("store = 'sqlite:heist.db'\n"))]);
    let mut server = in_home(home.path(), &["serve"]).serve();
    let mut said = server.says();
    let keys = || server.request("GET", "/.well-known/jwks.json", &[], "").json();
    let first = keys();
    for (store, absent) in [("store = 'sqlite:hiest.db'\n", "hiest.db"), ("", "heistctl.db")] {
        let changed = toml(store).replace("as.example.com", "other.example.com");
        std::fs::write(home.path().join("heist.toml"), changed).unwrap();
        server.signal("-HUP");
        said.until("the configuration is unchanged: there is no store at ");
        assert_eq!(keys(), first);
        let metadata = server.request("GET", "/.well-known/oauth-authorization-server", &[], "").json();
        assert_eq!(metadata["issuer"], "https://as.example.com", "{absent}");
        let found = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(!found.into_iter().any(|name| name.to_string_lossy().starts_with(absent)), "{absent}");
    }
    server.signal("-TERM");
    let said = said.all();
    assert!(said.contains("hiest.db") && said.contains("restart the server to make the store"), "{said}");
}

#[test]
fn before_the_first_client_there_is_none_and_no_store() {
    let home = folder(&[]);
    let ran = in_home(home.path(), &["client", "list"]).run().exits(0);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("there is no client; heistctl client add"), "{ran}");
    let ran = in_home(home.path(), &["client", "list", "--json"]).run().exits(0);
    assert_eq!(ran.json(), json!({"clients": []}));
    let ran = in_home(home.path(), &["key", "list"]).run().exits(0);
    assert!(ran.stderr.contains("there is no key in") && ran.stderr.contains("heistctl.db"), "{ran}");
    for args in [&["client", "show", "a"][..], &["client", "remove", "a"], &["key", "rotate"]] {
        in_home(home.path(), args).run().fails(2, &["there is no store at", "client add"]);
    }
    is_empty(home.path());
    in_home(home.path(), &["client", "add", "a"]).run().exits(0);
    in_home(home.path(), &["client", "show", "a"]).run().exits(0);
}

#[test]
fn a_check_makes_no_store_and_says_that_a_start_does() {
    let home = folder(&[]);
    for store in [&["--store", "sqlite:new/store.db"][..], &[]] {
        let args: Vec<&str> = ["serve", "--check", "--json"].iter().chain(store).copied().collect();
        let found = in_home(home.path(), &args).run().exits(0).json();
        let warning = found["warnings"][0].as_str().unwrap_or_default();
        assert!(
            warning.contains("there is no store at") && warning.contains("a start creates it"),
            "{found}"
        );
        assert_eq!(found["ephemeral_key"], json!(false));
        is_empty(home.path());
    }
}
