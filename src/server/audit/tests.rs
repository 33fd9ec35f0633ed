//! The writer against targets that fail, are slow, or take a line in parts; and what a line says.

use super::*;
use crate::clock::Timestamp;
use crate::issuer::note::{self, Given};
use crate::jose::digest::Fingerprint;
use serde_json::{Value, json};
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

/// A target that does as it is told, and keeps what it took.
#[derive(Clone, Default)]
struct Disk {
    content: Arc<Mutex<Vec<u8>>>,
    /// Answers to the next calls; then all is taken.
    next: Arc<Mutex<Vec<Answer>>>,
}

#[derive(Clone, Copy)]
enum Answer {
    Fail(ErrorKind),
    Take(usize),
    Wait(Duration),
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut next = self.next.lock().unwrap();
        let answer = if next.is_empty() { None } else { Some(next.remove(0)) };
        drop(next);
        let count = match answer {
            Some(Answer::Fail(kind)) => return Err(kind.into()),
            Some(Answer::Take(count)) => count.min(bytes.len()),
            Some(Answer::Wait(time)) => {
                thread::sleep(time);
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
    fn answering(answers: &[Answer]) -> Self {
        Self { next: Arc::new(Mutex::new(answers.to_vec())), ..Self::default() }
    }

    fn text(&self) -> String {
        String::from_utf8(self.content.lock().unwrap().clone()).unwrap()
    }

    fn ids(&self) -> Vec<String> {
        let text = self.text();
        assert!(text.is_empty() || text.ends_with('\n'), "{text}");
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| line["request_id"].as_str().unwrap().to_owned()).collect()
    }
}

fn exchange(id: impl ToString) -> Arc<Exchange> {
    Arc::new(Exchange {
        id: id.to_string(),
        time: Timestamp::from_unix(1_795_420_800),
        peer: Some([192, 0, 2, 1].into()),
        method: "POST".to_owned(),
        path: "/oauth/token".to_owned(),
        status: 200,
        duration: Duration::ZERO,
        note: Note::default(),
    })
}

/// An audit log on each of those in turn, and what the alarm said.
fn audit(disks: Vec<io::Result<Disk>>, room: usize) -> (Audit, impl Fn() -> Vec<String>) {
    let mut disks = disks.into_iter();
    let open = move || {
        let disk = disks.next().unwrap_or_else(|| Err(ErrorKind::NotFound.into()))?;
        Ok(Box::new(disk) as Box<dyn Write + Send>)
    };
    let (tell, told): (Sender<String>, _) = channel();
    // A test need not listen.
    let alarm = Arc::new(move |what: &str| drop(tell.send(what.to_owned())));
    let audit = Audit::with(Box::new(open), alarm, room, Duration::from_millis(5)).unwrap();
    (audit, move || told.try_iter().collect())
}

fn record(audit: &Audit, count: usize) -> Vec<String> {
    for number in 0..count {
        audit.record(Endpoint::Token, exchange(number));
    }
    (0..count).map(|number| number.to_string()).collect()
}

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_line_that_cannot_be_written_is_tried_again_until_it_is() {
    let full = Answer::Fail(ErrorKind::StorageFull);
    let disk = Disk::answering(&[full, full, Answer::Fail(ErrorKind::Interrupted), full]);
    let (audit, told) = audit(vec![Ok(disk.clone())], 2);
    let expected = record(&audit, 10);
    assert_eq!(audit.finish(PATIENCE), 0);
    assert_eq!(disk.ids(), expected);
    let told = told();
    assert!(told[0].contains("it cannot be written: ") && told[0].contains("requests wait"), "{told:?}");
    assert!(told.len() == 2 && told[1].contains("nothing was lost"), "once each: {told:?}");
}

#[test]
fn a_line_that_is_taken_in_parts_stays_one() {
    let full = Answer::Fail(ErrorKind::StorageFull);
    let disk = Disk::answering(&[Answer::Take(1), full, Answer::Take(7), full, Answer::Take(3)]);
    let (audit, _) = audit(vec![Ok(disk.clone())], 2);
    let expected = record(&audit, 3);
    assert_eq!((audit.finish(PATIENCE), disk.ids()), (0, expected));
}

#[test]
fn a_slow_target_holds_requests_back_and_loses_nothing() {
    let disk = Disk::answering(&[Answer::Wait(Duration::from_millis(20)); 10]);
    let (audit, told) = audit(vec![Ok(disk.clone())], 2);
    let started = Instant::now();
    let expected = record(&audit, 10);
    // Two wait in the queue and one is being written when the last of them is taken.
    assert!(started.elapsed() >= Duration::from_millis(6 * 20), "{:?}", started.elapsed());
    assert!(audit.waiting() <= 3);
    assert_eq!((audit.finish(PATIENCE), disk.ids(), told()), (0, expected, Vec::<String>::new()));
}

#[test]
fn an_end_is_told_what_is_not_on_record() {
    let disk = Disk::answering(&vec![Answer::Fail(ErrorKind::StorageFull); 100_000]);
    let (audit, _) = audit(vec![Ok(disk.clone())], 8);
    record(&audit, 5);
    assert_eq!(audit.waiting(), 5);
    assert_eq!((audit.finish(Duration::from_millis(30)), disk.text()), (5, String::new()));
}

#[test]
fn a_rotated_log_goes_on_in_the_new_file_with_whole_lines() {
    let full = Answer::Fail(ErrorKind::StorageFull);
    let old = Disk::answering(&[Answer::Wait(Duration::ZERO), Answer::Take(4), full]);
    old.next.lock().unwrap().extend(vec![full; 100_000]);
    let new = Disk::default();
    let (audit, told) = audit(vec![Ok(old.clone()), Err(ErrorKind::NotFound.into()), Ok(new.clone())], 8);
    record(&audit, 2);
    while old.next.lock().unwrap().len() > 99_990 {
        thread::sleep(Duration::from_millis(1));
    }
    audit.reopen();
    while audit.reopen.load(Ordering::Acquire) {
        thread::sleep(Duration::from_millis(1));
    }
    audit.reopen();
    assert_eq!((audit.finish(PATIENCE), new.ids()), (0, vec!["1".to_owned()]));
    assert_eq!(old.text().lines().count(), 2);
    assert!(told().iter().any(|told| told.contains("cannot be opened again")), "the old one stays");
}

#[test]
fn an_idle_log_is_reopened_at_once() {
    let (audit, _) = audit(vec![Ok(Disk::default()), Ok(Disk::default())], 1);
    audit.reopen();
    let deadline = Instant::now() + PATIENCE;
    while audit.reopen.load(Ordering::Acquire) && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(1));
    }
    assert!(!audit.reopen.load(Ordering::Acquire));
}

