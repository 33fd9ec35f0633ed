//! A public connection's bytes, in clear or through TLS, never blocking.

use mio::net::TcpStream;
use rustls::ServerConnection;
use std::io::{self, ErrorKind, Read, Write};

/// What a read gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// Bytes, perhaps none of them the peer's own (a handshake), and perhaps more to come.
    Some,
    /// All that was there, for now.
    Drained,
    /// The peer sends no more.
    End,
}

/// A socket, and the TLS session that it is read and written through, if any.
pub(super) struct Stream {
    socket: TcpStream,
    session: Option<Box<ServerConnection>>,
    /// Whether anything has been read.
    touched: bool,
    /// Bytes that were read through TLS and have brought nothing yet: parts of records and of messages.
    pending: usize,
}

impl Stream {
    pub(super) fn new(socket: TcpStream, session: Option<ServerConnection>) -> Self {
        let session = session.map(|mut session| {
            // Answers are bounded, and each is written before the next request is read.
            session.set_buffer_limit(None);
            Box::new(session)
        });
        Self { socket, session, touched: false, pending: 0 }
    }

    pub(super) fn socket(&mut self) -> &mut TcpStream {
        &mut self.socket
    }

    pub(super) fn session(&self) -> Option<&ServerConnection> {
        self.session.as_deref()
    }

    /// Bytes that the session holds beside what each does: what is not understood yet, and the
    /// certificates that the peer has shown.
    pub(super) fn weight(&self) -> usize {
        let shown = self.session().and_then(|session| session.peer_certificates()).unwrap_or_default();
        self.pending + shown.iter().map(|certificate| certificate.len()).sum::<usize>()
    }

    /// Gives TLS up where the peer's first byte is another protocol's, which an answer in clear can
    /// tell it. True where it did.
    pub(super) fn gives_tls_up(&mut self) -> bool {
        let mut first = [0];
        let plain =
            !self.touched && matches!(self.socket.peek(&mut first), Ok(1)) && first[0].is_ascii_uppercase();
        if plain {
            self.session = None;
        }
        plain
    }

    pub(super) fn is_handshaking(&self) -> bool {
        self.session().is_some_and(|session| session.is_handshaking())
    }

    /// Adds what the socket has to `input`, by one read of it.
    ///
    /// # Errors
    /// Where the connection broke, or TLS did; the peer has been told by an alert.
    pub(super) fn receive(&mut self, scratch: &mut [u8], input: &mut Vec<u8>) -> io::Result<Received> {
        self.touched = true;
        let mut socket = Noting { socket: &mut self.socket, drained: false };
        let Some(session) = &mut self.session else {
            let Some(count) = unless_blocked(socket.read(scratch))? else { return Ok(Received::Drained) };
            input.extend_from_slice(&scratch[..count]);
            return Ok(received(count, socket.drained));
        };
        let Some(count) = unless_blocked(session.read_tls(&mut socket))? else {
            return Ok(Received::Drained);
        };
        let drained = socket.drained;
        match session.process_new_packets() {
            // An answer, or content: what came before is understood.
            Ok(state) if state.tls_bytes_to_write() + state.plaintext_bytes_to_read() > 0 => self.pending = 0,
            Ok(_) => self.pending += count,
            Err(error) => {
                let _ = self.flush();
                return Err(io::Error::new(ErrorKind::InvalidData, error));
            }
        }
        loop {
            match session.reader().read(scratch) {
                Ok(0) => return Ok(Received::End),
                Ok(read) => input.extend_from_slice(&scratch[..read]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // The peer went away without saying so; what it sent before stands for itself.
                Err(_) => return Ok(Received::End),
            }
        }
        self.flush()?;
        Ok(received(count, drained))
    }

    /// Sends what is left of `output`, from `sent` on. True where all of it is on its way.
    ///
    /// # Errors
    /// Where the connection broke.
    pub(super) fn send(&mut self, output: &[u8], sent: &mut usize) -> io::Result<bool> {
        if let Some(session) = &mut self.session {
            session.writer().write_all(&output[*sent..])?;
            *sent = output.len();
            return self.flush();
        }
        while *sent < output.len() {
            match unless_blocked(self.socket.write(&output[*sent..]))? {
                Some(0) => return Err(ErrorKind::WriteZero.into()),
                Some(count) => *sent += count,
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Says through TLS that this is the end: without a word it might be somebody else's doing (RFC 8446
    /// section 6.1).
    pub(super) fn take_leave(&mut self) {
        if let Some(session) = self.session.as_mut().filter(|session| !session.is_handshaking()) {
            session.send_close_notify();
            // Who takes no more bytes gets none.
            let _ = self.flush();
        }
    }

    /// Ends our side, so that the peer reads what was sent before it sees the end.
    pub(super) fn finish(&mut self) {
        self.take_leave();
        let _ = self.socket.shutdown(std::net::Shutdown::Write);
    }

    /// Reads what the peer still sends, for nobody.
    ///
    /// # Errors
    /// Where the connection broke.
    pub(super) fn discard(&mut self, scratch: &mut [u8]) -> io::Result<Option<usize>> {
        unless_blocked(self.socket.read(scratch))
    }

    fn flush(&mut self) -> io::Result<bool> {
        let Some(session) = &mut self.session else { return Ok(true) };
        while session.wants_write() {
            if unless_blocked(session.write_tls(&mut self.socket))?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

const fn received(count: usize, drained: bool) -> Received {
    match count {
        0 => Received::End,
        _ if drained => Received::Drained,
        _ => Received::Some,
    }
}

/// Notes whether a read took all that was there: edges tell of what comes later, and one more read
/// would only say so, too.
struct Noting<'a> {
    socket: &'a mut TcpStream,
    drained: bool,
}

impl Read for Noting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.socket.read(buffer)?;
        self.drained = count < buffer.len();
        Ok(count)
    }
}

/// `None` where the socket would block.
pub(super) fn unless_blocked(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Ok(count) => Ok(Some(count)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}
