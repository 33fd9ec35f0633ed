//! Token answers as other servers write them: lifetimes in every spelling, tokens of any visible character,
//! errors in a 200, JSON with another label, and what is not an answer at all.

use crate::support::cached::Cached;
use crate::support::faults::{Fault, Faults};
use crate::support::process::needs_program;
use crate::support::{HACKER, Ran, heistctl};
use serde_json::json;
use std::process::Command;

const JSON: (&str, &str) = ("Content-Type", "application/json");
/// What Amazon, Salesforce, X and Facebook use, and what a shell or curl would take for its own.
const TOKENS: [&str; 5] =
    ["Atza|IwEBIJ", "00Dx!AQ.a_b", "AAAA%2Bb:c", r#"a'b"c\d`e$(id)"#, "!#$&()*,;<>?@[]^{}~"];

fn token(server: &Faults, args: &[&str]) -> Ran {
    let url = server.token_url();
    heistctl(["token", "--token-url", &url].iter().chain(args)).envs(&HACKER).run()
}

#[test]
fn a_lifetime_is_read_in_every_spelling_of_a_number() {
    for (spelling, seconds) in [
        ("3600", json!(3600)),
        ("\"3600\"", json!(3600)),
        ("3600.0", json!(3600)),
        ("3.6e3", json!(3600)),
        ("\"3600.0\"", json!(3600)),
        ("1e12", json!(1_000_000_000_000_i64)),
        ("null", json!(null)),
    ] {
        let body = format!(r#"{{"access_token":"AT","token_type":"Bearer","expires_in":{spelling}}}"#);
        let ran = token(&Faults::always(200, &[JSON], body), &["--json"]).exits(0);
        assert!(ran.stderr.is_empty(), "{spelling}: {ran}");
        assert_eq!(ran.json()["expires_in"], seconds, "{spelling}");
    }
}

#[test]
fn a_lifetime_that_cannot_be_used_is_told_and_the_token_is_not_kept() {
    for spelling in ["-1", "1e400", "true", "\"3600s\"", "\"\"", "[]", "\"hunter2\""] {
        let body = format!(r#"{{"access_token":"AT","token_type":"Bearer","expires_in":{spelling}}}"#);
        let server = Faults::always(200, &[JSON], body);
        let cached = Cached::at(server.token_url());
        for asked in 1..=2 {
            let ran = cached.run(&["--json"]).run().exits(0);
            assert!(ran.json()["expires_in"].is_null() && !ran.stderr.contains("hunter2"), "{ran}");
            assert!(
                ran.stderr.contains("note: expires_in is ") && ran.stderr.contains("not cached"),
                "{ran}"
            );
            assert_eq!(server.asked().len(), asked, "{spelling}");
        }
    }
}

#[test]
fn a_token_of_any_visible_character_is_kept_printed_and_sent() {
    for text in TOKENS {
        let server = Faults::serve(move |_, asked| match asked.target() {
            "/oauth/token" => Fault::token(text, 3600),
            _ => Fault::answer(200, &[], asked.header("Authorization").unwrap_or_default()),
        });
        let cached = Cached::at(server.token_url());
        let printed = |form: &str| cached.run(&["-o", form]).run().exits(0).stdout;
        assert_eq!(printed("raw"), format!("{text}\n"));
        assert_eq!(printed("header"), format!("Authorization: Bearer {text}\n"));
        assert_eq!(cached.run(&["--json"]).run().exits(0).json()["access_token"], text);
        let script = "eval \"$1\"; printf %s \"$HEISTCTL_TOKEN\"";
        let shell = Command::new("sh").args(["-c", script, "sh", &printed("env")]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&shell.stdout), text);
        // Each form can be given back.
        for form in ["raw", "header", "env", "curl", "json"] {
            let given = printed(form);
            cached.run(&["--no-cache", "--revoke", "-"]).stdin(given).run().exits(0);
            let sent = server.asked().pop().unwrap();
            let form: Vec<(String, String)> =
                sent.body.split('&').filter_map(|pair| pair.split_once('=')).map(decoded).collect();
            assert!(form.contains(&("token".to_owned(), text.to_owned())), "{form:?}");
        }
        let called = heistctl(["call", &format!("{}/api", server.url)]).envs(&HACKER);
        let called = called.env("HEISTCTL_TOKEN_URL", server.token_url()).run().exits(0);
        assert_eq!(called.stdout, format!("Bearer {text}"));
        let asked = server.asked().iter().filter(|asked| asked.target() == "/oauth/token").count();
        assert_eq!(asked, 2, "the cache was not used");
    }
}

fn decoded((name, value): (&str, &str)) -> (String, String) {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_encoding::percent_decode_str(&text).decode_utf8().unwrap().into_owned()
    };
    (decode(name), decode(value))
}

#[test]
fn curl_reads_the_token_out_of_its_configuration() {
    if !needs_program("curl") {
        return;
    }
    for text in TOKENS {
        let server = Faults::serve(move |_, asked| match asked.target() {
            "/oauth/token" => Fault::token(text, 3600),
            _ => Fault::answer(200, &[], asked.header("Authorization").unwrap_or_default()),
        });
        let configuration = token(&server, &["-o", "curl"]).exits(0).stdout;
        let folder = crate::support::folder(&[("curl", &configuration)]);
        let (file, url) = (folder.path().join("curl"), format!("{}/api", server.url));
        let args = ["-s", "--noproxy", "*", &url, "-K"];
        let curl = Command::new("curl").args(args).arg(file).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&curl.stdout), format!("Bearer {text}"));
    }
}

