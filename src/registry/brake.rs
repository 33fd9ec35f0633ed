//! The brake on wrong secrets (RFC 6749 section 2.3.1), for each pair of a client as it was claimed and
//! a network that asks: nobody is locked out by what strangers try elsewhere.

use crate::clock::Timestamp;
use crate::registry::networks::group;
use lru::LruCache;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// So many pairs are remembered.
const MAX_PAIRS: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();
/// The first failures within a minute are answered at once.
const FREE: u32 = 10;
const MINUTE: Duration = Duration::from_secs(60);
/// Those after them are answered late, up to this one; after it nothing is checked for a while.
const CHECKED: u32 = 20;
/// The first delay; each is twice the one before, five in all.
const DELAY: Duration = Duration::from_millis(250);
/// The first wait; each is twice the one before.
const WAIT: Duration = Duration::from_secs(10);
/// The longest wait, and so long after it the failures are forgotten.
const MAX_WAIT: Duration = Duration::from_secs(900);

/// Counts failures of pairs of client and address (IPv6 by /64).
///
/// Ten failures within a minute, from the first of them on, cost nothing. The answers to the next ten
/// are delayed, from 250 ms up to 4 s. Then nothing is checked for 10 s, and after each further failure
/// for twice as long, up to 15 minutes; so long without a failure, and all is forgotten. A success
/// clears the pair at once.
///
/// 10,000 pairs are remembered; where there are more, that which was used longest ago leaves.
pub struct Brake {
    /// Pairs in the table, for callers who need no lock where there is none.
    listed: AtomicUsize,
    /// Attempts that are being checked and stand in no table.
    unlisted: AtomicU32,
    /// Keyed anew in each process: nobody can make two pairs meet.
    keys: RandomState,
    table: Mutex<Table>,
}

struct Table {
    pairs: LruCache<u64, Pair>,
    purged: Timestamp,
}

#[derive(Clone, Copy, Debug)]
struct Pair {
    failures: u32,
    /// Nothing is checked before.
    closed_until: Timestamp,
    forgotten_from: Timestamp,
}

/// Somebody's try. It counts as a failure before its secret is checked, so that many at once are
/// checked no more often than one after the other. Dropped, it has not been: nothing was learnt.
pub struct Attempt<'a> {
    brake: &'a Brake,
    id: &'a str,
    address: Option<IpAddr>,
    now: Timestamp,
    /// `None` where it stands in no table.
    entry: Option<Entry>,
    settled: bool,
}

/// The place of an attempt in the table.
#[derive(Clone, Copy)]
struct Entry {
    key: u64,
    number: u32,
    closed_before: Timestamp,
}

impl Default for Brake {
    fn default() -> Self {
        Self::holding(MAX_PAIRS)
    }
}

impl fmt::Debug for Brake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Brake")
    }
}

impl Brake {
    fn holding(pairs: NonZeroUsize) -> Self {
        let table = Table { pairs: LruCache::sparse(pairs), purged: Timestamp::from_unix(0) };
        Self {
            listed: AtomicUsize::new(0),
            unlisted: AtomicU32::new(0),
            keys: RandomState::new(),
            table: Mutex::new(table),
        }
    }

    /// Asks whether a secret may be checked. Costs no lock while nobody has failed lately.
    ///
    /// # Errors
    /// With how long to wait, where too many have failed; nothing is counted then.
    pub fn attempt<'a>(
        &'a self,
        id: &'a str,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Attempt<'a>, Duration> {
        let attempt = |entry| Attempt { brake: self, id, address, now, entry, settled: false };
        if self.listed.load(SeqCst) == 0 {
            // Who is listed between the two looks sees this attempt in flight, and counts it in.
            if self.unlisted.fetch_add(1, SeqCst) < FREE && self.listed.load(SeqCst) == 0 {
                return Ok(attempt(None));
            }
            self.unlisted.fetch_sub(1, SeqCst);
        }
        self.enter(self.key(id, address), now).map(|entry| attempt(Some(entry)))
    }

    fn enter(&self, key: u64, now: Timestamp) -> Result<Entry, Duration> {
        let mut table = self.lock();
        let pair = table.pair(key, now);
        if pair.closed_until > now {
            return Err(until(pair.closed_until, now));
        }
        let closed_before = pair.closed_until;
        let number = pair.count(now);
        let entry = Entry { key, number, closed_before };
        self.listed.store(table.pairs.len(), SeqCst);
        let in_flight = self.unlisted.load(SeqCst);
        if in_flight > 0 && number.saturating_add(in_flight) > CHECKED {
            self.take_back(&mut table, entry);
            return Err(Duration::from_secs(1));
        }
        Ok(entry)
    }

