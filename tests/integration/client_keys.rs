//! Weak keys of clients, wherever they come from: the store, and the addresses at which clients publish them.

use crate::support::api::{Api, answer};
use crate::support::checked::{private, warned};
use crate::support::keys::{Key, part};
use crate::support::{folder, heistctl, repository};
use heistctl::clock::Timestamp;
use heistctl::jose::digest::random;
use serde_json::{Value, json};

fn fixture(name: &str) -> String {
    std::fs::read_to_string(repository().join("tests/fixtures/keys").join(name)).unwrap()
}

/// The public JWK of the key that ROCA marks, as `client list` tells of it.
fn roca() -> Value {
    let folder = folder(&[("key.pub", &fixture("roca.pub"))]);
    let client = |args: &[&str]| {
        let args = ["client", "--store", "sqlite:s.db", "--json"].iter().chain(args);
        heistctl(args).in_folder(folder.path()).run().exits(0)
    };
    let added = client(&["add", "a", "--jwks", "key.pub"]);
    assert!(added.stderr.contains("CVE-2017-15361"), "{added}");
    let set = client(&["set", "a", "--jwks", "key.pub", "--scope", "x"]);
    assert!(set.stderr.contains("CVE-2017-15361"), "{set}");
    client(&["show", "a"]).json()["jwks"]["keys"][0].clone()
}

/// The modulus of a key of 1024 bits.
fn short_modulus() -> Vec<u8> {
    let data: String = fixture("rsa-1024.pem").lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, data).unwrap();
    let at = der.windows(4).position(|window| window == [2, 0x81, 0x81, 0]).unwrap() + 4;
    der[at..at + 128].to_vec()
}

#[test]
fn weak_keys_in_the_store_are_told_by_a_check_and_a_start() {
    let folder =
        private("", &[("roca.pub", &fixture("roca.pub")), ("good.pub", &Key::for_alg("RS256").public_pem())]);
    for (id, key) in [("weak", "roca.pub"), ("strong", "good.pub")] {
        let args = ["client", "--store", "sqlite:s.db", "add", id, "--jwks", key];
        heistctl(args).in_folder(folder.path()).run().exits(0);
    }
    let args = ["serve", "--store", "sqlite:s.db", "--listen", "127.0.0.1:0"];
    let ran = heistctl(args.iter().chain(&["--check", "--json"])).in_folder(folder.path()).run().exits(0);
    let found: Vec<String> = warned(&ran).into_iter().filter(|told| told.starts_with("client ")).collect();
    assert_eq!(found.len(), 1, "{ran}");
    assert!(
        found[0].starts_with("client \"weak\": jwks: the 2048-bit RSA")
            && found[0].contains("CVE-2017-15361")
    );
    let args = ["serve", "--store", "sqlite:s.db", "--", "true"];
    let started = heistctl(args).in_folder(folder.path()).run().exits(0);
    assert_eq!(started.stderr.matches(&found[0]).count(), 1, "{started}");
    let disabled = ["client", "--store", "sqlite:s.db", "disable", "weak"];
    heistctl(disabled).in_folder(folder.path()).run().exits(0);
    let started = heistctl(args).in_folder(folder.path()).run().exits(0);
    assert!(!started.stderr.contains("CVE-2017-15361"), "{started}");
}

#[test]
fn weak_keys_at_an_address_are_told_once() {
    let key = Key::for_alg("ES256");
    let mut short = Key::for_alg("RS256").jwk();
    short["n"] = json!(part(short_modulus()));
    let set = json!({"keys": [key.jwk_with(json!({"kid": "good"})), roca(), short]}).to_string();
    let api = Api::serve(move |_, _| answer(200, set.clone()));
    let toml = format!(
        "issuer = 'https://as.example.com'\nstore = 'memory:'\n[[client]]\nid = 'far'\njwks_uri = '{}/keys'\nscopes = ['x']\n",
        api.url
    );
    let folder = private(&toml, &[]);
    let mut server = heistctl(["serve", "--listen", "127.0.0.1:0"]).in_folder(folder.path()).serve();
    let errors = server.errors();
    let now = Timestamp::now().unix();
    // The second names a key that is not there, which would have the set fetched again.
    for kid in ["good", "other", "good"] {
        let claims = json!({"iss": "far", "sub": "far", "aud": "https://as.example.com", "exp": now + 60,
                            "jti": part(random::<12>().unwrap())});
        let body = format!(
            "grant_type=client_credentials&client_assertion={}&client_assertion_type=\
             urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            key.sign("ES256", Some(kid), &claims)
        );
        let form = [("Content-Type", "application/x-www-form-urlencoded")];
        let expected = if kid == "good" { 200 } else { 401 };
        assert_eq!(server.request("POST", "/oauth/token", &form, &body).status, expected, "{kid}");
    }
    let (_, log) = server.stop();
    let told = errors() + &log;
    for part in ["has the mark of ROCA", "1024-bit RSA public key is too weak"] {
        assert_eq!(told.matches(part).count(), 1, "{part}: {told}");
    }
    assert!(told.contains(&format!("jwks_uri {}/keys: ", api.url)), "{told}");
}
