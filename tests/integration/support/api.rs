//! A resource by a script: each request is remembered and answered as the test says. Bodies of any
//! length come and go without being held.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    /// The start of its body.
    pub(crate) body: String,
    /// How long that was.
    pub(crate) length: u64,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut ours = self.headers.iter().filter(|(field, _)| field.eq_ignore_ascii_case(name));
        ours.next().map(|(_, value)| value.as_str())
    }

    pub(crate) fn token(&self) -> Option<&str> {
        self.header("authorization")?.split(' ').nth(1)
    }
}

/// What is answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    /// So many bytes in place of a body, of which so many are sent.
    stream: Option<(u64, u64)>,
    /// The request's body is not wanted.
    early: bool,
    /// What is missing of the body is not said to be missing.
    hangs: bool,
}

pub(crate) fn answer(status: u16, body: impl Into<String>) -> Answer {
    Answer { status, body: body.into(), ..Answer::default() }
}

impl Answer {
    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// A body of that length, of which only so much comes.
    pub(crate) fn stream(self, length: u64, sent: u64) -> Self {
        Self { stream: Some((length, sent)), ..self }
    }

    /// Where not all of the body comes, the connection stays.
    pub(crate) fn hangs(self, hangs: bool) -> Self {
        Self { hangs, ..self }
    }

    /// Answers before the body is there, to who waits for that.
    pub(crate) fn early(self) -> Self {
        Self { early: true, ..self }
    }
}

/// A server that runs until the test is over.
pub(crate) struct Api {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Api {
    /// Answers each request by a function of it and of the server's own URL.
    pub(crate) fn serve(script: impl Fn(&Asked, &str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, own, script) = (asked.clone(), url.clone(), Arc::new(script));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, own, script) = (log.clone(), own.clone(), script.clone());
                // A client that goes away is its own affair.
                thread::spawn(move || converse(&stream, &log, |asked| script(asked, &own)));
            }
        });
        Self { url, asked }
    }

    /// The requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn converse(stream: &TcpStream, log: &Mutex<Vec<Asked>>, script: impl Fn(&Asked) -> Answer) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_owned(), value.to_owned()));
    }
    let mut asked = Asked { method, target, headers, body: String::new(), length: 0 };
    let mut writer = stream;
    let early = asked.header("expect").map(|_| script(&asked)).filter(|answer| answer.early);
    if let Some(answer) = early {
        log.lock().unwrap().push(asked);
        return reply(&answer, writer);
    }
    if asked.header("expect").is_some() {
        writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
    }
    read_body(&mut reader, &mut asked)?;
    let answer = script(&asked);
    log.lock().unwrap().push(asked);
    reply(&answer, writer)
}

fn read_body(reader: &mut impl BufRead, asked: &mut Asked) -> Option<()> {
    if asked.header("transfer-encoding").is_none() {
        let length = asked.header("content-length").map_or(0, |length| length.parse().unwrap());
        return read_some(reader, length, asked);
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let length = u64::from_str_radix(line.trim(), 16).ok()?;
        read_some(reader, length, asked)?;
        reader.read_line(&mut line).ok()?;
        if length == 0 {
            return Some(());
        }
    }
}

fn read_some(reader: &mut impl BufRead, length: u64, asked: &mut Asked) -> Option<()> {
    let mut buffer = vec![0; 64 * 1024];
    let mut left = usize::try_from(length).unwrap();
    while left > 0 {
        let room = buffer.len().min(left);
        let count = reader.read(&mut buffer[..room]).ok().filter(|count| *count > 0)?;
        if asked.body.len() < 1024 {
            asked.body.push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
        left -= count;
    }
    asked.length += length;
    Some(())
}

fn reply(answer: &Answer, mut writer: impl Write) -> Option<()> {
    let (length, sent) = answer.stream.unwrap_or((answer.body.len() as u64, answer.body.len() as u64));
    let mut head =
        format!("HTTP/1.1 {} X\r\nContent-Length: {length}\r\nConnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    writer.write_all(format!("{head}\r\n{}", answer.body).as_bytes()).ok()?;
    if answer.stream.is_some() {
        let chunk = vec![b'x'; 64 * 1024];
        let mut left = usize::try_from(sent).unwrap();
        while left > 0 {
            let count = chunk.len().min(left);
            writer.write_all(&chunk[..count]).ok()?;
            left -= count;
        }
    }
    if answer.hangs {
        thread::sleep(Duration::from_secs(10));
    }
    Some(())
}
