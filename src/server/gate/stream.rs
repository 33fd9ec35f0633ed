//! A public connection's bytes, in clear or over TLS, without blocking.

use super::tls::Tls;
use mio::net::TcpStream;
use rustls::ServerConnection;
use rustls::server::{Accepted, Acceptor};
use std::io::{self, ErrorKind, Read, Write};

/// The limit of a client's handshake, in bytes: keys, a ticket and its certificate chain
/// (`tls::MAX_CERTIFICATE` and `tls::MAX_CHAIN`), with a margin.
const MAX_HANDSHAKE: usize = 32 * 1024;

/// The result of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// Bytes were read, perhaps only for the handshake, and there may be more.
    Some,
    /// Everything available was read.
    Drained,
    /// The peer sends no more.
    End,
}

/// The layer between the socket and the requests.
enum Layer {
    /// Plain http.
    Clear,
    /// TLS, whose first message has not arrived in full.
    Hello(Box<Acceptor>),
    /// A handshake step for a handshake thread.
    Handshake(HandshakeWork),
    /// A handshake thread owns the session.
    Away,
    Session(Box<ServerConnection>),
}

/// A handshake step that may cost a signature, a key agreement or a certificate check.
pub(super) enum HandshakeWork {
    /// A complete ClientHello.
    Hello(Box<Accepted>),
    /// A session with new input.
    Session(Box<ServerConnection>),
}

impl HandshakeWork {
    /// Performs the step: returns the session and the field for the peer's certificate.
    ///
    /// # Errors
    /// With the alert for the peer.
    pub(super) fn step(self, tls: &Tls) -> Result<(Box<ServerConnection>, Option<String>), Vec<u8>> {
        let session = match self {
            Self::Hello(hello) => Box::new(tls.session(*hello)?),
            Self::Session(mut session) => {
                if session.process_new_packets().is_err() {
                    let mut alert = Vec::new();
                    while session.wants_write() && session.write_tls(&mut alert).is_ok() {}
                    return Err(alert);
                }
                session
            }
        };
        let certificate = if session.is_handshaking() { None } else { tls.certificate_field(&session) };
        Ok((session, certificate))
    }
}

/// A socket and its TLS session, if any.
pub(super) struct PublicStream {
    socket: TcpStream,
    layer: Layer,
    /// Whether anything has been read.
    touched: bool,
    /// Whether the peer has been sent the first messages of the handshake. It has no keys before.
    greeted: bool,
    /// Bytes read over TLS that are still incomplete records and messages.
    pending: usize,
}

impl PublicStream {
    pub(super) fn new(socket: TcpStream, tls: bool) -> Self {
        let layer = if tls { Layer::Hello(Box::default()) } else { Layer::Clear };
        Self { socket, layer, touched: false, greeted: false, pending: 0 }
    }

    pub(super) fn socket(&mut self) -> &mut TcpStream {
        &mut self.socket
    }

    pub(super) const fn is_tls(&self) -> bool {
        !matches!(self.layer, Layer::Clear)
    }

    pub(super) fn session(&self) -> Option<&ServerConnection> {
        match &self.layer {
            Layer::Session(session) => Some(session),
            _ => None,
        }
    }

    fn session_mut(&mut self) -> Option<&mut ServerConnection> {
        match &mut self.layer {
            Layer::Session(session) => Some(session),
            _ => None,
        }
    }

    /// Bytes that the session holds beyond its fixed size: incomplete input and the peer's certificates.
    pub(super) fn weight(&self) -> usize {
        let shown = self.session().and_then(|session| session.peer_certificates()).unwrap_or_default();
        self.pending + shown.iter().map(|certificate| certificate.len()).sum::<usize>()
    }

    /// Drops TLS if the peer's first byte belongs to another protocol, so that it can be answered in clear.
    /// True if it did.
    pub(super) fn gives_tls_up(&mut self) -> bool {
        let mut first = [0];
        let plain =
            !self.touched && matches!(self.socket.peek(&mut first), Ok(1)) && first[0].is_ascii_uppercase();
        if plain {
            self.layer = Layer::Clear;
        }
        plain
    }

    pub(super) fn is_handshaking(&self) -> bool {
        match &self.layer {
            Layer::Clear => false,
            Layer::Hello(_) | Layer::Handshake(_) | Layer::Away => true,
            Layer::Session(session) => session.is_handshaking(),
        }
    }

    /// Reads handshake messages with one read of the socket, without costly work. Afterwards there may be a
    /// step to perform.
    ///
    /// # Errors
    /// If the connection broke or the input is not a handshake; an alert has been sent.
    pub(super) fn hear(&mut self) -> io::Result<Received> {
        self.touched = true;
        let mut socket = Noting { socket: &mut self.socket, drained: false };
        let read = match &mut self.layer {
            Layer::Hello(acceptor) => acceptor.read_tls(&mut socket),
            Layer::Session(session) => session.read_tls(&mut socket),
            Layer::Clear | Layer::Handshake(_) | Layer::Away => return Ok(Received::Drained),
        };
        let Some(count) = unless_blocked(read)? else { return Ok(Received::Drained) };
        let received = received(count, socket.drained);
        self.pending += count;
        if count == 0 || self.pending > MAX_HANDSHAKE {
            return if count == 0 { Ok(received) } else { Err(ErrorKind::InvalidData.into()) };
        }
        self.layer = match std::mem::replace(&mut self.layer, Layer::Away) {
            Layer::Hello(mut acceptor) => match acceptor.accept() {
                Ok(None) => Layer::Hello(acceptor),
                Ok(Some(hello)) => Layer::Handshake(HandshakeWork::Hello(Box::new(hello))),
                Err((error, mut alert)) => {
                    let _ = alert.write_all(&mut self.socket);
                    return Err(io::Error::new(ErrorKind::InvalidData, error));
                }
            },
            Layer::Session(session) => Layer::Handshake(HandshakeWork::Session(session)),
            other => other,
        };
        Ok(received)
    }

