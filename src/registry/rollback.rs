//! Remembers a server's view of its store, to detect that it was restored to an earlier state or replaced by
//! another store.

use super::expiring_set::IdDigest;
use super::store::{Changes, Id, Position, Revocations, Store, StoreError, identity};
use crate::clock::Timestamp;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Limit of revocations that are written again to a store that has lost them. All known revocations apply on
/// this server.
const MAX_KNOWN: usize = 10_000;
/// Clocks of nodes differ: another node may already have deleted an entry that expires this soon.
const CLOCKS: Duration = Duration::from_secs(60);
const WENT_BACK: &str = "the store went back: the last change that this server has seen is missing; \
    was a backup restored? Clients and revocations were read again";

#[derive(Debug, Default)]
pub(super) struct RollbackDetector {
    inner: Mutex<Observations>,
    /// Whether the revocations were never read.
    unasked: AtomicBool,
}

/// The known state before a query for revocations.
#[derive(Clone, Copy, Debug)]
pub(super) struct Checkpoint {
    /// The last known revocation.
    pub(super) after: Position,
    /// Number of revocations noted by then.
    noted: u64,
}

#[derive(Debug, Default)]
struct Observations {
    change: Position,
    revocation: Position,
    /// Number of lost connections by then.
    losses: u64,
    id: Option<String>,
    /// Whether all revocations are read next, because the store may be a different one.
    rereads: bool,
    /// Revoked tokens, each with the number under which it was noted.
    revoked: HashMap<IdDigest, (Id, u64)>,
    noted: u64,
    /// Messages for the operator that were not returned yet.
    news: Vec<String>,
}

impl RollbackDetector {
    /// The state at the start.
    pub(super) fn new(change: Position, losses: u64) -> Self {
        Self {
            inner: Mutex::new(Observations { change, losses, ..Observations::default() }),
            unasked: AtomicBool::new(false),
        }
    }

    /// The last known change.
    pub(super) fn change(&self) -> Position {
        self.lock().change
    }

    /// The known state, before the store is queried for revocations.
    pub(super) fn asked(&self) -> Checkpoint {
        let inner = self.lock();
        Checkpoint { after: inner.revocation, noted: inner.noted }
    }

    /// Forgets the position, so that all revocations are read next.
    pub(super) fn forget_revocations(&self) {
        let mut inner = self.lock();
        (inner.revocation, inner.rereads) = (Position::default(), true);
        self.unasked.store(true, Ordering::Release);
    }

    /// Whether the revocations were read.
    pub(super) fn knows_revocations(&self) -> bool {
        !self.unasked.load(Ordering::Acquire)
    }

    /// Whether a connection was lost since the last call. Another server may answer now.
    pub(super) fn is_reconnected(&self, losses: u64) -> bool {
        std::mem::replace(&mut self.lock().losses, losses) != losses
    }

    /// Takes changes. If the store may be a different one (`anew`), all revocations are read next.
    pub(super) fn take(&self, changes: &Changes, anew: bool) {
        let mut inner = self.lock();
        inner.change = changes.upto;
        if anew {
            (inner.revocation, inner.rereads) = (Position::default(), true);
        }
        if changes.went_back {
            inner.news.push(WENT_BACK.to_owned());
        }
    }

    /// Reads the store's ID and notes if it is another one than before.
    pub(super) fn identify(&self, store: &dyn Store) -> Result<(), StoreError> {
        // Without the lock: the store may be slow.
        let found = identity::of(store)?;
        let mut inner = self.lock();
        if let Some(before) = inner.id.as_ref().filter(|before| **before != found) {
            let what = format!("it is a different store: its id is {found}, and was {before}");
            inner.news.push(what);
        }
        inner.id = Some(found);
        Ok(())
    }

    /// Whether the store's ID was not read yet.
    pub(super) fn is_unidentified(&self) -> bool {
        self.lock().id.is_none()
    }

