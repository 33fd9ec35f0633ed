//! What a million registered clients cost beside a hundred, in one run: a lookup, a token, a durable add,
//! an add in bulk, on SQLite; and the memory of a server that has issued tokens to all kinds of them. The
//! two sizes have short rounds in turn, so that other load on the machine meets both alike, and the median
//! counts.
//!   cargo bench --bench registry               ROUNDS=5 and CLIENTS=1000000 can be set
//!   cargo bench --bench registry -- --test     small, once: shows that it works, its figures say little
//!   cargo bench --bench registry -- replays    only what it costs to remember that an assertion was used

#![allow(clippy::print_stdout, reason = "its table is its answer")]

use heistctl::clock::Timestamp;
use heistctl::http::{Headers, Method, Request};
use heistctl::issuer::{IssuerIdentity, NoRemoteKeys, Service, ServiceSettings, ServiceState};
use heistctl::jose::algorithm::Algorithm;
use heistctl::jose::digest;
use heistctl::jose::install_provider;
use heistctl::jose::private::PrivateKey;
use heistctl::jose::sign::Signer;
use heistctl::registry::Registry;
use heistctl::registry::client_cache::ClientCache;
use heistctl::registry::expiring_set;
use heistctl::registry::record::ClientRecord;
use heistctl::registry::secret_hash::SecretHash;
use heistctl::registry::store::memory::MemoryStore;
use heistctl::registry::store::sqlite::Sqlite;
use heistctl::registry::store::{Id, IdKind, Store};
use heistctl::secret::Secret;
use heistctl::server::route::route;
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const SECRET: &str = "a secret that all of them have";
const ISSUER: &str = "https://as.example.com";
const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);
/// Clients that are added at a time.
const BULK: usize = 10_000;

/// How much is done.
#[derive(Clone, Copy)]
struct Size {
    clients: usize,
    rounds: usize,
    /// Lookups and tokens in a round.
    each: usize,
    /// Durable adds in a round.
    adds: usize,
    /// Tokens that the server issues.
    tokens: usize,
}

impl Size {
    fn of_run() -> Self {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
        if std::env::args().any(|arg| arg == "--test") {
            return Self { clients: 20_000, rounds: 1, each: 200, adds: 2, tokens: 500 };
        }
        let (clients, rounds) = (number("CLIENTS").unwrap_or(1_000_000), number("ROUNDS").unwrap_or(5));
        Self { clients, rounds, each: 5_000, adds: 20, tokens: 200_000 }
    }
}

/// A store of so many clients, and what asks it.
struct Measured {
    clients: usize,
    folder: tempfile::TempDir,
    store: Arc<Sqlite>,
    service: Service,
    /// Ids for what is added beside them.
    added: usize,
    /// Microseconds, by round: of what [`NAMES`] says.
    micros: [Vec<f64>; 5],
}

const NAMES: [&str; 5] = [
    "a lookup in the store",
    "a token, ES256",
    "a durable add",
    "an add of all in bulk",
    "an add of 10,000 to them",
];

fn id(number: usize) -> String {
    // As people name them, and in no order.
    format!("{:08x}-service-{number}", number.wrapping_mul(2_654_435_761) & 0xFFFF_FFFF)
}

fn record(number: usize) -> (ClientRecord, Option<String>) {
    let scopes = "orders:read orders:write".parse().expect("two scopes");
    let record = ClientRecord { id: id(number), created: NOW.unix(), scopes, ..ClientRecord::default() };
    (record, Some(SecretHash::of(&Secret::new(SECRET)).text()))
}

fn path(folder: &Path) -> PathBuf {
    folder.join("heistctl.db")
}

impl Measured {
    fn new(clients: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(Sqlite::open(&path(folder.path())).expect("a store").store);
        let filled = fill(store.as_ref(), clients);
        store.purge(NOW).expect("purged");
        let registered = ClientCache::new(store.clone(), NOW).expect("a registry");
        let registry = Registry::default().with_store(Arc::new(registered));
        let key = PrivateKey::generate(Algorithm::ES256).expect("a key");
        let signer = Signer::asymmetric(key, Algorithm::ES256).expect("a signer");
        let identity = IssuerIdentity { issuer: ISSUER.to_owned(), public_url: ISSUER.to_owned() };
        let service =
            Service::new(identity, registry, signer, ServiceSettings::default(), Arc::new(NoRemoteKeys));
        let mut measured =
            Self { clients, folder, store, service, added: clients, micros: Default::default() };
        measured.micros[3].push(filled);
        measured
    }

