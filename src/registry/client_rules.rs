//! What a valid client is, wherever it comes from: a store, a command or a configuration. There is no other
//! rule, so nobody registers what a server refuses, and no server signs what nobody may register.

use super::store::StoreError;
use super::{Client, ClientKeys};
use crate::claims::{is_resource, reserved_claim};
use crate::clock::MAX_DURATION;
use crate::jose::keyset::KeySet;

/// Longer ids serve nobody: each token, each line of a log and many keys of a database have it.
const MAX_ID: usize = 255;

/// A shorter client secret, in characters, can be guessed.
pub const MIN_SECRET: usize = 12;

/// Why something is no client, and the cure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct InvalidClient {
    /// What is wrong, in the names that records and configurations have for it.
    pub what: String,
    /// What to do about it.
    pub hint: &'static str,
    /// What a configuration calls what is wrong; empty where that is not one key.
    pub key: &'static str,
}

impl InvalidClient {
    pub(super) fn new(what: impl Into<String>, hint: &'static str) -> Self {
        Self { what: what.into(), hint, key: "" }
    }

    fn of(key: &'static str, what: impl Into<String>, hint: &'static str) -> Self {
        Self { key, ..Self::new(what, hint) }
    }

    /// The same of a client that stands in a store.
    #[must_use]
    pub fn damaged(&self, id: &str) -> StoreError {
        StoreError::Damaged(format!("client {id:?}: {}", self.what))
    }
}

impl Client {
    /// The client, where it keeps the rule.
    ///
    /// # Errors
    /// [`InvalidClient`] with the first thing that is wrong.
    pub fn fit(self) -> Result<Self, InvalidClient> {
        self.faults().into_iter().next().map_or(Ok(self), Err)
    }

    /// All that is wrong with it.
    #[must_use]
    pub fn faults(&self) -> Vec<InvalidClient> {
        let mut found: Vec<InvalidClient> = self.bad_id().into_iter().chain(self.bad_lifetime()).collect();
        if let Some(beyond) = self.default_scopes.minus(&self.scopes).next() {
            let what = format!("default_scopes has {beyond}, which scopes lacks");
            let hint = "add it to the scopes, or take it out of the default ones";
            found.push(InvalidClient::of("default_scopes", what, hint));
        }
        if let Some(bad) = self.audiences.iter().find(|audience| !is_resource(audience)) {
            let what =
                format!("audiences has {bad:?}, which is no absolute URI without a fragment (RFC 8707)");
            found.push(InvalidClient::of("audiences", what, "write it as https://api.example.com"));
        }
        if let Some(name) = reserved_claim(&self.claims) {
            let what = format!("claims has {name:?}, which is the server's to set");
            found.push(InvalidClient::of("claims", what, "choose another name"));
        }
        if self.may.exchange && (self.may.dpop_required || self.has_bound_tokens()) {
            let bound =
                if self.may.dpop_required { "required DPoP" } else { "tokens bound to a certificate" };
            let what = format!("{bound} and token_exchange exclude one another");
            let hint = "a token that is bound cannot be exchanged: choose one of the two";
            found.push(InvalidClient::of("token_exchange", what, hint));
        }
        found
    }

    /// An id is what RFC 6749 appendix A.1 takes.
    fn bad_id(&self) -> Option<InvalidClient> {
        if (1..=MAX_ID).contains(&self.id.len()) && self.id.bytes().all(|byte| matches!(byte, 0x20..=0x7E)) {
            return None;
        }
        let what = format!(
            "an id is one or more visible ASCII characters, {MAX_ID} at most (RFC 6749 appendix A.1)"
        );
        let hint = "letters, digits, - and _ are best: every client writes them the same way";
        Some(InvalidClient::of("id", what, hint))
    }

    fn bad_lifetime(&self) -> Option<InvalidClient> {
        let what = match self.lifetime? {
            lifetime if lifetime.as_secs() == 0 => "lifetime is under a second",
            lifetime if lifetime > MAX_DURATION => "lifetime is longer than ten years",
            _ => return None,
        };
        Some(InvalidClient::of("lifetime", what, "write it as 15m"))
    }
}

impl ClientKeys {
    /// Those keys of a client that vouch for something although everybody can fetch them.
    ///
    /// # Errors
    /// [`InvalidClient`] where there is none, or one contradicts itself (RFC 7517 section 4.7).
    pub fn fixed(keys: KeySet) -> Result<Self, InvalidClient> {
        let keys = keys.of_a_client();
        let broken = keys.unusable.iter().find(|unusable| unusable.broken);
        match (keys.keys.is_empty(), keys.unusable.first(), broken) {
            (true, Some(unusable), _) => {
                Err(InvalidClient::new(format!("jwks: no key can be used: {}", unusable.why), "mend it"))
            }
            (true, None, _) => {
                Err(InvalidClient::new("jwks has no key in it", "add the client's public key"))
            }
            (false, _, Some(broken)) => {
                let kid = broken.kid.as_deref().map(|kid| format!(" of kid {kid:?}")).unwrap_or_default();
                let what = format!("jwks: the key{kid} is broken: {}", broken.why);
                Err(InvalidClient::new(what, "replace the key, or take it out of the set"))
            }
            (false, _, None) => Ok(Self::Fixed(keys)),
        }
    }
}
