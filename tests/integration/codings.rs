//! Answers that are compressed though nobody asked for that (RFC 9110 section 8.4), and byte order marks.

use crate::support::faults::{Fault, Faults};
use crate::support::{HACKER, Heistctl, folder, heistctl};
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use serde_json::json;
use std::io::Write;

const JSON: (&str, &str) = ("Content-Type", "application/json");
const TOKEN: &str = r#"{"access_token":"AT","token_type":"Bearer","expires_in":3600}"#;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn zlib(text: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn client(args: &[&str]) -> Heistctl {
    heistctl(args).envs(&HACKER)
}

/// An issuer that compresses whatever it says.
fn issuer() -> Faults {
    Faults::serve(|_, asked| {
        let url = format!("http://{}", asked.header("host").unwrap());
        let refusal = r#"{"error":"invalid_client","error_description":"the secret is over"}"#;
        let (status, text) = match asked.target() {
            "/token" => (200, TOKEN.to_owned()),
            "/refused" => (401, refusal.to_owned()),
            "/.well-known/openid-configuration" => {
                (200, json!({"issuer": url, "token_endpoint": format!("{url}/token")}).to_string())
            }
            "/jwks" => (200, r#"{"keys":[]}"#.to_owned()),
            _ => (404, String::new()),
        };
        Fault::answer(status, &[JSON, ("Content-Encoding", "gzip")], gzip(&text))
    })
}

#[test]
fn what_a_server_compresses_is_read_and_was_not_asked_for() {
    let issuer = issuer();
    let token = client(&["token", "--token-url", &format!("{}/token", issuer.url)]).run().exits(0);
    assert_eq!(token.stdout, "AT\n");
    let refused = client(&["token", "--token-url", &format!("{}/refused", issuer.url)]).run();
    refused.fails(4, &["401 invalid_client: the secret is over"]);
    assert_eq!(client(&["token", "--issuer", &issuer.url]).run().exits(0).stdout, "AT\n");
    let jwks = format!("{}/jwks", issuer.url);
    heistctl(["inspect", "--jwks-url", &jwks, "eyJhbGciOiJSUzI1NiJ9.e30.AAAA"]).run().exits(8);
    let asked = issuer.asked();
    assert!(asked.iter().all(|asked| asked.header("accept-encoding") == Some("identity")), "{asked:?}");
    let deflated = Faults::always(200, &[JSON, ("Content-Encoding", "deflate")], zlib(TOKEN));
    assert_eq!(client(&["token", "--token-url", &deflated.token_url()]).run().exits(0).stdout, "AT\n");
}

#[test]
fn what_cannot_be_decompressed_is_a_failure_of_the_server() {
    let whole = gzip(TOKEN);
    for (coding, body, part) in [
        ("br", b"x".to_vec(), "the answer is compressed with br, which heistctl did not request"),
        ("gzip, zstd", b"x".to_vec(), "compressed with zstd"),
        ("gzip", TOKEN.as_bytes().to_vec(), "it is not valid gzip"),
        ("gzip", whole[..whole.len() / 2].to_vec(), "the answer was cut off"),
        ("gzip", gzip(&"x".repeat(1 << 20)), "larger than 65536 bytes"),
        // Many empty ones: no more of them is read than of any answer.
        ("gzip", gzip("").repeat(10_000), "the answer was cut off"),
    ] {
        let server = Faults::always(200, &[JSON, ("Content-Encoding", coding)], &body);
        client(&["token", "--token-url", &server.token_url()]).run().fails(5, &[part]);
    }
}

#[test]
fn call_prints_what_was_compressed_unless_somebody_asked_for_that() {
    let issuer = issuer();
    let token_url = format!("{}/token", issuer.url);
    let text = "text ".repeat(50_000);
    let (body, files) = (gzip(&text), folder(&[]));
    let api = Faults::always(200, &[("Content-Encoding", "gzip")], &body);
    let call = |api: &Faults, args: &[&str]| {
        client(&[&["call", "--token-url", &token_url, &api.url], args].concat()).in_folder(files.path()).run()
    };
    assert_eq!(call(&api, &[]).exits(0).stdout, text);
    assert_eq!(api.asked()[0].header("accept-encoding"), Some("identity"));
    call(&api, &["-o", "plain"]).exits(0);
    assert_eq!(std::fs::read_to_string(files.path().join("plain")).unwrap(), text);
    call(&api, &["-H", "Accept-Encoding: gzip", "-o", "raw"]).exits(0);
    assert_eq!(std::fs::read(files.path().join("raw")).unwrap(), body);
    assert_eq!(api.asked()[2].header("accept-encoding"), Some("gzip"));

    let other = Faults::always(200, &[("Content-Encoding", "br")], "???");
    let ran = call(&other, &[]).exits(0);
    assert_eq!(ran.stdout, "???");
    assert!(ran.stderr.contains("note: the body was not decoded: the answer is compressed with br"), "{ran}");
    let none = Faults::serve(|_, _| Fault::answer(204, &[("Content-Encoding", "gzip")], ""));
    assert_eq!(call(&none, &[]).exits(0).stdout, "");
    let cut = Faults::always(200, &[("Content-Encoding", "gzip")], &body[..body.len() / 2]);
    assert!(call(&cut, &[]).exits(5).stderr.contains("the answer was cut off"));
}

#[test]
fn a_byte_order_mark_before_json_is_ignored() {
    let marked = |text: &str| format!("\u{feff}{text}");
    let issuer = Faults::serve(move |_, asked| {
        let url = format!("http://{}", asked.header("host").unwrap());
        let (status, text) = match asked.target() {
            "/token" => (200, TOKEN.to_owned()),
            "/refused" => (400, r#"{"error":"invalid_scope"}"#.to_owned()),
            "/jwks" => (200, r#"{"keys":[]}"#.to_owned()),
            _ => (200, json!({"issuer": url, "token_endpoint": format!("{url}/token")}).to_string()),
        };
        Fault::answer(status, &[JSON], marked(&text))
    });
    assert_eq!(client(&["token", "--issuer", &issuer.url]).run().exits(0).stdout, "AT\n");
    let refused = client(&["token", "--token-url", &format!("{}/refused", issuer.url)]).run();
    refused.fails(4, &["400 invalid_scope"]);
    let jwks = format!("{}/jwks", issuer.url);
    heistctl(["inspect", "--jwks-url", &jwks, "eyJhbGciOiJSUzI1NiJ9.e30.AAAA"]).run().exits(8);
}
