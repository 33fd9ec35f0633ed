//! Who comes and who goes: accepting connections within the limits, closing them, and making room.

use super::connection::{Connection, Origin, Phase};
use super::crowd::Room;
use super::head::Fault;
use super::reactor::{FIRST_CONNECTION, Reactor, SWEEP};
use super::stream::Stream;
use mio::net::TcpStream;
use mio::{Interest, Token};
use std::io::{self, ErrorKind};
use std::net::IpAddr;

/// TLS sessions and bytes that arrive may take so much in all; beyond that, who has been idle longest and
/// holds much makes room.
const MAX_HELD: usize = 24 * 1024 * 1024;
/// What holds less than this is not worth closing for its memory.
const WORTH_CLOSING: usize = 4 * 1024;
const BUSY: Fault = Fault { status: 503, why: "all connections are busy; try again in a moment" };

impl Reactor {
    pub(super) fn accept(&mut self, index: usize) {
        while self.accept_from.is_none_or(|from| from <= self.now) {
            if self.make_room(None).is_taken() {
                // All are busy, which passes: who comes waits in the kernel's queue meanwhile.
                self.full = true;
                return;
            }
            let Some(door) = self.doors.get(index) else { return };
            match door.socket.accept() {
                Ok((socket, address)) => self.welcome(index, socket, address.ip().to_canonical()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if is_the_clients(&error) => {}
                Err(error) => return self.cannot_accept(&error),
            }
        }
    }

    /// Those who wait in the kernel's queues get in, as soon as somebody is no longer busy.
    pub(super) fn accept_the_waiting(&mut self) {
        if self.full && !self.crowd.room(None).is_taken() {
            self.full = false;
            (0..self.doors.len()).for_each(|index| self.accept(index));
        }
    }

    /// No descriptor or no memory: who has been idle longest makes room, and a moment later the next
    /// one is tried.
    fn cannot_accept(&mut self, error: &io::Error) {
        self.trouble(&format!("cannot accept a connection: {error}"));
        self.accept_from = Some(self.now + SWEEP);
        let longest = self.crowd.idle_longest().next();
        if let Some(slot) = longest {
            self.close(slot);
        }
    }

    fn welcome(&mut self, index: usize, socket: TcpStream, peer: IpAddr) {
        let counted = self.counted(peer);
        let room = self.make_room(counted);
        let listener = self.doors[index].listener;
        let session = match (&self.settings.tls, listener.is_public()) {
            (Some(tls), true) => tls.session().map(Some),
            _ => Ok(None),
        };
        // An allocation that fails, at worst: this client is lost, not the server.
        let Ok(session) = session else { return };
        self.serial += 1;
        let stream = Stream::new(socket, session);
        let connection = Connection::new(
            stream,
            self.serial,
            Origin { peer, counted, door: listener.field() },
            self.now,
            self.settings.idle,
        );
        let slot = self.connections.insert(connection);
        self.weights.resize(self.weights.len().max(slot + 1), 0);
        self.crowd.arrive(slot, counted);
        let interest = Interest::READABLE | Interest::WRITABLE;
        let socket = self.connections[slot].stream.socket();
        if self.poll.registry().register(socket, Token(FIRST_CONNECTION + slot), interest).is_err() {
            return self.close(slot);
        }
        if room.is_taken() {
            self.refuse(slot, &BUSY);
        }
    }

    /// Closes who must go for a newcomer. Who has spoken in the meantime need not, which only its socket
    /// tells. Who was refused for want of room holds a place, too, until it has read so: one that goes
    /// may not be enough.
    fn make_room(&mut self, counted: Option<IpAddr>) -> Room {
        let mut room = self.crowd.room(counted);
        if let Room::Full { limit, .. } = room {
            self.watch.limit_hit(limit);
        }
        while let Room::Full { longest_idle: Some(slot), .. } = room {
            self.with_turn(slot, |connection, turn| connection.readable(false, turn));
            if self.crowd.is_idle(slot) {
                self.close(slot);
            }
            room = self.crowd.room(counted);
        }
        room
    }

    pub(super) fn close(&mut self, slot: usize) {
        let Some(mut connection) = self.connections.try_remove(slot) else { return };
        connection.stream.take_leave();
        let _ = self.poll.registry().deregister(connection.stream.socket());
        self.crowd.leave(slot, connection.origin.counted);
        self.held -= std::mem::take(&mut self.weights[slot]);
    }

    /// The address under which a peer's connections are counted; a trusted proxy's are not.
    fn counted(&self, peer: IpAddr) -> Option<IpAddr> {
        (!self.settings.trusts(peer)).then_some(peer)
    }

    /// Takes note of what a connection holds now.
    pub(super) fn weigh(&mut self, slot: usize) {
        let Some(connection) = self.connections.get(slot) else { return };
        let weight = connection.weight();
        self.held = self.held + weight - self.weights[slot];
        self.weights[slot] = weight;
    }

    /// Takes note of what a connection holds now, and keeps what all hold within its bound.
    pub(super) fn weigh_and_bound(&mut self, slot: usize) {
        self.weigh(slot);
        while self.held > MAX_HELD {
            let heavy = |slot: &usize| self.weights[*slot] > WORTH_CLOSING;
            let idle = self.crowd.idle_longest().find(heavy);
            let waits = self.connections.get(slot).is_some_and(|c| c.phase == Phase::Waiting);
            let is_told = |c: &Connection| c.phase == Phase::Reading && c.has_begun();
            match idle {
                Some(slot) if self.connections.get(slot).is_some_and(is_told) => self.refuse(slot, &BUSY),
                Some(slot) => self.close(slot),
                // All that is held waits for the engine: no more of it.
                None if waits && heavy(&slot) => self.refuse(slot, &BUSY),
                None => return,
            }
            self.watch.limit_hit("memory");
        }
    }

    /// No more connections; who is idle goes now, who has begun a request gets its answer.
    pub(super) fn stop(&mut self) {
        for index in 0..self.doors.len() {
            self.accept(index);
        }
        self.stopping = true;
        for mut door in std::mem::take(&mut self.doors) {
            let _ = self.poll.registry().deregister(&mut door.socket);
        }
        let all: Vec<usize> = self.connections.iter().map(|(slot, _)| slot).collect();
        for slot in all {
            self.with_turn(slot, |connection, turn| connection.go_on(turn));
            if self.connections.get(slot).is_some_and(|connection| !connection.is_busy()) {
                self.close(slot);
            }
        }
    }
}

/// The client was gone before it was accepted: the next one is none the worse.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted)
}
