//! Identities that are not plain JWTs of a platform: JWT-SVIDs and ID-JAGs.

use super::check::IdentityDoor;
use super::site::{Draft, ISSUER, NOW, OPEN, Platform, SUB, Site, client, doors, rule, trust_of};
use super::{TrustKeys, TrustedIssuer};
use crate::clock::Timestamp;
use crate::issuer::client_documents::{ClientDocuments, DocumentUse};
use crate::issuer::metadata;
use crate::issuer::{FetchError, LoggedResponse};
use crate::jose::key::VerifyingKey;
use crate::jose::keyset::KeySet;
use crate::registry::client_cache::ClientCache;
use crate::registry::federated::FederatedRule;
use crate::registry::record::ClientRecord;
use crate::registry::secret_hash::SecretHash;
use crate::registry::store::Store;
use crate::registry::store::memory::MemoryStore;
use crate::registry::{Client, ClientAuth, LiveSecret};
use crate::secret::Secret;
use serde_json::{Value, json};
use std::sync::Arc;

const SPIFFE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe";
const DOMAIN: &str = "spiffe://example.org";
const WORKLOAD: &str = "spiffe://example.org/ns/shop/sa/orders";
const IDP: &str = "https://idp.example.com";

fn reason(outcome: &LoggedResponse) -> String {
    outcome.record.reason.clone().unwrap_or_default()
}

fn error(outcome: &LoggedResponse) -> Value {
    let body: Value = serde_json::from_slice(&outcome.response.body).unwrap();
    body["error"].clone()
}

/// The keys of a bundle are marked for JWT-SVIDs.
fn bundle(platform: &Platform) -> TrustKeys {
    let keys = platform.keys();
    let marked = |key: &VerifyingKey| VerifyingKey { usage: Some("jwt-svid".to_owned()), ..key.clone() };
    TrustKeys::Fixed(Arc::new(KeySet { keys: keys.keys.iter().map(marked).collect(), ..keys }))
}

fn svid(change: &Value) -> Draft {
    let claims = json!({"sub": WORKLOAD, "aud": [ISSUER], "exp": NOW.unix() + 300, "iat": NOW.unix()});
    let mut draft = Draft { claims, ..Draft::default() };
    for (name, value) in change.as_object().unwrap() {
        draft.claims[name] = value.clone();
    }
    draft
}

fn mesh(platform: &Platform) -> Site {
    let rule = FederatedRule {
        trust: "spiffe".to_owned(),
        sub_glob: Some("spiffe://example.org/ns/shop/**".to_owned()),
        ..FederatedRule::default()
    };
    let orders = Client { claims_from: Vec::new(), ..client("orders", vec![rule]) };
    Site::of(vec![platform.trust(), trust_of("spiffe", DOMAIN, bundle(platform))], vec![orders])
}

fn present(site: &Site, svid: &str, kind: &str) -> LoggedResponse {
    site.send(&format!("grant_type=client_credentials&client_assertion_type={kind}&client_assertion={svid}"))
}

#[test]
fn a_jwt_svid_stands_for_its_client_by_its_trust_domain_and_as_often_as_it_lives() {
    let platform = Platform::new();
    let site = mesh(&platform);
    let identity = platform.sign(&svid(&json!({})));
    for _ in 0..2 {
        assert_eq!(Site::claims(&present(&site, &identity, SPIFFE))["sub"], "orders");
    }
    // An SVID may name an issuer, and need not say when it was issued.
    let mut timeless = svid(&json!({"iss": "https://spire.example.org"}));
    timeless.claims.as_object_mut().unwrap().remove("iat");
    assert_eq!(present(&site, &platform.sign(&timeless), SPIFFE).response.status, 200);
    for (door, ..) in doors().into_iter().skip(1) {
        assert_eq!(site.ask(door, &identity, "").response.status, 200, "{door:?}");
    }
    assert_eq!(site.remembered(), 0);
    let answer = metadata::answer(&site.service, metadata::DiscoveryKind::OAuth);
    assert!(String::from_utf8(answer.response.body.to_vec()).unwrap().contains("\"spiffe_jwt\""));
}

