//! A token request, parsed: once there is a [`TokenRequest`], it has been understood as a whole.

use crate::http::Request;
use crate::http::authorization::{self, Credentials};
use crate::http::params::{ParamError, Params, decode};
use crate::issuer::error::{Dialect, Refusal};
use crate::scope::ScopeSet;
use crate::secret::Secret;

/// A request for a token by client credentials (RFC 6749 section 4.4.2).
#[derive(Debug)]
pub struct TokenRequest {
    /// Who asks, in each reading of the credentials, at least one.
    pub credentials: Vec<Credentials>,
    /// What is asked for; `None` for the default.
    pub scope: Option<ScopeSet>,
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
/// `invalid_request` with the reason.
pub fn params(request: &Request, dialect: Dialect) -> Result<Params, Refusal> {
    let params = match dialect {
        Dialect::Form => Params::from_form(&request.body),
        Dialect::Json => Params::from_json(&request.body),
    };
    params.map_err(invalid)
}

/// Reads a token request.
///
/// # Errors
/// The [`Refusal`] that its sender gets.
pub fn parse(request: &Request, params: &Params, dialect: Dialect) -> Result<TokenRequest, Refusal> {
    refuse_credentials_in_query(request)?;
    check_grant(params, dialect)?;
    let credentials = credentials(request, params)?;
    let scope = match params.get("scope").map_err(invalid)? {
        Some(text) => Some(text.parse::<ScopeSet>().map_err(|e| Refusal::MalformedScope(e.to_string()))?),
        None => None,
    };
    Ok(TokenRequest { credentials, scope: scope.filter(|scope| !scope.is_empty()) })
}

/// The client as the request names it, for the log of a refused request.
#[must_use]
pub fn claimed_client(request: &Request, params: &Params) -> Option<String> {
    let from_header = request.headers.get("authorization").and_then(|value| {
        let (scheme, rest) = authorization::split(value);
        let readings = scheme.eq_ignore_ascii_case("Basic").then(|| authorization::basic(rest).ok())??;
        readings.into_iter().next().map(|credentials| credentials.id)
    });
    from_header.or_else(|| params.get("client_id").ok().flatten().map(str::to_owned))
}

fn invalid(error: ParamError) -> Refusal {
    Refusal::InvalidRequest(error.to_string())
}

/// RFC 6749 section 2.3.1: credentials MUST NOT be in the request URI, where logs keep them.
fn refuse_credentials_in_query(request: &Request) -> Result<(), Refusal> {
    let names = request.query().split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    for name in names.map(|name| decode(name).unwrap_or_default()) {
        if ["client_id", "client_secret", "client_assertion"].contains(&name.as_str()) {
            return Err(Refusal::InvalidRequest(
                "credentials in the query are not accepted, and are in logs now: send them in the body or by Basic (RFC 6749 section 2.3.1)"
                    .to_owned(),
            ));
        }
    }
    Ok(())
}

/// The article's JSON has no `grant_type`; a form must have one.
fn check_grant(params: &Params, dialect: Dialect) -> Result<(), Refusal> {
    match (params.get("grant_type").map_err(invalid)?, dialect) {
        (Some("client_credentials"), _) | (None, Dialect::Json) => Ok(()),
        (Some(_), _) => Err(Refusal::UnsupportedGrantType),
        (None, Dialect::Form) => Err(Refusal::InvalidRequest(
            "grant_type is missing: send grant_type=client_credentials (a JSON body needs Content-Type: application/json)"
                .to_owned(),
        )),
    }
}

/// Basic, or id and secret in the body; never both (RFC 6749 section 2.3).
fn credentials(request: &Request, params: &Params) -> Result<Vec<Credentials>, Refusal> {
    let id = params.get("client_id").map_err(invalid)?;
    let secret = params.get("client_secret").map_err(invalid)?;
    if params.get("client_assertion").map_err(invalid)?.is_some() {
        return Err(Refusal::InvalidRequest(
            "client_assertion is not offered: authenticate by Basic or in the body, by one of the two (RFC 6749 section 2.3)".to_owned(),
        ));
    }
    let mut headers = request.headers.all("authorization");
    match (headers.next(), headers.next()) {
        (Some(_), Some(_)) => {
            Err(Refusal::InvalidRequest("there is more than one Authorization header".to_owned()))
        }
        (Some(header), None) if !header.is_empty() => basic(header, id, secret.is_some()),
        _ => match (id, secret) {
            (Some(id), Some(secret)) => {
                Ok(vec![Credentials { id: id.to_owned(), secret: Secret::new(secret) }])
            }
            (Some(_), None) => Err(Refusal::NoCredentials("client_secret is missing".to_owned())),
            (None, Some(_)) => Err(Refusal::NoCredentials("client_id is missing".to_owned())),
            (None, None) => Err(Refusal::NoCredentials(
                "no client credentials: send client_id and client_secret by Basic or in the body".to_owned(),
            )),
        },
    }
}

fn basic(header: &str, id: Option<&str>, secret_in_body: bool) -> Result<Vec<Credentials>, Refusal> {
    let (scheme, rest) = authorization::split(header);
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Err(Refusal::NoCredentials("the Authorization scheme must be Basic".to_owned()));
    }
    if secret_in_body {
        return Err(Refusal::InvalidRequest(
            "client credentials both by Basic and in the body: send one of the two (RFC 6749 section 2.3)"
                .to_owned(),
        ));
    }
    let mut readings =
        authorization::basic(rest).map_err(|error| Refusal::NoCredentials(error.to_string()))?;
    readings.retain(|reading| id.is_none_or(|id| reading.id == id));
    if readings.is_empty() {
        return Err(Refusal::InvalidRequest("client_id in the body is not the one in Basic".to_owned()));
    }
    Ok(readings)
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
        let (target, body) = (target.to_owned(), body.as_bytes().to_vec());
        Request { method: Method::Post, target, headers, body }
    }

    fn parsed(body: &str, authorization: &[&str]) -> Result<TokenRequest, Refusal> {
        let request = request("/oauth/token", body, authorization);
        parse(&request, &params(&request, Dialect::Form)?, Dialect::Form)
    }

    fn basic_of(pair: &str) -> String {
        format!("bAsIc {}", base64::engine::general_purpose::STANDARD.encode(pair))
    }

    #[test]
    fn credentials_come_by_basic_or_in_the_body() {
        let by_body = parsed("grant_type=client_credentials&client_id=a&client_secret=b", &[]).unwrap();
        let by_basic = parsed("grant_type=client_credentials", &[&basic_of("a:b")]).unwrap();
        assert_eq!(by_body.credentials, by_basic.credentials);
        let with_id = parsed("grant_type=client_credentials&client_id=a", &[&basic_of("a:b")]);
        assert_eq!(with_id.unwrap().credentials.len(), 1);
    }

    #[test]
    fn malformed_requests_name_their_fault() {
        let (a_b, c_d) = (basic_of("a:b"), basic_of("c:d"));
        for (body, authorization, code, part) in [
            ("", vec![], "invalid_request", "grant_type is missing"),
            ("grant_type=", vec![], "invalid_request", "grant_type is missing"),
            ("grant_type=password", vec![], "unsupported_grant_type", "must be client_credentials"),
            ("scope=a&scope=a", vec![], "invalid_request", "scope occurs more than once"),
            ("grant_type=client_credentials", vec![], "invalid_client", "no client credentials"),
            (
                "grant_type=client_credentials&client_id=a",
                vec![],
                "invalid_client",
                "client_secret is missing",
            ),
            (
                "grant_type=client_credentials&client_secret=a",
                vec![],
                "invalid_client",
                "client_id is missing",
            ),
            ("grant_type=client_credentials", vec!["Bearer x"], "invalid_client", "must be Basic"),
            ("grant_type=client_credentials", vec!["Basic *"], "invalid_client", "not base64"),
            ("grant_type=client_credentials", vec![&a_b, &c_d], "invalid_request", "more than one"),
            ("grant_type=client_credentials&client_id=c", vec![&a_b], "invalid_request", "not the one"),
            (
                "grant_type=client_credentials&client_id=a&client_secret=b",
                vec![&a_b],
                "invalid_request",
                "both by",
            ),
            (
                "grant_type=client_credentials&client_id=a&client_secret=b&scope=a%0ab",
                vec![],
                "invalid_scope",
                "not allowed",
            ),
        ] {
            let refusal = parsed(body, &authorization).unwrap_err();
            assert_eq!(refusal.code(), code, "{body}");
            assert!(refusal.reason().contains(part), "{body}: {}", refusal.reason());
        }
    }

    #[test]
    fn an_empty_scope_is_none_and_unknown_parameters_are_ignored() {
        let body = "grant_type=client_credentials&client_id=a&client_secret=b&scope=&foo=bar";
        assert_eq!(parsed(body, &[]).unwrap().scope, None);
    }

    #[test]
    fn credentials_in_the_query_are_refused() {
        let request =
            request("/oauth/token?client_id=a&client_secret=b", "grant_type=client_credentials", &[]);
        let params = params(&request, Dialect::Form).unwrap();
        let refusal = parse(&request, &params, Dialect::Form).unwrap_err();
        assert!(refusal.reason().contains("in the query"), "{refusal:?}");
    }
}
