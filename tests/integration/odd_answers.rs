//! What is nearly an answer, or nearly right: arrays in place of objects, statuses and ends of connections
//! that mean something else than they seem to, and slips that people do not see.

use crate::support::faults::{Fault, Faults};
use crate::support::{HACKER, folder, heistctl};
use std::io::Read;
use std::net::TcpListener;
use std::thread;

const JSON: (&str, &str) = ("Content-Type", "application/json");

#[test]
fn an_array_is_neither_a_token_nor_an_error_nor_metadata() {
    let token = |status: u16, body: &str| {
        let server = Faults::always(status, &[JSON], body);
        heistctl(["token", "--token-url", &server.token_url()]).envs(&HACKER).run()
    };
    token(200, r#"["abc","Bearer",3600,"scope"]"#).fails(5, &["cannot be used", "29 bytes"]);
    token(400, r#"["invalid_client","desc"]"#).fails(4, &["400 without an OAuth error"]);
    for body in ["[]", r#"["issuer"]"#] {
        let server = Faults::always(200, &[JSON], body);
        let ran = heistctl(["token", "--issuer", &server.url]).envs(&HACKER).run();
        ran.fails(5, &["its metadata is not valid JSON: it is not an object"]);
    }
}

#[test]
fn a_status_that_is_no_answer_to_a_request_for_a_token_is_a_failure_of_the_server() {
    let upgrade = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n";
    let server = Faults::serve(|_, _| Fault::Bytes(upgrade.to_vec()));
    let ran = heistctl(["token", "--token-url", &server.token_url()]).envs(&HACKER).run();
    ran.fails(5, &["the server failed with 101"]);
}

#[test]
fn metadata_that_is_refused_at_each_address_is_a_refusal() {
    let ask =
        |command: &str, server: &Faults| {
            heistctl(
                [command, "--issuer", &server.url, "https://api.example.com"]
                    .iter()
                    .take(if command == "call" { 4 } else { 3 }),
            )
            .envs(&HACKER)
            .run()
        };
    for (second, token, call) in [(404, 4, 14), (403, 4, 14), (500, 5, 15), (302, 5, 15)] {
        let server = Faults::serve(move |_, asked| {
            let status = if asked.target().contains("openid") { second } else { 404 };
            Fault::answer(status, &[], "")
        });
        ask("token", &server).fails(token, &["issuer's metadata: ", &format!("answered {second} instead")]);
        ask("call", &server).fails(call, &["issuer's metadata: "]);
    }
}

#[test]
fn a_server_that_closes_before_there_is_tls_is_not_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/oauth/token", listener.local_addr().unwrap());
    thread::spawn(move || {
        for (number, stream) in listener.incoming().flatten().enumerate() {
            // Once after the client has spoken, and once with bytes unread, which is a reset.
            let _ = (&stream).read(&mut vec![0; if number == 0 { 64 * 1024 } else { 1 }]);
        }
    });
    for _ in 0..2 {
        let ran = heistctl(["token", "--token-url", &url]).envs(&HACKER).run();
        ran.fails(6, &["TLS: the server closed the connection during the handshake", "hint:"]);
    }
}

#[test]
fn a_wait_that_no_number_holds_is_a_long_one() {
    let server =
        Faults::always(429, &[JSON, ("Retry-After", "99999999999999999999999")], r#"{"error":"slow_down"}"#);
    let ran = heistctl(["token", "--token-url", &server.token_url()]).envs(&HACKER).run();
    ran.fails(4, &["slow_down; it asks for a pause of "]);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn what_people_do_not_see_of_a_secret_is_told_once_it_is_refused() {
    let server = Faults::always(401, &[JSON], r#"{"error":"invalid_client"}"#);
    for (content, part) in [
        ("\u{feff}hunter2\n", "the secret from secret begins with a byte order mark (U+FEFF)"),
        ("hunter2\n\n", "the secret from secret ends with a line end (U+000A)"),
        ("hunter2\r\n\r\n", "the secret from secret ends with a line end (U+000A)"),
        ("hunter2 \n", "the secret from secret ends with a blank"),
        (" hunter2", "the secret from secret begins with a blank"),
        ("hunter2\u{a0}", "the secret from secret ends with a no-break space (U+00A0)"),
        ("hunter2\u{200b}\n", "the secret from secret ends with a zero-width space (U+200B)"),
        ("hun\u{2060}ter2", "the secret from secret contains a word joiner (U+2060)"),
        ("hunter2\r\n", "secret)"),
    ] {
        let files = folder(&[("secret", content)]);
        let args = [
            "token",
            "--client-id",
            "me",
            "--client-secret-file",
            "secret",
            "--token-url",
            &server.token_url(),
        ];
        let ran = heistctl(args).in_folder(files.path()).run().fails(4, &["hint: check client id", part]);
        assert!(!ran.stderr.contains("hunter2"), "{ran}");
    }
}

#[test]
fn what_is_said_in_two_ways_or_in_the_wrong_one_is_refused() {
    let token = |args: &[&str]| heistctl(["token"].iter().chain(args)).envs(&HACKER).run();
    let twice = ["--audience", "foo", "--param", "audience=bar"];
    token(&twice).fails(2, &["the audience is given twice", "hint: keep one of the two"]);
    for flag in [&["--client-secret", "hunter2"][..], &["--client-secret=hunter2"]] {
        let ran = token(flag).fails(
            2,
            &["has no --client-secret", "hint: --client-secret-file FILE", "HEISTCTL_CLIENT_SECRET"],
        );
        assert!(!ran.stderr.contains("hunter2"), "{ran}");
    }
}
