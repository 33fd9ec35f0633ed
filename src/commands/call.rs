//! `heistctl call`: a token, then the resource with it; the body passes through.

use crate::cli::CallArgs;
use crate::client::call;
use crate::client::endpoint::Endpoint;
use crate::client::{agent, agent::Incoming};
use crate::commands::client::acquire::acquire;
use crate::commands::client::settle::{ClientOptions, Server, settle};
use crate::commands::environment::Sourced;
use crate::commands::{Report, client, token};
use crate::exit::{Exit, Failure};
use crate::http::{RESOURCE_PATH, TOKEN_PATH};
use std::io::Read;

const PHASE: &str = "call";

/// A resource's answer, its body still to be streamed.
pub struct CallReport {
    /// What the status means.
    pub exit: Exit,
    /// The body.
    pub body: Box<dyn Read>,
    /// What is wrong with an answer that is not 2xx.
    pub failure: Option<Failure>,
    /// Who asked whom, for `--verbose`.
    pub details: Vec<String>,
    /// What somebody should know.
    pub notes: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// A [`Failure`]: exit 14 to 17 while getting the token, 4 to 7 while calling.
pub fn run(args: &CallArgs) -> anyhow::Result<Report> {
    let options = settle(&args.client)?;
    let resource = resource(args, &options)?;
    let acquired = acquire(&options)
        .map_err(|failure| Failure { exit: failure.exit.while_getting_token(), ..failure })?;
    let request = call::prepare(&resource.value, &acquired.entry.access_token);
    let agent = options.agent()?.within(options.left());
    let incoming = agent.send(&request).map_err(|error| client::unreachable(PHASE, &resource, &error))?;
    let mut details = token::details(&options);
    details.push(format!("resource {} ({})", resource.value, resource.origin));
    let report = report(incoming, &resource.value, details);
    Ok(Report::Call(CallReport { notes: acquired.notes, ..report }))
}

/// The URL given, else the protected resource beside the token endpoint.
fn resource(args: &CallArgs, options: &ClientOptions) -> Result<Sourced<Endpoint>, Failure> {
    if let Some(url) = &args.url {
        let endpoint = client::endpoint(url, options.insecure_http, PHASE, "the command line")?;
        return Ok(Sourced::new(endpoint, "the command line"));
    }
    let beside = match &options.server {
        Server::Endpoint(token) => token.value.sibling(TOKEN_PATH, RESOURCE_PATH),
        Server::Issuer(_) => None,
    };
    beside.map(|endpoint| Sourced::new(endpoint, "beside the token endpoint")).ok_or_else(|| {
        let what = format!("no URL, and no token endpoint that ends in {TOKEN_PATH}");
        Failure::new(Exit::Usage, PHASE, what).hint("give the URL of the resource: heistctl call URL")
    })
}

fn report(incoming: Incoming, endpoint: &Endpoint, details: Vec<String>) -> CallReport {
    let exit = call::exit_for(incoming.status);
    let failure = (exit != Exit::Done).then(|| refused(exit, &incoming, endpoint));
    CallReport { exit, body: incoming.body, failure, details, notes: Vec::new() }
}

fn refused(exit: Exit, incoming: &Incoming, endpoint: &Endpoint) -> Failure {
    let mut what = format!("{endpoint} answered {}", incoming.status);
    if let Some(location) = incoming.headers.get("location") {
        what.push_str(&format!("; location: {}", shown_location(location)));
    }
    if let Some(challenge) = incoming.headers.get("www-authenticate") {
        what.push_str(&format!("; www-authenticate: {challenge}"));
    }
    let failure = Failure::new(exit, PHASE, what);
    match incoming.status {
        401 => failure.hint("heistctl token | heistctl inspect shows what the token says"),
        403 => failure.hint("ask for the scope that the resource wants: --scope"),
        404 => failure.hint("is the URL right?"),
        300..=399 => {
            failure.hint("redirects are not followed: call the new address, if you trust it with the token")
        }
        _ => failure,
    }
}

/// The body of an answer broke off.
#[must_use]
pub fn broken_off(error: &std::io::Error) -> Failure {
    let error = agent::classify_read(error);
    Failure::new(client::exit_for(&error), PHASE, error.to_string())
}

/// Where a redirect leads, without what no message should show: its query and its credentials.
fn shown_location(location: &str) -> String {
    match Endpoint::parse(location.split('#').next().unwrap_or_default(), true) {
        Ok(endpoint) => endpoint.to_string(),
        Err(_) if location.starts_with('/') => {
            location.split(['?', '#']).next().unwrap_or_default().to_owned()
        }
        Err(_) => "(not shown: it is no plain URL)".to_owned(),
    }
}
