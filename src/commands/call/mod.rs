//! `heistctl call`: a token, then the resource with it; the body passes through, and a refusal is
//! explained.

mod body;
mod download;
mod exchange;
mod explain;
mod not_a_url;
mod not_json;
pub mod repeat;

use crate::cli::CallArgs;
use crate::client::agent::{self, Trace, clock_ahead};
use crate::client::endpoint::EndpointUrl;
use crate::client::protected_resource::{self, ProtectedResource};
use crate::client::redact::truncate;
use crate::client::{call, discovery};
use crate::clock::Timestamp;
use crate::commands::environment::Sourced;
use crate::commands::session::settle::{ClientOptions, TokenServer, settle};
use crate::commands::session::{failure, urls};
use crate::commands::{Report, token};
use crate::exit::{Exit, Failure};
use crate::http::{Headers, RESOURCE_PATH, TOKEN_PATH};
use download::Download;
use exchange::{Answered, CallInput, ResourceCall};
use explain::{ResourceAnswer, SentRequest};
use std::io::Read;
use std::path::Path;
use std::time::Duration;

const PHASE: &str = "call";
/// To explain something, a resource is not asked for longer.
const EXPLAINING: Duration = Duration::from_secs(5);

/// A resource's answer, its body still to be streamed.
pub struct CallReport {
    /// What the status means.
    pub exit: Exit,
    /// Status and fields, where they are to be printed.
    pub head: Option<ResponseHead>,
    /// The body.
    pub body: Box<dyn Read>,
    /// What is wrong with an answer that is not 2xx.
    pub failure: Option<Failure>,
    /// Who asked whom, for `--verbose`.
    pub details: Vec<String>,
    /// What somebody should know.
    pub notes: Vec<String>,
}

/// The head of an answer.
pub struct ResponseHead {
    /// `HTTP/1.1`
    pub version: &'static str,
    /// Its status.
    pub status: u16,
    /// Its fields.
    pub headers: Headers,
}

/// Runs the command; `progress` is told of what takes long.
///
/// # Errors
/// A [`Failure`]: exit 14 to 17 while getting the token, 4 to 7 while calling, 1 where a file cannot be
/// read or written.
pub fn run(args: &CallArgs, progress: &dyn repeat::Progress, trace: Trace) -> anyhow::Result<Report> {
    // A secret_command may have had no time left.
    let options = settle(&args.session).map_err(exchange::while_getting_token)?;
    let options = ClientOptions { trace, ..options };
    let resource = resource(args, &options)?;
    check_stdin(args, &options)?;
    let ask = CallInput::settle(args)?;
    if let Some(times) = args.repeat {
        ask.body.is_lasting().map_err(|why| {
            Failure::new(Exit::Usage, PHASE, why).hint("--data @FILE can be sent any number of times")
        })?;
        let exchange = ResourceCall::new(&options, ask, resource.clone())?;
        return Ok(Report::Repeated(repeat::run(exchange, times, args.json, progress)));
    }
    let file = args.output_file.as_deref().filter(|path| *path != Path::new("-"));
    // Whether there is room for the answer is known before anything is asked.
    let download = file.map(Download::begin).transpose()?;
    let mut exchange = ResourceCall::new(&options, ask, resource)?;
    let answered = exchange.run()?;
    Ok(Report::Call(report(args, &exchange, answered, download)?))
}

fn report(
    args: &CallArgs,
    exchange: &ResourceCall<'_>,
    answered: Answered,
    download: Option<Download>,
) -> Result<CallReport, Failure> {
    let exit = call::exit_for(answered.incoming.status);
    let CallSummary { failure, mut details, notes } = CallSummary::of(exchange, &answered);
    let Answered { incoming, .. } = answered;
    let head = ResponseHead { version: incoming.version, status: incoming.status, headers: incoming.headers };
    let mut body = incoming.body;
    // What a server says to a refusal is no content for a file.
    if let Some(download) = download.filter(|_| exit == Exit::Done) {
        details.push(download.take(&mut body)?);
        body = Box::new(std::io::empty());
    }
    let head = args.include.then_some(head);
    Ok(CallReport { exit, head, body, failure, details, notes })
}

