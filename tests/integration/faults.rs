//! `heistctl token` against servers that fail in every way there is: each has its exit code and its
//! message, nothing on stdout, and is asked as often as it should be.

use crate::support::faults::{Asked, Fault, Faults, LATE};
use crate::support::keys::Key;
use crate::support::{HACKER, Heistctl, Ran, folder, heistctl};
use serde_json::json;
use std::net::TcpListener;
use std::time::{Duration, Instant};

const JSON: (&str, &str) = ("Content-Type", "application/json");
const TEXT: (&str, &str) = ("Content-Type", "text/plain");

fn token(server: &Faults, args: &[&str]) -> Heistctl {
    heistctl(["token", "--token-url", &server.token_url()].iter().chain(args)).envs(&HACKER)
}

/// It fails, has none of our secrets in what it says, and has asked that often.
#[track_caller]
fn fails(server: &Faults, code: i32, parts: &[&str], asked: usize) -> Ran {
    let ran = token(server, &[]).run().fails(code, parts);
    assert!(!ran.stderr.contains("hacker-secret") && !ran.stderr.contains("aGFja2"), "{ran}");
    assert_eq!(server.asked().len(), asked, "{ran}");
    ran
}

#[test]
fn an_answer_that_is_no_token_is_a_failure_of_the_server() {
    let good = json!({"access_token": "hunter2", "token_type": "Bearer", "expires_in": 60}).to_string();
    let with = |name: &str, value: serde_json::Value| {
        let mut body = json!({"access_token": "hunter2", "token_type": "Bearer", "expires_in": 60});
        body[name] = value;
        body.to_string()
    };
    for (kind, body, part) in [
        (
            "text/html; charset=utf-8",
            "<html>hello".to_owned(),
            "it is a web page: text/html; charset=utf-8, 11 bytes: <html>hello",
        ),
        ("application/json", with("token_type", json!("MAC")), "the token is of type \"MAC\""),
        ("application/json", with("token_type", json!("DPoP")), "the token is of type DPoP"),
        (
            "application/json",
            with("access_token", json!("a\"\nurl = \"b")),
            "the token has a line end (U+000A) in it",
        ),
        (
            "application/json",
            with("access_token", json!(["x"])),
            "access_token is an array, it must be a string",
        ),
        ("application/json", "[]".to_owned(), "application/json, 2 bytes"),
        ("application/json", "\"opaque\"".to_owned(), "application/json, 8 bytes"),
        ("application/json", good[..good.len() - 1].to_owned(), "it is broken JSON"),
        ("application/x-www-form-urlencoded", "access_token=hunter2".to_owned(), "form-urlencoded"),
        ("application/json", String::new(), "0 bytes"),
    ] {
        let server = Faults::always(200, &[("Content-Type", kind)], &body);
        let ran = fails(&server, 5, &["error: token request: http://127.0.0.1:", "/oauth/token: ", part], 1);
        assert!(!ran.stderr.contains("hunter2"), "{ran}");
    }
}

