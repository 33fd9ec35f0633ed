//! Prepares a service from configuration, flags, files and environment. All mistakes are found here, before
//! the socket opens.

use super::audit_log::AuditLog;
use super::certificate_reload::CertificateFiles;
use super::client_secrets::ClientSecret;
use super::config::{ClientEntry, Config};
use super::config_file::{self, ConfigFile};
use super::file_collisions::{self, WrittenFiles};
use super::inputs::Inputs;
use super::listen_address::listen;
use super::prepared::Prepared;
use super::problems::{Problems, blame_placeholders, wrong};
use super::run_settings::RunSettings;
use super::server_store::ServerStore;
use super::signing::SigningConfig;
use super::urls::{check_issuer, check_public_url};
use super::without_store::{StartWithoutStore, StoreConfig};
use super::{
    clients, demo, document_rules, fetches, guards, metadata, ready, resources, signing, trusts, under_test,
};
use crate::cli::ServeArgs;
use crate::commands::configuration::file::folder_of;
use crate::commands::environment::agent;
use crate::commands::store::place::ConfiguredStore;
use crate::commands::store::{self, StoreUrl};
use crate::exit::Failure;
use crate::issuer::ServiceSettings;
use crate::issuer::client_document::DocumentRule;
use crate::issuer::guard::rules::GuardRules;
use crate::issuer::resource::Resource;
use crate::issuer::trust::TrustedIssuer;
use crate::registry::Registry;
use crate::registry::keys::ring::SigningKeys;
use crate::testbench::bench::TestBench;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Reads and checks everything. The store that is already in use stays open.
///
/// # Errors
/// Exit 2, with file, line and fix.
pub(super) fn prepare(args: &ServeArgs, running: Option<&ServerStore>) -> Result<Prepared, Failure> {
    settle(args)?.with_store(running)
}

/// Reads and checks everything except the content of the store.
///
/// # Errors
/// As for [`prepare`].
pub(super) fn settle(args: &ServeArgs) -> Result<StartWithoutStore, Failure> {
    if args.demo { demo::prepared(args).map(StartWithoutStore::whole) } else { configured(args) }
}

/// Refuses a network address with plain http, where others can read secrets and tokens (RFC 6749 section
/// 1.6), or with the public secrets of the demo.
pub(super) fn check_address(prepared: &Prepared, address: SocketAddr) -> Result<(), Failure> {
    if prepared.bench.as_ref().is_some_and(|bench| bench.is_controlled()) {
        under_test::check_address(address)?;
    }
    if address.ip().is_loopback() {
        return Ok(());
    }
    let what = format!("{address} is not a loopback address");
    if prepared.demo && !prepared.run.public_demo {
        return Err(wrong(format!("{what}, and the demo's secrets are public")).hint(
            "listen on 127.0.0.1 or [::1]; for networks, write a heist.toml with your own secrets; a \
               throwaway container takes --yes-this-is-public",
        ));
    }
    if prepared.tls.is_none() && !prepared.run.insecure_http {
        return Err(wrong(format!("{what}, and plain http exposes secrets and tokens on the network")).hint(
            "--tls-cert and --tls-key serve https; behind a proxy that does, --insecure-http or \
               insecure_http = true",
        ));
    }
    Ok(())
}

fn configured(args: &ServeArgs) -> Result<StartWithoutStore, Failure> {
    let Some(file) = config_file::read(args)? else {
        // The clients of the store are enough to serve.
        let (config, folder) = (Config::default(), Path::new("."));
        let inputs = Inputs::of(&config, args, folder, None);
        let mut problems = Problems::default();
        let settled = from_config(args, config, folder, inputs, &mut problems);
        return problems.end(settled);
    };
    let ConfigFile { path, config, mut problems, text, placeholders, empty_lists } = file;
    let folder = folder_of(&path);
    let exposed = exposed_password(&config, &path);
    let mut inputs = Inputs::of(&config, args, &folder, Some(&path));
    inputs.config_bytes = text.len();
    (inputs.placeholders, inputs.found) = (placeholders.clone(), empty_lists);
    let settled = from_config(args, config, &folder, inputs, &mut problems);
    let mut settled = problems
        .end(settled)
        .map_err(|failure| blame_placeholders(&path.display().to_string(), &text, &placeholders, &failure))?;
    settled.base.file = Some(path);
    settled.exposed = exposed;
    Ok(settled)
}

