//! The claims of an access token, defined once: written by `serve` ([`AccessClaims`]), shown by `token`,
//! judged by `inspect` and serve's own resource ([`ClaimsView`]). Names and types are from RFC 7519 section
//! 4.1 and RFC 9068 section 2.2.

mod scope_claim;

use crate::clock::{self, Timestamp};
use crate::json::number::Number;
use crate::json::{Json, Object};
use crate::scope::ScopeSet;
pub use scope_claim::{SCOPE_CLAIMS, ScopeClaim, ScopeForm};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::fmt;

/// Claims that verifiers interpret. A configuration's extra claims cannot replace them (RFC 7519 section
/// 4.1; RFC 9068 section 2.2; RFC 8693 section 4; RFC 7800).
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

/// A private claim: the ids (`jti`) of all source tokens of an exchanged token, which becomes invalid when
/// one of them is revoked.
pub const SOURCE_JTIS: &str = "source_jtis";

/// The first of a client's extra claims that collides with a registered one.
#[must_use]
pub fn reserved_claim(claims: &serde_json::Map<String, serde_json::Value>) -> Option<&str> {
    claims.keys().map(String::as_str).find(|name| REGISTERED.contains(name))
}

/// Whether a client may request it as an audience: an absolute URI without a fragment (RFC 8707 section 2).
#[must_use]
pub fn is_resource(text: &str) -> bool {
    let is_absolute = text.split_once(':').is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    });
    is_absolute && !text.contains('#') && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The claims of an issued token. Serializes as the payload of a JWT.
#[derive(Debug)]
pub struct AccessClaims<'a> {
    pub iss: &'a str,
    /// The subject: with client credentials, the client (RFC 9068 section 2.2).
    pub sub: &'a str,
    /// The client that requested it (RFC 8693 section 4.3).
    pub client_id: &'a str,
    /// The audience; omitted if none is configured or requested.
    pub aud: &'a [String],
    /// The granted scope; omitted if empty (RFC 6749 section 3.3 has no empty scope).
    pub scope: &'a ScopeSet,
    /// A second claim with the scope.
    pub scope_claim: Option<ScopeClaim>,
    pub iat: Timestamp,
    /// When it expires.
    pub exp: Timestamp,
    /// Its unique id.
    pub jti: &'a str,
    /// The key or certificate that it is bound to (RFC 7800 section 3).
    pub cnf: Option<Confirmation<'a>>,
    /// The actor that acts for the subject (RFC 8693 section 4.1).
    pub act: Option<&'a Actor>,
    /// The ids of the source tokens; see [`SOURCE_JTIS`].
    pub sources: &'a [String],
    /// Extra claims from the client's configuration, already checked against [`REGISTERED`].
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
            // A single audience is written as a string, which every verifier accepts (RFC 7519 4.1.3).
            [one] => map.serialize_entry("aud", one)?,
            several => map.serialize_entry("aud", several)?,
        }
        if !self.scope.is_empty() {
            map.serialize_entry("scope", self.scope)?;
            self.scope_claim.map_or(Ok(()), |claim| claim.serialize(self.scope, &mut map))?;
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

/// The thumbprints that a token is bound to, at least one.
#[derive(Debug, Serialize)]
pub struct Confirmation<'a> {
    /// RFC 7638 thumbprint of a public key (RFC 9449 section 6.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jkt: Option<&'a str>,
    /// SHA-256 of a certificate (RFC 8705 section 3.1).
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    pub x5t_s256: Option<&'a str>,
}

/// The actor for a token's subject, with the earlier actors (RFC 8693 section 4.1): newest outermost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Actor {
    pub sub: String,
    /// The scope before this actor took over; the exchange removed the difference.
    #[serde(rename = "scope_before", skip_serializing_if = "ScopeSet::is_empty")]
    pub scope_before: ScopeSet,
    /// The previous actor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Actor>>,
}

impl Actor {
    /// The chain in a token's claims, up to the first invalid actor.
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

    /// The length of the chain.
    #[must_use]
    pub fn depth(&self) -> usize {
        1 + self.act.as_ref().map_or(0, |behind| behind.depth())
    }
}

/// The token response (RFC 6749 section 5.1): written by the issuer, read by the client.
#[derive(Clone, Serialize)]
pub struct TokenResponse {
    /// The token, opaque to a client.
    pub access_token: String,
    /// `Bearer` or `DPoP`, case-insensitive.
    pub token_type: String,
    /// The lifetime in seconds, from the answer on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
    /// The granted scope; if absent, the requested one (RFC 6749 section 5.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<ScopeSet>,
    /// The token type of an exchanged token (RFC 8693 section 2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_token_type: Option<String>,
}

impl fmt::Debug for TokenResponse {
    /// Omits the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("token_type", &self.token_type)
            .field("expires_in", &self.expires_in)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// A claim of a received token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim<T> {
    Absent,
    /// Present with the type that its RFC requires.
    Value(T),
    /// Present with another type; the text names both types.
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

/// The registered claims of a received token, parsed by their RFCs' types. Nothing is judged here; a wrong
/// type is reported.
#[derive(Debug)]
pub struct ClaimsView<'a> {
    pub iss: Claim<&'a str>,
    pub sub: Claim<&'a str>,
    pub aud: Claim<Vec<&'a str>>,
    pub client_id: Claim<&'a str>,
    /// The scope: RFC 8693's string, or one of [`SCOPE_CLAIMS`] as a string or an array, as some issuers
    /// send it.
    pub scope: Claim<ScopeSet>,
    pub iat: Claim<NumericDate>,
    pub nbf: Claim<NumericDate>,
    pub exp: Claim<NumericDate>,
    pub jti: Claim<&'a str>,
}

impl<'a> ClaimsView<'a> {
    /// Parses the registered claims of a claims set.
    #[must_use]
    pub fn of(claims: &'a Object) -> Self {
        Self {
            iss: string(claims, "iss"),
            sub: string(claims, "sub"),
            aud: audience(claims),
            client_id: string(claims, "client_id"),
            scope: scope(claims, &SCOPE_CLAIMS),
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
            None => {
                Claim::Mistyped(format!("aud is an array with elements of other types, must be {EXPECTED}"))
            }
        },
        Some(other) => mistyped("aud", other, EXPECTED),
    }
}

/// The scope of a token that this issuer signs. The other names may be claims of its configuration there,
/// which grant nothing.
#[must_use]
pub fn own_scope(claims: &Object) -> Claim<ScopeSet> {
    scope(claims, &SCOPE_CLAIMS[..2])
}

fn scope(claims: &Object, names: &[&'static str]) -> Claim<ScopeSet> {
    const EXPECTED: &str = "a string of scopes separated by spaces";
    let found = names.iter().find_map(|name| Some((*name, claims.get(name)?)));
    let Some((name, value)) = found else { return Claim::Absent };
    let parsed = match value {
        Json::String(text) => text.parse(),
        Json::Array(items) => match items.iter().map(Json::as_str).collect::<Option<Vec<_>>>() {
            Some(tokens) => ScopeSet::from_tokens(tokens),
            None => {
                return Claim::Mistyped(format!(
                    "{name} is an array with elements of other types, must be {EXPECTED}"
                ));
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
    /// Parses a JSON number by its value, whatever its spelling; `None` beyond 2^127.
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

    /// The smaller unit in which the number would be a plausible time.
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
