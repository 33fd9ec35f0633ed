//! Formats a request for the log: a text line that fits a terminal, or a JSON object.

use crate::json;
use crate::render::style::{Palette, escape};
use crate::server::HttpExchange;
use crate::text::truncate;
use serde::Serialize;

/// The longest text of a request in characters. Longer ones are truncated.
const MAX_FIELD: usize = 64;
/// The width of a text line, unless the reason of a refusal needs more.
const COLUMNS: usize = 80;
/// The shortest form of a scope, a path and a client id in a line that is too long, in characters.
const LEAST: [usize; 3] = [12, 20, 14];

#[derive(Serialize)]
struct RequestJson<'a> {
    event: &'a str,
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    client_addr: Option<String>,
    method: &'a str,
    path: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guarded: Option<GuardedJson>,
    duration_us: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// The request that a guard was asked about.
#[derive(Serialize)]
struct GuardedJson {
    guard: String,
    method: String,
    path: String,
}

/// The JSON object, with all fields.
pub(super) fn json(exchange: &HttpExchange) -> String {
    let record = &exchange.note;
    let json = RequestJson {
        event: "request",
        time: exchange.time.to_string(),
        request_id: (!exchange.id.is_empty()).then(|| short(&exchange.id)),
        trace_id: exchange.trace_id.as_deref(),
        client_addr: exchange.peer.map(|peer| peer.to_string()),
        method: &short(&exchange.method),
        path: &short(&exchange.path),
        status: exchange.status,
        client_id: record.client.as_deref().map(short),
        scope: record.scope().map(short),
        guarded: record.asked.guarded.as_deref().map(|guarded| GuardedJson {
            guard: short(&guarded.guard),
            method: short(&guarded.method),
            path: short(&guarded.path),
        }),
        duration_us: exchange.duration.as_micros(),
        reason: record.reason.as_deref(),
    };
    json::line(&json).trim_end().to_owned()
}

/// The text line: `200   0.3ms 08:00:00Z backend POST /oauth/token orders:read`. A verbose line also has the
/// address and the request id, and is not truncated to 80 columns.
pub(super) fn text(exchange: &HttpExchange, palette: Palette, verbose: bool) -> String {
    let record = &exchange.note;
    let duration = format!("{:.1}ms", exchange.duration.as_secs_f64() * 1000.0);
    let time = exchange.time.to_string();
    let method = short(&exchange.method);
    let reason = record.reason.as_deref().map(escape);
    // The reason already names the scope.
    let scope = record.scope().filter(|scope| !scope.is_empty() && (verbose || reason.is_none()));
    let scope = scope.map(short);
    let [scope, path, client] = fitted(
        [scope, Some(path_text(exchange)), record.client.as_deref().map(short)],
        |[scope, path, client]| {
            let fields = [&who(exchange, client.as_deref(), verbose), &method];
            let texts = fields.into_iter().chain(path).chain(scope).chain(&reason);
            let columns: usize = texts.map(|text| text.chars().count() + 1).sum();
            // Add the status and a blank, the duration and a blank, and the time.
            let columns = columns + 4 + duration.len().max(7) + 1 + 9;
            if verbose { 0 } else { columns.saturating_sub(COLUMNS) }
        },
    );
    let status = exchange.status.to_string();
    let status = if exchange.status < 400 { palette.good(&status) } else { palette.bad(&status) };
    let clock = palette.dim(time.get(11..).unwrap_or(&time));
    let who = who(exchange, client.as_deref(), verbose);
    let path = path.unwrap_or_default();
    let mut line = format!("{status} {duration:>7} {clock} {who} {method} {path}");
    let id = (verbose && !exchange.id.is_empty()).then(|| palette.dim(&short(&exchange.id)));
    for field in [scope, reason.map(|reason| palette.warn(&reason)), id].into_iter().flatten() {
        line.push(' ');
        line.push_str(&field);
    }
    line
}

/// The path, and for a guard the request that it was asked about.
fn path_text(exchange: &HttpExchange) -> String {
    match exchange.note.asked.guarded.as_deref() {
        Some(asked) if !asked.path.is_empty() && !exchange.path.ends_with(&asked.path) => {
            format!("{} ({} {})", short(&exchange.path), short(&asked.method), short(&asked.path))
        }
        _ => short(&exchange.path),
    }
}

/// The client and its address, which is left out for this machine. Without a client, the address alone.
fn who(exchange: &HttpExchange, client: Option<&str>, verbose: bool) -> String {
    let Some(client) = client else {
        return exchange.peer.map_or_else(|| "-".to_owned(), |peer| peer.to_string());
    };
    let peer = exchange.peer.filter(|peer| verbose || !peer.is_loopback());
    peer.map_or_else(|| client.to_owned(), |peer| format!("{client} ({peer})"))
}

