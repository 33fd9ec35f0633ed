//! Warnings to an operator before the first request. Each function checks one aspect of the prepared server.
//! A start and `--check` show the same warnings.

use super::audit_log::AuditLog;
use super::client_secrets::COMMON_SECRET;
use super::conflicts::Own;
use super::inputs::Role;
use super::placeholders::{self, LeftPlaceholder};
use super::prepared::Prepared;
use super::server_store::ServerStore;
use super::{metadata, trusts, urls};
use crate::client::endpoint::EndpointUrl;
use crate::clock::Timestamp;
use crate::commands::file_access::{mode_warning, open_bits};
use crate::http::visible::is_invisible;
use crate::jose::key::{KeyMaterial, VerifyingKey};
use crate::registry::{Client, ClientAuth, ClientKeys};
use crate::secret::Secret;
use crate::verdict::common_secrets;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A check. Returns its warnings.
type Warning = fn(&Prepared) -> Vec<String>;

const WARNINGS: [Warning; 26] = [
    public_demo,
    certificate_ends,
    costly_handshakes,
    served_chain,
    certificate_hosts,
    store,
    no_issuer,
    issuer_without_scheme,
    public_urls,
    ignored_metadata,
    blanks_around,
    open_placeholders,
    unnamed_proxy,
    everybody_is_a_proxy,
    absurd_limits,
    audit_log_by_a_word,
    readable_secrets,
    writable_configuration,
    clients_as_read,
    public_signing_secret,
    clients_without_authority,
    conflicts,
    weak_keys,
    clients_of_the_store,
    trusts::rule_warnings,
    state_in_memory,
];

/// Runs all checks.
pub(super) fn warnings(prepared: &Prepared) -> Vec<String> {
    WARNINGS.iter().flat_map(|warning| warning(prepared)).collect()
}

fn public_demo(prepared: &Prepared) -> Vec<String> {
    let is_public = prepared.demo && !prepared.listen.ip().is_loopback();
    let warning =
        || format!("anybody who reaches {} gets tokens: the demo's secrets are public", prepared.listen);
    is_public.then(warning).into_iter().collect()
}

fn certificate_ends(prepared: &Prepared) -> Vec<String> {
    let notice = prepared.tls.as_ref().and_then(|(files, tls)| files.notice(tls, Timestamp::now()));
    notice.into_iter().collect()
}

fn costly_handshakes(prepared: &Prepared) -> Vec<String> {
    let warning = prepared.tls.as_ref().and_then(|(files, tls)| files.warning(tls));
    warning.into_iter().collect()
}

fn served_chain(prepared: &Prepared) -> Vec<String> {
    let Some((files, tls)) = &prepared.tls else { return Vec::new() };
    let now = Timestamp::now();
    let mut found = files.chain_warnings(tls, now);
    found.extend(files.authority_warnings(tls, now));
    found
}

/// Clients connect to the host of the issuer and of `public_url` and refuse a certificate for another host.
fn certificate_hosts(prepared: &Prepared) -> Vec<String> {
    let Some((files, tls)) = &prepared.tls else { return Vec::new() };
    let urls = [("issuer", &prepared.issuer), ("public_url", &prepared.public_url)];
    let uncovered = urls.into_iter().filter_map(|(key, url)| {
        let endpoint = EndpointUrl::parse(url.as_ref()?, true).ok()?;
        let host = endpoint.uri().host()?.trim_matches(['[', ']']).to_owned();
        (!tls.covers(&host)).then(|| {
            format!(
                "the certificate {} is not for {host}, the host of {key}{}: clients that connect to it \
                 directly \
                 refuse it; renew it with that name (subjectAltName)",
                files.certificate().display(),
                of_others(&tls.hosts())
            )
        })
    });
    let mut uncovered: Vec<String> = uncovered.collect();
    uncovered.dedup();
    if uncovered.is_empty() && tls.hosts().is_empty() {
        let cert = files.certificate().display();
        uncovered.push(format!(
            "the certificate {cert} has no host name (subjectAltName), so clients refuse it; renew it with \
             its names"
        ));
    }
    uncovered
}

