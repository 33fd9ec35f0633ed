//! The brake on wrong secrets (RFC 6749 section 2.3.1): a secret that a person made up must not be found by
//! trying, and nobody may keep a client from its tokens by trying.
//!
//! Three things are counted:
//!
//! | what | limit |
//! |---|---|
//! | failures at a client from an address (IPv6: /64) | 10 a minute are free; the answers to 10 more come late, from 250 ms to 4 s; then nothing is checked for 10 s, and after each further failure for twice as long, up to 15 minutes |
//! | failures from an address (IPv6: /48), at whatever client | 2,400, then 2 a second |
//! | failures at a client, from whatever address | 200, then 1 in 3 seconds |
//!
//! The first is kept in a place for each pair of client and address. What an attacker can do to it:
//!
//! - **Invent ids.** An address has 100 places; all of its other ids share one more. Where there are too many
//!   places, those with the fewest failures leave first. So a place is not lost by failures elsewhere, unless
//!   each of 20,000 others has more.
//! - **Come from many addresses.** The other two limits are in tables of fixed size, from which nothing ever
//!   leaves. An id or an address finds its slot by a hash with a key of this process, so nobody can aim.
//! - **Find out which ids exist.** An id that was invented is counted like one that exists, in the same tables.
//!
//! What protects the client:
//!
//! - **An address where it has succeeded within a day** has a place of its own for it, and the second and third
//!   limit do not count there.
//! - **While nothing is checked, something is:** 6 a minute of each pair, chosen by chance among those who ask,
//!   so that nobody can take each of them. A right secret succeeds and ends the wait. A wrong one gets the
//!   answer of those that were not checked, and makes the wait no longer. `Retry-After` is 10 s at most, so that a
//!   client that heeds it takes part. So a stranger behind the same address cannot lock the client out for ever.
//! - **What cannot be guessed** does not come here: certificates, assertions (by a key, or by a secret of 256 bits
//!   or more), and secrets of the form that heistctl makes, which have 256 random bits.
//!
//! A success forgets the failures before it, up to 40 a minute: between the requests of a client nobody at its
//! address gets more guesses than that.
//!
//! What remains: a stranger who shares the address of a client that has succeeded there, and has failed at a
//! hundred ids or 2,400 times, can see that this client is still treated better than an id that was invented.

mod budgets;
mod failures;
mod known;

use crate::clock::Timestamp;
use crate::registry::networks::{group, site};
use budgets::Budgets;
use failures::{CHECKED, FREE, FailureKey, FailureTable, OTHERS, delay};
use known::KnownPairs;
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Places of all addresses; about 200 bytes each.
const MAX_PLACES: usize = 20_000;
/// Failures from an address: how many at once, and milliseconds for each after them.
const OF_ADDRESS: (i64, i64) = (2400, 500);
/// Failures at a client: the same.
const OF_CLIENT: (i64, i64) = (200, 3000);
/// Failures that successes forget in a minute.
const FORGIVEN: u32 = 2 * CHECKED;
const MINUTE: Duration = Duration::from_secs(60);

/// Counts wrong secrets, and says what becomes of those who show them.
pub struct SecretThrottle {
    /// Places in the table, for callers who need no lock where there is none.
    listed: AtomicUsize,
    /// Attempts that are being checked and have no place.
    unlisted: AtomicU32,
    /// Keyed anew in each process: nobody can make two things meet.
    keys: RandomState,
    known: KnownPairs,
    table: Mutex<ThrottleTable>,
}

struct ThrottleTable {
    places: FailureTable,
    clients: Budgets,
    sites: Budgets,
    /// The failures of a pair that successes have forgotten in a minute, and when it began.
    forgiven: HashMap<FailureKey, (Timestamp, u32)>,
}

/// An attempt to show a secret. It counts as a failure before its secret is checked, so that many at once are
/// checked no more often than one after the other. Dropped, it has not been: nothing was learnt.
pub struct SecretAttempt<'a> {
    brake: &'a SecretThrottle,
    id: &'a str,
    address: Option<IpAddr>,
    now: Timestamp,
    /// `None` where it has no place.
    entry: Option<CountedFailure>,
    settled: bool,
}

/// The hashes of whom an attempt counts for.
#[derive(Clone, Copy)]
struct ClientAddressHash {
    client: u64,
    address: u64,
    site: u64,
    /// Whether it has succeeded lately.
    known: bool,
}

impl ClientAddressHash {
    const fn own(self) -> FailureKey {
        (self.address, self.client)
    }
}

/// What an attempt has counted.
#[derive(Clone, Copy)]
struct CountedFailure {
    pair: ClientAddressHash,
    key: FailureKey,
    number: u32,
    closed_before: Timestamp,
    /// It is checked during a wait: when to ask again if it is wrong, and what that check takes.
    during: Option<(Duration, i64)>,
}

impl Default for SecretThrottle {
    fn default() -> Self {
        Self::holding(MAX_PLACES)
    }
}

impl fmt::Debug for SecretThrottle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Brake")
    }
}

impl SecretThrottle {
    fn holding(places: usize) -> Self {
        let (clients, sites) = (Budgets::new(OF_CLIENT), Budgets::new(OF_ADDRESS));
        Self {
            listed: AtomicUsize::new(0),
            unlisted: AtomicU32::new(0),
            keys: RandomState::new(),
            known: KnownPairs::default(),
            table: Mutex::new(ThrottleTable {
                places: FailureTable::new(places),
                clients,
                sites,
                forgiven: HashMap::new(),
            }),
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
    ) -> Result<SecretAttempt<'a>, Duration> {
        let attempt = |entry| SecretAttempt { brake: self, id, address, now, entry, settled: false };
        if self.listed.load(SeqCst) == 0 {
            // One that is listed between the two looks sees this attempt in flight, and counts it in.
            if self.unlisted.fetch_add(1, SeqCst) < FREE && self.listed.load(SeqCst) == 0 {
                return Ok(attempt(None));
            }
            self.unlisted.fetch_sub(1, SeqCst);
        }
        self.enter(self.pair(id, address, now), now).map(|entry| attempt(Some(entry)))
    }

