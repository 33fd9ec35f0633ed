//! tiny_http, and nothing but it: its requests become our values, our responses become its. It serves
//! a private Unix socket, and only the gate ever speaks to it: what it reads is canonical.

use crate::clock::Timestamp;
use crate::http::{Headers, Method, Peer, Request, Response};
use crate::issuer::Outcome;
use crate::jose::digest;
use crate::server::gate::canonical::field;
use crate::server::gate::{self, tls};
use crate::server::route::{refused, route};
use crate::server::{Current, Exchange, MAX_PATH, Serving};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

/// Connections between gate and engine. The crate keeps four threads for as many; a fifth could wait
/// for ever behind a thread that is about to be busy.
const LINES: usize = 4;
/// Workers beside one for each core: for requests that wait, for a slow secret or a store.
const WAITERS: usize = 2;

/// What the engine tells of, and what it asks beside the service.
pub trait Observer: Send + Sync {
    /// A request is about to be answered. It may hold the worker back: what cannot be put on record is
    /// not given.
    fn observe(&self, exchange: Exchange);
    /// Answers a request that came by the metrics' own address.
    fn metrics(&self, request: &Request, now: Timestamp) -> Outcome;
}

/// The engine, and what its requests are answered by.
pub struct Engine {
    current: Arc<Current>,
    observer: Arc<dyn Observer>,
    running: Option<Arc<tiny_http::Server>>,
    workers: usize,
}

impl Engine {
    /// An engine that is not running yet.
    #[must_use]
    pub fn new(current: Arc<Current>, observer: Arc<dyn Observer>) -> Self {
        let workers = thread::available_parallelism().map_or(2, |n| n.get().max(2)) + WAITERS;
        Self { current, observer, running: None, workers }
    }

    fn start(&mut self, listener: UnixListener) -> io::Result<()> {
        let server = Arc::new(tiny_http::Server::from_listener(listener, None).map_err(io::Error::other)?);
        for number in 0..self.workers {
            let (server, current, observer) = (server.clone(), self.current.clone(), self.observer.clone());
            let worker = thread::Builder::new().name(format!("worker-{number}"));
            worker.spawn(move || work(&server, &current, observer.as_ref()))?;
        }
        self.running = Some(server);
        Ok(())
    }
}

impl gate::Engine for Engine {
    fn open(&mut self) -> io::Result<Vec<UnixStream>> {
        // What an engine that failed is still at may end in its own time.
        if let Some(failed) = self.running.take() {
            (0..self.workers).for_each(|_| failed.unblock());
        }
        let name = digest::hex(&digest::random::<8>().map_err(io::Error::other)?);
        let folder = std::env::temp_dir().join(format!("heistctl-{name}"));
        std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
        let path = folder.join("engine");
        let listener = UnixListener::bind(&path);
        let lines = listener.and_then(|listener| {
            self.start(listener)?;
            (0..LINES).map(|_| UnixStream::connect(&path)).collect()
        });
        // Once the lines are open nobody else can open one, and nothing is left if the process dies.
        std::fs::remove_dir_all(&folder)?;
        lines
    }

    fn is_slow(&self) -> bool {
        self.current.get().service.registry.checks_slowly()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(server) = &self.running {
            (0..self.workers).for_each(|_| server.unblock());
        }
    }
}

/// Answers requests until it is unblocked.
fn work(server: &tiny_http::Server, current: &Current, observer: &dyn Observer) {
    loop {
        match server.recv() {
            Ok(request) => {
                // A panic beside the service: the crate answers 500, and the worker goes on.
                let handled = AssertUnwindSafe(|| handle(request, &current.get(), observer));
                let _ = catch_unwind(handled);
            }
            // The crate tells an unblocked worker by this kind and text only.
            Err(error) if error.kind() == io::ErrorKind::Other => return,
            // Its listener failed, which nobody needs any more.
            Err(_) => {}
        }
    }
}

fn handle(mut incoming: tiny_http::Request, serving: &Serving, observer: &dyn Observer) {
    let started = Instant::now();
    let mut body = Vec::with_capacity(incoming.body_length().unwrap_or(0));
    let read = incoming.as_reader().read_to_end(&mut body);
    let Received { request, id, by_metrics } = received(&incoming, body);
    let now = Timestamp::now();
    let outcome = match read {
        Ok(_) if by_metrics => observer.metrics(&request, now),
        Ok(_) => answer(&request, serving, now),
        Err(error) => refused(500, "server_error", &format!("the body could not be read: {error}")),
    };
    let path = request.path().chars().take(MAX_PATH).collect();
    let (status, method) = (outcome.response.status, incoming.method().to_string());
    let (duration, peer, note) = (started.elapsed(), request.peer.address, outcome.note.bounded());
    observer.observe(Exchange { id: id.clone(), time: now, peer, method, path, status, duration, note });
    // Who went away before the answer has nothing to be told.
    let _ = incoming.respond(outgoing(outcome.response, &id));
}

/// A panic stays in its request: the caller gets 500, the next one is served.
fn answer(request: &Request, serving: &Serving, now: Timestamp) -> Outcome {
    let routed = AssertUnwindSafe(|| {
        let refusal = serving.admission.refusal(&request.peer, now);
        refusal.unwrap_or_else(|| route(&serving.service, request, now, digest::random))
    });
    catch_unwind(routed)
        .unwrap_or_else(|_| refused(500, "server_error", "the server failed; its log says why"))
}

/// What the gate handed over.
struct Received {
    request: Request,
    id: String,
    /// Whether it came by the metrics' own address.
    by_metrics: bool,
}

/// A canonical request as a value. The gate's own fields say who sent it.
fn received(incoming: &tiny_http::Request, body: Vec<u8>) -> Received {
    let mut headers = Headers::default();
    let (mut peer, mut id, mut by_metrics) = (Peer::default(), String::new(), false);
    for header in incoming.headers() {
        let (name, value) = (header.field.as_str().as_str(), header.value.as_str());
        match name {
            field::PEER => peer.address = value.parse().ok(),
            field::ID => value.clone_into(&mut id),
            field::CERTIFICATE => peer.certificate = tls::read_certificate_field(value),
            field::DOOR => by_metrics = true,
            _ => headers.push(name, value),
        }
    }
    let method = Method::parse(incoming.method().as_str());
    let request = Request::new(method, incoming.url(), headers, body).from_peer(peer);
    Received { request, id, by_metrics }
}

fn outgoing(response: Response, id: &str) -> tiny_http::Response<io::Cursor<Vec<u8>>> {
    let header = |name: &str, value: &[u8]| tiny_http::Header::from_bytes(name, value).ok();
    let mut headers: Vec<_> =
        response.headers.iter().filter_map(|(name, value)| header(name, value.as_bytes())).collect();
    headers.extend(header("Server", b"heistctl"));
    headers.extend(header("X-Request-Id", id.as_bytes()));
    if !response.delay.is_zero() {
        headers.extend(header(field::DELAY, response.delay.as_millis().to_string().as_bytes()));
    }
    let length = response.body.len();
    let status = tiny_http::StatusCode(response.status);
    tiny_http::Response::new(status, headers, io::Cursor::new(response.body), Some(length), None)
        .with_chunked_threshold(usize::MAX)
}
