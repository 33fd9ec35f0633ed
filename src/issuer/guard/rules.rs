//! The guards of a server.

use super::routes::GuardRoute;
use super::verified_tokens::VerifiedTokens;
use crate::issuer::accept::Accept;
use crate::issuer::resource::{Resource, Resources};
use crate::issuer::token_policies::TokenPolicies;
use crate::jose::algorithm::{Algorithm, Family};
use crate::registry::KeysUrl;
use crate::verdict::{CheckName, Policy};
use std::sync::Arc;

/// The path of the guards; the name of one follows.
pub const GUARD_PATH: &str = "/guard";

/// A guard of the configuration.
#[derive(Clone, Debug)]
pub struct GuardRules {
    pub name: String,
    /// The id of the resource that tokens must be for.
    pub resource: Option<String>,
    /// `None` for a guard that lets every path through.
    pub routes: Option<Vec<GuardRoute>>,
    /// `None` for the tokens that the resource accepts.
    pub accept: Option<Accept>,
    /// Another issuer whose tokens are accepted instead of ours.
    pub issuer: Option<String>,
}

/// A guard with its resource and policy.
#[derive(Debug)]
pub struct Guard {
    pub name: String,
    pub resource: Option<Arc<Resource>>,
    pub routes: Option<Vec<GuardRoute>>,
    pub accept: Accept,
    /// The keys of another issuer, whose tokens are accepted instead of ours.
    pub issuer: Option<KeysUrl>,
    /// The policy for its tokens.
    pub policy: Policy,
}

/// All guards, and what they remember. A reload begins with an empty memory.
#[derive(Debug)]
pub struct Guards {
    all: Vec<Guard>,
    pub verified: VerifiedTokens,
}

impl Guards {
    #[must_use]
    pub fn new(rules: Vec<GuardRules>, resources: &Resources, own: &TokenPolicies) -> Self {
        let all = rules.into_iter().map(|rules| Guard::new(rules, resources, own)).collect();
        Self { all, verified: VerifiedTokens::default() }
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Guard> {
        self.all.iter().find(|guard| guard.name == name)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|guard| guard.name.as_str())
    }
}

impl Guard {
    fn new(rules: GuardRules, resources: &Resources, own: &TokenPolicies) -> Self {
        let GuardRules { name, resource, routes, accept, issuer } = rules;
        let resource = resource.and_then(|id| resources.get(&id).cloned());
        let of_resource = resource.as_ref().map(|resource| resource.accept);
        let accept = accept.or(of_resource).unwrap_or_default();
        let policy = match (&issuer, &resource) {
            (Some(issuer), _) => of_issuer(issuer, own.any_audience.leeway),
            (None, None) => own.resource.clone(),
            (None, Some(_)) => own.any_audience.clone(),
        };
        let policy = match &resource {
            Some(resource) => Policy { aud: vec![resource.id.clone()], aud_optional: false, ..policy },
            None => policy,
        };
        Self { name, resource, routes, accept, issuer: issuer.map(KeysUrl::of_issuer), policy }
    }
}

/// The policy for tokens of another issuer. Its shared secrets are unknown here.
fn of_issuer(issuer: &str, leeway: u64) -> Policy {
    Policy {
        leeway,
        iss: Some(issuer.to_owned()),
        alg: Algorithm::ALL.into_iter().filter(|alg| alg.family() != Family::Hmac).collect(),
        require: vec![CheckName::Signature, CheckName::Exp, CheckName::Iss, CheckName::Aud],
        ..Policy::default()
    }
}
