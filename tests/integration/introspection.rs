//! `inspect --introspect` and `token --revoke` with any issuer: opaque tokens, metadata that names neither
//! keys nor endpoints, and refusals of the client.

use crate::support::faults::{Fault, Faults};
use crate::support::keys::Key;
use crate::support::{HACKER, Ran, folder, heistctl};
use serde_json::{Value, json};

const OPAQUE: &str = "2YotnFZFEjr1zCsicMWpAA";
const METADATA: &str = "/.well-known/oauth-authorization-server";

/// An issuer whose metadata has those members beside its name and its token endpoint. Everything else that
/// it is asked has that answer.
fn issuer(metadata: Value, answer: (u16, Value)) -> Faults {
    Faults::serve(move |_, asked| {
        let url = format!("http://{}", asked.header("Host").unwrap());
        match asked.target() {
            METADATA => {
                let mut document = json!({"issuer": url, "token_endpoint": format!("{url}/t")});
                for (name, path) in metadata.as_object().unwrap() {
                    document[name] = json!(format!("{url}{}", path.as_str().unwrap()));
                }
                Fault::json(200, &document)
            }
            _ => Fault::json(answer.0, &answer.1),
        }
    })
}

fn inspect(token: &str, args: &[&str]) -> Ran {
    let args = [&["inspect", "--introspect"], args, &["-"]].concat();
    heistctl(args).envs(&HACKER).stdin(token).run()
}

fn asked_at(issuer: &Faults) -> Vec<String> {
    let asked = issuer.asked();
    asked.iter().map(|asked| asked.target().to_owned()).filter(|target| target != METADATA).collect()
}

fn active(members: Value) -> (u16, Value) {
    let mut answer = json!({"active": true});
    answer.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    (200, answer)
}

#[test]
fn an_opaque_token_is_judged_by_what_its_issuer_says() {
    let said =
        json!({"sub": "a", "aud": ["api", "b"], "scope": "x y", "client_id": "c", "exp": 9_999_999_999_i64});
    let issuer = issuer(json!({"introspection_endpoint": "/i"}), active(said));
    let check = |args: &[&str]| inspect(OPAQUE, &[&["--issuer", &issuer.url], args].concat());
    let report = check(&["--json"]).exits(0).json();
    assert_eq!(
        (&report["kind"], &report["verdict"], &report["introspection"]["sub"]),
        (&"opaque".into(), &"unverified".into(), &"a".into())
    );
    assert_eq!((&report["header"], &report["claims"]), (&json!({}), &json!({})));
    let text = check(&[]).exits(0).stdout;
    assert!(
        text.contains("ACTIVE: the issuer says that the token is active, and no check failed")
            && !text.contains("UNREADABLE"),
        "{text}"
    );
    check(&["--scope", "x", "--aud", "api", "--sub", "a", "--require", "exp,aud,scope"]).exits(0);
    for (args, name) in [
        (["--scope", "z"], "scope"),
        (["--aud", "other"], "aud"),
        (["--sub", "b"], "sub"),
        (["--iss", "https://as"], "iss"),
        (["--typ", "at+jwt"], "typ"),
        (["--require", "signature"], "signature"),
        (["--now", "2300-01-01T00:00:00Z"], "exp"),
    ] {
        let failed = check(&args).exits(8).stdout;
        assert!(failed.contains(&format!("FAIL: {name}\n")), "{failed}");
        let report = check(&[&["--json"], &args[..]].concat()).exits(8).json();
        let failed = report["checks"].as_array().unwrap().iter().filter(|check| check["status"] == "fail");
        assert_eq!(failed.map(|check| &check["name"]).collect::<Vec<_>>(), [name]);
        assert_eq!(report["verdict"], "fail");
    }
    assert!(asked_at(&issuer).iter().all(|target| target == "/i"), "no keys were asked for");
}

