//! An answer with the times of its request, to detect clock differences.

use crate::client::agent::{Answer, clock_ahead};
use crate::clock::{Timestamp, span};

/// In seconds. Smaller clock differences are not reported.
pub const SKEW: u64 = 5;

pub struct TimedAnswer {
    pub answer: Answer,
    /// When the last attempt was sent.
    pub asked: Timestamp,
    /// When the answer arrived.
    pub received: Timestamp,
    /// Whether the DPoP proof had a nonce from the server.
    pub with_nonce: bool,
}

impl TimedAnswer {
    /// A note if the clocks differ by more than the round trip explains.
    #[must_use]
    pub fn skew(&self) -> Option<String> {
        let after = clock_ahead(&self.answer.headers, self.received).filter(|ahead| *ahead > 0);
        let before = clock_ahead(&self.answer.headers, self.asked).filter(|ahead| *ahead < 0);
        let ahead = after.or(before).filter(|ahead| ahead.unsigned_abs() > SKEW)?;
        let by = span(u128::from(ahead.unsigned_abs()));
        let side = if ahead > 0 { "behind" } else { "ahead of" };
        Some(format!(
            "the clock of this machine is {by} {side} the server's: tokens will seem expired, or not yet valid"
        ))
    }
}
