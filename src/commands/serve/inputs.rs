//! The files and environment variables that a configuration names. Nothing is read here.

use super::client_secrets::ClientSecret;
use super::config::{ClientEntry, Config, JwksSource};
use super::placeholders::LeftPlaceholder;
use crate::cli::ServeArgs;
use crate::commands::environment::path_var;
use crate::commands::store_key::STORE_KEY_FILE;
use std::path::{Path, PathBuf};

/// The risk that a file bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Configuration,
    /// Holds a secret or a private key.
    Secret,
    /// Decides whom the server trusts. A user who can write it controls the server.
    Trusted,
}

#[derive(Clone, Debug)]
pub(super) struct InputFile {
    /// The key, flag or variable that names it.
    pub(super) key: String,
    pub(super) path: PathBuf,
    pub(super) role: Role,
}

/// The files and variables of a configuration, and the findings about them.
#[derive(Clone, Debug, Default)]
pub(super) struct Inputs {
    /// The length of the configuration.
    pub(super) config_bytes: usize,
    pub(super) files: Vec<InputFile>,
    /// The variable of the signing secret, if the configuration names one.
    pub(super) signing_variable: Option<String>,
    /// Keys whose value still has a placeholder.
    pub(super) placeholders: Vec<LeftPlaceholder>,
    /// Whether `--insecure-http` is used without any trusted proxy.
    pub(super) unnamed_proxy: bool,
    /// Warnings about the secrets and certificates of clients, which are judged while they are read.
    pub(super) found: Vec<String>,
    /// Clients' ids and the files of their secrets.
    secret_files: Vec<(String, PathBuf)>,
}

/// The findings about clients while their entries are read.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) secrets: Vec<ClientSecret>,
    pub(super) warnings: Vec<String>,
}

impl Inputs {
    /// The configuration's file.
    pub(super) fn configuration(&self) -> Option<&Path> {
        let found = self.files.iter().find(|file| file.role == Role::Configuration);
        found.map(|file| file.path.as_path())
    }

    /// The files of a configuration in `folder`.
    pub(super) fn of(config: &Config, args: &ServeArgs, folder: &Path, file: Option<&Path>) -> Self {
        let mut files = Files { folder, found: Vec::new() };
        files.found.extend(file.map(|file| InputFile {
            key: "the configuration".to_owned(),
            path: file.to_owned(),
            role: Role::Configuration,
        }));
        let signing = &config.signing;
        files.add("signing.key_file", signing.key_file.as_deref(), Role::Secret);
        files.add("signing.secret_file", signing.secret_file.as_deref(), Role::Secret);
        let store_key = path_var(STORE_KEY_FILE).map(|path| Path::new(".").join(path));
        files.found.extend(store_key.map(|path| InputFile {
            key: STORE_KEY_FILE.to_owned(),
            path,
            role: Role::Secret,
        }));
        files.add_tls(config, args);
        config.clients.iter().for_each(|client| files.add_client(client));
        for trust in &config.trust {
            let key = format!("keys of trust {:?}", trust.name);
            files.add(key, trust.keys_file().map(Path::new), Role::Trusted);
        }
        let secret_file =
            |client: &ClientEntry| Some((client.id.clone(), folder.join(client.secret_file.as_ref()?)));
        Self {
            secret_files: config.clients.iter().filter_map(secret_file).collect(),
            files: files.found,
            signing_variable: signing.secret_env.clone(),
            ..Self::default()
        }
    }

    /// Clients' ids and the files of their secrets.
    pub(super) fn secret_files(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.secret_files.iter().map(|(id, path)| (id.as_str(), path.as_path()))
    }

    pub(super) fn of_role(&self, role: Role) -> impl Iterator<Item = &Path> {
        self.files.iter().filter(move |file| file.role == role).map(|file| file.path.as_path())
    }
}

struct Files<'a> {
    folder: &'a Path,
    found: Vec<InputFile>,
}

impl Files<'_> {
    fn add(&mut self, key: impl Into<String>, path: Option<&Path>, role: Role) {
        let file = |path| InputFile { key: key.into(), path: self.folder.join(path), role };
        self.found.extend(path.map(file));
    }

    /// Paths from flags are relative to the working directory, those of the configuration to its folder.
    fn add_tls(&mut self, config: &Config, args: &ServeArgs) {
        let tls = config.tls.as_ref();
        if let Some((cert, key)) = args.tls_cert.as_ref().zip(args.tls_key.as_ref()) {
            for (flag, path, role) in [("--tls-cert", cert, Role::Trusted), ("--tls-key", key, Role::Secret)]
            {
                self.found.push(InputFile { key: flag.to_owned(), path: path.clone(), role });
            }
        } else if let Some(tls) = tls {
            self.add("tls.cert_file", Some(&tls.cert_file), Role::Trusted);
            self.add("tls.key_file", Some(&tls.key_file), Role::Secret);
        }
        self.add("tls.client_ca_file", tls.and_then(|tls| tls.client_ca_file.as_deref()), Role::Trusted);
    }

    fn add_client(&mut self, client: &ClientEntry) {
        let key = |name: &str| format!("{name} of client {:?}", client.id);
        self.add(key("secret_file"), client.secret_file.as_deref(), Role::Secret);
        self.add(key("tls_certificate"), client.tls_certificate.as_deref(), Role::Trusted);
        if let Some(JwksSource::File(file)) = &client.jwks {
            self.add(key("jwks"), Some(file), Role::Trusted);
        }
    }
}
