//! `[[guard]]`: forward authentication for gateways, as typed, and the checks of its routes.

use super::clients;
use super::config::Config;
use super::config_resources::{GuardEntry, RouteEntry};
use super::problems::{Problems, wrong};
use super::resources::accept;
use super::urls::check_issuer;
use crate::commands::configuration::literal::list;
use crate::exit::Failure;
use crate::issuer::accept::Accept;
use crate::issuer::guard::routes::{GuardRoute, PathPattern};
use crate::issuer::guard::rules::GuardRules;
use crate::issuer::resource::Resource;
use crate::scope::ScopeSet;

const KEYS: [&str; 5] = ["name", "resource", "routes", "accept", "issuer"];
const EXAMPLE: &str = r#"routes = [{ method = "GET", path = "/orders/**", scopes = ["orders:read"] }]"#;
impl GuardEntry {
    fn rules(
        &self,
        resources: &[Resource],
        insecure_http: bool,
        problems: &mut Problems,
    ) -> Option<GuardRules> {
        let is_flawed = |key: &str| self.places.is_flawed(&[key]);
        let mut found: Vec<(&str, Failure)> = Vec::new();
        let name_fault = name_fault(&self.name).filter(|_| !is_flawed("name"));
        found.extend(name_fault.map(|failure| ("name", failure)));
        let resource = self.resource.as_ref().map(|id| known(resources, id)).transpose();
        let resource = resource.map_err(|failure| found.push(("resource", failure))).ok().flatten();
        let accept = accept(self.accept.as_deref(), &Accept::WORDS);
        let accept = accept.map_err(|failure| found.push(("accept", failure))).ok().flatten();
        if !is_flawed("resource") && (self.resource.is_some() || !self.places.has_unknown) {
            found.extend(self.issuer_faults(accept, insecure_http));
        }
        let routes = self.routes.as_deref().map(|entries| {
            let mut routes: Vec<GuardRoute> = Vec::new();
            for (at, entry) in entries.iter().enumerate() {
                match entry.route(at + 1, resource, &routes) {
                    Ok(route) => routes.push(route),
                    Err(failure) => found.push(("routes", failure)),
                }
            }
            routes
        });
        let is_fit = found.is_empty() && !self.places.is_flawed(&KEYS);
        found.into_iter().for_each(|(key, failure)| problems.note(self.failing(key, failure)));
        let (name, resource, issuer) = (self.name.clone(), self.resource.clone(), self.issuer.clone());
        is_fit.then_some(GuardRules { name, resource, routes, accept, issuer })
    }

    /// The faults of `issuer`, and of the keys that it excludes or needs.
    fn issuer_faults(&self, accept: Option<Accept>, insecure_http: bool) -> Vec<(&'static str, Failure)> {
        let Some(issuer) = &self.issuer else { return Vec::new() };
        let mut found = Vec::new();
        let mut note = |key, what: &str, hint: &str| found.push((key, wrong(what).hint(hint)));
        if self.resource.is_none() {
            let what = "tokens of another issuer need a resource, or those for any API would do";
            note("issuer", what, "resource = \"https://api.example.com/orders\"");
        }
        if accept.is_some_and(|accept| accept.basic) {
            let what = "basic accepts clients of this server, and the guard is for another issuer";
            note("accept", what, "remove \"basic\" from accept, or write a guard of its own for it");
        }
        if !issuer.contains("://") {
            let what = "issuer is not a URL, so its keys cannot be found";
            note("issuer", what, "issuer = \"https://login.example.com\"");
        } else if let Err(failure) = check_issuer(issuer, insecure_http) {
            found.push(("issuer", failure));
        }
        found
    }
}

/// Checks that a name can be a segment of a path as it is.
fn name_fault(name: &str) -> Option<Failure> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_name = !name.is_empty() && name.bytes().all(fits) && !name.starts_with('.') && name.len() <= 64;
    let what = "the name must be letters, digits, hyphens and underscores: it is part of a URL";
    (!is_name).then(|| wrong(what).hint("name = \"orders\""))
}

fn known<'a>(resources: &'a [Resource], id: &str) -> Result<&'a Resource, Failure> {
    resources.iter().find(|resource| resource.id == *id).ok_or_else(|| {
        let ids: Vec<&str> = resources.iter().map(|resource| resource.id.as_str()).collect();
        let hint = match ids.as_slice() {
            [] => format!("declare it: [[resource]], and below it id = \"{id}\""),
            ids => format!("the resources are {}; or declare it below [[resource]]", ids.join(", ")),
        };
        wrong(format!("resource {id:?} is not declared")).hint(hint)
    })
}

