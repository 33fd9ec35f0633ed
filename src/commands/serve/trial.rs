//! The client with which the commands in the banner try the server.

use super::demo;
use super::inputs::Inputs;
use super::prepared::Prepared;
use crate::commands::store::StoreUrl;
use crate::commands::store::place::StorePlace;
use crate::http::TOKEN_PATH;
use crate::issuer::Service;
use crate::registry::{Client, ClientAuth, SecretMethod};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The facts for the commands in the banner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The client; `None` if none gets tokens with a secret alone.
    pub client: Option<TrialClient>,
    /// The token endpoint.
    pub token_url: String,
    /// Whether clients need --insecure-http for that URL.
    pub insecure: bool,
    /// The file of the authority that clients must trust.
    pub cacert: Option<String>,
    /// The value of `--store` for `heistctl client`; `None` if they find it themselves.
    pub store: Option<String>,
    /// Whether the store needs a password, which is not shown.
    pub store_password: bool,
}

impl Trial {
    pub(super) fn of(service: &Service, url: &str, clients: &[Client], facts: &TrialFacts) -> Self {
        let client = TrialClient::choose(clients, facts);
        let cacert = facts.authority.as_deref().map(shown);
        let token_url = facts.token_url(&service.public_url, url);
        let (store, store_password) = (facts.store.clone().flatten(), facts.store_password);
        Self { client, insecure: is_insecure(&token_url), token_url, cacert, store, store_password }
    }
}

/// The client that the commands in the banner use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialClient {
    pub id: String,
    pub secret: TrialSecret,
    /// The scope to request; by default the client's own scopes.
    pub scope: Option<&'static str>,
}

/// The source of the client's secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrialSecret {
    /// The secret is public.
    Public(&'static str),
    /// The path of its file.
    File(String),
    /// The secret is unknown here: `heistctl` prompts for it.
    Typed,
    /// The client does not exist yet: a command adds it to the store.
    Added,
}

impl TrialClient {
    /// Chooses the client that is easiest to try: a secret in a file is easier than one that must be typed.
    /// For a server without clients, a client to add to the store if there is one.
    pub(super) fn choose(clients: &[Client], facts: &TrialFacts) -> Option<Self> {
        if facts.demo {
            let (id, secret, scopes) = demo::CLIENTS[0];
            let secret = TrialSecret::Public(secret);
            return Some(Self { id: id.to_owned(), secret, scope: scopes.first().copied() });
        }
        if clients.is_empty() {
            let added = Self { id: "try-it".to_owned(), secret: TrialSecret::Added, scope: None };
            return facts.store.is_some().then_some(added);
        }
        let usable = || clients.iter().filter(|client| needs_only_a_secret(client));
        let file = |client: &Client| Some(TrialSecret::File(facts.file_of(&client.id)?));
        let with_file = usable().find_map(|client| Some((client, file(client)?)));
        let (client, secret) = with_file.or_else(|| Some((usable().next()?, TrialSecret::Typed)))?;
        Some(Self { id: client.id.clone(), secret, scope: None })
    }
}

/// The facts of a configuration about clients and store.
#[derive(Clone, Default)]
pub(super) struct TrialFacts {
    demo: bool,
    /// Clients' ids and the files of their secrets.
    files: Vec<(String, String)>,
    /// The value of `--store` if a client can be added; `Some(None)` if they find it themselves.
    store: Option<Option<String>>,
    store_password: bool,
    /// The file of the authority that has issued the server's certificate.
    authority: Option<PathBuf>,
    /// The hosts of this machine that the certificate is valid for.
    local_hosts: Vec<&'static str>,
}

/// Names of this machine.
const LOCAL: [&str; 3] = ["127.0.0.1", "localhost", "::1"];

impl TrialFacts {
    pub(super) fn of(prepared: &Prepared) -> Self {
        let store = prepared.store.as_ref().map(|used| &used.url);
        let parts = Self::of_parts(prepared.demo, &prepared.inputs, store);
        let Some((files, tls)) = &prepared.tls else { return parts };
        let local_hosts = LOCAL.into_iter().filter(|host| tls.covers(host)).collect();
        Self { authority: files.authority(tls), local_hosts, ..parts }
    }

    /// The token endpoint for clients on this machine. It is where the server listens, because the issuer's name
    /// may lead elsewhere. With a certificate for other names it is at the public URL.
    fn token_url(&self, public_url: &str, url: &str) -> String {
        let with_host = |host: &str| {
            let (_, port) = url.rsplit_once(':')?;
            let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
            Some(format!("https://{host}:{port}"))
        };
        let is_covered = |host: &&&str| url.starts_with(&format!("https://{host}:"));
        let hosts = self.local_hosts.iter();
        let local = hosts.clone().find(is_covered).or_else(|| hosts.clone().next());
        let is_public = url.starts_with("https://") && public_url.starts_with("https://");
        let base = match local {
            Some(host) if is_public && is_local(url) => with_host(host),
            None if is_public => Some(public_url.to_owned()),
            _ => None,
        };
        format!("{}{TOKEN_PATH}", base.as_deref().unwrap_or(url))
    }

