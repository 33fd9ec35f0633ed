//! What `serve --check` says of clients that do not go together with their server, and of their secrets' files.

use crate::support::checked::{CLIENT, checked, private, refused, warnings};
use crate::support::heistctl;
use crate::support::keys::Key;

#[track_caller]
fn warned_of(toml: &str, files: &[(&str, &str)], parts: &[&str]) {
    let folder = private(toml, files);
    let found = warnings(folder.path(), &[]);
    assert!(found.len() == 1 && parts.iter().all(|part| found[0].contains(part)), "{toml}: {found:?}");
}

#[test]
fn a_client_that_the_server_s_networks_keep_out_is_told() {
    let toml = |own: &str, client: &str| format!("allow_from = {own}\n{CLIENT}allow_from = {client}\n");
    let parts = ["client \"a\"", "no address in common with the server's allow_from"];
    warned_of(&toml("['10.0.0.0/8']", "['192.0.2.0/24', '::1']"), &[], &parts);
    for (own, client) in [("['10.0.0.0/8']", "['10.1.0.0/16']"), ("['10.1.2.3']", "['10.0.0.0/8', '::1']")] {
        let folder = private(&toml(own, client), &[]);
        assert_eq!(warnings(folder.path(), &[]), Vec::<String>::new());
    }
}

#[test]
fn an_empty_allow_from_is_told_to_admit_everybody() {
    let parts = ["allow_from is empty, which admits every address", "10.0.0.0/8"];
    warned_of(&format!("allow_from = []\n{CLIENT}"), &[], &parts);
    warned_of(&format!("{CLIENT}allow_from = []\n"), &[], &["client \"a\": ", parts[0], parts[1]]);
}

#[test]
fn a_client_with_the_server_s_own_key_is_told() {
    let (own, other) = (Key::for_alg("ES256"), Key::for_alg("ES256"));
    let toml = |client: &str| {
        format!(
            "issuer = 'https://as.example.com'\n[signing]\nkey_file = 'sign.pem'\n\
             [[client]]\nid = 'a'\nscopes = ['x']\n{client}\n"
        )
    };
    let check = |client: &str, public: &str| {
        let folder = private(&toml(client), &[("sign.pem", &own.private_pem()), ("a.pem", public)]);
        let found = warnings(folder.path(), &[]);
        found.into_iter().filter(|warning| warning.starts_with("client")).collect::<Vec<_>>()
    };
    let of = |found: &[String], key: &str| {
        let told = format!("client \"a\": {key} has the key that signs the server's tokens");
        assert!(found.len() == 1 && found[0].starts_with(&told), "{found:?}");
    };
    of(&check("jwks = 'a.pem'", &own.public_pem()), "jwks");
    of(&check("jwks_uri = 'https://AS.example.com:443/.well-known/jwks.json'", ""), "jwks_uri");
    assert_eq!(check("jwks = 'a.pem'", &other.public_pem()), Vec::<String>::new());
    assert_eq!(check("jwks_uri = 'https://a.example.com/.well-known/jwks.json'", ""), Vec::<String>::new());
}

#[test]
fn a_secret_s_file_that_is_not_text_is_refused_with_the_cure() {
    let folder = private(CLIENT, &[]);
    let utf16: Vec<u8> = "h6p-fZ2kq9-Wn3sV5\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [[&[0xFF, 0xFE], &utf16[..]].concat(), vec![0x80; 32]] {
        std::fs::write(folder.path().join("secret"), bytes).unwrap();
        refused(folder.path(), &[], &["client \"a\"", "is not UTF-8 text", "iconv", "base64"]);
    }
}

#[test]
fn a_secret_in_place_of_its_file_is_not_shown() {
    const SECRET: &str = "Qx7fLp2Zk9Wn3sV5Rt8Y";
    let signing = format!("[signing]\nalgorithm = 'HS256'\nsecret_file = '{SECRET}'\n{CLIENT}");
    for toml in [CLIENT.replace("'secret'", &format!("'{SECRET}'")), signing] {
        let folder = private(&toml, &[]);
        let parts =
            ["secret_file is not the path of a file", "looks like the secret itself", "a file of its own"];
        refused(folder.path(), &[], &parts);
        let started = heistctl(["serve", "--store", "memory:"]).in_folder(folder.path()).run().exits(2);
        assert!(!format!("{started}{}", checked(folder.path(), &[])).contains(SECRET));
    }
    // A path with nothing secret about it is shown.
    let folder = private(&CLIENT.replace("'secret'", "'nowhere'"), &[]);
    refused(folder.path(), &[], &["cannot read", "nowhere"]);
}
