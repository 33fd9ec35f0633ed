//! Flags for the settings of a client, one for each key of `[[client]]` in heist.toml. Secrets have flags of their
//! own where they are made.

use super::duration::{Span, parse_lifetime};
use super::heading::{AUTHENTICATION, PERMISSIONS, TOKENS};
use super::identity_flags::IdentityFlags;
use super::usage::value_parsers::{InvalidValue, file};
use crate::json::Json;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value};
use std::path::PathBuf;

/// Settings of a client. `set` changes those that are given and keeps the rest.
#[derive(Debug, Default, Args)]
pub struct ClientFlags {
    /// Scopes it may have, as 'a b'; repeatable
    #[arg(long, value_name = "SCOPE", help_heading = TOKENS)]
    pub scope: Vec<String>,
    /// Scopes it gets by default [default: all]
    ///
    /// Where a token request names no scope.
    #[arg(long, value_name = "SCOPE", help_heading = TOKENS)]
    pub default_scope: Vec<String>,
    /// Repeat the scope in scp, scopes or permissions
    ///
    /// A claim beside scope, for APIs that do not read that. With --scope-claim scope there is none.
    #[arg(long, value_name = "NAME", help_heading = TOKENS)]
    pub scope_claim: Option<String>,
    /// string or list [default: string]
    ///
    /// Whether --scope-claim is a text with blanks, as scope is, or a list of texts.
    #[arg(long, value_name = "FORM", help_heading = TOKENS)]
    pub scope_claim_form: Option<String>,
    /// Resource of its tokens (RFC 8707); repeatable
    #[arg(long, value_name = "URI", help_heading = TOKENS)]
    pub audience: Vec<String>,
    /// Resource where a request names none; repeatable
    ///
    /// Each must also be an --audience. Without one, such tokens have the server's audience.
    #[arg(long, value_name = "URI", help_heading = TOKENS)]
    pub default_audience: Vec<String>,
    /// Lifetime of its tokens, as 15m
    #[arg(long, value_name = "TIME", value_parser = parse_lifetime, help_heading = TOKENS)]
    pub lifetime: Option<Span>,
    /// Claims of its tokens, as '{"team":"a"}'
    ///
    /// A JSON object. '{}' removes them.
    #[arg(long, value_name = "JSON", value_parser = parse_claims, help_heading = TOKENS)]
    pub claims: Option<ClaimsFlag>,
    /// The one method to authenticate
    ///
    /// client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth or
    /// self_signed_tls_client_auth.
    #[arg(long, value_name = "METHOD", hide_possible_values = true, help_heading = AUTHENTICATION)]
    pub auth_method: Option<RegisteredMethod>,
    /// issuer, or issuer-or-token-url for old clients
    ///
    /// The aud that its assertions must have. Some older libraries send the URL of the token endpoint.
    #[arg(long, value_name = "AUD", help_heading = AUTHENTICATION)]
    pub assertion_audience: Option<String>,
    /// File with its public keys: PEM, JWK or JWK Set
    #[arg(long, value_name = "FILE", value_parser = file(), help_heading = AUTHENTICATION)]
    pub jwks: Option<PathBuf>,
    /// Where it publishes its public keys
    #[arg(long, value_name = "URL", conflicts_with = "jwks", help_heading = AUTHENTICATION)]
    pub jwks_uri: Option<String>,
    /// Subject of its certificate, as CN=a,O=b
    ///
    /// The certificate must be signed by an authority of the server. One name is enough, of this kind or of
    /// the next four: tls_client_auth_subject_dn and so on (RFC 8705 section 2.1.2).
    #[arg(
        long,
        value_name = "DN",
        alias = "tls-client-auth-subject-dn",
        conflicts_with_all = ["jwks", "jwks_uri"],
        help_heading = AUTHENTICATION
    )]
    pub tls_subject_dn: Option<String>,
    /// DNS name in its certificate
    #[arg(long, value_name = "NAME", alias = "tls-client-auth-san-dns", help_heading = AUTHENTICATION)]
    pub tls_san_dns: Option<String>,
    /// URI in its certificate
    #[arg(long, value_name = "URI", alias = "tls-client-auth-san-uri", help_heading = AUTHENTICATION)]
    pub tls_san_uri: Option<String>,
    /// IP address in its certificate
    #[arg(long, value_name = "IP", alias = "tls-client-auth-san-ip", help_heading = AUTHENTICATION)]
    pub tls_san_ip: Option<String>,
    /// E-mail address in its certificate
    #[arg(long, value_name = "ADDRESS", alias = "tls-client-auth-san-email", help_heading = AUTHENTICATION)]
    pub tls_san_email: Option<String>,
    /// PEM of its own certificates, from any signer
    #[arg(
        long,
        value_name = "FILE",
        value_parser = file(),
        conflicts_with_all = ["jwks", "jwks_uri"],
        help_heading = AUTHENTICATION
    )]
    pub tls_certificate: Option<PathBuf>,
    #[command(flatten)]
    pub identity: IdentityFlags,
    /// Network it may connect from; repeatable
    #[arg(long, value_name = "NETWORK", help_heading = AUTHENTICATION)]
    pub allow_from: Vec<String>,
    /// May introspect any token (RFC 7662)
    ///
    /// --introspect false removes the permission.
    #[arg(
        long,
        value_name = "YES",
        num_args = 0..=1,
        default_missing_value = "true",
        hide_possible_values = true,
        help_heading = PERMISSIONS
    )]
    pub introspect: Option<bool>,
    /// May exchange tokens (RFC 8693)
    ///
    /// --token-exchange false removes the permission.
    #[arg(
        long,
        value_name = "YES",
        num_args = 0..=1,
        default_missing_value = "true",
        hide_possible_values = true,
        help_heading = PERMISSIONS
    )]
    pub token_exchange: Option<bool>,
    /// Its tokens must be bound to a key (RFC 9449)
    ///
    /// --dpop-required false removes the requirement.
    #[arg(
        long,
        value_name = "YES",
        num_args = 0..=1,
        default_missing_value = "true",
        hide_possible_values = true,
        help_heading = PERMISSIONS
    )]
    pub dpop_required: Option<bool>,
    /// Its tokens are bound to its certificate
    ///
    /// With any method to authenticate (tls_client_certificate_bound_access_tokens, RFC 8705 section 3.4).
    /// --tls-bound false removes the requirement.
    #[arg(
        long,
        alias = "tls-client-certificate-bound-access-tokens",
        value_name = "YES",
        num_args = 0..=1,
        default_missing_value = "true",
        hide_possible_values = true,
        help_heading = PERMISSIONS
    )]
    pub tls_bound: Option<bool>,
}

