//! Certificates that `serve --check` finds wanting: what clients refuse of the server's, what the server refuses
//! of theirs, and names that none of them can have. A start says the same.

use crate::support::checked::{CLIENT, private, refused, warnings};
use crate::support::heistctl;
use crate::support::keys::Key;
use crate::support::tls::{Authority, Issued, good_for, self_signed};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};
use serde_json::json;

const TLS: &str = "issuer = 'https://localhost:8443'\n[tls]\ncert_file = 'cert.pem'\nkey_file = 'key.pem'\n";

/// What is warned of where that is served.
fn served(pem: &str, key: &str) -> Vec<String> {
    let folder = private(&format!("{TLS}{CLIENT}"), &[("cert.pem", pem), ("key.pem", key)]);
    warnings(folder.path(), &[])
}

fn changed(authority: &Authority, change: impl FnOnce(&mut CertificateParams)) -> Issued {
    authority.issue_with("localhost", change)
}

#[test]
fn a_certificate_that_clients_refuse_is_told_with_the_reason() {
    let authority = Authority::new("authority");
    let good = authority.issue("localhost");
    assert_eq!(served(&good.pem, &good.key), Vec::<String>::new());
    for (issued, why) in [
        (
            changed(&authority, |params| {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]
            }),
            "it is for clientAuth only, not for serverAuth",
        ),
        (
            changed(&authority, |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
            "it is an authority's (CA:TRUE)",
        ),
        (
            changed(&authority, |params| params.key_usages = vec![KeyUsagePurpose::KeyAgreement]),
            "its key usage forbids signatures",
        ),
    ] {
        let found = served(&issued.pem, &issued.key);
        assert!(found.len() == 1 && found[0].starts_with("the certificate ./cert.pem: "), "{found:?}");
        assert!(found[0].contains(why), "{found:?}");
    }
    let both = changed(&authority, |params| {
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    });
    assert_eq!(served(&both.pem, &both.key), Vec::<String>::new());
    let unnamed = changed(&authority, |params| params.subject_alt_names = Vec::new());
    let toml = format!("{}{CLIENT}", TLS.split_once('\n').unwrap().1);
    let folder = private(&toml, &[("cert.pem", &unnamed.pem), ("key.pem", &unnamed.key)]);
    assert!(warnings(folder.path(), &[])[0].contains("has no host name"));
}

/// An authority below another, as PEM, with what signs by it.
fn below(above: &Authority, name: &str, change: impl FnOnce(&mut CertificateParams)) -> (Issued, Authority) {
    let below = Authority::new(name);
    let issued = above.certify(&below, change);
    (issued, below)
}

#[test]
fn a_chain_is_told_that_is_in_another_order_or_does_not_belong_together() {
    let root = Authority::new("root");
    let (between, issuer) = below(&root, "between", |_| {});
    let leaf = issuer.issue("localhost");
    let of = |parts: &[&str]| parts.concat();
    for chain in [of(&[&leaf.pem]), of(&[&leaf.pem, &between.pem]), of(&[&leaf.pem, &between.pem, &root.pem])]
    {
        assert_eq!(served(&chain, &leaf.key), Vec::<String>::new());
    }
    let stranger = Authority::new("between");
    let (ended, _) = below(&root, "between", |params| good_for(params, -20, -10));
    for (chain, why) in [
        (of(&[&leaf.pem, &root.pem, &between.pem]), "its chain is in the wrong order: after "),
        (of(&[&leaf.pem, &root.pem]), "does not belong to its chain"),
        (of(&[&leaf.pem, &stranger.pem]), "its chain does not belong together"),
        (of(&[&leaf.pem, &ended.pem]), "has expired, 20"),
    ] {
        let found = served(&chain, &leaf.key);
        assert!(found.iter().any(|warning| warning.contains(why)), "{why}: {found:?}");
    }
    let wrong = of(&[&between.pem, &leaf.pem]);
    let folder = private(&format!("{TLS}{CLIENT}"), &[("cert.pem", &wrong), ("key.pem", &leaf.key)]);
    refused(
        folder.path(),
        &[],
        &["cert.pem: its chain is in the wrong order", "number 2", "own certificate first"],
    );
}

