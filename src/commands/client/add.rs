//! `client add`: registers one client.

use super::doubts::NO_SCOPE;
use super::failures::about;
use super::record::{Credentials, apply, checked, key_notes};
use super::report::ClientOutcome;
use super::secrets::SecretWriter;
use crate::cli::AddArgs;
use crate::clock::Timestamp;
use crate::exit::Failure;
use crate::registry::record::ClientRecord;
use crate::registry::store::Store;

/// Registers a client. It gets a new secret, unless it has keys or a certificate, or its secret is on stdin.
pub(super) fn add_client(
    store: &dyn Store,
    args: &AddArgs,
    secrets: &SecretWriter,
    now: Timestamp,
    notes: &mut Vec<String>,
) -> Result<ClientOutcome, Failure> {
    let id = args.id.clone();
    let mut record = ClientRecord { id: id.clone(), created: now.unix(), ..ClientRecord::default() };
    apply(&mut record, &args.client, Credentials::read(&args.client)?)?;
    let record = checked(record)?;
    notes.extend(key_notes(&record, now));
    if record.scopes.is_empty() {
        notes.push(NO_SCOPE.to_owned());
    }
    let (secret, kept) = if record.needs_secret() {
        let (secret, kept) = secrets.new_secret(&record, args.secret_stdin, notes)?;
        (secret, Some(kept))
    } else {
        (None, None)
    };
    store.add(&[(record, kept)]).map_err(|error| about(&id, &error))?;
    Ok(ClientOutcome::Secret { id, secret, old_end: None })
}
