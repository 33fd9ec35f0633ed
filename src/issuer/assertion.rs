//! Client assertions (RFC 7523 with its revision rfc7523bis). Whoever asks learns nothing of which clients
//! there are: each assertion that is refused is answered in the same words, after equal work.

use crate::claims::{Claim, ClaimsView, NumericDate};
use crate::clock::Timestamp;
use crate::issuer::error::{Cannot, Refusal};
use crate::issuer::live::taken_until;
use crate::issuer::{RemoteKeysError, Service};
use crate::jose::algorithm::{Algorithm, Family};
use crate::jose::compact::{self, Jws};
use crate::jose::keyset::KeySet;
use crate::jose::verify;
use crate::json::{Json, Object};
use crate::registry::expiring::digest;
use crate::registry::patience::Wait;
use crate::registry::store::{Id, IdKind};
use crate::registry::{AssertionAudience, Client, ClientAuth, ClientKeys};
use crate::verdict::{CheckName, Policy};
use std::ops::Deref;
use std::sync::Arc;

/// An assertion may be good for so long, in seconds.
const MAX_ASSERTION_LIFETIME: u64 = 600;
/// Values of `typ` that an assertion may have; without one it is taken, too. The types of other
/// tokens are not: a token is of one kind (RFC 8725 section 3.12).
const ASSERTION_TYPES: [&str; 2] = ["jwt", "client-authentication+jwt"];

/// For the log alone: nothing else is wrong with the assertion.
const TOKEN_URL_AUDIENCE: &str = "its aud is not the issuer but the token endpoint, and only that is wrong \
     (rfc7523bis section 4); assertion_audience = \"issuer-or-token-url\" in the client's entry takes both";

/// An assertion that says whose it is. Nothing of it has been verified.
pub(super) struct Assertion<'a> {
    jws: &'a Jws<'a>,
    /// The client that it says it is of.
    id: &'a str,
}

impl<'a> Assertion<'a> {
    /// The same assertion with the client that it says it is of; `client_id` is the one beside it.
    ///
    /// # Errors
    /// `invalid_client` where it says no client, or another one.
    pub(super) fn of(jws: &'a Jws<'a>, client_id: Option<&str>) -> Result<Self, Refusal> {
        let bad = |why: &str| Refusal::InvalidAssertion(format!("client assertion: {why}"));
        let claims = jws.peek_unverified().ok_or_else(|| bad("its payload is no claims set"))?;
        let Claim::Value(id) = ClaimsView::of(claims).sub else { return Err(bad("it has no sub")) };
        if client_id.is_some_and(|sent| sent != id) {
            return Err(bad("client_id is not its sub"));
        }
        Ok(Self { jws, id })
    }

    /// Whether its header says that it is made with a secret.
    fn is_by_secret(&self) -> bool {
        verify::algorithm(self.jws).is_ok_and(|algorithm| algorithm.family() == Family::Hmac)
    }

    /// The client that the assertion is of.
    ///
    /// # Errors
    /// `invalid_client`, or that its keys cannot be had now.
    pub(super) fn check(&self, service: &Service, now: Timestamp) -> Result<Arc<Client>, Refusal> {
        let client = service.registry.get(self.id, service.run.patience)?;
        let found = match &client {
            Some(client) => self.keys(service, &client.auth, now).map(|keys| (client, keys)),
            None => Err(Refusal::UnknownClient),
        };
        let (client, (keys, audience)) = match found {
            Ok(found) => found,
            Err(refusal @ Refusal::Unavailable(_)) => return Err(refusal),
            Err(refusal) => {
                service.decoys.pretend(self.jws, self.id, &policy(service, self.id, None), now);
                return Err(refusal);
            }
        };
        let claims = self.jws.peek_unverified().ok_or(Refusal::UnknownClient)?;
        if !service.run.verified {
            let policy = policy(service, self.id, Some(&client.auth));
            let verdict = service.decoys.judge(self.jws, self.id, &keys, &policy, now);
            if let Some(check) = verdict.first_failure() {
                let why = format!("client assertion: {}: {}", check.name, check.message);
                return Err(Refusal::InvalidAssertion(why));
            }
            check_kind(self.jws, audience, service, claims)?;
        }
        once(service, self.id, claims, now)?;
        Ok(client.clone())
    }

    /// The keys that may have made it, and whom it may be meant for.
    fn keys<'c>(
        &self,
        service: &Service,
        auth: &'c ClientAuth,
        now: Timestamp,
    ) -> Result<(Keys<'c>, AssertionAudience), Refusal> {
        match auth {
            ClientAuth::SecretJwt { keys, audience }
            | ClientAuth::PrivateKeyJwt { keys: ClientKeys::Fixed(keys), audience } => {
                Ok((Keys::Registered(keys), *audience))
            }
            // What no public key can have made is not worth a request.
            ClientAuth::PrivateKeyJwt { keys: ClientKeys::At(_), .. } if self.is_by_secret() => {
                let why = "client assertion: alg: it is made with a secret, and the client has keys";
                Err(Refusal::InvalidAssertion(why.to_owned()))
            }
            ClientAuth::PrivateKeyJwt { keys: ClientKeys::At(uri), audience } => {
                let kid = self.jws.header_str("kid");
                fetched_keys(service, uri, kid, now).map(|keys| (Keys::Fetched(keys), *audience))
            }
            ClientAuth::Secret { .. } | ClientAuth::Tls(_) | ClientAuth::SelfSignedTls(_) => {
                Err(Refusal::OtherMethod)
            }
        }
    }
}

