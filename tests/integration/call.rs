//! `heistctl call`: method, fields and body go out, the answer passes through, and the exit code says
//! what happened.

use crate::support::api::{Api, answer};
use crate::support::{HACKER, binary, demo, folder, heistctl};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread::sleep;
use std::time::Duration;

#[test]
fn the_default_is_the_protected_resource_beside_the_token_endpoint() {
    let server = demo();
    let ran = server.client(&["call", "-v"]).run().exits(0);
    assert_eq!(ran.json()["client"], "hacker-client");
    assert!(ran.stderr.contains("HEISTCTL_CLIENT_ID") && !ran.stderr.contains("hacker-secret"), "{ran}");
}

#[test]
fn another_url_is_called_and_its_answer_told() {
    let server = demo();
    let url = format!("{}/nowhere?secret=hunter2", server.url());
    let ran = server.client(&["call", &url]).run().exits(4);
    assert_eq!(ran.json()["error"], "not_found");
    assert!(ran.stderr.contains("/nowhere answered 404") && !ran.stderr.contains("hunter2"), "{ran}");
    let quiet = server.client(&["call", "-q", &url]).run().exits(4);
    assert!(quiet.stderr.starts_with("error: call: ") && quiet.stderr.contains("\nhint: "), "{quiet}");
    let posted = server.client(&["call", "-X", "POST"]).run().exits(4);
    assert!(posted.stderr.contains("answered 405; allow: GET, HEAD"), "{posted}");
}

#[test]
fn failures_while_getting_the_token_and_while_calling_differ() {
    let server = demo();
    server.client(&["call", "http://127.0.0.1:1/"]).run().fails(6, &["http://127.0.0.1:1/", "hint:"]);
    let nobody = ["call", "--token-url", "http://127.0.0.1:1/oauth/token"];
    heistctl(nobody).envs(&HACKER).run().fails(16, &["token request"]);
    let elsewhere = ["call", "--token-url", "http://127.0.0.1:1/token"];
    heistctl(elsewhere).envs(&HACKER).run().fails(2, &["no URL", "heistctl call URL"]);
}

#[test]
fn method_fields_and_body_are_those_of_the_flags() {
    let server = demo();
    let api = Api::serve(|_, _| answer(200, "ok"));
    let folder = folder(&[("body", "from a\nfile\n"), ("empty", "")]);
    let at = format!("@{}", folder.path().join("body").display());
    let empty = format!("@{}", folder.path().join("empty").display());
    let form = Some("application/x-www-form-urlencoded");
    for (args, stdin, method, kind, body) in [
        (&[][..], "", "GET", None, ""),
        (&["-X", "DELETE"], "", "DELETE", None, ""),
        (&["-X", "PURGE"], "", "PURGE", None, ""),
        (&["-d", "a=b"], "", "POST", form, "a=b"),
        (&["-d", ""], "", "POST", form, ""),
        (&["-d", "-5", "-X", "PUT"], "", "PUT", form, "-5"),
        (&["--data", &at], "", "POST", form, "from a\nfile\n"),
        (&["--data", &empty], "", "POST", form, ""),
        (&["-d", "a", "-X", "GET"], "", "GET", form, "a"),
        (&["-d", "@-", "-X", "DELETE"], "piped\n", "DELETE", form, "piped\n"),
        (&["--json-body", "{\"a\": 1.0}"], "", "POST", Some("application/json"), "{\"a\": 1.0}"),
        (&["--json-body", "@-", "-X", "PATCH"], "[]", "PATCH", Some("application/json"), "[]"),
        (&["-d", "a", "-H", "content-type: text/plain"], "", "POST", Some("text/plain"), "a"),
    ] {
        let args = [&["call", &api.url], args].concat();
        let ran = server.client(&args).stdin(stdin).run().exits(0);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("ok", ""), "{args:?}");
        let asked = api.asked().pop().unwrap();
        assert_eq!((asked.method.as_str(), asked.header("content-type")), (method, kind), "{args:?}");
        assert_eq!(asked.body, body, "{args:?}");
        assert!(asked.token().unwrap().starts_with("ey"), "{asked:?}");
    }
    server
        .client(&["call", "-H", "X-A:  b", "-H", "Accept: text/csv", "-H", "X-A: c", &api.url])
        .run()
        .exits(0);
    let asked = api.asked().pop().unwrap();
    assert_eq!((asked.header("x-a"), asked.header("accept")), (Some("b"), Some("text/csv")));
    let empty = api.asked().into_iter().find(|asked| asked.method == "POST" && asked.body.is_empty());
    assert_eq!(empty.unwrap().header("content-length"), Some("0"));
    let head = server.client(&["call", "-X", "HEAD", "-i"]).run().exits(0);
    assert!(head.stdout.starts_with("HTTP/1.1 200 OK\n") && head.stdout.ends_with("\n\n"), "{head}");
}