#[test]
fn a_line_says_what_was_asked_what_was_given_and_of_which_token() {
    let mut exchange = Arc::into_inner(exchange("r1")).unwrap();
    let asked = note::Asked {
        grant: Some("client_credentials"),
        scope: Some("a\u{202e}".to_owned()),
        resources: vec!["https://api".to_owned()],
    };
    let given = Given {
        scope: Some("a".to_owned()),
        audience: vec!["https://api".to_owned()],
        expires_in: Some(60),
        algorithm: Some("ES256"),
        active: None,
    };
    let fingerprint = Some(Fingerprint::of("abc"));
    let token = note::TokenNote { jti: Some("j".to_owned()), sub: None, fingerprint };
    exchange.note = Note {
        client: Some("c".to_owned()),
        authenticated: true,
        asked,
        given: Some(given),
        token: Some(Box::new(token)),
        ..Note::default()
    };
    let line = json::line(&entry(Endpoint::Token, &exchange));
    assert!(line.ends_with("}\n") && !line.contains('\u{202e}'), "{line}");
    assert_eq!(
        serde_json::from_str::<Value>(&line).unwrap(),
        json!({
            "time": "2026-11-23T08:00:00Z", "event": "token.issued", "request_id": "r1",
            "client_addr": "192.0.2.1", "client_id": "c", "authenticated": true,
            "asked": {"grant": "client_credentials", "scope": "a\u{202e}", "resource": ["https://api"]},
            "given": {"scope": "a", "audience": ["https://api"], "expires_in": 60, "algorithm": "ES256"},
            "status": 200, "jti": "j", "token_fingerprint": "ba7816bf8f01cfea",
        })
    );
}

#[test]
fn what_the_gate_refuses_at_an_endpoint_is_a_decision_of_that_endpoint() {
    for (endpoint, status, event) in [
        (Endpoint::Token, 429, "token.refused"),
        (Endpoint::Introspect, 403, "introspection.refused"),
        (Endpoint::Revoke, 403, "revocation.refused"),
        (Endpoint::ProtectedResource, 429, "resource.refused"),
    ] {
        let exchange = Exchange { status, ..Arc::into_inner(exchange("")).unwrap() };
        let line = serde_json::to_value(entry(endpoint, &exchange)).unwrap();
        assert_eq!((&line["event"], &line["authenticated"]), (&json!(event), &json!(false)));
        assert_eq!(line.get("request_id"), None);
    }
}
