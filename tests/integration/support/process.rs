//! What a test watches of a running server beside its answers: what it says on stderr, and what it takes.

use super::Server;
use std::io::{BufRead, BufReader};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// A server that says nothing of it in so long does not say it.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a server says on stderr, as it says it.
pub(crate) struct Said {
    lines: Receiver<String>,
    before: Vec<String>,
}

impl Said {
    /// Waits for a line with that in it.
    #[track_caller]
    pub(crate) fn until(&mut self, part: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("it did not say {part:?}, but {:#?}", self.before)
            };
            self.before.push(line.clone());
            if line.contains(part) {
                return line;
            }
        }
    }

    /// All of it, once the server has ended.
    pub(crate) fn all(mut self) -> String {
        self.before.extend(self.lines.iter());
        self.before.join("\n")
    }
}

impl Server {
    /// Listens to its stderr.
    pub(crate) fn says(&mut self) -> Said {
        let stderr = self.child.stderr.take().expect("stderr is piped");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Said { lines, before: Vec::new() }
    }

    /// Its resident memory in KiB; `None` where the system does not tell.
    pub(crate) fn resident(&self) -> Option<usize> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse().ok()
    }
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
