//! The claim in which a token has its scope. RFC 9068 and RFC 8693 have `scope`, a text; other issuers have
//! other names, and lists.

use crate::scope::ScopeSet;
use serde::ser::SerializeMap;

/// The names, the standard one first. The first one that is in a token counts.
pub const SCOPE_CLAIMS: [&str; 4] = ["scope", "scp", "scopes", "permissions"];

/// A claim that repeats the scope of a client's tokens for APIs that do not read `scope`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopeClaim {
    /// One of [`SCOPE_CLAIMS`], but not `scope`, which every token has.
    pub name: &'static str,
    pub form: ScopeForm,
}

/// How the claim has the scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScopeForm {
    /// A text with blanks between the scopes, as `scope` is.
    #[default]
    String,
    /// A list of texts.
    List,
}

impl ScopeForm {
    /// The forms by their names in the configuration.
    pub const NAMES: [&'static str; 2] = ["string", "list"];

    /// The form of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "string" => Some(Self::String),
            "list" => Some(Self::List),
            _ => None,
        }
    }
}

impl ScopeClaim {
    /// Writes the claim into a token's claims.
    pub(super) fn serialize<M: SerializeMap>(&self, scope: &ScopeSet, map: &mut M) -> Result<(), M::Error> {
        match self.form {
            ScopeForm::String => map.serialize_entry(self.name, scope),
            ScopeForm::List => map.serialize_entry(self.name, &scope.iter().collect::<Vec<_>>()),
        }
    }
}
