use super::*;
use serde_json::{Value, json};

fn answer(refusal: &Refusal, dialect: Dialect, explain: bool) -> (u16, Value) {
    let response = refusal.response(dialect, explain);
    (response.status, serde_json::from_slice(&response.body).unwrap())
}

#[test]
fn a_json_request_gets_the_articles_detail_and_status() {
    let not_allowed = Refusal::ScopeNotAllowed { refused: vec!["x".to_owned()], allowed: ScopeSet::empty() };
    for (refusal, explain, status, detail) in [
        (&Refusal::UnknownClient, true, 401, "Unknown client"),
        (&Refusal::WrongSecret, true, 401, "Invalid secret"),
        (&Refusal::UnknownClient, false, 401, "Invalid client credentials"),
        (&Refusal::WrongSecret, false, 401, "Invalid client credentials"),
        (&not_allowed, false, 403, "Scope not allowed"),
    ] {
        let (got, body) = answer(refusal, Dialect::Json, explain);
        assert_eq!((got, &body["detail"]), (status, &json!(detail)));
    }
    let (status, body) = answer(&not_allowed, Dialect::Form, false);
    assert_eq!((status, &body["error"], body.get("detail")), (400, &json!("invalid_scope"), None));
}

#[test]
fn what_is_odd_about_a_secret_is_told_whether_there_is_such_a_client_or_not() {
    let odd = |refusal| Refusal::OddSecret {
        refusal: Box::new(refusal),
        odd: "ends with a line end (U+000A)".to_owned(),
    };
    let (wrong, unknown) = (odd(Refusal::WrongSecret), odd(Refusal::UnknownClient));
    for dialect in [Dialect::Form, Dialect::Json] {
        assert_eq!(wrong.response(dialect, false).body, unknown.response(dialect, false).body);
        let (status, body) = answer(&wrong, dialect, false);
        let told = "Invalid client credentials: the secret ends with a line end (U+000A)";
        assert_eq!((status, &body["error_description"]), (401, &json!(told)));
    }
    let (_, body) = answer(&wrong, Dialect::Json, true);
    assert_eq!(body["detail"], json!("Invalid secret"));
    assert_eq!(wrong.reason(), "wrong secret: what was sent ends with a line end (U+000A)");
    assert!(wrong.is_wrong_guess() && unknown.is_wrong_guess());
}

#[test]
fn without_explanations_all_wrong_credentials_look_the_same() {
    let why = || "why".to_owned();
    let wrong = [
        Refusal::IdAlone,
        Refusal::WrongSecret,
        Refusal::OtherMethod,
        Refusal::InvalidAssertion(why()),
        Refusal::NoKeys(why()),
        Refusal::InvalidCertificate(why()),
    ];
    for dialect in [Dialect::Form, Dialect::Json] {
        let unknown = Refusal::UnknownClient.response(dialect, false);
        for refusal in &wrong {
            let other = refusal.response(dialect, false);
            assert_eq!(
                (unknown.status, &unknown.headers, &unknown.body),
                (other.status, &other.headers, &other.body)
            );
        }
    }
}
