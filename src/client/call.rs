//! Requests to a protected resource with a token (RFC 6750 section 2.1, RFC 9449 section 7.1): any method,
//! fields and body.

use crate::client::Attempt;
use crate::client::dpop::{DPOP, DpopKey};
use crate::client::endpoint::EndpointUrl;
use crate::client::request::OutgoingRequest;
use crate::exit::Exit;
use crate::http::Headers;
use crate::http::challenge::Challenge;
use crate::jose::sign::SignError;
use crate::secret::Secret;
use http::header::{self, ACCEPT, AUTHORIZATION, HeaderName};
use http::{HeaderValue, Method};

/// A field from the caller. Its value may be a secret.
pub type Field = (HeaderName, Secret);

/// Why a method or a field is rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsendable {
    /// Not an RFC 9110 token (section 9.1).
    #[error("the method is not a valid HTTP method; use a word such as GET or PATCH")]
    NoMethod,
    /// TRACE would echo the token (RFC 9110 section 9.3.8); CONNECT is for proxies.
    #[error("{0} is not a method to call a resource with; use a word such as GET or PATCH")]
    OtherMethod(Method),
    /// No colon, or no name before it.
    #[error("a header field without a name: write it as 'Name: value'")]
    NoName,
    /// Control characters.
    #[error("the value of {0} has a control character in it")]
    Control(HeaderName),
    /// A field that heistctl sets.
    #[error("{0} is set by heistctl itself")]
    Ours(HeaderName),
}

/// Parses a method, which is case-sensitive.
///
/// # Errors
/// If it is not a valid method, or not one to send a token with.
pub fn method(name: &str) -> Result<Method, Unsendable> {
    match name.parse().map_err(|_| Unsendable::NoMethod)? {
        method @ (Method::CONNECT | Method::TRACE) => Err(Unsendable::OtherMethod(method)),
        method => Ok(method),
    }
}

/// Parses `Name: value`.
///
/// # Errors
/// If it is not a valid field, or is one that heistctl sets.
pub fn field(text: &[u8]) -> Result<Field, Unsendable> {
    let colon = text.iter().position(|byte| *byte == b':').ok_or(Unsendable::NoName)?;
    let name = HeaderName::from_bytes(&text[..colon]).map_err(|_| Unsendable::NoName)?;
    // Token, proof, and body framing, which must be unambiguous (RFC 9112 section 6.3).
    let ours = [
        AUTHORIZATION,
        DPOP,
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
        header::CONNECTION,
        header::EXPECT,
        header::UPGRADE,
    ];
    if ours.contains(&name) {
        return Err(Unsendable::Ours(name));
    }
    let value = text[colon + 1..].trim_ascii();
    match HeaderValue::from_bytes(value) {
        Ok(_) => Ok((name, Secret::new(value))),
        Err(_) => Err(Unsendable::Control(name)),
    }
}

/// A token and the key that it is bound to.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    pub token: &'a str,
    /// The DPoP key, if the token is bound to one.
    pub key: Option<&'a DpopKey>,
}

/// The request for a resource. The token is not sent to another origin.
///
/// # Errors
/// If the proof cannot be signed.
pub fn prepare(
    (method, endpoint): (&Method, &EndpointUrl),
    fields: &[Field],
    presented: Option<Presented<'_>>,
    attempt: &Attempt,
) -> Result<OutgoingRequest, SignError> {
    let mut headers = Vec::new();
    if let Some(Presented { token, key }) = presented {
        let scheme = if key.is_some() { "DPoP" } else { "Bearer" };
        headers.push((AUTHORIZATION, Secret::new(format!("{scheme} {token}"))));
        if let Some(key) = key {
            let url = endpoint.uri().to_string();
            let proof = key.proof(method.as_str(), &url, Some(token), attempt)?;
            headers.push((DPOP, Secret::new(proof)));
        }
    }
    if !fields.iter().any(|(name, _)| name == ACCEPT) {
        headers.push((ACCEPT, Secret::new("*/*")));
    }
    headers.extend(fields.iter().cloned());
    Ok(OutgoingRequest { method: method.clone(), endpoint: endpoint.clone(), headers, body: Secret::new("") })
}

/// The fields that are also sent to another origin: content negotiation only. Others may be secrets between
/// the caller and the first origin, or belong to the body, which is not sent there.
#[must_use]
pub fn harmless(fields: &[Field]) -> Vec<Field> {
    const HARMLESS: [HeaderName; 4] =
        [ACCEPT, header::ACCEPT_ENCODING, header::ACCEPT_LANGUAGE, header::USER_AGENT];
    fields.iter().filter(|(name, _)| HARMLESS.contains(name)).cloned().collect()
}

/// The nonce that a resource requests for the next proof (RFC 9449 section 9).
#[must_use]
pub fn wanted_nonce(status: u16, challenges: &[Challenge], headers: &Headers) -> Option<String> {
    let asks = challenges.iter().any(|c| c.is("DPoP") && c.get("error") == Some("use_dpop_nonce"));
    headers.get("dpop-nonce").filter(|_| status == 401 && asks).map(str::to_owned)
}

/// Whether the resource rejects the token as invalid, so that a new one may help (RFC 6750 section 3.1).
#[must_use]
pub fn refuses_token(status: u16, challenges: &[Challenge]) -> bool {
    status == 401 && challenges.iter().any(|challenge| challenge.get("error") == Some("invalid_token"))
}

