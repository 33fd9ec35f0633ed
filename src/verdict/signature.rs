//! The checks of form and of the key: `structure`, `alg`, `crit`, `key`, `signature`.

use super::{Check, CheckName, Policy, Status};
use crate::jose::compact::{DefectKind, Jws, Payload};
use crate::jose::key::VerifyingKey;
use crate::jose::verify::{self, VerifyError};
use crate::json::{Json, Object};

/// Three parts of base64url, a header and a payload that are objects with unique names
/// (RFC 7515 section 5.2, RFC 7519 section 7.2).
pub(super) fn structure(jws: &Jws<'_>) -> Check {
    let name = CheckName::Structure;
    let fail = |message: String| Check::new(name, Status::Fail, message);
    if let Some(message) = duplicate("header", &jws.header) {
        return fail(message);
    }
    if let Some(defect) = jws.defects.iter().find(|defect| defect.kind != DefectKind::Padding) {
        return fail(defect.sentence());
    }
    match &jws.payload {
        Payload::Claims(claims) => {
            if let Some(message) = duplicate("claims", claims) {
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

/// `cty: JWT` says that the payload is a token itself (RFC 7519 section 5.2).
fn nested(jws: &Jws<'_>) -> &'static str {
    let is_nested = jws
        .header_str("cty")
        .is_some_and(|cty| cty.eq_ignore_ascii_case("JWT") || cty.eq_ignore_ascii_case("application/jwt"));
    if is_nested { "a signed JWT that says it holds another (cty: JWT)" } else { "a signed JWT" }
}

fn duplicate(place: &str, object: &Object) -> Option<String> {
    let (name, values) = object.duplicate()?;
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    Some(format!("{place} name {name:?} occurs {} times: {}", values.len(), values.join(", ")))
}

/// An algorithm that we know, and that the caller allows (RFC 8725 section 3.1).
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

/// We understand no extension: a critical one ends it (RFC 7515 section 4.1.11).
pub(super) fn crit(jws: &Jws<'_>) -> Check {
    let name = CheckName::Crit;
    let Some(crit) = jws.header.get("crit") else {
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

/// Which key was used, and what it said.
pub(super) fn key_and_signature(jws: &Jws<'_>, keys: &[VerifyingKey]) -> (Check, Check) {
    let (key, signature) = match (verify::precheck(jws), keys) {
        (Err(error), _) => {
            (no_key_used(keys), Check::new(CheckName::Signature, Status::Fail, error.to_string()))
        }
        (Ok(_), []) => (
            no_key_used(keys),
            Check::new(CheckName::Signature, Status::Skip, "not checked: no key was given"),
        ),
        (Ok(_), keys) => try_keys(jws, keys),
    };
    (with_warnings(key, jws), signature)
}

fn no_key_used(keys: &[VerifyingKey]) -> Check {
    let message = if keys.is_empty() { "none given" } else { "not used" };
    Check::new(CheckName::Key, Status::Skip, message)
}

/// Asks each key; the first that verifies is the one, else the first that could have says why not.
fn try_keys(jws: &Jws<'_>, keys: &[VerifyingKey]) -> (Check, Check) {
    let mut refusal: Option<(&VerifyingKey, VerifyError)> = None;
    for key in keys {
        match verify::verify(jws, key) {
            Ok(alg) => {
                let key_check = Check::new(CheckName::Key, Status::Pass, described(key));
                let message = format!("{alg} by the {}", key.kind());
                return (key_check, Check::new(CheckName::Signature, Status::Pass, message));
            }
            Err(error) => {
                let better = refusal.as_ref().is_none_or(|(_, known)| rank(&error) > rank(known));
                if better {
                    refusal = Some((key, error));
                }
            }
        }
    }
    match refusal {
        Some((key, error)) => refused(key, &error),
        None => (no_key_used(keys), Check::new(CheckName::Signature, Status::Skip, "not checked")),
    }
}

/// How near a key came: a mismatch tells more than a key of another kind.
fn rank(error: &VerifyError) -> u8 {
    match error {
        VerifyError::Mismatch => 2,
        VerifyError::WeakKey(_) => 1,
        _ => 0,
    }
}

fn refused(key: &VerifyingKey, error: &VerifyError) -> (Check, Check) {
    let key_check = match error {
        VerifyError::WrongKind { .. } | VerifyError::WeakKey(_) => {
            Check::new(CheckName::Key, Status::Fail, format!("{}: {error}", key.origin))
        }
        _ => Check::new(CheckName::Key, Status::Pass, described(key)),
    };
    (key_check, Check::new(CheckName::Signature, Status::Fail, error.to_string()))
}

fn described(key: &VerifyingKey) -> String {
    match &key.kid {
        Some(kid) => format!("{} from {}, kid {kid}", key.kind(), key.origin),
        None => format!("{} from {}", key.kind(), key.origin),
    }
}

/// What the header says about keys is never followed, and is worth a word.
fn with_warnings(check: Check, jws: &Jws<'_>) -> Check {
    let mut warnings = Vec::new();
    for name in ["jwk", "jku", "x5u", "x5c"] {
        if jws.header.get(name).is_some() {
            warnings.push(format!("the header brings its own key ({name}), which is never trusted"));
        }
    }
    if jws.header_str("kid").is_some_and(is_suspicious_kid) {
        warnings.push("the kid has path or quote characters: an attack on whoever looks it up".to_owned());
    }
    if warnings.is_empty() || check.status == Status::Fail {
        return check;
    }
    warnings.insert(0, check.message.clone());
    Check { status: Status::Warn, message: warnings.join("; "), ..check }
}

fn is_suspicious_kid(kid: &str) -> bool {
    kid.contains(['\'', '"', '`', ';', '|', '\\', '\0', '\n']) || kid.contains("..") || kid.starts_with('/')
}
