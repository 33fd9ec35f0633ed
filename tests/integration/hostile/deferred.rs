//! Answers that come later, beside the engine's lines: each comes to the request that it is for, once, and
//! what the gate and the engine say to one another no client sees or can say.

use super::canonical;
use super::front::{exchange, open};
use crate::support::process::wait_until;
use crate::support::wire::{HEALTH, Wire};
use heistctl::http::Response;
use heistctl::server::HttpExchange;
use heistctl::server::gate::connection_limits::ConnectionLimits;
use heistctl::server::gate::{Backend, Counts, DeferredAnswer, Gate, Mailbox, Ticket, Watch};
use serde_json::json;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

const LATER: &str = "GET /later HTTP/1.1\r\nHost: x\r\nTicket: 0.1.0\r\nDeferred: 1\r\n\r\n";

/// An engine that answers at once, but defers what is asked at `/later`.
struct Deferring {
    mailbox: Option<Mailbox>,
    asked: Sender<(Mailbox, String)>,
}

impl Backend for Deferring {
    fn open(&mut self) -> io::Result<Vec<UnixStream>> {
        let (ours, theirs) = UnixStream::pair()?;
        let (mailbox, asked) = (self.mailbox.clone().expect("it was told"), self.asked.clone());
        std::thread::spawn(move || serve(theirs, &mailbox, &asked));
        Ok(vec![ours])
    }

    fn deliver_to(&mut self, mailbox: Mailbox) {
        self.mailbox = Some(mailbox);
    }
}

fn serve(mut line: UnixStream, mailbox: &Mailbox, asked: &Sender<(Mailbox, String)>) {
    let mut input = Vec::new();
    loop {
        while let Some((request, rest)) = canonical::read(&input).expect("canonical") {
            let tickets = request.fields.iter().filter(|(name, _)| *name == "Ticket");
            let tickets: Vec<String> = tickets.map(|(_, value)| (*value).to_owned()).collect();
            assert_eq!(tickets.len(), 1, "a client's own is not handed on");
            let later = request.target == "/later";
            input = rest.to_vec();
            let answer = if later { "202 Accepted\r\nDeferred: 1" } else { "200 OK" };
            line.write_all(format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n").as_bytes()).unwrap();
            if later {
                asked.send((mailbox.clone(), tickets[0].clone())).unwrap();
            }
        }
        let mut buffer = [0; 4096];
        match line.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(count) => input.extend_from_slice(&buffer[..count]),
        }
    }
}

struct Quiet;

