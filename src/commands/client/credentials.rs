//! Who the client is and what proves it: secret, private key or certificate, each from where it is
//! kept, and which of the ways of authenticating that makes.

use super::settle::{PHASE, Source};
use crate::cli::{AuthMethod, ClientArgs};
use crate::client::dpop::asymmetric;
use crate::client::identity::{Identity, Proof};
use crate::commands::environment::{Sourced, file, secret_file, secret_var, var};
use crate::exit::{Exit, Failure};
use crate::jose::sign::Signer;
use crate::secret::Secret;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A longer secret fits into no header.
const MAX_SECRET: usize = 4096;
const SECRET_PHASE: &str = "client secret";
const KEY_PHASE: &str = "client key";

/// A certificate with its chain, and its key, as they are in their files.
type Certificate = (Sourced<Secret>, Sourced<Secret>);

/// A client's id and what it has to show. Nothing of it has been looked at but the files' bytes.
#[derive(Debug)]
pub struct Credentials {
    /// Its id.
    pub id: Sourced<String>,
    /// Its secret.
    pub secret: Option<Sourced<Secret>>,
    /// Its private key, as it is in its file.
    pub key: Option<Sourced<Secret>>,
    /// Its certificate and the key of that, as they are in their files.
    pub certificate: Option<Certificate>,
    /// The way of authenticating, where somebody said so.
    pub method: Option<Sourced<AuthMethod>>,
}

impl Credentials {
    /// Settles them: flag, environment, profile.
    ///
    /// # Errors
    /// Exit 2 where something is missing, too much, or cannot be read.
    pub(super) fn settle(args: &ClientArgs, source: &Source) -> Result<Self, Failure> {
        let id = source.text(args.client_id.clone(), "--client-id", Some("HEISTCTL_CLIENT_ID"), |p| {
            p.client_id.clone()
        })?;
        let id = id.ok_or_else(|| {
            Failure::new(Exit::Usage, PHASE, "no client id")
                .hint("give --client-id or set HEISTCTL_CLIENT_ID (the demo server has hacker-client)")
        })?;
        let flag = |value: Option<AuthMethod>| value.map(|value| Sourced::new(value, "--auth-method"));
        let method = flag(args.auth_method).or_else(|| source.of_profile(|p| p.auth_method));
        let key = source.path(args.client_key.clone(), "--client-key", |p| p.client_key.clone());
        let key = key.map(|path| file(&path.value, KEY_PHASE)).transpose()?;
        let certificate = certificate(args, source)?;
        let secret = secret(args, source, key.is_some() || certificate.is_some())?;
        if secret.is_none() && key.is_none() && certificate.is_none() {
            return Err(Failure::new(Exit::Usage, SECRET_PHASE, "none given")
                .hint("give --client-secret-file FILE (- for stdin) or set HEISTCTL_CLIENT_SECRET"));
        }
        Ok(Self { id, secret, key, certificate, method })
    }

    /// The way of authenticating: the one that was named, else what is there for it, else what the issuer
    /// takes, Basic first.
    ///
    /// # Errors
    /// Exit 2 where the issuer takes none that the client can.
    pub fn method(&self, supported: Option<&[String]>) -> Result<AuthMethod, Failure> {
        if let Some(method) = &self.method {
            return Ok(method.value);
        }
        if self.key.is_some() {
            return Ok(AuthMethod::PrivateKeyJwt);
        }
        if self.secret.is_none() {
            return Ok(AuthMethod::TlsClientAuth);
        }
        let takes =
            |name: &str| supported.is_none_or(|supported| supported.iter().any(|known| known == name));
        match () {
            () if takes("client_secret_basic") => Ok(AuthMethod::ClientSecretBasic),
            () if takes("client_secret_post") => Ok(AuthMethod::ClientSecretPost),
            () if takes("client_secret_jwt") => Ok(AuthMethod::ClientSecretJwt),
            () => Err(Failure::new(
                Exit::Usage,
                PHASE,
                "the issuer takes no client secret, its metadata says",
            )
            .hint(
                "private_key_jwt: --client-key FILE; tls_client_auth: --client-cert and --client-cert-key",
            )),
        }
    }

