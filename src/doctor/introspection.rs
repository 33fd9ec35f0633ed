//! Introspection and revocation.

use super::check::{CheckGroup, CheckNeeds, DoctorCheck, DoctorFinding as Finding, Weight};
use super::evidence::{Inquiry, IssuerEvidence, shortened};
use super::token;
use crate::jose::compact::{self, Token};
use crate::json::Json;

const fn check(
    number: u8,
    name: &'static str,
    weight: Weight,
    judge: fn(&IssuerEvidence) -> Finding,
) -> DoctorCheck {
    DoctorCheck {
        needs: CheckNeeds::Client,
        ..DoctorCheck::new(CheckGroup::Introspection, number, name, weight, judge)
    }
}

pub(super) const CHECKS: &[DoctorCheck] = &[
    DoctorCheck {
        needs: CheckNeeds::Nothing,
        title: "introspection without credentials is 401",
        section: "RFC 7662 sections 2.1 and 2.3",
        cure: "require client authentication, or strangers can try tokens",
        breaks: &["nobody, but strangers can look for valid tokens"],
        asks: &[Inquiry::IntrospectionBare],
        ..check(82, "introspection-authenticated", Weight::Must, authenticated)
    },
    DoctorCheck {
        title: "a text that is not a token is answered with 200 {\"active\": false} and nothing else",
        section: "RFC 7662 section 2.2",
        cure: "answer so to every token that is not valid, whatever the reason",
        breaks: &["APIs: an error is not an answer"],
        asks: &[Inquiry::IntrospectGarbage],
        ..check(83, "introspection-inactive", Weight::Must, inactive)
    },
    DoctorCheck {
        title: "a live token is active, with the members that its claims have",
        section: "RFC 7662 section 2.2; RFC 9449 section 6.2",
        cure: "let the client introspect its own tokens, and answer with their claims",
        breaks: &["APIs that introspect"],
        asks: &[Inquiry::IntrospectLive],
        ..check(84, "introspection-active", Weight::Should, active)
    },
    DoctorCheck {
        title: "revocation is 200 for a live token, once more, and for an unknown one; then it is inactive",
        section: "RFC 7009 section 2.2",
        cure: "answer 200 each time, and remember what was revoked on all nodes",
        breaks: &["clients that clean up", "everybody, if a lost token stays good"],
        asks: &[Inquiry::Revoked, Inquiry::IntrospectRevoked],
        ..check(85, "revocation", Weight::Must, revoked)
    },
];

fn authenticated(evidence: &IssuerEvidence) -> Finding {
    match evidence.seen(Inquiry::IntrospectionBare) {
        None => Finding::skip("there is no introspection"),
        Some(seen) if seen.status == 401 => Finding::Pass,
        Some(seen) if [400, 403].contains(&seen.status) => {
            Finding::warn(format!("{}: refused, but not with 401", seen.shown()))
        }
        Some(seen) => Finding::fail(seen.shown()),
    }
}

const NO_ANSWER: &str = "introspection does not answer the client";

/// Whether the client may introspect at all; servers may reserve it to APIs.
fn is_refused(status: u16) -> bool {
    [401, 403].contains(&status)
}

const REFUSED: &str = "the client may not introspect";

fn inactive(evidence: &IssuerEvidence) -> Finding {
    let Some(seen) = evidence.seen(Inquiry::IntrospectGarbage) else { return Finding::skip(NO_ANSWER) };
    if is_refused(seen.status) {
        return Finding::skip(REFUSED);
    }
    let Some(answer) = seen.object().filter(|_| seen.status == 200) else {
        return Finding::fail(seen.shown());
    };
    let others = answer.iter().filter(|(name, _)| *name != "active").map(|(name, _)| name);
    let others: Vec<&str> = others.collect();
    match answer.get("active") {
        Some(Json::Bool(false)) if others.is_empty() => Finding::Pass,
        Some(Json::Bool(false)) => Finding::fail(format!("it has {}, too", shortened(&others.join(", ")))),
        other => {
            Finding::fail(format!("active is {}", other.map_or("absent".to_owned(), ToString::to_string)))
        }
    }
}

fn active(evidence: &IssuerEvidence) -> Finding {
    let Some(seen) = evidence.seen(Inquiry::IntrospectLive) else { return Finding::skip(NO_ANSWER) };
    if is_refused(seen.status) {
        return Finding::skip(REFUSED);
    }
    let Some(answer) = seen.object().filter(|_| seen.status == 200) else {
        return Finding::fail(seen.shown());
    };
    if answer.get("active") != Some(&Json::Bool(true)) {
        return Finding::fail("it is not active");
    }
    let Some((_, token)) = token::granted(evidence) else { return Finding::Pass };
    let Token::Jws(jws) = compact::read(token) else { return Finding::Pass };
    let Some(claims) = jws.peek_unverified() else { return Finding::Pass };
    let differing =
        ["iss", "sub", "client_id", "scope", "exp", "iat", "jti", "cnf"].into_iter().find(|name| {
            claims.get(name).is_some_and(|claim| answer.get(name).is_some_and(|member| member != claim))
        });
    let lacks_binding = claims.get("cnf").is_some() && answer.get("cnf").is_none();
    match differing {
        Some(name) => Finding::fail(format!("{name} differs from the claim")),
        None if lacks_binding => Finding::fail("it lacks cnf, to which the token is bound"),
        None => Finding::Pass,
    }
}

fn revoked(evidence: &IssuerEvidence) -> Finding {
    let all = evidence.all(Inquiry::Revoked);
    if all.is_empty() {
        return Finding::skip("there is no revocation, or no token");
    }
    let kinds = ["a live token", "the same again", "an unknown token"];
    let refused = all.iter().zip(kinds).find_map(|(exchange, kind)| match &exchange.outcome {
        Ok(seen) if seen.status == 200 => None,
        Ok(seen) => Some(format!("{kind}: {}", seen.shown())),
        Err(unanswered) => Some(format!("{kind}: {}", unanswered.why)),
    });
    let still = evidence
        .seen(Inquiry::IntrospectRevoked)
        .and_then(|seen| seen.object()?.get("active"))
        .is_some_and(|active| *active == Json::Bool(true));
    Finding::fail_if(refused.or_else(|| still.then(|| "it is still active after its revocation".to_owned())))
}
