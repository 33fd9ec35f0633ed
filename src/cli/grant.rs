//! Flags of `token` and `call` for a workload's identity and for the grants that take tokens.

use super::heading::{CLIENT, REQUEST};
use super::usage::value_parsers::{InvalidValue, file};
use clap::{Args, ValueEnum};
use serde::Deserialize;
use std::path::PathBuf;

/// The prefix of registered token types (RFC 8693 section 3).
const TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:";
/// Registered token types without their prefix.
const TOKEN_TYPES: [&str; 8] =
    ["access_token", "jwt", "id_token", "refresh_token", "id-jag", "saml1", "saml2", "txn_token"];

#[derive(Debug, Default, Args)]
pub struct GrantArgs {
    /// The platform's token in place of a secret
    ///
    /// github-actions, gitlab:NAME, kubernetes, google, azure:RESOURCE, file:PATH, env:NAME or command (the
    /// profile's identity_command). It authenticates the client; with --grant jwt-bearer or token-exchange it
    /// is what becomes a token.
    #[arg(long, value_name = "SOURCE", help_heading = CLIENT)]
    pub identity: Option<String>,
    /// Audience of the identity [default: the issuer]
    ///
    /// Of github-actions and google. Elsewhere the platform's configuration names it.
    #[arg(long, value_name = "AUD", hide_short_help = true, help_heading = CLIENT)]
    pub identity_audience: Option<String>,
    /// How the identity authenticates the client: jwt-bearer or jwt-spiffe [default: jwt-bearer]
    #[arg(
        long,
        value_name = "TYPE",
        hide_short_help = true,
        hide_possible_values = true,
        help_heading = CLIENT
    )]
    pub assertion_type: Option<AssertionType>,
    /// client_credentials, jwt-bearer or token-exchange
    ///
    /// Default: token-exchange with --subject-token-file, else client_credentials.
    #[arg(
        long,
        value_name = "GRANT",
        hide_short_help = true,
        hide_possible_values = true,
        help_heading = REQUEST
    )]
    pub grant: Option<RequestedGrant>,
    /// Token to exchange, or assertion of jwt-bearer, - for stdin
    ///
    /// Default: the identity.
    #[arg(
        long,
        value_name = "FILE",
        value_parser = file(),
        hide_short_help = true,
        help_heading = REQUEST
    )]
    pub subject_token_file: Option<PathBuf>,
    /// Type of the token to exchange
    ///
    /// access_token, jwt, id_token, id-jag, saml2, … or a URI. Default: jwt for an identity, else access_token.
    #[arg(
        long,
        value_name = "TYPE",
        value_parser = token_type,
        hide_short_help = true,
        help_heading = REQUEST
    )]
    pub subject_token_type: Option<String>,
    /// Access token of the acting client, for token-exchange
    #[arg(
        long,
        value_name = "FILE",
        value_parser = file(),
        hide_short_help = true,
        help_heading = REQUEST
    )]
    pub actor_token_file: Option<PathBuf>,
    /// Type of the token to get by token-exchange
    #[arg(
        long,
        value_name = "TYPE",
        value_parser = token_type,
        hide_short_help = true,
        help_heading = REQUEST
    )]
    pub requested_token_type: Option<String>,
}

impl GrantArgs {
    /// The first flag that says how to get a token.
    #[must_use]
    pub fn asks_for_token(&self) -> Option<&'static str> {
        let given = [
            ("--identity", self.identity.is_some()),
            ("--grant", self.grant.is_some()),
            ("--subject-token-file", self.subject_token_file.is_some()),
        ];
        given.into_iter().find_map(|(name, is_given)| is_given.then_some(name))
    }
}

/// The grant to request, by its name or its URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
pub enum RequestedGrant {
    /// RFC 6749 section 4.4
    #[value(name = "client_credentials", alias = "client-credentials")]
    ClientCredentials,
    /// RFC 7523 section 2.1
    #[value(name = "jwt-bearer", alias = "jwt_bearer", alias = "urn:ietf:params:oauth:grant-type:jwt-bearer")]
    JwtBearer,
    /// RFC 8693
    #[value(
        name = "token-exchange",
        alias = "token_exchange",
        alias = "urn:ietf:params:oauth:grant-type:token-exchange"
    )]
    TokenExchange,
}

/// The type of an assertion that authenticates the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
pub enum AssertionType {
    /// RFC 7523 section 2.2
    #[default]
    #[value(name = "jwt-bearer", alias = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")]
    JwtBearer,
    /// draft-ietf-oauth-spiffe-client-auth
    #[value(name = "jwt-spiffe", alias = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe")]
    JwtSpiffe,
}

impl AssertionType {
    /// The value of `client_assertion_type`.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::JwtBearer => "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            Self::JwtSpiffe => "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe",
        }
    }
}

/// The words of a flag that a profile has as well.
pub struct WordList<T> {
    pub names: Vec<String>,
    pub named: fn(&str) -> Option<T>,
}

/// The words that the flag takes.
#[must_use]
pub fn words<T: ValueEnum>() -> WordList<T> {
    let values = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    WordList {
        names: values.map(|value| value.get_name().to_owned()).collect(),
        named: |name| T::from_str(name, false).ok(),
    }
}

/// The URI of a token type, from its short name or the URI itself.
///
/// # Errors
/// If it is neither.
pub fn token_type(text: &str) -> Result<String, InvalidValue> {
    if text.contains(':') {
        return Ok(text.to_owned());
    }
    let is_named = |known: &&&str| known.replace('_', "-") == text.replace('_', "-");
    match TOKEN_TYPES.iter().find(is_named) {
        Some(name) => Ok(format!("{TOKEN_TYPE}{name}")),
        None => Err(InvalidValue::new("is not a token type")
            .hint(format!("it is {}, or a URI", TOKEN_TYPES.join(", ")))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_type_is_a_short_name_or_a_uri() {
        for (text, uri) in [
            ("access_token", Some("urn:ietf:params:oauth:token-type:access_token")),
            ("id-token", Some("urn:ietf:params:oauth:token-type:id_token")),
            ("id_jag", Some("urn:ietf:params:oauth:token-type:id-jag")),
            ("urn:x:y", Some("urn:x:y")),
            ("token", None),
            ("", None),
        ] {
            assert_eq!(token_type(text).ok().as_deref(), uri, "{text}");
        }
    }
}