#[test]
fn a_token_without_an_end_is_printed_and_not_kept() {
    let cache = folder(&[]);
    let server = Faults::always(200, &[JSON], r#"{"access_token":"t","token_type":"bearer"}"#);
    for _ in 0..2 {
        let ran = token(&server, &["--json"]).env("HEISTCTL_CACHE_DIR", cache.path()).run().exits(0);
        assert_eq!(ran.json()["expires_in"], json!(null));
    }
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn less_scope_than_asked_for_is_said() {
    let body = r#"{"access_token":"t","token_type":"bearer","scope":"a"}"#;
    let server = Faults::always(200, &[JSON], body);
    let ran = token(&server, &["--scope", "a b c"]).run().exits(0);
    assert_eq!(ran.stdout, "t\n");
    assert!(
        ran.stderr.contains("note: the issuer granted fewer scopes than requested; missing: b c"),
        "{ran}"
    );
}

#[test]
fn a_redirect_is_never_followed() {
    for status in [301, 302, 303, 307, 308] {
        let second = Faults::always(200, &[JSON], r#"{"access_token":"t","token_type":"bearer"}"#);
        let first = Faults::always(status, &[("Location", &second.token_url())], "");
        fails(&first, 5, &[&format!("redirects ({status})"), "from --token-url"], 1);
        assert!(second.asked().is_empty(), "{status}");
    }
}

#[test]
fn a_large_answer_is_given_up_early() {
    let body = format!(r#"{{"access_token":"t","token_type":"bearer","x":"{}"}}"#, "x".repeat(10 << 20));
    fails(&Faults::always(200, &[JSON], &body), 5, &["larger than 65536 bytes"], 1);
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunks = format!("{head}{}", format!("1000\r\n{}\r\n", "x".repeat(0x1000)).repeat(2560));
    fails(
        &Faults::serve(move |_, _| Fault::Bytes(chunks.clone().into())),
        5,
        &["larger than 65536 bytes"],
        1,
    );
    let fields = format!("HTTP/1.1 200 OK\r\n{}", "X: y\r\n".repeat(100_000));
    fails(&Faults::serve(move |_, _| Fault::Bytes(fields.clone().into())), 5, &["not HTTP"], 1);
}

#[test]
fn an_answer_that_breaks_off_is_a_failure_of_the_server() {
    let start = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    for (answer, parts) in [
        (
            format!("{start}Content-Length: 500\r\n\r\n{{\"access_token\":\"t\""),
            &["error: token request"][..],
        ),
        (format!("{start}Transfer-Encoding: chunked\r\n\r\n20\r\n{{\"acc"), &["error: token request"]),
        (format!("{start}Content-Len"), &["error: token request"]),
        (String::new(), &["closed the connection without an answer"]),
        ("SSH-2.0-OpenSSH_9.9\r\n".to_owned(), &["not HTTP"]),
        ("\u{0}\u{1}\u{2}".repeat(50), &["not HTTP"]),
        ("HTTP/1.1 2x0 OK\r\n\r\n".to_owned(), &["not HTTP"]),
    ] {
        let bytes = answer.clone().into_bytes();
        let server = Faults::serve(move |_, _| Fault::Bytes(bytes.clone()));
        fails(&server, 5, parts, 1);
        let server = Faults::serve(move |_, _| Fault::Reset(answer.clone().into_bytes()));
        fails(&server, 5, &["error: token request"], 1);
    }
}

#[test]
fn a_server_that_takes_its_time_is_given_up_in_time() {
    // Both answers are good in the end: whoever waited for them would have a token.
    let start = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
    let body = r#"{"access_token":"t","token_type":"Bearer","expires_in":60}"#;
    for (start, rest) in
        [(format!("{start}X: "), format!("\r\n\r\n{body}")), (format!("{start}\r\n "), body.to_owned())]
    {
        let server = Faults::serve(move |_, _| Fault::Late(start.clone().into(), rest.clone().into()));
        token(&server, &["--timeout", "1"]).run().fails(7, &["no answer in time", "hint: --timeout"]);
        assert_eq!(server.asked().len(), 1);
    }
    // Nothing is answered, to a request or to a handshake, until the connection is closed late.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    std::thread::spawn(move || {
        let kept: Vec<_> = silent.incoming().take(2).collect();
        std::thread::sleep(LATE);
        drop(kept);
    });
    for scheme in ["http", "https"] {
        let url = format!("{scheme}://{address}/oauth/token");
        let ran = heistctl(["token", "--timeout", "1", "--token-url", &url]).envs(&HACKER).run();
        ran.fails(7, &["in time", &url]);
    }
}

#[test]
fn only_what_may_pass_is_tried_again() {
    let busy = r#"{"error":"temporarily_unavailable","error_description":"soon"}"#;
    for (status, code, asked) in
        [(429, 4, 3), (502, 5, 3), (503, 5, 3), (504, 5, 3), (500, 5, 1), (501, 5, 1)]
    {
        let server = Faults::always(status, &[JSON], busy);
        fails(&server, code, &[&status.to_string(), "temporarily_unavailable: soon", "hint:"], asked);
    }
    for status in [429, 502, 503, 504] {
        let script = move |number, _: &Asked| match number {
            0 | 1 => Fault::answer(status, &[], ""),
            _ => Fault::token("t", 60),
        };
        let server = Faults::serve(script);
        assert_eq!(token(&server, &[]).run().exits(0).stdout, "t\n");
        assert_eq!(server.asked().len(), 3);
    }
    // Nobody there: two more tries, with pauses that grow.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{nobody}/oauth/token");
    let started = Instant::now();
    let ran = heistctl(["token", "--token-url", &url]).envs(&HACKER).run();
    ran.fails(6, &[&url, "refused", "--token-url", "hint: is the server running?"]);
    assert!(started.elapsed() > Duration::from_millis(125 + 250), "{:?}", started.elapsed());
}

#[test]
fn the_server_says_how_long_to_wait() {
    let script = |number, _: &Asked| match number {
        0 => Fault::answer(429, &[("Retry-After", "1")], ""),
        _ => Fault::token("t", 60),
    };
    let server = Faults::serve(script);
    let started = Instant::now();
    token(&server, &[]).run().exits(0);
    assert!(started.elapsed() > Duration::from_secs(1) && server.asked().len() == 2);
    for (status, code) in [(429, 4), (503, 5)] {
        let server = Faults::always(status, &[JSON, ("Retry-After", "3600")], r#"{"error":"slow_down"}"#);
        fails(&server, code, &["slow_down; it asks for a pause of 1h (Retry-After)", "hint:"], 1);
    }
    // As long as one is ready to wait, and no longer.
    let server = Faults::always(429, &[("Retry-After", "5")], "");
    token(&server, &["--timeout", "3"]).run().fails(4, &["a pause of 5s"]);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn foreign_words_are_shown_harmless_and_not_without_end() {
    let text = format!("\u{1b}[31mred\u{7}\r\n{}the end", "x".repeat(200));
    for (status, code) in [(403, 4), (404, 4), (500, 5)] {
        let server = Faults::always(status, &[TEXT], &text);
        let size = format!("{status}");
        let ran = fails(&server, code, &[&size, "text/plain, 218 bytes: \\u{001b}[31mred", "hint:"], 1);
        assert!(!ran.stderr.contains("the end") && !ran.stderr.contains('\u{1b}'), "{ran}");
        assert_eq!(ran.stderr.lines().count(), 2, "{ran}");
    }
    let body =
        json!({"error": "no\u{1b}[2J", "error_description": format!("\u{202e}\n\u{9b}{}", "y".repeat(9000))});
    let ran =
        fails(&Faults::always(400, &[JSON], body.to_string()), 4, &["400 no\\u{001b}[2J: \\u{202e}"], 1);
    assert!(ran.stderr.lines().count() == 1 && ran.stderr.len() < 1000, "{ran}");
}

#[test]
fn what_a_server_repeats_of_ours_is_not_shown() {
    let echo = |status: u16, json: bool| {
        Faults::serve(move |_, asked| {
            let all = format!("{}\n{}", asked.head.replace("token", "t"), asked.body.replace("token", "t"));
            let said = json!({"error": "invalid_request", "error_description": all});
            if json { Fault::json(status, &said) } else { Fault::answer(status, &[TEXT], all) }
        })
    };
    let key = Key::for_alg("ES256");
    let folder = folder(&[("key.pem", &key.private_pem())]);
    let key_file = folder.path().join("key.pem").display().to_string();
    for (status, json) in [(400, true), (400, false), (500, true), (500, false)] {
        for args in [
            &["--auth-method", "client_secret_basic"][..],
            &["--auth-method", "client_secret_post"],
            &["--auth-method", "client_secret_jwt"],
            &["--client-key", &key_file],
            &["--client-key", &key_file, "--dpop"],
        ] {
            let server = echo(status, json);
            let secret = "hacker-secret-123/with+some=more&of<that>";
            let ran = token(&server, args).env("HEISTCTL_CLIENT_SECRET", secret).run();
            let ran = ran.fails(if status == 400 { 4 } else { 5 }, &["POST /oauth/t"]);
            for part in ["hacker-secret", "with+some", "with%2Bsome", "aGFja2", "eyJ"] {
                assert!(!ran.stderr.contains(part), "{part} is shown\n{ran}");
            }
        }
    }
}

#[test]
fn a_clock_that_is_off_is_said_with_a_token_and_with_a_refusal() {
    let date = |ahead: i64| {
        let moment = std::time::SystemTime::now();
        let by = Duration::from_secs(ahead.unsigned_abs());
        httpdate::fmt_http_date(if ahead > 0 { moment + by } else { moment - by })
    };
    for (ahead, part) in [
        (600, "the clock of this machine is 10m behind"),
        (-600, "the clock of this machine is 10m ahead of"),
    ] {
        let server = Faults::serve(move |_, _| {
            let body = r#"{"access_token":"t","token_type":"bearer"}"#;
            Fault::answer(200, &[JSON, ("Date", &date(ahead))], body)
        });
        let ran = token(&server, &[]).run().exits(0);
        let minute = ran.stderr.replace("9m 59s", "10m").replace("10m 1s", "10m");
        assert!(ran.stdout == "t\n" && minute.contains(&format!("note: {part} the server's")), "{ran}");
        let refusing = Faults::serve(move |_, _| {
            Fault::answer(401, &[JSON, ("Date", &date(ahead))], r#"{"error":"invalid_client"}"#)
        });
        fails(&refusing, 4, &["hint: check client id", "the clock of this machine is"], 1);
    }
    let server = Faults::serve(move |_, _| {
        Fault::answer(200, &[JSON, ("Date", &date(-3))], r#"{"access_token":"t","token_type":"bearer"}"#)
    });
    assert_eq!(token(&server, &[]).run().exits(0).stderr, "");
}

#[test]
fn a_nonce_is_given_once() {
    let asks = || {
        let body = r#"{"error":"use_dpop_nonce"}"#;
        Fault::answer(400, &[JSON, ("DPoP-Nonce", "n-1")], body)
    };
    let nonce = |asked: &Asked| {
        let proof = asked.header("dpop")?.split('.').nth(1)?.to_owned();
        let claims = heistctl::jose::digest::unbase64(&base64::alphabet::URL_SAFE, proof.as_bytes())?;
        let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
        claims["nonce"].as_str().map(str::to_owned)
    };
    let server = Faults::serve(move |number, _| match number {
        0 => asks(),
        _ => Fault::json(200, &json!({"access_token": "t", "token_type": "DPoP", "expires_in": 60})),
    });
    let ran = token(&server, &["--dpop"]).run().exits(0);
    assert!(ran.stderr.contains("bound to a key (DPoP)"), "{ran}");
    let nonces: Vec<_> = server.asked().iter().map(nonce).collect();
    assert_eq!(nonces, [None, Some("n-1".to_owned())]);
    let server = Faults::serve(move |_, _| asks());
    token(&server, &["--dpop"]).run().fails(4, &["use_dpop_nonce", "asks again"]);
    assert_eq!(server.asked().len(), 2);
    // Who has no key has no use for a nonce.
    let server = Faults::serve(move |_, _| asks());
    fails(&server, 4, &["use_dpop_nonce", "--dpop"], 1);
    let bearer = Faults::serve(|_, _| Fault::token("t", 60));
    token(&bearer, &["--dpop"]).run().fails(5, &["of type Bearer", "does the issuer support DPoP"]);
    token(&bearer, &["--dpop", "-o", "header"]).run().fails(2, &["bound to a key"]);
    assert_eq!(bearer.asked().len(), 1);
}

#[test]
fn a_proxy_is_for_others_and_this_machine_is_asked_directly() {
    let proxy = Faults::always(502, &[], "");
    let here = Faults::serve(|_, _| Fault::token("t", 60));
    for value in [proxy.url.as_str(), "socks5://127.0.0.1:1", "hunter2://x", "\u{7}"] {
        token(&here, &[]).env("ALL_PROXY", value).run().exits(0);
    }
    assert!(proxy.asked().is_empty(), "{:?}", proxy.asked());
}
