//! Many at once. During each flood a well-behaved client gets its token within a second, after it
//! threads and descriptors are what they were, and resident memory never was more than 64 MB.

use crate::support::needs::needs;
use crate::support::process::own_descriptors;
use crate::support::wire::{HEALTH, TOKEN_REQUEST, Wire};
use crate::support::{Server, demo, heistctl};
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

/// One of many neighbours: all of 127/8 is ours. The first is everybody's.
fn neighbour(number: usize) -> IpAddr {
    Ipv4Addr::from(0x7f00_0001 + u32::try_from(number).unwrap()).into()
}

/// So many connections, from so many addresses in turn.
fn crowd(server: &Server, count: usize, addresses: usize) -> Vec<Wire> {
    let address = server.address();
    (0..count).map(|n| Wire::from(neighbour(1 + n % addresses), address).expect("it accepts")).collect()
}

/// A server that has answered once, so that its threads are all there.
fn warm(server: Server) -> (Server, crate::support::process::Figures) {
    server.serves_in_time("before the flood");
    // Those who asked have gone when the figures no longer change: no event tells of the last one.
    let mut before = server.figures();
    loop {
        std::thread::sleep(Duration::from_millis(300));
        let now = server.figures();
        if now == before {
            return (server, before);
        }
        before = now;
    }
}

fn small() -> Server {
    heistctl(["serve", "--demo", "--listen", "127.0.0.1:0"]).descriptors(256).serve()
}

#[test]
fn two_thousand_that_drip_a_byte_a_second_are_cut_off_at_the_deadline() {
    own_descriptors();
    let (server, before) = warm(demo());
    let head = "POST /oauth/token HTTP/1.1\r\nHost: x\r\n";
    let mut silent: Vec<Wire> = (0..5).map(|_| server.wire()).collect();
    for (wire, part) in silent.iter_mut().zip([
        "Content-Length: 5000\r\n\r\n",
        "Content-Length: 5000\r\nExpect: 100-continue\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "Transfer-Encoding: chunked\r\n\r\n0\r\nX: y",
        "X",
    ]) {
        wire.send(head).send(part);
    }
    assert_eq!(silent[1].head_reply().status, 100);
    let begun = Instant::now();
    let mut drips = crowd(&server, 2000, 2);
    let mut worst = Duration::ZERO;
    for byte in head.bytes().take(8) {
        for wire in &mut drips {
            wire.send([byte]);
        }
        worst = worst.max(server.serves_in_time("beside 2,000 that drip"));
        // A byte a second is what a drip is.
        std::thread::sleep(Duration::from_secs(1));
    }
    for wire in &mut silent {
        wire.refused(408);
    }
    let cut = begun.elapsed();
    assert!(cut > Duration::from_secs(9), "cut off after {cut:?}");
    for wire in &mut drips {
        wire.refused(408);
    }
    drop((silent, drips));
    let returned = server.returns_to(before);
    let peak = server.stayed_small();
    eprintln!("drips: token {worst:?}, cut off after {cut:?}, over after {returned:?}, {peak} KiB");
}

#[test]
fn ten_thousand_idle_connections_keep_nobody_out() {
    let mine = own_descriptors();
    let count = 10_000.min(mine.saturating_sub(1000));
    needs("11,000 descriptors, for 10,000 idle connections", count == 10_000);
    let (server, before) = warm(demo());
    let begun = Instant::now();
    let idle = crowd(&server, count, 8);
    let opened = begun.elapsed();
    let mut worst = server.serves_in_time("beside idle connections from many addresses");
    let there = server.figures().descriptors - before.descriptors;
    assert!(there + 50 > count, "{there} of {count} are there");
    // An address that has more than its share takes it from itself, and its next client is served.
    let greedy: Vec<Wire> = (0..3000.min(mine - count - 500))
        .map(|_| Wire::from(neighbour(0), server.address()).expect("it accepts"))
        .collect();
    worst = worst.max(server.serves_in_time("beside idle connections from its own address"));
    let mut left = idle.into_iter().chain(greedy);
    for mut wire in left.by_ref() {
        // Closed for somebody else's sake, or at the limit of 20 seconds; never answered.
        wire.ends();
    }
    let idle_limit = begun.elapsed();
    let returned = server.returns_to(before);
    let peak = server.stayed_small();
    eprintln!("idle: {count} in {opened:?}, token {worst:?}, closed after {idle_limit:?}");
    eprintln!("idle: over after {returned:?}, {peak} KiB");
}

#[test]
fn six_hundred_clients_of_a_server_with_256_descriptors_keep_nobody_out() {
    let (server, before) = warm(small());
    for addresses in [1, 100] {
        let idle = crowd(&server, 600, addresses);
        server.serves_in_time("beside 600 idle clients");
        assert!(server.figures().descriptors < 256);
        drop(idle);
        server.returns_to(before);
        // Half of a request each: to drip is to be idle.
        let mut dripping = crowd(&server, 600, addresses);
        for wire in &mut dripping {
            // Some have been closed to make room.
            let _ = wire.try_send(&TOKEN_REQUEST[..150]);
        }
        server.serves_in_time("beside 600 that drip");
        drop(dripping);
        server.returns_to(before);
    }
    server.stayed_small();
}

