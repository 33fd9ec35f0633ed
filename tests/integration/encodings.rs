//! Bodies that are compressed or encoded in another way (RFC 9110 section 8.4): none is decoded, and the
//! answer says which coding was the reason.

use crate::support::demo;
use crate::support::protocol::{FORM, Issuer};
use heistctl::http::Method;
use serde_json::json;

const GOOD: &str = "grant_type=client_credentials&client_id=c&client_secret=s";

#[test]
fn a_coding_of_the_body_is_refused_by_name() {
    let issuer = Issuer::new();
    for endpoint in ["/oauth/token", "/oauth/introspect", "/oauth/revoke"] {
        for (coding, shown) in [
            ("gzip", "gzip"),
            ("GZIP", "GZIP"),
            ("x-gzip", "x-gzip"),
            ("deflate", "deflate"),
            ("br", "br"),
            ("zstd", "zstd"),
            ("identity, gzip", "gzip"),
            (" gzip , br", "gzip"),
            ("aes128gcm", "aes128gcm"),
        ] {
            let headers = [FORM, ("Content-Encoding", coding)];
            let answer = issuer.send(Method::Post, endpoint, &headers, GOOD);
            answer.is(415, "invalid_request", &format!("Content-Encoding {shown:?}"));
            assert!(answer.text("error_description").contains(shown), "{}", answer.body);
            assert_eq!(answer.header("Accept-Encoding"), Some("identity"), "RFC 9110 section 15.5.16");
        }
    }
    let two = [FORM, ("Content-Encoding", "identity"), ("Content-Encoding", "br")];
    issuer.send(Method::Post, "/oauth/token", &two, GOOD).is(415, "invalid_request", "\"br\"");
    for none in ["identity", "Identity", "", "identity, identity", ","] {
        let headers = [FORM, ("Content-Encoding", none)];
        assert_eq!(issuer.send(Method::Post, "/oauth/token", &headers, GOOD).status, 200, "{none:?}");
    }
}

#[test]
fn a_json_request_gets_its_dialect_and_a_long_coding_is_cut() {
    let issuer = Issuer::new();
    let long = "x".repeat(1000);
    let headers = [("Content-Type", "application/json"), ("Content-Encoding", long.as_str())];
    let body = json!({"client_id": "c", "client_secret": "s"}).to_string();
    let answer = issuer.send(Method::Post, "/oauth/token", &headers, &body);
    answer.is(415, "invalid_request", "Content-Encoding");
    assert_eq!(answer.body["detail"], answer.body["error_description"]);
    assert!(answer.text("detail").len() < 200, "{}", answer.body);
}

#[test]
fn the_gate_hands_the_coding_on() {
    let server = demo();
    // The bytes of a gzip stream: no form, and no text.
    let body = "\u{1f}\u{8b}\u{8}";
    for kind in ["application/x-www-form-urlencoded", "application/json"] {
        let headers = [("Content-Type", kind), ("Content-Encoding", "gzip")];
        let reply = server.request("POST", "/oauth/token", &headers, body);
        assert_eq!((reply.status, reply.header("Accept-Encoding")), (415, Some("identity")), "{reply:?}");
        assert!(reply.body.contains("gzip"), "{reply:?}");
    }
}
