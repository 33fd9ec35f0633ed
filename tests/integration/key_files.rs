//! Keys in every wrapping, as the commands take them: what signs, what is registered, what is named.

use crate::support::tls::Authority;
use crate::support::{folder, heistctl, repository};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
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
        check
            .fails(2, &["error: configuration: heist.toml:3: signing.key_file ", name, part, "hint: ", hint]);
    }
}

#[test]
fn wrapped_stores_and_requests_are_named_with_the_command_that_converts_them() {
    let store = std::fs::read(fixture("store.p12")).unwrap();
    let der = signing_request();
    let request = format!(
        "-----BEGIN CERTIFICATE REQUEST-----\n{}\n-----END CERTIFICATE REQUEST-----\n",
        STANDARD.encode(&der)
    );
    let bundle = [0x30, 0x0f, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2, 0xa0, 2, 0x30, 0];
    let folder = folder(&[
        ("p12.b64", &STANDARD.encode(&store)),
        ("empty.pem", "\n"),
        ("request.pem", &request),
        ("request.b64", &STANDARD.encode(&der)),
        ("bundle.b64", &STANDARD.encode(bundle)),
    ]);
    let token = "eyJhbGciOiJSUzI1NiJ9.e30.AAAA";
    for (name, what, hint) in [
        ("p12.b64", "a PKCS#12 store (.p12, .pfx) in base64", "> decoded, then openssl pkcs12 -in decoded"),
        ("empty.pem", "it is empty", ""),
        ("request.pem", "a certificate signing request", "the authority made of it"),
        ("request.b64", "a certificate signing request", "the authority made of it"),
        ("bundle.b64", "a PKCS#7 bundle", "openssl pkcs7 -inform DER -in decoded -print_certs"),
    ] {
        let key = heistctl(["inspect", "--key", name, token]).in_folder(folder.path()).run();
        key.fails(2, &[name, what, hint]);
        let args = ["token", "--no-cache", "--token-url", "https://127.0.0.1:1/", "--cacert", name];
        let ran = heistctl(args).env("HEISTCTL_CLIENT_ID", "app").env("HEISTCTL_CLIENT_SECRET", "s");
        ran.in_folder(folder.path()).run().fails(2, &["certificates: ", name, what, hint]);
    }
}

fn signing_request() -> Vec<u8> {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.serialize_request(&key).unwrap().der().to_vec()
}

/// What a client shows and a server serves is read as keys are.
#[test]
fn certificates_are_read_in_every_wrapping_that_keys_have() {
    let authority = Authority::new("authority");
    let issued = authority.issue("localhost");
    let escaped = issued.pem.replace("\r\n", "\n").replace('\n', "\\n");
    let store = std::fs::read(fixture("store.p12")).unwrap();
    let marked = format!("\u{feff}{}", authority.pem);
    let toml = "listen = '127.0.0.1:0'\n[tls]\ncert_file = 'cert.pem'\nkey_file = 'key.pem'\n\
                client_ca_file = 'authority.pem'\n[[client]]\nid = 'app'\nauth_method = 'self_signed_tls_client_auth'\ntls_certificate = 'cert.pem'\n";
    let folder = folder(&[
        ("heist.toml", toml),
        ("cert.pem", &escaped),
        ("key.pem", &issued.key),
        ("authority.pem", &marked),
    ]);
    std::fs::write(folder.path().join("cert.p12"), &store).unwrap();
    std::fs::write(folder.path().join("cert.der"), &issued.der).unwrap();
    let server = heistctl(["serve"]).in_folder(folder.path()).serve();
    let url = format!("{}/oauth/token", server.url()).replace("127.0.0.1", "localhost");
    let token = |more: &[&str]| {
        let args = ["token", "--no-cache", "--token-url", &url, "--cacert", "authority.pem"];
        let run = heistctl(args.iter().chain(more)).in_folder(folder.path());
        run.env("HEISTCTL_CLIENT_ID", "app").run()
    };
    for cert in ["cert.pem", "cert.der"] {
        token(&["--client-cert", cert, "--client-cert-key", "key.pem"]).exits(0);
    }
    let hint = "hint: openssl pkcs12 -in cert.p12 ";
    token(&["--client-cert", "cert.p12", "--client-cert-key", "key.pem"]).fails(2, &["PKCS#12", hint]);
    token(&["--client-cert", "cert.pem", "--client-cert-key", "cert.p12"]).fails(2, &["PKCS#12", hint]);
    std::fs::copy(folder.path().join("cert.p12"), folder.path().join("authority.pem")).unwrap();
    let check = heistctl(["serve", "--check"]).in_folder(folder.path()).run();
    check.fails(2, &["client_ca_file", "PKCS#12", "openssl pkcs12 -in "]);
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
