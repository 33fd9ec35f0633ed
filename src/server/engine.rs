//! The only user of tiny_http: converts its requests and responses to and from our values. It serves a
//! private Unix socket that only the gate uses, so its input is canonical.
//!
//! A worker never waits. An answer that needs a wait (for the store, a slow secret, a client's keys) is
//! deferred: the worker tells the gate and continues, and a bulkhead thread answers the request. The answer
//! of a decision is also deferred, until the decision is recorded.

use crate::clock::Timestamp;
use crate::http::trace_context::{TRACEPARENT, trace_id};
use crate::http::{Headers, Method, Peer, Request, Response};
use crate::issuer::{LoggedResponse, Run, Service};
use crate::jose::digest;
use crate::os_error::plain;
use crate::server::audit::{AuditedDecision, CannotRecord, DecisionKind};
use crate::server::bulkheads::{BulkheadFull, Bulkheads, Queued};
use crate::server::engine_socket::{self, EngineSocket};
use crate::server::gate::canonical::{field, sending_field};
use crate::server::gate::{self, DeferredAnswer, Mailbox, Ticket, tls};
use crate::server::route::{self, refused, route};
use crate::server::{Current, HttpExchange, MAX_PATH, Serving};
use crate::text::truncate;
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Instant;

/// The number of connections between gate and engine. tiny_http keeps four threads for connections; a fifth
/// connection could wait forever behind a busy thread.
const LINES: usize = 4;

/// Records and measures the engine's work. Nothing here may block.
pub trait Observer: Send + Sync {
    /// Called before a request is decided. Returns the kind of decision if it must be recorded.
    ///
    /// # Errors
    /// If the decision could not be recorded.
    fn admit(&self, request: &Request) -> Result<Option<DecisionKind>, CannotRecord>;
    /// Records a decision. Its answer is then sent through the mailbox.
    fn record(&self, decision: AuditedDecision);
    /// Called once, before the first request.
    fn deliver_to(&self, mailbox: Mailbox);
    /// Answers a request to the metrics address.
    fn metrics(&self, request: &Request, now: Timestamp) -> LoggedResponse;
}

/// The engine and the service behind it.
pub struct Engine {
    current: Arc<Current>,
    desk: Arc<EngineContext>,
    running: Option<Arc<tiny_http::Server>>,
    workers: usize,
}

/// Shared by all requests.
struct EngineContext {
    observer: Arc<dyn Observer>,
    places: Arc<Bulkheads>,
    /// The receiver of deferred answers; unset until the gate is running.
    mailbox: OnceLock<Mailbox>,
}

impl Engine {
    /// An engine that is not running yet.
    #[must_use]
    pub fn new(current: Arc<Current>, observer: Arc<dyn Observer>, places: Arc<Bulkheads>) -> Self {
        let workers = thread::available_parallelism().map_or(2, |n| n.get().max(2));
        let desk = Arc::new(EngineContext { observer, places, mailbox: OnceLock::new() });
        Self { current, desk, running: None, workers }
    }

    fn start(&mut self, listener: UnixListener) -> io::Result<()> {
        let server = Arc::new(tiny_http::Server::from_listener(listener, None).map_err(io::Error::other)?);
        for number in 0..self.workers {
            let (server, current, desk) = (server.clone(), self.current.clone(), self.desk.clone());
            let worker = thread::Builder::new().name(format!("worker-{number}"));
            worker.spawn(move || work(&server, &current, &desk))?;
        }
        // Nothing is accepted after the connections are open, and tiny_http's shutdown would need the
        // listener's path, which may not exist.
        std::mem::forget(server.clone());
        self.running = Some(server);
        Ok(())
    }
}

impl gate::Backend for Engine {
    fn open(&mut self) -> io::Result<Vec<UnixStream>> {
        // Requests of a failed engine may finish in their own time.
        if let Some(failed) = self.running.take() {
            (0..self.workers).for_each(|_| failed.unblock());
        }
        let EngineSocket { listener, streams } = engine_socket::open(LINES)?;
        self.start(listener)?;
        Ok(streams)
    }

