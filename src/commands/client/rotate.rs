//! `client rotate`: gives a client a new secret.

use super::failures::{PHASE, about, one};
use super::report::ClientOutcome;
use super::secrets;
use crate::cli::RotateArgs;
use crate::clock::Timestamp;
use crate::exit::{Exit, Failure};
use crate::registry::store::Store;
use crate::text::shell_word;

/// Older secrets expire after the overlap, or at once with `--now`.
pub(super) fn rotate_secret(
    store: &dyn Store,
    args: &RotateArgs,
    now: Timestamp,
    notes: &mut Vec<String>,
) -> Result<ClientOutcome, Failure> {
    if one(store, &args.id)?.record.auth_method.as_deref() == Some("private_key_jwt") {
        return Err(Failure::new(Exit::Usage, PHASE, format!("client {:?} has keys, not a secret", args.id))
            .hint(format!("heistctl client set {} --jwks FILE gives it other keys", shell_word(&args.id))));
    }
    let (secret, hash) = secrets::new(args.secret_stdin, notes)?;
    let old_end = if args.now { now } else { now.after(args.overlap.time) };
    store.rotate(&args.id, &hash.text(), now, old_end).map_err(|error| about(&args.id, &error))?;
    Ok(ClientOutcome::Secret { id: args.id.clone(), secret, old_end: Some(old_end) })
}
