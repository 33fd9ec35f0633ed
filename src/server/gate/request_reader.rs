//! Requests, as they arrive on a connection: bytes go in at one end, canonical requests come out at
//! the other, and whatever has no one meaning is refused. Pure.

use super::canonical;
use super::chunked::Chunked;
use super::head::{Framing, HeadError, RequestHead, Scan};
use crate::server::MAX_PATH;
use crate::text::truncate;
use std::fmt;
use std::net::IpAddr;

/// Bytes that have arrived and were not passed on.
#[derive(Default)]
pub struct Arrival {
    /// Bytes as they came.
    pub input: Vec<u8>,
    scan: Scan,
    /// Whether an empty line stood before the request (RFC 9112 section 2.2 lets one pass).
    blank: bool,
    request: Option<ArrivingRequest>,
}

/// A request whose head has arrived.
struct ArrivingRequest {
    /// The canonical head.
    head: Vec<u8>,
    framing: Framing,
    chunked: Chunked,
    /// A chunked body, decoded; another one stays where it arrives.
    body: Vec<u8>,
    /// Whether the client still waits for a 100.
    expects_continue: bool,
}

impl Arrival {
    /// Makes what it can of what has arrived; `canonical` writes the head of the next request as it is
    /// handed on ([`canonical::write_head`]). True where a request is whole.
    ///
    /// # Errors
    /// A [`HeadError`], after which nothing more can be read here.
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

    /// Writes a whole request in canonical form, under that name; what follows it stays.
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

    /// True once for a client that waits for a 100 before it sends the body.
    pub(super) fn wants_continue(&mut self) -> bool {
        let waits = |request: &mut ArrivingRequest| std::mem::take(&mut request.expects_continue);
        self.input.is_empty() && self.request.as_mut().is_some_and(waits)
    }

    /// True if a part of a request is here. An empty line after the last request does not count.
    pub(super) fn has_begun(&self) -> bool {
        self.request.is_some() || !self.input.is_empty()
    }

    /// Forgets all of it.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Bytes that it holds.
    pub(super) fn weight(&self) -> usize {
        let request =
            self.request.as_ref().map_or(0, |request| request.head.capacity() + request.body.capacity());
        self.input.capacity() + request
    }

    /// Gives a large buffer back, where little of it is in use.
    pub(super) fn shrink(&mut self, kept: usize) {
        if self.input.capacity() > kept.max(2 * self.input.len()) {
            self.input.shrink_to(0);
        }
    }
}

/// The facts of a request that a refusal is logged with, and that its answer depends on.
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
