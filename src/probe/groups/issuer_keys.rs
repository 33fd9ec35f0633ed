//! Key sets that the API fetches from the probe itself.

use crate::jose::algorithm::Algorithm;
use crate::jose::digest::base64url;
use crate::jose::jwk;
use crate::jose::private::PrivateKey;
use crate::jose::sign::Signer;
use crate::probe::case::Asking;
use crate::probe::forge::text;
use crate::probe::material::{JwksAnswer, Material, TestIssuer};
use crate::probe::probed::{ProbeVerdict, Probed};
use crate::probe::terms::Right;
use crate::secret::Secret;
use serde_json::{Value, json};
use std::time::Duration;

type Measured = Result<Vec<Probed>, String>;
/// The tokens of the case about unknown kids, and how often the set may be fetched meanwhile.
const UNKNOWN: usize = 50;
const FETCHES: usize = 5;
/// The tries of an API that fetches the set after a while.
const TRIES: usize = 13;
const STEP: Duration = Duration::from_secs(5);

fn issuer(m: &Material) -> Result<&dyn TestIssuer, String> {
    m.issuer.as_deref().ok_or_else(|| "needs --serve: the probe is the API's issuer".to_owned())
}

/// Another key of the run.
fn key(m: &Material) -> Result<Signer, String> {
    let algorithm = m.trusted()?.signer.algorithm();
    let private = PrivateKey::generate(algorithm)?;
    Signer::asymmetric(private, algorithm).map_err(|error| error.to_string())
}

fn public(signer: &Signer) -> Value {
    jwk::publish(signer.verifying_key()).and_then(|jwk| serde_json::to_value(jwk).ok()).unwrap_or_default()
}

/// The set of the run's key and these.
fn set(m: &Material, more: &[Value]) -> Result<String, String> {
    let mut keys = vec![public(&m.trusted()?.signer)];
    keys.extend_from_slice(more);
    Ok(json!({ "keys": keys }).to_string())
}

/// A good token signed by another key.
fn signed(m: &Material, signer: &Signer) -> Result<String, String> {
    let mut draft = m.draft()?;
    let kid = signer.verifying_key().kid.clone().unwrap_or_else(|| "heistctl-probe".to_owned());
    draft.header.set("kid", text(&kid));
    draft.header.set("alg", text(signer.algorithm().name()));
    draft.signed(signer).map_err(|error| error.to_string())
}

/// A token by a key of a new set. If the API does not fetch the set, its answer says nothing. With `--deep` it gets
/// time for that.
fn published(
    m: &Material,
    (label, set): (&str, &str),
    token: &str,
    ask: Asking<'_>,
) -> Result<Probed, String> {
    let issuer = issuer(m)?;
    let before = issuer.asked();
    issuer.answer(JwksAnswer::Set(set.to_owned()));
    let mut probed = patiently(m, (label, before), token, ask)?;
    let was_fetched = issuer.asked() > before;
    issuer.answer(JwksAnswer::Usual);
    if !was_fetched && matches!(probed.verdict, ProbeVerdict::Passed | ProbeVerdict::Rejected) {
        let waited = if m.wait.is_some() { "within a minute" } else { "at once (--deep waits a minute)" };
        probed.verdict = ProbeVerdict::Skipped;
        probed.note = Some(format!("the API did not fetch the key set again {waited}"));
    }
    Ok(probed)
}

/// Sends a token, and again until the API has fetched the key set, if there is time.
fn patiently(
    m: &Material,
    (label, before): (&str, usize),
    token: &str,
    ask: Asking<'_>,
) -> Result<Probed, String> {
    let issuer = issuer(m)?;
    let mut probed = ask(m.presents(label, token));
    for _ in 0..TRIES {
        let Some(wait) = m.wait.as_ref().filter(|_| issuer.asked() == before) else { break };
        wait(STEP);
        probed = ask(m.presents(label, token));
    }
    Ok(probed)
}

pub(super) fn unfit(m: &Material, ask: Asking<'_>) -> Measured {
    issuer(m)?;
    let changes = [
        ("use is enc", json!({"use": "enc"})),
        ("key_ops lacks verify", json!({"use": null, "key_ops": ["encrypt"]})),
        ("alg is of another kind", json!({"alg": "HS512"})),
    ];
    let mut found = Vec::new();
    for (label, change) in changes {
        let signer = key(m)?;
        let mut jwk = public(&signer);
        if let (Some(jwk), Some(change)) = (jwk.as_object_mut(), change.as_object()) {
            jwk.extend(change.clone());
            jwk.retain(|_, value| !value.is_null());
        }
        found.push(published(m, (label, &set(m, &[jwk])?), &signed(m, &signer)?, ask)?);
    }
    Ok(found)
}

