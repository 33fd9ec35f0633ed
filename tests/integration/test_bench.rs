//! `serve --test` and `heistctl test`: clock, keys and requests of a server that tests control.

use crate::support::{Heistctl, Server, folder, heistctl};
use std::path::Path;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const CONFIG: &str = "[[client]]\nid = \"app\"\nsecret_env = \"APP_SECRET\"\nscopes = [\"a\", \"b\"]\n";

fn demo() -> Server {
    heistctl(["serve", "--test", "--demo", "--listen", "127.0.0.1:0"]).serve()
}

/// A server whose keys are in its store.
fn with_keys(folder: &Path, more: &[&str]) -> Server {
    let words = ["serve", "--test", "--config", "heist.toml", "--listen", "127.0.0.1:0"];
    heistctl([&words[..], more].concat()).in_folder(folder).env("APP_SECRET", SECRET).serve()
}

fn test(server: &Server, words: &[&str]) -> Heistctl {
    heistctl([&["test"], words].concat()).env("HEISTCTL_URL", server.url())
}

/// A token of the client `app`.
fn token(server: &Server) -> String {
    let client = [("HEISTCTL_CLIENT_ID", "app"), ("HEISTCTL_CLIENT_SECRET", SECRET)];
    heistctl(["token"]).env("HEISTCTL_TOKEN_URL", server.token_url()).envs(&client).run().exits(0).stdout
}

