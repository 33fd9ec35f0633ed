//! `client add`: registers one client.

use super::doubts::NO_SCOPE;
use super::failures::about;
use super::record::{apply, checked, key_notes, keys};
use super::report::ClientOutcome;
use super::secrets;
use crate::cli::AddArgs;
use crate::clock::Timestamp;
use crate::exit::Failure;
use crate::registry::record::ClientRecord;
use crate::registry::store::Store;

/// Registers a client. It gets a new secret, unless it has keys or its secret is on stdin.
pub(super) fn add_client(
    store: &dyn Store,
    args: &AddArgs,
    now: Timestamp,
    notes: &mut Vec<String>,
) -> Result<ClientOutcome, Failure> {
    let id = args.id.clone();
    let mut record = ClientRecord { id: id.clone(), created: now.unix(), ..ClientRecord::default() };
    apply(&mut record, &args.client, keys(&args.client)?)?;
    let record = checked(record)?;
    notes.extend(key_notes(&id, record.jwks.as_ref()));
    if record.scopes.is_empty() {
        notes.push(NO_SCOPE.to_owned());
    }
    let (secret, hash) = if record.has_keys() {
        (None, None)
    } else {
        let (secret, hash) = secrets::new(args.secret_stdin, notes)?;
        (secret, Some(hash))
    };
    store.add(&[(record, hash.map(|hash| hash.text()))]).map_err(|error| about(&id, &error))?;
    Ok(ClientOutcome::Secret { id, secret, old_end: None })
}