#[test]
fn a_token_that_no_header_can_carry_is_refused() {
    for (text, part) in [
        ("a b", "a blank in it"),
        ("a\n", "a line end (U+000A)"),
        ("a\r\nX: y", "a carriage return (U+000D)"),
        ("a\u{0}", "a control character (U+0000)"),
        ("\u{200b}a", "a zero-width space (U+200B)"),
        ("é", "the character (U+00E9)"),
    ] {
        let server = Faults::serve(move |_, _| Fault::token(text, 3600));
        let ran = token(&server, &[]).fails(5, &["the access_token cannot be used: the token has ", part]);
        assert!(!ran.stderr.contains("hint:"), "{ran}");
    }
}

#[test]
fn an_error_in_a_200_is_a_refusal() {
    for (body, part) in [
        (r#"{"error":"invalid_client","error_description":"no"}"#, "200 invalid_client: no"),
        (r#"{"access_token":null,"error":"invalid_scope"}"#, "200 invalid_scope"),
        (r#"{"error":{"type":"OAuthException","message":"no","code":1}}"#, "200 OAuthException: no"),
        (r#"{"ok":false,"error":"invalid_auth"}"#, "200 invalid_auth"),
    ] {
        let server = Faults::always(200, &[JSON], body);
        token(&server, &[]).fails(4, &[part]);
        let call = heistctl(["call", "--token-url", &server.token_url(), "http://127.0.0.1:1/"]);
        call.envs(&HACKER).run().fails(14, &[part]);
    }
    // An empty error beside a token is none.
    let body = r#"{"access_token":"AT","token_type":"Bearer","error":"","error_description":""}"#;
    token(&Faults::always(200, &[JSON], body), &[]).exits(0);
}

#[test]
fn an_answer_is_what_its_body_is() {
    let good = r#"{"access_token":"AT","token_type":"Bearer"}"#;
    for label in ["text/plain", "text/html; charset=utf-8", "application/octet-stream", ""] {
        let fields = if label.is_empty() { vec![] } else { vec![("Content-Type", label)] };
        assert_eq!(token(&Faults::always(200, &fields, good), &[]).exits(0).stdout, "AT\n", "{label}");
    }
    for (label, body, part) in [
        ("application/x-www-form-urlencoded", "access_token=AT&token_type=bearer", "it is a form, not JSON"),
        ("text/plain", "access_token=AT&expires=5183857", "it is a form, not JSON"),
        (
            "text/html",
            "<!doctype html><title>Log in</title>",
            "it is a web page: text/html, 36 bytes: <!doctype",
        ),
        ("application/json", "{\"access_token\":\"AT\"", "it is broken JSON: application/json, 20 bytes"),
        ("application/json", "\"AT\"", "it is not a JSON object"),
        ("application/json", "", "it is empty"),
    ] {
        let ran = token(&Faults::always(200, &[("Content-Type", label)], body), &[]);
        assert!(!ran.stderr.contains("AT"), "{ran}");
        ran.fails(5, &[part]);
    }
}

#[test]
fn a_nonce_is_given_wherever_it_is_asked_for_and_missed_where_it_is_not_sent() {
    let good = || Fault::json(200, &json!({"access_token": "AT", "token_type": "DPoP", "expires_in": 60}));
    let body = r#"{"error":"use_dpop_nonce"}"#;
    let challenge = ("WWW-Authenticate", "DPoP error=\"use_dpop_nonce\", algs=\"ES256\"");
    let nonce = ("DPoP-Nonce", "n1");
    for (status, fields, body) in [
        (400, vec![JSON, nonce], body),
        (401, vec![JSON, nonce], body),
        (401, vec![challenge, nonce], "use a nonce"),
    ] {
        let server = Faults::serve(
            move |number, _| {
                if number == 0 { Fault::answer(status, &fields, body) } else { good() }
            },
        );
        assert_eq!(token(&server, &["--dpop"]).exits(0).stdout, "AT\n");
        let proof = server.asked()[1].header("DPoP").unwrap().to_owned();
        let claims = heistctl(["inspect", "--raw", "claims", "-"]).stdin(proof).run().exits(0).stdout;
        assert!(claims.contains(r#""nonce":"n1""#), "{claims}");
        // Twice the same is enough.
        let server = Faults::always(status, &[JSON, nonce], r#"{"error":"use_dpop_nonce"}"#);
        token(&server, &["--dpop"]).fails(4, &["hint: it got the nonce that it asked for"]);
        assert_eq!(server.asked().len(), 2);
    }
    for status in [400, 401] {
        for fields in [vec![JSON], vec![JSON, ("DPoP-Nonce", "")]] {
            let server = Faults::always(status, &fields, body);
            let ran = token(&server, &["--dpop"]).fails(4, &["but its answer has no DPoP-Nonce header"]);
            assert!(!ran.stderr.contains("was given") && server.asked().len() == 1, "{ran}");
        }
    }
    let server = Faults::always(400, &[JSON, nonce], body);
    token(&server, &[]).fails(4, &["hint: the issuer requires tokens bound to a key: --dpop"]);
}
