//! Builds the service and the banner from a configuration and the addresses of the sockets.

use super::banner::{Banner, Ready};
use super::client_documents;
use super::prepared::Prepared;
use super::remote_keys::Tell;
use super::trial::{Trial, TrialFacts};
use crate::commands::environment::MAX_INPUT;
use crate::http::TOKEN_PATH;
use crate::issuer::{IssuerIdentity, Run, Service};
use crate::registry::Client;
use crate::registry::record::StoredClient;
use crate::server::Serving;
use crate::server::capacity::Capacity;
use crate::server::endpoint::Endpoint;
use crate::server::rate_limits::RateLimits;
use crate::server::route::{ROUTES, Route};
use std::net::SocketAddr;

/// The number of clients of the store that a banner shows.
const SHOWN: usize = 10;

/// The URL of an address. `0.0.0.0` cannot be connected to everywhere, so `localhost` stands for it.
pub(super) fn url(scheme: &str, address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("{scheme}://localhost:{}", address.port())
    } else {
        format!("{scheme}://{address}")
    }
}

/// Builds the service at this URL. `tell` receives warnings about keys that clients publish.
pub(super) fn serving(prepared: Prepared, url: &str, tell: Tell) -> Serving {
    let issuer = prepared.issuer.unwrap_or_else(|| url.to_owned());
    let of_issuer = Some(issuer.clone()).filter(|issuer| issuer.contains("://"));
    let public_url = prepared.public_url.or(of_issuer).unwrap_or_else(|| url.to_owned());
    let identity = IssuerIdentity { issuer, public_url };
    let (keys, documents) = client_documents::published(prepared.documents, prepared.agent, tell);
    let admission = RateLimits::new(prepared.limits.allow_from, prepared.limits.per_address);
    let service = Service::new(identity, prepared.registry, prepared.signing, prepared.settings, keys);
    let config_size =
        Capacity { name: "config_bytes", used: prepared.inputs.config_bytes, limit: MAX_INPUT as usize };
    // Requests that must wait are answered in a second run.
    let service = service.with_resources(prepared.resources).with_guards(prepared.guards);
    let service = service.with_trust(prepared.trust);
    let service = service.with_documents(documents).by(prepared.clock).running(Run::FIRST);
    Serving { admission, service, waiting: prepared.waiting, config_size, bench: prepared.bench, page: None }
}

pub(super) fn banner(service: &Service, url: &str, facts: BannerFacts) -> Banner {
    let endpoint = |path: &str| format!("{url}{path}");
    let ready = Ready {
        event: "ready",
        token_url: endpoint(TOKEN_PATH),
        issuer: service.issuer.clone(),
        pid: std::process::id(),
        url: url.to_owned(),
        metrics_url: facts.metrics.map(|address| format!("{}/metrics", self::url("http", address))),
    };
    let (stored, more_clients) = some_of_store(service);
    let made = |stored: &StoredClient| service.registry.registered()?.made(stored.clone()).ok().flatten();
    let known = stored.iter().filter_map(made);
    let known: Vec<Client> = service.registry.declared().cloned().chain(known).collect();
    let declared = service.registry.declared().map(|c| (c.id.clone(), c.scopes.to_string()));
    let stored = stored.into_iter().map(|stored| stored.record).filter(|record| !record.disabled);
    let stored = stored.map(|record| (record.id, record.scopes.to_string()));
    let described = |route: &Route| Some((route.method?.name(), route.path));
    Banner {
        program: std::env::args_os().next().unwrap_or_default().to_string_lossy().into_owned(),
        ready,
        endpoints: ROUTES.iter().filter(|route| is_shown(service, route)).filter_map(described).collect(),
        clients: declared.chain(stored).collect(),
        more_clients,
        store: facts.store,
        signing: service.signing.ring().algorithm.name(),
        ephemeral_key: facts.ephemeral_key,
        certificate_ends: facts.certificate_ends,
        authority: facts.authority,
        demo: facts.demo,
        test: facts.test,
        trial: Trial::of(service, url, &known, &facts.trial),
    }
}

/// Leaves out endpoints that would answer 404 or nothing, and those that people do not call.
fn is_shown(service: &Service, route: &Route) -> bool {
    match route.endpoint {
        // The short path is for programs that expect it.
        Endpoint::Token => route.path == TOKEN_PATH,
        Endpoint::ResourceMetadata | Endpoint::OpenApi | Endpoint::Root => false,
        Endpoint::Health | Endpoint::Livez | Endpoint::Readyz => false,
        Endpoint::Metadata => service.issuer_is_url(),
        Endpoint::Jwks => service.has_public_keys(),
        _ => true,
    }
}

/// Clients of the store, and whether it has more of them.
fn some_of_store(service: &Service) -> (Vec<StoredClient>, bool) {
    let registered = service.registry.registered();
    // Requests will show the failure of a store that cannot be read here.
    let stored = registered.map(|registered| registered.store().clients("", SHOWN + 1).unwrap_or_default());
    let stored = stored.unwrap_or_default();
    let has_more = stored.len() > SHOWN;
    (stored.into_iter().take(SHOWN).filter_map(|listed| listed.stored.ok()).collect(), has_more)
}

/// The facts of the banner that do not come from the service.
#[derive(Clone, Default)]
pub(super) struct BannerFacts {
    pub(super) ephemeral_key: bool,
    pub(super) demo: bool,
    pub(super) test: bool,
    pub(super) certificate_ends: Option<String>,
    pub(super) authority: Option<String>,
    pub(super) metrics: Option<SocketAddr>,
    pub(super) store: Option<String>,
    pub(super) trial: TrialFacts,
}

impl BannerFacts {
    pub(super) fn of(prepared: &Prepared, metrics: Option<SocketAddr>) -> Self {
        let (files, tls) =
            prepared.tls.as_ref().map_or((None, None), |(files, tls)| (Some(files), Some(tls)));
        let authority = files.and_then(|files| files.made_authority.as_ref());
        Self {
            ephemeral_key: prepared.ephemeral_key,
            demo: prepared.demo,
            test: prepared.bench.as_ref().is_some_and(|bench| bench.is_controlled()),
            certificate_ends: tls.map(|tls| tls.expires.to_string()),
            authority: authority.map(|path| path.display().to_string()),
            trial: TrialFacts::of(prepared),
            metrics,
            store: prepared.store.as_ref().map(|used| used.name.clone()),
        }
    }
}
