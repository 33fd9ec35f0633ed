//! The members of metadata that the issuer writes itself, and those that a configuration adds.

/// The settings of the metadata.
#[derive(Clone, Debug, Default)]
pub struct MetadataSettings {
    /// Only what RFC 8414 asks of an issuer without users; many clients demand more.
    pub strict: bool,
    pub scopes_supported: Vec<String>,
    /// Further members. They never replace a member that the issuer writes itself.
    pub members: serde_json::Map<String, serde_json::Value>,
}

impl MetadataSettings {
    /// Whether the issuer writes that member itself.
    #[must_use]
    pub fn is_own(&self, name: &str) -> bool {
        let written: &[&[&str]] = if self.strict { &[MEMBERS] } else { &[MEMBERS, EXPECTED, OPENID] };
        written.iter().copied().flatten().any(|member| member.trim_end_matches('*') == name)
    }
}

/// The members of every document; `*` marks those that are always present.
pub const MEMBERS: &[&str] = &[
    "issuer*",
    "token_endpoint*",
    "jwks_uri",
    "introspection_endpoint*",
    "revocation_endpoint*",
    "grant_types_supported*",
    "scopes_supported",
    "token_endpoint_auth_methods_supported*",
    "token_endpoint_auth_signing_alg_values_supported*",
    "introspection_endpoint_auth_methods_supported*",
    "introspection_endpoint_auth_signing_alg_values_supported*",
    "revocation_endpoint_auth_methods_supported*",
    "revocation_endpoint_auth_signing_alg_values_supported*",
    "dpop_signing_alg_values_supported*",
    "tls_client_certificate_bound_access_tokens",
    "client_id_metadata_document_supported",
    "authorization_grant_profiles_supported",
    "protected_resources",
];

/// The members for clients that demand them of every issuer, with users or without.
pub const EXPECTED: &[&str] = &["authorization_endpoint", "response_types_supported"];

/// The members that OpenID Connect Discovery requires besides.
pub const OPENID: &[&str] = &["subject_types_supported", "id_token_signing_alg_values_supported"];
