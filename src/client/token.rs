//! Prepares a token request, of any grant, and reads the answer.

use crate::claims::TokenResponse;
use crate::client::Attempt;
use crate::client::agent::Answer;
use crate::client::authentication::{AuthenticatedClient, ProofError};
use crate::client::dpop::{DPOP, DpopKey};
use crate::client::endpoint::EndpointUrl;
use crate::client::grant::TokenGrant;
use crate::client::lifetime;
use crate::client::refusal::{TokenError, asks_for_nonce, oauth_error, object, refusal, said, strange};
use crate::client::request::OutgoingRequest;
use crate::http::authorization;
use crate::json::{Json, Object};
use crate::scope::ScopeSet;
use crate::secret::Secret;
use std::sync::Arc;

/// The parameters of a token request.
#[derive(Clone, Debug)]
pub struct AccessTokenRequest {
    pub endpoint: EndpointUrl,
    pub client: AuthenticatedClient,
    pub grant: TokenGrant,
    /// The requested scopes.
    pub scope: ScopeSet,
    /// The resources that the token is for (RFC 8707).
    pub resources: Vec<String>,
    /// The `audience` parameter, which some servers use instead of `resource`.
    pub audience: Option<String>,
    /// Vendor-specific parameters.
    pub params: Vec<(String, String)>,
    /// The key to bind the token to.
    pub dpop: Option<Arc<DpopKey>>,
}

/// The request (RFC 6749 section 4.4.2, RFC 7521 section 4.1, RFC 8693 section 2.1).
///
/// # Errors
/// If client authentication cannot be prepared.
pub fn prepare(request: &AccessTokenRequest, attempt: &Attempt) -> Result<OutgoingRequest, ProofError> {
    let mut form = request.grant.form();
    if !request.scope.is_empty() {
        form.push(("scope", request.scope.to_string()));
    }
    form.extend(request.resources.iter().map(|resource| ("resource", resource.clone())));
    form.extend(request.audience.iter().map(|audience| ("audience", audience.clone())));
    form.extend(request.params.iter().map(|(name, value)| (name.as_str(), value.clone())));
    let mut outgoing = request.client.post(&request.endpoint, form, attempt)?;
    if let Some(key) = &request.dpop {
        let proof = key.proof("POST", &request.endpoint.uri().to_string(), None, attempt)?;
        outgoing.headers.push((DPOP, Secret::new(proof)));
    }
    Ok(outgoing)
}

/// The nonce that the server requests for the next attempt's proof (RFC 9449 section 8).
#[must_use]
pub fn wanted_nonce(answer: &Answer) -> Option<String> {
    let nonce = answer.headers.get("dpop-nonce").filter(|nonce| !nonce.is_empty());
    nonce.filter(|_| asks_for_nonce(answer)).map(str::to_owned)
}

/// A token as it was granted.
#[derive(Debug)]
pub struct GrantedToken {
    /// The answer. `expires_in` is `None` if it is absent or unusable.
    pub response: TokenResponse,
    /// Problems that do not make the token unusable.
    pub warnings: Vec<String>,
}

/// Parses the answer (RFC 6749 sections 5.1 and 5.2).
///
/// # Errors
/// [`TokenError`] if the answer is not a usable token.
pub fn read(answer: &Answer) -> Result<GrantedToken, TokenError> {
    if !(200..=299).contains(&answer.status) {
        return Err(refusal(answer));
    }
    let members = object(answer)?;
    let why = |why: String| strange(answer, &why);
    let named = text(&members, "access_token").map_err(why)?.filter(|token| !token.is_empty());
    let Some(access_token) = named else {
        // Some servers send errors with status 200.
        let missing = || strange(answer, "access_token is missing (RFC 6749 section 5.1)");
        return Err(oauth_error(answer, &members).unwrap_or_else(missing));
    };
    authorization::access_token(access_token).map_err(TokenError::Unusable)?;
    let token_type = text(&members, "token_type").map_err(why)?.unwrap_or_default().trim();
    if token_type.is_empty() {
        return Err(why("token_type is missing (RFC 6749 section 5.1)".to_owned()));
    }
    if !["bearer", "dpop", "n_a"].contains(&token_type.to_ascii_lowercase().as_str()) {
        return Err(TokenError::UnknownType(said(answer, token_type)));
    }
    let lifetime = lifetime::seconds(unique(&members, "expires_in").map_err(why)?);
    let (scope, odd_scope) = scope(&members).map_err(why)?;
    let response = TokenResponse {
        access_token: access_token.to_owned(),
        token_type: token_type.to_owned(),
        expires_in: lifetime.clone().unwrap_or_default(),
        scope,
        issued_token_type: None,
    };
    let uncached =
        lifetime.err().map(|what| format!("{what}: the token is not cached (RFC 6749 section 5.1)"));
    Ok(GrantedToken { response, warnings: uncached.into_iter().chain(odd_scope).collect() })
}

/// A member that must not be repeated.
fn unique<'a>(members: &'a Object, name: &str) -> Result<Option<&'a Json>, String> {
    let mut found = members.iter().filter(|(member, _)| *member == name).map(|(_, value)| value);
    match (found.next(), found.next()) {
        (first, None) => Ok(first),
        (_, Some(_)) => Err(format!("{name} occurs more than once")),
    }
}

/// A string member; `null` counts as absent.
fn text<'a>(members: &'a Object, name: &str) -> Result<Option<&'a str>, String> {
    match unique(members, name)? {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(other) => Err(format!("{name} is {}, it must be a string (RFC 6749 section 5.1)", other.kind())),
    }
}

/// The scope: a string, or a list as Twitch sends it. Invalid parts are skipped with a warning, since the
/// token works anyway.
fn scope(members: &Object) -> Result<(Option<ScopeSet>, Option<String>), String> {
    let tokens: Vec<&str> = match unique(members, "scope")? {
        Some(Json::Array(items)) => {
            let tokens = items.iter().map(Json::as_str).collect::<Option<_>>();
            tokens.ok_or("scope is a list with elements that are not strings")?
        }
        _ => match text(members, "scope")? {
            Some(text) => text.split(' ').filter(|token| !token.is_empty()).collect(),
            None => return Ok((None, None)),
        },
    };
    match ScopeSet::from_tokens(tokens.iter().copied()) {
        Ok(scope) => Ok((Some(scope), None)),
        Err(error) => {
            let is_scope = |token: &&&str| ScopeSet::from_tokens([**token]).is_ok();
            let scope = ScopeSet::from_tokens(tokens.iter().filter(is_scope).copied()).ok();
            let warning = format!("part of the granted scope is ignored: {error}");
            Ok((scope.filter(|scope| !scope.is_empty()), Some(warning)))
        }
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
