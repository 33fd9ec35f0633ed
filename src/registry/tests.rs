//! Who is who.

use super::*;

const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);

fn client(id: &str, secret: &str) -> Client {
    Client {
        id: id.to_owned(),
        auth: ClientAuth::Secret {
            secrets: vec![LiveSecret::lasting(SecretHash::of(&Secret::new(secret)))],
            only: None,
        },
        scopes: ScopeSet::empty(),
        default_scopes: ScopeSet::empty(),
        audiences: Vec::new(),
        lifetime: None,
        claims: serde_json::Map::new(),
        may: Permissions::default(),
        allow_from: Networks::default(),
    }
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
    ) {
        Ok(Authentication::Authenticated(client)) => client.id.clone(),
        Ok(Authentication::WrongSecret) => "wrong".to_owned(),
        Ok(Authentication::OtherMethod) => "other".to_owned(),
        Ok(Authentication::UnknownClient) => "unknown".to_owned(),
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
    let answer = registry.authenticate("a", &Secret::new(""), SecretMethod::Post, (None, NOW));
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
        let answer = registry.authenticate("a", &Secret::new(secret), SecretMethod::Post, (None, NOW));
        assert_eq!(matches!(answer, Ok(Authentication::Authenticated(_))), good, "{secret}");
    }
}