    /// Notes a revocation that the store has.
    pub(super) fn note(&self, id: &Id) {
        self.lock().note(id);
    }

    /// Takes revocations and returns those that the store has lost: they were known before a query that
    /// returned all.
    pub(super) fn take_revocations(&self, asked: Checkpoint, found: &Revocations, now: Timestamp) -> Vec<Id> {
        let mut inner = self.lock();
        inner.revocation = found.upto;
        self.unasked.store(false, Ordering::Release);
        let soon = now.after(CLOCKS);
        inner.revoked.retain(|_, (id, _)| id.until > soon);
        let tells_all = std::mem::take(&mut inner.rereads) || found.anew;
        let mut lost = Vec::new();
        if tells_all && !inner.revoked.is_empty() {
            let there: HashSet<IdDigest> = found.ids.iter().map(|id| id.digest).collect();
            let known = inner.revoked.values().filter(|(_, noted)| *noted <= asked.noted);
            lost = known.map(|(id, _)| id.clone()).filter(|id| !there.contains(&id.digest)).collect();
        }
        found.ids.iter().for_each(|id| inner.note(id));
        if !lost.is_empty() {
            let what = format!(
                "revocations known to this server were missing in the store ({}): they remain in effect and \
                 are written again; was a backup restored?",
                lost.len()
            );
            inner.news.push(what);
        }
        lost
    }

    /// Messages for the operator, each returned once.
    pub(super) fn news(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().news)
    }

    fn lock(&self) -> MutexGuard<'_, Observations> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observations {
    fn note(&mut self, id: &Id) {
        self.noted += 1;
        if self.revoked.len() < MAX_KNOWN {
            self.revoked.insert(id.digest, (id.clone(), self.noted));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::expiring_set::digest;
    use crate::registry::store::IdKind;
    use crate::registry::store::memory::MemoryStore;

    const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);

    fn revoked(name: &str, seconds: u64) -> Id {
        let until = NOW.after(Duration::from_secs(seconds));
        Id { kind: IdKind::Revoked, digest: digest(&[name]), owner: "a".to_owned(), until }
    }

    fn found(ids: &[Id], anew: bool) -> Revocations {
        Revocations { upto: Position { number: 7, mark: 7 }, ids: ids.to_vec(), anew }
    }

    #[test]
    fn what_a_store_has_lost_is_what_was_known_before_it_told_of_all() {
        let (seen, one, two) = (RollbackDetector::default(), revoked("1", 600), revoked("2", 600));
        let ends = revoked("ends", 59);
        let known = [one.clone(), two.clone(), ends];
        assert!(seen.take_revocations(seen.asked(), &found(&known, false), NOW).is_empty());
        assert!(seen.take_revocations(seen.asked(), &found(&[], false), NOW).is_empty(), "nothing is new");
        let asked = seen.asked();
        assert_eq!(asked.after, Position { number: 7, mark: 7 });
        seen.note(&revoked("meanwhile", 600));
        let lost = seen.take_revocations(asked, &found(std::slice::from_ref(&one), true), NOW);
        assert_eq!(lost, [two], "what ends soon another clock has forgotten");
        assert!(seen.news()[0].contains("missing in the store (1)") && seen.news().is_empty());
        let changes = Changes { clients: None, ..Changes::default() };
        seen.take(&changes, true);
        let asked = seen.asked();
        assert_eq!((asked.after, seen.news().len()), (Position::default(), 0));
        assert_eq!(seen.take_revocations(asked, &found(&[one], false), NOW).len(), 2, "all were asked for");
    }

    #[test]
    fn another_store_is_named_once() {
        let (seen, one, other) =
            (RollbackDetector::default(), MemoryStore::default(), MemoryStore::default());
        for store in [&one, &one, &other, &other] {
            seen.identify(store).unwrap();
        }
        let (news, id) = (seen.news(), identity::of(&other).unwrap());
        assert!(news.len() == 1 && news[0].contains(&id), "{news:?}");
    }
}
