//! Reasons for a token to end before it expires: revoked ids, and clients that are no longer registered.

use crate::claims::{Claim, ClaimsView, NumericDate, SOURCE_JTIS};
use crate::json::{Json, Object};
use crate::registry::expiring_set::{IdDigest, digest};

/// The longest chain of actors in a token.
pub const MAX_ACTORS: usize = 4;
/// The most source tokens of an exchanged token: each actor adds two.
const MAX_SOURCES: usize = 2 * MAX_ACTORS;

/// The ids and clients that a token depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The key under which it is revoked.
    pub(super) own: IdDigest,
    /// The same for the tokens that it was made from.
    pub(super) sources: Vec<IdDigest>,
    /// The clients that must be registered, with their roles.
    pub(super) clients: Vec<(&'static str, String)>,
    pub(super) issued: Option<NumericDate>,
}

impl Standing {
    /// Reads the claims of a token.
    ///
    /// # Errors
    /// If a claim is missing or malformed.
    pub fn of(claims: &Object) -> Result<Self, String> {
        let view = ClaimsView::of(claims);
        let (Some(_), Some(jti)) = (text(&view.sub), text(&view.jti)) else {
            return Err("it has no sub or no jti".to_owned());
        };
        let sources = sources(claims)?.into_iter().map(revocation_id).collect();
        let clients = clients(claims)?.into_iter().map(|(role, id)| (role, id.to_owned())).collect();
        let issued = if let Claim::Value(iat) = view.iat { Some(iat) } else { None };
        Ok(Self { own: revocation_id(jti), sources, clients, issued })
    }
}

/// The key under which a token is revoked.
#[must_use]
pub fn revocation_id(jti: &str) -> IdDigest {
    digest(&["revoked", jti])
}

/// The text of a claim.
pub(super) fn text<'a>(claim: &Claim<&'a str>) -> Option<&'a str> {
    match claim {
        Claim::Value(text) => Some(text),
        Claim::Absent | Claim::Mistyped(_) => None,
    }
}

/// The clients that must be registered for the token to be active, each once with its role: its client and,
/// for an exchanged token, its subject and all actors (RFC 8693 section 4.1). Other subjects are not looked
/// up, since holders of an HS256 secret may sign tokens for users of their own.
fn clients(claims: &Object) -> Result<Vec<(&'static str, &str)>, String> {
    let view = ClaimsView::of(claims);
    let mut all = vec![("client", text(&view.client_id).unwrap_or_default())];
    let mut add = |role, id| {
        if !all.iter().any(|(_, known)| *known == id) {
            all.push((role, id));
        }
    };
    if claims.get("act").is_some() || claims.get(SOURCE_JTIS).is_some() {
        add("subject", text(&view.sub).unwrap_or_default());
    }
    let (mut act, mut depth) = (claims.get("act"), 0);
    while let Some(found) = act {
        let actor = found.as_object().filter(|_| depth < MAX_ACTORS);
        let actor = actor.ok_or_else(|| format!("its act is not a chain of at most {MAX_ACTORS} actors"))?;
        add("actor", actor.get("sub").and_then(Json::as_str).ok_or("an actor in its act has no sub")?);
        (act, depth) = (actor.get("act"), depth + 1);
    }
    Ok(all)
}

/// The ids of the source tokens.
pub(super) fn sources(claims: &Object) -> Result<Vec<&str>, String> {
    match claims.get(SOURCE_JTIS) {
        None => Ok(Vec::new()),
        Some(Json::Array(items)) if items.len() <= MAX_SOURCES => {
            let ids = items.iter().map(Json::as_str).collect::<Option<_>>();
            ids.ok_or_else(|| format!("its {SOURCE_JTIS} has elements that are not strings"))
        }
        Some(_) => Err(format!("its {SOURCE_JTIS} is not a list of at most {MAX_SOURCES} ids")),
    }
}
