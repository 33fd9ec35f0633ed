//! TLS to a server: the trusted roots, the client certificate, and a trace of the handshake that explains
//! failures. rustls decides; nothing here accepts a certificate that rustls refuses.

use super::failure::{TransportError, is_cut_off};
use super::tls_failure::{self, HandshakeTrace};
use super::tls_watch::{TlsFacts, TlsWatch};
use crate::jose::certificate;
use crate::jose::certificate_facts::CertificateFacts;
use crate::jose::keyfile::KeyFileError;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore, SignatureScheme, Stream,
};
use std::fmt;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

/// After a failed write, at most this many records are read for the alert that explains it.
const LAST_RECORDS: usize = 16;

/// The trusted authorities and the client certificate (RFC 8705).
#[derive(Clone, Debug)]
pub(super) struct Trust {
    roots: Arc<RootCertStore>,
    /// The root certificates from a file, if one is configured.
    named: Arc<[Vec<u8>]>,
    identity: Option<Arc<CertifiedKey>>,
    watch: TlsWatch,
}

impl Trust {
    /// The public web's certificate authorities.
    pub(super) fn public() -> Self {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Self { roots: Arc::new(roots), named: Arc::default(), identity: None, watch: TlsWatch::default() }
    }

    /// Trusts the authorities of a file instead.
    pub(super) fn of(self, file: &[u8]) -> Result<Self, KeyFileError> {
        let named: Arc<[Vec<u8>]> = certificate::from_file(file)?.into();
        let mut roots = RootCertStore::empty();
        match roots.add_parsable_certificates(named.iter().cloned().map(CertificateDer::from)) {
            (0, _) => Err("none of its certificates can be read".into()),
            _ => Ok(Self { roots: Arc::new(roots), named, ..self }),
        }
    }

    pub(super) fn showing(self, chain: &[Vec<u8>], pkcs8: &[u8]) -> Result<Self, String> {
        let chain = chain.iter().cloned().map(CertificateDer::from).collect();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(pkcs8.to_vec()));
        let provider = CryptoProvider::get_default().ok_or("there is no TLS here")?;
        let identity =
            CertifiedKey::from_der(chain, key, provider).map_err(|error| tls_failure::unusable(&error))?;
        Ok(Self { identity: Some(Arc::new(identity)), ..self })
    }

    pub(super) fn without_certificate(&self) -> Self {
        Self { identity: None, ..self.clone() }
    }

    pub(super) fn watched(self, watch: TlsWatch) -> Self {
        Self { watch, ..self }
    }

    fn config(&self, witness: Arc<Witness>) -> Result<ClientConfig, Error> {
        let no_provider = || Error::General("no provider of cryptography".to_owned());
        let provider = CryptoProvider::get_default().ok_or_else(no_provider)?.clone();
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(rustls::ALL_VERSIONS)?
            // The trace delegates every decision to WebPKI.
            .dangerous()
            .with_custom_certificate_verifier(witness.clone())
            .with_client_cert_resolver(witness);
        Ok(config)
    }
}

/// Delegates the handshake's checks and records their inputs.
#[derive(Debug)]
struct Witness {
    verifier: Arc<WebPkiServerVerifier>,
    identity: Option<Arc<CertifiedKey>>,
    seen: Mutex<HandshakeTrace>,
}

impl Witness {
    fn note(&self, change: impl FnOnce(&mut HandshakeTrace)) {
        change(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn explain(&self, error: &Error) -> TransportError {
        tls_failure::explain(error, &self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = std::iter::once(end_entity).chain(intermediates);
        self.note(|seen| seen.chain = shown.map(|certificate| certificate.to_vec()).collect());
        self.verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

impl ResolvesClientCert for Witness {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.note(|seen| seen.wants_certificate = true);
        self.identity.clone()
    }

    fn has_certs(&self) -> bool {
        self.identity.is_some()
    }
}

/// Starts TLS on a connection. I/O errors are returned unchanged: the caller knows which host to blame.
pub(super) fn connect(
    trust: &Trust,
    host: &str,
    details: &ConnectionDetails,
    transport: Box<dyn Transport>,
) -> Result<Box<dyn Transport>, ureq::Error> {
    let host = host.trim_matches(['[', ']']);
    let seen = HandshakeTrace {
        host: host.to_owned(),
        shows_certificate: trust.identity.is_some(),
        authorities: trust.named.clone(),
        ..HandshakeTrace::default()
    };
    let general = |error: &Error| ureq::Error::from(tls_failure::explain(error, &seen));
    let provider = CryptoProvider::get_default().cloned();
    let provider = provider.ok_or_else(|| general(&Error::General("no provider".to_owned())))?;
    let verifier = WebPkiServerVerifier::builder_with_provider(trust.roots.clone(), provider).build();
    let verifier = verifier.map_err(|_| general(&Error::General("no authorities".to_owned())))?;
    let name = ServerName::try_from(host.to_owned()).map_err(|_| general(&Error::UnsupportedNameType))?;
    let witness =
        Arc::new(Witness { verifier, identity: trust.identity.clone(), seen: Mutex::new(seen.clone()) });
    let config = trust.config(witness.clone()).map_err(|error| general(&error))?;
    let session = ClientConnection::new(Arc::new(config), name).map_err(|error| general(&error))?;
    let mut socket = TransportAdapter::new(transport, details.current_time.clone());
    socket.set_timeout(details.timeout);
    let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
    let mut secured = Secured { buffers, session, socket, witness };
    let shaken = secured.session.complete_io(&mut secured.socket);
    shaken.map_err(|error| secured.explained(error))?;
    trust.watch.saw(|| secured.facts());
    Ok(Box::new(secured))
}

struct Secured {
    buffers: LazyBuffers,
    session: ClientConnection,
    socket: TransportAdapter,
    witness: Arc<Witness>,
}

impl Secured {
    /// Adds the reason to a failure. A refusing server sends an alert and closes. In TLS 1.3 that may
    /// follow the handshake, so a write can fail before the alert is read.
    fn explained(&mut self, error: io::Error) -> ureq::Error {
        if let Some(refused) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
            return self.witness.explain(refused).into();
        }
        if is_cut_off(error.kind())
            && let Some(alert) = self.pending_alert()
        {
            return self.witness.explain(&alert).into();
        }
        error.into()
    }

    fn facts(&self) -> TlsFacts {
        let seen = self.witness.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let version = self.session.protocol_version();
        TlsFacts {
            version: version.and_then(|version| version.as_str()).unwrap_or("unknown"),
            ends: seen.chain.first().and_then(|der| CertificateFacts::read(der)).map(|facts| facts.ends),
            wants_certificate: seen.wants_certificate,
        }
    }

    fn pending_alert(&mut self) -> Option<Error> {
        for _ in 0..LAST_RECORDS {
            match self.session.read_tls(&mut self.socket) {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
            if let Err(alert) = self.session.process_new_packets() {
                return Some(alert);
            }
        }
        None
    }
}

impl Transport for Secured {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.socket.set_timeout(timeout);
        let mut stream = Stream::new(&mut self.session, &mut self.socket);
        let sent = stream.write_all(&self.buffers.output()[..amount]).and_then(|()| stream.flush());
        sent.map_err(|error| self.explained(error))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.socket.set_timeout(timeout);
        let read = Stream::new(&mut self.session, &mut self.socket).read(self.buffers.input_append_buf());
        let amount = read.map_err(|error| self.explained(error))?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.socket.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for Secured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secured(…)")
    }
}
