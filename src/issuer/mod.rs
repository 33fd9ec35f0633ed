//! The protocol, pure: a request value, a moment and random bytes go in, a response value and a
//! note for the log come out. No sockets, no clock, no files.

pub mod authenticate;
pub mod error;
pub mod grant;
pub mod request;
pub mod resource;
pub mod token;

use crate::claims::REGISTERED;
use crate::http::Response;
use crate::jose::keyset::KeySet;
use crate::jose::sign::{Signer, TokenType};
use crate::registry::Registry;
use crate::verdict::{CheckName, Policy};
use std::time::Duration;

/// Everything that a token service needs to know to answer; made once, then only read.
#[derive(Debug)]
pub struct Service {
    /// The issuer, byte for byte what tokens carry.
    pub issuer: String,
    /// The clients.
    pub registry: Registry,
    /// The key that signs.
    pub signer: Signer,
    /// How it issues and answers.
    pub settings: Settings,
    keys: KeySet,
    policy: Policy,
}

impl Service {
    /// A service.
    #[must_use]
    pub fn new(issuer: String, registry: Registry, signer: Signer, settings: Settings) -> Self {
        let typ = token_type(&settings.audience);
        let policy = Policy {
            leeway: settings.leeway.as_secs(),
            iss: Some(issuer.clone()),
            aud: settings.audience.clone(),
            typ: vec![typ.name().to_owned()],
            alg: vec![signer.algorithm()],
            // `iss` must match, and without an `exp` no token of ours is complete.
            require: vec![CheckName::Signature, CheckName::Exp, CheckName::Iss],
            ..Policy::default()
        };
        Self { keys: KeySet::of(signer.verifying_key()), policy, issuer, registry, signer, settings }
    }

    /// The keys that may vouch for a token of ours.
    #[must_use]
    pub fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// What our own resource expects of a token.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The `typ` of the tokens issued here.
    #[must_use]
    pub fn token_type(&self) -> TokenType {
        token_type(&self.settings.audience)
    }
}

/// RFC 9068 wants an audience: only with one is a token of that type.
fn token_type(audience: &[String]) -> TokenType {
    if audience.is_empty() { TokenType::Jwt } else { TokenType::AccessToken }
}

/// The settings of a [`Service`].
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long tokens live.
    pub lifetime: Duration,
    /// By how much clocks may differ when a token is judged.
    pub leeway: Duration,
    /// The audience of every token.
    pub audience: Vec<String>,
    /// Whether a refusal tells an unknown client from a wrong secret. Tells an attacker, too.
    pub explain_client_errors: bool,
}

impl Default for Settings {
    /// One hour, five seconds, no audience, no explanations.
    fn default() -> Self {
        Self {
            lifetime: Duration::from_secs(3600),
            leeway: Duration::from_secs(5),
            audience: Vec::new(),
            explain_client_errors: false,
        }
    }
}

/// What the log may say of a request: names of clients and scopes, and the true reason of a
/// refusal. Never a secret, a token or a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// The client, as it named itself.
    pub client: Option<String>,
    /// What was granted, or asked for and refused.
    pub scope: Option<String>,
    /// Why it was refused.
    pub reason: Option<String>,
}

/// Longer texts of a request are cut in a note: it waits in a queue, and a stranger wrote it.
const MAX_NOTE: usize = 256;

impl Note {
    /// The same with every text cut to a bounded length.
    #[must_use]
    pub fn bounded(self) -> Self {
        let cut = |text: Option<String>| {
            text.map(|text| match text.char_indices().nth(MAX_NOTE) {
                Some((end, _)) => format!("{}…", &text[..end]),
                None => text,
            })
        };
        Self { client: cut(self.client), scope: cut(self.scope), reason: cut(self.reason) }
    }
}

/// An answer and what the log says of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the caller gets.
    pub response: Response,
    /// What the log gets.
    pub note: Note,
}

/// The first claim of a configuration that would replace a registered one.
#[must_use]
pub fn reserved_claim(claims: &serde_json::Map<String, serde_json::Value>) -> Option<&str> {
    claims.keys().map(String::as_str).find(|name| REGISTERED.contains(name))
}
