//! Whether a token is good for a guard: verified once, then remembered by its digest; what may end it early
//! is checked each time.

use super::holder::Holder;
use super::rules::Guard;
use super::verified_tokens::{MAX_LENGTH, TrustedKeys, VerifiedToken};
use crate::claims::{Claim, ClaimsView, own_scope};
use crate::clock::Timestamp;
use crate::issuer::Service;
use crate::issuer::active_token::{InactiveReason, check_standing, current_keys, judged};
use crate::issuer::error::Unavailable;
use crate::issuer::published_keys::published_keys;
use crate::issuer::standing::Standing;
use crate::issuer::token_binding::TokenBinding;
use crate::jose::compact::{self, Token, media_type};
use crate::jose::keyset::client_most_tried;
use crate::jose::verify;
use crate::json::Object;
use crate::registry::expiring_set::digest;
use crate::verdict::Policy;
use std::borrow::Cow;
use std::sync::Arc;

/// The types of access tokens. Older issuers leave the type out.
const ACCESS_TOKEN_TYPES: [&str; 2] = ["at+jwt", "jwt"];

/// The verified token of a text.
///
/// # Errors
/// [`InactiveReason`]: the token is not good, or its state is unknown.
pub(super) fn verified(
    service: &Service,
    guard: &Guard,
    text: &str,
    now: Timestamp,
) -> Result<Arc<VerifiedToken>, InactiveReason> {
    let table = &service.guards.verified;
    let id = digest(&[&guard.name, text]);
    if let Some(known) = table.get(&id) {
        let keys = trusted_keys(service, guard, known.kid.as_deref(), now)?;
        if known.holds(&keys, now) {
            standing(service, guard, &known, now)?;
            return Ok(known);
        }
        table.forget(&id);
    }
    let token = compact::read(text);
    let kid = if let Token::Jws(jws) = &token { jws.header_str("kid").map(str::to_owned) } else { None };
    let keys = trusted_keys(service, guard, kid.as_deref(), now)?;
    let found = judge(guard, token, keys, kid, now).map_err(InactiveReason::Dead)?;
    standing(service, guard, &found, now)?;
    let found = Arc::new(found);
    if text.len() <= MAX_LENGTH {
        table.put(id, found.clone());
    }
    Ok(found)
}

fn standing(
    service: &Service,
    guard: &Guard,
    token: &VerifiedToken,
    now: Timestamp,
) -> Result<(), InactiveReason> {
    let check = |standing| check_standing(service, standing, guard.policy.leeway, now);
    token.standing.as_ref().map_or(Ok(()), check)
}

fn judge(
    guard: &Guard,
    token: Token<'_>,
    keys: TrustedKeys,
    kid: Option<String>,
    now: Timestamp,
) -> Result<VerifiedToken, String> {
    let policy = match &guard.issuer {
        None => Cow::Borrowed(&guard.policy),
        Some(_) => Cow::Owned(of_token(guard, &token)?),
    };
    let claims = judged(keys.set(), token, &policy, now)?;
    let standing = guard.issuer.is_none().then(|| Standing::of(&claims)).transpose()?;
    // Our own tokens have other claims by configuration, whose names may be those of a scope elsewhere.
    let scope = if guard.issuer.is_none() { own_scope(&claims) } else { ClaimsView::of(&claims).scope };
    let (holder, binding) = (Holder::of_token(&claims, scope)?, TokenBinding::of(&claims));
    Ok(VerifiedToken { holder, binding, standing, keys, kid, since: now, until: end(&claims) })
}

/// The policy for a token of another issuer. Strangers cause the checks of signatures, so few keys are tried.
fn of_token(guard: &Guard, token: &Token<'_>) -> Result<Policy, String> {
    let Token::Jws(jws) = token else { return Ok(guard.policy.clone()) };
    let typ = jws.header_str("typ").map(media_type);
    if typ.as_ref().is_some_and(|typ| !ACCESS_TOKEN_TYPES.contains(&typ.as_str())) {
        return Err("its typ belongs to another kind of token".to_owned());
    }
    let most_keys = verify::algorithm(jws).ok().map(client_most_tried);
    Ok(Policy { most_keys, ..guard.policy.clone() })
}

fn end(claims: &Object) -> Timestamp {
    match ClaimsView::of(claims).exp {
        Claim::Value(exp) => Timestamp::from_unix(i64::try_from(exp.seconds).unwrap_or(i64::MAX)),
        Claim::Absent | Claim::Mistyped(_) => Timestamp::from_unix(0),
    }
}

/// The keys that the guard trusts now. Those of another issuer may have to be fetched, for which a worker
/// does not wait.
fn trusted_keys(
    service: &Service,
    guard: &Guard,
    kid: Option<&str>,
    now: Timestamp,
) -> Result<TrustedKeys, InactiveReason> {
    let Some(issuer) = &guard.issuer else { return current_keys(service).map(TrustedKeys::Own) };
    let found = published_keys(service, issuer, kid, now);
    let found = found.map_err(|would_wait| InactiveReason::Unknown(would_wait.into()))?;
    found.map(TrustedKeys::OfIssuer).map_err(|error| {
        InactiveReason::Unknown(Unavailable {
            message: "the token cannot be checked now: the keys of its issuer are not available".to_owned(),
            cause: format!("the keys of the issuer {}: {error}", issuer.uri),
            waits_for: None,
            unconfirmed: None,
        })
    })
}
