//! Mistakes with the certificates of `heistctl serve`: what was named, what is in the file, and the cure.

use super::Mistake;
use super::config::is_explained;
use crate::support::checked::{CLIENT, GOOD, warnings};
use crate::support::keys::Key;
use crate::support::tls::{Authority, good_for};
use crate::support::{folder, heistctl, repository};
use rcgen::{CertificateParams, KeyPair};
use std::path::Path;

const TLS: &str = "[tls]\ncert_file = 'cert.pem'\nkey_file = 'key.pem'\n";

fn put(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    std::fs::write(folder.join(name), bytes).unwrap();
}

#[test]
fn certificates_that_are_none_are_named_with_their_line() {
    let good = Authority::new("authority").issue("localhost");
    let folder =
        folder(&[("heist.toml", &format!("{TLS}{CLIENT}")), ("secret", GOOD), ("key.pem", &good.key)]);
    let csr = KeyPair::generate().unwrap();
    let csr = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().serialize_request(&csr).unwrap();
    let request = csr.pem().unwrap();
    let p12 = std::fs::read(repository().join("tests/fixtures/keys/store.p12")).unwrap();
    let middle = good.pem.lines().nth(1).unwrap();
    for (bytes, cause, cure) in [
        (
            good.key.clone().into_bytes(),
            "it holds a private key and no certificate",
            "cert_file = \"chain.pem\"",
        ),
        (request.into(), "a certificate signing request", "the authority"),
        (p12, "a PKCS#12 store", "openssl pkcs12 -in ./cert.pem"),
        (Vec::new(), "it is empty", "cert_file = \"chain.pem\""),
        (b"no PEM\n".to_vec(), "it holds no certificate", "cert_file = \"chain.pem\""),
        (
            good.pem.replace("-----END CERTIFICATE-----", "").into_bytes(),
            "END line is missing",
            "copy the whole file again",
        ),
        (
            good.pem.replacen("-----BEGIN", "----BEGIN", 1).into_bytes(),
            "BEGIN line is damaged",
            "-----BEGIN CERTIFICATE-----",
        ),
        (good.pem.replace(middle, &middle[..20]).into_bytes(), "damaged", "copy the whole file again"),
        (b"<!DOCTYPE html>".to_vec(), "a web page", "download"),
    ] {
        put(folder.path(), "cert.pem", bytes);
        let ran = is_explained(folder.path(), cause, cure);
        assert!(
            ran.stderr.starts_with("error: configuration: heist.toml:2: the certificate ./cert.pem: "),
            "{ran}"
        );
        assert_eq!(ran.stderr.lines().count(), 2, "{ran}");
    }
    std::fs::remove_file(folder.path().join("cert.pem")).unwrap();
    is_explained(
        folder.path(),
        "heist.toml:2: cert_file: cannot read ./cert.pem: there is no such file",
        "cert_file = \"chain.pem\"",
    );
    std::fs::create_dir(folder.path().join("cert.pem")).unwrap();
    is_explained(
        folder.path(),
        "heist.toml:2: cert_file: cannot read ./cert.pem: it is a folder",
        "cert_file = \"chain.pem\"",
    );
}

#[test]
fn certificates_outside_their_time_are_told_from_each_other() {
    let authority = Authority::new("authority");
    let folder = folder(&[("heist.toml", &format!("{TLS}{CLIENT}")), ("secret", GOOD)]);
    for (from, to, cause, cure) in
        [(-20, -10, "it has expired, 20", "renew it"), (10, 20, "it is not valid before 20", "date -u")]
    {
        let issued = authority.issue_with("localhost", |params| good_for(params, from, to));
        put(folder.path(), "cert.pem", &issued.pem);
        put(folder.path(), "key.pem", &issued.key);
        let ran = is_explained(folder.path(), cause, cure);
        assert!(!ran.stderr.contains("renew") || from < 0, "nothing is to be renewed: {ran}");
    }
}

