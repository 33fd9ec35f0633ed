//! The certificates that `heistctl serve` is given, or makes: what is wrong with them, and what happens
//! when they change.

use crate::support::process::wait_until;
use crate::support::tls::{Authority, Issued, TlsClient, ask_by, good_for, serve};
use crate::support::{HACKER, Server, folder, heistctl};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Puts another certificate in the place of the one that is served.
fn replace(folder: &Path, with: &Issued) {
    for (name, content) in [("key.pem", &with.key), ("cert.pem", &with.pem)] {
        let aside = folder.join("aside");
        std::fs::write(&aside, content).unwrap();
        std::fs::rename(&aside, folder.join(name)).unwrap();
    }
}

/// What the metrics say of the certificate's end.
fn expiry(server: &Server) -> i64 {
    let text = server.metrics();
    let name = "heistctl_certificate_expiry_timestamp_seconds ";
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("{text}")).parse().unwrap()
}

#[test]
fn what_cannot_be_served_is_said_before_a_socket_opens() {
    let authority = Authority::new("authority");
    let (good, other) = (authority.issue("localhost"), authority.issue("localhost"));
    let past = authority.issue_with("localhost", |params| good_for(params, -20, -10));
    let future = authority.issue_with("localhost", |params| good_for(params, 10, 20));
    let body = good.key.lines().nth(1).unwrap();
    let encrypted =
        format!("-----BEGIN ENCRYPTED PRIVATE KEY-----\n{body}\n-----END ENCRYPTED PRIVATE KEY-----\n");
    let old = format!(
        "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n{body}\n-----END EC PRIVATE KEY-----\n"
    );
    let damaged = good.pem.replace("-----END CERTIFICATE-----", "");
    let folder = folder(&[
        ("good.pem", &good.pem),
        ("good.key", &good.key),
        ("other.key", &other.key),
        ("past.pem", &past.pem),
        ("past.key", &past.key),
        ("future.pem", &future.pem),
        ("future.key", &future.key),
        ("encrypted.key", &encrypted),
        ("old.key", &old),
        ("damaged.pem", &damaged),
        ("words.pem", "no PEM\n"),
    ]);
    // Whoever opens it first fails otherwise: the port is taken.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (cert, key, parts) in [
        ("good.pem", "other.key", ["the private key other.key: it is another certificate's", "made for"]),
        ("past.pem", "past.key", ["the certificate past.pem: it has expired, 20", "renew it"]),
        ("future.pem", "future.key", ["the certificate future.pem: it is not valid before 20", "clock"]),
        ("words.pem", "good.key", ["the certificate words.pem: it holds no certificate", "a chain in PEM"]),
        (
            "damaged.pem",
            "good.key",
            ["damaged.pem: its PEM is damaged: its END line", "copy the whole file again"],
        ),
        (
            "good.key",
            "good.pem",
            ["the certificate good.key: it holds a private key", "are the two files swapped"],
        ),
        ("good.pem", "good.pem", ["the private key good.pem: it holds a certificate", "made for"]),
        ("good.pem", "words.pem", ["the private key words.pem: it holds no private key", "made for"]),
        ("good.pem", "encrypted.key", ["the private key encrypted.key: it is encrypted", "openssl pkey"]),
        ("good.pem", "old.key", ["the private key old.key: it is encrypted", "openssl pkey"]),
        ("missing.pem", "good.key", ["cannot read missing.pem", "check the path: "]),
        ("good.pem", "missing.key", ["cannot read missing.key", "check the path: "]),
        ("good.pem", ".", ["cannot read .: it is a folder", "check the path: "]),
    ] {
        let args = ["serve", "--demo", "--listen", &address, "--tls-cert", cert, "--tls-key", key];
        let ran = heistctl(args).in_folder(folder.path()).run();
        let ran = ran.fails(2, &["error: configuration: ", "\nhint: ", parts[0], parts[1]]);
        assert!(!ran.stderr.contains(body), "{ran}");
    }
    for (flag, missing) in
        [("--tls-cert", "--tls-cert needs --tls-key"), ("--tls-key", "--tls-key needs --tls-cert")]
    {
        heistctl(["serve", "--demo", flag, "x"]).run().fails(2, &["error: usage: ", missing]);
    }
}

