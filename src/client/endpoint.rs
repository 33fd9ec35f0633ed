//! A URL to send requests to: it has a host and no credentials, and is not plain http to another machine
//! unless explicitly allowed.

use std::fmt;

/// An absolute http or https URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointUrl(http::Uri);

/// Why a text is not a usable endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Not a URL.
    #[error("it is not an absolute http or https URL")]
    NotUrl,
    /// Endpoints have no fragment (RFC 6749 section 3.2).
    #[error("it has a fragment (#…), which no endpoint has")]
    Fragment,
    /// User and password in a URL would reach logs.
    #[error("it has credentials in it; give the client's id and secret by their own flags")]
    UserInfo,
    /// Plain http to another host.
    #[error("it is plain http to another host: everybody on the way can read the secret")]
    Insecure,
}

impl EndpointUrl {
    /// Parses a URL. Plain http is accepted for loopback only, unless `insecure_http`.
    ///
    /// # Errors
    /// [`EndpointError`] says why it is rejected.
    pub fn parse(text: &str, insecure_http: bool) -> Result<Self, EndpointError> {
        if text.contains('#') {
            return Err(EndpointError::Fragment);
        }
        let uri: http::Uri = text.parse().map_err(|_| EndpointError::NotUrl)?;
        let authority = uri.authority().filter(|authority| !authority.host().is_empty());
        let authority = authority.ok_or(EndpointError::NotUrl)?;
        if authority.as_str().contains('@') {
            return Err(EndpointError::UserInfo);
        }
        if authority.host().contains('%') {
            return Err(EndpointError::NotUrl);
        }
        // The parser ignores a port out of range, and the secret would go to another server.
        let after_host = &authority.as_str()[authority.host().len()..];
        if !after_host.is_empty() && authority.port_u16().is_none() {
            return Err(EndpointError::NotUrl);
        }
        let endpoint = match uri.scheme_str() {
            Some("https" | "http") => Self(uri),
            _ => return Err(EndpointError::NotUrl),
        };
        if endpoint.0.scheme_str() == Some("http") && !insecure_http && !endpoint.is_loopback() {
            return Err(EndpointError::Insecure);
        }
        Ok(endpoint)
    }

    /// Whether the host is this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        host.eq_ignore_ascii_case("localhost")
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
    }

    /// The host; an IPv6 address has no brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host().unwrap_or_default().trim_matches(['[', ']'])
    }

    /// The port, or the scheme's default.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port_u16().unwrap_or(if self.is_https() { 443 } else { 80 })
    }

    /// The URL as sent, including the query.
    #[must_use]
    pub fn uri(&self) -> &http::Uri {
        &self.0
    }

    /// Whether the connection is encrypted or local.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }

    /// Whether both have the same origin: scheme, host and port (RFC 6454 section 5).
    #[must_use]
    pub fn same_origin(&self, other: &Self) -> bool {
        let origin =
            |endpoint: &Self| (endpoint.is_https(), endpoint.host().to_ascii_lowercase(), endpoint.port());
        origin(self) == origin(other)
    }

    /// Scheme and authority, as in a URL.
    #[must_use]
    pub fn origin(&self) -> String {
        let scheme = self.0.scheme_str().unwrap_or_default();
        format!("{scheme}://{}", self.0.authority().map_or("", http::uri::Authority::as_str))
    }

    /// The same server with another path and no query, if this path ends in `suffix`.
    #[must_use]
    pub fn sibling(&self, suffix: &str, path: &str) -> Option<Self> {
        let base = self.0.path().strip_suffix(suffix)?;
        self.with_path(&format!("{base}{path}"))
    }

    /// The same server with that path and no query.
    #[must_use]
    pub fn with_path(&self, path: &str) -> Option<Self> {
        let mut parts = self.0.clone().into_parts();
        parts.path_and_query = Some(path.parse().ok()?);
        http::Uri::from_parts(parts).ok().map(Self)
    }
}

impl fmt::Display for EndpointUrl {
    /// Omits the query, which may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.0.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_http_is_for_loopback_only() {
        for url in [
            "http://127.0.0.1:8001/x",
            "http://localhost/x",
            "http://[::1]:1/x",
            "http://[::ffff:127.0.0.1]/x",
            "https://example.com/x",
        ] {
            assert!(EndpointUrl::parse(url, false).is_ok(), "{url}");
        }
        assert_eq!(EndpointUrl::parse("http://example.com/x", false), Err(EndpointError::Insecure));
        assert_eq!(EndpointUrl::parse("http://127.0.0.1.example.com/", false), Err(EndpointError::Insecure));
        assert!(EndpointUrl::parse("http://example.com/x", true).is_ok());
    }

    #[test]
    fn what_is_no_endpoint_is_refused_by_its_kind() {
        for (url, error) in [
            ("", EndpointError::NotUrl),
            ("/path", EndpointError::NotUrl),
            ("ftp://example.com/", EndpointError::NotUrl),
            ("example.com", EndpointError::NotUrl),
            ("https://", EndpointError::NotUrl),
            ("http://127.0.0.1:99999/", EndpointError::NotUrl),
            ("http://127.0.0.1:/", EndpointError::NotUrl),
            ("http://127.0.0.1:x/", EndpointError::NotUrl),
            ("https://ex%E4mple.com/", EndpointError::NotUrl),
            ("https://user:pw@example.com/", EndpointError::UserInfo),
            ("https://example.com/#x", EndpointError::Fragment),
        ] {
            assert_eq!(EndpointUrl::parse(url, false), Err(error), "{url}");
        }
    }

    #[test]
    fn the_query_is_sent_and_not_shown() {
        let endpoint = EndpointUrl::parse("https://example.com/a?secret=b", false).unwrap();
        assert_eq!(endpoint.to_string(), "https://example.com/a");
        assert_eq!(endpoint.uri().query(), Some("secret=b"));
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let url = |text| EndpointUrl::parse(text, true).unwrap();
        let here = url("https://Api.example.com/a");
        for (other, same) in [
            ("https://api.example.com:443/b?c", true),
            ("http://api.example.com/a", false),
            ("https://api.example.com:8443/a", false),
            ("https://example.com/a", false),
        ] {
            assert_eq!(here.same_origin(&url(other)), same, "{other}");
        }
        assert_eq!(url("http://[::1]:8001/x?y").origin(), "http://[::1]:8001");
    }

    #[test]
    fn the_resource_lies_beside_the_token_endpoint() {
        let token = EndpointUrl::parse("http://127.0.0.1:8001/base/oauth/token?x=y", false).unwrap();
        let resource = token.sibling("/oauth/token", "/protected-resource").unwrap();
        assert_eq!(resource.uri().to_string(), "http://127.0.0.1:8001/base/protected-resource");
        assert_eq!(resource.sibling("/oauth/token", "/x"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
            let _ = EndpointUrl::parse(&text, true).map(|endpoint| (endpoint.to_string(), endpoint.is_loopback()));
        }
    }
}
