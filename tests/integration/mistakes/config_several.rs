//! Several mistakes in one section, line or file: one run shows all of them, up to a limit.

use super::config::{GOOD, KEY};
use crate::registry::Store;
use crate::support::{Ran, folder, heistctl};

fn checked(toml: &str) -> Ran {
    let folder = folder(&[KEY, GOOD, ("heist.toml", toml)]);
    heistctl(["serve", "--check", "--store", "memory:"]).in_folder(folder.path()).run().exits(2)
}

/// That the errors are these: the line and part of the text. Each has a hint.
#[track_caller]
fn are_shown(ran: &Ran, name: &str, errors: &[(usize, &str)]) {
    let shown: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(shown.len(), errors.len(), "{ran}");
    for (line, what) in errors {
        let place = format!(" {name}:{line}:");
        assert!(shown.iter().any(|shown| shown.contains(&place) && shown.contains(what)), "{what}: {ran}");
    }
    assert_eq!(ran.stderr.lines().filter(|line| line.starts_with("hint: ")).count(), errors.len(), "{ran}");
}

#[test]
fn a_wrong_type_and_an_unknown_key_of_a_client_hide_no_other_mistake() {
    let toml = "[[client]]\nid = 'a'\nsecret_hash = 5\nauth_method = 'basic'\nscopes = ['a b']\nfrob = 1\n\
                jwks_uri = 'http://x.example/y'\ndpop = 'always'\nclaims = { sub = 'x' }\nlifetime = '5x'\n";
    let errors = [
        (3, "secret_hash is a text"),
        (4, "auth_method \"basic\" is not offered"),
        (5, "scopes: \"a b\" has a blank"),
        (6, "unknown key \"frob\""),
        (7, "jwks_uri: it is plain http"),
        (8, "dpop is neither"),
        (9, "claims has \"sub\""),
        (10, "\"x\" is not a unit"),
    ];
    are_shown(&checked(toml), "heist.toml", &errors);
}

#[test]
fn every_credential_is_checked_beside_a_method_that_is_not_offered() {
    for (keys, what) in [
        ("secret_file = 'nowhere'", "cannot read ./nowhere"),
        ("secret_env = 'NOT_SET'", "NOT_SET, which is not set"),
        ("secret_env = 'A'\nsecret_file = 'secret'", "it has both secret_env and secret_file"),
        ("jwks = 'secret'", "jwks"),
        ("tls_certificate = 'secret'", "tls_certificate"),
        ("tls_client_auth_san_ip = 'x'", "tls_client_auth_san_ip"),
    ] {
        let ran = checked(&format!("[[client]]\nid = 'a'\nauth_method = 'x'\n{keys}\n"));
        let line = 3 + keys.lines().count();
        are_shown(&ran, "heist.toml", &[(3, "auth_method \"x\" is not offered"), (line, what)]);
    }
}

#[test]
fn resources_guards_and_documents_are_checked_beside_an_unknown_key() {
    let toml = "[[resource]]\nid = 'x'\nscopes = ['a b']\naccept = 'bearer'\nfrob = 1\n[[guard]]\nname = 'g/'\n\
                resource = 5\nfrob = 1\nroutes = [{ method = 'get', path = '/y', scopes = [] }]\naccept = ['foo']\n\
                [[client_documents]]\nallow = ['x']\nfrob = 2\n";
    let errors = [
        (2, "id \"x\" is not the URL of a resource"),
        (3, "scopes: \"a b\" has a blank"),
        (4, "accept is a list"),
        (5, "unknown key \"frob\""),
        (7, "the name must be letters"),
        (8, "resource is a text"),
        (9, "unknown key \"frob\""),
        (10, "\"get\" is not a method"),
        (11, "accept \"foo\" is not offered"),
        (13, "allow: \"x\" does not begin with https://"),
        (14, "unknown key \"frob\""),
    ];
    are_shown(&checked(toml), "heist.toml", &errors);
}

#[test]
fn a_broken_line_hides_no_mistake_in_the_others() {
    let toml = "issuer = 'https://a.example\nleeway = '5x'\n[[client]]\nid = 'a'\nscopes = ['a'\n\
                default_scopes = ['b c']\nfrob = 1\nsecret_file = 'nowhere'\n";
    let errors = [
        (1, "the quote of issuer is not closed"),
        (2, "leeway"),
        (5, "the list of scopes is not closed"),
        (6, "default_scopes: \"b c\" has a blank"),
        (7, "unknown key \"frob\""),
        (8, "cannot read ./nowhere"),
    ];
    are_shown(&checked(toml), "heist.toml", &errors);
}

#[test]
fn a_file_with_very_many_mistakes_shows_the_first_and_the_number_of_the_others() {
    let client = |client| format!("[[client]]\nid = 'c{client}'\nfrob = '${{X}}'\n");
    let toml: String = (0..50).map(client).collect();
    let ran = checked(&toml);
    let errors: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 21, "{ran}");
    assert!(errors[20].ends_with("heist.toml: there are 30 more errors"), "{ran}");
    assert!(ran.stderr.ends_with("the next run shows the others\n"), "{ran}");
}

#[test]
fn all_mistakes_of_all_lines_of_an_import_are_shown() {
    let lines = "{\"id\":\"a\",\"scope\":\"x\",\"lifetime\":\"15m\"}\n{\"scopes\":[\"x\"]}\n\
                 {\"id\":\"c\",\"scopes\":\"a\",\"default_scopes\":\"z\",\"claims\":{\"sub\":1}}\n{\"id\":\"e\"\n";
    let ran = Store::new().client(&["import", "-"]).stdin(lines).run().exits(2);
    let errors = [
        (1, "lifetime is a text"),
        (1, "unknown member \"scope\""),
        (2, "scopes is a list"),
        (2, "the line has no id"),
        (3, "default_scopes has z"),
        (3, "claims has \"sub\""),
        (4, "the line is cut off"),
    ];
    are_shown(&ran, "stdin", &errors);
}
