//! `heistctl serve` from outside: life, refusals over the wire, what scripts wait for.

use crate::support::wire::Wire;
use crate::support::{demo, folder, heistctl};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};

#[test]
fn ready_is_said_on_the_first_line_and_in_the_ready_file() {
    let folder = folder(&[]);
    let path = folder.path().join("ready.json");
    let args = ["serve", "--demo", "--listen", "127.0.0.1:0", "--ready-file"];
    let server = heistctl(args.iter().map(AsRef::as_ref).chain([path.as_os_str()])).serve();
    let file: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(file, server.ready);
    assert_eq!((&file["event"], &file["issuer"]), (&json!("ready"), &json!("heist-oauth-service")));
    assert_eq!(file["token_url"], format!("{}/oauth/token", server.url()));
    assert!(file["pid"].is_u64() && !server.url().ends_with(":0"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    assert_eq!(server.stop().0, 0);
    assert!(!path.exists(), "nobody is ready any more");
}

#[test]
fn only_its_own_ready_file_is_removed() {
    let folder = folder(&[("ready", "{\"event\":\"ready\",\"pid\":1}\n")]);
    let path = folder.path().join("ready");
    let run = |listen: &str| {
        heistctl(["serve", "--demo", "--ready-file", "ready", "--listen", listen]).in_folder(folder.path())
    };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    run(&taken.local_addr().unwrap().to_string()).run().fails(1, &["in use"]);
    assert!(path.exists(), "it is that of the server that has the port");
    for text in ["{\"event\":\"ready\",\"pid\":1}\n", "not json"] {
        let server = run("127.0.0.1:0").serve();
        std::fs::write(&path, text).unwrap();
        assert_eq!(server.stop().0, 0);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "another one has taken its place");
    }
}

#[test]
fn health_and_every_refusal_are_json() {
    let server = demo();
    assert_eq!(
        server.request("GET", "/health", &[], "").json(),
        json!({"status": "healthy", "service": "oauth"})
    );
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let big = "a".repeat(70_000);
    for (method, path, headers, body, status) in [
        ("GET", "/nowhere", vec![], "", 404),
        ("POST", "/", vec![form], "", 405),
        ("GET", "/oauth/token", vec![], "", 405),
        ("DELETE", "/protected-resource", vec![], "", 405),
        ("POST", "/oauth/token", vec![("Content-Type", "text/plain")], "x", 415),
        ("POST", "/oauth/token", vec![form], "", 400),
        ("POST", "/oauth/token", vec![form], big.as_str(), 413),
        ("GET", "/protected-resource", vec![], "", 401),
    ] {
        let reply = server.request(method, path, &headers, body);
        assert_eq!(reply.status, status, "{method} {path}");
        assert_eq!(reply.header("Content-Type"), Some("application/json"), "{method} {path}");
        let json = reply.json();
        assert!(json["error"].is_string() && json["error_description"].is_string(), "{reply:?}");
        assert_eq!(reply.header("Allow").is_some(), status == 405, "{reply:?}");
        assert_eq!(reply.header("WWW-Authenticate").is_some(), status == 401, "{reply:?}");
    }
    let head = server.request("HEAD", "/health", &[], "");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[test]
fn a_kept_connection_answers_again_and_again() {
    let server = demo();
    let mut stream = server.connect();
    for _ in 0..3 {
        stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        assert!(String::from_utf8(body).unwrap().contains("healthy"));
    }
}

#[test]
fn the_log_tells_each_request_and_no_secret() {
    let server = demo();
    let token = server.token();
    server.client(&["token"]).env("HEISTCTL_CLIENT_SECRET", "hunter2").run().exits(4);
    server.request(
        "GET",
        "/protected-resource?access_token=hunter2",
        &[("Authorization", "Bearer hunter2")],
        "",
    );
    server.request("GET", "/nowhere%1b", &[], "");
    let (code, log) = server.stop();
    assert_eq!(code, 0);
    assert!(!log.contains("hunter2") && !log.contains("hacker-secret") && !log.contains(&token), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // An answer may be logged after the next one: each is logged when it has been sent.
    let line = |path: &str, status: u16| {
        let found = lines.iter().find(|line| line["path"] == path && line["status"] == status);
        found.unwrap_or_else(|| panic!("no {status} of {path} in {log}"))
    };
    assert_eq!(lines.len(), 4);
    line("/protected-resource", 401);
    line("/nowhere%1b", 404);
    let granted = line("/oauth/token", 200);
    assert_eq!(
        (&granted["client_id"], &granted["scope"]),
        (&json!("hacker-client"), &json!("simulation:read"))
    );
    let refused = line("/oauth/token", 401);
    assert_eq!((&refused["reason"], &refused["client_addr"]), (&json!("wrong secret"), &json!("127.0.0.1")));
}

#[test]
fn interrupt_and_terminate_finish_what_is_in_flight() {
    for signal in ["-INT", "-TERM"] {
        let server = demo();
        // A request whose body is still on its way when the signal comes, short and long: the engine
        // reads them in different places.
        let body = "grant_type=client_credentials&client_id=hacker-client&client_secret=hacker-secret-123";
        let padding = "x".repeat(if signal == "-INT" { 10 } else { 4000 });
        let padded = format!("{body}&padding={padding}");
        let mut stream = server.connect();
        let head = format!(
            "POST /oauth/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
            padded.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&padded.as_bytes()[..50]).unwrap();
        // A second request that has been answered shows that the first has been accepted.
        assert_eq!(server.request("GET", "/health", &[], "").status, 200);
        // The signal comes before the rest, which comes before the server has looked at either.
        server.signal("-STOP");
        server.signal(signal);
        stream.write_all(&padded.as_bytes()[50..]).unwrap();
        server.signal("-CONT");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{signal}: {answer:?}");
        assert_eq!(server.wait(), 0, "{signal}");
    }
}

/// Whoever may connect could else make every stop slow, and a failure.
#[test]
fn a_stop_waits_for_no_request_that_is_not_whole() {
    const HEAD: &str = "POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n";
    for (signal, parts) in [
        ("-INT", &["G"][..]),
        ("-TERM", &["", HEAD, &format!("{HEAD}\r\ngrant_type="), "GET / HTTP/9.9\r\n\r\n"]),
    ] {
        let mut server = demo();
        let errors = server.errors();
        let open: Vec<_> = parts
            .iter()
            .map(|part| {
                let mut stream = server.connect();
                stream.write_all(part.as_bytes()).unwrap();
                stream
            })
            .collect();
        // And one that takes no answers.
        let mut takes_none = Wire::narrow([127, 0, 0, 1].into(), server.address()).unwrap();
        let _ = takes_none.try_send("GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(200));
        assert_eq!(server.request("GET", "/health", &[], "").status, 200);
        server.signal(signal);
        // A stop that waited would cut them off in the end, and fail.
        assert_eq!(server.wait(), 0, "{signal}");
        assert!(!errors().contains("cut off"));
        drop((open, takes_none));
    }
}

#[test]
fn an_offered_upgrade_and_a_large_chunked_body_leave_the_connection_in_order() {
    let server = demo();
    let upgrade =
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n";
    for _ in 0..4 {
        // The client waits for its answer and keeps the connection open.
        let mut stream = server.connect();
        stream.write_all(format!("GET /health HTTP/1.1\r\nHost: x\r\n{upgrade}\r\n").as_bytes()).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        assert_eq!(line, "HTTP/1.1 200 OK\r\n");
    }
    let head = "POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let inner = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
    let body = format!("{}{inner}", "x".repeat(70_000));
    let reply = server.raw(format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len()));
    assert_eq!((reply.status, reply.body.contains("healthy")), (413, false));
}

#[test]
fn what_is_no_file_is_not_replaced_by_the_ready_file() {
    let folder = folder(&[]);
    let path = folder.path().join("link");
    std::os::unix::fs::symlink("/nowhere", &path).unwrap();
    let args = ["serve", "--demo", "--listen", "127.0.0.1:0", "--ready-file"];
    let ran = heistctl(args.iter().map(AsRef::as_ref).chain([path.as_os_str()])).run();
    ran.fails(2, &["is not a regular file", "hint:"]);
    assert!(path.is_symlink());
}

#[test]
fn a_port_in_use_is_said_with_its_cure() {
    let server = demo();
    let address = server.url().strip_prefix("http://").unwrap().to_owned();
    let ran = heistctl(["serve", "--demo", "--listen", &address]).run();
    ran.fails(1, &["error: serve: cannot listen on", "hint:", "--listen 127.0.0.1:0"]);
}

#[test]
fn only_loopback_is_served() {
    let ran = heistctl(["serve", "--demo", "--listen", "0.0.0.0:0"]).run();
    ran.fails(2, &["not a loopback address", "hint:"]);
    heistctl(["serve", "--demo", "--listen", "nowhere"]).run().fails(2, &["--listen"]);
}

#[test]
fn the_demo_leaves_loopback_only_where_it_is_said_that_it_is_public_and_plain() {
    let check = |more: &[&str]| {
        let args = ["serve", "--check", "--listen", "0.0.0.0:0"].iter().chain(more);
        heistctl(args).run()
    };
    check(&["--demo", "--insecure-http"]).fails(2, &["demo's secrets are public", "--yes-this-is-public"]);
    check(&["--demo", "--yes-this-is-public"]).fails(2, &["plain http exposes", "--insecure-http"]);
    check(&["--insecure-http", "--yes-this-is-public"]).fails(2, &["--yes-this-is-public", "--demo"]);
    let issuer = ["--issuer", "http://heistctl:8001"];
    let public = [&["--demo", "--insecure-http", "--yes-this-is-public"][..], &issuer].concat();
    let ran = check(&public).exits(0);
    assert!(ran.stdout.contains("warning: anybody who reaches"), "{ran}");
    let own = ["serve", "--check", "--demo", "--listen", "127.0.0.1:0", "--yes-this-is-public"];
    assert!(!heistctl(own).run().exits(0).stdout.contains("anybody who reaches"));
}

#[test]
fn a_reader_that_goes_away_does_not_stop_the_server() {
    let mut server = demo();
    server.close_log();
    for _ in 0..50 {
        assert_eq!(server.request("GET", "/health", &[], "").status, 200);
    }
    server.signal("-TERM");
    assert_eq!(server.wait(), 0);
}
