//! One public connection: what has arrived of a request, what is still to be sent of an answer, and
//! until when either may take. It reads and writes its own socket and knows nothing of the others.

mod handshake;

use super::canonical::{self, EngineAnswer, Sender};
use super::engine_pool::{PATIENCE, Ticket};
use super::fair_queue::QueueLane;
use super::head::HeadError;
use super::memory_budget::Owner;
use super::request_reader::{Arrival, RequestContext};
use super::stream::{PublicStream, Received};
use crate::clock::Timestamp;
use crate::http::Response;
use crate::registry::networks::group;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// For the TLS handshake.
pub(super) const HANDSHAKE: Duration = Duration::from_secs(10);
/// For head and body of a request together, from its first byte.
pub(super) const REQUEST: Duration = Duration::from_secs(10);
/// For an answer to be taken.
const ANSWER: Duration = Duration::from_secs(10);
/// For what a client still sends after its request was refused, and how much of it (RFC 9112 section
/// 9.6): closing earlier would reset the connection, and the answer with it.
const DRAIN: Duration = Duration::from_secs(1);
const MAX_DRAIN: usize = 2 * 1024 * 1024;
/// Requests that one connection may bring.
const MAX_REQUESTS: u32 = 100_000;
/// What rustls holds for a connection that is idle; measured.
const TLS_SESSION: usize = 9 * 1024;
/// So often a socket is read in a turn: who sends without an end must not keep the others waiting.
const READS: u32 = 4;
/// A buffer that has grown larger is given back when the connection falls idle.
const KEPT_BUFFER: usize = 1024;

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// TLS is being negotiated.
    Handshake,
    /// A handshake thread has its session.
    Away,
    /// Idle, or a request is arriving.
    Reading,
    /// Its request is with the engine.
    Waiting,
    /// The engine has said that the answer comes later.
    Deferred,
    /// Its answer is being held back.
    Held,
    /// Its answer is being sent.
    Writing,
    /// All is sent, and the peer has yet to close.
    Draining,
}

/// What is to be done for a connection after it has looked at its socket.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ConnectionStep {
    /// Nothing, until something arrives.
    Wait,
    /// There is more to read, once the others have had their turn.
    Yield,
    /// A step of its handshake is for a handshake thread.
    Work,
    /// A whole request is here.
    Ready,
    /// Its answer is gone, and it can go on.
    Again,
    /// What arrived is refused.
    Refuse(HeadError),
    /// It is over.
    Close,
}

/// What the connections of a turn share.
pub(super) struct TurnContext<'a> {
    /// The present moment.
    pub(super) now: Instant,
    /// Where sockets are read into.
    pub(super) scratch: &'a mut [u8],
    /// The address that counts: the peer's, or what trusted proxies say of it.
    pub(super) address: &'a dyn Fn(IpAddr, &[&str]) -> IpAddr,
    /// The next request's id.
    pub(super) id: &'a mut dyn FnMut(IpAddr, Option<&str>) -> String,
}

/// Where a connection comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    /// Who is at the other end of the socket.
    pub(super) peer: IpAddr,
    /// Under which address it is counted.
    pub(super) counted: Option<IpAddr>,
    /// The value of the field that names its listener.
    pub(super) door: Option<&'static str>,
}

pub(super) struct Connection {
    pub(super) stream: PublicStream,
    /// Tells it from those that had its place before.
    pub(super) serial: u64,
    pub(super) origin: Origin,
    pub(super) phase: Phase,
    /// When the phase must be over.
    pub(super) deadline: Instant,
    /// The value of the field with its certificate.
    pub(super) certificate: Option<String>,
    /// Whether it waits for its turn to be read.
    pub(super) queued: bool,
    /// How long it may be idle.
    idle: Duration,
    arrival: Arrival,
    about: RequestContext,
    output: Vec<u8>,
    sent: usize,
    requests: u32,
    /// Whether it is closed after this answer.
    last: bool,
    /// Whether the socket may have more than was read.
    readable: bool,
    /// Whether the system has said that the peer sends no more.
    hung_up: bool,
    /// Whether all that it sent has been read.
    ended: bool,
    drained: usize,
}

