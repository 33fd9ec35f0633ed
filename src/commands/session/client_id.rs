//! Reads the client id from a flag, a variable or the profile, and checks its characters.

use super::mistyped_url::QUOTES;
use super::source::{PHASE, SettingSource};
use super::urls::setting;
use crate::cli::SessionArgs;
use crate::commands::environment::{Sourced, but_empty};
use crate::exit::{Exit, Failure};
use crate::http::visible;
use crate::secret::looks_like_credential;

const VARIABLE: &str = "HEISTCTL_CLIENT_ID";

/// The id, where there is one.
///
/// # Errors
/// Exit 2 if it has invalid characters.
pub(super) fn settle(args: &SessionArgs, source: &SettingSource) -> Result<Option<Sourced<String>>, Failure> {
    let found =
        source.text(args.client_id.clone(), "--client-id", Some(VARIABLE), |p| p.client_id.clone())?;
    found.iter().try_for_each(check)?;
    Ok(found)
}

/// The failure where an id is needed.
pub(super) fn missing() -> Failure {
    Failure::new(Exit::Usage, PHASE, format!("no client id{}", but_empty(VARIABLE)))
        .hint("give --client-id or set HEISTCTL_CLIENT_ID (the demo server has hacker-client)")
}

/// Refuses `id:SECRET`, as curl's -u takes it. An id may have a colon, so the rest must look like a
/// credential, or be the only one (`is_alone`).
///
/// # Errors
/// Exit 2. The message has the id at most.
pub(super) fn refuse_secret(id: &Sourced<String>, is_alone: bool) -> Result<(), Failure> {
    let Some((name, rest)) = id.value.split_once(':') else { return Ok(()) };
    let is_uri = rest.starts_with("//") || name.eq_ignore_ascii_case("urn");
    let is_secret =
        rest.contains("heist_") || !rest.contains(':') && (is_alone || looks_like_credential(rest));
    if is_uri || !is_secret {
        return Ok(());
    }
    let name = if name.is_empty() || looks_like_credential(name) { "ID" } else { name };
    let what = format!("the client id from {} has a secret after its colon (not shown)", id.origin);
    Err(Failure::new(Exit::Usage, "client id", what).hint(format!(
        "{}, and --client-secret-file FILE (- for stdin) or HEISTCTL_CLIENT_SECRET for the secret",
        setting(&id.origin, name)
    )))
}

/// A client id is printable ASCII (RFC 6749 appendix A.1). Other characters usually come from line ends of
/// files or from copied pages.
fn check(id: &Sourced<String>) -> Result<(), Failure> {
    // Word processors and chats turn straight quotes into typographic ones.
    let is_around = |c: char| visible::is_invisible(c) || QUOTES.contains(&c);
    let bare = id.value.trim_matches(is_around);
    let is_shown = !bare.is_empty() && visible::not_vschar(bare).is_none() && !looks_like_credential(bare);
    let wrong = |why: &str| {
        let shown = if is_shown { format!(": {:?}", id.value) } else { String::new() };
        let what = format!("the client id from {} {why}{shown}", id.origin);
        let instead = if is_shown { setting(&id.origin, bare) } else { "type it anew".to_owned() };
        Failure::new(Exit::Usage, "client id", what)
            .hint(format!("a client id is printable ASCII (RFC 6749 appendix A.1): {instead}"))
    };
    if id.value.is_empty() {
        return Err(wrong("is empty"));
    }
    visible::not_vschar(&id.value).map_or(Ok(()), |why| Err(wrong(&why)))
}
