//! The output of `serve`: a banner and a line for each request in a terminal, JSON lines elsewhere. Lines go
//! through a bounded queue, so that a reader that stops reading (or a paused terminal) never blocks requests.
//! Lines that do not fit are dropped and counted.

mod banner;
mod event;
mod request_line;

use super::inspect;
use super::lines::{LogLines, LogSink};
use super::style::Palette;
use crate::cli::Global;
use crate::commands::inspect::report::InspectReport;
use crate::commands::serve::{Banner, Console};
use crate::server::HttpExchange;
use event::ServerEvent;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// The capacity of the queue, in lines.
const QUEUE: usize = 4096;
/// The time limit for the last lines when the server stops.
const PATIENCE: Duration = Duration::from_secs(2);
#[derive(Clone, Copy, Debug)]
pub enum LogFormat {
    /// Text for people.
    Text(Palette),
    /// A JSON object for each line.
    Json,
}

enum LogLine {
    Text(String),
    Exchange(Box<HttpExchange>),
    End(SyncSender<()>),
}

/// The log of `serve`.
pub struct LogConsole {
    format: LogFormat,
    out: LogSink,
    flags: Global,
    /// Colours of notices and alarms on stderr; `None` for JSON.
    stderr: Option<Palette>,
    queue: SyncSender<LogLine>,
    /// The number of lines dropped since the start.
    dropped: Arc<AtomicU64>,
}

impl LogConsole {
    /// Starts the writer thread.
    ///
    /// # Errors
    /// If the thread cannot be started.
    pub fn start(format: LogFormat, out: LogSink, flags: Global, stderr: Palette) -> std::io::Result<Self> {
        let (queue, lines) = sync_channel(QUEUE);
        let dropped = Arc::new(AtomicU64::new(0));
        let counter = dropped.clone();
        let stderr = matches!(format, LogFormat::Text(_)).then_some(stderr);
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write(&lines, (format, flags.verbose), (out, stderr), &counter))?;
        Ok(Self { format, out, flags, stderr, queue, dropped })
    }

    fn offer(&self, line: LogLine) {
        if self.flags.quiet && self.out == LogSink::Stderr {
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
            LogFormat::Text(palette) => banner::text(banner, palette),
            LogFormat::Json => serde_json::to_string(&banner.ready).unwrap_or_default(),
        }));
    }

    fn exchange(&self, exchange: Box<HttpExchange>) {
        self.offer(LogLine::Exchange(exchange));
    }

    fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn hint(&self, phase: &str, cure: &str) {
        ServerEvent::hint(phase, cure).print(self.stderr);
    }

    fn alarm(&self, phase: &str, what: &str) {
        ServerEvent::alarm(phase, what).print(self.stderr);
    }

    fn notice(&self, phase: &str, what: &str) {
        if !self.flags.quiet {
            ServerEvent::notice(phase, what).print(self.stderr);
        }
    }

    fn banner(&self, banner: &Banner) -> String {
        format!("{}\n", banner::facts(banner, Palette::default()).trim_end())
    }

    fn inspected(&self, report: &InspectReport) -> String {
        inspect::as_json(report)
    }

    fn lines(&self) -> Box<dyn Write + Send> {
        Box::new(self.out)
    }

    fn finish(&self) {
        let deadline = Instant::now() + PATIENCE;
        let (done, written) = sync_channel(1);
        // The queue may be full because the reader has stopped reading.
        while let Err(TrySendError::Full(_)) = self.queue.try_send(LogLine::End(done.clone())) {
            if Instant::now() >= deadline {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        let _ = written.recv_timeout(deadline.saturating_duration_since(Instant::now()));
    }
}

/// Writes lines until the end and flushes when the queue is empty. If stdout is closed it only drains the
/// queue, so that the server continues.
fn write(
    lines: &Receiver<LogLine>,
    (format, verbose): (LogFormat, bool),
    (out, stderr): (LogSink, Option<Palette>),
    dropped: &AtomicU64,
) {
    let mut out = LogLines::new(out, move |what| ServerEvent::alarm("log", what).print(stderr));
    let mut told = 0;
    while let Ok(first) = lines.recv() {
        let mut next = Some(first);
        let mut end = None;
        while let Some(line) = next {
            match line {
                LogLine::Text(text) => out.line(&text),
                LogLine::Exchange(exchange) => out.line(&request_line(&exchange, format, verbose)),
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
            // The receiver may have timed out.
            let _ = done.send(());
            return;
        }
    }
}

fn lost_line(lost: u64, format: LogFormat) -> String {
    match format {
        LogFormat::Text(palette) => palette
            .warn(&format!("{lost} log lines were dropped: they came faster than they could be written")),
        LogFormat::Json => serde_json::json!({"event": "dropped", "lines": lost}).to_string(),
    }
}

fn request_line(exchange: &HttpExchange, format: LogFormat, verbose: bool) -> String {
    match format {
        LogFormat::Text(palette) => request_line::text(exchange, palette, verbose),
        LogFormat::Json => request_line::json(exchange),
    }
}
