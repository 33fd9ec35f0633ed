//! The settings of a token service.

use super::metadata_members::MetadataSettings;
use crate::registry::token_buckets::Rate;
use std::sync::Arc;
use std::time::Duration;

/// The maximum configurable leeway.
pub const MAX_LEEWAY: Duration = Duration::from_secs(600);

/// The settings of a [`super::Service`].
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    pub lifetime: Duration,
    /// The tolerated clock difference when a token is judged.
    pub leeway: Duration,
    pub audience: Vec<String>,
    /// Whether a refusal distinguishes an unknown client from a wrong secret. This also informs attackers.
    pub explain_client_errors: bool,
    pub metadata: Arc<MetadataSettings>,
    /// Whether DPoP proofs must contain a nonce of ours (RFC 9449 section 8).
    pub dpop_nonce: bool,
    /// Whether records identify tokens by id and fingerprint, for an audit log. Hashing costs time.
    pub audited: bool,
    /// Whether connections can present client certificates (RFC 8705), which requires TLS.
    pub client_certificates: bool,
    /// The request limit of each client.
    pub per_client: Option<Rate>,
}

impl Default for ServiceSettings {
    /// One hour, five seconds; no audience, explanations, nonces, audit, certificates or limit.
    fn default() -> Self {
        Self {
            lifetime: Duration::from_secs(3600),
            leeway: Duration::from_secs(5),
            audience: Vec::new(),
            explain_client_errors: false,
            metadata: Arc::default(),
            dpop_nonce: false,
            audited: false,
            client_certificates: false,
            per_client: None,
        }
    }
}
