//! The cache of `heistctl token`: one request for a hundred scripts, and whatever is wrong with an entry
//! is a miss and nothing else.

use crate::support::cached::Cached;
use crate::support::faults::{Fault, Faults};
use crate::support::needs::needs;
use crate::support::process::wait_until;
use crate::support::{HACKER, Running, demo, folder, heistctl};
use serde_json::{Value, json};
use std::fs::{self, Permissions};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A server of tokens t0, t1, …
fn counting(seconds: u64) -> Faults {
    Faults::serve(move |number, _| Fault::token(&format!("t{number}"), seconds))
}

/// Whether a process has a lock file open: it has the lock, or waits for it.
fn is_at_the_lock(id: u32) -> bool {
    let descriptors = fs::read_dir(format!("/proc/{id}/fd")).into_iter().flatten().flatten();
    let mut targets = descriptors.filter_map(|entry| fs::read_link(entry.path()).ok());
    // By its whole name: whoever runs the tests may hold a lock of another kind, which all inherit.
    let is_ours = |target: PathBuf| {
        let name = target.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.strip_suffix(".lock").is_some_and(|digest| digest.len() == 64)
    };
    targets.any(is_ours)
}

#[test]
fn a_hundred_scripts_make_one_request_and_a_hundred_refreshes_another() {
    // The first answer waits until all hundred have come.
    let waiting: Arc<Mutex<Vec<u32>>> = Arc::default();
    let seen = waiting.clone();
    let server = Faults::serve(move |number, _| {
        wait_until("both are at the lock", || {
            let ids = seen.lock().unwrap();
            ids.len() == 100 && ids.iter().all(|id| is_at_the_lock(*id))
        });
        Fault::token(&format!("t{number}"), 3600)
    });
    let cached = Cached::at(server.token_url());
    for (number, args) in [(0, &[][..]), (1, &["--refresh"])] {
        waiting.lock().unwrap().clear();
        let runs: Vec<Running> = (0..100).map(|_| cached.run(args).start()).collect();
        waiting.lock().unwrap().extend(runs.iter().map(Running::id));
        for run in runs {
            let ran = run.ended().exits(0);
            assert_eq!(
                (ran.stdout.trim(), ran.stderr.as_str()),
                (format!("t{number}").as_str(), ""),
                "{ran}"
            );
        }
        assert_eq!(server.asked().len(), number + 1);
    }
}

#[test]
fn a_token_is_kept_for_its_owner_alone_and_found_by_the_same_request_only() {
    let server = counting(3600);
    let cached = Cached::at(server.token_url());
    assert_eq!(cached.token(&[]), "t0");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&cached.entry()), mode(&cached.path())), (0o600, 0o700));
    let json = cached.run(&["--json"]).run().exits(0).json();
    assert_eq!((&json["cached"], &json["access_token"]), (&true.into(), &"t0".into()));
    let other: [&[&str]; 12] = [
        &["--scope", "a"],
        &["--scope", "a b"],
        &["--resource", "https://a"],
        &["--resource", "https://a", "--resource", "https://b"],
        &["--resource", "https://a\nb=c"],
        &["--audience", "a"],
        &["--param", "a=b"],
        &["--param", "a=b", "--param", "c=d"],
        &["--param", "a=b\nc=d"],
        &["--client-id", "other"],
        &["--auth-method", "client_secret_post"],
        &["--token-url", &format!("{}?x", server.token_url())],
    ];
    for (number, args) in other.iter().enumerate() {
        assert_eq!(cached.token(args), format!("t{}", number + 1), "{args:?}");
    }
    let secret = cached.run(&[]).env("HEISTCTL_CLIENT_SECRET", "other").run().exits(0);
    assert_eq!(secret.stdout, "t13\n");
    for (number, args) in other.iter().enumerate() {
        assert_eq!(cached.token(args), format!("t{}", number + 1), "{args:?}");
    }
    assert_eq!(cached.token(&["--scope", "b,a"]), "t2", "the order of scopes means nothing");
    assert_eq!(cached.token(&["--resource", "https://b", "--resource", "https://a"]), "t4");
}

/// A change to the file of an entry.
type Change<'a> = (&'a str, &'a dyn Fn(&Path));

