//! The results of `call`.

use super::echo::EchoFlag;
use crate::exit::{Exit, Failure};
use crate::http::Headers;
use std::collections::BTreeMap;
use std::io::Read;
use std::time::Duration;

/// A resource's answer, with its body still to be streamed.
pub struct CallReport {
    pub exit: Exit,
    /// Set if it is to be printed.
    pub head: Option<ResponseHead>,
    pub body: Box<dyn Read>,
    /// Set if the answer is not 2xx.
    pub failure: Option<Failure>,
    /// For `--verbose`.
    pub details: Vec<String>,
    pub notes: Vec<String>,
    /// Whether the body had the token, once it is printed.
    pub repeats_token: EchoFlag,
}

pub struct ResponseHead {
    /// `HTTP/1.1`
    pub version: &'static str,
    pub status: u16,
    pub headers: Headers,
}

/// The result of `--repeat`.
pub struct RepeatReport {
    pub tally: Tally,
    /// The exit code of the worst outcome.
    pub exit: Exit,
    pub json: bool,
    /// The first failure with the worst outcome.
    pub failure: Option<Failure>,
    /// For `--verbose`.
    pub details: Vec<String>,
    pub notes: Vec<String>,
}

/// Outcomes and times of repeated calls.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub wanted: u32,
    /// The number of answers per status, and of `timed out` and the like for calls without an answer.
    pub outcomes: BTreeMap<String, u32>,
    /// Per answered call, until the end of its body. Sorted after the last call.
    pub(super) times: Vec<Duration>,
    /// The total size of the bodies.
    pub bytes: u64,
    pub elapsed: Duration,
}

impl Tally {
    /// The number of calls.
    #[must_use]
    pub fn made(&self) -> u32 {
        self.outcomes.values().sum()
    }

    /// A percentile of the times by nearest rank; 0 is the shortest. `None` if no call was answered.
    #[must_use]
    pub fn time(&self, percent: usize) -> Option<Duration> {
        let rank = (self.times.len() * percent).div_ceil(100).max(1);
        self.times.get(rank - 1).copied()
    }

    pub(super) fn count(&mut self, outcome: String) {
        *self.outcomes.entry(outcome).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_time_that_this_share_of_calls_did_not_exceed() {
        let of = |millis: &[u64]| {
            let times = millis.iter().copied().map(Duration::from_millis).collect();
            let tally = Tally { times, ..Tally::default() };
            [0, 50, 95, 100].map(|share| tally.time(share).map(|time| time.as_millis()))
        };
        assert_eq!(of(&[]), [None; 4]);
        assert_eq!(of(&[7]), [Some(7); 4]);
        assert_eq!(of(&[1, 2, 3, 4]), [Some(1), Some(2), Some(4), Some(4)]);
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!(of(&hundred), [Some(1), Some(50), Some(95), Some(100)]);
    }
}