/// The warning about a store password in a configuration that other users can read.
fn exposed_password(config: &Config, file: &Path) -> Option<String> {
    let store = StoreUrl::parse(config.store.as_deref()?, Path::new(""), "store").ok()?;
    let mode = std::fs::metadata(file).ok()?.permissions().mode();
    (store.has_password() && mode & 0o004 != 0).then(|| store::exposed_password(&file.display().to_string()))
}

fn settings(args: &ServeArgs, config: &Config, problems: &mut Problems) -> ServiceSettings {
    let defaults = ServiceSettings::default();
    let mut metadata = metadata::settings(&config.metadata, problems);
    under_test::announce(args, &mut metadata);
    let settings = ServiceSettings {
        lifetime: config.token_lifetime.unwrap_or(defaults.lifetime),
        leeway: config.leeway.unwrap_or(defaults.leeway),
        audience: config.audience.clone(),
        explain_client_errors: config.explain_client_errors,
        dpop_nonce: config.dpop_nonce,
        metadata: Arc::new(metadata),
        audited: config.audit_log.is_some(),
        per_client: config.limits.per_client,
        ..defaults
    };
    if settings.audience.iter().any(String::is_empty) {
        let failure = wrong("audience is empty").hint("leave audience out for tokens without one");
        problems.note(config.places.failing("audience", failure));
    }
    settings
}

/// Prepares everything that does not need the store. Returns `None` if a problem was noted.
fn from_config(
    args: &ServeArgs,
    config: Config,
    folder: &Path,
    mut inputs: Inputs,
    problems: &mut Problems,
) -> Option<StartWithoutStore> {
    let run = run_settings(args, &config, folder, problems);
    let bench = problems.keep(under_test::bench(args))?;
    inputs.unnamed_proxy = run.insecure_http && config.limits.trusted_proxies.is_empty();
    let settings = settings(args, &config, problems);
    let (issuer, public_url) = addresses(args, &config, run.insecure_http, problems);
    let (audit_log, store) = written(args, &config, folder, (&inputs, &run, bench.as_ref()), problems);
    let keys = keys(&config, folder, settings.lifetime, store.as_ref(), problems);
    let (registry, secrets, documents, trust) = known_clients(&config, folder, (&run, &mut inputs), problems);
    let (resources, guards) = guarded(&config, (&run, &mut inputs), problems);
    let listen = problems.keep(listen(args, config.listen));
    let tls = CertificateFiles::load_settled(args, config.tls.as_ref(), folder, listen, &registry, problems);
    let (tls, listen, keys) = (tls?, listen?, keys?);
    let settings = ServiceSettings { client_certificates: tls.is_some(), ..settings };
    check_certificates(tls.is_some(), &registry, &config.clients, problems);
    let base = Prepared {
        listen,
        issuer,
        public_url,
        registry,
        resources,
        guards,
        trust,
        signing: keys.given.clone().unwrap_or_else(SigningKeys::none),
        ephemeral_key: false,
        audit_log: audit_log?,
        settings,
        limits: config.limits,
        run,
        file: None,
        inputs,
        clock: under_test::clock(bench.as_ref()),
        store: None,
        agent: problems.keep(agent(fetches::TIMEOUT, None))?,
        documents,
        tls,
        demo: false,
        bench,
        waiting: false,
    };
    Some(StartWithoutStore { base, wanted: Some((store?, keys)), secrets, exposed: None })
}

type KnownClients = (Registry, Vec<ClientSecret>, Vec<DocumentRule>, Vec<TrustedIssuer>);

/// Returns the declared clients with their secrets, the rules for clients that a document describes, and the
/// issuers whose tokens stand for clients.
fn known_clients(
    config: &Config,
    folder: &Path,
    (run, inputs): (&RunSettings, &mut Inputs),
    problems: &mut Problems,
) -> KnownClients {
    let (registry, found) = clients::registry(&config.clients, folder, problems);
    inputs.found.extend(found.warnings);
    let (documents, warnings) = document_rules::rules(&config.client_documents, problems);
    inputs.found.extend(warnings);
    let trust = trusts::declared(config, folder, (&registry, run.insecure_http), problems);
    (registry, found.secrets, documents, trust)
}

