//! The one token in a text that somebody gave: a file, stdin or a variable.

use super::inspect::reading::{sendable, strip};
use crate::exit::{Exit, Failure};
use crate::http::visible::is_invisible;
use crate::jose::compact::{self, Token};
use crate::secret::Secret;

/// The token in a text. Servers accept any text, so a wrong one would go unnoticed.
///
/// # Errors
/// Exit 2 if it has none, or may have several. The text is not shown.
pub(super) fn pasted_token(text: &str, phase: &'static str, origin: &str) -> Result<Secret, Failure> {
    let token = strip(text).token;
    if is_several(text, &token) {
        let what = format!("{origin} has more than one line, which may be more than one token");
        return Err(Failure::new(Exit::Usage, phase, what).hint("give one token, on one line"));
    }
    match sendable(&token) {
        Ok(token) => Ok(Secret::new(token)),
        Err(_) => Err(Failure::new(Exit::Usage, phase, format!("{origin} has no token"))
            .hint("it takes a token, or what heistctl token prints in any form")),
    }
}

/// Whether a text may contain several tokens. A JWT that an editor wrapped is one token: none of its lines is
/// a token.
fn is_several(text: &str, joined: &str) -> bool {
    let is_token = |text: &str| !matches!(compact::read(text), Token::Unreadable(_));
    let is_line_end = |c| matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let lines: Vec<String> =
        text.split(is_line_end).map(|line| strip(line).token).filter(|line| !line.is_empty()).collect();
    let is_json = text.trim_start_matches(is_invisible).starts_with('{');
    lines.len() > 1 && !is_json && (!is_token(joined) || lines.iter().any(|line| is_token(line)))
}
