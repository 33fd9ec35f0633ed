//! The client for which an identity stands, by the clients' rules.

use super::danger;
use super::preset::IdentityKind;
use super::trusted_issuer::TrustedIssuer;
use crate::json::{Json, Object};
use crate::registry::Client;
use std::sync::Arc;

/// Whether an identity stands for this client. Makes no texts.
#[must_use]
pub fn stands_for(client: &Client, trust: &TrustedIssuer, claims: &Object) -> bool {
    has_rule(client, trust, claims) && of_client(client, trust, claims).is_ok()
}

/// Whether a rule of the client fits an identity, and may be used.
fn has_rule(client: &Client, trust: &TrustedIssuer, claims: &Object) -> bool {
    let mut fitting = client.rules_of(&trust.name).filter(|rule| rule.accepts(claims));
    fitting.any(|rule| danger::refused(trust, rule).is_none())
}

/// As [`stands_for`], with the reason.
///
/// # Errors
/// The first thing of the client's first rule that does not fit.
pub fn fits(client: &Client, trust: &TrustedIssuer, claims: &Object) -> Result<(), String> {
    if has_rule(client, trust, claims) {
        return of_client(client, trust, claims);
    }
    let Some(first) = client.rules_of(&trust.name).next() else {
        return Err(format!("it has no rule for trust {:?}", trust.name));
    };
    match danger::refused(trust, first) {
        Some(danger) => Err(danger.what),
        None => first.fits(claims),
    }
}

/// An ID-JAG names the client that may present it.
fn of_client(client: &Client, trust: &TrustedIssuer, claims: &Object) -> Result<(), String> {
    let named = claims.get("client_id").and_then(Json::as_str);
    match trust.preset.kind {
        IdentityKind::IdJag if named != Some(client.id.as_str()) => {
            Err(format!("client_id is {}, and the client is {}", named.unwrap_or("missing"), client.id))
        }
        _ => Ok(()),
    }
}

/// The only client for which an identity stands.
///
/// # Errors
/// If there is none, or more than one. The text names them.
pub fn only<'a>(
    clients: impl Iterator<Item = &'a Arc<Client>>,
    trust: &TrustedIssuer,
    claims: &Object,
) -> Result<&'a Arc<Client>, String> {
    let mut fitting = clients.filter(|client| stands_for(client, trust, claims));
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Ok(one),
        (Some(one), Some(other)) => Err(format!(
            "it fits a rule of {:?} and one of {:?}: make their rules differ, or send client_id",
            one.id, other.id
        )),
        (None, _) => {
            let sub = claims.get("sub").and_then(Json::as_str).unwrap_or_default();
            Err(format!("no client has a rule of trust {:?} that {sub} fits", trust.name))
        }
    }
}
