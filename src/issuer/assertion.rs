//! Client assertions (RFC 7523 with its revision rfc7523bis). Refusals do not reveal which clients exist:
//! every refused assertion gets the same answer after equal work. Checks that need no client come first, so
//! they cost neither a lookup nor a signature check.

use crate::claims::{Claim, ClaimsView, NumericDate};
use crate::clock::Timestamp;
use crate::issuer::active_token::taken_until;
use crate::issuer::error::{Refusal, Unavailable};
use crate::issuer::published_keys::published_keys;
use crate::issuer::{FetchError, Service};
use crate::jose::algorithm::{Algorithm, Family};
use crate::jose::compact::{self, Jws};
use crate::jose::keyset::{KeySet, client_most_tried};
use crate::jose::verify;
use crate::json::{Json, Object};
use crate::registry::expiring_set::digest;
use crate::registry::store::{Id, IdKind};
use crate::registry::wait::Wait;
use crate::registry::{AssertionAudience, Client, ClientAuth, ClientKeys, KeysUrl, SharedKey};
use crate::verdict::{self, CheckName, Policy, Verdict};
use std::ops::Deref;
use std::sync::Arc;

/// The longest lifetime of an assertion, in seconds.
const MAX_ASSERTION_LIFETIME: u64 = 600;
/// The accepted values of `typ`; a missing `typ` is accepted too. Types of other tokens are refused (RFC
/// 8725 section 3.12).
const ASSERTION_TYPES: [&str; 2] = ["jwt", "client-authentication+jwt"];

/// Only for the log: the assertion is otherwise valid.
const TOKEN_URL_AUDIENCE: &str = "its aud is not the issuer but the token endpoint, and only that is wrong \
     (rfc7523bis section 4); assertion_audience = \"issuer-or-token-url\" in the client's entry takes both";

/// An unverified assertion that names its client.
pub(super) struct ClientAssertion<'a> {
    jws: &'a Jws<'a>,
    claims: &'a Object,
    /// The client that it claims to come from.
    id: &'a str,
}

/// The claims that every client's assertion must have.
pub(super) struct RequiredClaims<'a> {
    exp: NumericDate,
    jti: &'a str,
    /// `None` if it is the issuer as a string. Other forms are accepted from older libraries only; this is
    /// the reason to refuse the others.
    audience: Option<&'static str>,
}

impl<'a> ClientAssertion<'a> {
    /// An assertion and the client that it names; `client_id` is the parameter sent with it.
    ///
    /// # Errors
    /// `invalid_client` if it names no client, or another one than `client_id`.
    pub(super) fn of(jws: &'a Jws<'a>, client_id: Option<&str>) -> Result<Self, Refusal> {
        let claims = jws.peek_unverified().ok_or_else(|| bad("its payload is not a claims set"))?;
        let Claim::Value(id) = ClaimsView::of(claims).sub else { return Err(bad("it has no sub")) };
        if client_id.is_some_and(|sent| sent != id) {
            return Err(bad("client_id is not its sub"));
        }
        Ok(Self { jws, claims, id })
    }

    /// Whether its header declares an HMAC algorithm.
    fn is_by_secret(&self) -> bool {
        verify::algorithm(self.jws).is_ok_and(|algorithm| algorithm.family() == Family::Hmac)
    }

    /// Verifies the assertion and returns its client.
    ///
    /// # Errors
    /// `invalid_client`, or that its keys are unavailable.
    pub(super) fn check(
        &self,
        service: &Service,
        said: &RequiredClaims<'_>,
        now: Timestamp,
    ) -> Result<Arc<Client>, Refusal> {
        let client = self.client(service, now);
        let found = client.as_ref().map_err(Clone::clone).and_then(|client| {
            let keys = self.keys(service, &client.auth, now)?;
            Ok((client, keys))
        });
        let (client, (keys, audience)) = match found {
            Ok(found) => found,
            Err(refusal @ Refusal::Unavailable(_)) => return Err(refusal),
            Err(refusal) => {
                service.decoys.pretend(self.jws, self.id, &signed_by(service, self.jws, None), now);
                return Err(refusal);
            }
        };
        if !service.run.verified {
            let policy = signed_by(service, self.jws, Some(&client.auth));
            passed(&service.decoys.judge(self.jws, self.id, &keys, &policy, now))?;
        }
        if let Some(why) = said.audience.filter(|_| audience == AssertionAudience::Issuer) {
            return Err(bad(why));
        }
        self.once(service, said, now)?;
        Ok(client.clone())
    }

