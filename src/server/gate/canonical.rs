//! The formats between gate and engine: a canonical request, which has only one meaning whatever the client
//! sent, and the engine's answer for the client. Pure.

use super::head::{HeadError, RequestHead, fault};
use crate::clock::Timestamp;
use crate::http::{Cut, Response, Sending};
use std::fmt;
use std::net::IpAddr;
use std::time::{Duration, UNIX_EPOCH};

/// The names of fields that the gate adds. Client fields never have these names: only `head::PASSED` are
/// passed on.
pub mod field {
    /// The peer's address.
    pub const PEER: &str = "Peer";
    /// The request's id.
    pub const ID: &str = "Request-Id";
    /// The peer's certificate: `trusted` or `untrusted`, a blank, DER in base64.
    pub const CERTIFICATE: &str = "Certificate";
    /// The listener that it came through, unless it is the public one.
    pub const DOOR: &str = "Door";
    /// Set if the connection comes from a trusted proxy.
    pub const PROXY: &str = "Proxy";
    /// The gate's id of the request, by which a deferred answer finds it.
    pub const TICKET: &str = "Ticket";
    /// In an answer: the delay in milliseconds.
    pub const DELAY: &str = "Delay";
    /// In an answer: how it is sent, as written by [`super::sending_field`].
    pub const SENDING: &str = "Sending";
    /// In an answer: a placeholder for a deferred answer ([`super::super::Mailbox`]).
    pub const DEFERRED: &str = "Deferred";
}

/// The limit of a request id from a trusted proxy, in characters.
const MAX_ID: usize = 64;

#[derive(Clone, Copy, Debug)]
pub struct Sender<'a> {
    /// The client's address.
    pub address: IpAddr,
    /// The value of [`field::CERTIFICATE`].
    pub certificate: Option<&'a str>,
    /// The value of [`field::DOOR`].
    pub door: Option<&'static str>,
    /// Whether it is a trusted proxy.
    pub is_proxy: bool,
    pub id: &'a str,
}

/// Writes the head of a canonical request, without its length and empty line.
pub fn write_head(head: &RequestHead<'_>, sender: &Sender<'_>, out: &mut Vec<u8>) {
    let mut line = |parts: &[&str]| {
        for part in parts {
            out.extend_from_slice(part.as_bytes());
        }
        out.extend_from_slice(b"\r\n");
    };
    line(&[head.method, " ", head.target, " HTTP/1.1"]);
    line(&[field::PEER, ": ", &sender.address.to_string()]);
    line(&[field::ID, ": ", sender.id]);
    let proxy = (field::PROXY, sender.is_proxy.then_some("1"));
    for (name, value) in [(field::CERTIFICATE, sender.certificate), (field::DOOR, sender.door), proxy] {
        if let Some(value) = value {
            line(&[name, ": ", value]);
        }
    }
    for (name, value) in &head.passed {
        line(&[name, ": ", value]);
    }
}

/// Ends a canonical request: the gate's name for it, its length, the empty line, the body.
pub fn write_body(body: &[u8], ticket: &impl fmt::Display, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{}: {ticket}\r\n", field::TICKET).as_bytes());
    if !body.is_empty() {
        out.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
}

/// Whether a trusted proxy's request id is suitable for logs.
#[must_use]
pub fn usable_id(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    !id.is_empty() && id.len() <= MAX_ID && id.bytes().all(fits)
}

/// An answer of the engine within the bytes received from it.
#[derive(Debug, PartialEq, Eq)]
pub struct EngineAnswer<'a> {
    /// Status line and fields, without the empty line.
    pub head: &'a [u8],
    pub body: &'a [u8],
    /// How long it is delayed.
    pub delay: Duration,
    pub sending: Sending,
    /// Whether it is a placeholder.
    pub deferred: bool,
}

