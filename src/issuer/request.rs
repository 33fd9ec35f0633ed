//! What a client sends to an endpoint where it authenticates, parsed: credentials, grant, scope,
//! resources. What comes from here has been understood.

use crate::claims::is_resource;
use crate::http::Request;
use crate::http::authorization::{self, BasicCredentials};
use crate::http::params::{ParamError, Params};
use crate::issuer::error::{Dialect, Refusal};
use crate::jose::compact::{self, Jws, Token};
use crate::json::Json;
use crate::registry::SecretMethod;
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::text::truncate;
use percent_encoding::percent_decode_str;

/// The one type of assertion that is taken (RFC 7523 section 2.2).
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Characters of a content coding that are repeated to the client.
const MAX_CODING: usize = 40;
/// The grant type of a token exchange (RFC 8693 section 2.1).
pub const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// What a client shows to prove who it is: exactly one thing (RFC 6749 section 2.3).
#[derive(Debug)]
pub enum PresentedCredential<'a> {
    /// A secret, in each reading of it, at least one.
    Secret {
        /// The readings.
        readings: Vec<BasicCredentials>,
        /// How it was sent.
        method: SecretMethod,
    },
    /// A signed assertion (RFC 7523 section 2.2).
    Assertion {
        /// The JWT, which nobody has verified yet.
        jws: Box<Jws<'a>>,
        /// `client_id`, where it was sent beside it.
        client_id: Option<&'a str>,
    },
    /// Nothing but the id: the certificate of the connection is the proof (RFC 8705 section 2).
    Certificate {
        /// `client_id`.
        client_id: &'a str,
    },
}

impl PresentedCredential<'_> {
    /// The client that it says it is of, for the log; an assertion's subject where nothing else names it.
    #[must_use]
    pub fn claimed_client(&self) -> Option<&str> {
        match self {
            Self::Secret { readings, .. } => readings.first().map(|reading| reading.id.as_str()),
            Self::Assertion { client_id: Some(id), .. } | Self::Certificate { client_id: id } => Some(id),
            Self::Assertion { jws, client_id: None } => {
                jws.peek_unverified()?.get("sub").and_then(Json::as_str)
            }
        }
    }
}

/// The grants that are offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// RFC 6749 section 4.4.
    ClientCredentials,
    /// RFC 8693.
    TokenExchange,
}

impl Grant {
    /// Its `grant_type`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::TokenExchange => TOKEN_EXCHANGE,
        }
    }
}

/// The dialect of a request by its media type.
///
/// # Errors
/// Where the type is neither; such an answer is in the form's dialect.
pub fn dialect(request: &Request) -> Result<Dialect, Refusal> {
    match request.media_type().as_deref() {
        Some("application/x-www-form-urlencoded") => Ok(Dialect::Form),
        Some("application/json") => Ok(Dialect::Json),
        Some(_) => Err(Refusal::UnsupportedMediaType(
            "the Content-Type must be application/x-www-form-urlencoded or application/json".to_owned(),
        )),
        None => Err(Refusal::UnsupportedMediaType(
            "the Content-Type is missing: send application/x-www-form-urlencoded or application/json"
                .to_owned(),
        )),
    }
}

/// Reads the body's parameters.
///
/// # Errors
/// `invalid_request` with the reason; another one for a body that is compressed.
pub fn params(request: &Request, dialect: Dialect) -> Result<Params, Refusal> {
    if let Some(coding) = request.content_coding() {
        let coding = truncate(coding, MAX_CODING);
        return Err(Refusal::UnsupportedCoding(format!(
            "the body has Content-Encoding {coding:?}, which is not decoded here: send the body as it is"
        )));
    }
    let params = match dialect {
        Dialect::Form => Params::from_form(&request.body),
        Dialect::Json => Params::from_json(&request.body),
    };
    params.map_err(invalid)
}

/// A parameter that must be there.
///
/// # Errors
/// `invalid_request` where it is not.
pub fn required<'a>(params: &'a Params, name: &'static str) -> Result<&'a str, Refusal> {
    let value = params.get(name).map_err(invalid)?;
    value.ok_or_else(|| Refusal::InvalidRequest(format!("{name} is missing")))
}

/// A parameter that may be there.
///
/// # Errors
/// `invalid_request` where it is no text.
pub fn optional<'a>(params: &'a Params, name: &'static str) -> Result<Option<&'a str>, Refusal> {
    params.get(name).map_err(invalid)
}

