//! `heistctl doctor` through the binary: heistctl itself, and a server that is wrong in one thing.

use crate::support::{Ran, folder, heistctl, repository};
use heistctl::doctor::CHECKS;
use serde_json::Value;
use std::collections::BTreeSet;

/// Client documents are what the MCP authorization asks of an issuer besides.
const CONFIG: &str = "[[client_documents]]\nallow = [\"https://agents.example.com/*\"]\n";

fn doctor(url: &str, more: &[&str]) -> Ran {
    heistctl([&["doctor", url], more].concat()).run()
}

/// A client, and the audience that its tokens need to be for one API.
const CLIENT: &str = "audience = [\"https://api.example.com\"]\n\n[[client]]\nid = \"app\"\n\
                      secret_env = \"APP_SECRET\"\nscopes = [\"a\"]\nintrospect = true\n";
const SECRET: &str = "0123456789abcdef0123456789abcde+%:/";

/// With the client.
fn with_client(url: &str, more: &[&str]) -> Ran {
    let words = [&["doctor", url, "--client-id", "app", "--scope", "a"], more].concat();
    heistctl(words).env("HEISTCTL_CLIENT_SECRET", SECRET).run()
}

/// The numbers of the checks with these states.
fn numbers(report: &Value, states: &[&str]) -> BTreeSet<u64> {
    let checks = report["checks"].as_array().unwrap().iter();
    let found = checks.filter(|check| states.contains(&check["status"].as_str().unwrap()));
    found.map(|check| check["number"].as_u64().unwrap()).collect()
}

#[test]
fn heistctl_is_an_a_also_for_each_profile() {
    let folder = folder(&[("heist.toml", CONFIG)]);
    let serve = ["serve", "--store", "memory:", "--listen", "127.0.0.1:0"];
    let server = heistctl(serve).in_folder(folder.path()).serve();
    for profile in [&[][..], &["--for", "mcp"], &["--for", "rfc9700"], &["--for", "oidc"], &["--intrusive"]] {
        let report = doctor(server.url(), &[profile, &["--json"]].concat()).exits(0);
        let json = report.json();
        assert_eq!(json["grade"], "A", "{report}");
        assert!(numbers(&json, &["fail", "warn"]).is_empty(), "{report}");
        assert!(numbers(&json, &["pass"]).len() > 30, "{report}");
        assert_eq!(numbers(&json, &["pass"]).contains(&48), profile.contains(&"--intrusive"), "{report}");
    }
    let fapi = doctor(server.url(), &["--for", "fapi2"]).exits(8);
    assert!(fapi.stdout.starts_with("grade D, for fapi2: "), "{fapi}");
    assert!(fapi.stdout.contains("\nFAIL  29 fapi2  MUST\n  right "), "{fapi}");
}

#[test]
fn over_tls_the_certificate_counts_too() {
    let folder = folder(&[("heist.toml", CONFIG)]);
    let serve = ["serve", "--store", "memory:", "--listen", "127.0.0.1:0", "--tls-self-signed", "certs"];
    let server = heistctl(serve).in_folder(folder.path()).serve();
    let authority = folder.path().join("certs/ca.pem").display().to_string();
    let issuer = server.ready["issuer"].as_str().unwrap();
    for profile in ["mcp", "rfc9700"] {
        let report = doctor(issuer, &["--cacert", &authority, "--json", "--for", profile]).exits(0);
        let json = report.json();
        assert_eq!(json["grade"], "A", "{report}");
        let passed = numbers(&json, &["pass"]);
        assert!([1, 40, 41, 42].iter().all(|number| passed.contains(number)), "{report}");
    }
    // Without the authority, the server is not reachable in the sense of the exit codes.
    doctor(issuer, &[]).fails(6, &["error: doctor: ", "--cacert"]);
}

#[test]
fn heistctl_is_an_a_for_its_own_client_and_its_resource() {
    let folder = folder(&[("heist.toml", &format!("{CLIENT}{CONFIG}"))]);
    let serve = ["serve", "--store", "memory:", "--listen", "127.0.0.1:0"];
    let server = heistctl(serve).in_folder(folder.path()).env("APP_SECRET", SECRET).serve();
    for profile in ["mcp", "rfc9700"] {
        let report = with_client(server.url(), &["--for", profile, "--json"]).exits(0);
        let json = report.json();
        assert_eq!(json["grade"], "A", "{report}");
        assert!(numbers(&json, &["fail", "warn"]).is_empty(), "{report}");
        assert!(numbers(&json, &["pass"]).len() > 60, "{report}");
    }
    let resource = format!("{}/protected-resource", server.url());
    let report = with_client(server.url(), &["--json", "--resource", &resource]);
    assert!(numbers(&report.json(), &["pass"]).contains(&87), "{report}");
    let text = with_client(server.url(), &[]).exits(0);
    let printed = format!("{}{}", text.stdout, text.stderr);
    assert!(!printed.contains(SECRET) && !printed.contains("eyJ"), "{text}");
}

