//! heist.toml as typed. The files that it names are not read here.

use super::config_keys::HEIST_TOML;
use super::config_resources::{GuardEntry, ResourceEntry};
use super::config_trust::TrustEntry;
use super::limits::CallerLimits;
use crate::clock::MAX_DURATION;
use crate::commands::configuration::{self, Places, Table};
use crate::exit::Failure;
use crate::issuer::MAX_LEEWAY;
use crate::registry::networks::Networks;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use toml::de::DeValue;

const SECOND: Duration = Duration::from_secs(1);
/// A client that was removed from the store meanwhile gets tokens until the outage ends.
const MAX_OUTAGE: Duration = Duration::from_secs(30 * 86_400);
/// A key is published for five minutes before it signs.
const MIN_ROTATE_EVERY: Duration = Duration::from_secs(600);

/// The configuration of a server.
#[derive(Debug, Default)]
pub struct Config {
    pub issuer: Option<String>,
    pub public_url: Option<String>,
    pub listen: Option<SocketAddr>,
    pub metrics_listen: Option<SocketAddr>,
    pub insecure_http: bool,
    pub ready_file: Option<PathBuf>,
    pub log: Option<String>,
    pub token_lifetime: Option<Duration>,
    pub leeway: Option<Duration>,
    pub audience: Vec<String>,
    pub explain_client_errors: bool,
    pub dpop_nonce: bool,
    pub audit_log: Option<String>,
    pub store: Option<String>,
    pub store_outage: Option<Duration>,
    pub store_connections: Option<usize>,
    pub limits: CallerLimits,
    pub tls: Option<TlsSection>,
    pub signing: SigningSection,
    pub metadata: MetadataSection,
    pub clients: Vec<ClientEntry>,
    pub trust: Vec<TrustEntry>,
    pub resources: Vec<ResourceEntry>,
    pub guards: Vec<GuardEntry>,
    pub client_documents: Vec<DocumentsEntry>,
    /// The positions of its keys.
    pub places: Places,
}

/// Claims that are added to a client's tokens.
pub type Claims = serde_json::Map<String, serde_json::Value>;

/// `[tls]`
#[derive(Debug, Default)]
pub struct TlsSection {
    pub cert_file: PathBuf,
    pub key_file: PathBuf,
    pub client_ca_file: Option<PathBuf>,
    pub places: Places,
}

/// `[signing]`
#[derive(Debug, Default)]
pub struct SigningSection {
    pub algorithm: Option<String>,
    pub key_file: Option<PathBuf>,
    pub secret_env: Option<String>,
    pub secret_file: Option<PathBuf>,
    pub rotate_every: Option<Duration>,
    pub places: Places,
}

/// `[metadata]`
#[derive(Debug, Default)]
pub struct MetadataSection {
    pub strict_rfc8414: bool,
    pub scopes_supported: Vec<String>,
    /// Its other members.
    pub members: serde_json::Map<String, serde_json::Value>,
    pub places: Places,
}

/// `[[client]]`
#[derive(Debug, Default)]
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
    pub tls_client_certificate_bound_access_tokens: bool,
    pub allow_from: Networks,
    /// Each a table.
    pub federated: Vec<serde_json::Value>,
    pub claims_from: Vec<String>,
    pub audiences: Vec<String>,
    pub default_audiences: Vec<String>,
    pub introspect: bool,
    pub token_exchange: bool,
    pub dpop: Option<String>,
    pub scopes: Vec<String>,
    pub default_scopes: Option<Vec<String>>,
    pub scope_claim: Option<String>,
    pub scope_claim_form: Option<String>,
    pub lifetime: Option<Duration>,
    pub claims: Claims,
    pub places: Places,
}

/// `[[client_documents]]`
#[derive(Debug, Default)]
pub struct DocumentsEntry {
    pub allow: Vec<String>,
    pub scopes: Vec<String>,
    pub audiences: Vec<String>,
    pub lifetime: Option<Duration>,
    pub allow_private: bool,
    pub places: Places,
}

/// A client's public keys: a JWK Set as a table, or the path of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JwksSource {
    /// The set itself.
    Inline(serde_json::Value),
    /// A file with keys.
    File(PathBuf),
}

