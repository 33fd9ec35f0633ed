use super::*;
use crate::http::Headers;
use crate::issuer::log_record::GrantedFields;
use crate::registry::secret_uses::{MAX_CLIENTS, SecretUse};

const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);

fn exchange(endpoint: Option<Endpoint>, status: u16, note: LogRecord) -> HttpExchange {
    HttpExchange {
        id: String::new(),
        trace_id: None,
        time: NOW,
        peer: None,
        method: "POST".to_owned(),
        path: "/x".to_owned(),
        endpoint,
        status,
        duration: Duration::from_millis(2),
        note,
    }
}

fn issued(client: &str, authenticated: bool) -> LogRecord {
    let given = GrantedFields { algorithm: Some("ES256"), ..GrantedFields::default() };
    LogRecord { client: Some(client.to_owned()), authenticated, given: Some(given), ..LogRecord::default() }
}

#[track_caller]
fn has(metrics: &Metrics, lines: &[&str]) {
    let text = metrics.render(NOW).unwrap();
    for line in lines {
        assert!(text.lines().any(|found| found == *line), "no {line} in\n{text}");
    }
}

#[test]
fn requests_tokens_refusals_and_limits_are_counted_by_bounded_labels() {
    let metrics = Metrics::new().unwrap();
    metrics.observe(&exchange(Some(Endpoint::Token), 200, issued("a", true)));
    metrics.observe(&exchange(Some(Endpoint::Token), 200, issued("stranger", false)));
    let refusal = LogRecord {
        client: Some("stranger".to_owned()),
        error: Some("invalid_client"),
        reason: Some("free text".to_owned()),
        limit: Some("secret_throttle"),
        ..LogRecord::default()
    };
    metrics.observe(&exchange(Some(Endpoint::Token), 401, refusal));
    metrics.observe(&exchange(None, 431, LogRecord::default()));
    metrics.observe(&exchange(None, 799, LogRecord::default()));
    metrics.limit_hit("connections");
    has(
        &metrics,
        &[
            r#"heistctl_requests_total{endpoint="token",status="200"} 2"#,
            r#"heistctl_requests_total{endpoint="other",status="431"} 1"#,
            r#"heistctl_tokens_issued_total{algorithm="ES256",client="a"} 1"#,
            r#"heistctl_tokens_issued_total{algorithm="ES256",client="other"} 1"#,
            r#"heistctl_refusals_total{reason="invalid_client"} 1"#,
            r#"heistctl_refusals_total{reason="request_header_fields_too_large"} 1"#,
            r#"heistctl_refusals_total{reason="other"} 1"#,
            r#"heistctl_limit_hits_total{limit="secret_throttle"} 1"#,
            r#"heistctl_limit_hits_total{limit="connections"} 1"#,
            r#"heistctl_request_duration_seconds_bucket{endpoint="token",le="0.0025"} 3"#,
            r#"heistctl_request_duration_seconds_bucket{endpoint="token",le="0.001"} 0"#,
        ],
    );
    let text = metrics.render(NOW).unwrap();
    assert!(!text.contains("stranger") && !text.contains("free text"), "{text}");
}

#[test]
fn clients_beyond_a_thousand_share_a_label() {
    let metrics = Metrics::new().unwrap();
    for number in 0..MAX_CLIENTS + 5 {
        metrics.observe(&exchange(Some(Endpoint::Token), 200, issued(&format!("c{number}"), true)));
    }
    metrics.observe(&exchange(Some(Endpoint::Token), 200, issued("c0", true)));
    has(
        &metrics,
        &[
            r#"heistctl_tokens_issued_total{algorithm="ES256",client="c0"} 2"#,
            r#"heistctl_tokens_issued_total{algorithm="ES256",client="c999"} 1"#,
            r#"heistctl_tokens_issued_total{algorithm="ES256",client="other"} 5"#,
        ],
    );
    assert_eq!(metrics.render(NOW).unwrap().matches("client=").count(), MAX_CLIENTS + 1);
}

#[test]
fn what_is_set_is_shown_and_what_is_not_known_is_absent() {
    let metrics = Metrics::new().unwrap();
    let version = concat!("heistctl_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1");
    has(&metrics, &[version, "heistctl_log_lines_dropped_total 0", "heistctl_clock_skew_seconds 0"]);
    let text = metrics.render(NOW).unwrap();
    assert!(!text.contains("certificate") && !text.contains("key_age") && !text.contains("audit"));
    metrics.set_connections(Counts { all: 9, idle: 3 });
    metrics.set_connections(Counts { all: 9, idle: 2 });
    metrics.set_audit_pending(7);
    metrics.set_clock_skew(-3_600_250);
    metrics.set_certificate_expiry(NOW);
    metrics.set_signing_key_since(Some(Timestamp::from_unix(NOW.unix() - 90)));
    metrics.set_log_lines_dropped(5);
    metrics.set_log_lines_dropped(6);
    has(
        &metrics,
        &[
            r#"heistctl_connections{state="idle"} 2"#,
            r#"heistctl_connections{state="busy"} 7"#,
            "heistctl_audit_pending 7",
            "heistctl_clock_skew_seconds -3600.25",
            "heistctl_certificate_expiry_timestamp_seconds 1795420800",
            "heistctl_signing_key_age_seconds 90",
            "heistctl_log_lines_dropped_total 6",
        ],
    );
    metrics.set_signing_key_since(None);
    assert!(!metrics.render(NOW).unwrap().contains("key_age"));
}

#[test]
fn the_last_use_of_a_secret_and_the_time_until_its_end_are_shown() {
    let (metrics, uses) = (Metrics::new().unwrap(), SecretUses::default());
    let at = |seconds: i64| Timestamp::from_unix(NOW.unix() + seconds);
    uses.note("a", SecretUse { at: at(-60), ends: Some(at(86_400)) });
    uses.note("b", SecretUse { at: at(-5), ends: None });
    metrics.set_secrets(&uses, NOW);
    has(
        &metrics,
        &[
            r#"heistctl_client_secret_expires_seconds{client="a"} 86400"#,
            r#"heistctl_client_secret_last_used_seconds{client="a"} 60"#,
            r#"heistctl_client_secret_last_used_seconds{client="b"} 5"#,
        ],
    );
    assert!(!metrics.render(NOW).unwrap().contains(r#"expires_seconds{client="b"}"#));
    uses.note("a", SecretUse { at: at(0), ends: None });
    metrics.set_secrets(&uses, NOW);
    assert!(!metrics.render(NOW).unwrap().contains("client_secret_expires_seconds{"));
    uses.note("a", SecretUse { at: at(0), ends: Some(at(10)) });
    metrics.set_secrets(&uses, at(10));
    assert!(!metrics.render(NOW).unwrap().contains("client_secret_expires_seconds{"), "it has ended");
}

#[test]
fn their_address_answers_for_them_alone() {
    let metrics = Metrics::new().unwrap();
    let ask = |method, target| {
        let request = Request::new(method, target, Headers::default(), []);
        metrics.answer(&request, NOW).response
    };
    let answer = ask(Method::Get, "/metrics?x=y");
    assert_eq!((answer.status, &*answer.headers[0].1), (200, "text/plain; version=0.0.4"));
    assert!(answer.body.starts_with(b"# HELP heistctl_"));
    assert_eq!(ask(Method::Head, "/metrics").status, 200);
    assert_eq!(ask(Method::Get, "/oauth/token").status, 404);
    let answer = ask(Method::Post, "/metrics");
    assert_eq!(answer.status, 405);
    assert!(answer.headers.iter().any(|(name, value)| *name == "Allow" && value == "GET, HEAD"));
}
