//! Proxies of the environment: what names one and what does not, and what becomes of a request through
//! one that refuses, fails, or is something else.

use crate::support::faults::{Fault, Faults};
use crate::support::secured::{Secured, stream, token};
use crate::support::tls::Authority;
use crate::support::{HACKER, Ran, folder, heistctl};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread;

const THERE: &str = "https://as.example.invalid/token";

fn through(proxy: &str) -> Ran {
    heistctl(["token", "--timeout", "20", "--token-url", THERE]).envs(&HACKER).env("HTTPS_PROXY", proxy).run()
}

#[test]
fn a_value_that_does_not_name_a_proxy_is_a_mistake_of_usage() {
    for (value, part) in [
        ("http://127.0.0.1:notaport", "HTTPS_PROXY has a port that is not a number from 1 to 65535"),
        ("http://127.0.0.1:99999", "HTTPS_PROXY has a port"),
        ("http://[::1]:x", "HTTPS_PROXY has a port"),
        ("http://me:hunter2#x@127.0.0.1:3128", "HTTPS_PROXY has / ? # or @ in its user name or password"),
        ("http://me:hunter2/x@127.0.0.1:3128", "write them as %2F %3F %23 %40"),
        ("http://me:hunter2?x@127.0.0.1:3128", "HTTPS_PROXY has / ? # or @"),
        ("http://me:hunter2@x@127.0.0.1:3128", "HTTPS_PROXY has / ? # or @"),
        (
            "socks5://me:hunter2@127.0.0.1:1080",
            "HTTPS_PROXY names a SOCKS proxy, which heistctl does not support",
        ),
        ("hunter2://127.0.0.1", "HTTPS_PROXY has a scheme that is not http or https"),
    ] {
        let ran = through(value).fails(2, &["error: token request: ", part, "hint: "]);
        assert!(!ran.stderr.contains("hunter2"), "{ran}");
    }
}

#[test]
fn a_proxy_that_refuses_is_asked_once_and_named() {
    for (status, code, part) in [
        (403, 6, "refuses the connection to as.example.invalid:443: it answered 403"),
        (405, 6, "refuses the connection"),
        (500, 6, "refuses the connection"),
        (502, 6, "could not reach as.example.invalid:443: it answered 502"),
        (503, 6, "could not reach"),
        (504, 6, "could not reach"),
        (407, 2, "requires a user name and a password (407)"),
    ] {
        let proxy = Faults::always(status, &[], "no");
        let named = format!("the proxy {} (HTTPS_PROXY) ", &proxy.url[7..]);
        through(&proxy.url).fails(code, &[&named, part, "hint: "]);
        assert_eq!(proxy.asked().len(), 1, "{status}");
    }
    let proxy = Faults::always(407, &[("Proxy-Authenticate", "Negotiate")], "");
    through(&proxy.url).fails(2, &["requires Negotiate (407), and heistctl supports only Basic"]);
    let ran = through(&proxy.url.replace("http://", "http://me:hunter2%23@"));
    assert!(!ran.stderr.contains("hunter2"), "{ran}");
    let asked = proxy.asked().pop().unwrap();
    // me:hunter2#
    assert_eq!(asked.header("proxy-authorization"), Some("Basic bWU6aHVudGVyMiM="));
}

#[test]
fn a_proxy_that_closes_or_is_not_one_is_not_called_tls() {
    for (bytes, part) in [
        (&b""[..], "closed the connection without an answer"),
        (b"HTTP/1.1 200", "closed the connection without an answer"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "does not answer in HTTP"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "was closed before the server answered"),
    ] {
        for reset in [false, true] {
            let proxy = Faults::serve(move |_, _| match reset {
                true => Fault::Reset(bytes.to_vec()),
                false => Fault::Bytes(bytes.to_vec()),
            });
            let ran = through(&proxy.url).exits(6);
            // A reset may overtake what was said before.
            assert!(reset || ran.stderr.contains(part), "{ran}");
            assert!(ran.stderr.contains("the proxy 127.0.0.1:") && !ran.stderr.contains("TLS"), "{ran}");
            assert_eq!(proxy.asked().len(), 1, "{ran}");
        }
    }
}

