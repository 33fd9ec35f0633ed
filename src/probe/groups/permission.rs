//! O: what a token permits.

use crate::json::{Json, Object};
use crate::probe::case::Way::Sends;
use crate::probe::case::row;
use crate::probe::case::{ProbeCase, Variations};
use crate::probe::forge::text;
use crate::probe::material::Material;
use crate::probe::terms::CaseSeverity::{Critical, High, Medium};
use crate::probe::terms::ProbeMode::{Key, Token};
use crate::probe::terms::Right::{Forbid, Noted, RefuseOr};
use crate::probe::variation::Variation;

const SCOPE: &str =
    "Check the scope of every request: split it at spaces, and compare whole scopes byte for byte.";

pub(super) const CASES: [ProbeCase; 8] = [
    row(
        "O1",
        (Key, Critical, Forbid),
        Sends(no_scope),
        ["scope is absent", SCOPE, "RFC 6750 section 3.1, OWASP ASVS 10.3.2"],
    ),
    row(
        "O2",
        (Key, Critical, Forbid),
        Sends(other_scope),
        ["another scope of this issuer", SCOPE, "RFC 6750 section 3.1"],
    ),
    row(
        "O3",
        (Key, High, Forbid),
        Sends(similar_scopes),
        ["scopes that are written almost alike", SCOPE, "RFC 6749 section 3.3"],
    ),
    row(
        "O4",
        (Key, Medium, Noted),
        Sends(scope_forms),
        ["the scope in other forms", SCOPE, "RFC 8693 section 4.2"],
    ),
    row(
        "O5",
        (Key, High, Forbid),
        Sends(other_claims),
        [
            "no scope, but roles and flags",
            "Take permissions from the claims that the issuer documents, and from no other.",
            "OWASP ASVS 10.3.2",
        ],
    ),
    row(
        "O6",
        (Key, Medium, Noted),
        Sends(subjects),
        [
            "odd subjects and clients",
            "Require sub and client_id, and let no special value mean everybody.",
            "RFC 9068 section 2.2, RFC 9700 section 4.15",
        ],
    ),
    row(
        "O7",
        (Key, Medium, Noted),
        Sends(actors),
        [
            "actors (act)",
            "Decide by sub; act only says who acts for it. Limit its depth.",
            "RFC 8693 section 4.1",
        ],
    ),
    row(
        "O8",
        (Token, Critical, Forbid),
        Sends(writes),
        ["requests that need more than the token has", SCOPE, "OWASP ASVS 10.3.2"],
    ),
];

/// The scope of the good token.
fn scope(m: &Material) -> Result<String, String> {
    m.claimed_text("scope")
        .ok()
        .filter(|scope| !scope.is_empty())
        .ok_or_else(|| "the good token has no scope: --scope names what the API wants".to_owned())
}

fn no_scope(m: &Material) -> Variations {
    scope(m)?;
    Ok(vec![
        m.claims("scope", None)?,
        m.claims("scope", Some(text("")))?,
        m.claims("scope", Some(Json::Null))?.right(RefuseOr(&[403])),
    ])
}

fn other_scope(m: &Material) -> Variations {
    scope(m)?;
    let other = m.other_scope.clone().unwrap_or_else(|| "heistctl:another-scope".to_owned());
    Ok(vec![m.claims("scope", Some(text(&other)))?])
}

fn similar_scopes(m: &Material) -> Variations {
    let scope = scope(m)?;
    let first = scope.split(' ').next().unwrap_or_default();
    let shorter: String = first.chars().take(first.chars().count().saturating_sub(1)).collect();
    let (before, _) = first.split_once([':', '.', '/']).unwrap_or((first, ""));
    let mut values = vec![
        format!("{first}only"),
        format!("x{first}"),
        first.to_ascii_uppercase(),
        format!("{first},x"),
        "*".to_owned(),
        format!("{before}:*"),
    ];
    values.extend((!shorter.is_empty()).then_some(shorter));
    values.retain(|value| !scope.split(' ').any(|scope| scope == value));
    values.into_iter().map(|value| m.claims("scope", Some(text(&value)))).collect()
}

fn scope_forms(m: &Material) -> Variations {
    let scope = scope(m)?;
    let array = Json::Array(scope.split(' ').map(text).collect());
    let separated = ["\t", ",", "\n"].map(|mark| text(&format!("x{mark}{scope}")));
    let values = std::iter::once(array).chain(separated);
    values.map(|value| m.claims("scope", Some(value))).collect()
}

fn other_claims(m: &Material) -> Variations {
    let scope = scope(m)?;
    let list = |values: &[&str]| Json::Array(values.iter().map(|value| text(value)).collect());
    let scopes: Vec<&str> = scope.split(' ').collect();
    let claims = [
        ("scp", list(&scopes)),
        ("scopes", list(&scopes)),
        ("roles", list(&["admin"])),
        ("role", text("admin")),
        ("permissions", list(&scopes)),
        ("groups", list(&["admins"])),
        ("admin", Json::Bool(true)),
        ("is_admin", Json::Bool(true)),
    ];
    let one = |(name, value): (&str, Json)| {
        m.signs(format!("no scope, {name}: {value}"), |draft| {
            draft.claims.remove("scope");
            draft.claims.set(name, value);
        })
    };
    claims.into_iter().map(one).collect()
}

fn subjects(m: &Material) -> Variations {
    let claims = [
        ("sub", None),
        ("sub", Some(text(""))),
        ("sub", Some(text("*"))),
        ("sub", Some(text("another-client"))),
        ("client_id", None),
        ("client_id", Some(text("another-client"))),
    ];
    claims.into_iter().map(|(name, value)| m.claims(name, value)).collect()
}

fn actors(m: &Material) -> Variations {
    let object = |members: Vec<(&str, Json)>| {
        let mut object = Object::default();
        members.into_iter().for_each(|(name, value)| object.set(name, value));
        Json::Object(object)
    };
    let chain = (0..5).fold(object(vec![("sub", text("actor"))]), |inner, _| {
        object(vec![("sub", text("actor")), ("act", inner)])
    });
    let nameless = object(vec![("client_id", text("actor"))]);
    let values =
        [("a chain of actors", chain), ("an actor without sub", nameless), ("act is text", text("actor"))];
    let one = |(label, act)| m.signs(label, |draft| draft.claims.set("act", act));
    values.into_iter().map(one).collect()
}

fn writes(m: &Material) -> Variations {
    if m.writes.is_empty() {
        return Err("needs --write METHOD PATH".to_owned());
    }
    let one = |(method, path): &(String, String)| {
        let request = m.target.request().by(method).at(path.clone());
        let request = request.with("Authorization", format!("Bearer {}", m.genuine()));
        Variation::new(format!("{method} {path} with the good token"), request).holding(m.genuine())
    };
    Ok(m.writes.iter().map(one).collect())
}
