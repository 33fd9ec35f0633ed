//! Between the connections and the engine: sends requests in batches, receives answers, and restarts a
//! failed engine.

use super::backend::DeferredAnswer;
use super::connection::{Connection, Phase};
use super::engine_pool::{EnginePool, InFlight, MAX_BATCH};
use super::reactor::{FIRST_LINE, Reactor};
use super::refusals::NO_ENGINE;
use super::ticket::Ticket;
use crate::os_error::plain;
use crate::server::HttpExchange;
use slab::Slab;

impl Reactor {
    /// Sends complete requests to the engine in batches, because waking the engine costs more than most
    /// requests. None of them blocks the others: the engine defers slow ones.
    pub(super) fn dispatch(&mut self) {
        while !self.ready.is_empty() {
            let Some(line) = self.pool.free_line() else { return };
            let mut room = MAX_BATCH;
            while room > 0
                && let Some((_, ticket)) = self.ready.pop()
            {
                let Some(connection) = of(&mut self.connections, ticket) else { continue };
                let sent = InFlight { ticket, bodiless: connection.is_head() };
                self.pool.add(line, sent, self.now, |out| connection.hand_over(ticket, out));
                self.weigh(ticket.slot);
                room -= 1;
            }
            if self.pool.flush(line).is_err() {
                self.engine_died("it accepts no more requests");
            }
        }
    }

    /// Receives the answers on a line.
    pub(super) fn answers(&mut self, line: usize) {
        let (connections, announced, now) = (&mut self.connections, &self.announced, self.now);
        // While others wait to connect, a connection is closed after its answer: otherwise a client with
        // endless requests would keep its slot forever.
        let last = self.stopping.is_some() || self.full;
        let (mut steps, mut gone) = (Vec::new(), Vec::new());
        let received = self.pool.receive(line, &mut self.scratch, now, |ticket, answer| {
            // An exchange is announced before its answer is written, so it has arrived.
            gone.extend(announced.try_iter().filter_map(|next| keep(connections, next)));
            // The client may have left meanwhile.
            if let Some(connection) = of(connections, ticket) {
                steps.push((ticket.slot, connection.answer(answer, last, now)));
            }
        });
        gone.into_iter().for_each(|exchange| self.watch.exchange(exchange));
        for (slot, step) in steps {
            self.apply(slot, step);
        }
        if let Err(error) = received {
            self.engine_died(&error.to_string());
        }
    }

    /// Passes a deferred answer to its client.
    pub(super) fn deliver(&mut self, answer: DeferredAnswer) {
        let DeferredAnswer { ticket, response, exchange } = answer;
        let (last, now) = (self.stopping.is_some() || self.full, self.now);
        if let Some(exchange) = keep(&mut self.connections, (ticket, exchange)) {
            self.watch.exchange(exchange);
        } else if let Some(connection) = of(&mut self.connections, ticket) {
            let step = connection.answer_late(&response, last, now);
            self.apply(ticket.slot, step);
        }
    }

    /// Answers every pending request with 503 and starts another engine.
    pub(super) fn engine_died(&mut self, why: &str) {
        self.watch.trouble(&format!("the engine died ({why}) and is started again"));
        let unanswered: Vec<Ticket> = self.pool.unanswered().collect();
        self.start_engine();
        for ticket in unanswered {
            if of(&mut self.connections, ticket).is_some() {
                self.refuse(ticket.slot, &NO_ENGINE);
            }
        }
    }

    /// Starts an engine. If that fails, requests wait and the next sweep tries again.
    pub(super) fn start_engine(&mut self) {
        let registry = self.poll.registry();
        let opened =
            self.engine.open().and_then(|lines| EnginePool::new(lines, FIRST_LINE, registry, self.now));
        self.pool = opened.unwrap_or_else(|error| {
            self.trouble(&format!("the engine cannot be started: {}", plain(&error)));
            EnginePool::empty(FIRST_LINE)
        });
    }
}

/// The connection of a ticket, if it is still waiting for the answer to that request.
fn of(connections: &mut Slab<Connection>, ticket: Ticket) -> Option<&mut Connection> {
    let waits = |connection: &&mut Connection| {
        matches!(connection.phase, Phase::Waiting | Phase::Deferred)
            && connection.ticket(ticket.slot) == ticket
    };
    connections.get_mut(ticket.slot).filter(waits)
}

/// Stores an exchange until its answer is sent. Returns it if its client has left.
fn keep(
    connections: &mut Slab<Connection>,
    (ticket, exchange): (Ticket, Box<HttpExchange>),
) -> Option<Box<HttpExchange>> {
    match of(connections, ticket) {
        Some(connection) => {
            connection.announce(exchange);
            None
        }
        None => Some(exchange),
    }
}
