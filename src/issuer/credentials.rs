//! Parses the client credentials of a request (RFC 6749 section 2.3) without verifying them.

use super::error::Refusal;
use super::parameters::{optional, required};
use crate::http::Request;
use crate::http::authorization::{self, BasicCredentials};
use crate::http::params::Params;
use crate::jose::compact::{self, Jws, Token};
use crate::json::Json;
use crate::json::JsonLimits;
use crate::registry::SecretMethod;
use crate::secret::Secret;
use percent_encoding::percent_decode_str;

/// The type of assertions and identities (RFC 7523 section 2.2).
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The type of JWT-SVIDs (draft-ietf-oauth-spiffe-client-auth).
pub const SPIFFE_ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe";

/// A client authenticates in exactly one way per request (RFC 6749 section 2.3).
#[derive(Debug)]
pub enum PresentedCredential<'a> {
    Secret {
        /// At least one: a Basic header can be decoded in several ways.
        readings: Vec<BasicCredentials>,
        /// How it was sent.
        method: SecretMethod,
    },
    /// A signed assertion (RFC 7523 section 2.2).
    Assertion {
        jws: Box<Jws<'a>>,
        /// `client_id`, if it was sent as well.
        client_id: Option<&'a str>,
        /// Whether it is announced as a JWT-SVID.
        is_spiffe: bool,
    },
    /// Only an id: the connection's certificate is the proof (RFC 8705 section 2).
    Certificate { client_id: &'a str },
    /// No credentials and no id. The token of a trusted issuer may name the client.
    Nothing,
}

impl PresentedCredential<'_> {
    /// The client id that the credentials claim, for the log. Without a `client_id` it is the assertion's
    /// subject.
    #[must_use]
    pub fn claimed_client(&self) -> Option<&str> {
        match self {
            Self::Secret { readings, .. } => readings.first().map(|reading| reading.id.as_str()),
            Self::Assertion { client_id: Some(id), .. } | Self::Certificate { client_id: id } => Some(id),
            Self::Assertion { jws, client_id: None, .. } => {
                jws.peek_unverified()?.get("sub").and_then(Json::as_str)
            }
            Self::Nothing => None,
        }
    }
}

/// The client id of a request whose credentials cannot be read, for the log.
#[must_use]
pub fn named_client(request: &Request, params: Option<&Params>) -> Option<String> {
    let from_header = request.headers.get("authorization").and_then(|value| {
        let (scheme, rest) = authorization::split(value);
        let readings = scheme.eq_ignore_ascii_case("Basic").then(|| authorization::basic(rest).ok())??;
        readings.into_iter().next().map(|credentials| credentials.id)
    });
    from_header.or_else(|| params?.get("client_id").ok().flatten().map(str::to_owned))
}

/// The credentials of a request: Basic, id and secret in the body, an assertion, or only an id with a
/// certificate.
///
/// # Errors
/// `invalid_request` if there is more than one of them, `invalid_client` if they are missing or unreadable.
pub fn presented<'a>(request: &Request, params: &'a Params) -> Result<PresentedCredential<'a>, Refusal> {
    refuse_credentials_in_query(request)?;
    let id = optional(params, "client_id")?;
    let secret = optional(params, "client_secret")?;
    let assertion = optional(params, "client_assertion")?;
    let mut headers = request.headers.all("authorization");
    let header = headers.next().filter(|value| !value.is_empty());
    if headers.next().is_some() {
        return Err(Refusal::InvalidRequest("there is more than one Authorization header".to_owned()));
    }
    match (header, secret, assertion) {
        (Some(header), None, None) => basic(header, id),
        (None, Some(secret), None) => body(id, secret),
        (None, None, Some(jwt)) => by_assertion(params, jwt, id),
        (None, None, None) => match id {
            Some(id) => Ok(PresentedCredential::Certificate { client_id: id }),
            None => Ok(PresentedCredential::Nothing),
        },
        _ => Err(Refusal::InvalidRequest(
            "client credentials in more than one way (Basic, body, assertion): send one (RFC 6749 section 2.3)"
                .to_owned(),
        )),
    }
}

/// The refusal of a request without credentials.
#[must_use]
pub fn missing() -> Refusal {
    let why = "no client credentials: send client_id and client_secret by Basic or in the body";
    Refusal::NoCredentials(why.to_owned())
}

