//! Token introspection at the issuer (RFC 7662).

use crate::client::Attempt;
use crate::client::agent::Answer;
use crate::client::authentication::{AuthenticatedClient, ProofError};
use crate::client::endpoint::EndpointUrl;
use crate::client::refusal::{TokenError, oauth_error, object, refusal, strange};
use crate::client::request::OutgoingRequest;
use crate::json::{Json, Object};

/// The request (section 2.1).
///
/// # Errors
/// If client authentication cannot be prepared.
pub fn prepare(
    endpoint: &EndpointUrl,
    identity: &AuthenticatedClient,
    token: &str,
    attempt: &Attempt,
) -> Result<OutgoingRequest, ProofError> {
    identity.post(endpoint, vec![("token", token.to_owned())], attempt)
}

/// The issuer's answer about a token.
#[derive(Clone, Debug)]
pub struct Introspection {
    /// Whether the issuer considers the token valid now.
    pub active: bool,
    /// All members of the answer.
    pub members: Object,
}

const MISSING: &str = "active is missing or not a boolean (RFC 7662 section 2.2)";

/// Parses the answer (section 2.2).
///
/// # Errors
/// [`TokenError`] if it is not an introspection answer.
pub fn read(answer: &Answer) -> Result<Introspection, TokenError> {
    if !(200..=299).contains(&answer.status) {
        return Err(refusal(answer));
    }
    let members = object(answer)?;
    if let Some(found) = members.duplicate() {
        return Err(strange(answer, &format!("its member {:?} occurs more than once", found.path)));
    }
    match members.get("active") {
        Some(Json::Bool(active)) => Ok(Introspection { active: *active, members }),
        None => Err(oauth_error(answer, &members).unwrap_or_else(|| strange(answer, MISSING))),
        Some(_) => Err(strange(answer, MISSING)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Headers;

    #[test]
    fn only_a_boolean_says_whether_a_token_is_active() {
        let answer = |status, body: &str| Answer {
            status,
            headers: Headers::default(),
            body: body.as_bytes().to_vec(),
            ..Answer::default()
        };
        assert!(read(&answer(200, r#"{"active":true,"sub":"a"}"#)).unwrap().active);
        assert!(!read(&answer(200, r#"{"active":false}"#)).unwrap().active);
        assert!(read(&answer(200, "\u{feff}{\"active\":true}")).unwrap().active);
        let refused = read(&answer(200, r#"{"error":"invalid_client"}"#)).unwrap_err();
        assert!(matches!(refused, TokenError::Refused { status: 200, .. }), "{refused}");
        for (status, body) in [
            (200, r#"{"active":"true"}"#),
            (200, r#"{"active":1}"#),
            (200, "[]"),
            (200, "x"),
            (401, "{}"),
            (302, ""),
            (200, r#"{"active":false,"active":true}"#),
            (200, r#"{"active":true,"cnf":{"jkt":"a","jkt":"b"}}"#),
        ] {
            assert!(read(&answer(status, body)).is_err(), "{status} {body}");
        }
    }
}
