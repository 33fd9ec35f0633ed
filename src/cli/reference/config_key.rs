//! A key of heist.toml: its type, default, example and meaning.

/// The type of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// One of a few words.
    Word,
    Url,
    Path,
    /// A duration, as `1h 30m`.
    Length,
    Flag,
    Count,
    List,
    OneOrMore,
    Networks,
    Rate,
    Address,
    /// A table with any members.
    Table,
    /// A JWK Set, or a file's path.
    Jwks,
    /// The routes of a guard.
    Routes,
    /// The rules of a client for tokens of trusted issuers.
    IdentityRules,
}

/// A key. Its texts are Markdown, as in docs/configuration.md.
#[derive(Debug)]
pub struct ConfigKey {
    pub name: &'static str,
    pub kind: Kind,
    pub default: &'static str,
    /// A TOML value.
    pub example: &'static str,
    pub meaning: &'static str,
}

pub(super) const fn key(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    example: &'static str,
    meaning: &'static str,
) -> ConfigKey {
    ConfigKey { name, kind, default, example, meaning }
}
