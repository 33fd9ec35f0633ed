//! The threads that shake hands: signatures, key agreements and certificates of clients are paid for
//! here, never by the one thread that serves everybody. Addresses take turns, and one that has too many
//! waiting gets no more in.

use super::fair_queue::{FairQueue, QueueLane};
use super::stream::HandshakeWork;
use super::ticket::Ticket;
use super::tls::Tls;
use mio::Waker;
use rustls::ServerConnection;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Handshakes of one address that may wait.
const PER_ADDRESS: usize = 256;
/// Handshakes of all that may wait; beyond that, an address with its part of them gets no more in.
const WAITING: usize = 2048;
/// The threads yield to those that serve: a handshake may wait, an answer should not.
const NICENESS: i32 = 5;

/// A step of a handshake that has been taken.
pub(super) struct HandshakeResult {
    pub(super) ticket: Ticket,
    /// The configuration of its session.
    pub(super) tls: Tls,
    /// The session and the field for the certificate that the peer has shown, or the alert to send.
    pub(super) result: Result<(Box<ServerConnection>, Option<String>), Vec<u8>>,
}

struct HandshakeJob {
    ticket: Ticket,
    work: HandshakeWork,
    tls: Tls,
}

struct HandshakeQueue {
    jobs: FairQueue<HandshakeJob>,
    closed: bool,
}

struct HandshakeShared {
    queue: Mutex<HandshakeQueue>,
    more: Condvar,
}

impl HandshakeShared {
    fn queue(&self) -> MutexGuard<'_, HandshakeQueue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job; `None` at the end.
    fn next(&self) -> Option<HandshakeJob> {
        let mut queue = self.queue();
        loop {
            if queue.closed {
                return None;
            }
            if let Some((_, job)) = queue.jobs.pop() {
                return Some(job);
            }
            queue = self.more.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Handshakes under way. The threads end when it is dropped.
pub(super) struct Handshakes {
    shared: Arc<HandshakeShared>,
    done: Receiver<HandshakeResult>,
}

impl Handshakes {
    /// Starts as many threads as there are cores; none where there is no TLS.
    pub(super) fn start(tls: bool, waker: &Arc<Waker>) -> io::Result<Self> {
        let queue = Mutex::new(HandshakeQueue { jobs: FairQueue::new(), closed: false });
        let shared = Arc::new(HandshakeShared { queue, more: Condvar::new() });
        let (tell, done) = channel();
        let threads = if tls { thread::available_parallelism().map_or(1, usize::from) } else { 0 };
        let this = Self { shared, done };
        for number in 0..threads {
            let (shared, tell, waker) = (this.shared.clone(), tell.clone(), waker.clone());
            let thread = thread::Builder::new().name(format!("handshake-{number}"));
            thread.spawn(move || work(&shared, &tell, &waker))?;
        }
        Ok(this)
    }

    /// Queues a step. False where too many wait: of its address, or of all.
    pub(super) fn push(&self, lane: QueueLane, ticket: Ticket, work: HandshakeWork, tls: Tls) -> bool {
        let mut queue = self.shared.queue();
        if !has_room(&queue.jobs, lane) {
            return false;
        }
        queue.jobs.push(lane, HandshakeJob { ticket, work, tls });
        drop(queue);
        self.shared.more.notify_one();
        true
    }

    /// Its connection is gone: nothing more is done for it.
    pub(super) fn cancel(&self, lane: QueueLane, ticket: Ticket) {
        self.shared.queue().jobs.remove(lane, |job| job.ticket == ticket);
    }

    /// The next step that has been taken.
    pub(super) fn next(&self) -> Option<HandshakeResult> {
        self.done.try_recv().ok()
    }
}

impl Drop for Handshakes {
    fn drop(&mut self) {
        self.shared.queue().closed = true;
        self.shared.more.notify_all();
    }
}

fn has_room<T>(jobs: &FairQueue<T>, lane: QueueLane) -> bool {
    let waiting = jobs.count_in(lane);
    waiting < PER_ADDRESS && (jobs.count() < WAITING || waiting < WAITING / jobs.lanes().max(1))
}

fn work(shared: &HandshakeShared, tell: &Sender<HandshakeResult>, waker: &Waker) {
    give_way();
    while let Some(HandshakeJob { ticket, work, tls }) = shared.next() {
        let step = AssertUnwindSafe(|| work.step(&tls));
        // Where it panics, this connection is closed and the next one gets its turn.
        let result = catch_unwind(step).unwrap_or_else(|_| Err(Vec::new()));
        if tell.send(HandshakeResult { ticket, tls, result }).is_err() {
            return;
        }
        // A gate that has ended has nothing to be told.
        let _ = waker.wake();
    }
}

/// On Linux a thread has a niceness of its own; where it is the process's, it stays as it is.
fn give_way() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, NICENESS);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(number: usize) -> QueueLane {
        let address = std::net::Ipv4Addr::from(0x0A00_0000 + u32::try_from(number).unwrap());
        QueueLane::of_address(address.into())
    }

    /// How many of its handshakes an address gets into the queue.
    fn pushed(jobs: &mut FairQueue<usize>, address: usize, count: usize) -> usize {
        (0..count)
            .filter(|item| {
                has_room(jobs, lane(address)) && {
                    jobs.push(lane(address), *item);
                    true
                }
            })
            .count()
    }

    #[test]
    fn one_address_cannot_fill_the_queue_nor_can_many_keep_another_out() {
        let mut jobs = FairQueue::new();
        assert_eq!(pushed(&mut jobs, 0, 3000), PER_ADDRESS);
        assert_eq!((1..8).map(|address| pushed(&mut jobs, address, 3000)).sum::<usize>(), 7 * PER_ADDRESS);
        assert_eq!(jobs.count(), WAITING);
        assert_eq!(pushed(&mut jobs, 8, 3000), WAITING / 9, "a newcomer has its part of a full queue");
        assert_eq!(pushed(&mut jobs, 0, 1), 0);
    }
}
