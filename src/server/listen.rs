//! Listening sockets, and the number of descriptors for their connections.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsFd;
use std::time::Duration;

/// Connections that the kernel queues until they are accepted.
const BACKLOG: i32 = 4096;
/// Descriptors that are reserved for lines to the engine, logs and the store, with a margin.
const RESERVE: u64 = 64;

/// Binds a listening socket. Accepted connections inherit TCP_NODELAY: an answer of several segments must
/// not wait for the client's delayed acknowledgement.
///
/// # Errors
/// If the address is in use or not local.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_tcp_nodelay(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Configures an inherited socket like our own.
///
/// # Errors
/// If the system refuses.
pub fn adopt(listener: &TcpListener) -> io::Result<()> {
    let socket = socket2::SockRef::from(listener);
    // Child processes must not keep the socket open.
    socket.set_cloexec(true)?;
    socket.set_tcp_nodelay(true)?;
    socket.listen(BACKLOG)
}

/// Lets the end of a connection be a reset (RST).
pub fn reset_at_close(socket: &impl AsFd) {
    // Without it the end is a usual one.
    let _ = socket2::SockRef::from(socket).set_linger(Some(Duration::ZERO));
}

/// The possible number of connections, up to the wanted one: raises the soft limit of descriptors as far as
/// necessary and allowed.
#[must_use]
pub fn room_for(wished: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = (wished as u64).saturating_add(RESERVE);
    let now = limit.current.unwrap_or(u64::MAX);
    let possible = limit.maximum.unwrap_or(u64::MAX);
    let raised = Rlimit { current: Some(wanted.min(possible)), maximum: limit.maximum };
    let now =
        if now < wanted && setrlimit(Resource::Nofile, raised).is_ok() { wanted.min(possible) } else { now };
    let left = now.saturating_sub(RESERVE).max(now / 4).max(1);
    wished.min(usize::try_from(left).unwrap_or(usize::MAX))
}
