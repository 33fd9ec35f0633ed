//! A set of scope tokens (RFC 6749 section 3.3). Case-sensitive; order and duplicates have no meaning. The
//! set is kept sorted, so that equal sets have equal text.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// Sorted, unique scope tokens, joined by single spaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ScopeSet {
    joined: String,
}

/// Why a text is not a scope (RFC 6749 section 3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// A character outside `%x21 / %x23-5B / %x5D-7E`.
    #[error(
        "scope has a character that is not allowed: use visible ASCII without the double quote and the backslash, separated by spaces (RFC 6749 section 3.3)"
    )]
    Character,
    /// A list element that is empty or has several scopes.
    #[error("a scope is empty or has a space in it: list each scope separately")]
    Token,
}

impl ScopeSet {
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.joined.is_empty()
    }

    /// The canonical text: sorted, with single spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.joined
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.joined.split(' ').filter(|token| !token.is_empty())
    }

    /// Whether `other` has every scope of `self`. Linear in both, so a hostile scope list costs no more
    /// than reading it.
    #[must_use]
    pub fn is_subset(&self, other: &ScopeSet) -> bool {
        self.minus(other).next().is_none()
    }

    /// The scopes of `self` that `other` lacks, sorted.
    pub fn minus<'a>(&'a self, other: &'a ScopeSet) -> impl Iterator<Item = &'a str> {
        let mut theirs = other.iter().peekable();
        self.iter().filter(move |mine| {
            while theirs.next_if(|their| their < mine).is_some() {}
            theirs.peek().map(|their| their.cmp(mine)) != Some(Ordering::Equal)
        })
    }

    /// The scopes that both have.
    #[must_use]
    pub fn intersection(&self, other: &ScopeSet) -> ScopeSet {
        let missing: Vec<&str> = self.minus(other).collect();
        let common: Vec<&str> = self.iter().filter(|scope| missing.binary_search(scope).is_err()).collect();
        Self { joined: common.join(" ") }
    }

    /// The scopes that one of them has.
    #[must_use]
    pub fn union(&self, other: &ScopeSet) -> ScopeSet {
        let mut all: Vec<&str> = self.iter().chain(other.iter()).collect();
        all.sort_unstable();
        all.dedup();
        Self { joined: all.join(" ") }
    }

    /// Joins scope tokens from a list, as in a configuration.
    ///
    /// # Errors
    /// [`ScopeError`] if a token is empty or has an invalid character, such as a space.
    pub fn from_tokens<'a>(tokens: impl IntoIterator<Item = &'a str>) -> Result<Self, ScopeError> {
        let tokens: Vec<&str> = tokens.into_iter().collect();
        if tokens.iter().any(|token| token.is_empty() || token.contains(' ')) {
            return Err(ScopeError::Token);
        }
        tokens.join(" ").parse()
    }
}

/// `%x21 / %x23-5B / %x5D-7E` (RFC 6749 section 3.3).
fn is_scope_byte(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E)
}

impl FromStr for ScopeSet {
    type Err = ScopeError;

    /// Parses `scope-token *( SP scope-token )`; extra spaces are allowed.
    fn from_str(text: &str) -> Result<Self, ScopeError> {
        if !text.bytes().all(|byte| byte == b' ' || is_scope_byte(byte)) {
            return Err(ScopeError::Character);
        }
        let mut tokens: Vec<&str> = text.split(' ').filter(|token| !token.is_empty()).collect();
        tokens.sort_unstable();
        tokens.dedup();
        Ok(Self { joined: tokens.join(" ") })
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.joined)
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.joined)
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(text: &str) -> ScopeSet {
        text.parse().unwrap()
    }

    #[test]
    fn order_and_duplicates_are_settled() {
        assert_eq!(set("b a  b ").as_str(), "a b");
        assert_eq!(set("a b"), set("b a a"));
        assert_eq!(set("  "), ScopeSet::empty());
    }

    #[test]
    fn each_scope_of_a_list_stands_by_itself() {
        assert_eq!(ScopeSet::from_tokens(["b", "a"]), Ok(set("a b")));
        assert_eq!(ScopeSet::from_tokens(["a b"]), Err(ScopeError::Token));
        assert_eq!(ScopeSet::from_tokens([""]), Err(ScopeError::Token));
    }

    #[test]
    fn scopes_are_case_sensitive() {
        assert!(!set("Read").is_subset(&set("read")));
    }

    #[test]
    fn a_missing_scope_is_named() {
        assert_eq!(set("a c d").minus(&set("b c")).collect::<Vec<_>>(), ["a", "d"]);
        assert!(set("").is_subset(&set("")));
        assert!(set("c").is_subset(&set("a b c d")));
    }

    #[test]
    fn only_the_characters_of_the_rfc_are_allowed() {
        for bad in ["a\tb", "a\nb", "a\"b", "a\\b", "\u{7f}", "é", "a\0"] {
            assert_eq!(bad.parse::<ScopeSet>(), Err(ScopeError::Character), "{bad:?}");
        }
        assert!("simulation:read !#[]~".parse::<ScopeSet>().is_ok());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_a_set_survives_its_own_text(text in any::<String>(), plain in "[!-~ ]{0,30}") {
            for scopes in [text, plain].iter().filter_map(|text| text.parse::<ScopeSet>().ok()) {
                prop_assert_eq!(&set(scopes.as_str()), &scopes);
                prop_assert!(scopes.is_subset(&scopes));
                prop_assert_eq!(scopes.minus(&ScopeSet::empty()).count(), scopes.iter().count());
            }
        }

        #[test]
        fn minus_agrees_with_the_naive_difference(a in "[a-d ]{0,12}", b in "[a-d ]{0,12}") {
            let (a, b) = (set(&a), set(&b));
            let naive: Vec<&str> = a.iter().filter(|x| !b.iter().any(|y| y == *x)).collect();
            prop_assert_eq!(a.minus(&b).collect::<Vec<_>>(), naive);
            let common: Vec<&str> = a.iter().filter(|x| b.iter().any(|y| y == *x)).collect();
            let both = a.intersection(&b);
            prop_assert_eq!(both.iter().collect::<Vec<_>>(), common);
            let union = a.union(&b);
            prop_assert_eq!(&union, &format!("{a} {b}").parse().unwrap());
        }
    }
}
