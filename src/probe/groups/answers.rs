//! N: the answers to all other cases.

use crate::probe::case::ProbeCase;
use crate::probe::case::Way::{Measures, Watches};
use crate::probe::case::row;
use crate::probe::probed::{ProbeVerdict, Probed, Seen};
use crate::probe::resource_metadata;
use crate::probe::terms::CaseSeverity::{Info, Low, Medium};
use crate::probe::terms::ProbeMode::{Key, Token};
use crate::probe::terms::Right::{self, Accept, Forbid, Refuse};
use std::time::Duration;

/// ProbeFindings of one kind that are listed.
const LISTED: usize = 5;
/// The longest time of a refusal.
const LONG: Duration = Duration::from_secs(1);
/// Marks of a stack trace.
const TRACES: [&str; 8] = [
    "Traceback (most recent call last)",
    "\n    at ",
    "\tat java.",
    "panicked at ",
    "goroutine 1 [",
    "System.Exception",
    "node_modules/",
    "site-packages/",
];

pub(super) const CASES: [ProbeCase; 8] = [
    row(
        "N1",
        (Token, Low, Refuse),
        Watches(challenged),
        [
            "every 401 has a challenge",
            "Send WWW-Authenticate with the scheme Bearer (or DPoP) with every 401.",
            "RFC 9110 section 11.6.1",
        ],
    ),
    row(
        "N2",
        (Token, Low, Refuse),
        Watches(named),
        [
            "the error of a challenge",
            "Send error=\"invalid_token\" for a bad token, and no error without a token.",
            "RFC 6750 section 3.1",
        ],
    ),
    row(
        "N3",
        (Key, Low, Forbid),
        Watches(scoped),
        [
            "the challenge of a 403",
            "Send error=\"insufficient_scope\" and the scope that is wanted.",
            "RFC 6750 section 3.1",
        ],
    ),
    row(
        "N4",
        (Token, Medium, Refuse),
        Watches(redirected),
        [
            "no refusal is a redirect",
            "Answer 401 to programs: a redirect to a login page looks like success to many.",
            "RFC 9110 section 15.5.2",
        ],
    ),
    row(
        "N5",
        (Token, Medium, Refuse),
        Watches(leaking),
        [
            "no refusal repeats the token or shows a stack trace",
            "Write a fixed sentence into the answer, and the details into the log.",
            "OWASP ASVS 16",
        ],
    ),
    row(
        "N6",
        (Token, Low, Accept),
        Measures(resource_metadata::named),
        [
            "the metadata that the challenge names",
            "Serve the document at that URL, with this API as its resource and its issuer.",
            "RFC 9728 section 3.3",
        ],
    ),
    row(
        "N7",
        (Token, Medium, Accept),
        Watches(cached),
        [
            "answers to a token are not for shared caches",
            "Send Cache-Control: private or no-store, not public or s-maxage.",
            "RFC 9111 section 3.5",
        ],
    ),
    row(
        "N8",
        (Token, Info, Refuse),
        Watches(slow),
        ["refusals are quick", "Refuse before asking anybody else.", "RFC 9700"],
    ),
];

/// One finding for each exchange for which there is a note, or that all is right.
fn each(seen: &[Seen], verdict: ProbeVerdict, note: impl Fn(&Seen) -> Option<String>) -> Vec<Probed> {
    let mut found: Vec<Probed> = Vec::new();
    let mut more = 0;
    for exchange in seen {
        let Some(note) = note(exchange) else { continue };
        if found.len() == LISTED {
            more += 1;
            continue;
        }
        let label = format!("{}: {}", exchange.case, exchange.label);
        let took = exchange.answer.took;
        let status = Some(exchange.answer.status);
        found.push(Probed { status, took, ..Probed::finding(label, verdict, note) });
    }
    if more > 0 {
        found.push(Probed::finding(format!("{more} more"), verdict, "the same"));
    }
    if found.is_empty() {
        found.push(Probed::finding(format!("{} answers", seen.len()), ProbeVerdict::Passed, "all right"));
    }
    found
}

fn is_bearer(exchange: &Seen) -> bool {
    exchange.challenges.iter().any(|challenge| challenge.is("Bearer") || challenge.is("DPoP"))
}

