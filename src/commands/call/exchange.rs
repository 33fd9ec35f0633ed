//! One call: the request with the token, redirects, and retries with a fresh token or the nonce that the
//! resource requires.

use super::body::Body;
use super::failures::{PHASE, discreet, while_getting_token};
use super::supply::TokenSupply;
use super::{not_json, resource_metadata, step_up, unsendable};
use crate::cli::CallArgs;
use crate::client::agent::{Agent, StreamedAnswer};
use crate::client::call::{self, Field, Presented};
use crate::client::endpoint::EndpointUrl;
use crate::client::redact::{Redactor, truncate};
use crate::client::{Attempt, redirect};
use crate::clock::{Timestamp, span};
use crate::commands::environment::{Sourced, var};
use crate::commands::session::acquire::Acquired;
use crate::commands::session::failure;
use crate::exit::{Exit, Failure};
use crate::http::challenge::{self, Challenge};
use crate::http::trace_context::{TRACEPARENT, trace_id};
use crate::jose::digest;
use crate::secret::Secret;
use http::{HeaderName, Method, header};

/// In seconds. A refused token that is younger is not replaced.
const JUST_NOW: i64 = 5;

/// `--data` sends a form, as curl does.
const AS_FORM: &str = "the body from --data looks like JSON and is sent as a form: --json-body sends JSON";

/// The request from the flags, without the token.
pub(super) struct CallInput {
    method: Method,
    fields: Vec<Field>,
    pub(super) body: Body,
    follow: bool,
    step_up: bool,
    /// A note about a probable mistake in the request.
    note: Option<&'static str>,
}

impl CallInput {
    /// # Errors
    /// Exit 2 if a part of it cannot be sent.
    pub(super) fn settle(args: &CallArgs) -> Result<Self, Failure> {
        let (body, media_type) = Body::settle(args)?;
        let given = args.header.iter().map(|text| {
            call::field(text.expose()).map_err(|error| unsendable::refused("--header", text.expose(), &error))
        });
        let mut fields = given.collect::<Result<Vec<_>, _>>()?;
        let mut note = None;
        if let Some(media_type) = media_type
            && !fields.iter().any(|(name, _)| name == header::CONTENT_TYPE)
        {
            fields.push((header::CONTENT_TYPE, Secret::new(media_type)));
            note =
                args.data.as_ref().filter(|data| not_json::looks_like_json(data.expose())).map(|_| AS_FORM);
        }
        if !fields.iter().any(|(name, _)| name.as_str() == TRACEPARENT) {
            fields.extend(trace_parent()?);
        }
        let method = match &args.method {
            Some(name) => {
                unsendable::check_case(name)?;
                call::method(name)
                    .map_err(|error| unsendable::refused("--request", name.as_bytes(), &error))?
            }
            None if body.is_none() => Method::GET,
            None => Method::POST,
        };
        if method == Method::HEAD && !body.is_none() {
            return Err(Failure::new(Exit::Usage, PHASE, "a HEAD request has no body"));
        }
        Ok(Self { method, fields, body, follow: args.location, step_up: args.step_up, note })
    }
}

/// The trace of the caller, from the environment. One that is not valid is ignored, as in a request.
fn trace_parent() -> Result<Option<Field>, Failure> {
    let found = var("TRACEPARENT")?.filter(|found| trace_id(&found.value).is_some());
    Ok(found.map(|found| (HeaderName::from_static(TRACEPARENT), Secret::new(found.value))))
}

/// A resource's answer, with its body still unread.
pub(super) struct Answered {
    pub(super) incoming: StreamedAnswer,
    pub(super) from: Sourced<EndpointUrl>,
    pub(super) challenges: Vec<Challenge>,
    /// Whether the request had the token.
    pub(super) with_token: bool,
    /// Why the request was not sent again although the answer asks for that.
    pub(super) stopped: Option<String>,
    /// Removes everything that was sent from messages.
    pub(super) redactor: Redactor,
}

pub(super) struct ResourceCall {
    pub(super) supply: TokenSupply,
    ask: CallInput,
    resource: Sourced<EndpointUrl>,
    pub(super) agent: Agent,
    pub(super) token: Acquired,
    /// The newest nonce from the resource.
    nonce: Option<String>,
    /// Whether a note about a fresh token was added.
    renewed: bool,
    /// Whether more scope was requested.
    stepped_up: bool,
    /// Everything that was sent so far.
    redactor: Redactor,
    pub(super) notes: Vec<String>,
}

/// The change that a retry needs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RetryReason {
    /// The proof needs the resource's nonce.
    Nonce,
    /// The token must be replaced.
    Token,
    /// The token needs more scope.
    Scope,
}

/// One request of a call. Each redirect makes another.
struct CallRequest {
    to: Sourced<EndpointUrl>,
    method: Method,
    fields: Vec<Field>,
    with_body: bool,
    with_token: bool,
}