/// Maps a resource's status to an exit code.
#[must_use]
pub const fn exit_for(status: u16) -> Exit {
    match status {
        200..=299 => Exit::Done,
        300..=399 => Exit::Redirect,
        400..=499 => Exit::Refused,
        _ => Exit::ServerFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::http::challenge;
    use crate::jose::compact::{self, Token};
    use crate::jose::digest::{base64url, sha256};

    const ATTEMPT: Attempt = Attempt { now: Timestamp::from_unix(1_795_420_800), id: [7; 16], nonce: None };

    fn sent(presented: Option<Presented<'_>>, fields: &[Field]) -> OutgoingRequest {
        let endpoint = EndpointUrl::parse("https://api.example.com/x?y=z", false).unwrap();
        prepare((&"PURGE".parse().unwrap(), &endpoint), fields, presented, &ATTEMPT).unwrap()
    }

    fn value<'a>(request: &'a OutgoingRequest, field: &str) -> Vec<&'a str> {
        let ours = request.headers.iter().filter(|(name, _)| *name == field);
        ours.map(|(_, value)| value.expose_str().unwrap()).collect()
    }

    #[test]
    fn the_token_travels_in_the_header_only() {
        let request = sent(Some(Presented { token: "hunter2", key: None }), &[]);
        assert_eq!(value(&request, "authorization"), ["Bearer hunter2"]);
        assert_eq!((value(&request, "accept"), value(&request, "dpop").len()), (vec!["*/*"], 0));
        assert!(!format!("{request:?}").contains("hunter2"));
        let fields = [field(b"Accept: text/csv").unwrap(), field(b"X-Key: hunter2").unwrap()];
        let without = sent(None, &harmless(&fields));
        assert_eq!(
            (value(&without, "authorization").len(), value(&without, "accept")),
            (0, vec!["text/csv"])
        );
        assert_eq!(value(&without, "x-key").len(), 0);
    }

    #[test]
    fn a_bound_token_has_a_proof_of_this_request() {
        crate::jose::install_provider();
        let key = DpopKey::fresh().unwrap();
        let request = sent(Some(Presented { token: "t", key: Some(&key) }), &[]);
        assert_eq!(value(&request, "authorization"), ["DPoP t"]);
        let Token::Jws(jws) = compact::read(value(&request, "dpop")[0]) else { panic!() };
        let claims: serde_json::Value = serde_json::from_slice(&jws.payload_bytes).unwrap();
        assert_eq!((&claims["htm"], &claims["htu"]), (&"PURGE".into(), &"https://api.example.com/x".into()));
        assert_eq!(claims["ath"], base64url(&sha256(b"t")));
    }

    #[test]
    fn fields_and_methods_are_those_that_may_be_sent() {
        let read = |text: &str| field(text.as_bytes()).map(|(name, value)| (name, value.len()));
        assert_eq!(read("X-A:b").unwrap().1, 1);
        assert_eq!(read("X-A:  b c\t").unwrap().1, 3);
        assert_eq!(read("X-A:").unwrap().1, 0);
        for bad in ["", "X-A", ": x", "X A: b", "X-A : b", "X\n: b"] {
            assert_eq!(read(bad), Err(Unsendable::NoName), "{bad:?}");
        }
        for bad in ["X-A: a\r\nX-B: c", "X-A: \u{1b}", "X-A: a\0"] {
            assert!(matches!(read(bad), Err(Unsendable::Control(_))), "{bad:?}");
        }
        for ours in ["authorization: x", "DPoP: x", "content-length: 1", "Transfer-Encoding: chunked"] {
            assert!(matches!(read(ours), Err(Unsendable::Ours(_))), "{ours}");
        }
        assert_eq!(method("PATCH"), Ok(Method::PATCH));
        assert_eq!(method("x-y").unwrap().as_str(), "x-y");
        assert_eq!(method("TRACE"), Err(Unsendable::OtherMethod(Method::TRACE)));
        for bad in ["", "GET /", "GE\tT"] {
            assert_eq!(method(bad), Err(Unsendable::NoMethod), "{bad:?}");
        }
    }

    #[test]
    fn a_nonce_and_another_token_are_asked_for_by_the_challenge() {
        let mut headers = Headers::default();
        headers.push("DPoP-Nonce", "n1");
        let nonce = challenge::read(r#"Bearer, DPoP error="use_dpop_nonce", algs="ES256""#);
        assert_eq!(wanted_nonce(401, &nonce, &headers).as_deref(), Some("n1"));
        assert_eq!(wanted_nonce(400, &nonce, &headers), None);
        assert_eq!(wanted_nonce(401, &nonce, &Headers::default()), None);
        let other = challenge::read(r#"DPoP error="invalid_token", Basic"#);
        assert_eq!(wanted_nonce(401, &other, &headers), None);
        assert!(refuses_token(401, &other) && !refuses_token(403, &other) && !refuses_token(401, &nonce));
    }

    #[test]
    fn statuses_become_exit_codes() {
        let codes: Vec<u8> = [200, 204, 302, 401, 503, 101].iter().map(|s| exit_for(*s).code()).collect();
        assert_eq!(codes, [0, 0, 3, 4, 5, 5]);
    }
}
