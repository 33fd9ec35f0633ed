//! Words that are not commands, and the command that was probably meant.

/// The parent command; the words, separated by spaces; the intended command.
pub(super) const WORDS: &[(&str, &str, &str)] = &[
    ("", "server start run daemon up listen boot start-server oauth-server as", "serve"),
    ("", "demo", "serve --demo"),
    ("", "check validate check-config config configure configtest", "serve --check"),
    ("", "metrics", "serve --metrics-listen 127.0.0.1:9001"),
    (
        "",
        "login signin sign-in logon fetch auth authenticate authorize get-token gettoken access-token \
         tokens obtain issue request-token oauth oauth2 client-credentials credentials bearer grant",
        "token",
    ),
    ("", "refresh renew", "token --refresh"),
    ("", "logout signout sign-out revoke", "token --revoke"),
    ("", "whoami cache cached", "token --check"),
    ("", "clear clear-cache flush purge", "token --clear-cache"),
    ("", "profile profiles contexts", "token --list-profiles"),
    ("", "auth+logout auth+revoke", "token --revoke"),
    ("", "auth+status auth+whoami auth+check", "token --check"),
    ("", "auth+refresh auth+renew", "token --refresh"),
    (
        "",
        "auth+list config+get-contexts config+list config+profiles config+current-context",
        "token --list-profiles",
    ),
    ("", "secret+list secret+ls secrets+list", "client list"),
    ("", "secret+get secret+show secret+describe", "client show"),
    ("", "secret+create secret+new secret+add", "client add"),
    ("", "curl request http https api fetch-url invoke send wget", "call"),
    ("", "head post put patch", "call -X"),
    (
        "",
        "jwt jws decode verify debug judge parse explain dump view decode-token verify-token read \
         introspection analyze analyse",
        "inspect",
    ),
    ("", "introspect active", "inspect --introspect"),
    ("", "encode sign forge sign-token create-token make-token", "mint"),
    ("", "redact", "inspect --redact"),
    ("", "diff compare", "inspect --diff"),
    ("", "clients user users app apps application applications registry", "client"),
    ("", "register new", "client add"),
    ("", "setup quickstart bootstrap", "init"),
    ("", "hash", "client hash"),
    ("", "secret secrets", "client rotate"),
    ("", "keys jwk signing-key", "key"),
    ("", "jwks", "key list"),
    ("", "keygen generate-key genkey", "key generate"),
    ("", "completion complete autocomplete shell-completion shell", "completions"),
    ("", "docs doc documentation usage commands", "--help"),
    ("client", "new register insert make", "client add"),
    ("client", "get info describe view cat details inspect", "client show"),
    ("client", "edit modify change patch configure grant", "client set"),
    ("client", "del destroy drop unregister erase purge", "client remove"),
    ("client", "renew regenerate reset roll secret reset-secret new-secret rotate-secret", "client rotate"),
    ("client", "block suspend deactivate lock ban revoke off", "client disable"),
    ("client", "unblock activate unlock resume reactivate on", "client enable"),
    ("client", "load bulk bulk-add upload", "client import"),
    ("client", "all index", "client list"),
    ("client", "bcrypt argon2 digest hash-secret", "client hash"),
    ("client", "scope scopes permission permissions allow", "client set"),
    ("client", "log logs audit changes events", "client history"),
    ("client", "count number", "client list"),
    ("client", "search find filter grep", "client list --prefix"),
    ("client", "export dump backup save download", "store export"),
    ("client", "copy clone duplicate cp rename mv move", "client add"),
    ("client", "verify test try login token auth authenticate", "token --client-id"),
    ("key", "new add make gen", "key generate"),
    ("key", "revoke disable destroy del drop remove", "key retire"),
    ("key", "show get view info all status", "key list"),
    ("key", "roll renew replace update roll-over rollover promote activate enable use switch", "key rotate"),
    ("key", "seal encrypt wrap lock", "key reseal --new-key-file"),
    ("key", "unseal decrypt unwrap unlock", "key reseal --unseal"),
    ("key", "sign mint token", "token"),
    ("key", "log logs audit changes events", "key history"),
    ("", "backup dump", "store backup"),
    ("", "restore", "store restore"),
    ("", "store stores db database storage sqlite postgres postgresql", "store"),
    ("store", "dump save snapshot copy cp", "store backup"),
    ("store", "load recover rollback undo", "store restore"),
    ("store", "verify fsck integrity test status doctor validate info show ls list", "store check"),
    ("store", "clients download", "store export"),
    ("store", "upload", "store import"),
    // Words after `token`.
    ("token", "create get new fetch issue generate request obtain make print login acquire", "token"),
    ("token", "renew", "token --refresh"),
    ("token", "logout signout invalidate delete remove", "token --revoke"),
    ("token", "lookup show decode info introspect judge view verify", "inspect"),
    ("token", "list ls status cached valid", "token --check"),
    ("token", "clear purge flush", "token --clear-cache"),
    ("token", "profile profiles", "token --list-profiles"),
    ("token", "raw", "token -o raw"),
    ("token", "header bearer", "token -o header"),
    ("token", "env export", "token -o env"),
    ("token", "curl", "token -o curl"),
    // Words after `serve`.
    ("serve", "start run up server daemon now", "serve"),
    ("serve", "validate configtest", "serve --check"),
];

