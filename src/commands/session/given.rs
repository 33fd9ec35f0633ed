//! Settings of a call with a token that the caller already has: no client, no request for a token.

use super::connection::ConnectionOptions;
use super::profile;
use super::source::SettingSource;
use crate::cli::SessionArgs;
use crate::client::agent::Trace;
use crate::client::token_cache::CachedToken;
use crate::clock::Timestamp;
use crate::commands::environment::{Sourced, secret_var, stdin_is_terminal, unshown_file};
use crate::commands::file_access::mode_warning;
use crate::commands::pasted_token::pasted_token;
use crate::commands::prompt;
use crate::commands::session::acquire::Acquired;
use crate::exit::Failure;
use crate::jose::compact::{self, Token};
use crate::secret::Secret;
use std::path::{Path, PathBuf};

const PHASE: &str = "token";
const VARIABLE: &str = "HEISTCTL_TOKEN";
const INSTEAD: &str = "a token itself goes into HEISTCTL_TOKEN or, as --token -, to stdin: heistctl token | heistctl call --token - URL";

/// A token from its caller.
#[derive(Debug)]
pub struct GivenToken {
    pub connection: ConnectionOptions,
    /// The token, with its source.
    pub token: Sourced<Secret>,
    pub notes: Vec<String>,
}

impl GivenToken {
    /// The token of the flag, else of the variable. A flag that asks for a token (`asks`) comes before the
    /// variable; [`unused`] says so.
    ///
    /// # Errors
    /// Exit 2 if a setting cannot be read, or if there is no token where one is named.
    pub fn settle(
        args: &SessionArgs,
        flag: Option<&PathBuf>,
        asks: Option<&str>,
    ) -> Result<Option<Self>, Failure> {
        let mut notes = Vec::new();
        let Some(token) = token(flag, asks.is_some(), &mut notes)? else { return Ok(None) };
        let source = SettingSource::of(profile::chosen(args.profile.as_deref())?);
        let connection = ConnectionOptions::settle(args, &source, &mut notes)?;
        Ok(Some(Self { connection, token, notes }))
    }

    /// Traces where the token is from, then every request.
    #[must_use]
    pub fn traced(mut self, trace: Trace) -> Self {
        trace.line(&format!("token from {}", self.token.origin));
        self.connection.trace = trace;
        self
    }

    /// The token in the form of one that was requested.
    #[must_use]
    pub fn acquired(&self) -> Acquired {
        let token = String::from_utf8_lossy(self.token.value.expose()).into_owned();
        let scope = match compact::read(&token) {
            Token::Jws(jws) => {
                let claims = jws.peek_unverified();
                claims.and_then(|claims| claims.get("scope")?.as_str().map(str::to_owned))
            }
            Token::Jwe(_) | Token::Unreadable(_) => None,
        };
        let now = Timestamp::now().unix();
        let entry = CachedToken {
            access_token: token,
            token_type: if self.connection.dpop.is_some() { "DPoP" } else { "Bearer" }.to_owned(),
            scope,
            token_url: String::new(),
            obtained: now,
            expires: now,
        };
        Acquired { entry, ends: false, cached: false, notes: self.notes.clone() }
    }
}

/// The token of the flag, else of the variable, unless something else comes before it.
///
/// # Errors
/// Exit 2 if there is no token where one is named.
pub fn token(
    flag: Option<&PathBuf>,
    no_variable: bool,
    notes: &mut Vec<String>,
) -> Result<Option<Sourced<Secret>>, Failure> {
    let variable = || secret_var(VARIABLE).filter(|_| !no_variable);
    let Some(text) = flag.map(|path| from_file(path, notes)).transpose()?.or_else(variable) else {
        return Ok(None);
    };
    let token = pasted_token(&String::from_utf8_lossy(text.value.expose()), PHASE, &text.origin)?;
    Ok(Some(Sourced::new(token, text.origin)))
}

/// A note about a token in the variable, in whose place this flag asks for one.
#[must_use]
pub fn unused(flag: &str) -> Option<String> {
    secret_var(VARIABLE).map(|_| format!("{VARIABLE} is not used: {flag} asks for a token"))
}

fn from_file(path: &Path, notes: &mut Vec<String>) -> Result<Sourced<Secret>, Failure> {
    if path == Path::new("-") && stdin_is_terminal() {
        return Ok(Sourced::new(prompt::secret("Access token", PHASE)?, "stdin"));
    }
    let named = Sourced::new(path.to_owned(), "--token");
    notes.extend(mode_warning(path));
    unshown_file(&named, PHASE, INSTEAD)
}