#[test]
fn paths_of_a_configuration_start_at_its_folder() {
    let authority = Authority::new("authority");
    let (good, other) = (authority.issue("localhost"), authority.issue("localhost"));
    let toml = "listen = '127.0.0.1:0'\n[tls]\ncert_file = 'cert.pem'\nkey_file = 'key.pem'\n";
    let there = folder(&[("heist.toml", toml), ("cert.pem", &good.pem), ("key.pem", &good.key)]);
    let path = there.path().join("heist.toml");
    let args = ["serve", "--config", path.to_str().unwrap()];
    let here = folder(&[("cert.pem", &other.pem), ("key.pem", &other.key)]);
    let server = heistctl(args).in_folder(here.path()).serve();
    assert_eq!(TlsClient::trusting(&authority.pem).shown_by(&server), good.der);
    std::fs::remove_file(there.path().join("key.pem")).unwrap();
    let missing = format!("{}/key.pem", there.path().display());
    heistctl(args).in_folder(here.path()).run().fails(2, &["heist.toml:4: key_file: cannot read ", &missing]);
}

#[test]
fn a_changed_certificate_is_taken_and_a_bad_one_is_not() {
    let authority = Authority::new("authority");
    let lasting = |days| authority.issue_with("localhost", |params| good_for(params, -1, days));
    let (first, second) = (lasting(100), lasting(200));
    let (folder, mut server) = serve(&first, &["--metrics-listen", "127.0.0.1:0"]);
    let mut said = server.says();
    let client = TlsClient::trusting(&authority.pem);
    let before = client.connect(&server);
    let ends = expiry(&server);
    replace(folder.path(), &second);
    said.until("note: serve: the certificate was reloaded; it ends at ");
    assert_eq!(client.shown_by(&server), second.der);
    assert_eq!(expiry(&server) - ends, 100 * 86_400);
    std::fs::write(folder.path().join("cert.pem"), "no PEM\n").unwrap();
    said.until(
        "error: serve: the certificate is unchanged: the certificate cert.pem: it holds no certificate",
    );
    assert_eq!(client.shown_by(&server), second.der);
    std::fs::remove_file(folder.path().join("key.pem")).unwrap();
    said.until("the certificate is unchanged: --tls-key: cannot read key.pem");
    assert_eq!(client.shown_by(&server), second.der);
    // Who was connected all the time has noticed nothing.
    assert_eq!(ask_by(before, "GET", "/health", &[], "").status, 200);
}

#[test]
fn sighup_takes_a_changed_certificate_and_leaves_a_good_one_for_a_bad_one() {
    let authority = Authority::new("authority");
    let (first, second) = (authority.issue("localhost"), authority.issue("localhost"));
    let (folder, mut server) = serve(&first, &[]);
    let mut said = server.says();
    let client = TlsClient::trusting(&authority.pem);
    replace(folder.path(), &second);
    server.signal("-HUP");
    said.until("note: serve: the configuration was reloaded");
    assert_eq!(client.shown_by(&server), second.der);
    std::fs::write(folder.path().join("key.pem"), &first.key).unwrap();
    server.signal("-HUP");
    said.until("error: serve: the configuration is unchanged: the private key key.pem: it is another");
    assert_eq!(client.shown_by(&server), second.der);
    assert_eq!(client.request(&server, "GET", "/health", &[], "").status, 200);
}

