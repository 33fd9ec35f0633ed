//! Gives connections their turns and handles the result: a request is passed on or refused, or the
//! connection ends.

use super::connection::{Connection, ConnectionStep, Phase, TurnContext};
use super::forwarded_for::client_address;
use super::head::HeadError;
use super::reactor::Reactor;
use crate::clock::Timestamp;
use crate::server::HttpExchange;
use crate::server::route::refused;
use std::time::Duration;

impl Reactor {
    /// Queues a connection to be read in its address's turn.
    pub(super) fn will_be_read(&mut self, slot: usize) {
        if let Some(connection) = self.connections.get_mut(slot).filter(|connection| !connection.queued) {
            connection.queued = true;
            self.unread.push(connection.lane(slot), slot);
        }
    }

    /// Gives a connection its turn, and handles the result.
    pub(super) fn with_turn(
        &mut self,
        slot: usize,
        work: impl FnOnce(&mut Connection, &mut TurnContext<'_>) -> ConnectionStep,
    ) {
        let Some(connection) = self.connections.get_mut(slot) else { return };
        let settings = &self.settings;
        let trusted = |address| settings.trusts(address);
        let mut turn = TurnContext {
            now: self.now,
            scratch: &mut self.scratch,
            address: &|peer, lists| client_address(peer, lists, trusted),
            trusts: &trusted,
            id: &mut |peer, given| self.ids.next(given.filter(|_| trusted(peer))),
        };
        let step = work(connection, &mut turn);
        self.apply(slot, step);
    }

    pub(super) fn apply(&mut self, slot: usize, step: ConnectionStep) {
        match step {
            ConnectionStep::Wait if self.is_dismissed(slot) => return self.close(slot),
            ConnectionStep::Wait => self.may_make_room(slot),
            ConnectionStep::Yield => self.will_be_read(slot),
            ConnectionStep::Work if !self.hand_to_handshakes(slot) => return self.close(slot),
            ConnectionStep::Work if self.is_dismissed(slot) => return self.close(slot),
            ConnectionStep::Work => {}
            ConnectionStep::Ready => {
                self.crowd.gets_busy(slot);
                if let Some(connection) = self.connections.get_mut(slot) {
                    connection.phase = Phase::Waiting;
                    self.ready.push(connection.lane(slot), connection.ticket(slot));
                }
            }
            ConnectionStep::Again => {
                self.report(slot);
                self.crowd.falls_idle(slot);
                if self.is_dismissed(slot) {
                    return self.close(slot);
                }
                return self.with_turn(slot, |connection, turn| connection.go_on(turn));
            }
            ConnectionStep::Refuse(fault) => return self.refuse(slot, &fault),
            ConnectionStep::Close => return self.close(slot),
        }
        self.hurry(slot);
        self.weigh_and_bound(slot);
    }

    /// Reports an answer that is sent.
    fn report(&mut self, slot: usize) {
        if let Some(exchange) = self.connections.get_mut(slot).and_then(Connection::take_exchange) {
            self.watch.exchange(exchange);
        }
    }

    /// A client that reads slowly, or whose answer is delayed, counts as idle. Otherwise many such
    /// connections could lock everybody else out.
    fn may_make_room(&mut self, slot: usize) {
        let waits = |connection: &Connection| matches!(connection.phase, Phase::Held | Phase::Writing);
        if self.connections.get(slot).is_some_and(waits) && !self.crowd.is_idle(slot) {
            self.crowd.falls_idle(slot);
        }
    }

    /// Answers a request that does not reach the engine, and closes its connection.
    pub(super) fn refuse(&mut self, slot: usize, fault: &HeadError) {
        let Some(connection) = self.connections.get_mut(slot) else { return };
        let busy = fault.status == 503;
        let code = if busy { "temporarily_unavailable" } else { "invalid_request" };
        let mut outcome = refused(fault.status, code, fault.why);
        if busy {
            outcome.response = outcome.response.header("Retry-After", "1");
        }
        let peer = connection.origin.peer;
        let about = connection.about();
        if about.id.is_empty() {
            about.id = self.ids.next(None);
        }
        let exchange = Box::new(HttpExchange {
            id: about.id.clone(),
            trace_id: None,
            time: Timestamp::now(),
            peer: Some(about.address.unwrap_or(peer)),
            method: about.method.clone(),
            path: about.path.clone(),
            endpoint: None,
            status: fault.status,
            duration: Duration::ZERO,
            note: outcome.record,
        });
        let step = connection.refuse(&outcome.response, exchange, self.now);
        self.crowd.falls_idle(slot);
        self.apply(slot, step);
    }
}
