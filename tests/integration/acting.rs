//! Token exchange without an actor token, and subject tokens that say who may act (RFC 8693 sections 2.1 and 4.4).

use crate::exchange::{AT, EXCHANGE, claims, exchange};
use crate::support::keys::Key;
use crate::support::protocol::{Answer, ISSUER, Issuer, NOW};
use heistctl::issuer::ServiceSettings;
use heistctl::jose::sign::Signer;
use heistctl::secret::Secret;
use serde_json::{Value, json};

/// An exchange without an actor token.
pub(crate) fn alone(issuer: &Issuer, client: &str, subject: &str, more: &str) -> Answer {
    let body = format!(
        "grant_type={EXCHANGE}&client_id={client}&client_secret=s&subject_token={subject}&subject_token_type={AT}{more}"
    );
    issuer.post("/oauth/token", &body)
}

#[test]
fn without_an_actor_token_the_client_that_authenticates_is_the_actor() {
    let issuer = Issuer::new();
    let subject = issuer.token("c", "");
    let first = alone(&issuer, "agent", &subject, "");
    let said = claims(first.text("access_token"));
    assert_eq!((&said["sub"], &said["client_id"]), (&json!("c"), &json!("agent")));
    assert_eq!(said["act"], json!({"sub": "agent", "scope_before": "a b"}));
    assert_eq!(said["source_jtis"], json!([claims(&subject)["jti"]]));
    assert_eq!(first.text("scope"), "b");
    let second = alone(&issuer, "agent2", first.text("access_token"), "");
    let second = second.text("access_token").to_owned();
    let expected =
        json!({"sub": "agent2", "scope_before": "b", "act": {"sub": "agent", "scope_before": "a b"}});
    assert_eq!(claims(&second)["act"], expected);
    alone(&issuer, "c", &subject, "").is(400, "unauthorized_client", "token_exchange = true");
    alone(&issuer, "agent", &subject, "&scope=a").is(400, "invalid_scope", "may not have scope a");
    let revoke = format!("client_id=c&client_secret=s&token={subject}");
    assert_eq!(issuer.post("/oauth/revoke", &revoke).status, 200);
    assert_eq!(issuer.introspect(&second), json!({"active": false}));
}

/// A token of client `c` with that `may_act`, as another holder of the signing secret makes it.
fn with_may_act(key: &Key, may_act: &Value) -> String {
    let claims = json!({"iss": ISSUER, "sub": "c", "client_id": "c", "scope": "a b", "jti": may_act.to_string(),
                        "iat": NOW.unix(), "exp": NOW.unix() + 60, "may_act": may_act});
    key.sign_text("HS256", &json!({"alg": "HS256", "typ": "JWT"}).to_string(), &claims.to_string())
}

#[test]
fn only_the_actor_that_may_act_names_acts_and_the_next_one_is_bound_too() {
    let key = Key::for_alg("HS256");
    let Key::Hmac(secret) = &key else { panic!() };
    heistctl::jose::install_provider();
    let signer = Signer::hs256(Secret::new(secret.as_slice())).unwrap();
    let issuer = Issuer::signing(ISSUER, signer, ServiceSettings::default());
    let agent = issuer.token("agent", "");
    for may_act in [
        json!({"sub": "agent"}),
        json!({"sub": "agent", "iss": ISSUER}),
        json!({"client_id": "agent"}),
        json!({"sub": "agent", "client_id": "agent"}),
    ] {
        let subject = with_may_act(&key, &may_act);
        for answer in
            [alone(&issuer, "agent", &subject, ""), exchange(&issuer, "agent", &subject, &agent, "")]
        {
            assert_eq!(answer.status, 200, "{may_act}: {}", answer.reason);
            let token = answer.text("access_token");
            assert_eq!(claims(token)["may_act"], may_act);
            alone(&issuer, "agent2", token, "").is(400, "invalid_grant", "may_act does not name the client");
        }
        alone(&issuer, "agent2", &subject, "").is(400, "invalid_grant", "may_act does not name the client");
    }
    for may_act in [
        json!({"sub": "agent", "iss": "https://other"}),
        json!({"sub": "agent", "client_id": "agent2"}),
        json!({"sub": "agent", "on": "mondays"}),
        json!({"sub": ["agent"]}),
        json!({"iss": ISSUER}),
        json!({}),
        json!("agent"),
        json!(["agent"]),
        json!(null),
    ] {
        let subject = with_may_act(&key, &may_act);
        alone(&issuer, "agent", &subject, "").is(400, "invalid_grant", "may_act does not name the client");
    }
}
