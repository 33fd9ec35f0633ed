//! The profiles that `--for` names: what they recommend counts like what they demand.

use std::fmt;

/// A profile of OAuth 2.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityProfile {
    /// Authorization of the Model Context Protocol.
    Mcp,
    /// Best current practice for OAuth 2.0 security.
    Rfc9700,
    /// The FAPI 2.0 security profile.
    Fapi2,
    /// OpenID Connect Discovery.
    Oidc,
}

impl SecurityProfile {
    pub const ALL: [Self; 4] = [Self::Mcp, Self::Rfc9700, Self::Fapi2, Self::Oidc];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mcp => "mcp",
            Self::Rfc9700 => "rfc9700",
            Self::Fapi2 => "fapi2",
            Self::Oidc => "oidc",
        }
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }
}

impl fmt::Display for SecurityProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
