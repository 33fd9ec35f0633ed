//! `serve --test`: what tests control, and the servers that no test may control.

use super::config::Config;
use super::prepared::Prepared;
use super::problems::{Problems, wrong};
use super::server_store::ServerStore;
use super::test_script;
use super::without_store::StoreConfig;
use crate::cli::ServeArgs;
use crate::clock::MovableClock;
use crate::clock::shared::SharedClock;
use crate::commands::store::StoreUrl;
use crate::exit::Failure;
use crate::issuer::metadata_members::MetadataSettings;
use crate::server::Serving;
use crate::testbench::bench::TestBench;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;

/// The member of the metadata that tells a test's server.
const MEMBER: &str = "heistctl_test";

/// The test bench, if the flag asks for one.
///
/// # Errors
/// Exit 2 if the script is not valid.
pub(super) fn bench(args: &ServeArgs) -> Result<Option<Arc<TestBench>>, Failure> {
    if !args.test {
        return Ok(None);
    }
    let mut script = args.script.as_deref().map(test_script::read).transpose()?.unwrap_or_default();
    if let Some(time) = args.clock {
        script.clock.set = Some(time.to_string());
    }
    let bench = TestBench::new(MovableClock::default(), script);
    bench.map(|bench| Some(Arc::new(bench))).map_err(|why| wrong(format!("the script: {why}")))
}

/// The clock of the bench, else this machine's.
pub(super) fn clock(bench: Option<&Arc<TestBench>>) -> SharedClock {
    bench.map(|bench| SharedClock::moved_by(bench.clock.clone())).unwrap_or_default()
}

/// Tells clients in the metadata that this is a test's server.
pub(super) fn announce(args: &ServeArgs, metadata: &mut MetadataSettings) {
    if args.test {
        metadata.members.insert(MEMBER.to_owned(), Value::Bool(true));
    }
}

/// Refuses addresses that other machines reach.
pub(super) fn check_address(address: SocketAddr) -> Result<(), Failure> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    Err(wrong(format!(
        "{address} is not a loopback address, and anybody who reaches a test's server controls it"
    ))
    .hint("--listen 127.0.0.1:0 takes a free port of this machine"))
}

/// The store, with the clock of the test. Notes proxies, and a store that other servers share.
pub(super) fn check(
    bench: Option<&Arc<TestBench>>,
    config: &Config,
    store: Option<StoreConfig>,
    problems: &mut Problems,
) -> Option<StoreConfig> {
    let Some(bench) = bench else { return store };
    if !config.limits.trusted_proxies.is_empty() {
        let what =
            "trusted_proxies and --test exclude each other: a proxy opens the server to other machines";
        let failure = wrong(what).hint("a configuration for tests has no trusted_proxies");
        problems.note(config.places.failing("trusted_proxies", failure));
    }
    let store = store?;
    if let Some(url @ StoreUrl::Postgres { .. }) = store.url() {
        let what =
            format!("--test moves clock and keys, and other servers may share the store {}", url.name());
        problems.note(wrong(what).hint("--store memory:, or --store sqlite:test.db"));
        return None;
    }
    Some(store.moved_by(bench.clock.clone()))
}

/// Keeps the bench of a running server, whose clock its store has.
///
/// # Errors
/// Exit 2 for another store.
pub(super) fn keep(
    prepared: &mut Prepared,
    running: &Serving,
    store: Option<&ServerStore>,
) -> Result<(), Failure> {
    let Some(bench) = &running.bench else { return Ok(()) };
    prepared.bench = Some(bench.clone());
    if !bench.is_controlled() || prepared.store.as_ref().map(|used| &used.url) == store.map(|used| &used.url)
    {
        return Ok(());
    }
    Err(wrong("a test's server keeps its store while it runs").hint("restart the server"))
}
