//! Lines and answers on disks that fill up, hang or are replaced.

use super::*;
use crate::clock::Timestamp;
use crate::http::Response;
use crate::issuer::log_record::{GrantedFields, LogRecord};
use crate::os_error::plain;
use crate::server::HttpExchange;
use crate::server::endpoint::Endpoint;
use crate::server::gate::{DeferredAnswer, Ticket};
use serde_json::{Value, json};
use std::io::{ErrorKind, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Condvar, Mutex};

/// A scripted target that keeps what it accepts.
#[derive(Clone, Default)]
struct Disk {
    content: Arc<Mutex<Vec<u8>>>,
    /// Results of the next calls; later calls accept everything.
    next: Arc<Mutex<Vec<Answering>>>,
    /// Whether a hanging call may continue.
    goes_on: Arc<(Mutex<bool>, Condvar)>,
}

#[derive(Clone, Copy)]
enum Answering {
    Fail(ErrorKind),
    Take(usize),
    Hang,
}

use Answering::{Fail, Hang, Take};

const FULL: Answering = Fail(ErrorKind::StorageFull);

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut next = self.next.lock().unwrap();
        let answer = if next.is_empty() { None } else { Some(next.remove(0)) };
        drop(next);
        let count = match answer {
            Some(Fail(kind)) => return Err(kind.into()),
            Some(Take(count)) => count.min(bytes.len()),
            Some(Hang) => {
                let goes_on = self.goes_on.0.lock().unwrap();
                drop(self.goes_on.1.wait_while(goes_on, |goes_on| !*goes_on).unwrap());
                bytes.len()
            }
            None => bytes.len(),
        };
        self.content.lock().unwrap().extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Disk {
    fn answering(answers: &[Answering]) -> Self {
        Self { next: Arc::new(Mutex::new(answers.to_vec())), ..Self::default() }
    }

    /// A target without space until it recovers.
    fn full() -> Self {
        Self::answering(&vec![FULL; 1_000_000])
    }

    /// From now on it accepts everything.
    fn recovers(&self) {
        self.next.lock().unwrap().clear();
        *self.goes_on.0.lock().unwrap() = true;
        self.goes_on.1.notify_all();
    }

    fn text(&self) -> String {
        String::from_utf8(self.content.lock().unwrap().clone()).unwrap()
    }

    fn lines(&self) -> Vec<Value> {
        let text = self.text();
        assert!(text.is_empty() || text.ends_with('\n'), "{text}");
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("torn: {text}")))
            .collect()
    }

    /// The ids of the recorded decisions.
    fn ids(&self) -> Vec<String> {
        let ids = self.lines().into_iter().filter_map(|line| line["request_id"].as_str().map(str::to_owned));
        ids.collect()
    }
}

pub(super) fn exchange(id: impl ToString) -> HttpExchange {
    HttpExchange {
        id: id.to_string(),
        trace_id: None,
        time: Timestamp::from_unix(1_795_420_800),
        peer: Some([192, 0, 2, 1].into()),
        method: "POST".to_owned(),
        path: "/oauth/token".to_owned(),
        endpoint: Some(Endpoint::Token),
        status: 200,
        duration: Duration::ZERO,
        note: LogRecord::default(),
    }
}

fn decision(id: impl ToString, lasting: bool) -> AuditedDecision {
    let mut exchange = exchange(id);
    exchange.note.remembered = lasting;
    exchange.note.client = Some("c".to_owned());
    exchange.note.given = Some(GrantedFields::default());
    let (ticket, response) = (Ticket::default(), Response::json(200, &"a token"));
    let answer = DeferredAnswer { ticket, response, exchange: Box::new(exchange) };
    AuditedDecision { kind: DecisionKind::Token, answer }
}

/// Passes released answers and alarms to a test.
struct Telling {
    released: Mutex<Sender<AuditedDecision>>,
    told: Mutex<Vec<String>>,
}

