//! The claims of an access token, the one definition of them: filled by `serve`
//! ([`AccessClaims`]), shown by `token`, judged by `inspect` and by serve's own resource
//! ([`ClaimsView`]). Names and types are those of RFC 7519 section 4.1 and RFC 9068 section 2.2.

use crate::clock::{self, Timestamp};
use crate::json::number::Number;
use crate::json::{Json, Object};
use crate::scope::ScopeSet;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::fmt;

/// Names that mean something to a verifier: what a configuration adds to a token can never
/// replace them (RFC 7519 section 4.1; RFC 9068 section 2.2; RFC 8693 section 4; RFC 7800).
pub const REGISTERED: [&str; 20] = [
    "active",
    "token_type",
    "username",
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "client_id",
    "scope",
    "scp",
    "act",
    "may_act",
    SOURCE_JTIS,
    "cnf",
    "auth_time",
    "acr",
    "amr",
];

/// Our own claim: the ids (`jti`) of all tokens that an exchanged token was made from, so that it ends when
/// one of them is revoked.
pub const SOURCE_JTIS: &str = "source_jtis";

/// The first of the claims that a client brings that would stand beside a registered one.
#[must_use]
pub fn reserved_claim(claims: &serde_json::Map<String, serde_json::Value>) -> Option<&str> {
    claims.keys().map(String::as_str).find(|name| REGISTERED.contains(name))
}

/// True for what may be an audience that is asked for: an absolute URI without a fragment (RFC 8707 section
/// 2).
#[must_use]
pub fn is_resource(text: &str) -> bool {
    let is_absolute = text.split_once(':').is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    });
    is_absolute && !text.contains('#') && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The claims of a token issued here. Serialises as the payload of a JWT.
#[derive(Debug)]
pub struct AccessClaims<'a> {
    /// The issuer.
    pub iss: &'a str,
    /// Whom it speaks for: with client credentials, the client (RFC 9068 section 2.2).
    pub sub: &'a str,
    /// The client that asked for it (RFC 8693 section 4.3).
    pub client_id: &'a str,
    /// Whom it is meant for; absent when no audience is configured or asked for.
    pub aud: &'a [String],
    /// The granted scope; an empty set is not written (RFC 6749 section 3.3 has no empty scope).
    pub scope: &'a ScopeSet,
    /// When it was issued.
    pub iat: Timestamp,
    /// From when on it is refused.
    pub exp: Timestamp,
    /// Its own identity: never twice the same.
    pub jti: &'a str,
    /// The key or certificate that it is bound to (RFC 7800 section 3).
    pub cnf: Option<Confirmation<'a>>,
    /// The actor for the subject (RFC 8693 section 4.1).
    pub act: Option<&'a Actor>,
    /// The ids of the tokens that it was made from; see [`SOURCE_JTIS`].
    pub sources: &'a [String],
    /// Claims that the client's configuration adds; checked against [`REGISTERED`] when it was read.
    pub extra: &'a serde_json::Map<String, serde_json::Value>,
}

impl Serialize for AccessClaims<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("iss", self.iss)?;
        map.serialize_entry("sub", self.sub)?;
        map.serialize_entry("client_id", self.client_id)?;
        match self.aud {
            [] => {}
            // A single audience is a string: every verifier reads that form (RFC 7519 4.1.3).
            [one] => map.serialize_entry("aud", one)?,
            several => map.serialize_entry("aud", several)?,
        }
        if !self.scope.is_empty() {
            map.serialize_entry("scope", self.scope)?;
        }
        map.serialize_entry("iat", &self.iat)?;
        map.serialize_entry("exp", &self.exp)?;
        map.serialize_entry("jti", self.jti)?;
        if let Some(cnf) = &self.cnf {
            map.serialize_entry("cnf", cnf)?;
        }
        if let Some(act) = self.act {
            map.serialize_entry("act", act)?;
        }
        if !self.sources.is_empty() {
            map.serialize_entry(SOURCE_JTIS, self.sources)?;
        }
        for (name, value) in self.extra {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// The thumbprints that a token is bound to; at least one of the two.
#[derive(Debug, Serialize)]
pub struct Confirmation<'a> {
    /// RFC 7638 thumbprint of a public key (RFC 9449 section 6.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jkt: Option<&'a str>,
    /// SHA-256 of a certificate (RFC 8705 section 3.1).
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    pub x5t_s256: Option<&'a str>,
}

