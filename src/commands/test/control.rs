//! Sends requests to the control of a server under test.

use crate::cli::ControlArgs;
use crate::client::agent::{StreamedAnswer, classify_read};
use crate::client::discovery;
use crate::client::redact::truncate;
use crate::client::request::OutgoingRequest;
use crate::commands::environment::Sourced;
use crate::commands::server_url::{ServerFlags, ServerUrl};
use crate::commands::session::failure::unreachable;
use crate::exit::{Exit, Failure};
use crate::json;
use crate::secret::Secret;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::Read;

pub(super) const PHASE: &str = "test";
/// The limit of an answer, in bytes: a thousand requests with long parameters.
const MAX_ANSWER: u64 = 32 * 1024 * 1024;

pub(super) struct Control(ServerUrl);

#[derive(Deserialize)]
struct ControlRefusal {
    error_description: String,
}

impl Control {
    /// # Errors
    /// Exit 2 if the URL is not valid.
    pub(super) fn settle(args: &ControlArgs) -> Result<Self, Failure> {
        let flags = ServerFlags {
            url: args.url.clone().map(|url| Sourced::new(url, "--url")),
            cacert: args.cacert.clone(),
            insecure_http: false,
            timeout: args.timeout,
            phase: PHASE,
        };
        ServerUrl::settle(flags).map(Self)
    }

    pub(super) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let endpoint = self.0.at(&format!("/_test/{path}"))?;
        let request = discovery::prepare(&endpoint.value);
        self.send(&endpoint.origin, request)
    }

    pub(super) fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        let endpoint = self.0.at(&format!("/_test/{path}"))?;
        let mut request = discovery::prepare(&endpoint.value);
        request.method = ::http::Method::POST;
        request.headers.push((::http::header::CONTENT_TYPE, Secret::new("application/json")));
        request.body = Secret::new(serde_json::to_vec(body).unwrap_or_default());
        self.send(&endpoint.origin, request)
    }

    fn send<T: DeserializeOwned>(&self, origin: &str, request: OutgoingRequest) -> Result<T, Failure> {
        let endpoint = Sourced::new(request.endpoint.clone(), origin);
        let answered = self.0.agent.send(&request).and_then(|StreamedAnswer { status, body, .. }| {
            let mut bytes = Vec::new();
            body.take(MAX_ANSWER).read_to_end(&mut bytes).map_err(|error| classify_read(&error))?;
            Ok((status, bytes))
        });
        let (status, bytes) = answered.map_err(|error| unreachable(PHASE, &endpoint, &error))?;
        match (status, json::object::<T>(&bytes), json::object::<ControlRefusal>(&bytes)) {
            (200, Ok(answer), _) => Ok(answer),
            (404, ..) => Err(self.not_tested()),
            (400..500, _, Ok(ControlRefusal { error_description })) => {
                Err(Failure::new(Exit::Refused, PHASE, truncate(&error_description)))
            }
            _ => {
                let what = format!("{} answered {status}, not as a server under test does", self.0.url);
                Err(Failure::new(Exit::ServerFailed, PHASE, what).hint("--url names the server"))
            }
        }
    }

    fn not_tested(&self) -> Failure {
        let what = format!("{} is not under test", self.0.url);
        Failure::new(Exit::Refused, PHASE, what)
            .hint("heistctl serve --test --demo starts such a server; --url names another")
    }
}
