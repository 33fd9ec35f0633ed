//! Access to the control of a server under test and to its page: for programs of this machine, and for no page
//! of another origin. A browser runs on this machine, too, and sends requests for every page that is open.
//!
//! - A page elsewhere cannot read an answer, since none has a CORS header, and cannot send JSON.
//! - A page whose host name changes to a loopback address (DNS rebinding) is of the same origin as its requests.
//!   The browser names that host in `Host`, so only names of this machine are allowed there.
//! - A proxy on this machine connects from loopback, and nginx by default with this server's address in `Host`.
//!   Its clients may be anywhere. Proxies show in the fields that they add, and nginx in HTTP/1.0, which the gate
//!   refuses here.
//! - In any case, browsers say in `Origin` and `Sec-Fetch-Site` that a request comes from another origin.

use crate::http::Request;
use crate::issuer::LoggedResponse;
use crate::server::route::refused;
use std::net::{Ipv4Addr, Ipv6Addr};

pub(super) const TEST_PREFIX: &str = "/_test/";
pub(super) const PAGE_PREFIX: &str = "/_page/";

/// The fields that the gate passes on for these paths.
pub(super) const FIELDS: [&str; 8] =
    [HOST, ORIGIN, SITE, "Accept", PROXIES[0], PROXIES[1], PROXIES[2], PROXIES[3]];
/// The fields that proxies add.
const PROXIES: [&str; 4] = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "Via"];

const HOST: &str = "Host";
const ORIGIN: &str = "Origin";
const SITE: &str = "Sec-Fetch-Site";

/// Whether a target needs [`FIELDS`]: the page, its data, and the control. A target in absolute form may be one.
pub(super) fn covers(target: &str) -> bool {
    path(target) == "/" || controls(target)
}

/// Whether a target is the control or the page's data.
pub(super) fn controls(target: &str) -> bool {
    [TEST_PREFIX, PAGE_PREFIX].iter().any(|prefix| path(target).starts_with(prefix))
}

fn path(target: &str) -> &str {
    let origin = match target.split_once("://") {
        Some((_, rest)) if !target.starts_with('/') => rest.find('/').map_or("/", |slash| &rest[slash..]),
        _ => target,
    };
    origin.split('?').next().unwrap_or_default()
}

/// The refusal of a request that may come from another machine, or from a page of another origin.
pub(super) fn refusal(request: &Request) -> Option<LoggedResponse> {
    let why = if !comes_from_this_machine(request) {
        "only programs of this machine control the server, and not through a proxy"
    } else if !names_this_machine(request) {
        "the host is not a name of this machine: use localhost, 127.0.0.1 or [::1]"
    } else if is_from_another_origin(request) {
        "the request comes from a web page of another origin"
    } else {
        return None;
    };
    Some(refused(403, "invalid_request", why))
}

/// Whether the request is for a name of this machine, and a program of this machine sent it.
pub(super) fn is_local(request: &Request) -> bool {
    comes_from_this_machine(request) && names_this_machine(request)
}

fn comes_from_this_machine(request: &Request) -> bool {
    let is_near = request.peer.address.is_none_or(|address| address.to_canonical().is_loopback());
    is_near && PROXIES.iter().all(|name| request.headers.get(name).is_none())
}

/// Whether the request is for a name that always stands for this machine (RFC 6761 section 6.3).
fn names_this_machine(request: &Request) -> bool {
    request.headers.get(HOST).is_some_and(is_loopback)
}

fn is_loopback(host: &str) -> bool {
    if let Some(rest) = host.strip_prefix('[') {
        let (address, port) = rest.split_once(']').unwrap_or_default();
        let is_loopback = address.parse().is_ok_and(|address: Ipv6Addr| address.is_loopback());
        return is_loopback && (port.is_empty() || port.starts_with(':'));
    }
    let name = host.split(':').next().unwrap_or_default();
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
}

