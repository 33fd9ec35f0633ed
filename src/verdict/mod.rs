//! The judge: from a token, the keys that may verify it, a policy and a time to a list of checks.
//! `inspect`, `call`, serve's resource and introspection all use it, so they never disagree. It reads no
//! clock, file or environment.

pub mod as_api;
mod check;
pub mod common_secrets;
mod diagnosis;
mod expectations;
pub mod introspected;
mod outcome;
mod policy;
mod signature;
mod times;

pub use check::{Check, CheckName, Status};
pub use outcome::{Outcome, Verdict};
pub use policy::Policy;

use crate::claims::ClaimsView;
use crate::clock::Timestamp;
use crate::jose::compact::Jws;
use crate::jose::keyset::KeySet;
use crate::json::Object;

/// Judges a signed token as of `now`. `keys` are the trusted keys; without any, the signature is not
/// checked and the outcome cannot be a pass.
#[must_use]
pub fn judge(jws: &Jws<'_>, keys: &KeySet, policy: &Policy, now: Timestamp) -> Verdict {
    let nothing = Object::default();
    let claims = ClaimsView::of(jws.peek_unverified().unwrap_or(&nothing));
    let (key, signature) = signature::key_and_signature(jws, keys, policy);
    let mut checks = vec![
        signature::structure(jws, policy),
        signature::alg(jws, policy),
        signature::crit(jws),
        key,
        signature,
        times::exp(&claims, policy, now),
        times::nbf(&claims, policy, now),
        times::iat(&claims, policy, now),
        expectations::iss(&claims, policy),
        expectations::aud(&claims, policy),
        expectations::sub(&claims, policy),
        expectations::scope(&claims, policy),
        expectations::typ(jws, policy),
        times::lifetime(&claims, policy),
    ];
    if jws.peek_unverified().is_none() {
        checks.iter_mut().for_each(unknown);
    }
    Verdict::of(checks, policy)
}

/// The claims of an unreadable payload are unknown: it is neither without expiry nor for everybody.
/// Expectations still fail.
fn unknown(check: &mut Check) {
    if !check.name.is_claim() {
        return;
    }
    let expected = match (check.status, &check.expected) {
        (Status::Fail, Some(expected)) => format!("; expected {expected}"),
        _ => String::new(),
    };
    if check.status != Status::Fail {
        check.status = Status::Skip;
    }
    check.message = format!("unknown: the payload is not a set of claims{expected}");
}

#[cfg(test)]
mod tests;
