//! The identity that stood for a client.

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
