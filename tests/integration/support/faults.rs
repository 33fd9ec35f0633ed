//! A server that answers as a test wants, faults and all: a closure gets each request with its number
//! and says what happens. It remembers what it was sent.

use socket2::SockRef;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Later than any client waits that has a timeout of a second or two, and sooner than the default of 30.
pub(crate) const LATE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(50);

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// Its first line and fields.
    pub(crate) head: String,
    /// Its body.
    pub(crate) body: String,
}

/// What becomes of a request. The connection ends with it.
pub(crate) enum Fault {
    /// These bytes, which may be an answer.
    Bytes(Vec<u8>),
    /// These bytes, and then a few more now and then, without end.
    Drip(Vec<u8>),
    /// The same, but after [`LATE`] the rest of an answer comes.
    Late(Vec<u8>, Vec<u8>),
    /// These bytes, and then a reset.
    Reset(Vec<u8>),
}

/// A server that is told what to do.
pub(crate) struct Faults {
    /// Where it is.
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Faults {
    pub(crate) fn serve(script: impl Fn(usize, &Asked) -> Fault + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, script) = (asked.clone(), Arc::new(script));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, script) = (log.clone(), script.clone());
                thread::spawn(move || {
                    let Some(request) = read(&stream) else { return };
                    let number = {
                        let mut log = log.lock().expect("nobody panics with it");
                        log.push(request.clone());
                        log.len() - 1
                    };
                    script(number, &request).happen(stream);
                });
            }
        });
        Self { url, asked }
    }

    /// The same, of one answer.
    pub(crate) fn always(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let bytes = written(status, headers, body.as_ref());
        Self::serve(move |_, _| Fault::Bytes(bytes.clone()))
    }

    /// The token endpoint that it is.
    pub(crate) fn token_url(&self) -> String {
        format!("{}/oauth/token", self.url)
    }

    /// What it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("nobody panics with it").clone()
    }
}

/// Writes a blank now and then, until the peer is gone or the time is over.
fn drip(stream: &mut TcpStream, start: &[u8], until: Option<Instant>) {
    let mut going = stream.write_all(start);
    while going.is_ok() && until.is_none_or(|until| Instant::now() < until) {
        thread::sleep(PAUSE);
        going = stream.write_all(b" ");
    }
}

impl Asked {
    /// The path, and the query, if any.
    pub(crate) fn target(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(':'));
        let mut ours = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
        ours.next().map(|(_, value)| value.trim())
    }
}

impl Fault {
    /// An answer with its length.
    pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        Self::Bytes(written(status, headers, body.as_ref()))
    }

    /// A JSON answer.
    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::answer(status, &[("Content-Type", "application/json")], body.to_string())
    }

    /// A token for that many seconds.
    pub(crate) fn token(token: &str, seconds: u64) -> Self {
        let body = serde_json::json!({"access_token": token, "token_type": "Bearer", "expires_in": seconds});
        Self::json(200, &body)
    }

    /// Whoever asked may have gone: nothing that fails here is of interest.
    fn happen(self, mut stream: TcpStream) {
        match self {
            Self::Bytes(bytes) => {
                let _ = stream.write_all(&bytes);
            }
            Self::Drip(bytes) => drip(&mut stream, &bytes, None),
            Self::Late(bytes, rest) => {
                drip(&mut stream, &bytes, Some(Instant::now() + LATE));
                let _ = stream.write_all(&rest);
            }
            Self::Reset(bytes) => {
                let _ = stream.write_all(&bytes);
                let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
            }
        }
    }
}

fn written(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let fields: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\n{fields}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn read(mut stream: &TcpStream) -> Option<Asked> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let asked = Asked { head: head.to_owned(), body: body.to_owned() };
            let wanted = asked.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            if body.len() >= wanted {
                return Some(asked);
            }
        }
        match stream.read(&mut buffer).ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}
