//! The listen address of a server.

use crate::cli::ServeArgs;
use crate::cli::usage::value_parsers::parse_address;
use crate::commands::environment::var;
use crate::exit::{Exit, Failure};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const PHASE: &str = "configuration";
const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8001);

/// Returns the address of the flag, else of `HEISTCTL_LISTEN`, else of the configuration. A server with a
/// command ignores the last two and takes a free port, because they are for the long-running server.
///
/// # Errors
/// If the variable is not an address.
pub(super) fn listen(args: &ServeArgs, configured: Option<SocketAddr>) -> Result<SocketAddr, Failure> {
    if let Some(address) = args.listen {
        return Ok(address);
    }
    if !args.command.is_empty() {
        return Ok(SocketAddr::new(DEFAULT.ip(), 0));
    }
    let Some(found) = var("HEISTCTL_LISTEN")? else { return Ok(configured.unwrap_or(DEFAULT)) };
    parse_address(&found.value).map_err(|why| {
        let what = format!("{}: {}", found.origin, why.about(&found.value));
        Failure { hint: why.hint, ..Failure::new(Exit::Usage, PHASE, what) }
    })
}
