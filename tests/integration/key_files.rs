//! Keys in every wrapping, as the commands take them: what signs, what is registered, what is named.

use crate::support::{folder, heistctl, repository};
use serde_json::json;

fn fixture(name: &str) -> String {
    repository().join("tests/fixtures/keys").join(name).display().to_string()
}

#[test]
fn what_cannot_sign_is_named_for_clients_and_servers_alike() {
    for (name, part, hint) in [
        ("rsa-encrypted-pkcs1.pem", "it is encrypted", "openssl pkey -in "),
        ("rsa-encrypted-pkcs8.pem", "it is encrypted", "openssl pkey -in "),
        ("openssh-ed25519", "an OpenSSH private key", "ssh-keygen -p -m PKCS8 -f "),
        ("ed448.pem", "a key for Ed448", "openssl genpkey"),
        ("rsa-1024.pem", "1024 bits", "openssl genpkey"),
        ("store.p12", "PKCS#12", "openssl pkcs12 -in "),
    ] {
        let path = fixture(name);
        for flag in ["--client-key", "--dpop-key"] {
            let run =
                heistctl(["token", "--no-cache", "--token-url", "http://127.0.0.1:1/token", flag, &path]);
            let run = run.env("HEISTCTL_CLIENT_ID", "app").env("HEISTCTL_CLIENT_SECRET", "s");
            run.run().fails(2, &["error: ", name, part, "hint: ", hint]);
        }
        let toml = format!("store = 'memory:'\n[signing]\nkey_file = '{path}'\n");
        let folder = folder(&[("heist.toml", &toml)]);
        let check = heistctl(["serve", "--check"]).in_folder(folder.path()).run();
        check.fails(2, &["error: configuration: heist.toml: signing.key_file ", name, part, "hint: ", hint]);
    }
}

#[test]
fn a_server_signs_with_the_keys_that_clients_sign_with() {
    for (name, algorithm) in [
        ("p521.pem", "ES512"),
        ("secp256k1-explicit-compressed.pem", "ES256K"),
        ("rsa-pss.pem", "PS256"),
        ("rsa-pss-sha512.pem", "PS512"),
        ("p256.der", "ES256"),
    ] {
        let toml = format!("store = 'memory:'\n[signing]\nkey_file = '{}'\n", fixture(name));
        let folder = folder(&[("heist.toml", &toml)]);
        let check = heistctl(["serve", "--check", "--json"]).in_folder(folder.path()).run().exits(0);
        assert_eq!(check.json()["signing"], algorithm, "{name}");
    }
    let toml = format!("[signing]\nalgorithm = 'RS256'\nkey_file = '{}'\n", fixture("rsa-pss.pem"));
    let folder = folder(&[("heist.toml", &toml)]);
    let check = heistctl(["serve", "--check"]).in_folder(folder.path()).run();
    check.fails(2, &["rsa-pss.pem", "RSASSA-PSS only, not for RS256"]);
}

/// A client that signs with a key is registered by its public half, whatever forms the two have.
#[test]
fn assertions_and_proofs_are_signed_with_every_kind_of_key() {
    let pairs = [
        ("p521.pem", "p521-compressed.pub"),
        ("p521-explicit.pem", "p521-explicit.pub"),
        ("secp256k1-no-public.pem", "secp256k1-explicit-compressed.pub"),
        ("p256-compressed.pem", "p256-explicit-compressed.pub"),
        ("rsa-pss.pem", "rsa-pss.pub"),
        ("rsa-pss-sha512.pem", "rsa-pss-sha512.pub"),
        ("ed25519-v2.der", "ed25519.pub"),
        ("p256.der", "p256-certificate.pem"),
    ];
    let client = |(at, (_, public)): (usize, &(&str, &str))| {
        format!("[[client]]\nid = 'c{at}'\nscopes = ['a']\njwks = '{}'\n", fixture(public))
    };
    let clients: String = pairs.iter().enumerate().map(client).collect();
    let toml = format!("listen = '127.0.0.1:0'\nstore = 'memory:'\n{clients}");
    let folder = folder(&[("heist.toml", &toml)]);
    let server = heistctl(["serve"]).in_folder(folder.path()).serve();
    for (at, (private, _)) in pairs.iter().enumerate() {
        let (id, key) = (format!("c{at}"), fixture(private));
        let args =
            ["token", "--no-cache", "--issuer", server.url(), "--client-id", &id, "--client-key", &key];
        let bearer = heistctl(args).run().exits(0);
        assert!(bearer.stdout.starts_with("ey"), "{bearer}");
        let bound = heistctl(args.iter().chain(&["--dpop-key", &key, "-o", "json"])).run().exits(0);
        assert_eq!(bound.json()["token_type"], json!("DPoP"), "{bound}");
    }
}
