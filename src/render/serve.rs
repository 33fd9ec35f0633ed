//! What `serve` tells: a banner and a line a request in a terminal, JSON lines elsewhere. Lines
//! leave the request path through a bounded queue, so that a reader who stops reading (or a
//! terminal on hold) never stops the server; what does not fit is counted and said.

use super::lines::{LogLines, LogSink};
use super::style::{Palette, escape};
use crate::commands::serve::{Banner, Console};
use crate::json;
use crate::server::HttpExchange;
use crate::text::truncate;
use serde::Serialize;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// Lines that may wait to be written.
const QUEUE: usize = 4096;
/// How long the last lines may take when the server stops.
const PATIENCE: Duration = Duration::from_secs(2);
/// Longer foreign texts are cut in a line.
const MAX_FIELD: usize = 64;

/// How lines are written.
#[derive(Clone, Copy, Debug)]
pub enum LogFormat {
    /// For people.
    Text(Palette),
    /// For programs, an object a line.
    Json,
}

enum LogLine {
    Text(String),
    Exchange(Arc<HttpExchange>),
    End(SyncSender<()>),
}

/// The log of `serve`.
pub struct LogConsole {
    format: LogFormat,
    out: LogSink,
    /// Whether nothing goes to stderr but errors.
    quiet: bool,
    queue: SyncSender<LogLine>,
    /// Lines that found no room, ever.
    dropped: Arc<AtomicU64>,
}

