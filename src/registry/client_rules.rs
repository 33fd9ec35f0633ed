//! Validation rules for clients. They are the same for the store, the commands and the configuration, so
//! every client that can be registered is accepted by the server, and vice versa.

use super::federated::{MAX_CLAIMS, MAX_RULES};
use super::store::StoreError;
use super::{AssertionAudience, Client, ClientAuth, ClientKeys, KeysUrl, SharedKey};
use crate::claims::{REGISTERED, SCOPE_CLAIMS, ScopeClaim, ScopeForm, is_resource, reserved_claim};
use crate::clock::MAX_DURATION;
use crate::jose::certificate;
use crate::jose::key::KeyMaterial;
use crate::jose::keyset::KeySet;
use crate::jose::private::PrivateKey;
use crate::secret::{Secret, looks_like_credential};

/// Longest ID: it appears in each token, log line and many database keys.
pub const MAX_ID: usize = 255;

/// A rule as a line to paste.
const RULE_EXAMPLE: &str = "federated = [{ trust = \"github\", sub = \"repo:acme/api:environment:prod\" }]";

/// Claims that guards and APIs take for permissions, or for the client. Another issuer must not fill them.
const POWER_CLAIMS: [&str; 9] = [
    "scopes",
    "permissions",
    "roles",
    "groups",
    "entitlements",
    "azp",
    "appid",
    "cid",
    "authorization_details",
];

/// Minimum length of a client secret, in characters. Shorter ones can be guessed.
pub const MIN_SECRET: usize = 12;
/// Minimum length of a secret that signs with HMAC and SHA-256, in bytes.
const MIN_HMAC_SECRET: usize = 32;

/// Why a client is not valid, and how to fix it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct InvalidClient {
    /// The problem, in the terms of records and configurations.
    pub what: String,
    /// How to fix it.
    pub hint: String,
    /// The invalid configuration key; empty if it is not a single key.
    pub key: &'static str,
}

impl InvalidClient {
    pub(super) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into(), key: "" }
    }

    pub(super) fn of(key: &'static str, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { key, ..Self::new(what, hint) }
    }

    /// The error for an invalid client in a store.
    #[must_use]
    pub fn damaged(&self, id: &str) -> StoreError {
        StoreError::Damaged(format!("client {id:?}: {}", self.what))
    }
}

impl Client {
    /// Checks the client against all rules.
    ///
    /// # Errors
    /// [`InvalidClient`] with the first violation.
    pub fn fit(self) -> Result<Self, InvalidClient> {
        self.faults().into_iter().next().map_or(Ok(self), Err)
    }

    /// All violations.
    #[must_use]
    pub fn faults(&self) -> Vec<InvalidClient> {
        let mut found: Vec<InvalidClient> = self.bad_id().into_iter().chain(self.bad_lifetime()).collect();
        if let Some(beyond) = self.default_scopes.minus(&self.scopes).next() {
            let what = format!("default_scopes has {beyond}, which is not in scopes");
            let hint = format!("the scopes must have it, too: '{} {beyond}'", self.scopes);
            found.push(InvalidClient::of("default_scopes", what, hint));
        }
        if let Some(wrong) = self.audiences.iter().find_map(|audience| audience_fault(audience)) {
            found.push(InvalidClient { key: "audiences", ..wrong });
        }
        if let Some(wrong) = self.default_audiences.iter().find_map(|audience| audience_fault(audience)) {
            found.push(InvalidClient { key: "default_audiences", ..wrong });
        } else if let Some(beyond) = self.default_audiences.iter().find(|one| !self.audiences.contains(one)) {
            let what = format!("default_audiences has {beyond}, which is not in audiences");
            found.push(InvalidClient::of("default_audiences", what, "the audiences must have it, too"));
        }
        let is_scope = |name: &&str| self.scope_claim.is_some_and(|claim| claim.name == *name);
        let names = || self.claims.keys().map(String::as_str);
        if let Some(name) = reserved_claim(&self.claims).or_else(|| names().find(is_scope)) {
            let what = format!("claims has {name:?}, which only the server sets");
            found.push(InvalidClient::of("claims", what, "choose another name"));
        }
        if self.may.exchange && (self.may.dpop_required || self.has_bound_tokens()) {
            let bound =
                if self.may.dpop_required { "required DPoP" } else { "tokens bound to a certificate" };
            let what = format!("{bound} and token_exchange exclude one another");
            let hint = "a token that is bound cannot be exchanged: choose one of the two";
            found.push(InvalidClient::of("token_exchange", what, hint));
        }
        found.extend(self.federated_faults());
        found
    }

