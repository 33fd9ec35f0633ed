//! Parses a token request. Malformed requests are refused here, before a secret is checked and before a
//! proof or assertion is used up.

use crate::http::params::{Params, TARGETS};
use crate::http::{Peer, Request};
use crate::issuer::credentials::{PresentedCredential, missing};
use crate::issuer::dpop::{DpopError, DpopProof};
use crate::issuer::error::{Dialect, Refusal};
use crate::issuer::log_record::RequestedFields;
use crate::issuer::parameters::{all, optional, required};
use crate::issuer::resource_indicator;
use crate::scope::{ScopeError, ScopeSet};

/// The grant type of a token exchange (RFC 8693 section 2.1).
pub const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// The grant type of an identity (RFC 7523 section 2.1).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// The token type that an exchange accepts and issues (RFC 8693 section 3).
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// The same tokens by the name of their format.
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
/// The type of an identity that is an ID token, as of Google's metadata service.
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// A request with a parsed body whose parameters are not checked yet.
pub struct ReceivedRequest<'a> {
    pub http: &'a Request,
    pub dialect: Dialect,
    pub params: &'a Params,
    /// The credentials, or why they cannot be read.
    pub credentials: Result<PresentedCredential<'a>, Refusal>,
}

impl ReceivedRequest<'_> {
    /// The request's fields for the log, as sent: a parameter that cannot be read is left out.
    #[must_use]
    pub fn logged(&self) -> RequestedFields {
        let grant = GrantType::of(self).ok();
        let mut resources: Vec<String> = Vec::new();
        for target in TARGETS.iter().flat_map(|name| all(self.params, name).unwrap_or_default()) {
            if !resources.iter().any(|known| known == target) {
                resources.push(target.to_owned());
            }
        }
        let scope = optional(self.params, "scope").ok().flatten().map(str::to_owned);
        RequestedFields { grant: grant.map(GrantType::name), scope, resources, guarded: None }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantType {
    /// RFC 6749 section 4.4.
    ClientCredentials,
    /// RFC 8693.
    TokenExchange,
    /// RFC 7523 section 2.1.
    JwtBearer,
}

impl GrantType {
    /// The grant type of a request. The article's JSON has no `grant_type`; a form must have one.
    ///
    /// # Errors
    /// `unsupported_grant_type`, or `invalid_request` if it is missing.
    pub fn of(request: &ReceivedRequest<'_>) -> Result<Self, Refusal> {
        match (optional(request.params, "grant_type")?, request.dialect) {
            (Some("client_credentials"), _) | (None, Dialect::Json) => Ok(Self::ClientCredentials),
            (Some(TOKEN_EXCHANGE), _) => Ok(Self::TokenExchange),
            (Some(JWT_BEARER), _) => Ok(Self::JwtBearer),
            (Some(_), _) => Err(Refusal::UnsupportedGrantType),
            (None, Dialect::Form) => Err(Refusal::InvalidRequest(
                "grant_type is missing: send grant_type=client_credentials (a JSON body needs Content-Type: application/json)"
                    .to_owned(),
            )),
        }
    }

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::TokenExchange => TOKEN_EXCHANGE,
            Self::JwtBearer => JWT_BEARER,
        }
    }
}

/// A well-formed token request, not verified and not granted yet.
pub struct TokenRequest<'a> {
    pub grant: Grant<'a>,
    /// The requested scope; `None` for the client's default.
    pub scope: Option<ScopeSet>,
    /// The DPoP proof, if present.
    pub proof: Option<DpopProof<'a>>,
    pub credentials: PresentedCredential<'a>,
    pub peer: &'a Peer,
}

/// A grant with its own parameters.
#[derive(Debug)]
pub enum Grant<'a> {
    /// A token for the client itself.
    ClientCredentials {
        /// The requested resources (RFC 8707) and audiences.
        targets: Vec<&'a str>,
    },
    /// A token for acting on behalf of another client.
    TokenExchange(ExchangeRequest<'a>),
    /// A token for the client that an identity stands for.
    JwtBearer { assertion: &'a str, targets: Vec<&'a str> },
}

/// The parameters of a token exchange (RFC 8693 section 2.1).
#[derive(Debug)]
pub struct ExchangeRequest<'a> {
    /// The token of the subject to act for.
    pub subject_token: &'a str,
    /// Whether it is announced as an ID token, which only a trusted issuer makes.
    pub is_id_token: bool,
    /// The acting client's own token. Without one, the client that authenticates is the actor.
    pub actor_token: Option<&'a str>,
    /// The requested resources and audiences.
    pub targets: Vec<&'a str>,
}