#[test]
fn the_request_to_a_proxy_is_there_in_one_piece() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://me:pw@{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // Read once, as some proxies do.
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).unwrap();
        sender.send(String::from_utf8_lossy(&buffer[..count]).into_owned()).unwrap();
        stream.write_all(b"HTTP/1.1 407 No\r\n\r\n").unwrap();
    });
    through(&url).fails(2, &["rejected this user name and password (407)"]);
    let head = receiver.recv().unwrap();
    assert!(head.starts_with("CONNECT as.example.invalid:443 HTTP/1.1\r\nHost: as.example.invalid:443\r\n"));
    assert!(head.ends_with("\r\n\r\n"), "{head}");
}

#[test]
fn an_answer_to_connect_that_is_too_large_is_told_as_the_proxys() {
    for (status, code, part) in [
        ("200 OK", 6, "answers CONNECT with a head of more than 16384 bytes"),
        ("403 No", 6, "403 Forbidden"),
    ] {
        let head = format!("HTTP/1.1 {status}\r\nX-Long: {}\r\n\r\n", "x".repeat(20_000));
        let proxy = Faults::serve(move |_, _| Fault::Bytes(head.clone().into_bytes()));
        let ran = through(&proxy.url).fails(code, &["the proxy 127.0.0.1:", part]);
        assert!(!ran.stderr.contains("TLS"), "{ran}");
    }
}

#[test]
fn a_token_comes_through_a_proxy_by_http_or_https() {
    let authority = Authority::new("authority");
    let files = folder(&[("ca.pem", &authority.pem)]);
    let server = Secured::serve(&authority.issue("as.example.invalid"), None, |_, _| token());
    let shown = Arc::new(authority.issue("localhost"));
    for scheme in ["http", "https"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = format!("{scheme}://localhost:{}", listener.local_addr().unwrap().port());
        let (target, shown) = (server.port, shown.clone());
        let carrier = thread::spawn(move || {
            let (near, _) = listener.accept().unwrap();
            let far = TcpStream::connect(("127.0.0.1", target)).unwrap();
            let socket = near.try_clone().unwrap();
            match scheme {
                "http" => carry(near, &socket, &far),
                _ => carry(stream(&shown, near), &socket, &far),
            }
        });
        let ran = heistctl(["token", "--token-url", THERE, "--cacert", "ca.pem"]).envs(&HACKER);
        let ran = ran.env("HTTPS_PROXY", &proxy).in_folder(files.path()).run().exits(0);
        assert_eq!(ran.stdout, "AT\n");
        assert!(carrier.join().unwrap().starts_with("CONNECT as.example.invalid:443 HTTP/1.1\r\n"));
    }
    let name = "TLS: the server's certificate is not valid for name localhost; it is for as.example.invalid";
    let ran = heistctl(["token", "--token-url", THERE, "--cacert", "ca.pem"]).envs(&HACKER);
    let proxy = format!("https://localhost:{}", server.port);
    ran.env("HTTPS_PROXY", &proxy)
        .in_folder(files.path())
        .run()
        .fails(6, &[name, "through the proxy localhost:"]);
}

/// What a proxy does after it has answered: bytes go both ways until one side ends. Gives the request.
fn carry(mut near: impl Read + Write, socket: &TcpStream, far: &TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        near.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    near.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap();
    socket.set_nonblocking(true).unwrap();
    far.set_nonblocking(true).unwrap();
    let (mut far, mut buffer) = (far, [0; 16 * 1024]);
    let mut pass = |from: &mut dyn Read, to: &mut dyn Write| match from.read(&mut buffer) {
        Ok(0) => false,
        Ok(count) => to.write_all(&buffer[..count]).is_ok(),
        Err(error) => error.kind() == ErrorKind::WouldBlock,
    };
    while pass(&mut near, &mut far) && pass(&mut far, &mut near) {
        thread::yield_now();
    }
    String::from_utf8_lossy(&head).into_owned()
}