    /// Violations in its rules, and in the claims that it takes over.
    fn federated_faults(&self) -> Vec<InvalidClient> {
        let fault = |what: String, hint: &str| InvalidClient::of("federated", what, hint);
        let mut found = Vec::new();
        if self.federated.len() > MAX_RULES {
            let what = format!("federated has more than {MAX_RULES} rules");
            found.push(fault(what, "write a client for each workload"));
        }
        for (at, rule) in self.federated.iter().enumerate() {
            if let Some((what, hint)) = rule.fault() {
                found.push(fault(format!("rule {} of federated {what}", at + 1), hint));
            }
        }
        if !self.is_federated() && matches!(self.auth, ClientAuth::Federated) {
            found.push(fault("it has no rule to be known by".to_owned(), RULE_EXAMPLE));
        }
        found.extend(self.taken_claims_fault());
        found
    }

    fn taken_claims_fault(&self) -> Option<InvalidClient> {
        let fault = |what: String, hint: &str| Some(InvalidClient::of("claims_from", what, hint));
        let is_ours = |name: &&String| {
            REGISTERED.contains(&name.as_str())
                || self.scope_claim.is_some_and(|claim| claim.name == name.as_str())
        };
        if let Some(name) = self.claims_from.iter().find(is_ours) {
            let what = format!("claims_from has {name:?}, which only the server sets");
            return fault(what, "take it out; the audit log names the identity");
        }
        let is_power = |name: &&String| POWER_CLAIMS.contains(&name.as_str());
        if let Some(name) = self.claims_from.iter().find(is_power) {
            let what = format!(
                "claims_from has {name:?}, which APIs read as this server's word for what is allowed"
            );
            return fault(
                what,
                "take it out, or set its value yourself in claims; the issuer must not decide it",
            );
        }
        if let Some(name) = self.claims_from.iter().find(|name| self.claims.contains_key(*name)) {
            let what = format!("claims_from has {name:?}, and claims sets it already");
            return fault(what, "keep it in one of the two");
        }
        if self.claims_from.len() > MAX_CLAIMS {
            let what = format!("claims_from has more than {MAX_CLAIMS} names");
            return fault(what, "name those that somebody reads");
        }
        if !self.claims_from.is_empty() && !self.is_federated() {
            let what = "claims_from is set without federated, so there is no identity to take them from";
            return fault(what.to_owned(), RULE_EXAMPLE);
        }
        None
    }

    /// An ID must match RFC 6749 appendix A.1.
    fn bad_id(&self) -> Option<InvalidClient> {
        let what = match (self.id.len(), self.id.bytes().all(|byte| matches!(byte, 0x20..=0x7E))) {
            (0, _) => "the id is empty".to_owned(),
            (1..=MAX_ID, true) => return None,
            (1..=MAX_ID, false) => {
                format!(
                    "the id {:?} has a character that is not visible ASCII (RFC 6749 appendix A.1)",
                    self.id
                )
            }
            (length, _) => format!("the id has {length} characters, at most {MAX_ID} are allowed"),
        };
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

/// Why a text is not a valid resource (RFC 8707), with a corrected one.
fn audience_fault(text: &str) -> Option<InvalidClient> {
    let several: Vec<&str> = text.split([',', ' ', ';']).filter(|part| part.contains("://")).collect();
    let (why, hint) = if several.len() > 1 {
        let each: Vec<String> = several.iter().map(|part| format!("--audience {part}")).collect();
        ("is more than one URI", format!("each by itself: {}", each.join(" ")))
    } else if is_resource(text) {
        return None;
    } else if let Some((before, _)) = text.split_once('#').filter(|(before, _)| is_resource(before)) {
        ("has a fragment, which a resource must not have (RFC 8707)", format!("write {before}"))
    } else {
        let bare =
            text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '/'));
        let url = if bare.contains(':') { bare.to_owned() } else { format!("https://{bare}") };
        let url =
            if is_resource(&url) && !bare.is_empty() { url } else { "https://api.example.com".to_owned() };
        ("is not an absolute URI (RFC 8707)", format!("write {url}"))
    };
    Some(InvalidClient::new(format!("audience {text:?} {why}"), hint))
}