/// The key set's keys.
fn kids(server: &Server) -> Vec<String> {
    let set = server.request("GET", "/.well-known/jwks.json", &[], "").json();
    let keys = set["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// The exit code of `inspect` with the keys of the issuer, by the server's time.
fn verified(server: &Server, token: &str) -> i32 {
    let now = test(server, &["clock", "--json"]).run().exits(0).json()["time"].as_str().unwrap().to_owned();
    heistctl(["inspect", "--issuer", server.url(), "--now", &now, "-"]).stdin(token).run().code
}

fn resource(server: &Server, token: &str) -> u16 {
    let bearer = format!("Bearer {}", token.trim());
    server.request("GET", "/protected-resource", &[("Authorization", &bearer)], "").status
}

#[test]
fn an_hour_passes_at_once_for_all_that_the_server_judges_and_signs() {
    let server = demo();
    let old = server.token();
    assert_eq!(resource(&server, &old), 200);
    let shown = test(&server, &["clock", "--advance", "1h", "--json"]).run().exits(0).json();
    assert_eq!(
        (&shown["offset"], &shown["rate"], &shown["date"]),
        (&3600.into(), &1.into(), &"server".into())
    );
    test(&server, &["clock", "--advance", "10s"]).run().exits(0);
    assert_eq!(resource(&server, &old), 401);
    assert_eq!(resource(&server, &server.token()), 200, "a new token is dated by the same clock");
    // The Date header follows, unless it is told otherwise.
    test(&server, &["clock", "--set", "2030-01-01T00:00:00Z", "--rate", "0"]).run().exits(0);
    let date = |server: &Server| server.request("GET", "/livez", &[], "").header("date").unwrap().to_owned();
    assert_eq!(date(&server), "Tue, 01 Jan 2030 00:00:00 GMT");
    // An answer that had to wait for its turn has one date, too.
    let wrong = "grant_type=client_credentials&client_id=hacker-client&client_secret=wrong";
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    assert_eq!(
        server.request("POST", "/oauth/token", &form, wrong).header("date"),
        Some("Tue, 01 Jan 2030 00:00:00 GMT")
    );
    test(&server, &["clock", "--date", "machine"]).run().exits(0);
    assert_ne!(date(&server), "Tue, 01 Jan 2030 00:00:00 GMT");
    let shown = test(&server, &["clock", "--offset", "-90s", "--rate", "1"]).run().exits(0).stdout;
    assert!(shown.contains("1m 30s behind this machine's clock"), "{shown}");
    let shown = test(&server, &["clock", "--reset"]).run().exits(0).stdout;
    assert!(shown.ends_with("Z  as this machine's clock\n"), "{shown}");
}

#[test]
fn a_server_starts_with_the_time_of_the_flag_and_a_reset_returns_to_it() {
    let folder =
        folder(&[("script.toml", "rate = 0\nclock = \"2027-01-01T00:00:00Z\"\n"), ("heist.toml", CONFIG)]);
    for flags in
        [&["--script", "script.toml"][..], &["--script", "script.toml", "--clock", "2027-01-01T00:00:00Z"]]
    {
        let server = with_keys(folder.path(), flags);
        test(&server, &["clock", "--advance", "1d"]).run().exits(0);
        token(&server);
        assert_eq!(test(&server, &["requests"]).run().exits(0).stdout.lines().count(), 1);
        let shown = test(&server, &["reset", "--json"]).run().exits(0).json();
        assert_eq!(shown["time"], "2027-01-01T00:00:00Z");
        assert_eq!(test(&server, &["requests"]).run().exits(0).stdout, "");
    }
    std::fs::write(folder.path().join("script.toml"), "clock = \"soon\"\nspeed = 2\nrate = -1\n").unwrap();
    let words = ["serve", "--test", "--demo", "--script", "script.toml", "--check"];
    let failed = heistctl(words).in_folder(folder.path()).run();
    failed.fails(2, &["script.toml:1", "script.toml:2", "script.toml:3", "hint: "]);
}

#[test]
fn keys_rotate_well_and_badly() {
    let folder = folder(&[("heist.toml", CONFIG)]);
    let server = with_keys(folder.path(), &[]);
    let (first, before) = (kids(&server), token(&server));
    let rotate = |how: &str| {
        let told = test(&server, &["keys", "--rotate", how, "--json"]).run().exits(0).json();
        told["kid"].as_str().unwrap().to_owned()
    };
    let advance = |by: &str| drop(test(&server, &["clock", "--advance", by]).run().exits(0));
    let late = rotate("publish-late");
    let unknown = token(&server);
    assert_eq!(
        (kids(&server), verified(&server, &unknown), verified(&server, &before)),
        (first.clone(), 8, 0)
    );
    advance("61s");
    assert_eq!((verified(&server, &unknown), verified(&server, &before)), (0, 0));
    let early = rotate("publish-early");
    let still = token(&server);
    assert!(kids(&server).contains(&early) && kids(&server)[0] == late, "the key that signs is first");
    advance("6m");
    assert_eq!(kids(&server)[0], early, "its time has come");
    assert_eq!(verified(&server, &still), 0);
    let only = rotate("drop-old");
    assert_eq!((kids(&server), verified(&server, &still)), (vec![only], 8));
    assert_eq!((resource(&server, &still), verified(&server, &token(&server))), (401, 0));
    // A second rotation in the same second works as well.
    rotate("publish-late");
    rotate("drop-old");
    assert_eq!(verified(&server, &token(&server)), 0);
    let fixed = test(&demo(), &["keys", "--rotate", "drop-old"]).run();
    fixed.fails(4, &["the signing key is fixed", "leave out --demo"]);
}

#[test]
fn requests_are_listed_without_secrets_and_expected() {
    let server = demo();
    server.token();
    let wrong = server.client(&["token"]).env("HEISTCTL_CLIENT_SECRET", "not-the-secret").run();
    wrong.fails(4, &["invalid_client"]);
    let body = "grant_type=client_credentials&client_id=planner-client&client_secret=planner-secret-456&scope=memory:read";
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let answer = server.request("POST", "/token", &form, body).json();
    let bearer = format!("Bearer {}", answer["access_token"].as_str().unwrap());
    server.request("GET", "/protected-resource", &[("Authorization", &bearer)], "");
    let listed = test(&server, &["requests", "--json"]).run().exits(0);
    for secret in ["not-the-secret", "hacker-secret-123", "planner-secret-456", &bearer[10..]] {
        assert!(!listed.stdout.contains(secret), "{listed}");
    }
    let found = listed.json();
    let found = found["requests"].as_array().unwrap();
    let row = |at: usize| {
        ["on", "client", "auth", "verdict"].map(|name| found[at][name].as_str().unwrap().to_owned())
    };
    assert_eq!(row(0), ["token", "hacker-client", "client_secret_basic", "granted"]);
    assert_eq!(row(1), ["token", "hacker-client", "client_secret_basic", "refused"]);
    assert_eq!(row(2), ["token", "planner-client", "client_secret_post", "granted"]);
    assert_eq!(row(3), ["resource", "planner-client", "bearer", "granted"]);
    assert_eq!(found[2]["parameters"]["client_secret"], "[redacted]");
    assert_eq!(found[2]["parameters"]["scope"], "memory:read");
    let expect = |words: &[&str]| test(&server, &[&["expect"], words].concat()).run();
    expect(&["--client", "planner-client", "--tokens", "1", "--auth", "client_secret_post", "--no-refused"])
        .exits(0);
    expect(&["--tokens", "2", "--refused", "1", "--requests", "4"]).exits(0);
    let failed = expect(&["--client", "hacker-client", "--tokens", "2", "--no-refused"]).exits(8);
    assert!(
        failed.stderr.contains("error: test: client hacker-client: tokens: 1, not 2; refused: 1 (the last: "),
        "{failed}"
    );
    let failed = expect(&["--auth", "private_key_jwt", "--json"]).exits(8).json();
    assert_eq!(failed["checks"][0]["value"], "client_secret_basic, client_secret_post");
    expect(&[]).fails(2, &["nothing is expected"]);
}

#[test]
fn only_a_server_of_this_machine_and_this_test_is_under_test() {
    let folder = folder(&[("heist.toml", CONFIG), ("proxied.toml", "trusted_proxies = [\"10.0.0.0/8\"]\n")]);
    let run = |words: &str| {
        let words: Vec<&str> = words.split(' ').collect();
        heistctl(words).in_folder(folder.path()).env("APP_SECRET", SECRET).run()
    };
    for (words, parts) in [
        ("serve --test --demo --check --listen 0.0.0.0:0", &["0.0.0.0:0 is not a loopback address"][..]),
        ("serve --test --check --store postgres://db/x", &["--test", "db/x", "hint: --store memory:"]),
        ("serve --test --check --config proxied.toml", &["proxied.toml:1", "trusted_proxies and --test"]),
        ("serve --demo --check --clock 0", &["--clock", "--test"]),
    ] {
        run(words).fails(2, parts);
    }
    // Keys of a server that is not under test may be in use.
    run("-q serve --store sqlite:used.db -- true").exits(0);
    run("serve --test --store sqlite:used.db --check").fails(2, &["used.db were not made by a test"]);
    run("-q serve --test --store sqlite:test.db -- true").exits(0);
    run("-q serve --test --store sqlite:test.db -- true").exits(0);
    run("mint --store sqlite:test.db --sub a").exits(0);
    // A server that is not under test has no such endpoint.
    let other = crate::support::demo();
    assert_eq!(other.request("GET", "/_test/clock", &[], "").json()["error"], "not_found");
    test(&other, &["clock"]).run().fails(4, &["is not under test", "heistctl serve --test --demo"]);
    // A page of another origin can send a form, but no JSON.
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let server = demo();
    assert_eq!(server.request("POST", "/_test/reset", &form, "{}").status, 415);
    assert_eq!(server.request("GET", "/_test/reset", &[], "").status, 405);
    assert_eq!(server.request("GET", "/_test/nothing", &[], "").status, 404);
    let json = [("Content-Type", "application/json")];
    let refused = server.request("POST", "/_test/clock", &json, r#"{"advnace":1}"#);
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("advance and offset (seconds)"), "{}", refused.body);
}

#[test]
fn the_metadata_tells_a_server_under_test() {
    let folder = folder(&[("heist.toml", CONFIG)]);
    let server = with_keys(folder.path(), &[]);
    let metadata = server.request("GET", "/.well-known/oauth-authorization-server", &[], "").json();
    assert_eq!(metadata["heistctl_test"], true);
    let words = ["serve", "--test", "--demo", "--log", "text", "--", "true"];
    let banner = heistctl(words).run().exits(0).stderr;
    assert!(banner.contains("TEST: every process of this machine controls clock"), "{banner}");
}

/// A reload keeps the bench: its clock and its requests.
#[test]
fn a_reload_keeps_clock_and_requests() {
    let folder = folder(&[("heist.toml", CONFIG)]);
    let server = with_keys(folder.path(), &[]);
    test(&server, &["clock", "--advance", "1d"]).run().exits(0);
    token(&server);
    std::fs::write(folder.path().join("heist.toml"), format!("token_lifetime = \"7m\"\n{CONFIG}")).unwrap();
    server.signal("-HUP");
    let lifetime = || {
        let claims = heistctl(["inspect", "--json", "-"]).stdin(token(&server)).run().json();
        claims["claims"]["exp"].as_i64().unwrap() - claims["claims"]["iat"].as_i64().unwrap()
    };
    while lifetime() != 420 {}
    let shown = test(&server, &["clock", "--json"]).run().exits(0).json();
    assert!(shown["offset"].as_i64().unwrap() >= 86_400, "{shown}");
    assert!(test(&server, &["requests"]).run().exits(0).stdout.lines().count() > 1);
}
