//! `--issuer`: an issuer's metadata says where and how, is asked for once, and must be its own.

use crate::support::cached::Cached;
use crate::support::faults::{Asked, Fault, Faults};
use crate::support::keys::Key;
use crate::support::{HACKER, heistctl};
use serde_json::json;
use std::sync::{Arc, Mutex};

/// A server with metadata; `other` is added to the issuer that it names.
fn issuer(other: &'static str) -> Faults {
    Faults::serve(move |number, asked| {
        let url = format!("http://{}", asked.header("host").unwrap());
        let metadata = json!({
            "issuer": format!("{url}{other}"),
            "token_endpoint": format!("{url}/elsewhere"),
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        });
        match asked.target() {
            "/.well-known/openid-configuration" => Fault::json(200, &metadata),
            "/elsewhere" => Fault::token(&format!("t{number}"), 3600),
            _ => Fault::answer(404, &[], ""),
        }
    })
}

#[test]
fn an_issuers_metadata_is_asked_for_once() {
    let server = issuer("");
    let cached = Cached::at("");
    let asked = || server.asked().iter().filter(|asked| asked.target().contains("well-known")).count();
    for scope in ["a", "b", "c"] {
        cached.token(&["--issuer", &server.url, "--scope", scope]);
    }
    assert_eq!((asked(), server.asked().len()), (2, 5), "where OAuth has it, where OpenID has it, and three");
    let forms: Vec<Asked> = server.asked().split_off(2);
    assert!(forms.iter().all(|asked| asked.body.contains("client_secret=") && !asked.head.contains("Basic")));
    cached.token(&["--issuer", &server.url, "--refresh"]);
    assert_eq!(asked(), 4, "a refresh is for those who know that something has changed");
    cached.run(&["--issuer", &server.url, "--check"]).run().exits(0);
    assert_eq!(server.asked().len(), 8);
}

#[test]
fn inspect_uses_the_metadata_that_token_has_stored_and_asks_again_where_it_is_out_of_date() {
    let key = Key::for_alg("ES256");
    let (keys, at) = (json!({"keys": [key.jwk_with(json!({"kid": "a"}))]}), Arc::new(Mutex::new("/keys")));
    let current = at.clone();
    let server = Faults::serve(move |number, asked| {
        let (url, keys_path) =
            (format!("http://{}", asked.header("host").unwrap()), *current.lock().unwrap());
        let metadata = json!({
            "issuer": url,
            "token_endpoint": format!("{url}/token"),
            "jwks_uri": format!("{url}{keys_path}"),
        });
        match asked.target() {
            "/.well-known/oauth-authorization-server" => Fault::json(200, &metadata),
            "/token" => Fault::token(&format!("t{number}"), 3600),
            path if path == keys_path => Fault::json(200, &keys),
            _ => Fault::answer(404, &[], ""),
        }
    });
    let cached = Cached::at("");
    cached.token(&["--issuer", &server.url]);
    let jwt = key.sign("ES256", Some("a"), &json!({"iss": server.url, "exp": 9_999_999_999i64}));
    let inspect = || {
        let inspect = heistctl(["inspect", "--issuer", &server.url, "-"]).stdin(jwt.as_str());
        inspect.env("HEISTCTL_CACHE_DIR", cached.path()).run().exits(0);
        let asked = server.asked();
        let count = |part: &str| asked.iter().filter(|asked| asked.target().contains(part)).count();
        (count("well-known"), count("keys"))
    };
    assert_eq!((inspect(), inspect()), ((1, 1), (1, 2)), "metadata is cached, keys are not");
    *at.lock().unwrap() = "/new-keys";
    assert_eq!((inspect(), inspect()), ((2, 4), (2, 5)));
}

#[test]
fn an_issuer_is_compared_byte_for_byte() {
    let server = issuer("/");
    let cached = Cached::at("");
    let ran = cached.run(&["--issuer", &server.url]).run();
    ran.fails(
        5,
        &[
            "issuer's metadata: ",
            "RFC 8414 section 3.3",
            "(--issuer)",
            &format!("hint: --issuer {}/", server.url),
        ],
    );
    assert!(cached.files(".json").is_empty());
    assert!(server.asked().iter().all(|asked| asked.body.is_empty()), "no secret was sent");
    cached.token(&["--issuer", &format!("{}/", server.url)]);
    let local = heistctl(["token", "--issuer", "http://as.example.com"]).envs(&HACKER).run();
    local.fails(2, &["plain http", "--issuer"]);
}

#[test]
fn an_issuer_with_a_path_is_asked_at_each_place_that_it_may_have() {
    const PLACES: [&str; 3] = [
        "/.well-known/oauth-authorization-server/t/1",
        "/.well-known/openid-configuration/t/1",
        "/t/1/.well-known/openid-configuration",
    ];
    for (at, place) in PLACES.into_iter().enumerate() {
        let server = Faults::serve(move |_, asked| {
            let url = format!("http://{}", asked.header("host").unwrap());
            match asked.target() {
                target if target == place => Fault::json(
                    200,
                    &json!({"issuer": format!("{url}/t/1"), "token_endpoint": format!("{url}/token")}),
                ),
                "/token" => Fault::token("AT", 60),
                // A page for everything is no metadata either.
                _ if at == 1 => Fault::answer(200, &[("Content-Type", "text/html")], "<html>"),
                _ => Fault::answer(404, &[], ""),
            }
        });
        let issuer = format!("{}/t/1", server.url);
        let ran = heistctl(["token", "--issuer", &issuer]).envs(&HACKER).run().exits(0);
        assert_eq!(ran.stdout, "AT\n");
        let asked: Vec<String> = server.asked().iter().map(|asked| asked.target().to_owned()).collect();
        assert_eq!(asked, [&PLACES[..=at], &["/token"]].concat());
    }
    let server = Faults::always(404, &[], "");
    let ran = heistctl(["token", "--issuer", &format!("{}/t/1/", server.url)]).envs(&HACKER).run();
    ran.fails(4, &PLACES);
    assert_eq!(server.asked().len(), 3);
}
