//! A connection while TLS is being negotiated: it takes in what the peer says, a handshake thread does
//! what is costly.

use super::{Connection, Phase, READS, REQUEST, Step, Turn};
use crate::server::gate::head::Fault;
use crate::server::gate::stream::Received;
use rustls::ServerConnection;

const NOT_TLS: Fault = Fault { status: 400, why: "this port speaks https: ask with https://" };

impl Connection {
    /// Reads until there is a step of the handshake to be taken or the socket has no more.
    pub(super) fn hear(&mut self) -> Step {
        if self.readable && self.stream.gives_tls_up() {
            self.readable = false;
            return Step::Refuse(NOT_TLS);
        }
        for _ in 0..READS {
            if !self.readable {
                return Step::Wait;
            }
            match self.stream.hear() {
                Ok(Received::End) | Err(_) => return Step::Close,
                Ok(received) => self.readable = received == Received::Some,
            }
            if self.stream.has_work() {
                // Of the peer's end only a read that finds it tells.
                self.readable |= self.hung_up;
                self.phase = Phase::Away;
                return Step::Work;
            }
        }
        Step::Yield
    }

    /// Takes its session back from a handshake thread, with the field for the certificate that the peer
    /// has shown.
    pub(in crate::server::gate) fn resume(
        &mut self,
        session: Box<ServerConnection>,
        certificate: Option<String>,
        turn: &mut Turn<'_>,
    ) -> Step {
        let Ok(received) = self.stream.resume(session, turn.scratch, &mut self.arrival.input) else {
            return Step::Close;
        };
        self.ended = received == Received::End;
        self.phase = Phase::Handshake;
        if !self.stream.is_handshaking() {
            let limit = if self.has_begun() { REQUEST } else { self.idle };
            (self.phase, self.deadline) = (Phase::Reading, turn.now + limit);
            self.certificate = certificate;
        }
        self.go_on(turn)
    }
}
