//! `heistctl call`: gets a token, calls the resource with it, streams the body, and explains refusals.

mod body;
mod download;
mod exchange;
mod explain;
pub mod failures;
mod not_a_url;
mod not_json;
pub mod repeat;
pub mod report;
mod summary;
mod unsendable;

use crate::cli::CallArgs;
use crate::client::agent::Trace;
use crate::client::call;
use crate::client::endpoint::EndpointUrl;
use crate::commands::Report;
use crate::commands::environment::Sourced;
use crate::commands::session::details::traced;
use crate::commands::session::settle::{ClientOptions, TokenServer, settle};
use crate::commands::session::urls;
use crate::exit::{Exit, Failure};
use crate::http::{RESOURCE_PATH, TOKEN_PATH};
use download::Download;
use exchange::{Answered, CallInput, ResourceCall};
use failures::{PHASE, while_getting_token};
use report::{CallReport, ResponseHead};
use std::path::Path;
use summary::CallSummary;

/// Runs the command. `progress` reports on `--repeat`.
///
/// # Errors
/// A [`Failure`]: exit 14 to 17 while getting the token, 4 to 7 while calling, 1 where a file cannot be
/// read or written.
pub fn run(args: &CallArgs, progress: &dyn repeat::Progress, trace: Trace) -> anyhow::Result<Report> {
    // A secret_command may have used up the time.
    let options = traced(settle(&args.session).map_err(while_getting_token)?, trace);
    let resource = resource(args, &options)?;
    check_stdin(args, &options)?;
    let ask = CallInput::settle(args)?;
    if let Some(times) = args.repeat {
        ask.body.is_lasting().map_err(|why| {
            Failure::new(Exit::Usage, PHASE, why).hint("--data @FILE can be sent any number of times")
        })?;
        let exchange = ResourceCall::new(&options, ask, resource.clone())?;
        return Ok(Report::Repeated(repeat::run(exchange, times, args.json, progress)));
    }
    let file = args.output_file.as_deref().filter(|path| *path != Path::new("-"));
    // Open the file first, because the request may not be repeatable.
    let download = file.map(Download::begin).transpose()?;
    let mut exchange = ResourceCall::new(&options, ask, resource)?;
    let answered = exchange.run()?;
    Ok(Report::Call(report(args, &exchange, answered, download)?))
}

fn report(
    args: &CallArgs,
    exchange: &ResourceCall<'_>,
    answered: Answered,
    download: Option<Download>,
) -> Result<CallReport, Failure> {
    let exit = call::exit_for(answered.incoming.status);
    let CallSummary { failure, mut details, notes } = CallSummary::of(exchange, &answered);
    let Answered { incoming, .. } = answered;
    let head = ResponseHead { version: incoming.version, status: incoming.status, headers: incoming.headers };
    let mut body = incoming.body;
    // Do not write the body of a refusal to the file.
    if let Some(download) = download.filter(|_| exit == Exit::Done) {
        details.push(download.take(&mut body)?);
        body = Box::new(std::io::empty());
    }
    let head = args.include.then_some(head);
    Ok(CallReport { exit, head, body, failure, details, notes })
}

/// The URL from the command line, else the protected resource beside the token endpoint.
fn resource(args: &CallArgs, options: &ClientOptions) -> Result<Sourced<EndpointUrl>, Failure> {
    if let Some(url) = &args.url {
        let server = match &options.server {
            TokenServer::Endpoint(token) => Some(token.value.origin()),
            TokenServer::Issuer(_) => None,
        };
        let url = not_a_url::read(url, server.as_deref())
            .map_err(|wrong| Failure::new(Exit::Usage, PHASE, wrong.what).hint(wrong.cure))?;
        let endpoint = urls::endpoint(&url, options.insecure_http, PHASE, "the command line")?;
        return Ok(Sourced::new(endpoint, "the command line"));
    }
    let beside = match &options.server {
        TokenServer::Endpoint(token) => token.value.sibling(TOKEN_PATH, RESOURCE_PATH),
        TokenServer::Issuer(_) => None,
    };
    beside.map(|endpoint| Sourced::new(endpoint, "beside the token endpoint")).ok_or_else(|| {
        let what = format!("no URL, and no token endpoint that ends in {TOKEN_PATH}");
        Failure::new(Exit::Usage, PHASE, what).hint("give the URL of the resource: heistctl call URL")
    })
}

/// stdin can be read once: for the body or for a secret.
fn check_stdin(args: &CallArgs, options: &ClientOptions) -> Result<(), Failure> {
    let body = args.data.as_ref().or(args.json_body.as_ref());
    if body.is_none_or(|body| body.expose() != b"@-") || !options.has_read_stdin(&args.session) {
        return Ok(());
    }
    let what = "the body comes from stdin, and so does a secret or a key";
    Err(Failure::new(Exit::Usage, PHASE, what).hint("read one of them from a file"))
}
