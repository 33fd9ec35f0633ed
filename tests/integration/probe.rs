//! `heistctl probe` against heistctl's own resource and guard, and the ends of runs that say nothing.

use crate::support::faults::{Fault, Faults};
use crate::support::keys::Key;
use crate::support::{DEMO_SECRET, Ran, Server, binary, demo, folder, heistctl};
use serde_json::Value;
use tempfile::TempDir;

const AUDIENCE: &str = "https://api.example.com/orders";
const CONFIG: &str = r#"
[signing]
algorithm = "ES256"
key_file = "key.pem"
[[client]]
id = "shop"
secret_file = "secret"
scopes = ["orders:read", "orders:write"]
audiences = ["https://api.example.com/orders"]
"#;
/// An API that trusts the probe: a guard for tokens of its issuer.
const GUARD: &str = r#"cat > heist.toml <<END
trusted_proxies = ["127.0.0.1"]
[[resource]]
id = "https://api.example.com/orders"
scopes = ["orders:read", "orders:write"]
[[guard]]
name = "orders"
resource = "https://api.example.com/orders"
issuer = "$HEISTCTL_ISSUER"
END
exec "$HEISTCTL" serve --store memory: --listen 127.0.0.1:$PORT
"#;

/// The ids of the cases with that verdict.
fn cases(report: &Value, verdict: &str) -> Vec<String> {
    let all = report["cases"].as_array().unwrap().iter().filter(|case| case["verdict"] == verdict);
    all.map(|case| case["id"].as_str().unwrap().to_owned()).collect()
}

/// Nothing else is to be mended.
fn nothing_else(report: &Value, ran: &Ran) {
    for verdict in ["wrong_status", "rejected", "fell", "broken", "inconclusive"] {
        assert_eq!(cases(report, verdict), [""; 0], "{verdict}: {ran}");
    }
}

fn issuer(folder: &TempDir) -> Server {
    heistctl(["serve", "--listen", "127.0.0.1:0"]).in_folder(folder.path()).serve()
}

