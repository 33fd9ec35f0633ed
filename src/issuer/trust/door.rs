//! The doors: verifies an identity with the keys of its issuer, finds the client for which it stands, and uses it
//! up.

use super::accepted::{AcceptedIdentity, GrantedUser, resources};
use super::check::{self, IdentityCheck, IdentityDoor, IdentityFault, IdentityStep};
use super::matching;
use super::preset::{IdentityKind, Replay};
use super::trusted_issuer::{TrustKeys, TrustedIssuer, TrustedIssuers};
use crate::claims::{Claim, ClaimsView};
use crate::clock::Timestamp;
use crate::issuer::Service;
use crate::issuer::active_token::taken_until;
use crate::issuer::error::{Refusal, Unavailable};
use crate::jose::compact::Jws;
use crate::jose::keyset::KeySet;
use crate::json::{Json, Object};
use crate::registry::Client;
use crate::registry::expiring_set::{IdDigest, digest};
use crate::registry::store::{Id, IdKind};
use crate::registry::wait::Wait;
use crate::scope::ScopeSet;
use std::sync::Arc;

/// An identity whose issuer has signed it for this server.
pub struct VerifiedIdentity<'a> {
    trust: &'a TrustedIssuer,
    claims: &'a Object,
    door: IdentityDoor,
    /// How it is remembered, if it may be used once.
    once: Option<(IdDigest, Timestamp)>,
}

/// The trusted issuer of a client assertion; `None` if it is the client's own assertion.
///
/// # Errors
/// `invalid_client` if its issuer is neither.
pub fn of_assertion<'a>(
    service: &'a Service,
    jws: &Jws<'_>,
    is_spiffe: bool,
) -> Result<Option<&'a TrustedIssuer>, Refusal> {
    let Some(claims) = jws.peek_unverified().filter(|_| is_spiffe || !service.trust.is_empty()) else {
        return Ok(None);
    };
    let untrusted =
        |what: String| Err(refused(IdentityDoor::Client, &IdentityFault::new(IdentityStep::Issuer, what)));
    if is_spiffe {
        return match service.trust.of_spiffe(claims) {
            Some(trust) => Ok(Some(trust)),
            None => untrusted("its sub is not in a SPIFFE trust domain that is trusted".to_owned()),
        };
    }
    let text = |name| claims.get(name).and_then(Json::as_str);
    match (text("iss"), service.trust.of(jws)) {
        (Some(iss), _) if text("sub") == Some(iss) => Ok(None),
        (Some(_), Some(trust)) => Ok(Some(trust)),
        (Some(iss), None) => untrusted(format!("{iss} is not a trusted issuer, and not the client")),
        (None, Some(_)) => untrusted("a SPIFFE identity needs client_assertion_type …:jwt-spiffe".to_owned()),
        // A client's own assertion has an iss, too.
        (None, None) => untrusted("it has no iss that is a text".to_owned()),
    }
}

/// Verifies an identity of that issuer.
///
/// # Errors
/// `invalid_client` or `invalid_grant` by the door, or that the issuer's keys are unavailable.
pub fn verify<'a>(
    service: &Service,
    jws: &'a Jws<'a>,
    trust: &'a TrustedIssuer,
    door: IdentityDoor,
    now: Timestamp,
) -> Result<VerifiedIdentity<'a>, Refusal> {
    let fault = |fault: IdentityFault| refused(door, &fault);
    check::size(jws.token).map_err(fault)?;
    let claims = jws.peek_unverified();
    let claims = claims.ok_or_else(|| {
        fault(IdentityFault::new(IdentityStep::Structure, "its payload is not a claims set"))
    })?;
    let (audience, leeway) = (service.issuer.as_str(), service.settings.leeway.as_secs());
    let check = IdentityCheck { jws, claims, trust, door, audience, leeway, now };
    check.before_keys().map_err(fault)?;
    let keys = keys(service, trust, jws.header_str("kid"), now)?;
    check.with_keys(&keys).map_err(fault)?;
    let once = once(service, jws, claims, trust);
    Ok(VerifiedIdentity { trust, claims, door, once })
}

/// By its `jti`, else by what is signed: an ECDSA signature has more than one form.
fn once(
    service: &Service,
    jws: &Jws<'_>,
    claims: &Object,
    trust: &TrustedIssuer,
) -> Option<(IdDigest, Timestamp)> {
    const IDENTITY: &str = "identity";
    if trust.replay == Replay::Reuse {
        return None;
    }
    let view = ClaimsView::of(claims);
    let Claim::Value(exp) = view.exp else { return None };
    let id = match view.jti {
        Claim::Value(jti) if !jti.is_empty() => digest(&[IDENTITY, &trust.issuer, jti]),
        _ => digest(&[IDENTITY, &String::from_utf8_lossy(jws.signing_input())]),
    };
    Some((id, taken_until(exp, service.settings.leeway)))
}

