//! The article's four cases through the real binary, in both dialects: every status and `detail`
//! that its client would see.

use crate::support::{Reply, demo};
use serde_json::json;

const JSON: (&str, &str) = ("Content-Type", "application/json");
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

#[test]
fn the_articles_client_sees_the_articles_answers() {
    let server = demo();
    let ask = |id: &str, secret: &str, scope: &str| {
        let body = json!({"client_id": id, "client_secret": secret, "scope": scope}).to_string();
        server.request("POST", "/oauth/token", &[JSON], &body)
    };
    let resource = |authorization: Option<String>| {
        let headers: Vec<(&str, &str)> =
            authorization.iter().map(|v| ("Authorization", v.as_str())).collect();
        server.request("GET", "/protected-resource", &headers, "")
    };
    let detail = |reply: &Reply| reply.json()["detail"].clone();

    let granted = ask("hacker-client", "hacker-secret-123", "simulation:read");
    assert_eq!(granted.status, 200);
    let token = granted.json();
    assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!(token["scope"], "simulation:read");
    let access = resource(Some(format!("Bearer {}", token["access_token"].as_str().unwrap())));
    assert_eq!(access.status, 200);
    let expected =
        json!({"message": "Access granted!", "client": "hacker-client", "scope": "simulation:read"});
    assert_eq!(access.json(), expected);

    let unknown = ask("nobody", "hacker-secret-123", "simulation:read");
    assert_eq!((unknown.status, detail(&unknown)), (401, json!("Unknown client")));
    let wrong = ask("hacker-client", "wrong", "simulation:read");
    assert_eq!((wrong.status, detail(&wrong)), (401, json!("Invalid secret")));
    assert_eq!(wrong.header("WWW-Authenticate"), Some(r#"Basic realm="heistctl""#));
    let scope = ask("hacker-client", "hacker-secret-123", "memory:read");
    assert_eq!((scope.status, detail(&scope)), (403, json!("Scope not allowed")));
    let none = resource(None);
    assert_eq!((none.status, detail(&none)), (401, json!("No authorization header")));
    let challenge = none.header("WWW-Authenticate").unwrap();
    assert!(challenge.starts_with(r#"Bearer realm="heistctl", resource_metadata="http://"#), "{challenge}");
    assert!(!challenge.contains("error="), "{challenge}");
    let garbage = resource(Some("Bearer None".to_owned()));
    assert_eq!(garbage.status, 401);
    assert!(detail(&garbage).as_str().unwrap().starts_with("Invalid token: "));
}

#[test]
fn an_oauth_client_sees_the_rfcs_answers() {
    let server = demo();
    let ask = |id: &str, secret: &str, scope: &str| {
        let body =
            format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&scope={scope}");
        server.request("POST", "/oauth/token", &[FORM], &body)
    };
    let granted = ask("planner-client", "planner-secret-456", "memory:read");
    assert_eq!((granted.status, granted.header("Cache-Control")), (200, Some("no-store")));
    let bearer = format!("Bearer {}", granted.json()["access_token"].as_str().unwrap());
    let resource =
        |value: &str| server.request("GET", "/protected-resource", &[("Authorization", value)], "");
    assert_eq!(resource(&bearer).json()["client"], "planner-client");
    for bad in [
        format!("{bearer}x"),
        format!("{bearer} x"),
        bearer.replace("Bearer", "Basic"),
        "Bearer".to_owned(),
        String::new(),
    ] {
        assert_eq!(resource(&bad).status, 401, "{bad}");
    }
    assert_eq!(resource(&format!("{bearer} ")).status, 200, "a trailing blank is not part of a field");
    let basic = ("Authorization", "Basic cGxhbm5lci1jbGllbnQ6cGxhbm5lci1zZWNyZXQtNDU2");
    let by_basic = server.request("POST", "/oauth/token", &[FORM, basic], "grant_type=client_credentials");
    assert_eq!((by_basic.status, &by_basic.json()["scope"]), (200, &json!("memory:read")));
    for (reply, status, error) in [
        (ask("nobody", "x", "memory:read"), 401, "invalid_client"),
        (ask("planner-client", "x", "memory:read"), 401, "invalid_client"),
        (ask("planner-client", "planner-secret-456", "simulation:read"), 400, "invalid_scope"),
    ] {
        assert_eq!((reply.status, &reply.json()["error"]), (status, &json!(error)));
        assert_eq!(reply.json().get("detail"), None);
        assert!(reply.json()["error_description"].is_string());
    }
}

#[test]
fn the_four_cases_by_exit_codes_alone() {
    let server = demo();
    let call = |scope: &str| server.client(&["call", "--scope", scope]);
    let granted = call("simulation:read").run().exits(0);
    assert_eq!(granted.json()["message"], "Access granted!");
    call("simulation:read").env("HEISTCTL_CLIENT_SECRET", "wrong").run().fails(14, &["Invalid secret"]);
    call("memory:read").run().fails(14, &["invalid_scope"]);
    server.client(&["token"]).env("HEISTCTL_CLIENT_ID", "nobody").run().fails(4, &["Unknown client"]);
}
