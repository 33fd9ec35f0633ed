//! Requests that two programs would read in two ways: each is refused, and what stands behind it is
//! never answered. And whatever a client writes, no line of an answer's head is the client's.

use crate::support::keys::part;
use crate::support::wire::HEALTH;
use crate::support::{Server, demo};

/// A request with a second one hidden where a lenient reader would find it, and the status that it gets.
fn smuggled() -> Vec<(u16, Vec<u8>)> {
    let fields = [
        (400, "Content-Length: +5\r\n"),
        (400, "Content-Length: -5\r\n"),
        (400, "Content-Length: 5, 5\r\n"),
        (400, "Content-Length: 5 5\r\n"),
        (400, "Content-Length: 0x5\r\n"),
        (400, "Content-Length: 5;\r\n"),
        (400, "Content-Length: \r\n"),
        (400, "Content-Length: 5\u{0661}\r\n"),
        (400, "Content-Length: 5\r\nContent-Length: 5\r\n"),
        (400, "Content-Length: 5\r\nContent-Length: 6\r\n"),
        (400, "Content-Length: 5\r\ncontent-length: 0\r\n"),
        (400, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        (400, "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
        (400, "Transfer-Encoding: identity\r\n"),
        (400, "Transfer-Encoding: xchunked\r\n"),
        (400, "Transfer-Encoding: chunkedx\r\n"),
        (400, "Transfer-Encoding: chunked, identity\r\n"),
        (400, "Transfer-Encoding: gzip, chunked\r\n"),
        (400, "Transfer-Encoding: chunked, chunked\r\n"),
        (400, "Transfer-Encoding: \"chunked\"\r\n"),
        (400, "Transfer-Encoding: chunked;q=1\r\n"),
        (400, "Transfer-Encoding: \u{b}chunked\r\n"),
        (400, "Transfer-Encoding:\r\n"),
        (400, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        (400, "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
        (400, "Transfer-Encoding : chunked\r\n"),
        (400, " Transfer-Encoding: chunked\r\n"),
        (400, "Transfer-Encoding:\r\n chunked\r\n"),
        (400, "Content-Length: 5\r\n folded\r\n"),
        (400, "X: y\r\n\tContent-Length: 5\r\n"),
        (400, "X: y\rContent-Length: 5\r\n"),
        (400, "X: y\nContent-Length: 5\r\n"),
        (400, "Content-Length: 5\n"),
        (400, "Content-Length: 5\r\n\nX: y\r\n"),
        (400, "X: a\0b\r\nContent-Length: 5\r\n"),
        (400, "X\0: a\r\nContent-Length: 5\r\n"),
        (400, "X: a\u{7f}b\r\nContent-Length: 5\r\n"),
        (400, "Content-Length\u{e9}: 5\r\n"),
        (400, "Content-Length: 5\r\nHost: y\r\n"),
        (400, "Content-Type: a/b\r\nContent-Type: a/b\r\nContent-Length: 5\r\n"),
        (400, "no colon\r\nContent-Length: 5\r\n"),
        (400, ": no name\r\nContent-Length: 5\r\n"),
        (411, ""),
    ];
    let post = |fields: &str| {
        format!("POST /oauth/token HTTP/1.1\r\nHost: x\r\n{fields}\r\n0\r\n\r\n{HEALTH}{HEALTH}").into_bytes()
    };
    let mut cases: Vec<_> = fields.iter().map(|(status, fields)| (*status, post(fields))).collect();
    for start in [
        "GET /health HTTP/1.1\n",
        "GET /health HTTP/1.1\r\n\n",
        "GET /health\tHTTP/1.1\r\n",
        "GET  /health HTTP/1.1\r\n",
        " GET /health HTTP/1.1\r\n",
        "\r\n\r\nGET /health HTTP/1.1\r\n",
        "\nGET /health HTTP/1.1\r\n",
        "GET /health\r\n",
        "GET /health HTTP/1.1\r\nHost : y\r\n",
        "GET /hea\0lth HTTP/1.1\r\n",
        "GET /health\u{e9} HTTP/1.1\r\n",
        "G\u{e9}T /health HTTP/1.1\r\n",
        "CONNECT x:80 HTTP/1.1\r\n",
        "\0",
    ] {
        cases.push((400, format!("{start}Host: x\r\n\r\n{HEALTH}{HEALTH}").into_bytes()));
    }
    for (status, version) in [
        (400, "HTTP/1.1 "),
        (400, "HTTP/1.1\t"),
        (400, "HTTP/1.10"),
        (505, "http/1.1"),
        (505, "HTTP/1.2"),
        (505, "HTTP/11"),
        (505, "HTP/1.1"),
    ] {
        cases.push((status, format!("GET /health {version}\r\nHost: x\r\n\r\n{HEALTH}").into_bytes()));
    }
    for chunks in [
        "+5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5\rhello\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5;a=\nb\r\nhello\r\n0\r\n\r\n",
        "5 5\r\nhello\r\n0\r\n\r\n",
        "00000000000000005\r\nhello\r\n0\r\n\r\n",
        "\r\n0\r\n\r\n",
        "0\r\nX: y\n\r\n",
        "0\r\nX : y\r\n\r\n",
        "0\r\n X: y\r\n\r\n",
        "0\r\n\n",
    ] {
        let head = "POST /oauth/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
        cases.push((400, format!("{head}{chunks}{HEALTH}{HEALTH}").into_bytes()));
    }
    cases
}

#[test]
fn what_has_two_meanings_is_refused_and_nothing_behind_it_is_answered() {
    let server = demo();
    for (status, bytes) in smuggled() {
        // Said where a test fails.
        println!("{}", bytes.escape_ascii());
        server.wire().send(&bytes).refused(status);
        // The same, a byte at a time: what the kernel glues together must not matter.
        let mut wire = server.wire();
        for byte in &bytes {
            if wire.try_send([*byte]).is_err() {
                break;
            }
        }
        wire.refused(status);
    }
    server.serves_in_time("after them all");
}

#[test]
fn bytes_that_are_not_latin_text_are_refused_where_they_would_be_read() {
    let server = demo();
    for name in ["Authorization", "DPoP", "Content-Type", "Content-Length", "Host", "X-Forwarded-For"] {
        for value in [&b"Bearer \xe9"[..], b"\xff\xfe", "Basic \u{1f600}".as_bytes(), b"\xc3"] {
            let head = [b"GET /protected-resource HTTP/1.1\r\n", name.as_bytes(), b": ", value, b"\r\n"];
            let host = if name == "Host" { "" } else { "Host: x\r\n" };
            server.wire().send(head.concat()).send(format!("{host}\r\n{HEALTH}")).refused(400);
        }
    }
    // What nobody reads may be what it likes (RFC 9110 section 5.5).
    let harmless = b"GET /health HTTP/1.1\r\nHost: x\r\nUser-Agent: Caf\xe9\r\n\r\n";
    assert_eq!(server.wire().send(harmless).reply().status, 200);
}

/// The answer to a request, byte by byte: its head has no line that the client could have written.
#[track_caller]
fn head_is_ours(server: &Server, request: &str) {
    let mut wire = server.wire();
    let reply = wire.send(request).reply();
    assert!(reply.status >= 400, "{request:?} was not refused: {reply:?}");
    for line in reply.lines() {
        let name = line.split(':').next().unwrap();
        let known = [
            "HTTP/1.1",
            "Server",
            "Date",
            "Content-Type",
            "Content-Length",
            "Connection",
            "Cache-Control",
            "Pragma",
            "WWW-Authenticate",
            "X-Request-Id",
            "Retry-After",
            "Allow",
        ];
        let ours = known.iter().any(|known| name.split(' ').next() == Some(known));
        assert!(ours && !line.contains('\r'), "{request:?} was answered with {line:?}: {reply:?}");
    }
    // The answer had the length that it said: the connection is in order.
    if reply.header("Connection").is_none() {
        assert_eq!(wire.send(HEALTH).reply().status, 200, "{request:?}");
    }
}

#[test]
fn no_line_of_an_answers_head_is_the_clients() {
    const EVIL: &str = "\r\nSet-Cookie: evil=1\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nX-Evil: 1";
    let server = demo();
    let json = serde_json::Value::from(EVIL).to_string();
    let form = EVIL.replace('\r', "%0d").replace('\n', "%0a").replace(' ', "+");
    let bearer = |header: &str, claims: &str| format!("{}.{}.AAAA", part(header), part(claims));
    let get = |token: &str| {
        format!("GET /protected-resource HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n")
    };
    for name in ["alg", "typ", "kid", "crit", "jku"] {
        head_is_ours(&server, &get(&bearer(&format!(r#"{{"{name}":{json}}}"#), "{}")));
        head_is_ours(&server, &get(&bearer(&format!(r#"{{"alg":"HS256","{name}":[{json}]}}"#), "{}")));
        head_is_ours(&server, &get(&bearer(&format!(r#"{{{json}:1,"alg":"HS256"}}"#), "{}")));
    }
    for name in ["iss", "aud", "sub", "scope", "exp", "client_id"] {
        let claims = format!(r#"{{"{name}":{json}}}"#);
        head_is_ours(&server, &get(&bearer(r#"{"alg":"HS256"}"#, &claims)));
        head_is_ours(&server, &get(&bearer(r#"{"alg":"HS256"}"#, &format!("{{{json}:1}}"))));
    }
    for name in ["grant_type", "scope", "client_id", "client_secret", "resource", "audience", "x"] {
        for (kind, body) in [
            ("application/x-www-form-urlencoded", format!("{name}={form}&{form}=1&{name}={form}")),
            ("application/json", format!(r#"{{"{name}":{json},{json}:1}}"#)),
        ] {
            let head = "POST /oauth/token HTTP/1.1\r\nHost: x\r\n";
            let framed = format!("Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            head_is_ours(&server, &format!("{head}{framed}"));
        }
    }
    for line in [
        format!("GET /{form} HTTP/1.1"),
        format!("GET /protected-resource?access_token={form} HTTP/1.1"),
        "EVIL\tX: HTTP/1.1".to_owned(),
        format!("GET /nowhere HTTP/1.1\r\nAuthorization: {form}\r\nX-Request-Id: {form}"),
        format!("GET /protected-resource HTTP/1.1\r\nAuthorization: DPoP {form}\r\nDPoP: {form}"),
        format!("GET /protected-resource HTTP/1.1\r\nAuthorization: Basic \"\\\", x=\"{form}\""),
    ] {
        head_is_ours(&server, &format!("{line}\r\nHost: x\r\n\r\n"));
    }
}
