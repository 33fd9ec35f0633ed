//! Issuer metadata: its addresses (RFC 8414 section 3, then OpenID Connect Discovery) and its parser.
//! Metadata of another issuer is rejected.

use crate::client::agent::Answer;
use crate::client::endpoint::{EndpointError, EndpointUrl};
use crate::client::redact::truncate;
use crate::client::refusal;
use crate::client::request::OutgoingRequest;
use crate::exit::Exit;
use crate::jose::keyfile::KeyFileError;
use crate::jose::keyset::KeySet;
use crate::json;
use crate::secret::Secret;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::fmt;

/// The fields of an issuer's metadata that heistctl uses.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct IssuerMetadata {
    /// The issuer, equal byte for byte to the requested one (RFC 8414 section 3.3).
    pub issuer: String,
    pub jwks_uri: Option<String>,
    pub token_endpoint: Option<String>,
    /// The revocation endpoint (RFC 7009).
    pub revocation_endpoint: Option<String>,
    /// The introspection endpoint (RFC 7662).
    pub introspection_endpoint: Option<String>,
    /// The resources that the issuer declares (RFC 9728 section 4).
    #[serde(default, deserialize_with = "texts_or_none")]
    pub protected_resources: Option<Vec<String>>,
    /// The supported client authentication methods; Basic if absent.
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// The endpoints for clients with a certificate (RFC 8705 section 5).
    pub mtls_endpoint_aliases: Option<Aliases>,
}

/// Endpoints for clients with a certificate, where they differ.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct Aliases {
    pub token_endpoint: Option<String>,
    pub revocation_endpoint: Option<String>,
    pub introspection_endpoint: Option<String>,
}

/// Of an optional member that only `call` needs. An odd value must not make the rest useless.
fn texts_or_none<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Vec<String>>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(value)?).unwrap_or_default())
}

impl IssuerMetadata {
    /// The metadata with the endpoints for a client that presents a certificate.
    #[must_use]
    pub fn by_certificate(self) -> Self {
        let aliases = self.mtls_endpoint_aliases.clone().unwrap_or_default();
        Self {
            token_endpoint: aliases.token_endpoint.or(self.token_endpoint),
            revocation_endpoint: aliases.revocation_endpoint.or(self.revocation_endpoint),
            introspection_endpoint: aliases.introspection_endpoint.or(self.introspection_endpoint),
            ..self
        }
    }
}

/// Why no metadata was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryError {
    /// The issuer is not a usable URL.
    #[error("the issuer is not a usable URL: {0}")]
    Address(EndpointError),
    /// The status is not 200.
    #[error("answered {0} instead of metadata")]
    Status(u16),
    /// Plain http was sent to a TLS port.
    #[error("speaks https on this port, but the request used http")]
    WantsHttps,
    /// Not valid metadata.
    #[error("{0}")]
    NoMetadata(String),
    /// The document belongs to another issuer.
    #[error(
        "the metadata is of issuer {:?}, not of {asked:?}: it is not used (RFC 8414 section 3.3)",
        truncate(found)
    )]
    OtherIssuer { asked: String, found: String },
}

/// The errors of all addresses that were tried.
#[derive(Debug, Default)]
pub struct Missing(Vec<(EndpointUrl, DiscoveryError)>);

impl Missing {
    pub fn add(&mut self, address: &EndpointUrl, error: DiscoveryError) {
        self.0.push((address.clone(), error));
    }

    /// The exit code: the server's refusal, if every address gave one.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let refused = |(_, error): &(_, DiscoveryError)| {
            matches!(error, DiscoveryError::Status(400..=499) | DiscoveryError::WantsHttps)
        };
        if self.0.iter().all(refused) { Exit::Refused } else { Exit::ServerFailed }
    }

    /// The errors, in the order of the addresses.
    pub fn errors(&self) -> impl Iterator<Item = &DiscoveryError> {
        self.0.iter().map(|(_, error)| error)
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The same error at several addresses is shown once; they differ only in their paths.
        let mut failures: Vec<(String, &DiscoveryError)> = Vec::new();
        for (address, error) in &self.0 {
            match failures.last_mut().filter(|(_, last)| *last == error) {
                Some((at, _)) => at.push_str(&format!(" and {}", address.uri().path())),
                None => failures.push((address.to_string(), error)),
            }
        }
        let said = |(at, error): &(String, &DiscoveryError)| match error {
            DiscoveryError::Status(_) | DiscoveryError::WantsHttps => format!("{at} {error}"),
            DiscoveryError::NoMetadata(_)
            | DiscoveryError::Address(_)
            | DiscoveryError::OtherIssuer { .. } => format!("{at}: {error}"),
        };
        f.write_str(&failures.iter().map(said).collect::<Vec<_>>().join("; "))
    }
}

