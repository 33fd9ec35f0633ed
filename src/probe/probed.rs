//! Judges one answer.

use super::exchange::{ProbeAnswer, SendError};
use super::material::ProbeTarget;
use super::shown;
use super::terms::Right;
use super::variation::Variation;
use crate::http::challenge::{self, Challenge};
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

/// An answer that takes longer is noted.
pub const SLOW: Duration = Duration::from_secs(2);

/// From the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProbeVerdict {
    /// Not tried, with the reason.
    Skipped,
    /// Right.
    Passed,
    /// Right, and worth knowing.
    Noted,
    /// Refused with another status than the right one.
    WrongStatus,
    /// Refused though it is right.
    Rejected,
    /// Could not be judged.
    Inconclusive,
    /// Refused by a failure of the API: 5xx, or no answer.
    Fell,
    /// The API's answer breaks a rule, though nothing got in.
    Broken,
    /// Something got in.
    Accepted,
}

impl ProbeVerdict {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Passed => "passed",
            Self::Noted => "noted",
            Self::WrongStatus => "wrong_status",
            Self::Rejected => "rejected",
            Self::Inconclusive => "inconclusive",
            Self::Fell => "fell",
            Self::Broken => "broken",
            Self::Accepted => "accepted",
        }
    }

    /// Whether it is something to mend.
    #[must_use]
    pub const fn is_finding(self) -> bool {
        matches!(self, Self::WrongStatus | Self::Rejected | Self::Fell | Self::Broken | Self::Accepted)
    }
}

/// One request with its answer, judged.
#[derive(Clone)]
pub struct Probed {
    pub label: String,
    pub verdict: ProbeVerdict,
    pub status: Option<u16>,
    /// Scheme, error and scope of the challenge.
    pub challenge: Option<String>,
    pub took: Duration,
    /// The header members and claims in which the token differs from the good one.
    pub changed: Vec<String>,
    /// Why there was no answer, or what was measured.
    pub note: Option<String>,
    /// The answer, until the case is judged. Reports have no part of it.
    pub answer: Option<Rc<ProbeAnswer>>,
}

impl fmt::Debug for Probed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Probed({:?} {:?} {:?} {:?})", self.label, self.verdict, self.status, self.note)
    }
}

impl Probed {
    /// A result without a request of its own.
    #[must_use]
    pub fn finding(label: impl Into<String>, verdict: ProbeVerdict, note: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            verdict,
            status: None,
            challenge: None,
            took: Duration::ZERO,
            changed: Vec::new(),
            note: Some(note.into()).filter(|note| !note.is_empty()),
            answer: None,
        }
    }
}

/// An exchange as the cases that look at all answers see it.
pub struct Seen {
    pub case: &'static str,
    pub label: String,
    pub right: Right,
    /// The token in the request.
    pub token: Option<crate::secret::Secret>,
    /// Whether the request had an `Authorization` field.
    pub authorized: bool,
    pub answer: Rc<ProbeAnswer>,
    pub challenges: Vec<Challenge>,
}

/// The facts of the API that a judgement needs.
pub struct ApiFacts<'a> {
    pub target: &'a ProbeTarget,
    /// A good token, to show what differs.
    pub genuine: &'a str,
    /// The answer to the good token.
    pub content: &'a [u8],
    /// The answer to an unknown path, if it is 2xx.
    pub catch_all: Option<&'a [u8]>,
}

/// Judges an answer.
#[must_use]
pub fn judged(
    case: Right,
    variation: &Variation,
    answer: &Result<Rc<ProbeAnswer>, SendError>,
    known: &ApiFacts<'_>,
) -> Probed {
    let token = variation.token.as_ref().and_then(|token| token.expose_str().ok());
    let changed = token.map(|token| shown::differences(token, known.genuine)).unwrap_or_default();
    let right = variation.right.unwrap_or(case);
    let probed = Probed { changed, ..Probed::finding(&variation.label, ProbeVerdict::Passed, "") };
    match answer {
        Ok(answer) => Probed {
            verdict: of_answer(right, answer, known),
            status: Some(answer.status),
            challenge: shown::challenge(&challenge::challenges(&answer.headers)),
            took: answer.took,
            answer: Some(answer.clone()),
            note: (answer.took >= SLOW).then(|| "slow".to_owned()),
            ..probed
        },
        Err(error) => Probed { verdict: of_failure(right, error), note: Some(error.to_string()), ..probed },
    }
}

fn of_answer(right: Right, answer: &ProbeAnswer, known: &ApiFacts<'_>) -> ProbeVerdict {
    let status = answer.status;
    if status >= 500 && !may_fail(right, status) {
        return ProbeVerdict::Fell;
    }
    let is_in = known.target.is_accepted(status);
    match right {
        Right::Accept if is_in => ProbeVerdict::Passed,
        Right::Accept => ProbeVerdict::Rejected,
        Right::Noted if is_in => ProbeVerdict::Noted,
        Right::Noted => ProbeVerdict::Passed,
        Right::NoContent if is_in && shows(&answer.body, known.content) => ProbeVerdict::Accepted,
        Right::NotReached if is_in && known.catch_all != Some(&answer.body) => ProbeVerdict::Accepted,
        Right::NoContent | Right::NotReached => ProbeVerdict::Passed,
        _ if is_in => ProbeVerdict::Accepted,
        _ if is_right(right, status) => ProbeVerdict::Passed,
        _ => ProbeVerdict::WrongStatus,
    }
}

fn may_fail(right: Right, status: u16) -> bool {
    matches!(right, Right::RefuseOr(others) if others.contains(&status))
        || matches!(right, Right::NoContent | Right::NotReached) && status == 501
}

fn is_right(right: Right, status: u16) -> bool {
    match right {
        Right::RefuseOr(others) => status == 401 || others.contains(&status),
        Right::TooLarge => matches!(status, 400 | 401 | 413 | 414 | 431),
        Right::Forbid => status == 403,
        _ => status == 401,
    }
}

/// Whether a body is or has the protected content. Short contents occur by chance.
fn shows(body: &[u8], content: &[u8]) -> bool {
    body == content && !content.is_empty()
        || content.len() >= 16 && body.windows(content.len()).any(|part| part == content)
}

fn of_failure(right: Right, error: &SendError) -> ProbeVerdict {
    match (error, right) {
        (SendError::Closed(_), Right::TooLarge | Right::NoContent | Right::NotReached) => {
            ProbeVerdict::Passed
        }
        (SendError::Closed(_) | SendError::TimedOut(_), _) => ProbeVerdict::Fell,
        (SendError::Unreachable(_) | SendError::Unsendable(_), _) => ProbeVerdict::Inconclusive,
    }
}
