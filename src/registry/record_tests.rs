//! Tests of records.

use super::*;
use crate::claims::{ScopeClaim, ScopeForm};
use crate::secret::Secret;

#[test]
fn a_record_is_kept_without_what_a_blank_one_says() {
    let scopes: ScopeSet = "x y".parse().unwrap();
    let record = ClientRecord { id: "a".to_owned(), scopes, created: 7, ..ClientRecord::default() };
    let kept = record.kept().unwrap();
    assert_eq!(kept, r#"{"created":7,"id":"a","scopes":"x y"}"#);
    assert_eq!(serde_json::from_str::<ClientRecord>(&kept).unwrap(), record);
    let none = Some(ScopeSet::empty());
    let full = ClientRecord { default_scopes: none, disabled: true, lifetime: Some(0), ..record };
    assert_eq!(serde_json::from_str::<ClientRecord>(&full.kept().unwrap()).unwrap(), full);
}

fn of_a() -> (ClientRecord, SecretRecord) {
    let scopes = "x y".parse().unwrap();
    let hash = SecretHash::of(&Secret::new("s")).text();
    let record = ClientRecord { id: "a".to_owned(), scopes, ..ClientRecord::default() };
    (record, SecretRecord { number: 7, hash, created: 1, ends: Some(9) })
}

#[test]
fn what_is_kept_makes_a_client_or_says_why_not() {
    let (record, secret) = of_a();
    let stored = StoredClient { record: record.clone(), secrets: vec![secret.clone()] };
    let client = stored.clone().client(None).unwrap().unwrap();
    assert_eq!((client.default_scopes.as_str(), client.secrets()[0].number), ("x y", Some(7)));
    let disabled =
        StoredClient { record: ClientRecord { disabled: true, ..record.clone() }, ..stored.clone() };
    assert!(disabled.client(None).unwrap().is_none());
}

#[test]
fn what_makes_no_client_says_why() {
    let (record, secret) = of_a();
    let method = |name: &str| ClientRecord { auth_method: Some(name.to_owned()), ..record.clone() };
    for (record, hash, why) in [
        (method("none"), "sha256:00", "not a method"),
        (method("tls_client_auth"), "sha256:00", "exactly one name"),
        (method("self_signed_tls_client_auth"), "sha256:00", "needs the client's certificate"),
        (
            ClientRecord { tls_certificate: Some("x".to_owned()), ..record.clone() },
            "sha256:00",
            "does not use",
        ),
        (
            ClientRecord { tls_client_auth_san_ip: Some("::1".to_owned()), ..record.clone() },
            "sha256:00",
            "does not use",
        ),
        (
            ClientRecord { scope_claim_form: Some("list".to_owned()), ..record.clone() },
            &secret.hash,
            "without scope_claim",
        ),
        (
            ClientRecord { default_audiences: vec!["https://a".to_owned()], ..record.clone() },
            &secret.hash,
            "not in audiences",
        ),
        (method("private_key_jwt"), "sha256:00", "needs the client's public keys"),
        (record.clone(), "hunter2", "hash is not valid"),
        (
            ClientRecord { allow_from: vec!["hunter2".to_owned()], ..record.clone() },
            &secret.hash,
            "entry 1 is not an address",
        ),
    ] {
        let secrets = vec![SecretRecord { hash: hash.to_owned(), ..secret.clone() }];
        let error = StoredClient { record, secrets }.client(None).unwrap_err().to_string();
        assert!(error.contains(why) && !error.contains("hunter2"), "{error}");
    }
}

#[test]
fn every_certificate_name_and_setting_reaches_the_client() {
    let record = ClientRecord {
        id: "a".to_owned(),
        auth_method: Some("tls_client_auth".to_owned()),
        tls_client_auth_san_dns: Some("a.example.com".to_owned()),
        audiences: vec!["https://a".to_owned(), "https://b".to_owned()],
        default_audiences: vec!["https://b".to_owned()],
        scope_claim: Some("scp".to_owned()),
        scope_claim_form: Some("list".to_owned()),
        ..ClientRecord::default()
    };
    let client = StoredClient::new(record, None).made().unwrap();
    assert!(
        client.has_bound_tokens()
            && matches!(&client.auth, ClientAuth::Tls(name) if name.to_string() == "a.example.com")
    );
    assert_eq!(client.default_audiences, ["https://b"]);
    assert_eq!(client.scope_claim, Some(ScopeClaim { name: "scp", form: ScopeForm::List }));
    let bound = ClientRecord {
        id: "a".to_owned(),
        tls_client_certificate_bound_access_tokens: true,
        ..ClientRecord::default()
    };
    assert!(StoredClient::new(bound, None).made().unwrap().has_bound_tokens());
}

#[test]
fn a_secret_that_the_client_signs_with_opens_with_the_store_key() {
    let key = |byte: &str| SealingKey::read(&Secret::new(byte.repeat(43))).unwrap();
    let secret = Secret::new("0123456789abcdef0123456789abcdef");
    let record = ClientRecord {
        id: "a".to_owned(),
        auth_method: Some("client_secret_jwt".to_owned()),
        assertion_audience: Some("issuer-or-token-url".to_owned()),
        ..ClientRecord::default()
    };
    let text = |of: &str, key: &SealingKey| shared_secrets::text(of, &secret, Some(key)).unwrap();
    let keys = |stored: &StoredClient, key: Option<&SealingKey>| match stored.clone().client(key) {
        Ok(Some(Client { auth: ClientAuth::SecretJwt { secrets, .. }, .. })) => Ok(secrets.len()),
        Ok(other) => panic!("{other:?}"),
        Err(why) => Err(why.what),
    };
    let mut stored = StoredClient::new(record.clone(), Some(text("a", &key("A"))));
    assert_eq!(keys(&stored, Some(&key("A"))), Ok(1));
    assert!(keys(&stored, None).unwrap_err().contains("no key is configured to open it"));
    assert!(keys(&stored, Some(&key("E"))).unwrap_err().contains("does not open with this key"));
    assert!(stored.clone().made().is_ok(), "a list needs no store key");
    let stolen = StoredClient::new(record, Some(text("b", &key("A"))));
    assert!(keys(&stolen, Some(&key("A"))).is_err(), "it is another client's");
    // After the loss of the store key a new secret is enough.
    stored.rotate(text("a", &key("E")), Timestamp::from_unix(100), Timestamp::from_unix(200));
    assert_eq!((keys(&stored, Some(&key("E"))), keys(&stored, Some(&key("A")))), (Ok(1), Ok(1)));
    assert!(!format!("{stored:?}").contains("a256gcm"));
}

#[test]
fn a_secret_ends_with_its_overlap_and_the_newest_comes_first() {
    let record = ClientRecord {
        id: "a".to_owned(),
        auth_method: Some("client_secret_jwt".to_owned()),
        ..ClientRecord::default()
    };
    let text = |letter: &str| shared_secrets::text("a", &Secret::new(letter.repeat(32)), None).unwrap();
    let mut stored = StoredClient::new(record, Some(text("1")));
    stored.rotate(text("2"), Timestamp::from_unix(100), Timestamp::from_unix(200));
    let client = stored.client(None).unwrap().unwrap();
    let ClientAuth::SecretJwt { secrets, .. } = client.auth else { panic!() };
    let live = |at| SharedKey::live(&secrets, Timestamp::from_unix(at)).keys.len();
    assert_eq!((secrets[0].ends, live(199), live(200)), (None, 2, 1));
}

#[test]
fn a_member_of_a_newer_version_is_not_ignored() {
    let error = serde_json::from_str::<ClientRecord>(r#"{"id":"a","only_on_mondays":true}"#).unwrap_err();
    assert!(error.to_string().starts_with("unknown field `only_on_mondays`"), "{error}");
}

#[test]
fn a_secret_that_ends_at_once_has_ended_by_any_clock() {
    let record = ClientRecord { id: "a".to_owned(), ..ClientRecord::default() };
    let hash = |secret: &str| SecretHash::of(&Secret::new(secret)).text();
    let numbers = |end: i64| {
        let mut stored = StoredClient::new(record.clone(), Some(hash("1")));
        stored.rotate(hash("2"), Timestamp::from_unix(100), Timestamp::from_unix(end));
        let client = stored.client(None).unwrap().unwrap();
        client.secrets().iter().map(|secret| secret.number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(100), [Some(2)], "a server's clock may be behind");
    assert_eq!(numbers(101), [Some(1), Some(2)]);
}
