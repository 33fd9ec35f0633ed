//! A token for the client itself: by client credentials, or by an identity that stands for the client. An ID-JAG
//! bounds it, and names the user on whose behalf the client acts.

use super::client_credentials::{granted_scope, of_resource};
use crate::issuer::Service;
use crate::issuer::error::Refusal;
use crate::issuer::grant::Decision;
use crate::issuer::resource_indicator;
use crate::issuer::trust::accepted::{AcceptedIdentity, GrantedUser};
use crate::registry::Client;
use crate::scope::ScopeSet;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The grant's own part of a [`Decision`].
#[derive(Debug)]
pub struct OwnToken<'a> {
    sub: &'a str,
    scope: Cow<'a, ScopeSet>,
    pub audience: Cow<'a, [String]>,
    /// The claims of the client, and those of the identity that it takes over.
    claims: Cow<'a, Map<String, Value>>,
}

impl OwnToken<'_> {
    #[must_use]
    pub fn decision<'a>(&'a self, client: &'a Client) -> Decision<'a> {
        Decision {
            client,
            sub: self.sub,
            scope: &self.scope,
            audience: &self.audience,
            act: None,
            not_after: None,
            sources: &[],
            extra: &self.claims,
        }
    }

    /// Its subject, if that is not the client.
    #[must_use]
    pub fn user(&self, client: &Client) -> Option<String> {
        (self.sub != client.id).then(|| self.sub.to_owned())
    }
}

/// Decides about scope and audience.
///
/// # Errors
/// `invalid_scope`, `invalid_target`
pub fn decide<'a>(
    service: &'a Service,
    client: &'a Client,
    targets: &[&str],
    asked: Option<&'a ScopeSet>,
    identity: Option<&'a AcceptedIdentity>,
) -> Result<OwnToken<'a>, Refusal> {
    let user = identity.and_then(|identity| identity.user.as_ref());
    let targets = match user.and_then(|user| user.resources.as_deref()) {
        Some(resources) => Cow::Owned(bounded_targets(resources, targets)?),
        None => Cow::Borrowed(targets),
    };
    resource_indicator::check(&service.settings, client, &targets)?;
    let audience = resource_indicator::audience(&service.settings, client, &targets);
    let known = service.resources.scopes_of(&audience);
    let scope = match user {
        Some(GrantedUser { scope: Some(within), .. }) => {
            bounded_scope(client, asked, within, known.as_deref())?
        }
        _ => granted_scope(client, asked, known.as_deref())?,
    };
    let taken = identity.map(|identity| &identity.claims).filter(|claims| !claims.is_empty());
    let claims = match taken {
        None => Cow::Borrowed(&client.claims),
        Some(taken) => {
            let all = client.claims.iter().chain(taken);
            Cow::Owned(all.map(|(name, value)| (name.clone(), value.clone())).collect())
        }
    };
    let sub = match (user, identity) {
        (Some(_), Some(identity)) => identity.sub.as_str(),
        _ => client.id.as_str(),
    };
    Ok(OwnToken { sub, scope, audience, claims })
}

/// The requested resources, which an ID-JAG must name; without a request, all that it names.
fn bounded_targets<'a>(resources: &'a [String], targets: &[&'a str]) -> Result<Vec<&'a str>, Refusal> {
    if let Some(beyond) = targets.iter().find(|target| !resources.iter().any(|resource| resource == *target))
    {
        return Err(Refusal::InvalidTarget(format!("the ID-JAG is not for resource {beyond}")));
    }
    Ok(if targets.is_empty() { resources.iter().map(String::as_str).collect() } else { targets.to_vec() })
}

/// The requested scope, which an ID-JAG must name; without a request, all that it names and the client may have.
fn bounded_scope<'a>(
    client: &Client,
    asked: Option<&'a ScopeSet>,
    within: &ScopeSet,
    known: Option<&ScopeSet>,
) -> Result<Cow<'a, ScopeSet>, Refusal> {
    let common = client.scopes.intersection(within);
    let Some(asked) = asked else {
        return Ok(Cow::Owned(known.map_or_else(|| common.clone(), |known| common.intersection(known))));
    };
    let refused: Vec<String> = asked.minus(&common).map(str::to_owned).collect();
    if !refused.is_empty() {
        return Err(Refusal::ScopeNotAllowed { refused, allowed: common });
    }
    of_resource(asked, known).map(|()| Cow::Borrowed(asked))
}
