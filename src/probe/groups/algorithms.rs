//! A: algorithms and keys.

use super::forged_keys::{
    by_stranger, certificate_url, common_secrets, embedded_key, hmac_by_public_key, key_url, known_kid,
};
use super::issuer_keys;
use super::key_ids::key_ids;
use crate::jose::public_forms::der_signature;
use crate::json::Json;
use crate::probe::case::Way::{Measures, Sends};
use crate::probe::case::row;
use crate::probe::case::{ProbeCase, Variations};
use crate::probe::forge::text;
use crate::probe::material::Material;
use crate::probe::terms::CaseSeverity::{Critical, High, Info, Low, Medium};
use crate::probe::terms::ProbeMode::{Issuer, Key, Token};
use crate::probe::terms::Right::{Accept, Noted, Refuse, RefuseOr};
use crate::testbench::flaw::Flaw;

const ALLOW: &str =
    "Give the library the list of allowed algorithms (such as ES256 alone); never take alg from the token.";
const OWN_KEYS: &str =
    "Take keys from the configured key set alone; ignore jwk, jku, x5u and x5c in the header.";
const KEY_SET: &str = "Look kid up as an opaque text in the configured key set, and nowhere else.";
const FIXED: &str = "Use a maintained library that checks ECDSA signatures (RFC 7518 form, 1 to n - 1).";
const FIT: &str = "Use a key only for the use, the operations and the algorithm that its JWK names.";
const FETCH: &str =
    "Fetch the key set again on an unknown kid, at most a few times a minute, and keep the last good set.";

pub(super) const CASES: [ProbeCase; 22] = [
    row(
        "A1",
        (Token, Critical, Refuse),
        Sends(none),
        ["alg none without a signature", ALLOW, "RFC 8725bis section 2.12, CVE-2015-9235"],
    ),
    row(
        "A2",
        (Token, Critical, Refuse),
        Sends(none_signed),
        ["alg none with the genuine signature", ALLOW, "RFC 8725bis section 2.12"],
    ),
    row(
        "A3",
        (Token, Critical, Refuse),
        Sends(hmac_by_public_key),
        ["HS256 keyed by the public key", ALLOW, "RFC 8725bis section 2.1"],
    ),
    row(
        "A4",
        (Token, Critical, Refuse),
        Measures(common_secrets),
        [
            "HS256 with a common secret",
            "Use a random secret of 256 bits or more, or a key pair.",
            "RFC 7518 section 3.2, RFC 8725bis section 3.5",
        ],
    ),
    row(
        "A5",
        (Token, Critical, Refuse),
        Sends(embedded_key),
        ["a key in the header (jwk)", OWN_KEYS, "OWASP ASVS 9.1.3"],
    ),
    row(
        "A6",
        (Token, Critical, Refuse),
        Measures(key_url),
        ["the URL of a key set in the header (jku)", OWN_KEYS, "OWASP ASVS 9.1.3"],
    ),
    row(
        "A7",
        (Token, Critical, Refuse),
        Measures(certificate_url),
        ["a certificate in the header (x5u, x5c)", OWN_KEYS, "OWASP ASVS 9.1.3"],
    ),
    row(
        "A8",
        (Token, Critical, Refuse),
        Sends(by_stranger),
        ["signed by a stranger, with an unknown kid", KEY_SET, "RFC 7515 section 5.2"],
    ),
    row(
        "A9",
        (Token, Critical, Refuse),
        Sends(known_kid),
        ["signed by a stranger, with the kid of a real key", KEY_SET, "RFC 7515 section 5.2"],
    ),
    row(
        "A10",
        (Token, Critical, Refuse),
        Sends(key_ids),
        ["a kid that is a path, a query or a command", KEY_SET, "RFC 8725bis section 3.10"],
    ),
    row(
        "A11",
        (Key, Medium, Refuse),
        Sends(other_algorithms),
        [
            "the right key with another algorithm of its kind",
            "Pin one algorithm to each key.",
            "RFC 8725bis section 3.1",
        ],
    ),
    row(
        "A12",
        (Key, High, Refuse),
        Sends(critical),
        [
            "critical header members that nobody knows",
            "Refuse a token whose crit names an extension that the API does not implement.",
            "RFC 7515 section 4.1.11, RFC 7797",
        ],
    ),
    row(
        "A13",
        (Token, Critical, Refuse),
        Sends(psychic),
        ["ECDSA signatures of zeros and of the order", FIXED, "CVE-2022-21449"],
    ),
    row(
        "A14",
        (Key, Medium, Refuse),
        Sends(ecdsa_forms),
        ["ECDSA signatures in other forms", FIXED, "RFC 7518 section 3.4"],
    ),
    row(
        "A15",
        (Issuer, Medium, Refuse),
        Measures(issuer_keys::unfit),
        ["keys that are published for something else", FIT, "RFC 7517 sections 4.2 to 4.4"],
    ),
    row(
        "A16",
        (Issuer, High, Refuse),
        Measures(issuer_keys::secret),
        ["a shared secret in the key set", FIT, "RFC 7518 section 3.3, RFC 7517 section 9.2"],
    ),
    row(
        "A17",
        (Issuer, Info, Noted),
        Measures(issuer_keys::same_kid),
        ["two keys with one kid", "Try every key that kid and algorithm fit.", "RFC 7517 section 4.5"],
    ),
    row(
        "A18",
        (Issuer, High, Noted),
        Measures(issuer_keys::withdrawn),
        [
            "a key that was taken out of the set",
            "Drop keys that the set no longer has, at the latest when its max-age is over.",
            "OWASP ASVS 9.1.3",
        ],
    ),
    row(
        "A19",
        (Issuer, Low, Accept),
        Measures(issuer_keys::new_key),
        ["a new key in the set", FETCH, "OpenID Connect Core section 10.1.1"],
    ),
    row(
        "A20",
        (Issuer, Medium, Refuse),
        Measures(issuer_keys::unknown_kids),
        ["many unknown kids", FETCH, "OWASP ASVS 2.4"],
    ),
    row(
        "A21",
        (Issuer, Medium, RefuseOr(&[503])),
        Measures(issuer_keys::outage),
        ["the key set cannot be fetched", FETCH, "RFC 7517 section 5"],
    ),
    row(
        "A22",
        (Issuer, High, Refuse),
        Measures(issuer_keys::redirect),
        [
            "the key set redirects to another host",
            "Follow no redirect when fetching metadata and keys, and compare the metadata's issuer.",
            "RFC 8414 section 3.3, OWASP ASVS 10.5.3",
        ],
    ),
];

