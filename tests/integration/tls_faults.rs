//! Why there is no TLS to a server, in words and with a cure: its certificate, the client's, and plain
//! http where https was promised.

use crate::support::faults::{Fault, Faults};
use crate::support::secured::{Secured, json, token};
use crate::support::tls::{Authority, Issued, good_for, self_signed};
use crate::support::{HACKER, Heistctl, folder, heistctl};
use rcgen::{BasicConstraints, CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, IsCa};
use serde_json::json as object;

fn client(folder: &tempfile::TempDir, args: &[&str]) -> Heistctl {
    heistctl(args.iter().chain(&["--cacert", "ca.pem"])).envs(&HACKER).in_folder(folder.path())
}

#[test]
fn a_server_that_wants_a_client_certificate_is_told_of_each_time() {
    let (authority, clients) = (Authority::new("authority"), Authority::new("clients"));
    let server = Secured::serve(&authority.issue("localhost"), Some(&clients), |_, _| token());
    let (known, stranger) = (clients.issue("me"), Authority::new("nobody").issue("me"));
    let files = folder(&[
        ("ca.pem", &authority.pem),
        ("known.pem", &known.pem),
        ("known.key", &known.key),
        ("stranger.pem", &stranger.pem),
        ("stranger.key", &stranger.key),
    ]);
    let (url, token_url) = (server.url(), format!("{}/token", server.url()));
    let wants = ["TLS: the server requires a client certificate", "hint: --client-cert FILE"];
    // The alert comes after the handshake: sometimes before the request is written, sometimes after.
    for _ in 0..8 {
        client(&files, &["token", "--token-url", &token_url]).run().fails(6, &wants);
        client(&files, &["token", "--issuer", &url]).run().fails(6, &wants);
        client(&files, &["token", "--token-url", &token_url, "--revoke", "abc"]).run().exits(2);
        client(&files, &["call", "--token-url", &token_url, "https://api.example.com"])
            .run()
            .fails(16, &wants);
        let shows = ["--client-cert", "stranger.pem", "--client-cert-key", "stranger.key"];
        let ran = client(&files, &[&["token", "--token-url", &token_url][..], &shows].concat()).run();
        ran.fails(6, &["TLS: the server refuses the client certificate: the authority", "of --client-cert"]);
        let jwks =
            heistctl(["inspect", "--jwks-url", &url, "--cacert", "ca.pem", "eyJhbGciOiJSUzI1NiJ9.e30.AAAA"]);
        jwks.in_folder(files.path()).run().fails(6, &wants);
    }
    let revoke = format!("{url}/oauth/token");
    client(&files, &["token", "--token-url", &revoke, "--revoke", "abc"]).run().fails(6, &wants);
    assert!(server.asked().is_empty());
    let shows = ["--client-cert", "known.pem", "--client-cert-key", "known.key"];
    let ran = client(&files, &[&["token", "--token-url", &token_url][..], &shows].concat()).run().exits(0);
    assert_eq!(ran.stdout, "AT\n");

    let plain = Faults::serve(|_, _| Fault::token("AT", 60));
    let ran = client(&files, &["call", "--token-url", &plain.token_url(), &url]).run();
    ran.fails(6, &["error: call: https://localhost", wants[0], wants[1]]);
}

#[test]
fn a_refused_certificate_is_told_with_what_is_wrong_and_what_to_do() {
    let authority = Authority::new("authority");
    let files = folder(&[("ca.pem", &authority.pem)]);
    let issue = |change: fn(&mut CertificateParams)| authority.issue_with("localhost", change);
    let mut lost = Authority::new("unknown").issue("localhost");
    let cases: Vec<(Issued, &str, &str)> = vec![
        (
            issue(|params| good_for(params, -9, -2)),
            "the server's certificate expired on 20",
            "clock is wrong",
        ),
        (issue(|params| good_for(params, 2, 9)), "is not valid yet: it is from 20", "clock is wrong"),
        (authority.issue("other.example.com"), "it is for other.example.com", "use a host name"),
        (self_signed("localhost"), "the server's certificate is self-signed", "--cacert FILE"),
        (
            Authority::new("unknown").issue("localhost"),
            "unknown is not among the authorities",
            "intermediate",
        ),
        (Authority::new("authority").issue("localhost"), "does not verify", "another of the same name"),
        (
            issue(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
            "is an authority's",
            "basicConstraints=CA:FALSE",
        ),
        (
            issue(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]),
            "is not for servers; it is for clientAuth",
            "serverAuth",
        ),
        (
            issue(|params| {
                let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4, 5], vec![4, 0]);
                extension.set_criticality(true);
                params.custom_extensions.push(extension);
            }),
            "a critical extension that heistctl does not know (1.2.3.4.5)",
            "without it",
        ),
    ];
    for (issued, what, cure) in cases {
        let server = Secured::serve(&issued, None, |_, _| token());
        let url = format!("{}/token", server.url());
        let ran = client(&files, &["token", "--token-url", &url]).run();
        let ran = ran.fails(6, &["TLS: ", what, "hint: ", cure]);
        for noise in ["Error", "invalid peer", "{", "Context"] {
            assert!(!ran.stderr.contains(noise), "{ran}");
        }
        assert!(server.asked().is_empty(), "{ran}");
    }
    // What stands further up is told of as that.
    lost.rest.push(authority.issue_with("between", |params| good_for(params, -9, -2)).der);
    let server = Secured::serve(&lost, None, |_, _| token());
    client(&files, &["token", "--token-url", &server.url()]).run().fails(6, &["TLS: "]);
}

