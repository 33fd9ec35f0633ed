//! `heistctl git-credential`: answers git's question for credentials with a token. The server that git asks for is
//! chosen in git's configuration.

mod question;
pub mod report;

use super::Report;
use super::environment::stdin;
use super::session::acquire::{acquire, forget};
use super::session::details::traced;
use super::session::settle::settle;
use super::token::carries_it;
use crate::cli::GitCredentialArgs;
use crate::client::agent::Trace;
use crate::client::endpoint::{EndpointError, EndpointUrl};
use crate::exit::{Exit, Failure};
use crate::os_error::plain_chain;
use question::GitQuestion;
use report::{GitAnswer, GitCredentialReport};

const PHASE: &str = "git credential";
/// GitLab wants this name; others take any.
const USERNAME: &str = "oauth2";

/// # Errors
/// A [`Failure`] with its exit code. git then asks its next helper, or the user.
pub fn run(args: &GitCredentialArgs, trace: Trace) -> anyhow::Result<Report> {
    let wrong = |what: String| Failure::new(Exit::Usage, PHASE, what);
    let read = stdin().map_err(|error| wrong(plain_chain(&error)))?;
    let question = GitQuestion::parse(&read);
    let report = match args.operation.as_str() {
        "get" => get(args, &question, trace)?,
        "erase" => erase(args, &question)?,
        // Tokens have a cache of their own. Helpers ignore operations that they do not know (gitcredentials(7)).
        _ => GitCredentialReport::default(),
    };
    Ok(Report::GitCredential(report))
}

fn get(
    args: &GitCredentialArgs,
    question: &GitQuestion,
    trace: Trace,
) -> Result<GitCredentialReport, Failure> {
    let options = settle(&args.session)?;
    let allowed = EndpointUrl::parse(&question.url(), options.connection.insecure_http);
    if let Err(error) = allowed {
        let note = match error {
            EndpointError::Insecure => {
                "no token for plain http: use https, or --insecure-http if the network is yours"
            }
            _ => "no token: git asks for a server that is not at an http or https address",
        };
        return Ok(GitCredentialReport { answer: None, notes: vec![note.to_owned()] });
    }
    carries_it(&options)?;
    let acquired = acquire(&traced(options, trace))?;
    let username = args.username.clone().or_else(|| question.username.clone());
    let answer = GitAnswer {
        by_authtype: question.can_authtype,
        username: username.unwrap_or_else(|| USERNAME.to_owned()),
        expires: acquired.ends.then_some(acquired.entry.expires),
        token: acquired.entry.access_token,
    };
    Ok(GitCredentialReport { answer: Some(answer), notes: acquired.notes })
}

/// The server refused the token: the next question gets another one.
fn erase(args: &GitCredentialArgs, question: &GitQuestion) -> Result<GitCredentialReport, Failure> {
    if let Some(token) = &question.token {
        forget(&settle(&args.session)?, token);
    }
    Ok(GitCredentialReport::default())
}
