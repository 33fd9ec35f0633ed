//! `heistctl call`: a token, then the resource with it; the body passes through.

use crate::cli::CallArgs;
use crate::client::call;
use crate::client::endpoint::Endpoint;
use crate::client::{agent, agent::Incoming};
use crate::commands::Report;
use crate::commands::environment::Sourced;
use crate::commands::token::{self, ClientOptions};
use crate::exit::{Exit, Failure};
use std::io::Read;

const PHASE: &str = "call";

/// A resource's answer, its body still to be streamed.
pub struct CallReport {
    /// What the status means.
    pub exit: Exit,
    /// The body.
    pub body: Box<dyn Read>,
    /// What people should know of an answer that is not 2xx.
    pub notes: Vec<String>,
    /// Who asked whom, for `--verbose`.
    pub details: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// A [`Failure`]: exit 14 to 17 while getting the token, 4 to 7 while calling.
pub fn run(args: &CallArgs) -> anyhow::Result<Report> {
    let options = token::settle(&args.client)?;
    let resource = resource(args, &options)?;
    let token = token::fetch(&options)
        .map_err(|failure| Failure { exit: failure.exit.while_getting_token(), ..failure })?;
    let request = call::prepare(&resource.value, &token.access_token);
    let incoming = agent::send(&request, options.timeout)
        .map_err(|error| token::unreachable(PHASE, &resource, &error))?;
    let mut details = options.details();
    details.push(format!("resource {} ({})", resource.value, resource.origin));
    Ok(Report::Call(report(incoming, &resource.value, details)))
}

/// The URL given, else the protected resource beside the token endpoint.
fn resource(args: &CallArgs, options: &ClientOptions) -> Result<Sourced<Endpoint>, Failure> {
    if let Some(url) = &args.url {
        let endpoint = token::endpoint(url, options.insecure_http, PHASE, "the command line")?;
        return Ok(Sourced::new(endpoint, "the command line"));
    }
    let beside = options.token_url.value.sibling("/oauth/token", "/protected-resource");
    beside.map(|endpoint| Sourced::new(endpoint, "beside the token endpoint")).ok_or_else(|| {
        Failure::new(Exit::Usage, PHASE, "no URL, and the token endpoint's does not end in /oauth/token")
            .hint("give the URL of the resource: heistctl call URL")
    })
}

fn report(incoming: Incoming, endpoint: &Endpoint, details: Vec<String>) -> CallReport {
    let exit = call::exit_for(incoming.status);
    let mut notes = Vec::new();
    if exit != Exit::Done {
        let mut note = format!("{endpoint} answered {}", incoming.status);
        for name in ["location", "www-authenticate"] {
            if let Some(value) = incoming.headers.get(name) {
                note.push_str(&format!("; {name}: {}", without_query(name, value)));
            }
        }
        notes.push(note);
    }
    CallReport { exit, body: incoming.body, notes, details }
}

/// A redirect's query may hold what no message should show.
fn without_query<'a>(name: &str, value: &'a str) -> &'a str {
    if name == "location" { value.split(['?', '#']).next().unwrap_or(value) } else { value }
}
