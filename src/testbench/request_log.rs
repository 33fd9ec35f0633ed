//! The requests that a server under test has answered, the newest [`MOST`] of them.

use super::target::TestTarget;
use crate::text::truncate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Older requests are dropped and counted.
pub const MOST: usize = 1000;
/// Longer parameters are truncated, in characters.
const MAX_TEXT: usize = 256;

/// One request and its answer, without secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct RequestRecord {
    /// Counts from 1.
    pub number: u64,
    /// By the server's clock.
    pub time: String,
    /// The endpoint, as in [`TestTarget`]; else the name that metrics have for it, or `other`.
    pub on: String,
    pub method: String,
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// How the client authenticates.
    pub auth: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dpop: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// The status that the client received.
    pub status: u16,
    pub verdict: RequestVerdict,
    /// The error code of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The granted scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The fault that replaced the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// The server's decision, whatever a fault made of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RequestVerdict {
    /// A token was issued, or a resource opened.
    Granted,
    Refused,
    /// A document or a state that needs no decision.
    #[default]
    Answered,
}

impl RequestVerdict {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Answered => "answered",
        }
    }
}

impl RequestRecord {
    /// Whether the client has received a token.
    #[must_use]
    pub fn is_token(&self) -> bool {
        self.on == TestTarget::Token.name()
            && self.verdict == RequestVerdict::Granted
            && (200..300).contains(&self.status)
    }

    fn bounded(mut self) -> Self {
        let texts = [&mut self.client, &mut self.error, &mut self.reason, &mut self.scope];
        for text in texts.into_iter().flatten().chain(self.parameters.values_mut()).chain([&mut self.path]) {
            *text = truncate(text, MAX_TEXT).into_owned();
        }
        self
    }
}

/// The newest requests.
#[derive(Debug, Default)]
pub struct RequestLog {
    requests: VecDeque<RequestRecord>,
    last: u64,
}

/// The requests that a client of the bench asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct RequestList {
    pub requests: Vec<RequestRecord>,
    /// The number of older ones that were dropped.
    pub dropped: u64,
}

impl RequestLog {
    /// Adds a request and gives it its number.
    pub fn push(&mut self, request: RequestRecord) {
        self.last += 1;
        if self.requests.len() == MOST {
            self.requests.pop_front();
        }
        self.requests.push_back(RequestRecord { number: self.last, ..request.bounded() });
    }

    /// The requests of a client, or of all.
    #[must_use]
    pub fn list(&self, client: Option<&str>) -> RequestList {
        let is_of = |request: &&RequestRecord| client.is_none() || request.client.as_deref() == client;
        let held = u64::try_from(self.requests.len()).unwrap_or(u64::MAX);
        RequestList {
            requests: self.requests.iter().filter(is_of).cloned().collect(),
            dropped: self.last.saturating_sub(held),
        }
    }
}

impl RequestLog {
    /// The newest requests after that number, at most `most`, and the number of the last one.
    #[must_use]
    pub fn after(&self, number: u64, most: usize) -> (Vec<RequestRecord>, u64) {
        let new = self.requests.iter().rev().take(most).take_while(|request| request.number > number);
        let mut new: Vec<_> = new.cloned().collect();
        new.reverse();
        (new, self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_dropped_and_counted_and_texts_are_bounded() {
        let mut log = RequestLog::default();
        for number in 0..MOST + 2 {
            let client = Some(if number % 2 == 0 { "a" } else { "b" }.to_owned());
            log.push(RequestRecord { client, reason: Some("x".repeat(9999)), ..RequestRecord::default() });
        }
        let all = log.list(None);
        assert_eq!((all.requests.len(), all.dropped, all.requests[0].number), (MOST, 2, 3));
        assert!(all.requests.iter().all(|request| request.reason.as_ref().unwrap().len() < 300));
        assert_eq!(log.list(Some("a")).requests.len(), MOST / 2);
        assert!(log.list(Some("c")).requests.is_empty());
        let numbers = |after, most| log.after(after, most).0.iter().map(|new| new.number).collect::<Vec<_>>();
        assert_eq!(
            (numbers(1000, 9), numbers(0, 1), numbers(1002, 9)),
            (vec![1001, 1002], vec![1002], vec![])
        );
        assert_eq!(log.after(2000, 9).1, 1002);
    }
}
