//! An answer with the moments of its request, which tell whether the server's clock differs.

use crate::client::agent::{Answer, clock_ahead};
use crate::clock::{Timestamp, span};

/// Seconds by which a server's clock may differ without a note.
pub const SKEW: u64 = 5;

/// An answer, and when it was asked for and had.
pub struct TimedAnswer {
    /// The answer.
    pub answer: Answer,
    /// When the last request went out.
    pub asked: Timestamp,
    /// When the answer was there.
    pub received: Timestamp,
    /// Whether the DPoP proof had a nonce of the server's.
    pub with_nonce: bool,
}

impl TimedAnswer {
    /// What to say of a clock that is not the server's, for which the time on the way is no proof.
    #[must_use]
    pub fn skew(&self) -> Option<String> {
        let after = clock_ahead(&self.answer.headers, self.received).filter(|ahead| *ahead > 0);
        let before = clock_ahead(&self.answer.headers, self.asked).filter(|ahead| *ahead < 0);
        let ahead = after.or(before).filter(|ahead| ahead.unsigned_abs() > SKEW)?;
        let by = span(u128::from(ahead.unsigned_abs()));
        let side = if ahead > 0 { "behind" } else { "ahead of" };
        Some(format!("the clock here is {by} {side} the server's: tokens will seem expired, or not yet good"))
    }
}
