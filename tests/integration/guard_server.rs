//! Guards of a running server: the wire, logs, metrics, other issuers, and the mistakes that `--check` finds.

use crate::registry::Store;
use crate::support::checked::{private, refused, warnings};
use crate::support::process::wait_until;
use crate::support::protocol::Issuer;
use crate::support::{Reply, Server, folder, heistctl};
use serde_json::json;

/// `serve` with a guard, and more lines.
fn served(toml: &str, more: &[(&str, &str)]) -> (tempfile::TempDir, Server) {
    let toml = format!(
        "listen = '127.0.0.1:0'\ntrusted_proxies = ['127.0.0.1']\nstore = 'sqlite:heist.db'\n\
         [[resource]]\nid = 'https://api.example.com'\n\
         [[client]]\nid = 'shop'\nsecret_file = 'secret'\nscopes = ['a', 'b']\naudiences = ['https://api.example.com']\n\
         [[guard]]\nname = 'g'\nresource = 'https://api.example.com'\n{toml}"
    );
    let mut files = vec![("heist.toml", toml.as_str()), ("secret", "hunter2-hunter2-hunter2")];
    files.extend(more);
    let folder = folder(&files);
    let server = heistctl(["serve"]).in_folder(folder.path()).serve();
    (folder, server)
}

fn token_of(server: &Server, client: &str, secret: &str) -> String {
    let body = format!(
        "grant_type=client_credentials&client_id={client}&client_secret={secret}&resource=https://api.example.com&scope=a"
    );
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let answer = server.request("POST", "/oauth/token", &form, &body);
    format!("Bearer {}", answer.json()["access_token"].as_str().expect("a token"))
}

const ROUTES: &str = "routes = [{ method = 'DELETE', path = '/x/*', scopes = ['a'] }]\n";

#[test]
fn a_server_answers_gateways_on_the_wire() {
    let (_folder, server) = served(ROUTES, &[]);
    let token = token_of(&server, "shop", "hunter2-hunter2-hunter2");
    let nginx =
        [("Authorization", token.as_str()), ("X-Original-Method", "DELETE"), ("X-Original-URI", "/x/1")];
    let granted = |reply: &Reply| {
        assert_eq!((reply.status, reply.body.as_str()), (200, ""), "{reply:?}");
        assert_eq!((reply.header("X-Auth-Client"), reply.header("X-Auth-Actor")), (Some("shop"), Some("")));
    };
    granted(&server.request("GET", "/guard/g", &nginx, ""));
    granted(&server.request("DELETE", "/guard/g/x/1?y", &nginx[..1], ""));
    granted(&server.request("POST", "/guard/g", &nginx, "a body"));
    let forged =
        [nginx[0], nginx[1], nginx[2], ("X-Auth-Client", "root"), ("Proxy", "1"), ("Peer", "9.9.9.9")];
    granted(&server.request("GET", "/guard/g", &forged, ""));
    // What no header should have is the caller's fault, and still not a 400 that a gateway makes an error of.
    let raw = |fields: &str| {
        server.raw(format!("GET /guard/g HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{fields}\r\n\r\n"))
    };
    let odd = [
        ("Authorization: Bearer \u{e9}", 401),
        ("Content-Type: a\r\nContent-Type: b", 401),
        ("Authorization: a\r\nAuthorization: b", 401),
        ("X-Original-URI: /x/\u{e9}", 403),
        ("X-Forwarded-Method: \u{e9}", 403),
        ("X-Forwarded-For: \u{e9}", 401),
        ("X-Forwarded-For: 192.0.2.1, \u{e9}", 401),
        ("Host: y", 403),
        ("Content-Length: x", 403),
        ("Expect: y", 403),
        ("X Y: z", 403),
    ];
    for (fields, status) in odd {
        let named = "X-Original-Method: DELETE\r\nX-Original-URI: /x/1\r\n";
        let named = if status == 403 { "" } else { named };
        assert_eq!(raw(&format!("{named}{fields}")).status, status, "{fields}");
    }
}

#[test]
fn an_address_that_is_not_trusted_is_refused_and_logged() {
    let (_folder, server) = served("", &[]);
    let stranger =
        folder(&[("heist.toml", "listen = '127.0.0.1:0'\nstore = 'memory:'\n[[guard]]\nname = 'g'\n")]);
    let mut strict = heistctl(["serve", "--log", "json"]).in_folder(stranger.path()).serve();
    let errors = strict.says();
    let reply = strict.request("GET", "/guard/g", &[("X-Original-URI", "/")], "");
    assert_eq!(reply.status, 403);
    drop(errors);
    assert_eq!(server.request("GET", "/guard/g", &[("X-Original-URI", "/")], "").status, 401);
    let told = strict.stop().1;
    assert!(told.contains("X-Original-URI from 127.0.0.1") && told.contains("trusted_proxies"), "{told}");
}

