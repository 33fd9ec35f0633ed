//! What kills, hangs or bloats the bare engine, against the whole server: each is refused in words, and
//! the server is the same after it.

use crate::support::demo;
use crate::support::wire::{HEALTH, TOKEN_REQUEST, Wire};
use std::time::{Duration, Instant};

fn fields(count: usize) -> String {
    (0..count).map(|number| format!("X-{number}: y\r\n")).collect()
}

#[test]
fn a_length_that_no_memory_has_is_refused_before_anybody_allocates_it() {
    let server = demo();
    for length in ["107374182400", "18446744073709551615", "99999999999999999999999999999999"] {
        let head = format!("POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
        server.wire().send(&head).refused(413);
        server.wire().send(head.replace("POST", "GET")).half_close().refused(413);
    }
    for size in ["10001", "1900000000", "ffffffffffffffff"] {
        let head = "POST /oauth/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
        server.wire().send(format!("{head}{size}\r\n")).refused(413);
    }
    server.serves_in_time("after giant lengths");
    server.stayed_small();
}

#[test]
fn http_2_is_refused_two_hundred_times_and_nothing_is_left_of_it() {
    let server = demo();
    server.serves_in_time("before");
    let before = server.figures();
    let mut wires: Vec<Wire> = (0..200).map(|_| server.wire()).collect();
    for (number, wire) in wires.iter_mut().enumerate() {
        let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        wire.send(if number % 2 == 0 { "GET / HTTP/2.0\r\nHost: x\r\n\r\n" } else { preface });
    }
    for wire in &mut wires {
        wire.refused(505);
    }
    server.serves_in_time("beside clients that wait after their refusal");
    drop(wires);
    server.returns_to(before);
}

/// Sends without an end, while somebody reads what the server has to say of it.
fn refused_while_sending(wire: &mut Wire, status: u16, piece: &[u8], pieces: usize) {
    let mut sender = wire.stream().try_clone().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // The server stops taking it at some time.
            (0..pieces).try_for_each(|_| std::io::Write::write_all(&mut sender, piece))
        });
        wire.refused(status);
    });
}

#[test]
fn heads_without_an_end_are_refused_at_their_limits() {
    let server = demo();
    let mebibyte = vec![b'a'; 1 << 20];
    let start = "GET /health HTTP/1.1\r\nHost: x\r\n";
    refused_while_sending(server.wire().send(format!("{start}X: ")), 431, &mebibyte, 8);
    refused_while_sending(server.wire().send("GET /"), 414, &mebibyte, 8);
    refused_while_sending(server.wire().send(""), 414, &mebibyte, 8);
    refused_while_sending(server.wire().send(start), 431, fields(1000).as_bytes(), 100);
    server.wire().send(format!("{start}{}\r\n", fields(63))).reply().json();
    server.wire().send(format!("{start}{}\r\n", fields(64))).refused(431);
    let chunked = format!("{start}Transfer-Encoding: chunked\r\n\r\n0\r\n");
    refused_while_sending(server.wire().send(&chunked), 431, fields(1000).as_bytes(), 100);
    refused_while_sending(server.wire().send(&chunked), 431, &[b"X: ", &mebibyte[..]].concat(), 8);
    let extension = chunked.replace("\r\n0\r\n", "\r\n1;");
    refused_while_sending(server.wire().send(&extension), 400, &mebibyte, 8);
    server.serves_in_time("after endless heads");
    server.stayed_small();
}

#[test]
fn thousands_of_pipelined_requests_are_answered_in_order() {
    const COUNT: usize = 6000;
    let server = demo();
    let missing = "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n";
    let kinds = [
        (HEALTH, 200),
        (missing, 404),
        (TOKEN_REQUEST, 200),
        ("PUT /health HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab", 405),
        ("GET /protected-resource HTTP/1.1\r\nHost: x\r\n\r\n", 401),
        (
            "POST /oauth/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
            415,
        ),
    ];
    // No period that a mix-up of neighbours could hide in.
    let order: Vec<_> = (0..COUNT).map(|n| kinds[(n * n + n / 7) % kinds.len()]).collect();
    let mut wire = server.wire();
    let mut sender = wire.stream().try_clone().unwrap();
    std::thread::scope(|scope| {
        let all: String = order.iter().map(|(text, _)| *text).collect();
        scope.spawn(move || std::io::Write::write_all(&mut sender, all.as_bytes()).unwrap());
        for (number, (text, status)) in order.iter().enumerate() {
            assert_eq!(wire.reply().status, *status, "{number}: {text}");
        }
    });
    server.stayed_small();
}

#[test]
fn a_client_that_pipelines_without_reading_is_made_to_wait() {
    let server = demo();
    let mut wire = server.wire();
    wire.stream().set_nonblocking(true).unwrap();
    let requests = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1000);
    let mut sent = 0;
    // It takes some, and no more than sockets hold.
    while wire.try_send(&requests).is_ok() {
        sent += 1000;
        assert!(sent < 2_000_000, "the server takes all there is");
    }
    server.serves_in_time("beside a client that does not read");
    server.stayed_small();
    wire.reset();
}

#[test]
fn a_body_that_is_too_large_is_refused_to_a_client_that_still_sends_it() {
    let server = demo();
    for size in [70_000, 1 << 20] {
        let head = format!("POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n");
        // All of it is sent before anything is read, as simple clients do.
        server.wire().send(head).send(vec![b'a'; size]).refused(413);
        let chunked = "POST /oauth/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
        let body = [format!("{size:x}\r\n").as_bytes(), &vec![b'a'; size], b"\r\n0\r\n\r\n"].concat();
        server.wire().send(chunked).send(body).refused(413);
    }
    server.stayed_small();
}

#[test]
fn large_answers_do_not_wait_for_an_acknowledgement() {
    let server = demo();
    let mut wire = server.wire();
    let times = (0..60).map(|_| {
        let begun = Instant::now();
        // Each half in its own segment, so that acknowledgements of ours are delayed, too.
        let length = wire.send("GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n").reply().body.len();
        assert!(length > 4 * 1024, "{length}");
        begun.elapsed()
    });
    let mut times: Vec<Duration> = times.collect();
    times.sort();
    // Without TCP_NODELAY all but the first few take 40 ms; what the machine is busy with, only some.
    assert!(times[30] < Duration::from_millis(20), "{times:?}");
}
