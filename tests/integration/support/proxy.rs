//! A way to a server that can be cut without anybody being told: what is sent is taken, and comes nowhere.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A proxy on loopback.
pub(crate) struct Proxy {
    port: u16,
    silent: Arc<AtomicBool>,
}

impl Proxy {
    /// To that port of loopback.
    pub(crate) fn to(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it has an address").port();
        let silent = Arc::new(AtomicBool::new(false));
        let seen = silent.clone();
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let Ok(far) = TcpStream::connect(("127.0.0.1", target)) else { continue };
                let back = (far.try_clone().expect("a socket"), near.try_clone().expect("a socket"));
                for (from, to) in [(near, far), back] {
                    let seen = seen.clone();
                    thread::spawn(move || carry(from, to, &seen));
                }
            }
        });
        Self { port, silent }
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Begins or ends to swallow all that comes. A connection from which something was swallowed is lost.
    pub(crate) fn silence(&self, silent: bool) {
        self.silent.store(silent, Ordering::Release);
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, silent: &AtomicBool) {
    let (mut buffer, mut lost) = ([0; 16 * 1024], false);
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        lost = lost || silent.load(Ordering::Acquire);
        if !lost && to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    if !lost {
        let _ = to.shutdown(std::net::Shutdown::Both);
    }
}
