//! A small HTTP server on loopback for the time of a run: it has documents that the API may ask for, and counts the
//! requests.

use super::report::PHASE;
use crate::exit::{Exit, Failure};
use crate::os_error::plain;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// Heads that are longer are cut.
const MOST_HEAD: usize = 16 * 1024;
/// The time in which a head must come.
const PATIENCE: Duration = Duration::from_secs(2);

/// An answer of the server.
pub(super) struct ServedDocument {
    pub status: u16,
    pub content_type: &'static str,
    pub location: Option<String>,
    pub body: String,
}

impl ServedDocument {
    pub(super) fn json(body: impl Into<String>) -> Self {
        Self { status: 200, content_type: "application/json", location: None, body: body.into() }
    }

    pub(super) fn status(status: u16) -> Self {
        Self { status, body: "{}".to_owned(), ..Self::json("") }
    }
}

/// Binds an address and answers requests by their path until the process ends. Returns the base URL.
///
/// # Errors
/// Exit 1 if it cannot be bound.
pub(super) fn bind(address: SocketAddr) -> Result<(TcpListener, String), Failure> {
    let failed = |error: &std::io::Error| {
        Failure::new(Exit::Local, PHASE, format!("cannot listen on {address}: {}", plain(error)))
    };
    let socket = TcpListener::bind(address).map_err(|error| failed(&error))?;
    let address = socket.local_addr().map_err(|error| failed(&error))?;
    Ok((socket, format!("http://{address}")))
}

/// # Errors
/// Exit 1 if no thread can be started.
pub(super) fn serve(
    socket: TcpListener,
    answer: impl Fn(&str) -> ServedDocument + Send + 'static,
) -> Result<(), Failure> {
    let serving = move || {
        for connection in socket.incoming().flatten() {
            // A caller that goes away has no answer.
            let _ = exchange(connection, &answer);
        }
    };
    let started = thread::Builder::new().name("probe server".to_owned()).spawn(serving);
    started.map(drop).map_err(|error| {
        Failure::new(Exit::Local, PHASE, format!("cannot start a thread: {}", plain(&error)))
    })
}

fn exchange(mut connection: TcpStream, answer: &dyn Fn(&str) -> ServedDocument) -> std::io::Result<()> {
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    let mut head = Vec::new();
    let mut buffer = [0; 2048];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < MOST_HEAD {
        match connection.read(&mut buffer)? {
            0 => break,
            count => head.extend_from_slice(&buffer[..count]),
        }
    }
    let line = String::from_utf8_lossy(&head);
    let target = line.split(' ').nth(1).unwrap_or_default();
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let ServedDocument { status, content_type, location, body } = answer(path);
    let location = location.map(|url| format!("Location: {url}\r\n")).unwrap_or_default();
    let text = format!(
        "HTTP/1.1 {status} Probe\r\nContent-Type: {content_type}\r\n{location}Content-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(text.as_bytes())
}
