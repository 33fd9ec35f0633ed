//! The values of metric labels. Each label has a bounded set, which strangers cannot extend.
//!
//! | label | values |
//! |---|---|
//! | `endpoint` | [`Endpoint::name`](crate::server::endpoint::Endpoint::name), [`OTHER`] |
//! | `state` | [`IDLE`], [`BUSY`] |
//! | `client` | [`ClientLabels`] |
//! | `algorithm` | names of signature algorithms |
//! | `reason` | OAuth error codes, [`status_reason`] |
//! | `guard` | names in the configuration |
//! | `decision` | [`GRANTED`], error codes |
//! | `limit` | the setting's or bound's name, from whatever enforces it |
//! | `bound` | names in `server/capacity.rs` |

use crate::registry::secret_uses::MAX_CLIENTS;
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

/// For everything without a label of its own.
pub(super) const OTHER: &str = "other";
/// A guard's decision that is not a refusal.
pub(super) const GRANTED: &str = "granted";
/// A connection without a request that is being answered.
pub(super) const IDLE: &str = "idle";
/// A connection whose request is being answered.
pub(super) const BUSY: &str = "busy";

/// The clients with a label: the first [`MAX_CLIENTS`] that got a token.
#[derive(Debug, Default)]
pub(super) struct ClientLabels(RwLock<HashSet<String>>);

impl ClientLabels {
    /// The label of an authenticated client; [`OTHER`] for the rest.
    pub(super) fn label<'a>(&self, client: Option<&'a str>) -> &'a str {
        let Some(client) = client else { return OTHER };
        let known = |clients: &HashSet<String>| clients.contains(client);
        if known(&self.0.read().unwrap_or_else(PoisonError::into_inner)) {
            return client;
        }
        let mut clients = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= MAX_CLIENTS && !known(&clients) {
            return OTHER;
        }
        clients.insert(client.to_owned());
        client
    }
}

/// A status phrase (RFC 9110 section 15), formatted like an OAuth error code.
pub(super) fn status_reason(status: u16) -> Cow<'static, str> {
    let status = ::http::StatusCode::from_u16(status).ok();
    let reason = status.and_then(|status| status.canonical_reason()).unwrap_or(OTHER);
    Cow::Owned(reason.to_ascii_lowercase().replace([' ', '-'], "_"))
}
