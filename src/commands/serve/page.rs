//! The parts of the page in a browser that come from the commands: the banner, the clients, and the judge of
//! `inspect`.

use super::compose::{self, BannerFacts};
use super::console::Console;
use super::demo;
use crate::commands::inspect::reading::strip;
use crate::commands::inspect::{Question, examine};
use crate::issuer::Service;
use crate::server::Serving;
use crate::server::page::{MeaningfulName, PageClient, PageEndpoint, PageFacts, PageSource};
use crate::server::route::ROUTES;
use crate::testbench::fault::{BODIES, KEY_SETS};
use crate::testbench::flaw::Flaw;
use crate::testbench::rotation::KeyRotation;
use crate::testbench::target::TestTarget;
use crate::verdict::Policy;
use std::sync::Arc;

struct ServerPage {
    console: Arc<dyn Console>,
    url: String,
    facts: BannerFacts,
}

/// Adds the page to a server that tests control or people watch.
pub(super) fn add(serving: Serving, console: &Arc<dyn Console>, url: &str, facts: &BannerFacts) -> Serving {
    let page = || ServerPage { console: console.clone(), url: url.to_owned(), facts: facts.clone() };
    let page = serving.bench.is_some().then(|| Arc::new(page()) as Arc<dyn PageSource>);
    Serving { page, ..serving }
}

impl PageSource for ServerPage {
    fn banner(&self, service: &Service) -> String {
        self.console.banner(&compose::banner(service, &self.url, self.facts.clone()))
    }

    fn facts(&self, service: &Service) -> PageFacts {
        let banner = compose::banner(service, &self.url, self.facts.clone());
        let client = |(id, scopes): (String, String)| {
            let public = demo::CLIENTS.iter().find(|(known, ..)| banner.demo && *known == id);
            PageClient { secret: public.map(|(_, secret, _)| *secret), id, scopes }
        };
        PageFacts {
            version: env!("CARGO_PKG_VERSION"),
            demo: banner.demo,
            test: banner.test,
            issuer: banner.ready.issuer,
            url: service.public_url.clone(),
            signing: banner.signing,
            lifetime: service.settings.lifetime.as_secs(),
            rotates: service.signing.are_stored(),
            endpoints: banner.endpoints.iter().map(endpoint).collect(),
            clients: banner.clients.into_iter().map(client).collect(),
            more_clients: banner.more_clients,
            targets: TestTarget::ALL.map(TestTarget::name).to_vec(),
            flaws: Flaw::ALL.map(|flaw| named(flaw.name(), flaw.meaning())).to_vec(),
            key_sets: KEY_SETS.to_vec(),
            bodies: BODIES.to_vec(),
            rotations: KeyRotation::ALL.map(|how| named(how.name(), how.meaning())).to_vec(),
        }
    }

    /// Judges as the protected resource does, and looks for causes and weaknesses besides.
    fn inspected(&self, service: &Service, text: &str) -> String {
        let keys = service.keys().map(|ring| ring.keys.clone()).unwrap_or_default();
        let policy = Policy { advise: true, ..service.policies.resource.clone() };
        let question = Question { keys, policy, now: service.clock.now(), as_api: false };
        self.console.inspected(&examine(&strip(text), &question))
    }
}

const fn named(name: &'static str, meaning: &'static str) -> MeaningfulName {
    MeaningfulName { name, meaning }
}

fn endpoint(&(method, path): &(&'static str, &'static str)) -> PageEndpoint {
    let route = ROUTES.iter().find(|route| route.path == path && route.operation.is_some());
    let summary = route.and_then(|route| route.operation).map_or("", |operation| operation.summary);
    PageEndpoint { method, path, summary }
}
