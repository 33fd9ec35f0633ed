//! `POST /oauth/introspect` (RFC 7662): what a token is, for clients that may ask.

use crate::clock::Timestamp;
use crate::http::{Request, Response};
use crate::issuer::error::Refusal;
use crate::issuer::live::{Live, NotLive, live};
use crate::issuer::note::{Given, TokenNote};
use crate::issuer::{Outcome, Service, endpoint, request};
use crate::jose::compact;
use crate::json::Object;
use crate::registry::Client;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// `{"active":false}` and nothing else for anything that is not good (RFC 7662 section 2.2).
#[derive(Serialize)]
struct Inactive {
    active: bool,
}

/// The token's own claims, and what it is.
struct Active<'a> {
    claims: &'a Object,
    token_type: &'static str,
}

impl Serialize for Active<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("active", &true)?;
        map.serialize_entry("token_type", self.token_type)?;
        // A shared secret may have signed claims that are not ours: they cannot speak for us.
        for (name, value) in self.claims.iter().filter(|(name, _)| !["active", "token_type"].contains(name)) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Answers an introspection request as of `now`.
#[must_use]
pub fn answer(service: &Service, http: &Request, now: Timestamp) -> Outcome {
    endpoint::with_client(service, http, now, may_ask, |_, params, note| {
        let text = request::required(params, "token")?;
        let token = compact::read(text);
        note.token = TokenNote::presented(service, text, &token);
        Ok(match live(service, token, &service.policies.any_audience, now) {
            Ok(found) => {
                let scope = found.scope().map(|scope| scope.to_string());
                note.given = Some(Given { active: Some(true), scope, ..Given::default() });
                active(&found)
            }
            Err(NotLive::Unknown(cannot)) => return Err(cannot.into()),
            Err(NotLive::Dead(why)) => {
                note.reason = Some(format!("inactive: {why}"));
                note.given = Some(Given { active: Some(false), ..Given::default() });
                Response::json(200, &Inactive { active: false })
            }
        })
    })
}

fn may_ask(client: &Client) -> Result<(), Refusal> {
    if client.may.introspect {
        return Ok(());
    }
    let why = "the client may not introspect: its entry needs introspect = true";
    Err(Refusal::UnauthorizedClient(why.to_owned()))
}

fn active(found: &Live) -> Response {
    let token_type = if found.jkt().is_some() { "DPoP" } else { "Bearer" };
    Response::json(200, &Active { claims: &found.claims, token_type })
}