/// All that is said of an answer. It has passed one place through which nothing gets that was sent, for
/// whatever stands in an answer may be an echo.
struct CallSummary {
    failure: Option<Failure>,
    details: Vec<String>,
    notes: Vec<String>,
}

impl CallSummary {
    fn of(exchange: &ResourceCall<'_>, answered: &Answered) -> Self {
        let redactor = &answered.redactor;
        let mut details = token::details(exchange.options);
        let at = truncate(&redactor.redact_ours(&answered.from.value.to_string()));
        details.push(exchange.token.came_from(Timestamp::now()));
        details.push(format!("resource {at} ({})", answered.from.origin));
        let is_done = call::exit_for(answered.incoming.status) == Exit::Done;
        let failure = (!is_done).then(|| refused(exchange, answered, &at, &mut details));
        let mut notes = exchange.notes.clone();
        let coding = answered.incoming.unread_coding.as_ref();
        notes.extend(coding.map(|why| format!("the body is as it came: {why}")));
        let discreet = |texts: Vec<String>| texts.iter().map(|text| redactor.redact_ours(text)).collect();
        Self {
            failure: failure.map(|failure| exchange::discreet(failure, redactor)),
            details: discreet(details),
            notes: discreet(notes),
        }
    }
}

/// The URL given, else the protected resource beside the token endpoint.
fn resource(args: &CallArgs, options: &ClientOptions) -> Result<Sourced<EndpointUrl>, Failure> {
    if let Some(url) = &args.url {
        let server = match &options.server {
            TokenServer::Endpoint(token) => Some(token.value.origin()),
            TokenServer::Issuer(_) => None,
        };
        let url = not_a_url::read(url, server.as_deref())
            .map_err(|wrong| Failure::new(Exit::Usage, PHASE, wrong.what).hint(wrong.cure))?;
        let endpoint = urls::endpoint(&url, options.insecure_http, PHASE, "the command line")?;
        return Ok(Sourced::new(endpoint, "the command line"));
    }
    let beside = match &options.server {
        TokenServer::Endpoint(token) => token.value.sibling(TOKEN_PATH, RESOURCE_PATH),
        TokenServer::Issuer(_) => None,
    };
    beside.map(|endpoint| Sourced::new(endpoint, "beside the token endpoint")).ok_or_else(|| {
        let what = format!("no URL, and no token endpoint that ends in {TOKEN_PATH}");
        Failure::new(Exit::Usage, PHASE, what).hint("give the URL of the resource: heistctl call URL")
    })
}

/// stdin is read once: it is the body or a secret.
fn check_stdin(args: &CallArgs, options: &ClientOptions) -> Result<(), Failure> {
    let body = args.data.as_ref().or(args.json_body.as_ref());
    if body.is_none_or(|body| body.expose() != b"@-") || !options.has_read_stdin(&args.session) {
        return Ok(());
    }
    let what = "the body comes from stdin, and so does a secret or a key";
    Err(Failure::new(Exit::Usage, PHASE, what).hint("read one of them from a file"))
}