impl<'a> EngineAnswer<'a> {
    /// Parses one answer at the start of `bytes`, and returns its length. `None` if it is incomplete.
    /// `bodiless` is set for answers to HEAD.
    ///
    /// # Errors
    /// If it is not an answer: the engine has failed.
    pub fn read(bytes: &'a [u8], bodiless: bool) -> Result<Option<(Self, usize)>, HeadError> {
        let mut fields = [httparse::EMPTY_HEADER; 32];
        let mut response = httparse::Response::new(&mut fields);
        let length = match response.parse(bytes) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return fault(500, "the engine's answer is malformed"),
        };
        let number = |name: &str| {
            let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
            std::str::from_utf8(found.value).ok()?.trim().parse::<u64>().ok()
        };
        let body = if bodiless { 0 } else { number("Content-Length").unwrap_or(0) };
        let body = usize::try_from(body).unwrap_or(usize::MAX);
        let delay = Duration::from_millis(number(field::DELAY).unwrap_or(0));
        let sending = response.headers.iter().find(|header| header.name == field::SENDING);
        let sending = sending.map(|header| read_sending(header.value)).unwrap_or_default();
        let deferred = number(field::DEFERRED).is_some();
        match bytes.len().checked_sub(length) {
            Some(there) if there >= body => {
                let (head, rest) = bytes.split_at(length - 2);
                Ok(Some((Self { head, body: &rest[2..2 + body], delay, sending, deferred }, length + body)))
            }
            _ => Ok(None),
        }
    }

    /// Writes the answer for the client, with the connection's state and without the internal fields.
    pub fn write(&self, closing: bool, old: bool, out: &mut Vec<u8>) {
        if self.delay.is_zero() && self.sending.is_plain() {
            out.extend_from_slice(self.head);
        } else {
            let is_ours = |line: &[u8]| line.starts_with(b"Delay:") || line.starts_with(b"Sending:");
            for line in self.head.split_inclusive(|byte| *byte == b'\n').filter(|line| !is_ours(line)) {
                out.extend_from_slice(line);
            }
        }
        out.extend_from_slice(connection(closing, old));
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(self.body);
    }
}

/// The value of [`field::SENDING`]: the pause in milliseconds, the end of the connection, and after how many
/// bytes.
#[must_use]
pub fn sending_field(sending: Sending) -> String {
    let drip = sending.drip.map_or(0, |pause| pause.as_millis());
    match sending.cut {
        None => format!("{drip}"),
        Some(Cut::Close(bytes)) => format!("{drip} close {bytes}"),
        Some(Cut::Reset(bytes)) => format!("{drip} reset {bytes}"),
    }
}

fn read_sending(value: &[u8]) -> Sending {
    let mut words = std::str::from_utf8(value).unwrap_or_default().split(' ');
    let drip = words.next().and_then(|millis| millis.parse().ok()).filter(|millis| *millis > 0);
    let (how, bytes) = (words.next(), words.next().and_then(|bytes| bytes.parse().ok()));
    let cut = match (how, bytes) {
        (Some("close"), Some(bytes)) => Some(Cut::Close(bytes)),
        (Some("reset"), Some(bytes)) => Some(Cut::Reset(bytes)),
        _ => None,
    };
    Sending { drip: drip.map(Duration::from_millis), cut }
}

/// The `Connection` field, if the version does not imply it (RFC 9112 section 9.3).
const fn connection(closing: bool, old: bool) -> &'static [u8] {
    match (closing, old) {
        (true, _) => b"Connection: close\r\n",
        (false, true) => b"Connection: keep-alive\r\n",
        (false, false) => b"",
    }
}

/// The context of an answer that the gate writes itself: a refusal or a deferred answer.
#[derive(Clone, Copy, Debug)]
pub struct AnswerContext<'a> {
    pub id: &'a str,
    /// Whether it answers HEAD.
    pub bodiless: bool,
    /// Whether the request was HTTP/1.0.
    pub old: bool,
    /// Whether the connection is closed after it.
    pub closing: bool,
    pub now: Timestamp,
}

