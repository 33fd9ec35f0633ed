//! The answer of a server under test: a control's or page's own, or the service's with what the test asks for.
//! Records the request for the test and the page.

use crate::http::{Request, Response};
use crate::issuer::{LogRecord, LoggedResponse, Service};
use crate::json;
use crate::server::endpoint::Endpoint;
use crate::server::page::{self, PageSource};
use crate::server::{local_access, route, test_control};
use crate::testbench::bench::TestBench;
use crate::testbench::fault::FaultEffect;
use crate::testbench::fault_answer::FaultContext;
use crate::testbench::presented;
use crate::testbench::request_log::{RequestRecord, RequestVerdict};
use crate::testbench::target::TestTarget;
use std::time::{Duration, UNIX_EPOCH};

/// Answers a request to the control, or changes the service's answer as the test asks.
pub(super) fn answer(
    (bench, page): (&TestBench, Option<&dyn PageSource>),
    service: &Service,
    request: &Request,
    outcome: LoggedResponse,
) -> LoggedResponse {
    let shown = page.and_then(|page| page::answer(page, bench, service, request));
    let mut outcome = match shown {
        Some(shown) => shown,
        None if bench.is_controlled() && test_control::is_for(request) => {
            local_access::refusal(request).unwrap_or_else(|| test_control::answer(bench, service, request))
        }
        None if bench.records() => watched(bench, service, request, outcome),
        None => outcome,
    };
    if let Some(date) = bench.date() {
        let since_1970 = Duration::from_secs(u64::try_from(date.unix()).unwrap_or(0));
        // A year beyond 9999 has no form in HTTP.
        let date = since_1970.min(Duration::from_secs(253_402_300_799));
        outcome.response = outcome.response.header("Date", httpdate::fmt_http_date(UNIX_EPOCH + date));
    }
    outcome
}

fn watched(
    bench: &TestBench,
    service: &Service,
    request: &Request,
    mut outcome: LoggedResponse,
) -> LoggedResponse {
    let endpoint = route::at(request.path(), service.issuer_path()).map(|route| route.endpoint);
    if endpoint == Some(Endpoint::Jwks) {
        outcome.response = without_hidden_key(bench, outcome.response);
    }
    let fault = target(endpoint).and_then(|on| bench.take_fault(on, outcome.record.client.as_deref()));
    if let Some(fault) = &fault {
        let takes_tokens = matches!(endpoint, Some(Endpoint::ProtectedResource | Endpoint::Guard));
        let ring = service.signing.ring();
        let context = FaultContext { signer: ring.signer().ok(), now: bench.clock.read().time, takes_tokens };
        outcome.response = fault.apply(outcome.response, &context);
    }
    let fault = fault.as_ref().map(FaultEffect::name);
    bench.record(RequestRecord { fault, ..record(bench, request, endpoint, &outcome) });
    outcome
}

/// The endpoint, as tests name it.
fn target(endpoint: Option<Endpoint>) -> Option<TestTarget> {
    match endpoint {
        Some(Endpoint::Token) => Some(TestTarget::Token),
        Some(Endpoint::Jwks) => Some(TestTarget::Jwks),
        Some(Endpoint::Metadata) => Some(TestTarget::Metadata),
        Some(Endpoint::Introspect) => Some(TestTarget::Introspect),
        Some(Endpoint::Revoke) => Some(TestTarget::Revoke),
        Some(Endpoint::ProtectedResource) => Some(TestTarget::Resource),
        Some(Endpoint::Guard) => Some(TestTarget::Guard),
        _ => None,
    }
}

fn record(
    bench: &TestBench,
    request: &Request,
    endpoint: Option<Endpoint>,
    LoggedResponse { response, record }: &LoggedResponse,
) -> RequestRecord {
    let params = presented::params(request);
    let on = target(endpoint).map(TestTarget::name);
    RequestRecord {
        number: 0,
        time: bench.clock.read().time.to_string(),
        on: on.or(endpoint.map(Endpoint::name)).unwrap_or("other").to_owned(),
        method: request.method.name().to_owned(),
        path: request.path().to_owned(),
        client: record.client.clone(),
        auth: presented::method(request, params.as_ref()).to_owned(),
        dpop: request.headers.get("dpop").is_some(),
        parameters: params.as_ref().map(presented::shown).unwrap_or_default(),
        status: response.status,
        verdict: verdict(record),
        error: record.error.map(str::to_owned),
        reason: record.reason.clone(),
        scope: record.given.as_ref().and_then(|given| given.scope.clone()),
        fault: None,
    }
}

fn verdict(record: &LogRecord) -> RequestVerdict {
    match (&record.error, &record.given) {
        (Some(_), _) => RequestVerdict::Refused,
        (None, Some(given)) if given.active.is_none() => RequestVerdict::Granted,
        _ => RequestVerdict::Answered,
    }
}

/// The key set without the key that a rotation publishes later.
fn without_hidden_key(bench: &TestBench, mut response: Response) -> Response {
    let Some(kid) = bench.hidden_key() else { return response };
    let Ok(mut set) = json::object::<serde_json::Value>(&response.body) else { return response };
    if let Some(keys) = set.get_mut("keys").and_then(serde_json::Value::as_array_mut) {
        keys.retain(|key| key.get("kid").and_then(serde_json::Value::as_str) != Some(kid.as_str()));
        response.body = json::line(&set).into_bytes();
    }
    response
}
