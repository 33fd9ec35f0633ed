//! ureq, and nothing but it: our request values go out, answers come back. Follows no redirect,
//! takes every status as an answer, and gives up in time.

mod connect;
mod content_coding;
mod failure;
mod tls;
mod tls_failure;
mod trace;

pub use failure::{TransportError, classify_read};
pub use trace::Trace;

use crate::client::endpoint::EndpointUrl;
use crate::client::proxy::{Proxies, ProxyAddress};
use crate::client::redact::Redactor;
use crate::client::request::OutgoingRequest;
use crate::clock::Timestamp;
use crate::http::Headers;
use crate::jose::keyfile::KeyFileError;
use crate::jose::private::PrivateKey;
use crate::jose::spki;
use connect::{Addresses, ProxyTunnel};
use http::header::{ACCEPT_ENCODING, LOCATION};
use http::{HeaderName, HeaderValue, Method};
use std::io::Read;
use std::time::{Duration, Instant};
use tls::Trust;
use ureq::unversioned::transport::{Connector, TcpConnector};
use ureq::{AsSendBody, SendBody};

/// For reaching the server; the rest of the time is for its answer.
const CONNECT: Duration = Duration::from_secs(5);
/// For its address: what asks name servers for it asks twice as a rule, five seconds each time.
const RESOLVE: Duration = Duration::from_secs(12);

/// An answer whose body is still to be read.
pub struct StreamedAnswer {
    /// `HTTP/1.1`
    pub version: &'static str,
    /// Its status.
    pub status: u16,
    /// Its fields.
    pub headers: Headers,
    /// Its body. What was compressed without being asked for is decompressed as it is read.
    pub body: Box<dyn Read>,
    /// Why the body is compressed still, where nobody asked for that.
    pub unread_coding: Option<TransportError>,
}

/// A larger answer is none of token, metadata or keys.
pub const MAX_ANSWER: u64 = 64 * 1024;

/// An answer with its whole body, at most [`MAX_ANSWER`] bytes. It may hold a token: no `Debug`.
#[derive(Default)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its fields.
    pub headers: Headers,
    /// Its body.
    pub body: Vec<u8>,
    /// What of the request no message may repeat, even if the answer does.
    pub redactor: Redactor,
}

/// By how many seconds a server's clock is ahead of `now`, where it says (RFC 9110 section 6.6.1).
#[must_use]
pub fn clock_ahead(headers: &Headers, now: Timestamp) -> Option<i64> {
    let date = httpdate::parse_http_date(headers.get("date")?).ok()?;
    Some(Timestamp::of(date).unix().saturating_sub(now.unix()))
}

/// Sends requests, each within its time, to whoever is trusted.
#[derive(Clone, Debug)]
pub struct Agent {
    timeout: Duration,
    trust: Trust,
    proxies: Proxies,
    trace: Trace,
}

impl Agent {
    /// Trusts the authorities that browsers trust.
    #[must_use]
    pub fn new(timeout: Duration) -> Self {
        Self { timeout, trust: Trust::public(), proxies: Proxies::default(), trace: Trace::default() }
    }

    /// Goes through proxies.
    #[must_use]
    pub fn through(self, proxies: Proxies) -> Self {
        Self { proxies, ..self }
    }

    /// Tells of each request and answer.
    #[must_use]
    pub fn traced(self, trace: Trace) -> Self {
        Self { trace, ..self }
    }

    /// Trusts the authorities of a file instead.
    ///
    /// # Errors
    /// Where there is none in it.
    pub fn trusting(self, file: &[u8]) -> Result<Self, KeyFileError> {
        Ok(Self { trust: self.trust.of(file)?, ..self })
    }

    /// Shows a certificate of the client's own (RFC 8705): its chain in DER, and its key.
    ///
    /// # Errors
    /// Where they do not fit, or TLS takes none of them.
    pub fn showing(self, chain: &[Vec<u8>], private: &PrivateKey) -> Result<Self, String> {
        let first = chain.first().ok_or("there is no certificate")?;
        let of_certificate = spki::certificate_key(first, "certificate")?.thumbprint();
        if private.thumbprint().map_err(|error| error.to_string())? != of_certificate {
            return Err("the key is another certificate's".to_owned());
        }
        let key = private.pkcs8().map_err(|why| format!("the key: {why}"))?;
        Ok(Self { trust: self.trust.showing(chain, key.expose())?, ..self })
    }

    /// The same without a certificate of the client's own: for whom it is not.
    #[must_use]
    pub fn without_certificate(&self) -> Self {
        Self { trust: self.trust.without_certificate(), ..self.clone() }
    }

