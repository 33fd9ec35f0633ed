//! An engine that dies, lies or hangs: its clients are told so, somebody who watches is, and the next
//! request is answered by an engine that was started anew.

use super::canonical;
use super::front::open;
use crate::support::process::wait_until;
use crate::support::wire::{HEALTH, Wire};
use heistctl::server::HttpExchange;
use heistctl::server::gate::connection_limits::ConnectionLimits;
use heistctl::server::gate::{Backend, Counts, Gate, Watch};
use rustix::net::{RecvFlags, recv};
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What an engine does with its lines, from its start on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    /// Answers each request with the number of the engine.
    Answers,
    /// Reads a request, and closes.
    Closes,
    /// Closes once there is something to read, without reading it.
    Leaves,
    /// Answers with these bytes.
    Says(&'static [u8]),
    /// The same, after a while.
    AnswersLate,
    /// Reads all there is, and never answers.
    IsSilent,
    /// Does not start.
    Fails,
}

struct Fake {
    plan: VecDeque<Does>,
    opened: usize,
}

impl Backend for Fake {
    fn open(&mut self) -> io::Result<Vec<UnixStream>> {
        self.opened += 1;
        let (does, number) = (self.plan.pop_front().unwrap_or(Does::Answers), self.opened);
        if does == Does::Fails {
            return Err(io::Error::other("no engine today"));
        }
        (0..2)
            .map(|_| {
                let (ours, theirs) = UnixStream::pair()?;
                std::thread::spawn(move || serve(theirs, does, number));
                Ok(ours)
            })
            .collect()
    }
}

fn serve(mut line: UnixStream, does: Does, number: usize) {
    let mut input = Vec::new();
    if does == Does::Leaves {
        let _ = recv(&line, &mut [0; 1], RecvFlags::PEEK);
        return;
    }
    if does == Does::IsSilent {
        return while line.read(&mut [0; 64 * 1024]).is_ok_and(|count| count > 0) {};
    }
    loop {
        while let Some((_, rest)) = canonical::read(&input).expect("canonical") {
            input = rest.to_vec();
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{number}");
            let sent = match does {
                Does::AnswersLate => {
                    std::thread::sleep(Duration::from_millis(50));
                    line.write_all(answer.as_bytes())
                }
                Does::Answers => line.write_all(answer.as_bytes()),
                Does::Says(bytes) => line.write_all(bytes),
                Does::Closes | Does::Leaves | Does::IsSilent | Does::Fails => return,
            };
            if sent.is_err() {
                return;
            }
        }
        let mut buffer = [0; 4096];
        match line.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(count) => input.extend_from_slice(&buffer[..count]),
        }
    }
}

#[derive(Default)]
struct Notes {
    troubles: Mutex<Vec<String>>,
    statuses: Mutex<Vec<u16>>,
    counts: Mutex<Counts>,
}

impl Watch for Notes {
    fn exchange(&self, exchange: Box<HttpExchange>) {
        assert_ne!(exchange.path, "/panic", "who watches has failed");
        self.statuses.lock().unwrap().push(exchange.status);
    }
    fn connections(&self, counts: Counts) {
        *self.counts.lock().unwrap() = counts;
    }
    fn limit_hit(&self, _: &'static str) {}
    fn trouble(&self, what: &str) {
        self.troubles.lock().unwrap().push(what.to_owned());
    }
}

/// A gate before engines that do what is planned, one after the other.
struct Front {
    address: SocketAddr,
    notes: Arc<Notes>,
    gate: Gate,
}

fn front(plan: &[Does], connections: usize, per_address: usize) -> Front {
    let notes = Arc::new(Notes::default());
    let engine = Fake { plan: plan.iter().copied().collect(), opened: 0 };
    let (address, gate) =
        open(Box::new(engine), notes.clone(), ConnectionLimits { connections, per_address });
    Front { address, notes, gate }
}

impl Front {
    fn wire(&self) -> Wire {
        Wire::to(self.address)
    }

