//! Client authentication (RFC 6749 section 2.3): by secret, assertion (RFC 7523) or certificate (RFC 8705).
//! Only secrets that a person may have chosen are throttled; the others cannot be guessed.

use crate::clock::Timestamp;
use crate::http::authorization::BasicCredentials;
use crate::http::visible;
use crate::http::{Peer, PeerCertificate};
use crate::issuer::Service;
use crate::issuer::assertion::ClientAssertion;
use crate::issuer::credentials::{self, PresentedCredential};
use crate::issuer::error::{Refusal, Unavailable, UnconfirmedRefusal};
use crate::issuer::log_record::{IdentityLogRecord, LogRecord};
use crate::issuer::trust::TrustedIssuer;
use crate::issuer::trust::accepted::AcceptedIdentity;
use crate::issuer::trust::check::IdentityDoor;
use crate::issuer::trust::door;
use crate::jose::certificate::{Certificate, SubjectName};
use crate::jose::compact::Jws;
use crate::jose::digest::sha256;
use crate::registry::generated_secret;
use crate::registry::secret_uses::SecretUse;
use crate::registry::wait::Wait;
use crate::registry::{Authentication, Client, ClientAuth, SecretMethod};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// The authenticated client of a request.
#[derive(Debug)]
pub struct CallingClient {
    pub client: Arc<Client>,
    /// The identity that stood for it.
    pub identity: Option<AcceptedIdentity>,
}

impl From<Arc<Client>> for CallingClient {
    fn from(client: Arc<Client>) -> Self {
        Self { client, identity: None }
    }
}

/// The authenticated client.
///
/// # Errors
/// `invalid_client`; only the log says which part was wrong.
pub fn authenticate(
    service: &Service,
    proof: &PresentedCredential<'_>,
    peer: &Peer,
    record: &mut LogRecord,
    now: Timestamp,
) -> Result<CallingClient, Refusal> {
    let client = match proof {
        PresentedCredential::Secret { readings, method } => {
            // The last reading is the same for every encoding of an id, so varying the encoding does not
            // evade the throttle.
            let id = readings.last().map_or("", |reading| &reading.id);
            look_up(service, readings)?;
            let check = || {
                let checked = by_secret(service, readings, *method, (peer.address, now));
                confirmed(service, checked, None).map_err(|refusal| with_odd_secret(refusal, readings))
            };
            // Generated secrets cannot be guessed, so nobody may lock out their clients.
            let is_made =
                |reading: &BasicCredentials| generated_secret::is_damaged(&reading.secret) == Some(false);
            if readings.iter().any(is_made) { check() } else { braked(service, id, peer, now, check) }
        }
        PresentedCredential::Assertion { jws, client_id, is_spiffe } => {
            if let Some(trust) = door::of_assertion(service, jws, *is_spiffe)? {
                return by_identity(service, (jws, trust), *client_id, record, now);
            }
            // Not throttled: keys cannot be guessed, nor the 256-bit secrets that HMAC needs (RFC 7518
            // section 3.2). Throttling would only let forged assertions lock out the client.
            let assertion = ClientAssertion::of(jws, *client_id)?;
            let said = assertion.said(service, now)?;
            // Read before the lookup, so that a later change has another version.
            let version = service.registry.version();
            confirmed(service, assertion.check(service, &said, now), Some(version))
        }
        PresentedCredential::Certificate { client_id } => by_certificate(service, client_id, peer, now),
        PresentedCredential::Nothing => Err(credentials::missing()),
    };
    client.map(CallingClient::from)
}

/// The token of a trusted issuer in place of a secret. Its keys cannot be guessed, so it is not throttled.
fn by_identity(
    service: &Service,
    (jws, trust): (&Jws<'_>, &TrustedIssuer),
    named: Option<&str>,
    record: &mut LogRecord,
    now: Timestamp,
) -> Result<CallingClient, Refusal> {
    let identity = door::verify(service, jws, trust, IdentityDoor::Client, now)?;
    let client = identity.client(service, named)?;
    let accepted = identity.accepted(&client);
    // First, so that the log names an identity that has been used before.
    record.identity = Some(Box::new(IdentityLogRecord::of(&accepted)));
    identity.spend(service, &client, now)?;
    Ok(CallingClient { identity: Some(accepted), client })
}

/// Loads the clients of all readings into the cache, if this run may wait for the store. Attempts in flight
/// count as failures, so a slow store must not hold many of them.
fn look_up(service: &Service, readings: &[BasicCredentials]) -> Result<(), Refusal> {
    let patience = service.run.patience;
    if patience.allow(Wait::Lookup).is_ok() {
        for reading in readings {
            service.registry.get(&reading.id, patience)?;
        }
    }
    Ok(())
}

/// Has the store confirm a refusal that depends on the client's entry. If this run may not wait, another
/// run does, and this one does not count as an attempt. With a version of the store's clients the refusal
/// is kept for that run, which need not verify a signature again if nothing changed. A wrong secret is not
/// kept: it is cheap to check again, and only a run that refuses counts it.
fn confirmed(
    service: &Service,
    found: Result<Arc<Client>, Refusal>,
    version: Option<u64>,
) -> Result<Arc<Client>, Refusal> {
    let refusal = match found {
        Err(refusal) if rests_on_entry(&refusal) => refusal,
        found => return found,
    };
    match service.registry.confirmed(service.run.patience) {
        Ok(()) => Err(refusal),
        Err(would_wait) => {
            let unconfirmed = version.map(|version| Box::new(UnconfirmedRefusal { refusal, version }));
            Err(Unavailable { unconfirmed, ..would_wait.into() }.into())
        }
    }
}

/// Whether another entry of the client in the store could have changed the outcome. Clients with
/// certificates exist in the configuration only.
const fn rests_on_entry(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::UnknownClient
            | Refusal::WrongSecret
            | Refusal::OtherMethod
            | Refusal::InvalidAssertion(_)
            | Refusal::NoKeys(_)
    )
}

