//! A connection while TLS is being negotiated: it takes in what the peer says, a handshake thread does
//! what is costly.

use super::{Connection, ConnectionStep, Phase, READS, REQUEST, TurnContext};
use crate::server::gate::head::HeadError;
use crate::server::gate::stream::Received;
use rustls::ServerConnection;

const NOT_TLS: HeadError = HeadError { status: 400, why: "this port speaks https: ask with https://" };

impl Connection {
    /// Reads until there is a step of the handshake to be taken or the socket has no more.
    pub(super) fn hear(&mut self) -> ConnectionStep {
        if self.readable && self.stream.gives_tls_up() {
            self.readable = false;
            return ConnectionStep::Refuse(NOT_TLS);
        }
        for _ in 0..READS {
            if !self.readable {
                return ConnectionStep::Wait;
            }
            match self.stream.hear() {
                Ok(Received::End) | Err(_) => return ConnectionStep::Close,
                Ok(received) => self.readable = received == Received::Some,
            }
            if self.stream.has_work() {
                // Of the peer's end only a read that finds it tells.
                self.readable |= self.hung_up;
                self.phase = Phase::Away;
                return ConnectionStep::Work;
            }
        }
        ConnectionStep::Yield
    }

    /// Takes its session back from a handshake thread, with the field for the certificate that the peer
    /// has shown.
    pub(in crate::server::gate) fn resume(
        &mut self,
        session: Box<ServerConnection>,
        certificate: Option<String>,
        turn: &mut TurnContext<'_>,
    ) -> ConnectionStep {
        let Ok(received) = self.stream.resume(session, turn.scratch, &mut self.arrival.input) else {
            return ConnectionStep::Close;
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
