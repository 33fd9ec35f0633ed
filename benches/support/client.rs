//! A client for a bench.

use heistctl::registry::networks::Networks;
use heistctl::registry::{Client, ClientAuth, Permissions};

/// A client that may have those scopes, blank-separated, and nothing else.
pub(crate) fn client(id: &str, auth: ClientAuth, scopes: &str) -> Client {
    Client {
        id: id.to_owned(),
        auth,
        scopes: scopes.parse().expect("scopes"),
        default_scopes: scopes.parse().expect("scopes"),
        audiences: Vec::new(),
        lifetime: None,
        claims: serde_json::Map::new(),
        may: Permissions::default(),
        allow_from: Networks::default(),
        created: None,
    }
}