impl<'a> TokenRequest<'a> {
    /// Parses a request with that grant type.
    ///
    /// # Errors
    /// `invalid_scope`, `invalid_target`, `invalid_request`, `invalid_dpop_proof`, or `invalid_client` if
    /// the credentials cannot be read.
    pub fn parse(request: ReceivedRequest<'a>, grant: GrantType) -> Result<Self, Refusal> {
        let ReceivedRequest { http, params, credentials, .. } = request;
        let scope = scope(params)?;
        let grant = match grant {
            GrantType::ClientCredentials => {
                Grant::ClientCredentials { targets: resource_indicator::targets(params)? }
            }
            GrantType::TokenExchange => Grant::TokenExchange(ExchangeRequest::parse(params)?),
            GrantType::JwtBearer => Grant::JwtBearer {
                assertion: required(params, "assertion")?,
                targets: resource_indicator::targets(params)?,
            },
        };
        let proof = DpopProof::presented(&http.headers).map_err(refused_proof)?;
        let credentials = match (credentials?, &grant) {
            (PresentedCredential::Nothing, Grant::ClientCredentials { .. }) => return Err(missing()),
            (credentials, _) => credentials,
        };
        Ok(Self { grant, scope, proof, credentials, peer: &http.peer })
    }
}

impl<'a> ExchangeRequest<'a> {
    fn parse(params: &'a Params) -> Result<Self, Refusal> {
        let targets = resource_indicator::targets(params)?;
        match optional(params, "requested_token_type")? {
            None | Some(ACCESS_TOKEN | JWT) => {}
            Some(_) => {
                let why = format!("requested_token_type must be {ACCESS_TOKEN}");
                return Err(Refusal::InvalidRequest(why));
            }
        }
        let is_id_token = optional(params, "subject_token_type")? == Some(ID_TOKEN);
        let subject_token = if is_id_token {
            required(params, "subject_token")?
        } else {
            access_token(params, ["subject_token", "subject_token_type"])?
        };
        let actor_token = actor_token(params)?;
        Ok(Self { subject_token, is_id_token, actor_token, targets })
    }
}

