//! `--repeat`: the same call over and over, one after another; bodies are read and dropped, outcomes
//! and times counted.

use super::exchange::{Answered, ResourceCall};
use super::{CallSummary, broken_off};
use crate::client::call;
use crate::exit::{Exit, Failure};
use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

/// Who is told how far it is.
pub trait Progress {
    /// So many of so many are done.
    fn at(&self, done: u32, of: u32);
    /// There is nothing more to tell.
    fn end(&self);
}

/// What came of it.
pub struct RepeatReport {
    /// What was counted.
    pub tally: Tally,
    /// The worst outcome's code.
    pub exit: Exit,
    /// Whether it is told as JSON.
    pub json: bool,
    /// One of the worst outcomes.
    pub failure: Option<Failure>,
    /// Who asked whom, for `--verbose`.
    pub details: Vec<String>,
    /// What somebody should know.
    pub notes: Vec<String>,
}

/// Outcomes and times.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How many calls were wanted.
    pub wanted: u32,
    /// How often each status came, or what came in place of one.
    pub outcomes: BTreeMap<String, u32>,
    /// How long each answered call took to the end of its body, the shortest first.
    times: Vec<Duration>,
    /// Bytes of all bodies.
    pub bytes: u64,
    /// How long all of it took.
    pub elapsed: Duration,
}

impl Tally {
    /// How many calls were made.
    #[must_use]
    pub fn made(&self) -> u32 {
        self.outcomes.values().sum()
    }

    /// The time that so many of a hundred calls did not exceed (nearest rank); 0 is the shortest. `None`
    /// where nothing was answered.
    #[must_use]
    pub fn time(&self, of_hundred: usize) -> Option<Duration> {
        let rank = (self.times.len() * of_hundred).div_ceil(100).max(1);
        self.times.get(rank - 1).copied()
    }

    fn count(&mut self, outcome: String) {
        *self.outcomes.entry(outcome).or_default() += 1;
    }
}

/// Calls so many times, as long as there is time and a token.
pub(super) fn run(
    mut exchange: ResourceCall<'_>,
    times: u32,
    json: bool,
    progress: &dyn Progress,
) -> RepeatReport {
    let started = Instant::now();
    let mut tally = Tally { wanted: times, ..Tally::default() };
    let mut worst = Worst { exit: Exit::Done, what: RepeatInput::Nothing };
    for done in 0..times {
        progress.at(done, times);
        let begun = Instant::now();
        let outcome = exchange.run().and_then(|mut answered| {
            match io::copy(&mut answered.incoming.body, &mut io::sink()) {
                Ok(bytes) => Ok((bytes, answered)),
                // A refusal is one, whatever becomes of its words.
                Err(_) if call::exit_for(answered.incoming.status) != Exit::Done => Ok((0, answered)),
                Err(error) => Err(broken_off(&error)),
            }
        });
        match outcome {
            Ok((bytes, answered)) => {
                tally.count(answered.incoming.status.to_string());
                tally.times.push(begun.elapsed());
                tally.bytes += bytes;
                worst.see(call::exit_for(answered.incoming.status), || {
                    RepeatInput::Answer(Box::new(answered))
                });
            }
            Err(failure) => {
                let (exit, out_of_time) = (failure.exit, exchange.options.left().is_zero());
                tally.count(name(exit).to_owned());
                worst.see(exit, || RepeatInput::Failure(failure));
                // Without a token, or without time, all the others would end the same.
                if out_of_time || !(Exit::ServerFailed..=Exit::TimedOut).contains(&exit) {
                    break;
                }
            }
        }
    }
    progress.end();
    tally.times.sort_unstable();
    tally.elapsed = started.elapsed();
    worst.report(&exchange, tally, json)
}

/// What is counted where there is no status.
const fn name(exit: Exit) -> &'static str {
    match exit {
        Exit::ServerFailed => "no answer",
        Exit::Unreachable => "unreachable",
        Exit::TimedOut => "timed out",
        _ => "failed",
    }
}

/// The worst outcome so far, the first of its kind.
struct Worst {
    exit: Exit,
    what: RepeatInput,
}

enum RepeatInput {
    Nothing,
    Answer(Box<Answered>),
    Failure(Failure),
}

impl Worst {
    fn see(&mut self, exit: Exit, what: impl FnOnce() -> RepeatInput) {
        if exit > self.exit {
            *self = Self { exit, what: what() };
        }
    }

    fn report(self, exchange: &ResourceCall<'_>, tally: Tally, json: bool) -> RepeatReport {
        let nothing = CallSummary { failure: None, details: Vec::new(), notes: exchange.notes.clone() };
        let CallSummary { failure, details, notes } = match self.what {
            RepeatInput::Nothing => nothing,
            RepeatInput::Answer(answered) => CallSummary::of(exchange, &answered),
            RepeatInput::Failure(failure) => CallSummary { failure: Some(failure), ..nothing },
        };
        let good = tally.outcomes.iter().filter(|(outcome, _)| outcome.starts_with('2')).map(|(_, n)| n);
        let bad = tally.made() - good.sum::<u32>();
        let failure = failure.map(|failure| {
            let what =
                format!("{bad} of {} calls failed; of the worst the first: {}", tally.made(), failure.what);
            Failure { what, ..failure }
        });
        RepeatReport { tally, exit: self.exit, json, failure, details, notes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_that_so_many_calls_did_not_exceed() {
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
