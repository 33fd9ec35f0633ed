//! `heistctl probe`: sends an API the tokens that it should refuse.

mod child;
mod failures;
mod issuer;
mod listener;
mod materials;
mod place;
pub mod report;
mod sending;
mod stranger;

use super::Report;
use crate::cli::ProbeArgs;
use crate::client::agent::Trace;
use crate::client::call;
use crate::clock::Timestamp;
use crate::commands::call::repeat::Progress;
use crate::commands::environment::{self, Sourced, file};
use crate::exit::{Exit, Failure};
use crate::jose::digest::Fingerprint;
use crate::probe::battery::{Selection, is_known};
use crate::probe::case::ProbeCase;
use crate::probe::material::{Material, ProbeTarget};
use crate::probe::run::{ProbeFindings, Surroundings, estimate, run as run_cases};
use crate::secret::Secret;
use failures::not_testable;
use materials::PreparedProbe;
use place::ProbePlace;
use report::{PHASE, ProbeReport, ProbeRunReport};
use sending::{Pacer, ProbeSender, TIMEOUT};
use std::path::Path;
use std::time::{Duration, Instant};

/// Requests per second, elsewhere and to this machine.
const RATE: u32 = 10;
const LOOPBACK_RATE: u32 = 50;
/// Longer runs are announced.
const LONG: Duration = Duration::from_secs(30);

/// Runs the command. `progress` shows how many cases are done, `note` is for stderr.
///
/// # Errors
/// Exit 2 if the flags are wrong or nothing can be said, 6 and 7 if the API does not answer.
pub fn run(
    args: &ProbeArgs,
    progress: &dyn Progress,
    note: &dyn Fn(&str),
    trace: Trace,
) -> anyhow::Result<Report> {
    if args.list {
        return Ok(Report::Probe(ProbeReport::Battery { json: args.json }));
    }
    let cases = selected(args)?;
    let place = place::resolve(place::url(args)?, args)?;
    let rate = args.rate.unwrap_or(if place.is_loopback { LOOPBACK_RATE } else { RATE });
    let target = target(args, &place)?;
    let url = target.url.split('?').next().unwrap_or_default().to_owned();
    let port = place.endpoint.port();
    let issuer = args.serve.then(|| issuer::start(args.listen, args.signing.alg)).transpose()?;
    let issuer_url = issuer.as_ref().map(|issuer| issuer.url.clone());
    let prepared = materials::prepare(args, target, issuer)?;
    let cacert = args.cacert.clone().map(|path| Sourced::new(path, "--cacert"));
    let agent = environment::agent(TIMEOUT, cacert.as_ref())?.traced(trace);
    let mut sender = ProbeSender::new(&agent, place);
    let child = child::start(&args.command, port, issuer_url.as_deref())?;
    let mut child = child;
    let request = prepared.material.target.request();
    sender.choose_address(&request);
    child.as_mut().map_or(Ok(()), |child| child.wait(&sender, &request))?;
    announce(&prepared.material, &cases, rate, note);
    let report = probed(args, prepared, &cases, (&sender, rate), progress, url)?;
    Ok(Report::Probe(ProbeReport::Run(Box::new(report))))
}

fn probed(
    args: &ProbeArgs,
    prepared: PreparedProbe,
    cases: &[&'static ProbeCase],
    (sender, rate): (&ProbeSender, u32),
    progress: &dyn Progress,
    url: String,
) -> Result<ProbeRunReport, Failure> {
    let PreparedProbe { mut material, source, notes } = prepared;
    let began = Instant::now();
    let mut pacer = Pacer::new(rate);
    let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let around = Surroundings {
        send: &mut |request| sender.send(request),
        pace: &mut |pace| pacer.wait(pace),
        clock: &Timestamp::now,
        progress: &mut |done, of| progress.at(small(done), small(of)),
    };
    let found = run_cases(&mut material, cases, around);
    progress.end();
    let ProbeFindings { controls, outcomes, requests } =
        found.map_err(|why| not_testable(&why, &url, &source))?;
    Ok(ProbeRunReport {
        fingerprint: Fingerprint::of(material.genuine()).to_string(),
        method: material.target.method.clone(),
        url,
        source,
        controls,
        outcomes,
        requests,
        took: began.elapsed(),
        json: args.json,
        junit: args.junit.clone(),
        sarif: args.sarif.clone(),
        notes,
    })
}

/// The cases of the flags.
fn selected(args: &ProbeArgs) -> Result<Vec<&'static ProbeCase>, Failure> {
    let unknown = args.only.iter().chain(&args.skip).find(|name| !is_known(name));
    if let Some(name) = unknown {
        let what = format!("there is no case or group {name:?}");
        return Err(Failure::new(Exit::Usage, PHASE, what).hint("heistctl probe --list has all of them"));
    }
    let selection = Selection { only: args.only.clone(), skip: args.skip.clone(), deep: args.deep };
    Ok(selection.cases())
}

/// The request that the good token opens.
fn target(args: &ProbeArgs, place: &ProbePlace) -> Result<ProbeTarget, Failure> {
    let usage = |what: String| Failure::new(Exit::Usage, PHASE, what);
    let body = match args.data.as_ref().map(Secret::expose) {
        Some([b'@', path @ ..]) => file(Path::new(&*String::from_utf8_lossy(path)), PHASE)?.value,
        Some(text) => Secret::new(text),
        None => Secret::new(""),
    };
    let usual = if args.data.is_some() { "POST" } else { "GET" };
    let method = args.method.as_deref().unwrap_or(usual);
    let method = call::method(method).map_err(|error| usage(format!("--method: {error}")))?;
    let mut headers = vec![("Accept".to_owned(), Secret::new("*/*"))];
    for text in &args.field {
        let (name, value) = call::field(text.expose()).map_err(|error| usage(format!("--field: {error}")))?;
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name.as_str()));
        headers.push((name.to_string(), value));
    }
    let has_type = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if !body.is_empty() && !has_type {
        headers.push(("Content-Type".to_owned(), Secret::new("application/x-www-form-urlencoded")));
    }
    let uri = place.endpoint.uri();
    let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let url = uri.to_string();
    Ok(ProbeTarget { url, method: method.to_string(), path, headers, body, expect: args.expect })
}

/// Says how long a long run will take.
fn announce(material: &Material, cases: &[&'static ProbeCase], rate: u32, note: &dyn Fn(&str)) {
    if material.wait.is_some() {
        note("--deep: some cases wait for the API or for the token's end, a minute or more each");
    }
    let requests = estimate(material, cases);
    let takes = Duration::from_secs(u64::try_from(requests).unwrap_or(u64::MAX) / u64::from(rate.max(1)));
    if takes > LONG {
        let seconds = crate::clock::span(takes.as_secs().into());
        note(&format!(
            "about {requests} requests at {rate} per second: this takes {seconds}; --rate N changes the pace"
        ));
    }
}
