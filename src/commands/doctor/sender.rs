//! Sends the requests of a run: no redirect is followed, answers are bounded, and the whole run ends in time.

use crate::client::agent::{Agent, TlsWatch, TransportError};
use crate::client::request::OutgoingRequest;
use crate::clock::Timestamp;
use crate::commands::environment::Sourced;
use crate::commands::session::failure::unreachable;
use crate::doctor::evidence::{SeenAnswer, Unanswered};
use crate::exit::{Exit, Failure};
use std::time::{Duration, Instant};

pub(super) const PHASE: &str = "doctor";
/// The limit of an answer, in bytes. A key set of half of it is a finding already.
const MAX_BYTES: u64 = 256 * 1024;
/// The whole run takes as long as this many requests at most.
const MOST: u32 = 12;

pub(super) struct DoctorSender {
    agent: Agent,
    watch: TlsWatch,
    timeout: Duration,
    deadline: Instant,
    /// How many requests were sent.
    pub(super) sent: usize,
    /// The first request without an answer.
    first_failure: Option<(OutgoingRequest, TransportError)>,
}

impl DoctorSender {
    pub(super) fn new(agent: Agent, timeout: Duration) -> Self {
        let watch = TlsWatch::on();
        let agent = agent.watched(watch.clone());
        Self {
            agent,
            watch,
            timeout,
            deadline: Instant::now() + timeout * MOST,
            sent: 0,
            first_failure: None,
        }
    }

    /// Sends all requests at the same time.
    pub(super) fn send(&mut self, requests: &[OutgoingRequest]) -> Vec<Result<SeenAnswer, Unanswered>> {
        if let [one] = requests {
            return vec![self.send_one(one)];
        }
        let left = self.deadline.saturating_duration_since(Instant::now()).min(self.timeout);
        self.sent += requests.len();
        let agent = self.agent.within(left);
        std::thread::scope(|threads| {
            let started: Vec<_> =
                requests.iter().map(|request| threads.spawn(|| fetched(&agent, request))).collect();
            let lost = || Err(Unanswered { why: "it was not sent".to_owned(), unreached: false });
            started.into_iter().map(|thread| thread.join().unwrap_or_else(|_| lost())).collect()
        })
    }

    fn send_one(&mut self, request: &OutgoingRequest) -> Result<SeenAnswer, Unanswered> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Unanswered { why: "the time of the whole run is over".to_owned(), unreached: false });
        }
        self.sent += 1;
        let seen = fetch(&self.agent.within(self.timeout.min(left)), request);
        let seen = seen.map(|seen| SeenAnswer { tls: self.watch.take(), ..seen });
        seen.map_err(|error| {
            let unanswered = unanswered(&error);
            self.first_failure.get_or_insert_with(|| (request.clone(), error));
            unanswered
        })
    }

    /// The failure of a run in which nothing was answered.
    pub(super) fn failure(self, origin: &str) -> Failure {
        match self.first_failure {
            Some((request, error)) => unreachable(PHASE, &Sourced::new(request.endpoint, origin), &error),
            None => Failure::new(Exit::TimedOut, PHASE, "nothing was answered"),
        }
    }
}

fn fetch(agent: &Agent, request: &OutgoingRequest) -> Result<SeenAnswer, TransportError> {
    let (asked, began) = (Timestamp::now(), Instant::now());
    let answer = agent.fetch_at_most(request, MAX_BYTES)?;
    let (took, between) = (began.elapsed(), (asked, Timestamp::now()));
    Ok(SeenAnswer::new(answer.status, answer.headers, answer.body, took, between))
}

fn fetched(agent: &Agent, request: &OutgoingRequest) -> Result<SeenAnswer, Unanswered> {
    fetch(agent, request).map_err(|error| unanswered(&error))
}

fn unanswered(error: &TransportError) -> Unanswered {
    let unreached = !matches!(error, TransportError::NotHttp(_) | TransportError::BadAnswer(_));
    Unanswered { why: error.to_string(), unreached }
}
