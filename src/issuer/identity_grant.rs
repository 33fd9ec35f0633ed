//! An identity as a grant or as the subject of an exchange. Its client need not authenticate, because the identity
//! is the proof; if it does, the identity must stand for that client.

use crate::clock::Timestamp;
use crate::issuer::authenticate::CallingClient;
use crate::issuer::credentials::{self, PresentedCredential};
use crate::issuer::error::Refusal;
use crate::issuer::log_record::IdentityLogRecord;
use crate::issuer::request::{Grant, TokenRequest};
use crate::issuer::trust::TrustedIssuer;
use crate::issuer::trust::check::{self, IdentityDoor, IdentityFault, IdentityStep};
use crate::issuer::trust::door::{self, VerifiedIdentity};
use crate::issuer::trust::matching;
use crate::issuer::trust::preset::IdentityKind;
use crate::issuer::{LogRecord, Service, endpoint};
use crate::jose::compact::Jws;
use crate::json::Json;
use crate::registry::Client;

/// An identity that is not verified yet.
pub(super) struct IdentityGrant<'a> {
    jws: Jws<'a>,
    trust: &'a TrustedIssuer,
    door: IdentityDoor,
}

/// Whether the entry of a client allows the request with this identity.
pub(super) type IsAllowed<'a> = &'a dyn Fn(&Client, &CallingClient) -> Result<(), Refusal>;

/// The identity of a request; `None` if it has another grant, or exchanges a token of this issuer.
///
/// # Errors
/// `invalid_grant` if its issuer is not trusted, or `invalid_request` with an actor token.
pub(super) fn of<'a>(
    service: &'a Service,
    request: &TokenRequest<'a>,
) -> Result<Option<IdentityGrant<'a>>, Refusal> {
    let (text, door, is_certain) = match &request.grant {
        Grant::ClientCredentials { .. } => return Ok(None),
        Grant::JwtBearer { assertion, .. } => (*assertion, IdentityDoor::Grant, true),
        Grant::TokenExchange(exchange) => {
            (exchange.subject_token, IdentityDoor::Exchange, exchange.is_id_token)
        }
    };
    let jws = match check::read(text) {
        Ok(jws) => jws,
        Err(fault) if is_certain => return Err(door::refused(door, &fault)),
        Err(_) => return Ok(None),
    };
    let claims = jws.peek_unverified();
    let iss = claims.and_then(|claims| claims.get("iss")).and_then(Json::as_str);
    let is_ours = iss == Some(service.issuer.as_str());
    let trust = Some(&jws).filter(|_| !is_ours).and_then(|jws| service.trust.of(jws));
    match (trust, &request.grant) {
        (Some(_), Grant::TokenExchange(exchange)) if exchange.actor_token.is_some() => {
            let why = "an identity stands for the client itself: send it without actor_token";
            Err(Refusal::InvalidRequest(why.to_owned()))
        }
        (Some(trust), _) => Ok(Some(IdentityGrant { jws, trust, door })),
        (None, _) if !is_certain => Ok(None),
        (None, _) => {
            let why =
                format!("{} is not a trusted issuer", iss.unwrap_or("its issuer, which it does not name,"));
            Err(door::refused(door, &IdentityFault::new(IdentityStep::Issuer, why)))
        }
    }
}

impl IdentityGrant<'_> {
    /// The client that it stands for, if `allowed`. Uses the identity up, as the last step.
    ///
    /// # Errors
    /// `invalid_grant`, `invalid_client`, or the refusal of `allowed`.
    pub(super) fn caller(
        &self,
        service: &Service,
        request: &TokenRequest<'_>,
        record: &mut LogRecord,
        now: Timestamp,
        allowed: IsAllowed<'_>,
    ) -> Result<CallingClient, Refusal> {
        // First, since it may wait for keys: a client assertion is used up by authentication.
        let identity = door::verify(service, &self.jws, self.trust, self.door, now)?;
        let named = named(service, request, record, now)?;
        let is_jag = self.trust.preset.kind == IdentityKind::IdJag;
        if is_jag && !record.authenticated {
            return Err(credentials::missing());
        }
        let client = identity.client(service, named.as_deref())?;
        let accepted = identity.accepted(&client);
        record.identity = Some(Box::new(IdentityLogRecord::of(&accepted)));
        if is_jag {
            self.check_user(service, &accepted.sub)?;
        }
        let client = if record.authenticated {
            client
        } else {
            endpoint::admitted(service, client, request.peer, record, now)?
        };
        let mut caller = CallingClient { client: client.clone(), identity: Some(accepted) };
        caller.client = endpoint::confirmed(service, client, |client| {
            self.still_fits(&identity, client)?;
            allowed(client, &caller)
        })?;
        record.remembered = true;
        identity.spend(service, &caller.client, now)?;
        Ok(caller)
    }

    fn still_fits(&self, identity: &VerifiedIdentity<'_>, client: &Client) -> Result<(), Refusal> {
        matching::fits(client, identity.trust(), identity.claims())
            .map_err(|why| door::refused(self.door, &IdentityFault::new(IdentityStep::Rule, why)))
    }

    /// A user whose name is a client's id would pass for that client (RFC 9068 section 5).
    fn check_user(&self, service: &Service, sub: &str) -> Result<(), Refusal> {
        let patience = service.run.patience;
        let is_client = service.documents.allows(sub)
            || service.registry.get(sub, patience)?.is_some()
            || service.registry.is_disabled(sub, patience)?;
        if !is_client {
            return Ok(());
        }
        let why = "its sub is the id of a client here".to_owned();
        Err(door::refused(self.door, &IdentityFault::new(IdentityStep::Rule, why)))
    }
}

/// The client that the request names; authenticated, if it sends credentials.
fn named(
    service: &Service,
    request: &TokenRequest<'_>,
    record: &mut LogRecord,
    now: Timestamp,
) -> Result<Option<String>, Refusal> {
    match &request.credentials {
        PresentedCredential::Nothing => return Ok(None),
        PresentedCredential::Certificate { client_id } => {
            let known = service.registry.get(client_id, service.run.patience)?;
            if !known.is_some_and(|client| client.auth.is_certificate()) {
                return Ok(Some((*client_id).to_owned()));
            }
        }
        PresentedCredential::Secret { .. } | PresentedCredential::Assertion { .. } => {}
    }
    let found = endpoint::client(service, &request.credentials, request.peer, record, now)?;
    Ok(Some(found.client.id.clone()))
}