#[test]
fn unproven_claims_are_judged_together_with_what_the_issuer_says() {
    let said = json!({"sub": "real", "aud": ["real", "b"], "scope": "x", "exp": 1000});
    let issuer = issuer(json!({"introspection_endpoint": "/i"}), active(said));
    let claims = json!({"iss": issuer.url, "sub": "fake", "aud": "fake", "exp": 9_999_999_999_i64});
    let key = Key::for_alg("ES256");
    let token = key.sign("ES256", None, &claims);
    let report = |args: &[&str]| {
        let ran = inspect(&token, &[&["--json", "--issuer", &issuer.url], args].concat());
        let report = ran.json();
        let checks = report["checks"].as_array().unwrap().clone();
        let of = move |name: &str| {
            let mut found = checks.iter().filter(|check| check["name"] == name).cloned();
            let check = found.next().unwrap();
            assert!(found.next().is_none(), "{name} occurs once");
            (check["status"].as_str().unwrap().to_owned(), check["message"].as_str().unwrap().to_owned())
        };
        (ran.code, of)
    };
    let (exit, of) = report(&[]);
    assert_eq!((exit, of("exp").0), (8, "fail".to_owned()));
    assert!(of("exp").1.contains("; the issuer: 1970-01-01"), "{}", of("exp").1);
    let (exit, of) = report(&["--now", "1970-01-01T00:08:20Z", "--scope", "x"]);
    assert_eq!((exit, of("scope")), (0, ("pass".to_owned(), "x, says the issuer".to_owned())));
    assert_eq!((of("sub").0, of("aud").0), ("warn".to_owned(), "warn".to_owned()));
    for (args, name) in [
        (["--sub", "fake"], "sub"),
        (["--sub", "real"], "sub"),
        (["--aud", "fake"], "aud"),
        (["--aud", "real"], "aud"),
        (["--scope", "y"], "scope"),
    ] {
        let (exit, of) = report(&[&["--now", "1970-01-01T00:08:20Z"], &args[..]].concat());
        assert_eq!((exit, of(name).0), (8, "fail".to_owned()), "{args:?}");
        assert!(of(name).1.contains("the issuer"), "{}", of(name).1);
    }
    // A proven claim is the issuer's own word already.
    let files = folder(&[("key.pem", &key.public_pem())]);
    let at = format!("{}/i", issuer.url);
    let args = ["--key", "key.pem", "--sub", "fake", "--introspect", "--introspection-url", &at, "-"];
    let ran = heistctl(["inspect"].iter().chain(&args)).in_folder(files.path()).envs(&HACKER);
    ran.stdin(&*token).run().exits(0);
}

#[test]
fn an_issuer_that_names_itself_is_the_one_that_was_asked() {
    let said = |iss: &str| active(json!({"iss": iss}));
    let other = issuer(json!({"introspection_endpoint": "/i"}), said("https://other"));
    let report = inspect(OPAQUE, &["--json", "--issuer", &other.url]).exits(8).json();
    assert!(report.to_string().contains("https://other, expected http://127.0.0.1"), "{report}");
    inspect(OPAQUE, &["--issuer", &other.url, "--iss", "https://other"]).exits(0);
}

#[test]
fn a_token_that_is_not_active_fails_whatever_it_is() {
    let issuer = issuer(json!({"introspection_endpoint": "/i"}), (200, json!({"active": false})));
    let encrypted = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAA.AAAA.AAAA";
    for (token, kind) in [(OPAQUE, "opaque"), (encrypted, "jwe"), ("Atza|Iw!%:", "opaque")] {
        let args = ["--issuer", &issuer.url, "--scope", "x", "--json"];
        let report = inspect(token, &args).exits(8).json();
        assert_eq!((&report["kind"], &report["verdict"]), (&kind.into(), &"fail".into()));
        let text = inspect(token, &args[..4]).exits(8).stdout;
        assert!(text.contains("FAIL: introspection\n"), "{text}");
    }
}

#[test]
fn what_no_header_can_carry_is_not_sent() {
    let issuer = issuer(json!({"introspection_endpoint": "/i"}), active(json!({})));
    for pasted in ["what is this?", "caf\u{e9}"] {
        let ran = inspect(pasted, &["--json", "--issuer", &issuer.url]).exits(9);
        assert!(ran.json().get("introspection").is_none() && ran.stderr.contains("was not asked"), "{ran}");
    }
    assert!(issuer.asked().is_empty());
}

#[test]
fn an_issuer_without_keys_is_asked_all_the_same() {
    let issuer = issuer(json!({"introspection_endpoint": "/i"}), active(json!({})));
    let token =
        Key::for_alg("ES256").sign("ES256", None, &json!({"iss": issuer.url, "exp": 9_999_999_999_i64}));
    let report = inspect(&token, &["--json", "--issuer", &issuer.url]).exits(0).json();
    assert_eq!((&report["kind"], &report["verdict"]), (&"jws".into(), &"unverified".into()));
    assert_eq!(report["introspection"]["active"], true);
    let text = inspect(&token, &["--issuer", &issuer.url]).exits(0).stdout;
    assert!(text.contains("UNVERIFIED: the issuer says that the token is active"), "{text}");
    assert!(!text.contains("or --issuer"), "{text}");
    // Without the question there is nothing to be had from it.
    let alone = heistctl(["inspect", "--issuer", &issuer.url, "-"]).stdin(token).run();
    alone.fails(5, &["no jwks_uri", "hint:"]);
}

