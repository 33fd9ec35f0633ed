//! The reference API's checks of claims.

use super::api::{BAD, FALLS, ReferenceApi, Refusing, SCOPE, text};
use crate::json::{Json, JsonLimits, Object};

pub(super) const ISSUER: &str = "https://as.example.com";
pub(super) const AUDIENCE: &str = "https://api.example.com/orders";
pub(super) const CLIENT: &str = "shop";
pub(super) const READ: &str = "orders:read";

/// The claims, and a second reading of them where names repeat.
pub(super) struct Claimed(pub(super) Object);

impl Claimed {
    pub(super) fn thumbprint(&self) -> Option<String> {
        let cnf = self.0.get("cnf")?.as_object()?;
        Some(text(cnf.get("jkt")))
    }
}

/// A number that is whole and not too large.
pub(super) fn number(value: Option<&Json>) -> Option<i64> {
    match value {
        Some(Json::Number(text)) => text.parse().ok(),
        _ => None,
    }
}

/// The claims set of a payload.
pub(super) fn read(api: &ReferenceApi, header: &Object, payload: &[u8]) -> Result<Claimed, Refusing> {
    if text(header.get("cty")) == "JWT" {
        api.check("S16", false, BAD)?;
        let inner = String::from_utf8_lossy(payload).into_owned();
        let (header, payload) = super::keys::verified(api, &inner)?;
        return read(api, &header, &payload);
    }
    if std::str::from_utf8(payload).is_err() || payload.get(1) == Some(&0) {
        api.check("S15", false, BAD)?;
        let text = String::from_utf8_lossy(payload).replace(['\u{0}', '\u{fffd}'], "");
        return read(api, header, text.as_bytes());
    }
    match Json::parse_within(payload, JsonLimits { depth: 32, ..JsonLimits::DOCUMENT }) {
        Ok(Json::Object(claims)) => {
            let is_single = claims.repeated_name().is_none();
            api.check("S14", is_single, BAD)?;
            Ok(Claimed(if is_single { claims } else { best(&claims) }))
        }
        _ if api.on("S13") => Err(BAD),
        _ => Err(FALLS),
    }
}

/// The reading of a careless API: a good value counts, wherever it is.
fn best(claims: &Object) -> Object {
    let mut best = Object::default();
    for (name, value) in claims.iter() {
        let is_good = match name {
            "exp" => best.get(name).is_none_or(|known| number(Some(known)) < number(Some(value))),
            "aud" => *value == Json::String(AUDIENCE.to_owned()),
            "scope" => *value == Json::String(READ.to_owned()),
            _ => true,
        };
        if is_good {
            best.set(name, value.clone());
        }
    }
    best
}

pub(super) fn check(
    api: &ReferenceApi,
    header: &Object,
    claims: &Claimed,
    is_write: bool,
) -> Result<(), Refusing> {
    let claims = &claims.0;
    // Holes of APIs that take any signed token.
    if !api.on("Y1") && claims.get("nonce").is_some() {
        return Ok(());
    }
    if !api.on("Y5") && claims.get("iss").is_some() && claims.get("iss") == claims.get("sub") {
        return Ok(());
    }
    kind(api, header)?;
    times(api, claims)?;
    issuer(api, claims.get("iss"))?;
    audience(api, claims.get("aud"))?;
    let is_odd = matches!(text(claims.get("sub")).as_str(), "" | "*");
    api.check("O6", !is_odd, BAD).and(if is_odd { Err(FALLS) } else { Ok(()) })?;
    if claims.get("act").is_some_and(|act| act.as_object().is_none()) {
        return Err(if api.on("O7") { BAD } else { FALLS });
    }
    scope(api, claims, is_write)
}