impl LogConsole {
    /// Starts the writer.
    ///
    /// # Errors
    /// Where its thread cannot be started.
    pub fn start(format: LogFormat, out: LogSink, quiet: bool) -> std::io::Result<Self> {
        let (queue, lines) = sync_channel(QUEUE);
        let dropped = Arc::new(AtomicU64::new(0));
        let counter = dropped.clone();
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write(&lines, (format, out), &counter))?;
        Ok(Self { format, out, quiet, queue, dropped })
    }

    fn offer(&self, line: LogLine) {
        if self.quiet && self.out == LogSink::Stderr {
            return;
        }
        if let Err(TrySendError::Full(_)) = self.queue.try_send(line) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Console for LogConsole {
    fn ready(&self, banner: &Banner) {
        self.offer(LogLine::Text(match self.format {
            LogFormat::Text(palette) => banner_text(banner, palette),
            LogFormat::Json => serde_json::to_string(&banner.ready).unwrap_or_default(),
        }));
    }

    fn exchange(&self, exchange: Arc<HttpExchange>) {
        self.offer(LogLine::Exchange(exchange));
    }

    fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn alarm(&self, phase: &str, what: &str) {
        super::print::say(&format!("error: {phase}: {}", escape(what)));
    }

    fn notice(&self, phase: &str, what: &str) {
        if !self.quiet {
            super::print::say(&format!("note: {phase}: {}", escape(what)));
        }
    }

    fn lines(&self) -> Box<dyn Write + Send> {
        Box::new(self.out)
    }

    fn finish(&self) {
        let deadline = Instant::now() + PATIENCE;
        let (done, written) = sync_channel(1);
        // The queue may be full of lines for a reader who has stopped reading.
        while let Err(TrySendError::Full(_)) = self.queue.try_send(LogLine::End(done.clone())) {
            if Instant::now() >= deadline {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        let _ = written.recv_timeout(deadline.saturating_duration_since(Instant::now()));
    }
}

/// Writes lines until the end; flushes whenever nothing waits. Once stdout is gone it only empties
/// the queue: serving goes on.
fn write(lines: &Receiver<LogLine>, (format, out): (LogFormat, LogSink), dropped: &AtomicU64) {
    let mut out = LogLines::new(out);
    let mut told = 0;
    while let Ok(first) = lines.recv() {
        let mut next = Some(first);
        let mut end = None;
        while let Some(line) = next {
            match line {
                LogLine::Text(text) => out.line(&text),
                LogLine::Exchange(exchange) => out.line(&exchange_line(&exchange, format)),
                LogLine::End(done) => end = Some(done),
            }
            next = lines.try_recv().ok();
        }
        let lost = dropped.load(Ordering::Relaxed);
        if lost > told {
            out.line(&lost_line(lost - told, format));
            told = lost;
        }
        out.flush();
        if let Some(done) = end {
            // Who waited for this may have lost patience.
            let _ = done.send(());
            return;
        }
    }
}

fn lost_line(lost: u64, format: LogFormat) -> String {
    match format {
        LogFormat::Text(palette) => {
            palette.warn(&format!("{lost} lines were dropped: they came faster than they could be written"))
        }
        LogFormat::Json => serde_json::json!({"event": "dropped", "lines": lost}).to_string(),
    }
}

#[derive(Serialize)]
struct ExchangeJson<'a> {
    event: &'a str,
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    client_addr: Option<String>,
    method: &'a str,
    path: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    duration_us: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

fn exchange_line(exchange: &HttpExchange, format: LogFormat) -> String {
    match format {
        LogFormat::Text(palette) => exchange_text(exchange, palette),
        LogFormat::Json => exchange_json(exchange),
    }
}

fn exchange_json(exchange: &HttpExchange) -> String {
    let note = &exchange.note;
    let json = ExchangeJson {
        event: "request",
        time: exchange.time.to_string(),
        request_id: (!exchange.id.is_empty()).then(|| short(&exchange.id)),
        client_addr: exchange.peer.map(|peer| peer.to_string()),
        method: &short(&exchange.method),
        path: &short(&exchange.path),
        status: exchange.status,
        client_id: note.client.as_deref().map(short),
        scope: note.scope().map(short),
        duration_us: exchange.duration.as_micros(),
        reason: note.reason.as_deref(),
    };
    json::line(&json).trim_end().to_owned()
}

fn exchange_text(exchange: &HttpExchange, palette: Palette) -> String {
    let note = &exchange.note;
    let time = exchange.time.to_string();
    let clock = time.get(11..).unwrap_or(&time);
    let peer = exchange.peer.map_or("-".to_owned(), |peer| peer.to_string());
    let status = exchange.status.to_string();
    let status = if exchange.status < 400 { palette.good(&status) } else { palette.bad(&status) };
    let field = |text: Option<&str>| text.filter(|t| !t.is_empty()).map_or("-".to_owned(), short);
    let mut line = format!(
        "{} {} {peer} {} {} {} {} {status} {:.1}ms",
        palette.dim(clock),
        palette.dim(&field(Some(&exchange.id))),
        short(&exchange.method),
        short(&exchange.path),
        field(note.client.as_deref()),
        field(note.scope()),
        exchange.duration.as_secs_f64() * 1000.0
    );
    if let Some(reason) = &note.reason {
        line.push_str(&format!(" {}", palette.warn(&escape(reason))));
    }
    line
}

/// A foreign text in a log line.
fn short(text: &str) -> String {
    truncate(&escape(text), MAX_FIELD).into_owned()
}

fn banner_text(banner: &Banner, palette: Palette) -> String {
    let ready = &banner.ready;
    let mut out = format!("{} {}\n\n", palette.head("heistctl serve"), palette.good(&ready.url));
    out.push_str(&format!("  issuer     {}\n", escape(&ready.issuer)));
    let key =
        if banner.ephemeral_key { ", with a key made for this run: its tokens end with it" } else { "" };
    out.push_str(&format!("  signing    {}{}\n", banner.signing, palette.warn(key)));
    if let Some(ends) = &banner.certificate_ends {
        out.push_str(&format!("  tls        certificate until {ends}\n"));
    }
    for (index, (method, url)) in banner.endpoints.iter().enumerate() {
        let label = if index == 0 { "endpoints" } else { "" };
        out.push_str(&format!("  {label:9}  {method:4} {url}\n"));
    }
    if let Some(url) = &ready.metrics_url {
        out.push_str(&format!("             GET  {url}\n"));
    }
    if let Some(store) = &banner.store {
        out.push_str(&format!("  store      {}\n", escape(store)));
    }
    let width = banner.clients.iter().map(|(id, _)| id.chars().count()).max().unwrap_or(0);
    for (index, (id, scopes)) in banner.clients.iter().enumerate() {
        let label = if index == 0 { "clients" } else { "" };
        out.push_str(&format!("  {label:9}  {:width$}  {scopes}\n", escape(id)));
    }
    if banner.more_clients {
        out.push_str("             … heistctl client list shows the others\n");
    }
    if banner.clients.is_empty() {
        let cure = if banner.store.is_some() { "; heistctl client add registers one" } else { "" };
        let none = format!("none: nobody can get a token{cure}");
        out.push_str(&format!("  clients    {}\n", palette.warn(&none)));
    }
    out.push_str(&format!("\nTry it in another terminal:\n\n{}", commands_to_paste(banner)));
    if banner.demo.is_some() {
        let warning =
            "DEMO: these secrets and the signing key are public; whoever reaches this port gets in.";
        out.push_str(&format!("\n{}\n", palette.warn(warning)));
    }
    out.push_str(&format!("\n{}", palette.dim("Ctrl-C stops it. Requests:")));
    out
}

fn commands_to_paste(banner: &Banner) -> String {
    let url = quoted(&banner.ready.token_url);
    let (export, scope) = match banner.demo {
        Some((id, secret, scope)) => (
            format!("HEISTCTL_CLIENT_ID={} HEISTCTL_CLIENT_SECRET={}", quoted(id), quoted(secret)),
            format!(" --scope {}", quoted(scope)),
        ),
        None => {
            let id = banner.clients.first().map_or("CLIENT", |(id, _)| id.as_str());
            (format!("HEISTCTL_CLIENT_ID={} HEISTCTL_CLIENT_SECRET_FILE=FILE", quoted(id)), String::new())
        }
    };
    let program = quoted(&banner.program);
    let trust = banner.authority.as_deref();
    let trust = trust.map(|path| format!("  export SSL_CERT_FILE={}\n", quoted(path))).unwrap_or_default();
    format!(
        "{trust}  export {export}\n  export HEISTCTL_TOKEN_URL={url}\n  {program} call{scope}\n  {program} token{scope} | {program} inspect\n"
    )
}

/// A word for a shell, quoted where it must be.
fn quoted(word: &str) -> String {
    let word = escape(word);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=[]".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::commands::serve::Ready;
    use crate::issuer::LogRecord;

    fn exchange() -> HttpExchange {
        HttpExchange {
            id: "a1".to_owned(),
            time: Timestamp::from_unix(1_795_420_800),
            peer: Some([127, 0, 0, 1].into()),
            method: "POST".to_owned(),
            path: "/oauth/token\u{1b}[2J".to_owned(),
            status: 401,
            duration: Duration::from_micros(1234),
            note: LogRecord {
                client: Some("x".repeat(100)),
                reason: Some("unknown client".to_owned()),
                ..LogRecord::default()
            },
        }
    }

    #[test]
    fn a_line_is_safe_for_a_terminal_and_tells_all() {
        let line = exchange_text(&exchange(), Palette::default());
        let expected = format!(
            "08:00:00Z a1 127.0.0.1 POST /oauth/token\\u{{001b}}[2J {}… - 401 1.2ms unknown client",
            "x".repeat(64)
        );
        assert_eq!(line, expected);
    }

    #[test]
    fn the_banner_names_endpoints_clients_and_commands_that_can_be_pasted() {
        let ready = Ready {
            event: "ready",
            url: "http://127.0.0.1:1".to_owned(),
            token_url: "http://127.0.0.1:1/oauth/token".to_owned(),
            issuer: "me".to_owned(),
            pid: 1,
            metrics_url: None,
        };
        let banner = Banner {
            program: "my bin/heistctl".to_owned(),
            ready,
            endpoints: vec![("POST", "http://127.0.0.1:1/oauth/token".to_owned())],
            clients: vec![("it's;me".to_owned(), "a b".to_owned())],
            more_clients: true,
            store: Some("/x/heistctl.db".to_owned()),
            signing: "ES256",
            ephemeral_key: true,
            certificate_ends: Some("2027-01-01T00:00:00Z".to_owned()),
            authority: Some("my certs/ca.pem".to_owned()),
            demo: None,
        };
        let text = banner_text(&banner, Palette::default());
        for part in [
            "  issuer     me\n",
            "  signing    ES256, with a key made for this run",
            "  tls        certificate until 2027-01-01T00:00:00Z\n",
            "  export SSL_CERT_FILE='my certs/ca.pem'\n",
            "  endpoints  POST http://127.0.0.1:1/oauth/token\n",
            "  store      /x/heistctl.db\n  clients    it's;me  a b\n             … heistctl client list",
            r"export HEISTCTL_CLIENT_ID='it'\''s;me' HEISTCTL_CLIENT_SECRET_FILE=FILE",
            "\n  'my bin/heistctl' call\n",
        ] {
            assert!(text.contains(part), "{text} lacks {part}");
        }
        assert!(!text.contains("DEMO"), "{text}");
    }

    #[test]
    fn a_json_line_is_one_object() {
        let line = exchange_json(&exchange());
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&json["status"], &json["duration_us"]), (&401.into(), &1234.into()));
        assert_eq!((&json["time"], &json["request_id"]), (&"2026-11-23T08:00:00Z".into(), &"a1".into()));
        assert_eq!(json.get("scope"), None);
    }
}