impl ResourceCall {
    /// Gets the token.
    ///
    /// # Errors
    /// Exit 14 to 17 if there is no token.
    pub(super) fn new(
        supply: TokenSupply,
        ask: CallInput,
        resource: Sourced<EndpointUrl>,
    ) -> Result<Self, Failure> {
        let token = supply.acquire().map_err(while_getting_token)?;
        let (agent, mut notes) = (supply.connection().agent()?, token.notes.clone());
        notes.extend(ask.note.map(str::to_owned));
        let redactor = Redactor::default();
        let (renewed, stepped_up) = (false, false);
        Ok(Self { supply, ask, resource, agent, token, nonce: None, renewed, stepped_up, redactor, notes })
    }

    /// # Errors
    /// Exit 4 to 7 if there is no answer, 14 to 17 if no fresh token is available.
    pub(super) fn run(&mut self) -> Result<Answered, Failure> {
        let outcome = self.follow();
        let redactor = std::mem::take(&mut self.redactor);
        match outcome {
            Ok(answered) => Ok(Answered { redactor, ..answered }),
            // The error may show a redirect's address, which can echo what was sent.
            Err(failure) => Err(discreet(failure, &redactor)),
        }
    }

    fn follow(&mut self) -> Result<Answered, Failure> {
        let mut leg = CallRequest {
            to: self.resource.clone(),
            method: self.ask.method.clone(),
            fields: self.ask.fields.clone(),
            with_body: true,
            with_token: true,
        };
        for _ in 0..redirect::MOST {
            let mut answered = self.answer(&leg)?;
            if !self.ask.follow || call::exit_for(answered.incoming.status) != Exit::Redirect {
                return Ok(answered);
            }
            match self.next(&leg, &answered) {
                Ok(next) => leg = next,
                Err(why) => {
                    answered.stopped = Some(why);
                    return Ok(answered);
                }
            }
        }
        let mut last = self.answer(&leg)?;
        let redirects = call::exit_for(last.incoming.status) == Exit::Redirect;
        last.stopped = redirects.then(|| format!("{} redirects are the limit", redirect::MOST));
        Ok(last)
    }

    /// The request that follows a redirect.
    fn next(&mut self, leg: &CallRequest, answered: &Answered) -> Result<CallRequest, String> {
        let StreamedAnswer { status, headers, .. } = &answered.incoming;
        let (insecure_http, from) = (self.supply.connection().insecure_http, leg.to.value.to_string());
        let step = redirect::follow(*status, headers, &leg.to.value, &leg.method, insecure_http)
            .map_err(|error| error.to_string())?;
        let with_body = leg.with_body && step.with_body;
        if with_body {
            self.ask.body.is_whole()?;
        }
        let has_body = leg.with_body && !self.ask.body.is_none();
        if has_body && step.leaves && step.method == leg.method {
            let (here, there) = (leg.to.value.origin(), truncate(&step.endpoint.origin()));
            let what = format!("{} was sent to {there} without the body, which stays at {here}", step.method);
            self.notes.push(what);
        }
        // Drop the fields that describe the body.
        let is_about_body = |name: &HeaderName| name.as_str().starts_with("content-");
        let mut fields = if step.leaves { call::harmless(&leg.fields) } else { leg.fields.clone() };
        fields.retain(|(name, _)| with_body || !is_about_body(name));
        Ok(CallRequest {
            to: Sourced::new(
                step.endpoint,
                format!("where {} redirects to", truncate(&self.redactor.redact(&from))),
            ),
            method: step.method,
            fields,
            with_body,
            // Once the token was left out, a redirect back does not restore it.
            with_token: leg.with_token && !step.leaves,
        })
    }

    /// Sends a request, and again if it lacks a nonce or a fresh token.
    fn answer(&mut self, leg: &CallRequest) -> Result<Answered, Failure> {
        let (mut with_nonce, mut renewed) = (false, false);
        loop {
            let incoming = self.send(leg)?;
            let challenges = challenge::challenges(&incoming.headers);
            let (from, with_token, redactor) = (leg.to.clone(), leg.with_token, Redactor::default());
            let mut answered = Answered { incoming, from, challenges, with_token, stopped: None, redactor };
            let wish = self.wish(&answered).filter(|wish| match wish {
                RetryReason::Nonce => !with_nonce,
                RetryReason::Token => !renewed,
                RetryReason::Scope => true,
            });
            let Some(wish) = wish else { return Ok(answered) };
            if leg.with_body
                && let Err(why) = self.ask.body.is_whole()
            {
                answered.stopped = Some(why);
                return Ok(answered);
            }
            let again = match wish {
                RetryReason::Nonce => {
                    with_nonce = true;
                    true
                }
                RetryReason::Token => {
                    renewed = true;
                    self.renew()?
                }
                RetryReason::Scope => self.step_up(&mut answered)?,
            };
            if !again {
                return Ok(answered);
            }
        }
    }