/// Words for which no command exists: parent command, words, hint. `{example}` is replaced with the next
/// word, if there is one.
pub(super) const ADVICE: &[(&str, &str, &str)] = &[
    ("", "stop shutdown halt kill quit", STOP),
    ("serve", "stop shutdown halt kill quit", STOP),
    ("", "reload restart hup", RELOAD),
    ("serve", "reload restart hup", RELOAD),
    ("", "status health healthz ping ready", HEALTH),
    ("serve", "status health healthz ping ready", HEALTH),
    (
        "",
        "logs log journal",
        "heistctl serve prints its log: heistctl serve > heistctl.log, or journalctl -u heistctl",
    ),
    (
        "",
        "scope scopes",
        "heistctl token --scope 'a b' requests scopes; heistctl client set ID --scope 'a b' allows them",
    ),
    (
        "",
        "config+set config+view config+get config+edit config+init",
        "heistctl help config lists the keys of heist.toml; heistctl token --list-profiles lists profiles",
    ),
    ("key", "export jwks jwk public publish pub pem print dump download cert", PUBLISHED),
    (
        "key",
        "import load upload",
        "key_file = \"{key.pem}\" under [signing] in heist.toml; a store makes its keys itself",
    ),
    (
        "key",
        "backup restore save",
        "the keys are in the store: a backup of it has them, sealed by HEISTCTL_STORE_KEY",
    ),
];

/// The row for a word below this parent command.
pub(super) fn row(table: &[(&str, &str, &'static str)], parent: &str, word: &str) -> Option<&'static str> {
    let is_row = |(of, words, _): &&(&str, &str, &'static str)| {
        *of == parent && words.split_whitespace().any(|known| known == word)
    };
    table.iter().find(is_row).map(|(_, _, meant)| *meant)
}

/// The row for a word and the next one, as `auth+logout`, or for the word; and how many words it stands for.
pub(super) fn row_of_pair(
    table: &[(&str, &str, &'static str)],
    parent: &str,
    word: &str,
    next: Option<&str>,
) -> Option<(&'static str, usize)> {
    let pair = next.map(|next| format!("{word}+{}", next.to_ascii_lowercase()));
    let of_pair = pair.and_then(|pair| row(table, parent, &pair)).map(|meant| (meant, 2));
    of_pair.or_else(|| row(table, parent, word).map(|meant| (meant, 1)))
}

const STOP: &str = "Ctrl-C or SIGTERM stops heistctl serve: kill PID; --ready-file FILE has the pid";
const RELOAD: &str =
    "kill -HUP PID makes heistctl serve read heist.toml again; --ready-file FILE has the pid";
const HEALTH: &str = "heistctl health tells whether a server is healthy";
/// How to get the public keys.
pub(super) const PUBLISHED: &str = "curl http://127.0.0.1:8001/.well-known/jwks.json prints a server's public keys; private ones stay in the store";

/// Replaces `{example}` in a hint with the typed value.
pub(super) fn fill(cure: &str, value: Option<&str>) -> String {
    let Some((before, rest)) = cure.split_once('{') else { return cure.to_owned() };
    let Some((example, after)) = rest.split_once('}') else { return cure.to_owned() };
    format!("{before}{}{after}", value.unwrap_or(example))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cure_has_the_value_that_was_typed_or_its_example() {
        assert_eq!(fill("--listen 127.0.0.1:{8001}", Some("9")), "--listen 127.0.0.1:9");
        assert_eq!(fill("--listen 127.0.0.1:{8001}", None), "--listen 127.0.0.1:8001");
        assert_eq!(fill("-q", Some("9")), "-q");
    }
}