impl Config {
    /// Parses the text of a file. Returns the valid part of the configuration and all problems. The
    /// configuration is `None` if the sections of the file cannot be recognized.
    pub fn parse(file: &str, text: &str) -> (Option<Self>, Vec<Failure>) {
        configuration::read(&HEIST_TOML, file, text, Self::of)
    }

    fn of(top: Table<'_>) -> Self {
        let limits = CallerLimits {
            allow_from: top.networks("allow_from"),
            trusted_proxies: top.networks("trusted_proxies"),
            ..top.table("limits").map(CallerLimits::of).unwrap_or_default()
        };
        Self {
            issuer: top.text("issuer"),
            public_url: top.text("public_url"),
            listen: top.address("listen"),
            metrics_listen: top.address("metrics_listen"),
            insecure_http: top.flag("insecure_http").unwrap_or_default(),
            ready_file: top.path("ready_file"),
            log: top.text("log"),
            token_lifetime: top.length("token_lifetime", SECOND..=MAX_DURATION),
            leeway: top.length("leeway", Duration::ZERO..=MAX_LEEWAY),
            audience: top.one_or_more("audience").unwrap_or_default(),
            explain_client_errors: top.flag("explain_client_errors").unwrap_or_default(),
            dpop_nonce: top.flag("dpop_nonce").unwrap_or_default(),
            audit_log: top.text("audit_log"),
            store: top.text("store"),
            store_outage: top.length("store_outage", Duration::ZERO..=MAX_OUTAGE),
            store_connections: top.count("store_connections", 1..=1000),
            limits,
            tls: top.table("tls").map(TlsSection::of),
            signing: top.table("signing").map(SigningSection::of).unwrap_or_default(),
            metadata: top.table("metadata").map(MetadataSection::of).unwrap_or_default(),
            resources: top.tables("resource").into_iter().map(ResourceEntry::of).collect(),
            guards: top.tables("guard").into_iter().map(GuardEntry::of).collect(),
            trust: top.tables("trust").into_iter().map(TrustEntry::of).collect(),
            clients: top.tables("client").into_iter().map(ClientEntry::of).collect(),
            client_documents: top.tables("client_documents").into_iter().map(DocumentsEntry::of).collect(),
            places: top.finish(),
        }
    }
}

impl TlsSection {
    /// Whether one of its required files is not known.
    pub(super) fn is_incomplete(&self) -> bool {
        [&self.cert_file, &self.key_file].iter().any(|path| path.as_os_str().is_empty())
    }

    fn of(table: Table<'_>) -> Self {
        table.require("cert_file");
        table.require("key_file");
        Self {
            cert_file: table.path("cert_file").unwrap_or_default(),
            key_file: table.path("key_file").unwrap_or_default(),
            client_ca_file: table.path("client_ca_file"),
            places: table.finish(),
        }
    }
}

impl SigningSection {
    /// Whether the section names a key or secret. Otherwise the key is in the store.
    pub(super) fn names_key(&self) -> bool {
        self.key_file.is_some() || self.secret_env.is_some() || self.secret_file.is_some()
    }

    fn of(table: Table<'_>) -> Self {
        Self {
            algorithm: table.text("algorithm"),
            key_file: table.path("key_file"),
            secret_env: table.text("secret_env"),
            secret_file: table.path("secret_file"),
            rotate_every: table.length("rotate_every", MIN_ROTATE_EVERY..=MAX_DURATION),
            places: table.finish(),
        }
    }
}

impl MetadataSection {
    fn of(table: Table<'_>) -> Self {
        Self {
            strict_rfc8414: table.flag("strict_rfc8414").unwrap_or_default(),
            scopes_supported: table.list("scopes_supported").unwrap_or_default(),
            members: table.members(as_json).into_iter().collect(),
            places: table.finish(),
        }
    }
}

