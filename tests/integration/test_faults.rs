//! Every fault of `serve --test`, and how the commands of heistctl answer it.

use crate::support::{Heistctl, Ran, Server, folder, heistctl};
use std::path::Path;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const CONFIG: &str =
    "[[client]]\nid = \"app\"\nsecret_env = \"APP_SECRET\"\nscopes = [\"a\"]\nintrospect = true\n";

/// The fault, the command's exit code, and a part of its message.
type Row = (&'static str, i32, &'static str);

const TOKEN: [Row; 35] = [
    ("--status 503 --retry-after 30", 5, "the server failed with 503 temporarily_unavailable"),
    ("--status 503 --times 1 --retry-after 0", 0, ""),
    ("--status 500", 5, "500 server_error"),
    ("--status 400 --error invalid_scope", 4, "400 invalid_scope: a fault that the test has set"),
    ("--status 401", 4, "401 invalid_client"),
    ("--status 429 --retry-after 30", 4, "a pause of 30s (Retry-After)"),
    ("--delay 5m", 7, "no answer in time"),
    ("--drip 5m", 7, "no answer in time"),
    ("--drip 1ms --close-after 2", 5, "the server closed the connection without an answer"),
    ("--close-after 0", 5, "the server closed the connection without an answer"),
    ("--close-after 60", 5, "the server closed the connection without an answer"),
    ("--close-after 400", 5, "the answer was cut off\nhint: is the address right"),
    ("--reset-after 0", 5, "the server closed the connection without an answer"),
    ("--reset-after 400", 5, "the answer was cut off\nhint: is the address right"),
    ("--body html", 5, "it is a web page: text/html"),
    ("--body truncated", 5, "it is broken JSON"),
    ("--body huge", 5, "the answer is larger than 65536 bytes\nhint: is the address right"),
    ("--body gzip-bomb", 5, "the answer is larger than 65536 bytes"),
    ("--raw nonsense", 5, "it is not a JSON object"),
    ("--raw null", 5, "it is not a JSON object"),
    ("--content-type text/html", 0, ""),
    ("--redirect http://127.0.0.1:1/x", 5, "the server redirects (307), and a secret is never sent"),
    ("--set expires_in=\"3600\"", 0, ""),
    ("--set expires_in=-1", 0, "expires_in is negative: the token is not cached"),
    ("--set expires_in=0", 0, ""),
    ("--set expires_in=1e12", 0, ""),
    ("--omit expires_in", 0, ""),
    (
        "--set token_type=MAC",
        5,
        "the token is of type \"MAC\", which heistctl does not know how to use\nhint: the issuer must",
    ),
    ("--omit token_type", 5, "token_type is missing (RFC 6749 section 5.1)"),
    ("--omit access_token", 5, "access_token is missing (RFC 6749 section 5.1)"),
    ("--set access_token=7", 5, "access_token"),
    (
        "--status 403",
        4,
        "403 insufficient_scope: a fault that the test has set\nhint: the issuer does not let client app",
    ),
    ("--set expires_in=true", 0, "expires_in is a boolean, not a number of seconds: the token is not cached"),
    ("--omit scope", 0, ""),
    ("--nonce", 4, "400 use_dpop_nonce: a fault that the test has set\nhint: it got the nonce"),
];

/// The flaw of the token, and the reason of the API.
const FLAWS: [(&str, &str); 15] = [
    ("expired", "expired 1h ago"),
    ("not-yet", "not valid yet"),
    ("no-exp", "no exp: the token never expires"),
    ("iss", "https://another-issuer.example"),
    ("aud", "the token is for https://another-api.example"),
    ("typ", "typ: logout+jwt"),
    ("alg", "cannot verify RS256"),
    ("alg-none", "the token is not signed"),
    ("kid", "no key has the kid"),
    ("crit", "must be understood"),
    ("signature", "the signature does not match"),
    ("no-signature", "the signature is empty"),
    ("payload", "the signature does not match"),
    ("opaque", "opaque token"),
    ("huge", "hint: the API must take larger header fields"),
];

const JWKS: [Row; 12] = [
    ("--keys empty", 8, "FAIL: key, signature"),
    ("--keys without-current", 8, "FAIL: key, signature"),
    ("--keys duplicate-kid", 0, "PASS"),
    ("--keys duplicate-kid-after", 0, "PASS"),
    ("--status 500", 5, "answered 500 instead of keys"),
    ("--delay 100ms", 0, "PASS"),
    ("--drip 1us", 0, "PASS"),
    ("--body truncated", 5, "it is not JSON: it ends too early"),
    ("--body html", 5, "it is a web page, not a key"),
    ("--body huge", 5, "larger than"),
    ("--close-after 0", 5, "closed the connection without an answer"),
    ("--omit keys", 5, "error: issuer's keys: "),
];

