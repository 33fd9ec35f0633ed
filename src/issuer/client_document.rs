//! Reads a client ID metadata document (draft-ietf-oauth-client-id-metadata-document): the client's own
//! description, at the URL that is its id. Pure. What the client may do comes from the configuration.

use crate::clock::Timestamp;
use crate::http::Headers;
use crate::http::address::Address;
use crate::jose::compact::media_type;
use crate::jose::jwk::PRIVATE_MEMBERS;
use crate::jose::keyset::KeySet;
use crate::json::{Json, JsonLimits, Object};
use crate::registry::{AssertionAudience, Client, ClientAuth, ClientKeys, KeysNamedBy, KeysUrl};
use crate::scope::ScopeSet;
use std::time::Duration;

/// The largest document, in bytes (section 6.6 of the draft).
pub const MAX_DOCUMENT: u64 = 5 * 1024;
/// The limits of a document's lifetime in the cache, in seconds.
pub const MIN_LIFETIME: i64 = 300;
pub const MAX_LIFETIME: i64 = 86_400;
/// The authentication method that a document must name.
const METHOD: &str = "private_key_jwt";
/// Members for shared secrets, which a public document cannot hold (section 4.1).
const SECRET_MEMBERS: [&str; 2] = ["client_secret", "client_secret_expires_at"];

/// `[[client_documents]]`: which URLs may be client ids, and what such clients may do.
#[derive(Clone, Debug, Default)]
pub struct DocumentRule {
    pub allow: Vec<AllowedUrl>,
    pub scopes: ScopeSet,
    pub audiences: Vec<String>,
    pub lifetime: Option<Duration>,
    /// Whether documents and keys may be at addresses that are not public.
    pub allow_private: bool,
}

/// A URL, or with `*` at its end, all URLs that begin with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedUrl {
    text: String,
    is_prefix: bool,
}

impl AllowedUrl {
    /// # Errors
    /// The reason why it is not allowed, to complete a sentence that begins with the text.
    pub fn parse(pattern: &str) -> Result<Self, &'static str> {
        let text = pattern.strip_suffix('*').unwrap_or(pattern);
        let is_prefix = text.len() < pattern.len();
        if text.contains('*') {
            return Err("has a * that is not its last character");
        }
        if is_prefix && !text.ends_with('/') {
            return Err("has a * that does not follow a /");
        }
        check_url(text)?;
        Ok(Self { text: text.to_owned(), is_prefix })
    }

    fn allows(&self, id: &str) -> bool {
        if self.is_prefix {
            id.len() > self.text.len() && id.starts_with(&self.text)
        } else {
            id == self.text
        }
    }
}

impl DocumentRule {
    /// Whether a client with this id is allowed. The host of an allowed URL is part of the pattern.
    #[must_use]
    pub fn allows(&self, id: &str) -> bool {
        self.allow.iter().any(|allowed| allowed.allows(id)) && check_url(id).is_ok()
    }
}

/// Checks a client id (section 3): https, with a path, without credentials, fragment and dot segments. It is
/// compared byte for byte, so it must have one spelling: no escaped dots, no backslash.
///
/// # Errors
/// The reason, to complete a sentence that begins with the URL.
pub fn check_url(url: &str) -> Result<(), &'static str> {
    let rest = url.strip_prefix("https://").ok_or("does not begin with https://")?;
    if url.contains(['#', '\\', '?']) || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("has a query, a fragment or a character that no URL has");
    }
    let (host, path) = rest.split_at(rest.find('/').ok_or("has no path")?);
    if host.contains('@') {
        return Err("has credentials in it");
    }
    let plain = path.replace("%2e", ".").replace("%2E", ".");
    if plain.split('/').any(|segment| segment == "." || segment == "..") {
        return Err("has a . or .. in its path");
    }
    if host.is_empty() || host.contains('%') || Address::parse(url).is_none() {
        return Err("is not a URL");
    }
    if host.rsplit_once(':').is_some_and(|(_, port)| port.parse() == Ok(0_u16)) {
        return Err("has port 0, which nothing can connect to");
    }
    Ok(())
}

