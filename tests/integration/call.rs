//! `heistctl call`: the body passes through, and the exit code says what happened.

use crate::support::{HACKER, demo, heistctl};

#[test]
fn the_default_is_the_protected_resource_beside_the_token_endpoint() {
    let server = demo();
    let ran = server.client(&["call", "-v"]).run().exits(0);
    assert_eq!(ran.json()["client"], "hacker-client");
    assert!(ran.stderr.contains("HEISTCTL_CLIENT_ID") && !ran.stderr.contains("hacker-secret"), "{ran}");
}

#[test]
fn another_url_is_called_and_its_answer_told() {
    let server = demo();
    let url = format!("{}/nowhere?secret=hunter2", server.url());
    let ran = server.client(&["call", &url]).run().exits(4);
    assert_eq!(ran.json()["error"], "not_found");
    assert!(ran.stderr.contains("/nowhere answered 404") && !ran.stderr.contains("hunter2"), "{ran}");
    let quiet = server.client(&["call", "-q", &url]).run().exits(4);
    assert!(quiet.stderr.starts_with("error: call: ") && quiet.stderr.contains("\nhint: "), "{quiet}");
}

#[test]
fn failures_while_getting_the_token_and_while_calling_differ() {
    let server = demo();
    server.client(&["call", "http://127.0.0.1:1/"]).run().fails(6, &["http://127.0.0.1:1/", "hint:"]);
    let nobody = ["call", "--token-url", "http://127.0.0.1:1/oauth/token"];
    heistctl(nobody).envs(&HACKER).run().fails(16, &["token request"]);
    let elsewhere = ["call", "--token-url", "http://127.0.0.1:1/token"];
    heistctl(elsewhere).envs(&HACKER).run().fails(2, &["no URL", "heistctl call URL"]);
}
