//! `heistctl token`: prints a token. Also checks, revokes and clears cached tokens, and lists profiles.

mod bearer;
pub mod keep;
pub mod reader;
pub mod report;

use super::Report;
use super::environment::{self, stdin, stdin_is_terminal};
use super::pasted_token::pasted_token;
use super::session::acquire::{acquire, at_hand, endpoints, forget, kept, send};
use super::session::details::traced;
use super::session::failure::refused;
use super::session::profile;
use super::session::settle::{ClientOptions, settle};
use crate::cli::{TokenArgs, TokenOutput};
use crate::client::agent::Trace;
use crate::client::revoke;
use crate::client::token_cache::TokenCache;
use crate::clock::Timestamp;
use crate::exit::{Exit, Failure};
use crate::jose::compact::{self, Token};
use crate::os_error::{plain, plain_chain};
use crate::secret::Secret;
pub(super) use bearer::carries_it;
use reader::TokenReader;
use report::{ActionReport, CheckReport, ProfilesReport, TokenReport};

/// Runs the command. `say` passes on what `--keep` has to say while it runs.
///
/// # Errors
/// A [`Failure`] with its exit code.
pub fn run(args: &TokenArgs, trace: Trace, say: &dyn Fn(&str)) -> anyhow::Result<Report> {
    if args.list_profiles {
        let (file, profiles) = profile::read()?;
        let profiles = profiles.profiles.into_iter().collect();
        return Ok(Report::Profiles(ProfilesReport { file, profiles, json: args.json }));
    }
    if args.clear_cache {
        return Ok(Report::Done(ActionReport { said: clear_cache()?, notes: Vec::new() }));
    }
    if let Some(file) = &args.keep {
        return Err(keep::run(&args.session, file, &trace, say).into());
    }
    let options = traced(settle(&args.session)?, trace);
    if let Some(token) = &args.revoke {
        return Ok(Report::Done(revoke(&options, token.as_ref(), args.revocation_url.as_deref())?));
    }
    if args.check {
        let entry = at_hand(&options).map(|found| found.entry);
        let (now, notes) = (Timestamp::now(), options.notes);
        return Ok(Report::Checking(CheckReport { entry, now, json: args.json, notes }));
    }
    let output = if args.json { TokenOutput::Json } else { args.output };
    if !matches!(output, TokenOutput::Raw | TokenOutput::Json) {
        carries_it(&options)?;
    }
    let reader = TokenReader::of(output)?;
    let mut acquired = acquire(&options)?;
    if options.connection.dpop.is_some() {
        let what = "the token is bound to a key (DPoP): it needs a proof by that key";
        acquired.notes.push(what.to_owned());
    }
    Ok(Report::Token(TokenReport { acquired, output, reader, now: Timestamp::now() }))
}

fn clear_cache() -> Result<String, Failure> {
    let Some(folder) = environment::cache_folder() else {
        return Err(Failure::new(Exit::Usage, "cache", "there is no folder for it: HOME is not set")
            .hint("HEISTCTL_CACHE_DIR names one"));
    };
    let shown = folder.display().to_string();
    let count = TokenCache::new(folder).clear().map_err(|error| {
        Failure::new(Exit::Local, "cache", format!("cannot clear {shown}: {}", plain(&error)))
    })?;
    let noun = if count == 1 { "entry" } else { "entries" };
    Ok(format!("removed {count} {noun} from {shown}"))
}

/// Revokes the given token, or the cached one, even an expiring one, and removes it from the cache.
fn revoke(
    options: &ClientOptions,
    given: Option<&Secret>,
    url: Option<&str>,
) -> Result<ActionReport, Failure> {
    const PHASE: &str = "revocation";
    let token = match given {
        Some(token) if token.expose() == b"-" => from_stdin()?,
        Some(token) => {
            let text = String::from_utf8_lossy(token.expose());
            is_not_a_file(&text)?;
            pasted_token(&text, PHASE, "--revoke")?
        }
        None => kept(options).map(|entry| Secret::new(entry.access_token)).ok_or_else(|| {
            Failure::new(Exit::Usage, PHASE, "there is no token in the cache for this request")
                .hint("give the token: --revoke - reads it from stdin")
        })?,
    };
    let agent = options.connection.agent()?;
    let endpoints = endpoints(options, &agent)?;
    let identity = endpoints.authenticated(options)?;
    let url = endpoints.revocation(options, url)?;
    let prepare = |attempt: &_| revoke::prepare(&url.value, &identity, &token, attempt);
    let sent = send(options, &agent, PHASE, &url, prepare)?;
    revoke::read(&sent.answer).map_err(|error| refused(options, PHASE, &url, &sent, &error))?;
    forget(options, &token);
    let mut notes: Vec<String> = unlike_a_token(&token).into_iter().collect();
    notes.extend(options.notes.iter().cloned());
    notes.extend(endpoints.elsewhere(&url, &identity));
    // Servers answer 200 for unknown tokens, too (RFC 7009 section 2.2).
    let said = format!(
        "{} accepted the revocation request; by RFC 7009 this does not mean that it knew the token",
        url.value
    );
    Ok(ActionReport { said, notes })
}

/// Rejects the name of a file given instead of a token.
///
/// # Errors
/// Exit 2 if such a file exists. A server would confirm the revocation of its name.
fn is_not_a_file(text: &str) -> Result<(), Failure> {
    let path = text.trim().trim_start_matches('@');
    if path.is_empty() || !std::fs::metadata(path).is_ok_and(|meta| meta.is_file()) {
        return Ok(());
    }
    let what = "--revoke takes a token, not the name of a file";
    Err(Failure::new(Exit::Usage, "revocation", what)
        .hint(format!("heistctl token --revoke - < {path} revokes the token in it")))
}

/// A note about text that may not be a token. Servers accept any text.
fn unlike_a_token(token: &Secret) -> Option<String> {
    let is_known = !matches!(compact::read(&String::from_utf8_lossy(token.expose())), Token::Unreadable(_));
    let what = "the token to revoke is not a JWT, and servers accept unknown tokens";
    let cure = "heistctl inspect --introspect - shows whether a token is active";
    (!is_known).then(|| format!("{what} (RFC 7009 section 2.2); {cure}"))
}

fn from_stdin() -> Result<Secret, Failure> {
    let usage = |what: String| Failure::new(Exit::Usage, "revocation", what);
    if stdin_is_terminal() {
        return Err(usage("stdin is a terminal".to_owned()).hint("heistctl token --revoke - < token.txt"));
    }
    let bytes = stdin().map_err(|error| {
        usage(plain_chain(&error)).hint("put the secret in a file or HEISTCTL_CLIENT_SECRET")
    })?;
    pasted_token(&String::from_utf8_lossy(&bytes), "revocation", "stdin")
}
