//! The types that a connection and the gate's thread exchange in one turn.

use crate::server::gate::head::HeadError;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// The limit for the TLS handshake.
pub(super) const HANDSHAKE: Duration = Duration::from_secs(10);
/// The limit for a whole request, from its first byte.
pub(super) const REQUEST: Duration = Duration::from_secs(10);
/// The limit of reads in one turn, so that a client that sends endlessly does not delay the others.
pub(super) const READS: u32 = 4;
/// A larger buffer is freed when the connection becomes idle.
pub(super) const KEPT_BUFFER: usize = 1024;

/// The state of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server::gate) enum Phase {
    /// TLS is being negotiated.
    Handshake,
    /// A handshake thread owns its session.
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
    /// Everything is sent, and the peer has not closed yet.
    Draining,
}

/// The action that follows a turn.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::server::gate) enum ConnectionStep {
    /// Nothing, until something arrives.
    Wait,
    /// There is more to read, after the others' turns.
    Yield,
    /// A step of its handshake needs a handshake thread.
    Work,
    /// A request is complete.
    Ready,
    /// Its answer is sent, and it can continue.
    Again,
    /// The request is refused.
    Refuse(HeadError),
    Close,
}

/// Shared by the connections of a turn.
pub(in crate::server::gate) struct TurnContext<'a> {
    pub(in crate::server::gate) now: Instant,
    /// The read buffer.
    pub(in crate::server::gate) scratch: &'a mut [u8],
    /// The client's address, from the peer's and `X-Forwarded-For`.
    pub(in crate::server::gate) address: &'a dyn Fn(IpAddr, &[&str]) -> IpAddr,
    /// Whether an address is a trusted proxy.
    pub(in crate::server::gate) trusts: &'a dyn Fn(IpAddr) -> bool,
    /// The next request id.
    pub(in crate::server::gate) id: &'a mut dyn FnMut(IpAddr, Option<&str>) -> String,
}

/// The origin of a connection.
#[derive(Clone, Copy, Debug)]
pub(in crate::server::gate) struct Origin {
    pub(in crate::server::gate) peer: IpAddr,
    /// The address that it counts for; `None` for a trusted proxy.
    pub(in crate::server::gate) counted: Option<IpAddr>,
    /// The field that names its listener.
    pub(in crate::server::gate) door: Option<&'static str>,
}
