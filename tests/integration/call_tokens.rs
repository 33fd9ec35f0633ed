//! What `heistctl call` does with its token: another one where it is refused, a proof where it is bound,
//! none after a redirect to elsewhere, and an explanation where it is not enough.

use crate::support::api::{Answer, Api, Asked, answer};
use crate::support::{Server, demo, folder, heistctl};
use heistctl::jose::compact::{self, Token};
use heistctl::json::Json;
use serde_json::json;
use std::sync::Mutex;

const INVALID: &str = r#"Bearer realm="api", error="invalid_token""#;

/// Refuses the first token that it sees for ever, and takes any other.
fn refusing_the_first() -> impl Fn(&Asked, &str) -> Answer {
    let first = Mutex::new(None::<String>);
    move |asked, _| {
        let token = asked.token().unwrap().to_owned();
        if *first.lock().unwrap().get_or_insert(token.clone()) == token {
            return answer(401, "no").header("WWW-Authenticate", INVALID).early();
        }
        answer(200, format!("took {} bytes", asked.length))
    }
}

#[test]
fn a_token_of_the_cache_that_is_refused_is_replaced_once() {
    let server = demo();
    let cache = folder(&[]);
    let call = |args: &[&str]| server.client(args).env("HEISTCTL_CACHE_DIR", cache.path());
    call(&["token"]).run().exits(0);
    let api = Api::serve(refusing_the_first());
    let ran = call(&["call", "-d", "abc", &api.url]).run().exits(0);
    assert_eq!(ran.stdout, "took 3 bytes");
    assert!(
        ran.stderr.contains("note: the resource refused the token") && !ran.stderr.contains("ey"),
        "{ran}"
    );
    let asked = api.asked();
    assert_eq!(asked.len(), 2);
    // The fresh one is kept.
    let kept = call(&["token"]).run().exits(0).stdout;
    assert_eq!((asked[1].token(), asked[0].body.as_str()), (Some(kept.trim()), "abc"));
    assert_eq!(call(&["call", &api.url]).run().exits(0).stderr, "");

    let never = Api::serve(|_, _| answer(401, "no").header("WWW-Authenticate", INVALID));
    let ran = call(&["call", &never.url]).run().exits(4);
    assert_eq!((ran.stdout.as_str(), never.asked().len()), ("no", 2), "{ran}");
    // One that has just come from the issuer is not replaced.
    let ran = server.client(&["call", &never.url]).run().exits(4);
    assert_eq!(never.asked().len(), 3, "{ran}");
    assert!(!ran.stderr.contains("note:"), "{ran}");
}

#[test]
fn a_body_that_comes_once_is_not_sent_twice_unless_nobody_took_it() {
    let server = demo();
    let large = "x".repeat(300_000);
    for (early, code, requests) in [(true, 0, 2), (false, 4, 1)] {
        let cache = folder(&[]);
        let call = |args: &[&str]| server.client(args).env("HEISTCTL_CACHE_DIR", cache.path());
        call(&["token"]).run().exits(0);
        let refusing = refusing_the_first();
        let api = Api::serve(move |asked, url| {
            let wants_body = !early && asked.header("expect").is_some() && asked.length == 0;
            if wants_body { answer(200, "") } else { refusing(asked, url) }
        });
        let ran = call(&["call", "-d", "@-", &api.url]).stdin(large.as_str()).run().exits(code);
        assert_eq!(api.asked().len(), requests, "{ran}");
        let said = ran.stderr.contains("the body came from stdin and cannot be sent again");
        assert_eq!(said, !early, "{ran}");
        assert!(early || ran.stdout == "no");
    }
}

