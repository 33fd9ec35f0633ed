//! `--repeat`: makes the same call several times, one after another. Bodies are discarded; outcomes and times
//! are counted.

use super::exchange::{Answered, ResourceCall};
use super::failures::broken_off;
use super::report::{RepeatReport, Tally};
use super::summary::CallSummary;
use crate::client::call;
use crate::exit::{Exit, Failure};
use std::io;
use std::time::Instant;

/// Shows the progress of repeated calls.
pub trait Progress {
    fn at(&self, done: u32, of: u32);
    fn end(&self);
}

/// Makes up to `times` calls. Stops when the time is up or no token is available.
pub(super) fn run(
    mut exchange: ResourceCall,
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
                // Count a refusal even if its body ends early.
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
                let (exit, out_of_time) = (failure.exit, exchange.supply.connection().left().is_zero());
                tally.count(name(exit).to_owned());
                worst.see(exit, || RepeatInput::Failure(failure));
                // Without a token or time, all further calls would fail, too.
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

/// The name of an outcome without an HTTP status.
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

    fn report(self, exchange: &ResourceCall, tally: Tally, json: bool) -> RepeatReport {
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
