//! The only user of ureq: sends request values and returns answers. It follows no redirect, accepts every
//! status and enforces timeouts.

mod connect;
mod content_coding;
mod failure;
mod public_address;
mod tls;
mod tls_failure;
mod tls_watch;
mod trace;

pub use failure::{TransportError, classify_read};
pub use tls_watch::{TlsFacts, TlsWatch};
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
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tls::Trust;
use ureq::unversioned::transport::{Connector, TcpConnector};
use ureq::{AsSendBody, SendBody};

/// The usual size of the buffer for what is sent.
const OUTPUT: usize = 128 * 1024;
/// The limit for connecting; the rest of the timeout is for the answer.
const CONNECT: Duration = Duration::from_secs(5);
/// The limit for DNS: resolvers usually try twice, five seconds each.
const RESOLVE: Duration = Duration::from_secs(12);

/// An answer whose body has not been read yet.
pub struct StreamedAnswer {
    /// `HTTP/1.1`
    pub version: &'static str,
    pub status: u16,
    pub headers: Headers,
    /// Its body. An unrequested compression is undone as it is read.
    pub body: Box<dyn Read>,
    /// Why the body is still compressed, if its coding cannot be undone.
    pub unread_coding: Option<TransportError>,
}

/// The limit of a token, metadata or key set answer, in bytes.
pub const MAX_ANSWER: u64 = 64 * 1024;

/// An answer with its whole body, at most [`MAX_ANSWER`] bytes. It may hold a token: no `Debug`.
#[derive(Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Headers,
    pub body: Vec<u8>,
    /// Removes the request's secrets from messages, in case the answer repeats them.
    pub redactor: Redactor,
}

/// By how many seconds the server's clock is ahead of `now`, from the `Date` field (RFC 9110 section
/// 6.6.1).
#[must_use]
pub fn clock_ahead(headers: &Headers, now: Timestamp) -> Option<i64> {
    let date = httpdate::parse_http_date(headers.get("date")?).ok()?;
    Some(Timestamp::of(date).unix().saturating_sub(now.unix()))
}

/// Sends requests to trusted servers, each within the timeout.
#[derive(Clone, Debug)]
pub struct Agent {
    timeout: Duration,
    trust: Trust,
    proxies: Proxies,
    /// The address to connect to, in place of the one that the URL's host resolves to.
    fixed: Option<SocketAddr>,
    trace: Trace,
    /// Whether only addresses of the public internet are used.
    only_public: bool,
}

