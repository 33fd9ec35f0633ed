//! `heistctl health` and `heistctl wait`.

use crate::starts::{ISSUER, Site, free_port};
use crate::support::{demo, folder, heistctl};
use std::process::Command;

#[test]
fn a_server_that_issues_tokens_is_ready() {
    let server = demo();
    let url = server.url();
    let text = heistctl(["health", url]).run().exits(0).stdout;
    assert_eq!(text, format!("{url}: healthy\n"));
    let json = heistctl(["health", "--json"]).env("HEISTCTL_URL", format!("{url}/")).run().exits(0).json();
    assert_eq!(json, serde_json::json!({"url": url, "ready": true, "status": "healthy"}));
    // Without a URL: the address where the server of this machine listens.
    let address = url.trim_start_matches("http://");
    let by_variable = heistctl(["wait"]).env("HEISTCTL_LISTEN", address).run().exits(0).stdout;
    assert_eq!(by_variable, text);
    let here =
        folder(&[("heist.toml", &format!("listen = \"{}\"\n", address.replace("127.0.0.1", "0.0.0.0")))]);
    assert_eq!(heistctl(["health"]).in_folder(here.path()).run().exits(0).stdout, text);
}

#[test]
fn one_that_cannot_is_named_with_its_reason() {
    let site = Site::new("postgres://heist@127.0.0.1:1/heist?sslmode=disable", ISSUER);
    let address = free_port().to_string();
    let running = site.run(&["serve", "--listen", &address]).start();
    let url = format!("http://{address}");
    let json = heistctl(["wait", "--timeout", "2s", "--json", &url]).run().exits(8).json();
    assert_eq!((&json["ready"], &json["status"]), (&false.into(), &"unhealthy".into()));
    let ran = heistctl(["health", &url]).run().fails(8, &["is not ready: ", "waits for its store"]);
    assert_eq!(ran.stdout, "");
    Command::new("kill").arg(running.id().to_string()).status().unwrap();
    running.ended().exits(0);
}

#[test]
fn wait_ends_when_the_server_has_started() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let url = format!("http://{address}");
    let waiting = std::thread::spawn({
        let url = url.clone();
        move || heistctl(["wait", &url]).run()
    });
    let server = heistctl(["serve", "--demo", "--listen", &address]).serve();
    let ready = waiting.join().unwrap().exits(0).stdout;
    assert_eq!(ready, format!("{url}: healthy\n"));
    drop(server);
}

#[test]
fn a_certificate_for_this_machine_only_is_asked_by_its_own_name() {
    let here = folder(&[]);
    let serve = ["serve", "--demo", "--tls-self-signed", ".", "--listen", "127.0.0.1:0"];
    let server = heistctl(serve).in_folder(here.path()).serve();
    let port = server.url().rsplit(':').next().unwrap();
    let plain = format!("http://localhost:{port}");
    let secure = format!("https://localhost:{port}");
    let hint = format!("hint: write it as {secure}\n");
    heistctl(["wait", &plain]).run().fails(4, &["this port speaks https", &hint]);
    let tls = "[tls]\ncert_file = 'server.pem'\nkey_file = 'server.key'\n";
    let toml = format!("listen = '127.0.0.1:{port}'\nissuer = 'https://as.example.com'\n{tls}");
    std::fs::write(here.path().join("heist.toml"), toml).unwrap();
    let asked = heistctl(["health", "--cacert", "ca.pem"]).in_folder(here.path()).run();
    asked.fails(6, &["as.example.com", &format!("hint: heistctl health --cacert ca.pem {secure}")]);
    heistctl(["health", "--cacert", "ca.pem", &secure]).in_folder(here.path()).run().exits(0);
}

#[test]
fn mistakes_are_answered_with_cause_and_cure() {
    let server = demo();
    let url = server.url();
    let below = format!("{url}/oauth/token");
    let secure = url.replace("http:", "https:");
    for (typed, exit, cause, cure) in [
        (&["health", "http://127.0.0.1:1"][..], 6, "refused", "is the server running?"),
        (&["wait", "--timeout", "300ms", "http://127.0.0.1:1"], 6, "; waited ", "is the server running?"),
        (&["health", &below], 4, "answered 404, not as heistctl serve does", "without a path"),
        (&["wait", &secure], 6, "does not speak TLS", "http://"),
        (&["health", "127.0.0.1:1"], 2, "from the argument: ", "hint: write it as http://127.0.0.1:1\n"),
        (&["health", "localhost"], 2, "it has no scheme: \"localhost\"", "as http://localhost\n"),
        (&["health", "https://u:p@as.example.com"], 2, "credentials", "as https://as.example.com\n"),
        (&["health", "http://127.0.0.1:1"], 6, "refused", "heistctl serve starts one\n"),
        (&["wait", "5"], 2, "\"5\" is a time limit, not a URL", "hint: write --timeout '5'"),
        (&["health", "--timeout", "0s"], 2, "it leaves no time", "write 30s"),
        (&["health", "http://tokens.example.com"], 2, "plain http", "--insecure-http"),
        (&["health", "--timeout", "x"], 2, "not a duration", "30s"),
    ] {
        let ran = heistctl(typed).run().exits(exit);
        assert!(ran.stderr.contains(cause) && ran.stderr.contains(cure), "{ran}");
    }
}
