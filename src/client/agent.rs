//! ureq, and nothing but it: our request values go out, answers come back. Follows no redirect,
//! takes every status as an answer, and gives up in time.

mod failure;
mod handshaking;

pub use failure::{TransportError, classify_read};

use crate::client::endpoint::Endpoint;
use crate::client::proxy::Proxies;
use crate::client::unspoken::Unspoken;
use crate::clock::Timestamp;
use crate::http::Headers;
use crate::jose::{certificate, private, spki};
use crate::secret::Secret;
use handshaking::Handshaking;
use http::{HeaderName, Method};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use std::io::Read;
use std::time::{Duration, Instant};
use ureq::ProxyProtocol;
use ureq::tls::{Certificate, ClientCert, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::{AsSendBody, SendBody};

/// For reaching the server; the rest of the time is for its answer.
const CONNECT: Duration = Duration::from_secs(5);
/// For its address: what asks name servers for it asks twice as a rule, five seconds each time.
const RESOLVE: Duration = Duration::from_secs(12);

/// A request to send.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Its method, in the letters in which it is sent.
    pub method: Method,
    /// Where to.
    pub endpoint: Endpoint,
    /// Fields; their values may be secrets.
    pub headers: Vec<(HeaderName, Secret)>,
    /// Its body, unless that is streamed.
    pub body: Secret,
}

/// An answer whose body is still to be read.
pub struct Incoming {
    /// `HTTP/1.1`
    pub version: &'static str,
    /// Its status.
    pub status: u16,
    /// Its fields.
    pub headers: Headers,
    /// Its body.
    pub body: Box<dyn Read>,
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
    pub unspoken: Unspoken,
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
    authorities: RootCerts,
    certificate: Option<ClientCert>,
    proxies: Proxies,
}

impl Agent {
    /// Trusts the authorities that browsers trust.
    #[must_use]
    pub fn new(timeout: Duration) -> Self {
        Self { timeout, authorities: RootCerts::WebPki, certificate: None, proxies: Proxies::default() }
    }

    /// Goes through proxies.
    #[must_use]
    pub fn through(self, proxies: Proxies) -> Self {
        Self { proxies, ..self }
    }

    /// Trusts the authorities of a PEM file instead.
    ///
    /// # Errors
    /// Where there is none in it.
    pub fn trusting(self, pem: &[u8]) -> Result<Self, String> {
        let mut authorities = Vec::new();
        for item in parse_pem(pem) {
            if let PemItem::Certificate(certificate) = item.map_err(|_| "it is no PEM")? {
                authorities.push(certificate);
            }
        }
        if authorities.is_empty() {
            return Err("it holds no certificate in PEM".to_owned());
        }
        Ok(Self { authorities: RootCerts::from(authorities), ..self })
    }

    /// Shows a certificate of the client's own (RFC 8705): its chain and its key, PEM.
    ///
    /// # Errors
    /// Where one of them cannot be read, or they do not fit: the TLS library would not survive it.
    pub fn showing(self, chain: &[u8], key: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(chain).map_err(|_| "the certificate is no PEM")?;
        let chain = certificate::from_pem(text)?;
        let first = chain.first().ok_or("there is no certificate")?;
        let of_certificate = spki::certificate_key(first, "certificate")?.thumbprint();
        let private = private::PrivateKey::read(key).map_err(|why| format!("the key: {why}"))?;
        if private.thumbprint().map_err(|error| error.to_string())? != of_certificate {
            return Err("the key is another certificate's".to_owned());
        }
        usable(&chain, &private.pkcs8().map_err(|why| format!("the key: {why}"))?)?;
        let chain: Vec<_> = chain.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
        // ureq goes by the label of a section, and in files that is often another kind's.
        let key = private.pkcs8_pem().map_err(|why| format!("the key: {why}"))?;
        let key = ureq::tls::PrivateKey::from_pem(key.expose()).map_err(|_| "the key cannot be read")?;
        Ok(Self { certificate: Some(ClientCert::new_with_certs(&chain, key)), ..self })
    }

    /// The same without a certificate of the client's own: for whom it is not.
    #[must_use]
    pub fn without_certificate(&self) -> Self {
        Self { certificate: None, ..self.clone() }
    }

