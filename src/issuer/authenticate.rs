//! Client authentication (RFC 6749 section 2.3): by secret, by an assertion (RFC 7523), or by certificate (RFC
//! 8705). A secret that a person may have made up goes through the brake; all else cannot be guessed.

use crate::clock::Timestamp;
use crate::http::authorization::BasicCredentials;
use crate::http::visible;
use crate::http::{Peer, PeerCertificate};
use crate::issuer::Service;
use crate::issuer::assertion::ClientAssertion;
use crate::issuer::credentials::PresentedCredential;
use crate::issuer::error::{Refusal, Unavailable, UnconfirmedRefusal};
use crate::jose::certificate::{Certificate, SubjectName};
use crate::jose::digest::sha256;
use crate::registry::generated_secret;
use crate::registry::wait::Wait;
use crate::registry::{Authentication, Client, ClientAuth, SecretMethod};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// The client that the proof is of.
///
/// # Errors
/// `invalid_client`; which part was wrong is for the log.
pub fn authenticate(
    service: &Service,
    proof: &PresentedCredential<'_>,
    peer: &Peer,
    now: Timestamp,
) -> Result<Arc<Client>, Refusal> {
    match proof {
        PresentedCredential::Secret { readings, method } => {
            // However an id was encoded, its last reading is the same: who guesses cannot vary it.
            let id = readings.last().map_or("", |reading| &reading.id);
            look_up(service, readings)?;
            let check = || {
                let checked = by_secret(service, readings, *method, (peer.address, now));
                confirmed(service, checked, None).map_err(|refusal| with_odd_secret(refusal, readings))
            };
            // Nobody guesses a secret that heistctl made, and nobody may lock out the client that has one.
            let is_made =
                |reading: &BasicCredentials| generated_secret::is_damaged(&reading.secret) == Some(false);
            if readings.iter().any(is_made) { check() } else { braked(service, id, peer, now, check) }
        }
        PresentedCredential::Assertion { jws, client_id } => {
            // Outside the brake: nobody guesses a key, nor a secret of 256 bits, which HMAC needs (RFC 7518
            // section 3.2). There, forged assertions would lock out the client alone.
            let assertion = ClientAssertion::of(jws, *client_id)?;
            let said = assertion.said(service, now)?;
            // Before the client is looked up: a change after that is another version.
            let version = service.registry.version();
            confirmed(service, assertion.check(service, &said, now), Some(version))
        }
        PresentedCredential::Certificate { client_id } => by_certificate(service, client_id, peer, now),
    }
}

/// Has the clients of all readings in the cache, where this run may wait for the store: attempts that are in
/// flight count as failures, and a slow store must not make many of them.
fn look_up(service: &Service, readings: &[BasicCredentials]) -> Result<(), Refusal> {
    let patience = service.run.patience;
    if patience.allow(Wait::Lookup).is_ok() {
        for reading in readings {
            service.registry.get(&reading.id, patience)?;
        }
    }
    Ok(())
}

/// Has the store confirm a refusal that rests on what is known of a client: where this run may not wait for that,
/// another run does, and this one has been no attempt. With a version of the store's clients the refusal is kept for
/// that run, which need not verify a signature again where nothing has changed. A wrong secret is not kept: it is
/// cheap to check again, and only a run that refuses counts it.
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

/// Whether another entry of the client, in the store that has it, could have made it a yes. Certificates are of
/// clients of the configuration alone.
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

/// Checks credentials, where not too many wrong ones came from there for that client.
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

/// Every reading is tried, and each takes the time of a check whether its client exists or not.
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
            Authentication::Authenticated(client) => found = Some(client),
            Authentication::WrongSecret => refusal = Refusal::WrongSecret,
            Authentication::OtherMethod => refusal = Refusal::OtherMethod,
            Authentication::UnknownClient => {}
            Authentication::WouldWait(would_wait) => return Err(would_wait.into()),
        }
    }
    found.ok_or(refusal)
}

/// A refusal that tells what is odd about the secret, where that is why: it came with a line end from a file,
/// or in quotes.
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

/// An id alone proves nothing, but for clients that are known by their certificates.
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

/// The holder of a certificate has proven its key in the handshake; here is asked whose it is. Each step is
/// taken for every client, so that the time tells none from another.
fn check_certificate(
    auth: Option<&ClientAuth>,
    shown: &PeerCertificate,
    now: Timestamp,
) -> Result<(), String> {
    let (digest, certificate) = (sha256(&shown.der), Certificate::read(&shown.der));
    // It was good when the connection began, and may have ended since.
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
