//! What only a server needs is not for the programs that it starts.

use super::store::{PASSWORD, SIGNING_SECRET, STORE, StoreUrl};
use super::store_key::{NEW_STORE_KEY, NEW_STORE_KEY_FILE, STORE_KEY, STORE_KEY_FILE};
use std::process::Command;

/// Takes from a program's environment what only a server needs: what signs its tokens, what seals its keys,
/// what opens its database, and the service manager's sockets.
pub(super) fn without_server_secrets(command: &mut Command) {
    const SECRETS: [&str; 9] = [
        STORE_KEY,
        STORE_KEY_FILE,
        NEW_STORE_KEY,
        NEW_STORE_KEY_FILE,
        SIGNING_SECRET,
        PASSWORD,
        "PGPASSFILE",
        "PGSSLPASSWORD",
        "CREDENTIALS_DIRECTORY",
    ];
    const MANAGER: [&str; 6] =
        ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"];
    for name in SECRETS.iter().chain(&MANAGER) {
        command.env_remove(name);
    }
    // A store without a password is fine: a script may register clients there. In what cannot be read there may
    // be one.
    let store = StoreUrl::named(None, None);
    if !store.is_ok_and(|store| store.is_none_or(|store| !store.has_password())) {
        command.env_remove(STORE);
    }
}
