//! The contents of a request without its secrets: how the client authenticates, and its parameters.

use crate::http::Request;
use crate::http::authorization;
use crate::http::params::Params;
use crate::jose::compact::{self, Token};
use std::collections::BTreeMap;

/// The parameters whose values are shown. Any other may be a secret.
const SHOWN: [&str; 11] = [
    "grant_type",
    "scope",
    "resource",
    "audience",
    "client_id",
    "client_assertion_type",
    "subject_token_type",
    "actor_token_type",
    "requested_token_type",
    "token_type_hint",
    "issued_token_type",
];
/// The parameters of which only the presence is shown.
const HIDDEN: [&str; 5] = ["client_secret", "client_assertion", "subject_token", "actor_token", "token"];
/// Stands for the value of a secret.
const SECRET: &str = "[redacted]";

/// How a client authenticates, by the names of RFC 8414; on a resource `bearer` or `dpop`.
pub const METHODS: [&str; 9] = [
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
    "none",
    "bearer",
    "dpop",
];

/// The parameters of a request's body; empty if it has none that can be read.
#[must_use]
pub fn params(request: &Request) -> Option<Params> {
    match request.media_type().as_deref() {
        Some("application/x-www-form-urlencoded") => Params::from_form(&request.body).ok(),
        Some("application/json") => Params::from_json(&request.body).ok(),
        _ => None,
    }
}

/// The parameters without secrets.
#[must_use]
pub fn shown(params: &Params) -> BTreeMap<String, String> {
    let text = |name: &'static str| {
        let values = params.all(name).ok().filter(|values| !values.is_empty())?;
        Some((name.to_owned(), values.join(" ")))
    };
    let hidden = |name: &'static str| {
        let is_there = params.all(name).is_ok_and(|values| !values.is_empty());
        is_there.then(|| (name.to_owned(), SECRET.to_owned()))
    };
    SHOWN.into_iter().filter_map(text).chain(HIDDEN.into_iter().filter_map(hidden)).collect()
}

/// How the client authenticates.
#[must_use]
pub fn method(request: &Request, params: Option<&Params>) -> &'static str {
    if let Some(value) = request.headers.get("authorization") {
        return match authorization::split(value).0.to_ascii_lowercase().as_str() {
            "basic" => "client_secret_basic",
            "dpop" => "dpop",
            _ => "bearer",
        };
    }
    let of = |name: &'static str| params.and_then(|params| params.get(name).ok().flatten());
    if let Some(assertion) = of("client_assertion") {
        return if is_hmac(assertion) { "client_secret_jwt" } else { "private_key_jwt" };
    }
    match (of("client_secret"), of("client_id"), &request.peer.certificate) {
        (Some(_), ..) => "client_secret_post",
        (None, Some(_), Some(shown)) if shown.trusted => "tls_client_auth",
        (None, Some(_), Some(_)) => "self_signed_tls_client_auth",
        _ => "none",
    }
}

fn is_hmac(assertion: &str) -> bool {
    let Token::Jws(jws) = compact::read(assertion) else { return false };
    jws.header_str("alg").is_some_and(|alg| alg.starts_with("HS"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Headers, Method};

    fn request(headers: &[(&str, &str)], body: &str) -> Request {
        let mut all = Headers::default();
        all.push("Content-Type", "application/x-www-form-urlencoded");
        headers.iter().for_each(|(name, value)| all.push(*name, *value));
        Request::new(Method::Post, "/token", all, body.as_bytes())
    }

    #[test]
    fn the_method_is_told_by_what_is_presented() {
        let hmac = "client_assertion=eyJhbGciOiJIUzI1NiJ9.e30.eA";
        let key = "client_assertion=eyJhbGciOiJFUzI1NiJ9.e30.eA";
        for (headers, body, expected) in [
            (&[("Authorization", "Basic YTpi")][..], "", "client_secret_basic"),
            (&[("authorization", "bearer x")], "", "bearer"),
            (&[("Authorization", "DPoP x")], "", "dpop"),
            (&[], "client_id=a&client_secret=b", "client_secret_post"),
            (&[], hmac, "client_secret_jwt"),
            (&[], key, "private_key_jwt"),
            (&[], "client_id=a", "none"),
        ] {
            let request = request(headers, body);
            let found = method(&request, params(&request).as_ref());
            assert_eq!(found, expected, "{body}");
            assert!(METHODS.contains(&found));
        }
    }

    #[test]
    fn no_secret_is_shown() {
        let body = "grant_type=x&scope=a+b&client_id=c&client_secret=s3cret&token=t0ken&subject_token=s3cret\
                    &client_assertion=s3cret&password=s3cret&resource=https://a&resource=https://b";
        let request = request(&[], body);
        let shown = format!("{:?}", shown(&params(&request).unwrap()));
        assert!(!shown.contains("s3cret") && !shown.contains("t0ken"), "{shown}");
        assert!(shown.contains(r#""scope": "a b""#) && shown.contains("https://a https://b"), "{shown}");
        assert!(shown.contains(r#""client_secret": "[redacted]""#), "{shown}");
    }
}