/// A token parameter; its required type parameter must name an access token.
fn access_token<'a>(params: &'a Params, [name, type_name]: [&'static str; 2]) -> Result<&'a str, Refusal> {
    let token = required(params, name)?;
    if ![ACCESS_TOKEN, JWT].contains(&required(params, type_name)?) {
        return Err(Refusal::InvalidRequest(format!("{type_name} must be {ACCESS_TOKEN}")));
    }
    Ok(token)
}

/// The actor token, which is optional. Its type must not come without it (RFC 8693 section 2.1).
fn actor_token(params: &Params) -> Result<Option<&str>, Refusal> {
    const NAMES: [&str; 2] = ["actor_token", "actor_token_type"];
    let is_there = NAMES.map(|name| optional(params, name).map(|value| value.is_some()));
    match is_there {
        [Ok(false), Ok(false)] => Ok(None),
        _ => access_token(params, NAMES).map(Some),
    }
}

/// The requested scope; an empty one counts as omitted.
fn scope(params: &Params) -> Result<Option<ScopeSet>, Refusal> {
    let Some(text) = optional(params, "scope")? else { return Ok(None) };
    let scope: ScopeSet =
        text.parse().map_err(|error: ScopeError| Refusal::MalformedScope(error.to_string()))?;
    Ok(Some(scope).filter(|scope| !scope.is_empty()))
}

/// The refusal of a DPoP proof at the token endpoint (RFC 9449 section 5).
pub(super) fn refused_proof(error: DpopError) -> Refusal {
    match error {
        DpopError::Invalid(why) => Refusal::InvalidDpopProof(why),
        // At this endpoint no token exists yet that could name a key.
        DpopError::OtherKey => {
            Refusal::InvalidDpopProof("DPoP proof: it was made with another key".to_owned())
        }
        DpopError::NonceNeeded(nonce) => Refusal::UseDpopNonce(nonce),
        DpopError::Unavailable(cannot) => cannot.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Headers, Method};
    use crate::issuer::{credentials, parameters};
    use base64::Engine;

    fn request(body: &str, headers: &[(&str, &str)]) -> Request {
        let mut all = Headers::default();
        headers.iter().for_each(|(name, value)| all.push(*name, *value));
        Request::new(Method::Post, "/oauth/token", all, body)
    }

    /// Parses a form and passes the result to `look`.
    fn parsed<T>(http: &Request, look: impl FnOnce(TokenRequest<'_>) -> T) -> Result<T, Refusal> {
        let params = parameters::read(http, Dialect::Form)?;
        let credentials = credentials::presented(http, &params);
        let received = ReceivedRequest { http, dialect: Dialect::Form, params: &params, credentials };
        let grant = GrantType::of(&received)?;
        TokenRequest::parse(received, grant).map(look)
    }

    fn logged(body: &str, dialect: Dialect) -> RequestedFields {
        let http = request(body, &[]);
        let params = parameters::read(&http, dialect).unwrap();
        let credentials = credentials::presented(&http, &params);
        ReceivedRequest { http: &http, dialect, params: &params, credentials }.logged()
    }

    /// The refusal of a malformed request does not hide what it asked for.
    #[test]
    fn what_was_asked_is_logged_as_far_as_it_can_be_read() {
        let fields = |grant, scope: Option<&str>, resources: &[&str]| RequestedFields {
            grant,
            scope: scope.map(str::to_owned),
            resources: resources.iter().map(|&resource| resource.to_owned()).collect(),
            guarded: None,
        };
        const CC: Option<&str> = Some("client_credentials");
        for (body, dialect, expected) in [
            (
                "grant_type=password&scope=b+a&resource=x&audience=y&audience=x",
                Dialect::Form,
                fields(None, Some("b a"), &["x", "y"]),
            ),
            ("scope=a%0ab%22&resource=no+uri", Dialect::Form, fields(None, Some("a\nb\""), &["no uri"])),
            (
                r#"{"scope":"a","resource":["u:1",2],"audience":"y"}"#,
                Dialect::Json,
                fields(CC, Some("a"), &["y"]),
            ),
            (r#"{"scope":["a"],"resource":"u:1"}"#, Dialect::Json, fields(CC, None, &["u:1"])),
            (EXCHANGE, Dialect::Form, fields(Some(TOKEN_EXCHANGE), None, &["urn:b", "urn:c"])),
        ] {
            assert_eq!(logged(body, dialect), expected, "{body}");
        }
    }

    fn refused(http: &Request) -> Refusal {
        parsed(http, |_| ()).unwrap_err()
    }

    fn basic(pair: &str) -> String {
        format!("bAsIc {}", base64::engine::general_purpose::STANDARD.encode(pair))
    }

    #[test]
    fn malformed_requests_name_their_fault() {
        const CC: &str = "grant_type=client_credentials";
        let (a_b, c_d) = (basic("a:b"), basic("c:d"));
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
            let headers: Vec<_> = authorization.iter().map(|value| ("Authorization", *value)).collect();
            let refusal = refused(&request(&body, &headers));
            assert_eq!(refusal.code(), code, "{body}");
            assert!(refusal.reason().contains(part), "{body}: {}", refusal.reason());
        }
    }

    #[test]
    fn an_empty_scope_is_none_and_resources_and_audiences_are_each_taken_once() {
        let body = "grant_type=client_credentials&client_id=a&client_secret=b\
                    &scope=+&resource=https://a&resource=urn:b&resource=https://a&audience=urn:c&audience=urn:b";
        parsed(&request(body, &[]), |request| {
            let Grant::ClientCredentials { targets } = request.grant else { panic!("{:?}", request.grant) };
            assert_eq!((request.scope, targets), (None, vec!["https://a", "urn:b", "urn:c"]));
        })
        .unwrap();
        assert_eq!(logged(body, Dialect::Form).resources, ["https://a", "urn:b", "urn:c"]);
    }

    const EXCHANGE: &str = "grant_type=urn:ietf:params:oauth:grant-type:token-exchange\
        &client_id=a&client_secret=b&resource=urn:b&audience=urn:c&audience=urn:b&subject_token=s&actor_token=t\
        &subject_token_type=urn:ietf:params:oauth:token-type:jwt\
        &actor_token_type=urn:ietf:params:oauth:token-type:access_token";

    const ACTOR_TYPE: &str = "&actor_token_type=urn:ietf:params:oauth:token-type:access_token";

    #[test]
    fn an_exchange_has_its_tokens_and_targets() {
        parsed(&request(EXCHANGE, &[]), |request| {
            let Grant::TokenExchange(exchange) = &request.grant else { panic!("{:?}", request.grant) };
            assert_eq!((exchange.subject_token, exchange.actor_token), ("s", Some("t")));
            assert_eq!(exchange.targets, ["urn:b", "urn:c"]);
        })
        .unwrap();
        let alone = EXCHANGE.replace("&actor_token=t", "").replace(ACTOR_TYPE, "");
        parsed(&request(&alone, &[]), |request| {
            let Grant::TokenExchange(exchange) = &request.grant else { panic!("{:?}", request.grant) };
            assert_eq!(exchange.actor_token, None);
        })
        .unwrap();
        for (without, fault) in [
            ("&subject_token=s", "subject_token is missing"),
            ("&actor_token=t", "actor_token is missing"),
            (ACTOR_TYPE, "actor_token_type is missing"),
            ("&subject_token_type=urn:ietf:params:oauth:token-type:jwt", "subject_token_type is missing"),
        ] {
            let refusal = refused(&request(&EXCHANGE.replace(without, ""), &[]));
            assert_eq!((refusal.code(), refusal.reason().as_str()), ("invalid_request", fault));
        }
        let other = format!("{EXCHANGE}&requested_token_type=urn:x");
        let refusal = refused(&request(&other, &[]));
        assert!(refusal.reason().starts_with("requested_token_type must be"), "{}", refusal.reason());
    }

    #[test]
    fn a_malformed_proof_is_refused_with_the_request() {
        let body = "grant_type=client_credentials&client_id=a&client_secret=b";
        let refusal = refused(&request(body, &[("DPoP", "x")]));
        assert_eq!(
            (refusal.code(), refusal.reason().as_str()),
            ("invalid_dpop_proof", "DPoP proof: it is not a signed JWT")
        );
        assert!(parsed(&request(body, &[]), |request| request.proof.is_none()).unwrap());
    }
}