impl AnswerReleaser for Telling {
    fn release(&self, decisions: Vec<AuditedDecision>) {
        let released = self.released.lock().unwrap();
        // The test may have stopped receiving.
        decisions.into_iter().for_each(|decision| drop(released.send(decision)));
    }
    fn alarm(&self, what: &str) {
        self.told.lock().unwrap().push(what.to_owned());
    }
    fn notice(&self, what: &str) {
        self.alarm(what);
    }
}

struct Log {
    audit: Audit,
    released: Receiver<AuditedDecision>,
    telling: Arc<Telling>,
}

const PATIENCE: Duration = Duration::from_secs(20);
/// For answers that are to time out.
const SHORT: Duration = Duration::from_millis(50);

/// An audit log that opens these disks in turn, whose answers wait for `patience`.
fn log(disks: Vec<io::Result<Disk>>, patience: Duration) -> Log {
    let mut disks = disks.into_iter();
    let open = move || {
        let disk = disks.next().unwrap_or_else(|| Err(ErrorKind::NotFound.into()))?;
        Ok(Box::new(disk) as Box<dyn Write + Send>)
    };
    let (released, receiver) = channel();
    let telling = Arc::new(Telling { released: Mutex::new(released), told: Mutex::default() });
    let limits = AuditLimits { patience, pause: Duration::from_millis(5), ..LIMITS };
    let audit = Audit::with(Box::new(open), telling.clone(), limits).unwrap();
    Log { audit, released: receiver, telling }
}

impl Log {
    fn record(&self, ids: std::ops::Range<usize>) -> Vec<String> {
        ids.clone().for_each(|id| self.audit.record(decision(id, false)));
        ids.map(|id| id.to_string()).collect()
    }

    /// The ids and statuses of the next released answers.
    #[track_caller]
    fn leave(&self, count: usize) -> Vec<(String, u16)> {
        let next = || self.released.recv_timeout(PATIENCE).expect("an answer leaves");
        (0..count)
            .map(|_| next())
            .map(|left| (left.answer.exchange.id, left.answer.response.status))
            .collect()
    }

    fn told(&self) -> Vec<String> {
        self.telling.told.lock().unwrap().clone()
    }

    #[track_caller]
    fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(self) {
            assert!(Instant::now() < deadline, "{what}: {:?}", self.told());
            thread::sleep(Duration::from_millis(1));
        }
    }
}

fn all(ids: &[String], status: u16) -> Vec<(String, u16)> {
    ids.iter().map(|id| (id.clone(), status)).collect()
}

#[test]
fn an_answer_leaves_when_its_line_is_written_and_not_before() {
    let disk = Disk::answering(&[Hang]);
    let log = log(vec![Ok(disk.clone())], PATIENCE);
    let ids = log.record(0..100);
    assert!(log.released.recv_timeout(Duration::from_millis(20)).is_err());
    assert_eq!((log.audit.pending(), disk.text().len()), (100, 0));
    disk.recovers();
    assert_eq!(log.leave(100), all(&ids, 200));
    assert_eq!((log.audit.finish(PATIENCE), disk.ids(), log.told()), (0, ids, Vec::<String>::new()));
}

#[test]
fn a_short_failure_costs_no_answer_and_no_line_is_torn_or_written_twice() {
    let interrupted = Fail(ErrorKind::Interrupted);
    let disk = Disk::answering(&[FULL, Take(1), FULL, Take(700), interrupted, FULL, Take(3), FULL, Take(0)]);
    let log = log(vec![Ok(disk.clone())], PATIENCE);
    let ids = log.record(0..30);
    assert_eq!(log.leave(30), all(&ids, 200));
    assert_eq!(disk.ids(), ids);
    log.until("it ends by itself", |log| log.audit.trouble().is_none());
    let last = disk.lines().pop().unwrap();
    assert_eq!((&last["event"], &last["refused"]), (&json!("audit.resumed"), &json!(0)));
    log.until("it is told", |log| log.told().len() == 2);
    let told = log.told();
    assert!(told[0].contains("it cannot be written: ") && told[1].contains("written again"), "{told:?}");
}

