//! Protected resources (RFC 9728): their documents, the scopes of tokens for them, and what refusals tell.

use crate::support::checked::{CLIENT, private, refused};
use crate::support::demo;
use crate::support::protocol::{ISSUER, Issuer};
use heistctl::issuer::resource::Resource;
use heistctl::jose::compact::{Token, read};
use serde_json::{Value, json};

const OWN: &str = "/.well-known/oauth-protected-resource/tenant/protected-resource";

fn issuer() -> Issuer {
    let mut issuer = Issuer::new();
    let api = Resource {
        name: Some("The API".to_owned()),
        scopes: Some("a other".parse().unwrap()),
        ..Resource::new("https://api")
    };
    let orders = Resource {
        issuers: vec!["https://login.example.com".to_owned()],
        ..Resource::new("https://api/orders")
    };
    issuer.service = issuer.service.clone().with_resources(vec![api, orders]);
    issuer
}

fn claims(token: &str) -> Value {
    let Token::Jws(jws) = read(token) else { panic!("{token}") };
    serde_json::from_slice(&jws.payload_bytes).unwrap()
}

#[test]
fn each_resource_has_a_document_at_its_path() {
    let issuer = issuer();
    let get = |path: &str| issuer.get(path);
    let api = get("/.well-known/oauth-protected-resource");
    assert_eq!((api.status, api.header("Cache-Control")), (200, Some("public, max-age=300")));
    assert_eq!((api.text("resource"), api.text("resource_name")), ("https://api", "The API"));
    assert_eq!(api.body["scopes_supported"], json!(["a", "other"]));
    assert_eq!(api.body["authorization_servers"], json!([ISSUER]));
    assert_eq!(api.body["bearer_methods_supported"], json!(["header"]));
    let orders = get("/.well-known/oauth-protected-resource/orders");
    assert_eq!(orders.body["authorization_servers"], json!(["https://login.example.com"]));
    assert_eq!(orders.body.get("scopes_supported"), None);
    for path in [OWN, "/.well-known/oauth-protected-resource/protected-resource"] {
        assert_eq!(get(path).text("resource"), format!("{ISSUER}/protected-resource"), "{path}");
    }
    for path in ["/orders/", "/other", "/orders/1", "//orders"] {
        get(&format!("/.well-known/oauth-protected-resource{path}")).is(404, "not_found", "[[resource]]");
    }
    assert_eq!(get("/.well-known/oauth-protected-resourceful").text("error"), "not_found");
    let metadata = issuer.get("/.well-known/oauth-authorization-server").body;
    let own = format!("{ISSUER}/protected-resource");
    assert_eq!(metadata["protected_resources"], json!(["https://api", "https://api/orders", own]));
}

#[test]
fn a_token_for_a_resource_carries_its_scopes_alone() {
    let issuer = issuer();
    let scope = |more: &str| claims(&issuer.token("c", more))["scope"].clone();
    for (more, carried) in [
        ("", "a b"),
        ("&resource=https://api", "a"),
        ("&resource=https://api&scope=a", "a"),
        ("&resource=https://other", "a b"),
        ("&resource=https://api&resource=https://other", "a b"),
    ] {
        assert_eq!(scope(more), carried, "{more}");
    }
    issuer.ask("c", "&resource=https://api&scope=b").is(400, "invalid_scope", "does not know scope b");
    issuer.ask("c", "&resource=https://api&scope=other").is(400, "invalid_scope", "may not have scope other");
    let mut issuer = issuer;
    issuer.service.settings.audience = vec!["https://api".to_owned(), "https://other".to_owned()];
    let ask = |more: &str| {
        let (subject, actor) =
            (issuer.token("c", "&resource=https://other"), issuer.token("agent2", "&resource=https://other"));
        let kind = "urn:ietf:params:oauth:token-type:access_token";
        issuer.post(
            "/oauth/token",
            &format!(
                "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&client_id=agent2&client_secret=s\
                 &subject_token={subject}&subject_token_type={kind}&actor_token={actor}&actor_token_type={kind}{more}"
            ),
        )
    };
    assert_eq!(claims(ask("&resource=https://other").text("access_token"))["scope"], "a b");
    assert_eq!(claims(ask("&resource=https://api").text("access_token"))["scope"], "a");
    ask("&resource=https://api&scope=b").is(400, "invalid_scope", "does not know scope b");
}