#[test]
fn whatever_is_wrong_with_an_entry_it_is_a_miss() {
    let edit = |path: &Path, change: &dyn Fn(&mut Value)| {
        let mut entry: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        change(&mut entry);
        fs::write(path, entry.to_string()).unwrap();
    };
    let future = i64::MAX / 2;
    let changes: [Change; 12] = [
        ("empty", &|path| fs::write(path, "").unwrap()),
        ("garbage", &|path| fs::write(path, [0, 159, 146, 150]).unwrap()),
        ("truncated", &|path| {
            let text = fs::read(path).unwrap();
            fs::write(path, &text[..text.len() / 2]).unwrap();
        }),
        ("large", &|path| {
            let text = fs::read_to_string(path).unwrap();
            fs::write(path, " ".repeat(200_000) + &text).unwrap();
        }),
        ("readable by others", &|path| fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap()),
        ("another version", &|path| edit(path, &|entry| entry["version"] = json!(2))),
        ("another key", &|path| edit(path, &|entry| entry["key"] = json!("0".repeat(64)))),
        ("from the future", &|path| edit(path, &|entry| entry["value"]["obtained"] = json!(future))),
        ("expired", &|path| edit(path, &|entry| entry["value"]["expires"] = json!(1))),
        ("mistyped", &|path| edit(path, &|entry| entry["value"]["expires"] = json!("later"))),
        ("no token", &|path| edit(path, &|entry| entry["value"]["access_token"] = json!("a\nb"))),
        ("a FIFO", &|path| {
            fs::remove_file(path).unwrap();
            assert!(Command::new("mkfifo").args(["-m", "600"]).arg(path).status().unwrap().success());
            assert!(fs::metadata(path).unwrap().file_type().is_fifo());
        }),
    ];
    let server = counting(3600);
    let cached = Cached::at(server.token_url());
    assert_eq!(cached.token(&[]), "t0");
    for (number, (what, change)) in changes.iter().enumerate() {
        change(&cached.entry());
        assert_eq!(cached.run(&["--check"]).run().exits(8).stdout, "", "{what}");
        assert_eq!(cached.token(&[]), format!("t{}", number + 1), "{what}");
        assert_eq!(cached.token(&[]), format!("t{}", number + 1), "what is new is kept: {what}");
    }
    // In the place of a folder nothing can be kept, which is said.
    let entry = cached.entry();
    fs::remove_file(&entry).unwrap();
    fs::create_dir(&entry).unwrap();
    let ran = cached.run(&[]).run().exits(0);
    assert!(ran.stdout == "t13\n" && ran.stderr.starts_with("note: the token is not cached: "), "{ran}");
    cached.run(&["--clear-cache"]).run().exits(0);
    assert!(entry.is_dir() && cached.files(".part").is_empty());
}

#[test]
fn another_users_entry_is_a_miss() {
    let server = counting(3600);
    let cached = Cached::at(server.token_url());
    assert_eq!(cached.token(&[]), "t0");
    let given = std::os::unix::fs::chown(cached.entry(), Some(65_534), None);
    if !needs("the right to give a file to another user", given.is_ok()) {
        return;
    }
    assert_eq!(cached.token(&[]), "t1");
}

#[test]
fn a_folder_that_is_of_no_use_costs_the_cache_and_nothing_else() {
    let server = counting(3600);
    let cached = Cached::at(server.token_url());
    fs::write(cached.path(), "a file").unwrap();
    for number in 0..2 {
        let ran = cached.run(&[]).run().exits(0);
        assert_eq!(ran.stdout, format!("t{number}\n"));
        assert!(ran.stderr.starts_with("note: the token is not cached: "), "{ran}");
    }
    assert_eq!(cached.run(&["-q"]).run().exits(0).stderr, "");
    cached.run(&["--check"]).run().exits(8);
    cached.run(&["--clear-cache"]).run().fails(1, &["cache: cannot clear"]);
    let homeless = heistctl(["token"]).envs(&HACKER).env("HEISTCTL_TOKEN_URL", server.token_url());
    assert_eq!(homeless.run().exits(0).stderr, "");
    heistctl(["token", "--clear-cache"]).run().fails(2, &["HOME is not set", "HEISTCTL_CACHE_DIR"]);
}

#[test]
fn the_folder_is_where_the_variables_say() {
    let server = counting(3600);
    let home = folder(&[]);
    let at = |path: &str| home.path().join(path);
    let token = |name: &str, value: &Path| {
        let run = heistctl(["token"]).envs(&HACKER).env("HEISTCTL_TOKEN_URL", server.token_url());
        run.env("HOME", home.path()).env(name, value).in_folder(home.path()).run().exits(0)
    };
    for (name, value, folder) in [
        ("XDG_CACHE_HOME", at("xdg"), at("xdg/heistctl")),
        // Relative paths do not count (XDG base directory specification).
        ("XDG_CACHE_HOME", PathBuf::from("relative"), at(".cache/heistctl")),
        ("HEISTCTL_CACHE_DIR", at("own"), at("own")),
    ] {
        token(name, &value);
        assert!(folder.is_dir(), "{name} {value:?}");
    }
    assert!(!at("relative").exists());
    use std::os::unix::ffi::OsStrExt;
    let no_text = home.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9"));
    token("HEISTCTL_CACHE_DIR", &no_text);
    assert!(no_text.is_dir(), "a path need not be UTF-8");
}