#[test]
fn what_cannot_be_written_is_refused_and_withdrawn_and_nothing_more_is_decided() {
    let disk = Disk::full();
    let log = log(vec![Ok(disk.clone())], SHORT);
    assert_eq!(log.audit.admit(), Ok(()));
    let ids = log.record(0..3);
    let refused: Vec<AuditedDecision> =
        (0..3).map(|_| log.released.recv_timeout(PATIENCE).unwrap()).collect();
    for (decision, id) in refused.iter().zip(&ids) {
        let (answer, exchange) = (&decision.answer, &decision.answer.exchange);
        assert_eq!((&exchange.id, exchange.status, answer.response.status), (id, 503, 503));
        let body = String::from_utf8_lossy(&answer.response.body);
        assert!(body.contains("temporarily_unavailable") && !body.contains("a token"), "{body}");
        assert_eq!((&exchange.note.given, exchange.note.limit), (&None, Some("audit")));
        assert_eq!(exchange.note.client.as_deref(), Some("c"));
    }
    assert_eq!(log.audit.admit(), Err(CannotRecord::Failing));
    let trouble = log.audit.trouble().unwrap();
    assert_eq!((trouble.why, trouble.refused), (plain(&ErrorKind::StorageFull.into()), 4));
    log.until("the lines are withdrawn", |log| log.audit.pending() == 0);
    disk.recovers();
    log.until("it finds out without a request", |log| log.audit.admit().is_ok());
    assert_eq!((disk.ids(), disk.lines()[0]["event"].clone()), (vec![], json!("audit.resumed")));
    assert!(disk.lines()[0]["refused"].as_u64() >= Some(4), "{}", disk.text());
    assert_eq!((log.record(3..4), log.leave(1)), (vec!["3".to_owned()], vec![("3".to_owned(), 200)]));
    assert_eq!((log.audit.finish(PATIENCE), disk.ids()), (0, vec!["3".to_owned()]));
}

#[test]
fn what_cannot_be_undone_stays_and_counts_at_the_end() {
    let disk = Disk::full();
    let log = log(vec![Ok(disk.clone())], SHORT);
    log.audit.record(decision("first", false));
    log.audit.record(decision("lasts", true));
    log.audit.record(decision("third", false));
    assert!(log.leave(3).iter().all(|(_, status)| *status == 503));
    log.until("the others are withdrawn", |log| log.audit.pending() == 1);
    assert_eq!(log.audit.finish(Duration::from_millis(20)), 1);
    disk.recovers();
    log.until("it is written", |log| log.audit.pending() == 0 && log.audit.trouble().is_none());
    assert_eq!((disk.ids(), log.audit.finish(PATIENCE)), (vec!["lasts".to_owned()], 0));
}

#[test]
fn a_line_that_has_begun_is_completed_and_others_are_withdrawn_whenever_they_are_given_up() {
    let (now, time) = (Instant::now(), Timestamp::from_unix(0));
    let attempt = |taken, flushed| queue::WriteAttempt { taken, flushed };
    let mut batch = Vec::new();
    let mut queue = AuditQueue::new(LIMITS);
    for text in ["one\n", "two\n", "three\n"] {
        queue.push(text.to_owned(), decision(text, false), now);
    }
    assert!(queue.begin(&mut batch, time) && batch == b"one\ntwo\nthree\n");
    // Timed out while being written: which of them are recorded is unknown.
    assert_eq!((queue.refuse(Duration::ZERO, now).len(), queue.pending()), (3, 3));
    // The buffer accepted one and a half; none is recorded before the flush, and none is sent twice.
    assert!(queue.end(attempt(6, false)).decisions.is_empty() && queue.fail("full", time));
    assert_eq!((queue.pending(), queue.admit()), (2, Err(CannotRecord::Failing)));
    assert!(queue.begin(&mut batch, time) && batch == b"o\n");
    assert!(queue.end(attempt(0, true)).decisions.is_empty() && !queue.fail("full", time));
    assert!(queue.pending() == 1 && queue.begin(&mut batch, time) && batch == b"o\n");
    assert!(queue.end(attempt(2, true)).over.is_none() && queue.pending() == 0);
    // The last line reports the outage, which ends once it is written.
    assert!(queue.begin(&mut batch, time) && batch.starts_with(b"{\"time\":"));
    assert_eq!(queue.end(attempt(batch.len(), true)).over.map(|over| over.refused), Some(1));
    assert_eq!((queue.admit(), queue.begin(&mut batch, time)), (Ok(()), false));
}

