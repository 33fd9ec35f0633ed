//! Parses a request's head strictly (RFC 9112): ambiguous input is refused with the reason. Pure: bytes in,
//! a [`RequestHead`] or a [`HeadError`] out.

use super::forwarded_for;
use crate::http::trace_context::{TRACEPARENT, trace_id};
use crate::issuer::guard::asked::FORWARDED;
use crate::issuer::guard::rules::GUARD_PATH;
use crate::server::local_access;

/// The limit of request line and header fields, in bytes.
pub const MAX_HEAD: usize = 16 * 1024;
/// The limit of a request target, in bytes.
pub const MAX_TARGET: usize = 8 * 1024;
/// The limit of header fields.
pub const MAX_FIELDS: usize = 64;
/// The limit of a body, in bytes: a token request is a few hundred.
pub const MAX_BODY: usize = 64 * 1024;
const MAX_METHOD: usize = 32;

/// The only fields that are passed to every endpoint.
const PASSED: [&str; 4] = ["Authorization", MEDIA_TYPE, "Content-Encoding", "DPoP"];
const MEDIA_TYPE: &str = "Content-Type";

/// Stands for a value that is not ASCII. No path, method, host or token has a backslash.
const UNREADABLE: &str = "\\";

/// Why a request is refused before the service receives it; the connection is then closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadError {
    pub status: u16,
    /// The cause and the fix.
    pub why: &'static str,
}

pub(super) const fn fault<T>(status: u16, why: &'static str) -> Result<T, HeadError> {
    Err(HeadError { status, why })
}

/// How the body is framed (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// A known length in bytes; 0 without a field.
    Length(usize),
    Chunked,
}

/// A parsed request head.
#[derive(Debug)]
pub struct RequestHead<'a> {
    pub method: &'a str,
    /// Path and query, in origin form.
    pub target: &'a str,
    pub framing: Framing,
    /// Whether the connection may be used again.
    pub keep_alive: bool,
    pub old: bool,
    /// Whether the client waits for a 100 before it sends the body (RFC 9110 section 10.1.1).
    pub expects_continue: bool,
    /// The fields that are passed on.
    pub passed: Vec<(&'static str, &'a str)>,
    /// The values of `X-Forwarded-For`, in order.
    pub forwarded_for: Vec<&'a str>,
    /// `X-Request-Id`, used if a trusted proxy sent it.
    pub request_id: Option<&'a str>,
}

/// The progress of the search for the head's end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scan {
    scanned: usize,
}

impl Scan {
    /// The length of the head with its empty line, once complete. Each byte is examined once, however few
    /// arrive at a time.
    ///
    /// # Errors
    /// A [`HeadError`] as soon as the bytes cannot become a valid head.
    pub fn end(&mut self, bytes: &[u8]) -> Result<Option<usize>, HeadError> {
        match bytes.first() {
            // The content type of a TLS handshake record.
            Some(0x16) => return fault(400, "this port speaks plain http, not TLS: use http://"),
            Some(first) if !is_token_byte(*first) && !b"\r\n".starts_with(bytes) => {
                return fault(400, "the request does not begin with a method (RFC 9112 section 3)");
            }
            _ => {}
        }
        while let Some(found) = bytes[self.scanned..].iter().position(|byte| *byte == b'\n') {
            let at = self.scanned + found;
            if at == 0 || bytes[at - 1] != b'\r' {
                return fault(400, "a line must end with CR LF (RFC 9112 section 2.2)");
            }
            self.scanned = at + 1;
            if at + 1 > MAX_HEAD {
                break;
            }
            if bytes[..=at].ends_with(b"\r\n\r\n") {
                return Ok(Some(at + 1));
            }
        }
        self.scanned = bytes.len();
        if self.scanned < MAX_HEAD {
            return Ok(None);
        }
        if bytes[..MAX_TARGET].contains(&b'\n') {
            return fault(431, "the request's header fields are larger than 16 KiB");
        }
        fault(414, "the request line is longer than 8 KiB")
    }
}

impl<'a> RequestHead<'a> {
    /// Parses a complete head.
    ///
    /// # Errors
    /// A [`HeadError`] with its status for violations of RFC 9112 and exceeded limits.
    pub fn read(bytes: &'a [u8]) -> Result<Self, HeadError> {
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut request = httparse::Request::new(&mut fields);
        let parsed = match request.parse(bytes) {
            Ok(httparse::Status::Complete(length)) if length == bytes.len() => Ok(()),
            Ok(_) => fault(400, "the request's head is malformed (RFC 9112 section 2.1)"),
            Err(error) => Err(unparsable(error)),
        };
        // Gateways make errors of other statuses.
        parsed.and_then(|()| Self::of(&request)).map_err(|error| {
            if is_for_guard(request.path.unwrap_or_default()) {
                HeadError { status: 403, ..error }
            } else {
                error
            }
        })
    }

