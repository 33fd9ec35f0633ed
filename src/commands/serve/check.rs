//! `serve --check`: checks what a start checks, without serving, and reports what would be served.

use super::compose::{self, BannerFacts};
use super::observers::check_audit_log;
use super::prepare::{self, check_address};
use super::report::{CheckResult, Served};
use super::server_store::ServerStore;
use super::warnings::warnings;
use super::{ready, sockets};
use crate::cli::ServeArgs;
use crate::commands::client::list;
use crate::commands::store;
use crate::exit::{Exit, Failure};
use crate::registry::store::{StoreError, identity};

const RESTORE: &str =
    "restore a backup; or replace a damaged client with heistctl client remove ID and client add";

/// Checks everything that a start would check.
pub(super) fn check(args: &ServeArgs) -> CheckResult {
    CheckResult { found: found(args), json: args.json }
}

fn found(args: &ServeArgs) -> Result<Served, Failure> {
    let prepared = prepare::prepare(args, None)?;
    let run = prepared.run.clone();
    run.ready_file.as_deref().map_or(Ok(()), ready::check_file)?;
    check_address(&prepared, prepared.listen)?;
    prepared.audit_log.as_ref().map_or(Ok(()), check_audit_log)?;
    let (listen, mut warnings) = (prepared.listen, warnings(&prepared));
    warnings.extend(sockets::check(args, listen, run.metrics_listen)?);
    let found = prepared.store.as_ref().map(check_store).transpose()?;
    let (store_clients, store_id) = found.unzip();
    let facts = BannerFacts::of(&prepared, run.metrics_listen);
    let scheme = if prepared.tls.is_some() { "https" } else { "http" };
    let service = compose::serving(prepared, &compose::url(scheme, listen), Box::new(|_| {})).service;
    Ok(Served {
        listen: format!("{scheme}://{listen}"),
        issuer: service.issuer.clone(),
        signing: service.signing.ring().algorithm.name().to_owned(),
        ephemeral_key: facts.ephemeral_key,
        clients: service.registry.declared().count(),
        store: facts.store,
        store_clients,
        store_id: store_id.flatten(),
        certificate_ends: facts.certificate_ends,
        warnings,
    })
}

/// The number of damaged records that a message names.
const NAMED: usize = 10;

/// Reads all clients of a store and verifies their digests. Returns their number and the store's id.
fn check_store(used: &ServerStore) -> Result<(usize, Option<String>), Failure> {
    let store = used.registered.store().as_ref();
    let unread = |error: StoreError| store::failed(&error).hint(RESTORE);
    let (count, damaged) = list::checked(store).map_err(unread)?;
    let id = identity::peek(store).map_err(unread)?;
    let mut faults = damaged;
    faults.extend(store.faults().map_err(unread)?);
    let Some(more) = faults.len().checked_sub(NAMED).or(Some(0)).filter(|_| !faults.is_empty()) else {
        return Ok((count, id));
    };
    faults.truncate(NAMED);
    let more = if more > 0 { format!("; and {more} others") } else { String::new() };
    let what = format!("the store {} is damaged: {}{more}", used.name, faults.join("; "));
    Err(Failure::new(Exit::Local, "store", what).hint(RESTORE))
}
