//! Limits on callers: the brake on wrong secrets, limits a client, and where a client may ask from.

use crate::support::keys::Key;
use crate::support::protocol::{Answer, FORM, ISSUER, Issuer, NOW};
use crate::support::{folder, heistctl};
use base64::Engine;
use heistctl::http::{Method, Peer};
use heistctl::issuer::ServiceSettings;
use heistctl::registry::networks::Networks;
use heistctl::registry::{AssertionAudience, Client, ClientAuth, ClientKeys, KeysUrl};
use serde_json::json;
use std::time::Duration;

fn from(issuer: &Issuer, address: &str) {
    issuer.peer.replace(Peer { address: Some(address.parse().unwrap()), ..Peer::default() });
}

fn guess(issuer: &Issuer, client: &str) -> Answer {
    issuer.post(
        "/oauth/token",
        &format!("grant_type=client_credentials&client_id={client}&client_secret=hunter2"),
    )
}

/// The statuses and delays of so many guesses.
fn guesses(issuer: &Issuer, client: &str, count: usize) -> Vec<(u16, u128)> {
    (0..count).map(|_| guess(issuer, client)).map(|answer| (answer.status, answer.delay())).collect()
}

const SLOW: [u128; 10] = [250, 500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000];

#[test]
fn wrong_secrets_are_free_then_slow_then_not_checked() {
    for client in ["c", "nobody"] {
        let issuer = Issuer::new();
        from(&issuer, "192.0.2.7");
        assert_eq!(guesses(&issuer, client, 10), [(401, 0); 10]);
        assert_eq!(guesses(&issuer, client, 10), SLOW.map(|delay| (401, delay)));
        let refused = guess(&issuer, client);
        refused.is(429, "too_many_requests", "too many wrong credentials");
        assert_eq!((refused.header("Retry-After"), refused.delay()), (Some("10"), 0));
        assert!(refused.text("error_description").contains("wait 10 s"));
        for (endpoint, kind, body) in [
            ("/oauth/introspect", FORM.1, format!("client_id={client}&client_secret=s&token=x")),
            ("/oauth/revoke", FORM.1, format!("client_id={client}&client_secret=s&token=x")),
            (
                "/oauth/token",
                "application/json",
                json!({"client_id": client, "client_secret": "s"}).to_string(),
            ),
        ] {
            let answer = issuer.send(Method::Post, endpoint, &[("Content-Type", kind)], &body);
            answer.is(429, "too_many_requests", "");
            assert_eq!(answer.body.get("detail").is_some(), kind != FORM.1, "the article's dialect");
        }
        issuer.now.set(NOW.after(Duration::from_secs(10)));
        assert_eq!(guess(&issuer, client).status, 401, "one after the wait");
        assert_eq!(
            guess(&issuer, client).header("Retry-After"),
            Some("10"),
            "the next check, though it waits 20 s"
        );
    }
}

#[test]
fn nobody_is_locked_out_by_strangers_and_a_right_secret_clears() {
    let issuer = Issuer::new();
    from(&issuer, "2001:db8:0:1::1");
    guesses(&issuer, "c", 21);
    issuer.ask("c", "").is(429, "too_many_requests", "");
    assert_eq!(issuer.ask("short", "").status, 200, "another client from there");
    from(&issuer, "2001:db8:0:1:ffff::2");
    issuer.ask("c", "").is(429, "too_many_requests", "");
    for elsewhere in ["2001:db8:0:2::1", "192.0.2.7"] {
        from(&issuer, elsewhere);
        assert_eq!(issuer.ask("c", "").status, 200, "{elsewhere}");
    }
    from(&issuer, "2001:db8:0:1::1");
    issuer.now.set(NOW.after(Duration::from_secs(10)));
    assert_eq!(issuer.ask("c", "").status, 200);
    assert_eq!(guesses(&issuer, "c", 11)[10], (401, 250), "it begins anew");
}

#[test]
fn what_is_no_guess_is_not_counted() {
    let issuer = Issuer::new();
    for _ in 0..30 {
        for (body, status) in [
            ("grant_type=password&client_id=c&client_secret=x", 400),
            ("client_id=c&client_secret=x", 400),
            ("grant_type=client_credentials&client_id=c&client_secret=x&client_secret=x", 400),
            ("grant_type=client_credentials&client_id=c", 401),
            ("grant_type=client_credentials&client_secret=x", 401),
            ("grant_type=client_credentials&client_id=c&client_secret=s&scope=z", 400),
            ("grant_type=client_credentials&client_id=c&client_secret=s&resource=https://evil", 400),
        ] {
            let answer = issuer.post("/oauth/token", body);
            assert_eq!((answer.status, answer.delay()), (status, 0), "{body}: {}", answer.reason);
        }
    }
    assert_eq!(guess(&issuer, "c").delay(), 0);
}

