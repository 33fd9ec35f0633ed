//! The endpoints that a test can break and watch.

use std::fmt;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestTarget {
    Token,
    Jwks,
    Metadata,
    Introspect,
    Revoke,
    Resource,
    Guard,
}

impl TestTarget {
    pub const ALL: [Self; 7] = [
        Self::Token,
        Self::Jwks,
        Self::Metadata,
        Self::Introspect,
        Self::Revoke,
        Self::Resource,
        Self::Guard,
    ];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Jwks => "jwks",
            Self::Metadata => "metadata",
            Self::Introspect => "introspect",
            Self::Revoke => "revoke",
            Self::Resource => "resource",
            Self::Guard => "guard",
        }
    }
}

impl FromStr for TestTarget {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|target| target.name() == name).ok_or(())
    }
}

impl fmt::Display for TestTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
