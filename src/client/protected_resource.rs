//! Protected resource metadata (RFC 9728), found through the challenge. The challenge is not trusted: only
//! a document of the called server itself is read.

use crate::client::agent::Answer;
use crate::client::endpoint::{EndpointError, EndpointUrl};
use crate::client::redact::truncate;
use crate::json;
use serde::Deserialize;

/// The fields of a resource's metadata that heistctl uses (section 2).
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct ProtectedResource {
    /// Its identifier: the audience of tokens for it.
    pub resource: String,
    /// The issuers whose tokens it accepts.
    #[serde(default)]
    pub authorization_servers: Vec<String>,
    /// The scopes that it supports.
    #[serde(default)]
    pub scopes_supported: Vec<String>,
    /// Whether it requires tokens that are bound to a key (RFC 9449).
    #[serde(default)]
    pub dpop_bound_access_tokens_required: bool,
}

impl ProtectedResource {
    /// Whether it accepts tokens of this issuer. It may name no issuer at all.
    #[must_use]
    pub fn accepts(&self, issuer: &str) -> bool {
        self.authorization_servers.is_empty()
            || self.authorization_servers.iter().any(|server| server == issuer)
    }
}

/// Why no metadata was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResourceError {
    /// The challenge does not name a usable URL.
    #[error("its address cannot be used: {0}")]
    Address(EndpointError),
    /// It names another origin, which a hostile server could use to attack internal hosts (section 7.7).
    #[error("it is at another origin ({}) than the resource, so it is not requested", truncate(&.0.to_string()))]
    Elsewhere(EndpointUrl),
    /// Not found, or not JSON.
    #[error("{0}")]
    NoMetadata(String),
    /// The document belongs to another resource (section 3.3).
    #[error("it is of resource {:?}, which is not what was called (RFC 9728 section 3.3)", truncate(.0))]
    OtherResource(String),
}

/// The address from the challenge's `resource_metadata`, if it may be requested.
///
/// # Errors
/// If it is not a URL, is plain http to another host, or has another origin than the called resource.
pub fn address(named: &str, called: &EndpointUrl) -> Result<EndpointUrl, ResourceError> {
    // An exception for plain http covers the called URL only, not one that a server names.
    let endpoint = EndpointUrl::parse(named, false).map_err(ResourceError::Address)?;
    if endpoint.same_origin(called) { Ok(endpoint) } else { Err(ResourceError::Elsewhere(endpoint)) }
}

/// Parses the document. It must describe the called URL or a parent of it.
///
/// # Errors
/// If it is not metadata, or belongs to another resource.
pub fn read(answer: &Answer, called: &EndpointUrl) -> Result<ProtectedResource, ResourceError> {
    if answer.status != 200 {
        return Err(ResourceError::NoMetadata(format!("answered {} instead of metadata", answer.status)));
    }
    let metadata: ProtectedResource = json::object(&answer.body)
        .map_err(|_| ResourceError::NoMetadata("its metadata is not valid JSON".to_owned()))?;
    let is_ours = EndpointUrl::parse(&metadata.resource, true).is_ok_and(|resource| holds(&resource, called));
    if is_ours { Ok(metadata) } else { Err(ResourceError::OtherResource(metadata.resource)) }
}

fn holds(resource: &EndpointUrl, called: &EndpointUrl) -> bool {
    if !resource.same_origin(called) {
        return false;
    }
    let (path, within) = (resource.uri().path().trim_end_matches('/'), called.uri().path());
    let rest = within.strip_prefix(path);
    let below = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    below && resource.uri().query().is_none_or(|query| called.uri().query() == Some(query))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::redact::Redactor;
    use crate::http::Headers;

    fn called() -> EndpointUrl {
        EndpointUrl::parse("https://api.example.com/v1/things?x=y", false).unwrap()
    }

    #[test]
    fn only_the_server_that_was_called_is_asked() {
        let of = |named| address(named, &called());
        assert!(of("https://api.example.com/.well-known/oauth-protected-resource/v1").is_ok());
        assert!(matches!(of("https://169.254.169.254/latest"), Err(ResourceError::Elsewhere(_))));
        assert!(matches!(of("https://api.example.com:8443/x"), Err(ResourceError::Elsewhere(_))));
        assert_eq!(of("http://api.example.com/x"), Err(ResourceError::Address(EndpointError::Insecure)));
        assert_eq!(of("file:///etc/passwd"), Err(ResourceError::Address(EndpointError::NotUrl)));
    }

    #[test]
    fn the_document_is_that_of_what_was_called() {
        let of = |resource: &str| {
            let body = serde_json::json!({"resource": resource, "authorization_servers": ["https://as"]});
            let body = body.to_string().into_bytes();
            read(
                &Answer { status: 200, headers: Headers::default(), body, redactor: Redactor::default() },
                &called(),
            )
            .map(|m| m.resource)
        };
        for ours in [
            "https://api.example.com",
            "https://api.example.com/",
            "https://api.example.com/v1",
            "https://api.example.com/v1/",
            "https://api.example.com/v1/things",
            "https://api.example.com/v1/things?x=y",
        ] {
            assert_eq!(of(ours).as_deref(), Ok(ours));
        }
        for other in [
            "https://other.example.com/v1",
            "https://api.example.com/v",
            "https://api.example.com/v1/things/7",
            "https://api.example.com/v1/things?z",
            "http://api.example.com/v1",
            "api",
        ] {
            assert_eq!(of(other), Err(ResourceError::OtherResource(other.to_owned())));
        }
        for (status, body) in
            [(200, "<html>"), (200, "{}"), (200, "[\"https://api.example.com\"]"), (302, ""), (404, "{}")]
        {
            let answer = Answer {
                status,
                headers: Headers::default(),
                body: body.into(),
                redactor: Redactor::default(),
            };
            assert!(matches!(read(&answer, &called()), Err(ResourceError::NoMetadata(_))), "{status} {body}");
        }
    }
}
