//! The page for browsers at `GET /`, of a server under test and of the demo, and its data below `/_page/`. The
//! page is one file without anything from elsewhere, and its policy allows nothing else.

mod document;
mod state;

pub use state::{MeaningfulName, PageClient, PageEndpoint, PageFacts};

use crate::http::{Method, Request, Response};
use crate::issuer::{LogRecord, LoggedResponse, Service};
use crate::server::local_access::{self, PAGE_PREFIX};
use crate::server::route::{refused, wrong_method};
use crate::server::test_control::{Refused, body};
use crate::testbench::bench::TestBench;
use document::Wanted;
use serde::Deserialize;
use state::PageState;
use std::fmt;

/// The most requests in one answer.
const MOST: usize = 100;

/// The parts of the page that the server does not know itself.
pub trait PageSource: Send + Sync {
    /// The banner of the server, as plain text.
    fn banner(&self, service: &Service) -> String;
    /// The facts that stay the same while the server runs with its configuration.
    fn facts(&self, service: &Service) -> PageFacts;
    /// Judges a token. The answer is the JSON of `inspect --json`.
    fn inspected(&self, service: &Service, text: &str) -> String;
}

impl fmt::Debug for dyn PageSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageSource")
    }
}

/// Answers a request for the page or its data. `None` for any other.
pub(super) fn answer(
    source: &dyn PageSource,
    bench: &TestBench,
    service: &Service,
    request: &Request,
) -> Option<LoggedResponse> {
    if request.path() == "/" {
        return root(source, service, request).map(logged);
    }
    let name = request.path().strip_prefix(PAGE_PREFIX)?;
    if let Some(refused) = local_access::refusal(request) {
        return Some(refused);
    }
    let is_post = match request.method {
        Method::Get | Method::Head => false,
        Method::Post => true,
        _ => return Some(wrong_method("GET, HEAD, POST")),
    };
    let answered = match (name, is_post) {
        ("facts", false) => Ok(Response::json(200, &source.facts(service))),
        ("state", false) => {
            bench.watch();
            Ok(Response::json(200, &PageState::of(bench, service, after(request), MOST)))
        }
        ("inspect", true) => inspected(source, service, request),
        ("inspect", false) => return Some(wrong_method("POST")),
        ("facts" | "state", true) => return Some(wrong_method("GET, HEAD")),
        _ => Err((404, "the page has facts, state and inspect".to_owned())),
    };
    Some(match answered {
        Ok(response) => logged(document::protected(response)),
        Err((status, why)) => refused(status, "invalid_request", &why),
    })
}

/// The page, or its text for a terminal. A request from or for another machine gets what every server answers there.
fn root(source: &dyn PageSource, service: &Service, request: &Request) -> Option<Response> {
    if !matches!(request.method, Method::Get | Method::Head) || !local_access::is_local(request) {
        return None;
    }
    match Wanted::of(request) {
        Wanted::Html => Some(document::html()),
        Wanted::Text => Some(document::text(source.banner(service))),
        Wanted::Json => None,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InspectRequest {
    token: String,
}

fn inspected(source: &dyn PageSource, service: &Service, request: &Request) -> Result<Response, Refused> {
    let InspectRequest { token } = body(request, "token, a text")?;
    let mut response = Response::json(200, &());
    response.body = source.inspected(service, &token).into_bytes();
    Ok(response)
}

/// The number of the last request that the page has.
fn after(request: &Request) -> u64 {
    let value = request.query().split('&').find_map(|pair| pair.strip_prefix("after="));
    value.and_then(|value| value.parse().ok()).unwrap_or(0)
}

fn logged(response: Response) -> LoggedResponse {
    LoggedResponse { response, record: LogRecord::default() }
}