impl RouteEntry {
    /// The route at that place of the list.
    fn route(
        &self,
        at: usize,
        resource: Option<&Resource>,
        before: &[GuardRoute],
    ) -> Result<GuardRoute, Failure> {
        let fault = |what: String, hint: &str| wrong(format!("route {at}: {what}")).hint(hint);
        if let Some(unknown) = &self.unknown {
            return Err(fault(format!("unknown key {unknown:?}"), "a route has method, path and scopes"));
        }
        let path = self.path.as_ref().ok_or_else(|| fault("it has no path".to_owned(), EXAMPLE))?;
        let scopes = self.scopes.as_ref().ok_or_else(|| {
            fault("it has no scopes".to_owned(), "scopes = [] lets every good token through")
        })?;
        let pattern = PathPattern::parse(path);
        let pattern = pattern.map_err(|error| fault(format!("path {path:?}: {error}"), EXAMPLE))?;
        let method = self.method().map_err(|method| {
            let hint = "write one method in capitals, such as method = \"POST\"; \"*\" is any method";
            fault(format!("{method:?} is not a method"), hint)
        })?;
        let scopes = clients::scopes("scopes", scopes)
            .map_err(|failure| Failure { what: format!("route {at}: {}", failure.what), ..failure })?;
        check_scopes(at, &scopes, resource)?;
        let route = GuardRoute { method, path: path.clone(), pattern, scopes };
        match before.iter().find(|earlier| earlier.shadows(&route)) {
            Some(earlier) => Err(fault(
                format!("it never counts, because {} comes first and fits whenever it does", earlier.path),
                "write routes with longer paths first",
            )),
            None => Ok(route),
        }
    }

    /// The method; `None` for any.
    ///
    /// # Errors
    /// The text, if it is not a method in capitals.
    fn method(&self) -> Result<Option<String>, &str> {
        let is_method = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-')
        };
        match self.method.as_deref() {
            None | Some("*") => Ok(None),
            Some(method) if is_method(method) => Ok(Some(method.to_owned())),
            Some(other) => Err(other),
        }
    }
}

fn check_scopes(at: usize, scopes: &ScopeSet, resource: Option<&Resource>) -> Result<(), Failure> {
    let Some(known) = resource.and_then(|resource| resource.scopes.as_ref()) else { return Ok(()) };
    let unknown: Vec<&str> = scopes.minus(known).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let what =
        format!("route {at}: the resource does not know scope {}, so no token has it", unknown.join(" "));
    let all: Vec<&str> = known.iter().collect();
    Err(wrong(what).hint(format!("its scopes are {}", list(&all))))
}

/// The guards of a configuration.
pub(super) fn declared(
    config: &Config,
    resources: &[Resource],
    insecure_http: bool,
    problems: &mut Problems,
) -> Vec<GuardRules> {
    let mut found: Vec<GuardRules> = Vec::new();
    for entry in &config.guards {
        let rules = entry.rules(resources, insecure_http, problems);
        if found.iter().any(|other| other.name == entry.name) {
            let failure = wrong(format!("guard {:?} is declared twice", entry.name));
            problems.note(entry.places.failing("name", failure.hint("give each guard a name of its own")));
        } else {
            found.extend(rules);
        }
    }
    found
}

/// The resources with the issuers of their guards. A guard without an issuer stands for this server.
pub(super) fn with_issuers(mut resources: Vec<Resource>, guards: &[GuardRules]) -> Vec<Resource> {
    for resource in &mut resources {
        let of_resource = guards.iter().filter(|guard| guard.resource.as_ref() == Some(&resource.id));
        let issuers: Vec<Option<&String>> = of_resource.map(|guard| guard.issuer.as_ref()).collect();
        if !issuers.contains(&None) {
            resource.issuers = issuers.into_iter().flatten().cloned().collect();
            resource.issuers.dedup();
        }
    }
    resources
}

/// A warning about guards that cannot believe their gateways.
pub(super) fn warnings(config: &Config) -> Option<String> {
    let is_unnamed = !config.guards.is_empty() && config.limits.trusted_proxies.is_empty();
    is_unnamed.then(|| {
        "trusted_proxies is empty, so guards refuse gateways that name method and path in header fields; name \
         them: trusted_proxies = [\"127.0.0.1\"]"
            .to_owned()
    })
}
