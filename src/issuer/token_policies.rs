//! The checks of tokens that this service has issued, at each endpoint that takes them.

use super::settings::ServiceSettings;
use crate::http::RESOURCE_PATH;
use crate::jose::algorithm::Algorithm;
use crate::jose::sign::TokenType;
use crate::verdict::{CheckName, Policy};

#[derive(Clone, Debug)]
pub struct TokenPolicies {
    /// At our own resource: it must be for it, where it is for anybody in particular.
    pub resource: Policy,
    /// Where the token is only looked at: it may be for any audience.
    pub any_audience: Policy,
}

impl TokenPolicies {
    /// Those of an issuer that signs with these algorithms.
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
            // `iss` must match, and without an `exp` no token of ours is complete.
            require: vec![CheckName::Signature, CheckName::Exp, CheckName::Iss],
            required_claims: &["sub", "client_id", "jti"],
            ..Policy::default()
        };
        let mut aud = settings.audience.clone();
        aud.push(format!("{public_url}{RESOURCE_PATH}"));
        // Where tokens have an audience by configuration, one without is not of this configuration.
        let aud_optional = settings.audience.is_empty();
        Self { resource: Policy { aud, aud_optional, ..any_audience.clone() }, any_audience }
    }
}
