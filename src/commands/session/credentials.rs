//! The client's credentials, each with its source, and the authentication method that follows.

use super::client_id;
use super::connection::ConnectionOptions;
use super::grant::GrantSettings;
use super::private_files::kept;
use super::secret_location::{self, Rank};
use super::source::{PHASE, SettingSource};
use crate::cli::{AuthMethod, RequestedGrant, SessionArgs};
use crate::client::authentication::{AuthenticatedClient, ClientProof};
use crate::client::dpop::asymmetric;
use crate::commands::environment::{Sourced, but_empty};
use crate::exit::{Exit, Failure};
use crate::jose::keyfile::{self, Content};
use crate::jose::sign::Signer;
use crate::secret::Secret;
use std::sync::Arc;

const KEY_PHASE: &str = "client key";
/// A client's id and credentials. Files are read but not parsed.
#[derive(Debug)]
pub struct ClientCredentials {
    /// Optional beside an identity, and where the grant needs no client.
    pub id: Option<Sourced<String>>,
    /// The secret, key, certificate or identity to authenticate with.
    pub shown: CredentialKind,
    method: Option<Sourced<AuthMethod>>,
    /// Shell syntax in the words of `secret_command`.
    pub(super) unexpanded: Option<&'static str>,
    /// Whether the secret was typed at a terminal.
    pub(super) typed: bool,
}

/// The credential to authenticate with.
#[derive(Debug)]
pub enum CredentialKind {
    Secret(Sourced<Secret>),
    /// A private key, as read from its file.
    Key(Sourced<Secret>),
    /// Only the certificate of the connection, from here.
    Certificate(String),
    /// The workload's identity, from here. It is read with each request.
    Identity(String),
    /// None: the grant sends a token that is proof enough.
    Nothing,
}

impl ClientCredentials {
    /// Reads the credentials from flags, environment and profile. If several are set and no method chooses,
    /// the first one in this order counts.
    ///
    /// # Errors
    /// Exit 2 if a credential is missing, surplus or unreadable; 7 if `secret_command` exceeds the deadline.
    pub(super) fn settle(
        args: &SessionArgs,
        source: &SettingSource,
        connection: &ConnectionOptions,
        grant: &GrantSettings,
        notes: &mut Vec<String>,
    ) -> Result<Self, Failure> {
        let id = client_id::settle(args, source)?;
        let method = method(args, source);
        let key = source.path(args.client_key.clone(), "--client-key", |p| p.client_key.clone());
        let certificate = connection.certificate.as_ref();
        let place = secret_location::place(args, source, notes)?;
        refuse_two(args, method.is_some())?;
        let rank = |flag| if flag { Rank::Flag } else { Rank::Profile };
        let named = [
            key.as_ref().map(|_| (rank(args.client_key.is_some()), AuthMethod::PrivateKeyJwt)),
            place.as_ref().map(|(rank, _)| (*rank, AuthMethod::ClientSecretBasic)),
            certificate.map(|_| (rank(args.client_cert.is_some()), AuthMethod::TlsClientAuth)),
        ];
        let nearest = named.into_iter().flatten().min_by_key(|(rank, _)| *rank);
        if let Some(shown) = without_secret(args, grant, nearest, method.as_ref())? {
            return Ok(Self { id, shown, method: None, unexpanded: None, typed: false });
        }
        let id = id.ok_or_else(client_id::missing)?;
        let typed = place.as_ref().is_some_and(|(_, place)| place.is_prompted());
        let unexpanded = place.as_ref().and_then(|(_, place)| place.unexpanded());
        let nearest = nearest.map(|(_, kind)| kind);
        client_id::refuse_secret(&id, nearest.is_none())?;
        let shown = match method.as_ref().map(|method| method.value).or(nearest) {
            Some(AuthMethod::PrivateKeyJwt) => {
                let key =
                    key.ok_or_else(|| missing(method.as_ref(), "a private key", "--client-key FILE"))?;
                CredentialKind::Key(kept(&key, KEY_PHASE, notes)?)
            }
            Some(AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth) => {
                let flags = "--client-cert FILE --client-cert-key FILE";
                let (chain, _) =
                    certificate.ok_or_else(|| missing(method.as_ref(), "a certificate", flags))?;
                CredentialKind::Certificate(chain.origin.clone())
            }
            _ => {
                let flags = "--client-secret-file FILE (- for stdin) or HEISTCTL_CLIENT_SECRET";
                let (_, place) = place.ok_or_else(|| missing(method.as_ref(), "a secret", flags))?;
                CredentialKind::Secret(secret_location::fetched(place, connection.deadline, notes)?)
            }
        };
        Ok(Self { id: Some(id), shown, method, unexpanded, typed })
    }