    fn take_back(&self, table: &mut Table, entry: Entry) {
        if let Some(pair) = table.pairs.peek_mut(&entry.key) {
            pair.failures = pair.failures.saturating_sub(1);
            pair.closed_until = entry.closed_before;
            if pair.failures == 0 {
                table.pairs.pop(&entry.key);
            }
        }
        self.listed.store(table.pairs.len(), SeqCst);
    }

    fn clear(&self, key: u64) {
        let mut table = self.lock();
        table.pairs.pop(&key);
        self.listed.store(table.pairs.len(), SeqCst);
    }

    fn key(&self, id: &str, address: Option<IpAddr>) -> u64 {
        self.keys.hash_one((id, address.map(group)))
    }

    /// A panic elsewhere leaves the table whole enough: a failure may be counted twice.
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// The pair of that key. Once a minute those leave that are forgotten.
    fn pair(&mut self, key: u64, now: Timestamp) -> &mut Pair {
        if now < self.purged || now >= self.purged.after(MINUTE) {
            self.pairs.retain(|_, pair| !pair.is_forgotten(now));
            self.purged = now;
        }
        let pair = self.pairs.get_or_insert_mut(key, || Pair::fresh(now));
        if pair.is_forgotten(now) {
            *pair = Pair::fresh(now);
        }
        pair
    }
}

impl Pair {
    fn fresh(now: Timestamp) -> Self {
        let never = Timestamp::from_unix(i64::MIN);
        Self { failures: 0, closed_until: never, forgotten_from: now.after(MINUTE) }
    }

    /// A time that is too far ahead is of before somebody set the clock back.
    fn is_forgotten(&self, now: Timestamp) -> bool {
        self.forgotten_from <= now || self.forgotten_from > now.after(2 * MAX_WAIT)
    }

    /// Counts a failure, and gives its number.
    fn count(&mut self, now: Timestamp) -> u32 {
        self.failures = self.failures.saturating_add(1);
        if self.failures > FREE {
            self.closed_until = now.after(wait(self.failures));
            self.forgotten_from = self.closed_until.after(MAX_WAIT);
        }
        self.failures
    }
}

