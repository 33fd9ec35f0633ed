//! Token buckets: rate limits per key for recent callers.

use crate::clock::Timestamp;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::{Quota, RateLimiter};
use lru::LruCache;
use std::fmt;
use std::hash::Hash;
use std::num::{NonZeroU32, NonZeroUsize};
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Limit of remembered keys.
const MAX_KEYS: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();
/// The highest rate. A higher one would not limit anything and exceeds the clock's resolution.
const MAX_COUNT: u32 = 1_000_000;

/// Callers' clocks may differ by this much.
const SLACK: Duration = Duration::from_secs(60);

/// Events per second, minute or hour. The burst has the same size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(Quota);

/// The text is not a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a rate: write \"100/s\", \"20/m\" or \"5/h\", from 1 to 1000000")]
pub struct RateError;

impl Rate {
    #[must_use]
    pub const fn per_minute(count: NonZeroU32) -> Self {
        Self(Quota::per_minute(count))
    }

    #[must_use]
    pub const fn per_second(count: NonZeroU32) -> Self {
        Self(Quota::per_second(count))
    }

    /// The same rate, with `times` the burst.
    #[must_use]
    pub const fn with_burst(self, times: NonZeroU32) -> Self {
        let Self(quota) = self;
        let burst = quota.burst_size().saturating_mul(times);
        Self(quota.allow_burst(burst))
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let (count, unit) = text.split_once('/').ok_or(RateError)?;
        let digits = count.bytes().all(|byte| byte.is_ascii_digit());
        let count = count.parse().ok().filter(|count| digits && *count <= MAX_COUNT);
        let count = count.and_then(NonZeroU32::new).ok_or(RateError)?;
        match unit {
            "s" => Ok(Self(Quota::per_second(count))),
            "m" => Ok(Self(Quota::per_minute(count))),
            "h" => Ok(Self(Quota::per_hour(count))),
            _ => Err(RateError),
        }
    }
}

/// A bucket for each key, full when the key is first seen. 10,000 keys are remembered. Beyond that the least
/// recently used key is evicted, and returns with a full bucket.
pub struct TokenBuckets<K: Hash + Eq + Clone>(
    RateLimiter<K, BucketTable<K>, SuppliedClock, NoOpMiddleware<Nanos>>,
);

impl<K: Hash + Eq + Clone> TokenBuckets<K> {
    #[must_use]
    pub fn new(Rate(quota): Rate) -> Self {
        Self::holding(quota, MAX_KEYS)
    }

    fn holding(quota: Quota, keys: NonZeroUsize) -> Self {
        let latest = Nanos::from(quota.burst_size_replenished_in() + SLACK);
        let table = BucketTable { full_at: Mutex::new(LruCache::sparse(keys)), latest };
        Self(RateLimiter::new(quota, table, SuppliedClock(AtomicI64::new(0))))
    }

    /// Takes one token from the key's bucket, as of `now`.
    ///
    /// # Errors
    /// The time to wait, if the bucket is empty.
    pub fn take(&self, key: &K, now: Timestamp) -> Result<(), Duration> {
        self.0.clock().0.store(now.unix(), Ordering::Relaxed);
        self.0.check_key(key).map_err(|until| until.wait_time_from(self.0.clock().now()))
    }
}

impl<K: Hash + Eq + Clone> fmt::Debug for TokenBuckets<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Buckets")
    }
}

/// A clock that returns the time supplied by the caller.
struct SuppliedClock(AtomicI64);

impl Clock for SuppliedClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let seconds = u64::try_from(self.0.load(Ordering::Relaxed)).unwrap_or(0);
        Nanos::new(seconds.saturating_mul(1_000_000_000))
    }
}

struct BucketTable<K: Hash + Eq> {
    /// When each bucket will be full again.
    full_at: Mutex<LruCache<K, Nanos>>,
    /// The longest time to fill a bucket.
    latest: Nanos,
}

impl<K: Hash + Eq + Clone> StateStore for BucketTable<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let (answer, next) = decide(None)?;
        let mut table = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        match table.get_mut(key) {
            // A time too far in the future was written before the clock was set back.
            Some(full_at) if *full_at <= next + self.latest => {
                let (answer, next) = decide(Some(*full_at))?;
                *full_at = next;
                Ok(answer)
            }
            Some(full_at) => {
                *full_at = next;
                Ok(answer)
            }
            None => {
                table.put(key.clone(), next);
                Ok(answer)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(1_795_420_800 + seconds)
    }

    fn taken(buckets: &TokenBuckets<&'static str>, key: &'static str, now: i64) -> usize {
        (0..1000).take_while(|_| buckets.take(&key, at(now)).is_ok()).count()
    }

    #[test]
    fn a_rate_is_read_as_written() {
        for (text, each) in [("100/s", 10), ("20/m", 3000), ("5/h", 720_000)] {
            let Rate(quota) = text.parse().unwrap();
            assert_eq!(quota.replenish_interval(), Duration::from_millis(each), "{text}");
            assert!(text.starts_with(&quota.burst_size().to_string()));
        }
        for bad in ["", "100", "/s", "0/s", "-1/s", "+1/s", "1.5/s", "1 /s", "1/d", "1/S", "1000001/s"] {
            assert_eq!(bad.parse::<Rate>(), Err(RateError), "{bad:?}");
        }
    }

    #[test]
    fn a_larger_burst_leaves_the_rate_as_it_is() {
        let four = NonZeroU32::new(4).unwrap();
        let buckets = TokenBuckets::new("5/s".parse::<Rate>().unwrap().with_burst(four));
        assert_eq!([0, 0, 1, 2, 9].map(|now| taken(&buckets, "a", now)), [20, 0, 5, 5, 20]);
    }

    #[test]
    fn a_bucket_fills_at_its_rate_and_never_beyond_its_size() {
        let buckets = TokenBuckets::new("20/m".parse().unwrap());
        assert_eq!(taken(&buckets, "a", 0), 20);
        assert_eq!(buckets.take(&"a", at(0)), Err(Duration::from_secs(3)));
        assert_eq!(buckets.take(&"a", at(2)), Err(Duration::from_secs(1)));
        assert_eq!(taken(&buckets, "b", 2), 20, "another key has another bucket");
        assert_eq!(taken(&buckets, "a", 6), 2);
        assert_eq!(taken(&buckets, "a", 5000), 20);
        assert_eq!(taken(&buckets, "a", 4980), 0, "the clock was set back a little");
        assert_eq!(taken(&buckets, "a", 4000), 20, "and a lot: nobody waits for the old time");
    }

    #[test]
    fn what_was_used_longest_ago_leaves() {
        let Rate(quota) = "1/h".parse().unwrap();
        let buckets = TokenBuckets::holding(quota, NonZeroUsize::new(2).unwrap());
        assert_eq!(["a", "b", "a"].map(|key| taken(&buckets, key, 0)), [1, 1, 0]);
        assert_eq!(taken(&buckets, "c", 0), 1, "for which b leaves: a was used since");
        assert_eq!(["a", "b"].map(|key| taken(&buckets, key, 0)), [0, 1]);
    }
}
