//! The last uses of secrets at this node, for metrics: when a client used one, and when that one ends. The store has
//! the uses at all nodes.

use crate::clock::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The limit of clients with an entry of their own. The others share one.
pub const MAX_CLIENTS: usize = 1000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretUse {
    pub at: Timestamp,
    /// `None` for a secret that does not expire.
    pub ends: Option<Timestamp>,
}

#[derive(Debug, Default)]
pub struct SecretUses(Mutex<UsesByClient>);

#[derive(Debug, Default)]
struct UsesByClient {
    of: HashMap<String, SecretUse>,
    /// The latest use and the earliest end of the other clients.
    rest: Option<SecretUse>,
}

impl SecretUses {
    /// Records that a client used a secret with this end.
    pub fn note(&self, client: &str, used: SecretUse) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = uses.of.get_mut(client) {
            *last = used;
        } else if uses.of.len() < MAX_CLIENTS {
            uses.of.insert(client.to_owned(), used);
        } else {
            // A secret that has ended is not used any more.
            let before = uses.rest.and_then(|rest| rest.ends).filter(|end| *end > used.at);
            uses.rest = Some(SecretUse { at: used.at, ends: before.into_iter().chain(used.ends).min() });
        }
    }

    /// The uses by client; `None` stands for all clients without an entry.
    #[must_use]
    pub fn all(&self) -> Vec<(Option<String>, SecretUse)> {
        let uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let named = uses.of.iter().map(|(client, used)| (Some(client.clone()), *used));
        named.chain(uses.rest.map(|rest| (None, rest))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_use_counts_and_clients_beyond_the_limit_share_an_entry() {
        let at = |at: i64, ends: Option<i64>| SecretUse {
            at: Timestamp::from_unix(at),
            ends: ends.map(Timestamp::from_unix),
        };
        let uses = SecretUses::default();
        uses.note("c0", at(1, Some(9)));
        uses.note("c0", at(2, None));
        (1..MAX_CLIENTS).for_each(|n| uses.note(&format!("c{n}"), at(1, None)));
        assert!(uses.all().contains(&(Some("c0".to_owned()), at(2, None))));
        let rest = || uses.all().into_iter().find(|(client, _)| client.is_none()).map(|(_, used)| used);
        assert_eq!((uses.all().len(), rest()), (MAX_CLIENTS, None));
        uses.note("x", at(3, Some(50)));
        uses.note("y", at(4, Some(20)));
        uses.note("z", at(5, None));
        assert_eq!((uses.all().len(), rest()), (MAX_CLIENTS + 1, Some(at(5, Some(20)))));
        uses.note("x", at(21, Some(50)));
        assert_eq!(rest(), Some(at(21, Some(50))), "the other one has ended");
    }
}
