//! The listen address of a server.

use super::environment::var;
use crate::cli::usage::value_parsers::parse_address;
use crate::exit::{Exit, Failure};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const PHASE: &str = "configuration";
/// The address without any setting.
pub(super) const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8001);

/// The address of `HEISTCTL_LISTEN`, else of the configuration, else [`DEFAULT`].
///
/// # Errors
/// If the variable is not an address.
pub(super) fn settled(configured: Option<SocketAddr>) -> Result<SocketAddr, Failure> {
    let Some(found) = var("HEISTCTL_LISTEN")? else { return Ok(configured.unwrap_or(DEFAULT)) };
    parse_address(&found.value).map_err(|why| {
        let what = format!("{}: {}", found.origin, why.about(&found.value));
        Failure { hint: why.hint, ..Failure::new(Exit::Usage, PHASE, what) }
    })
}
