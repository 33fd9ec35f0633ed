//! From configuration, flags, files and environment to a service that is ready to run: everything
//! that can be wrong is found here, before the socket opens.

use super::audit_log::AuditLog;
use super::certificate_reload::CertificateFiles;
use super::config::Config;
use super::inputs::Inputs;
use super::limits::CallerLimits;
use super::listen_address::listen;
use super::prepared::Prepared;
use super::problems::{PHASE, in_file, replace, wrong};
use super::server_store::ServerStore;
use super::urls::{check_issuer, check_public_url};
use super::without_store::{StartWithoutStore, StoreConfig};
use super::{clients, demo, file_collisions, limits, placeholders, remote_keys, signing};
use crate::cli::ServeArgs;
use crate::clock::shared::SharedClock;
use crate::commands::environment::{MAX_INPUT, Sourced, agent, read_all, var};
use crate::commands::store::{self, StoreUrl};
use crate::exit::{Exit, Failure};
use crate::issuer::{MAX_LEEWAY, ServiceSettings};
use crate::registry::Registry;
use crate::registry::keys::ring::SigningKeys;
use anyhow::Context;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const DEFAULT_FILE: &str = "heist.toml";

/// Reads and checks everything. A store that is in use already stays open.
///
/// # Errors
/// Exit 2, naming file, line and cure.
pub(super) fn prepare(args: &ServeArgs, running: Option<&ServerStore>) -> Result<Prepared, Failure> {
    settle(args)?.with_store(running)
}

/// Reads and checks everything but what is in the store.
///
/// # Errors
/// As for [`prepare`].
pub(super) fn settle(args: &ServeArgs) -> Result<StartWithoutStore, Failure> {
    if args.demo { demo::prepared(args).map(StartWithoutStore::whole) } else { configured(args) }
}

/// Refuses an address where secrets and tokens would be read by others (RFC 6749 section 1.6), or where
/// everybody knows the secrets.
pub(super) fn check_address(
    args: &ServeArgs,
    prepared: &Prepared,
    address: SocketAddr,
) -> Result<(), Failure> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    let what = format!("{address} is not a loopback address");
    if prepared.demo {
        return Err(wrong(format!("{what}, and everybody knows the demo's secrets"))
            .hint("listen on 127.0.0.1 or [::1]; a heist.toml with secrets of your own is for networks"));
    }
    if prepared.tls.is_none() && !args.insecure_http {
        return Err(wrong(format!(
            "{what}, and plain http shows secrets and tokens to everybody on the way"
        ))
        .hint("--tls-cert and --tls-key serve https; behind a proxy that does, --insecure-http"));
    }
    Ok(())
}

fn configured(args: &ServeArgs) -> Result<StartWithoutStore, Failure> {
    let Some(file) = config_file(args)? else {
        // What was registered in the store is enough to serve.
        let (config, folder) = (Config::default(), Path::new("."));
        let inputs = Inputs::of(&config, args, folder, None);
        return from_config(args, config, folder, inputs);
    };
    let text = read_config(&file).map_err(|error| {
        let failure = Failure::new(Exit::Usage, PHASE, format!("{error:#}"));
        if std::fs::metadata(&file.value).is_ok_and(|file| file.len() > MAX_INPUT) {
            return failure.hint("clients in a store need no configuration: heistctl client import FILE");
        }
        failure
    })?;
    let config = Config::parse(&text).map_err(|error| {
        let line = error.line.map(|line| format!(":{line}")).unwrap_or_default();
        let failure =
            Failure::new(Exit::Usage, PHASE, format!("{}{line}: {}", file.value.display(), error.what));
        let left = error.line.and_then(|line| placeholders::template(text.lines().nth(line - 1)?));
        Failure { hint: left.map(replace).or(error.hint), ..failure }
    })?;
    // Never empty: a secret_file of "-" is a file of that name, not stdin.
    let folder = Path::new(".").join(file.value.parent().unwrap_or(Path::new("")));
    let exposed = exposed_password(&config, &file.value);
    let mut inputs = Inputs::of(&config, args, &folder, Some(&file.value));
    inputs.config_bytes = text.len();
    let table: toml::Table = toml::from_str(&text).unwrap_or_default();
    (inputs.placeholders, inputs.found) = (placeholders::left_in(&table), limits::empty_lists(&table));
    let left = inputs.placeholders.clone();
    let mut settled =
        from_config(args, config, &folder, inputs).map_err(|failure| in_file(&file.value, &left, failure))?;
    settled.base.file = Some(file.value);
    settled.exposed = exposed;
    Ok(settled)
}

/// What is to be said of a store's password in a file that others may read.
fn exposed_password(config: &Config, file: &Path) -> Option<String> {
    let store = StoreUrl::parse(config.store.as_deref()?, Path::new(""), "store").ok()?;
    let mode = std::fs::metadata(file).ok()?.permissions().mode();
    (store.has_password() && mode & 0o004 != 0).then(|| store::exposed_password(&file.display().to_string()))
}