/// Writes a complete answer: a refusal of the gate's own, or a deferred one.
pub fn write_response(response: &Response, about: &AnswerContext<'_>, out: &mut Vec<u8>) {
    let status = ::http::StatusCode::from_u16(response.status).unwrap_or_default();
    let since_1970 = Duration::from_secs(u64::try_from(about.now.unix()).unwrap_or(0));
    let date = httpdate::fmt_http_date(UNIX_EPOCH + since_1970);
    let length = response.body.len();
    // The status' `Display` includes the phrase.
    out.extend_from_slice(format!("HTTP/1.1 {status}\r\nContent-Length: {length}").as_bytes());
    // A test may choose the date.
    let date = response.headers.iter().all(|(name, _)| *name != "Date").then_some(("Date", date.as_str()));
    let ours = [("Server", "heistctl")].into_iter().chain(date).chain([("X-Request-Id", about.id)]);
    let theirs = response.headers.iter().map(|(name, value)| (*name, value.as_ref()));
    for (name, value) in ours.chain(theirs) {
        [b"\r\n", name.as_bytes(), b": ", value.as_bytes()]
            .iter()
            .for_each(|part| out.extend_from_slice(part));
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(connection(about.closing, about.old));
    out.extend_from_slice(b"\r\n");
    if !about.bodiless {
        out.extend_from_slice(&response.body);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nDelay: 250\r\nContent-Length: 2\r\n\r\nokHTTP/1.1";

    #[test]
    fn an_answer_is_found_and_loses_what_is_between_gate_and_engine() {
        let whole = ANSWER.len() - "HTTP/1.1".len();
        for cut in 0..whole {
            assert_eq!(EngineAnswer::read(&ANSWER[..cut], false), Ok(None), "{cut}");
        }
        let (answer, used) = EngineAnswer::read(ANSWER, false).unwrap().unwrap();
        assert_eq!((answer.delay, used), (Duration::from_millis(250), whole));
        let mut out = Vec::new();
        answer.write(true, false, &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
        );
        assert!(!answer.deferred);
        let marker = b"HTTP/1.1 202 Accepted\r\nDeferred: 1\r\nContent-Length: 0\r\n\r\n";
        assert!(EngineAnswer::read(marker, false).unwrap().unwrap().0.deferred);
        let (head_only, used) = EngineAnswer::read(ANSWER, true).unwrap().unwrap();
        assert_eq!((head_only.body, used), (&b""[..], whole - 2));
        assert_eq!(EngineAnswer::read(b"nonsense\r\n\r\n", false).unwrap_err().status, 500);
    }

    #[test]
    fn trouble_in_sending_is_read_as_it_was_written_and_not_sent() {
        for sending in [
            Sending { drip: Some(Duration::from_millis(20)), cut: None },
            Sending { drip: None, cut: Some(Cut::Close(0)) },
            Sending { drip: Some(Duration::from_millis(1)), cut: Some(Cut::Reset(7)) },
        ] {
            let head = format!("HTTP/1.1 200 OK\r\nSending: {}\r\nA: b\r\n\r\n", sending_field(sending));
            let (answer, _) = EngineAnswer::read(head.as_bytes(), true).unwrap().unwrap();
            assert_eq!(answer.sending, sending);
            let mut out = Vec::new();
            answer.write(false, false, &mut out);
            assert_eq!(out, b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n");
        }
    }

    #[test]
    fn a_canonical_request_has_what_the_gate_knows_and_only_the_fields_that_are_read() {
        let text = b"POST http://x/oauth/token?a HTTP/1.1\r\nHost: x\r\nPeer: 6.6.6.6\r\nRequest-Id: evil\r\n\
            Door: metrics\r\nProxy: 1\r\nX-Forwarded-Uri: /\r\nCertificate: trusted AAAA\r\nDelay: 1\r\nTicket: 9.9.9\r\nDeferred: 1\r\ndpop:  p\r\nCookie: c\r\nContent-Length: 3\r\n\r\n";
        let head = RequestHead::read(text).unwrap();
        let (address, id) = ([127, 0, 0, 1].into(), "a1");
        let sender = Sender { address, certificate: None, door: None, is_proxy: false, id };
        let mut out = Vec::new();
        write_head(&head, &sender, &mut out);
        write_body(b"a=b", &"1.2.3", &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "POST /oauth/token?a HTTP/1.1\r\nPeer: 127.0.0.1\r\nRequest-Id: a1\r\nDPoP: p\r\nTicket: 1.2.3\r\nContent-Length: 3\r\n\r\na=b"
        );
        assert_eq!((usable_id("a-1"), usable_id("a b")), (true, false));
    }

    #[test]
    fn a_refusal_is_a_whole_answer_after_which_nothing_comes() {
        let response = Response::json(408, &serde_json::json!({"error": "x"}));
        let now = Timestamp::from_unix(1_795_420_800);
        let mut out = Vec::new();
        let about = AnswerContext { id: "a1", bodiless: false, old: false, closing: true, now };
        write_response(&response, &about, &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "HTTP/1.1 408 Request Timeout\r\nContent-Length: 14\r\nServer: heistctl\r\n\
             Date: Mon, 23 Nov 2026 08:00:00 GMT\r\nX-Request-Id: a1\r\n\
             Content-Type: application/json\r\nCache-Control: no-store\r\nPragma: no-cache\r\n\
             Connection: close\r\n\r\n{\"error\":\"x\"}\n"
        );
    }
}