    /// The same with another time.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self { timeout, ..self.clone() }
    }

    /// Sends a request and waits for the head of the answer.
    ///
    /// # Errors
    /// [`TransportError`] where there is none.
    pub fn send(&self, request: &Outgoing) -> Result<Incoming, TransportError> {
        let body = request.body.expose();
        // Where a body could be, there is an empty one (RFC 9110 section 8.6).
        let may_have_one = matches!(request.method, Method::POST | Method::PUT | Method::PATCH);
        if body.is_empty() && !may_have_one { self.run(request, ()) } else { self.run(request, body) }
    }

    /// The same with a body that is read while it is sent; without Content-Length among the fields it is
    /// sent in chunks.
    ///
    /// # Errors
    /// [`TransportError`] where there is no answer.
    pub fn stream(&self, request: &Outgoing, body: &mut dyn Read) -> Result<Incoming, TransportError> {
        self.run(request, SendBody::from_reader(body))
    }

    fn run(&self, request: &Outgoing, body: impl AsSendBody) -> Result<Incoming, TransportError> {
        let mut head = http::Request::builder().method(&request.method).uri(request.endpoint.uri());
        for (name, value) in &request.headers {
            head = head.header(name, value.expose());
        }
        let sent = head.body(body).map_err(ureq::Error::from);
        let agent = self.to(&request.endpoint)?;
        let began = Instant::now();
        let response = sent.and_then(|sent| agent.run(sent));
        let response = response.map_err(|error| {
            self.named(failure::classify_after(&error, began.elapsed()), &request.endpoint)
        })?;
        let (parts, body) = response.into_parts();
        let mut headers = Headers::default();
        for (name, value) in &parts.headers {
            headers.push(name.as_str(), String::from_utf8_lossy(value.as_bytes()));
        }
        let version = if parts.version == http::Version::HTTP_10 { "HTTP/1.0" } else { "HTTP/1.1" };
        Ok(Incoming { version, status: parts.status.as_u16(), headers, body: Box::new(body.into_reader()) })
    }

    /// Sends a request and waits for the whole answer.
    ///
    /// # Errors
    /// [`TransportError`] where there is none, or one that is too large.
    pub fn fetch(&self, request: &Outgoing) -> Result<Answer, TransportError> {
        let incoming = self.send(request)?;
        let mut body = Vec::new();
        let mut reader = incoming.body.take(MAX_ANSWER + 1);
        reader.read_to_end(&mut body).map_err(|error| classify_read(&error))?;
        if body.len() as u64 > MAX_ANSWER {
            return Err(TransportError::NotHttp(format!("the answer is larger than {MAX_ANSWER} bytes")));
        }
        let unspoken = Unspoken::of(request);
        Ok(Answer { status: incoming.status, headers: incoming.headers, body, unspoken })
    }

    fn to(&self, endpoint: &Endpoint) -> Result<ureq::Agent, TransportError> {
        let tls = TlsConfig::builder()
            .root_certs(self.authorities.clone())
            .client_cert(self.certificate.clone())
            .build();
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(self.timeout))
            .timeout_connect(Some(CONNECT.min(self.timeout)))
            // Before all of the time is over: then nobody could say for what.
            .timeout_resolve(Some(RESOLVE.min(self.timeout * 9 / 10)))
            .tls_config(tls)
            .user_agent(concat!("heistctl/", env!("CARGO_PKG_VERSION")));
        // Without this it would look into the environment itself.
        let config = config.proxy(self.proxy(endpoint)?).build();
        Ok(ureq::Agent::with_parts(config, Handshaking::default(), DefaultResolver::default()))
    }

    /// The proxy for an endpoint. One that we cannot use is no reason to go without.
    fn proxy(&self, endpoint: &Endpoint) -> Result<Option<ureq::Proxy>, TransportError> {
        let Some(named) = self.proxies.of(endpoint) else { return Ok(None) };
        let read = named.url.expose_str().ok().and_then(|url| ureq::Proxy::new(url).ok());
        let speaks =
            |proxy: &ureq::Proxy| matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https);
        let wrong = || TransportError::NoWay(format!("{} names no http or https proxy", named.origin));
        read.filter(speaks).map(Some).ok_or_else(wrong)
    }

    /// The failure, with the proxy that may have its share in it.
    fn named(&self, error: TransportError, endpoint: &Endpoint) -> TransportError {
        let Ok(Some(proxy)) = self.proxy(endpoint) else { return error };
        let origin = self.proxies.of(endpoint).map_or("", |named| &named.origin);
        let with =
            |why: String| format!("{why}, through the proxy {}:{} ({origin})", proxy.host(), proxy.port());
        match error {
            TransportError::Unreachable(why) => TransportError::Unreachable(with(why)),
            TransportError::NotConnected(why) => TransportError::NotConnected(with(why)),
            TransportError::TimedOut(why) => TransportError::TimedOut(with(why)),
            TransportError::Tls { what, cure } => TransportError::Tls { what: with(what), cure },
            TransportError::NotHttp(why) => TransportError::NotHttp(with(why)),
            TransportError::NoWay(why) => TransportError::NoWay(with(why)),
            TransportError::NotResolved => TransportError::NotResolved,
        }
    }
}

/// Whether TLS can show a certificate: all that ureq takes for granted when it connects.
fn usable(chain: &[Vec<u8>], key: &Secret) -> Result<(), String> {
    let chain = chain.iter().cloned().map(CertificateDer::from).collect();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.expose().to_vec()));
    let provider = CryptoProvider::get_default().ok_or("there is no TLS here")?;
    let usable = CertifiedKey::from_der(chain, key, provider);
    usable.map(|_| ()).map_err(|error| match error {
        // rustls has no name of its own for it. openssl x509 makes such ones where nobody names extensions.
        error if error.to_string().contains("UnsupportedCertVersion") => {
            "the certificate is of an old version of X.509, and TLS shows those of version 3 only".to_owned()
        }
        rustls::Error::InvalidCertificate(_) => format!("TLS cannot show the certificate: {error}"),
        _ => "TLS cannot use the key: RSA, P-256, P-384, P-521 and Ed25519 are what it knows".to_owned(),
    })
}
