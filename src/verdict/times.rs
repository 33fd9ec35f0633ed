//! The time checks: `exp`, `nbf`, `iat` (RFC 7519 section 4.1) and the lifetime between them.

use super::check::{Check, CheckName, Status};
use super::policy::Policy;
use crate::claims::{Claim, ClaimsView, NumericDate};
use crate::clock::{self, Timestamp};
use std::time::Duration;

/// A longer lifetime, in seconds, causes a warning: such a token cannot be withdrawn.
const LONG_LIFETIME: i128 = 86_400;

/// "MUST be before the expiration": `now < exp + leeway` (RFC 7519 section 4.1.4).
pub(super) fn exp(claims: &ClaimsView<'_>, policy: &Policy, now: Timestamp) -> Check {
    judge_exp(claims, policy, now).expected(limit("after", now, policy, -1))
}

fn judge_exp(claims: &ClaimsView<'_>, policy: &Policy, now: Timestamp) -> Check {
    let name = CheckName::Exp;
    let exp = match present(name, &claims.exp, Status::Warn, "no exp: the token never expires") {
        Ok(date) => date,
        Err(check) => return check,
    };
    let when = clock::relative(exp.seconds, now);
    if moment(now) >= exp.plus(policy.leeway) {
        let message = if when == "now" { "expires now".to_owned() } else { format!("expired {when}") };
        return dated(name, Status::Fail, exp, &format!("{message}{}", leeway_note(policy)));
    }
    if let Some(unit) = exp.looks_like() {
        let message = format!("looks like {unit}: exp is in seconds (RFC 7519 section 2)");
        return dated(name, Status::Warn, exp, &message);
    }
    let message = if moment(now) >= exp {
        format!("expired {when}, within the leeway of {} s", policy.leeway)
    } else {
        format!("expires {when}{}", leeway_note(policy))
    };
    dated(name, Status::Pass, exp, &message)
}

/// "MUST be after or equal" (RFC 7519 section 4.1.5).
pub(super) fn nbf(claims: &ClaimsView<'_>, policy: &Policy, now: Timestamp) -> Check {
    judge_nbf(claims, policy, now).expected(limit("not after", now, policy, 1))
}

fn judge_nbf(claims: &ClaimsView<'_>, policy: &Policy, now: Timestamp) -> Check {
    let name = CheckName::Nbf;
    let nbf = match present(name, &claims.nbf, Status::Skip, "no nbf") {
        Ok(date) => date,
        Err(check) => return check,
    };
    let when = clock::relative(nbf.seconds, now);
    if nbf <= moment(now).plus(policy.leeway) {
        dated(name, Status::Pass, nbf, &format!("valid since {when}"))
    } else {
        let hint = unit_note(nbf);
        dated(
            name,
            Status::Fail,
            nbf,
            &format!("not valid yet: it will be {when}{}{hint}", leeway_note(policy)),
        )
    }
}

/// Fails if it is ahead of now by more than the leeway; a little more suggests a clock that runs ahead.
pub(super) fn iat(claims: &ClaimsView<'_>, policy: &Policy, now: Timestamp) -> Check {
    judge_iat(claims, policy, now).expected(limit("not after", now, policy, 1))
}

fn judge_iat(claims: &ClaimsView<'_>, policy: &Policy, now: Timestamp) -> Check {
    let name = CheckName::Iat;
    let iat = match present(name, &claims.iat, Status::Skip, "no iat") {
        Ok(date) => date,
        Err(check) => return check,
    };
    let when = clock::relative(iat.seconds, now);
    let limit = moment(now).plus(policy.leeway);
    if iat <= limit {
        dated(name, Status::Pass, iat, &format!("issued {when}"))
    } else if iat <= limit.plus(policy.iat_grace) {
        dated(name, Status::Warn, iat, &format!("issued {when}: a clock is off"))
    } else {
        let hint = unit_note(iat);
        dated(name, Status::Fail, iat, &format!("issued in the future, {when}{hint}"))
    }
}

/// The time from `iat` to `exp`.
pub(super) fn lifetime(claims: &ClaimsView<'_>, policy: &Policy) -> Check {
    let name = CheckName::Lifetime;
    let (Claim::Value(iat), Claim::Value(exp)) = (&claims.iat, &claims.exp) else {
        let status = if policy.max_lifetime.is_some() { Status::Fail } else { Status::Skip };
        return Check::absent(name, status, "unknown: needs iat and exp");
    };
    let seconds = exp.seconds.saturating_sub(iat.seconds);
    if exp <= iat {
        return Check::new(name, Status::Fail, "exp is not after iat").value(format!("{seconds} s"));
    }
    // A fraction counts as a whole second, so a fraction never passes a limit.
    let seconds = seconds.saturating_add(i128::from(exp.nanos > iat.nanos));
    let words = clock::span(seconds.unsigned_abs());
    let check = |status, message: String| Check::new(name, status, message).value(format!("{seconds} s"));
    match policy.max_lifetime {
        Some(max) if seconds > i128::from(max) => {
            let allowed = humantime::format_duration(Duration::from_secs(max)).to_string();
            check(Status::Fail, format!("{words}, longer than {allowed}"))
                .expected(format!("at most {max} s"))
        }
        Some(max) => check(Status::Pass, words).expected(format!("at most {max} s")),
        None if seconds > LONG_LIFETIME => check(Status::Warn, format!("{words}: more than a day")),
        None => check(Status::Pass, words),
    }
}

/// The date of a claim, or the check that reports its absence.
fn present(
    name: CheckName,
    claim: &Claim<NumericDate>,
    absent: Status,
    words: &str,
) -> Result<NumericDate, Check> {
    match claim {
        Claim::Value(date) => Ok(*date),
        Claim::Absent => Err(Check::absent(name, absent, words)),
        Claim::Mistyped(what) => Err(Check::new(name, Status::Fail, what)),
    }
}

fn moment(now: Timestamp) -> NumericDate {
    NumericDate::from_timestamp(now)
}

/// Formats `2026-11-23 08:00:00Z, expired 1h 12m ago`, with a blank instead of the T.
fn dated(name: CheckName, status: Status, date: NumericDate, message: &str) -> Check {
    let text = date.to_string();
    Check::new(name, status, format!("{}, {message}", text.replacen('T', " ", 1))).value(text)
}

/// The time and leeway of a comparison.
fn limit(words: &str, now: Timestamp, policy: &Policy, sign: i64) -> String {
    let leeway = i64::try_from(policy.leeway).unwrap_or(i64::MAX).saturating_mul(sign);
    format!("{words} {}", clock::rfc3339(i128::from(now.unix().saturating_add(leeway))))
}

fn leeway_note(policy: &Policy) -> String {
    match policy.leeway {
        0 => String::new(),
        seconds => format!(" (leeway {seconds} s)"),
    }
}

fn unit_note(date: NumericDate) -> String {
    date.looks_like().map(|unit| format!("; looks like {unit}")).unwrap_or_default()
}
