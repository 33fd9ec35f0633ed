//! The identity that stood for a client.

use crate::json::{Json, Object};
use crate::scope::ScopeSet;
use serde_json::{Map, Value};

/// The identity of an authenticated client, for its token and the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AcceptedIdentity {
    /// The name of the trusted issuer.
    pub trust: String,
    pub sub: String,
    /// The claims that the client takes over.
    pub claims: Map<String, Value>,
    /// The user on whose behalf an ID-JAG lets the client act.
    pub user: Option<GrantedUser>,
}

/// The bounds of an ID-JAG.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrantedUser {
    /// The scope that the token may not exceed, if it names one.
    pub scope: Option<ScopeSet>,
    /// The resources that the token may be for, if it names some.
    pub resources: Option<Vec<String>>,
}

/// The resources that an ID-JAG names; `None` if it names none, so that the client's own count.
///
/// # Errors
/// If they are not a text or a list of texts. A list without any would otherwise lift the bound.
pub(super) fn resources(claims: &Object) -> Result<Option<Vec<String>>, String> {
    let Some(resource) = claims.get("resource") else { return Ok(None) };
    let texts = match resource {
        Json::String(one) => Some(vec![one.clone()]),
        Json::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    match texts {
        Some(texts) if !texts.is_empty() && texts.iter().all(|text| !text.is_empty()) => Ok(Some(texts)),
        _ => Err("its resource is not a text or a list of texts".to_owned()),
    }
}
