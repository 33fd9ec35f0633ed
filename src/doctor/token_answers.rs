//! Judges the answers of the token endpoint.

use super::check::{DoctorFinding as Finding, Weight};
use super::evidence::{Exchange, Inquiry, IssuerEvidence, SeenAnswer, shortened};
use super::gather_client::UNKNOWN_RESOURCE;
use crate::claims::{Claim, ClaimsView};
use crate::jose::compact::{self, Token};
use crate::json::Json;
use std::collections::BTreeSet;
use std::time::Duration;

fn token(seen: &SeenAnswer) -> Option<&str> {
    seen.text("access_token").filter(|token| (200..=299).contains(&seen.status) && !token.is_empty())
}

/// Applies a function to the first answer, if there is one.
fn of(evidence: &IssuerEvidence, inquiry: Inquiry, judge: impl FnOnce(&SeenAnswer) -> Finding) -> Finding {
    match evidence.answer(inquiry) {
        None => Finding::skip("the request does not fit the client"),
        Some(Err(unanswered)) => Finding::skip(unanswered.why.clone()),
        Some(Ok(seen)) if seen.status == 429 => Finding::skip("the server answers 429: too many requests"),
        Some(Ok(seen)) => judge(seen),
    }
}

/// A failure unless it is refused with this error.
fn refused(seen: &SeenAnswer, errors: &[&str]) -> Finding {
    match seen.text("error") {
        _ if token(seen).is_some() => Finding::fail("a token was granted"),
        Some(error) if (400..=499).contains(&seen.status) && errors.contains(&error) => Finding::Pass,
        _ => Finding::fail(format!("{}, not {}", seen.shown(), errors.join(" or "))),
    }
}

pub(super) fn granted(evidence: &IssuerEvidence) -> Finding {
    of(evidence, Inquiry::Granted, |seen| {
        if token(seen).is_none() {
            let why = seen.text("error_description").unwrap_or_default();
            return Finding::fail(format!("{} {}", seen.shown(), shortened(why)).trim_end());
        }
        let others = evidence.all(Inquiry::OtherMethod).iter().zip(&evidence.methods);
        let refused: Vec<String> = others
            .filter_map(|(exchange, method)| {
                let seen = exchange.outcome.as_ref().ok().filter(|seen| token(seen).is_none())?;
                Some(format!("{method}: {}", seen.shown()))
            })
            .collect();
        if refused.is_empty() {
            return Finding::Pass;
        }
        Finding::warn(format!("{}; the client may be registered for one method only", refused.join("; ")))
    })
}

pub(super) fn wrong_secret(evidence: &IssuerEvidence) -> Finding {
    of(evidence, Inquiry::WrongSecret, |seen| {
        if token(seen).is_some() {
            return Finding::fail("a token was granted");
        }
        let challenge = seen.headers.get("www-authenticate").unwrap_or_default();
        let mut wrong = Vec::new();
        if seen.status != 401 || seen.text("error") != Some("invalid_client") {
            wrong.push(format!("{}, not 401 invalid_client", seen.shown()));
        }
        if seen.status == 401 && !challenge.to_ascii_lowercase().contains("basic") {
            wrong.push(format!(
                "WWW-Authenticate: {}",
                if challenge.is_empty() { "absent" } else { challenge }
            ));
        }
        Finding::fail_of(&wrong)
    })
}

/// Words that say that the client is unknown.
const TELLING: [&str; 6] =
    ["not found", "unknown", "does not exist", "doesn't exist", "not registered", "no such"];

pub(super) fn unknown_client(evidence: &IssuerEvidence) -> Finding {
    of(evidence, Inquiry::UnknownClient, |seen| {
        let description = seen.text("error_description").unwrap_or_default();
        let telling = TELLING.into_iter().any(|words| description.to_ascii_lowercase().contains(words));
        match (seen.status, seen.text("error")) {
            (200..=299, _) => Finding::fail_as(Weight::Must, format!("it is answered with {}", seen.shown())),
            (_, Some("invalid_client")) if telling => {
                Finding::fail(format!("{}: {}", seen.shown(), shortened(description)))
            }
            (401, Some("invalid_client")) => compared(evidence),
            _ => Finding::fail(format!("{}, not 401 invalid_client", seen.shown())),
        }
    })
}