    /// The registered client, else the one that its document describes.
    fn client(&self, service: &Service, now: Timestamp) -> Result<Arc<Client>, Refusal> {
        if let Some(client) = service.registry.get(self.id, service.run.patience)? {
            return Ok(client);
        }
        // A document has public keys only, which cannot have made an HMAC: nothing is fetched for one.
        if self.is_by_secret() || !service.allows_document(self.id)? {
            return Err(Refusal::UnknownClient);
        }
        let now = service.clock.paced(now);
        let found = match service.documents.known(self.id, now) {
            Some(known) => known,
            None => {
                service.run.patience.allow(Wait::Keys)?;
                service.documents.client(self.id, now)
            }
        };
        found.map_err(|error| unfetched(error, &format!("the client document {}", self.id)))
    }

    /// Checks the claims that every client's assertion must have, without a lookup or a signature check.
    ///
    /// # Errors
    /// `invalid_client`
    pub(super) fn said(&self, service: &Service, now: Timestamp) -> Result<RequiredClaims<'a>, Refusal> {
        let policy = Policy {
            leeway: service.settings.leeway.as_secs(),
            iss: Some(self.id.to_owned()),
            sub: Some(self.id.to_owned()),
            require: vec![CheckName::Exp, CheckName::Iss, CheckName::Sub],
            ..Policy::default()
        };
        passed(&verdict::judge(self.jws, &KeySet::none(), &policy, now))?;
        if !has_fitting_type(self.jws) {
            return Err(bad("its typ belongs to another kind of token"));
        }
        let audience = audience(self.claims, service)?;
        let view = ClaimsView::of(self.claims);
        let Claim::Value(exp) = view.exp else { return Err(bad("it has no exp")) };
        let leeway = service.settings.leeway.as_secs();
        if exp > NumericDate::from_timestamp(now).plus(MAX_ASSERTION_LIFETIME + leeway) {
            return Err(bad("it is valid for more than ten minutes"));
        }
        match view.jti {
            Claim::Value("") => Err(bad("its jti is empty")),
            Claim::Value(jti) => Ok(RequiredClaims { exp, jti, audience }),
            Claim::Absent | Claim::Mistyped(_) => Err(bad("it has no jti")),
        }
    }

    /// Records its `jti`, which must be new (RFC 7523 section 3).
    fn once(&self, service: &Service, said: &RequiredClaims<'_>, now: Timestamp) -> Result<(), Refusal> {
        let (kind, until) = (IdKind::Assertion, taken_until(said.exp, service.settings.leeway));
        let used = Id { kind, digest: digest(&[self.id, said.jti]), owner: self.id.to_owned(), until };
        if service.remember(used, now)? { Ok(()) } else { Err(bad("it has been used before (jti)")) }
    }

    /// The client's keys, and the accepted audiences.
    fn keys<'c>(
        &self,
        service: &Service,
        auth: &'c ClientAuth,
        now: Timestamp,
    ) -> Result<(AssertionKeys<'c>, AssertionAudience), Refusal> {
        match auth {
            ClientAuth::SecretJwt { secrets, audience } => {
                Ok((AssertionKeys::Live(SharedKey::live(secrets, now)), *audience))
            }
            ClientAuth::PrivateKeyJwt { keys: ClientKeys::Fixed(keys), audience } => {
                Ok((AssertionKeys::Registered(keys), *audience))
            }
            // A public key cannot have made this signature, so the keys are not fetched.
            ClientAuth::PrivateKeyJwt { keys: ClientKeys::At(_), .. } if self.is_by_secret() => {
                Err(bad("alg: it is made with a secret, and the client has keys"))
            }
            ClientAuth::PrivateKeyJwt { keys: ClientKeys::At(at), audience } => {
                let kid = self.jws.header_str("kid");
                fetched_keys(service, at, kid, now).map(|keys| (AssertionKeys::Fetched(keys), *audience))
            }
            ClientAuth::Secret { .. }
            | ClientAuth::Tls(_)
            | ClientAuth::SelfSignedTls(_)
            | ClientAuth::Federated => Err(Refusal::OtherMethod),
        }
    }
}

