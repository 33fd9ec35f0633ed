//! TLS of the public socket: certificate and key are checked before the socket opens, and clients may
//! present certificates (RFC 8705). Bytes in, a rustls configuration out; no files here.

use super::certificate_chain;
use crate::clock::Timestamp;
use crate::http::PeerCertificate;
use crate::jose::certificate::{self, Certificate};
use crate::jose::certificate_facts::CertificateFacts;
use crate::jose::keyfile::KeyFileError;
use crate::jose::private::PrivateKey;
use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::aws_lc_rs as aws_lc;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{Accepted, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{
    DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig, ServerConnection, SignatureScheme,
};
use std::sync::Arc;
use std::time::Duration;

/// The limit of a client certificate, in bytes; a larger one would not fit into a canonical request.
const MAX_CERTIFICATE: usize = 6 * 1024;
/// The limit of a client's chain, in bytes, since it is kept as long as the connection.
const MAX_CHAIN: usize = 16 * 1024;
/// The limit of certificates in a chain: each may be tried as each other's issuer, and a try costs a
/// signature check.
const MAX_IN_CHAIN: usize = 8;

/// The contents of the files for TLS.
#[derive(Clone, Debug)]
pub struct TlsMaterial {
    /// The server's certificate and its issuers, PEM.
    pub certificates: Vec<u8>,
    /// Its private key, in any supported encoding.
    pub key: Secret,
    /// Authorities of client certificates, PEM; without them only self-signed ones are usable.
    pub client_authorities: Option<Vec<u8>>,
    /// Whether to request client certificates.
    pub ask_clients: bool,
}

#[derive(Clone)]
pub struct Tls {
    config: Arc<ServerConfig>,
    authorities: Option<Arc<dyn ClientCertVerifier>>,
    /// The served chain: the server's own certificate first.
    chain: Vec<CertificateDer<'static>>,
    /// The authorities of client certificates.
    vouching: Vec<CertificateDer<'static>>,
    /// When the served certificate expires.
    pub expires: Timestamp,
    /// The size of its key in bits, if it is RSA: it determines the cost of a handshake.
    pub rsa_bits: Option<usize>,
}

/// Why a certificate cannot be served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// The chain is invalid.
    #[error("{0}")]
    Certificate(KeyFileError),
    /// The dates are invalid.
    #[error("{0}")]
    Dates(String),
    /// The key is invalid, or does not match the certificate.
    #[error("{0}")]
    Key(KeyFileError),
    /// The client authorities are invalid.
    #[error("{0}")]
    Authorities(KeyFileError),
}

impl Tls {
    /// Checks certificate and key: readable, matching and current.
    ///
    /// # Errors
    /// All problems, the certificate's first.
    pub fn new(material: &TlsMaterial, now: Timestamp) -> Result<Self, Vec<TlsError>> {
        let provider = Arc::new(aws_lc::default_provider());
        let served = served(&material.certificates, now);
        let key = private_key(material.key.expose()).map_err(TlsError::Key);
        let vouching = material.client_authorities.as_deref().map(|file| vouching(file, &provider));
        let vouching = vouching.transpose().map_err(TlsError::Authorities);
        let (Ok(served), Ok(key), Ok(vouching)) = (served, key, vouching) else {
            let authorities = material.client_authorities.as_deref();
            return Err(Self::faults(Some(&material.certificates), Some(&material.key), authorities, now));
        };
        let (chain, certificate) = served;
        let config = config(material, &chain, key, &provider).map_err(|error| vec![error])?;
        let (expires, rsa_bits) = (certificate.expires(), certificate.rsa_bits());
        let (vouching, authorities) = vouching.unzip();
        let vouching = vouching.unwrap_or_default();
        Ok(Self { config: Arc::new(config), authorities, chain, vouching, expires, rsa_bits })
    }

    /// The problems of each file by itself, as far as the files exist.
    #[must_use]
    pub fn faults(
        certificates: Option<&[u8]>,
        key: Option<&Secret>,
        authorities: Option<&[u8]>,
        now: Timestamp,
    ) -> Vec<TlsError> {
        let provider = Arc::new(aws_lc::default_provider());
        let served = certificates.and_then(|file| served(file, now).err());
        let key = key.and_then(|key| private_key(key.expose()).err()).map(TlsError::Key);
        let vouching = authorities.and_then(|file| vouching(file, &provider).err());
        [served, key, vouching.map(TlsError::Authorities)].into_iter().flatten().collect()
    }

