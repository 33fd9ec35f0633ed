//! Whether the store can be reached. The sync thread reports each try. `store_outage` limits how long a
//! server continues with cached data while the store is unavailable. Times are arguments.

use super::store::StoreError;
use crate::clock::Timestamp;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The default of `store_outage`.
pub const OUTAGE: Duration = Duration::from_secs(300);
/// The store is queried every second. It counts as hanging after this time without an answer.
const HANGS: Duration = Duration::from_secs(5);
/// The store is lost this long after `store_outage` without an answer, whatever was reported last.
const SILENCE: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reachability {
    /// It answered the last query.
    Well,
    /// It does not answer; cached data is still valid.
    Away,
    /// It has not answered for longer than `store_outage`; cached data is no longer valid.
    Lost,
}

/// When the store was last reached, and the error since then.
#[derive(Debug)]
pub(super) struct StoreHealth {
    begun: Instant,
    /// When it was last reached, in milliseconds since `begun`.
    reached: AtomicU64,
    away: AtomicBool,
    /// Whether a sync thread reports every second.
    kept_up: AtomicBool,
    /// `store_outage` in milliseconds.
    outage: AtomicU64,
    last: Mutex<LastContact>,
}

/// For messages.
#[derive(Debug)]
struct LastContact {
    /// When it was last reached, or the start of the server.
    reached: Timestamp,
    ever: bool,
    /// Why it could not be reached after that.
    why: String,
}

impl StoreHealth {
    /// The health of a store that has just been reached.
    pub(super) fn new(now: Timestamp, at: Instant) -> Self {
        Self {
            begun: at,
            reached: AtomicU64::new(0),
            away: AtomicBool::new(false),
            kept_up: AtomicBool::new(false),
            outage: AtomicU64::new(millis(OUTAGE)),
            last: Mutex::new(LastContact { reached: now, ever: true, why: String::new() }),
        }
    }

    /// The health of a store that was never reached since the server started at `now`.
    pub(super) fn never(now: Timestamp, at: Instant) -> Self {
        let last = Mutex::new(LastContact { reached: now, ever: false, why: String::new() });
        Self { away: AtomicBool::new(true), last, ..Self::new(now, at) }
    }

    pub(super) fn set_outage(&self, outage: Duration) {
        self.outage.store(millis(outage), Ordering::Relaxed);
    }

    /// Notes that the store was reached and all its changes are known.
    pub(super) fn reached(&self, now: Timestamp, at: Instant) {
        *self.last() = LastContact { reached: now, ever: true, why: String::new() };
        self.reached.store(self.since_start(at), Ordering::Release);
        self.away.store(false, Ordering::Release);
        self.kept_up.store(true, Ordering::Release);
    }

    /// Notes that the store was not reached.
    pub(super) fn missed(&self, error: &StoreError) {
        self.last().why = error.cause();
        self.away.store(true, Ordering::Release);
    }

    pub(super) fn reach(&self, at: Instant) -> Reachability {
        let ago = self.since_start(at).saturating_sub(self.reached.load(Ordering::Acquire));
        let outage = self.outage.load(Ordering::Relaxed);
        match self.away.load(Ordering::Acquire) {
            true if ago > outage => Reachability::Lost,
            true => Reachability::Away,
            false if ago > outage.saturating_add(millis(SILENCE)) => Reachability::Lost,
            false if ago > millis(HANGS) && self.kept_up.load(Ordering::Acquire) => Reachability::Away,
            false => Reachability::Well,
        }
    }

    /// Why the store is unavailable, and since when.
    pub(super) fn trouble(&self, at: Instant) -> Option<StoreError> {
        let lost = match self.reach(at) {
            Reachability::Well => return None,
            Reachability::Away => false,
            Reachability::Lost => true,
        };
        let last = self.last();
        let mut since = if last.ever {
            format!("it was last reached at {}", last.reached)
        } else {
            format!("it has not been reached since the start at {}", last.reached)
        };
        if lost {
            let outage = Duration::from_millis(self.outage.load(Ordering::Relaxed));
            since.push_str(&format!(
                ", longer ago than store_outage ({})",
                humantime::format_duration(outage)
            ));
        }
        let silent = || "it has not answered since".to_owned();
        let why = if last.why.is_empty() { silent() } else { last.why.clone() };
        Some(StoreError::Away { since, why })
    }

    fn since_start(&self, at: Instant) -> u64 {
        millis(at.saturating_duration_since(self.begun))
    }

    fn last(&self) -> MutexGuard<'_, LastContact> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);

    fn no_route() -> StoreError {
        StoreError::Unavailable("no route".to_owned())
    }

    #[test]
    fn a_store_is_away_for_its_time_and_lost_after_it() {
        let start = Instant::now();
        let health = StoreHealth::new(NOW, start);
        assert_eq!((health.reach(start), health.trouble(start)), (Reachability::Well, None));
        health.missed(&no_route());
        assert_eq!(health.reach(start + OUTAGE), Reachability::Away);
        let trouble = health.trouble(start + OUTAGE).unwrap();
        let told = trouble.public_message();
        assert!(told.contains("2026-11-23T08:00:00Z") && !told.contains("no route"), "{told}");
        let said = trouble.to_string();
        assert!(said.contains("2026-11-23T08:00:00Z: no route") && !said.contains("outage"), "{said}");
        let after = start + OUTAGE + Duration::from_millis(1);
        assert_eq!(health.reach(after), Reachability::Lost);
        let said = health.trouble(after).unwrap().to_string();
        assert!(said.contains("longer ago than store_outage (5m)"), "{said}");
        health.set_outage(Duration::ZERO);
        health.reached(NOW, after);
        let soon = after + Duration::from_millis(2);
        assert_eq!(health.reach(soon), Reachability::Well, "the thread that keeps up takes its time, too");
    }

    #[test]
    fn a_store_that_was_never_reached_is_away_since_the_start() {
        let start = Instant::now();
        let health = StoreHealth::never(NOW, start);
        assert_eq!(health.reach(start), Reachability::Away);
        health.missed(&no_route());
        let said = health.trouble(start).unwrap().to_string();
        assert!(
            said.contains("not been reached since the start at 2026-11-23T08:00:00Z: no route"),
            "{said}"
        );
        health.reached(NOW, start);
        health.missed(&no_route());
        assert!(health.trouble(start).unwrap().public_message().contains("last reached at"));
    }

    #[test]
    fn a_store_from_which_nothing_comes_back_is_away_and_then_lost() {
        let start = Instant::now();
        let health = StoreHealth::new(NOW, start);
        assert_eq!(health.trouble(start + OUTAGE), None, "no thread keeps up with it yet");
        health.reached(NOW, start);
        assert_eq!(health.reach(start + HANGS), Reachability::Well);
        let hangs = start + HANGS + Duration::from_millis(1);
        assert_eq!(health.reach(hangs), Reachability::Away, "it may still come back");
        let said = health.trouble(hangs).unwrap().to_string();
        assert!(said.ends_with("it has not answered since"), "{said}");
        let lost = start + OUTAGE + SILENCE + Duration::from_millis(1);
        assert_eq!(health.reach(lost), Reachability::Lost, "as where the thread has ended");
        let said = health.trouble(lost).unwrap().to_string();
        assert!(said.contains("2026-11-23T08:00:00Z, longer ago than store_outage"), "{said}");
    }
}