/// The actor for a token's subject, and the actors before (RFC 8693 section 4.1): newest outermost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Actor {
    /// The actor.
    pub sub: String,
    /// The scope before this actor took over; the difference was lost in the exchange.
    #[serde(rename = "scope_before", skip_serializing_if = "ScopeSet::is_empty")]
    pub scope_before: ScopeSet,
    /// The actor before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Actor>>,
}

impl Actor {
    /// The chain in a token's claims, up to the first value that is not an actor.
    #[must_use]
    pub fn of(claims: &Object) -> Option<Self> {
        let act = claims.get("act")?.as_object()?;
        Some(Self {
            sub: act.get("sub")?.as_str()?.to_owned(),
            scope_before: act
                .get("scope_before")
                .and_then(Json::as_str)
                .and_then(|s| s.parse().ok())
                .unwrap_or_default(),
            act: Self::of(act).map(Box::new),
        })
    }

    /// How many actors stand behind one another.
    #[must_use]
    pub fn depth(&self) -> usize {
        1 + self.act.as_ref().map_or(0, |behind| behind.depth())
    }
}

/// The answer that carries an access token (RFC 6749 section 5.1): written by the issuer, read by
/// the client.
#[derive(Clone, Serialize)]
pub struct TokenResponse {
    /// The token, opaque to a client.
    pub access_token: String,
    /// `Bearer` or `DPoP`; compared without regard to case.
    pub token_type: String,
    /// Seconds for which it is good from the answer on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
    /// The granted scope; where absent, the requested one (RFC 6749 section 5.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<ScopeSet>,
    /// The kind of token, where it was exchanged for others (RFC 8693 section 2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_token_type: Option<String>,
}

impl fmt::Debug for TokenResponse {
    /// Says everything but the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("token_type", &self.token_type)
            .field("expires_in", &self.expires_in)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// A claim as it was found in a received token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim<T> {
    /// Not in the token.
    Absent,
    /// There, and of the type that its RFC gives it.
    Value(T),
    /// There, but not of that type; the sentence says what it is and what it must be.
    Mistyped(String),
}

/// A NumericDate (RFC 7519 section 2): a number of seconds, which may have a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NumericDate {
    /// Whole seconds since 1970, rounded down.
    pub seconds: i128,
    /// The fraction, in nanoseconds.
    pub nanos: u32,
}

/// The registered claims of a received token, each read as its RFC types it. Nothing is judged
/// here, and nothing is lost: what has the wrong type is said to have it.
#[derive(Debug)]
pub struct ClaimsView<'a> {
    /// Issuer, a string.
    pub iss: Claim<&'a str>,
    /// Subject, a string.
    pub sub: Claim<&'a str>,
    /// Audience, a string or an array of strings.
    pub aud: Claim<Vec<&'a str>>,
    /// The client, a string.
    pub client_id: Claim<&'a str>,
    /// The scope: RFC 8693's string; `scope` or `scp` as an array, which some issuers write, too.
    pub scope: Claim<ScopeSet>,
    /// Issued at.
    pub iat: Claim<NumericDate>,
    /// Not before.
    pub nbf: Claim<NumericDate>,
    /// Expiry.
    pub exp: Claim<NumericDate>,
    /// The token's own id.
    pub jti: Claim<&'a str>,
}

