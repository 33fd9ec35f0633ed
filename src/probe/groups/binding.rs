//! B: tokens that are bound to a key (DPoP) or to a certificate.

use crate::jose::digest::{base64url, hmac_sha256, sha256};
use crate::jose::jwk;
use crate::jose::private::PrivateKey;
use crate::jose::sign::Signer;
use crate::json::{Json, Object};
use crate::probe::case::Way::{Measures, Sends, Untried};
use crate::probe::case::row;
use crate::probe::case::{Asking, ProbeCase, Variations};
use crate::probe::forge::{json_text, number, text};
use crate::probe::material::Material;
use crate::probe::probed::Probed;
use crate::probe::resource_metadata;
use crate::probe::terms::CaseSeverity::{Critical, High, Info, Low};
use crate::probe::terms::ProbeMode::{Certificate, Dpop, Key};
use crate::probe::terms::Right::{Accept, Refuse, RefuseOr};
use crate::probe::variation::Variation;

const PROOF: &str = "Check a DPoP proof by all twelve steps of RFC 9449 section 4.3.";
const BOUND: &str =
    "Compare cnf of the token with the key that the request proves, for every token that has cnf.";
const NO_CERTIFICATE: &str = "not tried: it needs a certificate-bound token";

pub(super) const CASES: [ProbeCase; 12] = [
    row(
        "B1",
        (Dpop, Critical, Refuse),
        Sends(as_bearer),
        ["a DPoP-bound token as Bearer, without a proof", BOUND, "RFC 9449 sections 7.1 and 7.2"],
    ),
    row(
        "B2",
        (Dpop, Critical, RefuseOr(&[400])),
        Sends(no_proof),
        ["no proof, two proofs, and no JWT as proof", PROOF, "RFC 9449 section 4.3"],
    ),
    row(
        "B3",
        (Dpop, Critical, Refuse),
        Sends(other_key),
        ["a proof by another key", BOUND, "RFC 9449 section 4.3"],
    ),
    row(
        "B4",
        (Dpop, High, RefuseOr(&[400])),
        Sends(other_request),
        ["a proof for another request", PROOF, "RFC 9449 section 4.3"],
    ),
    row(
        "B5",
        (Dpop, Low, Accept),
        Sends(same_request),
        [
            "htu in its other forms",
            "Compare htu after normalization, without query and fragment.",
            "RFC 9449 section 4.3",
        ],
    ),
    row(
        "B6",
        (Dpop, High, RefuseOr(&[400])),
        Sends(other_token),
        ["a proof for another token (ath)", PROOF, "RFC 9449 section 4.3"],
    ),
    row(
        "B7",
        (Dpop, High, RefuseOr(&[400])),
        Measures(replayed),
        [
            "old, early and repeated proofs",
            "Accept a proof for a short time, and each jti once in that time.",
            "RFC 9449 section 11.1",
        ],
    ),
    row(
        "B8",
        (Dpop, Critical, RefuseOr(&[400])),
        Sends(forged),
        ["forged proofs", PROOF, "RFC 9449 section 4.3"],
    ),
    row(
        "B9",
        (Dpop, Info, RefuseOr(&[400])),
        Sends(nonces),
        [
            "no nonce, and an old one",
            "Answer 401 use_dpop_nonce with a new DPoP-Nonce.",
            "RFC 9449 section 9",
        ],
    ),
    row(
        "B10",
        (Key, High, Refuse),
        Measures(resource_metadata::plain_token),
        [
            "a plain token where the metadata demands bound ones",
            "Enforce dpop_bound_access_tokens_required, or take it out of the metadata.",
            "RFC 9728 section 2",
        ],
    ),
    row(
        "B11",
        (Certificate, Critical, Refuse),
        Untried(NO_CERTIFICATE),
        ["a certificate-bound token without its certificate", BOUND, "RFC 8705 section 3"],
    ),
    row(
        "B12",
        (Certificate, Critical, Refuse),
        Untried(NO_CERTIFICATE),
        [
            "a certificate-bound token with forged fields of a proxy",
            "Remove the fields of the proxy from requests of others.",
            "RFC 9440 section 4, RFC 9700 section 4.13",
        ],
    ),
];