#[test]
fn what_cannot_be_sent_is_refused_before_anybody_is_asked() {
    let api = Api::serve(|_, _| answer(200, ""));
    let token_url = format!("{}/oauth/token", api.url);
    let large = "x".repeat(100_000);
    for (args, stdin, parts) in [
        (
            &["-H", "Authorization: Bearer hunter2"][..],
            "",
            &["authorization is set by heistctl", "hint:"][..],
        ),
        (&["-H", "dpop: hunter2"], "", &["dpop is set by heistctl", "--dpop-key"]),
        (&["-H", "Content-Length: 5"], "", &["content-length is set by"]),
        (&["-H", "X-A: hunter2\r\nX-B: c"], "", &["x-a has a control character"]),
        (&["-H", "hunter2"], "", &["without a name"]),
        (&["-X", "GET hunter2"], "", &["--request: the method is not a valid HTTP method"]),
        (&["-X", "TRACE"], "", &["TRACE is not a method"]),
        (&["-X", "HEAD", "-d", "hunter2"], "", &["a HEAD request has no body"]),
        (&["--json-body", "{\"a\": hunter2}"], "", &["the body from --json-body: not JSON"]),
        (&["--json-body", "1", "-d", "2"], "", &["cannot be used with"]),
        (&["-d", "@/nowhere/hunter3"], "", &["cannot read /nowhere/hunter3: there is no such file"]),
        (&["-d", "@/"], "", &["cannot read /: it is a folder"]),
        (&["-d", "@-", "--client-secret-file", "-"], "hunter2", &["stdin, and so does a secret"]),
        (&["-d", "@-", "--repeat", "2"], &large, &["can be sent once only", "@FILE"]),
        (&["--repeat", "0"], "", &["--repeat"]),
        (&["--repeat", "2", "-i"], "", &["cannot be used with"]),
        (&["--json"], "", &["--repeat"]),
    ] {
        let args = [&["call", "--token-url", &token_url, &api.url], args].concat();
        let ran = heistctl(&args).envs(&HACKER).stdin(stdin).run().fails(2, parts);
        assert!(!ran.stderr.contains("hunter2"), "{ran}");
    }
    assert!(api.asked().is_empty());
    let nowhere = ["call", "--token-url", &token_url, "-o", "/nowhere/answer", &api.url];
    heistctl(nowhere).envs(&HACKER).run().fails(1, &["cannot write /nowhere/answer", "hint:"]);
    assert!(api.asked().is_empty(), "a body is asked for that nobody can take");
}

#[test]
fn an_answer_becomes_a_file_as_a_whole_or_not_at_all() {
    let server = demo();
    let api = Api::serve(|asked, _| match asked.target.as_str() {
        "/good" => answer(200, "new").header("X-A", "b"),
        "/broken" => answer(200, "").stream(1_000_000, 100_000),
        _ => answer(404, "not here"),
    });
    let folder = folder(&[("answer", "old")]);
    let path = folder.path().join("answer");
    let call = |target: &str, more: &[&str]| {
        let url = format!("{}{target}", api.url);
        server.client(&[&["call", "-o", path.to_str().unwrap(), &url], more].concat()).run()
    };
    let content = || {
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "something is left behind");
        std::fs::read_to_string(&path).unwrap()
    };
    let broken = call("/broken", &[]).exits(5);
    assert_eq!((broken.stdout.as_str(), content().as_str()), ("", "old"), "{broken}");
    let missing = call("/missing", &[]).exits(4);
    assert_eq!((missing.stdout.as_str(), content().as_str()), ("not here", "old"), "{missing}");
    let good = call("/good", &["-i", "-v"]).exits(0);
    assert!(good.stdout.starts_with("HTTP/1.1 200 OK\n") && good.stdout.contains("x-a: b\n"), "{good}");
    assert!(good.stderr.contains("3 bytes written to"), "{good}");
    assert_eq!(content(), "new");
    let stdout = server.client(&["call", "-o", "-", &format!("{}/good", api.url)]).run().exits(0);
    assert_eq!(stdout.stdout, "new");
}