/// Formats names as `, but for a, b`.
fn of_others(hosts: &[String]) -> String {
    const SHOWN: usize = 3;
    let more = if hosts.len() > SHOWN { ", …" } else { "" };
    let shown = hosts.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if hosts.is_empty() { String::new() } else { format!(", but for {shown}{more}") }
}

fn store(prepared: &Prepared) -> Vec<String> {
    let warning = |store: &ServerStore| [store.warnings.as_slice(), &store.news].concat();
    prepared.store.as_ref().map(warning).unwrap_or_default()
}

fn no_issuer(prepared: &Prepared) -> Vec<String> {
    let is_missing = prepared.listen.ip().is_unspecified() && prepared.issuer.is_none();
    let what =
        "the configuration has no issuer: tokens name localhost; set issuer to the URL that clients use";
    is_missing.then(|| what.to_owned()).into_iter().collect()
}

/// An issuer that is not a URL works only for verifiers that have the key: metadata cannot be served.
fn issuer_without_scheme(prepared: &Prepared) -> Vec<String> {
    let name = prepared.issuer.as_deref().filter(|issuer| !prepared.demo && !issuer.contains("://"));
    let warning = name.map(|name| {
        format!(
            "the issuer {name:?} is not a URL: no metadata is served, and verifiers cannot find the keys; \
             write issuer = \"{}\"",
            urls::as_url(name)
        )
    });
    warning.into_iter().collect()
}

fn public_urls(prepared: &Prepared) -> Vec<String> {
    urls::warnings(prepared.issuer.as_deref(), prepared.public_url.as_deref(), prepared.tls.is_some())
}

fn ignored_metadata(prepared: &Prepared) -> Vec<String> {
    metadata::warnings(&prepared.settings.metadata)
}

/// Ids and audiences are compared byte by byte, and a blank at an end is easy to miss.
fn blanks_around(prepared: &Prepared) -> Vec<String> {
    let audiences =
        prepared.settings.audience.iter().map(|audience| ("audience".to_owned(), audience.as_str()));
    let ids =
        prepared.registry.declared().map(|client| ("the id of a client".to_owned(), client.id.as_str()));
    let is_odd = |text: &str| text.starts_with(is_invisible) || text.ends_with(is_invisible);
    let odd = audiences.chain(ids).filter(|(_, text)| is_odd(text));
    let warning = |(key, text): (String, &str)| {
        format!(
            "{key}, {text:?}, begins or ends with a blank, and is compared byte by byte: remove the blank"
        )
    };
    odd.map(warning).collect()
}

/// A path such as `./stdout` writes to a file, which may be a mistake.
fn audit_log_by_a_word(prepared: &Prepared) -> Vec<String> {
    let Some(AuditLog::File(path)) = &prepared.audit_log else { return Vec::new() };
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let is_word = ["stdout", "stderr", "syslog", "journal", "journald"].contains(&name.as_str());
    let beside = |file: &PathBuf| Path::new(".").join(file.parent().unwrap_or(Path::new("")));
    let is_alone = path.parent() == prepared.file.as_ref().map(beside).as_deref();
    let warning = format!(
        "audit_log goes to a file, {}: write audit_log = \"stdout\" or \"syslog\" if you mean these",
        path.display()
    );
    (is_word && is_alone).then_some(warning).into_iter().collect()
}

/// A trusted proxy names the caller in `X-Forwarded-For`.
fn everybody_is_a_proxy(prepared: &Prepared) -> Vec<String> {
    const FAR: [[IpAddr; 2]; 2] = [
        [IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8)), IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9))],
        [
            IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
            IpAddr::V6(Ipv6Addr::new(0x2a00, 0, 0, 0, 0, 0, 0, 1)),
        ],
    ];
    let proxies = &prepared.limits.trusted_proxies;
    let is_all = FAR.iter().any(|far| far.iter().all(|address| proxies.contains(*address)));
    let warning = "trusted_proxies includes every address, so any caller can forge X-Forwarded-For and bypass \
                limits and allow_from: name only the proxy, such as trusted_proxies = [\"10.0.0.7\"]";
    is_all.then(|| warning.to_owned()).into_iter().collect()
}

