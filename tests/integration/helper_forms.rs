//! The forms in which other programs take a token: kubectl, Google's libraries, GitHub Actions, git, and
//! programs that read a file.

use crate::support::cached::Cached;
use crate::support::faults::{Asked, Fault, Faults};
use crate::support::process::wait_until;
use crate::support::{HACKER, Ran, folder, heistctl};
use serde_json::{Value, json};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

fn issuer() -> Faults {
    Faults::serve(|_, _| Fault::token("t0%k3n", 3600))
}

fn in_form(server: &Faults, form: &str, variables: &[(&str, &str)]) -> Ran {
    let run = heistctl(["token", "-o", form]).envs(&HACKER).envs(variables);
    run.env("HEISTCTL_TOKEN_URL", server.token_url()).run()
}

#[test]
fn kubectl_gets_a_credential_of_its_own_version() {
    let server = issuer();
    for (info, version) in [
        (None, "v1"),
        (Some("client.authentication.k8s.io/v1"), "v1"),
        (Some("client.authentication.k8s.io/v1beta1"), "v1beta1"),
    ] {
        let info = info.map(|version| json!({"apiVersion": version, "kind": "ExecCredential"}).to_string());
        let variables: Vec<(&str, &str)> =
            info.iter().map(|info| ("KUBERNETES_EXEC_INFO", info.as_str())).collect();
        let credential = in_form(&server, "kubernetes", &variables).exits(0).json();
        assert_eq!(credential["apiVersion"], format!("client.authentication.k8s.io/{version}"));
        assert_eq!(
            (&credential["kind"], &credential["status"]["token"]),
            (&json!("ExecCredential"), &json!("t0%k3n"))
        );
        assert!(credential["status"]["expirationTimestamp"].as_str().unwrap().ends_with('Z'), "{credential}");
    }
    let odd = [("KUBERNETES_EXEC_INFO", r#"{"apiVersion":"client.authentication.k8s.io/v9"}"#)];
    in_form(&server, "kubernetes", &odd).fails(2, &["v9", "hint: in the kubeconfig: apiVersion: "]);
    // A token without an end has no time.
    let endless = Faults::always(200, &[], r#"{"access_token":"t","token_type":"Bearer"}"#);
    let credential = in_form(&endless, "kubernetes", &[]).exits(0).json();
    assert_eq!(credential["status"], json!({"token": "t"}));
    assert!(in_form(&endless, "google", &[]).exits(0).json().get("expiration_time").is_none());
}

#[test]
fn headers_and_googles_libraries_get_theirs() {
    let server = issuer();
    assert_eq!(in_form(&server, "headers", &[]).exits(0).json(), json!({"Authorization": "Bearer t0%k3n"}));
    assert_eq!(in_form(&server, "bearer", &[]).exits(0).stdout, "Bearer t0%k3n\n");
    let mut answer = in_form(&server, "google", &[]).exits(0).json();
    assert!(answer["expiration_time"].take().as_i64().unwrap() > 1_700_000_000);
    let kind = "urn:ietf:params:oauth:token-type:jwt";
    let expected = json!({"version": 1, "success": true, "token_type": kind, "id_token": "t0%k3n", "expiration_time": Value::Null});
    assert_eq!(answer, expected);
    // Each form can be given back.
    let cached = Cached::at(server.token_url());
    for form in ["headers", "bearer", "google", "kubernetes"] {
        let given = in_form(&server, form, &[]).exits(0).stdout;
        cached.run(&["--no-cache", "--revoke", "-"]).stdin(given).run().exits(0);
        let Asked { body, .. } = server.asked().pop().unwrap();
        assert!(body.starts_with("token=t0%25k3n&") || body.ends_with("token=t0%25k3n"), "{form}: {body}");
    }
}

#[test]
fn github_actions_masks_a_token_before_it_gets_it() {
    let server = issuer();
    let folder = folder(&[("out", "before=1\n"), ("env", "")]);
    let path = |name: &str| folder.path().join(name).display().to_string();
    for (form, variable, file, expected) in [
        ("github", "GITHUB_OUTPUT", "out", "before=1\ntoken=t0%k3n\n"),
        ("github-env", "GITHUB_ENV", "env", "HEISTCTL_TOKEN=t0%k3n\n"),
    ] {
        let ran = in_form(&server, form, &[(variable, &path(file))]).exits(0);
        assert_eq!(ran.stdout, "::add-mask::t0%25k3n\n");
        assert_eq!(fs::read_to_string(path(file)).unwrap(), expected);
        in_form(&server, form, &[]).fails(2, &[&format!("{variable} is not set"), "hint: -o raw"]);
    }
    assert_eq!(in_form(&server, "github", &[("GITHUB_OUTPUT", &path("none"))]).code, 1);
    // Where the mask cannot be written, the runner does not get the token.
    let script = "\"$0\" token -o github >&-";
    let mut closed = Command::new("sh");
    let closed = closed.args(["-c", script, env!("CARGO_BIN_EXE_heistctl")]).envs(HACKER);
    let closed = closed.env("HEISTCTL_TOKEN_URL", server.token_url()).env("GITHUB_OUTPUT", path("env"));
    assert_eq!(closed.env_remove("HOME").output().unwrap().status.code(), Some(1));
    assert_eq!(fs::read_to_string(path("env")).unwrap(), "HEISTCTL_TOKEN=t0%k3n\n");
}

#[test]
fn a_bound_token_is_refused_by_all_forms_that_cannot_carry_it() {
    let server = issuer();
    for form in ["header", "env", "curl", "bearer", "headers", "kubernetes", "google", "github", "github-env"]
    {
        let run = heistctl(["token", "--dpop", "-o", form]).envs(&HACKER);
        let run = run.env("HEISTCTL_TOKEN_URL", server.token_url()).run();
        run.fails(2, &["bound to a key is not a bearer token", "hint: -o raw or -o json"]);
    }
    let folder = folder(&[]);
    let run = |args: &[&str]| {
        let run = heistctl(args).envs(&HACKER).env("HEISTCTL_TOKEN_URL", server.token_url());
        run.in_folder(folder.path()).stdin("protocol=https\nhost=a\n").run().fails(2, &["bound to a key"]);
    };
    run(&["token", "--dpop", "--keep", "file"]);
    run(&["git-credential", "--host", "a", "--dpop", "get"]);
    assert!(server.asked().is_empty());
}

#[test]
fn git_gets_a_header_if_it_can_and_a_password_else() {
    let server = Faults::serve(|number, _| Fault::token(&format!("t{number}"), 3600));
    let folder = folder(&[]);
    let ask = |args: &[&str], question: &str| {
        let run = heistctl(["git-credential", "--host", "git.example.com"].iter().chain(args)).envs(&HACKER);
        let run = run
            .env("HEISTCTL_TOKEN_URL", server.token_url())
            .env("HEISTCTL_CACHE_DIR", folder.path().join("cache"));
        run.stdin(question).run().exits(0)
    };
    let https = "protocol=https\nhost=git.example.com\n\n";
    let answer = ask(&["get"], https).stdout;
    let (words, end) = answer.trim().rsplit_once("password_expiry_utc=").unwrap();
    assert_eq!(words, "username=oauth2\npassword=t0\n");
    assert!(end.parse::<i64>().unwrap() > 1_700_000_000);
    let named = format!("username=me\n{https}");
    assert!(ask(&["get"], &named).stdout.starts_with("username=me\npassword=t0\n"));
    assert!(ask(&["get", "--username", "x"], &named).stdout.starts_with("username=x\npassword=t0\n"));
    let capable = format!("capability[]=authtype\n{https}");
    let header = "capability[]=authtype\nauthtype=Bearer\ncredential=t0\nephemeral=1\npassword_expiry_utc=";
    assert!(ask(&["get"], &capable).stdout.starts_with(header));
    // A refused token is forgotten, another one is not.
    for (erased, next) in [("other", "t0"), ("t0", "t1")] {
        assert_eq!(ask(&["erase"], &format!("password={erased}\n{https}")).stdout, "");
        assert!(ask(&["get"], https).stdout.contains(&format!("password={next}\n")));
    }
    for operation in ["store", "capability", "x"] {
        assert_eq!(ask(&[operation], https).stdout, "");
    }
    let asked = server.asked().len();
    for question in
        ["protocol=http\nhost=git.example.com\n", "protocol=ssh\nhost=a\n", "host=a\n", "", "\u{0}"]
    {
        let ran = ask(&["get"], question);
        assert!(ran.stdout.is_empty() && ran.stderr.starts_with("note: no token"), "{ran}");
    }
    assert_eq!(server.asked().len(), asked);
    assert_eq!(ask(&["get", "--insecure-http"], "protocol=http\nhost=git.example.com\n").stderr, "");
}

/// As a helper for all servers, heistctl is also asked for those that a repository's submodules name.
#[test]
fn git_gets_no_token_for_another_server() {
    let server = Faults::serve(|_, _| Fault::token("t", 3600));
    let ask = |host: &str, asked: &str| {
        let run = heistctl(["git-credential", "--host", host, "--no-cache", "get"]).envs(&HACKER);
        let run = run.env("HEISTCTL_TOKEN_URL", server.token_url());
        run.stdin(format!("protocol=https\nhost={asked}\n\n")).run()
    };
    for (host, asked) in [
        ("git.example.com", "evil.example"),
        ("git.example.com", "git.example.com.evil.example"),
        ("git.example.com", "evilgit.example.com"),
        ("git.example.com", "git.example.com:8443"),
        ("git.example.com:8443", "git.example.com"),
        ("git.example.com", "evil.example/git.example.com"),
        ("git.example.com", "git.example.com@evil.example"),
    ] {
        let ran = ask(host, asked).exits(0);
        assert!(ran.stdout.is_empty() && ran.stderr.starts_with("note: no token"), "{asked}: {ran}");
    }
    for host in ["", "https://git.example.com", "git.example.com/a", "a@git.example.com", "a b"] {
        ask(host, "git.example.com").fails(2, &["is not a host", "hint: --host git.example.com"]);
    }
    assert!(server.asked().is_empty());
    for (host, asked) in
        [("git.example.com", "GIT.example.com:443"), ("git.example.com:8443", "git.example.com:8443")]
    {
        assert!(ask(host, asked).exits(0).stdout.contains("password=t\n"), "{asked}");
    }
    heistctl(["git-credential", "get"]).stdin("").run().fails(2, &["--host"]);
}

#[test]
fn a_file_is_kept_filled_while_the_issuer_comes_and_goes() {
    // It is away for the second to the fourth request, which are one attempt and its retries.
    let server = Faults::serve(|number, _| match number {
        1..=3 => Fault::answer(503, &[], ""),
        _ => Fault::token(&format!("t{number}"), 2),
    });
    let folder = folder(&[]);
    let file = folder.path().join("token");
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let args = ["token", "--keep", file.to_str().unwrap()];
    let running = heistctl(args).envs(&HACKER).env("HEISTCTL_TOKEN_URL", server.token_url()).start();
    let has = |text: &str| fs::read_to_string(&file).is_ok_and(|found| found == text);
    wait_until("the first token", || has("t0"));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    wait_until("the token after the outage", || has("t4"));
    wait_until("its successor", || has("t5"));
    assert!(Command::new("kill").args(["-TERM", &running.id().to_string()]).status().unwrap().success());
    let ran = running.ended();
    assert!(ran.code != 0 && ran.stdout.is_empty(), "{ran}");
    for part in [
        "token has a token that expires ",
        "failed with 503",
        "the token in the file ",
        "the next attempt is in ",
    ] {
        assert!(ran.stderr.contains(part), "{part}: {ran}");
    }
    assert!(!ran.stderr.contains("t4"), "{ran}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_is_not_kept_where_that_can_never_work() {
    let server = Faults::serve(|_, _| Fault::json(401, &json!({"error": "invalid_client"})));
    let folder = folder(&[("secret", "x")]);
    let run = |args: &[&str]| {
        let run = heistctl(["token", "--keep"].iter().chain(args)).envs(&HACKER).in_folder(folder.path());
        run.env("HEISTCTL_TOKEN_URL", server.token_url()).stdin("s3cret").run()
    };
    run(&["file"]).fails(4, &["invalid_client"]);
    run(&["-"]).fails(2, &["--keep takes a file"]);
    run(&["file", "--client-secret-file", "-"]).fails(2, &["stdin, which can be read only once"]);
    run(&["file", "-o", "json"]).fails(2, &["--keep"]);
    run(&["file", "--check"]).fails(2, &["--keep"]);
    let good = issuer();
    let run = heistctl(["token", "--keep", "no/such/file"]).envs(&HACKER).in_folder(folder.path());
    run.env("HEISTCTL_TOKEN_URL", good.token_url()).run().fails(1, &["cannot write no/such/file"]);
    assert!(!folder.path().join("file").exists());
}
