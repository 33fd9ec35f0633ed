//! Judges a token that only its issuer can read: compares the introspection answer (RFC 7662 section 2.2)
//! with the policy, like claims.

use super::check::{Check, CheckName, Status};
use super::outcome::{Outcome, Verdict};
use super::policy::Policy;
use super::{expectations, times};
use crate::claims::{Claim, ClaimsView};
use crate::clock::Timestamp;
use crate::json::Object;
use std::collections::BTreeSet;

/// Judges an introspection answer. It is not signed, so the outcome is never a pass. All members are
/// optional, so a missing one fails only if it was expected.
#[must_use]
pub fn judge(members: &Object, policy: &Policy, now: Timestamp) -> Verdict {
    let said = ClaimsView::of(members);
    let checks = vec![
        Check::new(CheckName::Structure, Status::Skip, "only the issuer can read the token"),
        unsaid(CheckName::Alg, !policy.alg.is_empty()),
        unsaid(CheckName::Crit, false),
        unsaid(CheckName::Key, false),
        unsaid(CheckName::Signature, false),
        optional(CheckName::Exp, &said.exp, times::exp(&said, policy, now)),
        times::nbf(&said, policy, now),
        times::iat(&said, policy, now),
        expectations::iss(&said, policy),
        match &said.aud {
            Claim::Absent if policy.aud.is_empty() => unsaid(CheckName::Aud, false),
            _ => expectations::aud(&said, policy),
        },
        expectations::sub(&said, policy),
        expectations::scope(&said, policy),
        unsaid(CheckName::Typ, !policy.typ.is_empty()),
        times::lifetime(&said, policy),
    ];
    Verdict::of(checks, policy)
}

/// Merges the issuer's answer into the checks of a token whose signature is not verified. The worse of the
/// two results counts. A claim that only one of them has is judged alone.
pub fn merge(checks: &mut [Check], answer: &Verdict) -> Outcome {
    for check in checks.iter_mut() {
        if let Some(said) = answer.check(check.name).filter(|said| said.name.is_claim() && !said.absent) {
            *check = worse(check, said);
        }
    }
    Outcome::of(checks)
}

fn worse(claimed: &Check, said: &Check) -> Check {
    let message = format!("{}, says the issuer", said.message);
    if claimed.absent {
        return Check { message, ..said.clone() };
    }
    let differ = words(claimed) != words(said);
    if !differ && rank(said.status) <= rank(claimed.status) {
        return claimed.clone();
    }
    let message = format!("the token: {}; the issuer: {}", claimed.message, said.message);
    let worse = if rank(said.status) > rank(claimed.status) { said } else { claimed };
    // A contradiction alone is a warning: issuers may answer each API differently (RFC 7662 section 2.2).
    let status = if differ && rank(worse.status) < rank(Status::Warn) { Status::Warn } else { worse.status };
    Check { status, message, ..worse.clone() }
}

/// The value as a set of words: audiences and scopes are unordered.
fn words(check: &Check) -> BTreeSet<&str> {
    check.value.as_deref().unwrap_or_default().split(' ').collect()
}

const fn rank(status: Status) -> u8 {
    match status {
        Status::Skip => 0,
        Status::Pass => 1,
        Status::Warn => 2,
        Status::Fail => 3,
    }
}

fn optional<T>(name: CheckName, claim: &Claim<T>, check: Check) -> Check {
    if matches!(claim, Claim::Absent) { unsaid(name, false) } else { check }
}

/// A check of something that the answer lacks.
fn unsaid(name: CheckName, expected: bool) -> Check {
    let status = if expected { Status::Fail } else { Status::Skip };
    Check::absent(name, status, format!("the issuer does not say the token's {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;

    const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);

    fn judged(text: &str, policy: &Policy) -> Verdict {
        judge(Json::parse(text.as_bytes()).unwrap().as_object().unwrap(), policy, NOW)
    }

    fn failed(text: &str, policy: &Policy) -> Vec<CheckName> {
        let checks = judged(text, policy).checks;
        checks.iter().filter(|check| check.status == Status::Fail).map(|check| check.name).collect()
    }

    #[test]
    fn what_the_issuer_says_is_held_against_what_is_expected() {
        let said = r#"{"active":true,"iss":"https://as","sub":"a","aud":["api"],"scope":"x y",
            "iat":1795420000,"exp":1795424400}"#;
        let policy = |change: &dyn Fn(&mut Policy)| {
            let mut policy = Policy::default();
            change(&mut policy);
            policy
        };
        let all = policy(&|p| {
            (p.iss, p.sub) = (Some("https://as".to_owned()), Some("a".to_owned()));
            (p.aud, p.scope) = (vec!["api".to_owned()], "x".parse().ok());
            p.max_lifetime = Some(7200);
        });
        assert_eq!((judged(said, &all).outcome, failed(said, &all)), (Outcome::Unverified, vec![]));
        assert_eq!(judged(said, &all).checks.len(), CheckName::ALL.len());
        for (expectation, name) in [
            (policy(&|p| p.iss = Some("https://other".to_owned())), CheckName::Iss),
            (policy(&|p| p.sub = Some("b".to_owned())), CheckName::Sub),
            (policy(&|p| p.aud = vec!["other".to_owned()]), CheckName::Aud),
            (policy(&|p| p.scope = "z".parse().ok()), CheckName::Scope),
            (policy(&|p| p.max_lifetime = Some(60)), CheckName::Lifetime),
            (policy(&|p| p.typ = vec!["at+jwt".to_owned()]), CheckName::Typ),
            (policy(&|p| p.require = vec![CheckName::Signature]), CheckName::Signature),
        ] {
            assert_eq!(failed(said, &expectation), [name]);
        }
    }

    #[test]
    fn what_the_issuer_need_not_say_is_missed_only_where_it_was_expected() {
        let (said, anything) = (r#"{"active":true}"#, Policy::default());
        assert_eq!((judged(said, &anything).outcome, failed(said, &anything)), (Outcome::Unverified, vec![]));
        assert!(judged(said, &anything).checks.iter().all(|check| check.status == Status::Skip));
        let expecting = Policy {
            aud: vec!["api".to_owned()],
            scope: "x".parse().ok(),
            require: vec![CheckName::Exp],
            ..Policy::default()
        };
        assert_eq!(failed(said, &expecting), [CheckName::Exp, CheckName::Aud, CheckName::Scope]);
        assert_eq!(failed(r#"{"exp":1}"#, &anything), [CheckName::Exp]);
        assert_eq!(failed(r#"{"scope":7}"#, &anything), [CheckName::Scope]);
    }
}
