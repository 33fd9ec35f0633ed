//! Keys, signatures and the compact form of tokens: the only owner of jsonwebtoken and
//! aws-lc-rs. The meaning of a token is decided elsewhere.

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
pub mod sealing;
pub mod sign;
pub mod spki;
pub mod verify;
mod weak;

/// Makes aws-lc-rs the one provider of cryptography in this process, for tokens and for TLS.
/// Called first thing; calling it again changes nothing.
pub fn install_provider() {
    // Both report an error only when a provider is installed already, which is the wish.
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