    fn enter(&self, pair: ClientAddressHash, now: Timestamp) -> Result<CountedFailure, Duration> {
        let mut table = self.lock();
        table.places.purge(now);
        let key = table.places.key(pair.own(), pair.known);
        let during = match table.places.wait(key, now) {
            Some(wait) => Some((wait, table.places.take_check(key, &self.keys, now).ok_or(wait)?)),
            None => None,
        };
        if let Err(wait) = table.charge(pair, now) {
            let Some((longer, step)) = during else { return Err(wait) };
            table.places.give_check_back(key, step);
            return Err(wait.max(longer));
        }
        let mut entry = CountedFailure { pair, key, number: 0, closed_before: now, during };
        if during.is_none() {
            (entry.number, entry.closed_before) = table.places.count(key, now);
        }
        self.listed.store(table.places.len(), SeqCst);
        let in_flight = self.unlisted.load(SeqCst);
        if in_flight > 0 && entry.number.saturating_add(in_flight) > CHECKED {
            self.take_back(&mut table, entry);
            return Err(Duration::from_secs(1));
        }
        Ok(entry)
    }

    fn take_back(&self, table: &mut ThrottleTable, entry: CountedFailure) {
        table.refund(entry.pair);
        match entry.during {
            Some((_, step)) => table.places.give_check_back(entry.key, step),
            None => table.places.take_back(entry.key, entry.closed_before),
        }
        self.listed.store(table.places.len(), SeqCst);
    }

    fn pair(&self, id: &str, address: Option<IpAddr>, now: Timestamp) -> ClientAddressHash {
        ClientAddressHash {
            client: self.keys.hash_one(id).max(OTHERS + 1),
            address: self.keys.hash_one(address.map(group)),
            site: self.keys.hash_one(address.map(site)),
            known: self.known.has(self.both(id, address), now),
        }
    }

    fn both(&self, id: &str, address: Option<IpAddr>) -> u64 {
        self.keys.hash_one((id, address.map(group)))
    }

    /// A panic elsewhere leaves the table whole enough: a failure may be counted twice.
    fn lock(&self) -> MutexGuard<'_, ThrottleTable> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ThrottleTable {
    /// Counts a failure of the client and of the address, which a known pair's is not.
    fn charge(&mut self, pair: ClientAddressHash, now: Timestamp) -> Result<(), Duration> {
        if pair.known {
            return Ok(());
        }
        self.clients.charge(pair.client, now)?;
        self.sites.charge(pair.site, now).inspect_err(|_| self.clients.refund(pair.client))
    }

    /// Forgets the failures of a pair, or only ends its wait where many were forgotten within the last minute.
    fn forgive(&mut self, own: FailureKey, now: Timestamp) {
        let Some(failures) = self.places.failures(own) else { return };
        let is_recent = |since: Timestamp| now < since.after(MINUTE) && since <= now;
        self.forgiven.retain(|_, (since, _)| is_recent(*since));
        let (_, forgiven) = self.forgiven.entry(own).or_insert((now, 0));
        *forgiven = forgiven.saturating_add(failures);
        if *forgiven > FORGIVEN { self.places.end_wait(own, now) } else { self.places.remove(own) }
    }

    fn refund(&mut self, pair: ClientAddressHash) {
        if !pair.known {
            self.clients.refund(pair.client);
            self.sites.refund(pair.site);
        }
    }
}

impl SecretAttempt<'_> {
    /// The secret was right: what was counted against the pair is forgotten, or at least its wait.
    pub fn succeeded(mut self) {
        self.settled = true;
        let brake = self.brake;
        brake.known.note(brake.both(self.id, self.address), self.now);
        if self.entry.is_none() {
            brake.unlisted.fetch_sub(1, SeqCst);
            if brake.listed.load(SeqCst) == 0 {
                return;
            }
        }
        let mut table = brake.lock();
        if let Some(entry) = self.entry {
            // What other ids share is not this client's to clear.
            brake.take_back(&mut table, entry);
        }
        table.forgive(brake.pair(self.id, self.address, self.now).own(), self.now);
        brake.listed.store(table.places.len(), SeqCst);
    }

    /// The secret was wrong. Gives the delay of the answer.
    ///
    /// # Errors
    /// With how long to wait, where the answer must be that of a secret which was not checked.
    pub fn failed(mut self) -> Result<Duration, Duration> {
        self.settled = true;
        match self.entry {
            Some(CountedFailure { during: Some((wait, _)), .. }) => Err(wait),
            Some(entry) => Ok(delay(entry.number)),
            None => Ok(delay(self.listed())),
        }
    }

    /// Gives the attempt its place after all. Gives the number of the failure.
    fn listed(&self) -> u32 {
        let brake = self.brake;
        let pair = brake.pair(self.id, self.address, self.now);
        let mut table = brake.lock();
        let key = table.places.key(pair.own(), pair.known);
        let (number, _) = table.places.count(key, self.now);
        // Beyond the limit there are as many at most as were in flight at once.
        let _ = table.charge(pair, self.now);
        brake.listed.store(table.places.len(), SeqCst);
        brake.unlisted.fetch_sub(1, SeqCst);
        number
    }
}

impl Drop for SecretAttempt<'_> {
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
#[path = "secret_throttle_tests.rs"]
mod tests;
