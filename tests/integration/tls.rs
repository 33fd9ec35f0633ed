//! `heistctl serve` over https: what is spoken, and that whoever is slow or silent keeps nobody waiting.

use crate::support::needs::needs;
use crate::support::tls::{Authority, TlsClient, TlsStream, ask_by, serve};
use crate::support::wire::HEALTH;
use crate::support::{HACKER, demo, heistctl};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use heistctl::server::listen::room_for;
use rustls::{ConnectionTrafficSecrets, HandshakeKind, ProtocolVersion, version};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const ASKING: &str = "grant_type=client_credentials&client_id=hacker-client&client_secret=hacker-secret-123&scope=simulation:read";
/// In KiB: what a server may take, whatever comes.
const MOST: usize = 64 * 1024;

/// A client on a new connection gets its token.
#[track_caller]
fn gets_a_token(client: &TlsClient, server: &crate::support::Server) {
    assert_eq!(client.request(server, "POST", "/oauth/token", &[FORM], ASKING).status, 200);
}

/// A record of a handshake.
fn handshake_record(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[0x16, 3, 1], &length[..], content].concat()
}

#[test]
fn tls_1_2_and_1_3_are_spoken_and_nothing_older() {
    let authority = Authority::new("authority");
    let (_folder, server) = serve(&authority.issue("localhost"), &[]);
    for (offered, spoken) in
        [(&version::TLS12, ProtocolVersion::TLSv1_2), (&version::TLS13, ProtocolVersion::TLSv1_3)]
    {
        let client = TlsClient::with(&authority.pem, None, &[offered]);
        let stream = client.connect(&server);
        assert_eq!(stream.conn.protocol_version(), Some(spoken));
        assert_eq!(ask_by(stream, "GET", "/health", &[], "").status, 200);
    }
    // TLS 1.1: version, random, no session, two suites, no compression.
    let hello = [&[1, 0, 0, 45, 3, 2][..], &[7; 32], &[0, 0, 4, 0xC0, 0x13, 0xC0, 0x14, 1, 0, 0, 0]].concat();
    let mut stream = server.connect();
    stream.write_all(&handshake_record(&hello)).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!((answer[0], answer[5]), (0x15, 2), "a fatal alert, and nothing else: {answer:?}");
    assert_eq!(answer.len(), 7);
}

#[test]
fn a_client_trusts_the_authority_that_it_is_told_of() {
    let authority = Authority::new("authority");
    let (folder, server) = serve(
        &authority.issue_with("localhost", |params| {
            params.subject_alt_names.push(rcgen::SanType::IpAddress([127, 0, 0, 1].into()));
        }),
        &[],
    );
    assert!(server.url().starts_with("https://127.0.0.1:") && server.token_url().starts_with(server.url()));
    let path = folder.path().join("authority.pem");
    std::fs::write(&path, &authority.pem).unwrap();
    let flag = path.to_str().unwrap();
    let token = server.client(&["token", "--cacert", flag]).run().exits(0).stdout;
    server.client(&["token"]).env("SSL_CERT_FILE", &path).run().exits(0);
    server.client(&["call", "--cacert", flag]).run().exits(0);
    let bearer = format!("Bearer {}", token.trim());
    let client = TlsClient::trusting(&authority.pem);
    let answer = client.request(&server, "GET", "/protected-resource", &[("Authorization", &bearer)], "");
    assert_eq!(answer.status, 200, "{answer:?}");
    let unknown = [
        "https://127.0.0.1:",
        "TLS: the issuer of the server's certificate is unknown",
        "hint: --cacert FILE",
    ];
    server.client(&["token"]).env("SSL_CERT_FILE", "").run().fails(6, &unknown);
    server.client(&["call"]).env("SSL_CERT_FILE", "").run().fails(16, &unknown);
    let other = server.token_url().replace("127.0.0.1", "127.0.0.2");
    heistctl(["token", "--cacert", flag, "--token-url", &other]).envs(&HACKER).run().fails(6, &["refused"]);
}