/// Differences that a network does not explain.
const APART: Duration = Duration::from_millis(20);

/// Compares with a wrong secret, if there is a client.
fn compared(evidence: &IssuerEvidence) -> Finding {
    let (Some(unknown), Some(wrong)) =
        (evidence.seen(Inquiry::UnknownSample), evidence.seen(Inquiry::WrongSecret))
    else {
        return Finding::Pass;
    };
    let words = |seen: &SeenAnswer| (seen.status, seen.json.as_ref().map(ToString::to_string).ok());
    if words(unknown) != words(wrong) {
        let shown = |seen: &SeenAnswer| {
            let description = seen.text("error_description").unwrap_or_default();
            format!("{} {}", seen.shown(), shortened(description))
        };
        return Finding::fail(format!("{:?}, and for a wrong secret {:?}", shown(unknown), shown(wrong)));
    }
    let (unknown, wrong) = (median(evidence, Inquiry::UnknownSample), median(evidence, Inquiry::WrongSecret));
    let (less, more) = (unknown.min(wrong), unknown.max(wrong));
    if more > less + APART && more > less * 3 {
        return Finding::fail(format!(
            "it takes {} ms, a wrong secret {} ms",
            unknown.as_millis(),
            wrong.as_millis()
        ));
    }
    Finding::Pass
}