    fn of(request: &httparse::Request<'_, 'a>) -> Result<Self, HeadError> {
        let (method, target) = (request.method.unwrap_or_default(), request.path.unwrap_or_default());
        if method.len() > MAX_METHOD {
            return fault(400, "the method is longer than any that there is");
        }
        let old = request.version == Some(0);
        if old && local_access::controls(target) {
            return fault(403, "the control is not for HTTP/1.0, which proxies speak: use HTTP/1.1");
        }
        let fields = Fields::sort(request.headers, &Extra::of(target))?;
        fields.check_host(old)?;
        let framing = fields.framing(method, old)?;
        let expects_continue = fields.expects_continue()? && !old && framing != Framing::Length(0);
        Ok(Self {
            method,
            target: origin_form(target)?,
            framing,
            keep_alive: !fields.close && (!old || fields.keep_alive),
            old,
            expects_continue,
            passed: fields.passed,
            forwarded_for: fields.forwarded_for,
            request_id: fields.request_id,
        })
    }
}

const fn unparsable(error: httparse::Error) -> HeadError {
    let (status, why) = match error {
        httparse::Error::TooManyHeaders => (431, "the request has more than 64 header fields"),
        httparse::Error::Version => (505, "the version is not HTTP/1.1 or HTTP/1.0"),
        httparse::Error::Token => (400, "the request line is malformed (RFC 9112 section 3)"),
        _ => (
            400,
            "a header field is malformed: no blank before the colon, no folded lines, no control characters (RFC 9112 section 5)",
        ),
    };
    HeadError { status, why }
}

/// The header fields that are evaluated.
#[derive(Default)]
struct Fields<'a> {
    hosts: Vec<&'a [u8]>,
    lengths: Vec<&'a [u8]>,
    encodings: Vec<&'a [u8]>,
    expect: Option<&'a [u8]>,
    close: bool,
    keep_alive: bool,
    passed: Vec<(&'static str, &'a str)>,
    forwarded_for: Vec<&'a str>,
    request_id: Option<&'a str>,
    traces: Vec<&'a [u8]>,
}

impl<'a> Fields<'a> {
    fn sort(headers: &[httparse::Header<'a>], extra: &Extra) -> Result<Self, HeadError> {
        let (mut fields, for_guard) = (Self::default(), extra.for_guard);
        for header in headers {
            let (name, value) = (header.name, header.value.trim_ascii());
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            if is("Host") {
                fields.hosts.push(value);
            } else if is(forwarded_for::FIELD) {
                fields.forwarded_for.push(readable(value, for_guard)?);
            }
            let known = PASSED.iter().chain(extra.fields).copied();
            if let Some(known) = known.into_iter().find(|known| is(known)) {
                if known == MEDIA_TYPE
                    && !for_guard
                    && fields.passed.iter().any(|(name, _)| *name == MEDIA_TYPE)
                {
                    return fault(400, "there is more than one Content-Type header");
                }
                let lenient = for_guard || extra.fields.contains(&known);
                fields.passed.push((known, readable(value, lenient)?));
            } else if is("Content-Length") {
                fields.lengths.push(value);
            } else if is("Transfer-Encoding") {
                fields.encodings.push(value);
            } else if is("Connection") {
                fields.connection(value);
            } else if is("Expect") {
                fields.expect = Some(value);
            } else if is("X-Request-Id") {
                fields.request_id = std::str::from_utf8(value).ok();
            } else if is(TRACEPARENT) {
                fields.traces.push(value);
            }
        }
        fields.passed.extend(fields.trace().map(|trace| (TRACEPARENT, trace)));
        Ok(fields)
    }

    /// The one valid `traceparent`.
    fn trace(&self) -> Option<&'a str> {
        let [value] = self.traces.as_slice() else { return None };
        std::str::from_utf8(value).ok().filter(|value| trace_id(value).is_some())
    }

