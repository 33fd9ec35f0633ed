//! What `serve` warns of before the first request: a start and `--check` say the same.

use crate::support::checked::{CLIENT, GOOD, checked, private, set_mode, warned, warnings};
use crate::support::heistctl;
use crate::support::keys::Key;
use crate::support::needs::needs;
use crate::support::tls::Authority;
use serde_json::json;

#[test]
fn a_careful_configuration_has_no_warning() {
    let folder = private(CLIENT, &[]);
    assert_eq!(warnings(folder.path(), &[]), Vec::<String>::new());
}

#[test]
fn a_start_says_what_a_check_says() {
    let folder = private(CLIENT, &[]);
    set_mode(folder.path(), "secret", 0o640);
    let expected = "./secret contains a secret, and others may read it: chmod 600 ./secret";
    assert_eq!(warnings(folder.path(), &[]), [expected]);
    let args = ["serve", "--store", "memory:", "--", "true"];
    let ran = heistctl(args).in_folder(folder.path()).run().exits(0);
    assert!(ran.stderr.contains(&format!("note: serve: {expected}\n")), "{ran}");
}

/// systemd's credentials: owned by root, mode 0440, and an ACL whose mask shows as the group's permission.
#[test]
fn the_mask_of_an_acl_is_not_taken_for_the_group() {
    let folder = private(CLIENT, &[]);
    let secret = folder.path().join("secret");
    let entries: [(u16, u16, u32); 5] = [
        (1, 4, u32::MAX),
        (2, 4, rustix::process::geteuid().as_raw()),
        (4, 0, u32::MAX),
        (16, 4, u32::MAX),
        (32, 0, u32::MAX),
    ];
    let acl = |entries: &[(u16, u16, u32)]| {
        let mut bytes = 2u32.to_le_bytes().to_vec();
        for (tag, allowed, id) in entries {
            bytes.extend(tag.to_le_bytes().into_iter().chain(allowed.to_le_bytes()).chain(id.to_le_bytes()));
        }
        rustix::fs::setxattr(&secret, "system.posix_acl_access", &bytes, rustix::fs::XattrFlags::empty())
    };
    if needs("a file system with ACLs", acl(&entries).is_ok()) {
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&secret).unwrap());
        assert_eq!(mode & 0o777, 0o440, "the mask shows");
        assert_eq!(warnings(folder.path(), &[]), Vec::<String>::new());
        let mut of_another = entries;
        of_another[1].2 += 1;
        acl(&of_another).unwrap();
        assert!(warnings(folder.path(), &[])[0].contains("others may read it"), "another user may");
    }
    // Where the ACL cannot be read, the folder of the credentials says enough.
    let credentials = private("", &[]);
    set_mode(credentials.path(), "secret", 0o440);
    set_mode(credentials.path(), ".", 0o700);
    let path = credentials.path().join("secret");
    let toml = CLIENT.replace("'secret'", &format!("'{}'", path.display()));
    let folder = private(&toml, &[]);
    let check = || {
        heistctl(["serve", "--check", "--json", "--store", "memory:", "--listen", "127.0.0.1:0"])
            .in_folder(folder.path())
    };
    let ran = check().env("CREDENTIALS_DIRECTORY", credentials.path()).run().exits(0);
    assert_eq!(warned(&ran), Vec::<String>::new());
    assert!(warned(&check().run().exits(0))[0].contains("others may read it"));
}

