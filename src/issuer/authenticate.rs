//! Client authentication (RFC 6749 section 2.3): by secret, by an assertion (RFC 7523 with its revision
//! rfc7523bis), or by certificate (RFC 8705). Each goes through the brake on wrong credentials.

use crate::claims::{Claim, ClaimsView, NumericDate};
use crate::clock::Timestamp;
use crate::http::Peer;
use crate::http::authorization::Credentials;
use crate::issuer::error::{Cannot, Refusal};
use crate::issuer::live::taken_until;
use crate::issuer::request::Proof;
use crate::issuer::{RemoteKeysError, Service};
use crate::jose::algorithm::{Algorithm, Family};
use crate::jose::certificate::Certificate;
use crate::jose::compact::{self, Jws};
use crate::jose::digest::sha256;
use crate::jose::keyset::KeySet;
use crate::json::{Json, Object};
use crate::registry::expiring::digest;
use crate::registry::patience::Wait;
use crate::registry::store::{Id, IdKind};
use crate::registry::{AssertionAudience, Authentication, Client, ClientAuth, ClientKeys, SecretMethod};
use crate::verdict::{self, CheckName, Policy};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// An assertion may be good for so long, in seconds.
const MAX_ASSERTION_LIFETIME: u64 = 600;
/// Values of `typ` that an assertion may have; without one it is taken, too. The types of other
/// tokens are not: a token is of one kind (RFC 8725 section 3.12).
const ASSERTION_TYPES: [&str; 2] = ["jwt", "client-authentication+jwt"];

/// The client that the proof is of.
///
/// # Errors
/// `invalid_client`; which part was wrong is for the log.
pub fn authenticate(
    service: &Service,
    proof: &Proof<'_>,
    peer: &Peer,
    now: Timestamp,
) -> Result<Arc<Client>, Refusal> {
    match proof {
        Proof::Secret { readings, method } => {
            // However an id was encoded, its last reading is the same: who guesses cannot vary it.
            let id = readings.last().map_or("", |reading| &reading.id);
            look_up(service, readings)?;
            braked(service, id, peer, now, || by_secret(service, readings, *method, (peer.address, now)))
        }
        Proof::Assertion { jws, client_id } => by_assertion(service, jws, *client_id, peer, now),
        Proof::Certificate { client_id } => by_certificate(service, client_id, peer, now),
    }
}

/// Has the clients of all readings in the cache, where this run may wait for the store: attempts that are in
/// flight count as failures, and a slow store must not make many of them.
fn look_up(service: &Service, readings: &[Credentials]) -> Result<(), Refusal> {
    let patience = service.run.patience;
    if patience.allow(Wait::Lookup).is_ok() {
        for reading in readings {
            service.registry.get(&reading.id, patience)?;
        }
    }
    Ok(())
}

/// Checks credentials, where not too many wrong ones came from there for that client.
fn braked(
    service: &Service,
    id: &str,
    peer: &Peer,
    now: Timestamp,
    check: impl FnOnce() -> Result<Arc<Client>, Refusal>,
) -> Result<Arc<Client>, Refusal> {
    let attempt = service.state.brake.attempt(id, peer.address, now);
    let attempt = attempt.map_err(|retry_after| Refusal::TooManyAttempts { retry_after })?;
    match check() {
        Ok(client) => {
            attempt.succeeded();
            Ok(client)
        }
        Err(refusal) if refusal.is_wrong_guess() => match attempt.failed() {
            Duration::ZERO => Err(refusal),
            delay => Err(Refusal::Braked { refusal: Box::new(refusal), delay }),
        },
        Err(refusal) => Err(refusal),
    }
}

