//! Between the connections and the engine: requests go there in batches, answers come back, and an
//! engine that dies is started again.

use super::DeferredAnswer;
use super::connection::{Connection, Phase};
use super::engine_pool::{EnginePool, InFlight, MAX_BATCH, Ticket};
use super::head::HeadError;
use super::reactor::{FIRST_LINE, Reactor};
use slab::Slab;

/// For an answer that was deferred and does not come.
pub(super) const NO_ANSWER: HeadError =
    HeadError { status: 503, why: "the answer has not come within 30 seconds; try again" };
pub(super) const NO_ENGINE: HeadError =
    HeadError { status: 503, why: "the server failed at this request; it goes on, try again" };

impl Reactor {
    /// Whole requests go to the engine: those that are ready together, together, since waking the engine
    /// costs more than most requests do. None of them takes its time: the engine defers those that would.
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
                self.engine_died("it takes no more requests");
            }
        }
    }

    pub(super) fn answers(&mut self, line: usize) {
        let (connections, now) = (&mut self.connections, self.now);
        // Where others wait to be let in, who has been answered gives way: a client with no end of
        // requests would else keep its place for ever.
        let last = self.stopping.is_some() || self.full;
        let mut steps = Vec::new();
        let received = self.pool.receive(line, &mut self.scratch, now, |ticket, answer| {
            // Who has gone in the meantime gets no answer.
            if let Some(connection) = of(connections, ticket) {
                steps.push((ticket.slot, connection.answer(answer, last, now)));
            }
        });
        for (slot, step) in steps {
            self.apply(slot, step);
        }
        if let Err(error) = received {
            self.engine_died(&error.to_string());
        }
    }

    /// Gives an answer that was deferred to whoever waits for it.
    pub(super) fn deliver(&mut self, answer: &DeferredAnswer) {
        let (last, now) = (self.stopping.is_some() || self.full, self.now);
        let Some(ticket) = Ticket::parse(&answer.ticket) else { return };
        if let Some(connection) = of(&mut self.connections, ticket) {
            let step = connection.answer_late(&answer.response, last, now);
            self.apply(ticket.slot, step);
        }
    }

    /// Every request that the engine had is answered with 503, and another engine is started.
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

    /// Without an engine requests wait, and the next sweep tries again.
    pub(super) fn start_engine(&mut self) {
        let registry = self.poll.registry();
        let opened =
            self.engine.open().and_then(|lines| EnginePool::new(lines, FIRST_LINE, registry, self.now));
        self.pool = opened.unwrap_or_else(|error| {
            self.trouble(&format!("the engine cannot be started: {error}"));
            EnginePool::empty(FIRST_LINE)
        });
    }
}

/// The connection of a ticket, while it waits for the answer to that request.
fn of(connections: &mut Slab<Connection>, ticket: Ticket) -> Option<&mut Connection> {
    let waits = |connection: &&mut Connection| {
        matches!(connection.phase, Phase::Waiting | Phase::Deferred)
            && connection.ticket(ticket.slot) == ticket
    };
    connections.get_mut(ticket.slot).filter(waits)
}
