//! `serve --check`: checks what a start checks, without serving, and reports what would be served.

use super::compose::{self, BannerFacts};
use super::observers::check_audit_log;
use super::prepare::{self, check_address};
use super::report::{CheckResult, Served};
use super::server_store::ServerStore;
use super::warnings::warnings;
use super::{ready, sockets};
use crate::cli::ServeArgs;
use crate::commands::store_examination;
use crate::exit::Failure;

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

/// Reads all clients of a store and verifies their digests. Returns their number and the store's id.
fn check_store(used: &ServerStore) -> Result<(usize, Option<String>), Failure> {
    let found = store_examination::records(used.registered.store().as_ref())?;
    store_examination::damage(&used.name, &found.faults).map_or(Ok((found.clients, found.id)), Err)
}
