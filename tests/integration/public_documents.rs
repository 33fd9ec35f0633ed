//! Documents that pages in browsers may read (CORS): metadata and keys with their refusals, and nothing else.

use crate::support::protocol::{FORM, Issuer};
use crate::support::{demo, folder, heistctl};
use heistctl::http::Method;
use heistctl::issuer::ServiceSettings;

const ANY: &str = "Access-Control-Allow-Origin";
const ORIGIN: (&str, &str) = ("Origin", "https://debugger.example");
const PUBLIC: [&str; 4] = [
    "/.well-known/oauth-protected-resource/protected-resource",
    "/.well-known/jwks.json",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
];

#[test]
fn every_page_may_read_metadata_and_keys_and_why_they_are_refused() {
    let named = Issuer::with("heist-oauth-service", "ES256", ServiceSettings::default());
    let issuer = Issuer::new();
    let with_path = ["/tenant/.well-known/jwks.json", "/.well-known/oauth-authorization-server/tenant"];
    for path in PUBLIC.into_iter().chain(with_path) {
        for (method, status) in
            [(Method::Get, 200), (Method::Head, 200), (Method::Post, 405), (Method::Other, 405)]
        {
            let answer = issuer.send(method, path, &[ORIGIN], "");
            assert_eq!((answer.status, answer.header(ANY)), (status, Some("*")), "{path}");
            assert_eq!(answer.header("Access-Control-Allow-Credentials"), None, "{path}");
            assert!(status != 405 || answer.header("Allow") == Some("GET, HEAD, OPTIONS"), "{path}");
        }
    }
    let nothing_there = named.get(PUBLIC[2]);
    assert_eq!((nothing_there.status, nothing_there.header(ANY)), (404, Some("*")));
}

#[test]
fn nothing_else_may_be_read_by_pages() {
    let issuer = Issuer::new();
    let token = format!("Bearer {}", issuer.token("c", ""));
    for (method, path, headers, body) in [
        (Method::Get, "/health", vec![], ""),
        (Method::Get, "/openapi.json", vec![], ""),
        (Method::Get, "/oauth/authorize", vec![], ""),
        (Method::Get, "/protected-resource", vec![("Authorization", token.as_str())], ""),
        (Method::Get, "/.well-known/nothing", vec![], ""),
        (
            Method::Post,
            "/oauth/token",
            vec![FORM],
            "grant_type=client_credentials&client_id=c&client_secret=s",
        ),
        (Method::Post, "/token", vec![FORM], "grant_type=client_credentials&client_id=c&client_secret=s"),
        (Method::Post, "/oauth/introspect", vec![FORM], "client_id=rs&client_secret=s&token=x"),
        (Method::Post, "/oauth/revoke", vec![FORM], "client_id=c&client_secret=s&token=x"),
        (Method::Options, "/oauth/token", vec![], ""),
        (Method::Options, "/protected-resource", vec![], ""),
        (Method::Options, "/health", vec![], ""),
    ] {
        let answer = issuer.send(method, path, &[&[ORIGIN], &headers[..]].concat(), body);
        assert_eq!(answer.header(ANY), None, "{path}");
        assert_eq!(answer.status == 405, method == Method::Options, "{path}");
    }
}

#[test]
fn a_browser_may_ask_first_which_methods_and_fields_it_may_send() {
    let server = demo();
    let asks = [
        ORIGIN,
        ("Access-Control-Request-Method", "GET"),
        ("Access-Control-Request-Headers", "mcp-protocol-version"),
    ];
    for path in PUBLIC {
        let reply = server.request("OPTIONS", path, &asks, "");
        assert_eq!((reply.status, reply.body.as_str()), (204, ""), "{reply:?}");
        assert_eq!((reply.header(ANY), reply.header("Access-Control-Allow-Headers")), (Some("*"), Some("*")));
        assert_eq!(reply.header("Access-Control-Allow-Methods"), Some("GET, HEAD"));
        let head = server.request("HEAD", path, &[ORIGIN], "");
        assert_eq!((head.header(ANY), head.body.as_str()), (Some("*"), ""), "{head:?}");
    }
}

#[test]
fn a_page_can_read_that_its_network_is_not_allowed() {
    let toml = "listen = '127.0.0.1:0'\nallow_from = ['192.0.2.0/24']\n\
                [[client]]\nid = 'c'\nsecret_file = 'key'\n";
    let folder = folder(&[("key", "hunter2-hunter2-hunter2"), ("heist.toml", toml)]);
    let server = heistctl(["serve"]).in_folder(folder.path()).serve();
    let refused = server.request("GET", PUBLIC[0], &[ORIGIN], "");
    assert_eq!((refused.status, refused.header(ANY)), (403, Some("*")));
    let elsewhere = server.request("GET", "/health", &[ORIGIN], "");
    assert_eq!((elsewhere.status, elsewhere.header(ANY)), (403, None));
}