    /// The reason to send the request again. Stores the nonce of the answer.
    fn wish(&mut self, answered: &Answered) -> Option<RetryReason> {
        let Answered { incoming: StreamedAnswer { status, headers, .. }, challenges, .. } = answered;
        if !answered.with_token {
            return None;
        }
        if let Some(nonce) = headers.get("dpop-nonce") {
            self.nonce = Some(nonce.to_owned());
        }
        if self.supply.connection().dpop.is_some()
            && call::wanted_nonce(*status, challenges, headers).is_some()
        {
            return Some(RetryReason::Nonce);
        }
        let may_be_stale = self.token.cached || self.age() > JUST_NOW;
        if self.supply.caller_origin().is_some() {
            return None;
        }
        if may_be_stale && call::refuses_token(*status, challenges) {
            return Some(RetryReason::Token);
        }
        let may_step_up = self.ask.step_up && !self.stepped_up;
        (may_step_up && step_up::is_wanted(*status, challenges)).then_some(RetryReason::Scope)
    }

    fn send(&mut self, leg: &CallRequest) -> Result<StreamedAnswer, Failure> {
        let local = |what: String| Failure::new(Exit::Local, PHASE, what);
        let id = digest::random().map_err(|error| local(error.to_string()))?;
        let attempt = Attempt { now: Timestamp::now(), id, nonce: self.nonce.clone() };
        let connection = self.supply.connection();
        let key = connection.dpop.as_deref();
        let presented = Presented { token: &self.token.entry.access_token, key };
        let outgoing = call::prepare(
            (&leg.method, &leg.to.value),
            &leg.fields,
            leg.with_token.then_some(presented),
            &attempt,
        )
        .map_err(|error| local(format!("the DPoP proof could not be signed: {error}")))?;
        self.redactor.extend(Redactor::of(&outgoing));
        let unreachable = |error| failure::unreachable(PHASE, &leg.to, &error);
        let agent = self.agent.until(connection.deadline).map_err(unreachable)?;
        // Only the token's origin sees the certificate.
        let agent = if leg.with_token { agent } else { agent.without_certificate() };
        let sent = if leg.with_body { self.ask.body.send(&agent, outgoing)? } else { agent.send(&outgoing) };
        sent.map_err(unreachable)
    }

    fn age(&self) -> i64 {
        Timestamp::now().unix().saturating_sub(self.token.entry.obtained)
    }

    /// Replaces the refused token. Returns false if the issuer returned the same one.
    fn renew(&mut self) -> Result<bool, Failure> {
        let (refused, age) = (self.token.entry.access_token.clone(), self.age());
        let Some(token) = self.supply.replace(&refused).map_err(while_getting_token)? else {
            return Ok(false);
        };
        let is_other = token.entry.access_token != refused;
        if !self.renewed {
            let age = span(u128::from(age.unsigned_abs()));
            let then =
                if is_other { "retried with a fresh one" } else { "the issuer gave the same one again" };
            self.notes.push(format!("the resource refused the token, which was {age} old: {then}"));
        }
        self.renewed = true;
        self.token = token;
        Ok(is_other)
    }

    /// Requests a token with the scope that the resource wants, once. If that cannot help, returns false and
    /// notes the reason.
    fn step_up(&mut self, answered: &mut Answered) -> Result<bool, Failure> {
        self.stepped_up = true;
        let (asked, _) = self.supply.asked();
        let granted = self.token.granted();
        let left = self.supply.connection().left();
        // Without metadata the scope still goes to our own issuer only.
        let refused = (&answered.from.value, &answered.challenges[..]);
        let resource = resource_metadata::fetch(&self.agent, refused, &self.redactor, left);
        let resource = resource.unwrap_or_default();
        let issuer = self.supply.issuer(&self.token.entry.access_token);
        let scope = step_up::scope(&answered.challenges, &asked, &granted)
            .and_then(|scope| step_up::is_of_issuer(resource.as_ref(), issuer.as_deref()).map(|()| scope));
        let scope = match scope {
            Ok(scope) => scope,
            Err(why) => {
                answered.stopped = Some(why);
                return Ok(false);
            }
        };
        self.supply.ask_for(scope.clone());
        let shown = truncate(scope.as_str());
        self.token = self.supply.acquire().map_err(|failure| {
            let what = format!("the resource wants more scope; --step-up to {shown}: {}", failure.what);
            while_getting_token(Failure { what, ..failure })
        })?;
        self.notes.push(format!("the resource wanted more scope: retried with {shown}"));
        Ok(true)
    }
}
