//! Token exchange (RFC 8693) for agents that act for another client. An active token, and the agent's own if
//! it sends one, are exchanged for one that never allows more. `act` has the chain of actors, `source_jtis` the ids of all
//! source tokens: if one of those is revoked, so is the exchanged token.

use crate::claims::{Actor, Claim, ClaimsView};
use crate::clock::Timestamp;
use crate::issuer::active_token::{ActiveToken, InactiveReason, live};
use crate::issuer::error::Refusal;
use crate::issuer::grant::Decision;
use crate::issuer::grant::client_credentials::of_resource;
use crate::issuer::log_record::TokenLogRecord;
use crate::issuer::request::ExchangeRequest;
use crate::issuer::resource_indicator::exchanged_audience;
use crate::issuer::standing::MAX_ACTORS;
use crate::issuer::{LogRecord, Service};
use crate::jose::compact::{self, Token};
use crate::json::Json;
use crate::registry::Client;
use crate::scope::ScopeSet;
use serde_json::{Map, Value};

/// The claim with the only party that may act for the subject (RFC 8693 section 4.4).
const MAY_ACT: &str = "may_act";

/// The grant's own part of a [`Decision`].
#[derive(Debug)]
pub struct TokenExchange {
    pub sub: String,
    /// The remaining scope.
    pub scope: ScopeSet,
    pub audience: Vec<String>,
    /// The actors, newest outermost.
    pub act: Actor,
    /// The earlier expiry of the source tokens.
    pub not_after: Timestamp,
    /// The ids of the source tokens.
    pub sources: Vec<String>,
    /// The claims that the subject and the actor share, and `may_act`.
    pub claims: Map<String, Value>,
}

impl TokenExchange {
    /// The decision to issue the token to the acting client.
    #[must_use]
    pub fn decision<'a>(&'a self, client: &'a Client) -> Decision<'a> {
        Decision {
            client,
            sub: &self.sub,
            scope: &self.scope,
            audience: &self.audience,
            act: Some(&self.act),
            not_after: Some(self.not_after),
            sources: &self.sources,
            extra: &self.claims,
        }
    }
}

/// Decides an exchange for an authenticated client that is allowed to exchange tokens.
///
/// # Errors
/// `invalid_grant`, `invalid_scope`, `invalid_target`.
pub fn decide(
    service: &Service,
    client: &Client,
    request: &ExchangeRequest<'_>,
    asked: Option<&ScopeSet>,
    record: &mut LogRecord,
    now: Timestamp,
) -> Result<TokenExchange, Refusal> {
    let subject = compact::read(request.subject_token);
    // Before any refusal, so that the log names the token.
    record.token = TokenLogRecord::presented(&service.settings, request.subject_token, &subject);
    let subject = active(service, "subject_token", subject, now)?;
    let actor = request.actor_token.map(|token| actor(service, client, token, now)).transpose()?;
    check_may_act(&subject, client, &service.issuer)?;
    // Only a client's token can be revoked together with its subject.
    let Some(speaks_for) = service.registry.get(subject.sub(), service.run.patience)? else {
        return Err(Refusal::InvalidGrant(
            "the subject of the subject_token is not a client here".to_owned(),
        ));
    };
    let not_after = [&subject].into_iter().chain(&actor).map(end).min().unwrap_or(now);
    if not_after <= now {
        return Err(Refusal::InvalidGrant("nothing is left of the tokens' lifetime".to_owned()));
    }
    let act = chain(&client.id, &subject)?;
    let clients = [client, speaks_for.as_ref()];
    let audience = exchanged_audience(&service.settings, clients, &held(&subject), &request.targets)?;
    let scope = narrowed(&subject, client, asked, service.resources.scopes_of(&audience).as_deref())?;
    Ok(TokenExchange {
        sub: subject.sub().to_owned(),
        scope,
        audience,
        act,
        not_after,
        sources: sources(&subject, actor.as_ref()),
        claims: passed_claims(client, &subject, actor.as_ref()),
    })
}

/// Checks that the client is allowed to exchange tokens.
///
/// # Errors
/// `unauthorized_client`
pub fn may_exchange(client: &Client) -> Result<(), Refusal> {
    if client.may.exchange {
        return Ok(());
    }
    let why = "the client may not exchange tokens: its entry needs token_exchange = true";
    Err(Refusal::UnauthorizedClient(why.to_owned()))
}

/// The client's own active token.
fn actor(service: &Service, client: &Client, token: &str, now: Timestamp) -> Result<ActiveToken, Refusal> {
    let actor = active(service, "actor_token", compact::read(token), now)?;
    if ClaimsView::of(&actor.claims).client_id != Claim::Value(client.id.as_str()) {
        let why = "the actor_token is not the client's own";
        return Err(Refusal::InvalidGrant(why.to_owned()));
    }
    // The actor token must be for the client itself: if it acted for another, that one would become the
    // actor.
    if actor.sub() != client.id || actor.claims.get("act").is_some() {
        return Err(Refusal::InvalidGrant("the actor_token is not for the client itself".to_owned()));
    }
    Ok(actor)
}

