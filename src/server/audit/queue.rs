//! The decisions that are not on record yet, in order, and their answers. Bookkeeping alone: the caller writes
//! the lines and reports how far that got.

use super::decision::{AuditedDecision, CannotRecord};
use super::entry::{self, AuditTrouble};
use crate::clock::Timestamp;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Bytes that are written at once: writes of up to this size stay whole in a pipe with other writers (PIPE_BUF
/// on Linux). A longer line is written alone.
const BATCH: usize = 4096;
/// The approximate size of a held answer without its body.
const OVERHEAD: usize = 512;

/// The bounds of the queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct AuditLimits {
    /// Decisions that are not on record; beyond them none is made.
    pub(super) lines: usize,
    /// The same in bytes of lines and answers.
    pub(super) bytes: usize,
    /// How long an answer waits for its line.
    pub(super) patience: Duration,
    /// The time between two attempts at a target that fails.
    pub(super) pause: Duration,
}

/// A decision whose answer waits for its line.
struct WaitingDecision {
    decision: AuditedDecision,
    since: Instant,
}

struct AuditLine {
    text: String,
    /// The answer, until it is refused.
    held: Option<WaitingDecision>,
    /// The decision took effect: its line stays until it is written, even if the answer is refused.
    lasting: bool,
    /// It is `audit.resumed`, which ends the trouble.
    resumes: bool,
}

impl AuditLine {
    fn weight(&self) -> usize {
        let answer = self.held.as_ref().map(|held| held.decision.answer.response.body.len() + OVERHEAD);
        self.text.len() + answer.unwrap_or(0)
    }
}

/// How far an attempt to write got.
#[derive(Clone, Copy, Debug)]
pub(super) struct WriteAttempt {
    /// Bytes of the batch that were taken.
    pub(super) taken: usize,
    /// Whether all that was taken is out of our hands.
    pub(super) flushed: bool,
}

/// The result of an attempt.
#[derive(Default)]
pub(super) struct Recorded {
    /// Those that are on record now.
    pub(super) decisions: Vec<AuditedDecision>,
    /// Trouble that is over.
    pub(super) over: Option<AuditTrouble>,
}

/// Lines that wait to be written.
pub(super) struct AuditQueue {
    limits: AuditLimits,
    lines: VecDeque<AuditLine>,
    /// Lines from the front that are being written or were written in part: these stay.
    begun: usize,
    /// Bytes from the front that were taken already.
    offset: usize,
    /// Bytes of lines and answers.
    weight: usize,
    trouble: Option<AuditTrouble>,
}

impl AuditQueue {
    pub(super) fn new(limits: AuditLimits) -> Self {
        Self { limits, lines: VecDeque::new(), begun: 0, offset: 0, weight: 0, trouble: None }
    }

    pub(super) const fn trouble(&self) -> Option<&AuditTrouble> {
        self.trouble.as_ref()
    }

    pub(super) fn pending(&self) -> usize {
        self.lines.iter().filter(|line| !line.resumes).count()
    }

    /// Whether one more decision may be made. Workers that ask at the same moment may exceed the limit.
    pub(super) fn admit(&mut self) -> Result<(), CannotRecord> {
        if let Some(trouble) = &mut self.trouble {
            trouble.refused += 1;
            return Err(CannotRecord::Failing);
        }
        let has_room = self.lines.len() < self.limits.lines && self.weight < self.limits.bytes;
        if has_room { Ok(()) } else { Err(CannotRecord::Full) }
    }

    pub(super) fn push(&mut self, text: String, decision: AuditedDecision, now: Instant) {
        let lasting = decision.answer.exchange.note.remembered;
        self.add(AuditLine {
            text,
            held: Some(WaitingDecision { decision, since: now }),
            lasting,
            resumes: false,
        });
    }

    fn add(&mut self, line: AuditLine) {
        self.weight += line.weight();
        self.lines.push_back(line);
    }

    /// Fills `batch` with the next bytes to write. False if there are none.
    pub(super) fn begin(&mut self, batch: &mut Vec<u8>, now: Timestamp) -> bool {
        if self.lines.is_empty()
            && let Some(trouble) = &self.trouble
        {
            // Writing this line is the test whether the trouble is over: no request is needed.
            let text = entry::resumed(trouble, now);
            self.add(AuditLine { text, held: None, lasting: true, resumes: true });
        }
        batch.clear();
        let mut skip = self.offset;
        self.begun = 0;
        for line in &self.lines {
            let rest = &line.text.as_bytes()[skip.min(line.text.len())..];
            if !batch.is_empty() && batch.len() + rest.len() > BATCH {
                break;
            }
            batch.extend_from_slice(rest);
            skip = skip.saturating_sub(line.text.len());
            self.begun += 1;
        }
        self.begun > 0
    }

    /// Takes note of an attempt, and returns the decisions that are on record now.
    pub(super) fn end(&mut self, attempt: WriteAttempt) -> Recorded {
        self.offset += attempt.taken;
        let mut recorded = Recorded::default();
        while attempt.flushed
            && self.lines.front().is_some_and(|line| line.text.len() <= self.offset)
            && let Some(line) = self.lines.pop_front()
        {
            self.offset -= line.text.len();
            self.weight -= line.weight();
            recorded.decisions.extend(line.held.map(|held| held.decision));
            if line.resumes {
                recorded.over = self.trouble.take();
            }
        }
        let mut rest = self.offset;
        let has_begun = |line: &&AuditLine| {
            let begun = rest > 0;
            rest = rest.saturating_sub(line.text.len());
            begun
        };
        self.begun = self.lines.iter().take_while(has_begun).count();
        recorded
    }

    /// Takes note that lines cannot be written. True if that is news; the first cause is kept.
    pub(super) fn fail(&mut self, why: &str, now: Timestamp) -> bool {
        // Removes lines that were refused while they were being written, and `audit.resumed`: the next attempt
        // writes it with the number of refusals by then.
        let mut index = 0;
        self.lines.retain(|line| {
            index += 1;
            index <= self.begun || (!line.resumes && (line.lasting || line.held.is_some()))
        });
        self.weight = self.lines.iter().map(AuditLine::weight).sum();
        let is_news = self.trouble.is_none();
        self.trouble.get_or_insert_with(|| AuditTrouble { since: now, why: why.to_owned(), refused: 0 });
        is_news
    }

    /// Begins again with whole lines, for a new target.
    pub(super) const fn restart(&mut self) {
        (self.begun, self.offset) = (0, 0);
    }

    /// When the first answer is overdue.
    pub(super) fn due(&self) -> Option<Instant> {
        let held = self.lines.iter().find_map(|line| line.held.as_ref())?;
        Some(held.since + self.limits.patience)
    }

    /// Turns the answers that have waited for `patience` into refusals. Their lines are withdrawn, unless they
    /// were written in part or their decision took effect.
    pub(super) fn refuse(&mut self, patience: Duration, now: Instant) -> Vec<AuditedDecision> {
        let (mut refused, mut index) = (Vec::new(), 0);
        let begun = self.begun;
        self.lines.retain_mut(|line| {
            let late = line.held.take_if(|held| now.duration_since(held.since) >= patience);
            let is_withdrawn = late.is_some() && index >= begun && !line.lasting;
            refused.extend(late.map(|held| held.decision.refused()));
            index += 1;
            !is_withdrawn
        });
        self.weight = self.lines.iter().map(AuditLine::weight).sum();
        if let Some(trouble) = &mut self.trouble {
            trouble.refused += refused.len() as u64;
        }
        refused
    }
}