#[test]
fn a_certificate_that_ends_within_two_weeks_is_said_and_no_other() {
    let authority = Authority::new("authority");
    for (days, is_said) in [(5, true), (20, false)] {
        let served = authority.issue_with("localhost", |params| good_for(params, -1, days));
        let (_folder, mut server) = serve(&served, &[]);
        let said = server.says();
        server.stop();
        let said = said.all();
        assert_eq!(said.contains("note: serve: the certificate cert.pem ends at 20"), is_said, "{said}");
        assert_eq!(said.contains("renew it"), is_said, "{said}");
    }
}

/// A server with certificates for development, and what its folder holds.
fn development(folder: &Path) -> (Server, Vec<(String, Vec<u8>, u32)>) {
    let args = ["serve", "--demo", "--listen", "127.0.0.1:0", "--tls-self-signed", "made/certs"];
    let server = heistctl(args).in_folder(folder).serve();
    let entries = std::fs::read_dir(folder.join("made/certs")).unwrap().map(Result::unwrap);
    let mut files: Vec<_> = entries
        .map(|entry| {
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap(), mode)
        })
        .collect();
    files.sort();
    (server, files)
}

#[test]
fn development_certificates_are_made_once_and_are_their_owners() {
    let folder = folder(&[]);
    let (server, files) = development(folder.path());
    let modes: Vec<(&str, u32)> = files.iter().map(|(name, _, mode)| (name.as_str(), *mode)).collect();
    assert_eq!(
        modes,
        [
            ("ca.key", 0o600),
            ("ca.pem", 0o644),
            ("server.key", 0o600),
            ("server.names", 0o644),
            ("server.pem", 0o644)
        ]
    );
    let certs = folder.path().join("made/certs");
    for made in [&certs, &folder.path().join("made")] {
        assert_eq!(std::fs::metadata(made).unwrap().permissions().mode() & 0o777, 0o700);
    }
    let authority = certs.join("ca.pem");
    let token = |server: &Server, host: &str| {
        let url = server.token_url().replace("127.0.0.1", host);
        let args = ["token", "--token-url", &url, "--cacert", authority.to_str().unwrap()];
        heistctl(args).envs(&HACKER).run()
    };
    token(&server, "127.0.0.1").exits(0);
    token(&server, "localhost").exits(0);
    let other = ["not valid for name", "hint: use a host name that the certificate lists"];
    token(&server, "127.0.0.2").fails(6, &["127.0.0.2", "refused"]);
    let (again, same) = development(folder.path());
    assert_eq!(same, files);
    token(&again, "127.0.0.1").exits(0);
    // A name that it does not have: this machine's, by another address.
    let args = ["serve", "--demo", "--listen", "127.0.0.3:0", "--tls-self-signed", "made/certs"];
    let elsewhere = heistctl(args).in_folder(folder.path()).serve();
    token(&elsewhere, "127.0.0.3").fails(6, &other);
}

#[test]
fn a_tls_key_is_read_in_every_form_in_which_signing_keys_are() {
    let authority = Authority::new("authority");
    let issued = authority.issue("localhost");
    let der = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).unwrap().secret_der().to_vec();
    for (form, key) in [
        ("with a byte order mark", format!("\u{feff}{}", issued.key).into_bytes()),
        ("with CR LF", issued.key.replace('\n', "\r\n").into_bytes()),
        ("after its certificate", format!("{}{}", issued.pem, issued.key).into_bytes()),
        ("in DER", der),
    ] {
        let folder = folder(&[("cert.pem", &issued.pem)]);
        std::fs::write(folder.path().join("key"), key).unwrap();
        let args =
            ["serve", "--demo", "--listen", "127.0.0.1:0", "--tls-cert", "cert.pem", "--tls-key", "key"];
        let server = heistctl(args).in_folder(folder.path()).serve();
        assert_eq!(TlsClient::trusting(&authority.pem).shown_by(&server), issued.der, "{form}");
    }
}