    /// The client's id, or its placeholder in commands to paste.
    #[must_use]
    pub fn id(&self) -> &str {
        self.id.as_ref().map_or("ID", |id| id.value.as_str())
    }

    /// The authentication method: as set, else by the kind of credential, else by what the issuer supports.
    /// Basic is preferred.
    ///
    /// # Errors
    /// Exit 2 if the issuer does not support the client's methods.
    pub fn method(&self, supported: Option<&[String]>) -> Result<AuthMethod, Failure> {
        let takes =
            |name: &str| supported.is_none_or(|supported| supported.iter().any(|known| known == name));
        match (&self.method, &self.shown) {
            (Some(method), _) => Ok(method.value),
            (None, CredentialKind::Key(_)) => Ok(AuthMethod::PrivateKeyJwt),
            (None, CredentialKind::Certificate(_)) => Ok(AuthMethod::TlsClientAuth),
            // They need no method.
            (None, CredentialKind::Identity(_) | CredentialKind::Nothing) => Ok(AuthMethod::PrivateKeyJwt),
            (None, CredentialKind::Secret(_)) if takes("client_secret_basic") => {
                Ok(AuthMethod::ClientSecretBasic)
            }
            (None, CredentialKind::Secret(_)) if takes("client_secret_post") => {
                Ok(AuthMethod::ClientSecretPost)
            }
            (None, CredentialKind::Secret(_)) if takes("client_secret_jwt") => {
                Ok(AuthMethod::ClientSecretJwt)
            }
            (None, CredentialKind::Secret(secret)) => {
                let what = no_secret(supported.unwrap_or_default(), &secret.origin);
                Err(Failure::new(Exit::Usage, PHASE, what).hint(
                    "--client-key or --client-cert; or --auth-method client_secret_basic to try it anyway",
                ))
            }
        }
    }

    /// The authenticated client. Its own assertions are for `audience`; `identity` is the one of an identity.
    ///
    /// # Errors
    /// Exit 2 if a key cannot be read as one.
    pub fn client(
        &self,
        method: AuthMethod,
        audience: &str,
        identity: Option<ClientProof>,
    ) -> Result<AuthenticatedClient, Failure> {
        let proof = match (&self.shown, method) {
            (CredentialKind::Identity(_), _) => identity.unwrap_or(ClientProof::Nothing),
            (CredentialKind::Nothing, _) => ClientProof::Nothing,
            (CredentialKind::Certificate(_), _) => ClientProof::Certificate,
            (CredentialKind::Secret(secret), AuthMethod::ClientSecretPost) => {
                ClientProof::Post(secret.value.clone())
            }
            (CredentialKind::Secret(secret), AuthMethod::ClientSecretJwt) => {
                let signer = Signer::hs256(secret.value.clone()).map_err(|error| {
                    let what = format!("client_secret_jwt by the secret from {}: {error}", secret.origin);
                    Failure::new(Exit::Usage, secret_location::PHASE, what)
                        .hint("use client_secret_basic for short ones")
                })?;
                ClientProof::AssertionClaims {
                    signer: Arc::new(signer),
                    kid: None,
                    audience: audience.to_owned(),
                }
            }
            (CredentialKind::Secret(secret), _) => ClientProof::Basic(secret.value.clone()),
            (CredentialKind::Key(key), _) => {
                let signer = asymmetric(key.value.expose()).map_err(|error| Failure {
                    hint: error.hint_for(&key.origin),
                    ..Failure::new(Exit::Usage, KEY_PHASE, format!("{}: {error}", key.origin))
                })?;
                let kid = kid(key.value.expose());
                ClientProof::AssertionClaims { signer: Arc::new(signer), kid, audience: audience.to_owned() }
            }
        };
        Ok(AuthenticatedClient { client_id: self.id.as_ref().map(|id| id.value.clone()), proof })
    }

    /// The configured method, for the cache key.
    #[must_use]
    pub fn named_method(&self) -> Option<AuthMethod> {
        self.method.as_ref().map(|method| method.value)
    }

