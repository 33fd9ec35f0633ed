//! Failures of each client and address, in a bounded table.

use crate::clock::Timestamp;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Limit of entries for one address, without the shared one.
const MAX_OF_ADDRESS: u32 = 100;
/// Failures within a minute that are answered without delay.
pub(super) const FREE: u32 = 10;
const MINUTE: Duration = Duration::from_secs(60);
/// Failures up to this number are delayed; further ones block the pair.
pub(super) const CHECKED: u32 = 20;
/// The first delay. It doubles with each failure, five times in all.
const DELAY: Duration = Duration::from_millis(250);
/// The first block. It doubles with each failure.
const WAIT: Duration = Duration::from_secs(10);
/// The longest block. Failures are forgotten this long after it.
const MAX_WAIT: Duration = Duration::from_secs(900);
/// During a block one secret is checked about every this many seconds.
const CHECK_EVERY: i64 = 10;
/// Limit of unused checks that accumulate during a block.
const CHECKS_KEPT: i64 = 6;

/// The hashes of an address and of a client.
pub(super) type FailureKey = (u64, u64);
/// The client hash of an address's shared entry. No client has this hash.
pub(super) const OTHERS: u64 = 0;

pub(super) struct FailureTable {
    places: HashMap<FailureKey, FailureCount>,
    /// The entries in the order of eviction: fewest failures first, then least recently used.
    order: BTreeSet<(u32, i64, FailureKey)>,
    /// Number of entries for each address.
    of_address: HashMap<u64, u32>,
    max: usize,
    purged: Timestamp,
    /// Number of random choices made during blocks.
    chances: u64,
}

#[derive(Clone, Copy, Debug)]
struct FailureCount {
    failures: u32,
    /// Until then only the checks of [`CHECK_EVERY`] are made.
    closed_until: Timestamp,
    forgotten_from: Timestamp,
    /// The start from which checks during a block are counted, in seconds since 1970.
    checks_from: i64,
    used: i64,
}

impl FailureTable {
    /// A table of at most `max` entries.
    pub(super) fn new(max: usize) -> Self {
        Self {
            places: HashMap::new(),
            order: BTreeSet::new(),
            of_address: HashMap::new(),
            max,
            purged: Timestamp::from_unix(0),
            chances: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The entry for a pair: its own if it exists, has room or is known, otherwise the shared one.
    pub(super) fn key(&self, own: FailureKey, known: bool) -> FailureKey {
        let room = || self.of_address.get(&own.0).is_none_or(|count| *count < MAX_OF_ADDRESS);
        if known || self.places.contains_key(&own) || room() { own } else { (own.0, OTHERS) }
    }

    /// The time until the end of the block or the next check, whichever is earlier; `None` if not blocked. A
    /// client that is told to wait for 15 minutes would give up and miss those checks.
    pub(super) fn wait(&self, key: FailureKey, now: Timestamp) -> Option<Duration> {
        let place = self.places.get(&key).filter(|place| !place.is_forgotten(now))?;
        let next_check = Duration::from_secs(CHECK_EVERY.unsigned_abs());
        (place.closed_until > now).then(|| until(place.closed_until, now).min(next_check))
    }

    /// Takes one of the checks allowed during a block. Returns the seconds by which the next one is
    /// postponed. The chance grows with the checks left: frequent or well-timed requests get no more than a
    /// share.
    pub(super) fn take_check(&mut self, key: FailureKey, keys: &RandomState, now: Timestamp) -> Option<i64> {
        let place = self.places.get_mut(&key)?;
        let left = (now.unix().saturating_sub(place.checks_from) / CHECK_EVERY).clamp(0, CHECKS_KEPT);
        self.chances = self.chances.wrapping_add(1);
        let chance = keys.hash_one(self.chances);
        // 1 in 32 with one check left, always with all of them.
        if left == 0 || chance & ((1 << (CHECKS_KEPT - left)) - 1) != 0 {
            return None;
        }
        // The next check is available after 5 to 15 seconds, so that its time is unpredictable.
        let step = CHECK_EVERY / 2 + i64::from(chance.to_be_bytes()[0]) % (CHECK_EVERY + 1);
        let oldest = now.unix().saturating_sub(CHECKS_KEPT * CHECK_EVERY);
        place.checks_from = place.checks_from.max(oldest).saturating_add(step);
        Some(step)
    }

    /// Returns a check that was not made.
    pub(super) fn give_check_back(&mut self, key: FailureKey, step: i64) {
        if let Some(place) = self.places.get_mut(&key) {
            place.checks_from = place.checks_from.saturating_sub(step);
        }
    }

    /// Counts a failure. Returns its number, and the previous end of the block.
    pub(super) fn count(&mut self, key: FailureKey, now: Timestamp) -> (u32, Timestamp) {
        if !self.places.contains_key(&key) {
            self.add(key, now);
        }
        let counted = self.change(key, |place| {
            if place.is_forgotten(now) {
                *place = FailureCount::fresh(now);
            }
            let before = place.closed_until;
            (place.count(now), before)
        });
        counted.unwrap_or((1, now))
    }

    /// Undoes a failure and the block that it caused.
    pub(super) fn take_back(&mut self, key: FailureKey, closed_before: Timestamp) {
        self.change(key, |place| {
            place.failures = place.failures.saturating_sub(1);
            place.closed_until = closed_before;
        });
    }

    fn add(&mut self, key: FailureKey, now: Timestamp) {
        while self.places.len() >= self.max
            && let Some((_, _, least)) = self.order.first().copied()
        {
            self.remove(least);
        }
        self.places.insert(key, FailureCount::fresh(now));
        if key.1 != OTHERS {
            *self.of_address.entry(key.0).or_insert(0) += 1;
        }
    }

    /// Changes an existing entry. Removes it if it has no failures left.
    fn change<T>(&mut self, key: FailureKey, change: impl FnOnce(&mut FailureCount) -> T) -> Option<T> {
        let place = self.places.get_mut(&key)?;
        self.order.remove(&(place.failures, place.used, key));
        let changed = change(place);
        let (failures, used) = (place.failures, place.used);
        if failures == 0 {
            self.remove(key);
        } else {
            self.order.insert((failures, used, key));
        }
        Some(changed)
    }

    pub(super) fn failures(&self, key: FailureKey) -> Option<u32> {
        self.places.get(&key).map(|place| place.failures)
    }

    /// Ends the block; the failures remain.
    pub(super) fn end_wait(&mut self, key: FailureKey, now: Timestamp) {
        if let Some(place) = self.places.get_mut(&key) {
            place.closed_until = place.closed_until.min(now);
        }
    }

    pub(super) fn remove(&mut self, key: FailureKey) {
        let Some(place) = self.places.remove(&key) else { return };
        self.order.remove(&(place.failures, place.used, key));
        if key.1 != OTHERS
            && let Some(count) = self.of_address.get_mut(&key.0)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.of_address.remove(&key.0);
            }
        }
    }

