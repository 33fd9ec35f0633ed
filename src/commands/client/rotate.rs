//! `client rotate`: gives a client a new secret.

use super::failures::{PHASE, about, one};
use super::report::ClientOutcome;
use super::secrets::SecretWriter;
use crate::cli::RotateArgs;
use crate::clock::Timestamp;
use crate::exit::{Exit, Failure};
use crate::registry::store::Store;
use crate::text::shell_word;

/// Older secrets expire after the overlap, or at once with `--now`.
pub(super) fn rotate_secret(
    store: &dyn Store,
    args: &RotateArgs,
    secrets: &SecretWriter,
    now: Timestamp,
    notes: &mut Vec<String>,
) -> Result<ClientOutcome, Failure> {
    let record = one(store, &args.id)?.record;
    if !record.needs_secret() {
        let (has, flag) = match (record.has_keys(), &record.tls_certificate) {
            _ if !record.federated.is_empty() && record.auth_method.is_none() => {
                ("rules for identities", "--auth-method client_secret_basic gives it a secret beside them")
            }
            (true, _) => ("keys", "--jwks FILE gives it other keys"),
            (false, Some(_)) => ("a certificate", "--tls-certificate FILE gives it another one"),
            (false, None) => {
                ("a certificate", "--tls-san-dns NAME, or another --tls-… flag, gives it another name")
            }
        };
        let what = format!("client {:?} has {has}, not a secret", args.id);
        return Err(Failure::new(Exit::Usage, PHASE, what)
            .hint(format!("heistctl client set {} {flag}", shell_word(&args.id))));
    }
    let (secret, kept) = secrets.new_secret(&record, args.secret_stdin, notes)?;
    let old_end = if args.now { now } else { now.after(args.overlap) };
    store.rotate(&args.id, &kept, now, old_end).map_err(|error| about(&args.id, &error))?;
    Ok(ClientOutcome::Secret { id: args.id.clone(), secret, old_end: Some(old_end) })
}
