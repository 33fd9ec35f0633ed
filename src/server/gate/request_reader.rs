//! Parses requests as they arrive: bytes in, canonical requests out; ambiguous input is refused. Pure.

use super::canonical;
use super::chunked::Chunked;
use super::head::{Framing, HeadError, RequestHead, Scan};
use crate::server::MAX_PATH;
use crate::text::truncate;
use std::fmt;
use std::net::IpAddr;

/// Received bytes that are not passed on yet.
#[derive(Default)]
pub struct Arrival {
    /// The received bytes.
    pub input: Vec<u8>,
    scan: Scan,
    /// Whether an empty line preceded the request (RFC 9112 section 2.2 allows one).
    blank: bool,
    request: Option<ArrivingRequest>,
}

/// A request whose head has arrived.
struct ArrivingRequest {
    /// The canonical head.
    head: Vec<u8>,
    framing: Framing,
    chunked: Chunked,
    /// A decoded chunked body; other bodies stay in the input.
    body: Vec<u8>,
    /// Whether the client still waits for a 100.
    expects_continue: bool,
}

impl Arrival {
    /// Parses as much as has arrived; `canonical` writes the head of the next request
    /// ([`canonical::write_head`]). True if a request is complete.
    ///
    /// # Errors
    /// A [`HeadError`], after which the connection is unusable.
    pub fn advance(
        &mut self,
        canonical: impl FnOnce(&RequestHead<'_>, &mut Vec<u8>),
    ) -> Result<bool, HeadError> {
        if self.request.is_none() {
            self.begin(canonical)?;
        }
        let Some(request) = &mut self.request else { return Ok(false) };
        match request.framing {
            Framing::Length(length) => Ok(self.input.len() >= length),
            Framing::Chunked => {
                let (used, whole) = request.chunked.decode(&self.input, &mut request.body)?;
                self.input.drain(..used);
                Ok(whole)
            }
        }
    }

    fn begin(&mut self, canonical: impl FnOnce(&RequestHead<'_>, &mut Vec<u8>)) -> Result<(), HeadError> {
        if !self.blank && self.input.starts_with(b"\r\n") {
            self.input.drain(..2);
            (self.blank, self.scan) = (true, Scan::default());
        }
        if self.input.is_empty() {
            return Ok(());
        }
        let Some(length) = self.scan.end(&self.input)? else { return Ok(()) };
        let head = RequestHead::read(&self.input[..length])?;
        let mut written = Vec::with_capacity(length + 128);
        canonical(&head, &mut written);
        let (framing, expects_continue) = (head.framing, head.expects_continue);
        let (chunked, body) = (Chunked::default(), Vec::new());
        self.request = Some(ArrivingRequest { head: written, framing, chunked, body, expects_continue });
        self.input.drain(..length);
        (self.blank, self.scan) = (false, Scan::default());
        Ok(())
    }

    /// Writes a complete request in canonical form with that ticket; later bytes are kept.
    pub fn hand_over(&mut self, ticket: &impl fmt::Display, out: &mut Vec<u8>) {
        let Some(request) = self.request.take() else { return };
        out.extend_from_slice(&request.head);
        match request.framing {
            Framing::Length(length) => {
                canonical::write_body(&self.input[..length], ticket, out);
                self.input.drain(..length);
            }
            Framing::Chunked => canonical::write_body(&request.body, ticket, out),
        }
    }

    /// Whether the client waits for a 100 before it sends the body; true only once.
    pub(super) fn wants_continue(&mut self) -> bool {
        let waits = |request: &mut ArrivingRequest| std::mem::take(&mut request.expects_continue);
        self.input.is_empty() && self.request.as_mut().is_some_and(waits)
    }

    /// Whether part of a request has arrived. An empty line after the last request does not count.
    pub(super) fn has_begun(&self) -> bool {
        self.request.is_some() || !self.input.is_empty()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn weight(&self) -> usize {
        let request =
            self.request.as_ref().map_or(0, |request| request.head.capacity() + request.body.capacity());
        self.input.capacity() + request
    }

    /// Frees a large buffer that is mostly unused.
    pub(super) fn shrink(&mut self, kept: usize) {
        if self.input.capacity() > kept.max(2 * self.input.len()) {
            self.input.shrink_to(0);
        }
    }
}

/// The facts of a request that a refusal's log record and answer need.
#[derive(Clone, Debug, Default)]
pub(super) struct RequestContext {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) address: Option<IpAddr>,
    /// Whether it is HTTP/1.0.
    pub(super) old: bool,
}

impl RequestContext {
    pub(super) fn new(head: &RequestHead<'_>, address: IpAddr, id: String) -> Self {
        let path = truncate(head.target.split('?').next().unwrap_or_default(), MAX_PATH).into_owned();
        Self { id, method: head.method.to_owned(), path, address: Some(address), old: head.old }
    }
}
