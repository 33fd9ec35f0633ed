//! The clients of a store that are kept in memory.

use crate::registry::Client;
use crate::registry::contact::Reach;
use crate::registry::expiring::{IdDigest, digest};
use lru::LruCache;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// So many clients are kept, and as many ids that there are not; what was asked for longest ago leaves.
pub(super) const MAX_KEPT: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// What was asked for lately. Whoever asks for ids that there are not, however many and however long,
/// drives out no client, and fills no memory.
pub(super) struct Kept {
    /// Each with the round in which it was read.
    clients: LruCache<String, (Arc<Client>, u64)>,
    absent: LruCache<IdDigest, ()>,
    /// Goes up where the store may be another: what was read before is good only while the store is away.
    round: u64,
    /// Goes up with every change.
    pub(super) version: u64,
}

impl Default for Kept {
    fn default() -> Self {
        Self { clients: LruCache::sparse(MAX_KEPT), absent: LruCache::sparse(MAX_KEPT), round: 0, version: 0 }
    }
}

impl Kept {
    pub(super) fn put(&mut self, id: &str, client: Option<Arc<Client>>) {
        match client {
            Some(client) => drop(self.clients.put(id.to_owned(), (client, self.round))),
            None => drop(self.absent.put(digest(&[id]), ())),
        }
    }

    pub(super) fn get(&mut self, id: &str, reach: Reach) -> Option<Arc<Client>> {
        let round = self.round;
        let (client, _) = self.clients.get(id).filter(|(_, read)| *read == round || reach == Reach::Away)?;
        Some(client.clone())
    }

    pub(super) fn is_absent(&mut self, id: &str) -> bool {
        // A digest has its price, and mostly nobody asks for what is not there.
        !self.absent.is_empty() && self.absent.get(&digest(&[id])).is_some()
    }

    pub(super) fn forget(&mut self, id: &str) {
        self.clients.pop(id);
        self.absent.pop(&digest(&[id]));
    }

    pub(super) fn clear(&mut self) {
        self.clients.clear();
        self.absent.clear();
    }

    /// Has everything read anew.
    pub(super) fn doubt(&mut self) {
        self.round += 1;
        self.absent.clear();
    }
}