/// Truncates the fields, the first one first, until the line fits.
fn fitted(
    mut fields: [Option<String>; 3],
    excess: impl Fn(&[Option<String>; 3]) -> usize,
) -> [Option<String>; 3] {
    for (at, least) in LEAST.into_iter().enumerate() {
        let excess = excess(&fields);
        if let Some(field) = fields[at].as_mut().filter(|_| excess > 0) {
            let length = field.chars().count();
            *field = truncate(field, length.saturating_sub(excess).max(least).saturating_sub(1)).into_owned();
        }
    }
    fields
}

/// Escapes and truncates a text from a request.
fn short(text: &str) -> String {
    truncate(&escape(text), MAX_FIELD).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::issuer::{LogRecord, log_record};
    use std::time::Duration;

    fn exchange() -> HttpExchange {
        HttpExchange {
            id: "a1".to_owned(),
            trace_id: Some("4bf92f3577b34da6a3ce929d0e0e4736".to_owned()),
            time: Timestamp::from_unix(1_795_420_800),
            peer: Some([127, 0, 0, 1].into()),
            method: "POST".to_owned(),
            path: "/oauth/token".to_owned(),
            endpoint: None,
            status: 401,
            duration: Duration::from_micros(1234),
            note: LogRecord {
                client: Some("backend".to_owned()),
                reason: Some("wrong secret".to_owned()),
                ..LogRecord::default()
            },
        }
    }

    fn plain(exchange: &HttpExchange) -> String {
        text(exchange, Palette::default(), false)
    }

    #[test]
    fn status_and_duration_come_first_then_who_and_what() {
        let mut exchange = exchange();
        assert_eq!(plain(&exchange), "401   1.2ms 08:00:00Z backend POST /oauth/token wrong secret");
        let verbose = text(&exchange, Palette::default(), true);
        assert_eq!(verbose, "401   1.2ms 08:00:00Z backend (127.0.0.1) POST /oauth/token wrong secret a1");
        exchange.peer = Some([10, 0, 0, 7].into());
        assert!(plain(&exchange).contains(" backend (10.0.0.7) POST "), "{}", plain(&exchange));
        exchange.note.client = None;
        assert!(plain(&exchange).contains("Z 10.0.0.7 POST "), "{}", plain(&exchange));
    }

    #[test]
    fn a_line_fits_80_columns_and_cuts_no_reason() {
        let mut exchange = exchange();
        exchange.path = format!("/{}", "p".repeat(200));
        exchange.note.client = Some("c".repeat(200));
        let line = plain(&exchange);
        assert_eq!(line.chars().count(), 80, "{line}");
        assert!(line.ends_with("… wrong secret"), "{line}");
        exchange.path = "/oauth/token".to_owned();
        exchange.note.client = Some("hacker-client".to_owned());
        exchange.note.reason = None;
        exchange.note.asked.scope = Some("simulation:read simulation:write memory:read".to_owned());
        let line = plain(&exchange);
        assert_eq!(line.chars().count(), 80, "{line}");
        assert!(line.contains(" hacker-client POST /oauth/token simulation:read sim"), "{line}");
        let verbose = text(&exchange, Palette::default(), true);
        assert!(verbose.ends_with(" memory:read a1"), "{verbose}");
        exchange.note.reason = Some("r".repeat(100));
        assert!(plain(&exchange).ends_with(&format!("/oauth/token {}", "r".repeat(100))));
    }

    #[test]
    fn a_guards_line_says_what_it_was_asked_about() {
        let mut exchange = exchange();
        exchange.path = "/guard/g".to_owned();
        let asked = |path: &str| log_record::GuardedRequest {
            guard: "g".to_owned(),
            method: "PUT".to_owned(),
            path: path.to_owned(),
        };
        exchange.note.asked.guarded = Some(Box::new(asked("/a/7")));
        assert!(plain(&exchange).contains(" POST /guard/g (PUT /a/7) wrong secret"), "{}", plain(&exchange));
        let line: serde_json::Value = serde_json::from_str(&json(&exchange)).unwrap();
        assert_eq!(line["guarded"], serde_json::json!({"guard": "g", "method": "PUT", "path": "/a/7"}));
        exchange.path = "/guard/g/a/7".to_owned();
        assert!(plain(&exchange).contains(" POST /guard/g/a/7 wrong secret"), "{}", plain(&exchange));
    }

    #[test]
    fn a_line_is_safe_for_a_terminal() {
        let mut exchange = exchange();
        exchange.path = "/oauth/token\u{1b}[2J".to_owned();
        assert!(plain(&exchange).contains(" /oauth/token\\u{001b}[2J "), "{}", plain(&exchange));
    }

    #[test]
    fn a_json_line_is_one_object() {
        let line = json(&exchange());
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&json["status"], &json["duration_us"]), (&401.into(), &1234.into()));
        assert_eq!((&json["time"], &json["request_id"]), (&"2026-11-23T08:00:00Z".into(), &"a1".into()));
        assert_eq!(json["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(json.get("scope"), None);
    }
}
