//! The settings of a request for `--verbose`.

use super::connection::{Caching, TokenServer};
use super::settle::ClientOptions;
use crate::client::agent::Trace;

/// Traces the settings, then every request. The settings come first, so that a request that fails shows
/// them, too.
pub(in crate::commands) fn traced(mut options: ClientOptions, trace: Trace) -> ClientOptions {
    details(&options).iter().for_each(|line| trace.line(line));
    options.connection.trace = trace;
    options
}

/// The server, the client and the cache, each with the source of its setting.
fn details(options: &ClientOptions) -> Vec<String> {
    let server = match &options.connection.server {
        TokenServer::Endpoint(url) => format!("token endpoint {} ({})", url.value, url.origin),
        TokenServer::Issuer(issuer) => format!("issuer {} ({})", issuer.value, issuer.origin),
    };
    let credentials = &options.credentials;
    let id = match &credentials.id {
        Some(id) => format!("client {} (id from {}, ", id.value, id.origin),
        None => "no client id (".to_owned(),
    };
    let client = format!("{id}{} from {})", credentials.noun(), credentials.origin());
    let cache = match &options.connection.caching {
        Caching::Off => "cache off".to_owned(),
        Caching::Use(cache) | Caching::Refresh(cache) => format!("cache {}", cache.folder().display()),
    };
    vec![server, client, cache]
}
