//! A client that says exactly what a test wants it to, keeps its connection, and reads one answer at
//! a time by its length, so that a byte too many or too few is seen.

use super::{Reply, Server};
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// The demo's token request, as a well-behaved client sends it.
pub(crate) const TOKEN_REQUEST: &str = "POST /oauth/token HTTP/1.1\r\nHost: localhost\r\n\
    Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 85\r\n\r\n\
    grant_type=client_credentials&client_id=hacker-client&client_secret=hacker-secret-123";
pub(crate) const HEALTH: &str = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";

/// The time after which the server cuts off slow requests, slow readers and slow handshakes.
const CUT: Duration = Duration::from_secs(10);

pub(crate) struct Wire {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Wire {
    pub(crate) fn to(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).expect("the server accepts"))
    }

    /// From a loopback address of the caller's choice: all of 127/8 is ours.
    pub(crate) fn from(source: IpAddr, address: SocketAddr) -> std::io::Result<Self> {
        let socket = bound(source, address)?;
        socket.connect(&address.into())?;
        Ok(Self::over(socket.into()))
    }

    /// From such an address with buffers as small as they get, so that few answers fill them.
    pub(crate) fn narrow(source: IpAddr, address: SocketAddr) -> std::io::Result<Self> {
        let socket = bound(source, address)?;
        socket.set_recv_buffer_size(2048)?;
        socket.set_tcp_mss(536)?;
        socket.connect(&address.into())?;
        let wire = Self::over(socket.into());
        wire.stream.set_nonblocking(true)?;
        Ok(wire)
    }

    fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        stream.set_write_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        stream.set_nodelay(true).expect("no delay");
        Self { stream, unread: Vec::new() }
    }

    pub(crate) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    #[track_caller]
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.stream.write_all(bytes.as_ref()).expect("the bytes are written");
        self
    }

    /// Sends as much as the server takes.
    pub(crate) fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.stream.write_all(bytes.as_ref())
    }

    pub(crate) fn half_close(&mut self) -> &mut Self {
        self.stream.shutdown(Shutdown::Write).expect("a half-closed socket");
        self
    }

    /// Ends the connection by a reset, as a client that crashed does.
    pub(crate) fn reset(self) {
        socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).expect("no lingering");
    }

    /// The next answer.
    #[track_caller]
    pub(crate) fn reply(&mut self) -> Reply {
        self.try_reply(true).unwrap_or_else(|error| panic!("no answer: {error}; there is {}", self.there()))
    }

    /// The next answer, which is to a HEAD.
    #[track_caller]
    pub(crate) fn head_reply(&mut self) -> Reply {
        self.try_reply(false).unwrap_or_else(|error| panic!("no answer: {error}; there is {}", self.there()))
    }

    pub(crate) fn try_reply(&mut self, with_body: bool) -> std::io::Result<Reply> {
        let end = loop {
            if let Some(at) = self.unread.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            self.more()?;
        };
        let mut reply = Reply::parse(&String::from_utf8_lossy(&self.unread[..end]));
        assert!(self.unread[..end].is_ascii(), "{reply:?}");
        self.unread.drain(..end);
        let length = reply.header("Content-Length").map_or(0, |value| value.parse().expect("a length"));
        let length = if with_body { length } else { 0 };
        while self.unread.len() < length {
            self.more()?;
        }
        reply.body = String::from_utf8(self.unread.drain(..length).collect()).expect("UTF-8");
        Ok(reply)
    }

    fn more(&mut self) -> std::io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                self.unread.extend_from_slice(&buffer[..count]);
                Ok(())
            }
            // A child of another test has ended.
            Err(error) if error.kind() == ErrorKind::Interrupted => self.more(),
            Err(error) => Err(error),
        }
    }

    /// The server has ended the connection, and said nothing more before.
    #[track_caller]
    pub(crate) fn ends(&mut self) {
        // A reset is an end, too: of a connection whose bytes nobody wanted.
        match self.more() {
            Ok(()) => panic!("one more answer: {}", self.there()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("the connection is still open"),
            Err(_) => assert!(self.unread.is_empty(), "{}", self.there()),
        }
    }

    /// Refused with that status, in JSON, and closed.
    #[track_caller]
    pub(crate) fn refused(&mut self, status: u16) -> Reply {
        let reply = self.reply();
        assert_eq!(reply.status, status, "{reply:?}");
        assert_eq!(reply.header("Content-Type"), Some("application/json"), "{reply:?}");
        assert_eq!(reply.header("Connection"), Some("close"), "{reply:?}");
        let json = reply.json();
        assert!(json["error"].is_string() && json["error_description"].is_string(), "{reply:?}");
        self.ends();
        reply
    }

    /// What was read and belongs to no answer yet.
    pub(crate) fn there(&self) -> String {
        String::from_utf8_lossy(&self.unread).into_owned()
    }
}

fn bound(source: IpAddr, address: SocketAddr) -> std::io::Result<socket2::Socket> {
    let socket = socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::STREAM, None)?;
    socket.bind(&SocketAddr::new(source, 0).into())?;
    Ok(socket)
}

impl Server {
    pub(crate) fn wire(&self) -> Wire {
        Wire::to(self.address())
    }

    /// A well-behaved client gets its token, and how long that takes; an error where it does not.
    pub(crate) fn token_takes(&self) -> std::io::Result<Duration> {
        let begun = Instant::now();
        let mut wire = Wire::over(TcpStream::connect(self.address())?);
        wire.stream.set_read_timeout(Some(CUT / 2))?;
        wire.try_send(TOKEN_REQUEST)?;
        let reply = wire.try_reply(true)?;
        match reply.status {
            200 => Ok(begun.elapsed()),
            _ => Err(std::io::Error::other(format!("{reply:?}"))),
        }
    }

    /// A well-behaved client gets its token while a crowd is still there: long before the server cuts slow
    /// clients, which would let anybody in.
    #[track_caller]
    pub(crate) fn serves_in_time(&self, during: &str) -> Duration {
        self.token_takes().unwrap_or_else(|error| panic!("{during}: no token: {error}"))
    }
}

impl Reply {
    /// The lines of its head, without the status line.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        self.head.trim_end_matches("\r\n").split("\r\n").skip(1)
    }
}