    /// The same with another time.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self { timeout, ..self.clone() }
    }

    /// The same until a moment.
    ///
    /// # Errors
    /// [`TransportError::TimedOut`] where it has passed.
    pub fn until(&self, deadline: Instant) -> Result<Self, TransportError> {
        match deadline.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(TransportError::TimedOut("all of it".to_owned())),
            left => Ok(self.within(left)),
        }
    }

    /// Sends a request and waits for the head of the answer.
    ///
    /// # Errors
    /// [`TransportError`] where there is none.
    pub fn send(&self, request: &OutgoingRequest) -> Result<StreamedAnswer, TransportError> {
        self.send_whole(request, u64::MAX)
    }

    fn send_whole(&self, request: &OutgoingRequest, most: u64) -> Result<StreamedAnswer, TransportError> {
        let body = request.body.expose();
        // Where a body could be, there is an empty one (RFC 9110 section 8.6).
        let may_have_one = matches!(request.method, Method::POST | Method::PUT | Method::PATCH);
        if body.is_empty() && !may_have_one {
            self.run(request, (), most)
        } else {
            self.run(request, body, most)
        }
    }

    /// The same with a body that is read while it is sent; without Content-Length among the fields it is
    /// sent in chunks.
    ///
    /// # Errors
    /// [`TransportError`] where there is no answer.
    pub fn stream(
        &self,
        request: &OutgoingRequest,
        body: &mut dyn Read,
    ) -> Result<StreamedAnswer, TransportError> {
        self.run(request, SendBody::from_reader(body), u64::MAX)
    }

    /// Of the answer's body, as it is compressed, no more than `most` bytes are read.
    fn run(
        &self,
        request: &OutgoingRequest,
        body: impl AsSendBody,
        most: u64,
    ) -> Result<StreamedAnswer, TransportError> {
        let mut head = http::Request::builder().method(&request.method).uri(request.endpoint.uri());
        for (name, value) in &request.headers {
            head = head.header(name, value.expose());
        }
        let asks_for_coding = request.headers.iter().any(|(name, _)| *name == ACCEPT_ENCODING);
        if !asks_for_coding {
            // Without the field any coding is allowed (RFC 9110 section 12.5.3).
            head = head.header(ACCEPT_ENCODING, "identity");
        }
        let sent = head.body(body).map_err(ureq::Error::from);
        let proxy = self.proxy(&request.endpoint)?;
        let agent = self.to(proxy.clone());
        self.trace.request(request);
        let began = Instant::now();
        let response = sent.and_then(|sent| agent.run(sent));
        let took = began.elapsed();
        let response = response.map_err(|error| {
            let error = failure::classify_after(&error, took).through(proxy.as_ref());
            self.trace.failed(&error, took);
            error
        })?;
        let (parts, body) = response.into_parts();
        let mut headers = Headers::default();
        for (name, value) in &parts.headers {
            headers.push(name.as_str(), text(name, value));
        }
        self.trace.answer(parts.status.as_u16(), &headers, took);
        let version = if parts.version == http::Version::HTTP_10 { "HTTP/1.0" } else { "HTTP/1.1" };
        let codings = if asks_for_coding { Ok(Vec::new()) } else { content_coding::codings(&headers) };
        let body = Box::new(body.into_reader().take(most));
        let body = content_coding::decoded(body, codings.as_deref().unwrap_or_default());
        let (status, unread_coding) = (parts.status.as_u16(), codings.err());
        Ok(StreamedAnswer { version, status, headers, body, unread_coding })
    }

    /// Sends a request and waits for the whole answer, decompressed.
    ///
    /// # Errors
    /// [`TransportError`] where there is none, or one that is too large or compressed in an unknown way.
    pub fn fetch(&self, request: &OutgoingRequest) -> Result<Answer, TransportError> {
        // The limit is for both: a bomb is small outside, and may hold nothing without an end.
        let StreamedAnswer { status, headers, body, unread_coding, .. } =
            self.send_whole(request, MAX_ANSWER + 1)?;
        if let Some(error) = unread_coding {
            return Err(error);
        }
        let mut bytes = Vec::new();
        body.take(MAX_ANSWER + 1).read_to_end(&mut bytes).map_err(|error| classify_read(&error))?;
        if bytes.len() as u64 > MAX_ANSWER {
            return Err(TransportError::NotHttp(format!("the answer is larger than {MAX_ANSWER} bytes")));
        }
        Ok(Answer { status, headers, body: bytes, redactor: Redactor::of(request) })
    }

    fn to(&self, proxy: Option<ProxyAddress>) -> ureq::Agent {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(self.timeout))
            .timeout_connect(Some(CONNECT.min(self.timeout)))
            // Before all of the time is over: then nobody could say for what.
            .timeout_resolve(Some(RESOLVE.min(self.timeout * 9 / 10)))
            .user_agent(concat!("heistctl/", env!("CARGO_PKG_VERSION")))
            // Without this it would look into the environment itself.
            .proxy(None)
            .build();
        let addresses = Addresses::of(proxy.as_ref());
        let route = ProxyTunnel { proxy, trust: self.trust.clone() };
        ureq::Agent::with_parts(config, TcpConnector::default().chain(route), addresses)
    }

    /// The proxy for an endpoint. One that we cannot use is no reason to go without.
    fn proxy(&self, endpoint: &EndpointUrl) -> Result<Option<ProxyAddress>, TransportError> {
        let Some(named) = self.proxies.of(endpoint) else { return Ok(None) };
        let wrong = |error| TransportError::NoWay(format!("{} {error}", named.origin));
        named.address().map(Some).map_err(wrong)
    }
}

/// The text of a field. A Location is a URL: bytes that have no place in one stay the bytes that they are.
fn text(name: &HeaderName, value: &HeaderValue) -> String {
    if name != LOCATION {
        return String::from_utf8_lossy(value.as_bytes()).into_owned();
    }
    let encoded = |byte: &u8| match byte {
        0x80.. => format!("%{byte:02X}"),
        ascii => char::from(*ascii).to_string(),
    };
    value.as_bytes().iter().map(encoded).collect()
}
