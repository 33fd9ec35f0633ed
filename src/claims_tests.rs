//! Claims as serve fills them and as inspect reads them.

use super::*;

fn object(text: &str) -> Object {
    Json::parse(text.as_bytes()).unwrap().as_object().unwrap().clone()
}

#[test]
fn what_serve_fills_is_what_inspect_reads() {
    let scope: ScopeSet = "a b".parse().unwrap();
    let claims = AccessClaims {
        iss: "https://as",
        sub: "c",
        client_id: "c",
        aud: &["x".to_owned()],
        scope: &scope,
        scope_claim: None,
        iat: Timestamp::from_unix(10),
        exp: Timestamp::from_unix(3610),
        jti: "j",
        cnf: Some(Confirmation { jkt: Some("k"), x5t_s256: Some("c") }),
        act: Some(&Actor { sub: "b".to_owned(), scope_before: ScopeSet::empty(), act: None }),
        sources: &["s".to_owned()],
        extra: &serde_json::Map::from_iter([("team".to_owned(), "heist".into())]),
    };
    let received = object(&serde_json::to_string(&claims).unwrap());
    let view = ClaimsView::of(&received);
    assert_eq!(view.iss, Claim::Value("https://as"));
    assert_eq!(view.sub, Claim::Value("c"));
    assert_eq!(view.client_id, Claim::Value("c"));
    assert_eq!(view.aud, Claim::Value(vec!["x"]));
    assert_eq!(view.scope, Claim::Value(scope.clone()));
    assert_eq!(view.iat, Claim::Value(NumericDate { seconds: 10, nanos: 0 }));
    assert_eq!(view.exp, Claim::Value(NumericDate { seconds: 3610, nanos: 0 }));
    assert_eq!(view.jti, Claim::Value("j"));
    assert_eq!(view.nbf, Claim::Absent);
    assert_eq!(Actor::of(&received).map(|actor| (actor.depth(), actor.sub)), Some((1, "b".to_owned())));
    assert_eq!(received.get("cnf").unwrap().to_string(), r#"{"jkt":"k","x5t#S256":"c"}"#);
    assert_eq!(received.get(SOURCE_JTIS).unwrap().to_string(), r#"["s"]"#);
    assert_eq!(received.get("team").and_then(Json::as_str), Some("heist"));
}

#[test]
fn numeric_dates_are_read_as_written() {
    let read = |text| NumericDate::parse(text).map(|date| (date.seconds, date.nanos));
    assert_eq!(read("1795420800"), Some((1_795_420_800, 0)));
    assert_eq!(read("1.5"), Some((1, 500_000_000)));
    assert_eq!(read("-1.5"), Some((-2, 500_000_000)));
    assert_eq!(read("1.7e9"), Some((1_700_000_000, 0)));
    assert_eq!(read("9223372036854775808"), Some((9_223_372_036_854_775_808, 0)));
    assert_eq!(read("1e18"), read("1000000000000000000"));
    assert_eq!(read("9007199254740993.0"), Some((9_007_199_254_740_993, 0)));
    assert_eq!(read("1795420800.999999999"), Some((1_795_420_800, 999_999_999)));
    assert_eq!(read("1e400"), None);
    assert_eq!(read(&"9".repeat(60)), None);
}

#[test]
fn a_wrong_type_is_said_and_not_taken_for_absence() {
    let object = object(r#"{"exp":"1","aud":[1],"scope":{},"iss":7,"nbf":1e999}"#);
    let view = ClaimsView::of(&object);
    for (claim, part) in [
        (format!("{:?}", view.exp), "exp is a string, must be a number"),
        (format!("{:?}", view.aud), "must be a string or an array of strings"),
        (format!("{:?}", view.scope), "scope is an object"),
        (format!("{:?}", view.iss), "iss is a number, must be a string"),
        (format!("{:?}", view.nbf), "nbf is out of range"),
    ] {
        assert!(claim.contains("Mistyped") && claim.contains(part), "{claim}");
    }
}

#[test]
fn scopes_are_read_from_scp_and_arrays_too() {
    let read = |text: &str| match ClaimsView::of(&object(text)).scope {
        Claim::Value(scope) => scope.to_string(),
        other => format!("{other:?}"),
    };
    assert_eq!(read(r#"{"scp":["b","a"]}"#), "a b");
    assert_eq!(read(r#"{"scope":"b a"}"#), "a b");
    assert_eq!(read(r#"{"scopes":"b a"}"#), "a b");
    assert_eq!(read(r#"{"permissions":["b","a"]}"#), "a b");
    assert_eq!(read(r#"{"permissions":["c"],"scopes":["b"],"scp":"a"}"#), "a", "the first one counts");
}

#[test]
fn a_claim_of_the_configuration_is_no_scope_of_an_own_token() {
    let own = |text: &str| own_scope(&object(text));
    assert_eq!(own(r#"{"permissions":["admin"],"scopes":"admin"}"#), Claim::Absent);
    assert_eq!(own(r#"{"scope":"a","permissions":["admin"]}"#), Claim::Value("a".parse().unwrap()));
    assert_eq!(own(r#"{"scp":["a"]}"#), Claim::Value("a".parse().unwrap()));
}

#[test]
fn a_scope_claim_repeats_the_scope_in_its_form() {
    let written = |name, form, scope: &str| {
        let claims = AccessClaims {
            iss: "i",
            sub: "c",
            client_id: "c",
            aud: &[],
            scope: &scope.parse().unwrap(),
            scope_claim: Some(ScopeClaim { name, form }),
            iat: Timestamp::from_unix(1),
            exp: Timestamp::from_unix(2),
            jti: "j",
            cnf: None,
            act: None,
            sources: &[],
            extra: &serde_json::Map::new(),
        };
        let received = object(&serde_json::to_string(&claims).unwrap());
        let text = |name: &str| received.get(name).map(ToString::to_string).unwrap_or_default();
        (text("scope"), text(name))
    };
    let both = ("\"a b\"".to_owned(), "\"a b\"".to_owned());
    assert_eq!(written("scp", ScopeForm::String, "a b"), both);
    assert_eq!(written("permissions", ScopeForm::List, "a b"), (both.0, "[\"a\",\"b\"]".to_owned()));
    assert_eq!(written("scopes", ScopeForm::List, ""), (String::new(), String::new()));
}

#[test]
fn debug_of_a_token_response_hides_the_token() {
    let (access_token, token_type) = ("hunter2".to_owned(), "Bearer".to_owned());
    let response =
        TokenResponse { access_token, token_type, expires_in: None, scope: None, issued_token_type: None };
    assert!(!format!("{response:?}").contains("hunter2"));
}