#[test]
fn a_refusal_is_one_whatever_becomes_of_its_words() {
    let server = demo();
    let api = Api::serve(|asked, _| {
        let refused = answer(401, "").header("WWW-Authenticate", "Bearer error=\"invalid_token\"");
        refused.stream(1000, 3).hangs(asked.target == "/hangs")
    });
    for (path, part) in [("/breaks", "the answer was cut off"), ("/hangs", "no answer in time")] {
        let url = format!("{}{path}", api.url);
        let ran = server.client(&["call", "--timeout", "2", &url]).run().exits(4);
        assert_eq!(ran.stdout, "xxx", "{ran}");
        let note = format!("note: the body of the answer: {part}");
        assert!(ran.stderr.contains("answered 401: invalid_token") && ran.stderr.contains(&note), "{ran}");
        assert!(ran.stderr.find(&note) < ran.stderr.find("error: call: "), "{ran}");
        let quiet = server.client(&["call", "-q", "--timeout", "2", &url]).run().exits(4);
        assert!(quiet.stderr.contains("answered 401") && !quiet.stderr.contains("note:"), "{quiet}");
    }
    let url = format!("{}/breaks", api.url);
    let ran = server.client(&["call", "--repeat", "2", &url]).run().exits(4);
    assert!(ran.stderr.contains("statuses  401: 2\n") && ran.stderr.contains("answered 401"), "{ran}");
    let script = "\"$1\" call \"$2\" > /dev/full";
    let full = Command::new("sh")
        .args(["-c", script, "sh", binary().to_str().unwrap(), &url])
        .env("HEISTCTL_TOKEN_URL", server.token_url())
        .envs(HACKER)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&full.stderr);
    assert!(full.status.code() == Some(1) && stderr.contains("cannot write to stdout"), "{stderr}");
}

/// 200 MB within 150 MB of address space: they were never held.
#[test]
fn bodies_of_any_size_pass_through_in_both_directions() {
    const SIZE: u64 = 200_000_000;
    let server = demo();
    let api = Api::serve(|asked, _| match asked.method.as_str() {
        "GET" => answer(200, "").stream(SIZE, SIZE),
        _ => answer(200, "took it"),
    });
    let folder = folder(&[]);
    std::fs::File::create(folder.path().join("large")).unwrap().set_len(SIZE).unwrap();
    for (pipeline, stdout) in [
        ("\"$1\" call \"$2\" | wc -c", "200000000\n"),
        ("\"$1\" call -o answer \"$2\" && wc -c < answer && rm answer", "200000000\n"),
        ("\"$1\" call -d @large \"$2\"", "took it"),
        ("head -c 200000000 large | \"$1\" call -d @- \"$2\"", "took it"),
    ] {
        let ran = Command::new("sh")
            .args([
                "-c",
                &format!("ulimit -v 150000; {pipeline}"),
                "sh",
                binary().to_str().unwrap(),
                &api.url,
            ])
            .env("HEISTCTL_TOKEN_URL", server.token_url())
            .envs(HACKER)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(String::from_utf8_lossy(&ran.stdout).trim_start(), stdout, "{pipeline}\n{stderr}");
    }
    let taken: Vec<u64> = api.asked().iter().map(|asked| asked.length).collect();
    assert_eq!(taken, [0, 0, SIZE, SIZE]);
}

#[test]
fn many_calls_are_counted_and_timed() {
    let server = demo();
    let count = AtomicU32::new(0);
    let api = Api::serve(move |asked, _| match (asked.target.as_str(), count.fetch_add(1, Relaxed) % 5) {
        ("/sometimes", 4) => answer(503, "busy"),
        _ => answer(200, "fine!"),
    });
    let sometimes = format!("{}/sometimes", api.url);
    let ran = server.client(&["call", "--repeat", "10", "--json", &sometimes]).run().exits(5);
    let json = ran.json();
    assert_eq!((&json["requests"], &json["wanted"], &json["bytes"]), (&10.into(), &10.into(), &48.into()));
    assert_eq!(json["statuses"], serde_json::json!({"200": 8, "503": 2}));
    let times: Vec<f64> =
        ["min", "median", "p95", "max"].map(|name| json["time_ms"][name].as_f64().unwrap()).into();
    assert!(
        times.is_sorted() && times[0] > 0.0 && json["elapsed_ms"].as_f64().unwrap() >= times[3],
        "{json}"
    );
    assert!(ran.stderr.contains("2 of 10 calls failed") && ran.stderr.contains("answered 503"), "{ran}");
    let told = server.client(&["call", "--repeat", "4", &api.url]).run().exits(0);
    assert!(told.stdout.is_empty() && told.stderr.contains("statuses  200: 4\n"), "{told}");
    assert!(told.stderr.contains("times     min ") && told.stderr.contains("bytes     20\n"), "{told}");
    assert_eq!(server.client(&["call", "-q", "--repeat", "4", &api.url]).run().exits(0).stderr, "");
    let gone = server.client(&["call", "--repeat", "3", "http://127.0.0.1:1/"]).run();
    gone.fails(6, &["statuses  unreachable: 3", "3 of 3 calls failed", "refused"]);
    let silent = Api::serve(|_, _| {
        sleep(Duration::from_secs(5));
        answer(200, "")
    });
    let late = server.client(&["call", "--repeat", "3", "--timeout", "1", &silent.url]).run();
    late.fails(7, &["requests  1 of 3 in", "statuses  timed out: 1", "--timeout"]);
}