#[test]
fn keys_that_cannot_be_fetched_are_a_note_where_the_issuer_is_asked() {
    for status in [404, 500] {
        let issuer = Faults::serve(move |_, asked| {
            let url = format!("http://{}", asked.header("Host").unwrap());
            match asked.target() {
                METADATA => {
                    let (jwks, at) = (format!("{url}/jwks"), format!("{url}/i"));
                    Fault::json(200, &json!({"issuer": url, "jwks_uri": jwks, "introspection_endpoint": at}))
                }
                "/jwks" => Fault::answer(status, &[], ""),
                _ => Fault::json(200, &json!({"active": true})),
            }
        });
        let claims = json!({"iss": issuer.url, "exp": 9_999_999_999_i64});
        let token = Key::for_alg("ES256").sign("ES256", None, &claims);
        let ran = inspect(&token, &["--json", "--issuer", &issuer.url]).exits(0);
        assert!(ran.stderr.contains("note: issuer's keys: ") && ran.stderr.contains("/jwks"), "{ran}");
        assert_eq!(ran.json()["introspection"]["active"], true);
        let alone = heistctl(["inspect", "--issuer", &issuer.url, "-"]).stdin(&*token).run();
        assert_ne!(alone.code, 0);
    }
}

#[test]
fn a_token_endpoint_is_needed_for_tokens_only() {
    let server = Faults::serve(|_, asked| {
        let url = format!("http://{}", asked.header("Host").unwrap());
        let (introspection, revocation) = (format!("{url}/i"), format!("{url}/r"));
        match asked.target() {
            METADATA => Fault::json(
                200,
                &json!({"issuer": url, "introspection_endpoint": introspection,
                    "revocation_endpoint": revocation}),
            ),
            _ => Fault::json(200, &json!({"active": true})),
        }
    });
    let token =
        |args: &[&str]| heistctl(["token", "--issuer", &server.url].iter().chain(args)).envs(&HACKER).run();
    inspect(OPAQUE, &["--issuer", &server.url]).exits(0);
    token(&["--revoke", OPAQUE]).exits(0);
    token(&[]).fails(5, &["names no token_endpoint", "hint: --token-url URL names it"]);
    assert_eq!(asked_at(&server), ["/i", "/r"]);
}

#[test]
fn endpoints_that_metadata_does_not_name_are_named_by_flags() {
    let issuer = issuer(json!({}), active(json!({})));
    let (url, at) = (issuer.url.as_str(), |path: &str| format!("{}{path}", issuer.url));
    let missing = inspect(OPAQUE, &["--issuer", url]);
    let parts = ["introspection: the metadata of ", "(--issuer) names no introspection_endpoint"];
    missing.fails(2, &[&parts[..], &["hint: --introspection-url URL names it\n"]].concat());
    inspect(OPAQUE, &["--issuer", url, "--introspection-url", &at("/i")]).exits(0);
    inspect(OPAQUE, &["--introspection-url", &at("/j?tenant=a")]).exits(0);
    let token =
        |args: &[&str]| heistctl(["token", "--revoke", OPAQUE].iter().chain(args)).envs(&HACKER).run();
    let missing = token(&["--issuer", url]);
    missing.fails(2, &["names no revocation_endpoint", "hint: --revocation-url URL names it\n"]);
    let missing = token(&["--token-url", &at("/t")]);
    missing
        .fails(2, &["no revocation_endpoint is known", "--revocation-url URL names it; --issuer URL finds"]);
    for args in [["--issuer", url], ["--token-url", &at("/t")]] {
        let ran = token(&[&args[..], &["--revocation-url", &at("/r")]].concat()).exits(0);
        let said =
            "/r accepted the revocation request; by RFC 7009 this does not mean that it knew the token";
        assert!(ran.stderr.contains(said) && ran.stdout.is_empty(), "{ran}");
    }
    assert_eq!(asked_at(&issuer), ["/i", "/j?tenant=a", "/r", "/r"]);
    token(&["--revocation-url", "x"])
        .fails(2, &["error: revocation: the URL from --revocation-url", "not an absolute"]);
    heistctl(["token", "--revocation-url", url]).run().fails(2, &["--revoke"]);
    heistctl(["inspect", "--introspection-url", url, OPAQUE]).run().fails(2, &["--introspect"]);
}

