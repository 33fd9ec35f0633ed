//! Explains why a method or a header field cannot be sent. Shows a value only where it cannot be a secret.

use super::failures::PHASE;
use crate::client::call::Unsendable;
use crate::exit::{Exit, Failure};
use crate::secret::looks_like_credential;
use http::HeaderName;
use http::header::AUTHORIZATION;

pub(super) fn refused(flag: &str, typed: &[u8], error: &Unsendable) -> Failure {
    let typed = String::from_utf8_lossy(typed);
    let (what, hint) = match error {
        Unsendable::NoMethod => return wrong_method(flag, &typed, error),
        Unsendable::NoName => match name_of(&typed) {
            Some(name) if ["authorization", "bearer", "basic"].contains(&name.to_lowercase().as_str()) => {
                (format!("{name} is set by heistctl itself"), OWN_TOKEN.to_owned())
            }
            Some(name) => (format!("\"{name}\" has no colon after it"), format!("-H '{name}: VALUE'")),
            None => (error.to_string(), "-H 'Accept: text/csv' is a header field".to_owned()),
        },
        Unsendable::Ours(name) if *name == AUTHORIZATION => (error.to_string(), OWN_TOKEN.to_owned()),
        Unsendable::Ours(name) if *name == HeaderName::from_static("dpop") => {
            (error.to_string(), "--dpop or --dpop-key makes a proof for each request".to_owned())
        }
        _ => return Failure::new(Exit::Usage, PHASE, format!("{flag}: {error}")),
    };
    Failure::new(Exit::Usage, PHASE, format!("{flag}: {what}")).hint(hint)
}

const OWN_TOKEN: &str = "heistctl sets it; --token FILE and HEISTCTL_TOKEN send a token of your own";

/// Methods are case-sensitive (RFC 9110 section 9.1), and servers refuse `get`.
///
/// # Errors
/// Exit 2 for a common method in small letters.
pub(super) fn check_case(typed: &str) -> Result<(), Failure> {
    const COMMON: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let Some(meant) = COMMON.iter().find(|common| **common != typed && common.eq_ignore_ascii_case(typed))
    else {
        return Ok(());
    };
    let what = format!("--request: {typed:?} is not {meant}: methods are case-sensitive");
    Err(Failure::new(Exit::Usage, PHASE, what).hint(format!("-X {meant}")))
}

fn wrong_method(flag: &str, typed: &str, error: &Unsendable) -> Failure {
    let mut words = typed.split_whitespace();
    let (first, url) = (words.next().unwrap_or_default(), words.next());
    let is_url = |word: &str| word.contains('/') && !word.contains(['@', '?', '#']);
    let is_shown = typed.chars().count() <= 100 && !looks_like_credential(typed) && url.is_none_or(is_url);
    let what = if is_shown && !first.is_empty() {
        format!("{typed:?} is not a valid HTTP method; use a word such as GET or PATCH")
    } else {
        error.to_string()
    };
    let url = if is_url(first) { Some(first) } else { url }.filter(|url| is_shown && url.contains("://"));
    let is_word = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_alphabetic());
    let method = if is_word && is_shown { first } else { "GET" };
    let hint = format!("heistctl call -X {method} {}", url.unwrap_or("URL"));
    Failure::new(Exit::Usage, PHASE, format!("{flag}: {what}")).hint(hint)
}

/// The name in `Foo` or `Foo=bar`. It has letters and dashes only, so it is not a secret.
fn name_of(typed: &str) -> Option<&str> {
    let name = typed.split(['=', ' ']).next()?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= 40
        && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    (is_name && !looks_like_credential(name)).then_some(name)
}
