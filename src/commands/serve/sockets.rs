//! The sockets of a server, bound here or inherited from a service manager.

use super::console::PHASE;
use super::prepare::check_address;
use super::prepared::Prepared;
use crate::cli::ServeArgs;
use crate::exit::{Exit, Failure};
use crate::os_error::plain;
use crate::server::gate::Listener;
use crate::server::listen::{adopt, bind};
use std::io;
use std::net::{SocketAddr, TcpListener};

pub(super) struct Sockets {
    pub(super) public: (TcpListener, Listener),
    pub(super) address: SocketAddr,
    pub(super) metrics: Option<(TcpListener, SocketAddr)>,
}

/// Opens the sockets. A socket from the service manager (systemd's `LISTEN_FDS`) replaces `--listen`.
pub(super) fn open(prepared: &Prepared) -> Result<Sockets, Failure> {
    let inherited = inherited()?;
    let address = match &inherited {
        Some(socket) => socket.local_addr().map_err(|error| failed("the inherited socket", &error))?,
        None => prepared.listen,
    };
    check_address(prepared, address)?;
    let public = match inherited {
        Some(socket) => (socket, Listener::Inherited),
        None => (bind_or_say_why(address, "--listen")?, Listener::Public),
    };
    let metrics = prepared
        .run
        .metrics_listen
        .map(|address| bind_or_say_why(address, "--metrics-listen"))
        .transpose()?;
    let named =
        |socket: &TcpListener| socket.local_addr().map_err(|error| failed("the listening socket", &error));
    let address = named(&public.0)?;
    let metrics = metrics.map(|socket| named(&socket).map(|address| (socket, address))).transpose()?;
    Ok(Sockets { public, address, metrics })
}

/// Binds the addresses briefly. Returns a warning for each that is in use, perhaps by a running server.
///
/// # Errors
/// Exit 1 for an address that cannot be bound at all.
pub(super) fn check(
    args: &ServeArgs,
    listen: SocketAddr,
    metrics: Option<SocketAddr>,
) -> Result<Vec<String>, Failure> {
    // A command gets a free port, and systemd's sockets exist only at the start.
    let listen = args.command.is_empty().then_some((listen, "--listen"));
    let addresses = listen.into_iter().chain(metrics.map(|address| (address, "--metrics-listen")));
    let mut taken = Vec::new();
    if let (Some((listen, _)), Some(metrics)) = (listen, metrics)
        && listen == metrics
        && metrics.port() != 0
    {
        let what = format!("--listen and --metrics-listen are both {metrics}");
        return Err(Failure::new(Exit::Usage, PHASE, what).hint("give the metrics a port of their own"));
    }
    for (address, flag) in addresses {
        match bind(address) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                taken.push(format!(
                    "{address} is in use, perhaps by a running server; else {flag} chooses another address"
                ));
            }
            bound => drop(bound.map_err(|error| cannot_bind(address, flag, &error))?),
        }
    }
    Ok(taken)
}

fn inherited() -> Result<Option<TcpListener>, Failure> {
    let taken = listenfd::ListenFd::from_env().take_tcp_listener(0);
    let socket = taken.map_err(|error| failed("the inherited socket", &error))?;
    if let Some(socket) = &socket {
        adopt(socket).map_err(|error| failed("the inherited socket", &error))?;
    }
    Ok(socket)
}

fn failed(what: &str, error: &io::Error) -> Failure {
    Failure::new(Exit::Local, PHASE, format!("{what}: {}", plain(error)))
        .hint("the service manager must pass a listening TCP socket")
}

fn bind_or_say_why(address: SocketAddr, flag: &str) -> Result<TcpListener, Failure> {
    bind(address).map_err(|error| cannot_bind(address, flag, &error))
}

fn cannot_bind(address: SocketAddr, flag: &str, error: &io::Error) -> Failure {
    let failure = Failure::new(Exit::Local, PHASE, format!("cannot listen on {address}: {}", plain(error)));
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            failure.hint(format!("another server has the port; {flag} {}:0 takes a free one", address.ip()))
        }
        io::ErrorKind::PermissionDenied => {
            failure.hint("ports under 1024 need a privilege; choose a higher one")
        }
        _ => failure.hint(format!("{flag} names another address")),
    }
}
