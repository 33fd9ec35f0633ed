//! Cache of the store's clients and of unknown client IDs. A client stays until it changes or the cache is
//! full; then the least recently used is evicted. So all clients used within `store_outage` keep working
//! while the store is unavailable. Unknown IDs have a cache of their own: requests with random IDs neither
//! evict clients nor fill the memory.

use super::expiring_set::{IdDigest, digest};
use super::federated::FederatedRule;
use super::store_health::Reachability;
use super::{Client, ClientAuth, ClientKeys};
use lru::LruCache;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// Estimated memory for clients, in bytes: about 90,000 clients with one secret each.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Limit of cached unknown IDs.
pub const MAX_ABSENT: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// Fixed bytes of a client without its strings: two allocations, the table slot, the record and one secret.
const CLIENT: usize = 640;
/// Bytes of each further secret and each public key.
const SECRET: usize = 128;
const KEY: usize = 2048;
/// Bytes of a string without its content.
const TEXT: usize = 40;

/// Current size of the cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheSize {
    pub clients: usize,
    /// Estimated, in bytes.
    pub bytes: usize,
    /// Unknown IDs.
    pub absent: usize,
}

#[derive(Debug)]
pub(super) struct CachedClients {
    clients: LruCache<String, CachedClient>,
    bytes: usize,
    most: usize,
    /// IDs without a client, each with whether the store has it as disabled.
    absent: LruCache<IdDigest, bool>,
    /// Incremented when the store may be a different one. Older entries are then valid only while the store
    /// is unavailable.
    round: u64,
    /// Incremented with every change.
    pub(super) version: u64,
}

#[derive(Debug)]
struct CachedClient {
    client: Arc<Client>,
    bytes: usize,
    /// The round in which the entry was read.
    round: u64,
}

impl Default for CachedClients {
    fn default() -> Self {
        Self::holding(MAX_BYTES)
    }
}

impl CachedClients {
    fn holding(most: usize) -> Self {
        let (clients, absent) = (LruCache::unbounded(), LruCache::sparse(MAX_ABSENT));
        Self { clients, bytes: 0, most, absent, round: 0, version: 0 }
    }

    pub(super) fn get(&mut self, id: &str, reach: Reachability) -> Option<Arc<Client>> {
        let round = self.round;
        let kept = self.clients.get(id).filter(|kept| kept.round == round || reach == Reachability::Away)?;
        Some(kept.client.clone())
    }

    pub(super) fn put(&mut self, id: &str, client: Option<Arc<Client>>) {
        let Some(client) = client else {
            self.absent.put(digest(&[id]), false);
            return;
        };
        let bytes = weight(&client);
        self.bytes += bytes;
        if let Some(before) =
            self.clients.put(id.to_owned(), CachedClient { client, bytes, round: self.round })
        {
            self.bytes -= before.bytes;
        }
        while self.bytes > self.most && self.clients.len() > 1 {
            self.bytes -= self.clients.pop_lru().map_or(0, |(_, kept)| kept.bytes);
        }
    }

    /// Notes that an absent client is disabled.
    pub(super) fn disable(&mut self, id: &str) {
        self.absent.put(digest(&[id]), true);
    }

    /// Whether an absent client is disabled; `None` if it is not known to be absent.
    pub(super) fn disabled(&mut self, id: &str) -> Option<bool> {
        self.absent.get(&digest(&[id])).copied()
    }

    pub(super) fn is_absent(&mut self, id: &str) -> bool {
        // Skip the digest in the usual case: no unknown IDs are cached.
        !self.absent.is_empty() && self.absent.get(&digest(&[id])).is_some()
    }

    pub(super) fn forget(&mut self, id: &str) {
        self.bytes -= self.clients.pop(id).map_or(0, |kept| kept.bytes);
        self.absent.pop(&digest(&[id]));
    }

    pub(super) fn clear(&mut self) {
        self.clients.clear();
        self.bytes = 0;
        self.absent.clear();
    }

    /// Marks all entries as outdated.
    pub(super) fn doubt(&mut self) {
        self.round += 1;
        self.absent.clear();
    }

    pub(super) fn fill(&self) -> CacheSize {
        CacheSize { clients: self.clients.len(), bytes: self.bytes, absent: self.absent.len() }
    }
}

