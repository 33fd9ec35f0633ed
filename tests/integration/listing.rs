//! `heistctl client list` at any size, and what was changed: `client history`, `key history`.

use crate::registry::{Store, token};
use crate::support::binary;
use serde_json::{Value, json};
use std::io::Read;
use std::process::{Command, Stdio};

/// A hash of the secret `password`.
pub(crate) const HASH: &str = "sha256:5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8";
/// Memory that must be enough for a list, however long it is; KiB.
const MOST_MEMORY: u64 = 64 * 1024;

/// Lines of an import.
pub(crate) fn lines(ids: impl Iterator<Item = String>) -> String {
    ids.map(|id| format!("{{\"id\":\"{id}\",\"scopes\":\"a b\",\"secret_hash\":\"{HASH}\"}}\n")).collect()
}

fn ids(found: &Value) -> Vec<&str> {
    found["clients"].as_array().unwrap().iter().map(|client| client["id"].as_str().unwrap()).collect()
}

/// The most memory that a process has had so far, in KiB.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse().unwrap_or(0)
}

#[test]
fn a_list_of_a_hundred_thousand_clients_takes_the_memory_of_a_page() {
    const PART: u32 = 10_000;
    let store = Store::new();
    for part in 0..10 {
        let lines = lines((part * PART..(part + 1) * PART).map(|n| format!("client-{n:06}")));
        store.client(&["import", "-", "-q"]).stdin(lines).run().exits(0);
    }
    for args in [&["list"][..], &["list", "--json"], &["list", "--unused", "0s", "--json"], &["history"]] {
        let mut child = Command::new(binary())
            .arg("client")
            .args(args)
            .env("HEISTCTL_STORE", store.url())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut out, mut text, mut most) = (child.stdout.take().unwrap(), Vec::new(), 0);
        let mut chunk = vec![0; 64 * 1024];
        loop {
            let read = out.read(&mut chunk).unwrap();
            most = most.max(peak(child.id()));
            match read {
                0 => break,
                read => text.extend_from_slice(&chunk[..read]),
            }
        }
        assert!(child.wait().unwrap().success());
        let found = text.windows(14).filter(|window| window.starts_with(b"client-0")).count();
        assert_eq!(found, 100_000, "{args:?}");
        assert!(most > 0 && most < MOST_MEMORY, "{args:?} took {most} KiB");
        if args.contains(&"--json") {
            let list: Value = serde_json::from_slice(&text).unwrap();
            assert_eq!(list["clients"].as_array().unwrap().len(), 100_000);
        }
    }
    // Whoever reads the first line alone has had enough, and that is no failure.
    let mut child = Command::new(binary())
        .args(["-q", "client", "list"])
        .env("HEISTCTL_STORE", store.url())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 13];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!((&first, ended.status.code(), ended.stderr.len()), (b"client-000000", Some(0), 0));
}

#[test]
fn a_list_begins_ends_and_leaves_out_as_its_flags_say() {
    let store = Store::new();
    let all = ["a", "team-a", "team-b", "team-c", "team.d", "z"];
    store.client(&["import", "-"]).stdin(lines(all.into_iter().map(str::to_owned))).run().exits(0);
    store.client(&["disable", "team-b"]).run().exits(0);
    store.client(&["disable", "z"]).run().exits(0);
    let list = |flags: &[&str]| {
        let args: Vec<&str> = ["list"].iter().chain(flags).copied().collect();
        let text = store.client(&args).run().exits(0).stdout;
        let found = store.json(&args);
        let lines: Vec<&str> = text.lines().map(|line| line.split("  ").next().unwrap()).collect();
        assert_eq!(lines, ids(&found), "{flags:?}");
        lines.join(" ")
    };
    for (flags, expected) in [
        (&[][..], "a team-a team-b team-c team.d z"),
        (&["--limit", "2"], "a team-a"),
        (&["--after", "team-a"], "team-b team-c team.d z"),
        (&["--after", "team-a", "--limit", "2"], "team-b team-c"),
        (&["--prefix", "team-"], "team-a team-b team-c"),
        (&["--prefix", "team-", "--after", "team-a", "--limit", "1"], "team-b"),
        (&["--prefix", "team-", "--after", "team-c"], ""),
        (&["--after", "z"], ""),
        (&["--disabled"], "team-b z"),
        (&["--disabled", "--limit", "1"], "team-b"),
        (&["--disabled", "--prefix", "z"], "z"),
        (&["--unused", "0s", "--prefix", "a"], "a"),
        (&["--unused", "30d"], ""),
    ] {
        assert_eq!(list(flags), expected, "{flags:?}");
    }
    assert!(store.client(&["list", "--prefix", "x"]).run().exits(0).stderr.contains("no client matches"));
    store.client(&["list", "--limit", "0"]).run().exits(2);
    store.client(&["list", "--unused", "soon"]).run().exits(2);
    // All were added 40 days ago, one was used 31 days ago, another one yesterday; a third has keys.
    let database = rusqlite::Connection::open(store.path()).unwrap();
    let day = |days: i64| heistctl::clock::Timestamp::now().unix() - days * 86_400;
    let created =
        format!("UPDATE client SET record = json_set(record, '$.created', {}), digest = NULL", day(40));
    database.execute(&created, []).unwrap();
    for (id, days) in [("a", 31), ("team-a", 1)] {
        let used = "INSERT INTO use (client, number, at) VALUES (?1, 1, ?2)";
        database.execute(used, rusqlite::params![id, day(days)]).unwrap();
    }
    drop(database);
    let key = crate::support::keys::Key::for_alg("ES256").public_pem();
    store.client(&["set", "z", "--jwks", &store.file("key.pem", &key)]).run();
    assert_eq!(list(&["--unused", "30d", "--prefix", "team"]), "team-b team-c team.d");
    assert_eq!(list(&["--unused", "30d", "--limit", "1"]), "a");
    assert_eq!(list(&["--unused", "30d", "--disabled", "--prefix", "team"]), "team-b");
    assert_eq!(list(&["--unused", "90d"]), "");
}

