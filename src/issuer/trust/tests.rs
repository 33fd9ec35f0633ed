//! Identities at the doors: the client that they stand for, its token, the log, and their replay.

use super::check::IdentityDoor;
use super::preset::Replay;
use super::site::{Draft, ISSUER, OPEN, Platform, Remote, SUB, Site, client, doors, rule, trust_of};
use super::{TrustKeys, TrustedIssuer};
use crate::issuer::{FetchError, metadata};
use crate::registry::federated::FederatedRule;
use crate::registry::secret_hash::SecretHash;
use crate::registry::{Client, ClientAuth, KeysUrl, LiveSecret};
use crate::secret::Secret;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

fn body(outcome: &crate::issuer::LoggedResponse) -> Value {
    serde_json::from_slice(&outcome.response.body).unwrap()
}

fn reason(outcome: &crate::issuer::LoggedResponse) -> String {
    outcome.record.reason.clone().unwrap_or_default()
}

#[test]
fn an_identity_stands_for_its_client_at_every_door_and_goes_into_token_and_log() {
    let platform = Platform::new();
    for (door, ..) in doors() {
        let site = Site::new(&platform);
        let outcome = site.ask(door, &platform.sign(&Draft::default()), "&scope=deploy:write");
        let claims = Site::claims(&outcome);
        assert_eq!((&claims["sub"], &claims["client_id"]), (&json!("deploy"), &json!("deploy")));
        assert_eq!((&claims["iss"], &claims["scope"]), (&json!(ISSUER), &json!("deploy:write")));
        assert_eq!((&claims["repository"], &claims["sha"]), (&json!("acme/api"), &json!("cafe")));
        assert_eq!((claims.get("missing"), claims.get("run_id")), (None, None));
        let record = &outcome.record;
        assert_eq!((record.client.as_deref(), record.authenticated), (Some("deploy"), true));
        let identity = record.identity.as_deref().unwrap();
        assert_eq!((identity.trust.as_str(), identity.sub.as_str()), ("github-actions", SUB));
        let taken = [("repository", "acme/api"), ("sha", "cafe")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(identity.claims, taken);
        let is_exchange = door == IdentityDoor::Exchange;
        assert_eq!(body(&outcome).get("issued_token_type").is_some(), is_exchange, "{door:?}");
        // Used up, whatever the door.
        for (other, status, code) in doors() {
            let again = site.ask(other, &platform.sign(&Draft::default()), "");
            assert_eq!((again.response.status, &body(&again)["error"]), (status, &json!(code)), "{other:?}");
            let logged = again.record.identity.as_deref().map(|identity| identity.sub.as_str());
            assert_eq!(logged, Some(SUB), "{other:?}: the log does not name what was replayed");
            assert!(
                reason(&again).starts_with("identity: replay: it has been used before"),
                "{}",
                reason(&again)
            );
        }
    }
}

#[test]
fn without_a_client_id_exactly_one_client_must_fit_and_with_one_only_that_is_tried() {
    let platform = Platform::new();
    let twin = rule("github-actions", SUB, "74");
    let site = Site::of(
        vec![platform.trust()],
        vec![
            client("deploy", vec![rule("github-actions", SUB, "75"), twin.clone()]),
            client("twin", vec![twin]),
            client("other", vec![rule("github-actions", "repo:acme/web:environment:prod", "74")]),
            client("elsewhere", vec![rule("gitlab", SUB, "74")]),
            client("nobody", vec![rule("github-actions", "repo:acme/none:environment:prod", "74")]),
        ],
    );
    for (door, status, _) in doors() {
        let fresh = |jti: &str| platform.sign(&Draft::with(&json!({"jti": format!("{door:?}{jti}")})));
        let outcome = site.ask(door, &fresh("a"), "");
        assert_eq!(outcome.response.status, status);
        assert!(
            reason(&outcome).contains("a rule of \"deploy\" and one of \"twin\""),
            "{}",
            reason(&outcome)
        );
        assert_eq!(Site::claims(&site.ask(door, &fresh("b"), "&client_id=twin"))["sub"], "twin");
        for (named, why) in [
            ("other", "client \"other\": repo is acme/api, the rule wants acme/web"),
            ("elsewhere", "it has no rule for trust \"github-actions\""),
            ("unknown", "there is no client \"unknown\""),
        ] {
            let outcome = site.ask(door, &fresh(named), &format!("&client_id={named}"));
            assert!(
                outcome.response.status == status && reason(&outcome).contains(why),
                "{}",
                reason(&outcome)
            );
        }
    }
}

#[test]
fn a_rule_that_lets_in_strangers_is_not_used() {
    let platform = Platform::new();
    let broad = FederatedRule {
        trust: "github-actions".to_owned(),
        sub_glob: Some("repo:**".to_owned()),
        ..FederatedRule::default()
    };
    for (allow_broad, status) in [(false, 400), (true, 200)] {
        let rule = FederatedRule { allow_broad, ..broad.clone() };
        let site = Site::of(vec![platform.trust()], vec![client("deploy", vec![rule])]);
        let outcome = site.ask(IdentityDoor::Grant, &platform.sign(&Draft::default()), "&client_id=deploy");
        assert_eq!(outcome.response.status, status, "{}", reason(&outcome));
        assert_eq!(reason(&outcome).contains("leaves the owner open"), !allow_broad);
    }
}

#[test]
fn keys_that_are_away_are_no_refusal_and_are_asked_for_only_for_their_issuer() {
    let platform = Platform::new();
    let remote = |answer| Arc::new(Remote { answer: Mutex::new(answer), asked: AtomicUsize::new(0) });
    let deploy = || client("deploy", vec![rule("github-actions", SUB, "74")]);
    let at = "https://token.example.com/jwks";
    for keys in [KeysUrl::registered(at), KeysUrl::of_issuer(at)].map(TrustKeys::At) {
        let trust = || vec![trust_of("github-actions", OPEN, keys.clone())];
        for error in [FetchError::Busy, FetchError::Failed("connection refused".to_owned())] {
            for (door, ..) in doors() {
                let away = remote(Err(error.clone()));
                let site = Site::fetching(trust(), vec![deploy()], away.clone());
                let outcome = site.ask(door, &platform.sign(&Draft::default()), "");
                assert_eq!((outcome.response.status, away.asked.load(Relaxed)), (503, 1), "{door:?}");
                assert!(outcome.response.headers.iter().any(|(name, _)| *name == "Retry-After"));
                assert!(!body(&outcome)["error_description"].as_str().unwrap().contains("refused"));
                for (name, value) in [("iss", json!("https://evil.example.com")), ("sub", json!(""))] {
                    let other = platform.sign(&Draft::with(&json!({name: value})));
                    assert_ne!(site.ask(door, &other, "").response.status, 503, "{door:?} {name}");
                }
                assert_eq!(away.asked.load(Relaxed), 1, "asked for a token that is refused anyway");
            }
        }
        let there = remote(Ok(Arc::new(platform.keys())));
        let site = Site::fetching(trust(), vec![deploy()], there);
        assert_eq!(site.ask(IdentityDoor::Grant, &platform.sign(&Draft::default()), "").response.status, 200);
    }
}

#[test]
fn a_token_of_a_file_may_be_used_until_it_ends_and_one_without_jti_once_by_what_is_signed() {
    let platform = Platform::new();
    let deploy = || vec![client("deploy", vec![rule("github-actions", SUB, "74")])];
    let mut without = Draft::default();
    without.claims.as_object_mut().unwrap().remove("jti");
    for (replay, statuses) in [(Replay::Once, [200, 400]), (Replay::Reuse, [200, 200])] {
        let trust = TrustedIssuer { replay, ..platform.trust() };
        let site = Site::of(vec![trust], deploy());
        // Two signatures of the same content.
        let found =
            [(); 2].map(|()| site.ask(IdentityDoor::Grant, &platform.sign(&without), "").response.status);
        assert_eq!(found, statuses, "{replay:?}");
        assert_eq!(site.remembered(), usize::from(replay == Replay::Once));
    }
}

#[test]
fn a_request_that_its_client_may_not_make_leaves_the_identity_unused_at_the_grants() {
    let platform = Platform::new();
    let may_not = Client {
        may: crate::registry::Permissions::default(),
        ..client("deploy", vec![rule("github-actions", SUB, "74")])
    };
    let site = Site::of(vec![platform.trust()], vec![may_not]);
    let identity = platform.sign(&Draft::default());
    for (door, more, code) in [
        (IdentityDoor::Grant, "&scope=admin", "invalid_scope"),
        (IdentityDoor::Grant, "&resource=https://other.example.com", "invalid_target"),
        (IdentityDoor::Exchange, "", "unauthorized_client"),
        (
            IdentityDoor::Exchange,
            "&actor_token=a&actor_token_type=urn:ietf:params:oauth:token-type:jwt",
            "invalid_request",
        ),
    ] {
        assert_eq!(body(&site.ask(door, &identity, more))["error"], code, "{more}");
    }
    assert_eq!(site.remembered(), 0);
    assert_eq!(site.ask(IdentityDoor::Grant, &identity, "").response.status, 200);
}

#[test]
fn a_client_that_authenticates_is_the_one_for_which_an_identity_must_stand() {
    let platform = Platform::new();
    let secret = |id: &str, rules| Client {
        auth: ClientAuth::Secret {
            secrets: vec![LiveSecret::lasting(SecretHash::of(&Secret::new("s")))],
            only: None,
        },
        ..client(id, rules)
    };
    let site = Site::of(
        vec![platform.trust()],
        vec![secret("deploy", vec![rule("github-actions", SUB, "74")]), secret("other", vec![])]
            .into_iter()
            .map(|client| Client { claims_from: Vec::new(), ..client })
            .collect(),
    );
    let identity = platform.sign(&Draft::default());
    for (door, ..) in doors().into_iter().skip(1) {
        let refused = site.ask(door, &identity, "&client_id=other&client_secret=s");
        assert_eq!((refused.response.status, &body(&refused)["error"]), (400, &json!("invalid_grant")));
        let wrong = site.ask(door, &identity, "&client_id=deploy&client_secret=wrong");
        assert_eq!((wrong.response.status, &body(&wrong)["error"]), (401, &json!("invalid_client")));
    }
    let granted = site.ask(IdentityDoor::Grant, &identity, "&client_id=deploy&client_secret=s");
    assert_eq!(Site::claims(&granted)["sub"], "deploy");
}

#[test]
fn the_grant_is_offered_and_announced_only_with_a_trusted_issuer() {
    let platform = Platform::new();
    let none = Site::of(Vec::new(), vec![client("deploy", vec![rule("github-actions", SUB, "74")])]);
    let identity = platform.sign(&Draft::default());
    assert_eq!(body(&none.ask(IdentityDoor::Grant, &identity, ""))["error"], "unsupported_grant_type");
    assert_eq!(none.ask(IdentityDoor::Client, &identity, "").response.status, 401);
    assert_eq!(none.ask(IdentityDoor::Exchange, &identity, "").response.status, 400);
    for (site, is_there) in [(none, false), (Site::new(&platform), true)] {
        let answer = metadata::answer(&site.service, metadata::DiscoveryKind::OAuth);
        let text = String::from_utf8(answer.response.body.to_vec()).unwrap();
        assert_eq!(text.contains("grant-type:jwt-bearer"), is_there, "{text}");
    }
}
