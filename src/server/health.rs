//! The server's health from facts that are already known: nothing here queries the store, or waits.

use crate::http::Response;
use crate::issuer::error::Unavailable;
use crate::issuer::{LogRecord, LoggedResponse, Service};
use crate::registry::store_health::Reachability;
use serde::Serialize;
use std::sync::atomic::Ordering;

/// The error code of an unhealthy answer (RFC 6749 section 4.1.2.1).
const UNAVAILABLE: &str = "temporarily_unavailable";

/// The facts that health depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthFacts {
    /// The reachability of the store; `Well` without a store.
    pub reach: Reachability,
    /// Why the store cannot be queried, if so.
    pub store: Option<Unavailable>,
    /// Whether the store can be written.
    pub writable: bool,
    /// Why nothing can be signed, if so.
    pub signer: Option<Unavailable>,
    /// Whether decisions can be recorded; without that nothing is decided.
    pub recorded: bool,
    /// Whether the configuration alone has clients and a signing key, so that they get tokens without the
    /// store.
    pub independent: bool,
    /// Other problems, during which clients still get tokens.
    pub others: Vec<Unavailable>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    Healthy,
    /// Known clients get tokens, but there are problems.
    Degraded(Vec<Unavailable>),
    /// No client gets a token.
    Unhealthy(Unavailable),
}

impl HealthFacts {
    /// The facts of a service.
    #[must_use]
    pub fn of(service: &Service) -> Self {
        let registered = service.registry.registered();
        let at_hand = registered.map_or(Ok(()), |registered| registered.at_hand());
        Self {
            reach: registered.map_or(Reachability::Well, |registered| registered.reach()),
            store: at_hand.err().map(Unavailable::from),
            writable: registered.is_none_or(|registered| registered.unwritable().is_none()),
            signer: service.signing.ring().signer().err().map(Unavailable::from),
            recorded: !service.state.unrecorded.load(Ordering::Relaxed),
            independent: !service.signing.are_stored() && service.registry.declared().next().is_some(),
            others: service
                .clock
                .skew()
                .degraded()
                .map(|why| Unavailable::openly(&why))
                .into_iter()
                .collect(),
        }
    }

    /// The health that follows from these facts.
    #[must_use]
    pub fn health(self) -> Health {
        if let Some(cannot) = self.signer {
            return Health::Unhealthy(cannot);
        }
        if !self.recorded {
            return Health::Unhealthy(Unavailable::openly(&"the audit log cannot be written"));
        }
        let mut reasons = Vec::new();
        if let Some(cannot) = self.store {
            if self.reach == Reachability::Lost && !self.independent {
                return Health::Unhealthy(cannot);
            }
            reasons.push(cannot);
        }
        if !self.writable {
            let why = "the store cannot be written to now: requests that it must record are refused";
            reasons.push(Unavailable::openly(&why));
        }
        reasons.extend(self.others);
        if reasons.is_empty() { Health::Healthy } else { Health::Degraded(reasons) }
    }

    /// The same, but also degraded if the store is unreachable, as `/health` reports it.
    #[must_use]
    pub fn strict_health(self) -> Health {
        match (&self.signer, &self.store) {
            (None, Some(cannot)) => Health::Unhealthy(cannot.clone()),
            _ => self.health(),
        }
    }
}

impl Health {
    /// The answer. The log gets the causes, which may name the database and its user.
    #[must_use]
    pub fn answer(&self) -> LoggedResponse {
        match self {
            Self::Healthy => LoggedResponse {
                response: Response::json(200, &HealthBody::default()),
                record: LogRecord::default(),
            },
            Self::Degraded(reasons) => {
                let reason = &list(reasons, |cannot| &cannot.message);
                let body = HealthBody { status: "degraded", reason: Some(reason), ..HealthBody::default() };
                let record =
                    LogRecord { reason: Some(list(reasons, |cannot| &cannot.cause)), ..LogRecord::default() };
                LoggedResponse { response: Response::json(200, &body), record }
            }
            Self::Unhealthy(cannot) => {
                let reason = Some(cannot.message.as_str());
                let (error, error_description) = (Some(UNAVAILABLE), reason);
                let body = HealthBody {
                    status: "unhealthy",
                    reason,
                    error,
                    error_description,
                    detail: reason,
                    ..HealthBody::default()
                };
                let record = LogRecord { error, reason: Some(cannot.cause.clone()), ..LogRecord::default() };
                let response = Response::json(503, &body).header("Retry-After", cannot.retry_after());
                LoggedResponse { response, record }
            }
        }
    }
}