impl Connection {
    pub(super) fn new(
        stream: PublicStream,
        serial: u64,
        origin: Origin,
        now: Instant,
        idle: Duration,
    ) -> Self {
        let tls = stream.is_tls();
        Self {
            stream,
            serial,
            origin,
            phase: if tls { Phase::Handshake } else { Phase::Reading },
            deadline: now + if tls { HANDSHAKE } else { idle },
            certificate: None,
            queued: false,
            idle,
            arrival: Arrival::default(),
            about: RequestContext::default(),
            output: Vec::new(),
            sent: 0,
            requests: 0,
            last: false,
            readable: true,
            hung_up: false,
            ended: false,
            drained: 0,
        }
    }

    /// Bytes that it holds.
    pub(super) fn weight(&self) -> usize {
        let session = if self.stream.is_tls() { TLS_SESSION } else { 0 };
        session + self.buffered()
    }

    /// The same without what every connection has.
    pub(super) fn buffered(&self) -> usize {
        let certificate = self.certificate.as_ref().map_or(0, String::capacity);
        self.stream.weight() + certificate + self.arrival.weight() + self.output.capacity()
    }

    /// For whom it holds them: the client that is known, else the peer.
    pub(super) fn owner(&self) -> Owner {
        let address = group(self.client());
        if self.is_for_many() { Owner::proxy(address) } else { Owner::client(address) }
    }

    /// Among whom it takes turns.
    pub(super) fn lane(&self, slot: usize) -> QueueLane {
        let address = self.client();
        if self.is_for_many() { QueueLane::of_proxy(address, slot) } else { QueueLane::of_address(address) }
    }

    fn client(&self) -> IpAddr {
        self.about.address.unwrap_or(self.origin.peer)
    }

    /// True for a trusted proxy that has not yet said for whom it speaks.
    fn is_for_many(&self) -> bool {
        self.origin.counted.is_none() && self.client() == self.origin.peer
    }

    /// True where a request is arriving or being answered: it must be finished before a stop.
    pub(super) fn is_busy(&self) -> bool {
        !matches!(self.phase, Phase::Reading | Phase::Handshake | Phase::Away) || self.has_begun()
    }

    /// True where a part of a request is here.
    pub(super) fn has_begun(&self) -> bool {
        self.arrival.has_begun()
    }

    /// What is known of its request; without an id, where its head has not been read.
    pub(super) fn about(&mut self) -> &mut RequestContext {
        &mut self.about
    }

    /// The socket has something; `hung_up` where the peer sends no more after it.
    pub(super) fn readable(&mut self, hung_up: bool) {
        self.readable = true;
        self.hung_up |= hung_up;
    }

    /// Does what its phase allows.
    pub(super) fn go_on(&mut self, turn: &mut TurnContext<'_>) -> ConnectionStep {
        match self.phase {
            Phase::Handshake => self.hear(),
            Phase::Reading => self.read(turn),
            Phase::Draining => self.discard(turn.scratch),
            Phase::Away | Phase::Waiting | Phase::Deferred | Phase::Held | Phase::Writing => {
                ConnectionStep::Wait
            }
        }
    }

    /// Reads until a request is whole or the socket has no more.
    fn read(&mut self, turn: &mut TurnContext<'_>) -> ConnectionStep {
        for _ in 0..READS {
            match self.advance(turn) {
                Ok(true) => return ConnectionStep::Ready,
                Ok(false) => {}
                Err(fault) => return ConnectionStep::Refuse(fault),
            }
            if self.ended {
                return if self.has_begun() {
                    ConnectionStep::Refuse(BROKEN_OFF)
                } else {
                    ConnectionStep::Close
                };
            }
            if !self.readable {
                return ConnectionStep::Wait;
            }
            let (had, length) = (self.has_begun(), self.arrival.input.len());
            let Ok(received) = self.stream.receive(turn.scratch, &mut self.arrival.input) else {
                return ConnectionStep::Close;
            };
            self.ended = received == Received::End;
            // Of the peer's end only a read that finds it tells.
            let more = self.hung_up && self.arrival.input.len() > length;
            self.readable = received == Received::Some || (received == Received::Drained && more);
            if !had && self.has_begun() {
                // One deadline from a request's first byte to its last.
                self.deadline = turn.now + REQUEST;
            }
        }
        ConnectionStep::Yield
    }

