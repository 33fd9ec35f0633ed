//! Credentials in the wrong place, twice, or in each other's.

use super::Mistake;
use super::config::{GOOD, KEY};
use super::token::{APP, issuer, usage};
use crate::support::keys::Key;
use crate::support::{folder, heistctl};

#[test]
fn an_address_that_takes_no_post_is_no_token_endpoint() {
    let server = issuer();
    let endpoint = format!("heistctl serve has it at --token-url {}", server.token_url());
    for path in ["/protected-resource", "/health", "/.well-known/jwks.json"] {
        let url = format!("{}{path}", server.url());
        let typed = ["--token-url", url.as_str()];
        Mistake { typed: &typed, exit: 4, cause: "is not a token endpoint", cure: &endpoint }
            .is_explained(usage);
    }
}

#[test]
fn credentials_in_the_query_of_an_address_are_not_sent() {
    for name in ["client_secret", "client_assertion", "password", "access_token"] {
        let url = format!("https://127.0.0.1:1/oauth/token?a=b&{name}=hunter2");
        let cause = format!("the URL from --token-url has {name} in its query");
        let mistake = Mistake {
            typed: &["--token-url", &url],
            exit: 2,
            cause: &cause,
            cure: "--token-url https://127.0.0.1:1/oauth/token; a secret goes into --client-secret-file",
        };
        assert!(!mistake.is_explained(usage).stderr.contains("hunter2"));
    }
}

#[test]
fn two_ways_to_authenticate_need_a_choice() {
    let server = issuer();
    let files = folder(&[GOOD, ("key.pem", &Key::for_alg("ES256").private_pem())]);
    let both = ["--client-key", "key.pem", "--client-secret-file", "secret"];
    let at =
        |typed: &[&str]| usage(typed).in_folder(files.path()).env("HEISTCTL_TOKEN_URL", server.token_url());
    let cause = "--client-key and --client-secret-file are two ways to authenticate";
    Mistake { typed: &both, exit: 2, cause, cure: "--auth-method private_key_jwt" }.is_explained(at);
    let chosen = [&both[..], &["--auth-method", "client_secret_post"]].concat();
    assert!(!at(&chosen).run().stderr.contains("two ways"));
    std::fs::write(files.path().join("secret"), APP[1].1).unwrap();
    let ran = at(&[]).env("HEISTCTL_CLIENT_SECRET_FILE", "secret").run().exits(0);
    let note = "note: HEISTCTL_CLIENT_SECRET_FILE is used, and HEISTCTL_CLIENT_SECRET is not";
    assert!(ran.stderr.contains(note), "{ran}");
}

#[test]
fn an_empty_stdin_is_named_with_the_way_to_fill_it() {
    let (cause, cure) = ("the secret from stdin is empty", "| heistctl token --client-secret-file -");
    let typed = ["--client-secret-file", "-"];
    Mistake { typed: &typed, exit: 2, cause, cure }.is_explained(|typed| usage(typed).stdin(""));
}

#[test]
fn a_certificate_and_its_key_that_are_swapped_are_put_right() {
    let key = Key::for_alg("ES256");
    let files = folder(&[KEY, ("c.pem", &key.certificate_pem()), ("k.pem", &key.private_pem())]);
    for (typed, cure) in [
        (
            &[
                "token",
                "--token-url",
                "https://127.0.0.1:1/",
                "--client-cert",
                "k.pem",
                "--client-cert-key",
                "c.pem",
            ][..],
            "--client-cert c.pem --client-cert-key k.pem",
        ),
        (
            &["serve", "--check", "--store", "memory:", "--tls-cert", "k.pem", "--tls-key", "c.pem"],
            "--tls-cert c.pem --tls-key k.pem",
        ),
    ] {
        let cause = "a private key and no certificate: are the two files swapped?";
        Mistake { typed, exit: 2, cause, cure }
            .is_explained(|typed| heistctl(typed).env("HEISTCTL_CLIENT_ID", "a").in_folder(files.path()));
    }
    let toml = "[tls]\ncert_file = 'k.pem'\nkey_file = 'c.pem'\n";
    std::fs::write(files.path().join("heist.toml"), toml).unwrap();
    let cure = "cert_file = \"c.pem\" and key_file = \"k.pem\"";
    super::config::is_explained(files.path(), "heist.toml:2: the certificate ./k.pem", cure);
}

#[test]
fn scopes_and_audiences_that_no_resource_declares_are_warned_of() {
    let client = "[[client]]\nid = 'a'\nsecret_file = 'secret'\nscopes = ['r', 'w']\n\
                  audiences = ['https://api.example/x', 'https://api.example/y']\n";
    let warnings = |resources: &str| {
        let files = folder(&[GOOD, ("heist.toml", &format!("{client}{resources}"))]);
        let ran = heistctl(["serve", "--check", "--store", "memory:"]).in_folder(files.path()).run().exits(0);
        let found = ran.stdout.lines().filter(|line| line.contains("no [[resource]] declares"));
        found.map(|line| line.trim_start_matches("warning: ").to_owned()).collect::<Vec<String>>()
    };
    let one = "[[resource]]\nid = 'https://api.example/x'\nscopes = ['r']\n";
    assert_eq!(
        warnings(one),
        [
            "client \"a\": no [[resource]] declares https://api.example/y, which it has in audiences",
            "client \"a\": no [[resource]] declares w, which it has in scopes",
        ]
    );
    let other = "[[resource]]\nid = 'https://api.example/y'\n";
    assert_eq!(warnings(&format!("{one}{other}")), [""; 0]);
    assert_eq!(warnings(""), [""; 0]);
}
