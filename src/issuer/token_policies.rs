//! The policies for tokens of this service, at each endpoint that accepts them.

use super::settings::ServiceSettings;
use crate::http::RESOURCE_PATH;
use crate::jose::algorithm::Algorithm;
use crate::jose::sign::TokenType;
use crate::verdict::{CheckName, Policy};

#[derive(Clone, Debug)]
pub struct TokenPolicies {
    /// At our own resource: the audience must match, if one is configured.
    pub resource: Policy,
    /// At endpoints that only inspect the token: any audience.
    pub any_audience: Policy,
}

impl TokenPolicies {
    /// The policies of an issuer that signs with these algorithms.
    pub(super) fn new(
        issuer: &str,
        public_url: &str,
        alg: Vec<Algorithm>,
        settings: &ServiceSettings,
    ) -> Self {
        let any_audience = Policy {
            leeway: settings.leeway.as_secs(),
            iss: Some(issuer.to_owned()),
            typ: [TokenType::Jwt, TokenType::AccessToken].map(|typ| typ.name().to_owned()).to_vec(),
            alg,
            // `iss` must match, and every token of ours has an `exp`.
            require: vec![CheckName::Signature, CheckName::Exp, CheckName::Iss],
            required_claims: &["sub", "client_id", "jti"],
            ..Policy::default()
        };
        let mut aud = settings.audience.clone();
        aud.push(format!("{public_url}{RESOURCE_PATH}"));
        // If an audience is configured, tokens without one come from another configuration.
        let aud_optional = settings.audience.is_empty();
        Self { resource: Policy { aud, aud_optional, ..any_audience.clone() }, any_audience }
    }
}