#[test]
fn files_that_others_can_read_or_write_are_named() {
    let authority = Authority::new("authority");
    let tls = authority.issue("localhost");
    let toml = format!(
        "[tls]\ncert_file = 'cert.pem'\nkey_file = 'key.pem'\n[signing]\nkey_file = 'sign.pem'\n{CLIENT}"
    );
    let signing = Authority::new("other").issue("localhost").key;
    let files = [("cert.pem", tls.pem.as_str()), ("key.pem", &tls.key), ("sign.pem", &signing)];
    let folder = private(&toml, &files);
    set_mode(folder.path(), "key.pem", 0o604);
    set_mode(folder.path(), "sign.pem", 0o644);
    set_mode(folder.path(), "cert.pem", 0o646);
    set_mode(folder.path(), "heist.toml", 0o602);
    let found = warnings(folder.path(), &[]);
    for part in [
        "./key.pem contains a secret, and others may read it: chmod 600 ./key.pem",
        "./sign.pem contains a secret, and others may read it",
        "./cert.pem is writable by other users",
        "heist.toml is writable by other users, who could then control the server: chmod go-w heist.toml",
    ] {
        assert!(found.iter().any(|warning| warning.contains(part)), "{part} is not in {found:?}");
    }
    set_mode(folder.path(), ".", 0o777);
    assert!(
        warnings(folder.path(), &[])
            .iter()
            .any(|warning| warning.starts_with(". is writable by other users"))
    );
}

#[test]
fn secrets_that_can_be_guessed_are_named_and_not_shown() {
    let hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"; // of "secret"
    let toml = format!(
        "[signing]\nsecret_env = 'SIGN'\n[[client]]\nid = 'a'\nsecret_file = 'short'\nscopes = ['x']\n\
         [[client]]\nid = 'b'\nsecret_env = 'B'\nscopes = ['x']\n\
         [[client]]\nid = 'c'\nsecret_hash = 'sha256:{hash}'\nscopes = ['x']\n"
    );
    let folder = private(&toml, &[("short", "hunter2\n")]);
    let args = ["serve", "--check", "--json", "--store", "sqlite:none.db", "--listen", "127.0.0.1:0"];
    let ran = heistctl(args)
        .in_folder(folder.path())
        .envs(&[("SIGN", "your-256-bit-secret-padded-to-32-bytes"), ("B", "planner-secret-456")])
        .run()
        .exits(0);
    for part in [
        "the secret of client \\\"a\\\" from ./short has 7 characters; under 12",
        "the secret of client \\\"b\\\" from B is a well-known example",
        "the secret of client \\\"c\\\" is a well-known example",
    ] {
        assert!(ran.stdout.contains(part), "{part} is not in {ran}");
    }
    for secret in ["hunter2", "planner-secret-456"] {
        assert!(!ran.stdout.contains(secret), "{ran}");
    }
    let public = heistctl(args)
        .in_folder(folder.path())
        .envs(&[("SIGN", "my-32-character-ultra-secure-and-ultra-long-secret"), ("B", GOOD)])
        .run()
        .exits(0);
    assert!(public.stdout.contains("the signing secret is a well-known example"), "{public}");
}

#[test]
fn secrets_are_judged_by_their_characters_and_against_each_other() {
    let client = |id: &str, place: &str| format!("[[client]]\nid = '{id}'\n{place}\nscopes = ['x']\n");
    let id = "a-client-whose-secret-is-its-id";
    let signing = "0f8d9c0b7a6e5d4c3b2a190807060504";
    let toml = [
        "[signing]\nsecret_file = 'sign'\n".to_owned(),
        client("short", "secret_file = 'short'"),
        client("long", "secret_file = 'long'"),
        client("open", "secret_file = 'open'"),
        client("shell", "secret_env = 'SHELL_LIKE'"),
        client(id, "secret_file = 'id'"),
        client("one", "secret_file = 'secret'"),
        client("two", &format!("secret_hash = 'sha256:{}'", hex_sha256(GOOD))),
        client("signer", "secret_file = 'sign'"),
        client("ended", "secret_file = 'ended'"),
        client("jwt", "auth_method = 'client_secret_jwt'\nsecret_file = 'jwt'"),
    ]
    .concat();
    let folder = private(
        &toml,
        &[
            ("short", "\u{e4}\u{f6}\u{fc}\u{e4}\u{f6}\u{fc}\u{e4}\u{f6}\u{fc}"),
            ("long", "\u{e4}\u{f6}\u{fc}-fZ2kq9-Wn3sV5"),
            ("open", "${CLIENT_SECRET}\n"),
            ("id", id),
            ("sign", signing),
            ("ended", "Kq7-xT2mB9-dR4wZ\n\n"),
            ("jwt", "{{ client_secret_of_the_vault_here }}"),
        ],
    );
    let args = ["serve", "--check", "--json", "--store", "sqlite:none.db", "--listen", "127.0.0.1:0"];
    let ran = heistctl(args).in_folder(folder.path()).env("SHELL_LIKE", "$CLIENT_SECRET").run().exits(0);
    let found = warned(&ran);
    for part in [
        "\"short\" from ./short has 9 characters; under 12",
        "\"open\" from ./open is a placeholder",
        "\"shell\" from SHELL_LIKE is a placeholder",
        &format!("{id:?} from ./id is its id"),
        "the clients \"one\", \"two\" have the same secret",
        "\"signer\" is the signing secret",
        "\"ended\" from ./ended begins or ends with a blank",
        "\"jwt\" from ./jwt is a placeholder",
    ] {
        assert_eq!(found.iter().filter(|told| told.contains(part)).count(), 1, "{part}: {found:#?}");
    }
    assert!(!found.iter().any(|told| told.contains("\"long\"")), "{found:#?}");
    for secret in [GOOD, signing, "CLIENT_SECRET", "Kq7-xT2mB9-dR4wZ", "vault"] {
        assert!(!ran.stdout.contains(secret), "{secret}: {ran}");
    }
}

