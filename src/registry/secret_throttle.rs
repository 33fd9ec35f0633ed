//! Throttles wrong secrets (RFC 6749 section 2.3.1). Secrets chosen by people must not be guessable, and
//! guessing must not lock out the client.
//!
//! Three things are counted:
//!
//! - Failures per client and address (IPv6: /64): 10 a minute are free. The answers to 10 more are delayed,
//!   from 250 ms to 4 s. Then checks are blocked for 10 s, and after each further failure for twice as long,
//!   up to 15 minutes.
//! - Failures per address (IPv6: /48), for all clients: 2,400, then 2 a second.
//! - Failures per client, from all addresses: 200, then 1 in 3 seconds.
//!
//! The first count has an entry for each pair of client and address. Attacks on it:
//!
//! - **Random client IDs.** An address has 100 entries; all its other IDs share one more. A full table evicts
//!   the entries with the fewest failures. So an entry is not evicted unless 20,000 others have more
//!   failures.
//! - **Many addresses.** The other two counts are in tables of fixed size without eviction. IDs and addresses
//!   are mapped to slots by a keyed hash, random per process, so collisions cannot be provoked.
//! - **Probing for client IDs.** An unknown ID is counted like a known one, in the same tables.
//!
//! Protection of the client:
//!
//! - **An address where the client succeeded within a day** has its own entry, and the second and third limit
//!   do not apply.
//! - **A block is not total.** 6 checks a minute of each pair are still made, for randomly selected requests,
//!   so an attacker cannot take all of them. A right secret succeeds and ends the block. A wrong one gets the
//!   answer of an unchecked one and does not prolong the block. `Retry-After` is 10 s at most, so a client
//!   that respects it takes part. So an attacker behind the same address cannot lock out the client
//!   permanently.
//! - **Unguessable credentials are not throttled**: certificates, assertions (by a key, or by a secret of 256
//!   bits or more), and secrets in the format of heistctl, which have 256 random bits.
//!
//! A success resets up to 40 failures a minute. This bounds the guesses that others at the client's address
//! get between its requests.
//!
//! Known leak: an attacker at an address where a client has succeeded can tell that client from an unknown
//! ID, after failing with a hundred IDs or 2,400 times.

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

/// Limit of entries for all addresses; about 200 bytes each.
const MAX_PLACES: usize = 20_000;
/// Failures per address: the burst, and milliseconds for each further one.
const OF_ADDRESS: (i64, i64) = (2400, 500);
/// Failures per client, in the same format.
const OF_CLIENT: (i64, i64) = (200, 3000);
/// Failures that successes may reset in a minute.
const FORGIVEN: u32 = 2 * CHECKED;
const MINUTE: Duration = Duration::from_secs(60);

pub struct SecretThrottle {
    /// Number of entries, so that an empty table is checked without a lock.
    listed: AtomicUsize,
    /// Attempts in flight without an entry.
    unlisted: AtomicU32,
    /// Random per process, so that collisions cannot be provoked.
    keys: RandomState,
    known: KnownPairs,
    table: Mutex<ThrottleTable>,
}

struct ThrottleTable {
    places: FailureTable,
    clients: Budgets,
    sites: Budgets,
    /// Failures of a pair that successes have reset in the current minute, and when that minute began.
    forgiven: HashMap<FailureKey, (Timestamp, u32)>,
}

/// An attempt to authenticate with a secret. It counts as a failure before its secret is checked, so that
/// parallel attempts get no more checks than sequential ones. An attempt that is dropped is not counted.
pub struct SecretAttempt<'a> {
    brake: &'a SecretThrottle,
    id: &'a str,
    address: Option<IpAddr>,
    now: Timestamp,
    /// `None` if it has no entry.
    entry: Option<CountedFailure>,
    settled: bool,
}

/// The hashes of the client and the address of an attempt.
#[derive(Clone, Copy)]
struct ClientAddressHash {
    client: u64,
    address: u64,
    site: u64,
    /// Whether the pair succeeded recently.
    known: bool,
}

impl ClientAddressHash {
    const fn own(self) -> FailureKey {
        (self.address, self.client)
    }
}

/// The counts of an attempt, to undo them.
#[derive(Clone, Copy)]
struct CountedFailure {
    pair: ClientAddressHash,
    key: FailureKey,
    number: u32,
    closed_before: Timestamp,
    /// Set if it is checked during a block: the `Retry-After` if the secret is wrong, and the check that it
    /// uses.
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

    /// Asks whether a secret may be checked. Takes no lock if there are no recent failures.
    ///
    /// # Errors
    /// The time to wait after too many failures; nothing is counted then.
    pub fn attempt<'a>(
        &'a self,
        id: &'a str,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<SecretAttempt<'a>, Duration> {
        let attempt = |entry| SecretAttempt { brake: self, id, address, now, entry, settled: false };
        if self.listed.load(SeqCst) == 0 {
            // An attempt that gets an entry between the two reads sees this one in flight, and counts it.
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

    /// A panic elsewhere leaves the table usable: a failure may be counted twice.
    fn lock(&self) -> MutexGuard<'_, ThrottleTable> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ThrottleTable {
    /// Counts a failure of the client and of the address, unless the pair is known.
    fn charge(&mut self, pair: ClientAddressHash, now: Timestamp) -> Result<(), Duration> {
        if pair.known {
            return Ok(());
        }
        self.clients.charge(pair.client, now)?;
        self.sites.charge(pair.site, now).inspect_err(|_| self.clients.refund(pair.client))
    }

    /// Resets the failures of a pair, or only ends its block if many were reset within the last minute.
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
    /// The secret was right: resets the failures of the pair, or at least ends its block.
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
            // A shared entry must not be reset by one client.
            brake.take_back(&mut table, entry);
        }
        table.forgive(brake.pair(self.id, self.address, self.now).own(), self.now);
        brake.listed.store(table.places.len(), SeqCst);
    }

    /// The secret was wrong. Returns the delay of the answer.
    ///
    /// # Errors
    /// The time to wait, if the answer must look like that to an unchecked secret.
    pub fn failed(mut self) -> Result<Duration, Duration> {
        self.settled = true;
        match self.entry {
            Some(CountedFailure { during: Some((wait, _)), .. }) => Err(wait),
            Some(entry) => Ok(delay(entry.number)),
            None => Ok(delay(self.listed())),
        }
    }

    /// Adds the missing entry for the attempt. Returns the number of the failure.
    fn listed(&self) -> u32 {
        let brake = self.brake;
        let pair = brake.pair(self.id, self.address, self.now);
        let mut table = brake.lock();
        let key = table.places.key(pair.own(), pair.known);
        let (number, _) = table.places.count(key, self.now);
        // The limit is exceeded by at most the attempts in flight.
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