/// The same with a client.
const CLIENT_FAULTS: [(&str, &[u64]); 14] = [
    ("--on token --status 503", &[11, 45, 49, 50, 51, 52, 53, 54, 57, 61, 62]),
    ("--on token --omit expires_in", &[59]),
    ("--on token --set expires_in=\"3600\"", &[59]),
    ("--on token --set expires_in=60", &[77]),
    ("--on token --set refresh_token=x", &[59]),
    ("--on token --omit token_type", &[59]),
    ("--on token --set scope=other", &[78]),
    ("--on token --token typ", &[73, 84]),
    ("--on token --token signature", &[72, 84]),
    ("--on token --token iss", &[74, 84]),
    ("--on token --claim email=a@b.example", &[81]),
    ("--on introspect --set active=true", &[83, 85]),
    ("--on introspect --set scope=other", &[83, 84]),
    ("--on revoke --status 503", &[20, 85]),
];

#[test]
fn each_fault_turns_its_check_with_a_client_too() {
    let folder = folder(&[("heist.toml", &format!("{CLIENT}{CONFIG}"))]);
    let serve = ["serve", "--test", "--store", "memory:", "--listen", "127.0.0.1:0"];
    let mut wrong = Vec::new();
    for (fault, expected) in CLIENT_FAULTS {
        // Each run sends wrong secrets, which one server would throttle.
        let server = heistctl(serve).in_folder(folder.path()).env("APP_SECRET", SECRET).serve();
        let words = ["test", "--url", server.url(), "fault"].into_iter().chain(fault.split(' '));
        heistctl(words).run().exits(0);
        let report = with_client(server.url(), &["--json"]);
        let found = numbers(&report.json(), &["fail", "warn"]);
        if found != expected.iter().copied().collect() {
            wrong.push(format!("{fault}: {found:?}, expected {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A fault of `serve --test`, and the checks that fail or warn by it.
const FAULTS: [(&str, &[u64]); 23] = [
    ("--on metadata --set issuer=https://other.example", &[5]),
    ("--on metadata --status 404", &[2]),
    ("--on metadata --times 1 --status 404", &[2]),
    ("--on metadata --times 1 --redirect http://127.0.0.1:1/x", &[2, 7]),
    ("--on metadata --content-type text/html", &[8]),
    ("--on metadata --body truncated", &[2, 8]),
    ("--on metadata --skip 3 --times 1 --set x=1", &[9]),
    ("--on metadata --set scope_supported=[]", &[10, 17]),
    ("--on metadata --omit token_endpoint", &[11]),
    ("--on metadata --omit grant_types_supported", &[12]),
    ("--on metadata --omit token_endpoint_auth_methods_supported", &[13]),
    ("--on metadata --omit token_endpoint_auth_signing_alg_values_supported", &[14]),
    ("--on metadata --omit authorization_endpoint", &[16]),
    ("--on metadata --omit response_types_supported", &[17]),
    ("--on metadata --omit subject_types_supported", &[18]),
    ("--on metadata --omit introspection_endpoint_auth_methods_supported", &[20]),
    ("--on metadata --set dpop_signing_alg_values_supported=[\"none\"]", &[21]),
    ("--on metadata --set scopes_supported=[\"a\",\"a\"]", &[23]),
    ("--on metadata --set grant_types_supported=[\"client_credentials\",\"password\"]", &[24]),
    ("--on jwks --keys empty", &[30]),
    ("--on jwks --status 500", &[19]),
    ("--on jwks --skip 1 --times 1 --keys empty", &[36]),
    ("--on introspect --status 200 --raw {\"active\":false}", &[82]),
];

#[test]
fn each_fault_of_a_server_under_test_turns_its_check() {
    let folder = folder(&[("heist.toml", CONFIG)]);
    let serve = ["serve", "--test", "--store", "memory:", "--listen", "127.0.0.1:0"];
    let server = heistctl(serve).in_folder(folder.path()).serve();
    let examine = || doctor(server.url(), &["--json"]);
    let before = numbers(&examine().exits(0).json(), &["fail", "warn"]);
    assert!(before.is_empty(), "{before:?}");
    let mut wrong = Vec::new();
    for (fault, expected) in FAULTS {
        let words = ["test", "--url", server.url(), "fault"].into_iter().chain(fault.split(' '));
        heistctl(words).run().exits(0);
        let report = examine();
        let found = numbers(&report.json(), &["fail", "warn"]);
        if found != expected.iter().copied().collect() {
            wrong.push(format!("{fault}: {found:?}, expected {expected:?}"));
        }
        heistctl(["test", "--url", server.url(), "reset"]).run().exits(0);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_issuer_that_is_not_there_has_its_own_exit_codes() {
    doctor("http://127.0.0.1:1", &[]).fails(6, &["error: doctor: http://127.0.0.1:1"]);
    doctor("as.example.com", &[]).fails(2, &["error: doctor: ", "hint: write it as https://as.example.com"]);
    doctor("http://as.example.com", &[]).fails(2, &["plain http", "--insecure-http"]);
    doctor("https://as.example.com", &["--for", "fapi1"]).fails(2, &["fapi1", "fapi2"]);
}

#[test]
fn a_report_as_junit_has_each_check() {
    let folder = folder(&[]);
    let serve = ["serve", "--test", "--demo", "--listen", "127.0.0.1:0"];
    let server = heistctl(serve).serve();
    heistctl(["test", "--url", server.url(), "fault", "--on", "metadata", "--set", "scopes_supported=[1]"]);
    let file = folder.path().join("doctor.xml").display().to_string();
    let ran = doctor(&format!("{}/none", server.url()), &["--junit", &file]).exits(8);
    assert!(ran.stdout.starts_with("grade F: "), "{ran}");
    let xml = std::fs::read_to_string(&file).unwrap();
    let total: usize = CHECKS.iter().map(|group| group.len()).sum();
    assert_eq!(xml.matches("<testcase ").count(), total, "{xml}");
    assert!(xml.contains("<failure message=\"MUST: 404") && xml.contains("<skipped "), "{xml}");
    let nowhere = doctor(server.url(), &["--junit", "no/such/folder/x.xml"]);
    assert!(nowhere.stderr.contains("error: output: cannot write no/such/folder/x.xml"), "{nowhere}");
}

#[test]
fn without_an_issuer_the_set_up_of_this_machine_is_examined() {
    let folder = folder(&[("heist.toml", "isuer = 'x'\n"), ("secret", "hunter2-hunter2")]);
    std::fs::create_dir(folder.path().join("heistctl")).unwrap();
    let profile =
        "[profile.a]\nclient_id = 'b'\nclient_secret_file = '../secret'\nclient_key = 'absent.pem'\n";
    std::fs::write(folder.path().join("heistctl/config.toml"), profile).unwrap();
    let run = |words: &[&str]| {
        heistctl(words)
            .in_folder(folder.path())
            .env("XDG_CONFIG_HOME", folder.path())
            .env("XDG_CACHE_HOME", folder.path().join("cache"))
            .env("HTTPS_PROXY", "proxy:port:hunter2")
            .env("HEISTCTL_STORE", "sqlite:s.db")
            .run()
    };
    let wrong = run(&["doctor"]).exits(8);
    for part in [
        "FAIL  configuration  heist.toml:1: unknown key \"isuer\"",
        "there is no file",
        "absent.pem",
        "others may read it: chmod 600",
        "FAIL  proxies",
    ] {
        assert!(wrong.stdout.contains(part), "{part}: {wrong}");
    }
    assert!(!wrong.stdout.contains("hunter2"), "{wrong}");
    std::fs::write(folder.path().join("heist.toml"), "").unwrap();
    run(&["key", "generate"]).exits(0);
    let json = run(&["doctor", "--json"]).exits(8).json();
    let of = |name: &str| {
        let checks = json["checks"].as_array().unwrap().iter();
        checks.filter(|check| check["name"] == name).map(|check| check["status"].as_str().unwrap()).collect()
    };
    let states: Vec<Vec<&str>> = vec![of("configuration"), of("store"), of("signing-key"), of("clock")];
    assert!(states.iter().all(|states| states[0] == "pass"), "{json}");
    assert_eq!(json["ok"], false);
}

/// The table in docs/doctor.md is made of the checks.
#[test]
fn the_documented_table_is_that_of_the_checks() {
    let text = std::fs::read_to_string(repository().join("docs/doctor.md")).unwrap();
    let mut expected = String::new();
    for check in CHECKS.iter().flat_map(|group| group.iter()) {
        let (needs, weight) = (check.needs.name(), check.weight.name());
        let breaks = check.breaks.join(", ");
        expected.push_str(&format!(
            "| {} | `{}` | {needs} | {weight} | {} | {} | {breaks} |\n",
            check.number, check.name, check.title, check.section
        ));
    }
    let documented: String = text
        .lines()
        .filter(|line| {
            line.starts_with("| ")
                && line.contains(" | `")
                && line.contains(" | INFO | ")
                    | line.contains(" | SHOULD | ")
                    | line.contains(" | COMPAT | ")
                    | line.contains(" | MUST | ")
        })
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(documented == expected, "docs/doctor.md must have this table:\n{expected}");
}