    /// Whether the served certificate is valid for that host name or address (RFC 6125, RFC 9525).
    #[must_use]
    pub fn covers(&self, host: &str) -> bool {
        let parsed = rustls::server::ParsedCertificate::try_from(&self.chain[0]);
        let name = rustls::pki_types::ServerName::try_from(host);
        parsed.is_ok_and(|parsed| {
            name.is_ok_and(|name| rustls::client::verify_server_name(&parsed, &name).is_ok())
        })
    }

    /// The faults for which clients will refuse the chain, each with its fix.
    #[must_use]
    pub fn chain_faults(&self, now: Timestamp) -> Vec<String> {
        certificate_chain::faults(&self.chain, now)
    }

    /// The host names of the served certificate; clients ignore its subject (RFC 9525).
    #[must_use]
    pub fn hosts(&self) -> Vec<String> {
        CertificateFacts::read(&self.chain[0]).map(|facts| facts.names).unwrap_or_default()
    }

    /// Whether the chain ends with a certificate that this subject has issued.
    #[must_use]
    pub fn is_issued_by(&self, subject: &str) -> bool {
        let last = self.chain.last().and_then(|der| CertificateFacts::read(der));
        last.is_some_and(|last| last.issuer == subject)
    }

    /// The client authorities that are not valid at `now`, each with the reason.
    #[must_use]
    pub fn authorities_outside_their_time(&self, now: Timestamp) -> Vec<String> {
        let facts: Vec<_> = self.vouching.iter().filter_map(|der| CertificateFacts::read(der)).collect();
        let why = |one: &CertificateFacts| {
            certificate_chain::outside_its_time(one, now).map(|why| format!("{} {why}", one.subject))
        };
        facts.iter().filter_map(why).collect()
    }

    /// Starts the session for a ClientHello.
    ///
    /// # Errors
    /// With the alert for the peer.
    pub(super) fn session(&self, hello: Accepted) -> Result<ServerConnection, Vec<u8>> {
        let mut session = hello.into_connection(self.config.clone()).map_err(|(_, mut alert)| {
            let mut bytes = Vec::new();
            let _ = alert.write_all(&mut bytes);
            bytes
        })?;
        // Answers are bounded, and each is written before the next request is read.
        session.set_buffer_limit(None);
        Ok(session)
    }

    /// Whether both are the same configuration, without a reload in between.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.config, &other.config)
    }

    /// The field for a client certificate: whether the authorities trust it now, and the certificate.
    pub(super) fn certificate_field(&self, session: &ServerConnection) -> Option<String> {
        let (shown, rest) = session.peer_certificates()?.split_first()?;
        let trusted = self.authorities.as_ref().is_some_and(|authorities| {
            authorities.verify_client_cert(shown, rest, unix_time(Timestamp::now())).is_ok()
        });
        Some(format!("{} {}", if trusted { TRUSTED } else { UNTRUSTED }, STANDARD.encode(shown)))
    }
}

const TRUSTED: &str = "trusted";
const UNTRUSTED: &str = "untrusted";

/// Parses the output of [`Tls::certificate_field`].
#[must_use]
pub fn read_certificate_field(value: &str) -> Option<PeerCertificate> {
    let (trusted, der) = value.split_once(' ')?;
    Some(PeerCertificate { der: STANDARD.decode(der).ok()?, trusted: trusted == TRUSTED })
}

/// The served chain and its first certificate.
fn served(file: &[u8], now: Timestamp) -> Result<(Vec<CertificateDer<'static>>, Certificate), TlsError> {
    let chain = certificates(file).map_err(TlsError::Certificate)?;
    let served = Certificate::read(&chain[0]).map_err(|why| TlsError::Certificate(why.into()))?;
    served.check_dates(now).map_err(TlsError::Dates)?;
    Ok((chain, served))
}

