//! Runs the binary and prints, where an assertion fails, what was run and all that came of it.

pub(crate) mod api;
pub(crate) mod cached;
pub(crate) mod checked;
pub(crate) mod faketime;
pub(crate) mod faults;
pub(crate) mod haproxy;
pub(crate) mod judged;
pub(crate) mod keys;
pub(crate) mod needs;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod protocol;
pub(crate) mod proxy;
pub(crate) mod secured;
pub(crate) mod sources;
pub(crate) mod tls;
pub(crate) mod wire;

use heistctl::registry::secret_hash::SecretHash;
use heistctl::registry::{Client, ClientAuth, LiveSecret};
use heistctl::secret::Secret;
use std::ffi::OsStr;
use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// The demo's signing secret.
pub(crate) const DEMO_SECRET: &str = "super-secret-change-in-production";
pub(crate) const HACKER: [(&str, &str); 2] =
    [("HEISTCTL_CLIENT_ID", "hacker-client"), ("HEISTCTL_CLIENT_SECRET", "hacker-secret-123")];

pub(crate) fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_heistctl"))
}

pub(crate) fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A command line of heistctl in an environment that has nothing of ours.
pub(crate) struct Heistctl {
    command: Command,
    stdin: Vec<u8>,
}

pub(crate) fn heistctl<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Heistctl {
    program(binary(), args)
}

/// Another program in the same environment, which may become heistctl.
pub(crate) fn program<S: AsRef<OsStr>>(
    name: impl AsRef<OsStr>,
    args: impl IntoIterator<Item = S>,
) -> Heistctl {
    let mut command = Command::new(name);
    for (name, _) in std::env::vars_os() {
        let ours = ["HEISTCTL_", "PG", "XDG_", "CLICOLOR", "NO_COLOR", "SSL_CERT", "STATE_DIRECTORY"];
        let is_ours = |name: &str| {
            ours.iter().any(|prefix| name.starts_with(prefix)) || name.to_lowercase().ends_with("_proxy")
        };
        if name.to_str().is_some_and(is_ours) {
            command.env_remove(name);
        }
    }
    // Without a home there is no cache: what one test has fetched is not for another.
    command.env_remove("HOME").args(args);
    Heistctl { command, stdin: Vec::new() }
}

impl Heistctl {
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn envs(mut self, pairs: &[(&str, &str)]) -> Self {
        self.command.envs(pairs.iter().copied());
        self
    }

    pub(crate) fn in_folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    pub(crate) fn run(self) -> Ran {
        self.start().ended()
    }

    /// Starts it and does not wait.
    pub(crate) fn start(mut self) -> Running {
        let line = format!("{:?}", self.command);
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("the binary starts");
        // A command that reads no stdin closes it early, which is its right.
        let _ = child.stdin.take().expect("stdin is piped").write_all(&self.stdin);
        let watchdog = Watchdog::on(&child);
        Running { line, child, watchdog }
    }

    /// Starts a server and waits until it is ready.
    pub(crate) fn serve(mut self) -> Server {
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("the binary starts");
        let mut log = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut line = String::new();
        log.read_line(&mut line).expect("a line or the end");
        let ready = serde_json::from_str(&line).unwrap_or_else(|_| {
            let mut stderr = String::new();
            let _ = child.stderr.take().expect("stderr is piped").read_to_string(&mut stderr);
            panic!("{:?} is not ready: {line:?}\n{stderr}", self.command)
        });
        Server { child, log: Some(log), ready }
    }
}

/// A run that has not ended.
pub(crate) struct Running {
    line: String,
    child: Child,
    watchdog: Watchdog,
}

impl Running {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end.
    pub(crate) fn ended(self) -> Ran {
        let line = self.line;
        let output = self.child.wait_with_output().expect("the binary ends");
        assert!(!self.watchdog.bit(), "{line} did not end");
        Ran {
            line,
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: process::in_words(&String::from_utf8_lossy(&output.stderr)),
        }
    }
}

/// Ends a process that should have ended by itself: a test fails, it does not hang.
struct Watchdog {
    done: std::sync::mpsc::Sender<()>,
    thread: std::thread::JoinHandle<bool>,
}

impl Watchdog {
    fn on(child: &Child) -> Self {
        let (done, ended) = std::sync::mpsc::channel();
        let pid = child.id().to_string();
        let thread = std::thread::spawn(move || {
            let late = ended.recv_timeout(Duration::from_secs(60)).is_err();
            if late {
                let _ = Command::new("kill").args(["-KILL", &pid]).status();
            }
            late
        });
        Self { done, thread }
    }