/// For a client that finds the token endpoint by them.
const METADATA_OF_TOKEN: [Row; 13] = [
    ("--set issuer=https://other.example", 5, "hint: if that is the issuer that you trust: HEISTCTL_ISSUER="),
    ("--omit token_endpoint", 5, "names no token_endpoint\nhint: --token-url URL names it"),
    ("--omit issuer", 5, "its metadata has no issuer (RFC 8414 section 2)"),
    ("--set token_endpoint=http://other.example/", 5, "plain http to another host"),
    ("--set token_endpoint=7", 5, "token_endpoint in its metadata has a wrong type"),
    ("--status 404", 4, "answered 404 instead of metadata"),
    ("--status 500", 5, "answered 500 instead of metadata"),
    ("--redirect http://127.0.0.1:1/x", 5, "answered 307 instead of metadata"),
    ("--delay 5m", 7, "no answer in time (the answer had not started)\nhint: --timeout 60s"),
    ("--close-after 0", 5, "closed the connection without an answer"),
    ("--body html", 5, "its metadata is not valid JSON: it is not an object"),
    ("--body truncated", 5, "its metadata is broken JSON"),
    ("--content-type text/plain", 0, ""),
];

const METADATA: [Row; 6] = [
    ("--set issuer=https://other.example", 5, "the metadata is of issuer \"https://other.example\""),
    ("--omit jwks_uri", 5, "its metadata has no jwks_uri"),
    ("--set jwks_uri=http://other.example/", 5, "plain http to another host"),
    ("--status 404", 4, "answered 404 instead of metadata"),
    ("--body html", 5, "error: issuer's keys: "),
    ("--body gzip-bomb", 5, "larger than"),
];

const GUARD: [Row; 8] = [
    ("--status 401", 4, "answered 401: invalid_token"),
    ("--status 403", 4, "answered 403: insufficient_scope"),
    ("--status 503", 5, "answered 503\nhint: try again later"),
    ("--delay 5m", 7, "no answer in time"),
    ("--close-after 0", 5, "closed the connection without an answer"),
    ("--reset-after 0", 5, "closed the connection without an answer"),
    ("--redirect http://127.0.0.1:1/x", 3, "redirect"),
    ("--raw text --close-after 1", 5, "closed the connection without an answer"),
];

const RESOURCE: [Row; 11] = [
    ("--status 401", 4, "answered 401: invalid_token"),
    ("--status 403", 4, "answered 403: insufficient_scope"),
    ("--status 429 --retry-after 30", 4, "answered 429; retry-after: 30\nhint: wait"),
    ("--status 503", 5, "answered 503\nhint: try again later"),
    ("--delay 5m", 7, "no answer in time"),
    ("--close-after 0", 5, "closed the connection without an answer"),
    ("--reset-after 0", 5, "closed the connection without an answer"),
    ("--body huge --close-after 1000", 5, "the answer was cut off\nhint: the server or a proxy"),
    ("--body html", 0, ""),
    ("--nonce", 4, "it asks for a nonce in the DPoP proof\nhint: it got the nonce that it asked for"),
    ("--redirect http://127.0.0.1:1/x", 3, "redirect"),
];

fn served(folder: &Path, more: &[&str]) -> Server {
    let words = ["serve", "--test", "--config", "heist.toml", "--listen", "127.0.0.1:0"];
    heistctl([&words[..], more].concat()).in_folder(folder).env("APP_SECRET", SECRET).serve()
}

fn client(server: &Server, words: &[&str]) -> Heistctl {
    let names = [("HEISTCTL_CLIENT_ID", "app"), ("HEISTCTL_CLIENT_SECRET", SECRET)];
    heistctl(words).env("HEISTCTL_TOKEN_URL", server.token_url()).envs(&names)
}

fn test(server: &Server, words: &[&str]) -> Heistctl {
    heistctl([&["test"], words].concat()).env("HEISTCTL_URL", server.url())
}

/// Sets the only fault.
fn break_it(server: &Server, on: &str, fault: &str) {
    test(server, &["reset"]).run().exits(0);
    let words: Vec<&str> = ["fault", "--on", on].into_iter().chain(fault.split(' ')).collect();
    test(server, &words).run().exits(0);
}

