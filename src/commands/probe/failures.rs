//! Why nothing can be said about an API.

use super::report::PHASE;
use crate::exit::{Exit, Failure};
use crate::probe::controls::NotTestable;
use crate::probe::exchange::SendError;

/// The failure of a control, with its cure.
pub(super) fn not_testable(why: &NotTestable, url: &str, source: &str) -> Failure {
    let usage = |what: String| Failure::new(Exit::Usage, PHASE, what);
    match why {
        NotTestable::Public { status } => {
            usage(format!("not testable: {url} answers {status} without a token, so it is public"))
                .hint("name a URL that wants a token; --method and --expect say which request and status")
        }
        NotTestable::Refused { status, challenge, .. } => {
            let challenge = challenge.as_ref().map(|text| format!(" ({text})")).unwrap_or_default();
            usage(format!("not testable: {url} answers {status}{challenge} to the good token, {source}"))
                .hint(cure(*status))
        }
        NotTestable::AcceptedOnce { status } => {
            usage(format!("not testable: {url} accepts the good token once, then answers {status}"))
                .hint("a bearer token may be used until it ends: a replay cache belongs to DPoP proofs")
        }
        NotTestable::Unsent(SendError::TimedOut(why)) => {
            Failure::new(Exit::TimedOut, PHASE, format!("{url}: {why}"))
        }
        NotTestable::Unsent(SendError::Unsendable(why)) => usage(format!("{url}: {why}")),
        NotTestable::Unsent(SendError::Unreachable(why) | SendError::Closed(why)) => {
            Failure::new(Exit::Unreachable, PHASE, format!("{url}: {why}"))
        }
    }
}

const fn cure(status: u16) -> &'static str {
    match status {
        401 => {
            "heistctl call --token FILE URL explains the refusal; with --key: are --iss, --aud, --typ and \
             --header kid=… as the API expects?"
        }
        403 => "the token lacks a permission: --scope names what the API wants",
        404 => "nothing is at this path for this token",
        405 => "--method names the method of this path",
        415 => "--data and --field 'Content-Type: …' make the request that the path expects",
        429 => "the API limits requests: --rate 1",
        500.. => "the API fails by itself: look at its log",
        _ => "--expect STATUS names another status of success",
    }
}
