//! What a TLS handshake costs is paid for by the address that asks for it: rates, `allow_from` and memory by
//! address, over TLS.

use crate::support::process::{needs_address, wait_until};
use crate::support::tls::{Authority, TlsClient, TlsStream, ask_by, serve};
use crate::support::{Server, folder, heistctl, request_text};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

const HERE: [u8; 4] = [127, 0, 0, 1];
const THERE: [u8; 4] = [127, 0, 0, 2];

/// A server with a certificate for localhost, of that configuration, and a client that trusts it.
fn with(toml: &str) -> (tempfile::TempDir, Server, TlsClient) {
    let authority = Authority::new("authority");
    let served = authority.issue("localhost");
    let toml = format!(
        "listen = '127.0.0.1:0'\n{toml}\n[tls]\ncert_file = 'cert.pem'\nkey_file = 'key.pem'\n\
         [[client]]\nid = 'a'\nsecret_file = 'secret'\n"
    );
    let files = [
        ("cert.pem", &*served.pem),
        ("key.pem", &*served.key),
        ("secret", "hunter2"),
        ("heist.toml", &*toml),
    ];
    let folder = folder(&files);
    let server = heistctl(["serve", "--metrics-listen", "127.0.0.1:0"]).in_folder(folder.path()).serve();
    (folder, server, TlsClient::trusting(&authority.pem))
}

fn hello(client: &TlsClient) -> Vec<u8> {
    let mut bytes = Vec::new();
    client.session().write_tls(&mut bytes).unwrap();
    bytes
}

/// The first byte that a connection is sent; `None` where it is closed without one.
fn first_byte(stream: &mut TcpStream) -> Option<u8> {
    let mut byte = [0];
    matches!(stream.read(&mut byte), Ok(1)).then_some(byte[0])
}

fn healthy(stream: TlsStream) -> bool {
    ask_by(stream, "GET", "/health", &[], "").status == 200
}

/// True where the server has closed it.
fn is_closed(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let peeked = stream.peek(&mut [0]);
    !matches!(peeked, Err(error) if error.kind() == ErrorKind::WouldBlock)
}

#[test]
fn an_address_begins_no_more_handshakes_than_its_rate_and_others_are_served() {
    if !needs_address(THERE) {
        return;
    }
    let (_folder, server, client) = with("[limits]\nhandshakes_per_address = '5/h'");
    let hello = hello(&client);
    // The same one again and again: it need not be understood to be costly.
    let mut answered = 0;
    for _ in 0..60 {
        let mut stream = server.connect_from(THERE);
        let _ = stream.write_all(&hello);
        answered += usize::from(first_byte(&mut stream) == Some(0x16));
    }
    assert_eq!(answered, 20, "four times the rate may come at once");
    assert!(healthy(client.try_connect_by(server.connect_from(HERE)).unwrap()));
    let metrics = server.metrics();
    assert!(
        metrics.contains("heistctl_limit_hits_total{limit=\"handshakes_per_address\"} 40\n"),
        "{metrics}"
    );
}

#[test]
fn an_address_opens_no_more_connections_than_its_rate() {
    if !needs_address(THERE) {
        return;
    }
    for tls in [true, false] {
        let limits = "[limits]\nnew_connections_per_address = '3/h'";
        let (_folder, server) = if tls {
            let (folder, server, _) = with(limits);
            (folder, server)
        } else {
            let toml =
                format!("listen = '127.0.0.1:0'\n{limits}\n[[client]]\nid = 'a'\nsecret_file = 'secret'\n");
            let folder = folder(&[("secret", "hunter2"), ("heist.toml", &toml)]);
            let server = heistctl(["serve"]).in_folder(folder.path()).serve();
            (folder, server)
        };
        let mut closed: Vec<TcpStream> = (0..6).map(|_| server.connect_from(THERE)).collect();
        let stay = closed.drain(..3).collect::<Vec<_>>();
        closed.iter_mut().for_each(|stream| assert_eq!(first_byte(stream), None));
        assert!(!stay.iter().any(is_closed));
        // In clear, to a port that speaks TLS, too: 400 in words.
        let reply = server.request_from(HERE, "GET", "/health", &[], "");
        assert_eq!(reply.status, if tls { 400 } else { 200 });
    }
}

#[test]
fn who_may_not_ask_gets_no_handshake_but_a_proxy_may_speak_for_one_who_may() {
    if !needs_address(THERE) {
        return;
    }
    let (_folder, server, client) = with(
        "allow_from = ['192.0.2.0/24']\ntrusted_proxies = ['127.0.0.2']\n[limits]\nhandshakes_per_address = '1/h'",
    );
    let mut stream = server.connect_from(HERE);
    let _ = stream.write_all(&hello(&client));
    assert_eq!(first_byte(&mut stream), None);
    let metrics = server.metrics();
    assert!(metrics.contains("heistctl_limit_hits_total{limit=\"allow_from\"} 1\n"), "{metrics}");
    // More handshakes than one address may have.
    for (speaks_for, status) in [("192.0.2.7", 200), ("198.51.100.7", 403)].repeat(5) {
        let stream = client.try_connect_by(server.connect_from(THERE)).unwrap();
        let reply = ask_by(stream, "GET", "/health", &[("X-Forwarded-For", speaks_for)], "");
        assert_eq!(reply.status, status, "{speaks_for}");
    }
}

