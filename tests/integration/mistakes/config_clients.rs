//! Mistakes in `[[client]]` and `[signing]`: secrets and their hashes, keys, methods, scopes.

use super::config::{KEY, Row, all_are_explained, is_explained};
use crate::support::keys::Key;
use crate::support::{folder, heistctl, repository};

const HEX: &str = "f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7";

const SIGNING: [Row; 9] = [
    (
        "[signing]\nalgorithm = 'es256'\n",
        "heist.toml:2: algorithm \"es256\" is not offered",
        "algorithm = \"ES256\"",
    ),
    ("[signing]\nalgorithm = 'none'\n", "algorithm \"none\" is not offered", "algorithm = \"ES256\""),
    ("[signing]\nalgorithm = 'RSA'\n", "is not offered", "RS256"),
    (
        "[signing]\nalgorithm = 'HS256'\n",
        "heist.toml:2: HS256 needs a signing secret",
        "secret_file = \"signing.secret\"",
    ),
    (
        "[signing]\nsecret_file = 'key'\nkey_file = 'key'\n",
        "heist.toml:1: [signing] has more than one of key_file, secret_env and secret_file",
        "keep one",
    ),
    (
        "[signing]\nkey_file = 'nowhere.pem'\n",
        "heist.toml:2: key_file: cannot read ./nowhere.pem: there is no such file",
        "key_file = \"signing.pem\"",
    ),
    (
        "[signing]\nsecret_env = 'NOT_SET'\n",
        "heist.toml:2: signing.secret_env names NOT_SET, which is not set",
        "export NOT_SET",
    ),
    (
        "[signing]\nsecret_env = 'a secret, hunter2'\n",
        "signing.secret_env is not the name of an environment variable",
        "secret_env = \"SIGNING_SECRET\"",
    ),
    ("[signing]\nsecret_file = 'key'\nrotate_every = '30d'\n", "heist.toml:3: rotate_every", "remove"),
];

const CLIENTS: [Row; 21] = [
    (
        "[[client]]\nid = 'a'\n",
        "heist.toml:1: client \"a\": it has no secret and no key",
        "secret_file = \"app.secret\"",
    ),
    (
        "[[client]]\nid = 'a'\nsecret_env = 'A'\nsecret_file = 'key'\n",
        "heist.toml:4: client \"a\": it has both secret_env and secret_file",
        "keep one",
    ),
    (
        "[[client]]\nid = 'a'\nsecret_env = 'NOT_SET'\n",
        "heist.toml:3: client \"a\": secret_env names NOT_SET, which is not set",
        "export NOT_SET",
    ),
    (
        "[[client]]\nid = 'a'\nsecret_env = 'hunter2!'\n",
        "secret_env is not the name of an environment variable",
        "secret_env = \"APP_SECRET\"",
    ),
    (
        "[[client]]\nid = 'a'\nsecret_file = 'nowhere'\n",
        "heist.toml:3: client \"a\": secret_file: cannot read ./nowhere: there is no such file",
        "heist",
    ),
    (
        "[[client]]\nid = 'a'\nsecret_file = '~/app.secret'\n",
        "it begins with ~, which only a shell expands",
        "secret_file = \"app.secret\"",
    ),
    ("[[client]]\nid = 'a'\nsecret_hash = 'md5:abc'\n", "secret_hash", "sha256sum"),
    (
        "[[client]]\nid = 'a'\nsecret_hash = '$2b$12$abcdefghijklmnopqrstuv'\n",
        "secret_hash is a bcrypt hash",
        "heistctl client hash",
    ),
    (
        "[[client]]\nid = 'a'\nsecret_file = 'key'\nauth_method = 'none'\n",
        "heist.toml:4: client \"a\": auth_method \"none\" is not offered",
        "client_secret_basic",
    ),
    (
        "[[client]]\nid = 'a'\nsecret_file = 'key'\nauth_method = 'basic'\n",
        "auth_method \"basic\" is not offered",
        "auth_method = \"client_secret_basic\"",
    ),
    (
        "[[client]]\nid = 'a'\nsecret_file = 'key'\nauth_method = 'private-key-jwt'\n",
        "is not offered",
        "auth_method = \"private_key_jwt\"",
    ),
    (
        "[[client]]\nid = 'a'\nsecret_file = 'key'\nauth_method = 'private_key_jwt'\n",
        "client \"a\": it has a secret and keys",
        "jwks = \"app.jwks.json\"",
    ),
    (
        "[[client]]\nid = 'a'\nauth_method = 'private_key_jwt'\n",
        "private_key_jwt needs jwks or jwks_uri",
        "jwks = \"app.jwks.json\"",
    ),
    (
        "[[client]]\nid = 'a'\nsecret_file = 'key'\nscopes = ['a b']\n",
        "heist.toml:4: client \"a\": scopes: \"a b\" has a blank",
        "scopes = [\"a\", \"b\"]",
    ),
    (
        "[[client]]\nid = 'a'\nsecret_file = 'key'\ndefault_scopes = ['x']\n",
        "heist.toml:4: client \"a\": default_scopes has x",
        "scopes",
    ),
    (
        "[[client]]\nid = 'a'\nsecret_file = 'key'\ndpop = 'always'\n",
        "dpop is neither \"optional\" nor \"required\"",
        "dpop = \"required\"",
    ),
    (
        "[[client]]\nid = 'a'\njwks_uri = 'http://as.example.com/jwks'\n",
        "jwks_uri: it is plain http to another host",
        "https://as.example.com/jwks",
    ),
    (
        "[[client]]\nid = 'a'\nsecret_file = 'key'\nclaims = { sub = 'x' }\n",
        "heist.toml:4: client \"a\": claims",
        "claims = { team = \"orders\" }",
    ),
    ("[[client]]\nid = ''\nsecret_file = 'key'\n", "heist.toml:2: client \"\": ", "id = \"app\""),
    (
        "[[client]]\nid = 'a'\nsecret_file = 'key'\ntls_certificate = 'key'\n",
        "it has a certificate or its name, which its auth_method does not use",
        "auth_method",
    ),
    (
        "[[client]]\nid = 'a'\nauth_method = 'tls_client_auth'\ntls_client_auth_san_dns = 'a.example.com'\n",
        "the server has no TLS",
        "[tls]",
    ),
];

