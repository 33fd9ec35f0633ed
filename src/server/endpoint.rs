//! The endpoints and their names in metrics.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// RFC 6749 section 3.2.
    Token,
    /// RFC 6749 section 3.1; refuses every request.
    Authorize,
    /// RFC 7662.
    Introspect,
    /// RFC 7009.
    Revoke,
    /// A demonstration resource that requires a token.
    ProtectedResource,
    /// Forward authentication for gateways.
    Guard,
    /// RFC 9728.
    ResourceMetadata,
    /// RFC 8414, and OpenID Connect Discovery.
    Metadata,
    /// RFC 7517 section 5.
    Jwks,
    /// `/health`: whether everything works, for scripts and people.
    Health,
    /// `/livez`: whether the process answers.
    Livez,
    /// `/readyz`: whether known clients get tokens, for load balancers.
    Readyz,
    OpenApi,
    /// `/`: where the documents are.
    Root,
}

impl Endpoint {
    /// The value of the label `endpoint`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Authorize => "authorize",
            Self::Introspect => "introspect",
            Self::Revoke => "revoke",
            Self::ProtectedResource => "protected-resource",
            Self::Guard => "guard",
            Self::ResourceMetadata => "resource-metadata",
            Self::Metadata => "metadata",
            Self::Jwks => "jwks",
            Self::Health => "health",
            Self::Livez => "livez",
            Self::Readyz => "readyz",
            Self::OpenApi => "openapi",
            Self::Root => "root",
        }
    }

    /// Whether it is a public document that pages in browsers may read.
    #[must_use]
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Metadata | Self::Jwks | Self::ResourceMetadata)
    }
}