#[test]
fn refusals_name_the_metadata_and_the_needed_scopes() {
    let mut issuer = Issuer::new();
    let metadata = format!(r#"resource_metadata="https://as.example.com{OWN}""#);
    let ask = |target: &str, token: &str| {
        let bearer = [("Authorization", token)];
        issuer.send(heistctl::http::Method::Get, target, &bearer, "")
    };
    let token = format!("Bearer {}", issuer.token("c", "&scope=a"));
    for (target, token, status, error, attributes) in [
        ("/protected-resource?scope=a%20b", "", 401, "invalid_request", r#"scope="a b""#),
        ("/protected-resource?scope=a%20b", "Bearer x", 401, "invalid_token", r#"error="invalid_token""#),
        ("/protected-resource?scope=b+a", &token, 403, "insufficient_scope", r#"error="insufficient_scope""#),
        ("/protected-resource?scope=b&scope=c", &token, 403, "insufficient_scope", r#"scope="b c""#),
    ] {
        let answer = ask(target, token);
        answer.is(status, error, "");
        let challenge = answer.header("WWW-Authenticate").unwrap();
        assert!(challenge.starts_with("Bearer realm=") && challenge.contains(&metadata), "{challenge}");
        assert!(challenge.contains(attributes) && challenge.contains("scope=\""), "{challenge}");
    }
    assert_eq!(ask("/protected-resource?scope=a", &token).status, 200);
    assert_eq!(ask("/protected-resource?scope=", &token).status, 200);
    ask("/protected-resource?scope=%22", &token).is(400, "invalid_request", "scope");
    // A resource that declares its scopes names them where nothing else is needed.
    let own = Resource {
        scopes: Some("b".parse().unwrap()),
        ..Resource::new(&format!("{ISSUER}/protected-resource"))
    };
    issuer.service = issuer.service.clone().with_resources(vec![own]);
    let challenge = issuer.get("/protected-resource").header("WWW-Authenticate").unwrap().to_owned();
    assert!(challenge.contains(r#"scope="b""#), "{challenge}");
}

#[test]
fn the_demos_resource_has_a_document() {
    let server = demo();
    let path = "/.well-known/oauth-protected-resource/protected-resource";
    let found = server.request("GET", path, &[], "");
    assert_eq!(
        (found.status, found.json()["resource"].clone()),
        (200, json!(format!("{}/protected-resource", server.url())))
    );
    let bare = server.request("GET", "/protected-resource", &[], "");
    let challenge = bare.header("WWW-Authenticate").unwrap();
    assert!(challenge.contains(&format!(r#"resource_metadata="{}{path}""#, server.url())), "{challenge}");
}

#[test]
fn mistakes_in_resources_are_found_by_check() {
    for (toml, parts) in [
        ("id = 'orders'", &["\"orders\" is not the URL of a resource", "write id = \"https://"][..]),
        ("id = 'http://api.example.com'", &["plain http", "write id = \"https://"]),
        ("id = 'https://api.example.com/a?b'", &["it has a query"]),
        ("id = 'https://api.example.com/a#b'", &["fragment"]),
        ("id = 'https://${HOST}/a'", &["placeholder"]),
        ("name = 'x'", &["this [[resource]] has no id"]),
        ("url = 'https://a.example'", &["unknown key \"url\"", "did you mean id?"]),
        ("id = 'https://a.example'\nscopes = ['a b']", &["scopes", "each scope as its own string"]),
        ("id = 'https://a.example'\naccept = []", &["accept is empty"]),
        ("id = 'https://a.example'\naccept = ['berer']", &["accept \"berer\" is not offered", "bearer"]),
        ("id = 'https://a.example'\naccept = ['basic']", &["accept \"basic\" is not offered"]),
        (
            "id = 'https://a.example/x'\n[[resource]]\nid = 'https://a.example/x'",
            &["declared twice, first in line 2"],
        ),
        (
            "id = 'https://a.example/x'\n[[resource]]\nid = 'https://b.example/x'",
            &["has the same path as \"https://a.example/x\" in line 2", "a path of its own"],
        ),
    ] {
        let folder = private(&format!("[[resource]]\n{toml}\n{CLIENT}"), &[]);
        refused(folder.path(), &[], parts);
    }
}
