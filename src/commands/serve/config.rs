//! heist.toml as typed: its keys, and errors that name line and cure. No file is read here, and no
//! value that may be a secret is shown.

use super::limits::{CallerLimits, networks};
use crate::cli::parse_duration;
use crate::commands::configuration::{self, ConfigError, ours};
use crate::registry::networks::Networks;
use serde::{Deserialize, Deserializer};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The configuration of a server.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub issuer: Option<String>,
    pub public_url: Option<String>,
    #[serde(default, deserialize_with = "address")]
    pub listen: Option<SocketAddr>,
    #[serde(default, deserialize_with = "duration")]
    pub token_lifetime: Option<Duration>,
    #[serde(default, deserialize_with = "duration")]
    pub leeway: Option<Duration>,
    #[serde(default, deserialize_with = "one_or_more")]
    pub audience: Vec<String>,
    #[serde(default)]
    pub explain_client_errors: bool,
    #[serde(default)]
    pub dpop_nonce: bool,
    #[serde(default)]
    pub response_types_supported: bool,
    pub audit_log: Option<String>,
    pub store: Option<String>,
    #[serde(default, deserialize_with = "duration")]
    pub store_outage: Option<Duration>,
    #[serde(default, deserialize_with = "super::limits::connections")]
    pub store_connections: Option<usize>,
    #[serde(default, deserialize_with = "networks")]
    pub allow_from: Networks,
    #[serde(default, deserialize_with = "networks")]
    pub trusted_proxies: Networks,
    #[serde(default)]
    pub limits: CallerLimits,
    pub tls: Option<TlsSection>,
    #[serde(default)]
    pub signing: SigningSection,
    #[serde(default, rename = "client")]
    pub clients: Vec<ClientEntry>,
}

/// Claims that a client's tokens have beside the registered ones.
pub type Claims = serde_json::Map<String, serde_json::Value>;

/// `[tls]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSection {
    pub cert_file: PathBuf,
    pub key_file: PathBuf,
    pub client_ca_file: Option<PathBuf>,
}

/// `[signing]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningSection {
    pub algorithm: Option<String>,
    pub key_file: Option<PathBuf>,
    pub secret_env: Option<String>,
    pub secret_file: Option<PathBuf>,
    #[serde(default, deserialize_with = "duration")]
    pub rotate_every: Option<Duration>,
}

/// `[[client]]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientEntry {
    pub id: String,
    pub secret_env: Option<String>,
    pub secret_file: Option<PathBuf>,
    pub secret_hash: Option<String>,
    pub auth_method: Option<String>,
    pub assertion_audience: Option<String>,
    pub jwks: Option<JwksSource>,
    pub jwks_uri: Option<String>,
    pub tls_client_auth_subject_dn: Option<String>,
    pub tls_client_auth_san_dns: Option<String>,
    pub tls_client_auth_san_uri: Option<String>,
    pub tls_client_auth_san_ip: Option<String>,
    pub tls_client_auth_san_email: Option<String>,
    pub tls_certificate: Option<PathBuf>,
    #[serde(default)]
    pub tls_client_certificate_bound_access_tokens: bool,
    #[serde(default, deserialize_with = "networks")]
    pub allow_from: Networks,
    #[serde(default)]
    pub audiences: Vec<String>,
    #[serde(default)]
    pub introspect: bool,
    #[serde(default)]
    pub token_exchange: bool,
    pub dpop: Option<String>,
    #[serde(default)]
    pub scopes: Vec<String>,
    pub default_scopes: Option<Vec<String>>,
    #[serde(default, deserialize_with = "duration")]
    pub lifetime: Option<Duration>,
    #[serde(default, deserialize_with = "claims")]
    pub claims: Claims,
}

/// A client's public keys: a JWK Set as a table, or the path of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JwksSource {
    /// The set itself.
    Inline(serde_json::Value),
    /// A file with keys.
    File(PathBuf),
}

impl<'de> Deserialize<'de> for JwksSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(path) => Ok(Self::File(PathBuf::from(path))),
            table @ toml::Value::Table(_) => {
                as_json(table).map(Self::Inline).ok_or_else(|| ours("jwks has a number that JSON has not"))
            }
            _ => Err(ours("jwks must be a JWK Set as a table, or the path of a file")),
        }
    }
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// [`ConfigError`] for what is no TOML, an unknown key, or a value of the wrong type.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        configuration::parse(text)
    }
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong = |_| ours("listen must be an address and a port, as \"127.0.0.1:8001\"");
    text.parse().map(Some).map_err(wrong)
}

/// TOML knows dates and infinities, JSON does not: dates become strings, infinities are refused.
fn claims<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Claims, D::Error> {
    let table = toml::Table::deserialize(deserializer)?;
    let members = table.into_iter().map(|(name, value)| Some((name, as_json(value)?)));
    members
        .collect::<Option<Claims>>()
        .ok_or_else(|| ours("claims has a number that JSON has not (nan, inf)"))
}

fn as_json(value: toml::Value) -> Option<serde_json::Value> {
    use serde_json::Value;
    Some(match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::Number(serde_json::Number::from_f64(number)?),
        toml::Value::Boolean(value) => Value::Bool(value),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(items) => Value::Array(items.into_iter().map(as_json).collect::<Option<_>>()?),
        toml::Value::Table(table) => Value::Object(
            table.into_iter().map(|(name, value)| Some((name, as_json(value)?))).collect::<Option<_>>()?,
        ),
    })
}

pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_duration(&text).map(Some).map_err(|error| ours(&error))
}

fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "heist.toml: audience is a string or a list of strings")]
    enum OneOrMore {
        One(String),
        More(Vec<String>),
    }
    Ok(match OneOrMore::deserialize(deserializer)? {
        OneOrMore::One(one) => vec![one],
        OneOrMore::More(more) => more,
    })
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
