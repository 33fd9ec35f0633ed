//! An issuer's metadata: where to ask (RFC 8414 section 3, then OpenID Connect Discovery), and how
//! the answer is read. What names another issuer is not used.

use crate::client::agent::{Answer, Outgoing};
use crate::client::endpoint::{Endpoint, EndpointError};
use crate::client::unspoken::cut;
use crate::exit::Exit;
use crate::json;
use crate::secret::Secret;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What an issuer says of itself, as far as it is used here.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct Metadata {
    /// Who it is; byte for byte what was asked for (RFC 8414 section 3.3).
    pub issuer: String,
    /// Where its public keys are.
    pub jwks_uri: Option<String>,
    /// Where tokens are asked for.
    pub token_endpoint: Option<String>,
    /// Where tokens are taken back (RFC 7009).
    pub revocation_endpoint: Option<String>,
    /// Where it says what a token is (RFC 7662).
    pub introspection_endpoint: Option<String>,
    /// How clients may prove who they are; Basic, where nothing is said.
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// Where it is asked by clients that show a certificate (RFC 8705 section 5).
    pub mtls_endpoint_aliases: Option<Aliases>,
}

/// Addresses for clients that show a certificate, where they are others.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are the metadata's own names")]
pub struct Aliases {
    pub token_endpoint: Option<String>,
    pub revocation_endpoint: Option<String>,
    pub introspection_endpoint: Option<String>,
}

impl Metadata {
    /// The same for a client that shows a certificate.
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

/// Why there is no metadata.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryError {
    /// The issuer is no address that can be asked.
    #[error("the issuer is no URL to ask: {0}")]
    Address(EndpointError),
    /// Not there.
    #[error("answered {0} instead of metadata")]
    Status(u16),
    /// Not JSON, or not all of it.
    #[error("{0}")]
    NoMetadata(String),
    /// The document is another issuer's.
    #[error(
        "the metadata is of issuer {:?}, not of {asked:?}: it is not used (RFC 8414 section 3.3)",
        cut(found)
    )]
    OtherIssuer {
        /// Who was asked for.
        asked: String,
        /// Who answered.
        found: String,
    },
}

/// What was said at addresses where no metadata was.
#[derive(Debug, Default)]
pub struct Missing(Vec<(Endpoint, DiscoveryError)>);

impl Missing {
    /// Nor was any there.
    pub fn add(&mut self, address: &Endpoint, error: DiscoveryError) {
        self.0.push((address.clone(), error));
    }

    /// What it means for a script: that the server refused, where it is all that was said at each of them.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let refused = |(_, error): &(_, DiscoveryError)| matches!(error, DiscoveryError::Status(400..=499));
        if self.0.iter().all(refused) { Exit::Refused } else { Exit::ServerFailed }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |(address, error): &(Endpoint, DiscoveryError)| match error {
            DiscoveryError::Status(_) | DiscoveryError::NoMetadata(_) => format!("{address} {error}"),
            DiscoveryError::Address(_) | DiscoveryError::OtherIssuer { .. } => format!("{address}: {error}"),
        };
        f.write_str(&self.0.iter().map(said).collect::<Vec<_>>().join("; "))
    }
}

/// The addresses where an issuer's metadata may be, in the order in which they are tried: the
/// well-known name goes between host and path (RFC 8414 section 3.1), for OpenID after the path.
///
/// # Errors
/// Where the issuer is no URL, or plain http to another host.
pub fn addresses(issuer: &str, insecure_http: bool) -> Result<[Endpoint; 2], DiscoveryError> {
    let endpoint = Endpoint::parse(issuer, insecure_http).map_err(DiscoveryError::Address)?;
    let path = endpoint.uri().path().trim_end_matches('/').to_owned();
    let at = |path: String| endpoint.with_path(&path).ok_or(DiscoveryError::Address(EndpointError::NotUrl));
    Ok([
        at(format!("/.well-known/oauth-authorization-server{path}"))?,
        at(format!("{path}/.well-known/openid-configuration"))?,
    ])
}

/// A request for a JSON document.
#[must_use]
pub fn prepare(endpoint: &Endpoint) -> Outgoing {
    Outgoing {
        method: http::Method::GET,
        endpoint: endpoint.clone(),
        headers: vec![(http::header::ACCEPT, Secret::new("application/json"))],
        body: Secret::new(""),
    }
}

/// Reads metadata and compares the issuer byte for byte.
///
/// # Errors
/// Where it is none, or another issuer's.
pub fn read(answer: &Answer, issuer: &str) -> Result<Metadata, DiscoveryError> {
    if answer.status != 200 {
        return Err(DiscoveryError::Status(answer.status));
    }
    let metadata: Metadata = json::object(&answer.body).map_err(|error| {
        // serde quotes what it does not take.
        let why = cut(&error.to_string());
        DiscoveryError::NoMetadata(format!("its metadata is no JSON that we read: {why}"))
    })?;
    if metadata.issuer != issuer {
        return Err(DiscoveryError::OtherIssuer { asked: issuer.to_owned(), found: metadata.issuer });
    }
    Ok(metadata)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_known_name_goes_before_the_path() {
        let urls = |issuer: &str| addresses(issuer, false).unwrap().map(|e| e.uri().to_string());
        assert_eq!(
            urls("https://as.example.com/tenant/"),
            [
                "https://as.example.com/.well-known/oauth-authorization-server/tenant",
                "https://as.example.com/tenant/.well-known/openid-configuration"
            ]
        );
        assert_eq!(
            urls("https://as.example.com")[0],
            "https://as.example.com/.well-known/oauth-authorization-server"
        );
        assert_eq!(addresses("name", false), Err(DiscoveryError::Address(EndpointError::NotUrl)));
        assert_eq!(
            addresses("http://as.example.com", false),
            Err(DiscoveryError::Address(EndpointError::Insecure))
        );
    }

    #[test]
    fn a_certificate_is_shown_at_the_addresses_that_are_for_it() {
        let metadata: Metadata = serde_json::from_str(
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
            assert!(error.to_string().ends_with("no JSON that we read: it is no object"), "{error}");
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
        let address = Endpoint::parse("https://a", false).unwrap();
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
