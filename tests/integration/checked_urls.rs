//! URLs and placeholders that `serve --check` finds: what can never work is refused, the rest is a warning.

use crate::support::checked::{CLIENT, private, refused, warnings};
use std::path::Path;

fn write(folder: &Path, toml: &str) {
    std::fs::write(folder.join("heist.toml"), toml).unwrap();
}

#[test]
fn an_issuer_that_is_no_url_is_told_with_the_one_that_was_meant() {
    let folder = private(CLIENT, &[]);
    let issuer = |text: &str| write(folder.path(), &format!("issuer = '{text}'\n{CLIENT}"));
    for (text, url) in [
        ("https:a", "write issuer = \"https://a\""),
        ("http:/x", "write issuer = \"https://x\""),
        ("https//x", "write issuer = \"https://x\""),
        ("HTTPS:as.example.com", "write issuer = \"https://as.example.com\""),
        ("//as.example.com", "write issuer = \"https://as.example.com\""),
    ] {
        issuer(text);
        refused(folder.path(), &[], &["the issuer", "is not a URL", url]);
        refused(folder.path(), &["--issuer", text], &["the issuer", "is not a URL", url]);
    }
    for (text, url) in [
        ("localhost:8080", "write issuer = \"http://localhost:8080\""),
        ("as.example.com:8443", "write issuer = \"https://as.example.com:8443\""),
        ("urn:example:as", "write issuer = \"https://as.example.com\""),
    ] {
        issuer(text);
        let found = warnings(folder.path(), &[]);
        assert!(found.len() == 1 && found[0].contains(url), "{text}: {found:?}");
    }
    for (text, why) in [
        ("", "the issuer is empty"),
        (" https://a", "a blank"),
        ("https://a b", "a blank"),
        ("https://b\u{fc}ro.de", "xn--"),
        ("https://u:p@a.example", "credentials"),
        ("https://a.example/?b", "a query"),
        ("https://a.example:0", "port 0"),
        ("https://[HOST]", "is not an IPv6 address"),
        ("https://10.0.0.256", "is not an IPv4 address"),
        ("https://010.0.0.1", "is not an IPv4 address"),
        ("https://0.0.0.0:8443", "clients cannot connect to it"),
        ("https://t..example.org", "an empty label"),
        ("https://t,example.org", "the character ','"),
        ("https://a.example/%2", "a % without"),
        (&format!("https://{}.example.org", "a".repeat(64)), "too long"),
    ] {
        issuer(text);
        refused(folder.path(), &[], &["the issuer", why]);
    }
}

#[test]
fn a_public_url_that_clients_cannot_use_is_told() {
    let folder = private(CLIENT, &[]);
    let urls = |issuer: &str, public: &str| {
        write(folder.path(), &format!("issuer = '{issuer}'\npublic_url = '{public}'\n{CLIENT}"));
    };
    const ISSUER: &str = "https://as.example.com";
    for (text, parts) in [
        ("https://u:p@a.example", ["credentials", "https://tokens.example.com"]),
        ("https://a.example/?b", ["a query", "https://tokens.example.com"]),
        ("https://a.example/#b", ["a fragment", "https://tokens.example.com"]),
        ("https://a.example:0", ["port 0", "the port that clients use"]),
        ("https://a.example ", ["a blank", "write public_url = \"https://a.example"]),
        ("a.example:8443", ["is not a URL", "write public_url = \"https://a.example:8443"]),
        ("https:a.example", ["is not a URL", "write public_url = \"https://a.example"]),
        ("", ["is empty", "write public_url = \"https://"]),
    ] {
        urls(ISSUER, text);
        refused(folder.path(), &[], &["public_url", parts[0], parts[1]]);
    }
    for (issuer, public, told) in [
        (ISSUER, "http://as.example.com", "public_url is http and the issuer https"),
        ("http://localhost:8001", ISSUER, "public_url is https and the issuer http"),
        (ISSUER, "https://AS.example.com", "write public_url = \"https://as.example.com\""),
        (ISSUER, "HTTPS://as.example.com", "write public_url = \"https://as.example.com\""),
        ("https://AS.Example.com:443/x", ISSUER, "write issuer = \"https://as.example.com/x\""),
        ("https://as.example.com.", ISSUER, "write issuer = \"https://as.example.com\""),
        ("https://as.example.com/oauth/token", ISSUER, "write issuer = \"https://as.example.com\""),
        (ISSUER, "https://a.example/x/.well-known/jwks.json", "write public_url = \"https://a.example/x\""),
    ] {
        urls(issuer, public);
        let found = warnings(folder.path(), &[]);
        assert!(found.len() == 1 && found[0].contains(told), "{issuer} {public}: {found:?}");
    }
    urls(ISSUER, "https://tokens.example.com/base/");
    assert_eq!(warnings(folder.path(), &[]), Vec::<String>::new());
}

