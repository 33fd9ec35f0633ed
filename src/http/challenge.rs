//! Parses `WWW-Authenticate` leniently (RFC 9110 section 11.6.1): several challenges in one field or in
//! several, in any order, parameters quoted or not. Unreadable parts are skipped.

use crate::http::Headers;

/// A server's challenge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// `Bearer`, `DPoP`, or another scheme, as received.
    pub scheme: String,
    /// Its parameters: names in lower case, the first value of each.
    params: Vec<(String, String)>,
}

impl Challenge {
    /// Whether it has that scheme, ignoring case.
    #[must_use]
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// The value of a parameter; `name` is in lower case. It is untrusted until escaped.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// All challenges of an answer, in order.
#[must_use]
pub fn challenges(headers: &Headers) -> Vec<Challenge> {
    headers.all("www-authenticate").flat_map(read).collect()
}

/// The challenges of one field.
#[must_use]
pub fn read(value: &str) -> Vec<Challenge> {
    let mut found: Vec<Challenge> = Vec::new();
    let mut rest = value;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let Some((word, after)) = token(rest) else {
            // Not a token: skip to the next comma, if any.
            match rest.find(',') {
                Some(comma) => rest = &rest[comma..],
                None => return found,
            }
            continue;
        };
        match (param_value(after), found.last_mut()) {
            (Some((value, after)), Some(challenge)) => {
                let name = word.to_ascii_lowercase();
                if challenge.get(&name).is_none() {
                    challenge.params.push((name, value));
                }
                rest = after;
            }
            // A parameter before any challenge.
            (Some((_, after)), None) => rest = after,
            (None, _) => {
                found.push(Challenge { scheme: word.to_owned(), params: Vec::new() });
                rest = without_token68(after);
            }
        }
    }
}

/// Splits off `1*tchar` (RFC 9110 section 5.6.2).
fn token(text: &str) -> Option<(&str, &str)> {
    let is_tchar = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let end = text.find(|c| !is_tchar(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// Splits off `BWS "=" BWS ( token / quoted-string )`.
fn param_value(text: &str) -> Option<(String, &str)> {
    let blanks = [' ', '\t'];
    let text = text.trim_start_matches(blanks).strip_prefix('=')?.trim_start_matches(blanks);
    if let Some(quoted) = text.strip_prefix('"') {
        return Some(unquote(quoted));
    }
    // Some servers do not quote values such as URLs; a comma or a blank ends them.
    let end = text.find([' ', '\t', ',']).unwrap_or(text.len());
    let (value, rest) = text.split_at(end);
    Some((value.to_owned(), rest))
}

/// The content of a quoted string, up to its end or, if unterminated, the end of the text.
fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            c => value.push(c),
        }
    }
    (value, "")
}

/// Skips the `token68` that some schemes have instead of parameters.
fn without_token68(text: &str) -> &str {
    let word = text.trim_start_matches(' ');
    let is_token68 = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
    let end = word.find(|c| !is_token68(c)).unwrap_or(word.len());
    let after = word[end..].trim_start_matches('=');
    let ends = after.is_empty() || after.trim_start_matches([' ', '\t']).starts_with(',');
    if end > 0 && ends { after } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(value: &str) -> String {
        let one = |challenge: &Challenge| {
            let params = challenge.params.iter().map(|(name, value)| format!(" {name}=<{value}>"));
            format!("{}{}", challenge.scheme, params.collect::<String>())
        };
        read(value).iter().map(one).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn challenges_are_told_apart_in_any_order() {
        for (value, expected) in [
            ("Bearer", "Bearer"),
            (r#"Bearer realm="x""#, "Bearer realm=<x>"),
            (
                r#"Bearer realm="a, b", error="invalid_token", error_description="it \"ended\"""#,
                r#"Bearer realm=<a, b> error=<invalid_token> error_description=<it "ended">"#,
            ),
            (
                r#"DPoP algs="ES256 PS256", error=use_dpop_nonce, Bearer scope="a b""#,
                "DPoP algs=<ES256 PS256> error=<use_dpop_nonce>; Bearer scope=<a b>",
            ),
            (r#"Basic realm="x", Bearer, DPoP algs="ES256""#, "Basic realm=<x>; Bearer; DPoP algs=<ES256>"),
            ("Negotiate YWJj==, Bearer Realm = x", "Negotiate; Bearer realm=<x>"),
            ("NTLM, Negotiate", "NTLM; Negotiate"),
            (r#"bearer error="a", ERROR="b""#, "bearer error=<a>"),
            (
                "Bearer resource_metadata=https://a/.well-known/x?y=z, error=invalid_token",
                "Bearer resource_metadata=<https://a/.well-known/x?y=z> error=<invalid_token>",
            ),
            // Some servers omit the commas.
            (r#"Bearer realm="x" error="invalid_token""#, "Bearer realm=<x> error=<invalid_token>"),
        ] {
            assert_eq!(shown(value), expected, "{value}");
        }
    }

    #[test]
    fn what_is_broken_costs_no_more_than_itself() {
        for (value, expected) in [
            ("", ""),
            (", ,", ""),
            ("error=x", ""),
            (r#""quoted", Bearer error=a"#, "Bearer error=<a>"),
            ("Bearer error=\"never closed", "Bearer error=<never closed>"),
            // A token68 by the grammar.
            ("Bearer error=", "Bearer"),
            ("Bearer error=, scope=a", "Bearer scope=<a>"),
            ("Bearer error=a, (), scope=b", "Bearer error=<a> scope=<b>"),
            ("Bearer error=\"a\\", "Bearer error=<a>"),
            ("Größe, Bearer", "Gr; Bearer"),
        ] {
            assert_eq!(shown(value), expected, "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in any::<String>(), near in r#"(Bearer|DPoP|[a-z]=|"|\\|,| |=|é){0,20}"#) {
            for text in [text, near] {
                prop_assert!(read(&text).iter().all(|challenge| !challenge.scheme.is_empty()));
            }
        }

        #[test]
        fn what_is_written_is_read(pairs in proptest::collection::vec(("[a-z]{1,5}", r#"[ -~é]{0,10}"#), 1..5)) {
            let quoted = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"");
            let params: Vec<String> = pairs.iter().map(|(n, v)| format!("{n}=\"{}\"", quoted(v))).collect();
            let found = read(&format!("Basic a, Bearer {}", params.join(", ")));
            prop_assert_eq!(found.len(), 2);
            for (name, _) in &pairs {
                let first = pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
                prop_assert_eq!(found[1].get(name), first);
            }
        }
    }
}
