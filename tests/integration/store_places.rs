//! Where the store is: a server and the commands find the same one, each names it, and a server that has no place
//! for one does not start.

use crate::support::{Heistctl, demo, folder, heistctl};
use serde_json::Value;
use std::path::Path;

const ISSUER: &str = "issuer = \"https://as.example.com\"\n";

fn in_folder(here: &Path, args: &[&str]) -> Heistctl {
    heistctl(args).in_folder(here).env("HOME", here.join("home"))
}

/// The store of a checked start.
fn checked(serve: Heistctl) -> Value {
    serve.run().exits(0).json()["store"].take()
}

#[test]
fn a_server_and_the_commands_find_the_same_store_and_name_it() {
    let here = folder(&[("heist.toml", ISSUER), ("named.toml", "store = \"sqlite:named.db\"\n")]);
    let at = |name: &str| here.path().join(name);
    std::fs::create_dir_all(at("conf")).unwrap();
    std::fs::create_dir_all(at("state")).unwrap();
    std::fs::create_dir_all(at("empty")).unwrap();
    std::fs::write(at("conf/heist.toml"), ISSUER).unwrap();
    let (state, flag) = (at("state").display().to_string(), ["--store", "sqlite:flag.db"]);
    type Row<'a> = (&'a str, &'a [&'a str], &'a [(&'a str, &'a str)], &'a str, &'a str);
    let rows: [Row<'_>; 8] = [
        ("", &flag, &[("HEISTCTL_STORE", "sqlite:variable.db")], "flag.db", "--store"),
        (
            "",
            &["--config", "named.toml"],
            &[("HEISTCTL_STORE", "sqlite:variable.db")],
            "variable.db",
            "HEISTCTL_STORE",
        ),
        ("", &["--config", "named.toml"], &[("STATE_DIRECTORY", &state)], "named.db", "store in named.toml"),
        ("", &[], &[("HEISTCTL_CONFIG", "named.toml")], "named.db", "store in named.toml"),
        ("", &[], &[("STATE_DIRECTORY", &state)], "state/heistctl.db", "STATE_DIRECTORY"),
        ("", &["--config", "conf/heist.toml"], &[], "conf/heistctl.db", "beside conf/heist.toml"),
        ("", &[], &[], "heistctl.db", "beside heist.toml"),
        ("empty", &[], &[], "home/.local/share/heistctl/heistctl.db", "the user's own"),
    ];
    for (folder, flags, variables, file, origin) in rows {
        let run = |args: &[&str]| {
            let args: Vec<&str> = args.iter().chain(flags).copied().collect();
            heistctl(args).in_folder(&at(folder)).env("HOME", at("home")).envs(variables)
        };
        let checked = checked(run(&["serve", "--check", "--json"]));
        let added = run(&["client", "add", "a", "--scope", "x"]).run().exits(0);
        assert!(at(file).is_file(), "{file} was not made: {added}");
        let named = format!("{} is new: it was just created", checked.as_str().unwrap());
        assert!(added.stderr.contains(&named), "{added}\n{named}");
        for args in
            [&["client", "list"][..], &["client", "show", "a"], &["client", "history"], &["key", "list"]]
        {
            let ran = run(args).run().exits(0);
            let note = format!("note: the store is {} ({origin})\n", checked.as_str().unwrap());
            assert!(ran.stderr.contains(&note), "{ran}\n{note}");
            let quiet: Vec<&str> = ["-q"].iter().chain(args).copied().collect();
            assert_eq!(run(&quiet).run().exits(0).stderr, "");
        }
        run(&["client", "show", "b"]).run().fails(2, &["there is no client \"b\" in the store", file]);
        run(&["key", "generate"]).run().exits(0);
        if !flags.contains(&"--store") {
            let mint = ["mint", "--store", "--yes-sign-with-this-key", "--sub", "a"];
            assert!(run(&mint).run().exits(0).stderr.contains(origin), "{file}");
        }
        std::fs::remove_file(at(file)).unwrap();
    }
}

#[test]
fn commands_refuse_a_configuration_that_the_server_would_refuse() {
    let here =
        folder(&[("heist.toml", "stroe = \"sqlite:a.db\"\n"), ("memory.toml", "store = \"memory:\"\n")]);
    for args in [&["client", "list"][..], &["client", "add", "a"], &["key", "list"], &["mint", "--store"]] {
        in_folder(here.path(), args).run().fails(2, &["heist.toml:1: ", "unknown key", "store = "]);
        let named: Vec<&str> = args.iter().chain(&["--config", "none.toml"]).copied().collect();
        in_folder(here.path(), &named).run().fails(2, &["cannot read none.toml (from --config)"]);
        let named: Vec<&str> = args.iter().chain(&["--config", "memory.toml"]).copied().collect();
        in_folder(here.path(), &named).run().fails(2, &["memory: would not outlive", "store in memory.toml"]);
    }
    // A store that is named needs no configuration.
    in_folder(here.path(), &["client", "add", "a", "--store", "sqlite:b.db"]).run().exits(0);
    assert!(!here.path().join("heistctl.db").exists());
}

#[test]
fn a_server_without_a_place_for_its_store_does_not_start_and_its_check_says_so() {
    let with_key = "[signing]\nsecret_file = \"key\"\n[[client]]\nid = \"c\"\nsecret_file = \"secret\"\n";
    let key = "6f1d93e8f24a0b7c1d93e8f24a0b7c1d93e8f24a0b7c";
    let here = folder(&[("secret", "0b7c1d93e8f24a0b7c1d93e8f24a"), ("key", key), ("key.toml", with_key)]);
    let serve = |more: &[&str]| {
        let serve = heistctl(["serve", "--listen", "127.0.0.1:0"].iter().chain(more)).in_folder(here.path());
        serve.env("STATE_DIRECTORY", "/proc/self")
    };
    for check in [&[][..], &["--check"]] {
        serve(check).run().fails(1, &["/proc/self/heistctl.db cannot be made", "--store memory:"]);
        heistctl(["serve"].iter().chain(check)).in_folder(here.path()).run().fails(2, &["hint: "]);
    }
    // Nothing need outlive the run.
    let memory = serve(&["--check", "--json", "--store", "memory:"]).run().exits(0).json();
    assert_eq!(memory["ephemeral_key"], true);
    serve(&["--store", "memory:"]).serve();
    demo();
    // With a key and clients in the configuration, only revocations are lost; and that is said.
    let found = serve(&["--check", "--json", "--config", "key.toml"]).run().exits(0).json();
    assert_eq!(found["ephemeral_key"], false);
    assert!(found["warnings"].to_string().contains("revocations are lost at the end of this run"), "{found}");
    let mut server = serve(&["--config", "key.toml"]).serve();
    server.says().until("revocations are lost at the end of this run");
}