#[test]
fn the_servers_key_is_read_in_every_wrapping_and_others_are_named() {
    let (key, locked) = (Key::for_alg("ES256"), Key::for_alg("RS256"));
    let pem = key.private_pem();
    let data: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(&data).unwrap();
    let folder = private(&format!("{TLS}{CLIENT}"), &[("cert.pem", &key.certificate_pem()), ("key.pem", "")]);
    let utf16: Vec<u8> = pem.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for wrapped in [
        pem.clone().into_bytes(),
        der,
        data.into_bytes(),
        [b"\xEF\xBB\xBF", pem.as_bytes()].concat(),
        [b"\xFF\xFE".as_slice(), &utf16].concat(),
        pem.replace('\n', "\\n").into_bytes(),
        pem.replace('\n', " ").into_bytes(),
    ] {
        std::fs::write(folder.path().join("key.pem"), &wrapped).unwrap();
        warnings(folder.path(), &[]);
    }
    let fixture = |name: &str| {
        std::fs::read(crate::support::repository().join("tests/fixtures/keys").join(name)).unwrap()
    };
    for (bytes, why, hint) in [
        (fixture("store.p12"), "a PKCS#12 store", "openssl pkcs12 -in ./key.pem -nodes"),
        (fixture("openssh-ed25519"), "an OpenSSH private key", "ssh-keygen -p -m PKCS8 -f ./key.pem"),
        (fixture("rsa-encrypted-pkcs8.pem"), "is encrypted", "openssl pkey -in ./key.pem"),
        (fixture("rsa-encrypted-pkcs1.pem"), "is encrypted", "openssl pkey -in ./key.pem"),
        (fixture("p256-compressed.pub"), "a public key", "that the certificate was made for"),
        (fixture("rsa-1024.pem"), "1024 bits", "that the certificate was made for"),
        (
            fixture("secp256k1.pem"),
            "TLS does not support this kind of key",
            "that the certificate was made for",
        ),
        (locked.private_pem().into_bytes(), "another certificate's", "that the certificate was made for"),
    ] {
        std::fs::write(folder.path().join("key.pem"), bytes).unwrap();
        refused(folder.path(), &[], &["the private key ./key.pem: ", why, hint]);
    }
}

#[test]
fn authorities_of_clients_that_are_not_good_now_are_named() {
    let (good, served_by) = (Authority::new("good"), Authority::new("served"));
    let old = Authority::new_with("old", |params| good_for(params, -20, -10));
    let future = Authority::new_with("future", |params| good_for(params, 10, 20));
    let tls = served_by.issue("localhost");
    let toml = format!("{TLS}client_ca_file = 'ca.pem'\n{CLIENT}");
    let folder = private(&toml, &[("cert.pem", &tls.pem), ("key.pem", &tls.key), ("ca.pem", &good.pem)]);
    assert_eq!(warnings(folder.path(), &[]), Vec::<String>::new());
    let write = |pem: &str| std::fs::write(folder.path().join("ca.pem"), pem).unwrap();
    for (authority, why) in [(&old, "old has expired, 20"), (&future, "future is not valid before 20")] {
        write(&format!("{}{}", authority.pem, good.pem));
        let found = warnings(folder.path(), &[]);
        assert!(found.len() == 1 && found[0].starts_with("client_ca_file ./ca.pem: "), "{found:?}");
        assert!(found[0].contains(why) && found[0].contains("renew or remove it"), "{found:?}");
        write(&authority.pem);
        assert_eq!(warnings(folder.path(), &[]), found);
    }
}