fn hex_sha256(text: &str) -> String {
    heistctl::jose::digest::hex(&heistctl::jose::digest::sha256(text.as_bytes()))
}

/// A second reader of a pipe would find nothing, or wait for ever.
#[test]
fn a_secret_is_read_once() {
    let folder = private(&CLIENT.replace("'secret'", "'pipe'"), &[]);
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writer = std::thread::spawn(move || std::fs::write(pipe, "hunter2").unwrap());
    let found = warnings(folder.path(), &[]);
    writer.join().unwrap();
    assert!(found[0].contains("has 7 characters"), "{found:?}");
}

#[test]
fn what_will_not_work_on_the_network_is_said() {
    let authority = Authority::new("authority");
    let tls = authority.issue("localhost");
    let toml = format!(
        "issuer = 'https://as.example.com'\n[tls]\ncert_file = 'cert.pem'\nkey_file = 'key.pem'\n{CLIENT}"
    );
    let folder = private(&toml, &[("cert.pem", &tls.pem), ("key.pem", &tls.key)]);
    let found = warnings(folder.path(), &[]);
    assert!(found[0].contains("./cert.pem is not for as.example.com, the host of issuer"), "{found:?}");
    let covered = toml.replace("as.example.com", "localhost:9");
    std::fs::write(folder.path().join("heist.toml"), covered).unwrap();
    assert_eq!(warnings(folder.path(), &[]), Vec::<String>::new());

    let folder = private(&format!("issuer = 'tokens.example.com'\n{CLIENT}"), &[]);
    let found = warnings(folder.path(), &["--insecure-http"]);
    assert!(found[0].contains("\"tokens.example.com\" is not a URL"), "{found:?}");
    assert!(found[0].contains("write issuer = \"https://tokens.example.com\""), "{found:?}");
    assert!(found[1].contains("--insecure-http without trusted_proxies"), "{found:?}");
    std::fs::write(folder.path().join("heist.toml"), format!("trusted_proxies = ['10.0.0.7']\n{CLIENT}"))
        .unwrap();
    assert_eq!(warnings(folder.path(), &["--insecure-http"]), Vec::<String>::new());
}

#[test]
fn clients_that_can_never_get_a_token_are_named() {
    let tls = Authority::new("authority").issue("localhost");
    let toml = "[tls]\ncert_file = 'cert.pem'\nkey_file = 'key.pem'\n[[client]]\nid = 'a'\n\
                auth_method = 'tls_client_auth'\ntls_client_auth_san_dns = 'a.example.com'\nscopes = ['x']\n";
    let folder = private(toml, &[("cert.pem", &tls.pem), ("key.pem", &tls.key)]);
    let found = warnings(folder.path(), &[]);
    assert!(
        found[0].contains("client \"a\" can never get a token") && found[0].contains("client_ca_file"),
        "{found:?}"
    );
}