    /// Removes forgotten entries, at most once a minute.
    pub(super) fn purge(&mut self, now: Timestamp) {
        if now >= self.purged && now < self.purged.after(MINUTE) {
            return;
        }
        self.purged = now;
        let forgotten = self.places.iter().filter(|(_, place)| place.is_forgotten(now)).map(|(key, _)| *key);
        for key in forgotten.collect::<Vec<_>>() {
            self.remove(key);
        }
    }
}

impl FailureCount {
    fn fresh(now: Timestamp) -> Self {
        let never = Timestamp::from_unix(i64::MIN);
        let (forgotten_from, used) = (now.after(MINUTE), now.unix());
        Self { failures: 0, closed_until: never, forgotten_from, checks_from: used, used }
    }

    /// A time too far in the future was written before the clock was set back.
    fn is_forgotten(&self, now: Timestamp) -> bool {
        self.forgotten_from <= now || self.forgotten_from > now.after(2 * MAX_WAIT)
    }

    /// Counts a failure and returns its number.
    fn count(&mut self, now: Timestamp) -> u32 {
        self.failures = self.failures.saturating_add(1);
        self.used = now.unix();
        if self.failures <= CHECKED {
            self.checks_from = now.unix();
        }
        if self.failures > FREE {
            self.closed_until = now.after(wait(self.failures));
            self.forgotten_from = self.closed_until.after(MAX_WAIT);
        }
        self.failures
    }
}

/// The delay of the answer to the failure with this number.
pub(super) fn delay(number: u32) -> Duration {
    match number.checked_sub(FREE + 1) {
        Some(late) => DELAY * (1 << late.min(4)),
        None => Duration::ZERO,
    }
}

/// The length of the block after the failure with this number.
fn wait(number: u32) -> Duration {
    match number.checked_sub(CHECKED) {
        Some(over) => MAX_WAIT.min(WAIT * (1 << over.min(7))),
        None => Duration::ZERO,
    }
}

fn until(moment: Timestamp, now: Timestamp) -> Duration {
    Duration::from_secs(u64::try_from(moment.unix().saturating_sub(now.unix())).unwrap_or(0))
}