/// Keys of a client.
enum Keys<'c> {
    Registered(&'c KeySet),
    Fetched(Arc<KeySet>),
}

impl Deref for Keys<'_> {
    type Target = KeySet;

    fn deref(&self) -> &KeySet {
        match self {
            Self::Registered(keys) => keys,
            Self::Fetched(keys) => keys,
        }
    }
}

fn fetched_keys(
    service: &Service,
    uri: &str,
    kid: Option<&str>,
    now: Timestamp,
) -> Result<Arc<KeySet>, Refusal> {
    let found = match service.remote_keys.known(uri, kid, now) {
        Some(known) => known,
        None => {
            service.run.patience.allow(Wait::Keys)?;
            service.remote_keys.keys(uri, kid, now)
        }
    };
    found.map_err(|error| match error {
        RemoteKeysError::Failed(why) => Refusal::NoKeys(format!("the client's keys at {uri}: {why}")),
        // The address is the client's own affair: only the log names it.
        RemoteKeysError::Busy => Refusal::Unavailable(Cannot {
            told: "the credentials cannot be checked now: try again".to_owned(),
            why: format!("the client's keys at {uri}: they did not come in time, and are still awaited"),
            waits_for: None,
        }),
    })
}

/// Type and audience, whose rules are those of an assertion alone.
fn check_kind(
    jws: &Jws<'_>,
    audience: AssertionAudience,
    service: &Service,
    claims: &Object,
) -> Result<(), Refusal> {
    let bad = |why: &str| Err(Refusal::InvalidAssertion(format!("client assertion: {why}")));
    let typ_fits = match jws.header.get("typ") {
        None => true,
        Some(Json::String(typ)) => ASSERTION_TYPES.contains(&compact::media_type(typ).as_str()),
        Some(_) => false,
    };
    if !typ_fits {
        return bad("its typ is that of another kind of token");
    }
    let token_url = service.url(crate::http::TOKEN_PATH);
    let is_token_url = |aud: &str| audience == AssertionAudience::IssuerOrTokenUrl && aud == token_url;
    match claims.get("aud") {
        Some(Json::String(aud)) if *aud == service.issuer || is_token_url(aud) => Ok(()),
        Some(Json::Array(items)) if audience == AssertionAudience::IssuerOrTokenUrl => match items.as_slice()
        {
            [Json::String(aud)] if *aud == service.issuer || is_token_url(aud) => Ok(()),
            _ => bad("its aud is a list of other things than issuer or token endpoint"),
        },
        Some(Json::String(aud)) if *aud == token_url => bad(TOKEN_URL_AUDIENCE),
        Some(Json::Array(items)) if items.iter().any(|aud| aud.as_str() == Some(&token_url)) => {
            bad(TOKEN_URL_AUDIENCE)
        }
        Some(Json::String(_)) => {
            bad("its aud is not the issuer, and only that is wrong (rfc7523bis section 4)")
        }
        Some(_) => bad("its aud must be the issuer as a string (rfc7523bis section 4)"),
        None => bad("it has no aud"),
    }
}

fn policy(service: &Service, id: &str, auth: Option<&ClientAuth>) -> Policy {
    let shared = matches!(auth, Some(ClientAuth::SecretJwt { .. }));
    let alg = Algorithm::ALL.into_iter().filter(|alg| (alg.family() == Family::Hmac) == shared);
    Policy {
        leeway: service.settings.leeway.as_secs(),
        iss: Some(id.to_owned()),
        sub: Some(id.to_owned()),
        alg: alg.collect(),
        require: vec![CheckName::Signature, CheckName::Exp, CheckName::Iss, CheckName::Sub],
        ..Policy::default()
    }
}

/// Short-lived, and never seen before (RFC 7523 section 3).
fn once(service: &Service, id: &str, claims: &Object, now: Timestamp) -> Result<(), Refusal> {
    let bad = |why: &str| Refusal::InvalidAssertion(format!("client assertion: {why}"));
    let view = ClaimsView::of(claims);
    let Claim::Value(exp) = view.exp else { return Err(bad("it has no exp")) };
    let leeway = service.settings.leeway;
    if exp > NumericDate::from_timestamp(now).plus(MAX_ASSERTION_LIFETIME + leeway.as_secs()) {
        return Err(bad("it is good for more than ten minutes"));
    }
    let Claim::Value(jti) = view.jti else { return Err(bad("it has no jti")) };
    if jti.is_empty() {
        return Err(bad("its jti is empty"));
    }
    let (kind, until) = (IdKind::Assertion, taken_until(exp, leeway));
    let used = Id { kind, digest: digest(&[id, jti]), owner: id.to_owned(), until };
    if service.remember(used, now)? { Ok(()) } else { Err(bad("it has been used before (jti)")) }
}
