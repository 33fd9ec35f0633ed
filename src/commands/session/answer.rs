//! An answer with the times of its request, to detect that the server's clock differs.

use crate::client::agent::{Answer, clock_ahead};
use crate::clock::{Timestamp, span};

/// In seconds. A smaller difference of the clocks is not worth a note.
pub const SKEW: u64 = 5;

pub struct TimedAnswer {
    pub answer: Answer,
    /// The time at which the last attempt was sent.
    pub asked: Timestamp,
    /// The time at which the answer had arrived.
    pub received: Timestamp,
    /// Whether the DPoP proof had a nonce of the server's.
    pub with_nonce: bool,
}

impl TimedAnswer {
    /// A note that the clocks differ by more than the time on the way explains.
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
