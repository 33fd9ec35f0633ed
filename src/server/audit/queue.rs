//! The decisions that are not on record yet, in their order, and the answers that wait for that. Pure
//! bookkeeping: whoever owns it writes, and tells how far that got.

use super::{AuditLimits, AuditedDecision, CannotRecord, entry};
use crate::clock::Timestamp;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Bytes that are written at once. What is no longer than this stays whole in a pipe with other writers
/// (POSIX' PIPE_BUF on Linux); a line that is longer goes alone.
const BATCH: usize = 4096;
/// About what a held answer takes beside its body.
const OVERHEAD: usize = 512;

/// Why and since when decisions cannot be put on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditTrouble {
    /// Since when.
    pub since: Timestamp,
    /// Why, for operators: it may name the disk's error.
    pub why: String,
    /// Requests that were refused meanwhile.
    pub refused: u64,
}

/// A decision whose answer waits for its line.
struct WaitingDecision {
    decision: AuditedDecision,
    since: Instant,
}

impl WaitingDecision {
    fn released(self, now: Instant) -> AuditedDecision {
        let mut decision = self.decision;
        decision.exchange.duration += now.duration_since(self.since);
        decision
    }
}

struct AuditLine {
    text: String,
    /// The answer, until it is refused.
    held: Option<WaitingDecision>,
    /// What was done cannot be undone: the line stays until it is written, whatever becomes of the answer.
    lasting: bool,
    /// It is about no decision, and ends the trouble.
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

/// What has come of an attempt.
#[derive(Default)]
pub(super) struct Recorded {
    /// Decisions that are on record now.
    pub(super) decisions: Vec<AuditedDecision>,
    /// The trouble that is over.
    pub(super) over: Option<AuditTrouble>,
}

/// Lines that wait to be written.
pub(super) struct AuditQueue {
    limits: AuditLimits,
    lines: VecDeque<AuditLine>,
    /// How many of them, from the front, are being written or have begun to be: these stay.
    begun: usize,
    /// Bytes that were taken already, counted from the front.
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

    /// How many decisions are not on record.
    pub(super) fn pending(&self) -> usize {
        self.lines.iter().filter(|line| !line.resumes).count()
    }

    /// Whether one more decision may be made. Whoever makes one at that moment may come on top.
    pub(super) fn admit(&mut self) -> Result<(), CannotRecord> {
        if let Some(trouble) = &mut self.trouble {
            trouble.refused += 1;
            return Err(CannotRecord::Failing);
        }
        let has_room = self.lines.len() < self.limits.lines && self.weight < self.limits.bytes;
        if has_room { Ok(()) } else { Err(CannotRecord::Full) }
    }

    pub(super) fn push(&mut self, text: String, decision: AuditedDecision, now: Instant) {
        let lasting = decision.exchange.note.remembered;
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

    /// Fills `batch` with what is to be written next. False where there is nothing.
    pub(super) fn begin(&mut self, batch: &mut Vec<u8>, now: Timestamp) -> bool {
        if self.lines.is_empty()
            && let Some(trouble) = &self.trouble
        {
            // Whether the trouble is over is found by this line, so that it ends without any request.
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

    /// Notes how far that got, and gives the decisions that are on record now.
    pub(super) fn end(&mut self, attempt: WriteAttempt, now: Instant) -> Recorded {
        self.offset += attempt.taken;
        let mut recorded = Recorded::default();
        while attempt.flushed
            && self.lines.front().is_some_and(|line| line.text.len() <= self.offset)
            && let Some(line) = self.lines.pop_front()
        {
            self.offset -= line.text.len();
            self.weight -= line.weight();
            recorded.decisions.extend(line.held.map(|held| held.released(now)));
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

    /// Lines cannot be written. True where that is news: the first cause stays the cause.
    pub(super) fn fail(&mut self, why: &str, now: Timestamp) -> bool {
        // What was given up while it was being written, and has not come on record. And the line that ends the
        // trouble: the next attempt knows how many have been refused by then.
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

    /// There is another target: it gets whole lines.
    pub(super) const fn restart(&mut self) {
        (self.begun, self.offset) = (0, 0);
    }

    /// When the first answer will have waited for too long.
    pub(super) fn due(&self) -> Option<Instant> {
        let held = self.lines.iter().find_map(|line| line.held.as_ref())?;
        Some(held.since + self.limits.patience)
    }

    /// Gives up the answers that have waited for so long, and the lines of those of which nothing is on record
    /// yet and nothing lasts. Each decision is a refusal now.
    pub(super) fn refuse(&mut self, patience: Duration, now: Instant) -> Vec<AuditedDecision> {
        let (mut refused, mut index) = (Vec::new(), 0);
        let begun = self.begun;
        self.lines.retain_mut(|line| {
            let late = line.held.take_if(|held| now.duration_since(held.since) >= patience);
            let is_withdrawn = late.is_some() && index >= begun && !line.lasting;
            refused.extend(late.map(|held| held.released(now).refused()));
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
