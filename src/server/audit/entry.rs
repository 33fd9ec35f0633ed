//! The lines of the audit log.

use super::decision::DecisionKind;
use crate::clock::Timestamp;
use crate::issuer::log_record::{IdentityLogRecord, LogRecord, RequestedFields, TokenLogRecord};
use crate::json;
use crate::server::HttpExchange;
use serde::Serialize;
use std::collections::BTreeMap;

/// Why and since when decisions cannot be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditTrouble {
    /// When it first failed.
    pub since: Timestamp,
    /// The cause for operators; it may contain the system's error.
    pub why: String,
    /// The number of requests refused meanwhile.
    pub refused: u64,
}

/// The line of a decision, with its line feed.
pub(super) fn decision(kind: DecisionKind, exchange: &HttpExchange) -> String {
    json::line(&entry(kind, exchange))
}

/// The line that follows a gap.
pub(super) fn resumed(trouble: &AuditTrouble, now: Timestamp) -> String {
    let AuditTrouble { since, why, refused } = trouble;
    let (time, since) = (now.to_string(), since.to_string());
    json::line(&Resumed { time, event: "audit.resumed", since, reason: why, refused: *refused })
}

#[derive(Serialize)]
struct Resumed<'a> {
    time: String,
    event: &'static str,
    since: String,
    reason: &'a str,
    refused: u64,
}

/// A line. Its names are part of the interface.
#[derive(Serialize)]
struct AuditEntry<'a> {
    time: String,
    event: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    client_addr: Option<String>,
    client_id: Option<&'a str>,
    /// Whether the client is authenticated.
    authenticated: bool,
    asked: RequestedJson<'a>,
    /// The token of a trusted issuer that stood for the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<IdentityJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    given: Option<GrantedJson<'a>>,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_fingerprint: Option<String>,
}

#[derive(Serialize)]
struct RequestedJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    resource: &'a [String],
    /// The guard, and the method and path that it was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    guard: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
}

#[derive(Serialize)]
struct IdentityJson<'a> {
    trust: &'a str,
    sub: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    claims: BTreeMap<&'a str, &'a str>,
}

#[derive(Serialize)]
struct GrantedJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    active: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    audience: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<&'static str>,
}

fn entry(kind: DecisionKind, exchange: &HttpExchange) -> AuditEntry<'_> {
    let LogRecord {
        client,
        authenticated,
        asked,
        given,
        identity,
        token,
        error,
        reason,
        limit: _,
        waits_for: _,
        unconfirmed: _,
        remembered: _,
    } = &exchange.note;
    let token: Option<&TokenLogRecord> = token.as_deref();
    AuditEntry {
        time: exchange.time.to_string(),
        event: event(kind, exchange),
        request_id: &exchange.id,
        trace_id: exchange.trace_id.as_deref(),
        client_addr: exchange.peer.map(|peer| peer.to_string()),
        client_id: client.as_deref(),
        authenticated: *authenticated,
        asked: requested(asked),
        identity: identity.as_deref().map(identified),
        given: given.as_ref().map(|given| GrantedJson {
            active: given.active,
            scope: given.scope.as_deref(),
            audience: &given.audience,
            expires_in: given.expires_in,
            algorithm: given.algorithm,
        }),
        status: exchange.status,
        error: *error,
        reason: reason.as_deref(),
        jti: token.and_then(|token| token.jti.as_deref()),
        sub: token.and_then(|token| token.sub.as_deref()),
        token_fingerprint: token.and_then(|token| token.fingerprint).map(|print| print.to_string()),
    }
}

fn identified(identity: &IdentityLogRecord) -> IdentityJson<'_> {
    let claims = identity.claims.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    IdentityJson { trust: &identity.trust, sub: &identity.sub, claims: claims.collect() }
}

