//! `--grant`: what each grant sends, what does not go together, and the grants of our own server.

use crate::support::faults::{Fault, Faults};
use crate::support::{HACKER, Heistctl, folder, heistctl};
use serde_json::json;

const TYPE: &str = "urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3A";
const GRANT: &str = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3A";

fn form(server: &Faults) -> String {
    server.asked().pop().expect("it was asked").body
}

fn token(server: &Faults, args: &[&str]) -> Heistctl {
    let url = server.token_url();
    heistctl(["token", "--token-url", &url].iter().chain(args)).env("ID", "1dentity")
}

#[test]
fn a_grant_sends_its_token_and_the_client_if_there_is_one() {
    let server = Faults::serve(|_, _| Fault::token("t", 60));
    let folder = folder(&[("subject", "subj3ct\n"), ("actor", "act0r"), ("secret", "s3cret")]);
    let subject = ["--subject-token-file", "subject"];
    let identity = ["--identity", "env:ID"];
    let post = ["--client-id", "a", "--client-secret-file", "secret", "--auth-method", "client_secret_post"];
    let client = "&client_id=a&client_secret=s3cret";
    let exchange = format!("grant_type={GRANT}token-exchange&subject_token");
    let bearer = format!("grant_type={GRANT}jwt-bearer&assertion");
    let spiffe = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-spiffe";
    let lines: [(&[&[&str]], String); 8] = [
        (&[&subject], format!("{exchange}=subj3ct&subject_token_type={TYPE}access_token")),
        (&[&subject, &post], format!("{exchange}=subj3ct&subject_token_type={TYPE}access_token{client}")),
        (
            &[
                &subject,
                &["--actor-token-file", "actor", "--subject-token-type", "id_token"],
                &["--scope", "x"],
            ],
            format!(
                "{exchange}=subj3ct&subject_token_type={TYPE}id_token&actor_token=act0r&actor_token_type={TYPE}access_token&scope=x"
            ),
        ),
        (
            &[&identity, &["--grant", "token-exchange"]],
            format!("{exchange}=1dentity&subject_token_type={TYPE}jwt"),
        ),
        (
            &[
                &identity,
                &["--grant", "token-exchange", "--requested-token-type", "urn:x"],
                &["--client-id", "a"],
            ],
            format!(
                "{exchange}=1dentity&subject_token_type={TYPE}jwt&requested_token_type=urn%3Ax&client_id=a"
            ),
        ),
        (&[&identity, &["--grant", "jwt-bearer"], &post], format!("{bearer}=1dentity{client}")),
        (&[&subject, &["--grant", "jwt-bearer"]], format!("{bearer}=subj3ct")),
        (
            &[&subject, &identity, &["--grant", "jwt-bearer", "--assertion-type", "jwt-spiffe"]],
            format!("{bearer}=subj3ct&{spiffe}&client_assertion=1dentity"),
        ),
    ];
    for (args, sent) in lines {
        let ran = token(&server, &args.concat()).in_folder(folder.path()).run().exits(0);
        assert_eq!(form(&server), sent, "{ran}");
    }
    let piped = token(&server, &["--subject-token-file", "-"]).stdin("Authorization: Bearer p1ped\n");
    piped.run().exits(0);
    assert!(form(&server).starts_with(&format!("{exchange}=p1ped&")));
}