type Vouching = (Vec<CertificateDer<'static>>, Arc<dyn ClientCertVerifier>);

fn vouching(file: &[u8], provider: &Arc<CryptoProvider>) -> Result<Vouching, KeyFileError> {
    let found = certificates(file)?;
    let authorities = authorities(&found, provider)?;
    Ok((found, authorities))
}

fn config(
    material: &TlsMaterial,
    chain: &[CertificateDer<'static>],
    key: PrivateKeyDer<'static>,
    provider: &Arc<CryptoProvider>,
) -> Result<ServerConfig, TlsError> {
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| TlsError::Key(error.to_string().into()))?;
    let builder = if material.ask_clients {
        builder.with_client_cert_verifier(Arc::new(AnyKeyHolder { provider: provider.clone() }))
    } else {
        builder.with_no_client_auth()
    };
    let mut config = builder
        .with_single_cert(chain.to_vec(), key.clone_key())
        .map_err(|error| unfit(&error, chain, key, provider))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Clients keep their sessions themselves as sealed tickets, so they cost the server no memory.
    config.ticketer = aws_lc::Ticketer::new().map_err(|error| TlsError::Key(error.to_string().into()))?;
    config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    config.send_tls13_tickets = 1;
    Ok(config)
}

fn unix_time(now: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now.unix()).unwrap_or(0)))
}

fn certificates(file: &[u8]) -> Result<Vec<CertificateDer<'static>>, KeyFileError> {
    Ok(certificate::from_file(file)?.into_iter().map(CertificateDer::from).collect())
}

/// The key in the form that every reader accepts.
fn private_key(file: &[u8]) -> Result<PrivateKeyDer<'static>, KeyFileError> {
    let key = PrivateKey::read(file).map_err(|error| match certificates(file) {
        Ok(_) => "it holds a certificate and no private key".into(),
        Err(_) => error,
    })?;
    let der = key.pkcs8().map_err(KeyFileError::from)?;
    Ok(PrivateKeyDer::Pkcs8(der.expose().to_vec().into()))
}

/// Why rustls rejects the chain with that key.
fn unfit(
    error: &rustls::Error,
    chain: &[CertificateDer<'static>],
    key: PrivateKeyDer<'static>,
    provider: &CryptoProvider,
) -> TlsError {
    match error {
        rustls::Error::InconsistentKeys(_) => {}
        rustls::Error::InvalidCertificate(_) => {
            return TlsError::Certificate("TLS does not accept it: X.509 version 3 is needed".into());
        }
        _ => {
            const MAKE: &str = "openssl ecparam -name prime256v1 -genkey -noout -out key.pem makes one that TLS \
                                takes; ask for a certificate for it";
            return TlsError::Key(KeyFileError::new("TLS does not support this kind of key", MAKE));
        }
    }
    let Ok(key) = provider.key_provider.load_private_key(key) else {
        return TlsError::Key("it cannot be used".into());
    };
    let is_its = |der: &CertificateDer<'static>| {
        CertifiedKey::new(vec![der.clone()], key.clone()).keys_match().is_ok()
    };
    match chain.iter().skip(1).position(is_its) {
        Some(at) => TlsError::Certificate(KeyFileError::new(
            format!("its chain is in the wrong order: the server's own certificate is number {}", at + 2),
            "put the server's own certificate first, and after each one its issuer's",
        )),
        None => TlsError::Key("it is another certificate's".into()),
    }
}

fn authorities(
    found: &[CertificateDer<'static>],
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, KeyFileError> {
    let mut roots = RootCertStore::empty();
    for certificate in found {
        roots.add(certificate.clone()).map_err(|error| error.to_string())?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|error| error.to_string().into())
}

/// Accepts any client certificate whose key is proven. The issuer decides which client it belongs to and
/// whether it is trusted: a client may be registered with a self-signed certificate (RFC 8705 section 2.2).
#[derive(Debug)]
struct AnyKeyHolder {
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for AnyKeyHolder {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    /// Empty: a client that receives authority names withholds certificates of other issuers (RFC 8446
    /// section 4.2.4), and those may be registered too.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        shown: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let chain: usize = rest.iter().map(|certificate| certificate.len()).sum();
        let too_large = shown.len() > MAX_CERTIFICATE || chain > MAX_CHAIN || rest.len() > MAX_IN_CHAIN;
        if too_large || Certificate::read(shown).is_err() {
            return Err(rustls::CertificateError::BadEncoding.into());
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