    fn connection(&mut self, value: &[u8]) {
        for option in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            self.close |= option.eq_ignore_ascii_case(b"close");
            self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
        }
    }

    /// Checks Host (RFC 9112 section 3.2).
    fn check_host(&self, old: bool) -> Result<(), HeadError> {
        match self.hosts.as_slice() {
            [] if old => Ok(()),
            [host] if host.iter().all(|byte| is_host_byte(*byte)) => Ok(()),
            [_] => fault(400, "the Host header is not a valid host (RFC 9112 section 3.2)"),
            [] => fault(400, "the Host header is missing (RFC 9112 section 3.2)"),
            _ => fault(400, "there is more than one Host header (RFC 9112 section 3.2)"),
        }
    }

    /// The body's framing (RFC 9112 section 6): one of the two fields, once, in its plain form. Programs
    /// disagree about anything else.
    fn framing(&self, method: &str, old: bool) -> Result<Framing, HeadError> {
        match (self.lengths.as_slice(), self.encodings.as_slice()) {
            ([], []) if ["POST", "PUT", "PATCH"].contains(&method) => {
                fault(411, "the request has no Content-Length: send one, 0 for no body")
            }
            ([], []) => Ok(Framing::Length(0)),
            ([length], []) => length_of(length).map(Framing::Length),
            ([], [_]) if old => fault(400, "HTTP/1.0 has no Transfer-Encoding (RFC 9112 section 6.1)"),
            ([], [encoding]) if encoding.eq_ignore_ascii_case(b"chunked") => Ok(Framing::Chunked),
            ([], [_]) => fault(400, "the Transfer-Encoding must be chunked, and nothing else"),
            ([], _) => fault(400, "there is more than one Transfer-Encoding header"),
            (_, []) => fault(400, "there is more than one Content-Length header"),
            _ => {
                fault(400, "Content-Length and Transfer-Encoding exclude one another (RFC 9112 section 6.1)")
            }
        }
    }

    fn expects_continue(&self) -> Result<bool, HeadError> {
        match self.expect {
            None => Ok(false),
            Some(value) if value.eq_ignore_ascii_case(b"100-continue") => Ok(true),
            Some(_) => fault(417, "the only expectation that is met is 100-continue"),
        }
    }
}

fn length_of(value: &[u8]) -> Result<usize, HeadError> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return fault(400, "the Content-Length is not digits alone (RFC 9112 section 6.3)");
    }
    let length = std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok());
    match length.filter(|length| *length <= MAX_BODY) {
        Some(length) => Ok(length),
        None => fault(413, "the body is larger than 64 KiB"),
    }
}

/// The fields that are passed on besides [`PASSED`].
struct Extra {
    fields: &'static [&'static str],
    /// Unreadable fields in a guard's request came from a caller, so the guard refuses it, and not the gate:
    /// gateways make errors of a 400.
    for_guard: bool,
}

impl Extra {
    /// For a guard the gateway's, and for what only pages of the server itself may ask the browser's.
    fn of(target: &str) -> Self {
        match is_for_guard(target) {
            true => Self { fields: &FORWARDED, for_guard: true },
            false if local_access::covers(target) => Self { fields: &local_access::FIELDS, for_guard: false },
            false => Self { fields: &[], for_guard: false },
        }
    }
}

/// Whether a guard gets the request. The issuer's path may come first.
fn is_for_guard(target: &str) -> bool {
    let path = target.split('?').next().unwrap_or_default();
    path.match_indices(GUARD_PATH).any(|(at, name)| path[at + name.len()..].starts_with('/'))
}

/// A value that is passed on must be ASCII, like everything that the service reads.
fn ascii(value: &[u8]) -> Result<&str, HeadError> {
    match std::str::from_utf8(value) {
        Ok(text) if text.is_ascii() => Ok(text),
        _ => fault(400, "a header field has characters that are not ASCII"),
    }
}

/// The same, or a text that stands for what is unreadable, if `lenient`.
fn readable(value: &[u8], lenient: bool) -> Result<&str, HeadError> {
    ascii(value).or_else(|fault| if lenient { Ok(UNREADABLE) } else { Err(fault) })
}

/// A server also accepts the absolute form (RFC 9112 section 3.2.2); its authority is ignored.
fn origin_form(target: &str) -> Result<&str, HeadError> {
    if target.len() > MAX_TARGET {
        return fault(414, "the request target is longer than 8 KiB");
    }
    if !target.bytes().all(|byte| byte.is_ascii_graphic()) || target.contains('#') {
        return fault(400, "the request target has characters that no path or query has");
    }
    let absolute = target.get(..8).filter(|start| start.eq_ignore_ascii_case("https://")).map(|_| 8);
    let absolute =
        absolute.or_else(|| target.get(..7).filter(|start| start.eq_ignore_ascii_case("http://")).map(|_| 7));
    let origin = match absolute {
        None => target,
        // `http://host?query` has an empty path, which is `/`.
        Some(after) => target[after..].find('/').map_or("/", |slash| &target[after + slash..]),
    };
    if origin.starts_with('/') || origin == "*" {
        return Ok(origin);
    }
    fault(400, "the request target is neither a path nor a URL")
}

const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

const fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'$'..=b'.' | b':' | b';' | b'=' | b'[' | b']' | b'_' | b'~')
}

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;