#[track_caller]
fn answered(ran: Ran, (fault, exit, part): Row) {
    assert_eq!(ran.code, exit, "{fault}: {ran}");
    let told = format!("{}{}", ran.stdout, ran.stderr);
    assert!(told.contains(part), "{fault} lacks {part:?}: {ran}");
    assert!(!told.contains("panicked") && !told.contains(SECRET), "{fault}: {ran}");
}

#[test]
fn a_token_request_gets_over_each_fault_or_names_it() {
    let folder = folder(&[("heist.toml", CONFIG)]);
    let server = served(folder.path(), &[]);
    for row in TOKEN {
        break_it(&server, "token", row.0);
        let dpop = if row.0 == "--nonce" { &["--dpop"][..] } else { &[] };
        let ran = client(&server, &[&["token", "--timeout", "1s"], dpop].concat()).run();
        assert_eq!(ran.stdout.is_empty(), row.1 != 0, "{}: {ran}", row.0);
        answered(ran, row);
    }
}

#[test]
fn an_api_refuses_a_token_with_any_flaw_and_call_says_why() {
    let folder = folder(&[("heist.toml", CONFIG)]);
    let server = served(folder.path(), &[]);
    let api = format!("{}/protected-resource", server.url());
    for (flaw, reason) in FLAWS {
        break_it(&server, "token", &format!("--token {flaw}"));
        answered(client(&server, &["call", &api]).run(), (flaw, 4, reason));
    }
    break_it(&server, "token", "--claim scope=b --claim iss=https://x");
    let claims = client(&server, &["token"]).run().exits(0).stdout;
    let claims = heistctl(["inspect", "--json", "-"]).stdin(claims).run().json();
    assert_eq!(
        (&claims["claims"]["iss"], &claims["claims"]["client_id"]),
        (&"https://x".into(), &"app".into())
    );
}

#[test]
fn a_verifier_names_the_fault_of_the_key_set_and_of_the_metadata() {
    let folder = folder(&[("heist.toml", CONFIG)]);
    let server = served(folder.path(), &[]);
    let token = client(&server, &["token"]).run().exits(0).stdout;
    let inspect = || heistctl(["inspect", "--issuer", server.url(), "-"]).stdin(token.clone()).run();
    for (on, rows) in [("jwks", &JWKS[..]), ("metadata", &METADATA)] {
        for row in rows {
            break_it(&server, on, row.0);
            answered(inspect(), *row);
        }
    }
}

#[test]
fn a_client_that_finds_the_token_endpoint_names_the_fault_of_the_metadata() {
    let folder = folder(&[("heist.toml", CONFIG)]);
    let server = served(folder.path(), &[]);
    let names = [("HEISTCTL_CLIENT_ID", "app"), ("HEISTCTL_CLIENT_SECRET", SECRET)];
    for row in METADATA_OF_TOKEN {
        break_it(&server, "metadata", row.0);
        let ran = heistctl(["token", "--timeout", "1s"]).env("HEISTCTL_ISSUER", server.url()).envs(&names);
        answered(ran.run(), row);
        break_it(&server, "metadata", row.0);
        let nowhere = format!("{}/nowhere", server.url());
        let ran = heistctl(["call", "--timeout", "1s", &nowhere]).env("HEISTCTL_ISSUER", server.url());
        let code = if row.1 == 0 { 4 } else { row.1 + 10 };
        let part = if row.1 == 0 { "answered 404" } else { row.2 };
        answered(ran.envs(&names).run(), (row.0, code, part));
    }
}

/// A gateway asks a guard; `call` stands for it.
#[test]
fn a_guard_fails_as_the_test_says() {
    let guard = format!(
        "trusted_proxies = []\n{CONFIG}audiences = [\"https://api.example\"]\n[[resource]]\nid = \"https://api.example\"\n[[guard]]\nname = \"g\"\nresource = \"https://api.example\"\n"
    );
    let folder = folder(&[("heist.toml", &guard)]);
    let server = served(folder.path(), &[]);
    let url = format!("{}/guard/g", server.url());
    let call =
        || client(&server, &["call", "--resource", "https://api.example", "--timeout", "1s", &url]).run();
    call().exits(0);
    for row in GUARD {
        break_it(&server, "guard", row.0);
        answered(call(), row);
        let asked = test(&server, &["requests", "--json"]).run().exits(0).json();
        let guarded = asked["requests"].as_array().unwrap().iter().filter(|request| request["on"] == "guard");
        assert!(guarded.clone().all(|request| !request["fault"].is_null()), "{}: {asked}", row.0);
        assert_ne!(guarded.count(), 0, "{}", row.0);
    }
    // The next request is let in again, and counted down faults are of this endpoint alone.
    break_it(&server, "guard", "--times 1 --status 500");
    client(&server, &["token"]).run().exits(0);
    call().exits(5);
    call().exits(0);
}