#[test]
fn a_bound_token_has_its_proof_and_the_nonce_that_is_wanted() {
    let toml = "dpop_nonce = true\n[[client]]\nid = 'hacker-client'\nscopes = ['x']\nsecret_env = 'S'";
    let files = folder(&[("heist.toml", toml)]);
    let serve = heistctl(["serve", "--listen", "127.0.0.1:0"]).in_folder(files.path());
    let server = serve.env("S", "hacker-secret-123").serve();
    let ran = server.client(&["call", "--dpop"]).run().exits(0);
    assert_eq!(ran.json()["client"], "hacker-client");
    server.client(&["call", "--dpop", "--repeat", "3"]).run().exits(0);

    let api = Api::serve(|asked, _| {
        let Token::Jws(proof) = compact::read(asked.header("dpop").unwrap()) else { panic!("{asked:?}") };
        let nonce = proof.peek_unverified().unwrap().get("nonce").and_then(Json::as_str);
        if nonce == Some("n7") && asked.target == "/once" {
            return answer(200, asked.body.clone());
        }
        answer(401, "no")
            .header("WWW-Authenticate", r#"Bearer, DPoP error="use_dpop_nonce", algs="ES256""#)
            .header("DPoP-Nonce", "n7")
    });
    let url = format!("{}/once", api.url);
    assert_eq!(server.client(&["call", "--dpop", "-d", "abc", &url]).run().exits(0).stdout, "abc");
    assert_eq!(api.asked().len(), 2);
    // One that wants a nonce each time is given it once.
    let ran = server.client(&["call", "--dpop", &format!("{}/never", api.url)]).run().exits(4);
    assert!(ran.stdout == "no" && api.asked().len() == 4, "{ran}");
    let asked = api.asked();
    assert!(asked.iter().all(|asked| asked.header("authorization").unwrap().starts_with("DPoP ey")));
    assert_ne!(asked[0].header("dpop"), asked[1].header("dpop"));
}

fn redirecting() -> Api {
    Api::serve(|asked, url| match asked.target.as_str() {
        "/loop" => answer(302, "").header("Location", "/loop"),
        "/here" => answer(307, "").header("Location", "there?x=y#z"),
        "/see" => answer(303, "").header("Location", "/there"),
        "/insecure" => answer(302, "").header("Location", "http://example.com/hunter2?hunter2"),
        "/away" => {
            let other = url.replace("127.0.0.1", "localhost");
            answer(302, "").header("Location", format!("{other}/there"))
        }
        "/back" => {
            answer(302, "").header("Location", format!("{}/away", url.replace("127.0.0.1", "localhost")))
        }
        "/locked" => {
            let other = url.replace("127.0.0.1", "localhost");
            answer(302, "").header("Location", format!("{other}/lock"))
        }
        "/lock" => answer(401, "").header("WWW-Authenticate", "Bearer"),
        _ => answer(200, format!("{} {}", asked.method, asked.body)),
    })
}

#[test]
fn redirects_are_followed_where_somebody_asked_and_the_token_stays_at_its_origin() {
    let server = demo();
    let api = redirecting();
    let call = |target: &str, args: &[&str]| {
        let url = format!("{}{target}", api.url);
        server.client(&[&["call", &url, "-H", "X-Key: k", "-H", "Accept: text/csv"], args].concat()).run()
    };
    call("/here", &[]).exits(3).stderr.contains("--location follows redirects");
    assert_eq!(call("/here", &["-L", "-d", "abc"]).exits(0).stdout, "POST abc");
    let same = api.asked().pop().unwrap();
    assert_eq!((same.target.as_str(), same.header("x-key")), ("/there?x=y", Some("k")));
    assert!(same.token().is_some());
    assert_eq!(call("/see", &["-L", "-d", "abc"]).exits(0).stdout, "GET ");
    assert_eq!(api.asked().pop().unwrap().header("content-type"), None);

    for target in ["/away", "/back"] {
        call(target, &["-L", "--dpop"]).exits(0);
        let away = api.asked().pop().unwrap();
        assert_eq!((away.token(), away.header("dpop"), away.header("x-key")), (None, None, None), "{target}");
        assert_eq!(away.header("accept"), Some("text/csv"));
    }
    let locked = call("/locked", &["-L"]).exits(4);
    assert!(locked.stderr.contains("answered 401; the token was not sent"), "{locked}");
    let before = api.asked().len();
    call("/loop", &["-L"]).fails(3, &["answered 302", "5 redirects are the limit"]);
    assert_eq!(api.asked().len(), before + 6);
    let insecure = call("/insecure", &["-L"]).fails(3, &["plain http to another host", "hint:"]);
    assert!(!insecure.stderr.contains("?hunter2"), "{insecure}");
    let large = "x".repeat(300_000);
    let url = format!("{}/here", api.url);
    let ran = server.client(&["call", "-L", "-d", "@-", &url]).stdin(large).run();
    ran.fails(3, &["answered 307", "the body came from stdin and cannot be sent again"]);
}

/// A resource that refuses with that challenge, and says that of itself.
fn refusing(status: u16, challenge: impl Fn(&str) -> String + Send + Sync + 'static) -> Api {
    Api::serve(move |asked, url| match asked.target.as_str() {
        "/.well-known/oauth-protected-resource/v1" => {
            let metadata = json!({
                "resource": format!("{url}/v1"), "authorization_servers": ["heist-oauth-service"],
                "scopes_supported": ["simulation:read"]
            });
            answer(200, metadata.to_string())
        }
        _ => answer(status, "no").header("WWW-Authenticate", challenge(url)),
    })
}

fn call(server: &Server, api: &Api, args: &[&str]) -> String {
    let ran =
        server.client(&[&["call", &format!("{}/v1/things?secret=hunter2", api.url)], args].concat()).run();
    let ran = ran.exits(4);
    assert!(ran.stdout == "no" && !ran.stderr.contains("hunter2") && !ran.stderr.contains("eyJ"), "{ran}");
    assert!(api.asked().iter().skip(1).all(|asked| asked.token().is_none()), "{ran}");
    ran.stderr
}

#[test]
fn a_refusal_is_explained_by_what_the_resource_says_of_itself() {
    let server = demo();
    let well_known = "/.well-known/oauth-protected-resource/v1";
    let api = refusing(401, move |url| format!(r#"{INVALID}, resource_metadata="{url}{well_known}""#));
    let said = call(&server, &api, &[]);
    let expected = format!(
        "error: call: {0}/v1/things answered 401: invalid_token; the resource wants a token for {0}/v1, and the token has no audience\nhint: --resource \"{0}/v1\" requests it\n",
        api.url
    );
    assert_eq!(said, expected);
    assert_eq!(api.asked().len(), 2);

    let api = refusing(403, |_| r#"Bearer error="insufficient_scope", scope="simulation:write""#.to_owned());
    let said = call(&server, &api, &["--scope", "simulation:read"]);
    assert!(said.contains("it wants scope simulation:write, and the token has simulation:read"), "{said}");
    assert!(said.contains("hint: --scope \"simulation:read simulation:write\" requests it"), "{said}");
}

#[test]
fn nobody_else_is_asked_because_a_challenge_says_so() {
    let server = demo();
    let other = Api::serve(|_, _| answer(200, "{}"));
    let url = other.url.clone();
    let api = refusing(401, move |_| format!(r#"{INVALID}, resource_metadata="{url}/metadata""#));
    let said = call(&server, &api, &["-v"]);
    assert!(said.contains("is at another origin") && said.contains("it is not requested"), "{said}");
    assert!(other.asked().is_empty());
    // A document that is another resource's explains nothing.
    let api = refusing(401, move |url| format!(r#"{INVALID}, resource_metadata="{url}/v1/lies""#));
    let said = call(&server, &api, &["-v"]);
    assert!(
        said.contains("answered 401 instead of metadata") && !said.contains("wants a token for"),
        "{said}"
    );
}

#[test]
fn a_clock_that_is_off_is_told_by_the_date_of_the_answer() {
    let server = demo();
    let api = Api::serve(|_, _| {
        // An hour and a bit behind whatever the time is here.
        let then = std::time::SystemTime::now() - std::time::Duration::from_secs(3700);
        answer(401, "no").header("WWW-Authenticate", INVALID).header("Date", httpdate::fmt_http_date(then))
    });
    let said = call(&server, &api, &[]);
    assert!(said.contains("iat of the token: ") && said.contains("issued in the future, in 1h 1m"), "{said}");
    assert!(
        said.contains("the resource's clock is 1h 1m behind this machine's\nhint: set the clocks"),
        "{said}"
    );
}

#[test]
fn hostile_words_are_escaped_and_the_token_is_not_repeated() {
    let server = demo();
    let api = Api::serve(|asked, _| {
        let words = format!("\u{9b}31m{} \u{202e}", asked.token().unwrap());
        let challenge =
            format!(r#"Bearer error="invalid_token", error_description="{words}", scope="$(id)""#);
        answer(403, "no").header("WWW-Authenticate", challenge)
    });
    let said = call(&server, &api, &[]);
    assert!(said.contains("\\u{009b}31m(not shown: we sent it) \\u{202e}"), "{said}");
    assert!(said.contains("hint: --scope with that value requests it"), "{said}");
}
