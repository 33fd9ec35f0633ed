//! Describes an answer: the failure, the notes, and the details for `--verbose`.

use super::exchange::{Answered, ResourceCall};
use super::explain;
use super::failures::{PHASE, discreet};
use super::refused::{ResourceAnswer, SentRequest};
use super::resource_metadata;
use crate::client::agent::clock_ahead;
use crate::client::call;
use crate::client::endpoint::EndpointUrl;
use crate::client::redact::truncate;
use crate::clock::Timestamp;
use crate::exit::{Exit, Failure};

/// All texts from the answer are redacted, because it may echo the request.
pub(super) struct CallSummary {
    pub(super) failure: Option<Failure>,
    pub(super) details: Vec<String>,
    pub(super) notes: Vec<String>,
}

impl CallSummary {
    pub(super) fn of(exchange: &ResourceCall, answered: &Answered) -> Self {
        let redactor = &answered.redactor;
        let at = truncate(&redactor.redact_ours(&answered.from.value.to_string()));
        let mut details = vec![format!("resource {at} ({})", answered.from.origin)];
        let is_done = call::exit_for(answered.incoming.status) == Exit::Done;
        let failure = (!is_done).then(|| refused(exchange, answered, &at, &mut details));
        let mut notes = exchange.notes.clone();
        let coding = answered.incoming.unread_coding.as_ref();
        notes.extend(coding.map(|why| format!("the body was not decoded: {why}")));
        let redacted = |texts: Vec<String>| texts.iter().map(|text| redactor.redact_ours(text)).collect();
        Self {
            failure: failure.map(|failure| discreet(failure, redactor)),
            details: redacted(details),
            notes: redacted(notes),
        }
    }
}

/// The failure for an answer that is not 2xx.
fn refused(exchange: &ResourceCall, answered: &Answered, at: &str, details: &mut Vec<String>) -> Failure {
    let incoming = &answered.incoming;
    let (status, exit) = (incoming.status, call::exit_for(incoming.status));
    let mut what = format!("{at} answered {status}");
    // Redact before truncating, or half a token could survive the cut.
    let words = |words: &str| truncate(&answered.redactor.redact(words));
    if let Some(location) = incoming.headers.get("location") {
        what.push_str(&format!("; location: {}", words(&shown_location(location))));
    }
    for name in ["allow", "retry-after"] {
        if let Some(value) = incoming.headers.get(name) {
            what.push_str(&format!("; {name}: {}", words(value)));
        }
    }
    if let Some(why) = &answered.stopped {
        let not = if exit == Exit::Redirect { "not followed" } else { "not retried" };
        what.push_str(&format!("; {not}: {why}"));
    }
    let failure = |what: String| Failure::new(exit, PHASE, what);
    match status {
        401 | 403 if !answered.with_token => {
            let what = format!("{what}; the token was not sent: it stays at the origin that was called");
            failure(what).hint("call this address directly, if you trust it with the token")
        }
        401 | 403 => {
            let explained = explained(exchange, answered, details);
            failure(format!("{what}: {}", explained.what)).hint(explained.hint)
        }
        404 => failure(what).hint("is the URL right?"),
        300..=399 if answered.stopped.is_none() => {
            failure(what).hint("--location follows redirects; the token stays at its origin")
        }
        300..=399 => failure(what).hint("call the new address directly, if you trust it with the token"),
        429 => failure(what).hint("wait, and call less often"),
        431 if answered.with_token => {
            let bytes = exchange.token.entry.access_token.len();
            failure(format!("{what}; the token has {bytes} bytes"))
                .hint("the API must take larger header fields, or the issuer must put less into the token")
        }
        500.. => failure(what).hint("try again later; the API's own log has the reason"),
        _ => failure(what),
    }
}

fn explained(
    exchange: &ResourceCall,
    answered: &Answered,
    details: &mut Vec<String>,
) -> explain::Explanation {
    let (supply, entry) = (&exchange.supply, &exchange.token.entry);
    let (connection, (asked, resources)) = (supply.connection(), supply.asked());
    let issuer = supply.issuer(&entry.access_token);
    let now = Timestamp::now();
    let (refused, left) = ((&answered.from.value, &answered.challenges[..]), connection.left());
    let resource = resource_metadata::fetch(&exchange.agent, refused, &answered.redactor, left);
    let resource = resource.unwrap_or_else(|why| {
        details.push(why);
        None
    });
    let sent = SentRequest {
        url: &answered.from.value,
        token: &entry.access_token,
        redactor: &answered.redactor,
        bound: connection.dpop.is_some(),
        certificate: connection.certificate.is_some(),
        granted: exchange.token.granted(),
        asked: &asked,
        resources,
        issuer: issuer.as_deref(),
        caller_origin: supply.caller_origin(),
    };
    let heard = ResourceAnswer {
        status: answered.incoming.status,
        challenges: &answered.challenges,
        has_nonce: answered.incoming.headers.get("dpop-nonce").is_some_and(|nonce| !nonce.is_empty()),
        stopped: answered.stopped.is_some(),
        ahead: clock_ahead(&answered.incoming.headers, now),
        resource: resource.as_ref(),
        now,
    };
    explain::explain(&sent, &heard)
}

/// A redirect's target without query and credentials, which may be secret.
fn shown_location(location: &str) -> String {
    let location = location.split('#').next().unwrap_or_default();
    // `//user:password@host` has no scheme and may have credentials.
    let at_another = location.starts_with("//");
    if location.starts_with('/') && !at_another {
        return location.split('?').next().unwrap_or_default().to_owned();
    }
    let whole = if at_another { format!("https:{location}") } else { location.to_owned() };
    match EndpointUrl::parse(&whole, true) {
        Ok(endpoint) if at_another => endpoint.to_string().trim_start_matches("https:").to_owned(),
        Ok(endpoint) => endpoint.to_string(),
        Err(_) => "(not shown: it is not a plain URL)".to_owned(),
    }
}
