//! Sends requests, and repeats them if the server cannot have processed them or asks for it.

use super::answer::TimedAnswer;
use super::failure::unreachable;
use crate::client::agent::Agent;
use crate::client::endpoint::EndpointUrl;
use crate::client::request::OutgoingRequest;
use crate::client::{Attempt, retry, token};
use crate::clock::Timestamp;
use crate::commands::environment::Sourced;
use crate::exit::{Exit, Failure};
use crate::jose::digest;
use std::time::Instant;

/// Sends the requests of one command, with a common deadline.
pub struct RequestSender<'a> {
    /// Sends a request once.
    pub agent: &'a Agent,
    /// The deadline for all answers.
    pub deadline: Instant,
    /// Whether requests have a DPoP proof. A nonce that the server asks for is then sent once.
    pub has_dpop: bool,
}

impl RequestSender<'_> {
    /// Sends until there is an answer. Calls `prepare` for each attempt, so that each has a new signature.
    ///
    /// # Errors
    /// Exit 5 to 7 if there is no answer, and the errors of `prepare`.
    pub fn send(
        &self,
        phase: &'static str,
        to: &Sourced<EndpointUrl>,
        prepare: impl Fn(&Attempt) -> Result<OutgoingRequest, Failure>,
    ) -> Result<TimedAnswer, Failure> {
        let (mut failed, mut nonce) = (0, None);
        loop {
            let id = digest::random().map_err(|error| Failure::new(Exit::Local, phase, error.to_string()))?;
            let attempt = Attempt { now: Timestamp::now(), id, nonce: nonce.clone() };
            let outgoing = prepare(&attempt)?;
            let outcome = self.agent.until(self.deadline).and_then(|agent| agent.fetch(&outgoing));
            if let Ok(answer) = &outcome
                && self.has_dpop
                && let Some(wanted) = token::wanted_nonce(answer).filter(|_| nonce.is_none())
            {
                nonce = Some(wanted);
                continue;
            }
            failed += 1;
            let chance = u64::from_be_bytes(digest::random().unwrap_or_default());
            let left = self.deadline.saturating_duration_since(Instant::now());
            let pause = retry::pause(&outcome, failed, chance, Timestamp::now(), left);
            let Some(pause) = pause else {
                let answer = outcome.map_err(|error| unreachable(phase, to, &error))?;
                return Ok(TimedAnswer {
                    answer,
                    asked: attempt.now,
                    received: Timestamp::now(),
                    with_nonce: nonce.is_some(),
                });
            };
            std::thread::sleep(pause);
        }
    }
}
