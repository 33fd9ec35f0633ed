//! `client set`, `client disable` and `client enable`: change a client's record.

use super::doubts::NO_SCOPE;
use super::failures::{PHASE, about};
use super::record::{Credentials, apply, checked, clear, key_notes};
use super::report::ClientOutcome;
use crate::cli::SetArgs;
use crate::clock::Timestamp;
use crate::exit::{Exit, Failure};
use crate::registry::record::ClientRecord;
use crate::registry::store::Store;
use crate::text::shell_word;

/// Changes the settings that the flags name.
pub(super) fn set_client(
    store: &dyn Store,
    args: &SetArgs,
    now: Timestamp,
    notes: &mut Vec<String>,
) -> Result<ClientOutcome, Failure> {
    let read = Credentials::read(&args.client)?;
    let named = ClientRecord {
        id: args.id.clone(),
        jwks: read.jwks.clone(),
        tls_certificate: read.certificate.clone(),
        ..ClientRecord::default()
    };
    notes.extend(key_notes(&named, now));
    if !args.client.scope.is_empty() && args.client.scope.iter().all(|scope| scope.trim().is_empty()) {
        notes.push(NO_SCOPE.to_owned());
    }
    let (mut refused, mut lacks_secret) = (None, false);
    let mut change = |there: &ClientRecord| {
        let mut record = there.clone();
        let changed = clear(&mut record, &args.clear, &args.client)
            .and_then(|()| apply(&mut record, &args.client, read.clone()))
            .and_then(|()| checked(record));
        let changed = changed.map_err(|failure| refused = Some(failure)).ok()?;
        // A secret is stored in another form for it, or there is none.
        let is_other = changed.signs_with_secret() != there.signs_with_secret() || !there.needs_secret();
        lacks_secret = changed.needs_secret() && is_other;
        Some(changed)
    };
    let changed = store.change(&args.id, &mut change).map_err(|error| about(&args.id, &error))?;
    match (refused, changed) {
        (Some(failure), _) => Err(failure),
        (None, false) => Err(Failure::new(Exit::Usage, PHASE, "there is nothing to change").hint(format!(
            "heistctl client set {} --scope 'a b', or another flag of client set -h",
            shell_word(&args.id)
        ))),
        (None, true) if lacks_secret => {
            notes.push(format!(
                "client {} has no secret for its new auth_method: heistctl client rotate {} --now makes one",
                args.id,
                shell_word(&args.id)
            ));
            Ok(ClientOutcome::Done { id: args.id.clone(), what: "changed" })
        }
        (None, true) => Ok(ClientOutcome::Done { id: args.id.clone(), what: "changed" }),
    }
}

pub(super) fn switch(store: &dyn Store, id: &str, disabled: bool) -> Result<ClientOutcome, Failure> {
    let mut change = |there: &ClientRecord| Some(ClientRecord { disabled, ..there.clone() });
    store.change(id, &mut change).map_err(|error| about(id, &error))?;
    Ok(ClientOutcome::Done { id: id.to_owned(), what: if disabled { "disabled" } else { "enabled" } })
}