/// The client that a document describes.
///
/// # Errors
/// The reason why the document is not used. It quotes no more than names of members.
pub fn read(id: &str, headers: &Headers, body: &[u8], rule: &DocumentRule) -> Result<Client, String> {
    let kind = headers.get("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
    let kind = media_type(kind.trim());
    if kind != "json" && !kind.ends_with("+json") {
        return Err("its Content-Type is not application/json".to_owned());
    }
    let json = Json::parse_within(body, JsonLimits::ASSERTION)
        .map_err(|error| format!("it is not JSON: {error}"))?;
    let document = json.as_object().ok_or("it is not a JSON object")?;
    if let Some(name) = document.repeated_name() {
        return Err(format!("its member {name:?} occurs more than once"));
    }
    if document.get("client_id").and_then(Json::as_str) != Some(id) {
        return Err("its client_id is not its URL".to_owned());
    }
    if let Some(name) = SECRET_MEMBERS.iter().find(|name| document.get(name).is_some()) {
        return Err(format!("it has {name}, and a public document has no secret"));
    }
    if document.get("token_endpoint_auth_method").and_then(Json::as_str) != Some(METHOD) {
        return Err(format!("its token_endpoint_auth_method is not {METHOD}"));
    }
    if !grants_fit(document) {
        return Err("its grant_types lack client_credentials".to_owned());
    }
    let auth = ClientAuth::PrivateKeyJwt {
        keys: keys(document, body, rule, id)?,
        audience: AssertionAudience::Issuer,
    };
    let client = Client {
        audiences: rule.audiences.clone(),
        lifetime: rule.lifetime,
        ..Client::new(id, auth, scopes(document, rule)?)
    };
    client.fit().map_err(|invalid| invalid.what)
}

/// `grant_types`, if it is there, lists the one grant that we have for machines.
fn grants_fit(document: &Object) -> bool {
    match document.get("grant_types") {
        None => true,
        Some(Json::Array(grants)) => grants.iter().any(|grant| grant.as_str() == Some("client_credentials")),
        Some(_) => false,
    }
}

/// The rule's scopes, or those of them that the document's `scope` lists.
fn scopes(document: &Object, rule: &DocumentRule) -> Result<ScopeSet, String> {
    let Some(scope) = document.get("scope") else { return Ok(rule.scopes.clone()) };
    let scope: Option<ScopeSet> = scope.as_str().and_then(|scope| scope.parse().ok());
    let scope = scope.ok_or("its scope is not a list of scopes, separated by blanks")?;
    let both = scope.iter().filter(|one| rule.scopes.iter().any(|allowed| allowed == *one));
    ScopeSet::from_tokens(both.collect::<Vec<_>>()).map_err(|error| error.to_string())
}

/// `jwks` or `jwks_uri`, one of the two (RFC 7591 section 2).
fn keys(document: &Object, body: &[u8], rule: &DocumentRule, id: &str) -> Result<ClientKeys, String> {
    match (document.get("jwks"), document.get("jwks_uri")) {
        (Some(_), Some(_)) => Err("it has jwks and jwks_uri, which exclude one another".to_owned()),
        (None, None) => Err("it has neither jwks nor jwks_uri".to_owned()),
        (None, Some(uri)) => {
            let uri = uri.as_str().filter(|uri| uri.starts_with("https://") && Address::parse(uri).is_some());
            let uri = uri.ok_or("its jwks_uri is not an https URL")?.to_owned();
            let named_by = KeysNamedBy::Document { id: id.to_owned(), private: rule.allow_private };
            Ok(ClientKeys::At(KeysUrl { uri, named_by }))
        }
        (Some(jwks), None) => {
            if holds_secret(jwks) {
                return Err("its jwks has a private or a shared key, and everybody can read it".to_owned());
            }
            // The document was parsed, and no name in it is repeated.
            let whole: serde_json::Value = serde_json::from_slice(body).map_err(|_| "it is not JSON")?;
            let text = whole["jwks"].to_string();
            let keys = KeySet::read(text.as_bytes(), id).map_err(|error| format!("its jwks: {error}"))?;
            ClientKeys::fixed(keys).map_err(|invalid| invalid.what)
        }
    }
}

fn holds_secret(jwks: &Json) -> bool {
    let keys = jwks.as_object().and_then(|set| set.get("keys"));
    let Some(Json::Array(keys)) = keys else { return false };
    keys.iter()
        .filter_map(Json::as_object)
        .any(|key| PRIVATE_MEMBERS.iter().any(|name| key.get(name).is_some()))
}

/// The lifetime of an answer in the cache, in seconds: by `Cache-Control: max-age` less `Age`, else by
/// `Expires`, within [`MIN_LIFETIME`] and [`MAX_LIFETIME`] (RFC 9111 section 4.2).
#[must_use]
pub fn lifetime(headers: &Headers, now: Timestamp) -> i64 {
    let of_cache_control = || {
        let directives = headers.all("cache-control").flat_map(|value| value.split(','));
        let named: Vec<(String, &str)> = directives
            .map(|one| one.trim().split_once('=').unwrap_or((one.trim(), "")))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim_matches('"')))
            .collect();
        if named.iter().any(|(name, _)| name == "no-store" || name == "no-cache") {
            return Some(0);
        }
        let age = headers.get("age").and_then(|age| age.trim().parse::<i64>().ok()).unwrap_or(0).max(0);
        let max = named.iter().find(|(name, _)| name == "max-age")?.1;
        let is_number = !max.is_empty() && max.bytes().all(|byte| byte.is_ascii_digit());
        // A number that is too large for us is long enough.
        is_number.then(|| max.parse::<i64>().unwrap_or(i64::MAX).saturating_sub(age))
    };
    let of_expires = || {
        let expires = httpdate::parse_http_date(headers.get("expires")?).ok()?;
        Some(Timestamp::of(expires).unix().saturating_sub(now.unix()))
    };
    of_cache_control().or_else(of_expires).unwrap_or(0).clamp(MIN_LIFETIME, MAX_LIFETIME)
}

#[cfg(test)]
#[path = "client_document_tests.rs"]
mod tests;