#[test]
fn signing_is_explained() {
    all_are_explained(&SIGNING);
}

#[test]
fn clients_are_explained() {
    all_are_explained(&CLIENTS);
}

#[test]
fn a_hash_without_its_name_is_shown_with_it() {
    let toml = format!("[[client]]\nid = 'a'\nsecret_hash = '{HEX}'\n");
    let folder = folder(&[("heist.toml", &toml)]);
    let cure = "secret_hash = \"sha256:…\"";
    is_explained(
        folder.path(),
        "heist.toml:3: client \"a\": secret_hash has no sha256: before its digits",
        cure,
    );
    let short = toml.replace(&HEX[..4], "");
    std::fs::write(folder.path().join("heist.toml"), short.replace("= '", "= 'sha256:")).unwrap();
    is_explained(folder.path(), "secret_hash has 60 hexadecimal digits, not 64", "sha256sum");
}

#[test]
fn a_short_secret_is_warned_of_and_lines_that_are_half_a_secret_too() {
    let toml = "[[client]]\nid = 'a'\nsecret_file = 'short'\nscopes = ['x']\n";
    let folder = folder(&[("heist.toml", toml), ("short", "hunter2\n")]);
    let ran = heistctl(["serve", "--check", "--store", "memory:"]).in_folder(folder.path()).run().exits(0);
    assert!(ran.stdout.contains("client \"a\"") && ran.stdout.contains("short"), "{ran}");
    assert!(!ran.stdout.contains("hunter2"), "{ran}");
}

#[test]
fn keys_of_another_kind_are_named_with_the_command_that_mends_them() {
    let fixture = |name: &str| std::fs::read(repository().join("tests/fixtures/keys").join(name)).unwrap();
    let key = Key::for_alg("ES256");
    let toml = "[signing]\nkey_file = 'k.pem'\n";
    let folder = folder(&[KEY, ("heist.toml", toml)]);
    for (bytes, cause, cure) in [
        (
            fixture("rsa-encrypted-pkcs8.pem"),
            "heist.toml:2: signing.key_file ./k.pem: it is encrypted",
            "openssl pkey -in ./k.pem -out",
        ),
        (
            fixture("rsa-encrypted-pkcs1.pem"),
            "heist.toml:2: signing.key_file ./k.pem: it is encrypted",
            "openssl pkey -in ./k.pem -out",
        ),
        (fixture("openssh-ed25519"), "an OpenSSH private key", "ssh-keygen -p -m PKCS8 -f"),
        (fixture("p256-compressed.pub"), "a public key", "private key"),
        (fixture("store.p12"), "a PKCS#12 store", "openssl pkcs12"),
        (key.certificate_pem().into_bytes(), "a certificate", "private key"),
        (Vec::new(), "it is empty", "openssl genpkey"),
    ] {
        std::fs::write(folder.path().join("k.pem"), bytes).unwrap();
        let ran = is_explained(folder.path(), cause, cure);
        assert_eq!(ran.stderr.lines().count(), 2, "{ran}");
    }
    let toml = "[[client]]\nid = 'a'\njwks = 'k.pem'\n";
    std::fs::write(folder.path().join("heist.toml"), toml).unwrap();
    std::fs::write(folder.path().join("k.pem"), key.private_pem()).unwrap();
    is_explained(
        folder.path(),
        "heist.toml:3: client \"a\": jwks holds a private key",
        "openssl pkey -in ./k.pem -pubout",
    );
}