/// RFC 6749 section 2.3.1: credentials MUST NOT be in the request URI, which logs record.
fn refuse_credentials_in_query(request: &Request) -> Result<(), Refusal> {
    let names = request.query().split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    for name in names {
        // Compared byte by byte while decoding, so a long query does not cost a copy of each name.
        let is = |ours: &&str| percent_decode_str(name).eq(ours.bytes());
        if ["client_id", "client_secret", "client_assertion"].iter().any(is) {
            return Err(Refusal::InvalidRequest(
                "credentials in the query are not accepted, and are in logs now: send them in the body or by Basic (RFC 6749 section 2.3.1)"
                    .to_owned(),
            ));
        }
    }
    Ok(())
}

fn body(id: Option<&str>, secret: &str) -> Result<PresentedCredential<'static>, Refusal> {
    let id = id.ok_or_else(|| Refusal::NoCredentials("client_id is missing".to_owned()))?;
    let readings = vec![BasicCredentials { id: id.to_owned(), secret: Secret::new(secret) }];
    Ok(PresentedCredential::Secret { readings, method: SecretMethod::Post })
}

fn by_assertion<'a>(
    params: &Params,
    jwt: &'a str,
    client_id: Option<&'a str>,
) -> Result<PresentedCredential<'a>, Refusal> {
    let is_spiffe = match required(params, "client_assertion_type")? {
        ASSERTION_TYPE => false,
        SPIFFE_ASSERTION_TYPE => true,
        _ => {
            let why = format!("client_assertion_type must be {ASSERTION_TYPE}");
            return Err(Refusal::InvalidRequest(why));
        }
    };
    match compact::read_within(jwt, JsonLimits::ASSERTION) {
        Token::Jws(jws) => Ok(PresentedCredential::Assertion { jws: Box::new(jws), client_id, is_spiffe }),
        _ => Err(Refusal::InvalidAssertion("client assertion: it is not a signed JWT".to_owned())),
    }
}

fn basic(header: &str, id: Option<&str>) -> Result<PresentedCredential<'static>, Refusal> {
    let (scheme, rest) = authorization::split(header);
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Err(Refusal::NoCredentials("the Authorization scheme must be Basic".to_owned()));
    }
    let mut readings =
        authorization::basic(rest).map_err(|error| Refusal::NoCredentials(error.to_string()))?;
    readings.retain(|reading| id.is_none_or(|id| reading.id == id));
    if readings.is_empty() {
        return Err(Refusal::InvalidRequest("client_id in the body is not the one in Basic".to_owned()));
    }
    Ok(PresentedCredential::Secret { readings, method: SecretMethod::Basic })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Headers, Method};
    use base64::Engine;

    fn request(target: &str, authorization: &[&str]) -> Request {
        let mut headers = Headers::default();
        authorization.iter().for_each(|value| headers.push("Authorization", *value));
        Request::new(Method::Post, target, headers, "")
    }

    /// The claimed client and the possible secrets.
    fn read(body: &str, authorization: &[&str]) -> Result<(String, Vec<BasicCredentials>), Refusal> {
        let params = Params::from_form(body.as_bytes()).unwrap();
        let presented = presented(&request("/oauth/token", authorization), &params)?;
        let claimed = presented.claimed_client().unwrap_or_default().to_owned();
        let PresentedCredential::Secret { readings, .. } = presented else {
            return Ok((claimed, Vec::new()));
        };
        Ok((claimed, readings))
    }

    #[test]
    fn credentials_come_by_basic_or_in_the_body() {
        let basic = format!("bAsIc {}", base64::engine::general_purpose::STANDARD.encode("a:b"));
        let by_body = read("client_id=a&client_secret=b", &[]).unwrap();
        assert_eq!(by_body, read("", &[&basic]).unwrap());
        assert_eq!(read("client_id=a", &[&basic]).unwrap().1.len(), 1);
        let alone = read("client_id=a", &[]).unwrap();
        assert_eq!((alone.0.as_str(), alone.1.len()), ("a", 0));
    }

    #[test]
    fn credentials_in_the_query_are_refused() {
        let params = Params::from_form(b"").unwrap();
        for query in ["client_id=a&client_secret=b", "client%5Fsecret=b"] {
            let request = request(&format!("/oauth/token?{query}"), &[]);
            assert!(presented(&request, &params).unwrap_err().reason().contains("in the query"), "{query}");
        }
    }
}
