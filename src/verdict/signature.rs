//! The checks of format and key: `structure`, `alg`, `crit`, `key`, `signature`.

use super::check::{Check, CheckName, Status};
use super::policy::Policy;
use super::{common_secrets, diagnosis};
use crate::claims::{Claim, ClaimsView};
use crate::jose::compact::{DefectKind, Jws, Payload, media_type};
use crate::jose::key::VerifyingKey;
use crate::jose::keyset::KeySet;
use crate::jose::verify::{self, VerifyError};
use crate::json::{Json, Object};

/// Three parts of base64url, a header and a payload that are objects with unique names
/// (RFC 7515 section 5.2, RFC 7519 section 7.2).
pub(super) fn structure(jws: &Jws<'_>, policy: &Policy) -> Check {
    let check = form(jws);
    let claims = jws.peek_unverified();
    let lacks = |claim: &&&str| claims.is_none_or(|claims| claims.get(claim).is_none());
    let missing: Vec<&str> = policy.required_claims.iter().filter(lacks).copied().collect();
    if missing.is_empty() || check.status == Status::Fail {
        return check;
    }
    Check::new(CheckName::Structure, Status::Fail, format!("claims are missing: {}", missing.join(", ")))
}

/// Header parameters that are strings (RFC 7515 section 4.1).
const TEXTS: [&str; 5] = ["kid", "cty", "jku", "x5u", "x5t"];

fn form(jws: &Jws<'_>) -> Check {
    let name = CheckName::Structure;
    let fail = |message: String| Check::new(name, Status::Fail, message);
    if let Some(message) = duplicate("header", &jws.header) {
        return fail(message);
    }
    if let Some(defect) = jws.defects.iter().find(|defect| defect.kind != DefectKind::Padding) {
        return fail(defect.sentence());
    }
    for text in TEXTS {
        if let Some(other) = jws.header.get(text).filter(|value| value.as_str().is_none()) {
            return fail(format!("the header's {text} is {}, must be a string", other.kind()));
        }
    }
    if is_nested(jws) && !matches!(jws.payload, Payload::Claims(_)) {
        return fail("its payload is another token (cty: JWT), which is not judged here: inspect --raw claims gives it".to_owned());
    }
    match &jws.payload {
        Payload::Claims(claims) => {
            if let Some(message) = duplicate("claims", claims).or_else(|| mistyped(claims)) {
                return fail(message);
            }
        }
        Payload::OtherJson(other) => {
            return fail(format!(
                "the payload is {}, must be an object (RFC 7519 section 7.2)",
                other.kind()
            ));
        }
        Payload::NotJson(_) if jws.payload_bytes.is_empty() => {
            return fail("the payload is empty".to_owned());
        }
        Payload::NotJson(error) => return fail(format!("the payload is {error}")),
        Payload::Undecodable => return fail("the payload is not base64url".to_owned()),
    }
    match jws.defects.first() {
        Some(padding) => Check::new(name, Status::Warn, padding.sentence()),
        None => Check::new(name, Status::Pass, nested(jws)),
    }
}

/// Ids that have no check of their own.
fn mistyped(claims: &Object) -> Option<String> {
    let view = ClaimsView::of(claims);
    [view.client_id, view.jti].into_iter().find_map(|claim| match claim {
        Claim::Mistyped(what) => Some(what),
        Claim::Absent | Claim::Value(_) => None,
    })
}