    fn deliver_to(&mut self, mailbox: Mailbox) {
        self.desk.observer.deliver_to(mailbox.clone());
        let _ = self.desk.mailbox.set(mailbox);
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
fn work(server: &tiny_http::Server, current: &Current, desk: &Arc<EngineContext>) {
    loop {
        match server.recv() {
            Ok(request) => {
                // After a panic outside of the service, tiny_http answers 500 and the worker continues.
                let handled = AssertUnwindSafe(|| handle(request, &current.get(), desk));
                let _ = catch_unwind(handled);
            }
            // tiny_http marks an unblocked worker only by this kind and text.
            Err(error) if error.kind() == io::ErrorKind::Other => return,
            // Its listener failed, but is no longer needed.
            Err(_) => {}
        }
    }
}

fn handle(mut incoming: tiny_http::Request, serving: &Arc<Serving>, desk: &Arc<EngineContext>) {
    let started = Instant::now();
    let mut body = Vec::with_capacity(incoming.body_length().unwrap_or(0));
    let read = incoming.as_reader().read_to_end(&mut body);
    let asked = Arc::new(received(&incoming, body, started));
    let (kind, outcome) = desk.admitted(&asked, || match read {
        Ok(_) if asked.by_metrics => desk.observer.metrics(&asked.request, serving.service.clock.now()),
        Ok(_) => contained(&asked, &serving.service, || {
            match serving.admission.refusal(&asked.request.peer, Timestamp::paced()) {
                Some(refusal) => asked.readable(refusal, &serving.service),
                None if serving.waiting => route::while_waiting(&serving.service, &asked.request),
                None => asked.answer(&serving.service),
            }
        }),
        Err(error) => refused(500, "server_error", &format!("the body could not be read: {}", plain(&error))),
    });
    let answer = match defer(&asked, serving, &serving.service.run, &outcome, desk) {
        Ok(()) => None,
        Err(BulkheadFull) => desk.settle(&asked, kind, serving, outcome),
    };
    let response = match answer {
        None => deferred(),
        Some(DeferredAnswer { ticket, response, exchange }) => {
            if let Some(mailbox) = desk.mailbox.get() {
                mailbox.announce(ticket, exchange);
            }
            outgoing(response, &asked.id)
        }
    };
    // If the gate has ended, so have its clients.
    let _ = incoming.respond(response);
}

/// Defers a request to a bulkhead, if it would have to wait and there is room.
fn defer(
    asked: &Arc<EngineRequest>,
    serving: &Arc<Serving>,
    run: &Run,
    outcome: &LoggedResponse,
    desk: &Arc<EngineContext>,
) -> Result<(), BulkheadFull> {
    let Some(wait) = outcome.record.waits_for else { return Err(BulkheadFull) };
    let run = run.next(wait, &outcome.record);
    let (again, serving, at) = (asked.clone(), serving.clone(), desk.clone());
    let work = Box::new(move |queued| answer_again(&again, &serving, run, queued, &at));
    desk.places.queue(wait, asked.request.peer.address, work)
}

/// Runs a deferred request again. Its answer is sent to the gate, unless it must wait for something else.
fn answer_again(
    asked: &Arc<EngineRequest>,
    serving: &Arc<Serving>,
    run: Run,
    queued: Queued,
    desk: &Arc<EngineContext>,
) {
    // After a long time in the queue it gets the immediate answer, usually that there are too many
    // requests.
    let run = if queued == Queued::TooLong { run.impatient() } else { run };
    let (kind, outcome) = desk.admitted(asked, || {
        contained(asked, &serving.service, || asked.answer(&serving.service.resumed(run.clone())))
    });
    if queued == Queued::Briefly && defer(asked, serving, &run, &outcome, desk).is_ok() {
        return;
    }
    let answer = desk.settle(asked, kind, serving, outcome);
    if let (Some(mailbox), Some(answer)) = (desk.mailbox.get(), answer) {
        mailbox.deliver(vec![answer]);
    }
}

impl EngineContext {
    /// Decides a request, unless the decision could not be recorded. Returns its kind if it must be.
    fn admitted(
        &self,
        asked: &EngineRequest,
        decide: impl FnOnce() -> LoggedResponse,
    ) -> (Option<DecisionKind>, LoggedResponse) {
        if asked.by_metrics {
            return (None, decide());
        }
        match self.observer.admit(&asked.request) {
            Ok(kind) => (kind, decide()),
            Err(cannot) => (None, cannot.outcome()),
        }
    }

    /// The answer, if it may be sent now. The answer of a decision is sent once it is recorded.
    fn settle(
        &self,
        asked: &EngineRequest,
        kind: Option<DecisionKind>,
        serving: &Serving,
        mut outcome: LoggedResponse,
    ) -> Option<DeferredAnswer> {
        if !asked.by_metrics {
            outcome = serving.tested(&asked.request, outcome);
        }
        let exchange = Box::new(asked.exchange(&serving.service, &mut outcome));
        let answer = DeferredAnswer { ticket: asked.ticket, response: outcome.response, exchange };
        let Some(kind) = kind else { return Some(answer) };
        self.observer.record(AuditedDecision { kind, answer });
        None
    }
}

/// Confines a panic to its request: the caller gets 500, the next request is served.
fn contained(
    asked: &EngineRequest,
    service: &Service,
    answer: impl FnOnce() -> LoggedResponse,
) -> LoggedResponse {
    catch_unwind(AssertUnwindSafe(answer)).unwrap_or_else(|_| {
        asked.readable(refused(500, "server_error", "the server failed; its log says why"), service)
    })
}

/// A request from the gate.
struct EngineRequest {
    request: Request,
    id: String,
    ticket: Ticket,
    /// Whether it came through the metrics address.
    by_metrics: bool,
    started: Instant,
}

impl EngineRequest {
    fn answer(&self, service: &Service) -> LoggedResponse {
        route(service, &self.request, service.clock.now(), digest::random)
    }

    /// Makes a refusal readable by browsers if the path's own answers are.
    fn readable(&self, refusal: LoggedResponse, service: &Service) -> LoggedResponse {
        route::readable(refusal, &self.request, service.issuer_path())
    }

    /// The exchange of an answer, with its log record.
    fn exchange(&self, service: &Service, outcome: &mut LoggedResponse) -> HttpExchange {
        let route = route::at(self.request.path(), service.issuer_path()).filter(|_| !self.by_metrics);
        HttpExchange {
            id: self.id.clone(),
            trace_id: self.request.headers.get(TRACEPARENT).and_then(trace_id).map(str::to_owned),
            time: Timestamp::now(),
            peer: self.request.peer.address,
            method: self.request.method_name.clone(),
            path: truncate(self.request.path(), MAX_PATH).into_owned(),
            endpoint: route.map(|route| route.endpoint),
            status: outcome.response.status,
            duration: self.started.elapsed(),
            note: std::mem::take(&mut outcome.record).bounded(),
        }
    }
}

/// Converts a canonical request. The gate's own fields name the sender.
fn received(incoming: &tiny_http::Request, body: Vec<u8>, started: Instant) -> EngineRequest {
    let mut headers = Headers::default();
    let (mut peer, mut by_metrics) = (Peer::default(), false);
    let (mut id, mut ticket) = (String::new(), Ticket::default());
    for header in incoming.headers() {
        let (name, value) = (header.field.as_str().as_str(), header.value.as_str());
        match name {
            field::PEER => peer.address = value.parse().ok(),
            field::ID => value.clone_into(&mut id),
            field::TICKET => ticket = Ticket::parse(value).unwrap_or_default(),
            field::CERTIFICATE => peer.certificate = tls::read_certificate_field(value),
            field::DOOR => by_metrics = true,
            field::PROXY => peer.is_proxy = true,
            _ => headers.push(name, value),
        }
    }
    let method = incoming.method().to_string();
    let request = Request::new(Method::parse(&method), incoming.url(), headers, body);
    let request = request.named(&method).from_peer(peer);
    EngineRequest { request, id, ticket, by_metrics, started }
}

/// Tells the gate that the answer is deferred.
fn deferred() -> Outgoing {
    let marker = tiny_http::Header::from_bytes(field::DEFERRED, "1").into_iter().collect();
    let empty = io::Cursor::new(Vec::new());
    tiny_http::Response::new(tiny_http::StatusCode(202), marker, empty, Some(0), None)
}

type Outgoing = tiny_http::Response<io::Cursor<Vec<u8>>>;

fn outgoing(response: Response, id: &str) -> Outgoing {
    let header = |name: &str, value: &[u8]| tiny_http::Header::from_bytes(name, value).ok();
    let mut headers: Vec<_> =
        response.headers.iter().filter_map(|(name, value)| header(name, value.as_bytes())).collect();
    headers.extend(header("Server", b"heistctl"));
    headers.extend(header("X-Request-Id", id.as_bytes()));
    if !response.delay.is_zero() {
        headers.extend(header(field::DELAY, response.delay.as_millis().to_string().as_bytes()));
    }
    if !response.sending.is_plain() {
        headers.extend(header(field::SENDING, sending_field(response.sending).as_bytes()));
    }
    let length = response.body.len();
    let status = tiny_http::StatusCode(response.status);
    tiny_http::Response::new(status, headers, io::Cursor::new(response.body), Some(length), None)
        .with_chunked_threshold(usize::MAX)
}