    /// Makes what it can of what has arrived. True where a request is whole.
    fn advance(&mut self, turn: &mut TurnContext<'_>) -> Result<bool, HeadError> {
        let peer = self.origin.peer;
        let (certificate, door) = (self.certificate.as_deref(), self.origin.door);
        let spent = self.requests + 1 >= MAX_REQUESTS;
        let whole = self.arrival.advance(|head, out| {
            let address = (turn.address)(peer, &head.forwarded_for);
            let id = (turn.id)(peer, head.request_id);
            canonical::write_head(head, &Sender { address, certificate, door, id: &id }, out);
            self.last = !head.keep_alive || spent;
            self.about = RequestContext::new(head, address, id);
        })?;
        if !whole && self.arrival.wants_continue() {
            const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
            // So few bytes fit into an empty socket, or the client is not worth waiting for.
            let _ = self.stream.send(CONTINUE, &mut 0);
        }
        Ok(whole)
    }

    /// Hands its request over, in canonical form; what follows is the next one's. The answer may be
    /// long in coming, and no body waits for it here.
    pub(super) fn hand_over(&mut self, ticket: Ticket, out: &mut Vec<u8>) {
        self.arrival.hand_over(&ticket, out);
        self.arrival.shrink(KEPT_BUFFER);
    }

    /// The name of the request that has arrived.
    pub(super) fn ticket(&self, slot: usize) -> Ticket {
        Ticket { slot, serial: self.serial, request: self.requests }
    }

    /// Its request is a HEAD, whose answer has no body.
    pub(super) fn is_head(&self) -> bool {
        self.about.method == "HEAD"
    }

    /// Takes the engine's answer, or its word that it comes later; `last` where there is to be no other one.
    pub(super) fn answer(&mut self, answer: &EngineAnswer<'_>, last: bool, now: Instant) -> ConnectionStep {
        if answer.deferred {
            (self.phase, self.deadline) = (Phase::Deferred, now + PATIENCE);
            return ConnectionStep::Wait;
        }
        self.is_answered(last);
        answer.write(self.last, self.about.old, &mut self.output);
        self.send_after(answer.delay, now)
    }

    /// Takes an answer that was deferred.
    pub(super) fn answer_late(&mut self, response: &Response, last: bool, now: Instant) -> ConnectionStep {
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
    pub(super) fn refuse(&mut self, response: &Response, now: Instant) -> ConnectionStep {
        self.last = true;
        self.arrival.clear();
        self.write(response);
        self.send(now)
    }

    /// Begins to send the answer.
    pub(super) fn send(&mut self, now: Instant) -> ConnectionStep {
        (self.phase, self.deadline) = (Phase::Writing, now + ANSWER);
        self.writable(now)
    }

    /// The socket takes more.
    pub(super) fn writable(&mut self, now: Instant) -> ConnectionStep {
        if self.phase != Phase::Writing {
            return ConnectionStep::Wait;
        }
        match self.stream.send(&self.output, &mut self.sent) {
            Err(_) => ConnectionStep::Close,
            Ok(false) => ConnectionStep::Wait,
            Ok(true) if self.last => {
                self.stream.finish();
                (self.phase, self.deadline) = (Phase::Draining, now + DRAIN);
                self.output = Vec::new();
                if self.ended { ConnectionStep::Close } else { ConnectionStep::Again }
            }
            Ok(true) => {
                self.fall_idle(now);
                ConnectionStep::Again
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
        self.deadline = now + if self.has_begun() { REQUEST } else { self.idle };
    }

    fn discard(&mut self, scratch: &mut [u8]) -> ConnectionStep {
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

const BROKEN_OFF: HeadError = HeadError { status: 400, why: "the request broke off before its end" };
/// For a request that is not whole in time.
pub(super) const TOO_SLOW: HeadError =
    HeadError { status: 408, why: "the request was not complete within 10 seconds" };