#[test]
fn what_a_start_would_meet_is_met_by_a_check() {
    let folder = private(CLIENT, &[]);
    let missing = checked(folder.path(), &["--ready-file", "nowhere/ready"]).exits(2);
    assert!(missing.stdout.contains("mkdir -p nowhere"), "{missing}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let args =
        ["serve", "--check", "--json", "--store", "memory:", "--listen", &taken, "--metrics-listen", &taken];
    let twice = heistctl(args).in_folder(folder.path()).run().exits(2);
    assert!(twice.stdout.contains("--listen and --metrics-listen are both"), "{twice}");
}

#[test]
fn a_key_that_outlives_a_store_in_memory_is_said() {
    let toml = format!("[signing]\nsecret_file = 'sign'\n{CLIENT}");
    let folder = private(&toml, &[("sign", "0f8d9c0b7a6e5d4c3b2a190807060504")]);
    let found = warnings(folder.path(), &[]);
    assert!(found[0].contains("after a restart revoked tokens are valid again"), "{found:?}");
}

#[test]
fn placeholders_that_nothing_has_replaced_are_found() {
    let folder = private(&format!("issuer = 'https://${{HOST}}'\n{CLIENT}"), &[]);
    let ran = checked(folder.path(), &[]).exits(2);
    assert!(ran.stdout.contains("issuer still has the placeholder ${HOST}"), "{ran}");
    let folder = private(&CLIENT.replace("['x']", "['x', '${SCOPE}']"), &[]);
    let found = warnings(folder.path(), &[]);
    assert_eq!(found, ["client.scopes: ${SCOPE} is used literally: heist.toml does not expand variables"]);
}

#[test]
fn keys_of_clients_that_are_private_or_broken_are_found() {
    let key = Authority::new("a").issue("localhost").key;
    let toml = "[[client]]\nid = 'a'\njwks = 'keys'\nscopes = ['x']\n";
    let folder = private(toml, &[("keys", &key)]);
    let ran = checked(folder.path(), &[]).exits(2);
    assert!(ran.stdout.contains("client \\\"a\\\": jwks holds a private key"), "{ran}");
    let good =
        r#"{"kty":"OKP","crv":"Ed25519","kid":"good","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let private_jwk =
        good.replace("\"kid\"", "\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\",\"kid\"");
    std::fs::write(folder.path().join("keys"), format!("{{\"keys\":[{private_jwk}]}}")).unwrap();
    assert!(checked(folder.path(), &[]).exits(2).stdout.contains("holds a private key"));
    for odd in [
        r#"{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA","d":"hunter2"}"#,
        r#"{"kty":"XYZ","d":"hunter2"}"#,
        r#"{"kty":"AKP","pub":"AAAA","priv":"hunter2"}"#,
        r#"{"kty":"RSA","n":"AAAA","p":"hunter2"}"#,
    ] {
        for set in [odd.to_owned(), format!("{{\"keys\":[{odd}]}}"), format!("{{\"keys\":[{good},{odd}]}}")] {
            std::fs::write(folder.path().join("keys"), &set).unwrap();
            let ran = checked(folder.path(), &[]).exits(2);
            assert!(ran.stdout.contains("private") && !ran.stdout.contains("hunter2"), "{set}\n{ran}");
        }
    }
    let shared = format!("{{\"keys\":[{good},{{\"kty\":\"oct\",\"k\":\"hunter2==\"}}]}}");
    std::fs::write(folder.path().join("keys"), shared).unwrap();
    let found = warnings(folder.path(), &[]);
    assert!(found[0].contains("private member \"k\"") && !found[0].contains("hunter2"), "{found:?}");
    let broken = format!("{{\"keys\":[{good},{{\"kty\":\"RSA\",\"kid\":\"bad\",\"e\":\"AQAB\"}}]}}");
    std::fs::write(folder.path().join("keys"), broken).unwrap();
    let found = warnings(folder.path(), &[]);
    assert!(found[0].starts_with("client \"a\": jwks: the key \"bad\" cannot be used: "), "{found:?}");
}

#[test]
fn a_client_with_so_many_keys_that_it_needs_a_kid_is_named() {
    let jwks = |count: usize| {
        let algs = ["ES256"].repeat(count).into_iter().chain(["EdDSA"; 2]);
        json!({"keys": algs.map(|alg| Key::for_alg(alg).jwk()).collect::<Vec<_>>()}).to_string()
    };
    let toml = "[[client]]\nid = 'a'\njwks = 'keys'\nscopes = ['x']\n";
    let folder = private(toml, &[("keys", &jwks(2))]);
    assert_eq!(warnings(folder.path(), &[]), Vec::<String>::new());
    std::fs::write(folder.path().join("keys"), jwks(3)).unwrap();
    assert_eq!(
        warnings(folder.path(), &[]),
        [
            "client \"a\": jwks: 3 of its keys are for ES256, and an assertion without a kid is tried with the first \
             2 alone: give each key a kid of its own, and have the client name it in the header"
        ]
    );
}

#[test]
fn an_address_in_use_is_a_warning_and_one_of_another_machine_a_failure() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let folder = private(CLIENT, &[]);
    let check = |flag: &str, address: &str| {
        let args =
            ["serve", "--check", "--json", "--store", "memory:", "--listen", "127.0.0.1:0", flag, address];
        let args: Vec<&str> =
            if flag == "--listen" { [&args[..5], &args[7..]].concat() } else { args.to_vec() };
        heistctl(args).in_folder(folder.path()).run()
    };
    for flag in ["--listen", "--metrics-listen"] {
        let found = check(flag, &listen).exits(0);
        assert!(
            found.stdout.contains(&format!("{listen} is in use, perhaps by a running server; ")),
            "{found}"
        );
    }
    let elsewhere = check("--metrics-listen", "192.0.2.1:9").exits(1);
    assert!(elsewhere.stdout.contains("cannot listen on 192.0.2.1:9"), "{elsewhere}");
}

