//! Decides whether and when a request is retried: only if the server cannot have processed it, or asks for
//! a retry. Pure; randomness is an argument.

use crate::client::agent::{Answer, TransportError};
use crate::clock::Timestamp;
use std::time::Duration;

/// The number of retries.
pub const RETRIES: u32 = 2;
/// The longest first pause; it doubles for each retry.
const FIRST: Duration = Duration::from_millis(250);

/// The pause before the next attempt, after `failed` attempts; `None` if there is no retry, for example
/// because less time is left. `chance` is a random number that spreads out clients that failed together.
#[must_use]
pub fn pause(
    outcome: &Result<Answer, TransportError>,
    failed: u32,
    chance: u64,
    now: Timestamp,
    left: Duration,
) -> Option<Duration> {
    if failed > RETRIES {
        return None;
    }
    let wished = match outcome {
        Err(
            TransportError::Unreachable(_)
            | TransportError::UnknownHost(_)
            | TransportError::NoProxy(_)
            | TransportError::NotConnected(_),
        ) => None,
        Ok(answer) if matches!(answer.status, 429 | 502..=504) => retry_after(answer, now),
        _ => return None,
    };
    let most = FIRST * 2_u32.pow(failed.saturating_sub(1).min(6));
    let share = u32::try_from(chance % 1000).unwrap_or(0);
    let jittered = most / 2 + most * share / 2000;
    Some(wished.unwrap_or_default().saturating_add(jittered)).filter(|pause| *pause < left)
}

/// Parses `Retry-After`: seconds or a date (RFC 9110 section 10.2.3).
#[must_use]
pub fn retry_after(answer: &Answer, now: Timestamp) -> Option<Duration> {
    let value = answer.headers.get("retry-after")?;
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // An overflow means forever.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let moment = Timestamp::of(httpdate::parse_http_date(value).ok()?);
    Some(Duration::from_secs(u64::try_from(moment.unix() - now.unix()).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Headers;

    const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);
    const LEFT: Duration = Duration::from_secs(30);

    fn answered(status: u16, retry_after: Option<&str>) -> Result<Answer, TransportError> {
        let mut headers = Headers::default();
        if let Some(value) = retry_after {
            headers.push("Retry-After", value);
        }
        Ok(Answer { status, headers, ..Answer::default() })
    }

    #[test]
    fn only_what_the_server_cannot_have_taken_is_sent_again() {
        for (outcome, again) in [
            (Err(TransportError::Unreachable(String::new())), true),
            (Err(TransportError::NotConnected(String::new())), true),
            (Err(TransportError::TimedOut(String::new())), false),
            (Err(TransportError::Tls { what: String::new(), cure: None }), false),
            (Err(TransportError::NoWay(String::new())), false),
            (Err(TransportError::NotResolved), false),
            (Err(TransportError::NotHttp(String::new())), false),
            (answered(429, None), true),
            (answered(502, None), true),
            (answered(503, None), true),
            (answered(504, None), true),
            (answered(500, None), false),
            (answered(400, None), false),
            (answered(200, None), false),
        ] {
            assert_eq!(pause(&outcome, 1, 0, NOW, LEFT).is_some(), again, "{:?}", outcome.map(|a| a.status));
        }
        assert_eq!(pause(&answered(503, None), RETRIES + 1, 0, NOW, LEFT), None);
    }

    #[test]
    fn pauses_grow_differ_and_obey_the_server() {
        let millis =
            |outcome: &_, failed, chance| pause(outcome, failed, chance, NOW, LEFT).map(|p| p.as_millis());
        let plain = answered(503, None);
        assert_eq!(
            [millis(&plain, 1, 0), millis(&plain, 1, 999), millis(&plain, 2, 0)],
            [Some(125), Some(249), Some(250)]
        );
        assert_eq!(millis(&answered(429, Some("3")), 1, 0), Some(3125));
        assert_eq!(millis(&answered(429, Some("Mon, 23 Nov 2026 08:00:02 GMT")), 1, 0), Some(2125));
        assert_eq!(millis(&answered(429, Some("29")), 1, 0), Some(29_125));
        for too_long in
            ["30", "3600", "18446744073709551615", "18446744073709551616", "Mon, 23 Nov 2026 09:00:00 GMT"]
        {
            assert_eq!(millis(&answered(429, Some(too_long)), 1, 999), None, "{too_long}");
        }
        assert_eq!(millis(&answered(429, Some("soon")), 1, 0), Some(125));
    }
}
