//! I: who issued a token, and for whom.

use crate::json::{Json, Object};
use crate::probe::case::Way::Sends;
use crate::probe::case::row;
use crate::probe::case::{ProbeCase, Variations};
use crate::probe::forge::{number, text};
use crate::probe::material::Material;
use crate::probe::terms::CaseSeverity::{Critical, High, Medium};
use crate::probe::terms::ProbeMode::Key;
use crate::probe::terms::Right::{Noted, Refuse};
use crate::testbench::flaw::Flaw;

const ISS: &str =
    "Compare iss with the one issuer of the configuration, byte for byte (no prefix, no pattern).";
const AUD: &str =
    "Require aud, and compare each of its values with this API's own identifier, byte for byte.";

pub(super) const CASES: [ProbeCase; 9] = [
    row(
        "I1",
        (Key, Critical, Refuse),
        Sends(other_issuer),
        ["another issuer", ISS, "RFC 9068 section 4, RFC 8725bis section 3.8"],
    ),
    row(
        "I2",
        (Key, High, Refuse),
        Sends(odd_issuer),
        ["iss is absent or not text", ISS, "RFC 7519 section 4.1.1"],
    ),
    row(
        "I3",
        (Key, High, Refuse),
        Sends(similar_issuer),
        ["an issuer that is written almost alike", ISS, "RFC 8414 section 3.3"],
    ),
    row(
        "I4",
        (Key, High, Refuse),
        Sends(other_audience),
        ["the audience of another API", AUD, "RFC 9068 section 4, RFC 8707 section 2, OWASP ASVS 9.2.3"],
    ),
    row(
        "I5",
        (Key, High, Refuse),
        Sends(no_audience),
        ["aud is absent or empty", AUD, "RFC 9068 section 2.2"],
    ),
    row(
        "I6",
        (Key, High, Refuse),
        Sends(similar_audience),
        ["an audience that is written almost alike", AUD, "RFC 9068 section 4"],
    ),
    row(
        "I7",
        (Key, Medium, Refuse),
        Sends(several_audiences),
        ["several audiences", AUD, "RFC 7519 section 4.1.3"],
    ),
    row(
        "I8",
        (Key, High, Refuse),
        Sends(other_roles),
        ["the client or the issuer as audience", AUD, "RFC 8725bis section 2.7"],
    ),
    row("I9", (Key, Medium, Refuse), Sends(odd_audience), ["aud is not text", AUD, "RFC 7519 section 4.1.3"]),
];

fn other_issuer(m: &Material) -> Variations {
    m.claimed_text("iss")?;
    Ok(vec![m.presents("iss: https://another-issuer.example", &m.flawed(Flaw::Iss)?)])
}

fn odd_issuer(m: &Material) -> Variations {
    let issuer = text(&m.claimed_text("iss")?);
    let values = [None, Some(Json::Null), Some(Json::Array(vec![issuer])), Some(text(""))];
    values.into_iter().map(|value| m.claims("iss", value)).collect()
}

fn similar_issuer(m: &Material) -> Variations {
    let issuer = m.claimed_text("iss")?;
    let toggled = match issuer.strip_suffix('/') {
        Some(bare) => bare.to_owned(),
        None => format!("{issuer}/"),
    };
    let scheme = match issuer.strip_prefix("https://") {
        Some(rest) => format!("http://{rest}"),
        None => issuer.replacen("http://", "https://", 1),
    };
    let mut values = vec![
        toggled,
        issuer.to_ascii_uppercase(),
        scheme,
        format!("{issuer}.another-issuer.example"),
        format!("https://another-issuer.example/{issuer}"),
        format!("https://another-issuer.example/?iss={issuer}"),
        format!(" {issuer}"),
    ];
    values.retain(|value| *value != issuer);
    values.into_iter().map(|value| m.claims("iss", Some(text(&value)))).collect()
}

/// The audience of the good token.
fn audience(m: &Material) -> Result<String, String> {
    match m.claim("aud") {
        Some(Json::String(audience)) => Ok(audience),
        Some(Json::Array(items)) => {
            let first = items.first().and_then(Json::as_str).map(str::to_owned);
            first.ok_or_else(|| "the good token's aud is not text".to_owned())
        }
        _ => Err("the good token has no aud: --aud names this API".to_owned()),
    }
}

fn other_audience(m: &Material) -> Variations {
    audience(m)?;
    Ok(vec![m.presents("aud: https://another-api.example", &m.flawed(Flaw::Aud)?)])
}

fn no_audience(m: &Material) -> Variations {
    audience(m)?;
    let values = [None, Some(Json::Null), Some(text("")), Some(Json::Array(Vec::new()))];
    values.into_iter().map(|value| m.claims("aud", value)).collect()
}

fn similar_audience(m: &Material) -> Variations {
    let audience = audience(m)?;
    let shorter: String = audience.chars().take(audience.chars().count().saturating_sub(1)).collect();
    let toggled = match audience.strip_suffix('/') {
        Some(bare) => bare.to_owned(),
        None => format!("{audience}/"),
    };
    let mut values = vec![
        format!("{audience}-2"),
        format!("{audience}.another.example"),
        format!("x{audience}"),
        shorter,
        toggled,
        audience.to_ascii_uppercase(),
        "*".to_owned(),
        format!("x {audience}"),
        format!("x,{audience}"),
    ];
    values.retain(|value| *value != audience);
    values.into_iter().map(|value| m.claims("aud", Some(text(&value)))).collect()
}

fn several_audiences(m: &Material) -> Variations {
    let audience = audience(m)?;
    let list = |values: [&str; 2]| Some(Json::Array(values.map(text).to_vec()));
    let others = m.claims("aud", list(["https://another-api.example", "https://third-api.example"]))?;
    let ours = m.claims("aud", list(["https://another-api.example", &audience]))?;
    Ok(vec![others, ours.right(Noted)])
}

fn other_roles(m: &Material) -> Variations {
    audience(m)?;
    let roles = ["client_id", "iss"].into_iter().filter_map(|name| m.claimed_text(name).ok());
    let ours = m.claim("aud");
    let others = roles.map(|value| Some(text(&value))).filter(|value| *value != ours);
    let values: Vec<Option<Json>> = others.collect();
    if values.is_empty() {
        return Err("the good token's audience is its client or its issuer".to_owned());
    }
    values.into_iter().map(|value| m.claims("aud", value)).collect()
}

fn odd_audience(m: &Material) -> Variations {
    let audience = audience(m)?;
    let mut object = Object::default();
    object.set(&audience, Json::Bool(true));
    let nested = Json::Array(vec![Json::Array(vec![text(&audience)])]);
    let values = [number(1), Json::Object(object), nested, Json::Bool(true)];
    values.into_iter().map(|value| m.claims("aud", Some(value))).collect()
}
