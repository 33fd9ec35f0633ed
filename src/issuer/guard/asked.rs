//! The request that a gateway asks about: its method and path, from header fields that only
//! trusted proxies may send, or from the guard's own request. Pure.

use super::path::segments;
use crate::http::Request;

/// The fields that count only from trusted proxies.
pub const FORWARDED: [&str; 8] = [
    "X-Forwarded-Method",
    "X-Original-Method",
    "X-Forwarded-Uri",
    "X-Original-URI",
    "X-Original-URL",
    "X-Forwarded-Proto",
    "X-Forwarded-Host",
    "Client-Cert",
];
const METHODS: [&str; 2] = [FORWARDED[0], FORWARDED[1]];
const URIS: [&str; 3] = [FORWARDED[2], FORWARDED[3], FORWARDED[4]];
/// The limit of a method, as for the server's own.
const MAX_METHOD: usize = 32;

/// The caller's request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedFor<'a> {
    pub method: &'a str,
    /// The path as sent, without query.
    pub path: &'a str,
    /// The decoded segments of the path.
    pub segments: Vec<String>,
    /// Whether the path is that of the guard's own request. Its query is the caller's then.
    pub is_appended: bool,
}

impl<'a> AskedFor<'a> {
    /// Reads a request to a guard. `rest` is the path after the guard's name.
    ///
    /// # Errors
    /// The reason, if the gateway is not trusted, or if it is not clear what is asked.
    pub fn of(http: &'a Request, rest: &'a str) -> Result<Self, String> {
        check_sender(http)?;
        let method = one_of(http, &METHODS)?.map_or(http.method_name.as_str(), |(_, method)| method);
        let is_method = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if method.is_empty() || method.len() > MAX_METHOD || !method.bytes().all(is_method) {
            return Err("the forwarded method is not a method".to_owned());
        }
        // A slash may come from the gateway's own URL.
        let rest = Some(rest).filter(|rest| !rest.is_empty() && *rest != "/");
        let named = one_of(http, &URIS)?.map(|(field, uri)| (field, path_of(field, uri)));
        let (path, is_appended) = match (named, rest) {
            (Some((_, path)), None) => (path, false),
            (Some((_, path)), Some(rest)) if path == rest => (path, false),
            (Some((field, _)), Some(_)) => {
                return Err(format!("{field} and the path after the guard's name differ"));
            }
            (None, rest) => (rest.unwrap_or("/"), true),
        };
        let segments = segments(path).map_err(|odd| format!("the path is refused: {odd}"))?;
        Ok(Self { method, path, segments, is_appended: is_appended && rest.is_some() })
    }
}

/// Refuses forwarded fields of a sender that is not trusted: a caller could send them itself.
fn check_sender(http: &Request) -> Result<(), String> {
    if http.peer.is_proxy {
        return Ok(());
    }
    let Some(field) = FORWARDED.into_iter().find(|field| http.headers.get(field).is_some()) else {
        return Ok(());
    };
    let from =
        http.peer.address.map_or_else(|| "an unknown address".to_owned(), |ip| ip.to_canonical().to_string());
    Err(format!("{field} from {from} does not count, because it is not in trusted_proxies"))
}

/// The value of these fields, which must agree: a gateway sets one of them, and a caller may send another.
fn one_of<'a>(http: &'a Request, fields: &[&'static str]) -> Result<Option<(&'static str, &'a str)>, String> {
    let mut found: Option<(&'static str, &'a str)> = None;
    for field in fields.iter().copied() {
        for (name, value) in http.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(field)) {
            debug_assert!(!name.is_empty());
            let value = value.trim_matches([' ', '\t']);
            match found {
                Some((first, before)) if !agree(before, value) => {
                    return Err(format!(
                        "{first} and {field} differ: the gateway must set one and remove the other"
                    ));
                }
                Some(_) => {}
                None => found = Some((field, value)),
            }
        }
    }
    Ok(found)
}

/// `X-Original-URL` may be a URL where the others have its path.
fn agree(one: &str, other: &str) -> bool {
    one == other || without_origin(one) == without_origin(other)
}

/// The path of a forwarded URI, without query.
fn path_of<'a>(field: &str, uri: &'a str) -> &'a str {
    let uri = if field == FORWARDED[4] { without_origin(uri) } else { uri };
    // A fragment is never sent to a server. It remains in the path, which is refused.
    uri.split_once('?').map_or(uri, |(path, _)| path)
}

/// The part of a URL after scheme and authority.
fn without_origin(url: &str) -> &str {
    let Some(after) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return url;
    };
    after.find('/').map_or("/", |at| &after[at..])
}

#[cfg(test)]
#[path = "asked_tests.rs"]
mod tests;
