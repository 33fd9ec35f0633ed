//! Prints an answer while it arrives, the summary of repeated calls, and a progress bar.

use super::print::{cannot_write, say, tolerate_closed_pipe};
use super::style::{Palette, escape};
use crate::commands::call::failures::broken_off;
use crate::commands::call::repeat::Progress;
use crate::commands::call::report::{CallReport, ResponseHead, Tally};
use crate::exit::Failure;
use crate::json;
use serde::Serialize;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Read, Write};
use std::time::{Duration, Instant};

/// The bar is shown only for runs longer than this.
const PATIENCE: Duration = Duration::from_secs(1);
/// The shortest time between two redraws of the bar.
const REDRAW: Duration = Duration::from_millis(100);
const BAR: usize = 30;

/// Streams an answer to stdout through a fixed buffer.
pub(super) fn pass_through(report: CallReport) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let is_terminal = stdout.is_terminal();
    let head = report.head.map(|head| head_text(&head, is_terminal)).unwrap_or_default();
    let mut body = report.body;
    let mut buffer = [0; 16 * 1024];
    let mut written = stdout.write_all(head.as_bytes());
    loop {
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            written => written.map_err(|error| cannot_write(&error))?,
        }
        let count = match body.read(&mut buffer) {
            Ok(count) => count,
            Err(error) => {
                stdout.flush().or_else(tolerate_closed_pipe)?;
                return Err(broken_off(&error));
            }
        };
        written = match count {
            0 => stdout.flush(),
            count => stdout.write_all(&buffer[..count]),
        };
        if count == 0 {
            return written.or_else(tolerate_closed_pipe);
        }
    }
}

/// Status line, header fields and an empty line. On a terminal the fields are escaped, so they cannot forge
/// output.
fn head_text(head: &ResponseHead, is_terminal: bool) -> String {
    let reason = http::StatusCode::from_u16(head.status).ok().and_then(|status| status.canonical_reason());
    let reason = reason.map(|reason| format!(" {reason}")).unwrap_or_default();
    let mut text = format!("{} {}{reason}\n", head.version, head.status);
    for (name, value) in head.headers.iter() {
        let value = if is_terminal { escape(value) } else { value.to_owned() };
        text.push_str(&format!("{name}: {value}\n"));
    }
    text.push('\n');
    text
}

#[derive(Serialize)]
struct TallyJson<'a> {
    requests: u32,
    wanted: u32,
    statuses: &'a BTreeMap<String, u32>,
    time_ms: Option<TimesJson>,
    elapsed_ms: f64,
    bytes: u64,
}

#[derive(Serialize)]
struct TimesJson {
    min: f64,
    median: f64,
    p95: f64,
    max: f64,
}

#[must_use]
pub fn tally_json(tally: &Tally) -> String {
    let times = tally.time(0).zip(tally.time(50)).zip(tally.time(95)).zip(tally.time(100));
    json::line(&TallyJson {
        requests: tally.made(),
        wanted: tally.wanted,
        statuses: &tally.outcomes,
        time_ms: times.map(|(((min, median), p95), max)| TimesJson {
            min: millis(min),
            median: millis(median),
            p95: millis(p95),
            max: millis(max),
        }),
        elapsed_ms: millis(tally.elapsed),
        bytes: tally.bytes,
    })
}

/// Milliseconds, rounded to the microsecond.
fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

pub fn print_tally(tally: &Tally, palette: Palette) {
    say(tally_text(tally, palette).trim_end());
}

