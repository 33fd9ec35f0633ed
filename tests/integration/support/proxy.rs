//! A way to a server that can be cut without anybody being told: what is sent is taken, and comes nowhere.
//! Or it is held up, and comes later.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// A proxy on loopback.
pub(crate) struct Proxy {
    port: u16,
    silent: Arc<AtomicBool>,
    barrier: Arc<Barrier>,
}

/// What holds up all that comes, while it is closed.
#[derive(Default)]
struct Barrier {
    closed: Mutex<bool>,
    changed: Condvar,
}

impl Proxy {
    /// To that port of loopback.
    pub(crate) fn to(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it has an address").port();
        let silent = Arc::new(AtomicBool::new(false));
        let barrier = Arc::new(Barrier::default());
        let (seen, before) = (silent.clone(), barrier.clone());
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let Ok(far) = TcpStream::connect(("127.0.0.1", target)) else { continue };
                let back = (far.try_clone().expect("a socket"), near.try_clone().expect("a socket"));
                for (from, to) in [(near, far), back] {
                    let (seen, before) = (seen.clone(), before.clone());
                    thread::spawn(move || carry(from, to, &seen, &before));
                }
            }
        });
        Self { port, silent, barrier }
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Begins or ends to swallow all that comes. A connection from which something was swallowed is lost.
    pub(crate) fn silence(&self, silent: bool) {
        self.silent.store(silent, Ordering::Release);
    }

    /// Begins or ends to hold up all that comes: the server is slow, and nothing is lost.
    pub(crate) fn hold(&self, held: bool) {
        *self.barrier.closed.lock().unwrap() = held;
        self.barrier.changed.notify_all();
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, silent: &AtomicBool, barrier: &Barrier) {
    let (mut buffer, mut lost) = ([0; 16 * 1024], false);
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        lost = lost || silent.load(Ordering::Acquire);
        drop(barrier.changed.wait_while(barrier.closed.lock().unwrap(), |closed| *closed).unwrap());
        if !lost && to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    if !lost {
        let _ = to.shutdown(std::net::Shutdown::Both);
    }
}