#[test]
fn development_certificates_are_renewed_by_the_same_authority() {
    let folder = folder(&[]);
    let of = |files: &[(String, Vec<u8>, u32)], name: &str| {
        files.iter().find(|(file, _, _)| file == name).map(|(_, content, _)| content.clone()).unwrap()
    };
    let (server, first) = development(folder.path());
    server.stop();
    let certs = folder.path().join("made/certs");
    let ending = Authority::new("another").issue_with("localhost", |params| good_for(params, -1, 20));
    let lost = |name: &str| std::fs::remove_file(certs.join(name)).unwrap();
    let changes: [&dyn Fn(); 5] = [
        &|| std::fs::write(certs.join("server.pem"), &ending.pem).unwrap(),
        &|| std::fs::write(certs.join("server.names"), "elsewhere\n").unwrap(),
        // What a server leaves that is killed while it makes them.
        &|| {
            std::fs::write(certs.join("server.key"), &ending.key).unwrap();
            lost("server.names");
        },
        &|| lost("server.key"),
        // As an editor on Windows saves the key: it is read as every other.
        &|| {
            let key = std::fs::read(certs.join("ca.key")).unwrap();
            std::fs::write(certs.join("ca.key"), [b"\xEF\xBB\xBF", key.as_slice()].concat()).unwrap();
            lost("server.names");
        },
    ];
    for change in changes {
        change();
        let (server, files) = development(folder.path());
        let authority = String::from_utf8(of(&files, "ca.pem")).unwrap();
        assert_eq!(authority.as_bytes(), of(&first, "ca.pem"));
        assert_ne!(of(&files, "server.pem"), of(&first, "server.pem"));
        TlsClient::trusting(&authority).connect(&server);
    }
    lost("ca.key");
    lost("server.pem");
    let (server, files) = development(folder.path());
    assert_ne!(of(&files, "ca.pem"), of(&first, "ca.pem"), "nobody can sign as that authority any more");
    TlsClient::trusting(&String::from_utf8(of(&files, "ca.pem")).unwrap()).connect(&server);
}

#[test]
fn servers_that_start_together_share_one_set_of_development_certificates() {
    let folder = folder(&[]);
    let servers: Vec<Server> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..6).map(|_| scope.spawn(|| development(folder.path()).0)).collect();
        starting.into_iter().map(|server| server.join().unwrap()).collect()
    });
    let authority = std::fs::read_to_string(folder.path().join("made/certs/ca.pem")).unwrap();
    let client = TlsClient::trusting(&authority);
    let shown: Vec<Vec<u8>> = servers.iter().map(|server| client.shown_by(server)).collect();
    assert!(shown.iter().all(|one| *one == shown[0]));
}

#[test]
fn a_folder_that_cannot_be_written_is_said() {
    let folder = folder(&[("file", "")]);
    let args = ["serve", "--demo", "--listen", "127.0.0.1:0", "--tls-self-signed", "file"];
    heistctl(args)
        .in_folder(folder.path())
        .run()
        .fails(2, &["--tls-self-signed file: ", "hint: name a writable folder"]);
}

#[test]
fn other_addresses_than_loopback_want_tls_or_a_word() {
    let toml = "listen = '0.0.0.0:0'\nissuer = 'https://as.example.com'\n";
    let folder = folder(&[("heist.toml", toml)]);
    let serve = |more: &[&str]| heistctl(["serve"].iter().chain(more)).in_folder(folder.path());
    serve(&[]).run().fails(2, &["0.0.0.0:0 is not a loopback address", "hint: --tls-cert and --tls-key"]);
    for allowed in [&["--insecure-http"][..], &["--tls-self-signed", "certs"]] {
        let server = serve(allowed).serve();
        let scheme = if allowed.len() == 1 { "http" } else { "https" };
        assert!(server.url().starts_with(&format!("{scheme}://localhost:")), "{}", server.url());
        wait_until("it answers", || TcpStream::connect(server.address()).is_ok());
    }
}