#[test]
fn of_its_own_resource_only_what_is_documented_is_found() {
    let key = Key::for_alg("ES256");
    let folder = folder(&[
        ("heist.toml", CONFIG),
        ("secret", "0123456789abcdef0123456789"),
        ("key.pem", &key.private_pem()),
    ]);
    let server = issuer(&folder);
    let resource = format!("{}/protected-resource", server.url());
    let words = format!(
        "probe --json --rate 1000 --key key.pem --iss {} --sub shop --claims {{\"client_id\":\"shop\"}} --aud {resource} \
         --scope orders:read --other-scope orders:write --junit probe.xml --sarif probe.sarif \
         {resource}?scope=orders:read",
        server.url()
    );
    let ran = heistctl(words.split_whitespace()).in_folder(folder.path()).run().exits(8);
    let report = ran.json();
    // It accepts tokens without an audience, scp in place of scope, and typ JWT.
    assert_eq!(cases(&report, "accepted"), ["I5", "Y3", "O5"], "{ran}");
    nothing_else(&report, &ran);
    let passed = cases(&report, "passed").len() + cases(&report, "noted").len();
    assert!(passed > 75, "{passed}: {ran}");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let (junit, sarif) = (read("probe.xml"), read("probe.sarif"));
    assert!(junit.contains(r#"tests="105" failures="3" errors="0""#), "{junit}");
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 3, "{sarif}");
    for text in [&ran.stdout, &ran.stderr, &junit, &sarif.to_string()] {
        assert!(!text.contains("eyJ"), "a token is shown: {text}");
    }
}

#[test]
fn an_api_that_trusts_the_probe_is_started_and_stopped() {
    let folder = folder(&[("api.sh", GUARD)]);
    let words = format!(
        "probe --serve --rate 1000 --aud {AUDIENCE} --scope orders:read \
         http://127.0.0.1:PORT/guard/orders?scope=orders:read -- sh api.sh"
    );
    let run = heistctl(words.split_whitespace()).in_folder(folder.path()).env("HEISTCTL", binary());
    let ran = run.run().exits(8);
    for part in [
        "FAIL: 2 of ",
        "high O5: ",
        "medium Y3: ",
        "  right  401",
        "  see    RFC 9068 section 4",
        "Not tried",
    ] {
        assert!(ran.stdout.contains(part), "stdout lacks {part:?}\n{ran}");
    }
    assert!(!ran.stdout.contains("critical"), "{ran}");
    // The guard's own log goes to stderr.
    assert!(ran.stderr.contains(r#""event":"ready""#) && !ran.stdout.contains("eyJ"), "{ran}");
}

#[test]
fn a_secret_of_tutorials_is_found_without_a_request() {
    let server = demo();
    let url = format!("{}/protected-resource", server.url());
    let token = server.token();
    let words = ["probe", "--json", "--only", "A4,S1,P1", "--token", "-", &url];
    let ran = heistctl(words).stdin(token.clone()).run().exits(8);
    assert_eq!(cases(&ran.json(), "accepted"), ["A4"], "{ran}");
    assert_eq!(cases(&ran.json(), "passed"), ["P1", "S1"], "{ran}");
    assert!(!ran.stdout.contains(token.trim()) && !ran.stdout.contains(DEMO_SECRET), "{ran}");
    let words = ["probe", "--only", "S1,P1", "--token", "-", &url];
    let ran = heistctl(words).stdin(token).run().exits(0);
    assert!(ran.stdout.starts_with("PASS: nothing got in: 2 cases tried\n"), "{ran}");
}

#[test]
fn without_a_good_token_nothing_is_said() {
    let public = Faults::always(200, &[], "hello");
    let closed = Faults::always(401, &[("WWW-Authenticate", "Bearer error=\"invalid_token\"")], "");
    let token = "abc.def.ghi";
    let at = |url: &str| heistctl(["probe", "--token", "-", url]).stdin(token).run();
    at(&public.url).fails(2, &["not testable", "answers 200 without a token", "hint: name a URL"]);
    let ran =
        at(&closed.url).fails(2, &["not testable", "401 (Bearer error=\"invalid_token\")", "heistctl call"]);
    assert!(!ran.stderr.contains(token), "{ran}");
    at("http://127.0.0.1:1/orders").fails(6, &["error: probe: http://127.0.0.1:1/orders"]);
    heistctl(["probe", &public.url]).run().fails(2, &["no token to probe with", "--token -"]);
    heistctl(["probe"]).run().fails(2, &["URL"]);
    heistctl(["probe", "--only", "Z9", "--token", "-", &public.url])
        .stdin(token)
        .run()
        .fails(2, &["no case or group \"Z9\"", "--list"]);
    let ended = ["probe", "--serve", "http://127.0.0.1:PORT/", "--", "false"];
    heistctl(ended).run().fails(6, &["ended before the API answered", "PORT"]);
}

/// Addresses of documentation, which are never asked.
#[test]
fn hosts_of_the_internet_are_probed_only_by_name() {
    let words = ["probe", "--insecure-http", "--token", "-", "http://203.0.113.9/orders"];
    heistctl(words)
        .stdin("a.b.c")
        .run()
        .fails(2, &["neither this machine nor a private network", "--i-may-test 203.0.113.9"]);
    let other = ["--i-may-test", "other.example"];
    let words = [&words[..1], &other, &words[1..]].concat();
    heistctl(words).stdin("a.b.c").run().fails(2, &["neither this machine nor a private network"]);
}

#[test]
fn the_battery_is_listed_without_a_request() {
    let text = heistctl(["probe", "--list"]).run().exits(0).stdout;
    assert_eq!(text.lines().filter(|line| line.starts_with("  ")).count(), 106, "{text}");
    let json = heistctl(["probe", "--list", "--json"]).run().exits(0).json();
    assert_eq!(json["cases"].as_array().unwrap().len(), 106);
}

/// Redirects are refusals, and are not followed.
#[test]
fn a_redirect_is_not_followed() {
    let server = Faults::serve(|_, asked| {
        let is_good = asked.header("authorization") == Some("Bearer a.b.c");
        if is_good {
            Fault::answer(200, &[], "{}")
        } else {
            Fault::answer(302, &[("Location", "/login")], "")
        }
    });
    let ran =
        heistctl(["probe", "--json", "--only", "P7,N4", "--token", "-", &server.url]).stdin("a.b.c").run();
    let report = ran.json();
    assert_eq!(cases(&report, "wrong_status"), ["P7"], "{ran}");
    assert_eq!(cases(&report, "broken"), ["N4"], "{ran}");
    assert!(server.asked().iter().all(|asked| asked.target() != "/login"), "{ran}");
}
