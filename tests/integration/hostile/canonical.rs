//! What may reach the engine, checked by somebody who has not read how the gate makes it: one request
//! line, fields of a short list, a length where there is a body, the body. Shared with the fuzz target.

use heistctl::server::gate::canonical::{Sender, write_head};
use heistctl::server::gate::request_reader::Arrival;

/// The fields that the gate itself writes, in their order, with whether each must be there.
const OURS: [(&str, bool); 4] =
    [("Peer", true), ("Request-Id", true), ("Certificate", false), ("Door", false)];
/// The client's fields that go on.
const THEIRS: [&str; 4] = ["Authorization", "Content-Encoding", "Content-Type", "DPoP"];
/// Those that go on to the page and the control of a server under test, too.
const OF_BROWSERS: [&str; 8] =
    ["Host", "Origin", "Sec-Fetch-Site", "Accept", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "Via"];
/// The gate's name for the request, and its length.
const LAST: [&str; 2] = ["Ticket", "Content-Length"];

/// A canonical request.
#[derive(Debug, PartialEq, Eq)]
pub struct Canonical<'a> {
    pub method: &'a str,
    pub target: &'a str,
    pub fields: Vec<(&'a str, &'a str)>,
    pub body: &'a [u8],
}

/// Reads one canonical request from the beginning of `bytes`, and says what is left. `Ok(None)` where
/// its end is not there.
///
/// # Errors
/// What is not canonical about it.
pub fn read(bytes: &[u8]) -> Result<Option<(Canonical<'_>, &[u8])>, String> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let (head, rest) = (&bytes[..end], &bytes[end + 4..]);
    let head = std::str::from_utf8(head).map_err(|error| error.to_string())?;
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap_or_default();
    let [method, target, "HTTP/1.1"] = line.split(' ').collect::<Vec<_>>()[..] else {
        return Err(format!("request line {line:?}"));
    };
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
    };
    if !token(method)
        || !(target.starts_with('/') || target == "*")
        || !target.bytes().all(|b| b.is_ascii_graphic())
    {
        return Err(format!("request line {line:?}"));
    }
    let fields = lines.map(field).collect::<Result<Vec<_>, _>>()?;
    let length = check_order(&fields)?;
    check_target(target, &fields)?;
    if rest.len() < length {
        return Ok(None);
    }
    let (body, rest) = rest.split_at(length);
    Ok(Some((Canonical { method, target, fields, body }, rest)))
}

/// A field's name and value: known, in one casing, with one blank between, and all ASCII.
fn field(line: &str) -> Result<(&str, &str), String> {
    let (name, value) = line.split_once(": ").ok_or_else(|| format!("field {line:?}"))?;
    let known = OURS.iter().any(|(ours, _)| *ours == name) || is_theirs(name) || LAST.contains(&name);
    let printable = value.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte));
    if known && printable && value.trim() == value {
        Ok((name, value))
    } else {
        Err(format!("field {line:?}"))
    }
}

fn is_theirs(name: &str) -> bool {
    THEIRS.contains(&name) || OF_BROWSERS.contains(&name)
}

/// The fields of browsers go on for a few targets alone, and with one host at most.
fn check_target(target: &str, fields: &[(&str, &str)]) -> Result<(), String> {
    let path = target.split('?').next().unwrap_or_default();
    let is_for_browsers = path == "/" || path.starts_with("/_test/") || path.starts_with("/_page/");
    let count = |name: &str| fields.iter().filter(|(found, _)| *found == name).count();
    if count("Host") > 1 || !is_for_browsers && OF_BROWSERS.iter().any(|name| count(name) > 0) {
        return Err(format!("fields {fields:?} for {target}"));
    }
    Ok(())
}

/// First ours, each once; then theirs; then the request's name, once; at last the length, once, of a body
/// that is not empty.
fn check_order(fields: &[(&str, &str)]) -> Result<usize, String> {
    let mut left = fields;
    for (name, required) in OURS {
        match left.split_first() {
            Some(((found, _), rest)) if *found == name => left = rest,
            _ if required => return Err(format!("no {name} in its place in {fields:?}")),
            _ => {}
        }
    }
    let mut length = 0;
    if let Some((("Content-Length", value), rest)) = left.split_last() {
        length = value.parse().map_err(|error| format!("{error}: {value}"))?;
        if length == 0 || *value != length.to_string() || length > 64 * 1024 {
            return Err(format!("length {value:?}"));
        }
        left = rest;
    }
    match left.split_last() {
        Some((("Ticket", _), rest)) => left = rest,
        _ => return Err(format!("no name in its place in {fields:?}")),
    }
    if left.iter().filter(|(name, _)| *name == "Content-Type").count() > 1 {
        return Err(format!("two media types in {fields:?}"));
    }
    match left.iter().find(|(name, _)| !is_theirs(name)) {
        Some(found) => Err(format!("{found:?} is not in its place in {fields:?}")),
        None => Ok(length),
    }
}

/// What came out of a connection: the canonical requests, and the status of what ended it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub handed: Vec<Vec<u8>>,
    pub refused: Option<(u16, &'static str)>,
}

/// Feeds pieces to a connection as they would come from its socket.
pub fn feed<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let (mut arrival, mut outcome) = (Arrival::default(), Outcome::default());
    for piece in pieces {
        arrival.input.extend_from_slice(piece);
        loop {
            let number = outcome.handed.len().to_string();
            let sender = Sender {
                address: [127, 0, 0, 1].into(),
                certificate: None,
                door: None,
                is_proxy: false,
                id: &number,
            };
            match arrival.advance(|head, out| write_head(head, &sender, out)) {
                Ok(false) => break,
                Ok(true) => {
                    let mut out = Vec::new();
                    arrival.hand_over(&number, &mut out);
                    outcome.handed.push(out);
                }
                Err(fault) => {
                    outcome.refused = Some((fault.status, fault.why));
                    return outcome;
                }
            }
        }
    }
    outcome
}

/// Whatever `bytes` are: what comes of them is canonical, and the same however they are cut.
///
/// # Errors
/// What is wrong.
pub fn check<'a>(bytes: &'a [u8], pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Outcome, String> {
    let outcome = feed([bytes]);
    for (number, handed) in outcome.handed.iter().enumerate() {
        match read(handed)? {
            Some((request, [])) if request.fields[1].1 == number.to_string() => {}
            Some((_, rest)) => return Err(format!("behind request {number}: {}", rest.escape_ascii())),
            None => return Err(format!("no whole request: {}", handed.escape_ascii())),
        }
    }
    let in_pieces = feed(pieces);
    if in_pieces == outcome { Ok(outcome) } else { Err(format!("whole: {outcome:?}\npieces: {in_pieces:?}")) }
}
