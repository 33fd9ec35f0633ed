//! TLS as clients see it: authorities and certificates that are made for a test, and a client that trusts
//! them and may show one of its own.

use super::{Reply, Server, folder, heistctl, request_text};
use heistctl::clock::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, date_time_ymd,
};
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

/// Whoever signs certificates.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    name: DistinguishedName,
    pub(crate) pem: String,
}

/// A certificate and its key, PEM, and the certificate as it is.
pub(crate) struct Issued {
    pub(crate) pem: String,
    pub(crate) key: String,
    pub(crate) der: Vec<u8>,
    /// What is shown after it, as if it vouched for it.
    pub(crate) rest: Vec<Vec<u8>>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        Self::new_with(name, |_| {})
    }

    pub(crate) fn new_with(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let name = params.distinguished_name.clone();
        Self { issuer: Issuer::new(params, key), name, pem }
    }

    /// A certificate for that name.
    pub(crate) fn issue(&self, name: &str) -> Issued {
        self.issue_with(name, |_| {})
    }

    pub(crate) fn issue_with(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Issued {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.use_authority_key_identifier_extension = true;
        change(&mut params);
        self.sign(&params, &KeyPair::generate().unwrap())
    }

    /// A certificate for another authority.
    pub(crate) fn certify(&self, other: &Self, change: impl FnOnce(&mut CertificateParams)) -> Issued {
        let mut params = CertificateParams::default();
        params.distinguished_name = other.name.clone();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        change(&mut params);
        self.sign(&params, other.issuer.key())
    }

    /// A certificate for localhost with an RSA key of 3072 bits.
    pub(crate) fn issue_rsa(&self) -> Issued {
        let key = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_3072).unwrap();
        self.sign(&CertificateParams::new(vec!["localhost".to_owned()]).unwrap(), &key)
    }

    fn sign(&self, params: &CertificateParams, key: &KeyPair) -> Issued {
        let certificate = params.signed_by(key, &self.issuer).unwrap();
        Issued {
            pem: certificate.pem(),
            key: key.serialize_pem(),
            der: certificate.der().to_vec(),
            rest: Vec::new(),
        }
    }
}

/// A certificate that nobody but its own key vouches for.
pub(crate) fn self_signed(name: &str) -> Issued {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
    Issued {
        pem: certificate.pem(),
        key: key.serialize_pem(),
        der: certificate.der().to_vec(),
        rest: Vec::new(),
    }
}

/// Good from so many days from now until so many.
pub(crate) fn good_for(params: &mut CertificateParams, from: i64, to: i64) {
    let day = |days: i64| {
        let text = Timestamp::from_unix(Timestamp::now().unix() + days * 86_400).to_string();
        let (year, month, day) = (text[..4].parse(), text[5..7].parse(), text[8..10].parse());
        date_time_ymd(year.unwrap(), month.unwrap(), day.unwrap())
    };
    (params.not_before, params.not_after) = (day(from), day(to));
}

/// The demo over https, in a folder with `cert.pem` and `key.pem`.
pub(crate) fn serve(served: &Issued, more: &[&str]) -> (tempfile::TempDir, Server) {
    let folder = folder(&[("cert.pem", &served.pem), ("key.pem", &served.key)]);
    let args =
        ["serve", "--demo", "--listen", "127.0.0.1:0", "--tls-cert", "cert.pem", "--tls-key", "key.pem"];
    let server = heistctl(args.iter().chain(more)).in_folder(folder.path()).serve();
    (folder, server)
}

pub(crate) type TlsStream = StreamOwned<ClientConnection, TcpStream>;

/// A client that speaks TLS; its sessions are resumed where the server lets it.
pub(crate) struct TlsClient(pub(crate) Arc<ClientConfig>);

impl TlsClient {
    /// Trusts that authority, PEM.
    pub(crate) fn trusting(authority: &str) -> Self {
        Self::with(authority, None, rustls::ALL_VERSIONS)
    }

    /// The same, with a certificate to show.
    pub(crate) fn showing(authority: &str, shown: &Issued) -> Self {
        Self::with(authority, Some(shown), rustls::ALL_VERSIONS)
    }

    pub(crate) fn with(
        authority: &str,
        shown: Option<&Issued>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_webpki_verifier(verifier.build().unwrap());
        Self(Arc::new(match shown {
            None => builder.with_no_client_auth(),
            Some(shown) => {
                let chain =
                    [&shown.der].into_iter().chain(&shown.rest).cloned().map(CertificateDer::from).collect();
                let key = PrivateKeyDer::from_pem_slice(shown.key.as_bytes()).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
        }))
    }

    /// A session that has said nothing yet.
    pub(crate) fn session(&self) -> ClientConnection {
        ClientConnection::new(self.0.clone(), ServerName::try_from("localhost").unwrap()).unwrap()
    }

    /// A connection whose handshake is over.
    pub(crate) fn try_connect(&self, server: &Server) -> std::io::Result<TlsStream> {
        self.try_connect_by(server.connect())
    }

    /// The same over a socket that is connected.
    pub(crate) fn try_connect_by(&self, socket: TcpStream) -> std::io::Result<TlsStream> {
        let mut stream = StreamOwned::new(self.session(), socket);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(stream)
    }

    pub(crate) fn connect(&self, server: &Server) -> TlsStream {
        self.try_connect(server).expect("the handshake succeeds")
    }

    /// The certificate that a server shows, DER.
    pub(crate) fn shown_by(&self, server: &Server) -> Vec<u8> {
        self.connect(server).conn.peer_certificates().expect("a certificate")[0].to_vec()
    }

    /// A request on a connection of its own.
    pub(crate) fn request(
        &self,
        server: &Server,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        ask_by(self.connect(server), method, path, headers, body)
    }
}

/// A request, the last one, on that connection.
pub(crate) fn ask_by(
    mut stream: TlsStream,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Reply {
    stream.write_all(request_text(method, path, headers, body).as_bytes()).expect("the request is written");
    let mut text = Vec::new();
    stream.read_to_end(&mut text).expect("the answer is read");
    Reply::parse(&String::from_utf8_lossy(&text))
}