/// Settings that work, and that nobody means.
fn absurd_limits(prepared: &Prepared) -> Vec<String> {
    const LONG: Duration = Duration::from_secs(31 * 86_400);
    let long = |what: String, key: &str, time: Duration| {
        (time > LONG).then(|| {
            let days = time.as_secs() / 86_400;
            format!("{what} live for {days} days, and a stolen one works as long; get new ones instead: {key} = \"1h\"")
        })
    };
    let own = long("tokens".to_owned(), "token_lifetime", prepared.settings.lifetime);
    let clients = prepared.registry.declared().filter_map(|client| {
        long(format!("client {:?}: its tokens", client.id), "lifetime", client.lifetime?)
    });
    let limits = &prepared.limits;
    let more = limits.connections.zip(limits.connections_per_address).filter(|(all, each)| each > all);
    let more = more.map(|(all, each)| {
        format!("connections_per_address = {each} has no effect: it is above connections = {all}")
    });
    own.into_iter().chain(clients).chain(more).collect()
}

fn open_placeholders(prepared: &Prepared) -> Vec<String> {
    prepared.inputs.placeholders.iter().map(LeftPlaceholder::warning).collect()
}

/// Plain http on a network is for servers behind a proxy.
fn unnamed_proxy(prepared: &Prepared) -> Vec<String> {
    let warning = "--insecure-http without trusted_proxies: limits, allow_from and the log see the proxy's \
                address instead of the client's; name the proxy, such as trusted_proxies = [\"10.0.0.7\"]";
    prepared.inputs.unnamed_proxy.then(|| warning.to_owned()).into_iter().collect()
}

fn readable_secrets(prepared: &Prepared) -> Vec<String> {
    prepared.inputs.of_role(Role::Secret).filter_map(mode_warning).collect()
}

fn writable_configuration(prepared: &Prepared) -> Vec<String> {
    let roles = [Role::Configuration, Role::Secret, Role::Trusted];
    let files: Vec<&Path> = roles.into_iter().flat_map(|role| prepared.inputs.of_role(role)).collect();
    let mut folders: Vec<&Path> = files.iter().filter_map(|file| folder(file)).collect();
    folders.sort_unstable();
    folders.dedup();
    files.into_iter().chain(folders).filter_map(writable).collect()
}

