//! Y: signed tokens that are not access tokens.

use crate::probe::case::Way::Sends;
use crate::probe::case::row;
use crate::probe::case::{ProbeCase, Variations};
use crate::probe::forge::{number, text};
use crate::probe::material::Material;
use crate::probe::terms::CaseSeverity::{High, Low, Medium};
use crate::probe::terms::ProbeMode::Key;
use crate::probe::terms::Right::{Accept, Refuse, RefuseOr};

const TYP: &str = "Require typ at+jwt (RFC 9068), compared without regard to case and to application/.";
/// Types of signed tokens that are for something else.
const OTHER_TYPES: [&str; 7] = [
    "dpop+jwt",
    "client-authentication+jwt",
    "oauth-id-jag+jwt",
    "logout+jwt",
    "token-introspection+jwt",
    "secevent+jwt",
    "entity-statement+jwt",
];

pub(super) const CASES: [ProbeCase; 5] = [
    row(
        "Y1",
        (Key, High, RefuseOr(&[403])),
        Sends(id_token),
        [
            "an ID token",
            "Require the API's own audience and typ at+jwt: an ID token is for the client.",
            "OWASP ASVS 9.2.2",
        ],
    ),
    row(
        "Y2",
        (Key, High, Refuse),
        Sends(other_types),
        ["a typ of something else", TYP, "RFC 8725bis section 3.11"],
    ),
    row(
        "Y3",
        (Key, Medium, Refuse),
        Sends(plain_type),
        ["typ JWT, or none, where the good token is at+jwt", TYP, "RFC 9068 section 4"],
    ),
    row(
        "Y4",
        (Key, Low, Accept),
        Sends(long_type),
        ["typ at+jwt in its other forms", TYP, "RFC 7515 section 4.1.9"],
    ),
    row(
        "Y5",
        (Key, High, RefuseOr(&[403])),
        Sends(assertion),
        ["a client assertion", "Require the API's own audience and issuer.", "RFC 7523 section 5"],
    ),
];

fn client(m: &Material) -> String {
    m.claimed_text("client_id").or_else(|_| m.claimed_text("sub")).unwrap_or_else(|_| "client".to_owned())
}

fn id_token(m: &Material) -> Variations {
    let token = m.signs("aud is the client, nonce, no scope", |draft| {
        draft.header.set("typ", text("JWT"));
        draft.claims.remove("scope");
        draft.claims.remove("client_id");
        draft.claims.set("aud", text(&client(m)));
        draft.claims.set("nonce", text("n-0S6_WzA2Mj"));
        draft.claims.set("auth_time", number(m.now.unix()));
        draft.claims.set("at_hash", text("MTIzNDU2Nzg5MDEyMzQ1Ng"));
    })?;
    Ok(vec![token])
}

fn other_types(m: &Material) -> Variations {
    let one = |typ: &str| m.signs(format!("typ {typ}"), |draft| draft.header.set("typ", text(typ)));
    OTHER_TYPES.into_iter().map(one).collect()
}

/// Whether the good token has the type of RFC 9068.
fn is_typed(m: &Material) -> Result<(), String> {
    let header = m.parts()?.header;
    let typ = header.get("typ").and_then(crate::json::Json::as_str).unwrap_or_default().to_ascii_lowercase();
    if typ.ends_with("at+jwt") { Ok(()) } else { Err("the good token's typ is not at+jwt".to_owned()) }
}

fn plain_type(m: &Material) -> Variations {
    is_typed(m)?;
    Ok(vec![
        m.signs("typ JWT", |draft| draft.header.set("typ", text("JWT")))?,
        m.signs("no typ", |draft| draft.header.remove("typ"))?,
    ])
}

fn long_type(m: &Material) -> Variations {
    is_typed(m)?;
    let one = |typ: &str| m.signs(format!("typ {typ}"), |draft| draft.header.set("typ", text(typ)));
    ["application/at+jwt", "AT+JWT"].into_iter().map(one).collect()
}

fn assertion(m: &Material) -> Variations {
    let issuer = m.claimed_text("iss").unwrap_or_else(|_| "https://issuer.example".to_owned());
    let token = m.signs("iss and sub are the client, aud the issuer", |draft| {
        draft.header.set("typ", text("JWT"));
        draft.claims.remove("scope");
        draft.claims.remove("client_id");
        draft.claims.set("iss", text(&client(m)));
        draft.claims.set("sub", text(&client(m)));
        draft.claims.set("aud", text(&issuer));
    })?;
    Ok(vec![token])
}
