//! A request's duration runs from its first byte read to its last byte written: slow clients, queues and
//! delays are in it, and what the gate refuses has its own. Each test makes a pause, measures it, and holds
//! the histogram against it.

use super::canonical;
use super::front::{exchange, open};
use crate::support::heistctl;
use crate::support::process::wait_until;
use crate::support::wire::{TOKEN_REQUEST, Wire};
use heistctl::clock::Timestamp;
use heistctl::http::Response;
use heistctl::server::HttpExchange;
use heistctl::server::gate::connection_limits::ConnectionLimits;
use heistctl::server::gate::{Backend, Counts, DeferredAnswer, Gate, Mailbox, Ticket, Watch};
use heistctl::server::metrics::Metrics;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// More than the sockets between server and client hold, and less than the gate's memory.
const LARGE: usize = 16 * 1024 * 1024;
const NOW: &str = "GET /now HTTP/1.1\r\nHost: x\r\n\r\n";
const LATER: &str = "GET /later HTTP/1.1\r\nHost: x\r\n\r\n";
const DELAYED: &str = "GET /delayed HTTP/1.1\r\nHost: x\r\n\r\n";
const LARGE_ANSWER: &str = "GET /large HTTP/1.1\r\nHost: x\r\n\r\n";

/// An engine that answers as the path says, and announces what it answers.
struct Announcing {
    mailbox: Option<Mailbox>,
    /// Requests that are answered by the test.
    later: Sender<(Mailbox, Ticket)>,
}

impl Backend for Announcing {
    fn open(&mut self) -> io::Result<Vec<UnixStream>> {
        let (ours, theirs) = UnixStream::pair()?;
        let (mailbox, later) = (self.mailbox.clone().expect("it was told"), self.later.clone());
        std::thread::spawn(move || serve(theirs, &mailbox, &later));
        Ok(vec![ours])
    }

    fn deliver_to(&mut self, mailbox: Mailbox) {
        self.mailbox = Some(mailbox);
    }
}

fn serve(mut line: UnixStream, mailbox: &Mailbox, later: &Sender<(Mailbox, Ticket)>) {
    let (mut input, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        while let Some((request, rest)) = canonical::read(&input).expect("canonical") {
            let ticket = request.fields.iter().find(|(name, _)| *name == "Ticket").expect("a ticket").1;
            let (ticket, target) = (Ticket::parse(ticket).unwrap(), request.target.to_owned());
            input = rest.to_vec();
            let answer = match target.as_str() {
                "/later" => "202 Accepted\r\nDeferred: 1\r\nContent-Length: 0\r\n\r\n".to_owned(),
                "/delayed" => "200 OK\r\nDelay: 60\r\nContent-Length: 0\r\n\r\n".to_owned(),
                "/held" => "200 OK\r\nDelay: 3600000\r\nContent-Length: 0\r\n\r\n".to_owned(),
                "/large" => format!("200 OK\r\nContent-Length: {LARGE}\r\n\r\n{}", "x".repeat(LARGE)),
                _ => "200 OK\r\nContent-Length: 0\r\n\r\n".to_owned(),
            };
            if target == "/later" {
                later.send((mailbox.clone(), ticket)).unwrap();
            } else {
                mailbox.announce(ticket, Box::new(exchange(&target)));
            }
            line.write_all(format!("HTTP/1.1 {answer}").as_bytes()).unwrap();
        }
        match line.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(count) => input.extend_from_slice(&buffer[..count]),
        }
    }
}

/// Counts exchanges as a server does, and tells the test of each.
struct Counting {
    metrics: Metrics,
    counted: Mutex<Sender<HttpExchange>>,
}

impl Watch for Counting {
    fn exchange(&self, exchange: Box<HttpExchange>) {
        self.metrics.observe(&exchange);
        // A test may have ended.
        let _ = self.counted.lock().unwrap().send(*exchange);
    }
    fn connections(&self, _: Counts) {}
    fn limit_hit(&self, _: &'static str) {}
    fn trouble(&self, what: &str) {
        panic!("{what}");
    }
}

struct Front {
    address: SocketAddr,
    watch: Arc<Counting>,
    counted: Receiver<HttpExchange>,
    later: Receiver<(Mailbox, Ticket)>,
    _gate: Gate,
}

fn front() -> Front {
    let ((later, asked), (sender, counted)) = (channel(), channel());
    let watch = Arc::new(Counting { metrics: Metrics::new().unwrap(), counted: Mutex::new(sender) });
    let engine = Box::new(Announcing { mailbox: None, later });
    let limits = ConnectionLimits { connections: 100, per_address: 100 };
    let (address, gate) = open(engine, watch.clone(), limits);
    Front { address, watch, counted, later: asked, _gate: gate }
}

impl Front {
    fn wire(&self) -> Wire {
        Wire::to(self.address)
    }