#[test]
fn a_jwt_svid_that_is_wrong_in_one_thing_is_refused() {
    let platform = Platform::new();
    let site = mesh(&platform);
    let as_svid = |change: Value| present(&site, &platform.sign(&svid(&change)), SPIFFE);
    for (change, why) in [
        (
            json!({"sub": "spiffe://example.com/ns/shop/sa/orders"}),
            "iss: its sub is not in a SPIFFE trust domain",
        ),
        (json!({"sub": "spiffe://example.org"}), "iss: its sub is not in"),
        (json!({"sub": "spiffe://example.org/ns/../shop"}), "iss: its sub is not in"),
        (json!({"sub": "spiffe://example.org/ns/bank/sa/orders"}), "rule: no client has a rule"),
        (json!({"aud": [ISSUER, "https://other.example.com"]}), "aud: it must be for"),
        (json!({"aud": "https://other.example.com"}), "aud: it is for"),
        (json!({"exp": NOW.unix() + 7200}), "lifetime: "),
        (json!({"exp": NOW.unix() - 60, "iat": NOW.unix() - 90}), "exp: "),
    ] {
        let outcome = as_svid(change.clone());
        assert_eq!((outcome.response.status, error(&outcome)), (401, json!("invalid_client")), "{change}");
        assert!(reason(&outcome).starts_with(&format!("identity: {why}")), "{change}: {}", reason(&outcome));
    }
    let mut timeless = svid(&json!({"exp": NOW.unix() + 7200}));
    timeless.claims.as_object_mut().unwrap().remove("iat");
    let outcome = present(&site, &platform.sign(&timeless), SPIFFE);
    assert!(reason(&outcome).contains("more than 3600 s from now"), "{}", reason(&outcome));
    // Each type takes its own kind.
    let plain = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let outcome = present(&site, &platform.sign(&svid(&json!({}))), plain);
    assert!(reason(&outcome).contains("needs client_assertion_type"), "{}", reason(&outcome));
    let outcome = present(&site, &platform.sign(&Draft::default()), SPIFFE);
    assert!(reason(&outcome).contains("not in a SPIFFE trust domain"), "{}", reason(&outcome));
}

fn jag(change: &Value) -> Draft {
    let mut draft = Draft::with(&json!({
        "iss": IDP, "sub": "user-7", "client_id": "agent", "scope": "deploy:read admin",
        "resource": "https://mcp.example.com",
    }));
    draft.header["typ"] = json!("oauth-id-jag+jwt");
    for (name, value) in change.as_object().unwrap() {
        draft.claims[name] = value.clone();
    }
    draft
}

fn secret() -> ClientAuth {
    let hash = SecretHash::of(&Secret::new("s"));
    ClientAuth::Secret { secrets: vec![LiveSecret::lasting(hash)], only: None }
}

fn enterprise(platform: &Platform) -> Site {
    let users = FederatedRule {
        trust: "id-jag".to_owned(),
        sub_glob: Some("**".to_owned()),
        ..FederatedRule::default()
    };
    let of = |id: &str| Client {
        auth: secret(),
        claims_from: Vec::new(),
        audiences: ["https://mcp.example.com", "https://other.example.com"].map(str::to_owned).to_vec(),
        ..client(id, vec![users.clone()])
    };
    let trust: TrustedIssuer = trust_of("id-jag", IDP, TrustKeys::Fixed(Arc::new(platform.keys())));
    Site::of(vec![trust], vec![of("agent"), of("other")])
}

const AGENT: &str = "&client_id=agent&client_secret=s";

#[test]
fn an_id_jag_gives_its_client_a_token_for_the_user_within_its_scope_and_resource() {
    let platform = Platform::new();
    let site = enterprise(&platform);
    let outcome = site.ask(IdentityDoor::Grant, &platform.sign(&jag(&json!({}))), AGENT);
    let claims = Site::claims(&outcome);
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!("user-7"), &json!("agent")));
    assert_eq!(
        (&claims["scope"], &claims["aud"]),
        (&json!("deploy:read"), &json!("https://mcp.example.com"))
    );
    assert_eq!(outcome.record.token.as_ref().unwrap().sub.as_deref(), Some("user-7"));
    let again = site.ask(IdentityDoor::Grant, &platform.sign(&jag(&json!({}))), AGENT);
    assert!(reason(&again).contains("an ID-JAG can be used once"), "{}", reason(&again));
    // Without bounds the client's own count.
    let mut free = jag(&json!({"jti": "free"}));
    for name in ["scope", "resource"] {
        free.claims.as_object_mut().unwrap().remove(name);
    }
    let claims = Site::claims(&site.ask(IdentityDoor::Grant, &platform.sign(&free), AGENT));
    assert_eq!((&claims["scope"], claims.get("aud")), (&json!("deploy:read deploy:write"), None));
    let answer = metadata::answer(&site.service, metadata::DiscoveryKind::OAuth);
    assert!(String::from_utf8(answer.response.body.to_vec()).unwrap().contains("grant-profile:id-jag"));
}

type WrongJag = (&'static str, &'static str, &'static str, &'static str);

