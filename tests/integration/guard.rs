//! Guards (forward authentication): what gateways ask, whom a guard lets in, and what a caller cannot forge.

use crate::support::keys::{Key, part};
use crate::support::protocol::{Answer, ISSUER, Issuer, NOW};
use heistctl::http::{Headers, Method, Peer, PeerCertificate, Request};
use heistctl::issuer::accept::Accept;
use heistctl::issuer::guard::routes::{GuardRoute, PathPattern};
use heistctl::issuer::guard::rules::GuardRules;
use heistctl::issuer::resource::Resource;
use heistctl::jose::certificate::thumbprint;
use heistctl::jose::digest::sha256;
use heistctl::jose::keyset::KeySet;
use heistctl::registry::Client;
use heistctl::server::route::route;
use serde_json::{Value, json};
use std::time::Duration;

const FIELDS: [&str; 6] =
    ["X-Auth-Client", "X-Auth-Subject", "X-Auth-Scope", "X-Auth-Actor", "X-Auth-Token-Id", "X-Auth-Expires"];

/// An issuer whose guard `g` is for the audience `https://api`.
struct Guarded(Issuer);

impl Guarded {
    fn new(accept: Option<&str>) -> Self {
        let mut issuer = Issuer::new();
        let of = |method: &str, path: &str, scopes: &str| GuardRoute {
            method: Some(method.to_owned()),
            path: path.to_owned(),
            pattern: PathPattern::parse(path).unwrap(),
            scopes: scopes.parse().unwrap(),
        };
        let routes = vec![of("GET", "/orders/**", "a"), of("POST", "/orders", "a b"), of("GET", "/open", "")];
        let words: Vec<String> = accept.unwrap_or_default().split(' ').map(str::to_owned).collect();
        let accept = accept.map(|_| Accept::parse(&words).unwrap());
        let resource = Some("https://api".to_owned());
        let rules = GuardRules { name: "g".to_owned(), resource, routes: Some(routes), accept, issuer: None };
        let free = GuardRules { name: "free".to_owned(), routes: None, ..rules.clone() };
        issuer.service = issuer
            .service
            .clone()
            .with_resources(vec![Resource::new("https://api")])
            .with_guards(vec![rules, free]);
        issuer.peer.replace(Peer { address: Some([10, 0, 0, 1].into()), is_proxy: true, ..Peer::default() });
        Self(issuer)
    }

    fn token(&self, client: &str, more: &str) -> String {
        self.0.token(client, &format!("&resource=https://api{more}"))
    }

    /// What the guard answers about this request of a caller.
    fn asks(&self, method: &str, uri: &str, more: &[(&str, &str)]) -> Checked {
        let fields = [("X-Original-Method", method), ("X-Original-URI", uri)];
        self.sends("GET", "/guard/g", &[&fields, more].concat())
    }

    fn sends(&self, method: &str, target: &str, fields: &[(&str, &str)]) -> Checked {
        let mut headers = Headers::default();
        fields.iter().for_each(|(name, value)| headers.push(*name, *value));
        let request = Request::new(Method::parse(method), target, headers, "").named(method);
        let request = request.from_peer(self.0.peer.borrow().clone());
        let outcome = route(&self.0.service, &request, self.0.now.get(), || Ok([7; 16]));
        let fields = outcome.response.headers.iter();
        Checked {
            status: outcome.response.status,
            fields: fields.map(|(name, value)| ((*name).to_owned(), value.to_string())).collect(),
            empty: outcome.response.body.is_empty(),
            reason: outcome.record.reason.unwrap_or_default(),
        }
    }
}

#[derive(Debug)]
struct Checked {
    status: u16,
    fields: Vec<(String, String)>,
    empty: bool,
    reason: String,
}

