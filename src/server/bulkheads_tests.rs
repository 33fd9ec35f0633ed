//! Requests that run, queue or are refused.

use super::*;
use std::sync::mpsc::{Receiver, Sender, channel};

const STRANGER: &str = "192.0.2.1";
const OTHER: &str = "198.51.100.1";

/// Places with work that runs until it is released.
struct Held {
    places: Bulkheads,
    started: (Sender<String>, Receiver<String>),
    doors: Vec<Sender<()>>,
}

impl Held {
    fn new(store_places: usize) -> Self {
        Self { places: Bulkheads::new(store_places), started: channel(), doors: Vec::new() }
    }

    fn add(&mut self, wait: Wait, address: &str) -> Result<(), BulkheadFull> {
        let (open, door) = channel::<()>();
        let (started, name) = (self.started.0.clone(), address.to_owned());
        self.doors.push(open);
        let work = move |_| {
            let _ = started.send(name);
            let _ = door.recv();
        };
        self.places.queue(wait, Some(address.parse().unwrap()), Box::new(work))
    }

    fn start(&self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.started.1.recv().unwrap()).collect()
    }
}

#[test]
fn one_address_gets_three_quarters_of_places_and_queue_and_leaves_the_rest_to_others() {
    let mut held = Held::new(4);
    // Three are running, and 24 of the 32 places in the queue are used.
    let taken = (0..40).filter(|_| held.add(Wait::Lookup, STRANGER).is_ok()).count();
    assert_eq!(held.start(3), [STRANGER; 3]);
    let more = (0..40).filter(|_| held.add(Wait::Lookup, STRANGER).is_ok()).count();
    assert_eq!(taken + more, 27);
    assert_eq!(held.places.crowding(), BulkheadUse { waiting: 27, refused: 80 - 27 });
    assert_eq!(held.add(Wait::Lookup, OTHER), Ok(()));
    assert_eq!(held.start(1), [OTHER], "it need not wait for those who came before");
    assert_eq!(held.add(Wait::Write, STRANGER), Ok(()), "another kind of waiting");
    assert_eq!(held.start(1), [STRANGER]);
}

#[test]
fn the_whole_of_an_ipv6_network_is_one_address() {
    let mut held = Held::new(4);
    for host in 0..4 {
        held.add(Wait::Lookup, &format!("2001:db8::{host}")).unwrap();
    }
    held.start(3);
    held.add(Wait::Lookup, "2001:db8:0:1::1").unwrap();
    assert_eq!(held.start(1), ["2001:db8:0:1::1"]);
}

#[test]
fn who_queues_comes_in_when_a_place_is_free_also_after_a_panic() {
    let mut held = Held::new(1);
    held.add(Wait::Lookup, STRANGER).unwrap();
    held.start(1);
    held.places.queue(Wait::Lookup, None, Box::new(|_| panic!("as a test asks"))).unwrap();
    held.add(Wait::Lookup, OTHER).unwrap();
    held.doors[0].send(()).unwrap();
    assert_eq!(held.start(1), [OTHER]);
    held.doors[1].send(()).unwrap();
}

#[test]
fn what_is_queued_is_done_before_the_threads_end_and_more_places_come_with_a_setting() {
    let mut held = Held::new(1);
    held.add(Wait::Write, STRANGER).unwrap();
    held.start(1);
    held.places.set(2);
    held.add(Wait::Write, STRANGER).unwrap();
    held.start(1);
    let (sender, done) = channel();
    held.places.queue(Wait::Write, None, Box::new(move |queued| sender.send(queued).unwrap())).unwrap();
    let Held { places, doors, started } = held;
    drop(places);
    doors.iter().for_each(|door| door.send(()).unwrap());
    assert_eq!(done.recv(), Ok(Queued::Briefly));
    drop(started);
}

#[test]
fn slow_secrets_are_checked_one_at_a_time() {
    let places = Bulkheads::new(8);
    let (sender, done) = channel();
    let one_at_a_time = Arc::new(Mutex::new(()));
    for _ in 0..8 {
        let (sender, one_at_a_time) = (sender.clone(), one_at_a_time.clone());
        let work = move |_| {
            let alone = one_at_a_time.try_lock();
            std::thread::yield_now();
            sender.send(alone.is_ok()).unwrap();
        };
        places.queue(Wait::Secret, None, Box::new(work)).unwrap();
    }
    assert!((0..8).all(|_| done.recv().unwrap()));
}
