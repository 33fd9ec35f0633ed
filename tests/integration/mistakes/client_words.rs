//! Words that people type after `heistctl client` and `heistctl key`: commands of other tools, ids where none
//! belong, secrets in argv.

use super::usage::are_explained;
use crate::support::heistctl;

#[test]
fn commands_of_other_tools_name_ours() {
    are_explained(&[
        (&["client", "export"], "no command \"export\"", "heistctl store export"),
        (&["client", "dump"], "\"dump\"", "heistctl store export"),
        (&["client", "backup"], "\"backup\"", "heistctl store export"),
        (&["client", "copy", "a", "b"], "\"copy\"", "heistctl client add"),
        (&["client", "clone", "a", "b"], "\"clone\"", "heistctl client add"),
        (&["client", "rename", "a", "b"], "\"rename\"", "heistctl client add"),
        (&["client", "count"], "\"count\"", "heistctl client list"),
        (&["client", "search", "x"], "\"search\"", "heistctl client list --prefix"),
        (&["client", "find", "x"], "\"find\"", "heistctl client list --prefix"),
        (&["client", "verify", "a"], "\"verify\"", "heistctl token --client-id"),
        (&["client", "test", "a"], "\"test\"", "heistctl token --client-id"),
        (&["client", "login", "a"], "\"login\"", "heistctl token --client-id"),
        (&["client", "token", "a"], "\"token\"", "heistctl token --client-id"),
        (&["client", "enabled"], "\"enabled\"", "heistctl client enable"),
        (&["client", "scopes", "a"], "\"scopes\"", "heistctl client set"),
        (&["client", "scope", "a"], "\"scope\"", "heistctl client set"),
        (&["client", "log"], "\"log\"", "heistctl client history"),
        (&["client", "audit"], "\"audit\"", "heistctl client history"),
        (&["client", "backend"], "no command \"backend\"", "heistctl client show backend"),
        (&["key", "export"], "no command \"export\"", "/.well-known/jwks.json"),
        (&["key", "jwks"], "\"jwks\"", "/.well-known/jwks.json"),
        (&["key", "public"], "\"public\"", "/.well-known/jwks.json"),
        (&["key", "import", "k.pem"], "\"import\"", "key_file = \"k.pem\""),
        (&["key", "import"], "\"import\"", "key_file = \"key.pem\""),
        (&["key", "load", "k.pem"], "\"load\"", "key_file = \"k.pem\""),
        (&["key", "seal"], "\"seal\"", "heistctl key reseal --new-key-file"),
        (&["key", "encrypt"], "\"encrypt\"", "heistctl key reseal --new-key-file"),
        (&["key", "unseal"], "\"unseal\"", "heistctl key reseal --unseal"),
        (&["key", "decrypt"], "\"decrypt\"", "heistctl key reseal --unseal"),
        (&["key", "promote"], "\"promote\"", "heistctl key rotate"),
        (&["key", "activate", "x"], "\"activate\"", "heistctl key rotate"),
        (&["key", "sign"], "\"sign\"", "heistctl token"),
        (&["key", "log"], "\"log\"", "heistctl key history"),
        (&["db"], "\"db\"", "heistctl store"),
        (&["secret"], "\"secret\"", "heistctl client rotate"),
    ]);
}

#[test]
fn a_word_too_many_is_answered_with_its_place() {
    are_explained(&[
        (
            &["client", "add", "a", "orders:read"],
            "\"orders:read\" is not part of a flag",
            "--scope 'orders:read'",
        ),
        (&["client", "set", "a", "x:r", "x:w"], "\"x:r\"", "--scope 'x:r x:w'"),
        (&["client", "show", "a", "b"], "\"b\" is one argument too many", "one id at a time"),
        (&["client", "remove", "a", "b", "c"], "\"b\" is one argument too many", "one id at a time"),
        (&["client", "list", "a"], "\"a\" is one argument too many", "heistctl client show a"),
        (
            &["client", "import", "a", "b"],
            "\"b\" is one argument too many",
            "cat a b | heistctl client import -",
        ),
        (&["key", "generate", "ES256"], "\"ES256\" is one argument too many", "--algorithm ES256"),
        (&["key", "rotate", "RS256"], "\"RS256\"", "--algorithm RS256"),
        (&["key", "rotate", "q3v5"], "\"q3v5\"", "heistctl key rotate"),
        (&["key", "reseal", "new.key"], "\"new.key\"", "--new-key-file new.key"),
        (&["key", "reseal", "Summer2026!"], "not shown", "--new-key-file FILE"),
        (&["key", "list", "q3v5"], "\"q3v5\"", "heistctl key list"),
        (&["key", "history", "q3v5"], "\"q3v5\"", "heistctl key history"),
        (&["key", "retire", "a", "b"], "\"b\"", "one id at a time"),
        (&["client", "list", "--sort", "id"], "no --sort", "sorted by id"),
        (&["client", "list", "--all"], "no --all", "leave it out"),
        (&["client", "list", "--enabled"], "no --enabled", "--disabled"),
        (&["client", "list", "--filter", "x"], "no --filter", "--prefix x"),
        (&["client", "list", "--limit", "0"], "--limit: \"0\" is too small", "--limit 100"),
        (&["client", "list", "--limit", "all"], "--limit: \"all\" is not a whole number", "leave it out"),
        (&["client", "list", "--limit=-1"], "--limit: \"-1\" is too small", "--limit 100"),
        (&["client", "history", "--since", "1d"], "no --since", "all changes are listed"),
        (&["client", "set", "a", "--disabled"], "no --disabled", "heistctl client disable ID"),
        (&["client", "set", "a", "--enabled"], "no --enabled", "heistctl client enable ID"),
        (&["client", "set", "a", "--introspect", "maybe"], "--introspect: \"maybe\"", "true"),
        (&["client", "add", "a", "--disabled"], "no --disabled", "heistctl client disable ID"),
        (&["key", "rotate", "--force"], "no --force", "--now"),
        (&["key", "rotate", "--at", "12:00"], "no --at", "--now"),
        (&["key", "generate", "--out", "k.pem"], "no --out", "stay in the store"),
        (&["key", "reseal", "--key", "k"], "no --key", "--new-key-file"),
        (&["key", "list", "--public"], "no --public", "/.well-known/jwks.json"),
    ]);
}

/// A word after the id may be the secret: it is neither shown nor taken.
#[test]
fn a_secret_in_argv_is_not_shown_and_sent_to_stdin() {
    for typed in [
        &["client", "hash", "hunter2"][..],
        &["client", "hash", "my secret value"],
        &["client", "add", "a", "hunter2"],
        &["client", "add", "a", "--secret-stdin", "hunter2"],
        &["client", "rotate", "a", "hunter2"],
        &["client", "rotate", "a", "--secret-stdin", "hunter2"],
        &["client", "rotate", "a", "--secret-stdin=hunter2"],
        &["client", "set", "a", "hunter2"],
    ] {
        let ran = heistctl(typed).run().fails(2, &["error: usage: ", "hint: ", "< FILE"]);
        assert!(!ran.stderr.contains("hunter2") && !ran.stderr.contains("my secret"), "{ran}");
    }
}
