//! What a test watches of a running server beside its answers: what it says on stderr, and what it takes
//! as the kernel counts it; and what it may have at most.

use super::needs::needs;
use super::{Heistctl, Reply, Running, Server, binary, request_text};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// A server that says nothing of it in so long does not say it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Resident memory that must be enough, whatever comes; KiB.
const MAX_RESIDENT: usize = 64 * 1024;

/// What is to be had again after a flood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) threads: usize,
    pub(crate) descriptors: usize,
}

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

    /// Waits for lines with those parts in them, in any order: threads of the server race.
    #[track_caller]
    pub(crate) fn until_each(&mut self, parts: &[&str]) {
        let before = self.before.len();
        for part in parts {
            if !self.before[before..].iter().any(|line| line.contains(part)) {
                self.until(part);
            }
        }
    }

    /// All of it, once the server has ended.
    pub(crate) fn all(mut self) -> String {
        self.before.extend(self.lines.iter());
        self.before.join("\n")
    }
}

impl Said {
    fn by(child: &mut Child) -> Self {
        let stderr = child.stderr.take().expect("stderr is piped");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if sender.send(in_words(&line)).is_err() {
                    return;
                }
            }
        });
        Self { lines, before: Vec::new() }
    }
}

impl Running {
    /// Listens to its stderr, which [`Running::ended`] then does not have.
    pub(crate) fn says(&mut self) -> Said {
        Said::by(&mut self.child)
    }
}

impl Server {
    /// Listens to its stderr.
    pub(crate) fn says(&mut self) -> Said {
        Said::by(&mut self.child)
    }

    /// What it serves on the metrics' own address.
    pub(crate) fn metrics(&self) -> String {
        let url = self.ready["metrics_url"].as_str().expect("there are metrics");
        let address = url.strip_prefix("http://").and_then(|rest| rest.strip_suffix("/metrics"));
        let mut stream = TcpStream::connect(address.expect("a URL of metrics")).expect("they are served");
        stream
            .write_all(request_text("GET", "/metrics", &[], "").as_bytes())
            .expect("the request is written");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("the answer is read");
        text
    }

    /// A connection from that address of this machine.
    pub(crate) fn connect_from(&self, address: [u8; 4]) -> TcpStream {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((address, 0)).into()).expect("an address of this machine");
        socket.connect(&self.address().into()).expect("the server accepts");
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// A request from that address of this machine.
    pub(crate) fn request_from(
        &self,
        address: [u8; 4],
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let mut stream = self.connect_from(address);
        stream.write_all(request_text(method, path, headers, body).as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        Reply::parse(&text)
    }

    /// Its resident memory in KiB; `None` where the system does not tell.
    pub(crate) fn resident(&self) -> Option<usize> {
        self.status("VmRSS:")
    }

    /// How long its files may become from now on, as if its disk had room for no more.
    pub(crate) fn limit_files(&self, bytes: Option<u64>) {
        use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
        let pid = Pid::from_raw(self.child.id().try_into().expect("a process id"));
        let maximum = getrlimit(Resource::Fsize).maximum;
        let current = bytes.or(maximum);
        prlimit(pid, Resource::Fsize, Rlimit { current, maximum }).expect("it is our process");
    }

    fn status(&self, field: &str) -> Option<usize> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(field))?;
        line.split_whitespace().next()?.parse().ok()
    }

    pub(crate) fn figures(&self) -> Figures {
        let folder = format!("/proc/{}/fd", self.child.id());
        let descriptors = std::fs::read_dir(folder).expect("the server lives").count();
        Figures { threads: self.status("Threads:").expect("the server lives"), descriptors }
    }

    /// Threads and descriptors are what they were, in no more than 30 seconds.
    #[track_caller]
    pub(crate) fn returns_to(&self, before: Figures) -> Duration {
        let begun = Instant::now();
        loop {
            let now = self.figures();
            if now.threads <= before.threads && now.descriptors <= before.descriptors {
                return begun.elapsed();
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "{now:?} for long, and it was {before:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Resident memory has never been more than 64 MB, and how much it was, in KiB.
    #[track_caller]
    pub(crate) fn stayed_small(&self) -> usize {
        let peak = self.status("VmHWM:").expect("the server lives");
        assert!(peak < MAX_RESIDENT, "{peak} KiB were resident");
        peak
    }
}

impl Heistctl {
    /// With no more than so many descriptors.
    pub(crate) fn descriptors(self, most: usize) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -n \"$0\" && exec \"$@\"", &most.to_string()]);
        command.arg(binary()).args(self.command.get_args());
        for (name, value) in self.command.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Self { command, stdin: self.stdin }
    }
}

/// What a server wrote to stderr, where notices and alarms that are JSON became `note: …` and `error: …`, as
/// they are in a log for people.
pub(crate) fn in_words(stderr: &str) -> String {
    let line = |line: &str| {
        let event: Option<serde_json::Value> = serde_json::from_str(line).ok();
        let kind = match event.as_ref().and_then(|event| event["event"].as_str()) {
            Some("notice") => "note",
            Some("alarm") => "error",
            Some("hint") => return format!("hint: {}", event.as_ref().unwrap()["message"].as_str().unwrap()),
            _ => return line.to_owned(),
        };
        let member = |name: &str| event.as_ref().and_then(|event| event[name].as_str()).unwrap_or_default();
        assert!(member("time").ends_with('Z'), "{line}");
        format!("{kind}: {}: {}", member("phase"), member("message"))
    };
    let lines: Vec<String> = stderr.split('\n').map(line).collect();
    lines.join("\n")
}

/// Raises this process's own limit of descriptors as far as it may, and says how many there are.
pub(crate) fn own_descriptors() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let most = if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
    most.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX))
}

/// Whether this machine has that address to speak from, beside its own.
#[track_caller]
pub(crate) fn needs_address(address: [u8; 4]) -> bool {
    let is_there = std::net::TcpListener::bind((IpAddr::from(address), 0)).is_ok();
    needs(&format!("the address {}", IpAddr::from(address)), is_there)
}

/// Whether there is such a program. Debian puts some where only root's PATH looks.
#[track_caller]
pub(crate) fn needs_program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let is_there = folders.map(|folder| folder.join(name)).any(|file| file.is_file());
    needs(&format!("the program {name}"), is_there)
}

/// Waits for so many lines of a file, each an object.
#[track_caller]
pub(crate) fn json_lines(path: &Path, count: usize) -> Vec<serde_json::Value> {
    let read = || std::fs::read_to_string(path).unwrap_or_default();
    wait_until("there are as many lines", || read().lines().count() >= count);
    read().lines().map(|line| serde_json::from_str(line).expect("a line is an object")).collect()
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