/// By how much the answer to the failure of that number is delayed.
fn delay(number: u32) -> Duration {
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

impl Attempt<'_> {
    /// The secret was right: what was counted against the pair is forgotten.
    pub fn succeeded(mut self) {
        self.settled = true;
        match self.entry {
            Some(entry) => self.brake.clear(entry.key),
            None => {
                self.brake.unlisted.fetch_sub(1, SeqCst);
                if self.brake.listed.load(SeqCst) > 0 {
                    self.brake.clear(self.brake.key(self.id, self.address));
                }
            }
        }
    }

    /// The secret was wrong. Gives the delay of the answer.
    #[must_use]
    pub fn failed(mut self) -> Duration {
        self.settled = true;
        let brake = self.brake;
        match self.entry {
            Some(entry) => delay(entry.number),
            None => {
                let mut table = brake.lock();
                let number = table.pair(brake.key(self.id, self.address), self.now).count(self.now);
                brake.listed.store(table.pairs.len(), SeqCst);
                brake.unlisted.fetch_sub(1, SeqCst);
                delay(number)
            }
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        match self.entry {
            _ if self.settled => {}
            Some(entry) => self.brake.take_back(&mut self.brake.lock(), entry),
            None => {
                self.brake.unlisted.fetch_sub(1, SeqCst);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(1_795_420_800 + seconds)
    }

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    /// A wrong secret for client `a`: the delay in milliseconds, or the seconds to wait.
    fn fail(brake: &Brake, address: &str, now: i64) -> Result<u128, u64> {
        let attempt = brake.attempt("a", ip(address), at(now)).map_err(|wait| wait.as_secs())?;
        Ok(attempt.failed().as_millis())
    }

    fn fails(brake: &Brake, address: &str, now: i64, count: usize) -> Vec<Result<u128, u64>> {
        (0..count).map(|_| fail(brake, address, now)).collect()
    }

    #[test]
    fn ten_failures_are_free_ten_are_slow_and_then_there_are_waits() {
        let brake = Brake::default();
        assert_eq!(fails(&brake, "192.0.2.7", 0, 10), [Ok(0); 10]);
        let slow = [250, 500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000].map(Ok);
        assert_eq!(fails(&brake, "192.0.2.7", 0, 10), slow);
        assert_eq!(fails(&brake, "192.0.2.7", 0, 2), [Err(10); 2]);
        assert_eq!(fail(&brake, "192.0.2.7", 9), Err(1));
        let mut now = 10;
        for wait in [20, 40, 80, 160, 320, 640, 900, 900] {
            assert_eq!(fail(&brake, "192.0.2.7", now), Ok(4000), "one is checked after each wait");
            assert_eq!(fail(&brake, "192.0.2.7", now), Err(wait));
            now += i64::try_from(wait).unwrap();
        }
        assert_eq!(fail(&brake, "192.0.2.7", now + 899), Ok(4000));
        assert_eq!(fail(&brake, "192.0.2.7", now + 899 + 1800), Ok(0), "after so long all is forgotten");
        fails(&brake, "192.0.2.7", 10_000, 30);
        assert_eq!(fail(&brake, "192.0.2.7", 0), Ok(0), "the clock was set back");
    }

    #[test]
    fn a_minute_begins_with_the_first_failure() {
        let brake = Brake::default();
        for now in 0..1000 {
            assert_eq!(fail(&brake, "192.0.2.7", now * 6), Ok(0), "ten a minute cost nothing, ever");
        }
    }

    #[test]
    fn a_pair_is_slowed_by_its_own_failures_alone() {
        let brake = Brake::default();
        fails(&brake, "2001:db8:0:1::1", 0, 20);
        assert_eq!(fail(&brake, "2001:db8:0:1:ffff::2", 0), Err(10), "the same /64");
        assert_eq!(fail(&brake, "2001:db8:0:2::1", 0), Ok(0), "another");
        assert_eq!(fail(&brake, "192.0.2.7", 0), Ok(0));
        let other = brake.attempt("b", ip("2001:db8:0:1::1"), at(0));
        assert!(other.is_ok(), "another client");
    }

    #[test]
    fn a_success_clears_and_what_says_nothing_is_not_counted() {
        let brake = Brake::default();
        let attempt = |now| brake.attempt("a", ip("::1"), at(now));
        drop(attempt(0).unwrap());
        fails(&brake, "::1", 0, 19);
        drop(attempt(0).unwrap());
        assert_eq!(fail(&brake, "::1", 0), Ok(4000));
        assert_eq!(fail(&brake, "::1", 0), Err(10));
        drop(attempt(10).unwrap());
        attempt(10).unwrap().succeeded();
        assert_eq!(fail(&brake, "::1", 10), Ok(0));
        attempt(10).unwrap().succeeded();
        let counts = (brake.listed.load(SeqCst), brake.unlisted.load(SeqCst), brake.lock().pairs.len());
        assert_eq!(counts, (0, 0, 0), "nothing is left, and the next needs no lock");
    }

    #[test]
    fn many_at_once_are_checked_no_more_often_than_one_after_the_other() {
        for _ in 0..20 {
            let (brake, start) = (Brake::default(), Barrier::new(40));
            let checked = AtomicUsize::new(0);
            std::thread::scope(|scope| {
                for _ in 0..40 {
                    scope.spawn(|| {
                        start.wait();
                        if let Ok(attempt) = brake.attempt("a", ip("::1"), at(0)) {
                            checked.fetch_add(1, SeqCst);
                            std::thread::yield_now();
                            let _ = attempt.failed();
                        }
                    });
                }
            });
            let checked = checked.load(SeqCst);
            assert!((10..=20).contains(&checked), "{checked} were checked");
        }
    }

    #[test]
    fn a_full_table_forgets_what_was_used_longest_ago() {
        let brake = Brake::holding(NonZeroUsize::new(2).unwrap());
        fails(&brake, "192.0.2.1", 0, 20);
        fails(&brake, "192.0.2.2", 0, 20);
        assert_eq!(fail(&brake, "192.0.2.1", 0), Err(10), "a look is a use");
        assert_eq!(fail(&brake, "192.0.2.3", 0), Ok(0));
        assert_eq!(fail(&brake, "192.0.2.1", 0), Err(10));
        assert_eq!(fail(&brake, "192.0.2.2", 0), Ok(0));
    }
}
