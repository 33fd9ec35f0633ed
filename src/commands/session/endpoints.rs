//! An issuer's endpoints for tokens, revocation (RFC 7009) and introspection (RFC 7662).

use super::acquire::Endpoints;
use super::connection::TokenServer;
use super::credentials::CredentialKind;
use super::settle::ClientOptions;
use super::urls::{METADATA_ORIGIN, METADATA_PHASE, endpoint, named, setting};
use crate::client::authentication::{AuthenticatedClient, ClientProof};
use crate::client::discovery::IssuerMetadata;
use crate::client::endpoint::EndpointUrl;
use crate::client::redact::truncate;
use crate::commands::environment::Sourced;
use crate::exit::{Exit, Failure};
use crate::http::{INTROSPECT_PATH, REVOKE_PATH, TOKEN_PATH};

/// An optional endpoint beside the token endpoint.
struct EndpointKind {
    /// The member in the metadata.
    name: &'static str,
    /// The path in heistctl serve.
    path: &'static str,
    flag: &'static str,
    phase: &'static str,
}

const REVOCATION: EndpointKind = EndpointKind {
    name: "revocation_endpoint",
    path: REVOKE_PATH,
    flag: "--revocation-url",
    phase: "revocation",
};
const INTROSPECTION: EndpointKind = EndpointKind {
    name: "introspection_endpoint",
    path: INTROSPECT_PATH,
    flag: "--introspection-url",
    phase: "introspection",
};

/// A client with only a certificate must use TLS (RFC 8705 section 2).
///
/// # Errors
/// Exit 2 if the endpoint is plain http.
fn shows_certificate(options: &ClientOptions, to: &Sourced<EndpointUrl>) -> Result<(), Failure> {
    if to.value.is_https() || !matches!(options.credentials.shown, CredentialKind::Certificate(_)) {
        return Ok(());
    }
    let what = format!(
        "{} ({}) is plain http, and a client certificate (from {}) is sent only over https",
        to.value,
        to.origin,
        options.credentials.origin()
    );
    let https = to.value.to_string().replacen("http://", "https://", 1);
    Err(Failure::new(Exit::Usage, "client certificate", what)
        .hint(format!("use the server's https address: {}", setting("--token-url", &https))))
}

impl Endpoints {
    /// A note if the metadata sends the secret to another origin than the issuer's.
    #[must_use]
    pub fn elsewhere(&self, to: &Sourced<EndpointUrl>, identity: &AuthenticatedClient) -> Option<String> {
        let issuer = &self.metadata.as_ref().filter(|_| to.origin == METADATA_ORIGIN)?.issuer;
        let is_other = EndpointUrl::parse(issuer, true).is_ok_and(|issuer| !issuer.same_origin(&to.value));
        let sends_secret = matches!(identity.proof, ClientProof::Basic(_) | ClientProof::Post(_));
        (is_other && sends_secret).then(|| {
            let to = truncate(&to.value.origin());
            format!("the client secret was sent to {to}, which the metadata of {} names", truncate(issuer))
        })
    }

    /// The token endpoint from the settings or the metadata.
    ///
    /// # Errors
    /// Exit 5 if the metadata has none or an invalid one.
    pub fn token(&self, options: &ClientOptions) -> Result<Sourced<EndpointUrl>, Failure> {
        if let Some(given) = &self.given {
            shows_certificate(options, given)?;
            return Ok(given.clone());
        }
        let metadata = self.metadata.as_ref();
        let named_by = metadata.and_then(|metadata| Some((metadata, metadata.token_endpoint.as_deref()?)));
        let Some((metadata, url)) = named_by else {
            let what = match &options.connection.server {
                TokenServer::Issuer(issuer) => {
                    format!("{} ({}) names no token_endpoint", issuer.value, issuer.origin)
                }
                TokenServer::Endpoint(_) => "no token_endpoint is known".to_owned(),
            };
            return Err(
                Failure::new(Exit::ServerFailed, METADATA_PHASE, what).hint("--token-url URL names it")
            );
        };
        let found =
            named("token_endpoint", url, &metadata.issuer, options.connection.insecure_http, METADATA_PHASE)?;
        shows_certificate(options, &found)?;
        Ok(found)
    }

    /// The revocation endpoint from the flag, else from the metadata, else beside the token endpoint.
    ///
    /// # Errors
    /// Exit 2 if none is known, 5 if the metadata has an invalid URL.
    pub fn revocation(
        &self,
        options: &ClientOptions,
        given: Option<&str>,
    ) -> Result<Sourced<EndpointUrl>, Failure> {
        self.other(options, given, |metadata| metadata.revocation_endpoint.as_deref(), &REVOCATION)
    }

    /// The introspection endpoint, found in the same way.
    ///
    /// # Errors
    /// As [`Endpoints::revocation`].
    pub fn introspection(
        &self,
        options: &ClientOptions,
        given: Option<&str>,
    ) -> Result<Sourced<EndpointUrl>, Failure> {
        self.other(options, given, |metadata| metadata.introspection_endpoint.as_deref(), &INTROSPECTION)
    }

    fn other(
        &self,
        options: &ClientOptions,
        given: Option<&str>,
        of: impl Fn(&IssuerMetadata) -> Option<&str>,
        kind: &EndpointKind,
    ) -> Result<Sourced<EndpointUrl>, Failure> {
        let insecure_http = options.connection.insecure_http;
        if let Some(url) = given {
            let url = endpoint(url, insecure_http, kind.phase, kind.flag)?;
            return Ok(Sourced::new(url, kind.flag));
        }
        if let Some(metadata) = &self.metadata
            && let Some(url) = of(metadata)
        {
            return named(kind.name, url, &metadata.issuer, insecure_http, METADATA_PHASE);
        }
        let missing = |what: String, hint: &str| {
            Failure::new(Exit::Usage, kind.phase, what).hint(format!("{} URL names it{hint}", kind.flag))
        };
        match &options.connection.server {
            TokenServer::Issuer(issuer) => {
                let what =
                    format!("the metadata of {} ({}) names no {}", issuer.value, issuer.origin, kind.name);
                Err(missing(what, ""))
            }
            TokenServer::Endpoint(token) => {
                let beside = token.value.sibling(TOKEN_PATH, kind.path);
                beside.map(|url| Sourced::new(url, "beside the token endpoint")).ok_or_else(|| {
                    let what = format!(
                        "no {} is known: the token endpoint (from {}) does not end in {TOKEN_PATH}",
                        kind.name, token.origin
                    );
                    missing(what, "; --issuer URL finds it by metadata")
                })
            }
        }
    }
}