#[test]
fn no_cache_touches_nothing_and_clear_cache_leaves_what_is_not_ours() {
    let server = counting(3600);
    let cached = Cached::at(server.token_url());
    assert_eq!(cached.token(&["--no-cache"]), "t0");
    assert!(!cached.path().exists());
    assert_eq!(cached.token(&[]), "t1");
    assert_eq!(cached.token(&["--no-cache"]), "t2");
    assert_eq!(cached.token(&[]), "t1");
    fs::write(cached.path().join("notes.txt"), "mine").unwrap();
    fs::write(cached.path().join(format!("{}.json.0123.part", "a".repeat(64))), "cut off").unwrap();
    let cleared =
        heistctl(["token", "--clear-cache"]).env("HEISTCTL_CACHE_DIR", cached.path()).run().exits(0);
    assert!(cleared.stdout.is_empty() && cleared.stderr.contains("removed 1 entry from "), "{cleared}");
    assert_eq!(fs::read_dir(cached.path()).unwrap().count(), 1);
    assert_eq!(cached.token(&[]), "t3");
}

#[test]
fn a_folder_that_others_can_write_to_is_told_of_and_not_used() {
    let server = counting(3600);
    let cached = Cached::at(server.token_url());
    assert_eq!(cached.token(&[]), "t0");
    fs::set_permissions(cached.path(), Permissions::from_mode(0o770)).unwrap();
    for (number, args) in [&[][..], &["--refresh"]].into_iter().enumerate() {
        let ran = cached.run(args).run().exits(0);
        let said = format!("note: the cache is not used: others can write to {}", cached.path().display());
        assert!(ran.stderr.contains(&said) && ran.stderr.contains("chmod go-w"), "{ran}");
        assert_eq!(ran.stdout, format!("t{}\n", number + 1));
    }
    cached.run(&["--check"]).run().fails(8, &["the cache is not used", "no valid token in the cache"]);
    cached.run(&["--clear-cache"]).run().fails(1, &["cannot clear", "others can write to"]);
    assert_eq!(cached.files(".json").len(), 1);
    assert_eq!(cached.token(&["--no-cache"]), "t3");
    fs::set_permissions(cached.path(), Permissions::from_mode(0o700)).unwrap();
    assert_eq!(cached.token(&[]), "t0");
}

#[test]
fn a_link_in_place_of_a_lock_makes_no_file() {
    let server = counting(3600);
    let cached = Cached::at(server.token_url());
    assert_eq!(cached.token(&[]), "t0");
    let [lock] = cached.files(".lock").try_into().expect("one lock");
    let target = cached.folder.path().join("target");
    fs::remove_file(&lock).unwrap();
    std::os::unix::fs::symlink(&target, &lock).unwrap();
    assert_eq!(cached.token(&["--refresh"]), "t1");
    assert!(!target.exists());
}

#[test]
fn check_asks_nobody() {
    let server = counting(3600);
    let cached = Cached::at(server.token_url());
    cached.run(&["--check"]).run().fails(8, &["note: there is no valid token in the cache"]);
    let json = cached.run(&["--check", "--json"]).run().exits(8).json();
    assert_eq!(json, json!({"ok": false, "expires_in": null, "expires_at": null}));
    cached.token(&[]);
    let good = cached.run(&["--check"]).run().exits(0);
    assert!(good.stdout.is_empty() && good.stderr.contains("the cached token expires in "), "{good}");
    let json = cached.run(&["--check", "--json"]).run().exits(0).json();
    assert!(json["ok"] == true && json["expires_in"].as_i64().unwrap() > 3500, "{json}");
    assert_eq!(server.asked().len(), 1, "only the token was asked for");
    for conflict in ["--no-cache", "--refresh", "--revoke", "--clear-cache"] {
        cached.run(&["--check", conflict]).run().fails(2, &["cannot be used with"]);
    }
}

#[test]
fn a_token_is_used_for_as_long_as_is_wanted_and_half_of_a_short_life() {
    let short = counting(2);
    let cached = Cached::at(short.token_url());
    // Half of two seconds is good at once, and after one no longer.
    assert_eq!(cached.token(&[]), "t0");
    wait_until("it is good no more", || cached.run(&["--check"]).run().code == 8);
    assert_eq!(cached.token(&[]), "t1");
    let never = counting(0);
    let cached = Cached::at(never.token_url());
    assert_eq!((cached.token(&[]), cached.token(&[])), ("t0".to_owned(), "t1".to_owned()));
    let hour = counting(3600);
    let cached = Cached::at(hour.token_url());
    assert_eq!((cached.token(&[]), cached.token(&["--min-ttl", "9y"])), ("t0".to_owned(), "t0".to_owned()));
    // A third of an hour is left.
    let entry = fs::read_to_string(cached.entry()).unwrap();
    let mut kept: Value = serde_json::from_str(&entry).unwrap();
    for name in ["obtained", "expires"] {
        kept["value"][name] = json!(kept["value"][name].as_i64().unwrap() - 2400);
    }
    fs::write(cached.entry(), kept.to_string()).unwrap();
    assert_eq!(cached.token(&["--min-ttl", "19m"]), "t0");
    assert_eq!(cached.token(&["--min-ttl", "21m"]), "t1");
}