fn challenged(seen: &[Seen]) -> Vec<Probed> {
    each(seen, ProbeVerdict::Broken, |exchange| {
        let is_wrong = exchange.answer.status == 401 && !is_bearer(exchange);
        is_wrong.then(|| "401 without a Bearer challenge".to_owned())
    })
}

/// Requests of groups whose tokens are well-formed and bad. Others may be `invalid_request`.
fn is_bad_token(exchange: &Seen) -> bool {
    let group = exchange.case.starts_with(['A', 'T', 'I', 'Y']);
    group && exchange.authorized && exchange.right == Refuse
}

fn named(seen: &[Seen]) -> Vec<Probed> {
    each(seen, ProbeVerdict::Broken, |exchange| {
        if exchange.answer.status != 401 || !is_bearer(exchange) {
            return None;
        }
        let error = exchange.challenges.iter().find_map(|challenge| challenge.get("error"));
        match error {
            None if is_bad_token(exchange) => Some("a bad token, and no error in the challenge".to_owned()),
            Some(error)
                if is_bad_token(exchange) && !matches!(error, "invalid_token" | "invalid_dpop_proof") =>
            {
                Some("a bad token, and another error than invalid_token".to_owned())
            }
            Some(_) if exchange.case == "C" && !exchange.authorized => {
                Some("no token, and an error in the challenge".to_owned())
            }
            _ => None,
        }
    })
}

fn scoped(seen: &[Seen]) -> Vec<Probed> {
    each(seen, ProbeVerdict::Broken, |exchange| {
        if exchange.answer.status != 403 || exchange.right != Forbid {
            return None;
        }
        let find = |name| exchange.challenges.iter().find_map(|challenge| challenge.get(name));
        if find("error") != Some("insufficient_scope") {
            return Some("403 without error=\"insufficient_scope\"".to_owned());
        }
        find("scope").is_none().then(|| "the challenge does not name the scope".to_owned())
    })
}

fn is_refusal(exchange: &Seen) -> bool {
    matches!(exchange.right, Refuse | Forbid | Right::RefuseOr(_)) && exchange.answer.status >= 300
}

fn redirected(seen: &[Seen]) -> Vec<Probed> {
    each(seen, ProbeVerdict::Broken, |exchange| {
        let is_redirect = (300..400).contains(&exchange.answer.status);
        (is_refusal(exchange) && is_redirect).then(|| "a redirect in place of a refusal".to_owned())
    })
}

fn leaking(seen: &[Seen]) -> Vec<Probed> {
    each(seen, ProbeVerdict::Broken, |exchange| {
        if !is_refusal(exchange) {
            return None;
        }
        let body = String::from_utf8_lossy(&exchange.answer.body);
        let fields: String = exchange.answer.headers.iter().map(|(_, value)| format!("{value}\n")).collect();
        let token = exchange.token.as_ref().and_then(|token| token.expose_str().ok()).unwrap_or_default();
        // A short part may occur by chance.
        let parts = token.split('.').filter(|part| part.len() >= 20);
        let mut parts = std::iter::once(token).chain(parts).filter(|part| part.len() >= 20);
        if parts.any(|part| body.contains(part) || fields.contains(part)) {
            return Some("the answer repeats the token or a part of it".to_owned());
        }
        let trace = TRACES.iter().find(|mark| body.contains(**mark))?;
        Some(format!("the answer has a stack trace ({:?})", trace.trim()))
    })
}

fn cached(seen: &[Seen]) -> Vec<Probed> {
    each(seen, ProbeVerdict::Broken, |exchange| {
        let is_good = exchange.authorized && exchange.right == Accept && exchange.answer.status < 300;
        let is_shared = |value: &str| {
            value.split(',').any(|part| {
                let part = part.trim().to_ascii_lowercase();
                part == "public" || part.starts_with("s-maxage")
            })
        };
        let shared = exchange.answer.headers.all("cache-control").any(is_shared);
        (is_good && shared).then(|| "Cache-Control allows shared caches to keep it".to_owned())
    })
}

fn slow(seen: &[Seen]) -> Vec<Probed> {
    each(seen, ProbeVerdict::Noted, |exchange| {
        (is_refusal(exchange) && exchange.answer.took > LONG).then(|| "slower than a second".to_owned())
    })
}
