//! How a token service issues and answers.

use crate::registry::token_buckets::Rate;
use std::time::Duration;

/// By how much clocks may differ at most, whatever is configured.
pub const MAX_LEEWAY: Duration = Duration::from_secs(600);

/// The settings of a [`Service`].
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// How long tokens live.
    pub lifetime: Duration,
    /// By how much clocks may differ when a token is judged.
    pub leeway: Duration,
    /// The audience of every token.
    pub audience: Vec<String>,
    /// Whether a refusal tells an unknown client from a wrong secret. Tells an attacker, too.
    pub explain_client_errors: bool,
    /// Whether metadata has an empty `response_types_supported`: RFC 8414 section 2 requires the
    /// member, section 3.2 forbids it without elements; some clients insist on the first.
    pub response_types_supported: bool,
    /// Whether DPoP proofs must have a nonce of ours (RFC 9449 section 8).
    pub dpop_nonce: bool,
    /// Whether notes tell of tokens, too, by id and fingerprint: for an audit log. A hash has its price.
    pub audited: bool,
    /// Whether connections can show certificates of clients (RFC 8705), which takes TLS.
    pub client_certificates: bool,
    /// How often each client may ask.
    pub per_client: Option<Rate>,
}

impl Default for ServiceSettings {
    /// One hour, five seconds, no audience, no explanations, no nonces, no audit, no certificates, no
    /// limit.
    fn default() -> Self {
        Self {
            lifetime: Duration::from_secs(3600),
            leeway: Duration::from_secs(5),
            audience: Vec::new(),
            explain_client_errors: false,
            response_types_supported: false,
            dpop_nonce: false,
            audited: false,
            client_certificates: false,
            per_client: None,
        }
    }
}
