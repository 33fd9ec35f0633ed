//! Token exchange (RFC 8693) for agents that act for another: two live tokens of ours go in, one
//! comes out that is never more than either. The chain of who acts for whom stands in `act`.

use crate::claims::{Actor, Claim, ClaimsView};
use crate::clock::Timestamp;
use crate::http::params::Params;
use crate::issuer::error::Refusal;
use crate::issuer::live::{Live, NotLive, live};
use crate::issuer::note::TokenNote;
use crate::issuer::request::{optional, required, resources};
use crate::issuer::{Note, Service};
use crate::jose::compact::{self, Token};
use crate::registry::Client;
use crate::scope::ScopeSet;

/// The kind of token that is taken and given (RFC 8693 section 3).
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
/// Actors may stand behind one another so deep.
const MAX_DEPTH: usize = 4;

/// What was decided; the grant's own part of a [`super::Decision`].
#[derive(Debug)]
pub struct Exchange {
    /// Whom the token speaks for: the subject of the subject token.
    pub sub: String,
    /// What is left of the scope.
    pub scope: ScopeSet,
    /// Whom it is for.
    pub audience: Vec<String>,
    /// Who acts, newest outermost.
    pub act: Actor,
    /// The end of the subject token.
    pub not_after: Timestamp,
}

/// Decides an exchange for an authenticated client.
///
/// # Errors
/// `unauthorized_client`, `invalid_request`, `invalid_grant`, `invalid_scope`, `invalid_target`.
pub fn decide(
    service: &Service,
    client: &Client,
    params: &Params,
    asked: Option<&ScopeSet>,
    note: &mut Note,
    now: Timestamp,
) -> Result<Exchange, Refusal> {
    // Read before anything is refused, so that the log can say which token it was.
    let subject = params.get("subject_token").ok().flatten().map(|text| (text, compact::read(text)));
    note.token = subject.as_ref().and_then(|(text, token)| TokenNote::presented(service, text, token));
    if !client.may.exchange {
        let why = "the client may not exchange tokens: its entry needs token_exchange = true";
        return Err(Refusal::UnauthorizedClient(why.to_owned()));
    }
    check_requested_type(params)?;
    let subject = subject.map(|(_, token)| token);
    let subject = token(service, params, ["subject_token", "subject_token_type"], subject, now)?;
    let actor = token(service, params, ["actor_token", "actor_token_type"], None, now)?;
    if ClaimsView::of(&actor.claims).client_id != Claim::Value(client.id.as_str()) {
        let why = "the actor_token is not the client's own";
        return Err(Refusal::InvalidGrant(why.to_owned()));
    }
    // The client itself acts: a token in which it acts for somebody would put that one in its place.
    if actor.sub() != client.id || actor.claims.get("act").is_some() {
        return Err(Refusal::InvalidGrant("the actor_token does not speak for the client itself".to_owned()));
    }
    let not_after = end(&subject).min(end(&actor));
    if not_after <= now {
        return Err(Refusal::InvalidGrant("nothing is left of the tokens' lifetime".to_owned()));
    }
    let act = chain(actor.sub(), &subject)?;
    Ok(Exchange {
        sub: subject.sub().to_owned(),
        scope: narrowed(&subject, client, asked)?,
        audience: audience(service, client, &subject, params)?,
        act,
        not_after,
    })
}

fn check_requested_type(params: &Params) -> Result<(), Refusal> {
    match optional(params, "requested_token_type")? {
        None | Some(ACCESS_TOKEN | JWT) => Ok(()),
        Some(_) => Err(Refusal::InvalidRequest(format!("requested_token_type must be {ACCESS_TOKEN}"))),
    }
}

/// A live token of ours, which may have been read already. One that is bound to a key or a certificate proves nothing without it, and is
/// refused.
fn token(
    service: &Service,
    params: &Params,
    [name, type_name]: [&'static str; 2],
    read: Option<Token<'_>>,
    now: Timestamp,
) -> Result<Live, Refusal> {
    let token = match read {
        Some(token) => token,
        None => compact::read(required(params, name)?),
    };
    if ![ACCESS_TOKEN, JWT].contains(&required(params, type_name)?) {
        return Err(Refusal::InvalidRequest(format!("{type_name} must be {ACCESS_TOKEN}")));
    }
    let found = live(service, token, &service.policies.any_audience, now).map_err(|error| match error {
        NotLive::Dead(why) => Refusal::InvalidGrant(format!("{name}: {why}")),
        NotLive::Unknown(cannot) => cannot.into(),
    })?;
    let bound =
        |to: &str| Refusal::InvalidGrant(format!("{name}: it is bound to {to} and cannot be exchanged"));
    if found.jkt().is_some() {
        return Err(bound("a key (DPoP)"));
    }
    if found.x5t_s256().is_some() { Err(bound("a certificate")) } else { Ok(found) }
}

/// Subject, client and request: what all three have. What was asked for and is not there is refused,
/// not dropped.
fn narrowed(subject: &Live, client: &Client, asked: Option<&ScopeSet>) -> Result<ScopeSet, Refusal> {
    let held = subject.scope().unwrap_or_default();
    let common = held.intersection(&client.scopes);
    let Some(asked) = asked else { return Ok(common) };
    let refused: Vec<String> = asked.minus(&common).map(str::to_owned).collect();
    if refused.is_empty() { Ok(asked.clone()) } else { Err(Refusal::ScopeNotAllowed { refused }) }
}

/// One resource, on the client's list or the service's; without a request the one that the subject
/// token is for, under the same rule (RFC 8693 section 2.1 has `audience` for a resource's name).
fn audience(
    service: &Service,
    client: &Client,
    subject: &Live,
    params: &Params,
) -> Result<Vec<String>, Refusal> {
    let mut wanted = resources(params)?;
    wanted.extend(optional(params, "audience")?.map(str::to_owned));
    if wanted.is_empty() {
        wanted = match ClaimsView::of(&subject.claims).aud {
            Claim::Value(aud) => aud.into_iter().map(str::to_owned).collect(),
            Claim::Absent | Claim::Mistyped(_) => Vec::new(),
        };
    }
    if wanted.len() > 1 {
        return Err(Refusal::InvalidTarget("an exchanged token is for one resource: ask for it".to_owned()));
    }
    let allowed = |one: &String| client.audiences.contains(one) || service.settings.audience.contains(one);
    match wanted.iter().find(|one| !allowed(one)) {
        Some(one) => {
            Err(Refusal::InvalidTarget(format!("the client may not have tokens for resource {one}")))
        }
        None => Ok(wanted),
    }
}

/// The actor before those who stand behind it already (RFC 8693 section 4.1).
fn chain(actor: &str, subject: &Live) -> Result<Actor, Refusal> {
    let behind = Actor::of(&subject.claims);
    if behind.as_ref().map_or(0, Actor::depth) >= MAX_DEPTH {
        return Err(Refusal::InvalidGrant(format!(
            "the subject_token has {MAX_DEPTH} actors behind one another already"
        )));
    }
    let scope_before = subject.scope().unwrap_or_default();
    Ok(Actor { sub: actor.to_owned(), scope_before, act: behind.map(Box::new) })
}

fn end(token: &Live) -> Timestamp {
    match ClaimsView::of(&token.claims).exp {
        Claim::Value(exp) => Timestamp::from_unix(i64::try_from(exp.seconds).unwrap_or(i64::MAX)),
        Claim::Absent | Claim::Mistyped(_) => Timestamp::from_unix(0),
    }
}
