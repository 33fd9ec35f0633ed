//! `POST /oauth/introspect` (RFC 7662), for clients that are allowed to use it.

use crate::clock::Timestamp;
use crate::http::{Request, Response};
use crate::issuer::active_token::{ActiveToken, InactiveReason, live};
use crate::issuer::error::Refusal;
use crate::issuer::log_record::{GrantedFields, TokenLogRecord};
use crate::issuer::{LoggedResponse, Service, endpoint};
use crate::jose::compact;
use crate::json::Object;
use crate::registry::Client;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// `{"active":false}` and nothing else for every inactive token (RFC 7662 section 2.2).
#[derive(Serialize)]
struct Inactive {
    active: bool,
}

/// The answer for an active token: its claims and type.
struct Active<'a> {
    claims: &'a Object,
    token_type: &'static str,
}

impl Serialize for Active<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("active", &true)?;
        map.serialize_entry("token_type", self.token_type)?;
        // Holders of a shared secret may sign claims that collide with the members of this answer; those
        // are dropped.
        for (name, value) in self.claims.iter().filter(|(name, _)| !["active", "token_type"].contains(name)) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Answers an introspection request as of `now`.
#[must_use]
pub fn answer(service: &Service, http: &Request, now: Timestamp) -> LoggedResponse {
    endpoint::about_token(service, http, now, may_ask, |_, text, note| {
        let token = compact::read(text);
        note.token = TokenLogRecord::presented(&service.settings, text, &token);
        Ok(match live(service, token, &service.policies.any_audience, now) {
            Ok(found) => {
                let scope = found.scope().map(|scope| scope.to_string());
                note.given = Some(GrantedFields { active: Some(true), scope, ..GrantedFields::default() });
                active(&found)
            }
            Err(InactiveReason::Unknown(cannot)) => return Err(cannot.into()),
            Err(InactiveReason::Dead(why)) => {
                note.reason = Some(format!("inactive: {why}"));
                note.given = Some(GrantedFields { active: Some(false), ..GrantedFields::default() });
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

fn active(found: &ActiveToken) -> Response {
    let token_type = if found.jkt().is_some() { "DPoP" } else { "Bearer" };
    Response::json(200, &Active { claims: &found.claims, token_type })
}