#[test]
fn keys_that_do_not_fit_are_named_with_one_cure() {
    let authority = Authority::new("authority");
    let (good, other) = (authority.issue("localhost"), authority.issue("localhost"));
    let fixture = |name: &str| std::fs::read(repository().join("tests/fixtures/keys").join(name)).unwrap();
    let folder =
        folder(&[("heist.toml", &format!("{TLS}{CLIENT}")), ("secret", GOOD), ("cert.pem", &good.pem)]);
    for (bytes, cause, cure) in [
        (fixture("rsa-encrypted-pkcs8.pem"), "it is encrypted", "openssl pkey -in ./key.pem -out"),
        (fixture("rsa-encrypted-pkcs1.pem"), "it is encrypted", "openssl pkey -in ./key.pem -out"),
        (
            good.pem.clone().into_bytes(),
            "it holds a certificate and no private key",
            "key_file = \"key.pem\"",
        ),
        (other.key.into_bytes(), "it is another certificate's", "key_file = \"key.pem\""),
        (Key::for_alg("ES256").public_pem().into_bytes(), "a public key", "key_file = \"key.pem\""),
        (Vec::new(), "it is empty", "key_file = \"key.pem\""),
    ] {
        put(folder.path(), "key.pem", bytes);
        let ran = is_explained(folder.path(), cause, cure);
        assert!(
            ran.stderr.starts_with("error: configuration: heist.toml:3: the private key ./key.pem: "),
            "{ran}"
        );
        assert_eq!(ran.stderr.lines().count(), 2, "one cause, one cure: {ran}");
    }
}

#[test]
fn both_files_and_the_authorities_are_reported_at_once() {
    let toml = format!("{TLS}client_ca_file = 'ca.pem'\n{CLIENT}");
    let folder = folder(&[("heist.toml", &toml), ("secret", GOOD), ("ca.pem", "no PEM\n")]);
    let ran = is_explained(folder.path(), "heist.toml:2: cert_file: cannot read", "cert_file");
    for line in [
        "heist.toml:3: key_file: cannot read",
        "heist.toml:4: the client_ca_file ./ca.pem: it holds no certificate",
    ] {
        assert!(ran.stderr.contains(line), "{ran}");
    }
    let half = folder.path().join("heist.toml");
    std::fs::write(half, format!("[tls]\ncert_file = 'ca.pem'\n{CLIENT}")).unwrap();
    is_explained(folder.path(), "heist.toml:1: [tls] has no key_file", "key_file = \"key.pem\"");
}

#[test]
fn flags_are_named_by_their_own_names() {
    let good = Authority::new("authority").issue("localhost");
    let folder =
        folder(&[("heist.toml", CLIENT), ("secret", GOOD), ("cert.pem", &good.pem), ("key.pem", "")]);
    let typed = ["serve", "--check", "--store", "memory:", "--tls-cert", "cert.pem", "--tls-key", "key.pem"];
    let mistake = Mistake {
        typed: &typed,
        exit: 2,
        cause: "configuration: the private key key.pem: it holds no private key: it is empty",
        cure: "--tls-key",
    };
    mistake.is_explained(|typed| heistctl(typed).in_folder(folder.path()));
}

#[test]
fn a_certificate_for_another_host_is_warned_of_with_its_names() {
    let good = Authority::new("authority").issue("other.example.com");
    let toml = format!("issuer = 'https://as.example.com'\n{TLS}{CLIENT}");
    let folder = crate::support::checked::private(&toml, &[("cert.pem", &good.pem), ("key.pem", &good.key)]);
    let found = warnings(folder.path(), &[]);
    let named = found.iter().find(|warning| warning.contains("as.example.com"));
    assert!(named.is_some_and(|warning| warning.contains("other.example.com")), "{found:?}");
    let ran = heistctl(["serve", "--check", "--store", "memory:"]).in_folder(folder.path()).run().exits(0);
    assert!(ran.stdout.contains("warning: ") && ran.stdout.contains("other.example.com"), "{ran}");
}
