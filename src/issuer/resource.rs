//! Protected resources (RFC 9728): those of the configuration, and the server's own.

use crate::http::RESOURCE_PATH;
use crate::issuer::accept::Accept;
use crate::scope::ScopeSet;
use std::borrow::Cow;
use std::sync::Arc;

/// The path of the documents; the path of the resource follows (section 3.1).
pub const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
/// The document of the server's own resource, if its URL has no path of its own.
pub const OWN_DOCUMENT: &str = "/.well-known/oauth-protected-resource/protected-resource";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The identifier, a URL: the audience of tokens for it.
    pub id: String,
    /// Its name for people.
    pub name: Option<String>,
    /// The scopes that it knows; `None` if it does not declare any.
    pub scopes: Option<ScopeSet>,
    pub accept: Accept,
    /// The issuers whose tokens it accepts; empty for this one.
    pub issuers: Vec<String>,
}

impl Resource {
    /// A resource that accepts every token.
    #[must_use]
    pub fn new(id: &str) -> Self {
        let (id, accept) = (id.to_owned(), Accept::default());
        Self { id, name: None, scopes: None, accept, issuers: Vec::new() }
    }

    /// The URL of its document (section 3.1).
    #[must_use]
    pub fn metadata_url(&self) -> String {
        let (origin, path) = parts(&self.id);
        format!("{origin}{WELL_KNOWN}{path}")
    }

    /// The path of its URL; empty for `/` (section 3.1).
    #[must_use]
    pub fn path(&self) -> &str {
        parts(&self.id).1
    }
}

/// Origin and path of a URL. The path `/` counts as empty.
fn parts(url: &str) -> (&str, &str) {
    let authority = url.find("://").map_or(0, |at| at + "://".len());
    let path = url[authority..].find('/').map_or(url.len(), |at| authority + at);
    let (origin, path) = url.split_at(path);
    (origin, if path == "/" { "" } else { path })
}

/// All resources of a server.
#[derive(Clone, Debug)]
pub struct Resources {
    declared: Vec<Arc<Resource>>,
    /// The server's own, which may be declared, too.
    own: Arc<Resource>,
    is_own_declared: bool,
}

impl Resources {
    /// The declared resources and the one at this public URL. Without certificates at the connection the
    /// latter accepts no tokens that are bound to one.
    #[must_use]
    pub fn new(public_url: &str, certificates: bool, declared: Vec<Resource>) -> Self {
        let declared: Vec<Arc<Resource>> = declared.into_iter().map(Arc::new).collect();
        let id = format!("{public_url}{RESOURCE_PATH}");
        let declared_own = declared.iter().find(|resource| resource.id == id).cloned();
        let is_own_declared = declared_own.is_some();
        let own = declared_own.unwrap_or_else(|| {
            let accept = Accept { certificate: certificates, ..Accept::default() };
            Arc::new(Resource { accept, ..Resource::new(&id) })
        });
        Self { declared, own, is_own_declared }
    }

    /// The server's own resource.
    #[must_use]
    pub fn own(&self) -> &Resource {
        &self.own
    }

    pub fn all(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.declared.iter().chain((!self.is_own_declared).then_some(&self.own))
    }

    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Resource>> {
        self.all().find(|resource| resource.id == id)
    }

    /// The scopes that a token with this audience may carry: those of its resources. `None` if it may carry
    /// any, because one of them does not declare its scopes.
    #[must_use]
    pub fn scopes_of(&self, audience: &[String]) -> Option<Cow<'_, ScopeSet>> {
        let scopes = |id: &String| self.get(id)?.scopes.as_ref();
        let mut of_each = audience.iter().map(scopes);
        let first = Cow::Borrowed(of_each.next()??);
        of_each.try_fold(first, |all, scopes| Some(Cow::Owned(all.union(scopes?))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_known_name_goes_between_host_and_path() {
        for (id, url) in [
            ("https://a", "https://a/.well-known/oauth-protected-resource"),
            ("https://a/", "https://a/.well-known/oauth-protected-resource"),
            ("https://a:8443/b/c", "https://a:8443/.well-known/oauth-protected-resource/b/c"),
            ("https://a/b/", "https://a/.well-known/oauth-protected-resource/b/"),
        ] {
            assert_eq!(Resource::new(id).metadata_url(), url);
        }
    }

    #[test]
    fn the_scopes_of_a_token_are_those_of_all_its_resources() {
        let of = |id: &str, scopes: Option<&str>| Resource {
            scopes: scopes.map(|scopes| scopes.parse().unwrap()),
            ..Resource::new(id)
        };
        let declared =
            vec![of("https://a", Some("x y")), of("https://b", Some("y z")), of("https://c", None)];
        let resources = Resources::new("https://as", false, declared);
        for (audience, scopes) in [
            (&["https://a"][..], Some("x y")),
            (&["https://a", "https://b"], Some("x y z")),
            (&["https://a", "https://c"], None),
            (&["https://a", "https://other"], None),
            (&["https://as/protected-resource"], None),
            (&[], None),
        ] {
            let audience: Vec<String> = audience.iter().map(|id| (*id).to_owned()).collect();
            let found = resources.scopes_of(&audience);
            assert_eq!(found.as_deref().map(ScopeSet::as_str), scopes, "{audience:?}");
        }
    }
}
