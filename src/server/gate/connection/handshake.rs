//! A connection during its TLS handshake. It reads the peer's messages; a handshake thread does the costly
//! steps.

use super::Connection;
use super::turn::{ConnectionStep, Phase, READS, REQUEST, TurnContext};
use crate::server::gate::refusals::NOT_TLS;
use crate::server::gate::stream::Received;
use rustls::ServerConnection;

impl Connection {
    /// Reads until the handshake has a step for a thread, or the socket is drained.
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
                // Only another read detects the peer's end.
                self.readable |= self.hung_up;
                self.phase = Phase::Away;
                return ConnectionStep::Work;
            }
        }
        ConnectionStep::Yield
    }

    /// Receives its session back from a handshake thread, with the client certificate's field.
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
            self.received = turn.now;
            self.begun = self.has_begun().then_some(turn.now);
            let limit = if self.begun.is_some() { REQUEST } else { self.idle };
            (self.phase, self.deadline) = (Phase::Reading, turn.now + limit);
            self.certificate = certificate;
        }
        self.go_on(turn)
    }
}
