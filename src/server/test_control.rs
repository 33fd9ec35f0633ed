//! The control of a server under test, below `/_test/`. Changes are POST with JSON, which pages of other
//! origins cannot send; [`super::local_access`] refuses theirs in any case.

use crate::clock::Timestamp;
use crate::http::params::decode;
use crate::http::{Method, Request, Response};
use crate::issuer::{LogRecord, LoggedResponse, Service};
use crate::json;
use crate::registry::keys::persistence::KeysError;
use crate::server::local_access::TEST_PREFIX;
use crate::server::route::{refused, wrong_method};
use crate::testbench::bench::TestBench;
use crate::testbench::clock_change::ClockChange;
use crate::testbench::fault::{FaultRule, MOST_FAULTS};
use crate::testbench::rotation::KeyRotation;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The delay of a key that is published late.
const LATE: Duration = Duration::from_secs(60);

const CLOCK: &str = "reset, set (RFC 3339), advance and offset (seconds), rate, date (server or machine)";
const KEYS: &str = "rotate (publish-late, publish-early or drop-old)";

const FAULT: &str = "on, client, skip, times, and what goes wrong: heistctl help test fault";

/// Whether a request is for the control.
pub(super) fn is_for(request: &Request) -> bool {
    request.path().starts_with(TEST_PREFIX)
}

/// A refusal: its status and the problem.
pub(super) type Refused = (u16, String);

pub(super) fn answer(bench: &TestBench, service: &Service, request: &Request) -> LoggedResponse {
    let changes = match request.method {
        Method::Get | Method::Head => false,
        Method::Post => true,
        _ => return wrong_method("GET, HEAD, POST"),
    };
    let answered = match (request.path().strip_prefix(TEST_PREFIX).unwrap_or_default(), changes) {
        ("clock", false) => Ok(shown(&bench.clock_state())),
        ("clock", true) => body(request, CLOCK).and_then(|change| clock(bench, service, &change)),
        ("keys", true) => body(request, KEYS).and_then(|change| rotate(bench, service, &change)),
        ("faults", false) => Ok(shown(&FaultList { faults: bench.faults() })),
        ("faults", true) => body(request, FAULT).and_then(|rule| add(bench, rule)),
        ("faults/clear", true) => body(request, "").map(|Nothing {}| {
            bench.clear_faults();
            shown(&FaultList { faults: Vec::new() })
        }),
        ("requests", false) => Ok(shown(&bench.requests(client(request).as_deref()))),
        ("reset", true) => body(request, "").map(|Nothing {}| {
            bench.reset();
            follow(service);
            shown(&bench.clock_state())
        }),
        ("requests", true) => return wrong_method("GET, HEAD"),
        ("keys" | "reset" | "faults/clear", false) => return wrong_method("POST"),
        _ => Err((404, "the test control has clock, keys, faults, requests and reset".to_owned())),
    };
    match answered {
        Ok(response) => LoggedResponse { response, record: LogRecord::default() },
        Err((status, why)) => refused(status, "invalid_request", &why),
    }
}

fn shown(state: &impl Serialize) -> Response {
    Response::json(200, state)
}

/// Reads a body that has these members.
pub(super) fn body<T: DeserializeOwned>(request: &Request, members: &str) -> Result<T, Refused> {
    if request.media_type().as_deref() != Some("application/json") {
        return Err((415, "send JSON, with Content-Type: application/json".to_owned()));
    }
    let expected = if members.is_empty() { "no members" } else { members };
    let wrong = |_| (400, format!("the body is not a JSON object with {expected}"));
    json::object(&request.body).map_err(wrong)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// The client of the query.
fn client(request: &Request) -> Option<String> {
    let value = request.query().split('&').find_map(|pair| pair.strip_prefix("client="))?;
    decode(value).ok()
}

fn clock(bench: &TestBench, service: &Service, change: &ClockChange) -> Result<Response, Refused> {
    let state = bench.change_clock(change).map_err(|why| (400, why))?;
    follow(service);
    Ok(shown(&state))
}

/// Performs the stage changes of keys that are due by the new time, before the change is answered.
fn follow(service: &Service) {
    let now = service.clock.ends(service.clock.now());
    service.signing.step(now);
    // Trouble with the store is reported by the thread that follows it.
    let _ = service.signing.keep_up(now);
}

#[derive(Serialize)]
struct FaultList {
    faults: Vec<FaultRule>,
}

fn add(bench: &TestBench, rule: FaultRule) -> Result<Response, Refused> {
    rule.check().map_err(|wrong| (400, wrong.join("; ")))?;
    if !bench.add_fault(rule) {
        return Err((409, format!("there are {MOST_FAULTS} faults already: clear or reset them")));
    }
    Ok(shown(&FaultList { faults: bench.faults() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RotationRequest {
    rotate: String,
}

#[derive(Serialize)]
struct RotationAnswer {
    rotate: &'static str,
    /// The new key.
    kid: String,
    meaning: &'static str,
}

fn rotate(bench: &TestBench, service: &Service, asked: &RotationRequest) -> Result<Response, Refused> {
    let names = || KeyRotation::ALL.map(KeyRotation::name).join(", ");
    let how: KeyRotation =
        asked.rotate.parse().map_err(|()| (400, format!("rotate: write one of {}", names())))?;
    let now = service.clock.ends(service.clock.now());
    let failed = |error: KeysError| match error {
        KeysError::Change(why) => (409, why.to_string()),
        other => (503, other.to_string()),
    };
    let kid = service.signing.change(now, |keys, made| {
        match how {
            KeyRotation::PublishEarly => keys.rotate(made, now)?,
            KeyRotation::PublishLate => keys.sign_at_once(made, now),
            KeyRotation::DropOld => keys.replace(made, now),
        }
        Ok(())
    });
    let Some(kid) = kid.map_err(failed)? else {
        let why =
            "the signing key is fixed, so it cannot be rotated: leave out --demo and the key of [signing]";
        return Err((409, why.to_owned()));
    };
    bench.show_keys();
    if how == KeyRotation::PublishLate {
        bench.hide_key(kid.clone(), late(now));
    }
    Ok(shown(&RotationAnswer { rotate: how.name(), kid, meaning: how.meaning() }))
}

fn late(now: Timestamp) -> Timestamp {
    now.after(LATE)
}
