//! The decisions that are not recorded yet, in order, with their answers. Pure bookkeeping: the caller
//! writes the lines and reports the progress.

use super::decision::{AuditedDecision, CannotRecord};
use super::entry::{self, AuditTrouble};
use crate::clock::Timestamp;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The maximum size of one write: writes up to PIPE_BUF on Linux stay whole in a pipe with other writers. A
/// longer line is written alone.
const BATCH: usize = 4096;
/// The approximate size of a held answer without its body.
const OVERHEAD: usize = 512;

/// The limits of the queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct AuditLimits {
    /// The limit of unrecorded decisions; beyond it none is made.
    pub(super) lines: usize,
    /// The limit in bytes of lines and answers.
    pub(super) bytes: usize,
    /// The longest time that an answer waits for its line.
    pub(super) patience: Duration,
    /// The time between two attempts to write to a failing target.
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
    /// Whether the decision took effect: its line is kept until written, even if the answer is refused.
    lasting: bool,
    /// Whether it is `audit.resumed`, which ends the outage.
    resumes: bool,
}

impl AuditLine {
    fn weight(&self) -> usize {
        let answer = self.held.as_ref().map(|held| held.decision.answer.response.body.len() + OVERHEAD);
        self.text.len() + answer.unwrap_or(0)
    }
}

/// The progress of a write attempt.
#[derive(Clone, Copy, Debug)]
pub(super) struct WriteAttempt {
    /// Bytes of the batch that the target accepted.
    pub(super) taken: usize,
    /// Whether the accepted bytes are flushed.
    pub(super) flushed: bool,
}

/// The result of an attempt.
#[derive(Default)]
pub(super) struct Recorded {
    /// The decisions that are recorded now.
    pub(super) decisions: Vec<AuditedDecision>,
    /// The outage that is over.
    pub(super) over: Option<AuditTrouble>,
}

pub(super) struct AuditQueue {
    limits: AuditLimits,
    lines: VecDeque<AuditLine>,
    /// Lines at the front that are being written or are partly written; these are kept.
    begun: usize,
    /// Bytes at the front that are already written.
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

    /// Whether another decision may be made. Workers that check at the same moment may exceed the limit.
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
            // Writing this line tests whether the outage is over, without needing a request.
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

    /// Records an attempt, and returns the decisions that are recorded now.
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

    /// Records that lines cannot be written. True if that is new; the first cause is kept.
    pub(super) fn fail(&mut self, why: &str, now: Timestamp) -> bool {
        // Removes lines that were refused while being written, and `audit.resumed`: the next attempt writes
        // it with the current number of refusals.
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

    /// Restarts with whole lines, for a new target.
    pub(super) const fn restart(&mut self) {
        (self.begun, self.offset) = (0, 0);
    }

    /// When the first answer is overdue.
    pub(super) fn due(&self) -> Option<Instant> {
        let held = self.lines.iter().find_map(|line| line.held.as_ref())?;
        Some(held.since + self.limits.patience)
    }

    /// Turns answers that have waited for `patience` into refusals. Their lines are withdrawn, unless they
    /// are partly written or their decision took effect.
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
