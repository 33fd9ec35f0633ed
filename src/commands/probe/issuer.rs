//! The issuer of `--serve`: metadata and a key set, which the cases change while they run.

use super::listener::{ServedDocument, bind, serve};
use super::report::PHASE;
use crate::exit::{Exit, Failure};
use crate::jose::algorithm::Algorithm;
use crate::jose::jwk;
use crate::jose::private::PrivateKey;
use crate::jose::sign::Signer;
use crate::probe::material::{JwksAnswer, TestIssuer};
use crate::secret::Secret;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

const JWKS: &str = "/.well-known/jwks.json";

/// An issuer with one key.
pub(super) struct OwnIssuer {
    pub url: String,
    pub signer: Signer,
    /// The private key, to sign with its other algorithms.
    pub private: Secret,
    /// The key set as text.
    pub keys: String,
    pub control: OwnIssuerControl,
}

pub(super) struct OwnIssuerControl(Arc<OwnIssuerState>);

struct OwnIssuerState {
    answer: Mutex<JwksAnswer>,
    asked: AtomicUsize,
}

impl TestIssuer for OwnIssuerControl {
    fn answer(&self, answer: JwksAnswer) {
        *self.0.answer.lock().unwrap_or_else(PoisonError::into_inner) = answer;
    }

    fn asked(&self) -> usize {
        self.0.asked.load(Ordering::SeqCst)
    }
}

/// Starts an issuer with a new key.
///
/// # Errors
/// Exit 1 if the address cannot be bound, 2 if the algorithm has no key pair.
pub(super) fn start(listen: Option<SocketAddr>, algorithm: Option<Algorithm>) -> Result<OwnIssuer, Failure> {
    let algorithm = algorithm.unwrap_or(Algorithm::ES256);
    let failed = |why: &str| Failure::new(Exit::Usage, PHASE, format!("a key for {algorithm}: {why}"));
    let private = PrivateKey::generate(algorithm).map_err(|why| failed(&why))?;
    let secret = private.pkcs8().map_err(failed)?;
    let signer = Signer::asymmetric(private, algorithm).map_err(|error| failed(&error.to_string()))?;
    let (socket, url) = bind(listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0))))?;
    let keys = json!({ "keys": [jwk::publish(signer.verifying_key())] }).to_string();
    let state =
        Arc::new(OwnIssuerState { answer: Mutex::new(JwksAnswer::Usual), asked: AtomicUsize::new(0) });
    let (metadata, usual, served) = (metadata(&url), keys.clone(), state.clone());
    serve(socket, move |path| match path {
        JWKS => {
            served.asked.fetch_add(1, Ordering::SeqCst);
            key_set(&served.answer.lock().unwrap_or_else(PoisonError::into_inner), &usual)
        }
        path if path.starts_with("/.well-known/") => ServedDocument::json(metadata.clone()),
        _ => ServedDocument::status(404),
    })?;
    Ok(OwnIssuer { url, signer, private: secret, keys, control: OwnIssuerControl(state) })
}

fn key_set(answer: &JwksAnswer, usual: &str) -> ServedDocument {
    match answer {
        JwksAnswer::Usual => ServedDocument::json(usual),
        JwksAnswer::Set(set) => ServedDocument::json(set.clone()),
        JwksAnswer::Status(status) => ServedDocument::status(*status),
        JwksAnswer::Html => ServedDocument {
            content_type: "text/html",
            ..ServedDocument::json("<!doctype html><title>no</title>")
        },
        JwksAnswer::Redirect(url) => {
            ServedDocument { location: Some(url.clone()), ..ServedDocument::status(302) }
        }
    }
}

/// RFC 8414 section 2, and what OpenID Connect discovery demands besides.
fn metadata(url: &str) -> String {
    json!({
        "issuer": url,
        "jwks_uri": format!("{url}{JWKS}"),
        "token_endpoint": format!("{url}/oauth/token"),
        "authorization_endpoint": format!("{url}/oauth/authorize"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "RS256"],
        "grant_types_supported": ["client_credentials"],
    })
    .to_string()
}
