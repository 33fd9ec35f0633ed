//! Checks that a token of this issuer is still valid, for the resource, introspection and token exchange
//! alike.

use crate::claims::{Claim, ClaimsView, NumericDate, own_scope};
use crate::clock::Timestamp;
use crate::issuer::Service;
use crate::issuer::error::Unavailable;
use crate::issuer::standing::{Standing, sources, text};
use crate::jose::compact::{Payload, Token};
use crate::jose::keyset::KeySet;
use crate::json::Object;
use crate::registry::Client;
use crate::registry::expiring_set::IdDigest;
use crate::registry::keys::ring::Ring;
use crate::scope::ScopeSet;
use crate::verdict::{self, Outcome, Policy};
use std::sync::Arc;
use std::time::Duration;

/// A valid token: neither it nor any source token is revoked, and its client is registered. For an
/// exchanged token, so are its subject and all actors.
#[derive(Debug)]
pub struct ActiveToken {
    pub claims: Object,
}

impl ActiveToken {
    #[must_use]
    pub fn sub(&self) -> &str {
        text(&ClaimsView::of(&self.claims).sub).unwrap_or_default()
    }

    /// The client that it was issued to.
    #[must_use]
    pub fn client_id(&self) -> &str {
        text(&ClaimsView::of(&self.claims).client_id).unwrap_or_default()
    }

    /// Its `jti`.
    #[must_use]
    pub fn jti(&self) -> &str {
        text(&ClaimsView::of(&self.claims).jti).unwrap_or_default()
    }

    /// The ids of the tokens that it was exchanged from; empty if it was not exchanged.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        sources(&self.claims).unwrap_or_default().into_iter()
    }

    /// Its scope; `None` if it has no such claim.
    #[must_use]
    pub fn scope(&self) -> Option<ScopeSet> {
        match own_scope(&self.claims) {
            Claim::Value(scope) => Some(scope),
            Claim::Absent | Claim::Mistyped(_) => None,
        }
    }

    /// The thumbprint of the key that it is bound to (RFC 9449 section 6.1).
    #[must_use]
    pub fn jkt(&self) -> Option<&str> {
        self.confirmation("jkt")
    }

    /// The thumbprint of the certificate that it is bound to (RFC 8705 section 3.1).
    #[must_use]
    pub fn x5t_s256(&self) -> Option<&str> {
        self.confirmation("x5t#S256")
    }

    /// A thumbprint that is not a string still binds: it reads as empty, which matches no key.
    fn confirmation(&self, name: &str) -> Option<&str> {
        let value = self.claims.get("cnf")?.as_object()?.get(name)?;
        Some(value.as_str().unwrap_or_default())
    }
}

/// Why a token is not accepted as active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InactiveReason {
    /// It is not active: the first reason, for the log and the bearer.
    Dead(String),
    /// Unknown, because the store of its client is unreachable.
    Unknown(Unavailable),
}

/// Judges a token by that policy, then checks server state: revocation of the token and its sources, and
/// registration of all clients that it names.
///
/// # Errors
/// [`InactiveReason`]: the token is inactive, or its state is unknown.
pub fn live(
    service: &Service,
    token: Token<'_>,
    policy: &Policy,
    now: Timestamp,
) -> Result<ActiveToken, InactiveReason> {
    let ring = current_keys(service)?;
    let claims = judged(&ring.keys, token, policy, now).map_err(InactiveReason::Dead)?;
    let standing = Standing::of(&claims).map_err(InactiveReason::Dead)?;
    check_standing(service, &standing, policy.leeway, now)?;
    Ok(ActiveToken { claims })
}

/// The keys that verify tokens of this issuer, if the revocations are known, too.
///
/// # Errors
/// [`InactiveReason::Unknown`]
pub(super) fn current_keys(service: &Service) -> Result<Arc<Ring>, InactiveReason> {
    if let Some(registered) = service.registry.registered() {
        registered.knows_revocations().map_err(|error| InactiveReason::Unknown(error.into()))?;
    }
    service.keys().map_err(|error| InactiveReason::Unknown(error.into()))
}

/// Checks that a verified token is not revoked, and that its clients are registered.
///
/// # Errors
/// [`InactiveReason`]: the token is inactive, or its state is unknown.
pub(super) fn check_standing(
    service: &Service,
    standing: &Standing,
    leeway: u64,
    now: Timestamp,
) -> Result<(), InactiveReason> {
    let dead = |why: &str| Err(InactiveReason::Dead(why.to_owned()));
    let is_revoked = |id: &IdDigest| service.state.revoked.contains(id, now);
    if is_revoked(&standing.own) {
        return dead("it has been revoked");
    }
    if standing.sources.iter().any(is_revoked) {
        return dead("a token that it was made from has been revoked");
    }
    for (role, id) in &standing.clients {
        match service.registry.get(id, service.run.patience) {
            Ok(Some(client)) if is_from_before(standing, &client, leeway) => {
                return dead(&format!("it is older than its {role}: one of the same id was removed before"));
            }
            Ok(Some(_)) => {}
            // Its document is not fetched to judge a token, which is valid while the configuration allows it.
            Ok(None) if describes_itself(service, id)? => {}
            Ok(None) => {
                // It may have been registered a moment ago.
                let confirmed = service.registry.confirmed(service.run.patience);
                confirmed.map_err(|would_wait| InactiveReason::Unknown(would_wait.into()))?;
                return dead(&format!("its {role} is not registered (any more)"));
            }
            Err(error) => return Err(InactiveReason::Unknown(error.into())),
        }
    }
    Ok(())
}

fn describes_itself(service: &Service, id: &str) -> Result<bool, InactiveReason> {
    service.allows_document(id).map_err(|error| InactiveReason::Unknown(error.into()))
}

/// The assumed clock difference between nodes of one store, in seconds. The configured leeway does not
/// apply: a leeway of minutes would revive tokens that live for minutes.
const APART: u64 = 5;

/// Whether it was issued before its client was registered.
fn is_from_before(standing: &Standing, client: &Client, leeway: u64) -> bool {
    match (standing.issued, client.created) {
        (Some(iat), Some(created)) => iat.plus(leeway.min(APART)) < NumericDate::from_timestamp(created),
        _ => false,
    }
}

/// When a node with that leeway stops accepting something that expires at `end`.
#[must_use]
pub fn taken_until(exp: NumericDate, leeway: Duration) -> Timestamp {
    let seconds = exp.plus(leeway.as_secs() + 1).seconds;
    Timestamp::from_unix(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// The claims of a token that passes the judge.
///
/// # Errors
/// The first failed check.
pub(super) fn judged(
    keys: &KeySet,
    token: Token<'_>,
    policy: &Policy,
    now: Timestamp,
) -> Result<Object, String> {
    let jws = match token {
        Token::Jws(jws) => jws,
        Token::Jwe(_) => return Err("it is encrypted".to_owned()),
        Token::Unreadable(unreadable) => return Err(unreadable.why),
    };
    let verdict = verdict::judge(&jws, keys, policy, now);
    if let Some(check) = verdict.first_failure() {
        return Err(format!("{}: {}", check.name, check.message));
    }
    match (verdict.outcome, jws.payload) {
        (Outcome::Pass, Payload::Claims(claims)) => Ok(claims),
        _ => Err("its signature could not be checked".to_owned()),
    }
}
