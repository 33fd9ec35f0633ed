//! The judge, by tables.

use super::*;
use crate::jose::algorithm::Algorithm;
use crate::jose::compact::{self, Token};
use crate::jose::digest::base64url;
use crate::jose::key::VerifyingKey;
use crate::jose::sign::{Signer, TokenType};
use crate::secret::Secret;
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);
const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn signed(claims: &Value) -> String {
    crate::jose::install_provider();
    let signer = Signer::hs256(Secret::new(SECRET)).unwrap();
    signer.sign(TokenType::Jwt, claims).unwrap()
}

fn key() -> KeySet {
    KeySet::of(VerifyingKey::hmac(Secret::new(SECRET), "test"))
}

fn verdict(token: &str, policy: &Policy) -> Verdict {
    match compact::read(token) {
        Token::Jws(jws) => judge(&jws, &key(), policy, NOW),
        other => panic!("{other:?}"),
    }
}

fn good() -> Value {
    json!({"iss": "me", "sub": "c", "aud": "api", "scope": "a b",
           "iat": NOW.unix(), "exp": NOW.unix() + 3600})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = good();
    claims[name] = value;
    claims
}

fn status(claims: &Value, policy: &Policy, name: CheckName) -> Status {
    verdict(&signed(claims), policy).check(name).unwrap().status
}

#[test]
fn a_good_token_passes_and_each_check_occurs_once_in_order() {
    let verdict = verdict(&signed(&good()), &Policy::default());
    assert_eq!(verdict.outcome, Outcome::Pass);
    let names: Vec<CheckName> = verdict.checks.iter().map(|check| check.name).collect();
    assert_eq!(names, CheckName::ALL);
}

#[test]
fn without_a_key_nothing_passes() {
    let token = signed(&good());
    let Token::Jws(jws) = compact::read(&token) else { panic!() };
    let verdict = judge(&jws, &KeySet::none(), &Policy::default(), NOW);
    assert_eq!(verdict.outcome, Outcome::Unverified);
    assert_eq!(verdict.check(CheckName::Signature).unwrap().status, Status::Skip);
}

#[test]
fn times_are_judged_to_the_second() {
    let now = NOW.unix();
    let late = Policy { leeway: 5, iat_grace: 60, ..Policy::default() };
    let strict = Policy::default();
    for (name, value, policy, expected) in [
        ("exp", json!(now), &strict, Status::Fail),
        ("exp", json!(now + 1), &strict, Status::Pass),
        ("exp", json!(now as f64 + 0.5), &strict, Status::Pass),
        ("exp", json!(now - 4), &late, Status::Pass),
        ("exp", json!(now - 5), &late, Status::Fail),
        ("exp", json!(-1), &strict, Status::Fail),
        ("exp", json!("9999999999"), &strict, Status::Fail),
        ("exp", json!((now + 60) * 1000), &strict, Status::Warn),
        ("nbf", json!(now), &strict, Status::Pass),
        ("nbf", json!(now + 1), &strict, Status::Fail),
        ("nbf", json!(now + 5), &late, Status::Pass),
        ("iat", json!(now + 1), &strict, Status::Fail),
        ("iat", json!(now + 65), &late, Status::Warn),
        ("iat", json!(now + 66), &late, Status::Fail),
    ] {
        let check: CheckName = name.parse().unwrap();
        assert_eq!(status(&with(name, value.clone()), policy, check), expected, "{name} {value}");
    }
}

#[test]
fn expectations_are_met_or_named() {
    let policy = |change: fn(&mut Policy)| {
        let mut policy = Policy::default();
        change(&mut policy);
        policy
    };
    for (check, policy, expected) in [
        (CheckName::Iss, policy(|p| p.iss = Some("me".into())), Status::Pass),
        (CheckName::Iss, policy(|p| p.iss = Some("me/".into())), Status::Fail),
        (CheckName::Aud, policy(|p| p.aud = vec!["x".into(), "api".into()]), Status::Pass),
        (CheckName::Aud, policy(|p| p.aud = vec!["x".into()]), Status::Fail),
        (CheckName::Sub, policy(|p| p.sub = Some("d".into())), Status::Fail),
        (CheckName::Scope, policy(|p| p.scope = Some("b".parse().unwrap())), Status::Pass),
        (CheckName::Scope, policy(|p| p.scope = Some("a c".parse().unwrap())), Status::Fail),
        (CheckName::Typ, policy(|p| p.typ = vec!["jwt".into()]), Status::Pass),
        (CheckName::Typ, policy(|p| p.typ = vec!["at+jwt".into()]), Status::Fail),
        (CheckName::Alg, policy(|p| p.alg = vec![Algorithm::RS256]), Status::Fail),
        (CheckName::Lifetime, policy(|p| p.max_lifetime = Some(3600)), Status::Pass),
        (CheckName::Lifetime, policy(|p| p.max_lifetime = Some(3599)), Status::Fail),
    ] {
        assert_eq!(status(&good(), &policy, check), expected, "{check}");
    }
}

#[test]
fn require_turns_absence_and_a_skipped_check_into_a_failure() {
    let mut claims = good();
    claims.as_object_mut().unwrap().remove("exp");
    assert_eq!(status(&claims, &Policy::default(), CheckName::Exp), Status::Warn);
    for name in [CheckName::Exp, CheckName::Nbf, CheckName::Iss] {
        let policy = Policy { require: vec![name], ..Policy::default() };
        assert_eq!(status(&claims, &policy, name), Status::Fail, "{name}");
    }
}

#[test]
fn unsigned_and_critical_headers_fail_with_and_without_a_key() {
    for (header, failing) in [
        (r#"{"alg":"none"}"#, CheckName::Alg),
        (r#"{"alg":"NoNe"}"#, CheckName::Signature),
        (r#"{"typ":"JWT"}"#, CheckName::Alg),
        (r#"{"alg":"HS256","crit":["b64"],"b64":false}"#, CheckName::Crit),
        (r#"{"alg":"HS256","crit":[]}"#, CheckName::Crit),
        (r#"{"alg":"HS256","alg":"HS256"}"#, CheckName::Structure),
        (r#"{"alg":"HS256"}"#, CheckName::Signature),
    ] {
        let token = format!("{}.{}.", base64url(header.as_bytes()), base64url(b"{}"));
        let Token::Jws(jws) = compact::read(&token) else { panic!() };
        for keys in [KeySet::none(), key()] {
            let verdict = judge(&jws, &keys, &Policy::default(), NOW);
            assert_eq!(verdict.check(failing).unwrap().status, Status::Fail, "{header}");
            assert_eq!(verdict.outcome, Outcome::Fail);
        }
    }
}

#[test]
fn a_signature_may_hold_over_a_payload_that_is_no_claims_set() {
    let token = signed(&json!([1]));
    let verdict = verdict(&token, &Policy::default());
    assert_eq!(verdict.check(CheckName::Signature).unwrap().status, Status::Pass);
    assert_eq!(verdict.check(CheckName::Structure).unwrap().status, Status::Fail);
    assert_eq!(verdict.outcome, Outcome::Fail);
}
