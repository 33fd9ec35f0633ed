//! Files that one setting would destroy for another: `serve --check` and a start refuse them before anything is
//! written.

use crate::support::checked::{CLIENT, GOOD, private, refused, set_mode, warnings};
use crate::support::tls::Authority;
use crate::support::{binary, heistctl, program};
use std::os::unix::fs::symlink;

#[test]
fn a_file_that_is_written_is_nothing_elses() {
    let tls = Authority::new("authority").issue("localhost");
    let signing = Authority::new("other").issue("localhost").key;
    let toml = |first: &str| {
        format!(
            "{first}\n[tls]\ncert_file = 'cert.pem'\nkey_file = 'key.pem'\nclient_ca_file = 'ca.pem'\n\
             [signing]\nkey_file = 'sign.pem'\n{CLIENT}"
        )
    };
    let files =
        [("cert.pem", &*tls.pem), ("key.pem", &tls.key), ("ca.pem", &tls.pem), ("sign.pem", &signing)];
    let folder = private("", &files);
    symlink("key.pem", folder.path().join("link.log")).unwrap();
    let write = |text: &str| std::fs::write(folder.path().join("heist.toml"), toml(text)).unwrap();
    for (file, other) in [
        ("heist.toml", "the configuration"),
        ("key.pem", "tls.key_file"),
        ("./cert.pem", "tls.cert_file"),
        ("ca.pem", "tls.client_ca_file"),
        ("sign.pem", "signing.key_file"),
        ("secret", "secret_file of client \"a\""),
        ("link.log", "tls.key_file"),
    ] {
        write(&format!("audit_log = '{file}'"));
        let named = format!("audit_log and {other} name the same file");
        refused(folder.path(), &[], &[&named, "give audit_log a file of its own"]);
        write("");
        let named = format!("--ready-file and {other} name the same file");
        refused(folder.path(), &["--ready-file", file], &[&named, "give --ready-file a file of its own"]);
    }
    write("audit_log = 'new.log'");
    refused(folder.path(), &["--ready-file", "new.log"], &["audit_log and --ready-file name the same file"]);
    assert_eq!(std::fs::read_to_string(folder.path().join("key.pem")).unwrap(), tls.key);
    assert_eq!(std::fs::read_to_string(folder.path().join("secret")).unwrap(), GOOD);
    // Both are read, and one file may hold both.
    let both = format!("{}{}", tls.pem, tls.key);
    let toml = format!("[tls]\ncert_file = 'both.pem'\nkey_file = 'both.pem'\n{CLIENT}");
    let folder = private(&toml, &[("both.pem", &both)]);
    assert_eq!(warnings(folder.path(), &[]), Vec::<String>::new());
}

#[test]
fn a_store_is_no_log_and_no_key() {
    let folder = private(&format!("audit_log = 'heist.db-wal'\n{CLIENT}"), &[]);
    for (store, other) in [
        ("sqlite:heist.db", "audit_log and the store name the same file"),
        ("sqlite:secret", "the store and secret_file of client \"a\" name the same file"),
    ] {
        for check in [&["--check"][..], &[]] {
            let args = ["serve", "--store", store, "--listen", "127.0.0.1:0"]
                .into_iter()
                .chain(check.iter().copied());
            heistctl(args).in_folder(folder.path()).run().fails(2, &[other, "a file of its own"]);
        }
    }
    assert_eq!(std::fs::read_to_string(folder.path().join("secret")).unwrap(), GOOD);
}

#[test]
fn devices_may_have_several_names() {
    let folder = private(&format!("audit_log = '/dev/null'\n{CLIENT}"), &[]);
    assert_eq!(warnings(folder.path(), &[]), Vec::<String>::new());
}

/// Root may write anywhere, so somebody else asks.
#[test]
fn a_folder_that_cannot_be_written_is_found_by_a_check() {
    let folder = private("", &[]);
    std::fs::create_dir(folder.path().join("closed")).unwrap();
    for (name, mode) in [("heist.toml", 0o644), ("closed", 0o555), (".", 0o755)] {
        set_mode(folder.path(), name, mode);
    }
    let is_root = rustix::process::geteuid().is_root();
    let user: &[&str] = if is_root { &["setpriv", "--reuid=65534", "--clear-groups"] } else { &["env"] };
    let check = |more: &[&str]| {
        let ours = [binary().to_str().unwrap(), "serve", "--check", "--listen", "127.0.0.1:0"];
        program(user[0], user[1..].iter().chain(&ours).chain(more)).in_folder(folder.path()).run()
    };
    check(&["--store", "memory:"]).exits(0);
    let never = ["cannot write to closed", "hint: "];
    check(&["--store", "sqlite:closed/heist.db"]).fails(1, &never);
    check(&["--store", "sqlite:closed/new/heist.db"]).fails(1, &never);
    check(&["--store", "memory:", "--ready-file", "closed/ready"]).fails(1, &never);
    assert_eq!(std::fs::read_dir(folder.path().join("closed")).unwrap().count(), 0);
}
