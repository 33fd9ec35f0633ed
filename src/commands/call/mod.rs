//! `heistctl call`: gets a token, calls the resource with it, streams the body, and explains refusals.

mod body;
mod download;
mod echo;
mod exchange;
mod explain;
pub mod failures;
mod not_a_url;
mod not_json;
mod refused;
pub mod repeat;
pub mod report;
mod resource;
mod resource_metadata;
mod step_up;
mod summary;
mod supply;
mod unsendable;

use crate::cli::CallArgs;
use crate::client::agent::Trace;
use crate::client::call;
use crate::commands::Report;
use crate::exit::{Exit, Failure};
use download::Download;
use echo::{EchoFlag, EchoWatch};
use exchange::{Answered, CallInput, ResourceCall};
use failures::{PHASE, while_getting_token};
use report::{CallReport, ResponseHead};
use resource::resource;
use std::io::Read;
use std::path::Path;
use summary::CallSummary;
use supply::TokenSupply;

/// Runs the command. `progress` reports on `--repeat`.
///
/// # Errors
/// A [`Failure`]: exit 14 to 17 while getting the token, 4 to 7 while calling, 1 where a file cannot be
/// read or written.
pub fn run(args: &CallArgs, progress: &dyn repeat::Progress, trace: Trace) -> anyhow::Result<Report> {
    // A secret_command may have used up the time.
    let supply = TokenSupply::settle(args, trace).map_err(while_getting_token)?;
    let resource = resource(args, supply.connection())?;
    check_stdin(args, &supply)?;
    let ask = CallInput::settle(args)?;
    if let Some(times) = args.repeat {
        ask.body.is_lasting().map_err(|why| {
            Failure::new(Exit::Usage, PHASE, why).hint("--data @FILE can be sent any number of times")
        })?;
        let exchange = ResourceCall::new(supply, ask, resource)?;
        return Ok(Report::Repeated(repeat::run(exchange, times, args.json, progress)));
    }
    let file = args.output_file.as_deref().filter(|path| *path != Path::new("-"));
    // Open the file first, because the request may not be repeatable.
    let download = file.map(Download::begin).transpose()?;
    let mut exchange = ResourceCall::new(supply, ask, resource)?;
    let answered = exchange.run()?;
    Ok(Report::Call(report(args, &exchange, answered, download)?))
}

fn report(
    args: &CallArgs,
    exchange: &ResourceCall,
    answered: Answered,
    download: Option<Download>,
) -> Result<CallReport, Failure> {
    let exit = call::exit_for(answered.incoming.status);
    let CallSummary { failure, mut details, notes } = CallSummary::of(exchange, &answered);
    let (Answered { incoming, .. }, repeats_token) = (answered, EchoFlag::default());
    let head = ResponseHead { version: incoming.version, status: incoming.status, headers: incoming.headers };
    let token = &exchange.token.entry.access_token;
    let mut body: Box<dyn Read> = Box::new(EchoWatch::of(incoming.body, token, repeats_token.clone()));
    // Do not write the body of a refusal to the file.
    if let Some(download) = download.filter(|_| exit == Exit::Done) {
        details.push(download.take(&mut body)?);
        body = Box::new(std::io::empty());
    }
    let head = args.include.then_some(head);
    Ok(CallReport { exit, head, body, failure, details, notes, repeats_token })
}

/// stdin can be read once: for the body or for a secret.
fn check_stdin(args: &CallArgs, supply: &TokenSupply) -> Result<(), Failure> {
    let body = args.data.as_ref().or(args.json_body.as_ref());
    if body.is_none_or(|body| body.expose() != b"@-") || !supply.has_read_stdin(args) {
        return Ok(());
    }
    let what = "the body comes from stdin, and so does a secret, a key or a token";
    Err(Failure::new(Exit::Usage, PHASE, what).hint("read one of them from a file"))
}