/// The changes that a command tells of, each as how and detail.
#[test]
fn clients_whose_secrets_end_are_a_finding() {
    let store = Store::new();
    ["a", "b", "c"].iter().for_each(|id| drop(store.add(id, &[])));
    store.client(&["rotate", "b", "--overlap", "10d"]).run().exits(0);
    store.client(&["rotate", "c", "--overlap", "20d"]).run().exits(0);
    let list = |args: &[&str]| store.client(&[&["list"], args].concat()).run();
    let ran = list(&["--expiring", "14d"]);
    assert!(ran.code == 8 && ran.stdout.lines().count() == 1 && ran.stdout.starts_with("b "), "{ran}");
    assert!(ran.stderr.contains("1 client has a secret that ends within 14d\nhint: "), "{ran}");
    let ran = list(&["--expiring", "30d", "--json"]);
    assert_eq!((ran.code, ids(&ran.json())), (8, vec!["b", "c"]));
    let ran = list(&["--expiring", "30d", "--prefix", "c"]);
    assert!(ran.code == 8 && ran.stdout.starts_with("c "), "{ran}");
    let ran = list(&["--expiring", "9d"]).exits(0);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("no client matches"), "{ran}");
    list(&["--expiring", "30d", "--unused", "1d"]).exits(0);
    // A secret that has ended is no more a finding.
    store.client(&["rotate", "b", "--now"]).run().exits(0);
    list(&["--expiring", "14d"]).exits(0);
}

fn changes(found: &Value) -> Vec<(String, String)> {
    let text = |change: &Value, name: &str| change[name].as_str().unwrap().to_owned();
    let changes = found["changes"].as_array().unwrap();
    changes.iter().map(|change| (text(change, "how"), text(change, "detail"))).collect()
}

#[test]
fn every_change_of_a_client_and_of_the_keys_is_on_record_and_no_secret_is() {
    let store = Store::new();
    let mut secrets = vec![store.add("a", &["--scope", "x"])];
    store.client(&["set", "a", "--lifetime", "15m", "--scope", "y"]).run().exits(0);
    secrets.push(store.json(&["rotate", "a"])["client_secret"].as_str().unwrap().to_owned());
    store.client(&["disable", "a"]).run().exits(0);
    store.client(&["enable", "a"]).run().exits(0);
    store.client(&["add", "a"]).run().exits(2);
    store.client(&["import", "-"]).stdin(lines(["b".to_owned()].into_iter())).run().exits(0);
    store.client(&["remove", "a"]).run().exits(0);
    let of_a = store.json(&["history", "a"]);
    let expected = [
        ("client add", ""),
        ("client set", "lifetime scopes"),
        ("client rotate", ""),
        ("client disable", "disabled"),
        ("client enable", "disabled"),
        ("client remove", ""),
    ];
    assert_eq!(changes(&of_a), expected.map(|(how, detail)| (how.to_owned(), detail.to_owned())));
    let first = &of_a["changes"][0];
    assert!(!first["by"].as_str().unwrap().is_empty() && first["client_id"] == "a", "{first}");
    assert!(first["at"].as_str().unwrap().ends_with('Z'), "{first}");
    let all = store.client(&["history"]).run().exits(0).stdout;
    assert_eq!(all.lines().count(), 7, "{all}");
    assert!(all.lines().any(|line| line.contains("client import") && line.contains("  b  by ")), "{all}");
    let keys = ["key", "history", "--json", "--store", &store.url()];
    assert_eq!(crate::support::heistctl(keys).run().exits(0).json(), json!({"changes": []}));
    store.client(&["history", "nobody"]).run().fails(2, &["no client \"nobody\""]);

    let key = |args: &[&str]| {
        let args: Vec<&str> = ["key"].iter().chain(args).copied().collect();
        crate::support::heistctl(args).env("HEISTCTL_STORE", store.url()).run().exits(0).stdout
    };
    assert_eq!(key(&["history"]), "");
    let server = store.serve();
    token(&server, "b", "password").exits(0);
    server.stop();
    key(&["rotate", "--now"]);
    let of_keys: Value = serde_json::from_str(&key(&["history", "--json"])).unwrap();
    let of_keys = changes(&of_keys);
    assert!(of_keys[0].0 == "serve" && of_keys[0].1.starts_with("made "), "{of_keys:?}");
    assert!(
        of_keys.iter().any(|(how, what)| how == "key rotate" && what.starts_with("made ")),
        "{of_keys:?}"
    );
    let told = format!("{all}{of_a}{of_keys:?}");
    assert!(!told.contains("sha256") && secrets.iter().all(|secret| !told.contains(secret)), "{told}");
}
