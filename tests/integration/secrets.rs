//! No help text and no `Debug` of a type that holds a secret says one.

use clap::{CommandFactory, Parser};
use heistctl::cli::Cli;
use heistctl::client::Attempt;
use heistctl::client::authentication::{AuthenticatedClient, ClientProof};
use heistctl::client::endpoint::EndpointUrl;
use heistctl::client::token::{AccessTokenRequest, prepare};
use heistctl::clock::Timestamp;
use heistctl::http::authorization::{BasicCredentials, basic, basic_header};
use heistctl::http::params::{Params, form};
use heistctl::http::{Headers, Method, Request, Response};
use heistctl::issuer::{IssuerIdentity, NoRemoteKeys, Service, ServiceSettings};
use heistctl::jose::compact::read;
use heistctl::jose::digest;
use heistctl::jose::key::VerifyingKey;
use heistctl::jose::keyset::KeySet;
use heistctl::jose::sign::Signer;
use heistctl::registry::Registry;
use heistctl::scope::ScopeSet;
use heistctl::secret::Secret;

use crate::support;

const SECRET: &str = "hunter2-hunter2-hunter2-hunter2-hunter2";

#[test]
fn no_help_text_shows_a_value_of_the_environment_or_the_demo_key() {
    fn walk(command: &mut clap::Command, seen: &mut usize) {
        *seen += 1;
        let help = command.render_long_help().to_string();
        for secret in ["super-secret", "hacker-secret", "planner-secret"] {
            assert!(!help.contains(secret), "{help}");
        }
        for arg in command.get_arguments() {
            assert!(arg.get_env().is_none(), "{} reads the environment behind our back", arg.get_id());
            let id = arg.get_id().as_str();
            let takes_a_secret = id.contains("secret")
                && arg.get_action().takes_values()
                && !id.contains("file")
                && !id.contains("env");
            assert!(!takes_a_secret || id.ends_with("encoding"), "--{id} would put a secret on argv");
        }
        for sub in command.get_subcommands_mut() {
            walk(sub, seen);
        }
    }
    let mut seen = 0;
    let mut command = Cli::command();
    command.build();
    walk(&mut command, &mut seen);
    assert!(seen > 5, "{seen}");
}

fn request(authorization: &Secret) -> Request {
    let mut headers = Headers::default();
    headers.push("Authorization", authorization.expose_str().unwrap());
    let target = format!("/x?client_secret={SECRET}");
    Request::new(Method::Post, target, headers, SECRET)
}

#[test]
fn debug_of_whatever_holds_a_secret_does_not() {
    heistctl::jose::install_provider();
    let secret = Secret::new(SECRET);
    let credentials = BasicCredentials { id: "a".to_owned(), secret: secret.clone() };
    let endpoint = EndpointUrl::parse("https://example.com/token", false).unwrap();
    let client =
        AuthenticatedClient { client_id: Some("a".to_owned()), proof: ClientProof::Post(secret.clone()) };
    let token_request = AccessTokenRequest {
        endpoint,
        client,
        grant: heistctl::client::grant::TokenGrant::ClientCredentials,
        scope: ScopeSet::empty(),
        resources: Vec::new(),
        audience: None,
        params: Vec::new(),
        dpop: None,
    };
    let attempt = Attempt { now: Timestamp::from_unix(0), id: [0; 16], nonce: None };
    let header = basic_header(&credentials).unwrap();
    let encoded = header.expose_str().unwrap().strip_prefix("Basic ").unwrap().to_owned();
    let mut registry = Registry::default();
    let client = support::client("a", SECRET, "");
    let hash = digest::hex(&digest::sha256(SECRET.as_bytes()));
    registry.add(client.clone()).unwrap();
    let signer = Signer::hs256(secret.clone()).unwrap();
    let key = signer.verifying_key().clone();
    let identity = IssuerIdentity { issuer: "i".to_owned(), public_url: "http://i".to_owned() };
    let keys = std::sync::Arc::new(NoRemoteKeys);
    let service = Service::new(identity, Registry::default(), signer, ServiceSettings::default(), keys);
    let shown = [
        format!("{secret:?} {credentials:?} {header:?} {client:?} {registry:?} {key:?} {service:?}"),
        format!("{token_request:?} {:?}", prepare(&token_request, &attempt)),
        format!("{:?}", basic(&encoded)),
        format!("{:?}", form(&[("client_secret", SECRET)])),
        format!("{:?}", VerifyingKey::hmac(secret.clone(), "x")),
        format!("{:?}", KeySet { given: true, files: vec![secret.clone()], ..KeySet::none() }),
        format!("{:?}", Cli::try_parse_from(["heistctl", "inspect", SECRET, "--diff", SECRET])),
        format!("{:?}", read(&format!("e30.e30.{SECRET}"))),
        format!("{:?}", request(&header)),
        format!("{:?}", Response::json(200, &SECRET)),
        format!("{:?}", Params::from_form(format!("{SECRET}=1&{SECRET}=1").as_bytes()).err()),
    ];
    for text in shown {
        assert!(!text.contains("hunter2") && !text.contains(&encoded) && !text.contains(&hash), "{text}");
    }
}