    fn round(&mut self, size: Size, random: &RandomState, round: usize) {
        let ids: Vec<String> =
            (0..size.each).map(|n| id(random.hash_one((round, n)) as usize % self.clients)).collect();
        let lookups = timed(size.each, || {
            ids.iter().for_each(|id| assert!(self.store.client(id).expect("it answers").is_some()));
        });
        let requests: Vec<Request> = ids.iter().map(|id| request(id)).collect();
        let tokens = timed(size.each, || {
            for request in &requests {
                let outcome = route(&self.service, request, NOW, digest::random);
                assert_eq!(outcome.response.status, 200);
            }
        });
        let from = self.added;
        let adds = timed(size.adds, || {
            (from..from + size.adds).for_each(|n| self.store.add(&[record(n)]).expect("a new client"));
        });
        let from = from + size.adds;
        let many: Vec<_> = (from..from + BULK).map(record).collect();
        let bulk = timed(BULK, || self.store.add(&many).expect("new clients"));
        self.added = from + BULK;
        self.settle(from - size.adds);
        for (place, micros) in [(0, lookups), (1, tokens), (2, adds), (4, bulk)] {
            self.micros[place].push(micros);
        }
    }

    /// Takes out what a round has added: the next one finds as many as this one.
    fn settle(&mut self, from: usize) {
        let ids = (from..self.added).map(id);
        let mut connection = rusqlite::Connection::open(path(self.folder.path())).expect("the file");
        connection.pragma_update(None, "foreign_keys", true).expect("a pragma");
        let transaction = connection.transaction().expect("a transaction");
        for id in ids {
            transaction.execute("DELETE FROM client WHERE id = ?1", [id]).expect("deleted");
        }
        transaction.commit().expect("committed");
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("a checkpoint");
        self.store.purge(NOW).expect("purged");
    }
}

/// Registers so many, all or none; microseconds for each.
fn fill(store: &Sqlite, clients: usize) -> f64 {
    let all: Vec<_> = (0..clients).map(record).collect();
    timed(clients, || store.add(&all).expect("new clients"))
}

/// Microseconds for each of so many.
fn timed(count: usize, work: impl FnOnce()) -> f64 {
    let started = Instant::now();
    work();
    started.elapsed().as_secs_f64() * 1e6 / count as f64
}

fn request(id: &str) -> Request {
    let secret = SECRET.replace(' ', "+");
    let body =
        format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=orders:read");
    let mut headers = Headers::default();
    headers.push("Host", "127.0.0.1:8001");
    headers.push("Content-Type", "application/x-www-form-urlencoded");
    Request::new(Method::Post, "/oauth/token", headers, body.into_bytes())
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// A server on a store.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(store: &Path) -> Self {
        let store = format!("sqlite:{}", store.display());
        let mut child = Command::new(env!("CARGO_BIN_EXE_heistctl"))
            .args(["serve", "--listen", "127.0.0.1:0", "--store", &store])
            .current_dir(store.trim_start_matches("sqlite:").trim_end_matches("heistctl.db"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("heistctl starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its log"));
        let mut ready = String::new();
        lines.read_line(&mut ready).expect("a line");
        let ready: serde_json::Value = serde_json::from_str(&ready).expect("the ready event");
        let address = ready["url"].as_str().expect("a url").trim_start_matches("http://").to_owned();
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Self { child, address }
    }

    /// Asks for tokens on one connection, each for another client.
    fn tokens(&self, count: usize, clients: usize, seed: usize) {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        let mut answers = BufReader::new(stream.try_clone().expect("the same stream"));
        let random = RandomState::new();
        for n in 0..count {
            let request = request(&id(random.hash_one((seed, n)) as usize % clients));
            let head = format!(
                "POST /oauth/token HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
                self.address,
                request.body.len()
            );
            stream.write_all(&[head.as_bytes(), &request.body].concat()).expect("sent");
            assert!(answer(&mut answers).starts_with("HTTP/1.1 200"));
        }
    }

    fn resident(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let kib = |line: &str| line.split_whitespace().nth(1)?.parse::<f64>().ok();
        status.lines().find(|line| line.starts_with("VmHWM")).and_then(kib).unwrap_or(f64::NAN) / 1024.0
    }
}