/// The settings of a client that have a default, by their names in heist.toml.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum ClearableSetting {
    DefaultScopes,
    ScopeClaim,
    Audiences,
    DefaultAudiences,
    Lifetime,
    Claims,
    AuthMethod,
    AssertionAudience,
    AllowFrom,
}

impl ClientFlags {
    /// The flag that gives this setting a value, if it was used.
    #[must_use]
    pub fn setting(&self, setting: ClearableSetting) -> Option<&'static str> {
        let (flag, is_given) = match setting {
            ClearableSetting::DefaultScopes => ("--default-scope", !self.default_scope.is_empty()),
            ClearableSetting::ScopeClaim => {
                ("--scope-claim", self.scope_claim.is_some() || self.scope_claim_form.is_some())
            }
            ClearableSetting::Audiences => ("--audience", !self.audience.is_empty()),
            ClearableSetting::DefaultAudiences => ("--default-audience", !self.default_audience.is_empty()),
            ClearableSetting::Lifetime => ("--lifetime", self.lifetime.is_some()),
            ClearableSetting::Claims => ("--claims", self.claims.is_some()),
            ClearableSetting::AuthMethod => ("--auth-method", self.auth_method.is_some()),
            ClearableSetting::AssertionAudience => {
                ("--assertion-audience", self.assertion_audience.is_some())
            }
            ClearableSetting::AllowFrom => ("--allow-from", !self.allow_from.is_empty()),
        };
        is_given.then_some(flag)
    }
}

/// A JSON object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimsFlag(pub Map<String, Value>);

fn parse_claims(text: &str) -> Result<ClaimsFlag, InvalidValue> {
    const EXAMPLE: &str = "write it as --claims '{\"team\":\"orders\"}'";
    let wrong = |what: &str| Err(InvalidValue::new(what).hint(EXAMPLE));
    if let Ok(Json::Object(object)) = Json::parse(text.as_bytes())
        && object.repeated_name().is_some()
    {
        return wrong("has a name twice");
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(claims)) => Ok(ClaimsFlag(claims)),
        Ok(_) => wrong("is not a JSON object"),
        Err(_) => wrong("is not JSON"),
    }
}

/// The authentication methods that a store accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum RegisteredMethod {
    /// Id and secret in the Authorization header
    ClientSecretBasic,
    /// Id and secret in the body
    ClientSecretPost,
    /// An assertion signed with its secret
    ClientSecretJwt,
    /// An assertion signed with a private key
    PrivateKeyJwt,
    /// A certificate of an authority, with a name
    TlsClientAuth,
    /// A certificate of its own
    SelfSignedTlsClientAuth,
}

impl RegisteredMethod {
    /// The name in metadata (RFC 8414).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::ClientSecretJwt => "client_secret_jwt",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::TlsClientAuth => "tls_client_auth",
            Self::SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
        }
    }
}
