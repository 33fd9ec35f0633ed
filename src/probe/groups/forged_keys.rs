//! Tokens that are signed by a key which the API must not use: its own public key as a secret, a common secret, or a
//! stranger's.

use crate::jose::compact::{self, Token};
use crate::jose::{jwk, public_forms};
use crate::json::{Json, Object};
use crate::probe::case::{Asking, Variations};
use crate::probe::forge::{json_text, text};
use crate::probe::material::Material;
use crate::probe::probed::{ProbeVerdict, Probed};
use crate::probe::variation::Variation;
use crate::verdict::common_secrets;

/// Secrets that are sent where the good token has no HMAC to try them on.
const SENT: [&str; 6] = ["", "secret", "changeme", "your-256-bit-secret", "password", "key"];

pub(super) fn hmac_by_public_key(m: &Material) -> Variations {
    let parts = m.parts()?;
    if m.public.is_empty() {
        return Err("needs the API's public key: --jwks FILE, or --key".to_owned());
    }
    let forms = m.public.iter().take(4).flat_map(public_forms::all);
    let mut all: Vec<Variation> = forms
        .map(|(form, key)| m.presents(format!("the key as {form}"), &parts.hs256(&key, |_| {})))
        .collect();
    let texts = m.key_texts.iter().map(|key| parts.hs256(key.expose(), |_| {}));
    all.extend(texts.map(|token| m.presents("the text of the key set", &token)));
    Ok(all)
}

/// Secrets are first tried on the good token, without a request.
pub(super) fn common_secrets(m: &Material, ask: Asking<'_>) -> Result<Vec<Probed>, String> {
    let parts = m.parts()?;
    let mut found = Vec::new();
    if let Token::Jws(jws) = compact::read(m.genuine())
        && common_secrets::signed_with_one(&jws)
    {
        let note = "the good token is signed with a secret of tutorials and default configurations";
        found.push(Probed::finding("found without a request", ProbeVerdict::Accepted, note));
        return Ok(found);
    }
    for secret in SENT {
        let label =
            if secret.is_empty() { "an empty secret".to_owned() } else { format!("the secret {secret:?}") };
        found.push(ask(m.presents(label, &parts.hs256(secret.as_bytes(), |_| {}))));
    }
    Ok(found)
}

/// The good token's claims, signed by the stranger.
fn strange(m: &Material, change: impl FnOnce(&mut Object)) -> Result<String, String> {
    let parts = m.parts()?;
    let header = parts.header_with(|header| {
        header.set("alg", text(m.stranger.signer.algorithm().name()));
        change(header);
    });
    let signed = m.stranger.signer.sign_bytes(json_text(&header).as_bytes(), &parts.payload_bytes);
    signed.map_err(|error| error.to_string())
}

fn kid(m: &Material) -> Json {
    text(m.stranger.signer.verifying_key().kid.as_deref().unwrap_or("stranger"))
}

pub(super) fn by_stranger(m: &Material) -> Variations {
    let unknown = strange(m, |header| header.set("kid", kid(m)))?;
    let without = strange(m, |header| header.remove("kid"))?;
    Ok(vec![m.presents("an unknown kid", &unknown), m.presents("no kid", &without)])
}

pub(super) fn known_kid(m: &Material) -> Variations {
    if m.parts()?.header.get("kid").is_none() {
        return Err("the good token has no kid".to_owned());
    }
    Ok(vec![m.presents("the good token's kid", &strange(m, |_| {})?)])
}

pub(super) fn embedded_key(m: &Material) -> Variations {
    let jwk = jwk::bare(m.stranger.signer.verifying_key()).and_then(|jwk| serde_json::to_vec(&jwk).ok());
    let jwk = jwk.and_then(|jwk| Json::parse(&jwk).ok()).ok_or("the stranger's key cannot be written")?;
    let known = strange(m, |header| header.set("jwk", jwk.clone()))?;
    let unknown = strange(m, |header| {
        header.remove("kid");
        header.set("jwk", jwk.clone());
    })?;
    Ok(vec![m.presents("jwk, and the good token's kid", &known), m.presents("jwk, and no kid", &unknown)])
}

/// Sends tokens that name URLs of the listener, and counts the requests there.
fn asks(m: &Material, member: &str, urls: &[(&str, String)], ask: Asking<'_>) -> Result<Vec<Probed>, String> {
    let listener = m.listener.as_ref().ok_or("there is no listener")?;
    let mut found = Vec::new();
    for (label, url) in urls {
        let token = strange(m, |header| {
            header.set(member, text(url));
            header.set("kid", kid(m));
        })?;
        let before = (listener.asked)();
        let mut probed = ask(m.presents(format!("{member} {label}"), &token));
        let asked = (listener.asked)() - before;
        if asked > 0 && probed.verdict != ProbeVerdict::Accepted {
            probed.verdict = ProbeVerdict::Broken;
            probed.note = Some("the API asked the URL that the token names (SSRF)".to_owned());
        }
        found.push(probed);
    }
    Ok(found)
}

pub(super) fn key_url(m: &Material, ask: Asking<'_>) -> Result<Vec<Probed>, String> {
    let base = m.listener.as_ref().map(|listener| listener.url.clone()).ok_or("there is no listener")?;
    let bare = base.trim_start_matches("http://");
    let issuer = m.claimed_text("iss").unwrap_or_default();
    let host = issuer.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or("issuer.example");
    let urls = [
        ("of a stranger's server", format!("{base}/jwks.json")),
        ("with the issuer before an @", format!("http://{host}@{bare}/jwks.json")),
        ("with the issuer after a #", format!("{base}/jwks.json#{issuer}")),
        ("with the issuer in the query", format!("{base}/jwks.json?{issuer}")),
    ];
    asks(m, "jku", &urls, ask)
}

pub(super) fn certificate_url(m: &Material, ask: Asking<'_>) -> Result<Vec<Probed>, String> {
    let mut found = Vec::new();
    if let Some(listener) = &m.listener {
        let urls = [("of a stranger's server", format!("{}/chain.pem", listener.url))];
        found.extend(asks(m, "x5u", &urls, ask)?);
    }
    if let Some(certificate) = &m.stranger.certificate {
        let token = strange(m, |header| {
            header.remove("kid");
            header.set("x5c", Json::Array(vec![text(certificate)]));
        })?;
        found.push(ask(m.presents("x5c with a self-signed certificate", &token)));
    }
    if found.is_empty() { Err("there is no listener".to_owned()) } else { Ok(found) }
}
