//! serve's resource and inspect ask one judge: whatever is done to a token, they agree.

use heistctl::clock::Timestamp;
use heistctl::commands::inspect::reading::strip;
use heistctl::commands::inspect::report::Inspected;
use heistctl::commands::inspect::{Question, examine};
use heistctl::http::{Headers, Method, Request};
use heistctl::issuer::{IssuerIdentity, NoRemoteKeys, Service, ServiceSettings, protected_resource};
use heistctl::jose::sign::{Signer, TokenType};
use heistctl::registry::Registry;
use heistctl::secret::Secret;
use heistctl::verdict::{Outcome, Policy};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

use crate::support;

const NOW: i64 = 1_795_420_800;

fn service() -> Service {
    heistctl::jose::install_provider();
    let signer = Signer::hs256(Secret::new("0123456789abcdef0123456789abcdef")).unwrap();
    let identity = IssuerIdentity { issuer: "me".to_owned(), public_url: "http://127.0.0.1:8001".to_owned() };
    let mut registry = Registry::default();
    registry.add(support::client("c", "secret", "")).unwrap();
    Service::new(identity, registry, signer, ServiceSettings::default(), Arc::new(NoRemoteKeys))
}

fn resource_status(service: &Service, token: &str) -> u16 {
    let mut headers = Headers::default();
    headers.push("Authorization", format!("Bearer {token}"));
    let request = Request::new(Method::Get, "/protected-resource", headers, []);
    protected_resource::answer(service, &request, Timestamp::from_unix(NOW)).response.status
}

/// What inspect says under the resource's policy, with and without advice.
fn inspect_outcomes(service: &Service, token: &str) -> [Option<Outcome>; 2] {
    [true, false].map(|advise| {
        let policy = Policy { advise, ..service.policies.resource.clone() };
        let question = Question {
            keys: service.signing.ring().keys.clone(),
            policy,
            now: Timestamp::from_unix(NOW),
            as_api: false,
        };
        match examine(&strip(token), &question).finding {
            Inspected::Jws { outcome, .. } => Some(outcome),
            Inspected::Jwe { .. } | Inspected::Unreadable { .. } => None,
        }
    })
}

fn agree(service: &Service, token: &str) -> bool {
    let status = resource_status(service, token);
    let [advised, plain] = inspect_outcomes(service, token);
    assert_eq!(advised, plain, "advice changed the outcome of {token}");
    assert_eq!(status == 200, plain == Some(Outcome::Pass), "{token}: {status} and {plain:?}");
    status == 200
}

fn claim() -> impl Strategy<Value = Value> {
    let times = (-10i64..10).prop_map(|offset| json!(NOW + offset));
    prop_oneof![
        times,
        Just(json!("me")),
        Just(json!(null)),
        Just(json!(["me", 1])),
        Just(json!({})),
        any::<f64>().prop_map(|number| json!(number)),
        any::<i64>().prop_map(|number| json!(number)),
    ]
}

proptest! {
    #[test]
    fn on_any_claims_that_our_key_signed(
        changes in proptest::collection::vec(("iss|sub|exp|nbf|iat|aud|scope|jti|x", claim()), 0..3),
    ) {
        let service = service();
        let mut claims = json!({"iss": "me", "sub": "c", "client_id": "c", "jti": "j", "iat": NOW, "exp": NOW + 60});
        for (name, value) in changes {
            claims[name] = value;
        }
        let token = service.signing.ring().signer().unwrap().sign(TokenType::Jwt, &claims).unwrap();
        agree(&service, &token);
    }

    #[test]
    fn on_any_damage_to_a_good_token(at in 0usize..200, byte in "[A-Za-z0-9_.-]", drop in any::<bool>()) {
        let service = service();
        let claims = json!({"iss": "me", "sub": "c", "client_id": "c", "jti": "j", "iat": NOW, "exp": NOW + 60});
        let good = service.signing.ring().signer().unwrap().sign(TokenType::Jwt, &claims).unwrap();
        prop_assert!(agree(&service, &good));
        let at = at % good.len();
        let damaged = format!("{}{}{}", &good[..at], if drop { "" } else { &byte }, &good[at + 1..]);
        prop_assert_eq!(agree(&service, &damaged), damaged == good);
    }
}
