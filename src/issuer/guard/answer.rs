//! `/guard/NAME`: grants or refuses the request that a gateway asks about. Gateways pass on 200, 401 and 403
//! (and 503, if the state is unknown), so nothing else is answered.

use super::asked::AskedFor;
use super::holder::{FIELDS, Holder};
use super::routes::{RouteChoice, choose};
use super::rules::{GUARD_PATH, Guard};
use super::{target, verify};
use crate::clock::Timestamp;
use crate::http::authorization::basic;
use crate::http::{Request, Response};
use crate::issuer::challenge::{Challenges, Denial, Scheme};
use crate::issuer::credentials::PresentedCredential;
use crate::issuer::error::Refusal;
use crate::issuer::log_record::{GrantedFields, GuardedRequest, RequestedFields, TokenLogRecord};
use crate::issuer::presented_token::{BoundRequest, PresentedAuthorization, check_binding};
use crate::issuer::required_scope::{in_query, missing};
use crate::issuer::{LogRecord, LoggedResponse, Service, endpoint, resource_indicator};
use crate::jose::compact;
use crate::registry::{Client, SecretMethod};
use crate::scope::ScopeSet;
use std::borrow::Cow;

/// Answers a request to a guard as of `now`.
#[must_use]
pub fn answer(service: &Service, http: &Request, now: Timestamp) -> LoggedResponse {
    let (name, rest) = split(http.path(), service.issuer_path());
    let Some(guard) = service.guards.get(name) else {
        let why = "there is no guard of that name; [[guard]] declares one".to_owned();
        let accept = Default::default();
        return Denial::Forbidden(why).outcome(&Challenges {
            accept,
            scope: &ScopeSet::empty(),
            resource: None,
        });
    };
    let mut decision =
        GuardDecision { service, guard, http, now, record: LogRecord::default(), scope: ScopeSet::empty() };
    let found = decision.decide(rest);
    let GuardDecision { mut record, scope, .. } = decision;
    let outcome = match found {
        Ok(holder) => granted(&holder, &mut record),
        Err(denial) => refused(guard, denial, &scope),
    };
    merged(outcome, record)
}

/// The guard's name and the rest of the path.
fn split<'a>(path: &'a str, issuer_path: &str) -> (&'a str, &'a str) {
    let below = |path: &'a str| path.strip_prefix(GUARD_PATH).filter(|rest| rest.starts_with('/'));
    let below = below(path).or_else(|| below(path.strip_prefix(issuer_path)?)).unwrap_or("/");
    let below = &below[1..];
    below.split_at(below.find('/').unwrap_or(below.len()))
}

/// A request to a guard while it is decided.
struct GuardDecision<'a> {
    service: &'a Service,
    guard: &'a Guard,
    http: &'a Request,
    now: Timestamp,
    record: LogRecord,
    /// The scopes that it needs.
    scope: ScopeSet,
}