#[test]
fn six_hundred_that_all_want_a_token_get_it_from_256_descriptors() {
    let (server, before) = warm(small());
    let address = server.address();
    let ask = move |n: usize| {
        let mut wire = Wire::from(neighbour(1 + n % 100), address)?;
        wire.try_send(TOKEN_REQUEST)?;
        wire.try_reply(true).map(|reply| reply.status)
    };
    let tries = std::thread::scope(|scope| {
        // Who has connected but not yet spoken may have to make room, and comes again, as clients do.
        let until_served = move |n| (1..50).find(|_| ask(n).is_ok_and(|status| status == 200));
        let clients: Vec<_> = (0..600).map(|n| scope.spawn(move || until_served(n))).collect();
        clients.into_iter().map(|client| client.join().unwrap().expect("a token")).collect::<Vec<_>>()
    });
    let again = tries.iter().filter(|tries| **tries > 1).count();
    assert!(again < 60, "{again} of 600 had to come again");
    eprintln!("600 clients of 256 descriptors: {again} had to come again");
    server.returns_to(before);
    server.stayed_small();
}

#[test]
fn half_closed_sockets_and_resets_in_mass_leave_nothing_behind() {
    let (server, before) = warm(demo());
    for round in 0..4 {
        let mut wires = crowd(&server, 1000, 50);
        for (number, wire) in wires.iter_mut().enumerate() {
            let part = &TOKEN_REQUEST[..(number * 7) % (TOKEN_REQUEST.len() + 1)];
            let _ = wire.try_send(part);
            if round % 2 == 0 {
                wire.half_close();
            }
        }
        server.serves_in_time("beside half-closed sockets");
        wires.into_iter().for_each(Wire::reset);
        server.serves_in_time("after resets");
    }
    server.returns_to(before);
    server.stayed_small();
}

#[test]
fn answers_that_nobody_takes_keep_nobody_out() {
    let (server, before) = warm(small());
    let asked = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(12);
    let mut wires: Vec<Wire> = (0..400)
        .map(|n| Wire::narrow(neighbour(1 + n % 20), server.address()).expect("it accepts"))
        .collect();
    for wire in &mut wires {
        // Some have been closed to make room.
        let _ = wire.try_send(&asked);
    }
    // A moment to answer what can be answered; then each is full, for ten seconds if nobody needs room.
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(4) && server.token_takes().is_err() {
        std::thread::sleep(Duration::from_millis(50));
    }
    for _ in 0..10 {
        server.serves_in_time("beside clients that take no answers");
    }
    eprintln!("answers that nobody takes: quiet after {:?}", begun.elapsed());
    drop(wires);
    server.returns_to(before);
    server.stayed_small();
}

#[test]
fn who_pipelines_without_an_end_keeps_nobody_out() {
    let (server, before) = warm(small());
    let mut wires = crowd(&server, 240, 8);
    for wire in &mut wires {
        wire.stream().set_nonblocking(true).unwrap();
        // Work for a minute or more, if all of it were done before others are let in.
        let _ = wire.try_send(HEALTH.repeat(2000));
    }
    let worst = (0..10).map(|_| server.serves_in_time("beside clients that pipeline")).max();
    drop(wires);
    server.returns_to(before);
    eprintln!("pipelining: token {worst:?}, {} KiB", server.stayed_small());
}

#[test]
fn a_storm_of_connections_keeps_nobody_out() {
    let (server, before) = warm(demo());
    let (address, until) = (server.address(), Instant::now() + Duration::from_secs(3));
    let (count, worst) = std::thread::scope(|scope| {
        let storm = |first: usize| {
            let connect = move |n: usize| Wire::from(neighbour(first + n % 50), address).map(Wire::reset);
            (0..).take_while(|_| Instant::now() < until).map(connect).filter(Result::is_ok).count()
        };
        let storms = [1, 60, 120].map(|first| scope.spawn(move || storm(first)));
        let mut worst = Duration::ZERO;
        while Instant::now() < until {
            worst = worst.max(server.serves_in_time("in a storm of connections"));
        }
        (storms.map(|storm| storm.join().unwrap()), worst)
    });
    server.returns_to(before);
    eprintln!("storm: {count:?} connections, token {worst:?}, {} KiB", server.stayed_small());
}

/// A guess at a client's secret, in a body as large as that.
fn guess(name: usize, padding: &str) -> String {
    let body = format!("grant_type=client_credentials&client_id=n{name}&client_secret=x&padding={padding}");
    let form = "Content-Type: application/x-www-form-urlencoded";
    let head = format!("POST /oauth/token HTTP/1.1\r\nHost: x\r\n{form}\r\nContent-Length: {}", body.len());
    format!("{head}\r\n\r\n{body}")
}

#[test]
fn answers_that_are_held_back_hold_no_bodies() {
    let (server, before) = warm(demo());
    let padding = "x".repeat(60_000);
    for name in 0..100 {
        // Ten guesses are free, and those after them are answered late.
        let mut wire = Wire::from(neighbour(1), server.address()).unwrap();
        wire.send(guess(name, "").repeat(10));
        (0..10).for_each(|_| assert_eq!(wire.reply().status, 401));
    }
    let mut wires = crowd(&server, 1000, 1);
    for (number, wire) in wires.iter_mut().enumerate() {
        wire.send(guess(number / 10, &padding));
        if number % 100 == 0 {
            // Of one address, who asks now is answered after them; of another, at once.
            let mut last = Wire::from(neighbour(1), server.address()).unwrap();
            assert_eq!(last.send(TOKEN_REQUEST).reply().status, 200);
            server.serves_in_time("beside answers that are held back");
        }
    }
    server.serves_in_time("beside a thousand answers that are held back");
    for wire in &mut wires {
        assert_eq!(wire.reply().status, 401);
    }
    drop(wires);
    server.returns_to(before);
    eprintln!("held answers: {} KiB", server.stayed_small());
}