#[test]
fn the_wrong_scheme_is_said_in_words() {
    let authority = Authority::new("authority");
    let (_folder, server) = serve(&authority.issue("localhost"), &[]);
    let reply = server.request("GET", "/health", &[], "");
    assert_eq!((reply.status, reply.header("Content-Type")), (400, Some("application/json")));
    assert!(reply.body.contains("this port speaks https"), "{reply:?}");
    let plain = server.token_url().replace("https:", "http:");
    let as_hacker = |url: &str| heistctl(["token", "--token-url", url]).envs(&HACKER).run();
    as_hacker(&plain).fails(4, &["ask with https://"]);
    let demo = demo();
    let reply = demo.raw(handshake_record(&[1, 0, 0, 0]));
    assert_eq!(reply.status, 400);
    assert!(reply.body.contains("this port speaks plain http"), "{reply:?}");
    let secured = demo.token_url().replace("http:", "https:");
    as_hacker(&secured).fails(6, &["TLS: the server does not speak TLS on this port", "hint: is it http://"]);
}

#[test]
fn sessions_are_resumed_and_their_end_is_said() {
    let authority = Authority::new("authority");
    let (_folder, server) = serve(&authority.issue("localhost"), &[]);
    for offered in [&version::TLS12, &version::TLS13] {
        let client = TlsClient::with(&authority.pem, None, &[offered]);
        let mut kinds = Vec::new();
        for _ in 0..3 {
            let stream = client.connect(&server);
            kinds.push(stream.conn.handshake_kind().unwrap());
            assert_eq!(ask_by(stream, "GET", "/health", &[], "").status, 200);
        }
        assert_eq!(
            kinds,
            [HandshakeKind::Full, HandshakeKind::Resumed, HandshakeKind::Resumed],
            "{offered:?}"
        );
    }
    let mut idle = TlsClient::trusting(&authority.pem).connect(&server);
    // The client's side of the handshake ends first; an answer says that the server's has ended.
    idle.write_all(HEALTH.as_bytes()).unwrap();
    let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
    while !answer.ends_with(b"}\n") {
        let count = idle.read(&mut buffer).unwrap();
        answer.extend_from_slice(&buffer[..count]);
    }
    server.signal("-TERM");
    // Without close_notify this would be an error.
    assert_eq!(idle.read(&mut [0; 16]).expect("a clean end"), 0);
    assert_eq!(server.wait(), 0);
}

#[test]
fn who_is_silent_in_the_handshake_is_cut_and_keeps_nobody_waiting() {
    let authority = Authority::new("authority");
    let (_folder, server) = serve(&authority.issue("localhost"), &[]);
    let client = TlsClient::trusting(&authority.pem);
    let began = Instant::now();
    let mut silent: Vec<TcpStream> = (0..300).map(|_| server.connect()).collect();
    for half in silent.iter_mut().step_by(2) {
        half.write_all(&handshake_record(&[1, 0, 2, 0, 3, 3])).unwrap();
    }
    for _ in 0..10 {
        gets_a_token(&client, &server);
    }
    for stream in &mut silent {
        let mut rest = Vec::new();
        // Where it had said something, the end is a reset.
        let ended = stream.read_to_end(&mut rest).map_err(|error| error.kind());
        assert!(matches!(ended, Ok(0) | Err(ErrorKind::ConnectionReset)), "{ended:?} {rest:?}");
    }
    let cut = began.elapsed();
    assert!(cut > Duration::from_secs(9), "{cut:?}");
}