#[test]
fn what_was_meant_otherwise_is_said() {
    for (toml, told) in [
        (
            "audience = ' https://api.example.com'",
            "audience, \" https://api.example.com\", begins or ends with a blank",
        ),
        ("audience = ['a', 'b\u{a0}']", "audience, \"b\\u{a0}\", begins or ends"),
        ("audit_log = 'stderr'", "audit_log goes to a file, ./stderr"),
        ("audit_log = 'Syslog'", "audit_log goes to a file, ./Syslog"),
        ("trusted_proxies = ['0.0.0.0/0']", "trusted_proxies includes every address"),
        ("trusted_proxies = ['10.0.0.7', '::/0']", "trusted_proxies includes every address"),
    ] {
        let folder = private(&format!("{toml}\n{CLIENT}"), &[]);
        let found = warnings(folder.path(), &[]);
        assert!(found.len() == 1 && found[0].starts_with(told), "{toml}: {found:?}");
    }
    let folder = private(&CLIENT.replace("'a'", "'a '"), &[]);
    assert!(warnings(folder.path(), &[])[0].starts_with("the id of a client, \"a \", begins or ends"));
    let tls = Authority::new("authority").issue("localhost");
    let toml = format!(
        "issuer = 'http://localhost:8443'\n[tls]\ncert_file = 'cert.pem'\nkey_file = 'key.pem'\n{CLIENT}"
    );
    let folder = private(&toml, &[("cert.pem", &tls.pem), ("key.pem", &tls.key)]);
    let found = warnings(folder.path(), &[]);
    assert!(
        found.len() == 1 && found[0].starts_with("issuer is http, but the server serves only https"),
        "{found:?}"
    );
    let folder = private(
        &format!("audit_log = 'logs/stdout'\ntrusted_proxies = ['10.0.0.0/8', 'fd00::/8']\n{CLIENT}"),
        &[],
    );
    std::fs::create_dir(folder.path().join("logs")).unwrap();
    assert_eq!(warnings(folder.path(), &[]), Vec::<String>::new());
}
