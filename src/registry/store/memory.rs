//! `memory:`, a store that lives as long as the process.

use super::history::{Author, HistoryEntry, Of, Signed, changed_members};
use super::{
    Changes, ClientChange, ClientTrait, Id, IdKind, Listed, MAX_CHANGES, Position, Revocations, Store,
    StoreError, Use, Versioned,
};
use crate::clock::Timestamp;
use crate::registry::expiring_set::{Ends, IdDigest};
use crate::registry::record::{SecretRecord, StoredClient};
use crate::registry::store::row::changed_client;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Default)]
pub struct MemoryStore(Mutex<MemoryTables>, Signed);

#[derive(Default)]
struct MemoryTables {
    clients: BTreeMap<String, StoredClient>,
    /// The changed clients, and the number of the first change.
    changes: VecDeque<String>,
    first: i64,
    /// Uses by client and secret number.
    uses: BTreeMap<(String, i64), Use>,
    ids: ExpiringIds,
    texts: HashMap<String, Versioned>,
    /// The last changes, oldest first, and the number of the last one.
    history: VecDeque<HistoryEntry>,
    last_entry: i64,
}

/// IDs with expiry. Each insertion removes some expired IDs, so no call is slow because of many.
#[derive(Default)]
struct ExpiringIds {
    /// The expiry of each ID, by kind and digest.
    until: HashMap<(IdKind, IdDigest), Timestamp>,
    ends: Ends<(IdKind, IdDigest)>,
    /// Revoked tokens, by number.
    revoked: BTreeMap<i64, Id>,
    last_revoked: i64,
}

/// Number of expired IDs removed with each insertion.
const LEAVING: usize = 4;

impl ExpiringIds {
    fn remember(&mut self, id: &Id, now: Timestamp) -> bool {
        self.forget(now, LEAVING);
        let key = (id.kind, id.digest);
        if self.until.get(&key).is_some_and(|until| *until > now) {
            return false;
        }
        self.until.insert(key, id.until);
        self.ends.push(id.until, key);
        if id.kind == IdKind::Revoked {
            self.last_revoked += 1;
            self.revoked.insert(self.last_revoked, id.clone());
        }
        true
    }

    fn forget(&mut self, now: Timestamp, most: usize) {
        for _ in 0..most {
            let Some((until, key)) = self.ends.pop(now) else { return };
            // An ID that was stored again has a later entry.
            if self.until.get(&key).is_some_and(|known| *known <= until) {
                self.until.remove(&key);
            }
        }
    }
}

impl fmt::Debug for MemoryStore {
    /// Without the contents, which include unsealed private keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory")
    }
}

impl MemoryStore {
    fn lock(&self) -> MutexGuard<'_, MemoryTables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, inner: &mut MemoryTables, client: Option<&str>, detail: &str) {
        let Author { how, by } = self.1.author();
        inner.last_entry += 1;
        if inner.history.len() >= MAX_CHANGES {
            inner.history.pop_front();
        }
        let (number, at, detail) = (inner.last_entry, Timestamp::now(), detail.to_owned());
        inner.history.push_back(HistoryEntry {
            number,
            at,
            client: client.map(str::to_owned),
            how,
            by,
            detail,
        });
    }

    fn changed(&self, inner: &mut MemoryTables, id: &str, detail: &str) {
        inner.changed(id);
        self.note(inner, Some(id), detail);
    }
}

impl MemoryTables {
    /// Memory cannot be restored, so numbers alone identify changes.
    fn last_change(&self) -> Position {
        let number = self.first + i64::try_from(self.changes.len()).unwrap_or(i64::MAX);
        Position { number, mark: 0 }
    }

    fn changed(&mut self, id: &str) {
        if self.changes.len() >= MAX_CHANGES {
            self.changes.pop_front();
            self.first += 1;
        }
        self.changes.push_back(id.to_owned());
    }
}

impl Store for MemoryStore {
    fn client(&self, id: &str) -> Result<Option<StoredClient>, StoreError> {
        Ok(self.lock().clients.get(id).cloned())
    }

    fn clients_beginning(&self, prefix: &str, after: &str, limit: usize) -> Result<Vec<Listed>, StoreError> {
        let inner = self.lock();
        let first = if after < prefix { Bound::Included(prefix) } else { Bound::Excluded(after) };
        let range = inner.clients.range::<str, _>((first, Bound::Unbounded));
        let range = range.take_while(|(id, _)| id.starts_with(prefix));
        let listed =
            |(id, stored): (&String, &StoredClient)| Listed { id: id.clone(), stored: Ok(stored.clone()) };
        Ok(range.take(limit).map(listed).collect())
    }

    fn add_stored(&self, clients: &[StoredClient]) -> Result<(), StoreError> {
        let mut inner = self.lock();
        let mut ids: Vec<&str> = clients.iter().map(|stored| stored.record.id.as_str()).collect();
        ids.sort_unstable();
        let twice = ids.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
        let there = || ids.iter().copied().find(|id| inner.clients.contains_key(*id));
        if let Some(id) = twice.or_else(there) {
            return Err(StoreError::Exists(id.to_owned()));
        }
        for stored in clients {
            inner.clients.insert(stored.record.id.clone(), stored.clone());
            self.changed(&mut inner, &stored.record.id, "");
        }
        Ok(())
    }

