//! The checks against the caller's expectations: issuer, audience, subject, scope, type.

use super::check::{Check, CheckName, Status};
use super::policy::Policy;
use crate::claims::{Claim, ClaimsView};
use crate::jose::compact::{Jws, media_type};
use crate::json::Json;

/// The issuer, byte for byte (RFC 7519 section 4.1.1; RFC 8414 section 3.3).
pub(super) fn iss(claims: &ClaimsView<'_>, policy: &Policy) -> Check {
    exact(CheckName::Iss, &claims.iss, policy.iss.as_deref())
}

/// The subject, byte for byte.
pub(super) fn sub(claims: &ClaimsView<'_>, policy: &Policy) -> Check {
    exact(CheckName::Sub, &claims.sub, policy.sub.as_deref())
}

/// The token must name one of the expected audiences (RFC 7519 section 4.1.3).
pub(super) fn aud(claims: &ClaimsView<'_>, policy: &Policy) -> Check {
    let name = CheckName::Aud;
    let expected = policy.aud.join(" or ");
    match &claims.aud {
        Claim::Mistyped(what) => Check::new(name, Status::Fail, what),
        Claim::Absent if policy.aud.is_empty() || policy.aud_optional => {
            Check::absent(name, Status::Warn, "no aud: any API that trusts the issuer may accept it")
        }
        Claim::Absent => {
            Check::absent(name, Status::Fail, format!("no aud; expected {expected}")).expected(expected)
        }
        Claim::Value(found) if found.is_empty() => {
            let status = if policy.aud.is_empty() { Status::Warn } else { Status::Fail };
            Check::absent(name, status, "aud is an empty list: the token is for nobody").expected(expected)
        }
        Claim::Value(found) => {
            let shown = found.join(" ");
            if policy.aud.is_empty() {
                return unexpected(name, shown);
            }
            if found.iter().any(|aud| policy.aud.iter().any(|ours| ours == aud)) {
                return Check::new(name, Status::Pass, shown.clone()).value(shown).expected(expected);
            }
            let message = format!("the token is for {shown}, not for {expected}");
            Check::new(name, Status::Fail, message).value(shown).expected(expected)
        }
    }
}

/// The token must have every expected scope.
pub(super) fn scope(claims: &ClaimsView<'_>, policy: &Policy) -> Check {
    let name = CheckName::Scope;
    match (&claims.scope, &policy.scope) {
        (Claim::Mistyped(what), _) => Check::new(name, Status::Fail, what),
        (Claim::Absent, None) => Check::absent(name, Status::Skip, "no scope"),
        (Claim::Absent, Some(wanted)) => {
            Check::absent(name, Status::Fail, format!("no scope; expected {wanted}"))
                .expected(wanted.as_str())
        }
        (Claim::Value(found), None) => unexpected(name, found.to_string()),
        (Claim::Value(found), Some(wanted)) => {
            let missing: Vec<&str> = wanted.minus(found).collect();
            let (status, message) = match missing.as_slice() {
                [] => (Status::Pass, found.to_string()),
                missing => (Status::Fail, format!("{} is missing", missing.join(" "))),
            };
            Check::new(name, status, message).value(found.as_str()).expected(wanted.as_str())
        }
    }
}

/// The header's `typ`, ignoring case and `application/` (RFC 7515 section 4.1.9).
pub(super) fn typ(jws: &Jws<'_>, policy: &Policy) -> Check {
    let name = CheckName::Typ;
    let expected = policy.typ.join(" or ");
    match jws.header.get("typ") {
        Some(Json::String(typ)) if policy.typ.is_empty() => unexpected(name, typ.clone()),
        Some(Json::String(typ)) => {
            let fits = policy.typ.iter().any(|expected| media_type(expected) == media_type(typ));
            let (status, message) = if fits {
                (Status::Pass, typ.clone())
            } else {
                (Status::Fail, format!("{typ}, expected {expected}"))
            };
            Check::new(name, status, message).value(typ).expected(expected)
        }
        Some(other) => Check::new(name, Status::Fail, format!("typ is {}, must be a string", other.kind())),
        None if policy.typ.is_empty() => Check::absent(name, Status::Skip, "no typ"),
        None => Check::absent(name, Status::Fail, format!("no typ; expected {expected}")).expected(expected),
    }
}

fn exact(name: CheckName, claim: &Claim<&str>, wanted: Option<&str>) -> Check {
    match (claim, wanted) {
        (Claim::Mistyped(what), _) => Check::new(name, Status::Fail, what),
        (Claim::Absent, None) => Check::absent(name, Status::Skip, format!("no {name}")),
        (Claim::Absent, Some(wanted)) => {
            Check::absent(name, Status::Fail, format!("no {name}; expected {wanted}")).expected(wanted)
        }
        (Claim::Value(found), None) => unexpected(name, (*found).to_owned()),
        (Claim::Value(found), Some(wanted)) if *found == wanted => {
            Check::new(name, Status::Pass, *found).value(*found).expected(wanted)
        }
        (Claim::Value(found), Some(wanted)) => {
            Check::new(name, Status::Fail, format!("{found}, expected {wanted}{}", near_miss(found, wanted)))
                .value(*found)
                .expected(wanted)
        }
    }
}

/// The most common difference between issuers is a slash.
fn near_miss(found: &str, wanted: &str) -> &'static str {
    if found.trim_end_matches('/') == wanted.trim_end_matches('/') {
        " (they differ in the trailing slash)"
    } else if found.eq_ignore_ascii_case(wanted) {
        " (they differ in case)"
    } else {
        ""
    }
}

/// A value without an expectation.
fn unexpected(name: CheckName, value: String) -> Check {
    Check::new(name, Status::Skip, format!("{value} (nothing expected)")).value(value)
}
