//! The forms that HTTP/1.1 has for one request, as real clients send them, and what a client may not
//! say about itself.

use crate::support::wire::{HEALTH, TOKEN_REQUEST};
use crate::support::{Server, demo, heistctl};
use serde_json::Value;

const EXPECTING: &str = "Content-Length: 85\r\nExpect: 100-continue\r\n";

/// The token request's head, with these fields in place of its length; and its body.
fn token_request(fields: &str) -> (String, &'static str) {
    let (head, body) = TOKEN_REQUEST.split_once("\r\n\r\n").unwrap();
    (format!("{}\r\n\r\n", head.replace("Content-Length: 85", fields.trim_end())), body)
}

#[test]
fn a_client_that_waits_for_a_100_gets_one_and_then_its_token() {
    let server = demo();
    let (head, body) = token_request(EXPECTING);
    let mut wire = server.wire();
    for _ in 0..3 {
        assert_eq!(wire.send(&head).head_reply().status, 100);
        let reply = wire.send(body).reply();
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    let (chunked, _) = token_request("Transfer-Encoding: chunked\r\nExpect: 100-Continue\r\n");
    assert_eq!(wire.send(&chunked).head_reply().status, 100);
    assert_eq!(wire.send(format!("55\r\n{body}\r\n0\r\n\r\n")).reply().status, 200);
    // Who does not wait is told nothing, and who speaks HTTP/1.0 knows no 100.
    assert_eq!(wire.send(format!("{head}{body}")).reply().status, 200);
    let old = head.replace("HTTP/1.1", "HTTP/1.0");
    assert_eq!(server.wire().send(&old).send(body).reply().status, 200);
    // A body that would be refused is not asked for, and nor is what cannot be expected.
    server.wire().send(head.replace("Content-Length: 85", "Content-Length: 70000")).refused(413);
    for expectation in ["foo", "100-continue, foo", "100 continue", ""] {
        let (head, body) = token_request(&format!("Content-Length: 85\r\nExpect: {expectation}\r\n"));
        server.wire().send(format!("{head}{body}")).refused(417);
    }
}

#[test]
fn a_head_is_answered_as_a_get_without_its_body() {
    let server = demo();
    let mut wire = server.wire();
    for path in ["/health", "/openapi.json", "/nowhere", "/protected-resource", "/oauth/token"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        let get = wire.send(&request).reply();
        let head = wire.send(request.replace("GET", "HEAD")).head_reply();
        assert_eq!((head.status, head.body.as_str()), (get.status, ""), "{path}");
        let told = |name| (get.header(name).map(str::to_owned), head.header(name).map(str::to_owned));
        for (of_get, of_head) in ["Content-Length", "Content-Type", "WWW-Authenticate"].map(told) {
            assert_eq!(of_get, of_head, "{path}");
        }
    }
    // A mix in one segment: no answer's body is taken for the next one's head.
    let head = HEALTH.replace("GET", "HEAD");
    wire.send([HEALTH, &head, &head, HEALTH].concat());
    wire.reply().json();
    wire.head_reply();
    wire.head_reply();
    wire.reply().json();
    let reply = wire.send(head.replace("\r\n\r\n", "\r\nExpect: foo\r\n\r\n")).head_reply();
    assert_eq!(reply.status, 417);
}

#[test]
fn connections_are_kept_and_closed_as_the_client_says() {
    let server = demo();
    for (version, field, kept, said) in [
        ("1.1", "", true, None),
        ("1.1", "Connection: close\r\n", false, Some("close")),
        ("1.1", "Connection: keep-alive\r\nConnection: foo , CLOSE\r\n", false, Some("close")),
        ("1.0", "", false, Some("close")),
        ("1.0", "Connection: Keep-Alive\r\n", true, Some("keep-alive")),
        ("1.0", "Connection: keep-alive, close\r\n", false, Some("close")),
        (
            "1.1",
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n",
            true,
            None,
        ),
        ("1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAA\r\n", true, None),
        ("1.1", "Connection: TE\r\nTE: trailers\r\n", true, None),
    ] {
        let mut wire = server.wire();
        let request = format!("GET /health HTTP/{version}\r\nHost: x\r\n{field}\r\n");
        let reply = wire.send(&request).reply();
        assert_eq!((reply.status, reply.header("Connection")), (200, said), "{request}");
        if kept {
            assert_eq!(wire.send(&request).reply().status, 200, "{request}");
        } else {
            wire.ends();
        }
    }
    assert_eq!(server.wire().send("GET /health HTTP/1.0\r\n\r\n").reply().status, 200, "no Host in 1.0");
    server.wire().send("GET /health HTTP/1.1\r\n\r\n").refused(400);
}

#[test]
fn targets_have_four_forms_and_two_of_them_are_ours() {
    let server = demo();
    let mut wire = server.wire();
    for (target, status) in [
        ("http://localhost/health", 200),
        ("HTTP://other.example:99/health?x=http://y/", 200),
        ("https://u@[::1]:1/health", 200),
        ("http://localhost", 200),
        ("//health", 404),
        ("/health/", 404),
        ("/./health", 404),
        ("/%68ealth", 404),
    ] {
        let reply = wire.send(format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n")).reply();
        assert_eq!(reply.status, status, "{target}");
        reply.json();
    }
    for (line, status) in [("OPTIONS *", 404), ("OPTIONS /health", 405), ("TRACE /health", 405), ("A /", 405)]
    {
        let reply = wire.send(format!("{line} HTTP/1.1\r\nHost: x\r\nMax-Forwards: 0\r\n\r\n")).reply();
        assert_eq!(reply.status, status, "{line}");
        reply.json();
    }
    for target in
        ["localhost:80", "health", "ftp://x/health", "http:/health", "*/health", "/a#b", "http://x/\\^\u{e9}"]
    {
        server.wire().send(format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n")).refused(400);
    }
    for method in ["POST", "PUT", "PATCH"] {
        server.wire().send(format!("{method} /oauth/token HTTP/1.1\r\nHost: x\r\n\r\n")).refused(411);
    }
}

#[test]
fn a_client_that_has_said_all_gets_its_answer() {
    let server = demo();
    let mut wire = server.wire();
    let reply = wire.send(TOKEN_REQUEST).half_close().reply();
    assert_eq!(reply.status, 200);
    wire.ends();
    let mut wire = server.wire();
    wire.send([HEALTH, TOKEN_REQUEST, HEALTH].concat()).half_close();
    for _ in 0..3 {
        assert_eq!(wire.reply().status, 200);
    }
    wire.ends();
    // An empty line behind a request is an old client's habit (RFC 9112 section 2.2), no request.
    let mut wire = server.wire();
    assert_eq!(wire.send(format!("{TOKEN_REQUEST}\r\n")).half_close().reply().status, 200);
    wire.ends();
    let mut wire = server.wire();
    assert_eq!(wire.send(format!("\r\n{HEALTH}\r\n{HEALTH}")).reply().status, 200);
    assert_eq!(wire.reply().status, 200);
    // What broke off is told so.
    for part in [&TOKEN_REQUEST[..20], &TOKEN_REQUEST[..TOKEN_REQUEST.len() - 1], "G"] {
        server.wire().send(part).half_close().refused(400);
    }
    server.wire().half_close().ends();
}

#[test]
fn resets_in_mid_request_leave_nothing_behind() {
    let server = demo();
    server.serves_in_time("before");
    let before = server.figures();
    for cut in (0..TOKEN_REQUEST.len() + 1).chain(vec![TOKEN_REQUEST.len(); 50]) {
        let mut wire = server.wire();
        wire.send(&TOKEN_REQUEST[..cut]);
        wire.reset();
    }
    server.serves_in_time("after resets");
    server.returns_to(before);
}

/// What the log says of all requests, once the server has ended.
fn log(server: Server) -> Vec<Value> {
    let (code, text) = server.stop();
    assert_eq!(code, 0);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_a_client_says_about_itself_counts_for_nothing() {
    const CLAIMS: &str = "Peer: 6.6.6.6\r\npeer: 6.6.6.7\r\nX-Forwarded-For: 6.6.6.6\r\n\
        Forwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nRequest-Id: evil\r\nX-Request-Id: evil\r\nCertificate: trusted AAAA\r\n\
        Door: metrics\r\nDelay: 60000\r\ndelay:60000\r\n";
    let server = heistctl(["serve", "--demo", "--listen", "127.0.0.1:0"]).serve();
    // Its patience ends long before the delay that it claims.
    let mut wire = server.wire();
    let (head, body) = token_request(&format!("Content-Length: 85\r\n{CLAIMS}"));
    for body in [body.to_owned(), body.replace("secret-123", "secret-124")] {
        let reply = wire.send(format!("{head}{body}")).reply();
        assert!([200, 401].contains(&reply.status), "{reply:?}");
        assert!(!format!("{reply:?}").contains("evil") && reply.header("Delay").is_none(), "{reply:?}");
    }
    let metrics = wire.send(format!("GET /metrics HTTP/1.1\r\nHost: x\r\n{CLAIMS}\r\n")).reply();
    assert_eq!(metrics.status, 404);
    // In a trailer, too, and where the gate itself refuses.
    let (chunked, _) = token_request("Transfer-Encoding: chunked");
    assert_eq!(wire.send(format!("{chunked}55\r\n{body}\r\n0\r\n{CLAIMS}\r\n")).reply().status, 200);
    wire.send(format!("GET /health HTTP/1.1\r\nHost: x\r\n{CLAIMS}Expect: evil\r\n\r\n")).refused(417);
    let lines = log(server);
    assert_eq!(lines.len(), 5, "{lines:?}");
    for line in lines {
        assert_eq!(line["client_addr"], "127.0.0.1", "{line}");
        assert!(!line.to_string().contains("evil") && !line.to_string().contains("6.6.6"), "{line}");
    }
}
