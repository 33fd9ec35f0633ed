//! The page for browsers at `GET /`: who gets it, what it may do, and what a page of another origin may not.
//! tests/interop/page.mjs uses it in a browser.

use crate::support::wire::Wire;
use crate::support::{Reply, Server, demo, folder, heistctl};
use serde_json::{Value, json};

const BROWSER: (&str, &str) = ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
const JSON: (&str, &str) = ("Content-Type", "application/json");
const SECRET: &str = "0123456789abcdef0123456789abcdef";
const CONFIG: &str = "[[client]]\nid = \"app\"\nsecret_env = \"APP_SECRET\"\nscopes = [\"a\", \"b\"]\n";

fn get(server: &Server, path: &str) -> Reply {
    server.request("GET", path, &[], "")
}

fn configured(flags: &[&str]) -> Server {
    let folder = folder(&[("heist.toml", CONFIG)]);
    let words = ["serve", "--config", "heist.toml", "--listen", "127.0.0.1:0"];
    heistctl([&words[..], flags].concat()).in_folder(folder.path()).env("APP_SECRET", SECRET).serve()
}

/// The requests that the page sees, as method and path.
fn seen(server: &Server, after: u64) -> Vec<String> {
    let state = get(server, &format!("/_page/state?after={after}")).json();
    let requests = state["requests"].as_array().unwrap().iter();
    requests.map(|request| format!("{} {}", text(&request["method"]), text(&request["path"]))).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn browsers_get_a_page_that_may_only_ask_its_own_server() {
    let page = demo().request("GET", "/", &[BROWSER], "");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    for part in
        ["default-src 'none';", "script-src 'sha256-", "frame-ancestors 'none'", "connect-src 'self';"]
    {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert!(page.body.starts_with("<!doctype html>") && page.body.contains("</html>"));
    assert_eq!(page.header("access-control-allow-origin"), None);
}

#[test]
fn curl_gets_the_banner_without_escape_sequences() {
    for (server, parts) in [
        (demo(), &["heistctl serve http://127.0.0.1:", "hacker-client", "DEMO: ", " in a browser\n"][..]),
        (configured(&["--test"]), &["heistctl serve http://127.0.0.1:", "app  a b", "TEST: "]),
    ] {
        for accept in ["*/*", "text/plain"] {
            let text = server.request("GET", "/", &[("Accept", accept)], "");
            assert_eq!(text.header("content-type"), Some("text/plain; charset=utf-8"));
            assert!(parts.iter().all(|part| text.body.contains(part)), "{}", text.body);
            assert!(!text.body.contains(['\u{1b}', '\r']) && !text.body.contains(SECRET), "{}", text.body);
        }
    }
}

#[test]
fn a_server_for_others_has_no_page() {
    let server = configured(&[]);
    for headers in [&[][..], &[BROWSER]] {
        let root = server.request("GET", "/", headers, "");
        let url = server.url();
        let metadata = format!("{url}/.well-known/oauth-authorization-server");
        let openapi = format!("{url}/openapi.json");
        assert_eq!(
            root.json(),
            json!({"service": "heistctl", "issuer": url, "metadata": metadata, "openapi": openapi})
        );
    }
    for path in ["/_page/state", "/_page/facts"] {
        assert_eq!(get(&server, path).status, 404, "{path}");
    }
    let (_, log) = server.stop();
    assert!(log.contains("/_page/state"), "a request for what is not there is logged");
}

#[test]
fn the_token_is_judged_as_by_inspect() {
    let server = demo();
    let token = server.token();
    for pasted in
        [token.clone(), format!("Authorization: Bearer {token}"), "opaque".to_owned(), String::new()]
    {
        let answer = server.request("POST", "/_page/inspect", &[JSON], &json!({"token": pasted}).to_string());
        let command = ["inspect", "--json", "--secret-env", "KEY", "--iss", "heist-oauth-service", "-"];
        let judged = heistctl(command).env("KEY", "super-secret-change-in-production").stdin(pasted.clone());
        let (shown, told) = (answer.json(), judged.run());
        assert_eq!(answer.status, 200, "{pasted}");
        if !pasted.is_empty() {
            for member in ["verdict", "kind", "header", "claims", "fingerprint"] {
                assert_eq!(shown[member], told.json()[member], "{pasted}: {member}");
            }
        }
    }
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let broken = format!("{signed}.{first}{}", &signature[1..]);
    let answer = server.request("POST", "/_page/inspect", &[JSON], &json!({"token": broken}).to_string());
    assert_eq!(answer.json()["verdict"], "fail");
    for (method, headers, body, status) in [
        ("POST", &[][..], "{\"token\":\"a\"}", 415),
        ("POST", &[JSON], "{\"tokens\":\"a\"}", 400),
        ("POST", &[JSON], "[", 400),
        ("GET", &[], "", 405),
        ("PUT", &[JSON], "{}", 405),
    ] {
        assert_eq!(server.request(method, "/_page/inspect", headers, body).status, status, "{method} {body}");
    }
    assert_eq!(get(&server, "/_page/other").status, 404);
}

#[test]
fn the_demo_shows_requests_once_the_page_is_open_and_its_own_neither_there_nor_in_the_log() {
    let server = demo();
    server.token();
    assert_eq!(seen(&server, 0), [""; 0], "nobody has watched");
    server.token();
    get(&server, "/protected-resource");
    server.request("GET", "/", &[BROWSER], "");
    assert_eq!(seen(&server, 0), ["POST /oauth/token", "GET /protected-resource"]);
    assert_eq!(seen(&server, 1), ["GET /protected-resource"]);
    assert_eq!(seen(&server, 2), [""; 0]);
    for _ in 0..150 {
        get(&server, "/health");
    }
    assert_eq!(seen(&server, 0).len(), 100, "the newest");
    assert_eq!(get(&server, "/_test/clock").status, 404, "nobody controls a demo");
    let (_, log) = server.stop();
    assert!(log.contains("/oauth/token") && !log.contains("/_page/"), "{log}");
}

#[test]
fn only_the_demos_secrets_are_on_the_page() {
    let facts = get(&demo(), "/_page/facts").json();
    assert_eq!((&facts["demo"], &facts["test"]), (&json!(true), &json!(false)));
    assert_eq!(facts["clients"][1]["secret"], "planner-secret-456");
    let server = configured(&["--test"]);
    let facts = get(&server, "/_page/facts");
    assert_eq!(facts.json()["clients"], json!([{"id": "app", "scopes": "a b"}]));
    let state = get(&server, "/_page/state");
    assert_eq!(
        (state.json()["keys"][0]["signs"].clone(), state.json()["last"].clone()),
        (json!(true), json!(0))
    );
    assert!(!facts.body.contains(SECRET) && !state.body.contains(SECRET));
}

/// A page of another origin, and one whose host name has become the address of this machine (DNS rebinding).
#[test]
fn no_page_of_another_origin_controls_or_reads_a_test_server() {
    let server = heistctl(["serve", "--test", "--demo", "--listen", "127.0.0.1:0"]).serve();
    let port = server.address().port();
    let paths = ["GET /_test/clock", "GET /_test/requests", "GET /_page/state", "GET /_page/facts"];
    let fields = [
        "Host: evil.example".to_owned(),
        format!("Host: evil.example:{port}"),
        format!("Host: localhost:{port}\r\nOrigin: http://evil.example"),
        format!("Host: localhost:{port}\r\nOrigin: http://localhost:3000"),
        format!("Host: localhost:{port}\r\nOrigin: null"),
        format!("Host: localhost:{port}\r\nSec-Fetch-Site: cross-site"),
        format!("Host: localhost:{port}\r\nSec-Fetch-Site: same-site"),
    ];
    let change = "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    for fields in &fields {
        let requests = paths.map(|path| format!("{path} HTTP/1.1\r\n{fields}\r\n\r\n"));
        let post = |path| format!("POST {path} HTTP/1.1\r\n{fields}\r\n{change}");
        for request in requests.into_iter().chain(["/_test/reset", "/_page/inspect"].map(post)) {
            let reply = Wire::to(server.address()).send(&request).reply();
            assert_eq!(reply.status, 403, "{request}");
            assert_eq!(reply.header("access-control-allow-origin"), None);
        }
    }
    let rebound = "GET / HTTP/1.1\r\nHost: evil.example\r\nAccept: text/html\r\n\r\n";
    assert_eq!(Wire::to(server.address()).send(rebound).reply().json()["service"], "heistctl");
    for fields in [
        format!("Host: localhost:{port}\r\nOrigin: http://localhost:{port}\r\nSec-Fetch-Site: same-origin"),
        format!("Host: [::1]:{port}"),
    ] {
        let request = format!("POST /_test/reset HTTP/1.1\r\n{fields}\r\n{change}");
        assert_eq!(Wire::to(server.address()).send(&request).reply().status, 200, "{request}");
        let absolute = format!("GET http://evil.example/_test/clock HTTP/1.1\r\n{fields}\r\n\r\n");
        assert_eq!(Wire::to(server.address()).send(&absolute).reply().status, 200, "the authority is Host");
    }
}

/// nginx's default upstream request has the server's address in `Host` and is HTTP/1.0; other proxies add fields.
#[test]
fn no_proxy_lets_its_clients_control_a_test_server() {
    let server = heistctl(["serve", "--test", "--demo", "--listen", "127.0.0.1:0"]).serve();
    let port = server.address().port();
    let ask = |path: &str, version: &str, field: &str| {
        let request = format!(
            "GET {path} HTTP/{version}\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\n{field}\r\n"
        );
        Wire::to(server.address()).send(&request).reply()
    };
    for path in ["/_test/clock", "/_page/state"] {
        assert_eq!(ask(path, "1.1", "").status, 200, "{path}");
        assert_eq!(ask(path, "1.0", "Connection: close\r\n").status, 403, "{path}");
        for field in ["Forwarded: for=a", "X-Forwarded-For: 127.0.0.1", "x-forwarded-host: a", "Via: \u{e4}"]
        {
            assert_eq!(ask(path, "1.1", &format!("{field}\r\n")).status, 403, "{path} {field}");
        }
    }
    assert!(ask("/", "1.1", "").body.starts_with("<!"));
    assert_eq!(ask("/", "1.1", "Via: 1.1 a\r\n").json()["service"], "heistctl");
}