/// The grant. The article's JSON has no `grant_type`; a form must have one.
///
/// # Errors
/// `unsupported_grant_type`, or `invalid_request` where there is none.
pub fn grant(params: &Params, dialect: Dialect) -> Result<Grant, Refusal> {
    match (optional(params, "grant_type")?, dialect) {
        (Some("client_credentials"), _) | (None, Dialect::Json) => Ok(Grant::ClientCredentials),
        (Some(TOKEN_EXCHANGE), _) => Ok(Grant::TokenExchange),
        (Some(_), _) => Err(Refusal::UnsupportedGrantType),
        (None, Dialect::Form) => Err(Refusal::InvalidRequest(
            "grant_type is missing: send grant_type=client_credentials (a JSON body needs Content-Type: application/json)"
                .to_owned(),
        )),
    }
}

/// The scope that is asked for; `None` for the default.
///
/// # Errors
/// `invalid_scope` where it breaks the grammar.
pub fn scope(params: &Params) -> Result<Option<ScopeSet>, Refusal> {
    let Some(text) = optional(params, "scope")? else { return Ok(None) };
    let scope: ScopeSet =
        text.parse().map_err(|error: crate::scope::ScopeError| Refusal::MalformedScope(error.to_string()))?;
    Ok(Some(scope).filter(|scope| !scope.is_empty()))
}

/// The resources that a token is asked for, as they were written (RFC 8707 section 2).
///
/// # Errors
/// `invalid_target` for what is no absolute URI, or has a fragment.
pub fn resources(params: &Params) -> Result<Vec<String>, Refusal> {
    let resources = params.all("resource").map_err(invalid)?;
    if resources.iter().all(|resource| is_resource(resource)) {
        return Ok(resources.into_iter().map(str::to_owned).collect());
    }
    let why = "resource must be an absolute URI without a fragment (RFC 8707 section 2)";
    Err(Refusal::InvalidTarget(why.to_owned()))
}

/// What a token exchange is for: resources, and audiences, which name them, too. A target that is named twice is
/// one (RFC 8693 section 2.1).
///
/// # Errors
/// As [`resources`].
pub fn targets(params: &Params) -> Result<Vec<String>, Refusal> {
    let mut targets = resources(params)?;
    for audience in params.all("audience").map_err(invalid)? {
        if !targets.iter().any(|known| known == audience) {
            targets.push(audience.to_owned());
        }
    }
    Ok(targets)
}

/// The client that a request names which shows no proof that can be read, for the log.
#[must_use]
pub fn named_client(request: &Request, params: Option<&Params>) -> Option<String> {
    let from_header = request.headers.get("authorization").and_then(|value| {
        let (scheme, rest) = authorization::split(value);
        let readings = scheme.eq_ignore_ascii_case("Basic").then(|| authorization::basic(rest).ok())??;
        readings.into_iter().next().map(|credentials| credentials.id)
    });
    from_header.or_else(|| params?.get("client_id").ok().flatten().map(str::to_owned))
}

fn invalid(error: ParamError) -> Refusal {
    match error {
        ParamError::TooLarge(_) => Refusal::TooLarge(error.to_string()),
        error => Refusal::InvalidRequest(error.to_string()),
    }
}

/// What the client shows of itself: Basic, or id and secret in the body, or an assertion, or the id alone
/// beside its certificate; never two.
///
/// # Errors
/// `invalid_request` for two, `invalid_client` for none and for an assertion that is no signed JWT.
pub fn proof<'a>(request: &Request, params: &'a Params) -> Result<PresentedCredential<'a>, Refusal> {
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
            None => Err(Refusal::NoCredentials(
                "no client credentials: send client_id and client_secret by Basic or in the body".to_owned(),
            )),
        },
        _ => Err(Refusal::InvalidRequest(
            "client credentials in more than one way (Basic, body, assertion): send one (RFC 6749 section 2.3)"
                .to_owned(),
        )),
    }
}

