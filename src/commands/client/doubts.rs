//! Notes on valid settings that may be mistakes.

use crate::cli::{AddArgs, ClientCommand, SetArgs, scope_doubt, scope_list};

pub(super) const NO_SCOPE: &str = "it has no scope: its tokens identify it, and allow nothing";

/// Notes on a command as typed.
pub(super) fn of(command: &ClientCommand) -> Vec<String> {
    let flags = match command {
        ClientCommand::Add(AddArgs { client, .. }) | ClientCommand::Set(SetArgs { client, .. }) => client,
        ClientCommand::List(list) => {
            let unused = list.unused.as_ref();
            return unused.and_then(|time| time.note("--unused", "d", "days")).into_iter().collect();
        }
        _ => return Vec::new(),
    };
    let lifetime = flags.lifetime.as_ref().and_then(|time| time.note("--lifetime", "m", "minutes"));
    let scopes = scope_list(&flags.scope).ok().and_then(|scopes| scope_doubt(&scopes));
    lifetime.into_iter().chain(scopes).collect()
}
