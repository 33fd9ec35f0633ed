//! `heistctl call --location`: which redirects are followed, and what stays at the origin that was called.

use crate::support::api::{Api, answer};
use crate::support::faults::{Fault, Faults};
use crate::support::{HACKER, Ran, folder, heistctl};

fn call(args: &[&str], url: &str) -> Ran {
    let issuer = Faults::serve(|_, _| Fault::token("AT", 60));
    let call = ["call", "-L", "--token-url", &issuer.token_url(), url];
    heistctl(call.iter().chain(args)).envs(&HACKER).run()
}

/// A server that redirects from /start by that head, and answers everything else.
fn redirecting(locations: &[&[u8]]) -> Faults {
    let fields: Vec<u8> =
        locations.iter().flat_map(|location| [&b"Location: "[..], location, b"\r\n"].concat()).collect();
    let head = [b"HTTP/1.1 302 Found\r\n", &fields[..], b"Content-Length: 0\r\n\r\n"].concat();
    Faults::serve(move |_, asked| match asked.target() {
        "/start" => Fault::Bytes(head.clone()),
        _ => Fault::answer(200, &[], "ok"),
    })
}

#[test]
fn a_location_beyond_ascii_is_encoded_byte_by_byte() {
    for (location, target) in [
        (&b"/caf\xe9"[..], "/caf%E9"),
        (b"/\xc4\xe3", "/%C4%E3"),
        (b"/x?q=\xe9", "/x?q=%E9"),
        (b"/caf\xc3\xa9", "/caf%C3%A9"),
        (b"/\xff\xfe/..", "/"),
        (b"/caf%C3%A9#\xe9", "/caf%C3%A9"),
    ] {
        let server = redirecting(&[location]);
        call(&[], &format!("{}/start", server.url)).exits(0);
        let asked = server.asked();
        assert_eq!(asked[1].target(), target);
        assert_eq!(asked[1].header("authorization"), Some("Bearer AT"));
    }
}

#[test]
fn a_location_that_can_be_read_in_two_ways_is_not_followed() {
    for (locations, part) in [
        (&[&b"/a b"[..]][..], "has a blank, a backslash"),
        (&[b"/a\tb"], "has a blank, a backslash"),
        (&[b"\\\\example.com\\x"], "has a blank, a backslash"),
        (&[b"/\\example.com/x"], "has a blank, a backslash"),
        (&[b"/x", b"/y"], "more than one place"),
        (&[b""], "names no place"),
        (&[], "names no place"),
        (&[b"https://me:pw@example.com/"], "credentials"),
        (&[b"http://ex\xe4mple.com/"], "not a usable address"),
        (&[b"///example.com/x"], "not a usable address"),
    ] {
        let server = redirecting(locations);
        let ran =
            call(&[], &format!("{}/start", server.url)).fails(3, &["answered 302", "not followed: ", part]);
        assert_eq!(server.asked().len(), 1, "{ran}");
    }
    // An answer with a control character in a field is not HTTP.
    let server = redirecting(&[b"/a\x01b"]);
    call(&[], &format!("{}/start", server.url)).exits(5);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn the_body_stays_at_its_origin_as_the_token_does() {
    let away = Api::serve(|asked, _| answer(200, format!("{} {}", asked.method, asked.length)));
    let there = away.url.clone();
    let api = Api::serve(move |asked, _| {
        let status = asked.target.trim_start_matches('/').parse().unwrap();
        answer(status, "").header("Location", format!("{there}/x"))
    });
    let files = folder(&[("large", &"x".repeat(2_000_000))]);
    let large = format!("@{}", files.path().join("large").display());
    for (status, method, sent, noted) in [
        (301, "POST", "GET 0", false),
        (302, "POST", "GET 0", false),
        (303, "PUT", "GET 0", false),
        (302, "PUT", "PUT 0", true),
        (307, "POST", "POST 0", true),
        (308, "PATCH", "PATCH 0", true),
    ] {
        for body in ["hunter2", large.as_str()] {
            let fields = ["-H", "Content-Type: text/x", "-H", "Content-Language: en", "-H", "X-Api-Key: k"];
            let args = [&["-X", method, "-d", body, "-H", "Cookie: c"][..], &fields].concat();
            let ran = call(&args, &format!("{}/{status}", api.url)).exits(0);
            assert_eq!(ran.stdout, sent, "{ran}");
            let note = format!("note: {method} was sent to {} without the body, which stays at", away.url);
            assert_eq!(ran.stderr.contains(&note), noted, "{ran}");
            let asked = away.asked().pop().unwrap();
            for name in ["authorization", "content-type", "content-language", "x-api-key", "cookie"] {
                assert_eq!(asked.header(name), None, "{ran}");
            }
            assert_eq!(asked.body, "");
        }
    }
    // What comes once need not come twice where it stays.
    let issuer = Faults::serve(|_, _| Fault::token("AT", 60));
    let url = format!("{}/307", api.url);
    let ran = heistctl(["call", "-L", "-d", "@-", "--token-url", &issuer.token_url(), &url]).envs(&HACKER);
    assert_eq!(ran.stdin("x".repeat(300_000)).run().exits(0).stdout, "POST 0");
}