pub(super) fn secret(m: &Material, ask: Asking<'_>) -> Measured {
    issuer(m)?;
    let bytes = m.id();
    let secret = [bytes, bytes].concat();
    let signer = Signer::hmac_of_any_length(Secret::new(secret.clone()), Algorithm::HS256);
    let signer = signer.map_err(|error| error.to_string())?;
    let good = m.trusted()?.signer.verifying_key().kid.clone().unwrap_or_default();
    let mut found = Vec::new();
    for (label, kid) in
        [("an HMAC key of its own", "heistctl-probe".to_owned()), ("beside the real key, with its kid", good)]
    {
        let oct = json!({"kty": "oct", "alg": "HS256", "kid": kid, "k": base64url(&secret)});
        let mut draft = m.draft()?;
        draft.header.set("alg", text("HS256"));
        draft.header.set("kid", text(&kid));
        let token = draft.signed(&signer).map_err(|error| error.to_string())?;
        found.push(published(m, (label, &set(m, &[oct])?), &token, ask)?);
    }
    Ok(found)
}

pub(super) fn same_kid(m: &Material, ask: Asking<'_>) -> Measured {
    issuer(m)?;
    let (first, second) = (key(m)?, key(m)?);
    let kid = second.verifying_key().kid.clone().unwrap_or_default();
    let mut other = public(&first);
    other["kid"] = Value::String(kid);
    let set = set(m, &[other, public(&second)])?;
    Ok(vec![published(m, ("the second one signs", &set), &signed(m, &second)?, ask)?])
}

pub(super) fn withdrawn(m: &Material, ask: Asking<'_>) -> Measured {
    let issuer = issuer(m)?;
    let signer = key(m)?;
    let before = issuer.asked();
    issuer.answer(JwksAnswer::Set(set(m, &[public(&signer)])?));
    let first = patiently(m, ("while the set has the key", before), &signed(m, &signer)?, ask)?;
    issuer.answer(JwksAnswer::Usual);
    if first.verdict != ProbeVerdict::Noted {
        return Err("the API did not accept the key while the set had it".to_owned());
    }
    let mut second = ask(m.presents("after the key was taken out", &signed(m, &signer)?));
    if second.verdict == ProbeVerdict::Noted {
        second.note = Some("still accepted at once; see that it ends with the set's max-age".to_owned());
    }
    Ok(vec![second])
}

pub(super) fn new_key(m: &Material, ask: Asking<'_>) -> Measured {
    issuer(m)?;
    let signer = key(m)?;
    Ok(vec![published(
        m,
        ("signed by a key that was just published", &set(m, &[public(&signer)])?),
        &signed(m, &signer)?,
        ask,
    )?])
}

pub(super) fn unknown_kids(m: &Material, ask: Asking<'_>) -> Measured {
    let issuer = issuer(m)?;
    let before = issuer.asked();
    let mut worst: Option<Probed> = None;
    for _ in 0..UNKNOWN {
        let kid = base64url(&m.id());
        let token = m.signed(|draft| draft.header.set("kid", text(&kid)))?;
        let probed = ask(m.presents(format!("{UNKNOWN} tokens, each with an unknown kid"), &token));
        if worst.as_ref().is_none_or(|worst| probed.verdict > worst.verdict) {
            worst = Some(probed);
        }
    }
    let fetched = issuer.asked() - before;
    let verdict = if fetched > FETCHES { ProbeVerdict::Broken } else { ProbeVerdict::Passed };
    let note = format!("the API fetched the key set {fetched} times for {UNKNOWN} tokens");
    Ok(worst.into_iter().chain([Probed::finding("requests for the key set", verdict, note)]).collect())
}

pub(super) fn outage(m: &Material, ask: Asking<'_>) -> Measured {
    let issuer = issuer(m)?;
    let mut found = Vec::new();
    for (label, answer) in [("500", JwksAnswer::Status(500)), ("HTML", JwksAnswer::Html)] {
        issuer.answer(answer);
        let cached = m.presents(format!("the set is {label}, a known key"), &m.signed(|_| {})?);
        found.push(ask(cached.right(Right::Accept)));
        let unknown = m.signed(|draft| draft.header.set("kid", text("heistctl-unknown")))?;
        found.push(ask(m.presents(format!("the set is {label}, an unknown kid"), &unknown)));
        issuer.answer(JwksAnswer::Usual);
    }
    Ok(found)
}

pub(super) fn redirect(m: &Material, ask: Asking<'_>) -> Measured {
    let issuer = issuer(m)?;
    let listener = m.listener.as_ref().ok_or("there is no listener")?;
    // The listener's set has the stranger's key.
    let token = signed(m, &m.stranger.signer)?;
    let (before, fetched) = ((listener.asked)(), issuer.asked());
    issuer.answer(JwksAnswer::Redirect(format!("{}/jwks.json", listener.url)));
    let mut probed = patiently(m, ("a redirect to a stranger's key set", fetched), &token, ask)?;
    issuer.answer(JwksAnswer::Usual);
    if (listener.asked)() > before && probed.verdict != ProbeVerdict::Accepted {
        probed.verdict = ProbeVerdict::Broken;
        probed.note = Some("the API followed the redirect".to_owned());
    } else if issuer.asked() == fetched {
        return Err("the API did not fetch the key set again at once (--deep waits a minute)".to_owned());
    }
    Ok(vec![probed])
}
