//! P: where and how a token is presented.

use crate::probe::case::Way::Sends;
use crate::probe::case::row;
use crate::probe::case::{ProbeCase, Variations};
use crate::probe::forge::with_other_start;
use crate::probe::material::Material;
use crate::probe::terms::CaseSeverity::{Critical, High, Low, Medium};
use crate::probe::terms::ProbeMode::Token;
use crate::probe::terms::Right::{Accept, NoContent, NotReached, Refuse, RefuseOr};
use crate::probe::variation::Variation;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub(super) const CASES: [ProbeCase; 11] = [
    row(
        "P1",
        (Token, Low, Accept),
        Sends(schemes),
        ["the scheme in another case", "Compare the scheme without regard to case.", "RFC 9110 section 11.1"],
    ),
    row(
        "P2",
        (Token, Medium, RefuseOr(&[400])),
        Sends(two_fields),
        [
            "two Authorization fields",
            "Refuse a request with more than one Authorization field: parts of the system may read different ones.",
            "RFC 6750 section 2, RFC 9110 section 5.3",
        ],
    ),
    row(
        "P3",
        (Token, Medium, RefuseOr(&[400])),
        Sends(in_query),
        [
            "the token in the query alone",
            "Read the token from the Authorization field alone: URLs end up in logs and in Referer.",
            "OAuth 2.1 section 5.2, RFC 9700 section 4.3.2",
        ],
    ),
    row(
        "P4",
        (Token, Low, RefuseOr(&[400, 404, 405, 415, 501])),
        Sends(in_form),
        [
            "the token in a form body alone",
            "Read the token from the Authorization field alone, unless the API documents the body.",
            "RFC 6750 section 2.2",
        ],
    ),
    row(
        "P5",
        (Token, Medium, Refuse),
        Sends(in_cookie),
        [
            "the token in a cookie alone",
            "Read the token from the Authorization field alone: browsers send cookies by themselves (CSRF).",
            "RFC 6750 section 5.3",
        ],
    ),
    row(
        "P6",
        (Token, Low, Refuse),
        Sends(as_password),
        ["the token as a Basic password", "Accept the scheme Bearer (or DPoP) only.", "RFC 6750 section 2.1"],
    ),
    row(
        "P7",
        (Token, Low, RefuseOr(&[400])),
        Sends(empty),
        ["Bearer without a token", "Treat an empty token as a missing one.", "RFC 6750 section 2.1"],
    ),
    row(
        "P8",
        (Token, Medium, RefuseOr(&[400])),
        Sends(followed),
        [
            "the good token followed by something",
            "Parse the whole field: one scheme, one space, one token.",
            "RFC 9110 section 11.4",
        ],
    ),
    row(
        "P9",
        (Token, High, NoContent),
        Sends(methods),
        [
            "no token, with other methods",
            "Check the token for every method of a path, in one place before the handlers.",
            "OWASP ASVS 4.1",
        ],
    ),
    row(
        "P10",
        (Token, Critical, NotReached),
        Sends(paths),
        [
            "no token, with variants of the path",
            "Let proxy and API read paths alike, and protect by default instead of by a list of paths.",
            "OWASP ASVS 4.1",
        ],
    ),
    row(
        "P11",
        (Token, Critical, NotReached),
        Sends(overrides),
        [
            "no token, with fields that rewrite the request",
            "Ignore fields that rewrite method or path, or remove them at the edge.",
            "RFC 9700 section 4.13",
        ],
    ),
];

fn authorized(m: &Material, label: &str, value: &str) -> Variation {
    let request = m.target.request().with("Authorization", value);
    Variation::new(label, request).holding(m.genuine())
}

fn schemes(m: &Material) -> Variations {
    let one = |scheme: &str| authorized(m, &format!("{scheme} TOKEN"), &format!("{scheme} {}", m.genuine()));
    Ok(vec![one("bearer"), one("BEARER")])
}

fn two_fields(m: &Material) -> Variations {
    let good = format!("Bearer {}", m.genuine());
    let bad = format!("Bearer {}", with_other_start(m.genuine()));
    let two = |label, first: &str, second: &str| {
        let request = m.target.request().with("Authorization", first).with("Authorization", second);
        Variation::new(label, request).holding(m.genuine())
    };
    Ok(vec![two("the good token first", &good, &bad), two("the good token last", &bad, &good)])
}