fn tally_text(tally: &Tally, palette: Palette) -> String {
    let made = tally.made();
    let of = if made == tally.wanted { String::new() } else { format!(" of {}", tally.wanted) };
    let outcomes: Vec<String> =
        tally.outcomes.iter().map(|(outcome, count)| format!("{outcome}: {count}")).collect();
    let mut rows = vec![
        ("requests", format!("{made}{of} in {}", shown(tally.elapsed))),
        ("statuses", outcomes.join(", ")),
    ];
    let named = [(0, "min"), (50, "median"), (95, "p95"), (100, "max")];
    let times: Vec<String> = named
        .into_iter()
        .filter_map(|(share, name)| Some(format!("{name} {}", shown(tally.time(share)?))))
        .collect();
    if !times.is_empty() {
        rows.push(("times", times.join(", ")));
    }
    rows.push(("bytes", tally.bytes.to_string()));
    rows.into_iter().map(|(name, text)| format!("{}  {text}\n", palette.head(&format!("{name:8}")))).collect()
}

/// `1.23 ms`, `4.56 s`.
fn shown(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{:.2} ms", time.as_secs_f64() * 1e3)
    } else {
        format!("{:.2} s", time.as_secs_f64())
    }
}

/// A progress bar on stderr for long runs.
pub struct Bar {
    wanted: bool,
    started: Instant,
    drawn: Cell<Option<Instant>>,
}

impl Bar {
    /// Creates the bar if stderr is a terminal and output is not quiet.
    #[must_use]
    pub fn new(wanted: bool) -> Self {
        Self { wanted, started: Instant::now(), drawn: Cell::new(None) }
    }

    fn is_due(&self, now: Instant) -> bool {
        let last = self.drawn.get().map_or(self.started + PATIENCE, |drawn| drawn + REDRAW);
        self.wanted && now >= last
    }
}

impl Progress for Bar {
    fn at(&self, done: u32, of: u32) {
        let now = Instant::now();
        if self.is_due(now) {
            self.drawn.set(Some(now));
            draw(&bar(done, of));
        }
    }

    fn end(&self) {
        if self.drawn.get().is_some() {
            draw(&format!("\r{:width$}\r", "", width = bar(u32::MAX, u32::MAX).len()));
        }
    }
}

/// Ignores errors: stderr may be closed.
fn draw(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

fn bar(done: u32, of: u32) -> String {
    let filled = usize::try_from(u64::from(done) * BAR as u64 / u64::from(of.max(1))).unwrap_or(BAR);
    format!("\r[{}{}] {done}/{of}", "#".repeat(filled), " ".repeat(BAR - filled.min(BAR)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Headers;

    #[test]
    fn a_head_is_told_line_by_line_and_cannot_lie_on_a_terminal() {
        let mut headers = Headers::default();
        headers.push("x-a", "b");
        headers.push("x-c", "\u{202e}d");
        let head = ResponseHead { version: "HTTP/1.1", status: 404, headers };
        assert_eq!(head_text(&head, false), "HTTP/1.1 404 Not Found\nx-a: b\nx-c: \u{202e}d\n\n");
        assert_eq!(head_text(&head, true), "HTTP/1.1 404 Not Found\nx-a: b\nx-c: \\u{202e}d\n\n");
        assert!(head_text(&ResponseHead { status: 599, ..head }, true).starts_with("HTTP/1.1 599\n"));
    }

    #[test]
    fn a_bar_is_for_those_who_have_waited_and_not_drawn_too_often() {
        let bar = Bar::new(true);
        let after = |millis| bar.started + Duration::from_millis(millis);
        assert!(!bar.is_due(after(999)) && bar.is_due(after(1000)));
        bar.drawn.set(Some(after(1000)));
        assert!(!bar.is_due(after(1099)) && bar.is_due(after(1100)));
        assert!(!Bar::new(false).is_due(after(5000)));
    }

    #[test]
    fn a_bar_fills() {
        assert_eq!(bar(0, 10), format!("\r[{}] 0/10", " ".repeat(30)));
        assert_eq!(bar(5, 10), format!("\r[{}{}] 5/10", "#".repeat(15), " ".repeat(15)));
        assert_eq!(bar(10, 10), format!("\r[{}] 10/10", "#".repeat(30)));
    }
}