fn requested(asked: &RequestedFields) -> RequestedJson<'_> {
    let guarded = asked.guarded.as_deref();
    RequestedJson {
        grant: asked.grant,
        scope: asked.scope.as_deref(),
        resource: &asked.resources,
        guard: guarded.map(|guarded| guarded.guard.as_str()),
        method: guarded.map(|guarded| guarded.method.as_str()),
        path: guarded.map(|guarded| guarded.path.as_str()),
    }
}

/// Revoking an unknown token or another client's token succeeds (RFC 7009 section 2.2), so it has an event
/// of its own.
fn event(kind: DecisionKind, exchange: &HttpExchange) -> &'static str {
    let (good, reason) = (exchange.status < 400, &exchange.note.reason);
    match (kind, good) {
        (DecisionKind::Token, true) => "token.issued",
        (DecisionKind::Token, false) => "token.refused",
        (DecisionKind::Introspection, true) => "token.introspected",
        (DecisionKind::Introspection, false) => "introspection.refused",
        (DecisionKind::Revocation, true) if reason.is_none() => "token.revoked",
        (DecisionKind::Revocation, true) => "revocation.ignored",
        (DecisionKind::Revocation, false) => "revocation.refused",
        (DecisionKind::Resource, true) => "resource.granted",
        (DecisionKind::Resource, false) => "resource.refused",
        (DecisionKind::Guard, true) => "guard.granted",
        (DecisionKind::Guard, false) => "guard.refused",
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::exchange;
    use super::*;
    use crate::issuer::log_record;
    use crate::jose::digest::Fingerprint;
    use serde_json::{Value, json};

    #[test]
    fn a_line_says_what_was_asked_what_was_given_and_of_which_token() {
        let mut exchange = exchange("r1");
        let asked = log_record::RequestedFields {
            grant: Some("client_credentials"),
            scope: Some("a\u{202e}".to_owned()),
            resources: vec!["https://api".to_owned()],
            guarded: None,
        };
        let given = log_record::GrantedFields {
            scope: Some("a".to_owned()),
            audience: vec!["https://api".to_owned()],
            expires_in: Some(60),
            algorithm: Some("ES256"),
            active: None,
        };
        let fingerprint = Some(Fingerprint::of("abc"));
        let token = TokenLogRecord { jti: Some("j".to_owned()), sub: None, fingerprint };
        exchange.note = LogRecord {
            client: Some("c".to_owned()),
            authenticated: true,
            asked,
            given: Some(given),
            token: Some(Box::new(token)),
            ..LogRecord::default()
        };
        exchange.trace_id = Some("4bf92f3577b34da6a3ce929d0e0e4736".to_owned());
        let line = decision(DecisionKind::Token, &exchange);
        assert!(line.ends_with("}\n") && !line.contains('\u{202e}'), "{line}");
        assert_eq!(
            serde_json::from_str::<Value>(&line).unwrap(),
            json!({
                "time": "2026-11-23T08:00:00Z", "event": "token.issued", "request_id": "r1",
                "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
                "client_addr": "192.0.2.1", "client_id": "c", "authenticated": true,
                "asked": {"grant": "client_credentials", "scope": "a\u{202e}", "resource": ["https://api"]},
                "given": {"scope": "a", "audience": ["https://api"], "expires_in": 60, "algorithm": "ES256"},
                "status": 200, "jti": "j", "token_fingerprint": "ba7816bf8f01cfea",
            })
        );
    }

    #[test]
    fn what_the_gate_refuses_at_an_endpoint_is_a_decision_of_that_endpoint() {
        for (kind, status, event) in [
            (DecisionKind::Token, 429, "token.refused"),
            (DecisionKind::Introspection, 403, "introspection.refused"),
            (DecisionKind::Revocation, 403, "revocation.refused"),
            (DecisionKind::Resource, 429, "resource.refused"),
            (DecisionKind::Guard, 403, "guard.refused"),
        ] {
            let exchange = HttpExchange { status, ..exchange("") };
            let line = serde_json::to_value(entry(kind, &exchange)).unwrap();
            assert_eq!((&line["event"], &line["authenticated"]), (&json!(event), &json!(false)));
            assert_eq!(line.get("request_id"), None);
        }
    }
}