/// The claim for the scope, by its name and its form in the configuration.
///
/// # Errors
/// [`InvalidClient`] for another name or form, and for a form of `scope`, which is always a text (RFC 8693
/// section 4.2).
pub fn scope_claim(name: Option<&str>, form: Option<&str>) -> Result<Option<ScopeClaim>, InvalidClient> {
    const NAME: &str = "scope_claim";
    const FORM: &str = "scope_claim_form";
    let form = match form {
        None => None,
        Some(text) => Some(ScopeForm::of(text).ok_or_else(|| not_one_of(FORM, text, &ScopeForm::NAMES))?),
    };
    let found = match name {
        None => None,
        Some(text) => {
            let name = SCOPE_CLAIMS.into_iter().find(|known| *known == text);
            Some(name.ok_or_else(|| not_one_of(NAME, text, &SCOPE_CLAIMS))?)
        }
    };
    match (found, form) {
        (None, Some(_)) => {
            Err(InvalidClient::of(FORM, format!("{FORM} is set without {NAME}"), "scp is the usual name"))
        }
        (Some("scope"), Some(ScopeForm::List)) => {
            let what = "scope is always a text (RFC 8693 section 4.2), not a list";
            Err(InvalidClient::of(
                FORM,
                what,
                "another claim can be a list beside it: scp, scopes or permissions",
            ))
        }
        (None | Some("scope"), _) => Ok(None),
        (Some(name), form) => Ok(Some(ScopeClaim { name, form: form.unwrap_or_default() })),
    }
}

/// The audience that a client's assertions must have, by its name in the configuration.
///
/// # Errors
/// [`InvalidClient`] for another name.
pub fn assertion_audience(name: Option<&str>) -> Result<AssertionAudience, InvalidClient> {
    let Some(name) = name else { return Ok(AssertionAudience::default()) };
    let wrong = || not_one_of("assertion_audience", name, &AssertionAudience::NAMES);
    AssertionAudience::of(name).ok_or_else(wrong)
}

/// The value may be a misplaced secret, so it is not repeated.
fn not_one_of(key: &'static str, text: &str, offered: &[&str]) -> InvalidClient {
    let shown = if looks_like_credential(text) { String::new() } else { format!(" {text:?}") };
    let what = format!("{key}{shown} is not offered");
    InvalidClient::of(key, what, format!("one of {}", offered.join(", ")))
}

/// The verification key of a client that signs with its secret.
///
/// # Errors
/// [`InvalidClient`] if HMAC with SHA-256 needs a longer one (RFC 7518 section 3.2), or if it is a key.
pub fn shared_key(secret: Secret, origin: &str) -> Result<SharedKey, InvalidClient> {
    if secret.len() < MIN_HMAC_SECRET {
        let what = format!("client_secret_jwt needs a secret of 256 bits, this has {}", secret.len() * 8);
        return Err(InvalidClient::new(what, "head -c 32 /dev/urandom | base64 makes a good one"));
    }
    KeyMaterial::hmac(secret.clone()).map_err(|error| {
        let what = format!("client_secret_jwt: the secret cannot be used: {error}");
        InvalidClient::new(what, "for keys, write auth_method = \"private_key_jwt\" and jwks")
    })?;
    Ok(SharedKey::lasting(secret, origin))
}

/// The certificates of a client that has no authority (RFC 8705 section 2.2), from a PEM.
///
/// # Errors
/// A message that says what the file holds instead.
pub fn own_certificates(pem: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    match PrivateKey::read(pem) {
        Ok(_) => Err("it holds a private key, which belongs to the client alone".to_owned()),
        Err(_) => certificate::from_file(pem).map_err(|error| error.to_string()),
    }
}

impl ClientKeys {
    /// The keys of a stored client.
    ///
    /// # Errors
    /// [`InvalidClient`] unless it has exactly one of the two, or if a key is not valid.
    pub(super) fn stored(jwks: Option<&serde_json::Value>, uri: Option<&str>) -> Result<Self, InvalidClient> {
        match (jwks, uri) {
            (Some(set), None) => {
                let keys = KeySet::read(set.to_string().as_bytes(), "the store");
                let keys = keys.map_err(|error| {
                    InvalidClient::new(format!("jwks: {error}"), "public keys: PEM, JWK or JWK Set")
                })?;
                Self::fixed(keys)
            }
            (None, Some(uri)) => Ok(Self::At(KeysUrl::registered(uri))),
            (Some(_), Some(_)) => {
                Err(InvalidClient::new("jwks and jwks_uri exclude one another", "choose one of the two"))
            }
            (None, None) => Err(InvalidClient::new(
                "private_key_jwt needs the client's public keys (jwks or jwks_uri)",
                "--jwks public.pem, or --jwks-uri https://client.example.com/jwks.json",
            )),
        }
    }

    /// Keeps the public keys. A symmetric key that anyone can fetch proves nothing.
    ///
    /// # Errors
    /// [`InvalidClient`] if no key is left, or if one contradicts itself (RFC 7517 section 4.7).
    pub fn fixed(keys: KeySet) -> Result<Self, InvalidClient> {
        let keys = keys.of_a_client();
        let broken = keys.unusable.iter().find(|unusable| unusable.broken);
        match (keys.keys.is_empty(), keys.unusable.first(), broken) {
            (true, Some(unusable), _) => Err(InvalidClient::new(
                format!("jwks: no key can be used: {}", unusable.why),
                "replace the key",
            )),
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
