//! The parts of tokens and answers that a report shows: never a usable token.

use crate::http::challenge::Challenge;
use crate::jose::compact::{self, Token};
use crate::json::{Json, Object};
use crate::text::truncate;

/// Characters of a value.
const MOST: usize = 100;
/// Values that differ in each token.
const FRESH: [&str; 3] = ["jti", "iat", "exp"];

/// The header members and claims in which a token differs from the good one, as `exp: 1795420800`. Members that
/// differ in each token are left out, unless they are of another kind or missing.
#[must_use]
pub fn differences(sent: &str, genuine: &str) -> Vec<String> {
    if sent == genuine {
        return Vec::new();
    }
    let (Token::Jws(sent), Token::Jws(genuine)) = (compact::read(sent), compact::read(genuine)) else {
        return vec![format!("{} bytes that are not a JWT", sent.len())];
    };
    let mut found = members("header", &sent.header, &genuine.header);
    match (sent.peek_unverified(), genuine.peek_unverified()) {
        (Some(claims), Some(good)) => found.extend(members("", claims, good)),
        (None, _) => found.push("the payload is not a JSON object".to_owned()),
        _ => {}
    }
    if sent.signature.is_empty() {
        found.push("no signature".to_owned());
    }
    found
}

fn members(place: &str, sent: &Object, good: &Object) -> Vec<String> {
    let place = if place.is_empty() { String::new() } else { format!("{place} ") };
    let is_fresh = |name: &str, value: &Json, other: &Json| {
        FRESH.contains(&name) && value.kind() == other.kind() && !is_far(value, other)
    };
    let changed = sent.iter().filter(|(name, value)| {
        good.get(name).is_none_or(|other| other != *value && !is_fresh(name, value, other))
    });
    let changed =
        changed.map(|(name, value)| format!("{place}{name}: {}", truncate(&value.to_string(), MOST)));
    let missing = good.iter().filter(|(name, _)| sent.get(name).is_none());
    let missing = missing.map(|(name, _)| format!("{place}{name}: absent"));
    changed.chain(missing).collect()
}

/// Whether two times are more than a minute and a half apart.
fn is_far(one: &Json, other: &Json) -> bool {
    let number = |json: &Json| match json {
        Json::Number(text) => text.parse::<i64>().ok(),
        _ => None,
    };
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one.abs_diff(other) > 90,
        (None, None) => false,
        _ => true,
    }
}

/// Scheme, error and scope of the challenges. Descriptions are left out: they may repeat the token.
#[must_use]
pub fn challenge(challenges: &[Challenge]) -> Option<String> {
    let one = |challenge: &Challenge| {
        let params = ["error", "scope"].into_iter().filter_map(|name| {
            challenge.get(name).map(|value| format!(" {name}={:?}", truncate(value, MOST)))
        });
        format!("{}{}", truncate(&challenge.scheme, MOST), params.collect::<String>())
    };
    let all: Vec<String> = challenges.iter().take(4).map(one).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::digest::base64url;

    fn token(header: &str, claims: &str) -> String {
        format!("{}.{}.c2ln", base64url(header.as_bytes()), base64url(claims.as_bytes()))
    }

    #[test]
    fn only_what_differs_is_shown_and_never_the_token() {
        let good = token(r#"{"alg":"ES256","kid":"a"}"#, r#"{"aud":"x","exp":1000,"jti":"1","scope":"r"}"#);
        for (header, claims, expected) in [
            (r#"{"alg":"ES256","kid":"a"}"#, r#"{"aud":"x","exp":1060,"jti":"2","scope":"r"}"#, ""),
            (
                r#"{"alg":"none"}"#,
                r#"{"aud":"y","exp":1060,"jti":"2"}"#,
                r#"header alg: "none"; header kid: absent; aud: "y"; scope: absent"#,
            ),
            (
                r#"{"alg":"ES256","kid":"a"}"#,
                r#"{"aud":"x","exp":-5,"jti":2,"scope":"r"}"#,
                "exp: -5; jti: 2",
            ),
            (r#"{"alg":"ES256","kid":"a"}"#, "[1]", "the payload is not a JSON object"),
        ] {
            let sent = token(header, claims);
            let shown = differences(&sent, &good).join("; ");
            assert_eq!(shown, expected);
            assert!(!shown.contains(&sent));
        }
        assert_eq!(differences("opaque-token", &good), ["12 bytes that are not a JWT"]);
    }
}
