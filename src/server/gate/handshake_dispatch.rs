//! Between the connections and the handshake threads: sends steps of handshakes and receives sessions.

use super::connection::Phase;
use super::handshakes::HandshakeResult;
use super::reactor::Reactor;

impl Reactor {
    /// Sends a connection's step to a handshake thread. False if it is refused.
    pub(super) fn hand_to_handshakes(&mut self, slot: usize) -> bool {
        let Some(connection) = self.connections.get_mut(slot) else { return false };
        let (lane, ticket) = (connection.lane(slot), connection.ticket(slot));
        let Some((work, tls)) = connection.stream.take_work().zip(self.settings.tls.clone()) else {
            return false;
        };
        let peer = connection.origin.peer;
        let taken = self.handshakes.push(lane, ticket, work, tls);
        if !taken {
            self.watch.limit_hit("handshakes");
            self.arrivals.note("too many handshakes at once", peer);
        }
        taken
    }

    /// Continues connections whose handshake step is done.
    pub(super) fn take_sessions_back(&mut self) {
        while let Some(shaken) = self.handshakes.next() {
            self.contained(Some(shaken.ticket.slot), |reactor| reactor.take_session_back(shaken));
        }
    }

    fn take_session_back(&mut self, HandshakeResult { ticket, tls, result }: HandshakeResult) {
        let slot = ticket.slot;
        let Some(connection) = self.connections.get_mut(slot) else { return };
        if connection.ticket(slot) != ticket || connection.phase != Phase::Away {
            return;
        }
        match (result, &self.settings.tls) {
            (Ok((session, certificate)), Some(now)) => {
                // Other authorities may have been loaded meanwhile.
                let certificate = certificate.and_then(|field| {
                    if now.is_same(&tls) { Some(field) } else { now.certificate_field(&session) }
                });
                self.with_turn(slot, |connection, turn| connection.resume(session, certificate, turn));
            }
            (Ok(_), None) => self.close(slot),
            (Err(alert), _) => {
                connection.stream.alert(&alert);
                self.close(slot);
            }
        }
    }
}