#[test]
fn an_id_in_other_letters_is_the_same_id() {
    let issuer = Issuer::new();
    let statuses: Vec<u16> = (0..30)
        .map(|round: u32| {
            let letter = |at: usize, c: u8| match round >> at & 1 {
                0 => char::from(c).to_string(),
                _ => format!("%{c:02X}"),
            };
            let id: String = "short".bytes().enumerate().map(|(at, c)| letter(at, c)).collect();
            let basic = base64::engine::general_purpose::STANDARD.encode(format!("{id}:hunter2"));
            let headers = [FORM, ("Authorization", &format!("Basic {basic}"))];
            issuer.send(Method::Post, "/oauth/token", &headers, "grant_type=client_credentials").status
        })
        .collect();
    assert_eq!(statuses, [[401; 10], [401; 10], [429; 10]].concat());
}

/// An assertion of that client by that key, good but for who signed it.
fn assertion(client: &str, alg: &str, key: &Key, jti: usize) -> String {
    let claims = json!({"iss": client, "sub": client, "aud": ISSUER, "jti": jti.to_string(),
                        "exp": NOW.unix() + 60});
    key.sign(alg, None, &claims)
}

#[test]
fn assertions_are_no_guesses_and_forged_ones_lock_nobody_out() {
    let mut issuer = Issuer::new();
    from(&issuer, "192.0.2.7");
    let keys = ClientKeys::At(KeysUrl::registered("https://example.com/jwks"));
    let auth = ClientAuth::PrivateKeyJwt { keys, audience: AssertionAudience::Issuer };
    issuer.service.registry.add(Client { auth, ..crate::support::client("far", "", "a") }).unwrap();
    for alg in ["HS256", "HS512", "ES256"] {
        let key = if alg.starts_with("HS") { Key::Hmac(vec![9; 64]) } else { Key::for_alg(alg) };
        for client in ["shared", "signer", "c", "nobody", "far"] {
            for jti in 0..50 {
                let answer = issuer.assert(&assertion(client, alg, &key, jti));
                assert_eq!((answer.status, answer.delay()), (401, 0), "{client}, {alg}");
                assert_eq!(answer.text("error_description"), "Invalid client credentials");
            }
        }
    }
    let mismatch = |alg: &str, client: &str, key: &Key| {
        let answer = issuer.assert(&assertion(client, alg, key, 0));
        answer.is(401, "invalid_client", "does not match");
        answer.reason
    };
    let by_secret = mismatch("HS256", "shared", &Key::Hmac(vec![9; 64]));
    assert_eq!(mismatch("ES256", "signer", &Key::for_alg("ES256")), by_secret, "the log says the same");
    issuer.assert(&assertion("far", "ES256", &Key::for_alg("ES256"), 0)).is(
        401,
        "invalid_client",
        "keys are not fetched here",
    );
    for (client, alg, key) in
        [("signer", "ES256", &issuer.client_key), ("shared", "HS256", &Key::for_alg("HS256"))]
    {
        let answer = issuer.assert(&assertion(client, alg, key, 99));
        assert_eq!((answer.status, answer.delay()), (200, 0), "{client}: the owner at the same address");
    }
    assert_eq!(
        guesses(&issuer, "c", 11)[10],
        (401, 250),
        "secrets by Basic or in the body still are guesses"
    );
}

#[test]
fn wrong_secrets_for_a_client_that_signs_assertions_slow_only_secrets() {
    let issuer = Issuer::new();
    from(&issuer, "192.0.2.7");
    for (client, alg, key) in
        [("signer", "ES256", &issuer.client_key), ("shared", "HS256", &Key::for_alg("HS256"))]
    {
        assert_eq!(guesses(&issuer, client, 21)[20], (429, 0), "{client}");
        let answer = issuer.assert(&assertion(client, alg, key, 1));
        assert_eq!((answer.status, answer.delay()), (200, 0), "{client}");
    }
}

