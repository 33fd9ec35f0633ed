//! Keys, signatures and compact tokens: the only user of jsonwebtoken and aws-lc-rs. The meaning of a token
//! is judged elsewhere.

pub mod algorithm;
pub mod certificate;
pub mod certificate_facts;
pub mod compact;
pub mod der_outline;
pub mod digest;
pub mod distinguished_name;
pub mod jwk;
pub mod key;
pub mod keyfile;
pub mod keyset;
mod openssh;
pub mod pem;
pub mod private;
pub mod public_forms;
pub mod sealing;
pub mod sign;
pub mod spki;
pub mod verify;
mod weak;

/// Installs aws-lc-rs as the only cryptography provider of this process, for tokens and TLS. Called at
/// startup; further calls have no effect.
pub fn install_provider() {
    // Both fail only if a provider is already installed, which is fine.
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