/// Returns the settings of this run, and checks the ready file that the configuration names.
fn run_settings(args: &ServeArgs, config: &Config, folder: &Path, problems: &mut Problems) -> RunSettings {
    let run = RunSettings::of(args, config, folder, problems);
    if let Some(path) = run.ready_file.as_deref().filter(|_| args.ready_file.is_none()) {
        problems.keep_at(&config.places, "ready_file", ready::check_file(path));
    }
    run
}

/// Returns the targets that the server writes to: the audit log and the store.
fn written(
    args: &ServeArgs,
    config: &Config,
    folder: &Path,
    (inputs, run, bench): (&Inputs, &RunSettings, Option<&Arc<TestBench>>),
    problems: &mut Problems,
) -> (Option<Option<AuditLog>>, Option<StoreConfig>) {
    let audit_log = config.audit_log.as_deref().map(|text| AuditLog::parse(text, folder)).transpose();
    let configured = config.store.as_deref().map(|text| StoreUrl::parse(text, folder, "store")).transpose();
    let configured = problems.keep_at(&config.places, "store", configured);
    let store = configured.and_then(|store| {
        let configured = inputs.configuration().map(|file| ConfiguredStore { file, store });
        problems.keep(StoreConfig::of(args, configured, config.store_outage, config.store_connections))
    });
    let audit_log = problems.keep_at(&config.places, "audit_log", audit_log);
    let url = store.as_ref().and_then(StoreConfig::url);
    let files = WrittenFiles {
        audit_log: audit_log.as_ref().and_then(Option::as_ref),
        ready_file: run.ready_file.as_deref(),
        store: url.as_ref(),
    };
    file_collisions::check(args, inputs, &config.places, &files, problems);
    let store = under_test::check(bench, config, store, problems);
    (audit_log, store)
}

/// Returns the resources with the issuers whose tokens they accept, and their guards.
fn guarded(
    config: &Config,
    (run, inputs): (&RunSettings, &mut Inputs),
    problems: &mut Problems,
) -> (Vec<Resource>, Vec<GuardRules>) {
    let resources = resources::declared(config, run.insecure_http, problems);
    let guards = guards::declared(config, &resources, run.insecure_http, problems);
    inputs.found.extend(guards::warnings(config));
    inputs.found.extend(resources::undeclared(config));
    (guards::with_issuers(resources, &guards), guards)
}

/// Reads the signing settings. Keys in the store need a valid sealing key.
fn keys(
    config: &Config,
    folder: &Path,
    lifetime: Duration,
    store: Option<&StoreConfig>,
    problems: &mut Problems,
) -> Option<SigningConfig> {
    let lifetimes = config.clients.iter().filter_map(|client| client.lifetime);
    let keys = signing::wanted(&config.signing, folder, lifetimes.fold(lifetime, Duration::max), problems)?;
    if let Some(store) = store.filter(|_| keys.given.is_none()) {
        problems.keep(store.check_sealing());
    }
    Some(keys)
}

/// Returns the issuer and the base URL of the endpoints, if they are set.
fn addresses(
    args: &ServeArgs,
    config: &Config,
    insecure_http: bool,
    problems: &mut Problems,
) -> (Option<String>, Option<String>) {
    let check = |issuer: &String| check_issuer(issuer, insecure_http);
    match (&args.issuer, &config.issuer) {
        (Some(issuer), _) => problems.keep(check(issuer)),
        (None, Some(issuer)) => problems.keep_at(&config.places, "issuer", check(issuer)),
        (None, None) => None,
    };
    if let Some(url) = &config.public_url {
        problems.keep_at(&config.places, "public_url", check_public_url(url));
    }
    (args.issuer.clone().or_else(|| config.issuer.clone()), config.public_url.clone())
}

/// Notes clients that must present a certificate to a server without TLS.
fn check_certificates(has_tls: bool, registry: &Registry, entries: &[ClientEntry], problems: &mut Problems) {
    let bound = registry.declared().filter(|client| !has_tls && client.has_bound_tokens());
    let bound: HashSet<&str> = bound.map(|client| client.id.as_str()).collect();
    for entry in entries.iter().filter(|entry| bound.contains(entry.id.as_str())) {
        let what = "it needs a client certificate, but the server has no TLS";
        let hint = "write [tls] with cert_file and key_file, or give --tls-cert and --tls-key";
        problems.note(entry.failing("auth_method", wrong(what).hint(hint)));
    }
}
