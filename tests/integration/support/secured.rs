//! A server over TLS: the test chooses its certificate, whether it wants one of the client, and what it
//! answers.

use super::tls::{Authority, Issued};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A server that runs until the test is over.
pub(crate) struct Secured {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Secured {
    /// Answers each request, its head and its body, by a function of it and of the server's port. With an
    /// authority it wants a certificate of that.
    pub(crate) fn serve(
        shown: &Issued,
        clients: Option<&Authority>,
        answer: impl Fn(&str, u16) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let config = Arc::new(config(shown, clients));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (asked.clone(), Arc::new(answer));
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let (config, log, answer) = (config.clone(), log.clone(), answer.clone());
                // A client that goes away, or is refused, is its own affair.
                thread::spawn(move || {
                    let request = |stream: &mut Stream| {
                        let request = read(stream)?;
                        log.lock().unwrap().push(request.clone());
                        Some(request)
                    };
                    let mut stream = StreamOwned::new(ServerConnection::new(config).ok()?, socket);
                    let request = request(&mut stream)?;
                    stream.write_all(&answer(&request, port)).ok()?;
                    stream.conn.send_close_notify();
                    stream.flush().ok()
                });
            }
        });
        Self { port, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// The requests so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

type Stream = StreamOwned<ServerConnection, TcpStream>;

/// The server's side of a connection that somebody else has accepted.
pub(crate) fn stream(shown: &Issued, socket: TcpStream) -> impl Read + Write {
    StreamOwned::new(ServerConnection::new(Arc::new(config(shown, None))).unwrap(), socket)
}

fn config(shown: &Issued, clients: Option<&Authority>) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let chain = [&shown.der].into_iter().chain(&shown.rest).cloned().map(CertificateDer::from).collect();
    let key = PrivateKeyDer::from_pem_slice(shown.key.as_bytes()).unwrap();
    // Not from_der: that looks at the certificate, and some are to be wrong.
    let key = CertifiedKey::new(chain, provider.key_provider.load_private_key(key).unwrap());
    let builder =
        ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(key)))
}

fn read(stream: &mut Stream) -> Option<String> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_lowercase();
            let length = length.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        match stream.read(&mut buffer).ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

/// A JSON answer.
pub(crate) fn json(body: &serde_json::Value) -> Vec<u8> {
    let body = body.to_string();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// A token.
pub(crate) fn token() -> Vec<u8> {
    json(&serde_json::json!({"access_token": "AT", "token_type": "Bearer", "expires_in": 60}))
}