/// The candidate addresses of an issuer's metadata, in the order in which they are tried (RFC 8414 sections
/// 3.1 and 5): OAuth's well-known name, then OpenID's, both between host and path; then OpenID's after the
/// path, as in OpenID Connect Discovery. Without a path the last two are equal.
///
/// # Errors
/// If the issuer is not a URL, or is plain http to another host.
pub fn addresses(issuer: &str, insecure_http: bool) -> Result<Vec<EndpointUrl>, DiscoveryError> {
    let endpoint = EndpointUrl::parse(issuer, insecure_http).map_err(DiscoveryError::Address)?;
    let path = endpoint.uri().path().trim_end_matches('/').to_owned();
    let mut paths = vec![
        format!("/.well-known/oauth-authorization-server{path}"),
        format!("/.well-known/openid-configuration{path}"),
        format!("{path}/.well-known/openid-configuration"),
    ];
    paths.dedup();
    let at = |path: String| endpoint.with_path(&path).ok_or(DiscoveryError::Address(EndpointError::NotUrl));
    paths.into_iter().map(at).collect()
}

/// Why an address in the metadata is rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NamedError {
    /// Not a usable URL.
    #[error("{0}")]
    Address(EndpointError),
    /// It would send in clear a secret that belongs to an https issuer.
    #[error("it is plain http ({}), and the issuer is https", truncate(&.0.to_string()))]
    Downgrade(EndpointUrl),
}

/// Parses an endpoint from an issuer's metadata. An https issuer's endpoints must be https, even on
/// loopback, where any local process may listen.
///
/// # Errors
/// If it is not a URL, or is plain http where https is required.
pub fn named(url: &str, issuer: &str, insecure_http: bool) -> Result<EndpointUrl, NamedError> {
    let endpoint = EndpointUrl::parse(url, true).map_err(NamedError::Address)?;
    let is_https = EndpointUrl::parse(issuer, true).is_ok_and(|issuer| issuer.is_https());
    if is_https && !endpoint.is_https() {
        return Err(NamedError::Downgrade(endpoint));
    }
    EndpointUrl::parse(url, insecure_http).map_err(NamedError::Address)
}

/// A request for a JSON document.
#[must_use]
pub fn prepare(endpoint: &EndpointUrl) -> OutgoingRequest {
    OutgoingRequest {
        method: http::Method::GET,
        endpoint: endpoint.clone(),
        headers: vec![(http::header::ACCEPT, Secret::new("application/json"))],
        body: Secret::new(""),
    }
}

/// Parses metadata and compares the issuer byte for byte.
///
/// # Errors
/// If it is not metadata, or belongs to another issuer.
pub fn read(answer: &Answer, issuer: &str) -> Result<IssuerMetadata, DiscoveryError> {
    if refusal::wants_https(answer) {
        return Err(DiscoveryError::WantsHttps);
    }
    if answer.status != 200 {
        return Err(DiscoveryError::Status(answer.status));
    }
    let metadata: IssuerMetadata =
        json::object(&answer.body).map_err(|_| DiscoveryError::NoMetadata(mistake(&answer.body)))?;
    if metadata.issuer != issuer {
        return Err(DiscoveryError::OtherIssuer { asked: issuer.to_owned(), found: metadata.issuer });
    }
    Ok(metadata)
}

/// The mistake in a document that is not metadata, without the words of the parser.
fn mistake(body: &[u8]) -> String {
    let Ok(members) = json::object::<serde_json::Map<String, Value>>(body) else {
        let is_object = json::without_bom(body).trim_ascii_start().starts_with(b"{");
        let why = if is_object { "broken JSON" } else { "not valid JSON: it is not an object" };
        return format!("its metadata is {why}");
    };
    if !members.contains_key("issuer") {
        return "its metadata has no issuer (RFC 8414 section 2)".to_owned();
    }
    let is_wrong = |(name, value): &(&String, &Value)| {
        let mut alone = serde_json::json!({ "issuer": "" });
        alone[name.as_str()] = (*value).clone();
        serde_json::from_value::<IssuerMetadata>(alone).is_err()
    };
    match members.iter().find(is_wrong) {
        // The names of the members are ours: others are ignored.
        Some((name, _)) => format!("{name} in its metadata has a wrong type (RFC 8414 section 2)"),
        None => "a member of its metadata is there twice".to_owned(),
    }
}

/// Why an answer is not a key set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwksError {
    /// The status is not 200.
    #[error("answered {0} instead of keys")]
    Status(u16),
    /// The body is not a JWK Set.
    #[error("{0}")]
    NoKeys(KeyFileError),
}

