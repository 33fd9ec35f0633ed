//! tiny_http, and nothing but it: its requests become our values, our responses become its. Until
//! a stricter front owns the public socket, it serves loopback only (see `commands::serve`).

use crate::clock::Timestamp;
use crate::http::{Headers, Method, Peer, Request, Response};
use crate::issuer::{Outcome, Service};
use crate::jose::digest;
use crate::server::Exchange;
use crate::server::route::{refused, route};
use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// A larger body is answered with 413: a token request is a few hundred bytes.
pub const MAX_BODY: usize = 64 * 1024;
const BACKLOG: i32 = 1024;
/// How long a request that has begun to arrive may take to become whole when the server stops.
const LINGER: Duration = Duration::from_millis(500);
/// So much of a path is logged.
const MAX_PATH: usize = 256;

/// Receives an [`Exchange`] for every answered request; must not block.
pub type Observer = dyn Fn(Exchange) + Send + Sync;

/// A running server.
pub struct Engine {
    server: Arc<tiny_http::Server>,
    workers: usize,
    /// Closed when the last worker has ended.
    running: Receiver<()>,
}

/// Binds the listening socket. TCP_NODELAY is inherited by what it accepts: an answer of more than
/// one segment must not wait for the client's delayed acknowledgement.
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

impl Engine {
    /// Starts answering on a bound socket. `on_failure` is told when the listener fails, after which
    /// no connection is accepted any more.
    ///
    /// # Errors
    /// Where threads cannot be started.
    pub fn start(
        listener: TcpListener,
        service: Arc<Service>,
        observer: Arc<Observer>,
        on_failure: impl Fn(io::Error) + Clone + Send + 'static,
    ) -> io::Result<Self> {
        let server = Arc::new(tiny_http::Server::from_listener(listener, None).map_err(io::Error::other)?);
        let workers = thread::available_parallelism().map_or(2, |n| n.get().max(2));
        let (alive, running) = channel();
        for number in 0..workers {
            let (server, service, observer) = (server.clone(), service.clone(), observer.clone());
            let (alive, on_failure) = (alive.clone(), on_failure.clone());
            thread::Builder::new().name(format!("worker-{number}")).spawn(move || {
                if let Some(error) = work(&server, &service, observer.as_ref()) {
                    on_failure(error);
                }
                drop(alive);
            })?;
        }
        Ok(Self { server, workers, running })
    }

    /// Lets the workers finish what has been received, for at most `patience`. True where they did.
    #[must_use]
    pub fn stop(self, patience: Duration) -> bool {
        // A request of which the crate has read a part comes to a worker once it is whole.
        thread::sleep(LINGER);
        for _ in 0..self.workers {
            self.server.unblock();
        }
        self.running.recv_timeout(patience) == Err(RecvTimeoutError::Disconnected)
    }
}

/// Answers requests until it is unblocked (`None`) or the listener fails.
fn work(server: &tiny_http::Server, service: &Service, observer: &Observer) -> Option<io::Error> {
    loop {
        match server.recv() {
            Ok(request) => handle(request, service, observer),
            // The crate tells an unblocked worker by this kind and text only.
            Err(error) if error.kind() == io::ErrorKind::Other => return None,
            Err(error) => return Some(error),
        }
    }
}

fn handle(mut incoming: tiny_http::Request, service: &Service, observer: &Observer) {
    let started = Instant::now();
    let peer = incoming.remote_addr().map(SocketAddr::ip);
    let outcome = answer(&mut incoming, service);
    let (method, target) = (incoming.method().to_string(), incoming.url());
    let path: String = target.split(['?', '#']).next().unwrap_or_default().chars().take(MAX_PATH).collect();
    let status = outcome.response.status;
    // Who went away before the answer has nothing to be told.
    let _ = incoming.respond(outgoing(outcome.response));
    let (time, duration) = (Timestamp::now(), started.elapsed());
    observer(Exchange {
        id: String::new(),
        time,
        peer,
        method,
        path,
        status,
        duration,
        note: outcome.note.bounded(),
    });
}

/// A panic stays in its request: the caller gets 500, the next one is served.
fn answer(incoming: &mut tiny_http::Request, service: &Service) -> Outcome {
    let body = match read_body(incoming) {
        Ok(Some(body)) => body,
        Ok(None) => {
            return refused(413, "invalid_request", &format!("the body is larger than {MAX_BODY} bytes"));
        }
        Err(error) => {
            return refused(400, "invalid_request", &format!("the body could not be read: {error}"));
        }
    };
    let address = incoming.remote_addr().map(SocketAddr::ip);
    let request = request(incoming, body).from_peer(Peer { address, certificate: None });
    let routed = AssertUnwindSafe(|| route(service, &request, Timestamp::now(), digest::random));
    catch_unwind(routed)
        .unwrap_or_else(|_| refused(500, "server_error", "the server failed; its log says why"))
}

/// The body as its framing gives it (RFC 9112 section 6.3), `None` where it is too large. Without
/// framing there is none: the crate would read the next request, or wait for ever, as it does for
/// a client that offers an upgrade.
fn read_body(incoming: &mut tiny_http::Request) -> io::Result<Option<Vec<u8>>> {
    let chunked = incoming.headers().iter().any(|header| header.field.equiv("Transfer-Encoding"));
    let limit = match incoming.body_length() {
        _ if chunked => MAX_BODY + 1,
        Some(length) if length > MAX_BODY => return Ok(None),
        Some(length) => length,
        None => 0,
    };
    let mut body = Vec::new();
    incoming.as_reader().take(limit as u64).read_to_end(&mut body)?;
    if body.len() <= MAX_BODY {
        return Ok(Some(body));
    }
    // What is left of a chunked body would be taken for the next request.
    io::copy(incoming.as_reader(), &mut io::sink())?;
    Ok(None)
}

fn request(incoming: &tiny_http::Request, body: Vec<u8>) -> Request {
    let mut headers = Headers::default();
    for header in incoming.headers() {
        headers.push(header.field.as_str().as_str(), header.value.as_str());
    }
    let method = Method::parse(incoming.method().as_str());
    Request::new(method, origin_form(incoming.url()), headers, body)
}

/// A server takes the absolute form, too (RFC 9112 section 3.2.2); its authority says nothing new.
fn origin_form(target: &str) -> &str {
    let rest = target.strip_prefix("http://").or_else(|| target.strip_prefix("https://"));
    rest.map_or(target, |rest| rest.find('/').map_or("/", |slash| &rest[slash..]))
}

fn outgoing(response: Response) -> tiny_http::Response<io::Cursor<Vec<u8>>> {
    let headers = response.headers.iter();
    let headers =
        headers.filter_map(|(name, value)| tiny_http::Header::from_bytes(*name, value.as_bytes()).ok());
    let length = response.body.len();
    let (status, headers) = (tiny_http::StatusCode(response.status), headers.collect());
    tiny_http::Response::new(status, headers, io::Cursor::new(response.body), Some(length), None)
        .with_chunked_threshold(usize::MAX)
}
