//! A connection whose request is answered: delays the answer if necessary, writes it as fast as the client
//! reads, and sets the duration of its exchange.

use super::Connection;
use super::turn::{ConnectionStep, KEPT_BUFFER, Phase, REQUEST};
use crate::clock::Timestamp;
use crate::http::{Cut, Response, Sending};
use crate::server::HttpExchange;
use crate::server::gate::canonical::{self, EngineAnswer};
use crate::server::gate::engine_pool::PATIENCE;
use crate::server::gate::request_reader::RequestContext;
use crate::server::listen::reset_at_close;
use std::time::{Duration, Instant};

/// The limit for a client to read an answer.
const ANSWER: Duration = Duration::from_secs(10);
/// The limit for draining data that a client still sends after a refusal (RFC 9112 section 9.6). Closing
/// earlier would reset the connection and lose the answer.
const DRAIN: Duration = Duration::from_secs(1);
const MAX_DRAIN: usize = 2 * 1024 * 1024;

impl Connection {
    /// Stores the exchange to report once the answer is sent.
    pub(in crate::server::gate) fn announce(&mut self, exchange: Box<HttpExchange>) {
        self.exchange = Some(exchange);
    }

    /// The exchange whose last byte is written.
    pub(in crate::server::gate) fn take_exchange(&mut self) -> Option<Box<HttpExchange>> {
        self.exchange.take()
    }

    /// The exchange of an answer that its client has not read to the end.
    pub(in crate::server::gate) fn abandon_exchange(&mut self) -> Option<Box<HttpExchange>> {
        self.set_duration();
        self.exchange.take()
    }

    fn set_duration(&mut self) {
        let end = self.left.unwrap_or_else(Instant::now);
        if let Some((exchange, begun)) = self.exchange.as_mut().zip(self.begun) {
            exchange.duration = end.saturating_duration_since(begun);
        }
    }

    /// The connection broke. An answer that is ready is abandoned; one that is still being decided is
    /// awaited, because its exchange is reported.
    pub(in crate::server::gate) fn leaves(&mut self, now: Instant) -> ConnectionStep {
        self.left.get_or_insert(now);
        match self.phase {
            // A handshake is not worth a signature any more.
            Phase::Away | Phase::Held | Phase::Writing => ConnectionStep::Close,
            Phase::Handshake | Phase::Reading | Phase::Waiting | Phase::Deferred | Phase::Draining => {
                ConnectionStep::Wait
            }
        }
    }

    /// Receives the engine's answer or its placeholder; `last` closes the connection afterwards.
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
        self.will_send(answer.sending);
        self.send_after(answer.delay, now)
    }

    /// Receives a deferred answer.
    pub(in crate::server::gate) fn answer_late(
        &mut self,
        response: &Response,
        last: bool,
        now: Instant,
    ) -> ConnectionStep {
        self.is_answered(last);
        self.write(response);
        self.will_send(response.sending);
        self.send_after(response.delay, now)
    }

    fn is_answered(&mut self, last: bool) {
        self.requests += 1;
        self.last |= last || (self.ended && !self.has_begun());
    }

    /// Cuts the answer where the connection ends.
    fn will_send(&mut self, sending: Sending) {
        self.sending = sending;
        if let Some(Cut::Close(bytes) | Cut::Reset(bytes)) = sending.cut {
            self.output.truncate(usize::try_from(bytes).unwrap_or(usize::MAX));
        }
    }

    fn send_after(&mut self, delay: Duration, now: Instant) -> ConnectionStep {
        if delay.is_zero() || self.left.is_some() {
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

    /// Receives the gate's own answer; the connection is closed afterwards.
    pub(in crate::server::gate) fn refuse(
        &mut self,
        response: &Response,
        exchange: Box<HttpExchange>,
        now: Instant,
    ) -> ConnectionStep {
        // A connection that is refused before its first byte has no earlier start.
        self.begun.get_or_insert(now);
        self.exchange = Some(exchange);
        self.last = true;
        self.arrival.clear();
        self.write(response);
        self.send(now)
    }

    /// Starts sending the answer.
    pub(in crate::server::gate) fn send(&mut self, now: Instant) -> ConnectionStep {
        (self.phase, self.deadline) = (Phase::Writing, now + ANSWER);
        self.writable(now)
    }

    /// Writes as much of the answer as the socket accepts.
    pub(in crate::server::gate) fn writable(&mut self, now: Instant) -> ConnectionStep {
        if self.phase != Phase::Writing {
            return ConnectionStep::Wait;
        }
        if self.left.is_some() {
            return ConnectionStep::Close;
        }
        let next = self.sending.drip.map_or(self.output.len(), |_| self.output.len().min(self.sent + 1));
        match self.stream.send(&self.output[..next], &mut self.sent) {
            Err(_) => ConnectionStep::Close,
            Ok(false) => ConnectionStep::Wait,
            Ok(true) if next < self.output.len() => {
                (self.phase, self.deadline) = (Phase::Held, now + self.sending.drip.unwrap_or_default());
                ConnectionStep::Wait
            }
            Ok(true) if self.sending.cut.is_some() => self.cut(),
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

    /// Ends the connection within the answer.
    fn cut(&mut self) -> ConnectionStep {
        self.set_duration();
        if let Some(Cut::Reset(_)) = self.sending.cut {
            reset_at_close(self.stream.socket());
        }
        ConnectionStep::Close
    }

    fn fall_idle(&mut self, now: Instant) {
        self.sending = Sending::default();
        self.sent = 0;
        self.output.clear();
        if self.output.capacity() > KEPT_BUFFER {
            self.output = Vec::new();
        }
        (self.phase, self.about) = (Phase::Reading, RequestContext::default());
        // The start of the next request was read together with the end of this one.
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
