//! `client rotate`: gives a client a new secret.

use super::failures::{PHASE, about, one};
use super::report::ClientOutcome;
use super::secrets;
use crate::cli::RotateArgs;
use crate::clock::Timestamp;
use crate::exit::{Exit, Failure};
use crate::registry::store::Store;

/// The older secrets end after the overlap, or at once with `--now`.
pub(super) fn rotate_secret(
    store: &dyn Store,
    args: &RotateArgs,
    now: Timestamp,
) -> Result<ClientOutcome, Failure> {
    if one(store, &args.id)?.record.auth_method.as_deref() == Some("private_key_jwt") {
        return Err(Failure::new(Exit::Usage, PHASE, format!("client {:?} has keys and no secret", args.id))
            .hint("heistctl client set ID --jwks FILE gives it other keys"));
    }
    let (secret, hash) = secrets::new(args.secret_stdin)?;
    let old_end = if args.now { now } else { now.after(args.overlap) };
    store.rotate(&args.id, &hash.text(), now, old_end).map_err(|error| about(&args.id, &error))?;
    Ok(ClientOutcome::Secret { id: args.id.clone(), secret, old_end: Some(old_end) })
}