    /// The handshake step to perform elsewhere, if any.
    pub(super) fn take_work(&mut self) -> Option<HandshakeWork> {
        match std::mem::replace(&mut self.layer, Layer::Away) {
            Layer::Handshake(work) => Some(work),
            other => {
                self.layer = other;
                None
            }
        }
    }

    /// Whether the peer can have sent a request: there is no early data (RFC 8446 section 2.3).
    pub(super) const fn was_greeted(&self) -> bool {
        self.greeted
    }

    pub(super) const fn has_work(&self) -> bool {
        matches!(self.layer, Layer::Handshake(_))
    }

    /// Receives a session back, sends its output and adds its plaintext to `input`.
    ///
    /// # Errors
    /// If the connection broke.
    pub(super) fn resume(
        &mut self,
        session: Box<ServerConnection>,
        scratch: &mut [u8],
        input: &mut Vec<u8>,
    ) -> io::Result<Received> {
        if !session.is_handshaking() {
            self.pending = 0;
        }
        (self.layer, self.greeted) = (Layer::Session(session), true);
        let ended = self.plaintext(scratch, input);
        self.flush()?;
        Ok(if ended { Received::End } else { Received::Some })
    }

    /// Sends an alert.
    pub(super) fn alert(&mut self, alert: &[u8]) {
        // The peer may have stopped reading.
        let _ = self.socket.write(alert);
    }

    /// Adds available data to `input`, with one read of the socket.
    ///
    /// # Errors
    /// If the connection or TLS failed; an alert has been sent.
    pub(super) fn receive(&mut self, scratch: &mut [u8], input: &mut Vec<u8>) -> io::Result<Received> {
        self.touched = true;
        let mut socket = Noting { socket: &mut self.socket, drained: false };
        let Layer::Session(session) = &mut self.layer else {
            let Some(count) = unless_blocked(socket.read(scratch))? else { return Ok(Received::Drained) };
            input.extend_from_slice(&scratch[..count]);
            return Ok(received(count, socket.drained));
        };
        let Some(count) = unless_blocked(session.read_tls(&mut socket))? else {
            return Ok(Received::Drained);
        };
        let drained = socket.drained;
        match session.process_new_packets() {
            // Output or plaintext means that the pending bytes are processed.
            Ok(state) if state.tls_bytes_to_write() + state.plaintext_bytes_to_read() > 0 => self.pending = 0,
            Ok(_) => self.pending += count,
            Err(error) => {
                let _ = self.flush();
                return Err(io::Error::new(ErrorKind::InvalidData, error));
            }
        }
        if self.plaintext(scratch, input) {
            return Ok(Received::End);
        }
        self.flush()?;
        Ok(received(count, drained))
    }

    /// Adds decrypted data to `input`. True if the peer sends no more.
    fn plaintext(&mut self, scratch: &mut [u8], input: &mut Vec<u8>) -> bool {
        let Some(session) = self.session_mut() else { return false };
        loop {
            match session.reader().read(scratch) {
                Ok(0) => return true,
                Ok(read) => input.extend_from_slice(&scratch[..read]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
                // The peer closed without close_notify; earlier data is still valid.
                Err(_) => return true,
            }
        }
    }

    /// Sends the rest of `output`, from `sent` on. True if all of it is sent.
    ///
    /// # Errors
    /// If the connection broke.
    pub(super) fn send(&mut self, output: &[u8], sent: &mut usize) -> io::Result<bool> {
        if let Some(session) = self.session_mut() {
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

    /// Sends close_notify: without it the end might be an attacker's (RFC 8446 section 6.1).
    pub(super) fn take_leave(&mut self) {
        if let Some(session) = self.session_mut().filter(|session| !session.is_handshaking()) {
            session.send_close_notify();
            // The peer may have stopped reading.
            let _ = self.flush();
        }
    }

    /// Closes the sending side, so that the peer reads everything before it sees the end.
    pub(super) fn finish(&mut self) {
        self.take_leave();
        let _ = self.socket.shutdown(std::net::Shutdown::Write);
    }

    /// Reads and discards data that the peer still sends.
    ///
    /// # Errors
    /// If the connection broke.
    pub(super) fn discard(&mut self, scratch: &mut [u8]) -> io::Result<Option<usize>> {
        unless_blocked(self.socket.read(scratch))
    }

    fn flush(&mut self) -> io::Result<bool> {
        let Layer::Session(session) = &mut self.layer else { return Ok(true) };
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

/// Notes whether a read drained the socket: edge-triggered events announce later data, so another read is
/// unnecessary.
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

/// `None` if the socket would block.
pub(super) fn unless_blocked(result: io::Result<usize>) -> io::Result<Option<usize>> {
    match result {
        Ok(count) => Ok(Some(count)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}