/// `cty: JWT` declares that the payload is itself a token (RFC 7519 section 5.2).
fn nested(jws: &Jws<'_>) -> &'static str {
    if is_nested(jws) { "a JWT that says it holds another (cty: JWT)" } else { "a JWT of three proper parts" }
}

fn is_nested(jws: &Jws<'_>) -> bool {
    jws.header_str("cty").is_some_and(|cty| media_type(cty) == "jwt")
}

/// At any depth: two verifiers could read different keys, subjects or times (RFC 8259 section 4).
fn duplicate(place: &str, object: &Object) -> Option<String> {
    object.duplicate().map(|found| format!("{place} {found}"))
}

/// The algorithm must be supported and allowed by the caller (RFC 8725 section 3.1).
pub(super) fn alg(jws: &Jws<'_>, policy: &Policy) -> Check {
    let name = CheckName::Alg;
    let expected = policy.alg.iter().map(|alg| alg.name()).collect::<Vec<_>>().join(" or ");
    let check = match (jws.header.get("alg"), verify::algorithm(jws)) {
        (None, _) => return Check::absent(name, Status::Fail, "no alg (RFC 7515 section 4.1.1)"),
        (Some(Json::String(_)), Ok(alg)) if policy.alg.is_empty() || policy.alg.contains(&alg) => {
            Check::new(name, Status::Pass, alg.name()).value(alg.name())
        }
        (Some(Json::String(_)), Ok(alg)) => {
            Check::new(name, Status::Fail, format!("{alg}, expected {expected}")).value(alg.name())
        }
        (Some(Json::String(found)), Err(error)) => {
            Check::new(name, Status::Fail, error.to_string()).value(found)
        }
        (Some(other), _) => {
            Check::new(name, Status::Fail, format!("alg is {}, must be a string", other.kind()))
        }
    };
    if expected.is_empty() { check } else { check.expected(expected) }
}

/// No extension is supported, so every critical one fails (RFC 7515 section 4.1.11).
pub(super) fn crit(jws: &Jws<'_>) -> Check {
    let name = CheckName::Crit;
    let Some(crit) = jws.header.get("crit") else {
        if verify::is_unencoded(jws) {
            return Check::new(name, Status::Fail, "b64 is not true, and RFC 7797 is not supported");
        }
        return Check::absent(name, Status::Skip, "no crit");
    };
    let message = match crit {
        Json::Array(items) if items.is_empty() => {
            "crit is empty, which RFC 7515 section 4.1.11 forbids".to_owned()
        }
        Json::Array(_) => format!("{crit} must be understood, and is not (RFC 7515 section 4.1.11)"),
        other => format!("crit is {}, must be an array of names", other.kind()),
    };
    Check::new(name, Status::Fail, message).value(crit.to_string())
}

/// The key that was used, and its result.
pub(super) fn key_and_signature(jws: &Jws<'_>, keys: &KeySet, policy: &Policy) -> (Check, Check) {
    let (key, signature) = match verify::precheck(jws) {
        Err(error) => (unused(keys), failed(&error)),
        Ok(_) if !keys.given => (unused(keys), skipped()),
        Ok(algorithm) => match keys.candidates(jws.header_str("kid"), algorithm) {
            Err(why) => (Check::new(CheckName::Key, Status::Fail, why), no_key()),
            Ok(candidates) => try_keys(jws, &candidates, policy.most_keys.unwrap_or(usize::MAX)),
        },
    };
    if !policy.advise {
        return (key, signature);
    }
    (with_warnings(key, jws, keys), diagnosis::explained(signature, jws, keys))
}

fn unused(keys: &KeySet) -> Check {
    let message = if !keys.given { "none given" } else { "not used" };
    Check::new(CheckName::Key, Status::Skip, message)
}

fn failed(error: &VerifyError) -> Check {
    Check::new(CheckName::Signature, Status::Fail, error.to_string())
}

fn skipped() -> Check {
    Check::new(CheckName::Signature, Status::Skip, "not checked: no key was given")
}

fn no_key() -> Check {
    Check::new(CheckName::Signature, Status::Fail, "not verified: none of the keys may be used")
}

/// Tries each key, up to `most`. The first that verifies counts, or else the closest one explains the
/// failure.
fn try_keys(jws: &Jws<'_>, fitting: &[&VerifyingKey], most: usize) -> (Check, Check) {
    let keys = &fitting[..fitting.len().min(most)];
    let mut nearest: Option<(&VerifyingKey, VerifyError)> = None;
    for key in keys {
        match verify::verify(jws, key) {
            Ok(alg) => {
                let signature = format!("{alg} by the {}", key.kind());
                let signature = Check::new(CheckName::Signature, Status::Pass, signature);
                return (Check::new(CheckName::Key, Status::Pass, described(key)), signature);
            }
            // A mismatch says more than a key that is too weak to be tried.
            Err(error) => match &nearest {
                Some((_, VerifyError::Mismatch)) => {}
                _ => nearest = Some((key, error)),
            },
        }
    }
    match nearest {
        Some((key, error @ (VerifyError::WeakKey(_) | VerifyError::Misfit(_)))) => {
            let message = format!("{}: {error}", key.origin);
            (Check::new(CheckName::Key, Status::Fail, message), failed(&error))
        }
        Some((key, error)) => {
            let mut signature = failed(&error);
            signature.message += &untried(keys.len(), fitting.len());
            (Check::new(CheckName::Key, Status::Pass, tried(key, keys)), signature)
        }
        None => (Check::new(CheckName::Key, Status::Fail, "none may be used"), no_key()),
    }
}

/// The hint if the right key may be among those that were not tried.
fn untried(tried: usize, fitting: usize) -> String {
    if tried == fitting {
        return String::new();
    }
    format!(
        "; of {fitting} keys that fit only the first {tried} were tried: give each key a kid of its own, and name \
         it by kid in the header"
    )
}

fn tried(key: &VerifyingKey, keys: &[&VerifyingKey]) -> String {
    match keys.len() {
        0 | 1 => described(key),
        count => format!("{count} keys fit and were tried, the last the {}", described(key)),
    }
}

fn described(key: &VerifyingKey) -> String {
    match &key.kid {
        Some(kid) => format!("{} from {}, kid {kid}", key.kind(), key.origin),
        None => match key.thumbprint() {
            Some(thumbprint) => format!("{} from {}, thumbprint {thumbprint}", key.kind(), key.origin),
            None => format!("{} from {}", key.kind(), key.origin),
        },
    }
}

/// Key references in the header are never followed but noted; so are common secrets and odd sets.
fn with_warnings(check: Check, jws: &Jws<'_>, keys: &KeySet) -> Check {
    let mut warnings = keys.warnings.clone();
    for name in ["jwk", "jku", "x5u", "x5c"] {
        if jws.header.get(name).is_some() {
            warnings.push(format!("the header brings its own key ({name}), which is never trusted"));
        }
    }
    if jws.header_str("kid").is_some_and(is_suspicious_kid) {
        warnings
            .push("the kid has path or quote characters: an attack on verifiers that look it up".to_owned());
    }
    if common_secrets::signed_with_one(jws) {
        warnings.push("the token is signed with a secret that is on every list of common ones: anybody can forge it, and its issuer needs a new secret".to_owned());
    }
    if warnings.is_empty() {
        return check;
    }
    warnings.insert(0, check.message.clone());
    let status = if check.status == Status::Fail { Status::Fail } else { Status::Warn };
    // A warning does not replace a missing key (see `demand`).
    let absent = check.status == Status::Skip;
    Check { status, message: warnings.join("; "), absent, ..check }
}

fn is_suspicious_kid(kid: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._:=@+~#-".contains(c);
    kid.contains("..") || !kid.chars().all(plain)
}