/// The head of an answer; its body is read, too.
fn answer(answers: &mut impl BufRead) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(answers.read_line(&mut head).expect("an answer in time") > 0, "{head}");
    }
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).expect("a length");
    let mut body = vec![0; length.parse().expect("a number")];
    answers.read_exact(&mut body).expect("a body in time");
    head
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn resident(measured: &Measured, tokens: usize) -> f64 {
    let server = Server::start(&path(measured.folder.path()));
    std::thread::scope(|scope| {
        for seed in 0..8 {
            let server = &server;
            scope.spawn(move || server.tokens(tokens / 8, measured.clients, seed));
        }
    });
    server.resident()
}

/// Assertions a second of a busy client, each remembered for a minute, the leeway and a second.
const RATE: usize = 1_000;
const KEPT: usize = 66;

fn used(owner: &str, number: usize, second: usize) -> Id {
    Id {
        kind: IdKind::Assertion,
        digest: expiring_set::digest(&[owner, &number.to_string()]),
        owner: owner.to_owned(),
        until: NOW.after(Duration::from_secs((second + KEPT) as u64)),
    }
}

/// Median and largest time of remembering one more id where a busy client has all of its ids, in
/// microseconds, and how many found room: its last second is measured.
fn remembering(remember: impl Fn(&Id, Timestamp) -> bool) -> (f64, f64, usize) {
    let (mut micros, mut found) = (Vec::new(), 0);
    for second in 0..=KEPT {
        let now = NOW.after(Duration::from_secs(second as u64));
        let ids: Vec<Id> = (0..RATE).map(|n| used("busy", second * RATE + n, second)).collect();
        for id in &ids {
            let begun = Instant::now();
            let new = remember(id, now);
            if second == KEPT {
                micros.push(begun.elapsed().as_secs_f64() * 1e6);
                found += usize::from(new);
            }
        }
    }
    (median(&micros), micros.iter().copied().fold(0.0, f64::max), found)
}

/// What it costs to remember that an assertion was used, in each place where that is remembered.
fn replays(files: bool) {
    let row = |name: &str, (median, most, found): (f64, f64, usize)| {
        println!("{name:48} {median:10.2} {most:12.1} {found:6} of {RATE}");
    };
    println!("{:48} {:>10} {:>12} {:>14}", "µs to remember a used id", "median", "at most", "found room");
    let table = ServiceState::default().assertions;
    let remember = |id: &Id, now| table.insert(id.digest, &id.owner, id.until, now) == Ok(true);
    row("the server's table, one busy client", remembering(remember));
    let table = ServiceState::default().assertions;
    for owner in ["h1", "h2", "h3", "h4"] {
        for number in 0..200_000 {
            let id = used(owner, number, KEPT * 10);
            if table.insert(id.digest, &id.owner, id.until, NOW).is_err() {
                break;
            }
        }
    }
    let remember = |id: &Id, now| table.insert(id.digest, &id.owner, id.until, now) == Ok(true);
    row("the same beside four that fill their shares", remembering(remember));
    let store = MemoryStore::default();
    row("memory:", remembering(|id, now| store.remember(id, now).expect("it answers")));
    if files {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Sqlite::open(&path(folder.path())).expect("a store").store;
        row("sqlite:, durably", remembering(|id, now| store.remember(id, now).expect("it answers")));
    }
}

fn main() {
    install_provider();
    if std::env::args().any(|arg| arg == "replays") {
        return replays(true);
    }
    let size = Size::of_run();
    replays(false);
    let random = RandomState::new();
    let mut all = [Measured::new(100), Measured::new(size.clients)];
    // A hundred are registered so fast that one time says little.
    all[0].micros[3].extend((0..20).map(|_| Measured::new(100).micros[3][0]));
    for round in 0..size.rounds {
        all.iter_mut().for_each(|measured| measured.round(size, &random, round));
    }
    println!("{:24} {:>12} {:>12} {:>8}", "µs", all[0].clients, all[1].clients, "ratio");
    for (place, name) in NAMES.iter().enumerate() {
        let [few, many] = [0, 1].map(|which: usize| median(&all[which].micros[place]));
        println!("{name:24} {few:12.1} {many:12.1} {:8.2}", many / few);
    }
    let [few, many] = [0, 1].map(|which: usize| resident(&all[which], size.tokens));
    println!("{:24} {few:12.1} {many:12.1} {:8.2}", "serve at most, MB", many / few);
}
