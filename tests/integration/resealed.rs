//! The store key is changed, and no token ends by it.

use crate::support::postgres;
use crate::support::process::wait_until;
use crate::support::{Heistctl, Server, folder, heistctl};

const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];
const OLD: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
const NEW: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";
const PRESENT: &str = "HEISTCTL_STORE_KEY";
const NEXT: &str = "HEISTCTL_STORE_NEW_KEY";

struct Site {
    folder: tempfile::TempDir,
    store: String,
    secret: String,
}

impl Site {
    fn new(store: String) -> Self {
        let mut site = Self { folder: folder(&[("new.key", NEW)]), store, secret: String::new() };
        let args = ["client", "add", "a", "--scope", "x", "--introspect", "--json"];
        let made = site.run(&args, &[]).run().exits(0).json();
        made["client_secret"].as_str().unwrap().clone_into(&mut site.secret);
        site
    }

    fn run(&self, args: &[&str], keys: &[(&str, &str)]) -> Heistctl {
        heistctl(args).env("HEISTCTL_STORE", &self.store).envs(keys).in_folder(self.folder.path())
    }

    fn serve(&self, keys: &[(&str, &str)]) -> Server {
        let args = ["serve", "--listen", "127.0.0.1:0", "--issuer", "https://as.example.com"];
        self.run(&args, keys).serve()
    }

    fn post(&self, server: &Server, path: &str, more: &str) -> serde_json::Value {
        let body = format!("client_id=a&client_secret={}&{more}", self.secret);
        server.request("POST", path, &FORM, &body).json()
    }

    fn token(&self, server: &Server) -> String {
        let answer = self.post(server, "/oauth/token", "grant_type=client_credentials");
        answer["access_token"].as_str().unwrap().to_owned()
    }

    fn is_active(&self, server: &Server, token: &str) -> bool {
        self.post(server, "/oauth/introspect", &format!("token={token}"))["active"] == true
    }
}

/// The rolling order: both keys on every server, then the change, then the new one alone.
fn changes_its_key(site: &Site) {
    let mut old = site.serve(&[(PRESENT, OLD)]);
    let token = site.token(&old);
    let mut both = site.serve(&[(PRESENT, OLD), (NEXT, NEW)]);
    assert!(site.is_active(&both, &token));
    // What one with both makes, one with the old key opens.
    let keys = [(PRESENT, OLD), (NEXT, NEW)];
    site.run(&["key", "rotate"], &keys).run().exits(0);
    let published = |server: &Server| {
        server.request("GET", "/.well-known/jwks.json", &[], "").json()["keys"].as_array().unwrap().len()
    };
    wait_until("the next key is published by both", || (published(&old), published(&both)) == (2, 2));
    let (said, mut heard) = (both.says(), old.says());
    let ran = site.run(&["key", "reseal"], &keys).run().exits(0);
    assert!(ran.stderr.contains("(2) are sealed with the new store key"), "{ran}");
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(NEW), "{ran}");
    let line = heard.until("has been sealed with another store key");
    assert!(line.contains("start the server again with the new HEISTCTL_STORE_KEY"), "{line}");
    for server in [&old, &both] {
        assert!(site.is_active(server, &token) && published(server) == 2);
        assert!(site.is_active(&both, &site.token(server)));
    }
    let new = site.serve(&[(PRESENT, NEW)]);
    assert!(site.is_active(&new, &token));
    assert_eq!((new.stop().0, both.stop().0, old.stop().0), (0, 0, 0));
    assert_eq!(heard.all().matches("sealed with another").count(), 1, "it is said once");
    let all = said.all();
    assert!(!all.contains("error"), "{all}");
    let parts = ["HEISTCTL_STORE_KEY differs", "heistctl key reseal"];
    site.run(&["serve", "--check"], &[(PRESENT, OLD)]).run().fails(2, &parts);
    // Again, it changes nothing that matters.
    site.run(&["key", "reseal"], &keys).run().exits(0);
    site.run(&["serve", "--check"], &[(PRESENT, NEW)]).run().exits(0);
}

#[test]
fn a_store_key_is_changed_in_a_file_and_in_a_database_and_tokens_stay_good() {
    let folder = folder(&[]);
    changes_its_key(&Site::new(format!("sqlite:{}", folder.path().join("keys.db").display())));
    if let Some(server) = postgres::shared() {
        changes_its_key(&Site::new(server.database().url()));
    }
}

#[test]
fn keys_are_sealed_that_lay_open_and_opened_again() {
    let site = Site::new("sqlite:keys.db".to_owned());
    let server = site.serve(&[]);
    let token = site.token(&server);
    let sealed = || {
        let keys = site.run(&["key", "list", "--json"], &[]).run().exits(0).json();
        keys["keys"][0]["sealed"].as_bool().unwrap()
    };
    assert!(!sealed());
    site.run(&["key", "reseal", "--new-key-file", "new.key"], &[]).run().exits(0);
    assert!(sealed());
    assert_eq!(server.stop().0, 0);
    site.run(&["serve", "--check"], &[]).run().fails(2, &["it is sealed", PRESENT]);
    let server = site.serve(&[(PRESENT, NEW)]);
    assert!(site.is_active(&server, &token));
    let ran = site.run(&["key", "reseal", "--unseal"], &[(PRESENT, NEW)]).run().exits(0);
    assert!(ran.stderr.contains("no longer sealed") && !sealed(), "{ran}");
    assert_eq!(server.stop().0, 0);
    assert!(site.is_active(&site.serve(&[]), &token));
}

#[test]
fn keys_that_do_not_fit_are_named_and_nothing_is_changed() {
    let site = Site::new("sqlite:keys.db".to_owned());
    assert_eq!(site.serve(&[(PRESENT, OLD)]).stop().0, 0);
    let reseal = ["key", "reseal"];
    site.run(&reseal, &[(PRESENT, OLD)]).run().fails(2, &["there is no new store key", NEXT]);
    site.run(&reseal, &[(NEXT, NEW)]).run().fails(2, &["does not open", "HEISTCTL_STORE_KEY"]);
    site.run(&reseal, &[(PRESENT, NEW), (NEXT, NEW)]).run().fails(2, &["does not open"]);
    site.run(&reseal, &[(PRESENT, OLD), (NEXT, "short")]).run().fails(2, &[NEXT, "32 bytes"]);
    site.run(&["key", "reseal", "--new-key-file", "none.key"], &[(PRESENT, OLD)])
        .run()
        .fails(2, &["no file at the path from --new-key-file"]);
    site.run(&["key", "reseal", "--unseal"], &[(PRESENT, NEW)]).run().fails(2, &["does not open"]);
    let there = "postgres://heist@127.0.0.1:1/x";
    let unseal = ["key", "reseal", "--unseal", "--store", there];
    site.run(&unseal, &[(PRESENT, OLD)]).run().exits(1);
    site.run(&["serve", "--check"], &[(PRESENT, OLD)]).run().exits(0);
}
