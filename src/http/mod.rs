//! Requests and responses as plain values, for server and client. No sockets here: types of tiny_http and
//! ureq are converted at the edge.

pub mod address;
pub mod authorization;
pub mod challenge;
pub mod params;
pub mod trace_context;
pub mod visible;

use serde::Serialize;
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// A request method, as far as the server distinguishes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    /// GET without a response body (RFC 9110 section 9.3.2).
    Head,
    Post,
    /// A browser's preflight request before reading a document of another origin (CORS).
    Options,
    /// Any other method; no endpoint accepts it.
    Other,
}

impl Method {
    /// Parses a method's name, which is case-sensitive (RFC 9110 section 9.1).
    #[must_use]
    pub fn parse(name: &str) -> Self {
        match name {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "OPTIONS" => Self::Options,
            _ => Self::Other,
        }
    }

    /// Its name; empty for [`Method::Other`].
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Options => "OPTIONS",
            Self::Other => "",
        }
    }
}

/// The default path of the token endpoint.
pub const TOKEN_PATH: &str = "/oauth/token";
/// The same endpoint, for clients that expect it here without metadata.
pub const SHORT_TOKEN_PATH: &str = "/token";
/// The path of the authorization endpoint, which refuses every request.
pub const AUTHORIZE_PATH: &str = "/oauth/authorize";
pub const INTROSPECT_PATH: &str = "/oauth/introspect";
pub const REVOKE_PATH: &str = "/oauth/revoke";
/// The path of the article's protected resource.
pub const RESOURCE_PATH: &str = "/protected-resource";

/// Header fields in order; names are case-insensitive. Values may be secrets, so there is no `Debug`.
#[derive(Clone, Default)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// All values of a field, trimmed (RFC 9110 section 5.5).
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let ours = self.0.iter().filter(move |(field, _)| field.eq_ignore_ascii_case(name));
        ours.map(|(_, value)| value.trim_matches([' ', '\t']))
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    #[must_use]
    pub fn get<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }
}

#[derive(Clone)]
pub struct Request {
    pub method: Method,
    /// The method as received, for those that [`Method`] does not distinguish.
    pub method_name: String,
    /// Path and query as received.
    pub target: String,
    pub headers: Headers,
    /// The complete body.
    pub body: Vec<u8>,
    pub peer: Peer,
}

/// The other end of a connection, as the server sees it; headers cannot forge it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peer {
    /// Its address, or the client address that a trusted proxy names. `None` only in tests.
    pub address: Option<IpAddr>,
    /// The certificate that it presented, with proof of its key (RFC 8705 section 3).
    pub certificate: Option<PeerCertificate>,
    /// Whether the connection comes from a trusted proxy, which may speak for others.
    pub is_proxy: bool,
}

/// A certificate from a TLS handshake, which proves possession of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCertificate {
    pub der: Vec<u8>,
    /// Whether it is current and chains to the configured authorities.
    pub trusted: bool,
}

impl fmt::Debug for Request {
    /// Method and path only: query, fields and body may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {})", self.method.name(), self.path())
    }
}

impl Request {
    /// A request from an unknown peer.
    #[must_use]
    pub fn new(
        method: Method,
        target: impl Into<String>,
        headers: Headers,
        body: impl Into<Vec<u8>>,
    ) -> Self {
        let method_name = method.name().to_owned();
        Self { method, method_name, target: target.into(), headers, body: body.into(), peer: Peer::default() }
    }

    /// Sets the method as received.
    #[must_use]
    pub fn named(self, method_name: &str) -> Self {
        Self { method_name: method_name.to_owned(), ..self }
    }

    /// Sets the peer.
    #[must_use]
    pub fn from_peer(self, peer: Peer) -> Self {
        Self { peer, ..self }
    }

    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }

    /// The query; empty if absent.
    #[must_use]
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// The media type of the body in lower case, without its parameters.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        let value = self.headers.get("content-type")?;
        let essence = value.split(';').next().unwrap_or_default().trim();
        (!essence.is_empty()).then(|| essence.to_ascii_lowercase())
    }

    /// The first coding of the body that changes its bytes, such as gzip (RFC 9110 section 8.4).
    #[must_use]
    pub fn content_coding(&self) -> Option<&str> {
        let codings = self.headers.all("content-encoding").flat_map(|value| value.split(','));
        codings.map(str::trim).find(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"))
    }
}

#[derive(Clone)]
pub struct Response {
    pub status: u16,
    /// Header fields in addition to those that the engine adds.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    pub body: Vec<u8>,
    /// How long the answer is delayed: wrong secrets are throttled.
    pub delay: Duration,
    /// How it is sent, if a test wants trouble.
    pub sending: Sending,
}

/// How an answer is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sending {
    /// The pause after each byte.
    pub drip: Option<Duration>,
    pub cut: Option<Cut>,
}

/// The end of a connection within an answer, after that many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    Close(u32),
    Reset(u32),
}

impl Sending {
    /// Whether it is sent as usual.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Debug for Response {
    /// Only the status: fields and body may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({})", self.status)
    }
}

impl Response {
    /// A one-line JSON answer that must not be cached (RFC 6749 section 5.1; errors too).
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        let mut bytes = Vec::with_capacity(512);
        // Our own types have string keys only, so this cannot fail for them.
        if serde_json::to_writer(&mut bytes, body).is_err() {
            bytes =
                br#"{"error":"server_error","error_description":"the answer could not be written"}"#.to_vec();
        }
        bytes.push(b'\n');
        Self {
            status,
            headers: vec![
                ("Content-Type", Cow::Borrowed("application/json")),
                ("Cache-Control", Cow::Borrowed("no-store")),
                ("Pragma", Cow::Borrowed("no-cache")),
            ],
            body: bytes,
            delay: Duration::ZERO,
            sending: Sending::default(),
        }
    }

    /// An answer without fields and body.
    #[must_use]
    pub const fn empty(status: u16) -> Self {
        let sending = Sending { drip: None, cut: None };
        Self { status, headers: Vec::new(), body: Vec::new(), delay: Duration::ZERO, sending }
    }

    /// An answer without a body.
    #[must_use]
    pub const fn no_content() -> Self {
        Self::empty(204)
    }

    /// A JSON answer that may be cached for that time; `None` requires revalidation.
    pub fn cacheable(body: &impl Serialize, max_age: Option<Duration>) -> Self {
        let mut response = Self::json(200, body);
        response.headers.truncate(1);
        let caching = max_age.map(|max_age| format!("public, max-age={}", max_age.as_secs()));
        response.header("Cache-Control", caching.unwrap_or_else(|| "no-cache".to_owned()))
    }

    /// Adds a header field. Control characters become blanks, so that a peer's text cannot start another
    /// header line.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        let mut value = value.into();
        if value.chars().any(|c| c.is_control() || !c.is_ascii()) {
            value = value.chars().map(|c| if c.is_ascii() && !c.is_control() { c } else { ' ' }).collect();
        }
        self.headers.push((name, value));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_value_cannot_start_another_line() {
        let response = Response::json(200, &()).header("X-Test", "a\r\nSet-Cookie: b\u{85}é");
        assert_eq!(response.headers.last().unwrap().1, "a  Set-Cookie: b  ");
    }

    #[test]
    fn a_media_type_is_compared_without_parameters_and_case() {
        let mut headers = Headers::default();
        headers.push("content-TYPE", " Application/JSON ; charset=utf-8");
        let request = Request::new(Method::Get, "/a?b?c", headers, []);
        assert_eq!(request.media_type().as_deref(), Some("application/json"));
        assert_eq!((request.path(), request.query()), ("/a", "b?c"));
    }
}
