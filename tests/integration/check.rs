//! `heistctl serve --check`: what a start would find, without one.

use crate::support::tls::{Authority, good_for};
use crate::support::{folder, heistctl};
use serde_json::json;
use std::net::TcpListener;

const CLIENT: &str = "[[client]]\nid = 'a'\nsecret_file = 'secret'\nscopes = ['x']\n";

#[test]
fn a_good_configuration_is_told_and_nothing_is_left_behind() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();
    let authority = Authority::new("authority");
    let served = authority.issue_with("localhost", |params| good_for(params, -1, 5));
    let toml = format!(
        "listen = '{listen}'\nissuer = 'https://as.example.com'\naudit_log = 'audit.log'\n\
         [tls]\ncert_file = 'cert.pem'\nkey_file = 'key.pem'\n{CLIENT}"
    );
    let folder = folder(&[
        ("heist.toml", &toml),
        ("secret", "hunter2"),
        ("cert.pem", &served.pem),
        ("key.pem", &served.key),
    ]);
    let check = |more: &[&str]| {
        heistctl(["serve", "--check"].iter().chain(more)).in_folder(folder.path()).run().exits(0)
    };
    let ran = check(&["--json"]);
    let mut found = ran.json();
    let ends = found["certificate_ends"].take();
    let warnings = found["warnings"].take();
    assert!(ends.as_str().unwrap().ends_with("T00:00:00Z"), "{ran}");
    let warning = warnings[0].as_str().unwrap();
    assert!(warning.contains("cert.pem ends at") && warning.contains("renew it"), "{ran}");
    assert_eq!(
        found,
        json!({"ok": true, "listen": format!("https://{listen}"), "issuer": "https://as.example.com", "signing": "ES256",
               "ephemeral_key": false, "store": "heistctl.db", "store_clients": 0, "clients": 1, "certificate_ends": null, "warnings": null})
    );
    assert_eq!(ran.stderr, "");
    let text = check(&[]).stdout;
    for part in [
        "ok the configuration is valid",
        &listen.to_string(),
        "as.example.com",
        "ES256",
        "warning: the certificate",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4, "no audit log, no ready file");
    heistctl(["serve", "--check", "--demo"]).run().exits(0);
}

#[test]
fn a_bad_configuration_is_told_where_programs_and_people_look() {
    let other = Authority::new("authority").issue("localhost");
    let folder = folder(&[("secret", "hunter2"), ("cert.pem", &other.pem), ("key.pem", "no PEM")]);
    let tls = "[tls]\ncert_file = 'cert.pem'\nkey_file = 'key.pem'\n";
    for (toml, more, error, hint) in [
        (
            "lissten = 'x'\n".to_owned(),
            &[][..],
            "heist.toml:1: unknown key \"lissten\"",
            "did you mean listen?",
        ),
        (
            CLIENT.replace("'secret'", "'none'"),
            &[],
            "client \"a\": secret_file: cannot read ./none",
            "check the path; it is relative to the folder of heist.toml",
        ),
        (
            tls.to_owned(),
            &[],
            "the private key ./key.pem: it holds no private key",
            "that the certificate was made for",
        ),
        ("audit_log = 'no/such/folder'\n".to_owned(), &[], "audit_log: cannot open ", "name a writable file"),
        ("listen = '0.0.0.0:0'\n".to_owned(), &[], "not a loopback address", "--insecure-http"),
        ("signing.secret_env = 'NOT_SET'\n".to_owned(), &[], "NOT_SET, which is not set", "export NOT_SET"),
        (String::new(), &["--ready-file", "/dev/null"], "the ready file /dev/null", "choose another path"),
    ] {
        std::fs::write(folder.path().join("heist.toml"), toml).unwrap();
        let check = |json: &[&str]| {
            let args = ["serve", "--check"].iter().chain(more).chain(json).copied().collect::<Vec<_>>();
            heistctl(args).in_folder(folder.path()).run()
        };
        let ran = check(&["--json"]).exits(2);
        let found = ran.json();
        assert_eq!((&found["ok"], ran.stderr.as_str()), (&json!(false), ""), "{ran}");
        assert!(found["error"].as_str().unwrap().contains(error), "{ran}");
        assert!(found["hint"].as_str().unwrap().contains(hint), "{ran}");
        check(&[]).fails(2, &["error: ", error, "\nhint: ", hint]);
    }
}

#[test]
fn a_name_that_no_certificate_can_have_is_refused_with_the_cure() {
    let made = Authority::new("authority").issue("localhost");
    let files = [("cert.pem", made.pem.as_str()), ("key.pem", &made.key)];
    let folder = folder(&files);
    let check = |name: &str, value: &str| {
        let toml = format!(
            "issuer = 'https://localhost:8443'\n[tls]\ncert_file = 'cert.pem'\nkey_file = 'key.pem'\n\
             client_ca_file = 'cert.pem'\n[[client]]\nid = 'a'\nauth_method = 'tls_client_auth'\n\
             tls_client_auth_{name} = {}\n",
            json!(value)
        );
        std::fs::write(folder.path().join("heist.toml"), toml).unwrap();
        heistctl(["serve", "--check"]).in_folder(folder.path()).run()
    };
    for good in [
        "CN=app,O=Example,C=DE",
        r"CN=app,O=Example\, Inc.,C=DE",
        r"CN=app\;x,C=DE",
        r"CN=a\\\,b",
        "CN=host/app",
        "UID=a+CN=b,DC=example,DC=com",
        "2.5.4.3=app",
    ] {
        check("subject_dn", good).exits(0);
    }
    for (bad, why) in [
        ("CN=app;O=Example;C=DE", "it has ; without a backslash"),
        ("CN=\"app\",C=DE", "it has \" without a backslash"),
        ("CN=a<b,C=DE", "it has < without a backslash"),
        ("CN=a>b,C=DE", "it has > without a backslash"),
        ("CN=app ,C=DE", "begins or ends with a blank"),
        ("CN=app, C=DE", "an attribute type is unknown"),
        ("/C=DE/CN=app", "an attribute type is unknown"),
        ("CN=,C=DE", "a value is empty"),
        ("CN=a\\zz", "a backslash is not followed by"),
        ("CN=a,", "not a distinguished name"),
    ] {
        let hint = "hint: openssl x509 -in client.pem -noout -subject -nameopt RFC2253";
        let ran = check("subject_dn", bad);
        ran.fails(2, &["client \"a\": tls_client_auth_subject_dn: ", why, hint]);
    }
    for name in ["san_dns", "san_uri", "san_email"] {
        check(name, "b\u{fc}ro.example.com").fails(2, &["is not ASCII", "xn--"]);
    }
}