/// Checks that the subject token lets the client act, if it says who may (RFC 8693 section 4.4). A member that
/// is not understood could restrict it further, so it is refused.
fn check_may_act(subject: &ActiveToken, client: &Client, issuer: &str) -> Result<(), Refusal> {
    let Some(may_act) = subject.claims.get(MAY_ACT) else { return Ok(()) };
    let is_client = |(name, value): (&str, &Json)| match name {
        "sub" | "client_id" => value.as_str() == Some(&client.id),
        "iss" => value.as_str() == Some(issuer),
        _ => false,
    };
    let names_client = may_act.as_object().is_some_and(|members| {
        (members.get("sub").is_some() || members.get("client_id").is_some()) && members.iter().all(is_client)
    });
    if names_client {
        return Ok(());
    }
    let why = "the subject_token's may_act does not name the client as the actor (RFC 8693 section 4.4)";
    Err(Refusal::InvalidGrant(why.to_owned()))
}

/// An active token of this issuer. A token bound to a key or a certificate is refused, because it proves
/// nothing without that.
fn active(service: &Service, name: &str, token: Token<'_>, now: Timestamp) -> Result<ActiveToken, Refusal> {
    let found = live(service, token, &service.policies.any_audience, now).map_err(|error| match error {
        InactiveReason::Dead(why) => Refusal::InvalidGrant(format!("{name}: {why}")),
        InactiveReason::Unknown(cannot) => cannot.into(),
    })?;
    let to = match (found.jkt(), found.x5t_s256(), found.claims.get("cnf")) {
        (Some(_), ..) => "a key (DPoP)",
        (_, Some(_), _) => "a certificate",
        (_, _, Some(_)) => "something else (cnf)",
        (None, None, None) => return Ok(found),
    };
    Err(Refusal::InvalidGrant(format!("{name}: it is bound to {to} and cannot be exchanged")))
}

/// The ids of the source tokens and of their sources.
fn sources(subject: &ActiveToken, actor: Option<&ActiveToken>) -> Vec<String> {
    let mut all = Vec::new();
    let given = [subject].into_iter().chain(actor).map(ActiveToken::jti);
    for jti in given.chain(subject.sources()) {
        if !all.iter().any(|known| known == jti) {
            all.push(jti.to_owned());
        }
    }
    all
}

/// The claims of the actor's entry that all tokens have with equal values, and `may_act`. A claim of only one
/// of them would be attributed to the other. Without `may_act`, the next actor would be free of it.
fn passed_claims(client: &Client, subject: &ActiveToken, actor: Option<&ActiveToken>) -> Map<String, Value> {
    let value_of = |token: &ActiveToken, name: &str| {
        let found = token.claims.get(name).map(ToString::to_string)?;
        serde_json::from_str::<Value>(&found).ok()
    };
    let common = |(name, value): &(&String, &Value)| {
        let mut tokens = [subject].into_iter().chain(actor);
        tokens.all(|token| value_of(token, name).as_ref() == Some(*value))
    };
    let may_act = value_of(subject, MAY_ACT).map(|value| (MAY_ACT.to_owned(), value));
    let common = client.claims.iter().filter(common).map(|(name, value)| (name.clone(), value.clone()));
    common.chain(may_act).collect()
}

/// The scope that subject, client, resource (if its scopes are `known`) and request have in common. A
/// requested scope that is missing is an error, not dropped.
fn narrowed(
    subject: &ActiveToken,
    client: &Client,
    asked: Option<&ScopeSet>,
    known: Option<&ScopeSet>,
) -> Result<ScopeSet, Refusal> {
    let held = subject.scope().unwrap_or_default();
    let common = held.intersection(&client.scopes);
    let Some(asked) = asked else {
        return Ok(known.map_or_else(|| common.clone(), |known| common.intersection(known)));
    };
    let refused: Vec<String> = asked.minus(&common).map(str::to_owned).collect();
    if !refused.is_empty() {
        return Err(Refusal::ScopeNotAllowed { refused, allowed: common });
    }
    of_resource(asked, known).map(|()| asked.clone())
}

/// Adds the actor to the existing chain (RFC 8693 section 4.1).
fn chain(actor: &str, subject: &ActiveToken) -> Result<Actor, Refusal> {
    let behind = Actor::of(&subject.claims);
    if behind.as_ref().map_or(0, Actor::depth) >= MAX_ACTORS {
        return Err(Refusal::InvalidGrant(format!(
            "the subject_token has {MAX_ACTORS} actors behind one another already"
        )));
    }
    let scope_before = subject.scope().unwrap_or_default();
    Ok(Actor { sub: actor.to_owned(), scope_before, act: behind.map(Box::new) })
}

fn held(token: &ActiveToken) -> Vec<&str> {
    match ClaimsView::of(&token.claims).aud {
        Claim::Value(aud) => aud,
        Claim::Absent | Claim::Mistyped(_) => Vec::new(),
    }
}

fn end(token: &ActiveToken) -> Timestamp {
    match ClaimsView::of(&token.claims).exp {
        Claim::Value(exp) => Timestamp::from_unix(i64::try_from(exp.seconds).unwrap_or(i64::MAX)),
        Claim::Absent | Claim::Mistyped(_) => Timestamp::from_unix(0),
    }
}
