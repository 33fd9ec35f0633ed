//! Heads that are valid, and heads that are invalid or ambiguous.

use super::*;

fn read(text: &str) -> Result<(Framing, bool, bool), (u16, &'static str)> {
    let mut scan = Scan::default();
    let end = scan.end(text.as_bytes()).map_err(|fault| (fault.status, fault.why))?;
    let head = RequestHead::read(&text.as_bytes()[..end.expect("a whole head")]);
    head.map(|head| (head.framing, head.keep_alive, head.expects_continue))
        .map_err(|fault| (fault.status, fault.why))
}

fn status(text: &str) -> u16 {
    read(text).map_or_else(|(status, _)| status, |_| 200)
}

#[test]
fn what_has_one_meaning_is_read() {
    let plain = Framing::Length(0);
    for (text, expected) in [
        ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", (plain, true, false)),
        ("GET / HTTP/1.1\r\nhOST:\r\nConnection: foo, Close\r\n\r\n", (plain, false, false)),
        ("GET / HTTP/1.0\r\n\r\n", (plain, false, false)),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", (plain, true, false)),
        (
            "POST / HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 005\r\n\r\n",
            (Framing::Length(5), true, false),
        ),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: ChUnKeD\r\n\r\n", (Framing::Chunked, true, false)),
        (
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n",
            (Framing::Length(5), true, true),
        ),
        (
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n",
            (plain, true, false),
        ),
    ] {
        assert_eq!(read(text), Ok(expected), "{text}");
    }
}

#[test]
fn what_has_two_meanings_is_refused() {
    let post = |fields: &str| format!("POST / HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
    for (fields, expected) in [
        ("Content-Length: 5\r\nContent-Length: 5\r\n", 400),
        ("Content-Length: 5, 5\r\n", 400),
        ("Content-Length: +5\r\n", 400),
        ("Content-Length: -1\r\n", 400),
        ("Content-Length: 0x5\r\n", 400),
        ("Content-Length: \r\n", 400),
        ("Content-Length: 107374182400\r\n", 413),
        ("Content-Length: 99999999999999999999999999\r\n", 413),
        ("Content-Length: 65537\r\n", 413),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
        ("Transfer-Encoding: identity\r\n", 400),
        ("Transfer-Encoding: xchunked\r\n", 400),
        ("Transfer-Encoding: gzip, chunked\r\n", 400),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
        ("Transfer-Encoding : chunked\r\n", 400),
        ("Content-Length: 5\r\n folded\r\n", 400),
        ("X: a\rb\r\n", 400),
        ("X: a\0b\r\n", 400),
        ("Content-Length: 5\r\nExpect: foo\r\n", 417),
        ("Content-Length: 5\r\nAuthorization: Bearer \u{e9}\r\n", 400),
        ("", 411),
        ("Host: y\r\nContent-Length: 0\r\n", 400),
        ("Content-Length: 0\r\nContent-Type: a/b\r\ncontent-type: a/c\r\n", 400),
    ] {
        assert_eq!(status(&post(fields)), expected, "{fields:?}");
    }
}

#[test]
fn one_valid_traceparent_is_passed_on_and_others_are_ignored() {
    let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for (fields, expected) in [
        (format!("traceparent: {good}\r\n"), Some(good)),
        (format!("TraceParent:{good}\r\n"), Some(good)),
        (format!("traceparent: {good}\r\ntraceparent: {good}\r\n"), None),
        (format!("traceparent: {good}x\r\n"), None),
        ("traceparent: \u{e9}\r\n".to_owned(), None),
    ] {
        let text = format!("GET / HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
        let head = RequestHead::read(text.as_bytes()).unwrap();
        let found = head.passed.iter().find(|(name, _)| *name == TRACEPARENT).map(|(_, value)| *value);
        assert_eq!(found, expected, "{fields}");
    }
}

#[test]
fn request_lines_are_strict() {
    for (line, expected) in [
        ("GET / HTTP/2.0", 505),
        ("GET / HTTP/0.9", 505),
        ("GET /", 400),
        ("GET  / HTTP/1.1", 400),
        ("GET x HTTP/1.1", 400),
        ("GET /\u{e9} HTTP/1.1", 400),
        ("GET /a#b HTTP/1.1", 400),
        ("CONNECT example.com:443 HTTP/1.1", 400),
        ("OPTIONS * HTTP/1.1", 200),
        ("GET http://x/y HTTP/1.1", 200),
        ("FROBNICATE / HTTP/1.1", 200),
    ] {
        assert_eq!(status(&format!("{line}\r\nHost: x\r\n\r\n")), expected, "{line}");
    }
    assert_eq!(status("GET / HTTP/1.1\nHost: x\r\n\r\n"), 400);
    assert_eq!(status("GET / HTTP/1.1\r\n\r\n"), 400);
    assert_eq!(status("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400);
    assert_eq!(status("\u{16}\u{3}\u{1}"), 400);
}

#[test]
fn large_heads_are_refused_for_what_is_large() {
    let long = "x".repeat(MAX_HEAD);
    assert_eq!(status(&format!("GET /{long}")), 414);
    assert_eq!(status(&format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", &long[..9000])), 414);
    assert_eq!(status(&format!("GET / HTTP/1.1\r\nHost: x\r\nX: {long}")), 431);
    assert_eq!(status(&format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X: 1\r\n".repeat(70))), 431);
}

#[test]
fn targets_lose_their_authority() {
    for (target, origin) in
        [("http://x/y?z", "/y?z"), ("HTTPS://x:1/y", "/y"), ("https://x", "/"), ("/http://x", "/http://x")]
    {
        assert_eq!(origin_form(target), Ok(origin));
    }
}
