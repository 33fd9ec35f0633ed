//! Identities that are right but for one thing, at every door. Each check, left out, is missed by its cases.

use super::site::{Draft, ISSUER, NOW, OPEN, Platform, Site, doors};
use crate::issuer::trust::check::{BEFORE_KEYS, IdentityCheck, IdentityDoor, IdentityStep, WITH_KEYS, read};
use crate::jose::algorithm::Algorithm;
use crate::jose::compact::{self, Token};
use crate::jose::digest::base64url;
use serde_json::{Value, json};

type Change = fn(&mut Draft);

/// A case: the step that must refuse it, whether no other step does, and the change that makes it wrong.
type Hostile = (IdentityStep, bool, Change);

fn claim(draft: &mut Draft, name: &str, value: Value) {
    draft.claims[name] = value;
}

fn without(draft: &mut Draft, name: &str) {
    draft.claims.as_object_mut().unwrap().remove(name);
}

fn header(draft: &mut Draft, name: &str, value: Value) {
    draft.header[name] = value;
}

/// Signs with another algorithm of an accepted key set.
fn by(draft: &mut Draft, signer: &'static str) {
    draft.signer = signer;
}

const FORM: &[Hostile] = &[
    (IdentityStep::Size, true, |d| claim(d, "x", json!("x".repeat(10 * 1024)))),
    (IdentityStep::Structure, false, |d| d.after = |jwt| jwt.rsplit_once('.').unwrap().0.to_owned()),
    (IdentityStep::Structure, false, |d| d.after = |jwt| format!("{jwt}.AA")),
    (IdentityStep::Structure, false, |d| d.after = |_| "opaque".to_owned()),
    (IdentityStep::Structure, false, |d| {
        d.after = |_| format!("{}.a.b.c.d", base64url(br#"{"alg":"dir","enc":"A128GCM"}"#));
    }),
    (IdentityStep::Structure, false, |d| d.claims = json!([1])),
    (IdentityStep::Structure, true, |d| without(d, "sub")),
    (IdentityStep::Structure, true, |d| claim(d, "sub", json!(""))),
    (IdentityStep::Structure, true, |d| claim(d, "sub", json!("x".repeat(1025)))),
    (IdentityStep::Structure, true, |d| claim(d, "sub", json!(["repo:acme/api:environment:prod"]))),
    (IdentityStep::Structure, true, |d| claim(d, "jti", json!(7))),
    (IdentityStep::Structure, true, |d| header(d, "kid", json!(7))),
    (IdentityStep::Critical, true, |d| header(d, "crit", json!(["exp"]))),
    (IdentityStep::Critical, true, |d| header(d, "crit", json!([]))),
    (IdentityStep::Critical, false, |d| header(d, "b64", json!(false))),
    (IdentityStep::Algorithm, false, |d| header(d, "alg", json!("none"))),
    (IdentityStep::Algorithm, false, |d| header(d, "alg", json!("nOnE"))),
    (IdentityStep::Algorithm, false, |d| d.header = json!({"typ": "JWT"})),
    (IdentityStep::Algorithm, false, |d| by(d, "hmac")),
    (IdentityStep::Algorithm, true, |d| by(d, "es384")),
    (IdentityStep::Type, true, |d| header(d, "typ", json!("at+jwt"))),
    (IdentityStep::Type, true, |d| header(d, "typ", json!("application/at+jwt"))),
    (IdentityStep::Type, true, |d| header(d, "typ", json!("dpop+jwt"))),
    (IdentityStep::Type, true, |d| header(d, "typ", json!("oauth-id-jag+jwt"))),
    (IdentityStep::Type, true, |d| header(d, "typ", json!("secevent+jwt"))),
    (IdentityStep::Type, true, |d| header(d, "typ", json!(7))),
];

const CONTENT: &[Hostile] = &[
    (IdentityStep::Issuer, true, |d| claim(d, "iss", json!("https://token.example.com"))),
    (IdentityStep::Issuer, true, |d| claim(d, "iss", json!(format!("{OPEN}/")))),
    (IdentityStep::Issuer, true, |d| claim(d, "iss", json!(OPEN.to_uppercase()))),
    (IdentityStep::Issuer, true, |d| claim(d, "iss", json!([OPEN]))),
    (IdentityStep::Issuer, true, |d| without(d, "iss")),
    (IdentityStep::Bound, true, |d| claim(d, "cnf", json!({"jkt": "x"}))),
    (IdentityStep::Bound, true, |d| claim(d, "cnf", json!(null))),
    (IdentityStep::Key, false, |d| header(d, "kid", json!("unknown"))),
    (IdentityStep::Key, false, |d| by(d, "other")),
    (IdentityStep::Signature, true, |d| by(d, "forged")),
    (IdentityStep::Signature, true, |d| {
        d.after = |jwt| format!("{}.{}", jwt.rsplit_once('.').unwrap().0, "A".repeat(86))
    }),
    (IdentityStep::Audience, true, |d| claim(d, "aud", json!("https://other.example.com"))),
    (IdentityStep::Audience, true, |d| claim(d, "aud", json!([ISSUER, "https://other.example.com"]))),
    (IdentityStep::Audience, true, |d| claim(d, "aud", json!([]))),
    (IdentityStep::Audience, true, |d| claim(d, "aud", json!(format!("{ISSUER}/oauth/token")))),
    (IdentityStep::Audience, true, |d| claim(d, "aud", json!(7))),
    (IdentityStep::Audience, true, |d| without(d, "aud")),
    (IdentityStep::Expiry, true, |d| {
        claim(d, "iat", json!(NOW.unix() - 600));
        claim(d, "exp", json!(NOW.unix() - 6));
    }),
    (IdentityStep::Expiry, false, |d| without(d, "exp")),
    (IdentityStep::Expiry, false, |d| claim(d, "exp", json!("soon"))),
    (IdentityStep::NotBefore, true, |d| claim(d, "nbf", json!(NOW.unix() + 6))),
    (IdentityStep::NotBefore, true, |d| claim(d, "nbf", json!("soon"))),
    (IdentityStep::IssuedAt, true, |d| claim(d, "iat", json!(NOW.unix() + 6))),
    (IdentityStep::Lifetime, true, |d| claim(d, "exp", json!(NOW.unix() + 3601))),
    (IdentityStep::Lifetime, true, |d| without(d, "iat")),
    (IdentityStep::Lifetime, true, |d| {
        claim(d, "iat", json!(NOW.unix() + 4));
        claim(d, "exp", json!(NOW.unix() + 4));
    }),
    (IdentityStep::Rule, true, |d| claim(d, "sub", json!("repo:acme/api:environment:staging"))),
    (IdentityStep::Rule, true, |d| claim(d, "sub", json!("repo:acme/api:environment:prod2"))),
    (IdentityStep::Rule, true, |d| claim(d, "sub", json!("REPO:acme/api:environment:prod"))),
    (IdentityStep::Rule, true, |d| claim(d, "repository_id", json!("75"))),
    (IdentityStep::Rule, true, |d| claim(d, "repository_id", json!(74))),
    (IdentityStep::Rule, true, |d| without(d, "repository_id")),
];

fn all() -> impl Iterator<Item = Hostile> {
    FORM.iter().chain(CONTENT).copied()
}

#[test]
fn an_identity_that_is_right_but_for_one_thing_is_refused_at_every_door() {
    let (platform, mut refused) = (Platform::new(), 0);
    for (at, (step, _, change)) in all().enumerate() {
        let mut draft = Draft::default();
        change(&mut draft);
        let identity = platform.sign(&draft);
        for named in ["", "&client_id=deploy"] {
            for (door, status, code) in doors() {
                let site = Site::new(&platform);
                let outcome = site.ask(door, &identity, named);
                let (response, reason) = (&outcome.response, outcome.record.reason.unwrap_or_default());
                let body: Value = serde_json::from_slice(&response.body).unwrap();
                assert_eq!(
                    (response.status, &body["error"]),
                    (status, &json!(code)),
                    "{at} {step:?} {door:?}: {reason}"
                );
                let is_unread = step == IdentityStep::Structure
                    && ["client assertion: it", "identity: structure: "]
                        .iter()
                        .any(|begin| reason.starts_with(begin));
                let begins = format!("identity: {}: ", step.name());
                assert!(is_unread || reason.starts_with(&begins), "{at} {step:?} {door:?}: {reason}");
                let description = body["error_description"].as_str().unwrap();
                assert!(!description.contains("identity: "), "the caller learns why: {description}");
                assert_eq!(site.remembered(), 0, "{at} {step:?} {door:?}: something was written");
                refused += 1;
            }
        }
    }
    assert!(refused >= 40 * 6, "{refused}");
    for (door, ..) in doors() {
        assert_eq!(
            Site::new(&platform).ask(door, &platform.sign(&Draft::default()), "").response.status,
            200
        );
    }
}

/// The first step that refuses an identity of the platform `open`, with one step left out.
fn refusing(platform: &Platform, identity: &str, left_out: Option<IdentityStep>) -> Option<IdentityStep> {
    let jws = match read(identity) {
        Ok(jws) => jws,
        Err(fault) if Some(fault.step) != left_out => return Some(fault.step),
        Err(_) => {
            let Token::Jws(jws) = compact::read(identity) else { return None };
            jws
        }
    };
    let (trust, claims) = (platform.trust(), jws.peek_unverified()?);
    let check = IdentityCheck {
        jws: &jws,
        claims,
        trust: &trust,
        door: IdentityDoor::Grant,
        audience: ISSUER,
        leeway: 5,
        now: NOW,
    };
    let keys = platform.keys();
    let found = check.run(BEFORE_KEYS, &keys, left_out).and_then(|()| check.run(WITH_KEYS, &keys, left_out));
    found.err().map(|fault| fault.step)
}

#[test]
fn each_check_that_is_left_out_is_missed_by_its_cases() {
    let platform = Platform::new();
    let mut missed = Vec::new();
    for (at, (step, is_alone, change)) in all().enumerate().filter(|(_, case)| case.0 != IdentityStep::Rule) {
        let mut draft = Draft::default();
        change(&mut draft);
        let identity = platform.sign(&draft);
        let is_readable = read(&identity).is_ok_and(|jws| jws.peek_unverified().is_some());
        if is_readable {
            assert_eq!(refusing(&platform, &identity, None), Some(step), "{at}");
        }
        let found = refusing(&platform, &identity, Some(step));
        assert_ne!(found, Some(step), "{at}");
        assert_eq!(found.is_none(), is_alone || !is_readable, "{at} {step:?}: {found:?}");
        if found.is_none() {
            missed.push(step);
        }
    }
    let expected = IdentityStep::ALL.into_iter();
    // Without its key, a token has no right signature either.
    let elsewhere = [IdentityStep::Key, IdentityStep::Rule, IdentityStep::Replay];
    for step in expected.filter(|step| !elsewhere.contains(step)) {
        assert!(missed.contains(&step), "{step:?} has no case that only it refuses");
    }
    let key = all().filter(|case| case.0 == IdentityStep::Key).count();
    assert!(key > 0 && Algorithm::ALL.len() > 10);
}