/// What is wrong with an answer that is not 2xx, and what to do.
fn refused(exchange: &ResourceCall<'_>, answered: &Answered, at: &str, details: &mut Vec<String>) -> Failure {
    let incoming = &answered.incoming;
    let (status, exit) = (incoming.status, call::exit_for(incoming.status));
    let mut what = format!("{at} answered {status}");
    // What goes goes before the end does, of which a half could be left.
    let words = |words: &str| truncate(&answered.redactor.redact(words));
    if let Some(location) = incoming.headers.get("location") {
        what.push_str(&format!("; location: {}", words(&shown_location(location))));
    }
    for name in ["allow", "retry-after"] {
        if let Some(value) = incoming.headers.get(name) {
            what.push_str(&format!("; {name}: {}", words(value)));
        }
    }
    if let Some(why) = &answered.stopped {
        let not = if exit == Exit::Redirect { "not followed" } else { "not asked again" };
        what.push_str(&format!("; {not}: {why}"));
    }
    let failure = |what: String| Failure::new(exit, PHASE, what);
    match status {
        401 | 403 if !answered.with_token => {
            let what = format!("{what}; the token was not along: it stays at the origin that was called");
            failure(what).hint("call this address itself, if you trust it with the token")
        }
        401 | 403 => {
            let explained = explained(exchange, answered, details);
            failure(format!("{what}: {}", explained.what)).hint(explained.hint)
        }
        404 => failure(what).hint("is the URL right?"),
        300..=399 if answered.stopped.is_none() => {
            failure(what).hint("--location follows redirects; the token stays at its origin")
        }
        300..=399 => failure(what).hint("call the new address itself, if you trust it with the token"),
        _ => failure(what),
    }
}

fn explained(
    exchange: &ResourceCall<'_>,
    answered: &Answered,
    details: &mut Vec<String>,
) -> explain::Explanation {
    let (options, entry) = (exchange.options, &exchange.token.entry);
    let now = Timestamp::now();
    let resource = metadata(exchange, answered).unwrap_or_else(|why| {
        details.push(why);
        None
    });
    let sent = SentRequest {
        url: &answered.from.value,
        token: &entry.access_token,
        redactor: &answered.redactor,
        bound: options.dpop.is_some(),
        certificate: options.credentials.certificate.is_some(),
        granted: entry.scope.as_deref().and_then(|scope| scope.parse().ok()).unwrap_or_default(),
        asked: &options.scope,
        resources: &options.resources,
    };
    let heard = ResourceAnswer {
        status: answered.incoming.status,
        challenges: &answered.challenges,
        has_nonce: answered.incoming.headers.get("dpop-nonce").is_some_and(|nonce| !nonce.is_empty()),
        stopped: answered.stopped.is_some(),
        ahead: clock_ahead(&answered.incoming.headers, now),
        resource: resource.as_ref(),
        now,
    };
    explain::explain(&sent, &heard)
}

/// What the resource says of itself, where its challenge names the document.
fn metadata(exchange: &ResourceCall<'_>, answered: &Answered) -> Result<Option<ProtectedResource>, String> {
    let named = answered.challenges.iter().find_map(|challenge| challenge.get("resource_metadata"));
    let (Some(named), called) = (named, &answered.from.value) else { return Ok(None) };
    let of = |why: String| format!("resource_metadata: {why}");
    let address = protected_resource::address(named, called).map_err(|why| of(why.to_string()))?;
    let agent = exchange.agent.without_certificate().within(exchange.options.left().min(EXPLAINING));
    let at = truncate(&answered.redactor.redact(&address.to_string()));
    let answer = agent.fetch(&discovery::prepare(&address)).map_err(|why| of(format!("{at}: {why}")))?;
    protected_resource::read(&answer, called).map(Some).map_err(|why| of(format!("{at}: {why}")))
}

/// The body of an answer broke off.
#[must_use]
pub fn broken_off(error: &std::io::Error) -> Failure {
    let error = agent::classify_read(error);
    Failure::new(failure::exit_for(&error), PHASE, error.to_string())
}

/// Where a redirect leads, without what no message should show: its query and its credentials.
fn shown_location(location: &str) -> String {
    let location = location.split('#').next().unwrap_or_default();
    // A place at this server, or one at another by the same scheme, which may have credentials.
    let at_another = location.starts_with("//");
    if location.starts_with('/') && !at_another {
        return location.split('?').next().unwrap_or_default().to_owned();
    }
    let whole = if at_another { format!("https:{location}") } else { location.to_owned() };
    match EndpointUrl::parse(&whole, true) {
        Ok(endpoint) if at_another => endpoint.to_string().trim_start_matches("https:").to_owned(),
        Ok(endpoint) => endpoint.to_string(),
        Err(_) => "(not shown: it is no plain URL)".to_owned(),
    }
}
