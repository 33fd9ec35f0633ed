//! Examines the set-up of this machine: the server's configuration and store, and what the client uses.

use super::report::{SetupFinding, SetupReport};
use crate::cli::ServeArgs;
use crate::client::token_cache::TokenCache;
use crate::clock::{Timestamp, relative};
use crate::commands::environment::{self, proxies};
use crate::commands::file_access::mode_warning;
use crate::commands::serve;
use crate::commands::serve::report::Served;
use crate::commands::session::profile::{self, Profile};
use crate::exit::Failure;
use crate::verdict::Status;
use std::path::Path;

/// A certificate that ends sooner is a failure, in days.
const LEAST_LEFT: i64 = 14;
/// 2026-01-01: a clock that is earlier is wrong.
const EARLIEST: i64 = 1_767_225_600;

/// Examines everything. Nothing is changed, and no request is sent.
pub(super) fn examine(json: bool) -> SetupReport {
    let now = Timestamp::now();
    let mut findings = server(now);
    findings.push(clock(now));
    findings.push(cache());
    findings.extend(client_profiles());
    findings.extend(proxy_variables());
    SetupReport { findings, json }
}

fn finding(name: &'static str, status: Status, seen: impl Into<String>) -> SetupFinding {
    SetupFinding { name, status, seen: seen.into(), cure: None }
}

fn failed(name: &'static str, failure: &Failure) -> SetupFinding {
    SetupFinding { cure: failure.hint.clone(), ..finding(name, Status::Fail, failure.placed()) }
}

/// The same checks as `serve --check`.
fn server(now: Timestamp) -> Vec<SetupFinding> {
    match serve::examined(&ServeArgs::default()) {
        Err(failure) => failure.each().map(|failure| failed("configuration", failure)).collect(),
        Ok(served) => {
            let listens = format!("valid: it would listen on {} as {}", served.listen, served.issuer);
            let warnings = served.warnings.iter().map(|text| finding("configuration", Status::Warn, text));
            let mut found = vec![finding("configuration", Status::Pass, listens)];
            found.extend(warnings);
            found.extend([store(&served), signing_key(&served)]);
            found.extend(served.certificate_ends.as_deref().map(|ends| certificate(ends, now)));
            found
        }
    }
}

fn store(served: &Served) -> SetupFinding {
    match (&served.store, served.store_clients) {
        (Some(store), count) => {
            finding("store", Status::Pass, format!("{store}, with {} clients", count.unwrap_or(0)))
        }
        (None, _) => finding("store", Status::Skip, "no store"),
    }
}

fn signing_key(served: &Served) -> SetupFinding {
    if served.ephemeral_key {
        let seen = format!("{}, made for each run: tokens end with the server", served.signing);
        let cure = Some("--store sqlite:heistctl.db keeps the key".to_owned());
        return SetupFinding { cure, ..finding("signing-key", Status::Warn, seen) };
    }
    finding("signing-key", Status::Pass, format!("{}, kept", served.signing))
}

fn certificate(ends: &str, now: Timestamp) -> SetupFinding {
    const NAME: &str = "certificate";
    let Ok(moment) = ends.parse::<Timestamp>() else {
        return finding(NAME, Status::Pass, format!("it ends at {ends}"));
    };
    let seen = format!("it ends {}, at {ends}", relative(i128::from(moment.unix()), now));
    if moment.unix() - now.unix() < LEAST_LEFT * 86_400 {
        let cure = Some("renew it; a running server reads the new file by itself".to_owned());
        return SetupFinding { cure, ..finding(NAME, Status::Fail, seen) };
    }
    finding(NAME, Status::Pass, seen)
}

fn clock(now: Timestamp) -> SetupFinding {
    if now.unix() < EARLIEST {
        let cure = Some("set it by NTP: timedatectl set-ntp true".to_owned());
        let seen = format!("the clock of this machine says {now}");
        return SetupFinding { cure, ..finding("clock", Status::Fail, seen) };
    }
    finding("clock", Status::Pass, format!("{now}; doctor ISSUER compares it with a server's"))
}

fn cache() -> SetupFinding {
    const NAME: &str = "cache-folder";
    let Some(folder) = environment::cache_folder() else {
        return finding(NAME, Status::Skip, "HOME is not set: tokens are not cached");
    };
    let shown = folder.display().to_string();
    match TokenCache::new(folder).distrusted() {
        None => finding(NAME, Status::Pass, shown),
        Some(why) => {
            let cure = Some(format!("chmod 700 {shown}; or HEISTCTL_CACHE_DIR names another folder"));
            SetupFinding { cure, ..finding(NAME, Status::Fail, why) }
        }
    }
}

fn client_profiles() -> Vec<SetupFinding> {
    const NAME: &str = "profiles";
    match profile::read() {
        Err(failure) => failure.each().map(|failure| failed(NAME, failure)).collect(),
        Ok((None, _)) => vec![finding(NAME, Status::Skip, "HOME is not set")],
        Ok((Some(path), profiles)) if profiles.profiles.is_empty() => {
            vec![finding(NAME, Status::Skip, format!("none in {}", path.display()))]
        }
        Ok((Some(path), profiles)) => {
            let folder = path.parent().unwrap_or(Path::new(""));
            let mut found: Vec<SetupFinding> = profiles
                .profiles
                .iter()
                .flat_map(|(name, profile)| of_profile(name, profile, folder))
                .collect();
            if found.is_empty() {
                let count = profiles.profiles.len();
                found.push(finding(NAME, Status::Pass, format!("{count} in {}", path.display())));
            }
            found
        }
    }
}

/// The faults of a profile's files.
fn of_profile(name: &str, profile: &Profile, folder: &Path) -> Vec<SetupFinding> {
    let secret = [
        ("client_secret_file", &profile.client_secret_file),
        ("client_key", &profile.client_key),
        ("client_cert_key", &profile.client_cert_key),
        ("dpop_key", &profile.dpop_key),
    ];
    let public = [("client_cert", &profile.client_cert), ("cacert", &profile.cacert)];
    let is_secret = secret.iter().map(|(key, path)| (*key, *path, true));
    let all = is_secret.chain(public.iter().map(|(key, path)| (*key, *path, false)));
    let fault = |(key, path, is_secret): (&str, &Option<std::path::PathBuf>, bool)| {
        let path = folder.join(path.as_ref()?);
        if !path.exists() {
            let seen = format!("profile {name}: {key}: there is no file {}", path.display());
            return Some(finding("profiles", Status::Fail, seen));
        }
        let warning = mode_warning(&path).filter(|_| is_secret)?;
        Some(finding("profiles", Status::Warn, format!("profile {name}: {warning}")))
    };
    all.filter_map(fault).collect()
}

fn proxy_variables() -> Vec<SetupFinding> {
    const NAME: &str = "proxies";
    let proxies = proxies();
    let named = [&proxies.https, &proxies.http, &proxies.all].into_iter().flatten();
    let found: Vec<SetupFinding> = named
        .map(|proxy| match proxy.address() {
            Ok(address) => finding(NAME, Status::Pass, format!("{address}")),
            Err(error) => {
                let cure = Some("write it as http://name:password@host:port".to_owned());
                SetupFinding { cure, ..finding(NAME, Status::Fail, format!("{} {error}", proxy.origin)) }
            }
        })
        .collect();
    if found.is_empty() { vec![finding(NAME, Status::Skip, "no proxy is set")] } else { found }
}