/// Every reading is tried, and each takes the time of a check whether its client exists or not.
fn by_secret(
    service: &Service,
    readings: &[Credentials],
    method: SecretMethod,
    (from, now): (Option<IpAddr>, Timestamp),
) -> Result<Arc<Client>, Refusal> {
    let mut refusal = Refusal::UnknownClient;
    let mut found = None;
    for reading in readings {
        let (id, patience) = (&reading.id, service.run.patience);
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

fn by_assertion(
    service: &Service,
    jws: &Jws<'_>,
    client_id: Option<&str>,
    peer: &Peer,
    now: Timestamp,
) -> Result<Arc<Client>, Refusal> {
    let bad = |why: &str| Refusal::InvalidAssertion(format!("client assertion: {why}"));
    let claims = jws.peek_unverified().ok_or_else(|| bad("its payload is no claims set"))?;
    // Unverified, the subject only says which client's keys are to be asked.
    let Claim::Value(id) = ClaimsView::of(claims).sub else { return Err(bad("it has no sub")) };
    if client_id.is_some_and(|sent| sent != id) {
        return Err(bad("client_id is not its sub"));
    }
    if service.run.verified {
        // It is recorded, which may take its time, and is no attempt any more.
        return check_assertion(service, jws, claims, id, now);
    }
    braked(service, id, peer, now, || check_assertion(service, jws, claims, id, now))
}

fn check_assertion(
    service: &Service,
    jws: &Jws<'_>,
    claims: &Object,
    id: &str,
    now: Timestamp,
) -> Result<Arc<Client>, Refusal> {
    let Some(client) = service.registry.get(id, service.run.patience)? else {
        // About the time of a check, which tells no client from another that is there.
        let _ = verdict::judge(jws, &service.signing.ring().keys, &service.policies.any_audience, now);
        return Err(Refusal::UnknownClient);
    };
    let fetched;
    let (keys, audience) = match &client.auth {
        ClientAuth::SecretJwt { keys, audience }
        | ClientAuth::PrivateKeyJwt { keys: ClientKeys::Fixed(keys), audience } => (keys, *audience),
        ClientAuth::PrivateKeyJwt { keys: ClientKeys::At(uri), audience } => {
            fetched = fetched_keys(service, uri, jws.header_str("kid"), now)?;
            (&*fetched, *audience)
        }
        ClientAuth::Secret { .. } | ClientAuth::Tls(_) | ClientAuth::SelfSignedTls(_) => {
            return Err(Refusal::OtherMethod);
        }
    };
    check_kind(jws, audience, service, claims)?;
    if !service.run.verified {
        let verdict = verdict::judge(jws, keys, &policy(service, id, &client.auth), now);
        if let Some(check) = verdict.first_failure() {
            let why = format!("client assertion: {}: {}", check.name, check.message);
            return Err(Refusal::InvalidAssertion(why));
        }
    }
    once(service, id, claims, now)?;
    Ok(client)
}

/// An id alone proves nothing, but for clients that are known by their certificates.
fn by_certificate(service: &Service, id: &str, peer: &Peer, now: Timestamp) -> Result<Arc<Client>, Refusal> {
    let client =
        service.registry.get(id, service.run.patience)?.filter(|client| client.auth.is_certificate());
    let client = client.ok_or_else(|| Refusal::NoCredentials("client_secret is missing".to_owned()))?;
    braked(service, id, peer, now, || match check_certificate(&client.auth, peer, now) {
        Ok(()) => Ok(client),
        Err(why) => Err(Refusal::InvalidCertificate(format!("client certificate: {why}"))),
    })
}

/// The holder of a certificate has proven its key in the handshake; here is asked whose it is.
fn check_certificate(auth: &ClientAuth, peer: &Peer, now: Timestamp) -> Result<(), String> {
    let shown = peer.certificate.as_ref().ok_or("the connection shows none")?;
    match auth {
        ClientAuth::Tls(_) if !shown.trusted => {
            Err("no trusted authority vouches for it, or its time is over".to_owned())
        }
        ClientAuth::Tls(name) => {
            // It was good when the connection began, and may have ended since.
            let shown = Certificate::read(&shown.der)?;
            shown.check_dates(now)?;
            shown.check_name(name)
        }
        ClientAuth::SelfSignedTls(known) if known.contains(&sha256(&shown.der)) => {
            Certificate::read(&shown.der)?.check_dates(now)
        }
        _ => Err("it is not one of the client's".to_owned()),
    }
}

fn fetched_keys(
    service: &Service,
    uri: &str,
    kid: Option<&str>,
    now: Timestamp,
) -> Result<Arc<KeySet>, Refusal> {
    let found = match service.remote_keys.known(uri, kid, now) {
        Some(known) => known,
        None => {
            service.run.patience.allow(Wait::Keys)?;
            service.remote_keys.keys(uri, kid, now)
        }
    };
    found.map_err(|error| match error {
        RemoteKeysError::Failed(why) => Refusal::NoKeys(format!("the client's keys at {uri}: {why}")),
        // The address is the client's own affair: only the log names it.
        RemoteKeysError::Busy => Refusal::Unavailable(Cannot {
            told: "the credentials cannot be checked now: try again".to_owned(),
            why: format!("the client's keys at {uri}: they did not come in time, and are still awaited"),
            waits_for: None,
        }),
    })
}

/// Type and audience, whose rules are those of an assertion alone.
fn check_kind(
    jws: &Jws<'_>,
    audience: AssertionAudience,
    service: &Service,
    claims: &Object,
) -> Result<(), Refusal> {
    let bad = |why: &str| Err(Refusal::InvalidAssertion(format!("client assertion: {why}")));
    let typ_fits = match jws.header.get("typ") {
        None => true,
        Some(Json::String(typ)) => ASSERTION_TYPES.contains(&compact::media_type(typ).as_str()),
        Some(_) => false,
    };
    if !typ_fits {
        return bad("its typ is that of another kind of token");
    }
    let token_url = service.url(crate::http::TOKEN_PATH);
    let is_token_url = |aud: &str| audience == AssertionAudience::IssuerOrTokenUrl && aud == token_url;
    match claims.get("aud") {
        Some(Json::String(aud)) if *aud == service.issuer || is_token_url(aud) => Ok(()),
        Some(Json::Array(items)) if audience == AssertionAudience::IssuerOrTokenUrl => match items.as_slice()
        {
            [Json::String(aud)] if *aud == service.issuer || is_token_url(aud) => Ok(()),
            _ => bad("its aud is a list of other things than issuer or token endpoint"),
        },
        Some(Json::String(_)) => bad("its aud is not the issuer (rfc7523bis section 4)"),
        Some(_) => bad("its aud must be the issuer as a string (rfc7523bis section 4)"),
        None => bad("it has no aud"),
    }
}

fn policy(service: &Service, id: &str, auth: &ClientAuth) -> Policy {
    let shared = matches!(auth, ClientAuth::SecretJwt { .. });
    let alg = Algorithm::ALL.into_iter().filter(|alg| (alg.family() == Family::Hmac) == shared);
    Policy {
        leeway: service.settings.leeway.as_secs(),
        iss: Some(id.to_owned()),
        sub: Some(id.to_owned()),
        alg: alg.collect(),
        require: vec![CheckName::Signature, CheckName::Exp, CheckName::Iss, CheckName::Sub],
        ..Policy::default()
    }
}

/// Short-lived, and never seen before (RFC 7523 section 3).
fn once(service: &Service, id: &str, claims: &Object, now: Timestamp) -> Result<(), Refusal> {
    let bad = |why: &str| Refusal::InvalidAssertion(format!("client assertion: {why}"));
    let view = ClaimsView::of(claims);
    let Claim::Value(exp) = view.exp else { return Err(bad("it has no exp")) };
    let leeway = service.settings.leeway;
    if exp > NumericDate::from_timestamp(now).plus(MAX_ASSERTION_LIFETIME + leeway.as_secs()) {
        return Err(bad("it is good for more than ten minutes"));
    }
    let Claim::Value(jti) = view.jti else { return Err(bad("it has no jti")) };
    if jti.is_empty() {
        return Err(bad("its jti is empty"));
    }
    let (kind, until) = (IdKind::Assertion, taken_until(exp, leeway));
    let used = Id { kind, digest: digest(&[id, jti]), owner: id.to_owned(), until };
    if service.remember(used, now)? { Ok(()) } else { Err(bad("it has been used before (jti)")) }
}
