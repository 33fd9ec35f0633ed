//! `heistctl serve`: prepare, bind, say so, answer until a signal, finish what is in flight.

mod client_certificates;
mod clients;
pub mod config;
pub mod demo;
pub mod limits;
pub mod prepare;
mod remote_keys;
mod signing;
pub mod watching;

use crate::cli::ServeArgs;
use crate::commands::Report;
use crate::exit::{Exit, Failure};
use crate::http::TOKEN_PATH;
use crate::issuer::{Identity, Service};
use crate::server::engine::Engine;
use crate::server::gate::crowd::Limits;
use crate::server::gate::{Gate, Listener, Settings};
use crate::server::listen::{bind, room_for};
use crate::server::route::{Endpoint, ROUTES, Route};
use crate::server::{Current, Exchange};
use anyhow::Context;
use prepare::Prepared;
use serde::Serialize;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;
use watching::Watching;

const PHASE: &str = "serve";
/// How long requests in flight may take to finish.
const DRAIN: Duration = Duration::from_secs(10);
const MAX_CONNECTIONS: usize = 10_000;
const IDLE: Duration = Duration::from_secs(20);

/// The server is ready: what scripts wait for, in `--ready-file` and on the log's first line.
#[derive(Clone, Debug, Serialize)]
pub struct Ready {
    /// `ready`
    pub event: &'static str,
    /// Where it listens.
    pub url: String,
    /// The token endpoint.
    pub token_url: String,
    /// What tokens name as their issuer.
    pub issuer: String,
    /// The process.
    pub pid: u32,
}

/// What a banner tells.
#[derive(Clone, Debug)]
pub struct Banner {
    /// How this program was called, so that commands can be pasted.
    pub program: String,
    /// The ready event.
    pub ready: Ready,
    /// Method and address of each endpoint.
    pub endpoints: Vec<(&'static str, String)>,
    /// Id and scopes of each client.
    pub clients: Vec<(String, String)>,
    /// The algorithm of the tokens' signatures.
    pub signing: &'static str,
    /// Whether the signing key was made for this run, and its tokens end with it.
    pub ephemeral_key: bool,
    /// Id, secret and scope of a client to try, where they are public.
    pub demo: Option<(&'static str, &'static str, &'static str)>,
}

/// Where `serve` tells what happens.
pub trait Console: Send + Sync {
    /// The socket is open.
    fn ready(&self, banner: &Banner);
    /// A request was answered. Must not block.
    fn exchange(&self, exchange: Arc<Exchange>);
    /// Lines that [`Console::exchange`] had no room for, since the start.
    fn dropped(&self) -> u64;
    /// Something is wrong that an operator should know at once.
    fn alarm(&self, phase: &str, what: &str);
    /// Where lines go that are to stand beside the log; each is one call.
    fn lines(&self) -> Box<dyn Write + Send>;
    /// The server is about to stop; returns when everything has been written.
    fn finish(&self);
}

/// Runs until SIGINT or SIGTERM.
///
/// # Errors
/// Exit 2 for a configuration that is wrong, 1 where the socket cannot be bound.
pub fn run(args: &ServeArgs, console: &Arc<dyn Console>) -> anyhow::Result<Report> {
    let prepared = prepare::prepare(args)?;
    if let Some(path) = &args.ready_file {
        check_ready_file(path)?;
    }
    let watching = Watching::open(prepared.audit_log.as_ref(), console)?;
    let key_since = prepared.key_since;
    let (stop, stopped) = channel();
    stop_on_signal(stop).context("cannot listen for signals")?;
    let listener = bind_or_say_why(prepared.listen)?;
    let address = listener.local_addr().context("the listening socket has no address")?;
    let (service, banner) = assemble(prepared, address);
    // The socket is open and its backlog holds who comes now: ready is the log's first line.
    if let Some(path) = &args.ready_file {
        write_ready_file(path, &banner.ready)?;
    }
    console.ready(&banner);
    watching.serves(&service, key_since);
    let gate = start(listener, service, &watching)?;
    // Where nobody can tell it to stop any more, it stops.
    let _ = stopped.recv();
    let drained = gate.stop(DRAIN);
    watching.finish();
    if drained {
        return Ok(Report::Served);
    }
    let what = format!("requests were still open after {} s and were cut off", DRAIN.as_secs());
    Err(Failure::new(Exit::Local, PHASE, what).into())
}

/// The first SIGINT or SIGTERM asks the server to stop; the second ends the process at once.
fn stop_on_signal(stop: Sender<()>) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for (count, _) in signals.forever().enumerate() {
            if count > 0 || stop.send(()).is_err() {
                std::process::exit(i32::from(Exit::Interrupted.code()));
            }
        }
    })?;
    Ok(())
}