impl Checked {
    fn header(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The values of all fields that tell who it is.
    #[track_caller]
    fn grants(&self) -> Vec<&str> {
        assert!(self.status == 200 && self.empty, "{self:?}");
        FIELDS.iter().map(|field| self.header(field).expect("always there")).collect()
    }

    #[track_caller]
    fn refuses(&self, status: u16, parts: &[&str]) {
        let text = format!("{} {}", self.reason, self.header("WWW-Authenticate").unwrap_or_default());
        assert_eq!(self.status, status, "{self:?}");
        parts.iter().for_each(|part| assert!(text.contains(part), "{part:?} is not in {self:?}"));
        assert!(FIELDS.iter().all(|field| self.header(field).is_none()), "{self:?}");
    }
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

#[test]
fn a_granted_request_tells_who_it_is_of_in_six_fields() {
    let guard = Guarded::new(None);
    let token = bearer(&guard.token("c", "&scope=a"));
    let by = [("Authorization", token.as_str())];
    for _ in 0..3 {
        let answer = guard.asks("GET", "/orders/7?x=//;", &by);
        let values = answer.grants();
        assert_eq!(values[..4], ["c", "c", "a", ""]);
        assert!(!values[4].is_empty(), "{values:?}");
        assert_eq!(values[5], (NOW.unix() + 3600).to_string());
    }
    // Envoy's way, by any method, and below the issuer's path.
    for (method, target) in [
        ("GET", "/guard/g/orders/7"),
        ("HEAD", "/guard/g/orders"),
        ("GET", "/tenant/guard/g/orders/7?scope=x"),
    ] {
        guard.sends(method, target, &by).grants();
    }
    guard.sends("PURGE", "/guard/g/orders/7", &by).refuses(403, &["no route"]);
}

#[test]
fn refusals_are_401_403_and_nothing_else() {
    let guard = Guarded::new(None);
    let metadata = r#"resource_metadata="https://api/.well-known/oauth-protected-resource""#;
    let (a, other) =
        (bearer(&guard.token("c", "&scope=a")), bearer(&guard.0.token("c", "&resource=https://other")));
    let of = |authorization: &str, method: &str, uri: &str| {
        guard.asks(method, uri, &[("Authorization", authorization)])
    };
    guard.asks("GET", "/orders", &[]).refuses(401, &["No authorization", r#"scope="a""#, metadata]);
    of("", "GET", "/orders").refuses(401, &[metadata]);
    of("Basic YTpi", "GET", "/orders").refuses(401, &["scheme is another", metadata]);
    of("Bearer x", "GET", "/orders").refuses(401, &[r#"error="invalid_token""#, r#"scope="a""#, metadata]);
    of("Bearer \\", "GET", "/orders").refuses(401, &["invalid_token"]);
    of(&other, "GET", "/orders").refuses(401, &["aud: the token is for https://other"]);
    of(&a, "POST", "/orders")
        .refuses(403, &[r#"error="insufficient_scope""#, r#"scope="a b""#, "lacks scope b", metadata]);
    of(&a, "PUT", "/orders").refuses(403, &["no route", metadata]);
    of(&a, "GET", "/Orders/1").refuses(403, &["only in case"]);
    of(&a, "GET", "/open/").refuses(403, &["a slash at its end"]);
    for odd in [
        "/orders//1",
        "/orders/../open",
        "/orders/%2e%2e/open",
        "/orders%2f1",
        "/orders;x",
        "/orders/%",
        "x",
        "",
    ] {
        of(&a, "GET", odd).refuses(403, &["the path is refused"]);
    }
    let twice = [("Authorization", a.as_str()), ("Authorization", &a)];
    guard.asks("GET", "/orders", &twice).refuses(401, &["more than one Authorization"]);
    let contradiction = [("Authorization", a.as_str()), ("X-Forwarded-Uri", "/open")];
    guard.asks("GET", "/orders", &contradiction).refuses(403, &["differ"]);
    for target in ["/guard", "/guard/", "/guard/none", "/guard/none/orders", "/guard/G"] {
        guard.sends("GET", target, &[("Authorization", &a)]).refuses(403, &["no guard of that name"]);
    }
}

#[test]
fn the_guards_own_url_can_name_the_scopes() {
    let guard = Guarded::new(None);
    let token = bearer(&guard.token("c", "&scope=a"));
    let by = [("Authorization", token.as_str())];
    for (target, status) in [
        ("/guard/free", 200),
        ("/guard/free/any/path", 200),
        ("/guard/free?scope=a", 200),
        ("/guard/free?scope=a%20b", 403),
        ("/guard/free/?scope=b", 403),
        ("/guard/free/any?scope=b", 403),
        ("/guard/free?scope=%22", 403),
        ("/guard/g/orders?scope=b", 200),
    ] {
        assert_eq!(guard.sends("GET", target, &by).status, status, "{target}");
    }
    let forwarded = [by[0], ("X-Original-URI", "/orders?scope=zzz")];
    guard.sends("GET", "/guard/g?scope=a", &forwarded).grants();
    guard.sends("GET", "/guard/g?scope=b", &forwarded).refuses(403, &["lacks scope b"]);
}

#[test]
fn what_is_forwarded_counts_from_proxies_alone() {
    let guard = Guarded::new(None);
    let token = bearer(&guard.token("c", ""));
    let by = [("Authorization", token.as_str())];
    guard.0.peer.borrow_mut().is_proxy = false;
    for field in
        ["X-Forwarded-Uri", "X-Original-URI", "X-Forwarded-Method", "X-Forwarded-Host", "Client-Cert"]
    {
        let fields = [by[0], (field, "/orders")];
        guard.sends("GET", "/guard/g/orders", &fields).refuses(403, &[field, "10.0.0.1", "trusted_proxies"]);
    }
    guard.sends("GET", "/guard/g/orders", &by).grants();
}

fn proof(key: &Key, token: &str, (method, url): (&str, &str), jti: &str) -> String {
    let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": key.jwk()});
    let ath = part(sha256(token.as_bytes()));
    let claims = json!({"jti": jti, "htm": method, "htu": url, "iat": NOW.unix(), "ath": ath});
    key.sign_text("ES256", &header.to_string(), &claims.to_string())
}

fn jkt(key: &Key) -> String {
    let set = json!({"keys": [key.jwk()]}).to_string();
    KeySet::read(set.as_bytes(), "test").unwrap().keys[0].thumbprint().unwrap()
}

/// A token of the issuer that is bound to something.
fn bound(guard: &Guarded, cnf: &Value) -> String {
    let service = &guard.0.service;
    let claims = json!({
        "iss": ISSUER, "sub": "c", "client_id": "c", "jti": "bound", "aud": "https://api", "scope": "a b",
        "iat": NOW.unix(), "exp": NOW.unix() + 60, "cnf": cnf,
    });
    let ring = service.signing.ring();
    ring.signer().unwrap().sign(heistctl::jose::sign::TokenType::AccessToken, &claims).unwrap()
}

#[test]
fn a_configured_claim_of_our_own_tokens_is_no_scope() {
    let mut guard = Guarded::new(None);
    for name in ["permissions", "scopes"] {
        let claims = json!({name: ["a", "b"]}).as_object().unwrap().clone();
        let audiences = vec!["https://api".to_owned()];
        let client = Client { claims, audiences, ..crate::support::client(name, "s", "other") };
        guard.0.service.registry.add(client).unwrap();
        let token = bearer(&guard.token(name, ""));
        guard.asks("GET", "/orders/7", &[("Authorization", &token)]).refuses(403, &["insufficient_scope"]);
        assert_eq!(guard.asks("GET", "/open", &[("Authorization", &token)]).grants()[2], "other");
    }
}

#[test]
fn a_proof_is_for_the_callers_method_and_url() {
    let (guard, key) = (Guarded::new(None), Key::for_alg("ES256"));
    let token = bound(&guard, &json!({"jkt": jkt(&key)}));
    let dpop = format!("DPoP {token}");
    let of = |proof: &str, more: &[(&str, &str)]| {
        let fields = [("Authorization", dpop.as_str()), ("DPoP", proof)];
        guard.asks("POST", "/orders?x", &[&fields, more].concat())
    };
    let forwarded = [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "gateway.example:8443")];
    let at_gateway = proof(&key, &token, ("POST", "https://gateway.example:8443/orders"), "1");
    of(&at_gateway, &forwarded).grants();
    of(&at_gateway, &forwarded).refuses(401, &["invalid_dpop_proof", "used before"]);
    // The resource's own host, where none is forwarded.
    of(&proof(&key, &token, ("POST", "https://api/orders"), "2"), &[]).grants();
    of(&proof(&key, &token, ("GET", "https://api/orders"), "3"), &[]).refuses(401, &["htm"]);
    of(&proof(&key, &token, ("POST", "https://api/guard/g"), "4"), &[]).refuses(401, &["htu"]);
    of(&proof(&Key::for_alg("ES256"), &token, ("POST", "https://api/orders"), "5"), &[])
        .refuses(401, &["another key"]);
    of(&at_gateway, &[("X-Forwarded-Host", "a/b")]).refuses(401, &["not a host"]);
    guard
        .asks("POST", "/orders", &[("Authorization", &bearer(&token))])
        .refuses(401, &["DPoP realm", "bound to a key"]);
    let without = Guarded::new(Some("bearer"));
    let other = bound(&without, &json!({"jkt": jkt(&key)}));
    let fields = [
        ("Authorization", format!("DPoP {other}")),
        ("DPoP", proof(&key, &other, ("POST", "https://api/orders"), "6")),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    without.asks("POST", "/orders", &fields).refuses(401, &["not accepted here"]);
}

#[test]
fn a_certificate_is_the_callers_and_not_the_gateways() {
    let guard = Guarded::new(Some("certificate"));
    let (der, field) = (b"abc".to_vec(), ":YWJj:");
    let token = bearer(&bound(&guard, &json!({"x5t#S256": thumbprint(&der)})));
    let by = ("Authorization", token.as_str());
    guard.asks("GET", "/orders", &[by, ("Client-Cert", field)]).grants();
    guard.asks("GET", "/orders", &[by, ("Client-Cert", ":YWJk:")]).refuses(401, &["another certificate"]);
    guard.asks("GET", "/orders", &[by, ("Client-Cert", "nonsense")]).refuses(401, &["RFC 9440"]);
    guard.0.peer.borrow_mut().certificate = Some(PeerCertificate { der, trusted: true });
    guard.asks("GET", "/orders", &[by]).refuses(401, &["shows none"]);
    let unbound = bearer(&guard.token("c", ""));
    guard.asks("GET", "/orders", &[("Authorization", &unbound)]).refuses(401, &["bound to nothing"]);
    // A caller that asks directly shows its own.
    guard.0.peer.borrow_mut().is_proxy = false;
    guard.sends("GET", "/guard/g/orders", &[by]).grants();
}

#[test]
fn a_clients_secret_is_accepted_where_the_guard_says_so() {
    let mut guard = Guarded::new(Some("bearer basic"));
    let audiences = vec!["https://api".to_owned()];
    let forced = Client { audiences, ..crate::support::client("forced", "s", "a b") };
    let mut forced = forced;
    forced.may.dpop_required = true;
    guard.0.service.registry.add(forced).unwrap();
    // id and secret in base64: c:s, c:x, rs:s, nobody:s, forced:s
    let of = |credentials: &str| {
        let value = format!("Basic {credentials}");
        guard.asks("GET", "/orders", &[("Authorization", &value)])
    };
    assert_eq!(of("Yzpz").grants(), ["c", "c", "a b", "", "", ""]);
    let challenges = |answer: &Checked| {
        let of_field = answer.fields.iter().filter(|(name, _)| name == "WWW-Authenticate");
        of_field.map(|(_, value)| value.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for (credentials, status, why) in [
        ("Yzp4", 401, "wrong secret"),
        ("bm9ib2R5OnM=", 401, "unknown client"),
        ("*", 401, "not base64"),
        ("cnM6cw==", 403, "may not have tokens for resource"),
        ("Zm9yY2VkOnM=", 403, "its secret is not enough"),
    ] {
        let answer = of(credentials);
        answer.refuses(status, &[why]);
        assert_eq!(challenges(&answer), ["Bearer", "Basic"], "{credentials}");
    }
    let more = guard.asks("POST", "/orders", &[("Authorization", "Basic Yzpz")]);
    assert_eq!(more.grants()[2], "a b");
}

#[test]
fn a_remembered_token_is_verified_again_after_a_change_of_keys() {
    let mut guard = Guarded::new(None);
    let token = bearer(&guard.token("c", ""));
    guard.asks("GET", "/orders", &[("Authorization", &token)]).grants();
    guard.0.service.signing = Issuer::new().service.signing;
    guard.asks("GET", "/orders", &[("Authorization", &token)]).refuses(401, &["invalid_token"]);
}

#[test]
fn a_remembered_token_ends_with_its_time_its_revocation_and_its_key() {
    let guard = Guarded::new(None);
    let (token, other) = (guard.token("c", ""), guard.token("c", ""));
    let of = |token: &str| guard.asks("GET", "/orders", &[("Authorization", &bearer(token))]);
    of(&token).grants();
    of(&other).grants();
    assert_eq!(guard.0.service.guards.verified.count(), 2);
    let revoked = guard.0.post("/oauth/revoke", &format!("client_id=c&client_secret=s&token={token}"));
    assert_eq!(revoked.status, 200);
    of(&token).refuses(401, &["revoked"]);
    of(&other).grants();
    guard.0.now.set(NOW.after(Duration::from_secs(3606)));
    of(&other).refuses(401, &["exp"]);
    let expired: Answer = guard.0.ask("c", "");
    assert_eq!(expired.status, 200);
}
