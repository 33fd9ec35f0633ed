//! From what was prepared, and the address that was got, to what is served and what is told of it.

use super::banner::{Banner, Ready};
use super::prepared::Prepared;
use super::remote_keys::Tell;
use super::{demo, remote_keys};
use crate::commands::environment::MAX_INPUT;
use crate::http::TOKEN_PATH;
use crate::issuer::{IssuerIdentity, Run, Service};
use crate::server::Serving;
use crate::server::capacity::Capacity;
use crate::server::rate_limits::RateLimits;
use crate::server::route::{Endpoint, ROUTES, Route};
use std::net::SocketAddr;
use std::sync::Arc;

/// So many clients of a store are shown.
const SHOWN: usize = 10;

/// Where an address is reached: `0.0.0.0` is no name, and this machine has one.
pub(super) fn url(scheme: &str, address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("{scheme}://localhost:{}", address.port())
    } else {
        format!("{scheme}://{address}")
    }
}

/// What is served at that URL. What is found out about keys that clients publish is told.
pub(super) fn serving(prepared: Prepared, url: &str, tell: Tell) -> Serving {
    let issuer = prepared.issuer.unwrap_or_else(|| url.to_owned());
    let of_issuer = Some(issuer.clone()).filter(|issuer| issuer.contains("://"));
    let public_url = prepared.public_url.or(of_issuer).unwrap_or_else(|| url.to_owned());
    let identity = IssuerIdentity { issuer, public_url };
    let keys = Arc::new(remote_keys::FetchedKeys::new(prepared.agent, tell));
    let admission = RateLimits::new(prepared.limits.allow_from, prepared.limits.per_address);
    let service = Service::new(identity, prepared.registry, prepared.signing, prepared.settings, keys);
    let config_size =
        Capacity { name: "config_bytes", used: prepared.inputs.config_bytes, limit: MAX_INPUT as usize };
    // What has to wait is answered in another run.
    let service = service.by(prepared.clock).running(Run::FIRST);
    Serving { admission, service, waiting: prepared.waiting, config_size }
}

/// What is told of it.
pub(super) fn banner(service: &Service, url: &str, told: BannerFacts) -> Banner {
    let endpoint = |path: &str| format!("{url}{path}");
    let ready = Ready {
        event: "ready",
        token_url: endpoint(TOKEN_PATH),
        issuer: service.issuer.clone(),
        pid: std::process::id(),
        url: url.to_owned(),
        metrics_url: told.metrics.map(|address| format!("{}/metrics", self::url("http", address))),
    };
    // What answers 404 or holds nothing is not worth a line.
    let (found, published) = (service.issuer_is_url(), service.has_public_keys());
    let shown = |route: &&Route| match route.endpoint {
        Endpoint::OpenApi | Endpoint::Health | Endpoint::Livez | Endpoint::Readyz => false,
        Endpoint::Metadata => found,
        Endpoint::Jwks => published,
        _ => true,
    };
    let declared = service.registry.declared().map(|c| (c.id.clone(), c.scopes.to_string()));
    // Where the store cannot say, those who ask will hear why.
    let registered = service.registry.registered();
    let stored = registered.map(|registered| registered.store().clients("", SHOWN + 1).unwrap_or_default());
    let mut stored = stored.unwrap_or_default();
    let more_clients = stored.len() > SHOWN;
    stored.truncate(SHOWN);
    let stored = stored.into_iter().filter_map(|listed| listed.stored.ok()).map(|stored| stored.record);
    let stored =
        stored.filter(|record| !record.disabled).map(|record| (record.id, record.scopes.to_string()));
    let described = |route: &Route| (route.method.name(), endpoint(route.operation.path));
    Banner {
        program: std::env::args_os().next().unwrap_or_default().to_string_lossy().into_owned(),
        ready,
        endpoints: ROUTES.iter().filter(shown).map(described).collect(),
        clients: declared.chain(stored).collect(),
        more_clients,
        store: told.store,
        signing: service.signing.ring().algorithm.name(),
        ephemeral_key: told.ephemeral_key,
        certificate_ends: told.certificate_ends,
        authority: told.authority,
        demo: told.demo.then(|| (demo::CLIENTS[0].0, demo::CLIENTS[0].1, demo::CLIENTS[0].2[0])),
    }
}

/// What a banner tells beside the service.
#[derive(Default)]
pub(super) struct BannerFacts {
    pub(super) ephemeral_key: bool,
    pub(super) demo: bool,
    pub(super) certificate_ends: Option<String>,
    pub(super) authority: Option<String>,
    pub(super) metrics: Option<SocketAddr>,
    pub(super) store: Option<String>,
}

impl BannerFacts {
    pub(super) fn of(prepared: &Prepared, metrics: Option<SocketAddr>) -> Self {
        let (files, tls) =
            prepared.tls.as_ref().map_or((None, None), |(files, tls)| (Some(files), Some(tls)));
        let authority = files.and_then(|files| files.made_authority.as_ref());
        Self {
            ephemeral_key: prepared.ephemeral_key,
            demo: prepared.demo,
            certificate_ends: tls.map(|tls| tls.expires.to_string()),
            authority: authority.map(|path| path.display().to_string()),
            metrics,
            store: prepared.store.as_ref().map(|used| used.name.clone()),
        }
    }
}