    fn bit(self) -> bool {
        let _ = self.done.send(());
        self.thread.join().expect("the watchdog ends")
    }
}

/// A run that has ended.
pub(crate) struct Ran {
    line: String,
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\nexit {}\nstdout: {}\nstderr: {}", self.line, self.code, self.stdout, self.stderr)
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// Fails with that code, nothing on stdout, and each of the parts on stderr.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, parts: &[&str]) -> Self {
        let ran = self.exits(code);
        assert_eq!(ran.stdout, "", "{ran}");
        assert!(!ran.stderr.contains("panicked"), "{ran}");
        for part in parts {
            assert!(ran.stderr.contains(part), "stderr lacks {part:?}\n{ran}");
        }
        ran
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        assert!(self.stdout.ends_with('\n'), "no newline at the end\n{self}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{self}"))
    }
}

/// A server that is stopped when the test is over.
pub(crate) struct Server {
    child: Child,
    log: Option<BufReader<ChildStdout>>,
    pub(crate) ready: serde_json::Value,
}

pub(crate) fn demo() -> Server {
    heistctl(["serve", "--demo", "--listen", "127.0.0.1:0"]).serve()
}

impl Server {
    pub(crate) fn url(&self) -> &str {
        self.ready["url"].as_str().expect("ready names the url")
    }

    pub(crate) fn token_url(&self) -> &str {
        self.ready["token_url"].as_str().expect("ready names the token_url")
    }

    /// A client command against this server, as the article's hacker.
    pub(crate) fn client(&self, args: &[&str]) -> Heistctl {
        heistctl(args).env("HEISTCTL_TOKEN_URL", self.token_url()).envs(&HACKER)
    }

    pub(crate) fn token(&self) -> String {
        self.client(&["token", "--scope", "simulation:read"]).run().exits(0).stdout.trim().to_owned()
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        let (_, address) = self.url().split_once("://").expect("a URL");
        address.replace("localhost", "127.0.0.1").parse().expect("an address")
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address()).expect("the server accepts");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        stream
    }

    /// Sends bytes as they are, and reads until the server closes.
    pub(crate) fn raw(&self, bytes: impl AsRef<[u8]>) -> Reply {
        let mut stream = self.connect();
        stream.write_all(bytes.as_ref()).expect("the request is written");
        let _ = stream.shutdown(Shutdown::Write);
        let mut text = Vec::new();
        stream.read_to_end(&mut text).expect("the answer is read");
        Reply::parse(&String::from_utf8_lossy(&text))
    }

    pub(crate) fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.raw(request_text(method, path, headers, body))
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args([name, &pid]).status().expect("kill runs");
        assert!(status.success());
    }

    /// Stops reading the log, as a pipe's other end may.
    pub(crate) fn close_log(&mut self) {
        self.log = None;
    }

    /// What it says on stderr, once it has ended.
    pub(crate) fn errors(&mut self) -> impl FnOnce() -> String + use<> {
        let mut stderr = self.child.stderr.take().expect("stderr is piped");
        move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).expect("stderr is UTF-8");
            process::in_words(&text)
        }
    }

    /// Ends the server politely and gives its code and the rest of its log.
    pub(crate) fn stop(self) -> (i32, String) {
        self.signal("-TERM");
        self.end()
    }

    /// Waits for the end of a server that ends by itself, and gives its code and the rest of its log.
    pub(crate) fn end(mut self) -> (i32, String) {
        let mut text = String::new();
        if let Some(log) = &mut self.log {
            log.read_to_string(&mut text).expect("the log is UTF-8");
        }
        (self.wait(), text)
    }

    /// Ends the server politely and gives its code; nobody reads its log meanwhile.
    pub(crate) fn wait_for_stop(self) -> i32 {
        self.signal("-TERM");
        self.wait()
    }

    /// Waits for the end of a server that has been told to stop.
    pub(crate) fn wait(mut self) -> i32 {
        self.child.wait().expect("the server ends").code().unwrap_or(-1)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request, after which the connection is closed.
pub(crate) fn request_text(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Reply {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no HTTP answer: {text:?}"));
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        let mut ours = lines.filter(|(field, _)| field.eq_ignore_ascii_case(name));
        ours.next().map(|(_, value)| value.trim())
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A registered client, for tests below the command line.
pub(crate) fn client(id: &str, secret: &str, scopes: &str) -> Client {
    let auth = ClientAuth::Secret {
        secrets: vec![LiveSecret::lasting(SecretHash::of(&Secret::new(secret)))],
        only: None,
    };
    Client::new(id, auth, scopes.parse().expect("scopes"))
}

/// A folder with files in it, gone when the test is over.
pub(crate) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).expect("the file is written");
    }
    folder
}