#[test]
fn what_does_not_go_together_is_said() {
    let server = Faults::serve(|_, _| Fault::token("t", 60));
    let folder = folder(&[("f", "x")]);
    let lines: [(&[&str], &[&str]); 10] = [
        (
            &["--grant", "token-exchange"],
            &["token-exchange needs a token to exchange", "--subject-token-file FILE"],
        ),
        (&["--grant", "jwt-bearer"], &["jwt-bearer needs an assertion", "--identity SOURCE"]),
        (
            &["--grant", "client_credentials", "--subject-token-file", "f"],
            &["--subject-token-file does not go", "--grant jwt-bearer"],
        ),
        (
            &["--grant", "jwt-bearer", "--subject-token-file", "f", "--actor-token-file", "f"],
            &["--actor-token-file is for token exchange"],
        ),
        (
            &["--requested-token-type", "jwt"],
            &["--requested-token-type is for token exchange", "--grant token-exchange"],
        ),
        (
            &["--requested-token-type", "cookie"],
            &["cookie", "is not a token type", "access_token, jwt, id_token"],
        ),
        (&["--grant", "password"], &["password", "client_credentials"]),
        (
            &["--grant", "jwt-bearer", "--identity", "env:ID", "--assertion-type", "jwt-spiffe"],
            &["--assertion-type is for an identity that authenticates"],
        ),
        (&["--param", "subject_token=x"], &["subject_token has its own flag", "--subject-token-file FILE"]),
        (&["--subject-token-file", "none"], &["there is no file"]),
    ];
    for (args, parts) in lines {
        token(&server, args).envs(&HACKER).in_folder(folder.path()).run().fails(2, parts);
    }
    assert!(server.asked().is_empty());
    let call =
        heistctl(["call", "--requested-token-type", "id-jag", "--subject-token-file", "f", &server.url]);
    call.in_folder(folder.path()).run().fails(2, &["a call sends an access token"]);
}

#[test]
fn a_token_that_is_not_for_access_is_printed_and_cached_apart() {
    let server = Faults::serve(|number, _| {
        let (token, number) = (format!("t{number}"), number);
        let kind = "urn:ietf:params:oauth:token-type:id-jag";
        let body = json!({"access_token": token, "issued_token_type": kind, "token_type": "N_A", "expires_in": 60 + number});
        Fault::json(200, &body)
    });
    let folder = folder(&[("f", "x"), ("g", "y")]);
    let run = |file: &str, more: &[&str]| {
        let run = token(&server, &[&["--subject-token-file", file], more].concat()).in_folder(folder.path());
        run.env("HEISTCTL_CACHE_DIR", folder.path().join("cache")).run()
    };
    let jag = ["--requested-token-type", "id-jag"];
    assert_eq!(run("f", &jag).exits(0).stdout, "t0\n");
    assert_eq!(run("f", &jag).exits(0).stdout, "t0\n");
    assert_eq!(run("g", &jag).exits(0).stdout, "t1\n", "another subject");
    run("f", &[]).fails(5, &["the token is of type N_A"]);
    run("f", &[&jag[..], &["-o", "header"]].concat())
        .fails(2, &["is not an access token", "-o raw or -o json"]);
}

#[test]
fn our_own_server_exchanges_a_token_for_an_agent() {
    let toml = "listen = '127.0.0.1:0'\n\
        [[client]]\nid = 'app'\nsecret_file = 'secret'\nscopes = ['a', 'b']\n\
        [[client]]\nid = 'agent'\nsecret_file = 'secret'\nscopes = ['b']\ntoken_exchange = true\n";
    let folder = folder(&[("heist.toml", toml), ("secret", "0123456789abcdef0123456789abcdef")]);
    let server = heistctl(["serve", "--test"]).in_folder(folder.path()).serve();
    let run = |id: &str, args: &[&str]| {
        let args = [&["token", "--client-id", id, "--client-secret-file", "secret"], args].concat();
        let run = heistctl(args).env("HEISTCTL_TOKEN_URL", server.token_url()).in_folder(folder.path());
        run.run()
    };
    for id in ["app", "agent"] {
        std::fs::write(folder.path().join(id), run(id, &[]).exits(0).stdout).unwrap();
    }
    let exchange = ["--subject-token-file", "app", "--actor-token-file", "agent", "--json"];
    let ran = run("agent", &exchange).exits(0).json();
    assert_eq!(ran["scope"], "b");
    let claims = crate::exchange::claims(ran["access_token"].as_str().unwrap());
    assert_eq!((&claims["sub"], &claims["act"]["sub"]), (&json!("app"), &json!("agent")));
    run("app", &exchange).fails(4, &["unauthorized_client", "the grant token-exchange"]);
}