fn read_config(file: &Sourced<PathBuf>) -> anyhow::Result<String> {
    let name = format!("{} (from {})", file.value.display(), file.origin);
    let reader = std::fs::File::open(&file.value).with_context(|| format!("cannot read {name}"))?;
    String::from_utf8(read_all(reader, &name)?).with_context(|| format!("{name} is not UTF-8"))
}

fn config_file(args: &ServeArgs) -> Result<Option<Sourced<PathBuf>>, Failure> {
    if let Some(path) = &args.config {
        return Ok(Some(Sourced::new(path.clone(), "--config")));
    }
    if let Some(path) = var("HEISTCTL_CONFIG")? {
        return Ok(Some(Sourced::new(PathBuf::from(path.value), path.origin)));
    }
    if Path::new(DEFAULT_FILE).exists() {
        return Ok(Some(Sourced::new(PathBuf::from(DEFAULT_FILE), "this folder")));
    }
    if StoreUrl::settle(args.store.as_deref(), None)?.is_some() {
        return Ok(None);
    }
    Err(Failure::new(Exit::Usage, PHASE, format!("there is no {DEFAULT_FILE} here"))
        .hint("heistctl serve --demo needs none; the README has one to start from, --config names another"))
}

fn settings(config: &Config) -> Result<ServiceSettings, Failure> {
    let defaults = ServiceSettings::default();
    let settings = ServiceSettings {
        lifetime: config.token_lifetime.unwrap_or(defaults.lifetime),
        leeway: config.leeway.unwrap_or(defaults.leeway),
        audience: config.audience.clone(),
        explain_client_errors: config.explain_client_errors,
        dpop_nonce: config.dpop_nonce,
        response_types_supported: config.response_types_supported,
        audited: config.audit_log.is_some(),
        per_client: config.limits.per_client,
        ..defaults
    };
    if settings.audience.iter().any(String::is_empty) {
        return Err(wrong("audience is empty").hint("leave it away for tokens without an audience"));
    }
    if settings.leeway > MAX_LEEWAY {
        return Err(wrong("leeway is over ten minutes").hint("clocks differ by seconds: leeway = \"5s\""));
    }
    if settings.lifetime.as_secs() == 0 {
        return Err(wrong("token_lifetime is under a second").hint("write it as \"1h\""));
    }
    Ok(settings)
}

fn from_config(
    args: &ServeArgs,
    config: Config,
    folder: &Path,
    mut inputs: Inputs,
) -> Result<StartWithoutStore, Failure> {
    let settings = settings(&config)?;
    let Config { allow_from, trusted_proxies, .. } = config;
    let limits = CallerLimits { allow_from, trusted_proxies, ..config.limits };
    let audit_log = config.audit_log.map(|text| AuditLog::parse(&text, folder)).transpose()?;
    let stored = (config.store.as_deref(), config.store_outage, config.store_connections);
    let store = StoreConfig::of(args, stored, folder)?;
    file_collisions::check(args, &inputs, audit_log.as_ref(), store.url().as_ref())?;
    let (registry, found) = clients::registry(config.clients, folder)?;
    inputs.found.extend(found.warnings);
    let longest =
        registry.declared().filter_map(|client| client.lifetime).fold(settings.lifetime, Duration::max);
    let keys = signing::wanted(&config.signing, folder, longest)?;
    if keys.given.is_none() {
        store.check_sealing()?;
    }
    let (issuer, public_url) = addresses(args, config.issuer, config.public_url)?;
    let listen = listen(args, config.listen)?;
    let tls = CertificateFiles::load_settled(args, config.tls.as_ref(), folder, listen, &registry)?;
    check_certificates(tls.is_some(), &registry)?;
    let settings = ServiceSettings { client_certificates: tls.is_some(), ..settings };
    let base = Prepared {
        listen,
        issuer,
        public_url,
        registry,
        signing: keys.given.clone().unwrap_or_else(SigningKeys::none),
        ephemeral_key: false,
        audit_log,
        settings,
        limits,
        file: None,
        inputs,
        clock: SharedClock::default(),
        store: None,
        agent: agent(remote_keys::TIMEOUT, None)?,
        tls,
        demo: false,
        waiting: false,
    };
    Ok(StartWithoutStore { base, wanted: Some((store, keys)), secrets: found.secrets, exposed: None })
}

/// The issuer and the base of the endpoints' addresses, as far as they are given.
fn addresses(
    args: &ServeArgs,
    issuer: Option<String>,
    public_url: Option<String>,
) -> Result<(Option<String>, Option<String>), Failure> {
    let issuer = args.issuer.clone().or(issuer);
    issuer.as_deref().map_or(Ok(()), check_issuer)?;
    public_url.as_deref().map_or(Ok(()), check_public_url)?;
    Ok((issuer, public_url))
}

/// Refuses clients that must show a certificate where nobody can.
fn check_certificates(has_tls: bool, registry: &Registry) -> Result<(), Failure> {
    if has_tls || !registry.needs_certificates() {
        return Ok(());
    }
    Err(wrong("a client is known by its certificate, or has tokens bound to one, and there is no TLS")
        .hint("[tls] with cert_file and key_file, or --tls-cert and --tls-key"))
}
