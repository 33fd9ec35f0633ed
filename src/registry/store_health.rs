//! Whether the store is at hand. Who keeps up with it says each time whether it was reached; for how long a
//! server goes on with what it knows while it is not, the configuration says.

use super::store::StoreError;
use crate::clock::Timestamp;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a server goes on with what it knows, unless the configuration says otherwise.
pub const OUTAGE: Duration = Duration::from_secs(300);
/// A store from which nothing has come back for this long hangs: it is asked every second.
const HANGS: Duration = Duration::from_secs(5);
/// Who has not come back from the store for so much longer than that has lost it, whatever was said last.
const SILENCE: Duration = Duration::from_secs(30);

/// Whether the store is at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reachability {
    /// It was, when it was last asked.
    Well,
    /// It is not, and what is known of it is good still.
    Away,
    /// It has not been for so long that nothing is known of it any more.
    Lost,
}

/// What is known of a store's being there.
#[derive(Debug)]
pub(super) struct StoreHealth {
    begun: Instant,
    /// When it was last reached, in milliseconds since then.
    reached: AtomicU64,
    away: AtomicBool,
    /// Whether somebody keeps up with it, who comes back every second.
    kept_up: AtomicBool,
    /// How long it may be away, in milliseconds.
    outage: AtomicU64,
    last: Mutex<LastContact>,
}

/// What people are told.
#[derive(Debug)]
struct LastContact {
    /// When it was last reached; where it never was, when that began.
    reached: Timestamp,
    /// Whether it ever was.
    ever: bool,
    /// Why it was not, after that.
    why: String,
}

impl StoreHealth {
    /// It was reached just now.
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            begun: Instant::now(),
            reached: AtomicU64::new(0),
            away: AtomicBool::new(false),
            kept_up: AtomicBool::new(false),
            outage: AtomicU64::new(millis(OUTAGE)),
            last: Mutex::new(LastContact { reached: now, ever: true, why: String::new() }),
        }
    }

    /// It has not been reached since `now`, when the server started.
    pub(super) fn never(now: Timestamp) -> Self {
        let last = Mutex::new(LastContact { reached: now, ever: false, why: String::new() });
        Self { away: AtomicBool::new(true), last, ..Self::new(now) }
    }

    /// For how long what is known stays good.
    pub(super) fn set_outage(&self, outage: Duration) {
        self.outage.store(millis(outage), Ordering::Relaxed);
    }

    /// It was reached, and all that has changed there is known.
    pub(super) fn reached(&self, now: Timestamp) {
        *self.last() = LastContact { reached: now, ever: true, why: String::new() };
        self.reached.store(millis(self.begun.elapsed()), Ordering::Release);
        self.away.store(false, Ordering::Release);
        self.kept_up.store(true, Ordering::Release);
    }

    /// It was not.
    pub(super) fn missed(&self, error: &StoreError) {
        self.last().why = error.cause();
        self.away.store(true, Ordering::Release);
    }

    /// Whether it is at hand.
    pub(super) fn reach(&self) -> Reachability {
        let ago = millis(self.begun.elapsed()).saturating_sub(self.reached.load(Ordering::Acquire));
        let outage = self.outage.load(Ordering::Relaxed);
        match self.away.load(Ordering::Acquire) {
            true if ago > outage => Reachability::Lost,
            true => Reachability::Away,
            false if ago > outage.saturating_add(millis(SILENCE)) => Reachability::Lost,
            false if ago > millis(HANGS) && self.kept_up.load(Ordering::Acquire) => Reachability::Away,
            false => Reachability::Well,
        }
    }

    /// Why it cannot be asked, since when, and what follows.
    pub(super) fn trouble(&self) -> Option<StoreError> {
        let lost = match self.reach() {
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
        let silent = || "nothing has come back from it since".to_owned();
        let why = if last.why.is_empty() { silent() } else { last.why.clone() };
        Some(StoreError::Away { since, why })
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

    #[test]
    fn a_store_is_away_for_its_time_and_lost_after_it() {
        let contact = StoreHealth::new(Timestamp::from_unix(1_795_420_800));
        assert_eq!((contact.reach(), contact.trouble()), (Reachability::Well, None));
        contact.missed(&StoreError::Unavailable("no route".to_owned()));
        assert_eq!(contact.reach(), Reachability::Away);
        let told = contact.trouble().unwrap().told();
        assert!(told.contains("2026-11-23T08:00:00Z") && !told.contains("no route"), "{told}");
        let said = contact.trouble().unwrap().to_string();
        assert!(said.contains("2026-11-23T08:00:00Z: no route") && !said.contains("outage"), "{said}");
        contact.set_outage(Duration::ZERO);
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(contact.reach(), Reachability::Lost);
        assert!(contact.trouble().unwrap().to_string().contains("longer ago than store_outage (0s)"));
        contact.reached(Timestamp::from_unix(1));
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(contact.reach(), Reachability::Well, "who keeps up takes its time, too");
    }

    #[test]
    fn a_store_that_was_never_reached_is_away_since_the_start() {
        let now = Timestamp::from_unix(1_795_420_800);
        let contact = StoreHealth::never(now);
        assert_eq!(contact.reach(), Reachability::Away);
        contact.missed(&StoreError::Unavailable("no route".to_owned()));
        let said = contact.trouble().unwrap().to_string();
        assert!(
            said.contains("not been reached since the start at 2026-11-23T08:00:00Z: no route"),
            "{said}"
        );
        contact.reached(now);
        contact.missed(&StoreError::Unavailable("no route".to_owned()));
        assert!(contact.trouble().unwrap().told().contains("last reached at"));
    }

    #[test]
    fn who_does_not_come_back_from_the_store_has_lost_it_and_that_is_said() {
        let Some(begun) = Instant::now().checked_sub(OUTAGE + SILENCE) else { return };
        let contact = StoreHealth { begun, ..StoreHealth::new(Timestamp::from_unix(1_795_420_800)) };
        contact.set_outage(OUTAGE + Duration::from_secs(5));
        assert_eq!(contact.trouble(), None, "nobody has begun to keep up with it");
        contact.kept_up.store(true, Ordering::Release);
        assert_eq!(contact.reach(), Reachability::Away, "it may come back still");
        let said = contact.trouble().unwrap().to_string();
        assert!(said.ends_with("nothing has come back from it since"), "{said}");
        contact.set_outage(OUTAGE - Duration::from_secs(5));
        assert_eq!(contact.reach(), Reachability::Lost, "as where its thread has ended");
        let said = contact.trouble().unwrap().to_string();
        assert!(said.contains("2026-11-23T08:00:00Z, longer ago than store_outage"), "{said}");
    }
}
