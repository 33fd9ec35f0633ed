//! A gate of the crate's own before an engine of a test's.

use heistctl::clock::Timestamp;
use heistctl::issuer::LogRecord;
use heistctl::registry::networks::Networks;
use heistctl::server::HttpExchange;
use heistctl::server::gate::connection_limits::ConnectionLimits;
use heistctl::server::gate::{Backend, Gate, GateSettings, Listener, Rates, Watch};
use heistctl::server::listen::bind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Opens the gate in plain http.
pub(super) fn open(
    engine: Box<dyn Backend>,
    watch: Arc<dyn Watch>,
    limits: ConnectionLimits,
) -> (SocketAddr, Gate) {
    let socket = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let settings = GateSettings {
        limits,
        rates: Rates { connections: "100000/s".parse().unwrap(), handshakes: "1/s".parse().unwrap() },
        idle: Duration::from_secs(20),
        tls: None,
        allow_from: Networks::default(),
        trusted_proxies: Networks::default(),
    };
    let gate = Gate::open(vec![(socket, Listener::Public)], settings, engine, watch).unwrap();
    (address, gate)
}

/// An exchange as an engine announces it.
pub(super) fn exchange(path: &str) -> HttpExchange {
    HttpExchange {
        trace_id: None,
        id: String::new(),
        time: Timestamp::from_unix(1_795_420_800),
        peer: None,
        method: "GET".to_owned(),
        path: path.to_owned(),
        endpoint: None,
        status: 200,
        duration: Duration::ZERO,
        note: LogRecord::default(),
    }
}
