//! A key that the API does not know, and a server that has its key set and its certificate.

use super::listener::{ServedDocument, bind, serve};
use super::report::PHASE;
use crate::exit::{Exit, Failure};
use crate::jose::algorithm::{Algorithm, Family};
use crate::jose::jwk;
use crate::jose::private::PrivateKey;
use crate::jose::sign::Signer;
use crate::probe::material::{CountingServer, Stranger};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A key for this algorithm, or ES256 where the API's has no key pair.
///
/// # Errors
/// Exit 1 if it cannot be made.
pub(super) fn stranger(algorithm: Option<Algorithm>) -> Result<(Stranger, CountingServer), Failure> {
    let has_pair = |algorithm: &Algorithm| algorithm.family() != Family::Hmac;
    let algorithm = algorithm.filter(has_pair).unwrap_or(Algorithm::ES256);
    let failed = |why: String| Failure::new(Exit::Local, PHASE, format!("a key for this run: {why}"));
    let private = PrivateKey::generate(algorithm).map_err(failed)?;
    let certificate = private.pkcs8().ok().and_then(|der| certificate(der.expose()));
    let signer = Signer::asymmetric(private, algorithm).map_err(|error| failed(error.to_string()))?;
    let keys = json!({ "keys": [jwk::publish(signer.verifying_key())] }).to_string();
    let (certificate, pem) = certificate.unzip();
    let count = Arc::new(AtomicUsize::new(0));
    let (socket, url) = bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let counted = count.clone();
    serve(socket, move |path| {
        counted.fetch_add(1, Ordering::SeqCst);
        match &pem {
            Some(pem) if path.ends_with(".pem") => {
                ServedDocument { content_type: "application/x-pem-file", ..ServedDocument::json(pem.clone()) }
            }
            _ => ServedDocument::json(keys.clone()),
        }
    })?;
    let asked = Box::new(move || count.load(Ordering::SeqCst));
    Ok((Stranger { signer, certificate }, CountingServer { url, asked }))
}

/// A self-signed certificate: in base64 and as PEM.
fn certificate(pkcs8: &[u8]) -> Option<(String, String)> {
    let key = KeyPair::try_from(pkcs8).ok()?;
    let certificate =
        CertificateParams::new(vec!["stranger.example".to_owned()]).ok()?.self_signed(&key).ok()?;
    Some((STANDARD.encode(certificate.der()), certificate.pem()))
}
