//! `heistctl health` and `heistctl wait`: does a server issue tokens? They ask `/readyz`.

pub mod report;

use super::Report;
use super::environment::Sourced;
use super::server_url::{DECLARED, ServerFlags, ServerUrl};
use super::session::failure::unreachable;
use super::session::urls::setting;
use crate::cli::parse_timeout;
use crate::cli::{HealthArgs, HealthTarget, WaitArgs};
use crate::client::agent::{Answer, TransportError};
use crate::client::discovery;
use crate::client::endpoint::EndpointUrl;
use crate::client::refusal::wants_https;
use crate::clock::span;
use crate::exit::{Exit, Failure};
use crate::json;
use report::{HealthReport, PHASE};
use serde::Deserialize;
use std::thread;
use std::time::{Duration, Instant};

/// Part of the failure for a certificate of another host.
const OTHER_NAME: &str = "is not valid for name";
/// The pause between two questions of `wait`.
const PAUSE: Duration = Duration::from_millis(200);

/// Runs `health`.
///
/// # Errors
/// Exit 4 to 7 if the server does not answer as one of heistctl.
pub fn run(args: &HealthArgs) -> anyhow::Result<Report> {
    let target = Target::settle(&args.target, args.timeout)?;
    Ok(Report::Health(asked(&target, &args.target).map_err(|failure| failure.failure)?))
}

/// Runs `wait`: asks until the server is ready.
///
/// # Errors
/// The last failure, once the time is over or waiting cannot help.
pub fn wait(args: &WaitArgs) -> anyhow::Result<Report> {
    let began = Instant::now();
    loop {
        let left = args.timeout.saturating_sub(began.elapsed());
        let target = Target::settle(&args.target, left.max(PAUSE))?;
        let is_over = left <= PAUSE;
        match asked(&target, &args.target) {
            Ok(report) if report.is_ready() || is_over => return Ok(Report::Health(report)),
            Err(failed) if !failed.may_pass => return Err(failed.failure.into()),
            Err(HealthFailure { failure, .. }) if is_over => {
                let what = format!("{}; waited {}", failure.what, span(args.timeout.as_secs().into()));
                return Err(Failure { what, ..failure }.into());
            }
            _ => thread::sleep(PAUSE),
        }
    }
}

/// A server and its readiness endpoint.
struct Target {
    server: ServerUrl,
    readyz: Sourced<EndpointUrl>,
}

impl Target {
    fn settle(args: &HealthTarget, timeout: Duration) -> Result<Self, Failure> {
        args.url.as_deref().map_or(Ok(()), not_duration)?;
        let server = ServerUrl::settle(ServerFlags {
            url: args.url.clone().map(|url| Sourced::new(url, "the argument")),
            cacert: args.cacert.clone(),
            insecure_http: args.insecure_http,
            timeout,
            phase: PHASE,
        })?;
        let readyz = server.at("/readyz")?;
        Ok(Self { server, readyz })
    }
}

/// Why there is no report.
struct HealthFailure {
    failure: Failure,
    /// Whether a server that is starting may cause it.
    may_pass: bool,
}

#[derive(Deserialize)]
struct ReadinessAnswer {
    status: Option<String>,
    reason: Option<String>,
    error_description: Option<String>,
}

fn asked(target: &Target, args: &HealthTarget) -> Result<HealthReport, HealthFailure> {
    let answer = target.server.agent.fetch(&discovery::prepare(&target.readyz.value)).map_err(|error| {
        let may_pass = !matches!(error, TransportError::Tls { .. } | TransportError::NoWay(_));
        HealthFailure { failure: unanswered(&target.server, &error), may_pass }
    })?;
    read(&answer, target, args.json)
}

/// The failure for a missing answer. Its hint has the base URL, because that is what people paste.
fn unanswered(server: &ServerUrl, error: &TransportError) -> Failure {
    let failure = unreachable(PHASE, &server.base, error);
    // The name that clients use may be a proxy's, with another certificate.
    let is_local = server.base.origin == DECLARED
        && matches!(error, TransportError::Tls { what, .. } if what.contains(OTHER_NAME) && what.contains("localhost"));
    if !is_local {
        return failure;
    }
    failure.hint(format!("heistctl health --cacert ca.pem https://localhost:{}", server.base.value.port()))
}

/// # Errors
/// Exit 2 for a time limit without its flag.
fn not_duration(url: &str) -> Result<(), Failure> {
    if parse_timeout(url).is_err() {
        return Ok(());
    }
    let what = format!("{url:?} is a time limit, not a URL");
    Err(Failure::new(Exit::Usage, PHASE, what).hint(format!("write --timeout '{url}'")))
}

fn read(answer: &Answer, target: &Target, as_json: bool) -> Result<HealthReport, HealthFailure> {
    let body = json::object::<ReadinessAnswer>(&answer.body).ok();
    match (answer.status, body) {
        (200 | 503, Some(ReadinessAnswer { status: Some(status), reason, error_description })) => {
            Ok(HealthReport {
                url: target.server.url.clone(),
                status: if answer.status == 503 { "unhealthy".to_owned() } else { status },
                reason: reason.or(error_description),
                json: as_json,
            })
        }
        _ if wants_https(answer) => {
            let Sourced { value, origin } = &target.server.base;
            let what = format!("{} ({origin}): this port speaks https", target.server.url);
            let https = value.origin().replacen("http://", "https://", 1);
            let failure = Failure::new(Exit::Refused, PHASE, what);
            let failure = failure.hint(format!("write it as {}", setting(origin, &https)));
            Err(HealthFailure { failure, may_pass: false })
        }
        (status, _) => {
            let exit = if (400..500).contains(&status) { Exit::Refused } else { Exit::ServerFailed };
            let what = format!("{} answered {status}, not as heistctl serve does", target.readyz.value);
            let failure =
                Failure::new(exit, PHASE, what).hint("is it the base URL of heistctl serve, without a path?");
            // A proxy answers 502 to 504 for a server that is starting.
            Err(HealthFailure { failure, may_pass: matches!(status, 502..=504) })
        }
    }
}
