//! The request in question, in the ways of the gateways, and whom a guard believes.

use super::*;
use crate::http::{Headers, Method, Peer};
use proptest::prelude::*;

fn request(method: &str, fields: &[(&str, &str)], is_proxy: bool) -> Request {
    let mut headers = Headers::default();
    fields.iter().for_each(|(name, value)| headers.push(*name, *value));
    let peer = Peer { address: Some([192, 0, 2, 7].into()), is_proxy, ..Peer::default() };
    Request::new(Method::parse(method), "/guard/g", headers, "").from_peer(peer).named(method)
}

fn asked(method: &str, rest: &str, fields: &[(&str, &str)]) -> Result<(String, String), String> {
    let http = request(method, fields, true);
    AskedFor::of(&http, rest).map(|asked| (asked.method.to_owned(), asked.path.to_owned()))
}

#[test]
fn each_gateway_is_understood() {
    for (gateway, method, rest, fields) in [
        ("nginx", "GET", "", &[("X-Original-Method", "PUT"), ("X-Original-URI", "/a/b?x=//")][..]),
        ("Caddy, Traefik", "GET", "", &[("x-forwarded-method", "PUT"), ("X-FORWARDED-URI", "/a/b?x=y")]),
        ("Envoy", "PUT", "/a/b", &[]),
        ("ingress-nginx", "GET", "/", &[("X-Original-Method", "PUT"), ("X-Original-URL", "https://h/a/b?x")]),
        (
            "both families",
            "GET",
            "",
            &[
                ("X-Forwarded-Method", "PUT"),
                ("X-Original-Method", "PUT"),
                ("X-Forwarded-Uri", "/a/b"),
                ("X-Original-URL", "http://h/a/b"),
            ],
        ),
        ("the path as well", "PUT", "/a/b", &[("X-Forwarded-Uri", "/a/b?x")]),
    ] {
        assert_eq!(asked(method, rest, fields), Ok(("PUT".to_owned(), "/a/b".to_owned())), "{gateway}");
    }
    assert_eq!(asked("GET", "", &[]), Ok(("GET".to_owned(), "/".to_owned())));
}

#[test]
fn what_is_not_clear_is_refused() {
    for (rest, fields, why) in [
        ("", &[("X-Forwarded-Method", "GET"), ("X-Original-Method", "PUT")][..], "differ"),
        ("", &[("X-Forwarded-Uri", "/a"), ("X-Original-URI", "/b")], "differ"),
        ("", &[("X-Original-URI", "/a"), ("X-Original-URI", "/b")], "differ"),
        ("", &[("X-Original-URI", "/a?x"), ("X-Original-URI", "/a?y")], "differ"),
        ("/b", &[("X-Original-URI", "/a")], "differ"),
        ("", &[("X-Original-URI", "/a;b")], "semicolon"),
        ("", &[("X-Original-URI", "/a#b")], "character"),
        ("", &[("X-Original-URI", "https://h/a")], "begin with a slash"),
        ("", &[("X-Original-URI", "")], "begin with a slash"),
        ("", &[("X-Original-URI", "\\")], "begin with a slash"),
        ("/a//b", &[], "empty segment"),
        ("", &[("X-Original-Method", "")], "not a method"),
        ("", &[("X-Original-Method", "GET PUT")], "not a method"),
        ("", &[("X-Original-Method", "\\")], "not a method"),
    ] {
        let error = asked("GET", rest, fields).unwrap_err();
        assert!(error.contains(why), "{fields:?}: {error}");
    }
}

#[test]
fn forwarded_fields_count_from_trusted_proxies_alone() {
    for field in FORWARDED {
        let http = request("GET", &[(field, "/a")], false);
        let error = AskedFor::of(&http, "").unwrap_err();
        assert!(
            error.starts_with(&format!("{field} from 192.0.2.7 ")) && error.contains("trusted_proxies"),
            "{error}"
        );
    }
    // Others do not matter: many gateways send them to everybody.
    let http = request("PUT", &[("X-Forwarded-For", "1.2.3.4")], false);
    assert_eq!(AskedFor::of(&http, "/a").unwrap().method, "PUT");
}

proptest! {
    #[test]
    fn whatever_is_forwarded_is_clear_or_refused(
        uri in "[ -~é]{0,20}", other in "[/a-z?%.]{0,8}", method in "[A-Z \\\\]{0,6}", rest in "[/a-z]{0,6}",
    ) {
        let fields = [("X-Original-URI", uri.as_str()), ("X-Forwarded-Uri", &other), ("X-Forwarded-Method", &method)];
        for fields in [&fields[..], &fields[..1], &fields[2..], &[]] {
            let http = request("GET", fields, true);
            let Ok(asked) = AskedFor::of(&http, &rest) else { continue };
            // One reading only: each field that names a path names this one.
            for (name, value) in fields.iter().filter(|(name, _)| name.ends_with("U") || name.contains("-U")) {
                let value = value.trim_matches([' ', '\t']);
                prop_assert_eq!(value.split('?').next(), Some(asked.path), "{}", name);
            }
            prop_assert!(asked.path.starts_with('/') && asked.path.is_ascii());
            prop_assert!(!asked.method.is_empty() && !asked.method.contains(' '));
        }
    }
}