impl<'a> VerifiedIdentity<'a> {
    #[must_use]
    pub const fn trust(&self) -> &'a TrustedIssuer {
        self.trust
    }

    #[must_use]
    pub const fn claims(&self) -> &'a Object {
        self.claims
    }

    /// The client for which it stands: the one of that id, or the only one that it fits.
    ///
    /// # Errors
    /// `invalid_client` or `invalid_grant` by the door; or that the store is unavailable, or must first be
    /// asked for changes.
    pub fn client(&self, service: &Service, named: Option<&str>) -> Result<Arc<Client>, Refusal> {
        let patience = service.run.patience;
        let found = match named {
            Some(id) => match service.registry.get(id, patience)? {
                Some(client) => matching::fits(&client, self.trust, self.claims)
                    .map(|()| client)
                    .map_err(|why| format!("client {id:?}: {why}")),
                None => Err(format!("there is no client {id:?}")),
            },
            None => match service.registry.candidates(
                &self.trust.name,
                TrustedIssuers::subject(self.claims),
                patience,
            )? {
                Some(clients) => matching::only(clients.iter(), self.trust, self.claims).cloned(),
                None => Err("too many clients have rules: send client_id".to_owned()),
            },
        };
        let why = match found {
            Ok(client) => return Ok(client),
            Err(why) => why,
        };
        // A rule may have been saved a moment ago.
        service.registry.confirmed(patience)?;
        Err(refused(self.door, &IdentityFault::new(IdentityStep::Rule, why)))
    }

    /// The identity for the token of that client, and for the log.
    #[must_use]
    pub fn accepted(&self, client: &Client) -> AcceptedIdentity {
        let taken = |name: &String| {
            let value = serde_json::from_str(&self.claims.get(name)?.to_string()).ok()?;
            Some((name.clone(), value))
        };
        AcceptedIdentity {
            trust: self.trust.name.clone(),
            sub: TrustedIssuers::subject(self.claims).to_owned(),
            claims: client.claims_from.iter().filter_map(taken).collect(),
            user: (self.trust.preset.kind == IdentityKind::IdJag).then(|| granted(self.claims)),
        }
    }

    /// Records that it is used, if it may be used once.
    ///
    /// # Errors
    /// `invalid_client` or `invalid_grant` by the door if it has been used, or that this cannot be recorded.
    pub fn spend(&self, service: &Service, client: &Client, now: Timestamp) -> Result<(), Refusal> {
        let Some((digest, until)) = self.once else { return Ok(()) };
        let used = Id { kind: IdKind::Assertion, digest, owner: client.id.clone(), until };
        if service.remember(used, now)? {
            return Ok(());
        }
        let why = match self.trust.preset.kind {
            IdentityKind::IdJag => "it has been used before, and an ID-JAG can be used once",
            IdentityKind::Jwt | IdentityKind::Spiffe => {
                "it has been used before: fetch a new one for each request, or write replay = \"reuse\" for the \
                 trust"
            }
        };
        Err(refused(self.door, &IdentityFault::new(IdentityStep::Replay, why)))
    }
}

/// The scope and the resources of an ID-JAG. One that cannot be read grants nothing.
fn granted(claims: &Object) -> GrantedUser {
    let scope = match ClaimsView::of(claims).scope {
        Claim::Absent => None,
        Claim::Value(scope) => Some(scope),
        Claim::Mistyped(_) => Some(ScopeSet::empty()),
    };
    GrantedUser { scope, resources: resources(claims).unwrap_or_else(|_| Some(Vec::new())) }
}

/// Only the log says which check failed: a stranger with a token of the same platform learns nothing of the rules.
pub(in crate::issuer) fn refused(door: IdentityDoor, fault: &IdentityFault) -> Refusal {
    match door {
        IdentityDoor::Client => Refusal::InvalidAssertion(fault.to_string()),
        IdentityDoor::Grant | IdentityDoor::Exchange => Refusal::InvalidIdentity(fault.to_string()),
    }
}

fn keys(
    service: &Service,
    trust: &TrustedIssuer,
    kid: Option<&str>,
    now: Timestamp,
) -> Result<Arc<KeySet>, Refusal> {
    let at = match &trust.keys {
        TrustKeys::Fixed(keys) => return Ok(keys.clone()),
        TrustKeys::At(at) => at,
    };
    let from = &service.remote_keys;
    let now = service.clock.paced(now);
    let found = match from.known(at, kid, now) {
        Some(known) => known,
        None => {
            service.run.patience.allow(Wait::Keys)?;
            from.keys(at, kid, now)
        }
    };
    // The identity may be right, so the caller is told to come back.
    found.map_err(|why| {
        Refusal::Unavailable(Unavailable {
            message: "the keys of the identity's issuer are not available now: try again".to_owned(),
            cause: format!("trust {:?}: the keys at {}: {why}", trust.name, at.uri),
            waits_for: None,
            unconfirmed: None,
        })
    })
}
