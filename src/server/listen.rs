//! Listening sockets, and how many descriptors there are for what they bring.

use std::io;
use std::net::{SocketAddr, TcpListener};

/// Connections that the kernel holds for us until we accept them.
const BACKLOG: i32 = 4096;
/// Descriptors that are not for connections: lines to the engine, logs, the store, and a few to spare.
const RESERVE: u64 = 64;

/// Binds a listening socket. TCP_NODELAY is inherited by what it accepts: an answer of more than one
/// segment must not wait for the client's delayed acknowledgement.
///
/// # Errors
/// Where the address is in use or not ours.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_tcp_nodelay(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Makes a socket that somebody else has bound what ours are.
///
/// # Errors
/// Where the system refuses.
pub fn adopt(listener: &TcpListener) -> io::Result<()> {
    let socket = socket2::SockRef::from(listener);
    // Child processes must not hold the socket open.
    socket.set_cloexec(true)?;
    socket.set_tcp_nodelay(true)?;
    socket.listen(BACKLOG)
}

/// How many connections there may be, of so many that are wished for: raises the soft limit of
/// descriptors as far as it must and may.
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