enum AssertionKeys<'c> {
    Registered(&'c KeySet),
    Live(KeySet),
    Fetched(Arc<KeySet>),
}

impl Deref for AssertionKeys<'_> {
    type Target = KeySet;

    fn deref(&self) -> &KeySet {
        match self {
            Self::Registered(keys) => keys,
            Self::Live(keys) => keys,
            Self::Fetched(keys) => keys,
        }
    }
}

fn fetched_keys(
    service: &Service,
    at: &KeysUrl,
    kid: Option<&str>,
    now: Timestamp,
) -> Result<Arc<KeySet>, Refusal> {
    let found = published_keys(service, at, kid, now)?;
    found.map_err(|error| unfetched(error, &format!("the client's keys at {}", at.uri)))
}

fn unfetched(error: FetchError, what: &str) -> Refusal {
    let cause = format!("{what}: {error}");
    match error {
        FetchError::Failed(_) => Refusal::NoKeys(cause),
        // The client may be right. Only the log names the address, which is the client's own affair.
        FetchError::Away(_) | FetchError::Busy => Refusal::Unavailable(Unavailable {
            message: "the credentials cannot be checked now: try again".to_owned(),
            cause,
            waits_for: None,
            unconfirmed: None,
        }),
    }
}

fn bad(why: &str) -> Refusal {
    Refusal::InvalidAssertion(format!("client assertion: {why}"))
}

/// Refuses an assertion that fails the judge.
fn passed(verdict: &Verdict) -> Result<(), Refusal> {
    match verdict.first_failure() {
        Some(check) => Err(bad(&format!("{}: {}", check.name, check.message))),
        None => Ok(()),
    }
}

fn has_fitting_type(jws: &Jws<'_>) -> bool {
    match jws.header.get("typ") {
        None => true,
        Some(Json::String(typ)) => ASSERTION_TYPES.contains(&compact::media_type(typ).as_str()),
        Some(_) => false,
    }
}

/// Its audience, in the form that [`RequiredClaims`] has.
fn audience(claims: &Object, service: &Service) -> Result<Option<&'static str>, Refusal> {
    const AS_STRING: &str = "its aud must be the issuer as a string (rfc7523bis section 4)";
    let token_urls = service.token_urls();
    match claims.get("aud") {
        Some(Json::String(aud)) if *aud == service.issuer => Ok(None),
        Some(Json::String(aud)) if token_urls.contains(aud) => Ok(Some(TOKEN_URL_AUDIENCE)),
        Some(Json::String(_)) => Err(bad("its aud is not the issuer (rfc7523bis section 4)")),
        Some(Json::Array(items)) => match items.as_slice() {
            [Json::String(aud)] if token_urls.contains(aud) => Ok(Some(TOKEN_URL_AUDIENCE)),
            [Json::String(aud)] if *aud == service.issuer => Ok(Some(AS_STRING)),
            _ => {
                Err(bad("its aud lists other values than the issuer or token endpoint, must be the issuer \
                          as a string (rfc7523bis section 4)"))
            }
        },
        Some(_) => Err(bad(AS_STRING)),
        None => Err(bad("it has no aud")),
    }
}

/// Whether a client with that authentication may have signed it.
fn signed_by(service: &Service, jws: &Jws<'_>, auth: Option<&ClientAuth>) -> Policy {
    let shared = matches!(auth, Some(ClientAuth::SecretJwt { .. }));
    let alg = Algorithm::ALL.into_iter().filter(|alg| (alg.family() == Family::Hmac) == shared);
    Policy {
        leeway: service.settings.leeway.as_secs(),
        alg: alg.collect(),
        most_keys: verify::algorithm(jws).ok().map(client_most_tried),
        require: vec![CheckName::Signature],
        ..Policy::default()
    }
}

#[cfg(test)]
#[path = "assertion_tests.rs"]
mod tests;