fn folder(file: &Path) -> Option<&Path> {
    let folder = file.parent()?;
    Some(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
}

/// The warning about a file or folder that another user can change. In a folder with the sticky bit users
/// cannot replace files of others. A group with the owner's number is that user's private group.
fn writable(path: &Path) -> Option<String> {
    const STICKY: u32 = 0o1000;
    let found = std::fs::metadata(path).ok()?;
    let shown = path.display();
    let us = rustix::process::geteuid().as_raw();
    if found.uid() != 0 && found.uid() != us {
        return Some(format!(
            "{shown} belongs to user {}, who can change what the server trusts: chown it to root or to the \
             server's user",
            found.uid()
        ));
    }
    let group = if found.gid() == found.uid() { 0 } else { 0o020 };
    let is_safe_folder = found.is_dir() && found.mode() & STICKY != 0;
    let is_open = open_bits(path, &found) & (0o002 | group) != 0 && !is_safe_folder;
    is_open.then(|| {
        format!("{shown} is writable by other users, who could then control the server: chmod go-w {shown}")
    })
}

/// The findings about secrets and certificates of clients.
fn clients_as_read(prepared: &Prepared) -> Vec<String> {
    prepared.inputs.found.clone()
}

fn public_signing_secret(prepared: &Prepared) -> Vec<String> {
    let ring = prepared.signing.ring();
    let why = |secret: &Secret| {
        let is_placeholder = || placeholders::is_all(&String::from_utf8_lossy(secret.expose()));
        let placeholder = || is_placeholder().then_some("is a placeholder that was never replaced");
        common_secrets::is_one(secret).then_some(COMMON_SECRET).or_else(placeholder)
    };
    let found = ring.keys.keys.iter().find_map(|key| match &key.material {
        KeyMaterial::Hmac(secret) => why(secret),
        _ => None,
    });
    let warning = found.map(|why| format!("the signing secret {why}; until then anyone can forge tokens"));
    warning.filter(|_| !prepared.demo).into_iter().collect()
}

/// Weak keys, which should be replaced, and keys that cannot be used.
fn weak_keys(prepared: &Prepared) -> Vec<String> {
    let of_clients = prepared.registry.declared().flat_map(faults_of_keys);
    let ring = prepared.signing.ring();
    let own = ring.keys.keys.iter().flat_map(VerifyingKey::weaknesses).map(|why| format!("signing: {why}"));
    of_clients.chain(own).collect()
}

fn conflicts(prepared: &Prepared) -> Vec<String> {
    let own = Own::of(prepared);
    prepared.registry.declared().flat_map(|client| own.conflicts(client)).collect()
}

fn faults_of_keys(client: &Client) -> Vec<String> {
    let ClientAuth::PrivateKeyJwt { keys: ClientKeys::Fixed(keys), .. } = &client.auth else {
        return Vec::new();
    };
    let unusable = keys.unusable.iter().map(|key| {
        let kid = key.kid.as_deref().map(|kid| format!(" {kid:?}")).unwrap_or_default();
        format!("the key{kid} cannot be used: {}", key.why)
    });
    let weak = keys.keys.iter().flat_map(VerifyingKey::weaknesses);
    unusable
        .chain(weak)
        .chain(keys.demands_kid())
        .map(|why| format!("client {:?}: jwks: {why}", client.id))
        .collect()
}

/// The number of clients of the store that are checked before the first request, and the size of a page.
const LOOKED_AT: usize = 10_000;
const PAGE: usize = 500;

/// Weak keys and unusable clients in the store. A store that does not answer is reported elsewhere.
fn clients_of_the_store(prepared: &Prepared) -> Vec<String> {
    let Some(used) = &prepared.store else { return Vec::new() };
    let (store, own) = (used.registered.store(), Own::of(prepared));
    let certificate = |client: &Client| {
        let faults = without_tls(prepared, client).into_iter().chain(without_authority(prepared, client));
        faults.collect::<Vec<_>>()
    };
    let faults =
        |client: &Client| [own.conflicts(client), faults_of_keys(client), certificate(client)].concat();
    let (mut found, mut after) = (Vec::new(), String::new());
    for _ in 0..LOOKED_AT / PAGE {
        let page = store.clients(&after, PAGE).unwrap_or_default();
        let Some(last) = page.last() else { break };
        after.clone_from(&last.id);
        let is_last = page.len() < PAGE;
        for listed in page {
            match listed.stored.map(|stored| used.registered.made(stored)) {
                Ok(Ok(client)) => found.extend(client.iter().flat_map(&faults)),
                Ok(Err(error)) | Err(error) => found.push(format!(
                    "{error}; servers refuse it: heistctl client set ID repairs it, heistctl client remove \
                     ID removes it"
                )),
            }
        }
        if is_last {
            break;
        }
    }
    found
}

fn clients_without_authority(prepared: &Prepared) -> Vec<String> {
    prepared.registry.declared().filter_map(|client| without_authority(prepared, client)).collect()
}

/// The name in a certificate counts only if a trusted authority signed it (RFC 8705 section 2.1).
fn without_authority(prepared: &Prepared, client: &Client) -> Option<String> {
    let lacks_authority = prepared.tls.as_ref().is_some_and(|(files, _)| !files.has_client_authority());
    (lacks_authority && matches!(client.auth, ClientAuth::Tls(_))).then(|| {
        format!(
            "client {:?} can never get a token: no authority is configured for its certificate; name one, \
             such as client_ca_file = \"ca.pem\" under [tls]",
            client.id
        )
    })
}

/// Such a client of heist.toml is an error.
fn without_tls(prepared: &Prepared, client: &Client) -> Option<String> {
    (prepared.tls.is_none() && client.has_bound_tokens()).then(|| {
        format!(
            "client {:?} can never get a token here: it needs a client certificate, and this server has no TLS",
            client.id
        )
    })
}

/// Warns if tokens outlive the process but revocations do not.
fn state_in_memory(prepared: &Prepared) -> Vec<String> {
    let in_memory = prepared.store.as_ref().is_none_or(|store| store.is_in_memory());
    let warning = "the signing key outlives this process, and the store is in memory: after a restart revoked \
                tokens \
                are valid again, and used assertions may be replayed; name a store, such as --store \
                sqlite:heistctl.db";
    (in_memory && !prepared.ephemeral_key && !prepared.demo).then(|| warning.to_owned()).into_iter().collect()
}