    /// The seconds in the histogram, and of how many requests.
    fn histogram(&self) -> (f64, u64) {
        let text = self.watch.metrics.render(Timestamp::from_unix(0)).unwrap();
        let value = |name: &str| {
            let name = format!("heistctl_request_duration_seconds_{name}{{endpoint=\"other\"}} ");
            let value = text.lines().find_map(|line| line.strip_prefix(&name));
            value.unwrap_or_else(|| panic!("no {name} in {text}")).parse::<f64>().unwrap()
        };
        (value("sum"), value("count") as u64)
    }

    /// The next exchange is that one, and alone in the histogram: it took at least as long as the pause, and no
    /// longer than the test has since it began.
    #[track_caller]
    fn took(&self, (path, status): (&str, u16), paused: Duration, begun: Instant) {
        let exchange = self.counted.recv().unwrap();
        let all = begun.elapsed();
        assert_eq!((exchange.path.as_str(), exchange.status), (path, status));
        let (seconds, count) = self.histogram();
        assert_eq!(count, 1);
        let expected = paused.as_secs_f64()..=all.as_secs_f64();
        assert!(expected.contains(&seconds), "{seconds} s of {expected:?}");
        assert_eq!(exchange.duration.as_secs_f64(), seconds);
    }
}

/// A pause, and how long it was. It is what is measured; no event could stand for it.
fn pause() -> Duration {
    let begun = Instant::now();
    std::thread::sleep(Duration::from_millis(30));
    begun.elapsed()
}

/// Sends the head of a request, and returns once the gate has read it: the client waits for a 100.
fn begin(wire: &mut Wire, path: &str) {
    wire.send(format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
    ));
    assert_eq!(wire.head_reply().status, 100);
}

#[test]
fn a_client_that_sends_slowly_is_measured_from_its_first_byte() {
    let (front, begun) = (front(), Instant::now());
    let mut wire = front.wire();
    begin(&mut wire, "/now");
    let paused = pause();
    assert_eq!(wire.send("body").reply().status, 200);
    front.took(("/now", 200), paused, begun);
}

#[test]
fn a_client_that_reads_slowly_is_measured_to_its_last_byte() {
    let (front, begun) = (front(), Instant::now());
    let mut wire = front.wire();
    // The answer has begun to arrive, and does not fit into the sockets.
    assert_eq!(wire.send(LARGE_ANSWER).head_reply().status, 200);
    let paused = pause();
    assert!(front.counted.try_recv().is_err(), "it is not over");
    wire.stream().read_exact(&mut vec![0; LARGE - wire.there().len()]).unwrap();
    front.took(("/large", 200), paused, begun);
}

#[test]
fn a_client_that_leaves_is_measured_until_then() {
    let (front, begun) = (front(), Instant::now());
    let mut wire = front.wire();
    assert_eq!(wire.send(LARGE_ANSWER).head_reply().status, 200);
    let paused = pause();
    wire.reset();
    front.took(("/large", 200), paused, begun);
}

#[test]
fn a_client_that_breaks_off_before_its_answer_is_measured_until_then() {
    // Its answer would be held for an hour.
    let (front_held, begun) = (front(), Instant::now());
    let mut wire = front_held.wire();
    begin(&mut wire, "/held");
    let paused = pause();
    wire.send("body");
    wire.reset();
    front_held.took(("/held", 200), paused, begun);

    let (front, begun) = (front(), Instant::now());
    let mut wire = front.wire();
    wire.send(LATER);
    let (mailbox, ticket) = front.later.recv().unwrap();
    let paused = pause();
    wire.reset();
    // The gate has seen the reset before it answers this one.
    assert_eq!(front.wire().send(NOW).reply().status, 200);
    let all = begun.elapsed();
    pause();
    let (response, exchange) = (Response::no_content(), Box::new(exchange("/later")));
    mailbox.deliver(vec![DeferredAnswer { ticket, response, exchange }]);
    let [_, broken] = [front.counted.recv().unwrap(), front.counted.recv().unwrap()];
    assert_eq!(broken.path, "/later");
    assert!((paused..=all).contains(&broken.duration), "{:?} of {paused:?} to {all:?}", broken.duration);
}

