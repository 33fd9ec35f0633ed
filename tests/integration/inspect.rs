//! `heistctl inspect`: reading, verdicts, and what never reaches a terminal.

use crate::support::{DEMO_SECRET, demo, folder, heistctl};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

fn part(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

#[test]
fn a_token_is_read_from_wherever_people_have_it() {
    let server = demo();
    let token = server.token();
    let answer = server.client(&["token", "--json"]).run().exits(0).stdout;
    heistctl(["inspect", &token]).run().exits(0);
    heistctl(["inspect", "-"]).stdin(token.as_str()).run().exits(0);
    heistctl(["inspect"]).stdin(format!("Authorization: Bearer {token}\r\n")).run().exits(0);
    heistctl(["inspect"]).stdin(answer).run().exits(0);
    heistctl(["inspect"]).env("HEISTCTL_TOKEN", &token).stdin("ignored").run().exits(0);
    heistctl(["inspect"]).run().fails(2, &["no token", "hint:"]);
    let bytes = heistctl(["inspect", "--json"]).stdin(b"ey\xff".to_vec()).run().exits(9).json();
    assert_eq!(bytes["verdict"], "unreadable");
    assert!(bytes["checks"][0]["message"].as_str().unwrap().contains("not UTF-8"));
}

#[test]
fn the_verdict_is_a_pass_only_with_the_right_key() {
    let server = demo();
    let token = server.token();
    let folder =
        folder(&[("right", &format!("{DEMO_SECRET}\n")), ("wrong", "another-secret-of-at-least-32-bytes")]);
    let judged = |key: &str| {
        let path = folder.path().join(key).display().to_string();
        heistctl(["inspect", "--json", "--secret-file", &path, "--iss", "heist-oauth-service", &token]).run()
    };
    let report = judged("right").exits(0).json();
    assert_eq!((&report["verdict"], &report["kind"]), (&json!("pass"), &json!("jws")));
    assert_eq!(report["claims"]["sub"], "hacker-client");
    assert_eq!(report["fingerprint"].as_str().unwrap().len(), 16);
    assert_eq!(judged("wrong").exits(8).json()["verdict"], "fail");
    judged("none").fails(2, &["there is no file at the path from --secret-file"]);
    let by_env = heistctl(["inspect", "--secret-env", "KEY", &token]);
    assert!(by_env.env("KEY", DEMO_SECRET).run().exits(0).stdout.contains("PASS:"));
    heistctl(["inspect", "--secret-env", "KEY", &token]).run().fails(2, &["KEY is not set"]);
    let unverified = heistctl(["inspect", &token]).run().exits(0);
    assert!(unverified.stdout.contains("UNVERIFIED:"), "{unverified}");
}

#[test]
fn what_cannot_be_read_is_named_with_exit_9() {
    let jwe = format!("{}.a.b.c.d", part(r#"{"alg":"dir","enc":"A128GCM"}"#));
    for (token, kind, why) in
        [("hunter2", "opaque", "opaque"), (jwe.as_str(), "jwe", "encrypted"), ("e30.e30", "jws", "3 parts")]
    {
        let report = heistctl(["inspect", "--json", token]).run().exits(9).json();
        assert_eq!((&report["verdict"], &report["kind"]), (&json!("unreadable"), &json!(kind)));
        assert!(report["checks"][0]["message"].as_str().unwrap().contains(why), "{report}");
        assert!(heistctl(["inspect", token]).run().exits(9).stdout.contains("UNREADABLE:"));
    }
}

#[test]
fn times_are_judged_as_of_another_moment() {
    let server = demo();
    let token = server.token();
    let ran = heistctl(["inspect", "--now", "2200-01-01T00:00:00Z", &token]).run().exits(8);
    assert!(ran.stdout.contains("exp        FAIL") && ran.stdout.contains("ago"), "{ran}");
    heistctl(["inspect", "--now", "later", &token]).run().fails(2, &["RFC 3339"]);
    heistctl(["inspect", "--require", "nonce", &token]).run().fails(2, &["one of structure, alg"]);
}

#[test]
fn nothing_that_a_token_says_can_drive_a_terminal() {
    let claims = r#"{"sub":"\u001b[2J\u202e","\u200b":"x","exp":99999999999999}"#;
    let token = format!("{}.{}.AAAA", part(r#"{"alg":"HS256"}"#), part(claims));
    for args in [vec!["inspect", token.as_str()], vec!["inspect", "--json", token.as_str()]] {
        let out = heistctl(args).run().exits(0).stdout;
        assert!(!out.contains(['\u{1b}', '\u{202e}', '\u{200b}']), "{out:?}");
        assert!(out.contains("202e"), "{out}");
    }
}
