//! The lines of an import that are not clients.

use crate::commands::client::failures::PHASE;
use crate::exit::{Exit, Failure, Place};

/// Lines beyond this number are counted only.
const SHOWN: usize = 20;

/// The failure of a line.
pub(super) fn wrong(what: String) -> Failure {
    Failure::new(Exit::Usage, PHASE, what)
}

/// Collects bad lines, so that one import shows all of them.
#[derive(Default)]
pub(super) struct BadLines {
    shown: Vec<Failure>,
    more: usize,
}

impl BadLines {
    pub(super) fn note(&mut self, file: &str, line: usize, failure: Failure) {
        if self.shown.len() >= SHOWN {
            self.more += 1;
            return;
        }
        let alone = |failure: &Failure| Failure { others: Vec::new(), ..failure.clone() };
        self.shown.extend(failure.each().map(|failure| alone(failure).at(Place::line(file, line))));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The failure with all lines, if there are any.
    pub(super) fn end(mut self, phase: &'static str) -> Result<(), Failure> {
        if self.more > 0 {
            let what = format!(
                "{} more {} not clients either",
                self.more,
                if self.more == 1 { "line is" } else { "lines are" }
            );
            let hint = "correct these first; the next run shows the others";
            self.shown.push(Failure::new(Exit::Usage, phase, what).hint(hint));
        }
        let mut lines = self.shown.into_iter();
        let Some(first) = lines.next() else { return Ok(()) };
        Err(Failure { others: lines.collect(), ..first })
    }
}
