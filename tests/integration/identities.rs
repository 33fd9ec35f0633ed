//! `--identity`: a workload's own token from each source, what the issuer gets of it, and what is said where
//! there is none or the issuer refuses it.

use crate::support::faults::{Fault, Faults};
use crate::support::keys::part;
use crate::support::{Heistctl, Ran, folder, heistctl};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const ASSERTION: &str =
    "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";

/// A JWT of those claims that nobody verifies.
fn jwt(claims: &Value) -> String {
    format!("{}.{}.AAAA", part(r#"{"alg":"RS256"}"#), part(claims.to_string()))
}

/// An issuer with metadata that answers each token request in this way, and `/identity` as a platform would.
fn issuer(answer: fn() -> Fault, identity: &str) -> Faults {
    let identity = identity.to_owned();
    Faults::serve(move |_, asked| {
        let base = format!("http://{}", asked.header("Host").unwrap_or_default());
        match asked.target().split('?').next().unwrap_or_default() {
            "/.well-known/oauth-authorization-server" => {
                Fault::json(200, &json!({"issuer": base, "token_endpoint": format!("{base}/oauth/token")}))
            }
            "/oauth/token" => answer(),
            "/identity" => Fault::json(200, &json!({"count": 1, "value": identity})),
            "/metadata/identity/oauth2/token" => Fault::json(200, &json!({"access_token": identity})),
            _ => Fault::answer(200, &[("Metadata-Flavor", "Google")], &identity),
        }
    })
}

fn granted() -> Fault {
    Fault::token("t0k3n", 3600)
}

fn refused() -> Fault {
    Fault::json(401, &json!({"error": "invalid_client", "error_description": "Invalid client credentials"}))
}

fn token(server: &Faults, args: &[&str]) -> Heistctl {
    heistctl(["token", "--issuer", &server.url].iter().chain(args))
}

/// The form of the last token request.
fn form(server: &Faults) -> String {
    let asked = server.asked();
    asked.iter().rfind(|asked| asked.target() == "/oauth/token").expect("it was asked").body.clone()
}

/// Neither output has the claims of the identity.
fn never_shows(ran: &Ran, identity: &str) {
    let claims = identity.split('.').nth(1).expect("it is a JWT");
    assert!(!ran.stdout.contains(claims) && !ran.stderr.contains(claims), "{ran}");
}

#[test]
fn github_actions_is_asked_as_its_own_client_asks() {
    let identity = jwt(&json!({"sub": "repo:acme/api"}));
    let server = issuer(granted, &identity);
    let url = format!("{}/identity?api-version=2.0", server.url);
    let run = |args: &[&str]| {
        let run = token(&server, &[&["--identity", "github-actions", "-v"], args].concat());
        let run = run.env("ACTIONS_ID_TOKEN_REQUEST_URL", &url);
        run.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "r3quest").run().exits(0)
    };
    let ran = run(&["--client-id", "deploy"]);
    never_shows(&ran, &identity);
    assert!(ran.stdout == "t0k3n\n" && !ran.stderr.contains("r3quest"), "{ran}");
    let asked = server.asked();
    let asked = asked.iter().find(|asked| asked.target().starts_with("/identity")).unwrap();
    let audience = server.url.replace(':', "%3A").replace('/', "%2F");
    assert_eq!(asked.target(), format!("/identity?api-version=2.0&audience={audience}"));
    assert_eq!(asked.header("Authorization"), Some("Bearer r3quest"));
    let sent =
        format!("grant_type=client_credentials&client_id=deploy&{ASSERTION}&client_assertion={identity}");
    assert_eq!(form(&server), sent);
    // Without an id the assertion names the client.
    run(&["--identity-audience", "other", "--assertion-type", "jwt-spiffe"]);
    assert!(server.asked().iter().any(|asked| asked.target().ends_with("&audience=other")));
    let sent = format!(
        "grant_type=client_credentials&{}&client_assertion={identity}",
        ASSERTION.replace("bearer", "spiffe")
    );
    assert_eq!(form(&server), sent);
}

#[test]
fn metadata_services_are_asked_without_a_proxy() {
    let identity = jwt(&json!({"sub": "machine"}));
    let server = issuer(granted, &identity);
    let host = server.url.trim_start_matches("http://");
    for (source, variable, value, field) in [
        ("google", "GCE_METADATA_HOST", host, ("Metadata-Flavor", "Google")),
        ("azure:api://x", "AZURE_POD_IDENTITY_AUTHORITY_HOST", server.url.as_str(), ("Metadata", "true")),
    ] {
        let run = token(&server, &["--identity", source]).env(variable, value);
        // Nothing listens there: a request by the proxy would fail.
        let ran = run.env("HTTP_PROXY", "http://127.0.0.1:9").env("NO_PROXY", "").run().exits(0);
        never_shows(&ran, &identity);
        assert!(form(&server).ends_with(&format!("&client_assertion={identity}")), "{source}");
        let asked = server.asked();
        let asked = asked.iter().rfind(|asked| asked.header(field.0).is_some()).expect("it was asked");
        assert_eq!(asked.header(field.0), Some(field.1));
    }
    let app = token(&server, &["--identity", "azure:r"]).env("IDENTITY_HEADER", "s3cret");
    let endpoint = format!("{}/metadata/identity/oauth2/token", server.url);
    app.env("IDENTITY_ENDPOINT", endpoint).env("AZURE_CLIENT_ID", "mine").run().exits(0);
    let asked = server.asked();
    let asked = asked.iter().rfind(|asked| asked.target().starts_with("/metadata")).unwrap();
    assert!(
        asked.target().ends_with("?api-version=2019-08-01&resource=r&client_id=mine"),
        "{}",
        asked.target()
    );
    assert_eq!(asked.header("X-IDENTITY-HEADER"), Some("s3cret"));
    // Another service than Google's, and none at all.
    let other = Faults::always(200, &[], "t0k3n");
    let other = other.url.trim_start_matches("http://").to_owned();
    let run = |host: &str| token(&server, &["--identity", "google"]).env("GCE_METADATA_HOST", host).run();
    run(&other).fails(5, &["error: identity: the answer is not from Google's", "hint: is this a machine"]);
    run("127.0.0.1:9")
        .fails(6, &["error: identity: ", "hint: is this a machine, function or pod of Google Cloud"]);
}

#[test]
fn files_and_variables_are_read_anew_and_a_command_is_run() {
    let server = issuer(granted, "");
    let folder = folder(&[]);
    fs::create_dir(folder.path().join("heistctl")).unwrap();
    let toml = format!(
        "[profile.c]\nissuer = '{0}'\nidentity = 'command'\nidentity_command = ['printf', 'c0mmand\\n']\n\
         [profile.f]\nissuer = '{0}'\nidentity = 'file:../svid'\nclient_id = 'me'\n",
        server.url
    );
    fs::write(folder.path().join("heistctl/config.toml"), toml).unwrap();
    let path = folder.path().join("svid");
    let by_profile = |name: &str| {
        let run = heistctl(["token", "--profile", name]).env("XDG_CONFIG_HOME", folder.path());
        run.run().exits(0);
        form(&server)
    };
    for written in ["f1rst", "sec0nd"] {
        fs::write(&path, format!("{written}\n")).unwrap();
        assert!(by_profile("f").ends_with(&format!("&client_assertion={written}")));
        let source = format!("kubernetes:{}", path.display());
        token(&server, &["--identity", &source]).run().exits(0);
        assert!(form(&server).ends_with(&format!("&client_assertion={written}")));
    }
    assert!(by_profile("c").ends_with("&client_assertion=c0mmand"));
    for source in ["env:ID_TOKEN", "gitlab:ID_TOKEN"] {
        let run = token(&server, &["--identity", source]).env("ID_TOKEN", "variab1e");
        // A flag comes before a secret of the environment.
        run.env("HEISTCTL_CLIENT_SECRET", "x").run().exits(0);
        assert!(form(&server).ends_with("&client_assertion=variab1e"), "{source}");
    }
    // A call gets its token in the same way.
    let api = format!("{}/api", server.url);
    let call = heistctl(["call", "--issuer", &server.url, "--identity", "env:ID_TOKEN", &api]);
    call.env("ID_TOKEN", "0f-call").run().exits(0);
    assert!(form(&server).ends_with("&client_assertion=0f-call"));
    assert_eq!(server.asked().pop().unwrap().header("Authorization"), Some("Bearer t0k3n"));
}

#[test]
fn where_there_is_no_identity_the_cure_is_named() {
    let server = issuer(granted, "");
    let folder = folder(&[
        ("empty", "\n"),
        ("odd", "a b"),
        ("legacy", &jwt(&json!({"iss": "kubernetes/serviceaccount"}))),
    ]);
    let at = |kind: &str, name: &str| format!("{kind}:{}", folder.path().join(name).display());
    let own_secret = folder.path().join("odd");
    let own_secret = own_secret.to_str().unwrap();
    let lines: [(&[&str], &[&str]); 14] = [
        (
            &["--identity", "github-actions"],
            &["REQUEST_TOKEN are not set", "hint: this job needs `permissions: id-token: write`"],
        ),
        (
            &["--identity", "gitlab:ID"],
            &["variable ID is not set", &format!("id_tokens: {{ ID: {{ aud: \"{}\" }} }}", server.url)],
        ),
        (&["--identity", "env:ID"], &["variable ID is not set", "hint: is it exported"]),
        (
            &["--identity", "env:eyJhbGci.x.y"],
            &["not the name of a variable (not shown", "--identity env:ID_TOKEN"],
        ),
        (
            &["--identity", &at("file", "none")],
            &["error: identity: there is no file", "hint: is the path right"],
        ),
        (&["--identity", &at("file", "empty")], &["is empty"]),
        (&["--identity", &at("file", "odd")], &["is not a token"]),
        (
            &["--identity", &at("kubernetes", "none")],
            &["no service account token at", "serviceAccountToken: { path: heistctl, audience"],
        ),
        (
            &["--identity", &at("kubernetes", "legacy")],
            &["legacy service account token: it never expires", "expirationSeconds"],
        ),
        (&["--identity", "command"], &["no profile names it", "identity_command"]),
        (
            &["--identity", "spire"],
            &["it is not a source of identities", "hint: it is github-actions, gitlab:NAME"],
        ),
        (
            &["--identity-audience", "x"],
            &["--identity-audience is for an identity", "hint: --identity SOURCE"],
        ),
        (
            &["--identity", "env:A", "--client-secret-file", own_secret],
            &["an identity (from --identity) and another way", "keep one"],
        ),
        (
            &["--identity", "env:A", "--auth-method", "private_key_jwt"],
            &["an identity (from --identity) and another way", "keep one"],
        ),
    ];
    for (args, parts) in lines {
        let ran = token(&server, &[&["--client-id", "a"], args].concat()).run().fails(2, parts);
        assert!(!ran.stderr.contains("eyJhbGci"), "{ran}");
    }
    // Nobody knows for whom it should be.
    let ran = heistctl(["token", "--token-url", &server.token_url(), "--identity", "google"]).run();
    ran.fails(2, &["the identity's audience is not known", "--issuer URL", "--identity-audience"]);
    assert!(server.asked().iter().all(|asked| asked.target() != "/oauth/token"));
}

#[test]
fn a_refused_identity_is_held_against_the_issuer_and_not_shown() {
    let server = issuer(refused, "");
    for (claims, what, hint) in [
        (
            json!({"aud": "https://other", "exp": 9_999_999_999_i64}),
            "; the identity from ID: its aud is https://other, this issuer is http",
            "id_tokens: { ID: { aud: \"http",
        ),
        (json!({"aud": server.url, "exp": 1_000}), "it ended ", "ends with the job's timeout"),
        (
            json!({"aud": server.url, "iss": "https://gitlab.example.com", "sub": "s:1"}),
            "Invalid client credentials\n",
            "trust iss https://gitlab.example.com with sub s:1?",
        ),
    ] {
        let identity = jwt(&claims);
        let run = |more: &[&str]| {
            let args = [&["--identity", "gitlab:ID", "-v"], more].concat();
            let ran = token(&server, &args).env("ID", &identity).run().fails(4, &[what, hint]);
            never_shows(&ran, &identity);
        };
        run(&[]);
        run(&["--client-id", "a"]);
        run(&["--grant", "token-exchange"]);
    }
}

/// The folders of a cache, and what a token costs with it.
fn asked_with(server: &Faults, cache: &Path, args: &[&str], id: &str) -> usize {
    let before = server.asked().len();
    token(server, args).env("HEISTCTL_CACHE_DIR", cache).env("ID", id).run().exits(0);
    server.asked().len() - before
}

#[test]
fn the_token_of_one_workload_is_cached_and_is_not_for_another() {
    let server = issuer(granted, "");
    let folder = folder(&[]);
    let cache = folder.path().join("cache");
    let first = jwt(&json!({"sub": "a", "iat": 1, "exp": 9_999_999_999_i64, "jti": "1"}));
    let renewed = jwt(&json!({"sub": "a", "iat": 2, "exp": 9_999_999_998_i64, "jti": "2"}));
    let other = jwt(&json!({"sub": "b", "iat": 1, "exp": 9_999_999_999_i64, "jti": "1"}));
    let args = ["--identity", "env:ID"];
    assert_eq!(asked_with(&server, &cache, &args, &first), 2, "metadata and token");
    assert_eq!(asked_with(&server, &cache, &args, &first), 0);
    assert_eq!(asked_with(&server, &cache, &args, &renewed), 0, "the identity was only renewed");
    assert_eq!(asked_with(&server, &cache, &args, &other), 1, "another workload");
    assert_eq!(asked_with(&server, &cache, &[&args[..], &["--client-id", "x"]].concat(), &first), 1);
    assert_eq!(asked_with(&server, &cache, &["--identity", "gitlab:ID"], &first), 1);
    for entry in fs::read_dir(&cache).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains("eyJ"), "{text}");
    }
}