fn none(m: &Material) -> Variations {
    let parts = m.parts()?;
    let one = |name: &str| {
        let header = parts.header_with(|header| header.set("alg", text(name)));
        m.presents(format!("alg {name}"), &format!("{}.", parts.under(&header)))
    };
    Ok(["none", "None", "NONE", "nOnE", ""].map(one).to_vec())
}

fn none_signed(m: &Material) -> Variations {
    let token = m.parts()?.with_header(|header| header.set("alg", text("none")));
    Ok(vec![m.presents("alg none, the signature kept", &token)])
}

fn other_algorithms(m: &Material) -> Variations {
    let trusted = m.trusted()?;
    let mut all = Vec::new();
    for sibling in &trusted.siblings {
        let mut draft = m.draft()?;
        draft.header.set("alg", text(sibling.algorithm().name()));
        let token = draft.signed(sibling).map_err(|error| error.to_string())?;
        all.push(m.presents(format!("signed with {}", sibling.algorithm()), &token));
    }
    all.push(m.presents("alg names another algorithm than the one that signed", &m.flawed(Flaw::Alg)?));
    Ok(all)
}

fn critical(m: &Material) -> Variations {
    let list = |names: &[&str]| Json::Array(names.iter().map(|name| text(name)).collect());
    Ok(vec![
        m.presents("crit with an unknown name", &m.flawed(Flaw::Crit)?),
        m.signs("crit is empty", |draft| draft.header.set("crit", list(&[])))?,
        m.signs("crit names exp, which the header lacks", |draft| draft.header.set("crit", list(&["exp"])))?,
        m.signs("b64 false", |draft| {
            draft.header.set("b64", Json::Bool(false));
            draft.header.set("crit", list(&["b64"]));
        })?,
    ])
}

/// The orders of the curves P-256, P-384 and P-521.
const ORDERS: [(&str, &str); 3] = [
    ("ES256", "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
    (
        "ES384",
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    ),
    (
        "ES512",
        "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5\
         d03bb5c9b8899c47aebb6fb71e91386409",
    ),
];

/// Whether the good token is signed with ECDSA.
fn order(m: &Material) -> Result<Vec<u8>, String> {
    let algorithm = m.parts()?.algorithm().to_owned();
    let order = ORDERS.iter().find(|(name, _)| *name == algorithm);
    let order = order.and_then(|(_, digits)| crate::jose::digest::unhex(digits.as_bytes()));
    order.ok_or_else(|| format!("the good token is signed with {algorithm}, not with ECDSA"))
}

fn psychic(m: &Material) -> Variations {
    let (parts, order) = (m.parts()?, order(m)?);
    let zeros = vec![0; order.len()];
    let mut one = zeros.clone();
    one[order.len() - 1] = 1;
    let pairs = [
        ("r = s = 0", [&zeros, &zeros]),
        ("r = 0, s = 1", [&zeros, &one]),
        ("r = s = n", [&order, &order]),
        ("r = n, s = 1", [&order, &one]),
        ("r = 1, s = n", [&one, &order]),
    ];
    let halves = |(label, [r, s]): (&str, [&Vec<u8>; 2])| {
        m.presents(label, &parts.signed_as(&[r.as_slice(), s.as_slice()].concat()))
    };
    let mut all = pairs.map(halves).to_vec();
    all.push(
        m.presents("r = s = 0 in DER", &parts.signed_as(&der_signature(&[zeros.clone(), zeros].concat()))),
    );
    Ok(all)
}

fn ecdsa_forms(m: &Material) -> Variations {
    m.trusted()?;
    let length = order(m)?.len();
    let parts = crate::probe::forge::GenuineParts::of(&m.signed(|_| {})?)?;
    let (r, s) = parts.signature_bytes.split_at(length);
    let der = parts.signed_as(&der_signature(&parts.signature_bytes));
    let swapped = parts.signed_as(&[s, r].concat());
    let mut all = vec![m.presents("DER", &der), m.presents("S before R", &swapped)];
    // One signature in 256 has an R with a leading zero.
    for _ in 0..4096 {
        let parts = crate::probe::forge::GenuineParts::of(&m.signed(|_| {})?)?;
        if let Some(short) = parts.signature_bytes.strip_prefix(&[0]) {
            all.push(m.presents("R without its leading zero", &parts.signed_as(short)));
            break;
        }
    }
    Ok(all)
}