    /// The kind of credential, in a word.
    #[must_use]
    pub fn noun(&self) -> &'static str {
        match &self.shown {
            CredentialKind::Secret(_) => "secret",
            CredentialKind::Key(_) => "key",
            CredentialKind::Certificate(_) => "certificate",
            CredentialKind::Identity(_) => "identity",
            CredentialKind::Nothing => "credential",
        }
    }

    /// Whether the client may use assertions, which need an audience.
    #[must_use]
    pub fn asserts(&self) -> bool {
        matches!(self.shown, CredentialKind::Key(_))
            || self.named_method() == Some(AuthMethod::ClientSecretJwt)
    }

    /// The source of the credential, for messages.
    #[must_use]
    pub fn origin(&self) -> &str {
        match &self.shown {
            CredentialKind::Secret(shown) | CredentialKind::Key(shown) => &shown.origin,
            CredentialKind::Certificate(origin) | CredentialKind::Identity(origin) => origin,
            CredentialKind::Nothing => "nowhere",
        }
    }
}

/// The identity, if it is nearer than the `nearest` secret, key or certificate; and nothing, where the grant needs no
/// client. `None` if one of those authenticates the client.
fn without_secret(
    args: &SessionArgs,
    grant: &GrantSettings,
    nearest: Option<(Rank, AuthMethod)>,
    method: Option<&Sourced<AuthMethod>>,
) -> Result<Option<CredentialKind>, Failure> {
    let Some(identity) = grant.authenticating() else {
        let is_optional = grant.kind != RequestedGrant::ClientCredentials;
        return Ok((is_optional && nearest.is_none() && method.is_none()).then_some(CredentialKind::Nothing));
    };
    let origin = &identity.source.origin;
    let secret = nearest.filter(|(_, kind)| *kind != AuthMethod::TlsClientAuth).map(|(rank, _)| rank);
    if identity.by_flag {
        if args.auth_method.is_some() || secret == Some(Rank::Flag) {
            return Err(two_credentials(origin));
        }
        return Ok(Some(CredentialKind::Identity(origin.clone())));
    }
    let is_nearest = secret.is_none_or(|rank| rank == Rank::Profile) && args.auth_method.is_none();
    Ok(is_nearest.then(|| CredentialKind::Identity(origin.clone())))
}

/// The failure for an identity beside another credential.
fn two_credentials(origin: &str) -> Failure {
    let what = format!("an identity (from {origin}) and another way to authenticate are given");
    Failure::new(Exit::Usage, PHASE, what)
        .hint("keep one of the two: --identity replaces secret, key and --auth-method")
}

/// The failure for a missing credential. `method` is the method that needs it, if one was set.
fn missing(method: Option<&Sourced<AuthMethod>>, what: &str, flags: &str) -> Failure {
    match method {
        None => Failure::new(
            Exit::Usage,
            secret_location::PHASE,
            format!("none given{}{}", but_empty(secret_location::VARIABLE), but_empty(secret_location::FILE)),
        )
        .hint("give --client-secret-file FILE (- for stdin) or set HEISTCTL_CLIENT_SECRET"),
        Some(Sourced { value, origin }) => {
            let what = format!("{} (from {origin}) needs {what}, which is missing", value.name());
            Failure::new(Exit::Usage, PHASE, what).hint(format!("it takes {flags}"))
        }
    }
}

/// The `kid` of a private JWK, by which the issuer knows the key. A PEM has none, and with an invented `kid`
/// the issuer would not find the key.
fn kid(key: &[u8]) -> Option<String> {
    match keyfile::open(key) {
        Ok(Content::Json(jwk)) => jwk.as_object()?.get("kid")?.as_str().map(str::to_owned),
        _ => None,
    }
}

/// The issuer's metadata offers no method for a secret.
fn no_secret(supported: &[String], origin: &str) -> String {
    let says = if supported.is_empty() {
        "its metadata names no way to authenticate (token_endpoint_auth_methods_supported is empty)"
            .to_owned()
    } else {
        format!("{}, its metadata says", supported.join(", "))
    };
    format!("the issuer takes no client secret (from {origin}): {says}")
}

/// The method as it is set.
fn method(args: &SessionArgs, source: &SettingSource) -> Option<Sourced<AuthMethod>> {
    let flag = args.auth_method.map(|value| Sourced::new(value, "--auth-method"));
    flag.or_else(|| source.of_profile(|p| p.auth_method))
}

/// Refuses flags for two ways to authenticate, unless a method chooses.
fn refuse_two(args: &SessionArgs, has_method: bool) -> Result<(), Failure> {
    if has_method || args.client_key.is_none() || args.client_secret_file.is_none() {
        return Ok(());
    }
    let what = "--client-key and --client-secret-file are two ways to authenticate";
    Err(Failure::new(Exit::Usage, PHASE, what).hint(
        "give the one that the client is registered with; or choose: --auth-method private_key_jwt, or \
         client_secret_basic",
    ))
}
