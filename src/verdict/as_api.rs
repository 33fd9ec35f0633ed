//! A strict API's answer to a token: the first failed check, in the order of a resource server (RFC 9068
//! section 4), in the form of RFC 6750 section 3.

use crate::http::authorization::quotable;

use super::{Check, CheckName, Policy, Status, Verdict};

/// Checks in the order of a strict resource server.
const ORDER: [CheckName; 12] = [
    CheckName::Structure,
    CheckName::Alg,
    CheckName::Crit,
    CheckName::Typ,
    CheckName::Key,
    CheckName::Signature,
    CheckName::Iss,
    CheckName::Aud,
    CheckName::Exp,
    CheckName::Nbf,
    CheckName::Iat,
    CheckName::Sub,
];

/// RFC 9068 section 2.2.
const REQUIRED: [&str; 7] = ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiAnswer {
    /// 200, 401 or 403.
    pub status: u16,
    /// The value of `WWW-Authenticate`, if sent.
    pub challenge: Option<String>,
}

/// The expectations of a strict server in addition to the caller's: the type, and the claims that RFC 9068
/// section 2.2 requires.
#[must_use]
pub fn strict(policy: Policy) -> Policy {
    let mut require = policy.require;
    let more = [
        CheckName::Structure,
        CheckName::Alg,
        CheckName::Key,
        CheckName::Signature,
        CheckName::Exp,
        CheckName::Iat,
    ];
    require.extend(more);
    let typ = if policy.typ.is_empty() { vec!["at+jwt".to_owned()] } else { policy.typ };
    // An API gives no advice.
    Policy { require, typ, required_claims: &REQUIRED, advise: false, ..policy }
}

/// The answer for a verdict under a [`strict`] policy.
#[must_use]
pub fn answer(verdict: &Verdict) -> ApiAnswer {
    let failed = |name: &CheckName| verdict.check(*name).filter(|check| check.status == Status::Fail);
    if let Some(check) = ORDER.iter().find_map(failed) {
        return refused(check);
    }
    if let Some(scope) = failed(&CheckName::Scope) {
        let required = scope.expected.as_deref().unwrap_or_default();
        let challenge = format!(
            r#"Bearer error="insufficient_scope", error_description="{}", scope="{}""#,
            quotable(&scope.message),
            quotable(required)
        );
        return ApiAnswer { status: 403, challenge: Some(challenge) };
    }
    match verdict.first_failure() {
        Some(check) => refused(check),
        None => ApiAnswer { status: 200, challenge: None },
    }
}

impl ApiAnswer {
    /// The refusal of an invalid token (RFC 6750 section 3.1).
    #[must_use]
    pub fn invalid_token(why: &str) -> Self {
        let challenge = format!(r#"Bearer error="invalid_token", error_description="{}""#, quotable(why));
        Self { status: 401, challenge: Some(challenge) }
    }
}

fn refused(check: &Check) -> ApiAnswer {
    match check.name {
        // The answer does not reveal which keys exist.
        CheckName::Key | CheckName::Signature => {
            ApiAnswer::invalid_token("signature: it could not be verified")
        }
        name => ApiAnswer::invalid_token(&format!("{name}: {}", check.message)),
    }
}