#[test]
fn invented_clients_do_not_end_the_wait_of_one() {
    let issuer = Issuer::new();
    from(&issuer, "192.0.2.7");
    let mut checked = 0;
    for round in 0..100 {
        checked += i32::from(guess(&issuer, "c").status == 401);
        (0..30).for_each(|number| drop(guess(&issuer, &format!("invented-{round}-{number}"))));
    }
    assert_eq!(checked, 20);
    from(&issuer, "192.0.2.8");
    assert_eq!(issuer.ask("c", "").status, 200, "from elsewhere");
}

#[test]
fn a_right_secret_is_taken_during_a_wait_that_a_stranger_makes_last() {
    let issuer = Issuer::new();
    from(&issuer, "192.0.2.7");
    guesses(&issuer, "c", 21);
    for seconds in [10, 30, 70, 150, 310] {
        issuer.now.set(NOW.after(Duration::from_secs(seconds)));
        assert_eq!(guess(&issuer, "c").status, 401, "after the wait");
    }
    issuer.now.set(NOW.after(Duration::from_secs(400)));
    assert_eq!(issuer.ask("c", "").status, 200, "though the wait goes on until 630");
    assert_eq!(guess(&issuer, "c").delay(), 0, "it has ended");
}

#[test]
fn a_client_asks_no_more_often_than_its_limit() {
    let settings = ServiceSettings { per_client: Some("2/m".parse().unwrap()), ..ServiceSettings::default() };
    let issuer = Issuer::with(ISSUER, "ES256", settings);
    for _ in 0..5 {
        assert_eq!(guess(&issuer, "c").status, 401, "whoever is not the client takes nothing from it");
    }
    assert_eq!([issuer.ask("c", "").status, issuer.ask("c", "&scope=z").status], [200, 400]);
    let refused = issuer.ask("c", "");
    refused.is(429, "too_many_requests", "exceeds its request limit");
    assert_eq!(refused.header("Retry-After"), Some("30"));
    let revoke = issuer.post("/oauth/revoke", "client_id=c&client_secret=s&token=x");
    revoke.is(429, "too_many_requests", "");
    assert_eq!(issuer.ask("short", "").status, 200, "another client");
    issuer.now.set(NOW.after(Duration::from_secs(30)));
    assert_eq!([issuer.ask("c", "").status, issuer.ask("c", "").status], [200, 429]);
}

#[test]
fn a_client_asks_from_where_it_may() {
    let mut issuer = Issuer::new();
    let allow_from = Networks::parse(&["10.0.0.0/8", "2001:db8::/32"]).unwrap();
    let inside = Client { allow_from, ..crate::support::client("inside", "s", "a") };
    issuer.service.registry.add(inside).unwrap();
    issuer.ask("inside", "").is(400, "unauthorized_client", "from an unknown address");
    for (address, shown) in [("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("::1", "::1")] {
        from(&issuer, address);
        let refused = issuer.ask("inside", "");
        refused.is(400, "unauthorized_client", "allow_from");
        assert!(refused.text("error_description").contains(&format!("from {shown}:")));
        let revoke = issuer.post("/oauth/revoke", "client_id=inside&client_secret=s&token=x");
        revoke.is(400, "unauthorized_client", "allow_from");
        assert_eq!(guess(&issuer, "inside").status, 401, "only the client is told");
    }
    for address in ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1"] {
        from(&issuer, address);
        assert_eq!(issuer.ask("inside", "").status, 200, "{address}");
    }
}

#[test]
fn a_configuration_limits_its_clients() {
    let toml = "listen = '127.0.0.1:0'\n[limits]\nper_client = '1/h'\n\
                [[client]]\nid = 'here'\nsecret_file = 'key'\nallow_from = ['127.0.0.1']\n\
                [[client]]\nid = 'there'\nsecret_file = 'key'\nallow_from = ['192.0.2.0/24']\n";
    let folder = folder(&[("key", "hunter2"), ("heist.toml", toml)]);
    let server = heistctl(["serve"]).in_folder(folder.path()).serve();
    let ask = |client: &str| {
        let body = format!("grant_type=client_credentials&client_id={client}&client_secret=hunter2");
        server.request("POST", "/oauth/token", &[FORM], &body)
    };
    assert_eq!([ask("here").status, ask("there").status], [200, 400]);
    let refused = ask("here");
    assert_eq!((refused.status, &refused.json()["error"]), (429, &json!("too_many_requests")));
    let wait: u64 = refused.header("Retry-After").unwrap().parse().unwrap();
    assert!((3500..=3600).contains(&wait), "{wait}");
}
