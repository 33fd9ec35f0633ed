//! The private connections to the engine, opened once and kept. Requests that are ready together are sent
//! in one write, and their answers arrive in the same order.

use super::canonical::EngineAnswer;
use super::stream::unless_blocked;
use super::ticket::Ticket;
use mio::net::UnixStream;
use mio::{Interest, Registry, Token};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::time::{Duration, Instant};

/// The limit of pending requests on a line.
pub(super) const MAX_BATCH: usize = 16;
/// After this time without an answer the engine is considered dead.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A request on a line, and the format of its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct InFlight {
    pub(super) ticket: Ticket,
    pub(super) bodiless: bool,
}

/// One connection to the engine.
struct EngineConnection {
    stream: UnixStream,
    output: Vec<u8>,
    sent: usize,
    input: Vec<u8>,
    waiting: VecDeque<InFlight>,
    since: Instant,
}

/// All connections to the engine.
pub(super) struct EnginePool {
    lines: Vec<EngineConnection>,
    first: usize,
}

impl EnginePool {
    /// Registers the lines with tokens from `first` on.
    pub(super) fn new(
        streams: Vec<std::os::unix::net::UnixStream>,
        first: usize,
        registry: &Registry,
        now: Instant,
    ) -> io::Result<Self> {
        let mut lines = Vec::new();
        for (index, stream) in streams.into_iter().enumerate() {
            stream.set_nonblocking(true)?;
            let mut stream = UnixStream::from_std(stream);
            registry.register(&mut stream, Token(first + index), Interest::READABLE | Interest::WRITABLE)?;
            let (output, input, waiting) = (Vec::new(), Vec::new(), VecDeque::new());
            lines.push(EngineConnection { stream, output, sent: 0, input, waiting, since: now });
        }
        Ok(Self { lines, first })
    }

    /// A pool without an engine.
    pub(super) const fn empty(first: usize) -> Self {
        Self { lines: Vec::new(), first }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The line of a token.
    pub(super) fn line_of(&self, token: Token) -> Option<usize> {
        token.0.checked_sub(self.first).filter(|index| *index < self.lines.len())
    }

    /// An idle line.
    pub(super) fn free_line(&self) -> Option<usize> {
        self.lines.iter().position(|line| line.waiting.is_empty())
    }

    /// Adds a request, written by `write`, to a line; [`EnginePool::flush`] sends it.
    pub(super) fn add(
        &mut self,
        index: usize,
        sent: InFlight,
        now: Instant,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        let line = &mut self.lines[index];
        if line.waiting.is_empty() {
            line.since = now;
        }
        line.waiting.push_back(sent);
        write(&mut line.output);
    }

    /// Sends a line's buffered requests.
    ///
    /// # Errors
    /// If the engine has ended.
    pub(super) fn flush(&mut self, index: usize) -> io::Result<()> {
        let line = &mut self.lines[index];
        while line.sent < line.output.len() {
            match unless_blocked(line.stream.write(&line.output[line.sent..]))? {
                Some(0) => return Err(ErrorKind::WriteZero.into()),
                Some(count) => line.sent += count,
                None => return Ok(()),
            }
        }
        line.output.clear();
        line.sent = 0;
        Ok(())
    }

    /// Reads a line and passes each complete answer to `take`.
    ///
    /// # Errors
    /// If the engine has ended, or sends an unexpected answer.
    pub(super) fn receive(
        &mut self,
        index: usize,
        scratch: &mut [u8],
        now: Instant,
        mut take: impl FnMut(Ticket, &EngineAnswer<'_>),
    ) -> io::Result<()> {
        let line = &mut self.lines[index];
        loop {
            let Some(count) = unless_blocked(line.stream.read(scratch))? else { return Ok(()) };
            if count == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            line.input.extend_from_slice(&scratch[..count]);
            line.answers(now, &mut take)?;
            if count < scratch.len() {
                return Ok(());
            }
        }
    }

    /// Whether a request has been with the engine for too long.
    pub(super) fn is_stuck(&self, now: Instant) -> bool {
        self.lines.iter().any(|line| !line.waiting.is_empty() && now.duration_since(line.since) > PATIENCE)
    }

    /// The unanswered requests.
    pub(super) fn unanswered(&self) -> impl Iterator<Item = Ticket> {
        self.lines.iter().flat_map(|line| line.waiting.iter().map(|sent| sent.ticket))
    }
}

impl EngineConnection {
    fn answers(&mut self, now: Instant, take: &mut impl FnMut(Ticket, &EngineAnswer<'_>)) -> io::Result<()> {
        let mut used = 0;
        while used < self.input.len() {
            let sent = self.waiting.front().ok_or(ErrorKind::InvalidData)?;
            let answer = EngineAnswer::read(&self.input[used..], sent.bodiless);
            let Some((answer, length)) = answer.map_err(|fault| io::Error::other(fault.why))? else { break };
            take(sent.ticket, &answer);
            self.waiting.pop_front();
            self.since = now;
            used += length;
        }
        self.input.drain(..used);
        Ok(())
    }
}
