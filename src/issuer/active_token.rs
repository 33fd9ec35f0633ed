//! Checks that a token of this issuer is still valid, for the resource, introspection and token exchange
//! alike.

use crate::claims::{Claim, ClaimsView, NumericDate, SOURCE_JTIS, own_scope};
use crate::clock::Timestamp;
use crate::issuer::Service;
use crate::issuer::error::Unavailable;
use crate::jose::compact::{Payload, Token};
use crate::json::{Json, Object};
use crate::registry::Client;
use crate::registry::expiring_set::{IdDigest, digest};
use crate::registry::keys::ring::Ring;
use crate::scope::ScopeSet;
use crate::verdict::{self, Outcome, Policy};
use std::time::Duration;

/// The longest chain of actors in a token.
pub const MAX_ACTORS: usize = 4;
/// The most source tokens of an exchanged token: each actor adds two.
const MAX_SOURCES: usize = 2 * MAX_ACTORS;

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

fn text<'a>(claim: &Claim<&'a str>) -> Option<&'a str> {
    match claim {
        Claim::Value(text) => Some(text),
        Claim::Absent | Claim::Mistyped(_) => None,
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
    if let Some(registered) = service.registry.registered() {
        registered.knows_revocations().map_err(|error| InactiveReason::Unknown(error.into()))?;
    }
    let ring = service.keys().map_err(|error| InactiveReason::Unknown(error.into()))?;
    let claims = judged(service, &ring, token, policy, now).map_err(InactiveReason::Dead)?;
    for (role, id) in clients(&claims).map_err(InactiveReason::Dead)? {
        match service.registry.get(id, service.run.patience) {
            Ok(Some(client)) if is_from_before(&claims, &client, policy.leeway) => {
                let why = format!("it is older than its {role}: one of the same id was removed before");
                return Err(InactiveReason::Dead(why));
            }
            Ok(Some(_)) => {}
            Ok(None) => {
                // It may have been registered a moment ago.
                let confirmed = service.registry.confirmed(service.run.patience);
                confirmed.map_err(|would_wait| InactiveReason::Unknown(would_wait.into()))?;
                return Err(InactiveReason::Dead(format!("its {role} is not registered (any more)")));
            }
            Err(error) => return Err(InactiveReason::Unknown(error.into())),
        }
    }
    Ok(ActiveToken { claims })
}

/// The clients that must be registered for the token to be active, each once with its role: its client and,
/// for an exchanged token, its subject and all actors (RFC 8693 section 4.1). Other subjects are not looked
/// up, since holders of an HS256 secret may sign tokens for users of their own.
fn clients(claims: &Object) -> Result<Vec<(&'static str, &str)>, String> {
    let view = ClaimsView::of(claims);
    let mut all = vec![("client", text(&view.client_id).unwrap_or_default())];
    let mut add = |role, id| {
        if !all.iter().any(|(_, known)| *known == id) {
            all.push((role, id));
        }
    };
    if claims.get("act").is_some() || claims.get(SOURCE_JTIS).is_some() {
        add("subject", text(&view.sub).unwrap_or_default());
    }
    let (mut act, mut depth) = (claims.get("act"), 0);
    while let Some(found) = act {
        let actor = found.as_object().filter(|_| depth < MAX_ACTORS);
        let actor = actor.ok_or_else(|| format!("its act is not a chain of at most {MAX_ACTORS} actors"))?;
        add("actor", actor.get("sub").and_then(Json::as_str).ok_or("an actor in its act has no sub")?);
        (act, depth) = (actor.get("act"), depth + 1);
    }
    Ok(all)
}

/// The ids of the source tokens.
fn sources(claims: &Object) -> Result<Vec<&str>, String> {
    match claims.get(SOURCE_JTIS) {
        None => Ok(Vec::new()),
        Some(Json::Array(items)) if items.len() <= MAX_SOURCES => {
            let ids = items.iter().map(Json::as_str).collect::<Option<_>>();
            ids.ok_or_else(|| format!("its {SOURCE_JTIS} has elements that are not strings"))
        }
        Some(_) => Err(format!("its {SOURCE_JTIS} is not a list of at most {MAX_SOURCES} ids")),
    }
}

/// The assumed clock difference between nodes of one store, in seconds. The configured leeway does not
/// apply: a leeway of minutes would revive tokens that live for minutes.
const APART: u64 = 5;

/// Whether it was issued before its client was registered.
fn is_from_before(claims: &Object, client: &Client, leeway: u64) -> bool {
    match (ClaimsView::of(claims).iat, client.created) {
        (Claim::Value(iat), Some(created)) => {
            iat.plus(leeway.min(APART)) < NumericDate::from_timestamp(created)
        }
        _ => false,
    }
}

/// When a node with that leeway stops accepting something that expires at `end`.
#[must_use]
pub fn taken_until(exp: NumericDate, leeway: Duration) -> Timestamp {
    let seconds = exp.plus(leeway.as_secs() + 1).seconds;
    Timestamp::from_unix(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// The claims of a token that passes the judge and is not revoked.
fn judged(
    service: &Service,
    ring: &Ring,
    token: Token<'_>,
    policy: &Policy,
    now: Timestamp,
) -> Result<Object, String> {
    let jws = match token {
        Token::Jws(jws) => jws,
        Token::Jwe(_) => return Err("it is encrypted".to_owned()),
        Token::Unreadable(unreadable) => return Err(unreadable.why),
    };
    let verdict = verdict::judge(&jws, &ring.keys, policy, now);
    if let Some(check) = verdict.first_failure() {
        return Err(format!("{}: {}", check.name, check.message));
    }
    let claims = match (verdict.outcome, jws.payload) {
        (Outcome::Pass, Payload::Claims(claims)) => claims,
        _ => return Err("its signature could not be checked".to_owned()),
    };
    let view = ClaimsView::of(&claims);
    let (Some(_), Some(jti)) = (text(&view.sub), text(&view.jti)) else {
        return Err("it has no sub or no jti".to_owned());
    };
    let is_revoked = |jti: &str| service.state.revoked.contains(&revocation_id(jti), now);
    if is_revoked(jti) {
        return Err("it has been revoked".to_owned());
    }
    if sources(&claims)?.into_iter().any(is_revoked) {
        return Err("a token that it was made from has been revoked".to_owned());
    }
    Ok(claims)
}

/// The key under which a token is revoked.
#[must_use]
pub fn revocation_id(jti: &str) -> IdDigest {
    digest(&["revoked", jti])
}