const NO_DPOP: &str = "the API accepts no DPoP-bound token (or there is no key to sign one with)";

fn signer(m: &Material) -> Result<&Signer, String> {
    m.dpop.as_ref().ok_or_else(|| NO_DPOP.to_owned())
}

/// A good token that is bound to the key of the run.
fn bound(m: &Material) -> Result<String, String> {
    let thumbprint = signer(m)?.verifying_key().thumbprint().unwrap_or_default();
    m.signed(|draft| {
        let mut cnf = Object::default();
        cnf.set("jkt", text(&thumbprint));
        draft.claims.set("cnf", Json::Object(cnf));
    })
}

/// The header and the claims of a right proof.
fn proof_parts(m: &Material, signer: &Signer, token: &str) -> (Object, Object) {
    let jwk = jwk::bare(signer.verifying_key()).and_then(|jwk| serde_json::to_vec(&jwk).ok());
    let jwk = jwk.and_then(|jwk| Json::parse(&jwk).ok()).unwrap_or(Json::Null);
    let mut header = Object::default();
    header.set("typ", text("dpop+jwt"));
    header.set("alg", text(signer.algorithm().name()));
    header.set("jwk", jwk);
    let mut claims = Object::default();
    claims.set("jti", text(&base64url(&m.id())));
    claims.set("htm", text(&m.target.method));
    claims.set("htu", text(m.target.url.split(['?', '#']).next().unwrap_or_default()));
    claims.set("iat", number(m.now.unix()));
    claims.set("ath", text(&base64url(&sha256(token.as_bytes()))));
    if let Some(nonce) = m.nonce.borrow().as_deref() {
        claims.set("nonce", text(nonce));
    }
    (header, claims)
}

/// A proof with a change.
fn proof(m: &Material, token: &str, change: impl FnOnce(&mut Object, &mut Object)) -> Result<String, String> {
    let signer = signer(m)?;
    let (mut header, mut claims) = proof_parts(m, signer, token);
    change(&mut header, &mut claims);
    signer.sign_with_header(&header, &claims).map_err(|error| error.to_string())
}

fn with_proofs(m: &Material, label: &str, token: &str, proofs: &[&str]) -> Variation {
    let request = m.target.request().with("Authorization", format!("DPoP {token}"));
    let request = proofs.iter().fold(request, |request, proof| request.with("DPoP", *proof));
    Variation::new(label, request).holding(token)
}

fn changed(
    m: &Material,
    label: &str,
    change: impl FnOnce(&mut Object, &mut Object),
) -> Result<Variation, String> {
    let token = bound(m)?;
    Ok(with_proofs(m, label, &token, &[&proof(m, &token, change)?]))
}

/// The control of these cases: a bound token with a right proof.
///
/// # Errors
/// Without a key to sign with.
pub(in crate::probe) fn control(m: &Material) -> Result<Variation, String> {
    changed(m, "a DPoP-bound token with its proof", |_, _| {})
}

fn as_bearer(m: &Material) -> Variations {
    Ok(vec![m.presents("Authorization: Bearer, no DPoP field", &bound(m)?)])
}

fn no_proof(m: &Material) -> Variations {
    let token = bound(m)?;
    let (one, two) = (proof(m, &token, |_, _| {})?, proof(m, &token, |_, _| {})?);
    Ok(vec![
        with_proofs(m, "no proof", &token, &[]),
        with_proofs(m, "two proofs", &token, &[&one, &two]),
        with_proofs(m, "two proofs in one field", &token, &[&format!("{one}, {two}")]),
        with_proofs(m, "text as proof", &token, &["proof"]),
    ])
}

fn other_key(m: &Material) -> Variations {
    let token = bound(m)?;
    let algorithm = signer(m)?.algorithm();
    let other = PrivateKey::generate(algorithm)?;
    let other = Signer::asymmetric(other, algorithm).map_err(|error| error.to_string())?;
    let (header, claims) = proof_parts(m, &other, &token);
    let proof = other.sign_with_header(&header, &claims).map_err(|error| error.to_string())?;
    Ok(vec![with_proofs(m, "a right proof by a key that is not the token's", &token, &[&proof])])
}