fn median(evidence: &IssuerEvidence, inquiry: Inquiry) -> Duration {
    let answered = evidence.all(inquiry).iter().filter_map(|exchange| exchange.outcome.as_ref().ok());
    let mut times: Vec<Duration> = answered.map(|seen| seen.took).collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

pub(super) fn grant_type(evidence: &IssuerEvidence) -> Finding {
    let without = of(evidence, Inquiry::NoGrantType, |seen| {
        refused(seen, &["invalid_request", "unsupported_grant_type"])
    });
    match without {
        Finding::Pass => of(evidence, Inquiry::OtherGrant, |seen| refused(seen, &["unsupported_grant_type"])),
        other => other,
    }
}

pub(super) fn repeated_parameter(evidence: &IssuerEvidence) -> Finding {
    of(evidence, Inquiry::RepeatedParameter, |seen| refused(seen, &["invalid_request"]))
}

pub(super) fn two_methods(evidence: &IssuerEvidence) -> Finding {
    of(evidence, Inquiry::TwoMethods, |seen| refused(seen, &["invalid_request", "invalid_client"]))
}

pub(super) fn encoded_secret(evidence: &IssuerEvidence) -> Finding {
    let works = |inquiry| evidence.seen(inquiry).map(|seen| token(seen).is_some());
    match (works(Inquiry::EncodedBasic), works(Inquiry::RawBasic)) {
        (None, _) | (_, None) => Finding::skip("id and secret need no encoding"),
        (Some(true), Some(true)) => Finding::Pass,
        (Some(false), Some(false)) => Finding::skip("the client cannot use Basic"),
        (Some(false), Some(true)) => Finding::fail("form-encoded they are refused, raw they are taken"),
        (Some(true), Some(false)) => Finding::fail("raw they are refused, form-encoded they are taken"),
    }
}

pub(super) fn unknown_scope(evidence: &IssuerEvidence) -> Finding {
    of(evidence, Inquiry::UnknownScope, |seen| {
        if token(seen).is_some() {
            let says = seen.text("scope").is_some();
            let why = "a token was granted, and its answer does not say for which scope";
            return if says { Finding::Pass } else { Finding::fail(why) };
        }
        refused(seen, &["invalid_scope"])
    })
}

pub(super) fn no_store(evidence: &IssuerEvidence) -> Finding {
    let asked = [Inquiry::Granted, Inquiry::WrongSecret, Inquiry::OtherGrant];
    let cached = asked.into_iter().flat_map(|inquiry| evidence.all(inquiry)).find_map(|exchange| {
        let seen =
            exchange.outcome.as_ref().ok().filter(|seen| seen.cache_directive("no-store").is_none())?;
        let has = seen.headers.get("cache-control").unwrap_or("absent");
        Some(format!("{} with Cache-Control: {}", seen.shown(), shortened(has)))
    });
    Finding::fail_if(cached)
}

pub(super) fn token_answer(evidence: &IssuerEvidence) -> Finding {
    of(evidence, Inquiry::Granted, |seen| {
        let Some(answer) = seen.object().filter(|_| token(seen).is_some()) else {
            return Finding::skip("no token was granted");
        };
        if seen.text("token_type").is_none() {
            return Finding::fail("it has no token_type");
        }
        match answer.get("expires_in") {
            Some(Json::Number(_)) => {}
            None => return Finding::fail_as(Weight::Should, "it has no expires_in"),
            Some(other) => return Finding::fail(format!("expires_in is {}", other.kind())),
        }
        let has_refresh = answer.get("refresh_token").is_some();
        if has_refresh { Finding::fail_as(Weight::Should, "it has a refresh_token") } else { Finding::Pass }
    })
}

/// `%x20-21 / %x23-5B / %x5D-7E`
fn is_allowed(c: char) -> bool {
    matches!(c, ' '..='!' | '#'..='[' | ']'..='~')
}

pub(super) fn error_characters(evidence: &IssuerEvidence) -> Finding {
    let wrong = evidence.every().find_map(|(exchange, seen)| {
        ["error", "error_description"].into_iter().find_map(|name| {
            let text = seen.text(name).filter(|_| seen.status >= 400)?;
            let odd = text.chars().find(|c| !is_allowed(*c))?;
            Some(format!("{}: {name} has {odd:?}", exchange.asked))
        })
    });
    Finding::fail_if(wrong)
}

pub(super) fn resource_indicator(evidence: &IssuerEvidence) -> Finding {
    of(evidence, Inquiry::ForeignResource, |seen| {
        let Some(token) = token(seen) else { return refused(seen, &["invalid_target"]) };
        let Token::Jws(jws) = compact::read(token) else {
            return Finding::skip("the token is opaque: its aud cannot be seen");
        };
        let named = jws.peek_unverified().is_some_and(|claims| match ClaimsView::of(claims).aud {
            Claim::Value(aud) => aud.contains(&UNKNOWN_RESOURCE),
            _ => false,
        });
        if named {
            return Finding::warn("any resource is granted, also one that nobody has registered");
        }
        Finding::fail("a foreign resource is ignored in silence: the token is for something else")
    })
}

pub(super) fn json_body(evidence: &IssuerEvidence) -> Finding {
    of(evidence, Inquiry::JsonBody, |seen| Finding::fail_if((seen.status >= 500).then(|| seen.shown())))
}

pub(super) fn together(evidence: &IssuerEvidence) -> Finding {
    if !matches!(granted(evidence), Finding::Pass | Finding::Warn(_)) {
        return Finding::skip("no token was granted");
    }
    let all = evidence.all(Inquiry::Together);
    let of = |exchange: &Exchange| Some(token(exchange.outcome.as_ref().ok()?)?.to_owned());
    let tokens: Vec<String> = all.iter().filter_map(of).collect();
    let different: BTreeSet<&String> = tokens.iter().collect();
    if tokens.len() < all.len() {
        return Finding::fail(format!("{} of {} got a token", tokens.len(), all.len()));
    }
    Finding::fail_if((different.len() < tokens.len()).then(|| "several are the same".to_owned()))
}