    fn change_client(&self, id: &str, change: ClientChange<'_>) -> Result<bool, StoreError> {
        let mut inner = self.lock();
        let stored = inner.clients.get_mut(id).ok_or(StoreError::Missing)?;
        let Some(new) = changed_client(stored, change) else { return Ok(false) };
        let detail = changed_members(stored, &new);
        *stored = new;
        self.changed(&mut inner, id, &detail);
        Ok(true)
    }

    fn remove(&self, id: &str) -> Result<(), StoreError> {
        let mut inner = self.lock();
        inner.clients.remove(id).ok_or(StoreError::Missing)?;
        inner.uses.retain(|(client, _), _| client != id);
        self.changed(&mut inner, id, "");
        Ok(())
    }

    fn rotate(
        &self,
        id: &str,
        hash: &str,
        now: Timestamp,
        old_end: Timestamp,
    ) -> Result<SecretRecord, StoreError> {
        let mut inner = self.lock();
        let stored = inner.clients.get_mut(id).ok_or(StoreError::Missing)?;
        let made = stored.rotate(hash.to_owned(), now, old_end);
        self.changed(&mut inner, id, "");
        Ok(made)
    }

    fn uses(&self, ids: &[&str]) -> Result<Vec<Use>, StoreError> {
        let inner = self.lock();
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        let of = |id: &str| inner.uses.range((id.to_owned(), 0)..=(id.to_owned(), i64::MAX));
        Ok(ids.into_iter().flat_map(of).map(|(_, used)| used.clone()).collect())
    }

    fn note_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
        let mut inner = self.lock();
        let MemoryTables { clients, uses: kept, .. } = &mut *inner;
        let there = uses.iter().filter(|used| clients.contains_key(&used.client));
        kept.extend(there.map(|used| ((used.client.clone(), used.number), used.clone())));
        Ok(())
    }

    fn last_change(&self) -> Result<Position, StoreError> {
        Ok(self.lock().last_change())
    }

    fn changes(&self, after: Position) -> Result<Changes, StoreError> {
        let inner = self.lock();
        let upto = inner.last_change();
        let clients = match usize::try_from(after.number - inner.first) {
            Ok(skip) if after.number <= upto.number => {
                Some(inner.changes.iter().skip(skip).cloned().collect())
            }
            _ => None,
        };
        Ok(Changes { upto, clients, went_back: after.number > upto.number })
    }

    fn remember(&self, id: &Id, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.lock().ids.remember(id, now))
    }

    fn revocations(&self, after: Position, now: Timestamp) -> Result<Revocations, StoreError> {
        let inner = self.lock();
        let later = inner.ids.revoked.range(after.number.saturating_add(1)..).map(|(_, id)| id);
        let ids = later.filter(|id| id.until > now).cloned().collect();
        let upto = Position { number: inner.ids.last_revoked, mark: 0 };
        Ok(Revocations { upto, ids, anew: false })
    }

    fn text(&self, name: &str) -> Result<Versioned, StoreError> {
        Ok(self.lock().texts.get(name).cloned().unwrap_or_default())
    }

    fn put_text_noting(&self, name: &str, since: i64, text: &str, detail: &str) -> Result<bool, StoreError> {
        let mut inner = self.lock();
        let kept = inner.texts.entry(name.to_owned()).or_default();
        let unchanged = kept.version == since;
        if unchanged {
            *kept = Versioned { version: since + 1, text: text.to_owned() };
            if !detail.is_empty() {
                self.note(&mut inner, None, detail);
            }
        }
        Ok(unchanged)
    }

    fn history(&self, of: Of<'_>, after: i64, limit: usize) -> Result<Vec<HistoryEntry>, StoreError> {
        let inner = self.lock();
        let wanted = |entry: &&HistoryEntry| entry.number > after && of.covers(entry.client.as_deref());
        Ok(inner.history.iter().filter(wanted).take(limit).cloned().collect())
    }

    fn sign(&self, author: Author) {
        self.1.set(author);
    }

    fn purge(&self, now: Timestamp) -> Result<(), StoreError> {
        let mut inner = self.lock();
        inner.ids.forget(now, usize::MAX);
        inner.ids.revoked.retain(|_, id| id.until > now);
        Ok(())
    }

    fn is_immediate(&self) -> bool {
        true
    }

    fn any(&self, of: ClientTrait) -> Result<bool, StoreError> {
        Ok(self.lock().clients.values().any(|stored| of.is_of(&stored.record)))
    }

    fn clients_with(&self, of: ClientTrait, limit: usize) -> Result<Vec<Listed>, StoreError> {
        let inner = self.lock();
        let found = inner.clients.iter().filter(|(_, stored)| of.is_of(&stored.record)).take(limit);
        Ok(found.map(|(id, stored)| Listed { id: id.clone(), stored: Ok(stored.clone()) }).collect())
    }
}