    /// The client with what it shows; an assertion is for that audience.
    ///
    /// # Errors
    /// Exit 2 where the method needs something else, or a key is none.
    pub fn identity(&self, method: AuthMethod, audience: &str) -> Result<Identity, Failure> {
        let proof = match method {
            AuthMethod::ClientSecretBasic => Proof::Basic(self.needed_secret()?.value.clone()),
            AuthMethod::ClientSecretPost => Proof::Post(self.needed_secret()?.value.clone()),
            AuthMethod::ClientSecretJwt => {
                let secret = self.needed_secret()?;
                let signer = Signer::hs256(secret.value.clone()).map_err(|error| {
                    let what = format!("client_secret_jwt by the secret from {}: {error}", secret.origin);
                    Failure::new(Exit::Usage, SECRET_PHASE, what)
                        .hint("use client_secret_basic for short ones")
                })?;
                Proof::Assertion { signer: Arc::new(signer), kid: None, audience: audience.to_owned() }
            }
            AuthMethod::PrivateKeyJwt => {
                let key = self.key.as_ref().ok_or_else(|| {
                    Failure::new(Exit::Usage, KEY_PHASE, "private_key_jwt needs a private key")
                        .hint("--client-key FILE names one, PEM or JWK")
                })?;
                let signer = asymmetric(key.value.expose()).map_err(|why| {
                    Failure::new(Exit::Usage, KEY_PHASE, format!("{}: {why}", key.origin))
                        .hint("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 makes one")
                })?;
                let kid = kid(key.value.expose()).or_else(|| signer.verifying_key().kid.clone());
                Proof::Assertion { signer: Arc::new(signer), kid, audience: audience.to_owned() }
            }
            AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth => {
                if self.certificate.is_none() {
                    return Err(Failure::new(Exit::Usage, PHASE, "the method needs a certificate")
                        .hint("--client-cert FILE and --client-cert-key FILE name it"));
                }
                Proof::Certificate
            }
        };
        Ok(Identity { client_id: self.id.value.clone(), proof })
    }

    fn needed_secret(&self) -> Result<&Sourced<Secret>, Failure> {
        self.secret.as_ref().ok_or_else(|| {
            Failure::new(Exit::Usage, SECRET_PHASE, "the method needs a secret, and none is given")
                .hint("give --client-secret-file FILE (- for stdin) or set HEISTCTL_CLIENT_SECRET")
        })
    }

    /// What proves the client, in a word.
    #[must_use]
    pub fn noun(&self) -> &'static str {
        match (&self.key, &self.secret) {
            (Some(_), _) => "key",
            (None, Some(_)) => "secret",
            (None, None) => "certificate",
        }
    }

    /// Where what proves the client came from, for messages.
    #[must_use]
    pub fn origin(&self) -> &str {
        let shown = self.key.as_ref().or(self.secret.as_ref());
        shown.or(self.certificate.as_ref().map(|(chain, _)| chain)).map_or("", |shown| &shown.origin)
    }
}

/// The `kid` of a private JWK: the name under which the issuer knows the key. Of a PEM it is the
/// thumbprint.
fn kid(key: &[u8]) -> Option<String> {
    serde_json::from_slice::<serde_json::Value>(key).ok()?.get("kid")?.as_str().map(str::to_owned)
}

fn certificate(args: &ClientArgs, source: &Source) -> Result<Option<Certificate>, Failure> {
    let chain = source.path(args.client_cert.clone(), "--client-cert", |p| p.client_cert.clone());
    let key = source.path(args.client_cert_key.clone(), "--client-cert-key", |p| p.client_cert_key.clone());
    let read = |path: Sourced<PathBuf>| file(&path.value, "client certificate");
    match (chain, key) {
        (Some(chain), Some(key)) => Ok(Some((read(chain)?, read(key)?))),
        (None, None) => Ok(None),
        _ => Err(Failure::new(
            Exit::Usage,
            "client certificate",
            "a certificate without its key, or a key without",
        )
        .hint("client_cert and client_cert_key go together")),
    }
}

/// The secret from the one place that comes first. Another proof needs none.
fn secret(args: &ClientArgs, source: &Source, other: bool) -> Result<Option<Sourced<Secret>>, Failure> {
    let found = if let Some(path) = &args.client_secret_file {
        Some(secret_file(path, SECRET_PHASE)?)
    } else if other {
        None
    } else {
        from_environment()?.map_or_else(|| source.secret(), |secret| Ok(Some(secret)))?
    };
    match found {
        Some(secret) if secret.value.len() > MAX_SECRET => {
            let what = format!("the secret from {} is longer than {MAX_SECRET} bytes", secret.origin);
            Err(Failure::new(Exit::Usage, SECRET_PHASE, what).hint("is it the right file?"))
        }
        found => Ok(found),
    }
}

fn from_environment() -> Result<Option<Sourced<Secret>>, Failure> {
    if let Some(path) = var("HEISTCTL_CLIENT_SECRET_FILE")? {
        let secret = secret_file(Path::new(&path.value), SECRET_PHASE);
        return secret.map(Some).map_err(|failure| failure.hint(format!("the path is from {}", path.origin)));
    }
    Ok(secret_var("HEISTCTL_CLIENT_SECRET"))
}