    fn of_parts(demo: bool, inputs: &Inputs, store: Option<&StoreUrl>) -> Self {
        let files = inputs.secret_files().map(|(id, path)| (id.to_owned(), shown(path)));
        let store_password =
            matches!(store, Some(StoreUrl::Postgres { address, .. }) if address.has_password());
        let store = store.and_then(|url| match url {
            _ if StorePlace::is_usual(url) => Some(None),
            StoreUrl::Sqlite(path) => Some(Some(format!("sqlite:{}", shown(path)))),
            StoreUrl::Postgres { address, .. } => Some(Some(address.url())),
            // Other processes cannot reach this memory.
            StoreUrl::Memory => None,
        });
        Self { demo, files: files.collect(), store, store_password, ..Self::default() }
    }

    fn file_of(&self, client: &str) -> Option<String> {
        self.files.iter().find(|(id, _)| id == client).map(|(_, path)| path.clone())
    }
}

/// Whether the client can get tokens with its secret alone.
fn needs_only_a_secret(client: &Client) -> bool {
    let by_header = !matches!(client.auth, ClientAuth::Secret { only: Some(SecretMethod::Post), .. });
    matches!(client.auth, ClientAuth::Secret { .. })
        && by_header
        && !client.may.dpop_required
        && !client.has_bound_tokens()
}

/// A path as typed in the folder where the server was started.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let path = path.strip_prefix("./").unwrap_or(path);
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}

/// Whether a server at this listen URL is reached by a name of this machine.
fn is_local(url: &str) -> bool {
    LOCAL.iter().any(|host| url.contains(&format!("://{host}:")) || url.contains(&format!("://[{host}]:")))
}

fn is_insecure(url: &str) -> bool {
    let address: Option<SocketAddr> =
        url.strip_prefix("http://").and_then(|address| address.split('/').next()?.parse().ok());
    address.is_some_and(|address| !address.ip().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Registry;

    fn clients() -> Vec<Client> {
        let registry: Registry = demo::registry();
        registry.declared().cloned().collect()
    }

    #[test]
    fn a_client_whose_secret_is_in_a_file_comes_first() {
        let none = TrialFacts::default();
        let choose = |facts: &TrialFacts| TrialClient::choose(&clients(), facts);
        let first = choose(&none).unwrap();
        assert_eq!(first.secret, TrialSecret::Typed);
        let other = clients().into_iter().map(|client| client.id).find(|id| *id != first.id).unwrap();
        let files = vec![(other.clone(), "a.secret".to_owned())];
        let found = choose(&TrialFacts { files, ..TrialFacts::default() }).unwrap();
        assert_eq!((found.id, found.secret), (other, TrialSecret::File("a.secret".to_owned())));
    }

    #[test]
    fn clients_that_need_more_than_a_secret_are_passed_over() {
        let mut clients = clients();
        clients[0].may.dpop_required = true;
        let rest = clients[1].id.clone();
        let chosen = |clients: &[Client]| TrialClient::choose(clients, &TrialFacts::default());
        assert_eq!(chosen(&clients).unwrap().id, rest);
        clients[1].may.certificate_bound = true;
        assert_eq!(chosen(&clients), None);
    }

    #[test]
    fn a_client_is_added_where_others_reach_the_store() {
        let facts = |url: &StoreUrl| TrialFacts::of_parts(false, &Inputs::default(), Some(url));
        let chosen = |url: &StoreUrl| TrialClient::choose(&[], &facts(url)).map(|trial| trial.secret);
        let here = std::env::current_dir().unwrap().join("a.db");
        let sqlite = StoreUrl::Sqlite(here);
        assert_eq!(chosen(&sqlite), Some(TrialSecret::Added));
        assert_eq!(facts(&sqlite).store, Some(Some("sqlite:a.db".to_owned())));
        let url = "postgres://u:hunter2@db.example.com/heist";
        let postgres = StoreUrl::parse(url, Path::new(""), "store").unwrap();
        assert_eq!(chosen(&postgres), Some(TrialSecret::Added));
        let TrialFacts { store, store_password, .. } = facts(&postgres);
        assert_eq!(store, Some(Some("postgres://u@db.example.com/heist".to_owned())));
        assert!(store_password && !facts(&sqlite).store_password);
        assert_eq!(chosen(&StoreUrl::Memory), None);
    }

    #[test]
    fn commands_go_to_where_the_server_listens_if_its_certificate_allows_it() {
        let public = "https://tokens.example.com";
        let url = |local_hosts: &[&'static str], url: &str| {
            TrialFacts { local_hosts: local_hosts.to_vec(), ..TrialFacts::default() }.token_url(public, url)
        };
        for (hosts, listen, base) in [
            (&["127.0.0.1", "localhost"][..], "https://127.0.0.1:8443", "https://127.0.0.1:8443"),
            (&["localhost"], "https://127.0.0.1:8443", "https://localhost:8443"),
            (&["127.0.0.1", "localhost"], "https://localhost:8443", "https://localhost:8443"),
            (&["::1"], "https://[::1]:8443", "https://[::1]:8443"),
            (&[], "https://127.0.0.1:8443", public),
            (&[], "http://127.0.0.1:8001", "http://127.0.0.1:8001"),
            (&["localhost"], "https://192.0.2.7:8443", "https://192.0.2.7:8443"),
        ] {
            assert_eq!(url(hosts, listen), format!("{base}/oauth/token"), "{hosts:?} {listen}");
        }
    }

    #[test]
    fn plain_http_to_another_machine_is_insecure() {
        assert!(is_insecure("http://10.0.0.5:80"));
        for url in ["http://127.0.0.1:80", "http://[::1]:80", "http://localhost:80", "https://10.0.0.5:80"] {
            assert!(!is_insecure(url), "{url}");
        }
    }
}