impl DocumentsEntry {
    fn of(table: Table<'_>) -> Self {
        table.require("allow");
        Self {
            allow: table.list("allow").unwrap_or_default(),
            scopes: table.list("scopes").unwrap_or_default(),
            audiences: table.list("audiences").unwrap_or_default(),
            lifetime: table.length("lifetime", SECOND..=MAX_DURATION),
            allow_private: table.flag("allow_private").unwrap_or_default(),
            places: table.finish(),
        }
    }
}

impl ClientEntry {
    fn of(table: Table<'_>) -> Self {
        table.require("id");
        let flag = |name| table.flag(name).unwrap_or_default();
        Self {
            id: table.text("id").unwrap_or_default(),
            secret_env: table.text("secret_env"),
            secret_file: table.path("secret_file"),
            secret_hash: table.text("secret_hash"),
            auth_method: table.text("auth_method"),
            assertion_audience: table.text("assertion_audience"),
            jwks: table.value("jwks", jwks),
            jwks_uri: table.text("jwks_uri"),
            tls_client_auth_subject_dn: table.text("tls_client_auth_subject_dn"),
            tls_client_auth_san_dns: table.text("tls_client_auth_san_dns"),
            tls_client_auth_san_uri: table.text("tls_client_auth_san_uri"),
            tls_client_auth_san_ip: table.text("tls_client_auth_san_ip"),
            tls_client_auth_san_email: table.text("tls_client_auth_san_email"),
            tls_certificate: table.path("tls_certificate"),
            tls_client_certificate_bound_access_tokens: flag("tls_client_certificate_bound_access_tokens"),
            allow_from: table.networks("allow_from"),
            federated: table.value("federated", tables).unwrap_or_default(),
            claims_from: table.list("claims_from").unwrap_or_default(),
            audiences: table.list("audiences").unwrap_or_default(),
            default_audiences: table.list("default_audiences").unwrap_or_default(),
            introspect: flag("introspect"),
            token_exchange: flag("token_exchange"),
            dpop: table.text("dpop"),
            scopes: table.list("scopes").unwrap_or_default(),
            default_scopes: table.list("default_scopes"),
            scope_claim: table.text("scope_claim"),
            scope_claim_form: table.text("scope_claim_form"),
            lifetime: table.length("lifetime", Duration::ZERO..=MAX_DURATION),
            claims: table.value("claims", claims).unwrap_or_default(),
            places: table.finish(),
        }
    }

    /// Adds the client's id and the line of the key to a failure.
    pub(super) fn failing(&self, key: &str, failure: Failure) -> Failure {
        let what = format!("client {:?}: {}", self.id, failure.what);
        self.places.failing(key, Failure { what, ..failure })
    }
}

fn jwks(value: &DeValue<'_>) -> Option<JwksSource> {
    match value {
        DeValue::String(path) => Some(JwksSource::File(PathBuf::from(path.as_ref()))),
        DeValue::Table(_) => as_json(value).map(JwksSource::Inline),
        _ => None,
    }
}

fn tables(value: &DeValue<'_>) -> Option<Vec<serde_json::Value>> {
    let table =
        |item: &toml::Spanned<DeValue<'_>>| as_json(item.get_ref()).filter(serde_json::Value::is_object);
    value.as_array()?.iter().map(table).collect()
}

fn claims(value: &DeValue<'_>) -> Option<Claims> {
    match as_json(value)? {
        serde_json::Value::Object(members) => Some(members),
        _ => None,
    }
}

/// Converts a TOML value to JSON. Dates become strings. Returns `None` for infinities and NaN.
pub(super) fn as_json(value: &DeValue<'_>) -> Option<serde_json::Value> {
    use serde_json::Value;
    Some(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => Value::from(i64::from_str_radix(number.as_str(), number.radix()).ok()?),
        DeValue::Float(number) => Value::Number(serde_json::Number::from_f64(number.as_str().parse().ok()?)?),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(date) => Value::String(date.to_string()),
        DeValue::Array(items) => {
            Value::Array(items.iter().map(|item| as_json(item.get_ref())).collect::<Option<_>>()?)
        }
        DeValue::Table(table) => Value::Object(
            table
                .iter()
                .map(|(name, value)| Some((name.get_ref().to_string(), as_json(value.get_ref())?)))
                .collect::<Option<_>>()?,
        ),
    })
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
