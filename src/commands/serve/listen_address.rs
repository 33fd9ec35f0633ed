//! The listen address of a server.

use crate::cli::ServeArgs;
use crate::commands::listen_address::{DEFAULT, settled};
use crate::exit::Failure;
use std::net::SocketAddr;

/// Returns the address of the flag, else of `HEISTCTL_LISTEN`, else of the configuration. A server with a
/// command ignores the last two and takes a free port, because they are for the long-running server.
///
/// # Errors
/// If the variable is not an address.
pub(super) fn listen(args: &ServeArgs, configured: Option<SocketAddr>) -> Result<SocketAddr, Failure> {
    match args.listen {
        Some(address) => Ok(address),
        None if !args.command.is_empty() => Ok(SocketAddr::new(DEFAULT.ip(), 0)),
        None => settled(configured),
    }
}
