//! Tests of secrets and the cost of checking them.

use super::*;
use crate::registry::record::ClientRecord;
use crate::registry::store::Store;
use crate::registry::store::memory::MemoryStore;
use crate::scope::ScopeSet;
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);

fn client(id: &str, secret: &str) -> Client {
    let auth = ClientAuth::Secret {
        secrets: vec![LiveSecret::lasting(SecretHash::of(&Secret::new(secret)))],
        only: None,
    };
    Client::new(id, auth, ScopeSet::empty())
}

#[test]
fn only_the_right_secret_of_the_right_client_authenticates() {
    let mut registry = Registry::default();
    registry.add(client("a", "secret-a")).unwrap();
    registry.add(client("b", "secret-b")).unwrap();
    let post = ClientAuth::Secret {
        secrets: vec![LiveSecret::lasting(SecretHash::of(&Secret::new("p")))],
        only: Some(SecretMethod::Post),
    };
    registry.add(Client { auth: post, ..client("post", "p") }).unwrap();
    let ask = |id: &str, secret: &str| match registry.authenticate(
        id,
        &Secret::new(secret),
        SecretMethod::Basic,
        (None, NOW),
        WaitPolicy::ALL,
    ) {
        Ok(Authentication::Authenticated(client, _)) => client.id.clone(),
        Ok(Authentication::WrongSecret) => "wrong".to_owned(),
        Ok(Authentication::OtherMethod) => "other".to_owned(),
        Ok(Authentication::UnknownClient) => "unknown".to_owned(),
        Ok(Authentication::WouldWait(wait)) => wait.to_string(),
        Err(error) => error.to_string(),
    };
    assert_eq!(ask("a", "secret-a"), "a");
    assert_eq!(ask("a", "secret-b"), "wrong");
    assert_eq!(ask("c", "secret-a"), "unknown");
    assert_eq!(ask("c", "secret-b"), "unknown");
    assert_eq!(ask("", ""), "unknown");
    assert_eq!(ask("post", "p"), "other");
    assert_eq!(registry.add(client("a", "x")), Err("a".to_owned()));
}

#[test]
fn an_empty_registry_knows_nobody() {
    let registry = Registry::default();
    let answer =
        registry.authenticate("a", &Secret::new(""), SecretMethod::Post, (None, NOW), WaitPolicy::ALL);
    assert!(matches!(answer, Ok(Authentication::UnknownClient)));
}

#[test]
fn while_a_secret_is_exchanged_both_are_good_until_the_old_one_ends() {
    let live =
        |secret: &str, ends| LiveSecret { hash: SecretHash::of(&Secret::new(secret)), ends, number: None };
    let secrets = vec![
        live("old", Some(NOW)),
        live("older", Some(NOW.after(Duration::from_secs(1)))),
        live("new", None),
    ];
    let mut registry = Registry::default();
    registry.add(Client { auth: ClientAuth::Secret { secrets, only: None }, ..client("a", "") }).unwrap();
    for (secret, good) in [("old", false), ("older", true), ("new", true), ("", false)] {
        let answer = registry.authenticate(
            "a",
            &Secret::new(secret),
            SecretMethod::Post,
            (None, NOW),
            WaitPolicy::ALL,
        );
        assert_eq!(matches!(answer, Ok(Authentication::Authenticated(..))), good, "{secret}");
    }
}

fn asked(registry: &Registry, id: &str, secret: &str) -> Authentication {
    registry.authenticate(id, &Secret::new(secret), SecretMethod::Post, (None, NOW), WaitPolicy::ALL).unwrap()
}

#[test]
fn a_slow_check_is_for_live_secrets_and_for_what_no_fast_one_knows() {
    let slow = SecretHash::slow(&Secret::new("slow")).unwrap();
    let live = |hash: &SecretHash, ends| LiveSecret { hash: hash.clone(), ends, number: None };
    let fast = live(&SecretHash::of(&Secret::new("fast")), None);
    let with = |secrets| {
        let mut registry = Registry::default();
        registry.add(Client { auth: ClientAuth::Secret { secrets, only: None }, ..client("a", "") }).unwrap();
        registry
    };
    let registry = with(vec![live(&slow, Some(NOW)), fast.clone()]);
    assert!(matches!(asked(&registry, "a", "slow"), Authentication::WrongSecret));
    assert!(registry.checked.slow_one().is_none(), "what has ended is not checked");
    let registry = with(vec![live(&slow, None), fast]);
    assert!(matches!(asked(&registry, "a", "fast"), Authentication::Authenticated(..)));
    assert!(registry.checked.slow_one().is_none(), "the fast one was right");
    assert!(matches!(asked(&registry, "a", "slow"), Authentication::Authenticated(..)));
    assert!(registry.checked.slow_one().is_some());
}

#[test]
fn who_is_not_there_is_checked_as_those_of_the_store_are() {
    let store = MemoryStore::default();
    let record = ClientRecord { id: "slow".to_owned(), ..ClientRecord::default() };
    let hash = SecretHash::slow(&Secret::new("slow")).unwrap();
    store.add(&[(record, Some(hash.text()))]).unwrap();
    let registered = ClientCache::new(Arc::new(store), NOW).unwrap();
    let registry = Registry::default().with_store(Arc::new(registered));
    let slow = || {
        let decoys = (0..64).map(|n| registry.decoy(&n.to_string()));
        decoys.filter(|decoy| matches!(decoy[..], [LiveSecret { hash: SecretHash::Argon2id(_), .. }])).count()
    };
    assert!(matches!(asked(&registry, "nobody", "x"), Authentication::UnknownClient));
    assert_eq!(slow(), 0);
    assert!(matches!(asked(&registry, "slow", "x"), Authentication::WrongSecret));
    assert!((1..64).contains(&slow()), "some are fast, some slow, as the clients are");
}