#[test]
fn unfinished_bodies_of_one_address_cost_another_none_of_its_connections() {
    if !needs_address(THERE) {
        return;
    }
    let authority = Authority::new("authority");
    let (_folder, server) = serve(&authority.issue("localhost"), &[]);
    let client = TlsClient::trusting(&authority.pem);
    let idle: Vec<TlsStream> = (0..50).map(|_| client.connect(&server)).collect();
    // 32 MiB, of the 24 that there are.
    let part = format!(
        "POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n{}",
        "x".repeat(50_000)
    );
    let mut bodies = Vec::new();
    for _ in 0..650 {
        let mut stream = client.try_connect_by(server.connect_from(THERE)).unwrap();
        // Others of its own make room for it.
        let _ = stream.write_all(part.as_bytes());
        bodies.push(stream);
    }
    wait_until("none of them made room", || bodies.iter().any(|stream| is_closed(&stream.sock)));
    assert!(idle.into_iter().all(healthy));
}

#[test]
fn a_first_message_has_a_bound_and_junk_ends_its_connection() {
    let authority = Authority::new("authority");
    let (_folder, server) = serve(&authority.issue("localhost"), &[]);
    let client = TlsClient::trusting(&authority.pem);
    // A ClientHello of 60,000 bytes, as one with a large ticket would be, in records of 16,000.
    let message = [&[1, 0, 0xEA, 0x60][..], &[7; 60_000]].concat();
    let mut stream = server.connect();
    for part in message.chunks(16_000) {
        let length = u16::try_from(part.len()).unwrap().to_be_bytes();
        let _ = stream.write_all(&[&[0x16, 3, 1], &length[..], part].concat());
    }
    assert_eq!(first_byte(&mut stream), None);
    // A record of application data; a message that is no ClientHello; an empty record.
    for junk in [&[0x17, 3, 3, 0, 1, 0][..], &[0x16, 3, 1, 0, 4, 2, 0, 0, 0], &[0x16, 3, 1, 0, 0]] {
        let mut stream = server.connect();
        stream.write_all(junk).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        // Alert 2 is fatal; some junk is worth none.
        let fatal = answer.first() == Some(&0x15) && answer.get(5) == Some(&2);
        assert!(fatal || answer.is_empty(), "{junk:?}: {answer:?}");
    }
    // Byte by byte it is the same hello.
    let mut stream = server.connect();
    stream.set_nodelay(true).unwrap();
    hello(&client).iter().for_each(|byte| stream.write_all(&[*byte]).unwrap());
    assert_eq!(first_byte(&mut stream), Some(0x16));
    assert!(healthy(client.connect(&server)));
}

#[test]
fn a_large_rsa_key_is_warned_of_before_and_at_the_start() {
    let authority = Authority::new("authority");
    let args =
        ["serve", "--demo", "--listen", "127.0.0.1:0", "--tls-cert", "cert.pem", "--tls-key", "key.pem"];
    for (served, warned) in [(authority.issue_rsa(), true), (authority.issue("localhost"), false)] {
        let folder = folder(&[("cert.pem", &served.pem), ("key.pem", &served.key)]);
        let ran = heistctl(args.iter().chain(&["--check"])).in_folder(folder.path()).run().exits(0);
        let told = ran.stdout.contains("cert.pem has an RSA key of 3072 bits")
            && ran.stdout.contains("openssl ecparam -name prime256v1");
        assert_eq!(told, warned, "{ran}");
        let mut server = heistctl(args).in_folder(folder.path()).serve();
        let errors = server.errors();
        assert!(healthy(TlsClient::trusting(&authority.pem).connect(&server)));
        assert_eq!(server.stop().0, 0);
        assert_eq!(errors().contains("RSA key of 3072 bits"), warned);
    }
}

/// A connection whose client is about to send its last message of the handshake, with its first request right
/// behind it: both.
fn about_to_ask(server: &Server, client: &TlsClient, request: &str) -> (TlsStream, Vec<u8>) {
    let (mut socket, mut session) = (server.connect(), client.session());
    session.write_tls(&mut socket).unwrap();
    while session.is_handshaking() {
        session.read_tls(&mut socket).unwrap();
        session.process_new_packets().unwrap();
    }
    session.writer().write_all(request.as_bytes()).unwrap();
    let mut last = Vec::new();
    while session.wants_write() {
        session.write_tls(&mut last).unwrap();
    }
    (TlsStream::new(session, socket), last)
}

#[test]
fn a_stop_answers_requests_that_came_right_behind_their_handshake() {
    let (_folder, server, client) = with("");
    let hello = hello(&client);
    let small = request_text("GET", "/health", &[], "");
    // It takes several reads and several records.
    let body =
        format!("grant_type=client_credentials&client_id=a&client_secret=hunter2&x={}", "x".repeat(40_000));
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let large = request_text("POST", "/oauth/token", &[form], &body);
    let requests = [&small, &large].into_iter().cycle().take(150);
    let mut asking: Vec<_> = requests.map(|request| about_to_ask(&server, &client, request)).collect();
    // Handshakes that have only begun are in the same queue, and no request can be behind them.
    let begun: Vec<TcpStream> = (0..50).map(|_| server.connect()).collect();
    begun.iter().for_each(|mut stream| stream.write_all(&hello).unwrap());
    for (stream, last) in &mut asking {
        stream.sock.write_all(last).unwrap();
    }
    server.signal("-TERM");
    for (number, (mut stream, _)) in asking.into_iter().enumerate() {
        let mut answer = String::new();
        let read = stream.read_to_string(&mut answer);
        assert!(answer.starts_with("HTTP/1.1 200 "), "number {number}: {read:?}, {answer:?}");
    }
    assert_eq!(server.wait(), 0);
}