/// Estimated size of a client in bytes, rounded up.
fn weight(client: &Client) -> usize {
    let auth = match &client.auth {
        ClientAuth::Secret { secrets, .. } => secrets.len() * SECRET,
        ClientAuth::SecretJwt { secrets, .. } => secrets.len() * KEY,
        ClientAuth::PrivateKeyJwt { keys: ClientKeys::Fixed(keys), .. } => keys.keys.len() * KEY,
        ClientAuth::PrivateKeyJwt { keys: ClientKeys::At(at), .. } => TEXT + at.uri.len(),
        ClientAuth::Tls(_) | ClientAuth::SelfSignedTls(_) => KEY,
        ClientAuth::Federated => 0,
    };
    // Scopes are kept word by word and claims as a tree. Both take a multiple of their text length.
    let scopes = client.scopes.as_str().len() + client.default_scopes.as_str().len();
    let rule = |rule: &FederatedRule| 8 * serde_json::to_string(rule).map_or(0, |text| text.len());
    let rules: usize = client.federated.iter().map(rule).sum();
    let taken: usize = client.claims_from.iter().map(|name| TEXT + name.len()).sum();
    let claims = if client.claims.is_empty() {
        0
    } else {
        8 * serde_json::to_string(&client.claims).map_or(0, |text| text.len())
    };
    let audiences = client.audiences.iter().chain(&client.default_audiences);
    let audiences: usize = audiences.map(|audience| TEXT + audience.len()).sum();
    CLIENT + 2 * client.id.len() + auth + 4 * scopes + audiences + claims + rules + taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::record::{ClientRecord, StoredClient};

    fn client(id: &str, claims: usize) -> Option<Arc<Client>> {
        let mut record = ClientRecord { id: id.to_owned(), ..ClientRecord::default() };
        record.claims.insert("x".to_owned(), "y".repeat(claims).into());
        StoredClient { record, secrets: Vec::new() }.made().ok().map(Arc::new)
    }

    #[test]
    fn memory_bounds_it_and_those_asked_for_longest_ago_leave() {
        let each = weight(&client("a", 1000).unwrap());
        let mut cache = CachedClients::holding(3 * each);
        for id in ["a", "b", "c"] {
            cache.put(id, client(id, 1000));
        }
        assert_eq!(cache.fill(), CacheSize { clients: 3, bytes: 3 * each, absent: 0 });
        assert!(cache.get("a", Reachability::Well).is_some());
        cache.put("d", client("d", 1000));
        assert_eq!(
            ["a", "b", "c", "d"].map(|id| cache.get(id, Reachability::Well).is_some()),
            [true, false, true, true]
        );
        // A larger client replaces several others. One that is too large is cached alone.
        cache.put("e", client("e", 2500));
        assert!(cache.fill().bytes <= 3 * each && cache.get("e", Reachability::Well).is_some());
        cache.put("f", client("f", 100_000));
        assert_eq!((cache.fill().clients, cache.get("f", Reachability::Well).is_some()), (1, true));
        cache.forget("f");
        cache.forget("nobody");
        assert_eq!(cache.fill(), CacheSize::default());
    }

    #[test]
    fn whoever_is_put_again_counts_once_and_absent_ids_drive_out_nobody() {
        let mut cache = CachedClients::default();
        (0..3).for_each(|_| cache.put("a", client("a", 10)));
        assert_eq!((cache.fill().clients, cache.fill().bytes), (1, weight(&client("a", 10).unwrap())));
        (0..MAX_ABSENT.get() + 5).for_each(|n| cache.put(&format!("nobody-{n}"), None));
        assert_eq!(
            (cache.fill().absent, cache.get("a", Reachability::Well).is_some()),
            (MAX_ABSENT.get(), true)
        );
        assert!(cache.is_absent("nobody-100") && !cache.is_absent("nobody-0"));
        cache.clear();
        assert_eq!(cache.fill(), CacheSize::default());
    }

    #[test]
    fn as_many_clients_as_the_documents_say_fit() {
        let stored = StoredClient::new(
            ClientRecord {
                id: "client-000001".to_owned(),
                scopes: "a b".parse().unwrap(),
                ..ClientRecord::default()
            },
            Some(crate::registry::secret_hash::SecretHash::of(&crate::secret::Secret::new("s")).text()),
        );
        let fit = MAX_BYTES / weight(&stored.made().unwrap());
        assert!((70_000..100_000).contains(&fit), "{fit}");
    }
}
