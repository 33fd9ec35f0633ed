//! `heistctl doctor`: examines an issuer, or the set-up of this machine.

mod client;
pub mod report;
mod sender;
mod setup;

use super::Report;
use super::environment::{self, Sourced};
use super::session::connection::TokenServer;
use super::session::settle::ClientOptions;
use super::session::urls::endpoint;
use crate::cli::DoctorArgs;
use crate::client::agent::{Agent, Trace};
use crate::clock::Timestamp;
use crate::doctor::evidence::{GivenMeans, IssuerEvidence};
use crate::doctor::examination::Examination;
use crate::doctor::gather::{self, ExaminationScope};
use crate::doctor::{gather_client, resource};
use crate::exit::{Exit, Failure};
use report::DoctorReport;
use sender::{DoctorSender, PHASE};
use std::time::{Duration, Instant};

/// The default time limit of a request.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Runs the command.
///
/// # Errors
/// Exit 2 for a wrong setting, 6 or 7 if the issuer does not answer.
pub fn run(args: &DoctorArgs, trace: Trace, verbose: bool) -> anyhow::Result<Report> {
    if args.examined.is_none() && args.session.issuer.is_none() && !client::is_given(&args.session) {
        return Ok(Report::Setup(setup::examine(args.json)));
    }
    Ok(Report::Doctor(Box::new(examine(args, trace, verbose)?)))
}

/// The issuer to examine: the argument, else that of the client's settings.
fn issuer(args: &DoctorArgs, options: Option<&ClientOptions>) -> Result<Sourced<String>, Failure> {
    if let Some(issuer) = args.examined.clone() {
        return Ok(Sourced::new(issuer, "the command line"));
    }
    if let Some(issuer) = args.session.issuer.clone() {
        return Ok(Sourced::new(issuer, "--issuer"));
    }
    match options.map(|options| &options.connection.server) {
        Some(TokenServer::Issuer(issuer)) => Ok(issuer.clone()),
        _ => Err(Failure::new(Exit::Usage, PHASE, "the issuer is missing: only its client is named")
            .hint("heistctl doctor https://as.example.com --profile NAME")),
    }
}

fn agent(
    args: &DoctorArgs,
    options: Option<&ClientOptions>,
    timeout: Duration,
    trace: Trace,
) -> Result<Agent, Failure> {
    let agent = match options {
        Some(options) => options.connection.agent()?,
        None => {
            let cacert = args.session.cacert.clone().map(|path| Sourced::new(path, "--cacert"));
            environment::agent(timeout, cacert.as_ref())?
        }
    };
    Ok(agent.traced(trace))
}

fn examine(args: &DoctorArgs, trace: Trace, verbose: bool) -> Result<DoctorReport, Failure> {
    let began = Instant::now();
    let options = client::options(&args.session)?;
    let issuer = issuer(args, options.as_ref())?;
    let insecure_http = args.session.insecure_http
        || options.as_ref().is_some_and(|options| options.connection.insecure_http);
    endpoint(&issuer.value, insecure_http, PHASE, &issuer.origin)?;
    let timeout = args.session.timeout.unwrap_or(TIMEOUT);
    let mut sender = DoctorSender::new(agent(args, options.as_ref(), timeout, trace)?, timeout);
    let given = GivenMeans {
        client: options.is_some(),
        intrusive: args.intrusive,
        resource: !args.session.resource.is_empty(),
    };
    let scope = ExaminationScope { profile: args.profile_of_checks, given, insecure_http };
    let mut evidence = gathered(&issuer, scope, options.as_ref(), &mut sender)?;
    if let Some(resource) = args.session.resource.first() {
        let resource = endpoint(resource, insecure_http, PHASE, "--resource")?;
        evidence =
            resource::gather(evidence, insecure_http, &resource, &mut |requests| sender.send(requests));
    }
    if evidence.every().next().is_none() {
        return Err(sender.failure(&issuer.origin));
    }
    Ok(DoctorReport {
        issuer: issuer.value,
        profile: args.profile_of_checks,
        examination: Examination::of(&evidence),
        requests: sender.sent,
        took: began.elapsed(),
        junit: args.junit.clone(),
        json: args.json,
        verbose,
        notes: options.map(|options| options.notes).unwrap_or_default(),
    })
}

/// All that the URL gives and, if the issuer has metadata, the client.
fn gathered(
    issuer: &Sourced<String>,
    scope: ExaminationScope,
    options: Option<&ClientOptions>,
    sender: &mut DoctorSender,
) -> Result<IssuerEvidence, Failure> {
    let mut send = |requests: &[_]| sender.send(requests);
    let evidence = gather::gather(&issuer.value, scope, Timestamp::now(), &mut send)
        .map_err(|error| Failure::new(Exit::Usage, PHASE, format!("{}: {error}", issuer.origin)))?;
    let Some(options) = options.filter(|_| evidence.text("token_endpoint").is_some()) else {
        return Ok(evidence);
    };
    let client = client::examined(options, &evidence)?;
    Ok(gather_client::gather(evidence, scope.insecure_http, &client, &mut send))
}
