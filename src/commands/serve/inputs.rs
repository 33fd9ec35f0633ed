//! What a server is started from beside values: files, and variables that hold secrets. Nothing is
//! read here.

use super::config::{Config, Jwks};
use super::urls::placeholder;
use crate::cli::ServeArgs;
use crate::commands::environment::path_var;
use crate::commands::stores::STORE_KEY_FILE;
use std::path::{Path, PathBuf};

/// Where a client's secret stands in clear.
#[derive(Clone, Debug)]
pub(super) enum SecretPlace {
    /// In a file.
    File(PathBuf),
    /// In a variable.
    Variable(String),
}

/// The files and variables that a configuration names.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The configuration itself.
    pub(super) config: Option<PathBuf>,
    /// Files that hold a secret or a private key.
    pub(super) secrets: Vec<PathBuf>,
    /// Files that decide whom the server trusts: whoever writes them is in charge.
    pub(super) trusted: Vec<PathBuf>,
    /// The secret of each client that has one in clear, with the client's id.
    pub(super) clients: Vec<(String, SecretPlace)>,
    /// The variable of the signing secret, where the configuration names one.
    pub(super) signing_variable: Option<String>,
    /// Keys whose value still has a `${NAME}` that nobody has replaced, with it.
    pub(super) placeholders: Vec<String>,
    /// Whether `--insecure-http` serves whatever comes through a proxy that nobody has named.
    pub(super) unnamed_proxy: bool,
}

/// The strings of a configuration in which a `${NAME}` was left, each as `key: ${NAME}`.
pub(super) fn placeholders(table: &toml::Table) -> Vec<String> {
    table.iter().flat_map(|(key, value)| placeholders_in(key, value)).collect()
}

fn placeholders_in(key: &str, value: &toml::Value) -> Vec<String> {
    match value {
        toml::Value::String(text) => {
            placeholder(text).map(|found| format!("{key}: {found}")).into_iter().collect()
        }
        toml::Value::Array(items) => items.iter().flat_map(|item| placeholders_in(key, item)).collect(),
        toml::Value::Table(table) => {
            table.iter().flat_map(|(name, value)| placeholders_in(&format!("{key}.{name}"), value)).collect()
        }
        _ => Vec::new(),
    }
}

impl Inputs {
    /// Those of a configuration in that folder.
    pub(super) fn of(config: &Config, args: &ServeArgs, folder: &Path) -> Self {
        let path = |path: &PathBuf| folder.join(path);
        let mut inputs = Self {
            signing_variable: config.signing.secret_env.clone(),
            unnamed_proxy: args.insecure_http && config.trusted_proxies.is_empty(),
            ..Self::default()
        };
        inputs.secrets.extend(config.signing.key_file.iter().map(path));
        inputs.secrets.extend(config.signing.secret_file.iter().map(path));
        inputs.secrets.extend(path_var(STORE_KEY_FILE));
        let flags = args.tls_cert.as_ref().zip(args.tls_key.as_ref());
        let tls = config.tls.as_ref();
        let served = flags
            .map(|(cert, key)| (cert.clone(), key.clone()))
            .or_else(|| tls.map(|tls| (path(&tls.cert_file), path(&tls.key_file))));
        if let Some((cert, key)) = served {
            inputs.trusted.push(cert);
            inputs.secrets.push(key);
        }
        inputs.trusted.extend(tls.and_then(|tls| tls.client_ca_file.as_ref()).map(path));
        for client in &config.clients {
            inputs.secrets.extend(client.secret_file.iter().map(path));
            inputs.trusted.extend(client.tls_certificate.iter().map(path));
            if let Some(Jwks::File(file)) = &client.jwks {
                inputs.trusted.push(path(file));
            }
            let place = client.secret_file.as_ref().map(|file| SecretPlace::File(path(file)));
            let place = place.or_else(|| client.secret_env.clone().map(SecretPlace::Variable));
            inputs.clients.extend(place.map(|place| (client.id.clone(), place)));
        }
        inputs
    }
}