#[test]
fn a_client_whose_certificate_is_not_good_is_named() {
    let tls = Authority::new("authority").issue("localhost");
    let of = |from, to| {
        let mut params = CertificateParams::new(vec!["client".to_owned()]).unwrap();
        good_for(&mut params, from, to);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap()
    };
    let (old, future, good) = (of(-20, -10), of(10, 20), self_signed("client"));
    let toml = format!(
        "{TLS}[[client]]\nid = 'a'\nauth_method = 'self_signed_tls_client_auth'\ntls_certificate = 'a.pem'\n"
    );
    let folder = private(&toml, &[("cert.pem", &tls.pem), ("key.pem", &tls.key), ("a.pem", &good.pem)]);
    assert_eq!(warnings(folder.path(), &[]), Vec::<String>::new());
    let write = |pem: &str| std::fs::write(folder.path().join("a.pem"), pem).unwrap();
    for (certificate, why) in [(&old, "it has expired, 20"), (&future, "it is not valid before 20")] {
        write(&certificate.pem());
        let found = warnings(folder.path(), &[]);
        assert!(found.len() == 1 && found[0].starts_with("client \"a\" cannot get a token: "), "{found:?}");
        assert!(found[0].contains(why) && found[0].contains("register a new one"), "{found:?}");
        let args = ["serve", "--store", "memory:", "--", "true"];
        let started = heistctl(args).in_folder(folder.path()).run().exits(0);
        assert!(started.stderr.contains(&format!("note: serve: {}\n", found[0])), "{started}");
        write(&format!("{}{}", certificate.pem(), good.pem));
        let found = warnings(folder.path(), &[]);
        assert!(
            found.len() == 1 && found[0].contains("not valid now") && found[0].contains("remove it"),
            "{found:?}"
        );
    }
    let x5c = STANDARD.encode(old.der());
    let jwks = json!({"keys": [{"kty": "EC", "x5c": [x5c], "d": "hunter2"}]}).to_string();
    let by_keys = toml.replace("tls_certificate = 'a.pem'", "jwks = 'a.pem'");
    std::fs::write(folder.path().join("heist.toml"), by_keys).unwrap();
    write(&jwks);
    refused(folder.path(), &[], &["client \"a\": jwks ./a.pem: it holds a private key"]);
    write(&jwks.replace(",\"d\":\"hunter2\"", "").replace("\"d\":\"hunter2\",", ""));
    assert!(warnings(folder.path(), &[])[0].contains("cannot get a token"));
}

#[test]
fn names_that_no_certificate_has_are_refused_with_their_key() {
    let tls = Authority::new("authority").issue("localhost");
    let files = [("cert.pem", &*tls.pem), ("key.pem", &tls.key), ("ca.pem", &tls.pem)];
    let folder = private("", &files);
    let write = |name: &str, value: &str| {
        let toml = format!(
            "{TLS}client_ca_file = 'ca.pem'\n[[client]]\nid = 'a'\nauth_method = 'tls_client_auth'\n\
             tls_client_auth_{name} = {}\n",
            json!(value)
        );
        std::fs::write(folder.path().join("heist.toml"), toml).unwrap();
    };
    for (name, value, why) in [
        ("san_dns", "*.example.com", "has a *"),
        ("san_dns", "https://x", "is a URL"),
        ("san_dns", "a b", "has a blank"),
        ("san_dns", "a.example.com.", "ends with a dot"),
        ("san_email", "client.example.com", "lacks an @"),
        ("san_uri", "spiffe://a/b c", "has a blank"),
        ("san_uri", "client.example.com", "has no scheme"),
    ] {
        write(name, value);
        let key = format!("client \"a\": tls_client_auth_{name} ");
        refused(folder.path(), &[], &[&key, why]);
    }
    for value in ["300.0.0.1", "192.0.2.0/24", "client.example.com", "[::1]", "192.0.2.7 "] {
        write("san_ip", value);
        refused(folder.path(), &[], &["client \"a\": tls_client_auth_san_ip is not an address", "192.0.2.7"]);
    }
    for (name, value) in [
        ("san_dns", "client.example.com"),
        ("san_uri", "spiffe://example.com/client"),
        ("san_email", "client@example.com"),
        ("san_ip", "2001:db8::7"),
    ] {
        write(name, value);
        assert_eq!(warnings(folder.path(), &[]), Vec::<String>::new(), "{value}");
    }
}