#[test]
fn an_https_issuer_that_names_plain_http_is_refused_and_nothing_is_sent() {
    let authority = Authority::new("authority");
    let files = folder(&[("ca.pem", &authority.pem)]);
    let plain = Faults::serve(|_, _| Fault::token("AT", 60));
    let other = plain.url.clone();
    let server = Secured::serve(&authority.issue("localhost"), None, move |asked, port| {
        let url = format!("https://localhost:{port}");
        if asked.starts_with("POST /token") {
            return token();
        }
        let all = asked.contains("/all");
        json(&object!({
            "issuer": format!("{url}{}", if all { "/all" } else { "" }),
            "token_endpoint": format!("{}/token", if all { &other } else { &url }),
            "revocation_endpoint": format!("{other}/revoke"),
            "introspection_endpoint": format!("{other}/introspect"),
            "jwks_uri": format!("{other}/jwks"),
        }))
    });
    let (url, all) = (server.url(), format!("{}/all", server.url()));
    for more in [&[][..], &["--insecure-http"]] {
        let ran = client(&files, &[&["token", "--issuer", &all][..], more].concat()).run();
        let said = ["token_endpoint in the metadata of https://localhost", "plain http (http://127.0.0.1:"];
        ran.fails(5, &[said[0], said[1], "the issuer is https", "hint: the issuer must name https"]);
        let ran =
            client(&files, &[&["call", "--issuer", &all, "https://a.example"][..], more].concat()).run();
        ran.fails(15, &said);
        let ran = client(&files, &[&["token", "--issuer", &url, "--revoke", "abc"][..], more].concat()).run();
        ran.fails(5, &["revocation_endpoint in the metadata", "plain http"]);
    }
    let bearer = "eyJhbGciOiJSUzI1NiJ9.e30.AAAA";
    let ran = client(&files, &["inspect", "--issuer", &url, bearer]).run();
    ran.fails(5, &["jwks_uri in the metadata", "plain http"]);
    assert!(plain.asked().is_empty(), "{:?}", plain.asked());
    // The rest of its addresses is good.
    assert_eq!(client(&files, &["token", "--issuer", &url]).run().exits(0).stderr, "");
}

#[test]
fn a_secret_that_goes_to_another_origin_than_the_issuers_is_noted() {
    let endpoint = Faults::serve(|_, _| Fault::token("AT", 60));
    let other = endpoint.url.clone();
    let issuer = Faults::serve(move |_, asked| {
        let url = format!("http://{}", asked.header("host").unwrap());
        Fault::json(
            200,
            &object!({
                "issuer": url, "token_endpoint": format!("{other}/token"),
                "revocation_endpoint": format!("{other}/revoke"),
            }),
        )
    });
    let note = format!("note: the client secret was sent to {}, which the metadata of", endpoint.url);
    for args in
        [&["token", "--issuer", &issuer.url][..], &["token", "--issuer", &issuer.url, "--revoke", "abc"]]
    {
        let ran = heistctl(args).envs(&HACKER).run().exits(0);
        assert!(ran.stderr.contains(&note), "{ran}");
    }
    let ran = heistctl(["token", "--token-url", &endpoint.token_url()]).envs(&HACKER).run().exits(0);
    assert_eq!(ran.stderr, "");
}