fn kind(api: &ReferenceApi, header: &Object) -> Result<(), Refusing> {
    let typ = text(header.get("typ"));
    let plain = typ.to_ascii_lowercase();
    let plain = plain.strip_prefix("application/").unwrap_or(&plain);
    match plain {
        "at+jwt" => api.check("always", api.on("Y4") || typ == "at+jwt", BAD),
        "jwt" | "" => api.check("Y3", false, BAD),
        _ => api.check("Y2", false, BAD),
    }
}

fn times(api: &ReferenceApi, claims: &Object) -> Result<(), Refusing> {
    let now = api.keys.now;
    match claims.get("exp") {
        None => api.check("T3", false, BAD)?,
        Some(Json::Number(written)) => match written.parse::<i64>() {
            Ok(..=0) => api.check("T4", false, BAD)?,
            Ok(exp) if exp <= now - 3000 => api.check("T1", false, BAD)?,
            Ok(exp) if exp <= now => api.check("T2", false, BAD)?,
            Ok(_) => {}
            Err(_) if written.contains('.') => api.check("always", api.on("T6"), BAD)?,
            Err(_) => return Err(if api.on("T5") { BAD } else { FALLS }),
        },
        Some(_) => api.check("T4", false, BAD)?,
    }
    let is_later = |name: &str| number(claims.get(name)).is_some_and(|time| time > now + 60);
    api.check("T7", !is_later("nbf"), BAD)?;
    if is_later("iat") { Err(if api.on("T8") { BAD } else { FALLS }) } else { Ok(()) }
}

fn issuer(api: &ReferenceApi, issuer: Option<&Json>) -> Result<(), Refusing> {
    let bare = |text: &str| text.to_ascii_lowercase().replace("https://", "").replace("http://", "");
    match issuer {
        Some(Json::String(issuer)) if issuer == ISSUER => Ok(()),
        Some(Json::String(issuer)) if bare(issuer).contains(&bare(ISSUER)) => api.check("I3", false, BAD),
        Some(Json::String(issuer)) if !issuer.is_empty() => api.check("I1", false, BAD),
        _ => api.check("I2", false, BAD),
    }
}

fn audience(api: &ReferenceApi, audience: Option<&Json>) -> Result<(), Refusing> {
    let case = match audience {
        Some(Json::String(audience)) => match audience.as_str() {
            AUDIENCE => return Ok(()),
            "" => "I5",
            CLIENT | ISSUER => "I8",
            "https://another-api.example" => "I4",
            _ => "I6",
        },
        None | Some(Json::Null) => "I5",
        Some(Json::Array(items)) if items.is_empty() => "I5",
        Some(Json::Array(items)) if items.iter().all(|item| item.as_str().is_some()) => {
            if items.iter().any(|item| item.as_str() == Some(AUDIENCE)) {
                return Ok(());
            }
            "I7"
        }
        Some(_) => "I9",
    };
    api.check(case, false, BAD)
}

fn scope(api: &ReferenceApi, claims: &Object, is_write: bool) -> Result<(), Refusing> {
    const OTHERS: [&str; 8] =
        ["scp", "scopes", "roles", "role", "permissions", "groups", "admin", "is_admin"];
    if is_write {
        return Err(SCOPE);
    }
    match claims.get("scope") {
        Some(Json::String(scope)) if scope.split(' ').any(|scope| scope == READ) => Ok(()),
        Some(Json::String(scope)) if scope == "orders:write" => api.check("O2", false, SCOPE),
        Some(Json::String(scope)) if scope.is_empty() => api.check("O1", false, SCOPE),
        Some(Json::String(scope)) if scope.contains(char::is_whitespace) || scope.contains("x,o") => {
            Err(SCOPE)
        }
        Some(Json::String(_)) => api.check("O3", false, SCOPE),
        Some(Json::Array(_)) => Err(if api.on("O4") { SCOPE } else { FALLS }),
        _ if OTHERS.iter().any(|name| claims.get(name).is_some()) => api.check("O5", false, SCOPE),
        _ => api.check("O1", false, SCOPE),
    }
}
