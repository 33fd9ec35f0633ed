//! The handshake threads: signatures, key agreements and client certificate checks run here, never on the
//! thread that serves all connections. Addresses take turns, and one with too many waiting handshakes is
//! refused.

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

/// The limit of waiting handshakes per address.
const PER_ADDRESS: usize = 256;
/// The limit of waiting handshakes in total; beyond it, an address with its share of them is refused.
const WAITING: usize = 2048;
/// The threads have a lower priority than those that answer requests.
const NICENESS: i32 = 5;

/// A completed step of a handshake.
pub(super) struct HandshakeResult {
    pub(super) ticket: Ticket,
    /// The configuration of its session.
    pub(super) tls: Tls,
    /// The session and the field for the peer's certificate, or the alert to send.
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

/// The threads end when it is dropped.
pub(super) struct Handshakes {
    shared: Arc<HandshakeShared>,
    done: Receiver<HandshakeResult>,
}

impl Handshakes {
    /// Starts one thread per core; none without TLS.
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

    /// Queues a step. False if too many wait, for its address or in total.
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

    /// Cancels the step of a closed connection.
    pub(super) fn cancel(&self, lane: QueueLane, ticket: Ticket) {
        self.shared.queue().jobs.remove(lane, |job| job.ticket == ticket);
    }

    /// The next completed step.
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
        // After a panic this connection is closed and the next one continues.
        let result = catch_unwind(step).unwrap_or_else(|_| Err(Vec::new()));
        if tell.send(HandshakeResult { ticket, tls, result }).is_err() {
            return;
        }
        // The gate may have ended.
        let _ = waker.wake();
    }
}

/// Lowers the thread's priority. On Linux niceness is per thread; elsewhere it would affect the process and
/// is left unchanged.
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

    /// The number of its handshakes that an address gets into the queue.
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
