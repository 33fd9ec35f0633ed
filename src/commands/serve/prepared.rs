//! The result of reading and checking a configuration.

use super::audit_log::AuditLog;
use super::certificate_reload::CertificateFiles;
use super::inputs::Inputs;
use super::limits::CallerLimits;
use super::run_settings::RunSettings;
use super::server_store::ServerStore;
use crate::client::agent::Agent;
use crate::clock::Timestamp;
use crate::clock::shared::SharedClock;
use crate::exit::Failure;
use crate::issuer::ServiceSettings;
use crate::issuer::client_document::DocumentRule;
use crate::issuer::guard::rules::GuardRules;
use crate::issuer::resource::Resource;
use crate::issuer::trust::TrustedIssuer;
use crate::registry::Registry;
use crate::registry::keys::ring::SigningKeys;
use crate::server::gate::tls::Tls;
use crate::testbench::bench::TestBench;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Everything that a start needs except the sockets.
#[derive(Clone)]
pub(super) struct Prepared {
    pub listen: SocketAddr,
    /// `None` for the listen URL.
    pub issuer: Option<String>,
    /// The base of the endpoints' URLs; `None` for the issuer or the listen URL.
    pub public_url: Option<String>,
    pub registry: Registry,
    /// The declared resources.
    pub resources: Vec<Resource>,
    pub guards: Vec<GuardRules>,
    /// The issuers whose tokens stand for clients.
    pub trust: Vec<TrustedIssuer>,
    pub signing: SigningKeys,
    /// Whether the signing keys were made for this run. Their tokens are refused after a restart.
    pub ephemeral_key: bool,
    pub audit_log: Option<AuditLog>,
    pub settings: ServiceSettings,
    pub limits: CallerLimits,
    /// Settings of the run beside the service.
    pub run: RunSettings,
    /// The file of the configuration.
    pub file: Option<PathBuf>,
    pub inputs: Inputs,
    /// The store of further clients, which the registry asks.
    pub store: Option<ServerStore>,
    /// The store's clock if there is a store.
    pub clock: SharedClock,
    /// Fetches the keys that clients publish.
    pub agent: Agent,
    /// Which clients may describe themselves.
    pub documents: Vec<DocumentRule>,
    /// Present if https is served.
    pub tls: Option<(CertificateFiles, Tls)>,
    /// Whether this is the demo, whose secrets are public.
    pub demo: bool,
    /// Present if tests control the server, and for a demo.
    pub bench: Option<Arc<TestBench>>,
    /// Whether requests are refused until the store is reachable.
    pub waiting: bool,
}

impl Prepared {
    /// Loads the certificate again if clients of the store need TLS that asks for theirs.
    pub(super) fn reload_certificates(&mut self) -> Result<(), Failure> {
        let Some((files, tls)) = &mut self.tls else { return Ok(()) };
        if files.have_changed(&self.registry) {
            *tls = files.load(&self.registry, Timestamp::now())?;
        }
        Ok(())
    }
}