/// A machine may have several managed identities, which Azure's variables choose. Only a request tells who it is.
#[test]
fn the_token_of_one_managed_identity_is_not_for_another() {
    let server = issuer(granted, &jwt(&json!({"sub": "machine"})));
    let folder = folder(&[]);
    let asked = |source: &str, variables: &[(&str, &str)]| {
        let before = server.asked().len();
        let mut run = token(&server, &["--identity", source, "--client-id", "a"]);
        for (name, value) in variables {
            run = run.env(name, value);
        }
        run.env("HEISTCTL_CACHE_DIR", folder.path()).run().exits(0);
        server.asked().len() > before
    };
    let host = ("AZURE_POD_IDENTITY_AUTHORITY_HOST", server.url.as_str());
    let endpoint = format!("{}/metadata/identity/oauth2/token", server.url);
    let endpoint = [("IDENTITY_ENDPOINT", endpoint.as_str()), ("IDENTITY_HEADER", "s")];
    let localhost = server.url.replace("127.0.0.1", "localhost");
    let google = |url| ("GCE_METADATA_HOST", str::trim_start_matches(url, "http://"));
    for (source, variables) in [
        ("azure:r", &[host][..]),
        ("azure:r", &[host, ("AZURE_CLIENT_ID", "a")]),
        ("azure:r", &[host, ("AZURE_CLIENT_ID", "b")]),
        ("azure:r", &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", localhost.as_str())]),
        ("azure:r", &endpoint),
        ("google", &[google(&server.url)]),
        ("google", &[google(&localhost)]),
    ] {
        assert!(asked(source, variables), "{source} {variables:?}");
        assert!(!asked(source, variables), "cached: {source} {variables:?}");
    }
}
