//! Failures of each client from each address, in a bounded table.

use crate::clock::Timestamp;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Places of one address, beside the one that its other ids share.
const MAX_OF_ADDRESS: u32 = 100;
/// The first failures within a minute are answered at once.
pub(super) const FREE: u32 = 10;
const MINUTE: Duration = Duration::from_secs(60);
/// The failures after them are answered late, up to this one; after it there are waits.
pub(super) const CHECKED: u32 = 20;
/// The first delay; each is twice the one before, five in all.
const DELAY: Duration = Duration::from_millis(250);
/// The first wait; each is twice the one before.
const WAIT: Duration = Duration::from_secs(10);
/// The longest wait. As long after it the failures are forgotten.
const MAX_WAIT: Duration = Duration::from_secs(900);
/// During a wait one secret is checked in so many seconds, more or less.
const CHECK_EVERY: i64 = 10;
/// So many checks that nobody asked for are kept for later.
const CHECKS_KEPT: i64 = 6;

/// Which place: the hashes of an address and of a client.
pub(super) type FailureKey = (u64, u64);
/// Stands for the client in the place that an address's other ids share. No client has this hash.
pub(super) const OTHERS: u64 = 0;

/// The table.
pub(super) struct FailureTable {
    places: HashMap<FailureKey, FailureCount>,
    /// The same, those with the fewest failures first; of those the ones that were used longest ago.
    order: BTreeSet<(u32, i64, FailureKey)>,
    /// How many each address has.
    of_address: HashMap<u64, u32>,
    max: usize,
    purged: Timestamp,
    /// Counts the chances that were taken during waits.
    chances: u64,
}

#[derive(Clone, Copy, Debug)]
struct FailureCount {
    failures: u32,
    /// Nothing is checked before, but for what [`CHECK_EVERY`] allows.
    closed_until: Timestamp,
    forgotten_from: Timestamp,
    /// Checks during waits are counted from here, in seconds since 1970.
    checks_from: i64,
    used: i64,
}

impl FailureTable {
    /// A table of at most `max` places.
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

    /// The place where a pair is counted: its own where there is one, or room for it, or it is known.
    pub(super) fn key(&self, own: FailureKey, known: bool) -> FailureKey {
        let room = || self.of_address.get(&own.0).is_none_or(|count| *count < MAX_OF_ADDRESS);
        if known || self.places.contains_key(&own) || room() { own } else { (own.0, OTHERS) }
    }

    /// When to ask again, where there is a wait: at its end, or when the next check is due that anybody may get.
    /// A client that is told to come back after 15 minutes gives up, and misses the checks until then.
    pub(super) fn wait(&self, key: FailureKey, now: Timestamp) -> Option<Duration> {
        let place = self.places.get(&key).filter(|place| !place.is_forgotten(now))?;
        let next_check = Duration::from_secs(CHECK_EVERY.unsigned_abs());
        (place.closed_until > now).then(|| until(place.closed_until, now).min(next_check))
    }

    /// Takes one of the checks that are made there during a wait: by how many seconds the next one comes later.
    /// The more checks are left, the likelier: who asks again and again, or at the right moment, gets no more
    /// than a share.
    pub(super) fn take_check(&mut self, key: FailureKey, keys: &RandomState, now: Timestamp) -> Option<i64> {
        let place = self.places.get_mut(&key)?;
        let left = (now.unix().saturating_sub(place.checks_from) / CHECK_EVERY).clamp(0, CHECKS_KEPT);
        self.chances = self.chances.wrapping_add(1);
        let chance = keys.hash_one(self.chances);
        // One in 32 with one check left, each with all of them.
        if left == 0 || chance & ((1 << (CHECKS_KEPT - left)) - 1) != 0 {
            return None;
        }
        // The next one comes after 5 to 15 seconds, so that nobody knows when.
        let step = CHECK_EVERY / 2 + i64::from(chance.to_be_bytes()[0]) % (CHECK_EVERY + 1);
        let oldest = now.unix().saturating_sub(CHECKS_KEPT * CHECK_EVERY);
        place.checks_from = place.checks_from.max(oldest).saturating_add(step);
        Some(step)
    }

    /// Gives such a check back that was not made.
    pub(super) fn give_check_back(&mut self, key: FailureKey, step: i64) {
        if let Some(place) = self.places.get_mut(&key) {
            place.checks_from = place.checks_from.saturating_sub(step);
        }
    }

    /// Counts a failure. Gives its number, and until when the place was closed before.
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

    /// Takes a failure back, and the wait that came of it.
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

    /// Changes a place that is there; without failures it leaves.
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

    /// The next secret is checked; what was counted stays.
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

    /// Once a minute the places leave that are forgotten.
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

    /// A time that is too far ahead is from before somebody set the clock back.
    fn is_forgotten(&self, now: Timestamp) -> bool {
        self.forgotten_from <= now || self.forgotten_from > now.after(2 * MAX_WAIT)
    }

    /// Counts a failure, and gives its number.
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

/// By how much the answer to the failure of that number is delayed.
pub(super) fn delay(number: u32) -> Duration {
    match number.checked_sub(FREE + 1) {
        Some(late) => DELAY * (1 << late.min(4)),
        None => Duration::ZERO,
    }
}

/// For how long nothing is checked after it.
fn wait(number: u32) -> Duration {
    match number.checked_sub(CHECKED) {
        Some(over) => MAX_WAIT.min(WAIT * (1 << over.min(7))),
        None => Duration::ZERO,
    }
}

fn until(moment: Timestamp, now: Timestamp) -> Duration {
    Duration::from_secs(u64::try_from(moment.unix().saturating_sub(now.unix())).unwrap_or(0))
}
