//! A client for a bench.

use heistctl::registry::{Client, ClientAuth};

/// A client that may have those scopes, blank-separated, and nothing else.
pub(crate) fn client(id: &str, auth: ClientAuth, scopes: &str) -> Client {
    Client::new(id, auth, scopes.parse().expect("scopes"))
}
