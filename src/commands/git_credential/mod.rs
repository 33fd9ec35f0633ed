//! `heistctl git-credential`: answers git's question for credentials with a token, for one server: git also asks for
//! servers that a repository names, such as those of its submodules.

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

/// The hint for a host that is not one.
const HOSTS: &str = "--host git.example.com, or git.example.com:8443 with a port";

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
    if server("https", &args.host).is_none() {
        return Err(
            Failure::new(Exit::Usage, PHASE, format!("--host: {} is not a host", args.host)).hint(HOSTS)
        );
    }
    let options = settle(&args.session)?;
    if let Some(note) = refusal(question, &args.host, options.connection.insecure_http) {
        return Ok(GitCredentialReport { answer: None, notes: vec![note] });
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

/// The address of `--host`, which is a host and at most a port.
fn server(protocol: &str, host: &str) -> Option<EndpointUrl> {
    let origin = format!("{protocol}://{host}");
    EndpointUrl::parse(&origin, true).ok().filter(|url| url.origin() == origin)
}

/// Why git gets no token for the server that it asks for. That server's name is not shown: a stranger may have
/// chosen it.
fn refusal(question: &GitQuestion, host: &str, insecure_http: bool) -> Option<String> {
    let asked = EndpointUrl::parse(&question.url(), insecure_http);
    let wanted = server(&question.protocol, host);
    let why = match (asked, wanted) {
        (Ok(asked), Some(wanted)) if asked.same_origin(&wanted) => return None,
        (Err(EndpointError::Insecure), _) => {
            " for plain http: use https, or --insecure-http if the network is yours".to_owned()
        }
        (Ok(_), _) => format!(" for this server: it differs from --host {host}"),
        (Err(_), _) => ": git asks for a server that is not at an http or https address".to_owned(),
    };
    Some(format!("no token{why}"))
}

/// The server refused the token: the next question gets another one.
fn erase(args: &GitCredentialArgs, question: &GitQuestion) -> Result<GitCredentialReport, Failure> {
    if let Some(token) = &question.token {
        forget(&settle(&args.session)?, token);
    }
    Ok(GitCredentialReport::default())
}