const PLACEHOLDERS: [&str; 9] =
    ["${HOST}", "$HOST", "$(HOST)", "{{HOST}}", "<HOST>", "%HOST%", "@HOST@", "YOUR_DOMAIN", "CHANGEME"];

#[test]
fn a_url_with_a_placeholder_can_never_work() {
    let folder = private(CLIENT, &[]);
    for placeholder in PLACEHOLDERS {
        let url = format!("https://{placeholder}/x");
        let keys = "[[client]]\nid = 'b'\nscopes = ['x']\n";
        for (key, toml) in [
            ("issuer", format!("issuer = '{url}'\n{CLIENT}")),
            ("public_url", format!("public_url = '{url}'\n{CLIENT}")),
            ("client \"b\": jwks_uri", format!("{keys}jwks_uri = '{url}'\n")),
        ] {
            write(folder.path(), &toml);
            let still = format!("{key} still has the placeholder {placeholder}");
            refused(folder.path(), &[], &[&still, "write the value itself"]);
        }
    }
}

#[test]
fn a_placeholder_anywhere_else_is_named_with_its_key() {
    let folder = private(CLIENT, &[]);
    for placeholder in PLACEHOLDERS {
        let client = format!(
            "[[client]]\nid = 'a {placeholder}'\nsecret_file = 'secret'\nscopes = ['x']\n\
             audiences = ['urn:x']\nclaims = {{ tenant = '{placeholder}' }}\n"
        );
        write(
            folder.path(),
            &format!("audience = '{placeholder}'\naudit_log = 'audit-{placeholder}'\n{client}"),
        );
        let found = warnings(folder.path(), &[]);
        for key in ["audience", "audit_log", "client.id", "client.claims.tenant"] {
            let told = format!("{key}: {placeholder} ");
            assert!(found.iter().any(|warning| warning.starts_with(&told)), "{told}: {found:?}");
        }
    }
    write(folder.path(), &format!("issuer = 'https://your-server.example.com'\n{CLIENT}"));
    let found = warnings(folder.path(), &[]);
    assert_eq!(found, ["issuer: your-server looks like a placeholder: replace it if it is one"]);
}

#[test]
fn where_a_placeholder_makes_something_wrong_it_is_the_hint() {
    let folder = private(CLIENT, &[]);
    let client = |rest: &str| format!("[[client]]\nid = 'a'\n{rest}\n");
    for (toml, what) in [
        ("listen = '${X}:8001'".to_owned(), "listen: \"${X}:8001\" has"),
        ("token_lifetime = '${X}'".to_owned(), "not a duration"),
        ("signing.key_file = '${X}/key.pem'".to_owned(), "cannot read"),
        ("signing.secret_env = '${X}'".to_owned(), "is not the name of an environment variable"),
        (client("secret_file = '${X}'"), "cannot read"),
        (client("secret_hash = '${X}'"), "not a secret hash"),
        (client("jwks = '${X}'"), "cannot read"),
        (client("secret_file = 'secret'\naudiences = ['${X}']"), "not an absolute URI"),
    ] {
        write(folder.path(), &toml);
        refused(folder.path(), &[], &[what, "${X} is a placeholder", "write the value itself"]);
    }
}
