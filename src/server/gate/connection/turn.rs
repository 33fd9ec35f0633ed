//! The terms in which a connection and the gate's thread speak of one turn.

use crate::server::gate::head::HeadError;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// For the TLS handshake.
pub(super) const HANDSHAKE: Duration = Duration::from_secs(10);
/// For head and body of a request together, from its first byte.
pub(super) const REQUEST: Duration = Duration::from_secs(10);
/// Reads of a socket in one turn: a client that sends without end must not keep the others waiting.
pub(super) const READS: u32 = 4;
/// A larger buffer is given back when the connection falls idle.
pub(super) const KEPT_BUFFER: usize = 1024;

/// The state of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server::gate) enum Phase {
    /// TLS is being negotiated.
    Handshake,
    /// A handshake thread has its session.
    Away,
    /// Idle, or a request is arriving.
    Reading,
    /// Its request is with the engine.
    Waiting,
    /// The engine has deferred the answer.
    Deferred,
    /// Its answer is being delayed.
    Held,
    /// Its answer is being sent.
    Writing,
    /// All is sent, and the peer has yet to close.
    Draining,
}

/// The action that follows a turn.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::server::gate) enum ConnectionStep {
    /// Nothing, until something arrives.
    Wait,
    /// There is more to read, once the others have had their turn.
    Yield,
    /// A step of its handshake is for a handshake thread.
    Work,
    /// A whole request is here.
    Ready,
    /// The last byte of its answer was written, and it can go on.
    Again,
    /// The request is refused.
    Refuse(HeadError),
    /// It is over.
    Close,
}

/// Shared by the connections of a turn.
pub(in crate::server::gate) struct TurnContext<'a> {
    pub(in crate::server::gate) now: Instant,
    /// Where sockets are read into.
    pub(in crate::server::gate) scratch: &'a mut [u8],
    /// The client's address, by the peer's and `X-Forwarded-For`.
    pub(in crate::server::gate) address: &'a dyn Fn(IpAddr, &[&str]) -> IpAddr,
    /// The next request's id.
    pub(in crate::server::gate) id: &'a mut dyn FnMut(IpAddr, Option<&str>) -> String,
}

/// Where a connection comes from.
#[derive(Clone, Copy, Debug)]
pub(in crate::server::gate) struct Origin {
    pub(in crate::server::gate) peer: IpAddr,
    /// The address that its connections are counted for; `None` for a trusted proxy.
    pub(in crate::server::gate) counted: Option<IpAddr>,
    /// The value of the field that names its listener.
    pub(in crate::server::gate) door: Option<&'static str>,
}