    /// The number of the engine that answers now.
    #[track_caller]
    fn engine(&self) -> String {
        self.wire().send(HEALTH).reply().body
    }

    #[track_caller]
    fn troubles(&self, parts: &[&str]) {
        let troubles = self.notes.troubles.lock().unwrap();
        for part in parts {
            assert!(troubles.iter().any(|told| told.contains(part)), "{part:?} is not in {troubles:?}");
        }
    }

    /// The gate is alive, and stops.
    #[track_caller]
    fn stops(self) {
        self.gate.stop(Duration::ZERO);
        assert!(self.gate.ends_within(Duration::from_secs(5)), "the gate does not stop");
    }
}

#[test]
fn an_engine_that_dies_or_lies_is_replaced_and_its_clients_are_told() {
    for does in [
        Does::Closes,
        Does::Says(b"nonsense\r\n\r\n"),
        Does::Says(b"\0"),
        Does::Says(b"HTTP/1.1 abc\r\n\r\n"),
        Does::Says(
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2",
        ),
    ] {
        let front = front(&[does], 100, 100);
        let mut waiting: Vec<Wire> = (0..3).map(|_| front.wire()).collect();
        waiting.iter_mut().for_each(|wire| _ = wire.send(HEALTH));
        let mut told = 0;
        for wire in &mut waiting {
            // Who came later has been answered by the next engine, or by what came before the lie.
            let reply = wire.reply();
            if reply.status == 503 {
                assert_eq!(reply.header("Retry-After"), Some("1"));
                reply.json();
                wire.ends();
                told += 1;
            }
        }
        drop(waiting);
        let lie = matches!(does, Does::Says(said) if said.ends_with(b"2"));
        assert!(told > 0 || lie, "{does:?}");
        assert_eq!(front.engine(), "2", "{does:?}");
        front.troubles(&["the engine died"]);
        assert_eq!(
            front.notes.statuses.lock().unwrap().iter().filter(|status| **status == 503).count(),
            told
        );
        front.stops();
    }
}

#[test]
fn an_engine_that_cannot_be_started_again_is_tried_again() {
    for does in [Does::Closes, Does::Leaves] {
        let front = front(&[does, Does::Fails, Does::Fails], 100, 100);
        // More than a line holds: what is left of it meets the engine's end, too.
        let body = "x".repeat(60_000);
        let large = format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let mut waiting: Vec<Wire> = (0..40).map(|_| front.wire()).collect();
        waiting.iter_mut().for_each(|wire| _ = wire.send(&large));
        for wire in &mut waiting {
            let reply = wire.reply();
            assert!(reply.status == 503 || reply.body == "4", "{does:?}: {reply:?}");
        }
        assert_eq!(front.engine(), "4", "{does:?}");
        front.troubles(&["the engine died", "the engine cannot be started: no engine today"]);
        front.stops();
    }
}

#[test]
fn an_engine_that_hangs_is_replaced_after_thirty_seconds() {
    let front = front(&[Does::IsSilent, Does::Answers], 100, 100);
    let begun = Instant::now();
    let mut waiting: Vec<Wire> = (0..3).map(|_| front.wire()).collect();
    for wire in &mut waiting {
        wire.stream().set_read_timeout(Some(Duration::from_secs(40))).unwrap();
        wire.send(HEALTH);
    }
    assert_eq!(waiting[0].refused(503).header("Retry-After"), Some("1"));
    let took = begun.elapsed();
    assert!(took > Duration::from_secs(29), "{took:?}");
    for wire in &mut waiting[1..] {
        assert!([200, 503].contains(&wire.reply().status));
    }
    assert_eq!(front.engine(), "2");
    front.troubles(&["it has not answered for 30 seconds"]);
    front.stops();
}

#[test]
fn a_panic_costs_the_connection_at_which_it_happens() {
    let front = front(&[], 100, 100);
    let mut other = front.wire();
    assert_eq!(other.send(HEALTH).reply().body, "1");
    for _ in 0..3 {
        front
            .wire()
            .send("GET /panic HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n")
            .refused(400);
    }
    front.troubles(&["the gate failed at a connection"]);
    assert_eq!(other.send(HEALTH).reply().body, "1");
    front.stops();
}

#[test]
fn when_all_of_an_address_are_busy_no_more_of_it_get_in_than_are_allowed() {
    let front = front(&[Does::IsSilent], 100, 8);
    let mut busy: Vec<Wire> = (0..8).map(|_| front.wire()).collect();
    busy.iter_mut().for_each(|wire| _ = wire.send(HEALTH));
    let all_busy = Counts { all: 8, idle: 0 };
    wait_until("all are busy", || *front.notes.counts.lock().unwrap() == all_busy);
    // Each holds on to its connection: a refusal makes room for the next one's refusal, and for no more.
    let mut refused = Vec::new();
    for _ in 0..20 {
        let mut wire = front.wire();
        let _ = wire.try_send(HEALTH);
        let reply = wire.try_reply(true).unwrap_or_else(|error| panic!("one got in: {error}"));
        assert_eq!(reply.status, 503);
        refused.push(wire);
    }
    for wire in busy {
        wire.stream().set_nonblocking(true).unwrap();
        let waits = wire.stream().peek(&mut [0]).unwrap_err();
        assert_eq!(waits.kind(), io::ErrorKind::WouldBlock, "somebody who was busy had to go");
    }
}

#[test]
fn when_all_are_busy_others_wait_for_their_turn() {
    let front = front(&[Does::AnswersLate], 8, 8);
    let wires = (0..40).map(|_| {
        let mut wire = front.wire();
        wire.send(HEALTH);
        wire
    });
    for mut wire in wires.collect::<Vec<_>>() {
        assert_eq!(wire.reply().body, "1");
    }
    assert_eq!(front.notes.statuses.lock().unwrap().len(), 0, "nobody is told to come again");
    front.stops();
}

#[test]
fn an_address_with_many_requests_has_one_turn_before_another_has_one() {
    let front = front(&[Does::AnswersLate], 2000, 2000);
    let many = (0..300).map(|_| Wire::from([127, 0, 0, 2].into(), front.address).unwrap());
    let mut many: Vec<Wire> = many.collect();
    many.iter_mut().for_each(|wire| _ = wire.send(HEALTH));
    // All of them wait, and two lines have taken sixteen each.
    assert_eq!(many[0].reply().body, "1");
    assert_eq!(front.engine(), "1");
    let waits = |wire: &&Wire| {
        wire.stream().set_nonblocking(true).unwrap();
        wire.stream().peek(&mut [0]).is_err()
    };
    let waiting = many.iter().filter(waits).count();
    assert!(waiting > 150, "{waiting} of 300 were still waiting");
}

#[test]
fn bodies_that_wait_for_a_slow_engine_are_bounded() {
    let front = front(&[Does::IsSilent], 2000, 2000);
    let body = "x".repeat(64_000);
    let large = format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let mut waiting: Vec<Wire> = (0..1200).map(|_| front.wire()).collect();
    waiting.iter_mut().for_each(|wire| _ = wire.send(&large));
    // 24 MiB in all, of 73, and the engine has a few.
    let refused = || front.notes.statuses.lock().unwrap().iter().filter(|status| **status == 503).count();
    wait_until("nobody is refused", || refused() > 500);
    for mut wire in waiting {
        wire.stream().set_nonblocking(true).unwrap();
        if let Ok(reply) = wire.try_reply(true) {
            assert_eq!((reply.status, reply.header("Retry-After")), (503, Some("1")), "{reply:?}");
        }
    }
    assert!(refused() < 1000, "{} of 1200 were refused", refused());
}