#[test]
fn of_two_tokens_none_is_revoked() {
    let server = Faults::always(200, &[], "");
    let at = format!("{}/r", server.url);
    let args = ["token", "--token-url", &server.token_url(), "--revocation-url", &at, "--revoke", "-"];
    let revoke = |text: String| heistctl(args).envs(&HACKER).stdin(text).run();
    let sign = |sub: &str| Key::for_alg("ES256").sign("ES256", None, &json!({"sub": sub}));
    let (a, b) = (sign("a"), sign("b"));
    for text in [
        format!("{OPAQUE}\n{OPAQUE}\n"),
        format!("{a}\n{b}\n"),
        format!("{a}\r\n{OPAQUE}"),
        format!("{OPAQUE}\n\n{a}"),
        format!("{OPAQUE}\u{2028}{OPAQUE}"),
    ] {
        revoke(text).fails(2, &["error: revocation: stdin has more than one line", "hint: give one token"]);
    }
    assert!(server.asked().is_empty());
    let (start, end) = a.split_at(20);
    for text in [format!("{OPAQUE}\n"), format!("\n{start}\n{end}\n")] {
        revoke(text).exits(0);
    }
}

#[test]
fn an_issuer_that_names_no_way_to_authenticate_is_told() {
    let issuer = Faults::serve(|_, asked| {
        let url = format!("http://{}", asked.header("Host").unwrap());
        let (token, none) = (format!("{url}/t"), Vec::<String>::new());
        Fault::json(
            200,
            &json!({"issuer": url, "token_endpoint": token, "token_endpoint_auth_methods_supported": none}),
        )
    });
    let ran = heistctl(["token", "--issuer", &issuer.url]).envs(&HACKER).run();
    ran.fails(2, &["(from HEISTCTL_CLIENT_SECRET): its metadata names no way to authenticate"]);
}

#[test]
fn what_is_missing_beside_a_flag_is_told_on_one_line() {
    let ran = heistctl(["inspect", "--introspect", "--as-api", "x"]).run().fails(2, &["error: usage: "]);
    assert!(!ran.stderr.contains("\\u{"), "{ran}");
}

#[test]
fn a_refusal_without_an_oauth_error_is_of_the_client() {
    for (status, body) in [
        (401, "Unauthorized"),
        (403, "<html>Forbidden</html>"),
        (401, ""),
        (401, r#"{"timestamp":1,"status":401,"error":"Unauthorized","path":"/token"}"#),
        (403, r#"{"message":"Forbidden"}"#),
    ] {
        let server = Faults::always(status, &[], body);
        let ran = heistctl(["token", "--token-url", &server.token_url()]).envs(&HACKER).run();
        let hint = "hint: check client id (from HEISTCTL_CLIENT_ID) and secret (from HEISTCTL_CLIENT_SECRET)";
        ran.fails(4, &[&status.to_string(), hint]);
    }
    for error in ["invalid_client", "invalid_token"] {
        let challenge = format!("Bearer error=\"{error}\"");
        let server = Faults::always(401, &[("WWW-Authenticate", &challenge)], "");
        let ran = heistctl(["token", "--token-url", &server.token_url()]).envs(&HACKER).run();
        ran.fails(4, &[&format!("401 {error}\n"), "hint: check client id (from HEISTCTL_CLIENT_ID)"]);
    }
    let server = Faults::always(404, &[], "nothing");
    let token = |args: &[&str]| heistctl(["token"].iter().chain(args)).envs(&HACKER).run();
    token(&["--token-url", &server.token_url()])
        .fails(4, &["hint: is this the right address (from --token-url)? --issuer finds it"]);
    let issuer = issuer(json!({}), (404, json!({})));
    let ran =
        token(&["--issuer", &issuer.url]).fails(4, &["(--issuer) the right issuer? its metadata names"]);
    assert!(!ran.stderr.contains("--issuer finds"), "{ran}");
}

#[test]
fn an_assertion_that_is_refused_may_be_for_another_audience() {
    let files = folder(&[("key.pem", &Key::for_alg("ES256").private_pem())]);
    let refused = [
        (401, json!({"error": "invalid_client"})),
        (400, json!({"error": "invalid_grant", "error_description": "wrong aud in the assertion"})),
        (401, json!({})),
    ];
    for answer in refused {
        let issuer = issuer(json!({}), answer);
        let token = |args: &[&str]| {
            let key = ["token", "--client-id", "me", "--client-key", "key.pem"];
            heistctl(key.iter().chain(args)).in_folder(files.path()).run()
        };
        let check = "hint: check client id (from --client-id) and key (from ";
        let endpoint = format!("{}/t", issuer.url);
        let other = format!("--assertion-audience {endpoint}: the default is the issuer");
        token(&["--issuer", &issuer.url]).fails(4, &[check, &other]);
        token(&["--token-url", &endpoint])
            .fails(4, &[check, "--assertion-audience ISSUER: the default is the"]);
        let given = ["--token-url", &endpoint, "--assertion-audience", "https://as"];
        token(&given).fails(4, &[check, "--assertion-audience, which is \"https://as\""]);
    }
}