/// Opens so many connections, and measures what the server takes with them, in KiB.
fn resident_with<T>(count: usize, open: impl Fn(&crate::support::Server, &TlsClient) -> T) -> Option<usize> {
    if !needs(&format!("descriptors for {count} connections"), room_for(count + 200) >= count + 200) {
        return None;
    }
    let authority = Authority::new("authority");
    let (_folder, server) = serve(&authority.issue("localhost"), &[]);
    let client = TlsClient::trusting(&authority.pem);
    let kept: Vec<T> = (0..count).map(|_| open(&server, &client)).collect();
    // Whatever was sent before this has been read.
    gets_a_token(&client, &server);
    let resident = server.resident();
    needs("a system that tells how much memory a process has", resident.is_some());
    drop(kept);
    resident
}

#[test]
fn a_thousand_idle_connections_take_little_memory() {
    if let Some(resident) = resident_with(1000, |server, client| client.connect(server)) {
        assert!(resident < MOST * 3 / 4, "{resident} KiB");
    }
}

#[test]
fn halves_of_messages_take_no_more_memory_than_there_is_for_them() {
    // A message of a handshake that never ends, in records as large as there are.
    let announced = [&[1, 0, 0xFF, 0xF0][..], &[7; 60_000]].concat();
    let half: Vec<u8> = announced.chunks(16_000).flat_map(handshake_record).collect();
    let of_handshake = resident_with(1000, |server, _| {
        let mut stream = server.connect();
        // The server may make room while it is being written.
        let _ = stream.write_all(&half);
        stream
    });
    // A record that never ends.
    let of_record = resident_with(1500, |server, client| {
        let mut stream = client.connect(server);
        let _ = stream.sock.write_all(&[&[0x17, 3, 3, 0x40, 0][..], &[7; 16_000]].concat());
        stream
    });
    for resident in [of_handshake, of_record].into_iter().flatten() {
        assert!(resident < MOST, "{resident} KiB");
    }
}

/// A request that never ends, a byte a record, and as many records without content before each as are
/// borne with, as fast as they are taken.
fn flood(stream: TlsStream, until: &AtomicBool) {
    let secrets = stream.conn.dangerous_extract_secrets().unwrap();
    let (first, ConnectionTrafficSecrets::Aes256Gcm { key, iv }) = secrets.tx else {
        panic!("another cipher")
    };
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_ref()).unwrap());
    let head = b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut request = head.iter().chain(b"1\r\na\r\n".iter().cycle());
    let (mut socket, mut batch) = (stream.sock, Vec::new());
    for number in first.. {
        // Content, if any, and its type, sealed (RFC 8446 section 5.2).
        let byte = if number % 32 == 0 { request.next() } else { None };
        let mut content: Vec<u8> = byte.into_iter().copied().chain([0x17]).collect();
        let header = [0x17, 3, 3, 0, content.len() as u8 + 16];
        let mut nonce: [u8; NONCE_LEN] = iv.as_ref().try_into().unwrap();
        nonce[4..].iter_mut().zip(number.to_be_bytes()).for_each(|(one, other)| *one ^= other);
        let nonce = Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_append_tag(nonce, Aad::from(header), &mut content).unwrap();
        batch.extend([&header[..], &content].concat());
        if batch.len() > 32_000 {
            if until.load(Ordering::Relaxed) || socket.write_all(&batch).is_err() {
                return;
            }
            batch.clear();
        }
    }
}

#[test]
fn who_sends_without_an_end_keeps_nobody_waiting() {
    let authority = Authority::new("authority");
    let (_folder, server) = serve(&authority.issue("localhost"), &[]);
    let client = TlsClient::trusting(&authority.pem);
    let mut config = (*TlsClient::with(&authority.pem, None, &[&version::TLS13]).0).clone();
    config.enable_secret_extraction = true;
    let hostile = TlsClient(Arc::new(config));
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for stream in [hostile.connect(&server), hostile.connect(&server)] {
            scope.spawn(|| flood(stream, &stop));
        }
        // The flood does not end before they have theirs.
        (0..10).for_each(|_| gets_a_token(&client, &server));
        stop.store(true, Ordering::Relaxed);
    });
}