#[test]
fn a_target_that_hangs_holds_up_the_writer_alone() {
    let disk = Disk::answering(&[Hang]);
    // Long enough for the first line to be in progress.
    let log = log(vec![Ok(disk.clone())], Duration::from_secs(2));
    log.record(0..1);
    log.until("it is being written", |_| disk.next.lock().unwrap().is_empty());
    log.record(1..3);
    assert_eq!(log.leave(3).iter().filter(|(_, status)| *status == 503).count(), 3);
    assert_eq!(log.audit.admit(), Err(CannotRecord::Failing));
    log.until("it is told", |log| log.told().len() == 1);
    assert!(log.told()[0].contains("it has taken no line for"), "{:?}", log.told());
    assert_eq!(log.audit.finish(Duration::ZERO), 1, "nobody knows of the one that is being written");
    disk.recovers();
    log.until("it goes on", |log| log.audit.admit().is_ok());
    assert_eq!((disk.ids(), log.audit.finish(PATIENCE)), (vec!["0".to_owned()], 0));
}

#[test]
fn only_so_much_waits() {
    let disk = Disk::answering(&[Hang]);
    let log = log(vec![Ok(disk.clone())], PATIENCE);
    log.record(0..LIMITS.lines - 1);
    assert_eq!(log.audit.admit(), Ok(()));
    log.record(0..1);
    assert_eq!(log.audit.admit(), Err(CannotRecord::Full));
    disk.recovers();
    log.until("there is room", |log| log.audit.admit().is_ok());
    let mut queue = AuditQueue::new(AuditLimits { bytes: 1000, ..LIMITS });
    queue.push("x".repeat(300), decision(1, false), Instant::now());
    assert_eq!(queue.admit(), Ok(()));
    queue.push("x".repeat(300), decision(2, false), Instant::now());
    assert_eq!(queue.admit(), Err(CannotRecord::Full));
    assert_eq!(queue.refuse(Duration::ZERO, Instant::now()).len(), 2);
    assert_eq!((queue.admit(), queue.due()), (Ok(()), None));
}

#[test]
fn a_rotated_log_goes_on_in_the_new_file_with_whole_lines() {
    let (old, new) = (Disk::answering(&[Take(10_000), Take(4)]), Disk::default());
    let log = log(vec![Ok(old.clone()), Err(ErrorKind::NotFound.into()), Ok(new.clone())], PATIENCE);
    log.record(0..1);
    log.leave(1);
    old.next.lock().unwrap().extend(vec![FULL; 1_000_000]);
    let ids = log.record(1..3);
    log.until("it fails", |log| log.audit.trouble().is_some());
    log.audit.reopen();
    log.until("it is told", |log| log.told().iter().any(|told| told.contains("cannot be opened again")));
    log.audit.reopen();
    assert_eq!(log.leave(2), all(&ids, 200));
    assert_eq!((log.audit.finish(PATIENCE), new.ids()), (0, ids));
    assert!(old.text().lines().count() == 2 && !old.text().ends_with('\n'), "{}", old.text());
}

#[test]
fn an_idle_log_is_reopened_at_once() {
    let log = log(vec![Ok(Disk::default())], PATIENCE);
    log.audit.reopen();
    log.until("it was opened", |log| log.told().iter().any(|told| told.contains("cannot be opened again")));
}
