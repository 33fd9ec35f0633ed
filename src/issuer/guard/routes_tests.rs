//! Patterns and routes: what fits, what does not, and that no spelling of a path evades its route.

use super::*;
use proptest::prelude::*;

fn route(method: &str, path: &str, scopes: &str) -> GuardRoute {
    GuardRoute {
        method: (method != "*").then(|| method.to_owned()),
        path: path.to_owned(),
        pattern: PathPattern::parse(path).unwrap(),
        scopes: scopes.parse().unwrap(),
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    PathPattern::parse(pattern).unwrap().fits(&segments(path).unwrap())
}

/// The scopes that a request needs; `None` if it is refused.
fn needed(routes: &[GuardRoute], method: &str, path: &str) -> Option<String> {
    match choose(routes, method, &segments(path).ok()?) {
        RouteChoice::Fits(route) => Some(route.scopes.to_string()),
        RouteChoice::Near(_) | RouteChoice::Nothing => None,
    }
}

#[test]
fn patterns_fit_whole_segments() {
    for (pattern, good, bad) in [
        ("/", &["/"][..], &["/a"][..]),
        ("/orders", &["/orders", "/%6Frders"], &["/orders/", "/orders/1", "/order", "/ORDERS"]),
        ("/orders/*", &["/orders/1", "/orders/a%20b"], &["/orders", "/orders/", "/orders/1/2"]),
        ("/orders/*/items", &["/orders/1/items"], &["/orders/items", "/orders/1/2/items"]),
        ("/orders/**", &["/orders", "/orders/", "/orders/1", "/orders/1/2/"], &["/ordersx", "/"]),
        ("/**", &["/", "/a", "/a/b/"], &[]),
        ("/caf%C3%A9", &["/caf%c3%a9"], &["/cafe"]),
    ] {
        assert!(good.iter().all(|path| fits(pattern, path)), "{pattern}");
        assert!(!bad.iter().any(|path| fits(pattern, path)), "{pattern}");
    }
}

#[test]
fn mistaken_patterns_are_refused() {
    for (pattern, why) in [
        ("orders", PatternError::Path(OddPath::NoSlash)),
        ("/a//b", PatternError::Path(OddPath::EmptySegment)),
        ("/a/../b", PatternError::Path(OddPath::Dots)),
        ("/a/**/b", PatternError::AfterRest),
        ("/a/x*", PatternError::Within),
        ("/a?b", PatternError::Query),
    ] {
        assert_eq!(PathPattern::parse(pattern), Err(why), "{pattern}");
    }
}

#[test]
fn the_first_route_with_method_and_path_counts() {
    let routes = [
        route("GET", "/orders/**", "read"),
        route("POST", "/orders", "write"),
        route("*", "/admin/**", "admin"),
        route("*", "/**", "any"),
    ];
    for (method, path, scopes) in [
        ("GET", "/orders/7", Some("read")),
        ("HEAD", "/orders/7", Some("read")),
        ("POST", "/orders", Some("write")),
        ("POST", "/orders/7", Some("any")),
        ("get", "/orders/7", Some("any")),
        ("PURGE", "/admin", Some("admin")),
        ("GET", "/%61dmin/x", Some("admin")),
        ("GET", "/Admin/x", None),
        ("POST", "/orders/", None),
        ("POST", "/ORDERS", None),
        ("GET", "/admin/../x", None),
        ("GET", "/other", Some("any")),
    ] {
        assert_eq!(needed(&routes, method, path).as_deref(), scopes, "{method} {path}");
    }
    assert_eq!(needed(&routes[..2], "DELETE", "/orders"), None);
}

#[test]
fn a_route_that_leaves_nothing_to_a_later_one_is_found() {
    for (first, later, is_shadow) in [
        (("*", "/**"), ("GET", "/a"), true),
        (("GET", "/a/**"), ("GET", "/a"), true),
        (("GET", "/a/**"), ("HEAD", "/a/b"), true),
        (("GET", "/a/*"), ("GET", "/a/b"), true),
        (("GET", "/a"), ("GET", "/A/"), true),
        (("GET", "/a/*"), ("GET", "/a/**"), false),
        (("GET", "/a/b"), ("GET", "/a/*"), false),
        (("GET", "/a/**"), ("*", "/a"), false),
        (("HEAD", "/a"), ("GET", "/a"), false),
        (("GET", "/a/*"), ("GET", "/a"), false),
    ] {
        let of = |(method, path)| route(method, path, "x");
        assert_eq!(of(first).shadows(&of(later)), is_shadow, "{first:?} {later:?}");
    }
}

/// Segments and separators in spellings that some programs read as `/admin/x`.
fn spelling() -> impl Strategy<Value = String> {
    let parts = prop_oneof![
        Just("admin"),
        Just("ADMIN"),
        Just("%61dmin"),
        Just("adm%69n"),
        Just("%2561dmin"),
        Just(".."),
        Just("."),
        Just("%2e%2e"),
        Just("a"),
        Just("public"),
        Just(""),
        Just("x"),
        Just(";x"),
        Just("admin;x"),
        Just("%2f"),
    ];
    let joints =
        prop_oneof![8 => Just("/"), 1 => Just("//"), 1 => Just("%2f"), 1 => Just("\\"), 1 => Just("%5c")];
    proptest::collection::vec((joints, parts), 1..6)
        .prop_map(|pairs| pairs.into_iter().flat_map(|(joint, part)| [joint, part]).collect())
}

/// The path as a lenient API may read it: decoded twice, with backslashes and dots resolved, in lower case.
fn lenient(path: &str) -> Vec<String> {
    let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let plain = decode(&decode(path)).replace('\\', "/").to_lowercase();
    let mut out: Vec<String> = Vec::new();
    for part in plain.split('/') {
        match part.split(';').next().unwrap_or_default() {
            "" | "." => {}
            ".." => drop(out.pop()),
            part => out.push(part.to_owned()),
        }
    }
    out
}

proptest! {
    #[test]
    fn no_spelling_of_a_path_evades_its_route(path in spelling()) {
        let routes = [route("*", "/admin/**", "admin"), route("*", "/**", "any")];
        if needed(&routes, "GET", &path).as_deref() == Some("any") {
            let read = lenient(&path);
            prop_assert_ne!(read.first().map(String::as_str), Some("admin"), "{}", path);
        }
    }

    #[test]
    fn what_a_route_shadows_never_counts(
        first in "(/(\\*|a|B)){1,3}(/\\*\\*)?|/\\*\\*|/",
        later in "(/(\\*|a|B)){1,3}(/\\*\\*)?|/\\*\\*|/",
        path in "(/(a|b|B|A|c)){1,4}/?|/",
    ) {
        let routes = [route("*", &first, "first"), route("*", &later, "later")];
        if routes[0].shadows(&routes[1]) {
            let scopes = needed(&routes, "GET", &path);
            prop_assert_ne!(scopes.as_deref(), Some("later"), "{} {}", first, later);
        }
    }
}