#[test]
fn a_request_that_breaks_off_by_a_reset_is_a_refusal_like_one_that_ends_too_early() {
    let (front, begun) = (front(), Instant::now());
    let mut wire = front.wire();
    begin(&mut wire, "/now");
    let paused = pause();
    wire.reset();
    front.took(("/now", 400), paused, begun);
}

#[test]
fn the_wait_for_an_answer_is_measured_and_a_delay_too() {
    let front_later = front();
    let begun = Instant::now();
    let mut wire = front_later.wire();
    wire.send(LATER);
    let (mailbox, ticket) = front_later.later.recv().unwrap();
    let paused = pause();
    let (response, exchange) = (Response::no_content(), Box::new(exchange("/later")));
    mailbox.deliver(vec![DeferredAnswer { ticket, response, exchange }]);
    assert_eq!(wire.head_reply().status, 204);
    front_later.took(("/later", 200), paused, begun);

    let (front, begun) = (front(), Instant::now());
    assert_eq!(front.wire().send(DELAYED).reply().status, 200);
    front.took(("/delayed", 200), Duration::from_millis(60), begun);
}

#[test]
fn a_request_behind_another_one_is_measured_from_its_own_first_byte() {
    let front = front();
    let mut wire = front.wire();
    wire.send(format!("{LATER}{NOW}"));
    let (mailbox, ticket) = front.later.recv().unwrap();
    let paused = pause();
    let (response, exchange) = (Response::no_content(), Box::new(exchange("/later")));
    mailbox.deliver(vec![DeferredAnswer { ticket, response, exchange }]);
    let both = [front.counted.recv().unwrap(), front.counted.recv().unwrap()];
    assert_eq!(both.each_ref().map(|exchange| exchange.path.as_str()), ["/later", "/now"]);
    assert!(both.iter().all(|exchange| exchange.duration >= paused), "{both:?}, paused {paused:?}");
}

#[test]
fn a_refusal_of_the_gate_has_its_duration() {
    let (front, begun) = (front(), Instant::now());
    let mut wire = front.wire();
    begin(&mut wire, "/now");
    let paused = pause();
    // The rest never comes.
    wire.half_close().refused(400);
    front.took(("/now", 400), paused, begun);
}

#[test]
fn a_server_logs_and_counts_what_breaks_off_however_it_ends() {
    let args = ["serve", "--demo", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"];
    let server = heistctl(args).serve();
    for part in [&TOKEN_REQUEST[..TOKEN_REQUEST.len() - 1], "POST /oauth"] {
        server.wire().send(part).half_close().refused(400);
        let mut wire = server.wire();
        wire.send(part);
        wire.reset();
    }
    let counted = |endpoint: &str| {
        let line = format!("heistctl_requests_total{{endpoint=\"{endpoint}\",status=\"400\"}} 2\n");
        server.metrics().contains(&line)
    };
    wait_until("each is counted", || counted("token") && counted("other"));
    let (_, log) = server.stop();
    let broken = log.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let broken: Vec<_> = broken.filter(|line| line["status"] == 400).collect();
    assert_eq!(broken.len(), 4, "{log}");
    assert!(broken.iter().all(|line| line["reason"] == "the request broke off before its end"), "{log}");
    assert_eq!(broken.iter().filter(|line| line["path"] == "/oauth/token").count(), 2, "{log}");
}

#[test]
fn a_server_shows_it_in_its_metrics_and_in_its_log() {
    let args = ["serve", "--demo", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"];
    let server = heistctl(args).serve();
    let (head, body) = TOKEN_REQUEST.split_once("\r\n\r\n").unwrap();
    let begun = Instant::now();
    let mut wire = server.wire();
    wire.send(format!("{head}\r\nExpect: 100-continue\r\n\r\n"));
    assert_eq!(wire.head_reply().status, 100);
    let paused = pause();
    assert_eq!(wire.send(body).reply().status, 200);
    let metrics = server.metrics();
    let all = begun.elapsed();
    let sum = metrics.lines().find_map(|line| {
        line.strip_prefix("heistctl_request_duration_seconds_sum{endpoint=\"token\"} ")?.parse::<f64>().ok()
    });
    let expected = paused.as_secs_f64()..=all.as_secs_f64();
    assert!(sum.is_some_and(|sum| expected.contains(&sum)), "{sum:?} of {expected:?}");
    let (_, log) = server.stop();
    let line: serde_json::Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    let logged = Duration::from_micros(line["duration_us"].as_u64().unwrap());
    // Whole microseconds.
    assert!(logged + Duration::from_micros(1) > paused && logged <= all, "{line}");
}