fn in_query(m: &Material) -> Variations {
    let mark = if m.target.path.contains('?') { '&' } else { '?' };
    let path = format!("{}{mark}access_token={}", m.target.path, m.genuine());
    Ok(vec![Variation::new("?access_token=TOKEN", m.target.request().at(path)).holding(m.genuine())])
}

fn in_form(m: &Material) -> Variations {
    let mut request = m.target.request().by("POST");
    request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
    request.body = crate::secret::Secret::new(format!("access_token={}", m.genuine()));
    let request = request.with("Content-Type", "application/x-www-form-urlencoded");
    Ok(vec![Variation::new("POST with access_token=TOKEN", request).holding(m.genuine())])
}

fn in_cookie(m: &Material) -> Variations {
    let one = |name: &str| {
        let request = m.target.request().with("Cookie", format!("{name}={}", m.genuine()));
        Variation::new(format!("Cookie: {name}=TOKEN"), request).holding(m.genuine())
    };
    Ok(["access_token", "token", "jwt", "session"].map(one).to_vec())
}

fn as_password(m: &Material) -> Variations {
    let pair = STANDARD.encode(format!("heistctl:{}", m.genuine()));
    Ok(vec![authorized(m, "Basic with the token as password", &format!("Basic {pair}"))])
}

fn empty(m: &Material) -> Variations {
    let one =
        |label: &str, value: &str| Variation::new(label, m.target.request().with("Authorization", value));
    Ok(vec![one("Bearer", "Bearer"), one("Bearer and a space", "Bearer ")])
}

fn followed(m: &Material) -> Variations {
    let token = m.genuine();
    Ok(vec![
        authorized(m, "Bearer TOKEN,x", &format!("Bearer {token},x")),
        authorized(m, "Bearer TOKEN TOKEN", &format!("Bearer {token} {token}")),
        authorized(m, "Bearer TOKEN%00", &format!("Bearer {token}%00")),
    ])
}

fn methods(m: &Material) -> Variations {
    let one = |method: &str, right| {
        let mut request = m.target.request().by(method);
        request.body = crate::secret::Secret::new("");
        request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        Variation::new(format!("{method}, no token"), request).right(right)
    };
    Ok(vec![
        one("HEAD", NotReached),
        one("OPTIONS", NoContent),
        one("TRACE", NoContent),
        one("HEIST", NotReached),
    ])
}

fn paths(m: &Material) -> Variations {
    let (path, query) = m.target.path.split_once('?').map_or((m.target.path.as_str(), ""), |both| both);
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    let (before, last) = path.rsplit_once('/').unwrap_or(("", path));
    let mut variants = vec![
        format!("{path}/"),
        format!("/{path}"),
        format!("/.{path}"),
        format!("{before}//{last}"),
        format!("{before}/./{last}"),
        format!("{before}%2f{last}"),
        format!("{path};x"),
        format!("/x/%2e%2e{path}"),
        format!("/x/..{path}"),
        format!("{path}%20"),
        path.to_ascii_uppercase(),
    ];
    variants.retain(|variant| variant != path && variant.starts_with('/'));
    variants.dedup();
    let one = |variant: &String| {
        Variation::new(format!("path {variant}"), m.target.request().at(format!("{variant}{query}")))
    };
    Ok(variants.iter().map(one).collect())
}

fn overrides(m: &Material) -> Variations {
    let one = |(name, value): (&str, &str)| {
        Variation::new(format!("{name}: {value}, no token"), m.target.request().with(name, value))
    };
    let fields = [
        ("X-HTTP-Method-Override", "GET"),
        ("X-HTTP-Method-Override", "OPTIONS"),
        ("X-Original-URL", "/health"),
        ("X-Rewrite-URL", "/health"),
        ("X-Forwarded-Uri", "/health"),
        ("X-Forwarded-Prefix", "/public"),
    ];
    Ok(fields.map(one).to_vec())
}
