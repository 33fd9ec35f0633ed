//! What an API repeats of the token that it was sent is not shown, wherever it repeats it, and however
//! much it has to say.

use crate::support::api::{Answer, Api, Asked, answer};
use crate::support::{HACKER, Ran, binary, demo};
use std::process::Command;

/// So many of its characters in a row are too much of a token.
const RUN: usize = 16;

/// Answers with the token, or the proof, in every place that is told.
fn echo(asked: &Asked, url: &str) -> Answer {
    let token = asked.token().unwrap_or_default();
    let proof = asked.header("dpop").unwrap_or_default();
    let challenge = |text: String| answer(401, "").header("WWW-Authenticate", text);
    match asked.target.as_str() {
        "/location" => answer(302, "").header("Location", format!("/login/{token}")),
        "/away" => answer(302, "").header("Location", format!("{url}/login/{token}?{token}")),
        "/nowhere" => answer(302, "").header("Location", format!("http://127.0.0.1:1/{token}")),
        "/allow" => answer(405, "").header("Allow", format!("GET, {token}")),
        "/part" => answer(405, "").header("Allow", &token[..190]),
        "/later" => answer(429, "").header("Retry-After", token),
        "/described" => challenge(format!(r#"Bearer error="invalid_token", error_description="{token}""#)),
        "/error" => challenge(format!(r#"Bearer error="{token}""#)),
        "/scheme" => challenge(token.replace('.', "")),
        "/proof" => challenge(format!(r#"DPoP error="invalid_dpop_proof", error_description="bad {proof}""#)),
        "/scope" => {
            let text = format!(r#"Bearer error="insufficient_scope", scope="a b {token}""#);
            answer(403, "").header("WWW-Authenticate", text)
        }
        "/metadata" => challenge(format!(r#"Bearer error="x", resource_metadata="{url}/{token}""#)),
        "/elsewhere" => {
            challenge(format!(r#"Bearer error="x", resource_metadata="http://127.0.0.1:1/{token}""#))
        }
        _ => challenge(r#"Bearer error="invalid_token""#.to_owned()),
    }
}

/// Nothing that the API was sent in confidence is in what was said.
#[track_caller]
fn says_nothing_of(api: &Api, ran: &Ran) {
    let asked = api.asked();
    let sent = asked.iter().flat_map(|asked| asked.token().into_iter().chain(asked.header("dpop")));
    let runs = sent.flat_map(|text| text.as_bytes().windows(RUN).map(String::from_utf8_lossy));
    for run in runs {
        assert!(!ran.stderr.contains(&*run), "{run} is shown\n{ran}");
    }
}

#[test]
fn a_token_that_an_api_repeats_is_shown_nowhere() {
    let server = demo();
    for path in [
        "/location",
        "/away",
        "/nowhere",
        "/allow",
        "/part",
        "/later",
        "/described",
        "/error",
        "/scheme",
        "/proof",
        "/scope",
        "/metadata",
        "/elsewhere",
    ] {
        for args in [&["-v"][..], &["-v", "-L"], &["-v", "--dpop"], &["-v", "-L", "--repeat", "2"]] {
            let api = Api::serve(echo);
            let url = format!("{}{path}", api.url);
            let ran = server.client(&[&["call", &url], args].concat()).run();
            assert!([3, 4, 6].contains(&ran.code) && ran.stderr.contains("error: call: "), "{ran}");
            says_nothing_of(&api, &ran);
        }
    }
}

#[test]
fn credentials_in_a_location_are_not_shown() {
    let server = demo();
    for location in
        ["//u:hunter2@host/ok", "https://u:hunter2@host/ok", "/ok?hunter2", "//host/ok?hunter2#hunter2"]
    {
        let api = Api::serve(move |_, _| answer(302, "").header("Location", location));
        let ran = server.client(&["call", &api.url]).run().fails(3, &["answered 302; location: "]);
        assert!(!ran.stderr.contains("hunter2"), "{ran}");
        assert_eq!(ran.stderr.contains("//host/ok"), location.starts_with("//host"), "{ran}");
    }
}

#[test]
fn however_much_an_api_has_to_say_it_is_told_in_short() {
    let server = demo();
    let long = |length: usize| "/a".repeat(length / 2);
    for (path, code) in [("/schemes", 4), ("/location", 3), ("/away", 4), ("/nowhere", 6), ("/metadata", 4)] {
        let api = Api::serve(move |asked, url| match asked.target.as_str() {
            "/schemes" => {
                let schemes = (0..3000).map(|n| format!("Scheme{n}"));
                answer(401, "").header("WWW-Authenticate", schemes.collect::<Vec<_>>().join(", "))
            }
            "/location" => answer(304, "").header("Location", long(20_000)),
            "/away" => answer(302, "").header("Location", long(20_000)),
            "/nowhere" => answer(302, "").header("Location", format!("http://127.0.0.1:1{}", long(20_000))),
            "/metadata" => {
                let challenge = format!(r#"Bearer resource_metadata="{url}{}""#, long(20_000));
                answer(401, "").header("WWW-Authenticate", challenge)
            }
            _ => answer(401, "").header("WWW-Authenticate", "Bearer"),
        });
        let url = format!("{}{path}", api.url);
        let ran = server.client(&["call", "-v", "-L", &url]).run().exits(code);
        assert!(ran.stderr.len() < 2500, "{} bytes for {path}\n{}", ran.stderr.len(), &ran.stderr[..2500]);
    }
}

/// Of an address of many parts not each is an audience: its parts are not taken one by one.
#[test]
fn a_long_way_to_a_refusal_takes_no_memory() {
    let server = demo();
    let api = Api::serve(|asked, _| match asked.target.as_str() {
        "/go" => answer(302, "").header("Location", "/a".repeat(30_000)),
        _ => answer(401, "").header("WWW-Authenticate", "Bearer"),
    });
    let ran = Command::new("sh")
        .args(["-c", "ulimit -v 300000; exec \"$1\" call -L \"$2\"", "sh", binary().to_str().unwrap()])
        .arg(format!("{}/go", api.url))
        .env("HEISTCTL_TOKEN_URL", server.token_url())
        .envs(HACKER)
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(4), "{}", String::from_utf8_lossy(&ran.stderr));
}