/// Parses a JWK Set (RFC 7517 section 5).
///
/// # Errors
/// If the status is not 200, or the body is not a key set.
pub fn read_keys(answer: &Answer, origin: &str) -> Result<KeySet, JwksError> {
    match answer.status {
        200 => KeySet::read(&answer.body, origin).map_err(JwksError::NoKeys),
        status => Err(JwksError::Status(status)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_known_name_goes_before_the_path() {
        let urls = |issuer: &str| -> Vec<String> {
            addresses(issuer, false).unwrap().iter().map(|address| address.uri().to_string()).collect()
        };
        for issuer in ["https://as.example.com/t/1/", "https://as.example.com/t/1"] {
            assert_eq!(
                urls(issuer),
                [
                    "https://as.example.com/.well-known/oauth-authorization-server/t/1",
                    "https://as.example.com/.well-known/openid-configuration/t/1",
                    "https://as.example.com/t/1/.well-known/openid-configuration"
                ]
            );
        }
        for issuer in ["https://as.example.com", "https://as.example.com/"] {
            assert_eq!(
                urls(issuer),
                [
                    "https://as.example.com/.well-known/oauth-authorization-server",
                    "https://as.example.com/.well-known/openid-configuration"
                ]
            );
        }
        assert_eq!(addresses("name", false), Err(DiscoveryError::Address(EndpointError::NotUrl)));
        assert_eq!(
            addresses("http://as.example.com", false),
            Err(DiscoveryError::Address(EndpointError::Insecure))
        );
    }

    #[test]
    fn what_an_https_issuer_names_is_https() {
        for (url, issuer, insecure, good) in [
            ("https://b/t", "https://a", false, true),
            ("http://127.0.0.1:1/t", "https://a", false, false),
            ("http://localhost/t", "https://a", true, false),
            ("http://a/t", "HTTPS://a", true, false),
            ("HTTP://a/t", "https://a", true, false),
            ("http://127.0.0.1:1/t", "http://127.0.0.1:2", false, true),
            ("http://b/t", "http://127.0.0.1:2", false, false),
            ("http://b/t", "http://a", true, true),
            ("/t", "https://a", false, false),
        ] {
            let found = named(url, issuer, insecure);
            assert_eq!(found.is_ok(), good, "{url} {issuer} {found:?}");
        }
        let error = named("http://b/t?secret", "https://a", true).unwrap_err().to_string();
        assert_eq!(error, "it is plain http (http://b/t), and the issuer is https");
    }

    #[test]
    fn a_certificate_is_shown_at_the_addresses_that_are_for_it() {
        let metadata: IssuerMetadata = serde_json::from_str(
            r#"{"issuer":"https://a","token_endpoint":"https://a/t","revocation_endpoint":"https://a/r",
                "mtls_endpoint_aliases":{"token_endpoint":"https://mtls.a/t","other":7}}"#,
        )
        .unwrap();
        let shown = metadata.by_certificate();
        assert_eq!(shown.token_endpoint.as_deref(), Some("https://mtls.a/t"));
        assert_eq!(shown.revocation_endpoint.as_deref(), Some("https://a/r"));
    }

    #[test]
    fn another_issuers_metadata_is_not_used() {
        let answer = |body: &str| Answer {
            status: 200,
            headers: crate::http::Headers::default(),
            body: body.as_bytes().to_vec(),
            ..Answer::default()
        };
        let ours = answer(r#"{"issuer":"https://a","jwks_uri":"https://a/jwks","x":1}"#);
        assert_eq!(read(&ours, "https://a").unwrap().jwks_uri.as_deref(), Some("https://a/jwks"));
        assert!(matches!(read(&ours, "https://a/"), Err(DiscoveryError::OtherIssuer { .. })));
        assert!(matches!(read(&answer("<html>"), "https://a"), Err(DiscoveryError::NoMetadata(_))));
        for array in ["[]", r#"["https://a"]"#] {
            let error = read(&answer(array), "https://a").unwrap_err();
            assert!(error.to_string().ends_with("not valid JSON: it is not an object"), "{error}");
        }
        for (body, why) in [
            (r#"{"issuer":"https://a","#, "its metadata is broken JSON"),
            (r#"{"jwks_uri":"https://a"}"#, "its metadata has no issuer (RFC 8414 section 2)"),
            (
                r#"{"issuer":"https://a","token_endpoint":7}"#,
                "token_endpoint in its metadata has a wrong type (RFC 8414 section 2)",
            ),
            (r#"{"issuer":[]}"#, "issuer in its metadata has a wrong type (RFC 8414 section 2)"),
            (r#"{"issuer":"a","issuer":"b"}"#, "a member of its metadata is there twice"),
        ] {
            assert_eq!(read(&answer(body), "https://a"), Err(DiscoveryError::NoMetadata(why.to_owned())));
        }
        let long = "x".repeat(5000);
        for body in [
            format!(r#"{{"issuer":"{long}"}}"#),
            format!(r#"{{"issuer":"https://a","token_endpoint_auth_methods_supported":"{long}"}}"#),
        ] {
            let error = read(&answer(&body), "https://a").unwrap_err();
            assert!(error.to_string().len() < 400, "{error}");
        }
        let missing = Answer { status: 404, ..ours };
        assert_eq!(read(&missing, "https://a"), Err(DiscoveryError::Status(404)));
    }

    #[test]
    fn only_servers_that_refuse_have_refused() {
        use DiscoveryError::{NoMetadata, Status};
        let address = EndpointUrl::parse("https://a", false).unwrap();
        let exit = |errors: [DiscoveryError; 2]| {
            let mut missing = Missing::default();
            errors.into_iter().for_each(|error| missing.add(&address, error));
            missing.exit()
        };
        assert_eq!(exit([Status(404), Status(403)]), Exit::Refused);
        for failed in [Status(500), Status(302), NoMetadata(String::new())] {
            assert_eq!(exit([Status(404), failed]), Exit::ServerFailed);
        }
    }
}
