//! A JSON value as received, and the errors of parsing one.

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::fmt;

/// The limits of a text: strangers send it, and each value costs an allocation. The parser recurses, so the
/// depth must stay below a few hundred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonLimits {
    /// The nesting depth of arrays and objects.
    pub depth: usize,
    /// The total number of values.
    pub values: usize,
}

impl JsonLimits {
    /// For a token's header and claims, which have at most 12 KiB.
    pub const TOKEN: Self = Self { depth: 32, values: 1024 };
    /// For client assertions and DPoP proofs: strangers send them, and they have few members.
    pub const ASSERTION: Self = Self { depth: 32, values: 256 };
    /// For key sets, answers and files, whose size is limited elsewhere.
    pub const DOCUMENT: Self = Self { depth: 32, values: usize::MAX };
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as written (`1e400`, `1.0`, `-0`).
    Number(String),
    /// A string with its escapes resolved.
    String(String),
    Array(Vec<Json>),
    Object(Object),
}

/// The members of a JSON object in order, including duplicates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    members: Vec<(String, Json)>,
}

/// Why bytes are not valid JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not UTF-8; `valid` is the length of the valid prefix.
    #[error("not UTF-8 from byte {valid} on")]
    NotUtf8 { valid: usize },
    /// A violation of RFC 8259's grammar. The text is not quoted: it may hold a secret.
    #[error("not JSON: {what} at line {line}, column {column}")]
    Syntax {
        what: &'static str,
        /// The line, from 1.
        line: usize,
        /// The byte in the line, from 1.
        column: usize,
    },
    /// Exceeds the depth limit.
    #[error("nested deeper than {0} levels")]
    TooDeep(usize),
    /// Exceeds the limit of values.
    #[error("made of more than {0} values")]
    TooMany(usize),
}

/// A member that occurs more than once in its object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate<'a> {
    /// Its path, such as `cnf.jwk.kty` or `keys[0].kid`.
    pub path: String,
    /// All its values, in order.
    pub values: Vec<&'a Json>,
}

impl fmt::Display for Duplicate<'_> {
    /// Name and values; this quotes the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<String> = self.values.iter().map(ToString::to_string).collect();
        write!(f, "name {:?} occurs {} times: {}", self.path, values.len(), values.join(", "))
    }
}

impl Json {
    /// Its kind for messages: `a string`, `an object`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The first member that occurs more than once in its object, at any depth.
    #[must_use]
    pub fn duplicate(&self) -> Option<Duplicate<'_>> {
        match self {
            Self::Object(object) => object.duplicate(),
            Self::Array(items) => items.iter().enumerate().find_map(|(at, item)| {
                let found = item.duplicate()?;
                let dot = if found.path.starts_with('[') { "" } else { "." };
                Some(Duplicate { path: format!("[{at}]{dot}{}", found.path), ..found })
            }),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }
}

impl Object {
    /// An object with these members, in order.
    pub(super) const fn of(members: Vec<(String, Json)>) -> Self {
        Self { members }
    }

    /// The first member with that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.iter().find(|(member, _)| *member == name).map(|(_, value)| value)
    }

    /// The members in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.members.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Replaces the members with that name by one with this value, or adds it at the end.
    pub fn set(&mut self, name: &str, value: Json) {
        let at = self.members.iter().position(|(member, _)| member == name).unwrap_or(self.members.len());
        self.remove(name);
        self.members.insert(at.min(self.members.len()), (name.to_owned(), value));
    }

    /// Removes all members with that name.
    pub fn remove(&mut self, name: &str) {
        self.members.retain(|(member, _)| member != name);
    }

    #[must_use]
    pub fn into_members(self) -> Vec<(String, Json)> {
        self.members
    }

    /// The first member that occurs more than once, here or in a nested object.
    #[must_use]
    pub fn duplicate(&self) -> Option<Duplicate<'_>> {
        if let Some(name) = self.repeated_name() {
            let values = self.iter().filter(|(member, _)| *member == name).map(|(_, value)| value).collect();
            return Some(Duplicate { path: name.to_owned(), values });
        }
        self.iter().find_map(|(name, value)| {
            let found = value.duplicate()?;
            let dot = if found.path.starts_with('[') { "" } else { "." };
            Some(Duplicate { path: format!("{name}{dot}{}", found.path), ..found })
        })
    }

    /// The first name that occurs more than once in this object itself.
    #[must_use]
    pub fn repeated_name(&self) -> Option<&str> {
        // Most objects are small and are compared without an extra list.
        if self.members.len() <= 8 {
            let mut members = self.members.iter().enumerate();
            return members.find_map(|(at, (this, _))| {
                self.members[..at].iter().any(|(other, _)| other == this).then_some(this.as_str())
            });
        }
        let mut names: Vec<&str> = self.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
    }
}

impl Serialize for Json {
    /// Writes numbers as received.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(text) => {
                RawValue::from_string(text.clone()).map_err(serde::ser::Error::custom)?.serialize(serializer)
            }
            Self::String(text) => serializer.serialize_str(text),
            Self::Array(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Self::Object(object) => object.serialize(serializer),
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.members.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl fmt::Display for Json {
    /// Compact JSON text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}
