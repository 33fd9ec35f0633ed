//! Between the connections and the engine: requests go there in batches, answers come back, and an
//! engine that dies is started again.

use super::connection::{Connection, Phase};
use super::head::Fault;
use super::pool::{MAX_BATCH, Pool, Ticket};
use super::reactor::{FIRST_LINE, Reactor};
use slab::Slab;

pub(super) const NO_ENGINE: Fault =
    Fault { status: 503, why: "the server failed at this request; it goes on, try again" };

impl Reactor {
    /// Whole requests go to the engine: those that are ready together, together, since waking the engine
    /// costs more than most requests do; one that may take its time, alone.
    pub(super) fn dispatch(&mut self) {
        let slow = !self.ready.is_empty() && self.engine.is_slow();
        while !self.ready.is_empty() {
            let Some(line) = self.pool.free_line() else { return };
            let mut room = MAX_BATCH;
            let mut added = 0;
            while room > 0
                && let Some(ticket) = self.ready.pop_front()
            {
                let Some(connection) = of(&mut self.connections, ticket) else { continue };
                let alone = slow || connection.may_take_long();
                if alone && added > 0 {
                    self.ready.push_front(ticket);
                    break;
                }
                self.pool.add(line, ticket, self.now, |out| connection.hand_over(out));
                self.weigh(ticket.slot);
                added += 1;
                room = if alone { 0 } else { room - 1 };
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
        let last = self.stopping || self.full;
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
        let opened = self.engine.open().and_then(|lines| Pool::new(lines, FIRST_LINE, registry, self.now));
        self.pool = opened.unwrap_or_else(|error| {
            self.trouble(&format!("the engine cannot be started: {error}"));
            Pool::empty(FIRST_LINE)
        });
    }
}

/// The connection of a ticket, while it is the one that the ticket was for, and waits.
fn of(connections: &mut Slab<Connection>, ticket: Ticket) -> Option<&mut Connection> {
    let waits = |connection: &&mut Connection| {
        connection.serial == ticket.serial && connection.phase == Phase::Waiting
    };
    connections.get_mut(ticket.slot).filter(waits)
}
