//! The ways in which callers may prove themselves to a resource or a guard.

/// The accepted ways. At least one is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accept {
    /// Tokens that are bound to nothing.
    pub bearer: bool,
    /// Tokens that are bound to a key (RFC 9449).
    pub dpop: bool,
    /// Tokens that are bound to a certificate (RFC 8705).
    pub certificate: bool,
    /// A client's id and secret instead of a token, at guards.
    pub basic: bool,
}

impl Default for Accept {
    /// Every token.
    fn default() -> Self {
        Self { bearer: true, dpop: true, certificate: true, basic: false }
    }
}

impl Accept {
    /// The words of a configuration.
    pub const WORDS: [&'static str; 4] = ["bearer", "dpop", "certificate", "basic"];

    /// The ways with these names, each one of [`Self::WORDS`].
    ///
    /// # Errors
    /// The first word that is not one of them.
    pub fn parse(words: &[String]) -> Result<Self, &str> {
        match words.iter().find(|word| !Self::WORDS.contains(&word.as_str())) {
            Some(other) => Err(other),
            None => {
                let has = |name: &str| words.iter().any(|word| word == name);
                Ok(Self {
                    bearer: has("bearer"),
                    dpop: has("dpop"),
                    certificate: has("certificate"),
                    basic: has("basic"),
                })
            }
        }
    }

    /// Whether some token is accepted by the scheme Bearer.
    #[must_use]
    pub const fn by_bearer(self) -> bool {
        self.bearer || self.certificate
    }

    /// Whether only tokens that are bound to a key are accepted.
    #[must_use]
    pub const fn only_dpop(self) -> bool {
        self.dpop && !self.by_bearer() && !self.basic
    }
}