fn bind_or_say_why(address: SocketAddr) -> Result<TcpListener, Failure> {
    bind(address).map_err(|error| {
        let failure = Failure::new(Exit::Local, PHASE, format!("cannot listen on {address}: {error}"));
        match error.kind() {
            io::ErrorKind::AddrInUse => {
                failure.hint("another server has the port; --listen 127.0.0.1:0 takes a free one")
            }
            io::ErrorKind::PermissionDenied => {
                failure.hint("ports under 1024 need a privilege; choose a higher one")
            }
            _ => failure.hint("--listen names another address"),
        }
    })
}

fn assemble(prepared: Prepared, address: SocketAddr) -> (Service, Banner) {
    let url = format!("http://{address}");
    let issuer = prepared.issuer.unwrap_or_else(|| url.clone());
    let of_issuer = Some(issuer.clone()).filter(|issuer| issuer.contains("://"));
    let public_url = prepared.public_url.or(of_issuer).unwrap_or_else(|| url.clone());
    let identity = Identity { issuer: issuer.clone(), public_url };
    let keys = Arc::new(remote_keys::FetchedKeys::default());
    let service = Service::new(identity, prepared.registry, prepared.signer, prepared.settings, keys);
    let endpoint = |path: &str| format!("{url}{path}");
    let ready = Ready {
        event: "ready",
        token_url: endpoint(TOKEN_PATH),
        issuer,
        pid: std::process::id(),
        url: url.clone(),
    };
    // What answers 404 or holds nothing is not worth a line.
    let (found, published) = (service.issuer_is_url(), service.has_public_keys());
    let shown = |route: &&Route| match route.endpoint {
        Endpoint::OpenApi | Endpoint::Health => false,
        Endpoint::Metadata => found,
        Endpoint::Jwks => published,
        _ => true,
    };
    let described = |route: &Route| (route.method.name(), endpoint(route.operation.path));
    let banner = Banner {
        program: std::env::args_os().next().unwrap_or_default().to_string_lossy().into_owned(),
        ready,
        endpoints: ROUTES.iter().filter(shown).map(described).collect(),
        clients: service.registry.iter().map(|c| (c.id.clone(), c.scopes.to_string())).collect(),
        signing: service.signer.algorithm().name(),
        ephemeral_key: prepared.ephemeral_key,
        demo: prepared.demo.then(|| (demo::CLIENTS[0].0, demo::CLIENTS[0].1, demo::CLIENTS[0].2[0])),
    };
    (service, banner)
}

fn start(listener: TcpListener, service: Service, watching: &Arc<Watching>) -> Result<Gate, Failure> {
    let engine = Engine::new(Arc::new(Current::new(Arc::new(service))), watching.observer());
    let connections = room_for(MAX_CONNECTIONS);
    let settings = Settings {
        limits: Limits { connections, per_address: connections.div_ceil(4) },
        idle: IDLE,
        tls: None,
        trusted_proxy: Box::new(|_| false),
    };
    Gate::open(vec![(listener, Listener::Public)], settings, Box::new(engine), watching.clone())
        .map_err(|error| Failure::new(Exit::Local, PHASE, format!("cannot start: {error}")))
}

/// The file is replaced, so what stands there must be a file: never a device, a pipe or a link.
fn check_ready_file(path: &Path) -> Result<(), Failure> {
    match std::fs::symlink_metadata(path) {
        Ok(there) if !there.is_file() => {
            let what = format!("the ready file {} is there and is no regular file", path.display());
            Err(Failure::new(Exit::Usage, PHASE, what).hint("it would be replaced; name a file of its own"))
        }
        _ => Ok(()),
    }
}

/// Written aside, then renamed: whoever sees the file sees all of it.
fn write_ready_file(path: &Path, ready: &Ready) -> Result<(), Failure> {
    let write = || -> anyhow::Result<()> {
        let mut text = serde_json::to_string(ready)?;
        text.push('\n');
        let name = path.file_name().context("it names no file")?.to_string_lossy();
        let aside = path.with_file_name(format!(".{name}.{}", ready.pid));
        // Never through a link that somebody put there.
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&aside)?;
        file.write_all(text.as_bytes())?;
        std::fs::rename(&aside, path).inspect_err(|_| drop(std::fs::remove_file(&aside)))?;
        Ok(())
    };
    write().map_err(|error| {
        Failure::new(Exit::Local, PHASE, format!("cannot write the ready file {}: {error:#}", path.display()))
    })
}