impl Agent {
    /// An agent that trusts the public web's certificate authorities.
    #[must_use]
    pub fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            trust: Trust::public(),
            proxies: Proxies::default(),
            fixed: None,
            trace: Trace::default(),
            only_public: false,
        }
    }

    #[must_use]
    pub fn through(self, proxies: Proxies) -> Self {
        Self { proxies, ..self }
    }

    /// Connects to this address without a proxy, whatever the URL's host is. TLS still verifies that host.
    #[must_use]
    pub fn at(self, address: SocketAddr) -> Self {
        Self { fixed: Some(address), proxies: Proxies::default(), ..self }
    }

    #[must_use]
    pub fn traced(self, trace: Trace) -> Self {
        Self { trace, ..self }
    }

    /// Reports each completed TLS handshake.
    #[must_use]
    pub fn watched(self, watch: TlsWatch) -> Self {
        Self { trust: self.trust.watched(watch), ..self }
    }

    /// Trusts the certificate authorities of a file instead.
    ///
    /// # Errors
    /// If the file has no usable certificate.
    pub fn trusting(self, file: &[u8]) -> Result<Self, KeyFileError> {
        Ok(Self { trust: self.trust.of(file)?, ..self })
    }

    /// Presents a client certificate (RFC 8705): its chain in DER, and its key.
    ///
    /// # Errors
    /// If they do not match, or TLS cannot use them.
    pub fn showing(self, chain: &[Vec<u8>], private: &PrivateKey) -> Result<Self, String> {
        let first = chain.first().ok_or("there is no certificate")?;
        let of_certificate = spki::certificate_key(first, "certificate")?.thumbprint();
        if private.thumbprint().map_err(|error| error.to_string())? != of_certificate {
            return Err("the key is another certificate's".to_owned());
        }
        let key = private.pkcs8().map_err(|why| format!("the key: {why}"))?;
        Ok(Self { trust: self.trust.showing(chain, key.expose())?, ..self })
    }

    /// A copy without the client certificate, for servers that must not see it.
    #[must_use]
    pub fn without_certificate(&self) -> Self {
        Self { trust: self.trust.without_certificate(), ..self.clone() }
    }

    /// A copy that connects to the public internet only, for addresses that strangers choose. It uses no proxy,
    /// which would resolve the name itself.
    #[must_use]
    pub fn only_public(&self) -> Self {
        Self { only_public: true, fixed: None, proxies: Proxies::default(), ..self.clone() }
    }

    /// A copy with another timeout.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self { timeout, ..self.clone() }
    }

    /// A copy whose timeout ends at `deadline`.
    ///
    /// # Errors
    /// [`TransportError::TimedOut`] if the deadline has passed.
    pub fn until(&self, deadline: Instant) -> Result<Self, TransportError> {
        match deadline.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(TransportError::TimedOut("all of it".to_owned())),
            left => Ok(self.within(left)),
        }
    }

    /// Sends a request and waits for the head of the answer.
    ///
    /// # Errors
    /// [`TransportError`] if no answer arrives.
    pub fn send(&self, request: &OutgoingRequest) -> Result<StreamedAnswer, TransportError> {
        self.send_whole(request, u64::MAX)
    }

    fn send_whole(&self, request: &OutgoingRequest, most: u64) -> Result<StreamedAnswer, TransportError> {
        let body = request.body.expose();
        // An empty body is announced where the method allows one (RFC 9110 section 8.6).
        let may_have_one = matches!(request.method, Method::POST | Method::PUT | Method::PATCH);
        if body.is_empty() && !may_have_one {
            self.run(request, (), most)
        } else {
            self.run(request, body, most)
        }
    }

    /// Like `send`, with a body that is read while it is sent: in chunks unless Content-Length is set.
    ///
    /// # Errors
    /// [`TransportError`] if no answer arrives.
    pub fn stream(
        &self,
        request: &OutgoingRequest,
        body: &mut dyn Read,
    ) -> Result<StreamedAnswer, TransportError> {
        self.run(request, SendBody::from_reader(body), u64::MAX)
    }

    /// Reads at most `most` bytes of the answer's compressed body.
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
            // Without the field, any coding is allowed (RFC 9110 section 12.5.3).
            head = head.header(ACCEPT_ENCODING, "identity");
        }
        let sent = head.body(body).map_err(ureq::Error::from);
        let proxy = self.proxy(&request.endpoint)?;
        let agent = self.to(proxy.clone(), head_len(request));
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
    /// [`TransportError`] if no answer arrives, or it is too large or has an unknown compression.
    pub fn fetch(&self, request: &OutgoingRequest) -> Result<Answer, TransportError> {
        self.fetch_at_most(request, MAX_ANSWER)
    }

    /// Like `fetch`, with another limit of the answer, in bytes.
    ///
    /// # Errors
    /// As for `fetch`.
    pub fn fetch_at_most(&self, request: &OutgoingRequest, most: u64) -> Result<Answer, TransportError> {
        // The limit applies before and after decompression, against decompression bombs.
        let StreamedAnswer { status, headers, body, unread_coding, .. } =
            self.send_whole(request, most + 1)?;
        if let Some(error) = unread_coding {
            return Err(error);
        }
        let mut bytes = Vec::new();
        body.take(most + 1).read_to_end(&mut bytes).map_err(|error| classify_read(&error))?;
        if bytes.len() as u64 > most {
            return Err(TransportError::BadAnswer(format!("the answer is larger than {most} bytes")));
        }
        Ok(Answer { status, headers, body: bytes, redactor: Redactor::of(request) })
    }

    fn to(&self, proxy: Option<ProxyAddress>, head_len: usize) -> ureq::Agent {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .output_buffer_size(OUTPUT.max(head_len * 2))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(self.timeout))
            .timeout_connect(Some(CONNECT.min(self.timeout)))
            // Shorter than the total timeout, so that the error can name DNS as the cause.
            .timeout_resolve(Some(RESOLVE.min(self.timeout * 9 / 10)))
            .user_agent(concat!("heistctl/", env!("CARGO_PKG_VERSION")))
            // Otherwise ureq would read the environment itself.
            .proxy(None)
            .build();
        let addresses = Addresses::of(proxy.as_ref(), self.fixed, self.only_public);
        let route = ProxyTunnel { proxy, trust: self.trust.clone() };
        ureq::Agent::with_parts(config, TcpConnector::default().chain(route), addresses)
    }

    /// The proxy for an endpoint. An unusable proxy is an error; the request never goes direct instead.
    fn proxy(&self, endpoint: &EndpointUrl) -> Result<Option<ProxyAddress>, TransportError> {
        let Some(named) = self.proxies.of(endpoint) else { return Ok(None) };
        let wrong = |error| TransportError::NoWay(format!("{} {error}", named.origin));
        named.address().map(Some).map_err(wrong)
    }
}

/// The bytes of a request's head, about: ureq's buffer must hold each line of it.
fn head_len(request: &OutgoingRequest) -> usize {
    let fields = request.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    fields.sum::<usize>() + request.endpoint.uri().to_string().len() + 256
}

/// The text of a field. Bytes of a Location that no URL may contain are kept unchanged.
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
