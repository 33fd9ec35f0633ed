//! One public connection: the request as far as it has arrived, the rest of the answer, and the deadlines
//! of both. It reads and writes its own socket and knows nothing of other connections.

mod answering;
mod handshake;
mod turn;

pub(super) use turn::{ConnectionStep, Origin, Phase, TurnContext};

use super::canonical::{self, Sender};
use super::fair_queue::QueueLane;
use super::head::HeadError;
use super::memory_budget::Owner;
use super::refusals::BROKEN_OFF;
use super::request_reader::{Arrival, RequestContext};
use super::stream::{PublicStream, Received};
use super::ticket::Ticket;
use crate::http::Sending;
use crate::registry::networks::group;
use crate::server::HttpExchange;
use std::net::IpAddr;
use std::time::{Duration, Instant};
use turn::{HANDSHAKE, KEPT_BUFFER, READS, REQUEST};

/// The limit of requests on one connection.
const MAX_REQUESTS: u32 = 100_000;
/// The memory of an idle rustls session, in bytes, as measured.
const TLS_SESSION: usize = 9 * 1024;
pub(super) struct Connection {
    pub(super) stream: PublicStream,
    /// Distinguishes it from earlier connections in the same slot.
    pub(super) serial: u64,
    pub(super) origin: Origin,
    pub(super) phase: Phase,
    /// The end of the phase.
    pub(super) deadline: Instant,
    /// The field that carries its client certificate.
    pub(super) certificate: Option<String>,
    /// Whether it is queued to be read.
    pub(super) queued: bool,
    /// How long it may be idle.
    idle: Duration,
    arrival: Arrival,
    about: RequestContext,
    /// When the first byte of its request was read.
    begun: Option<Instant>,
    /// When data was last read.
    received: Instant,
    /// Reported once its answer is sent.
    exchange: Option<Box<HttpExchange>>,
    output: Vec<u8>,
    /// How the answer is sent.
    sending: Sending,
    sent: usize,
    requests: u32,
    /// Whether it is closed after this answer.
    last: bool,
    /// Whether the socket may have unread data.
    readable: bool,
    /// Whether the peer has closed its sending side.
    hung_up: bool,
    /// Whether everything that it sent has been read.
    ended: bool,
    /// When the connection broke: nobody reads an answer any more.
    left: Option<Instant>,
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
            begun: None,
            received: now,
            exchange: None,
            output: Vec::new(),
            sending: Sending::default(),
            sent: 0,
            requests: 0,
            last: false,
            readable: true,
            hung_up: false,
            ended: false,
            left: None,
            drained: 0,
        }
    }

    pub(super) fn weight(&self) -> usize {
        let session = if self.stream.is_tls() { TLS_SESSION } else { 0 };
        session + self.buffered()
    }

    /// The same without the fixed size of a connection.
    pub(super) fn buffered(&self) -> usize {
        let certificate = self.certificate.as_ref().map_or(0, String::capacity);
        self.stream.weight() + certificate + self.arrival.weight() + self.output.capacity()
    }

    /// The owner that is charged: the client if it is known, or else the peer.
    pub(super) fn owner(&self) -> Owner {
        let address = group(self.client());
        if self.is_for_many() { Owner::proxy(address) } else { Owner::client(address) }
    }

    /// The lane of its address in fair queues.
    pub(super) fn lane(&self, slot: usize) -> QueueLane {
        let address = self.client();
        if self.is_for_many() { QueueLane::of_proxy(address, slot) } else { QueueLane::of_address(address) }
    }

    fn client(&self) -> IpAddr {
        self.about.address.unwrap_or(self.origin.peer)
    }

    /// True for a trusted proxy that has not yet named its client.
    fn is_for_many(&self) -> bool {
        self.origin.counted.is_none() && self.client() == self.origin.peer
    }

    /// Whether a request is arriving or being answered. A stop waits for it.
    pub(super) fn is_busy(&self) -> bool {
        !matches!(self.phase, Phase::Reading | Phase::Handshake | Phase::Away) || self.has_begun()
    }

    /// Whether a request may have arrived behind the handshake that a thread has a step of.
    pub(super) fn may_hold_request(&self) -> bool {
        self.phase == Phase::Away && self.stream.was_greeted()
    }

    /// Whether it has not had an answer yet.
    pub(super) fn is_new(&self) -> bool {
        self.requests == 0
    }

    /// True if a part of a request has been read.
    pub(super) fn has_begun(&self) -> bool {
        self.arrival.has_begun()
    }

    /// The facts of its request. The id is empty until the head has been read.
    pub(super) fn about(&mut self) -> &mut RequestContext {
        &mut self.about
    }

    /// The socket is readable; with `hung_up`, the peer sends no more afterwards.
    pub(super) fn readable(&mut self, hung_up: bool) {
        self.readable = true;
        self.hung_up |= hung_up;
    }

    /// Continues according to its phase.
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

    /// Reads until a request is complete or the socket is drained.
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
                self.leaves(turn.now);
                return if had { ConnectionStep::Refuse(BROKEN_OFF) } else { ConnectionStep::Close };
            };
            self.ended = received == Received::End;
            // Only another read detects the peer's end.
            let more = self.hung_up && self.arrival.input.len() > length;
            self.readable = received == Received::Some || (received == Received::Drained && more);
            self.received = turn.now;
            if !had && self.has_begun() {
                // One deadline for the whole request, from its first byte.
                (self.begun, self.deadline) = (Some(turn.now), turn.now + REQUEST);
            }
        }
        ConnectionStep::Yield
    }

    /// Parses the data so far. True if a request is complete.
    fn advance(&mut self, turn: &mut TurnContext<'_>) -> Result<bool, HeadError> {
        let peer = self.origin.peer;
        let (certificate, door) = (self.certificate.as_deref(), self.origin.door);
        let is_proxy = (turn.trusts)(peer);
        let spent = self.requests + 1 >= MAX_REQUESTS;
        let whole = self.arrival.advance(|head, out| {
            let address = (turn.address)(peer, &head.forwarded_for);
            let id = (turn.id)(peer, head.request_id);
            canonical::write_head(head, &Sender { address, certificate, door, is_proxy, id: &id }, out);
            self.last = !head.keep_alive || spent;
            self.about = RequestContext::new(head, address, id);
        })?;
        if !whole && self.arrival.wants_continue() {
            const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
            // A few bytes fit into an empty socket. A client whose socket is full does not need it.
            let _ = self.stream.send(CONTINUE, &mut 0);
        }
        Ok(whole)
    }

    /// Writes its request in canonical form and drops it, so no body is kept while the engine works.
    pub(super) fn hand_over(&mut self, ticket: Ticket, out: &mut Vec<u8>) {
        self.arrival.hand_over(&ticket, out);
        self.arrival.shrink(KEPT_BUFFER);
    }

    pub(super) fn ticket(&self, slot: usize) -> Ticket {
        Ticket { slot, serial: self.serial, request: self.requests }
    }

    /// Whether its request is a HEAD, whose answer has no body.
    pub(super) fn is_head(&self) -> bool {
        self.about.method == "HEAD"
    }
}
