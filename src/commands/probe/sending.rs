//! Sends the requests of a run by the agent: to the address that was checked, without proxies and redirects, at a
//! pace.

use super::place::ProbePlace;
use crate::client::agent::{Agent, TransportError};
use crate::client::request::OutgoingRequest;
use crate::probe::exchange::{ProbeAnswer, ProbeRequest, SendError};
use crate::probe::run::Pace;
use http::{HeaderName, HeaderValue, Method};
use std::io::Read;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The time of one request.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);
/// The part of a body that is read.
const MOST_BODY: u64 = 64 * 1024;
/// The time between requests after a failed canary.
const SLOW: Duration = Duration::from_millis(500);

pub(super) struct ProbeSender {
    agent: Agent,
    place: ProbePlace,
}

impl ProbeSender {
    pub(super) fn new(agent: &Agent, place: ProbePlace) -> Self {
        let agent = agent.within(TIMEOUT);
        let agent = place.addresses.first().map_or(agent.clone(), |address| agent.at(*address));
        Self { agent, place }
    }

    /// Uses the first address of the host that answers.
    pub(super) fn choose_address(&mut self, request: &ProbeRequest) {
        for address in &self.place.addresses {
            let agent = self.agent.clone().at(*address);
            let sent = send(&agent, &self.place, request);
            if !matches!(sent, Err(SendError::Unreachable(_))) {
                self.agent = agent;
                return;
            }
        }
    }

    pub(super) fn send(&self, request: &ProbeRequest) -> Result<ProbeAnswer, SendError> {
        send(&self.agent, &self.place, request)
    }
}

fn send(agent: &Agent, place: &ProbePlace, request: &ProbeRequest) -> Result<ProbeAnswer, SendError> {
    let request = outgoing(place, request)?;
    let began = Instant::now();
    let answer = agent.send(&request).map_err(|error| failed(&error))?;
    let took = began.elapsed();
    let mut body = Vec::new();
    // A body that is cut off is shorter, and the status counts.
    let _ = answer.body.take(MOST_BODY).read_to_end(&mut body);
    Ok(ProbeAnswer { status: answer.status, headers: answer.headers, body, took })
}

fn outgoing(place: &ProbePlace, request: &ProbeRequest) -> Result<OutgoingRequest, SendError> {
    let unsendable = |what: &str| SendError::Unsendable(format!("this request cannot be sent: {what}"));
    let method: Method = request.method.parse().map_err(|_| unsendable("its method"))?;
    let endpoint = place.endpoint.with_path(&request.path).ok_or_else(|| unsendable("its path"))?;
    let mut headers = Vec::new();
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable("a field's name"))?;
        HeaderValue::from_bytes(value.expose()).map_err(|_| unsendable("a field's value"))?;
        headers.push((name, value.clone()));
    }
    Ok(OutgoingRequest { method, endpoint, headers, body: request.body.clone() })
}

fn failed(error: &TransportError) -> SendError {
    let what = error.to_string();
    match error {
        TransportError::TimedOut(_) => SendError::TimedOut(what),
        TransportError::NotHttp(_) | TransportError::BadAnswer(_) => SendError::Closed(what),
        _ => SendError::Unreachable(what),
    }
}

/// Waits between requests.
pub(super) struct Pacer {
    interval: Duration,
    last: Option<Instant>,
}

impl Pacer {
    pub(super) fn new(rate: u32) -> Self {
        Self { interval: Duration::from_secs(1) / rate.max(1), last: None }
    }

    pub(super) fn wait(&mut self, pace: Pace) {
        let interval = if pace == Pace::Slow { SLOW.max(self.interval) } else { self.interval };
        if let Some(last) = self.last {
            sleep((last + interval).saturating_duration_since(Instant::now()));
        }
        self.last = Some(Instant::now());
    }
}