impl<'a> GuardDecision<'a> {
    fn decide(&mut self, rest: &'a str) -> Result<Cow<'a, Holder>, Denial> {
        self.record.asked = asked_of(self.guard, "", "");
        let asked = AskedFor::of(self.http, rest).map_err(Denial::Forbidden)?;
        self.record.asked = asked_of(self.guard, asked.method, asked.path);
        self.scope = needed(self.guard, self.http, &asked)?;
        match PresentedAuthorization::in_headers(&self.http.headers, self.guard.accept)? {
            PresentedAuthorization::Token(scheme, text) => {
                self.by_token(scheme, text, &asked).map(Cow::Owned)
            }
            PresentedAuthorization::Basic(credentials) => self.by_secret(credentials).map(Cow::Owned),
        }
    }

    fn by_token(&mut self, scheme: Scheme, text: &str, asked: &AskedFor<'_>) -> Result<Holder, Denial> {
        let (service, guard, http) = (self.service, self.guard, self.http);
        if service.settings.audited {
            self.record.token = TokenLogRecord::presented(&service.settings, text, &compact::read(text));
        }
        let found = verify::verified(service, guard, text, self.now)
            .map_err(|error| Denial::of_inactive(scheme, error))?;
        let owner = found.holder.client.as_str();
        // Before the proof is used up.
        missing(&self.scope, &found.holder.scope, (scheme, owner))?;
        let invalid = |why| Denial::InvalidToken(scheme, why);
        let certificate = target::certificate(http).map_err(invalid)?;
        let url = match found.binding.needs_proof() {
            true => target::url(service, guard, http, asked).map_err(Denial::InvalidProof)?,
            false => String::new(),
        };
        let request = BoundRequest {
            headers: &http.headers,
            method: asked.method,
            url: &url,
            certificate: certificate.as_deref(),
        };
        check_binding(service, (scheme, text), &found.binding, &request, guard.accept, (owner, self.now))?;
        self.record.remembered = found.binding.needs_proof();
        Ok(found.holder.clone())
    }

    fn by_secret(&mut self, credentials: &str) -> Result<Holder, Denial> {
        let (service, http) = (self.service, self.http);
        let readings =
            basic(credentials).map_err(|error| Denial::Client(Refusal::NoCredentials(error.to_string())))?;
        let presented = PresentedCredential::Secret { readings, method: SecretMethod::Basic };
        self.record.client = presented.claimed_client().map(str::to_owned);
        let client = endpoint::client(service, &presented, &http.peer, &mut self.record, self.now);
        let client = client.map_err(Denial::Client)?.client;
        let scope = self.scope_of(&client)?;
        if !self.scope.is_subset(&scope) {
            let missing = self.scope.minus(&scope).collect::<Vec<_>>().join(" ");
            return Err(Denial::InsufficientScope {
                scheme: Scheme::Bearer,
                client: client.id.clone(),
                missing,
            });
        }
        Holder::of_client(&client, scope).map_err(Denial::Forbidden)
    }

    /// The scope that a token of the client for this resource could have.
    fn scope_of(&self, client: &Client) -> Result<ScopeSet, Denial> {
        if client.may.dpop_required || client.has_bound_tokens() {
            let why = "the client's tokens are bound to a key or a certificate, so its secret is not enough";
            return Err(Denial::Forbidden(why.to_owned()));
        }
        let Some(resource) = &self.guard.resource else { return Ok(client.scopes.clone()) };
        let allowed = resource_indicator::check(&self.service.settings, client, &[&resource.id]);
        allowed.map_err(|refusal| Denial::Forbidden(refusal.reason()))?;
        let known = resource.scopes.as_ref();
        Ok(known.map_or_else(|| client.scopes.clone(), |known| client.scopes.intersection(known)))
    }
}

fn asked_of(guard: &Guard, method: &str, path: &str) -> RequestedFields {
    let guarded =
        GuardedRequest { guard: guard.name.clone(), method: method.to_owned(), path: path.to_owned() };
    RequestedFields { guarded: Some(Box::new(guarded)), ..RequestedFields::default() }
}

/// The scopes that a request needs: those of its route and those of the guard's own URL.
fn needed(guard: &Guard, http: &Request, asked: &AskedFor<'_>) -> Result<ScopeSet, Denial> {
    // The query after an appended path is the caller's, where routes say what is needed.
    let is_own = !asked.is_appended || guard.routes.is_none();
    let query = if is_own { http.query() } else { "" };
    let scope = in_query(query).map_err(Denial::Forbidden)?;
    let Some(routes) = &guard.routes else { return Ok(scope) };
    match choose(routes, asked.method, &asked.segments) {
        RouteChoice::Fits(route) => Ok(scope.union(&route.scopes)),
        RouteChoice::Near(route) => Err(Denial::Forbidden(format!(
            "the path differs from the route {} only in case or in a slash at its end",
            route.path
        ))),
        RouteChoice::Nothing => Err(Denial::Forbidden("no route of the guard fits".to_owned())),
    }
}

fn granted(holder: &Holder, record: &mut LogRecord) -> LoggedResponse {
    let mut response = Response { headers: Vec::with_capacity(8), ..Response::empty(200) };
    response = response.header("Cache-Control", "no-store");
    for (field, value) in FIELDS.into_iter().zip(&holder.values) {
        response = response.header(field, value.clone());
    }
    (record.client, record.authenticated) = (Some(holder.client.clone()), true);
    let scope = Some(holder.scope.to_string());
    record.given = Some(GrantedFields { scope, ..GrantedFields::default() });
    LoggedResponse { response, record: LogRecord::default() }
}

fn refused(guard: &Guard, denial: Denial, scope: &ScopeSet) -> LoggedResponse {
    // A gateway would make an error of 400.
    let denial = match denial {
        Denial::Malformed(why) => Denial::NoToken(why),
        other => other,
    };
    let resource = guard.resource.as_deref();
    denial.outcome(&Challenges { accept: guard.accept, scope, resource })
}

/// The refusal's record, with what was known before it.
fn merged(outcome: LoggedResponse, record: LogRecord) -> LoggedResponse {
    let refusal = outcome.record;
    let record = LogRecord {
        client: record.client.or(refusal.client),
        error: refusal.error,
        reason: refusal.reason,
        limit: record.limit.or(refusal.limit),
        waits_for: refusal.waits_for,
        ..record
    };
    LoggedResponse { response: outcome.response, record }
}