#[test]
fn call_names_the_fault_of_a_resource_and_others_that_of_their_endpoint() {
    let folder = folder(&[("heist.toml", CONFIG)]);
    let server = served(folder.path(), &[]);
    let api = format!("{}/protected-resource", server.url());
    for row in RESOURCE {
        break_it(&server, "resource", row.0);
        let dpop = if row.0 == "--nonce" { &["--dpop"][..] } else { &[] };
        answered(client(&server, &[&["call", "--timeout", "1s", &api], dpop].concat()).run(), row);
    }
    break_it(&server, "token", "--status 500");
    answered(client(&server, &["call", &api]).run(), ("call", 15, "500 server_error"));
    break_it(&server, "introspect", "--status 500");
    let token = client(&server, &["token"]).run().exits(0).stdout;
    let asked = client(&server, &["inspect", "--introspect", "-"]).env("HEISTCTL_ISSUER", server.url());
    answered(asked.stdin(token.clone()).run(), ("introspect", 5, "the server failed with 500"));
    break_it(&server, "revoke", "--status 503");
    answered(client(&server, &["token", "--revoke", "-"]).stdin(token).run(), ("revoke", 5, "503"));
}

/// Other clients are answered while one is kept waiting.
#[test]
fn a_dripping_answer_blocks_nobody_else() {
    let folder = folder(&[("heist.toml", CONFIG)]);
    let server = served(folder.path(), &[]);
    break_it(&server, "resource", "--drip 5m");
    let mut waiting: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for stream in &mut waiting {
        use std::io::{Read, Write};
        stream.write_all(b"GET /protected-resource HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut first = [0];
        stream.read_exact(&mut first).unwrap();
        assert_eq!(first, *b"H", "its first byte comes at once");
    }
    client(&server, &["token"]).run().exits(0);
}

#[test]
fn rules_are_listed_counted_and_read_from_json_and_scripts() {
    let script = "[[fault]]\non = \"token\"\ntimes = 1\nset = { scope = \"x\" }\n";
    let folder = folder(&[
        ("heist.toml", CONFIG),
        ("script.toml", script),
        ("bad.toml", "[[fault]]\non = \"tokn\"\nkeys = 1\n"),
    ]);
    let server = served(folder.path(), &["--script", "script.toml"]);
    let scope =
        || client(&server, &["token", "--json"]).run().exits(0).json()["scope"].as_str().unwrap().to_owned();
    assert_eq!([scope(), scope()], ["x", "a"]);
    let rule = r#"{"on":"token","skip":1,"times":1,"set":{"scope":"y"}}"#;
    let listed = test(&server, &["fault", "-", "--json"]).stdin(rule).run().exits(0);
    assert_eq!(listed.json()["faults"][0], serde_json::from_str::<serde_json::Value>(rule).unwrap());
    assert_eq!([scope(), scope(), scope()], ["a", "y", "a"]);
    let asked = test(&server, &["requests", "--json"]).run().exits(0).json();
    assert_eq!(asked["requests"][3]["fault"], "set {\"scope\":\"y\"}");
    assert_eq!(test(&server, &["fault"]).run().exits(0).stdout, "");
    test(&server, &["reset"]).run().exits(0);
    let shown = test(&server, &["fault"]).run().exits(0).stdout;
    assert_eq!(shown, "token       once: set {\"scope\":\"x\"}\n", "the script's faults are back");
    assert_eq!(test(&server, &["fault", "--clear"]).run().exits(0).stdout, "");
    assert_eq!(scope(), "a");
    test(&server, &["fault", "-"]).stdin(r#"{"on":"token","statsu":1}"#).run().fails(2, &["- is not a rule"]);
    test(&server, &["fault", "--on", "token"]).run().fails(2, &["nothing goes wrong"]);
    test(&server, &["fault", "--on", "token", "--status", "99"]).run().fails(2, &["between 200 and 599"]);
    let words = ["serve", "--test", "--demo", "--script", "bad.toml", "--check"];
    heistctl(words).in_folder(folder.path()).run().fails(2, &["bad.toml:2", "bad.toml:3"]);
}
