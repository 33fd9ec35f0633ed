//! Is this a live token of ours? One answer for the resource, introspection and token exchange.

use crate::claims::{Claim, ClaimsView, NumericDate};
use crate::clock::Timestamp;
use crate::issuer::error::Cannot;
use crate::issuer::{MAX_LEEWAY, Service};
use crate::jose::compact::{Payload, Token};
use crate::json::Object;
use crate::registry::Client;
use crate::registry::expiring::{IdDigest, digest};
use crate::registry::keys::ring::Ring;
use crate::scope::ScopeSet;
use crate::verdict::{self, Outcome, Policy};

/// A token that the judge has passed, that is not revoked, and whose client is there.
#[derive(Debug)]
pub struct Live {
    /// Its claims.
    pub claims: Object,
}

impl Live {
    /// Whom it speaks for.
    #[must_use]
    pub fn sub(&self) -> &str {
        text(&ClaimsView::of(&self.claims).sub).unwrap_or_default()
    }

    /// The client that got it.
    #[must_use]
    pub fn client_id(&self) -> &str {
        text(&ClaimsView::of(&self.claims).client_id).unwrap_or_default()
    }

    /// What it allows; `None` where it says nothing of that.
    #[must_use]
    pub fn scope(&self) -> Option<ScopeSet> {
        match ClaimsView::of(&self.claims).scope {
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

    /// What is no text binds all the same: to an empty thumbprint, which nothing has.
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

/// Why a token is not taken for a live one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotLive {
    /// It is none: the first reason why, for the log and for the bearer of the token.
    Dead(String),
    /// Nobody can say now: the store that has its client cannot be asked.
    Unknown(Cannot),
}

/// Judges a token by that policy, and asks what no token can say: whether it was revoked, and
/// whether its client still is one.
///
/// # Errors
/// [`NotLive`], which says whether it is not, or is not known to be.
pub fn live(service: &Service, token: Token<'_>, policy: &Policy, now: Timestamp) -> Result<Live, NotLive> {
    let ring = service.keys().map_err(|error| NotLive::Unknown(error.into()))?;
    let claims = judged(service, &ring, token, policy, now).map_err(NotLive::Dead)?;
    let client_id = text(&ClaimsView::of(&claims).client_id);
    let client = client_id.map_or(Ok(None), |id| service.registry.get(id, service.run.patience));
    match client {
        Ok(Some(client)) if is_from_before(&claims, &client, policy.leeway) => Err(NotLive::Dead(
            "it is older than its client: one of the same id was removed before".to_owned(),
        )),
        Ok(Some(_)) => Ok(Live { claims }),
        Ok(None) => Err(NotLive::Dead("its client is not registered (any more)".to_owned())),
        Err(error) => Err(NotLive::Unknown(error.into())),
    }
}

/// Clocks of one store's nodes differ by so many seconds at most, whatever leeway is configured for those of
/// others: one of minutes would bring tokens of minutes back.
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

/// The moment from which no node takes what ends then, whatever leeway it is configured with.
#[must_use]
pub fn taken_until(exp: NumericDate) -> Timestamp {
    let seconds = exp.plus(MAX_LEEWAY.as_secs() + 1).seconds;
    Timestamp::from_unix(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// The claims of a token that the judge passes and that is not revoked.
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
    if service.state.revoked.contains(&revocation_id(jti), now) {
        return Err("it has been revoked".to_owned());
    }
    Ok(claims)
}

/// The key under which a token is revoked.
#[must_use]
pub fn revocation_id(jti: &str) -> IdDigest {
    digest(&["revoked", jti])
}
