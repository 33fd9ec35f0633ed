//! The API's protected resource metadata (RFC 9728), as far as cases compare it with what the API does.

use super::case::Asking;
use super::material::Material;
use super::probed::{ProbeVerdict, Probed};
use super::terms::Right;
use super::variation::Variation;
use crate::http::challenge;
use serde_json::Value;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// Scheme and authority of the API.
fn origin(m: &Material) -> &str {
    let start = m.target.url.find("://").map_or(0, |at| at + 3);
    let end = m.target.url[start..].find(['/', '?']).map_or(m.target.url.len(), |at| start + at);
    &m.target.url[..end]
}

/// The path of the document: as the challenge says, if it is on the API itself, else the well-known one.
fn path(m: &Material, ask: &mut dyn FnMut(Variation) -> Probed) -> Result<(String, bool), String> {
    let bare = ask(Variation::new("no token", m.target.request()).right(Right::Noted));
    let answer = bare.answer.as_ref().ok_or("there is no answer")?;
    let named = challenge::challenges(&answer.headers);
    let named = named.iter().find_map(|challenge| challenge.get("resource_metadata"));
    let Some(named) = named else {
        let path = m.target.path.split('?').next().unwrap_or_default();
        return Ok((format!("{WELL_KNOWN}{}", path.trim_end_matches('/')), false));
    };
    let rest = named.strip_prefix(origin(m)).filter(|rest| rest.starts_with('/'));
    rest.map(|rest| (rest.to_owned(), true))
        .ok_or_else(|| "resource_metadata is on another server".to_owned())
}

/// The document, if there is one, and whether the challenge names it.
fn document(m: &Material, ask: &mut dyn FnMut(Variation) -> Probed) -> Result<(Option<Value>, bool), String> {
    let (path, is_named) = path(m, ask)?;
    let request = m.target.request().by("GET").at(path);
    let probed = ask(Variation::new("the metadata", request).right(Right::Noted));
    let answer = probed.answer.as_ref().filter(|answer| answer.status == 200);
    Ok((answer.and_then(|answer| serde_json::from_slice(&answer.body).ok()), is_named))
}

/// B10: the good token is a plain one, and it was accepted.
pub(super) fn plain_token(m: &Material, ask: Asking<'_>) -> Result<Vec<Probed>, String> {
    let (document, _) = document(m, ask)?;
    let document = document.ok_or("the API has no protected resource metadata")?;
    let demands = document.get("dpop_bound_access_tokens_required").and_then(Value::as_bool);
    if demands != Some(true) {
        return Err("the metadata does not demand bound tokens".to_owned());
    }
    let note = "the metadata demands DPoP, and the API accepts a token that is not bound";
    Ok(vec![Probed::finding("the good token, not bound", ProbeVerdict::Accepted, note)])
}

/// N6: the document that the challenge names is there, and is this API's.
pub(super) fn named(m: &Material, ask: Asking<'_>) -> Result<Vec<Probed>, String> {
    let (document, is_named) = document(m, ask)?;
    if !is_named {
        return Err("the challenge names no resource_metadata".to_owned());
    }
    let broken = |note: String| Ok(vec![Probed::finding("resource_metadata", ProbeVerdict::Broken, note)]);
    let Some(document) = document else { return broken("it does not resolve to JSON".to_owned()) };
    let resource = document.get("resource").and_then(Value::as_str).unwrap_or_default();
    let url = m.target.url.split(['?', '#']).next().unwrap_or_default();
    let is_ours = !resource.is_empty() && url.starts_with(resource.trim_end_matches('/'));
    if !is_ours {
        return broken(format!("its resource is {resource:?}, which is not the URL that was asked"));
    }
    let servers = document.get("authorization_servers").and_then(Value::as_array);
    let has = |issuer: &str| servers.is_none_or(|all| all.iter().any(|one| one.as_str() == Some(issuer)));
    match m.claimed_text("iss") {
        Ok(issuer) if !has(&issuer) => broken(format!("its authorization_servers lack {issuer}")),
        _ => Ok(vec![Probed::finding("resource_metadata", ProbeVerdict::Passed, "it is this API's")]),
    }
}