fn is_from_another_origin(request: &Request) -> bool {
    let host = request.headers.get(HOST).unwrap_or_default();
    let is_own = |origin: &str| {
        let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
    };
    // `none`: the user has typed the address.
    let is_site = |site: &str| matches!(site, "same-origin" | "none");
    !request.headers.all(ORIGIN).all(is_own) || !request.headers.all(SITE).all(is_site)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Headers, Method, Peer};

    fn is_refused(fields: &[(&str, &str)]) -> bool {
        let mut headers = Headers::default();
        fields.iter().for_each(|(name, value)| headers.push(*name, *value));
        let refusal = refusal(&Request::new(Method::Post, "/_test/reset", headers, b"{}"));
        refusal.is_some_and(|refused| refused.response.status == 403)
    }

    #[test]
    fn only_names_of_this_machine_are_allowed() {
        for host in
            ["localhost:8001", "LocalHost", "a.localhost.", "127.0.0.1:80", "127.9.9.9", "[::1]", "[::1]:1"]
        {
            assert!(!is_refused(&[("host", host)]), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "notlocalhost",
            "10.0.0.1",
            "0.0.0.0:8001",
            "[::2]",
            "[::1",
            "[::1]x",
            "::1",
            "127.1",
            "\\",
        ] {
            assert!(is_refused(&[("Host", host)]), "{host}");
        }
        assert!(is_refused(&[]), "no host");
    }

    #[test]
    fn other_machines_are_refused_and_proxies_of_this_one() {
        let host = ("Host", "127.0.0.1:8001");
        for name in ["Forwarded", "x-forwarded-for", "X-Forwarded-Host", "Via"] {
            for value in ["", "127.0.0.1", "\\"] {
                assert!(is_refused(&[host, (name, value)]), "{name}: {value}");
            }
        }
        for (address, refused) in [
            ("127.0.0.1", false),
            ("127.1.2.3", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("172.17.0.1", true),
            ("192.0.2.1", true),
            ("fe80::1", true),
        ] {
            let mut headers = Headers::default();
            headers.push(host.0, host.1);
            let peer = Peer { address: address.parse().ok(), ..Peer::default() };
            let request = Request::new(Method::Post, "/_test/reset", headers, b"{}").from_peer(peer);
            assert_eq!(super::refusal(&request).is_some(), refused, "{address}");
            assert_eq!(is_local(&request), !refused, "{address}");
        }
    }

    #[test]
    fn pages_of_other_origins_are_refused() {
        let host = ("Host", "localhost:8001");
        for (name, value, refused) in [
            ("Origin", "http://localhost:8001", false),
            ("Origin", "https://LOCALHOST:8001", false),
            ("Origin", "http://localhost:3000", true),
            ("Origin", "http://127.0.0.1:8001", true),
            ("Origin", "null", true),
            ("Origin", "", true),
            ("Sec-Fetch-Site", "same-origin", false),
            ("Sec-Fetch-Site", "none", false),
            ("Sec-Fetch-Site", "same-site", true),
            ("Sec-Fetch-Site", "cross-site", true),
        ] {
            assert_eq!(is_refused(&[host, (name, value)]), refused, "{name}: {value}");
        }
        assert!(is_refused(&[host, ("Origin", "http://localhost:8001"), ("Origin", "http://a")]));
    }

    #[test]
    fn the_gate_passes_the_fields_on_where_they_are_needed() {
        for target in
            ["/", "/?a", "/_test/clock", "/_page/state?after=1", "http://a/_test/clock", "HTTP://a?b"]
        {
            assert!(covers(target), "{target}");
            assert_eq!(controls(target), target.contains("/_"), "{target}");
        }
        for target in [
            "/oauth/token",
            "http://a/oauth/token?://b/",
            "/protected-resource?/",
            "/_tests",
            "/guard/a/_test/b",
        ] {
            assert!(!covers(target), "{target}");
        }
    }
}