#[test]
fn a_lock_that_somebody_keeps_costs_half_of_the_time() {
    let server = counting(3600);
    let cached = Cached::at(server.token_url());
    assert_eq!(cached.token(&[]), "t0");
    let [lock] = cached.files(".lock").try_into().expect("one lock");
    let held = fs::File::options().write(true).open(lock).unwrap();
    held.lock().unwrap();
    let started = Instant::now();
    let ran = cached.run(&["--refresh", "--timeout", "2"]).run().exits(0);
    assert!(ran.stdout == "t1\n" && ran.stderr.contains("another run has been requesting"), "{ran}");
    assert!(started.elapsed() >= Duration::from_secs(1), "{:?}", started.elapsed());
    assert_eq!(cached.token(&[]), "t1", "what is good is taken without the lock");
}

#[test]
fn a_key_that_is_kept_has_entries_and_one_for_a_run_has_none() {
    let server = Faults::serve(|number, _| {
        let token = format!("t{number}");
        Fault::json(200, &json!({"access_token": token, "token_type": "DPoP", "expires_in": 3600}))
    });
    let cached = Cached::at(server.token_url());
    let key = |name: &str| {
        let path = cached.folder.path().join(name);
        let key = crate::support::keys::Key::for_alg("ES256").private_pem();
        fs::write(&path, key).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path.display().to_string()
    };
    let (one, two) = (key("one.pem"), key("two.pem"));
    let token = |args: &[&str]| cached.run(args).run().exits(0).stdout;
    assert_eq!([token(&["--dpop"]), token(&["--dpop"])], ["t0\n", "t1\n"]);
    assert!(cached.files("").is_empty());
    assert_eq!(token(&["--dpop-key", &one]), "t2\n");
    assert_eq!(token(&["--dpop-key", &two]), "t3\n");
    assert_eq!(token(&["--dpop-key", &one]), "t2\n");
}

#[test]
fn a_token_that_is_taken_back_is_good_nowhere() {
    let server = demo();
    let cached = Cached::at(server.token_url());
    let is_good = |token: &str| {
        let header = format!("Bearer {token}");
        server.request("GET", "/protected-resource", &[("Authorization", &header)], "").status == 200
    };
    cached.run(&["--revoke"]).run().fails(2, &["no token in the cache", "--revoke -"]);
    let first = cached.token(&[]);
    assert!(is_good(&first));
    // However long it has to be good to be taken.
    let ran = cached.run(&["--revoke", "--min-ttl", "9y"]).run().exits(0);
    let accepted = "/oauth/revoke accepted the revocation request; by RFC 7009 this does not mean that";
    assert!(ran.stdout.is_empty() && ran.stderr.contains(accepted), "{ran}");
    assert!(!is_good(&first) && cached.files(".json").is_empty());
    for as_printed in ["raw", "json", "header", "env", "curl"] {
        let given = cached.run(&["-o", as_printed]).run().exits(0).stdout;
        let token = cached.token(&[]);
        cached.run(&["--revoke", "-"]).stdin(given).run().exits(0);
        assert!(!is_good(&token) && cached.files(".json").is_empty(), "{as_printed}");
    }
    let (mine, other) = (cached.token(&[]), cached.token(&["--no-cache"]));
    cached.run(&["--revoke", &other]).run().exits(0);
    assert!(!is_good(&other) && is_good(&mine) && cached.token(&[]) == mine);
    for no_token in ["", "\n", "{\"error\":\"x\"}", "two words"] {
        cached.run(&["--revoke", "-"]).stdin(no_token).run().fails(2, &["stdin has no token"]);
    }
    let both = cached.run(&["--client-secret-file", "-", "--revoke", "-"]).stdin("hacker-secret-123\n");
    both.run().fails(2, &["revocation: stdin has already been read"]);
    let wrong = cached.run(&["--revoke", &mine]).env("HEISTCTL_CLIENT_SECRET", "wrong").run();
    let wrong = wrong.fails(4, &["error: revocation: ", "invalid_client", "hint: check client id"]);
    assert!(!wrong.stderr.contains(&mine) && is_good(&mine));
    let gone = cached.run(&["--token-url", "http://127.0.0.1:1/oauth/token", "--revoke", &mine]).run();
    let gone = gone.fails(6, &["error: revocation: http://127.0.0.1:1/oauth/revoke"]);
    assert!(!gone.stderr.contains(&mine), "{gone}");
}
