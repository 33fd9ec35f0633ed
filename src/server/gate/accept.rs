//! Accepts connections within the limits, and closes idle ones to make room.

use super::connection::{Connection, Origin, Phase};
use super::connection_limits::Room;
use super::memory_budget::Owner;
use super::reactor::{FIRST_CONNECTION, Newcomer, Reactor, SWEEP};
use super::refusals::BUSY;
use super::stream::PublicStream;
use crate::clock::Timestamp;
use crate::os_error::plain;
use mio::{Interest, Token};
use std::io::{self, ErrorKind};
use std::net::IpAddr;

/// The least memory for which a connection is closed, in bytes.
const WORTH_CLOSING: usize = 4 * 1024;
/// Connections that are accepted before the open ones get another turn.
const ACCEPTED: usize = 64;
impl Reactor {
    pub(super) fn accept(&mut self, index: usize) {
        for _ in 0..ACCEPTED {
            if self.accept_from.is_some_and(|from| from > self.now) {
                return;
            }
            if self.newcomer.is_some() || self.crowd.room(None).is_taken() {
                // All are busy for the moment: clients wait in the kernel's queue.
                self.full = true;
                return;
            }
            let Some(door) = self.doors.get(index) else { return };
            match door.socket.accept() {
                Ok((socket, address)) => {
                    let peer = address.ip().to_canonical();
                    if self.may_connect(index, peer) {
                        self.welcome(Newcomer { index, socket, peer });
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if is_the_clients(&error) => {}
                Err(error) => return self.cannot_accept(&error),
            }
        }
        self.unaccepted = true;
    }

    /// Accepts clients from the kernel's queues, once a connection is no longer busy.
    pub(super) fn accept_the_waiting(&mut self) {
        let fits = self.full && !self.crowd.room(None).is_taken();
        if fits || self.unaccepted {
            (self.full, self.unaccepted) = (self.full && !fits, false);
            if let Some(newcomer) = self.newcomer.take() {
                self.welcome(newcomer);
            }
            (0..self.doors.len()).for_each(|index| self.accept(index));
        }
    }

    /// No descriptor or no memory: an idle connection is closed, and accepting is retried shortly.
    fn cannot_accept(&mut self, error: &io::Error) {
        self.trouble(&format!("cannot accept a connection: {}", plain(error)));
        self.accept_from = Some(self.now + SWEEP);
        self.crowd.makes_room().into_iter().for_each(|slot| self.close(slot));
    }

    /// Decides before anything is read, so that a refusal is cheap.
    fn may_connect(&mut self, index: usize, peer: IpAddr) -> bool {
        if !self.doors[index].listener.is_public() {
            return true;
        }
        let limit = self.arrivals.limit(peer, &self.settings, Timestamp::paced());
        limit.into_iter().for_each(|limit| self.watch.limit_hit(limit));
        limit.is_none()
    }

    fn welcome(&mut self, newcomer: Newcomer) {
        if self.make_room(None).is_taken() {
            // The idle ones have just sent something: it is accepted when one of them is no longer busy.
            (self.newcomer, self.full) = (Some(newcomer), true);
            return;
        }
        let Newcomer { index, socket, peer } = newcomer;
        let listener = self.doors[index].listener;
        let counted = self.counted(peer);
        let room = self.make_room(counted);
        self.serial += 1;
        let tls = self.settings.tls.is_some() && listener.is_public();
        let connection = Connection::new(
            PublicStream::new(socket, tls),
            self.serial,
            Origin { peer, counted, door: listener.field() },
            self.now,
            self.settings.idle,
        );
        let slot = self.connections.insert(connection);
        self.crowd.arrive(slot, counted);
        let interest = Interest::READABLE | Interest::WRITABLE;
        let socket = self.connections[slot].stream.socket();
        let registered = self.poll.registry().register(socket, Token(FIRST_CONNECTION + slot), interest);
        if registered.is_err() || (room.is_taken() && tls) {
            return self.close(slot);
        }
        self.weigh_and_bound(slot);
        if room.is_taken() {
            self.refuse(slot, &BUSY);
        }
    }

    /// Closes idle connections until there is room. Each is read first, since it may have sent a request
    /// that is still in its socket. Closing one may not be enough, because refused connections keep their
    /// slots until they have read the refusal.
    fn make_room(&mut self, counted: Option<IpAddr>) -> Room {
        let mut room = self.crowd.room(counted);
        if let Room::Full { limit, .. } = room {
            self.watch.limit_hit(limit);
        }
        while let Room::Full { longest_idle: Some(slot), .. } = room {
            self.with_turn(slot, |connection, turn| {
                connection.readable(false);
                connection.go_on(turn)
            });
            if self.crowd.is_idle(slot) {
                self.close(slot);
            }
            room = self.crowd.room(counted);
        }
        room
    }

    pub(super) fn close(&mut self, slot: usize) {
        let Some(mut connection) = self.connections.try_remove(slot) else { return };
        if connection.phase == Phase::Away {
            self.handshakes.cancel(connection.lane(slot), connection.ticket(slot));
        }
        connection.stream.take_leave();
        let _ = self.poll.registry().deregister(connection.stream.socket());
        self.crowd.leave(slot);
        self.memory.forget(slot);
        // Last, because a panic in it must not keep the slot occupied.
        connection.abandon_exchange().into_iter().for_each(|exchange| self.watch.exchange(exchange));
    }

    /// The address that a peer's connections count for; `None` for a trusted proxy.
    fn counted(&self, peer: IpAddr) -> Option<IpAddr> {
        (!self.settings.trusts(peer)).then_some(peer)
    }

    pub(super) fn weigh(&mut self, slot: usize) {
        if let Some(connection) = self.connections.get(slot) {
            self.memory.note(slot, connection.owner(), connection.weight());
        }
    }

    /// Keeps the memory of all connections within its limit: the address that exceeds its share most must
    /// free some first.
    pub(super) fn weigh_and_bound(&mut self, slot: usize) {
        self.weigh(slot);
        while self.memory.is_exceeded() {
            let freed = if let Some(owner) = self.memory.greediest() {
                self.free(owner)
            } else {
                // No address exceeds the others by much: the longest-idle connection is closed.
                let longest = self.crowd.idle_longest().find(|slot| self.is_heavy(*slot));
                longest.is_some_and(|slot| self.give_up(slot))
            };
            if !freed {
                return;
            }
        }
    }

    /// Closes connections of an address until it is within its share or enough is free: idle ones first,
    /// the longest-idle first, then those that wait for the engine. False if there is nothing to close.
    fn free(&mut self, owner: Owner) -> bool {
        let is_its = |slot: &usize| self.memory.of(*slot).is_some_and(|(of, _)| of == owner);
        let idle = self.crowd.idle_longest().filter(|slot| is_its(slot) && self.is_heavy(*slot));
        let mut slots: Vec<usize> = idle.collect();
        let waits = |connection: &Connection| {
            connection.phase == Phase::Waiting && connection.buffered() > WORTH_CLOSING
        };
        let waiting = self.connections.iter().filter(|(slot, c)| waits(c) && is_its(slot));
        slots.extend(waiting.map(|(slot, _)| slot));
        let mut freed = false;
        for slot in slots {
            if self.memory.has_enough() || !self.memory.exceeds_its_share(owner) {
                break;
            }
            freed |= self.give_up(slot);
        }
        freed
    }

    fn is_heavy(&self, slot: usize) -> bool {
        self.memory.of(slot).is_some_and(|(_, bytes)| bytes > WORTH_CLOSING)
    }

    /// Closes a connection to free its memory. A client whose request has begun gets a refusal.
    fn give_up(&mut self, slot: usize) -> bool {
        self.watch.limit_hit("memory");
        let is_told = |c: &Connection| matches!(c.phase, Phase::Reading | Phase::Waiting) && c.has_begun();
        if self.connections.get(slot).is_some_and(is_told) {
            self.refuse(slot, &BUSY);
        } else {
            self.close(slot);
        }
        true
    }
}

/// Whether the client left before it was accepted, which is not our problem.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted)
}
