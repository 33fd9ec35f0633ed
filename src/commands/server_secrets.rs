//! Keeps the server's secrets from its child processes.

use super::store::{PASSWORD, SIGNING_SECRET, STORE, StoreUrl};
use super::store_key::{NEW_STORE_KEY, NEW_STORE_KEY_FILE, STORE_KEY, STORE_KEY_FILE};
use std::process::Command;

/// Removes the server's secrets from a child's environment: signing secrets, store keys, database passwords,
/// and the service manager's sockets.
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
    // Keep a store URL without a password: a script may register clients there. A URL that cannot be parsed
    // may have a password.
    let store = StoreUrl::named(None);
    if !store.is_ok_and(|store| store.is_none_or(|store| !store.value.has_password())) {
        command.env_remove(STORE);
    }
}