/// Checks credentials unless too many wrong ones came from that address for that client.
fn braked(
    service: &Service,
    id: &str,
    peer: &Peer,
    now: Timestamp,
    check: impl FnOnce() -> Result<Arc<Client>, Refusal>,
) -> Result<Arc<Client>, Refusal> {
    let attempt = service.state.brake.attempt(id, peer.address, service.clock.paced(now));
    let attempt = attempt.map_err(|retry_after| Refusal::TooManyAttempts { retry_after })?;
    match check() {
        Ok(client) => {
            attempt.succeeded();
            Ok(client)
        }
        Err(refusal) if refusal.is_wrong_guess() => match attempt.failed() {
            Ok(Duration::ZERO) => Err(refusal),
            Ok(delay) => Err(Refusal::Braked { refusal: Box::new(refusal), delay }),
            Err(retry_after) => Err(Refusal::TooManyAttempts { retry_after }),
        },
        Err(refusal) => Err(refusal),
    }
}

/// Tries every reading; each costs the time of a check, whether or not its client exists.
fn by_secret(
    service: &Service,
    readings: &[BasicCredentials],
    method: SecretMethod,
    (from, now): (Option<IpAddr>, Timestamp),
) -> Result<Arc<Client>, Refusal> {
    let mut refusal = Refusal::UnknownClient;
    let mut found = None;
    for reading in readings {
        let (id, patience) = (&reading.id, service.run.patience);
        let now = service.clock.ends(now);
        match service.registry.authenticate(id, &reading.secret, method, (from, now), patience)? {
            Authentication::Authenticated(client, ends) => {
                service.state.secret_uses.note(&client.id, SecretUse { at: now, ends });
                found = Some(client);
            }
            Authentication::WrongSecret => refusal = Refusal::WrongSecret,
            Authentication::OtherMethod => refusal = Refusal::OtherMethod,
            Authentication::UnknownClient => {}
            Authentication::WouldWait(would_wait) => return Err(would_wait.into()),
        }
    }
    found.ok_or(refusal)
}

/// Adds a likely cause to the refusal of a secret: a line end from a file, or quotes.
fn with_odd_secret(refusal: Refusal, readings: &[BasicCredentials]) -> Refusal {
    if !matches!(refusal, Refusal::UnknownClient | Refusal::WrongSecret) {
        return refusal;
    }
    let secret = readings.last().and_then(|reading| reading.secret.expose_str().ok()).unwrap_or_default();
    let quoted = |quote: char| secret.len() > 1 && secret.starts_with(quote) && secret.ends_with(quote);
    let in_quotes = (quoted('"') || quoted('\'')).then(|| "is in quotes".to_owned());
    match visible::unseen(secret).or(in_quotes) {
        Some(odd) => Refusal::OddSecret { refusal: Box::new(refusal), odd },
        None => refusal,
    }
}

/// An id alone is enough only for clients that authenticate by certificate.
fn by_certificate(service: &Service, id: &str, peer: &Peer, now: Timestamp) -> Result<Arc<Client>, Refusal> {
    let client = service.registry.get(id, service.run.patience)?;
    let checked = match &peer.certificate {
        Some(shown) => check_certificate(client.as_deref().map(|client| &client.auth), shown, now),
        None => Err("the connection shows none".to_owned()),
    };
    match (client.filter(|client| client.auth.is_certificate()), checked) {
        (None, _) => Err(Refusal::IdAlone),
        (Some(client), Ok(())) => Ok(client),
        (Some(_), Err(why)) => Err(Refusal::InvalidCertificate(format!("client certificate: {why}"))),
    }
}

/// Checks whose certificate it is; the handshake has proven its key. Every step runs for every client, so
/// that timing reveals nothing.
fn check_certificate(
    auth: Option<&ClientAuth>,
    shown: &PeerCertificate,
    now: Timestamp,
) -> Result<(), String> {
    let (digest, certificate) = (sha256(&shown.der), Certificate::read(&shown.der));
    // It was valid when the connection began and may have expired since.
    let dates = certificate.as_ref().map(|certificate| certificate.check_dates(now));
    let nobody = SubjectName::Dns(String::new());
    let name = if let Some(ClientAuth::Tls(name)) = auth { name } else { &nobody };
    let named = certificate.as_ref().map(|certificate| certificate.check_name(name));
    match auth {
        Some(ClientAuth::Tls(_)) if !shown.trusted => {
            Err("no trusted authority vouches for it, or its time is over".to_owned())
        }
        Some(ClientAuth::Tls(_)) => dates.map_err(Clone::clone)?.and(named.map_err(Clone::clone)?),
        Some(ClientAuth::SelfSignedTls(known)) if known.contains(&digest) => dates.map_err(Clone::clone)?,
        _ => Err("it is not one of the client's".to_owned()),
    }
}