impl Watch for Quiet {
    fn exchange(&self, _: Box<HttpExchange>) {}
    fn connections(&self, _: Counts) {}
    fn limit_hit(&self, _: &'static str) {}
    fn trouble(&self, what: &str) {
        panic!("{what}");
    }
}

fn front() -> (SocketAddr, Gate, Receiver<(Mailbox, String)>) {
    let (sender, asked) = channel();
    let engine = Box::new(Deferring { mailbox: None, asked: sender });
    let limits = ConnectionLimits { connections: 100, per_address: 100 };
    let (address, gate) = open(engine, Arc::new(Quiet), limits);
    (address, gate, asked)
}

/// Answers the request of that ticket.
fn answer(mailbox: &Mailbox, ticket: &str, what: &str) {
    let ticket = Ticket::parse(ticket).unwrap();
    let response = Response::json(200, &json!({ "said": what }));
    mailbox.deliver(vec![DeferredAnswer { ticket, response, exchange: Box::new(exchange(what)) }]);
}

#[test]
fn an_answer_that_comes_later_comes_to_its_request_once_and_holds_up_no_other() {
    let (address, gate, asked) = front();
    let (mut one, mut other) = (Wire::to(address), Wire::to(address));
    one.send(LATER);
    let (mailbox, first) = asked.recv().unwrap();
    other.send(LATER);
    let (_, second) = asked.recv().unwrap();
    assert_ne!(first, second);
    // The line is free meanwhile.
    assert_eq!(Wire::to(address).send(HEALTH).reply().status, 200);
    for wrong in ["0.0.0", "999.1.0"] {
        answer(&mailbox, wrong, "nobody");
    }
    answer(&mailbox, &second, "second");
    let reply = other.reply();
    assert_eq!((reply.status, &reply.json()["said"]), (200, &json!("second")));
    assert!(reply.header("Deferred").is_none() && reply.header("X-Request-Id").is_some(), "{reply:?}");
    assert!(reply.header("Date").is_some() && reply.header("Server").is_some(), "{reply:?}");
    // What comes twice is for nobody: not for the next request on that connection either.
    other.send(LATER);
    let (_, third) = asked.recv().unwrap();
    answer(&mailbox, &second, "second again");
    answer(&mailbox, &third, "third");
    assert_eq!(other.reply().json()["said"], "third");
    answer(&mailbox, &first, "first");
    assert_eq!(one.reply().json()["said"], "first");
    gate.stop(Duration::ZERO);
    assert!(gate.ends_within(Duration::from_secs(20)));
}

#[test]
fn a_stop_waits_for_answers_that_come_later_and_gone_clients_for_none() {
    let (address, gate, asked) = front();
    let mut head = Wire::to(address);
    head.send(LATER.replace("GET", "HEAD"));
    let (mailbox, ticket) = asked.recv().unwrap();
    let mut gone = Wire::to(address);
    gone.send(LATER);
    let (_, nobody) = asked.recv().unwrap();
    gone.reset();
    let late = std::thread::spawn(move || {
        wait_until("it stops", || std::net::TcpStream::connect(address).is_err());
        answer(&mailbox, &nobody, "nobody");
        answer(&mailbox, &ticket, "head");
    });
    gate.stop(Duration::ZERO);
    assert!(gate.ends_within(Duration::from_secs(20)));
    let reply = head.head_reply();
    assert_eq!((reply.status, reply.header("Connection")), (200, Some("close")));
    head.ends();
    late.join().unwrap();
}

#[test]
fn a_stop_closes_what_has_only_begun_at_once_or_after_its_grace() {
    const BODY: &str = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n";
    let (address, gate, asked) = front();
    let mut in_flight = Wire::to(address);
    // Half of the next request is here, too.
    in_flight.send(format!("{LATER}GET /"));
    let (mailbox, ticket) = asked.recv().unwrap();
    let mut begun = ["G", "GET / HTTP/1.1\r\nHost:", BODY, &format!("{BODY}abc")].map(|part| {
        let mut wire = Wire::to(address);
        wire.send(part);
        wire
    });
    let mut answered = Wire::to(address);
    assert_eq!(answered.send("GET / HTTP/9.9\r\n\r\n").reply().header("Connection"), Some("close"));
    gate.stop(Duration::ZERO);
    begun.iter_mut().for_each(Wire::ends);
    answered.ends();
    assert!(!gate.ends_within(Duration::ZERO), "one is in flight");
    answer(&mailbox, &ticket, "late");
    assert_eq!(in_flight.reply().json()["said"], "late");
    assert!(gate.ends_within(Duration::from_secs(20)));

    let (address, gate, _asked) = front();
    let mut finished = Wire::to(address);
    finished.send(&HEALTH[..HEALTH.len() - 1]);
    assert_eq!(Wire::to(address).send(HEALTH).reply().status, 200, "the first one was accepted");
    gate.stop(Duration::from_secs(60));
    wait_until("it stops", || std::net::TcpStream::connect(address).is_err());
    let reply = finished.send(&HEALTH[HEALTH.len() - 1..]).reply();
    assert_eq!((reply.status, reply.header("Connection")), (200, Some("close")));
    finished.ends();
    assert!(gate.ends_within(Duration::from_secs(20)));
}