fn other_request(m: &Material) -> Variations {
    let url = m.target.url.split(['?', '#']).next().unwrap_or_default().to_owned();
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", &url));
    let (_, path) = rest.split_once('/').unwrap_or((rest, ""));
    let other_scheme = if scheme == "http" { "https" } else { "http" };
    let method = if m.target.method == "POST" { "GET" } else { "POST" };
    let values = [
        ("htm of another method", "htm", method.to_owned()),
        ("htu of another path", "htu", format!("{url}/other")),
        ("htu of another host", "htu", format!("{scheme}://another-api.example/{path}")),
        ("htu of another scheme", "htu", format!("{other_scheme}://{rest}")),
        ("htu empty", "htu", String::new()),
    ];
    values
        .into_iter()
        .map(|(label, name, value)| changed(m, label, |_, claims| claims.set(name, text(&value))))
        .collect()
}

fn same_request(m: &Material) -> Variations {
    let url = m.target.url.split(['?', '#']).next().unwrap_or_default().to_owned();
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", &url));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut values = vec![("htu with a query", format!("{url}?x=y"))];
    let shouted = format!("{}://{}/{path}", scheme.to_ascii_uppercase(), host.to_ascii_uppercase());
    values.push(("scheme and host in upper case", shouted));
    if !host.contains(':') {
        let port = if scheme == "https" { 443 } else { 80 };
        values.push(("the default port", format!("{scheme}://{host}:{port}/{path}")));
    }
    values
        .into_iter()
        .map(|(label, value)| changed(m, label, |_, claims| claims.set("htu", text(&value))))
        .collect()
}

fn other_token(m: &Material) -> Variations {
    let other = base64url(&sha256(b"another token"));
    Ok(vec![
        changed(m, "ath absent", |_, claims| claims.remove("ath"))?,
        changed(m, "ath of another token", |_, claims| claims.set("ath", text(&other)))?,
    ])
}

fn replayed(m: &Material, ask: Asking<'_>) -> Result<Vec<Probed>, String> {
    let now = m.now.unix();
    let old = changed(m, "iat ten minutes ago", |_, claims| claims.set("iat", number(now - 600)))?;
    let early = changed(m, "iat in five minutes", |_, claims| claims.set("iat", number(now + 300)))?;
    let first = changed(m, "a right proof", |_, _| {})?;
    let again = Variation { label: "the same proof again".to_owned(), ..first.clone() };
    Ok([old, early, first.right(Accept), again].map(ask).to_vec())
}

fn forged(m: &Material) -> Variations {
    let token = bound(m)?;
    let (mut header, claims) = proof_parts(m, signer(m)?, &token);
    let jwk = header.get("jwk").map(ToString::to_string).unwrap_or_default();
    let joined = |header: &Object| {
        format!("{}.{}", base64url(json_text(header).as_bytes()), base64url(json_text(&claims).as_bytes()))
    };
    header.set("alg", text("none"));
    let none = format!("{}.", joined(&header));
    header.set("alg", text("HS256"));
    let hmac = joined(&header);
    let hmac = format!("{hmac}.{}", base64url(&hmac_sha256(jwk.as_bytes(), hmac.as_bytes())));
    let typed = proof(m, &token, |header, _| header.set("typ", text("JWT")))?;
    let private = proof(m, &token, |header, _| {
        if let Some(Json::Object(jwk)) = header.get("jwk") {
            let mut jwk = jwk.clone();
            jwk.set("d", text("AAAA"));
            header.set("jwk", Json::Object(jwk));
        }
    })?;
    Ok(vec![
        with_proofs(m, "alg none", &token, &[&none]),
        with_proofs(m, "HS256 keyed by the JWK", &token, &[&hmac]),
        with_proofs(m, "typ JWT", &token, &[&typed]),
        with_proofs(m, "a private member in jwk", &token, &[&private]),
    ])
}

fn nonces(m: &Material) -> Variations {
    signer(m)?;
    if m.nonce.borrow().is_none() {
        return Err("the API asks for no nonce".to_owned());
    }
    Ok(vec![
        changed(m, "no nonce", |_, claims| claims.remove("nonce"))?,
        changed(m, "an unknown nonce", |_, claims| claims.set("nonce", text("heistctl")))?,
    ])
}
