//! The history of a store: one entry for each change of a client or of the signing keys, written in the same
//! transaction. It records the subject, time, command and operating-system user; never a secret, a hash or a
//! key.

use crate::clock::Timestamp;
use crate::registry::record::{ClientRecord, StoredClient};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// How long entries are kept: two years.
pub(super) const KEPT: Duration = Duration::from_secs(730 * 86_400);
/// The longest recorded user name, in characters.
const MAX_NAME: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Increases with time.
    pub number: i64,
    pub at: Timestamp,
    /// The changed client. `None` for the signing keys.
    pub client: Option<String>,
    /// The command: `client rotate`, `key generate`, `serve`.
    pub how: String,
    /// The operating-system user who ran it.
    pub by: String,
    /// The changed members of the client, or the changes of each key.
    pub detail: String,
}

/// The subject of the requested entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of<'a> {
    /// All clients.
    Clients,
    /// One client, even if it was removed.
    Client(&'a str),
    /// The signing keys.
    Keys,
}

impl Of<'_> {
    pub(super) fn covers(self, client: Option<&str>) -> bool {
        match self {
            Self::Clients => client.is_some(),
            Self::Client(id) => client == Some(id),
            Self::Keys => client.is_none(),
        }
    }
}

/// The author of a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Author {
    /// The command, as in `client rotate`.
    pub how: String,
    /// The operating-system user who runs it.
    pub by: String,
}

impl Author {
    /// Removes unprintable characters from the user name and truncates it.
    #[must_use]
    pub fn new(how: &str, by: &str) -> Self {
        let by = by.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
        Self { how: how.to_owned(), by }
    }
}

/// The author of changes through one handle.
#[derive(Debug, Default)]
pub(super) struct Signed(RwLock<Author>);

impl Signed {
    pub(super) fn set(&self, author: Author) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = author;
    }

    pub(super) fn author(&self) -> Author {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The names of the members that differ between two clients.
pub(super) fn changed_members(before: &StoredClient, after: &StoredClient) -> String {
    let secrets = (before.secrets != after.secrets).then_some("secrets");
    let members = |record: &ClientRecord| match serde_json::to_value(record) {
        Ok(serde_json::Value::Object(members)) => members,
        _ => serde_json::Map::new(),
    };
    let (before, after) = (members(&before.record), members(&after.record));
    let differs = |name: &&String| before.get(*name) != after.get(*name);
    let names = after.keys().filter(differs).map(String::as_str);
    names.chain(secrets).collect::<Vec<_>>().join(" ")
}

/// The first text, in byte order, after all texts with that prefix. `None` if there is no such text.
pub(super) fn after_prefix(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_with_a_prefix_comes_before_its_end() {
        for (prefix, end) in [
            ("", None),
            ("a", Some("b")),
            ("team-", Some("team.")),
            ("a\u{7f}", Some("a\u{80}")),
            ("\u{d7ff}", Some("\u{e000}")),
            ("a\u{10ffff}", Some("b")),
            ("\u{10ffff}", None),
        ] {
            assert_eq!(after_prefix(prefix).as_deref(), end, "{prefix:?}");
        }
    }

    #[test]
    fn a_change_is_told_by_the_names_of_what_differs() {
        let before = ClientRecord { id: "a".to_owned(), ..ClientRecord::default() };
        let after = ClientRecord {
            disabled: true,
            lifetime: Some(60),
            scopes: "x".parse().unwrap(),
            ..before.clone()
        };
        let [before, after] = [before, after].map(|record| StoredClient::new(record, None));
        assert_eq!(changed_members(&before, &after), "disabled lifetime scopes");
        assert_eq!(changed_members(&before, &before), "");
        let resealed = StoredClient::new(before.record.clone(), Some("secret:".to_owned()));
        assert_eq!(changed_members(&before, &resealed), "secrets");
        assert_eq!(Author::new("serve", "a\u{1b}[31m\nb").by, "a[31mb");
    }
}
