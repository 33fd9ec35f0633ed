//! `POST /oauth/revoke` (RFC 7009): a client revokes its own token. The revocation is kept until the token
//! expires.

use crate::claims::{Claim, ClaimsView};
use crate::clock::Timestamp;
use crate::http::{Request, Response};
use crate::issuer::active_token::taken_until;
use crate::issuer::error::Refusal;
use crate::issuer::log_record::TokenLogRecord;
use crate::issuer::standing::revocation_id;
use crate::issuer::{LoggedResponse, MAX_LEEWAY, Service, endpoint};
use crate::jose::compact::{self, Token};
use crate::registry::Client;
use crate::registry::store::{Id, IdKind};
use crate::verdict::{self, CheckName, Status};

/// Answers a revocation request as of `now`. An unknown, expired or malformed token needs no revocation and
/// also gets 200 (RFC 7009 section 2.2).
#[must_use]
pub fn answer(service: &Service, http: &Request, now: Timestamp) -> LoggedResponse {
    let anybody = |_: &Client| Ok(());
    endpoint::about_token(service, http, now, anybody, |client, text, note| {
        let token = compact::read(text);
        note.token = TokenLogRecord::presented(&service.settings, text, &token);
        let revoked = revoke(service, client, &token, now);
        // Even if the store failed, the token is revoked on this node.
        note.remembered |= !matches!(revoked, Ok(Err(_)));
        if let Err(why) = revoked? {
            note.reason = Some(format!("nothing to revoke: {why}"));
        }
        Ok(Response::json(200, &serde_json::Map::new()))
    })
}

fn revoke(
    service: &Service,
    client: &Client,
    token: &Token<'_>,
    now: Timestamp,
) -> Result<Result<(), String>, Refusal> {
    let Token::Jws(jws) = token else { return Ok(Err("it is not a token of this issuer".to_owned())) };
    let ring = service.signing.ring();
    let verdict = verdict::judge(jws, &ring.keys, &service.policies.any_audience, now);
    let failed = |name| verdict.check(name).is_none_or(|check| check.status == Status::Fail);
    // A payload with duplicate members is not ours, even if the signature is valid.
    let ours =
        [CheckName::Structure, CheckName::Signature, CheckName::Iss].into_iter().all(|name| !failed(name));
    let Some(claims) = jws.peek_unverified().filter(|_| ours) else {
        return Ok(Err("it is not a token of this issuer".to_owned()));
    };
    let view = ClaimsView::of(claims);
    if view.client_id != Claim::Value(client.id.as_str()) {
        let why = "the token is another client's: only its own client may revoke it (RFC 7009 section 2.1)";
        return Err(Refusal::UnauthorizedClient(why.to_owned()));
    }
    let (Claim::Value(jti), Claim::Value(exp)) = (view.jti, view.exp) else {
        return Ok(Err("it has no jti or no exp".to_owned()));
    };
    // From then on every node refuses it, whatever its leeway.
    let until = taken_until(exp, MAX_LEEWAY);
    if until <= service.clock.forgets(now) {
        return Ok(Err("it has expired".to_owned()));
    }
    let (kind, owner) = (IdKind::Revoked, client.id.clone());
    service.remember(Id { kind, digest: revocation_id(jti), owner, until }, now)?;
    Ok(Ok(()))
}