fn list(reasons: &[Unavailable], part: fn(&Unavailable) -> &str) -> String {
    reasons.iter().map(part).collect::<Vec<_>>().join("; ")
}

/// The answer's body. If it is not 2xx, it also has the members of every error.
#[derive(Serialize)]
struct HealthBody<'a> {
    status: &'a str,
    service: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

impl Default for HealthBody<'_> {
    fn default() -> Self {
        Self {
            status: "healthy",
            service: "oauth",
            reason: None,
            error: None,
            error_description: None,
            detail: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::store::StoreError;
    use serde_json::{Value, json};

    fn well() -> HealthFacts {
        HealthFacts {
            reach: Reachability::Well,
            store: None,
            writable: true,
            recorded: true,
            signer: None,
            independent: false,
            others: Vec::new(),
        }
    }

    fn gone(reach: Reachability) -> HealthFacts {
        let since = "it was last reached at 8".to_owned();
        let error = StoreError::Away { since, why: "10.0.0.7 refused heist".to_owned() };
        HealthFacts { reach, store: Some(error.into()), ..well() }
    }

    fn names(health: &Health) -> (&'static str, usize) {
        match health {
            Health::Healthy => ("healthy", 0),
            Health::Degraded(reasons) => ("degraded", reasons.len()),
            Health::Unhealthy(_) => ("unhealthy", 1),
        }
    }

    #[test]
    fn a_server_is_ready_for_as_long_as_clients_that_it_knows_get_tokens() {
        let independent = |facts| HealthFacts { independent: true, ..facts };
        let full = |facts| HealthFacts { writable: false, ..facts };
        let signs_nothing = |facts| HealthFacts { signer: Some(Unavailable::openly(&"no key")), ..facts };
        let unrecorded = |facts| HealthFacts { recorded: false, ..facts };
        let off = |facts| HealthFacts { others: vec![Unavailable::openly(&"the clock is off")], ..facts };
        for (facts, ready, strict) in [
            (well(), ("healthy", 0), ("healthy", 0)),
            (gone(Reachability::Away), ("degraded", 1), ("unhealthy", 1)),
            (gone(Reachability::Lost), ("unhealthy", 1), ("unhealthy", 1)),
            (independent(gone(Reachability::Lost)), ("degraded", 1), ("unhealthy", 1)),
            (full(well()), ("degraded", 1), ("degraded", 1)),
            (full(gone(Reachability::Away)), ("degraded", 2), ("unhealthy", 1)),
            (off(full(well())), ("degraded", 2), ("degraded", 2)),
            (off(well()), ("degraded", 1), ("degraded", 1)),
            (signs_nothing(well()), ("unhealthy", 1), ("unhealthy", 1)),
            (unrecorded(independent(gone(Reachability::Lost))), ("unhealthy", 1), ("unhealthy", 1)),
            (signs_nothing(independent(full(gone(Reachability::Away)))), ("unhealthy", 1), ("unhealthy", 1)),
        ] {
            let found = (facts.clone().health(), facts.clone().strict_health());
            assert_eq!((names(&found.0), names(&found.1)), (ready, strict), "{facts:?}");
        }
    }

    fn body(outcome: &LoggedResponse) -> Value {
        serde_json::from_slice(&outcome.response.body).unwrap()
    }

    #[test]
    fn an_answer_tells_all_reasons_and_the_cause_stands_in_the_log_alone() {
        let healthy = Health::Healthy.answer();
        assert_eq!(healthy.response.body, b"{\"status\":\"healthy\",\"service\":\"oauth\"}\n".to_vec());
        let facts = HealthFacts { writable: false, ..gone(Reachability::Away) };
        let degraded = facts.health().answer();
        assert_eq!((degraded.response.status, &body(&degraded)["status"]), (200, &json!("degraded")));
        let reason = body(&degraded)["reason"].to_string();
        assert!(reason.contains("last reached at 8; the store cannot be written to now"), "{reason}");
        assert!(!reason.contains("10.0.0.7"), "{reason}");
        assert!(degraded.record.reason.unwrap().contains("10.0.0.7 refused heist"));
        let unhealthy = gone(Reachability::Lost).health().answer();
        let told = body(&unhealthy);
        assert_eq!((unhealthy.response.status, &told["status"]), (503, &json!("unhealthy")));
        assert_eq!((&told["error"], &told["error_description"]), (&json!(UNAVAILABLE), &told["reason"]));
        assert!(unhealthy.response.headers.iter().any(|(name, _)| *name == "Retry-After"));
        assert!(!told.to_string().contains("10.0.0.7"), "{told}");
    }
}