impl<'a> ClaimsView<'a> {
    /// Reads the registered claims of a claims set.
    #[must_use]
    pub fn of(claims: &'a Object) -> Self {
        Self {
            iss: string(claims, "iss"),
            sub: string(claims, "sub"),
            aud: audience(claims),
            client_id: string(claims, "client_id"),
            scope: scope(claims),
            iat: date(claims, "iat"),
            nbf: date(claims, "nbf"),
            exp: date(claims, "exp"),
            jti: string(claims, "jti"),
        }
    }
}

fn mistyped<T>(name: &str, found: &Json, expected: &str) -> Claim<T> {
    Claim::Mistyped(format!("{name} is {}, must be {expected}", found.kind()))
}

fn string<'a>(claims: &'a Object, name: &str) -> Claim<&'a str> {
    match claims.get(name) {
        None => Claim::Absent,
        Some(Json::String(text)) => Claim::Value(text),
        Some(other) => mistyped(name, other, "a string"),
    }
}

fn audience(claims: &Object) -> Claim<Vec<&str>> {
    const EXPECTED: &str = "a string or an array of strings";
    match claims.get("aud") {
        None => Claim::Absent,
        Some(Json::String(one)) => Claim::Value(vec![one]),
        Some(Json::Array(items)) => match items.iter().map(Json::as_str).collect() {
            Some(several) => Claim::Value(several),
            None => Claim::Mistyped(format!("aud is an array of other things, must be {EXPECTED}")),
        },
        Some(other) => mistyped("aud", other, EXPECTED),
    }
}

fn scope(claims: &Object) -> Claim<ScopeSet> {
    const EXPECTED: &str = "a string of scopes separated by spaces";
    let (name, value) = match (claims.get("scope"), claims.get("scp")) {
        (Some(value), _) => ("scope", value),
        (None, Some(value)) => ("scp", value),
        (None, None) => return Claim::Absent,
    };
    let parsed = match value {
        Json::String(text) => text.parse(),
        Json::Array(items) => match items.iter().map(Json::as_str).collect::<Option<Vec<_>>>() {
            Some(tokens) => ScopeSet::from_tokens(tokens),
            None => {
                return Claim::Mistyped(format!("{name} is an array of other things, must be {EXPECTED}"));
            }
        },
        other => return mistyped(name, other, EXPECTED),
    };
    parsed.map_or_else(|error| Claim::Mistyped(format!("{name}: {error}")), Claim::Value)
}

fn date(claims: &Object, name: &str) -> Claim<NumericDate> {
    match claims.get(name) {
        None => Claim::Absent,
        Some(Json::Number(text)) => NumericDate::parse(text).map_or_else(
            || Claim::Mistyped(format!("{name} is out of range: no clock reaches it")),
            Claim::Value,
        ),
        Some(other) => mistyped(name, other, "a number of seconds since 1970"),
    }
}

impl NumericDate {
    /// Reads a number as JSON writes it, by its value and not its spelling; `None` beyond 2^127.
    fn parse(text: &str) -> Option<Self> {
        let Number { whole, nanos } = Number::read(text).ok()?;
        Some(Self { seconds: whole, nanos })
    }

    /// The whole second of that timestamp.
    #[must_use]
    pub fn from_timestamp(moment: Timestamp) -> Self {
        Self { seconds: i128::from(moment.unix()), nanos: 0 }
    }

    /// That many seconds later.
    #[must_use]
    pub fn plus(self, seconds: u64) -> Self {
        Self { seconds: self.seconds.saturating_add(i128::from(seconds)), ..self }
    }

    /// The unit, smaller than a second, in which the number would be a sensible time.
    #[must_use]
    pub fn looks_like(self) -> Option<&'static str> {
        clock::mistyped::smaller_unit(self.seconds)
    }
}

impl fmt::Display for NumericDate {
    /// RFC 3339 in UTC, or `year N` beyond its range.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&clock::rfc3339(self.seconds))
    }
}

#[cfg(test)]
#[path = "claims_tests.rs"]
mod tests;