/// A change of the claims, what is sent with the ID-JAG, and the refusal.
const WRONG_JAGS: &[WrongJag] = &[
    ("{}", "", "invalid_client", "no client credentials"),
    ("{}", "&client_id=agent", "invalid_client", "no client credentials"),
    ("{}", "&client_id=agent&client_secret=wrong", "invalid_client", "wrong secret"),
    (
        "{}",
        "&client_id=other&client_secret=s",
        "invalid_grant",
        "client_id is agent, and the client is other",
    ),
    (r#"{"client_id": "other"}"#, AGENT, "invalid_grant", "client_id is other, and the client is agent"),
    (r#"{"client_id": null}"#, AGENT, "invalid_grant", "client_id"),
    (r#"{"client_id": 7}"#, AGENT, "invalid_grant", "client_id"),
    (r#"{"sub": "other"}"#, AGENT, "invalid_grant", "its sub is the id of a client here"),
    (r#"{"aud": "https://other.example.com"}"#, AGENT, "invalid_grant", "aud: "),
    (r#"{"jti": 7}"#, AGENT, "invalid_grant", "structure: "),
    (r#"{"resource": 7}"#, AGENT, "invalid_grant", "structure: its resource is not"),
    (r#"{"resource": []}"#, AGENT, "invalid_grant", "structure: its resource is not"),
    (r#"{"resource": {}}"#, AGENT, "invalid_grant", "structure: its resource is not"),
    (r#"{"resource": ""}"#, AGENT, "invalid_grant", "structure: its resource is not"),
    (r#"{"resource": null}"#, AGENT, "invalid_grant", "structure: its resource is not"),
    (
        r#"{"resource": ["https://mcp.example.com", 7]}"#,
        AGENT,
        "invalid_grant",
        "structure: its resource is not",
    ),
    ("{}", "&resource=https://other.example.com", "invalid_target", "not for resource"),
    ("{}", "&scope=deploy:write", "invalid_scope", "may not have scope deploy:write"),
    ("{}", "&scope=admin", "invalid_scope", "may not have scope admin"),
    (r#"{"scope": 7}"#, "&scope=deploy:read", "invalid_scope", "may not have scope"),
];

#[test]
fn an_id_jag_that_is_wrong_in_one_thing_is_refused() {
    let platform = Platform::new();
    let site = enterprise(&platform);
    for (change, more, code, why) in WRONG_JAGS {
        let change: Value = serde_json::from_str(change).unwrap();
        let is_of_agent = more.starts_with("&resource") || more.starts_with("&scope");
        let more = if is_of_agent { format!("{AGENT}{more}") } else { (*more).to_owned() };
        let outcome = site.ask(IdentityDoor::Grant, &platform.sign(&jag(&change)), &more);
        assert_eq!(error(&outcome), json!(code), "{change} {more}: {}", reason(&outcome));
        assert!(reason(&outcome).contains(why), "{change} {more}: {}", reason(&outcome));
    }
    assert_eq!(site.remembered(), 0);
    for (door, ..) in [doors()[0], doors()[2]] {
        let outcome = site.ask(door, &platform.sign(&jag(&json!({}))), "");
        assert!(reason(&outcome).contains("an ID-JAG is a grant"), "{door:?}: {}", reason(&outcome));
    }
    let mut plain = jag(&json!({}));
    plain.header["typ"] = json!("JWT");
    let outcome = site.ask(IdentityDoor::Grant, &platform.sign(&plain), AGENT);
    assert!(reason(&outcome).starts_with("identity: typ: "), "{}", reason(&outcome));
}

/// Allows one document, and has none.
struct OneDocument;

impl ClientDocuments for OneDocument {
    fn any(&self) -> bool {
        true
    }

    fn allows(&self, id: &str) -> bool {
        id == "https://app.example.com/client"
    }

    fn known(&self, id: &str, now: Timestamp) -> Option<Result<Arc<Client>, FetchError>> {
        Some(self.client(id, now))
    }

    fn client(&self, _: &str, _: Timestamp) -> Result<Arc<Client>, FetchError> {
        Err(FetchError::Busy)
    }

    fn usage(&self) -> DocumentUse {
        DocumentUse::default()
    }
}

#[test]
fn a_user_may_not_have_the_id_of_a_client_even_of_one_that_cannot_be_used() {
    let platform = Platform::new();
    let store = MemoryStore::default();
    let gone = ClientRecord { id: "gone".to_owned(), disabled: true, ..ClientRecord::default() };
    store.add(&[(gone, None)]).unwrap();
    let mut site = enterprise(&platform);
    let registry = site.service.registry.clone();
    site.service.registry = registry.with_store(Arc::new(ClientCache::new(Arc::new(store), NOW).unwrap()));
    site.service.documents = Arc::new(OneDocument);
    for sub in ["gone", "other", "https://app.example.com/client"] {
        let outcome = site.ask(IdentityDoor::Grant, &platform.sign(&jag(&json!({"sub": sub}))), AGENT);
        assert_eq!(error(&outcome), json!("invalid_grant"), "{sub}");
        assert!(reason(&outcome).contains("its sub is the id of a client here"), "{}", reason(&outcome));
    }
    assert_eq!(site.ask(IdentityDoor::Grant, &platform.sign(&jag(&json!({}))), AGENT).response.status, 200);
}

#[test]
fn the_same_issuer_may_make_id_jags_and_other_identities() {
    let platform = Platform::new();
    let keys = || TrustKeys::Fixed(Arc::new(platform.keys()));
    let plain = rule("github-actions", SUB, "74");
    let deploy = client("deploy", vec![plain]);
    let site = Site::of(vec![trust_of("id-jag", OPEN, keys()), platform.trust()], vec![deploy]);
    assert_eq!(site.ask(IdentityDoor::Grant, &platform.sign(&Draft::default()), "").response.status, 200);
    let mut jag = Draft::default();
    jag.header["typ"] = json!("oauth-id-jag+jwt");
    let outcome = site.ask(IdentityDoor::Grant, &platform.sign(&jag), "&client_id=deploy");
    assert_eq!(error(&outcome), json!("invalid_client"), "it needs client authentication");
}