/// RFC 6749 section 2.3.1: credentials MUST NOT be in the request URI, where logs keep them.
fn refuse_credentials_in_query(request: &Request) -> Result<(), Refusal> {
    let names = request.query().split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    for name in names {
        // Compared byte by byte as it is decoded: a long query must not cost a copy of each name.
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
    if required(params, "client_assertion_type")? != ASSERTION_TYPE {
        return Err(Refusal::InvalidRequest(format!("client_assertion_type must be {ASSERTION_TYPE}")));
    }
    match compact::read(jwt) {
        Token::Jws(jws) => Ok(PresentedCredential::Assertion { jws: Box::new(jws), client_id }),
        _ => Err(Refusal::InvalidAssertion("client assertion: it is no signed JWT".to_owned())),
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

    fn request(target: &str, body: &str, authorization: &[&str]) -> Request {
        let mut headers = Headers::default();
        for value in authorization {
            headers.push("Authorization", *value);
        }
        Request::new(Method::Post, target, headers, body)
    }

    /// The client that a proof claims to be of, and its secrets.
    fn parsed(body: &str, authorization: &[&str]) -> Result<(String, Vec<BasicCredentials>), Refusal> {
        let request = request("/oauth/token", body, authorization);
        let params = params(&request, Dialect::Form)?;
        grant(&params, Dialect::Form)?;
        scope(&params)?;
        resources(&params)?;
        let proof = proof(&request, &params)?;
        let claimed = proof.claimed_client().unwrap_or_default().to_owned();
        Ok((
            claimed,
            if let PresentedCredential::Secret { readings, .. } = proof { readings } else { Vec::new() },
        ))
    }

    fn basic_of(pair: &str) -> String {
        format!("bAsIc {}", base64::engine::general_purpose::STANDARD.encode(pair))
    }

    #[test]
    fn credentials_come_by_basic_or_in_the_body() {
        let by_body = parsed("grant_type=client_credentials&client_id=a&client_secret=b", &[]).unwrap();
        let by_basic = parsed("grant_type=client_credentials", &[&basic_of("a:b")]).unwrap();
        assert_eq!(by_body, by_basic);
        let with_id = parsed("grant_type=client_credentials&client_id=a", &[&basic_of("a:b")]);
        assert_eq!(with_id.unwrap().1.len(), 1);
        let alone = parsed("grant_type=client_credentials&client_id=a", &[]).unwrap();
        assert_eq!((alone.0.as_str(), alone.1.len()), ("a", 0));
    }

    #[test]
    fn malformed_requests_name_their_fault() {
        const CC: &str = "grant_type=client_credentials";
        let (a_b, c_d) = (basic_of("a:b"), basic_of("c:d"));
        for (body, authorization, code, part) in [
            ("", vec![], "invalid_request", "grant_type is missing"),
            ("grant_type=", vec![], "invalid_request", "grant_type is missing"),
            ("grant_type=password", vec![], "unsupported_grant_type", "must be client_credentials"),
            ("scope=a&scope=a", vec![], "invalid_request", "scope occurs more than once"),
            ("", vec!["x"], "invalid_request", "grant_type"),
            (CC, vec![], "invalid_client", "no client credentials"),
            ("&client_secret=a", vec![], "invalid_client", "client_id is missing"),
            (CC, vec!["Bearer x"], "invalid_client", "must be Basic"),
            (CC, vec!["Basic *"], "invalid_client", "not base64"),
            (CC, vec![&a_b, &c_d], "invalid_request", "more than one"),
            ("&client_id=c", vec![&a_b], "invalid_request", "not the one"),
            ("&client_id=a&client_secret=b", vec![&a_b], "invalid_request", "in more than one way"),
            ("&client_assertion=a&client_secret=b", vec![], "invalid_request", "in more than one way"),
            ("&client_assertion=a", vec![], "invalid_request", "client_assertion_type is missing"),
            ("&client_assertion=a&client_assertion_type=b", vec![], "invalid_request", "jwt-bearer"),
            ("&client_id=a&client_secret=b&scope=a%0ab", vec![], "invalid_scope", "not allowed"),
            ("&resource=x", vec![], "invalid_target", "absolute URI"),
            ("&resource=https://a%23b", vec![], "invalid_target", "fragment"),
        ] {
            let body = if body.starts_with('&') { format!("{CC}{body}") } else { body.to_owned() };
            let refusal = parsed(&body, &authorization).unwrap_err();
            assert_eq!(refusal.code(), code, "{body}");
            assert!(refusal.reason().contains(part), "{body}: {}", refusal.reason());
        }
    }

    #[test]
    fn an_empty_scope_is_none_and_resources_are_each_taken_once() {
        let body = "scope=+&resource=https://a&resource=urn:b&resource=https://a";
        let params = params(&request("/", body, &[]), Dialect::Form).unwrap();
        assert_eq!(scope(&params), Ok(None));
        assert_eq!(resources(&params).unwrap(), ["https://a", "urn:b"]);
    }

    #[test]
    fn credentials_in_the_query_are_refused() {
        for query in ["client_id=a&client_secret=b", "client%5Fsecret=b"] {
            let request = request(&format!("/oauth/token?{query}"), "grant_type=client_credentials", &[]);
            let params = params(&request, Dialect::Form).unwrap();
            assert!(proof(&request, &params).unwrap_err().reason().contains("in the query"), "{query}");
        }
    }
}
