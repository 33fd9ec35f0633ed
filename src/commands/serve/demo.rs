//! `serve --demo`: the article's service. All its secrets are public, so only this file has secrets in the
//! source.

use super::certificate_reload::CertificateFiles;
use super::fetches;
use super::inputs::Inputs;
use super::limits::CallerLimits;
use super::listen_address::listen;
use super::prepared::Prepared;
use super::problems::Problems;
use super::run_settings::RunSettings;
use super::under_test;
use super::urls::check_issuer;
use crate::cli::ServeArgs;
use crate::commands::environment::agent;
use crate::exit::Failure;
use crate::issuer::ServiceSettings;
use crate::issuer::metadata_members::MetadataSettings;
use crate::jose::sign::{Signer, SignerError};
use crate::registry::networks::Networks;
use crate::registry::secret_hash::SecretHash;
use crate::registry::{Client, ClientAuth, LiveSecret, Permissions, Registry};
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::testbench::bench::TestBench;
use std::path::Path;
use std::sync::Arc;

/// The key that signs the demo's tokens.
pub const SIGNING_SECRET: &str = "super-secret-change-in-production";
/// The demo's issuer: a name, not a URL.
pub const ISSUER: &str = "heist-oauth-service";
/// Id, secret and scopes of the demo's clients.
pub const CLIENTS: [(&str, &str, &[&str]); 2] = [
    ("hacker-client", "hacker-secret-123", &["simulation:read", "simulation:write"]),
    ("planner-client", "planner-secret-456", &["memory:read"]),
];

/// Prepares the article's service.
///
/// # Errors
/// If `--issuer` is not a valid issuer.
pub(super) fn prepared(args: &ServeArgs) -> Result<Prepared, Failure> {
    let issuer = args.issuer.clone().unwrap_or_else(|| ISSUER.to_owned());
    check_issuer(&issuer, args.insecure_http)?;
    let registry = registry();
    let signer = Signer::hs256(Secret::new(SIGNING_SECRET))
        .map_err(|error: SignerError| Failure::new(crate::exit::Exit::Local, "demo", error.to_string()))?;
    let (listen, issuer) = (listen(args, None)?, Some(issuer));
    let mut problems = Problems::default();
    let tls =
        CertificateFiles::load_settled(args, None, Path::new("."), Some(listen), &registry, &mut problems);
    let tls = problems.end(tls)?;
    let (settings, bench) = (settings(args, tls.is_some()), under_test::bench(args)?);
    Ok(Prepared {
        listen,
        issuer,
        public_url: None,
        registry,
        resources: Vec::new(),
        guards: Vec::new(),
        trust: Vec::new(),
        signing: signer.into(),
        ephemeral_key: false,
        audit_log: None,
        settings,
        limits: CallerLimits::default(),
        run: RunSettings::of_flags(args),
        file: None,
        inputs: Inputs::default(),
        store: None,
        clock: under_test::clock(bench.as_ref()),
        agent: agent(fetches::TIMEOUT, None)?,
        documents: Vec::new(),
        tls,
        demo: true,
        bench: Some(bench.unwrap_or_else(|| Arc::new(TestBench::of_demo()))),
        waiting: false,
    })
}

fn settings(args: &ServeArgs, client_certificates: bool) -> ServiceSettings {
    let mut metadata = MetadataSettings::default();
    under_test::announce(args, &mut metadata);
    ServiceSettings {
        explain_client_errors: true,
        client_certificates,
        metadata: Arc::new(metadata),
        ..ServiceSettings::default()
    }
}

pub(super) fn registry() -> Registry {
    let mut registry = Registry::default();
    for (id, secret, scopes) in CLIENTS {
        let scopes = ScopeSet::from_tokens(scopes.iter().copied()).unwrap_or_default();
        // Fails only on a duplicate id, and the ids above differ.
        let _ = registry.add(Client {
            id: id.to_owned(),
            auth: ClientAuth::Secret {
                secrets: vec![LiveSecret::lasting(SecretHash::of(&Secret::new(secret)))],
                only: None,
            },
            default_scopes: scopes.clone(),
            scopes,
            audiences: Vec::new(),
            default_audiences: Vec::new(),
            scope_claim: None,
            lifetime: None,
            claims: serde_json::Map::new(),
            federated: Vec::new(),
            claims_from: Vec::new(),
            // So that people can try introspection and token exchange.
            may: Permissions { introspect: true, exchange: true, ..Permissions::default() },
            allow_from: Networks::default(),
            created: None,
        });
    }
    registry
}