#[test]
fn a_disabled_client_and_a_revoked_token_are_out_on_a_running_server() {
    let store = Store::new();
    let secret = store.add("app", &["--scope", "a", "--audience", "https://api.example.com"]);
    store.file(
        "heist.toml",
        "trusted_proxies = ['127.0.0.1']\n[[resource]]\nid = 'https://api.example.com'\n\
        [[guard]]\nname = 'g'\nresource = 'https://api.example.com'\n",
    );
    let args =
        ["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--store", &store.url()];
    let server = heistctl(args).in_folder(store.folder.path()).serve();
    let token = token_of(&server, "app", &secret);
    let status = || server.request("GET", "/guard/g", &[("Authorization", &token)], "").status;
    assert_eq!((status(), status()), (200, 200));
    heistctl(["client", "disable", "app", "--store", &store.url()]).run().exits(0);
    wait_until("the disabled client is refused", || status() == 401);
    assert!(
        server.metrics().contains(r#"heistctl_guard_decisions_total{decision="invalid_token",guard="g"}"#)
    );
    assert!(server.metrics().contains(r#"heistctl_guard_decisions_total{decision="granted",guard="g"}"#));
}

#[test]
fn tokens_of_another_issuer_are_checked_with_its_keys() {
    let (_folder, issuer) = served("", &[]);
    let toml = format!(
        "listen = '127.0.0.1:0'\nstore = 'memory:'\n[[resource]]\nid = 'https://api.example.com'\n\
         [[guard]]\nname = 'g'\nresource = 'https://api.example.com'\nissuer = '{}'\n",
        issuer.url()
    );
    let folder = folder(&[("heist.toml", toml.as_str())]);
    let guard = heistctl(["serve"]).in_folder(folder.path()).serve();
    let token = token_of(&issuer, "shop", "hunter2-hunter2-hunter2");
    let of = |token: &str| guard.request("GET", "/guard/g", &[("Authorization", token)], "");
    for _ in 0..2 {
        let granted = of(&token);
        assert_eq!((granted.status, granted.header("X-Auth-Client")), (200, Some("shop")), "{granted:?}");
    }
    let forged = format!("{}x", &token[..token.len() - 1]);
    assert_eq!(of(&forged).status, 401);
    let document = guard.request("GET", "/.well-known/oauth-protected-resource", &[], "").json();
    assert_eq!(document["authorization_servers"], json!([issuer.url()]));
    // The keys are cached, so the issuer may be away.
    drop(issuer);
    assert_eq!(of(&token).status, 200);
}

#[test]
fn an_issuer_that_is_away_is_503() {
    let toml = "listen = '127.0.0.1:0'\nstore = 'memory:'\n[[resource]]\nid = 'https://api.example.com'\n\
        [[guard]]\nname = 'g'\nresource = 'https://api.example.com'\nissuer = 'http://127.0.0.1:1'\n";
    let folder = folder(&[("heist.toml", toml)]);
    let guard = heistctl(["serve"]).in_folder(folder.path()).serve();
    let (issuer, _) = (Issuer::new(), ());
    let token = format!("Bearer {}", issuer.token("c", ""));
    let reply = guard.request("GET", "/guard/g", &[("Authorization", &token)], "");
    assert_eq!((reply.status, reply.json()["error"].clone()), (503, json!("temporarily_unavailable")));
}

#[test]
fn mistakes_in_guards_are_found_by_check() {
    const RESOURCE: &str = "[[resource]]\nid = 'https://a.example/x'\nscopes = ['read', 'write']\n";
    for (toml, parts) in [
        ("resource = 'https://a.example/x'", &["this [[guard]] has no name"][..]),
        ("name = 'a b'", &["letters, digits"]),
        (
            "name = 'g'\nresource = 'https://a.example/y'",
            &["is not declared", "the resources are https://a.example/x"],
        ),
        ("name = 'g'\nroutes = ['/x']", &["routes is a list of tables", "routes = [{ method"]),
        ("name = 'g'\nroutes = [{ path = '/x' }]", &["route 1: it has no scopes", "scopes = []"]),
        ("name = 'g'\nroutes = [{ scopes = [] }]", &["route 1: it has no path"]),
        ("name = 'g'\nroutes = [{ path = '/x', scope = 'a' }]", &["route 1: unknown key \"scope\""]),
        ("name = 'g'\nroutes = [{ path = 'x', scopes = [] }]", &["begin with a slash"]),
        ("name = 'g'\nroutes = [{ path = '/a/../b', scopes = [] }]", &["segment of dots"]),
        (
            "name = 'g'\nroutes = [{ path = '/x', scopes = ['a b'] }]",
            &["route 1", "each scope as its own string"],
        ),
        (
            "name = 'g'\nroutes = [{ method = 'get', path = '/x', scopes = [] }]",
            &["\"get\" is not a method", "capitals"],
        ),
        (
            "name = 'g'\nresource = 'https://a.example/x'\nroutes = [{ path = '/x', scopes = ['raed'] }]",
            &["does not know scope raed", "read"],
        ),
        (
            "name = 'g'\nroutes = [{ path = '/**', scopes = [] }, { method = 'GET', path = '/x', scopes = [] }]",
            &["route 2: it never counts, because /** comes first", "longer paths first"],
        ),
        ("name = 'g'\n[[guard]]\nname = 'g'", &["guard \"g\" is declared twice"]),
        ("name = 'g'\nissuer = 'https://i.example'", &["need a resource"]),
        ("name = 'g'\nresource = 'https://a.example/x'\nissuer = 'other'", &["not a URL"]),
        (
            "name = 'g'\nresource = 'https://a.example/x'\nissuer = 'https://i.example'\naccept = ['basic']",
            &["basic accepts clients of this server"],
        ),
        ("name = 'g'\naccept = ['baerer']", &["accept \"baerer\" is not offered", "bearer"]),
        ("name = 'g'\nroute = []", &["unknown key \"route\"", "did you mean routes?"]),
    ] {
        let folder = private(&format!("trusted_proxies = ['10.0.0.1']\n{RESOURCE}[[guard]]\n{toml}\n"), &[]);
        refused(folder.path(), &[], parts);
    }
    let alone = private("[[guard]]\nname = 'g'\n", &[]);
    let told = warnings(alone.path(), &[]);
    assert!(told.iter().any(|told| told.contains("trusted_proxies is empty")), "{told:?}");
}
