//! Why a file has no usable key, and how to fix it.

use std::borrow::Cow;

/// The beginning of each PEM section.
pub(super) const BEGIN: &str = "-----BEGIN ";

/// Why a file has no usable key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct KeyFileError {
    pub what: String,
    /// The fix; `FILE` stands for the file.
    pub hint: Option<Cow<'static, str>>,
}

impl KeyFileError {
    #[must_use]
    pub fn new(what: impl Into<String>, hint: impl Into<Cow<'static, str>>) -> Self {
        Self { what: what.into(), hint: Some(hint.into()) }
    }

    /// Whether the hint is a command that converts the file, instead of asking for another file.
    #[must_use]
    pub fn converts(&self) -> bool {
        self.hint.as_deref().is_some_and(|hint| hint.contains("FILE"))
    }

    /// The hint with the file's path, if the path needs no quotes.
    #[must_use]
    pub fn hint_for(&self, origin: &str) -> Option<String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:".contains(c);
        let is_path = origin != "stdin" && !origin.is_empty() && origin.chars().all(plain);
        self.hint.as_deref().map(|hint| if is_path { hint.replace("FILE", origin) } else { hint.to_owned() })
    }
}

impl From<String> for KeyFileError {
    fn from(what: String) -> Self {
        Self { what, hint: None }
    }
}

impl From<&str> for KeyFileError {
    fn from(what: &str) -> Self {
        Self::from(what.to_owned())
    }
}
