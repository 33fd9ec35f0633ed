//! A connection whose request was answered: the answer is delayed if it must be, written as fast as the
//! client reads, and its exchange gets the duration.

use super::Connection;
use super::turn::{ConnectionStep, KEPT_BUFFER, Phase, REQUEST};
use crate::clock::Timestamp;
use crate::http::Response;
use crate::server::HttpExchange;
use crate::server::gate::canonical::{self, EngineAnswer};
use crate::server::gate::engine_pool::PATIENCE;
use crate::server::gate::request_reader::RequestContext;
use std::time::{Duration, Instant};

/// For an answer to be taken.
const ANSWER: Duration = Duration::from_secs(10);
/// For what a client still sends after its request was refused, and how much of it (RFC 9112 section
/// 9.6): closing earlier would reset the connection, and the answer with it.
const DRAIN: Duration = Duration::from_secs(1);
const MAX_DRAIN: usize = 2 * 1024 * 1024;

impl Connection {
    /// Takes what is reported once the answer to its request has left.
    pub(in crate::server::gate) fn announce(&mut self, exchange: Box<HttpExchange>) {
        self.exchange = Some(exchange);
    }

    /// The exchange whose last byte was written.
    pub(in crate::server::gate) fn take_exchange(&mut self) -> Option<Box<HttpExchange>> {
        self.exchange.take()
    }

    /// The exchange of an answer that its client has not taken to the end, as of now.
    pub(in crate::server::gate) fn abandon_exchange(&mut self) -> Option<Box<HttpExchange>> {
        self.set_duration();
        self.exchange.take()
    }

    fn set_duration(&mut self) {
        if let Some((exchange, begun)) = self.exchange.as_mut().zip(self.begun) {
            exchange.duration = begun.elapsed();
        }
    }

    /// Takes the engine's answer, or its word that it comes later; `last` closes the connection after it.
    pub(in crate::server::gate) fn answer(
        &mut self,
        answer: &EngineAnswer<'_>,
        last: bool,
        now: Instant,
    ) -> ConnectionStep {
        if answer.deferred {
            (self.phase, self.deadline) = (Phase::Deferred, now + PATIENCE);
            return ConnectionStep::Wait;
        }
        self.is_answered(last);
        answer.write(self.last, self.about.old, &mut self.output);
        self.send_after(answer.delay, now)
    }

    /// Takes an answer that was deferred.
    pub(in crate::server::gate) fn answer_late(
        &mut self,
        response: &Response,
        last: bool,
        now: Instant,
    ) -> ConnectionStep {
        self.is_answered(last);
        self.write(response);
        self.send_after(response.delay, now)
    }

    fn is_answered(&mut self, last: bool) {
        self.requests += 1;
        self.last |= last || (self.ended && !self.has_begun());
    }

    fn send_after(&mut self, delay: Duration, now: Instant) -> ConnectionStep {
        if delay.is_zero() {
            return self.send(now);
        }
        (self.phase, self.deadline) = (Phase::Held, now + delay);
        ConnectionStep::Wait
    }

    fn write(&mut self, response: &Response) {
        let (bodiless, now) = (self.is_head(), Timestamp::now());
        let RequestContext { id, old, .. } = &self.about;
        let about = canonical::AnswerContext { id, bodiless, old: *old, closing: self.last, now };
        canonical::write_response(response, &about, &mut self.output);
    }

    /// Takes an answer of the gate's own, after which it is closed.
    pub(in crate::server::gate) fn refuse(
        &mut self,
        response: &Response,
        exchange: Box<HttpExchange>,
        now: Instant,
    ) -> ConnectionStep {
        // A connection that is refused before its first byte has no earlier moment.
        self.begun.get_or_insert(now);
        self.exchange = Some(exchange);
        self.last = true;
        self.arrival.clear();
        self.write(response);
        self.send(now)
    }

    /// Begins to send the answer.
    pub(in crate::server::gate) fn send(&mut self, now: Instant) -> ConnectionStep {
        (self.phase, self.deadline) = (Phase::Writing, now + ANSWER);
        self.writable(now)
    }

    /// Writes as much of the answer as the socket takes.
    pub(in crate::server::gate) fn writable(&mut self, now: Instant) -> ConnectionStep {
        if self.phase != Phase::Writing {
            return ConnectionStep::Wait;
        }
        match self.stream.send(&self.output, &mut self.sent) {
            Err(_) => ConnectionStep::Close,
            Ok(false) => ConnectionStep::Wait,
            Ok(true) => {
                self.set_duration();
                if !self.last {
                    self.fall_idle(now);
                    return ConnectionStep::Again;
                }
                self.stream.finish();
                (self.phase, self.deadline) = (Phase::Draining, now + DRAIN);
                self.output = Vec::new();
                if self.ended { ConnectionStep::Close } else { ConnectionStep::Again }
            }
        }
    }

    fn fall_idle(&mut self, now: Instant) {
        self.sent = 0;
        self.output.clear();
        if self.output.capacity() > KEPT_BUFFER {
            self.output = Vec::new();
        }
        (self.phase, self.about) = (Phase::Reading, RequestContext::default());
        // The beginning of a next request was read together with the end of this one.
        self.begun = self.has_begun().then_some(self.received);
        self.deadline = now + if self.begun.is_some() { REQUEST } else { self.idle };
    }

    pub(super) fn discard(&mut self, scratch: &mut [u8]) -> ConnectionStep {
        while self.readable {
            match self.stream.discard(scratch) {
                Ok(Some(0)) | Err(_) => return ConnectionStep::Close,
                Ok(Some(count)) => self.drained += count,
                Ok(None) => self.readable = false,
            }
            if self.drained > MAX_DRAIN {
                return ConnectionStep::Close;
            }
        }
        ConnectionStep::Wait
    }
}
