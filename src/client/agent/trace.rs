//! The request and response lines of `--verbose`: no body, no query, and no field that may hold a
//! credential.

use crate::client::agent::failure::TransportError;
use crate::client::redact::{Redactor, truncate};
use crate::client::request::OutgoingRequest;
use crate::http::Headers;
use http::Method;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const MASKED: &str = "(not shown)";
/// Request fields whose values are shown. All others may hold a credential.
const OPEN: [&str; 7] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "content-type",
    "content-length",
    "range",
    "if-none-match",
];
/// Response fields whose values are hidden.
const CLOSED: [&str; 6] = [
    "set-cookie",
    "set-cookie2",
    "authorization",
    "authentication-info",
    "proxy-authentication-info",
    "x-subject-token",
];

/// The sink of the lines; none by default.
#[derive(Clone, Default)]
pub struct Trace(Option<Arc<TraceLines>>);

struct TraceLines {
    sink: Box<dyn Fn(String) + Send + Sync>,
    /// Everything sent so far, since one server may repeat it to another.
    sent: Mutex<Redactor>,
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trace(…)")
    }
}

impl Trace {
    /// A trace that passes each line to `sink`.
    pub fn to(sink: impl Fn(String) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(TraceLines { sink: Box::new(sink), sent: Mutex::default() })))
    }

    /// Passes on a line of a command.
    pub fn line(&self, line: &str) {
        if let Some(lines) = &self.0 {
            lines.say(line);
        }
    }

    /// Reports a request before it is sent.
    pub(super) fn request(&self, request: &OutgoingRequest) {
        let Some(lines) = &self.0 else { return };
        lines.sent().extend(Redactor::of(request));
        let OutgoingRequest { method, endpoint, headers, .. } = request;
        lines.say(&format!("> {} {}", shown(method), truncate(&endpoint.to_string())));
        for (name, value) in headers {
            let value = value.expose_str().unwrap_or(MASKED);
            let value = match name.as_str() {
                open if OPEN.contains(&open) => truncate(value),
                "authorization" => scheme(value),
                _ => MASKED.to_owned(),
            };
            lines.say(&format!("> {name}: {value}"));
        }
    }

    /// Reports the answer, with the request's secrets redacted.
    pub(super) fn answer(&self, status: u16, headers: &Headers, took: Duration) {
        let Some(lines) = &self.0 else { return };
        lines.say(&format!("< {status} in {} ms", took.as_millis()));
        for (name, value) in headers.iter() {
            let name = name.to_ascii_lowercase();
            let value =
                if CLOSED.contains(&name.as_str()) { MASKED.to_owned() } else { lines.sent().redact(value) };
            lines.say(&format!("< {name}: {}", truncate(without_query(&name, &value))));
        }
    }

    /// Reports a request that got no answer.
    pub(super) fn failed(&self, error: &TransportError, took: Duration) {
        if let Some(lines) = &self.0 {
            lines.say(&format!("< no answer after {} ms: {error}", took.as_millis()));
        }
    }
}

impl TraceLines {
    fn sent(&self) -> MutexGuard<'_, Redactor> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, line: &str) {
        let line = self.sent().redact_ours(line);
        (self.sink)(line);
    }
}

/// An unknown method may be a credential that a person typed in the wrong place.
fn shown(method: &Method) -> &str {
    const LONGEST: usize = 16;
    if method.as_str().len() > LONGEST { MASKED } else { method.as_str() }
}

/// The scheme of an Authorization header; what follows is the credential.
fn scheme(value: &str) -> String {
    match value.split_once(' ') {
        Some((scheme, _)) => format!("{scheme} {MASKED}"),
        None => MASKED.to_owned(),
    }
}

/// The query and the fragment of a redirect may hold a token.
fn without_query<'a>(name: &str, value: &'a str) -> &'a str {
    let is_address = ["location", "content-location", "refresh", "link"].contains(&name);
    if is_address { value.split(['?', '#']).next().unwrap_or_default() } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::endpoint::EndpointUrl;
    use crate::secret::Secret;
    use http::header::{ACCEPT, AUTHORIZATION, COOKIE, LOCATION};

    #[test]
    fn credentials_are_masked_and_the_rest_is_shown() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = lines.clone();
        let trace = Trace::to(move |line| sink.lock().unwrap().push(line));
        let request = OutgoingRequest {
            method: Method::POST,
            endpoint: EndpointUrl::parse("https://as.example.com/t?key=hunter2", false).unwrap(),
            headers: vec![
                (ACCEPT, Secret::new("application/json")),
                (AUTHORIZATION, Secret::new("Bearer hunter2-hunter2-hunter2")),
                (COOKIE, Secret::new("id=hunter2")),
            ],
            body: Secret::new("client_secret=hunter2"),
        };
        trace.request(&request);
        let mut headers = Headers::default();
        headers.push("X-Echo", "a hunter2-hunter2-hunter2 b");
        headers.push("Set-Cookie", "hunter2");
        headers.push(LOCATION.as_str(), "https://b/c?token=hunter2");
        trace.answer(302, &headers, Duration::from_millis(7));
        trace.failed(&TransportError::TimedOut("x".to_owned()), Duration::from_secs(1));
        let lines = lines.lock().unwrap();
        let expected = [
            "> POST https://as.example.com/t",
            "> accept: application/json",
            "> authorization: Bearer (not shown)",
            "> cookie: (not shown)",
            "< 302 in 7 ms",
            "< x-echo: a (not shown: we sent it) b",
            "< set-cookie: (not shown)",
            "< location: https://b/c",
            "< no answer after 1000 ms: no answer in time (x)",
        ];
        assert_eq!(*lines, expected);
        assert!(!format!("{trace:?}").contains("hunter2"));
    }
}
