//! Recognizes pasted text that is not a JWT, from a table of tests, names and hints. Pure. Never quotes the
//! text, which may be secret.

use crate::jose::digest::unbase64;
use crate::json::{Json, Object};
use crate::registry::generated_secret;
use base64::alphabet::{STANDARD, URL_SAFE};

/// Text that is not a JWT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignText {
    /// The explanation.
    pub what: String,
    /// The hint.
    pub cure: String,
    /// Whether it may be an opaque token, which its issuer can introspect.
    pub is_opaque_token: bool,
}

impl ForeignText {
    #[must_use]
    pub fn new(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { what: what.into(), cure: cure.into(), is_opaque_token: false }
    }
}

/// A test of the trimmed text, its name, and the hint.
type ForeignKind = (fn(&str) -> bool, &'static str, &'static str);

const GET_ONE: &str = "heistctl token gets a token: heistctl token | heistctl inspect";
const WHOLE: &str = "copy the whole token: it has three parts and two dots";
const BY_KEY: &str = "a key goes beside the token: heistctl inspect --key FILE - < token.txt";

const KINDS: [ForeignKind; 21] = [
    (is_pem_certificate, "a certificate (PEM), not a token", BY_KEY),
    (|text| text.contains("PRIVATE KEY-----"), "a private key (PEM), not a token", BY_KEY),
    (|text| text.contains("-----BEGIN "), "a PEM, not a token", BY_KEY),
    (
        |text| text.split_whitespace().any(|word| word.starts_with("AAAA")) && text.contains("ssh-"),
        "an SSH public key, not a token",
        BY_KEY,
    ),
    (
        |text| has_prefix(text, &["<!doctype", "<html"]),
        "a web page, not a token",
        "the command that fetched the token got a page in its place: look at its status",
    ),
    (
        |text| is_saml(text),
        "a SAML assertion, not a JWT",
        "SAML is XML: base64 -d shows it, and a SAML library verifies it; heistctl reads JWTs",
    ),
    (
        |text| has_prefix(text, &["basic "]),
        "the credentials of HTTP Basic, not a token",
        "heistctl token gets a token for a client's id and secret: HEISTCTL_CLIENT_ID and HEISTCTL_CLIENT_SECRET",
    ),
    (
        |text| has_prefix(text, &["negotiate ", "ntlm ", "yii"]),
        "a ticket of Kerberos or NTLM, not a JWT",
        GET_ONE,
    ),
    (
        |text| text.starts_with(generated_secret::PREFIX),
        "a client secret (heist_…), not a token",
        "a secret gets a token: HEISTCTL_CLIENT_SECRET, then heistctl token | heistctl inspect",
    ),
    (
        |text| ["AKIA", "ASIA"].iter().any(|prefix| text.starts_with(prefix)) && text.len() == 20,
        "an access key id of AWS, not a token",
        GET_ONE,
    ),
    (
        |text| has_prefix(text, &["null", "undefined", "none", "nil", "[object object]"]) && text.len() < 16,
        "the word for no value, not a token",
        "the program that printed it had no token: look at the whole answer, as with jq . in place of jq -r .access_token",
    ),
    (
        is_variable,
        "the name of a variable, not its value",
        "double quotes or none let the shell put the value in: heistctl inspect \"$TOKEN\"",
    ),
    (
        |text| {
            has_prefix(text, &["<", "your", "paste", "{token", "[token", "xxx", "insert"]) && text.len() < 64
        },
        "a placeholder, not a token",
        "put the token in its place, or pipe it: heistctl token | heistctl inspect",
    ),
    (
        |text| ["...", "\u{2026}", "***", "[REDACTED]"].iter().any(|gap| text.contains(gap)),
        "a shortened token: dots or stars replace a part of it",
        WHOLE,
    ),
    (
        |text| text.contains("/.well-known/") && text.contains("://"),
        "the URL of metadata or keys, not a token",
        "--issuer or --jwks-url goes beside the token: heistctl inspect --issuer URL - < token.txt",
    ),
    (
        |text| has_prefix(text, &["http://", "https://"]),
        "a URL, not a token",
        "fetch the token there and pipe it: curl -s URL | heistctl inspect",
    ),
    (
        is_path,
        "the name of a file, not a token, and no such file is here",
        "from the file's folder: heistctl inspect - < FILE",
    ),
    (
        |text| text.starts_with("heistctl ") || text.starts_with("curl "),
        "a command, not a token",
        "run it and pipe its output: heistctl token | heistctl inspect",
    ),
    (
        |text| has_prefix(text, &["error", "{\"error\"", "invalid_", "unauthorized"]),
        "an error message, not a token",
        "the request for the token failed: heistctl token says why",
    ),
    (|text| text.split_whitespace().count() > 3, "a text of several words without a token in it", GET_ONE),
    (
        |text| text.starts_with("ey") && !text.contains('.') && text.len() > 8 && !is_json_header(text),
        "one part of a JWT at most: it has no dots",
        WHOLE,
    ),
];

/// Prefixes of tokens in other formats, and their names.
const OPAQUE: [(&str, &str); 22] = [
    ("v1.local.", "PASETO"),
    ("v2.local.", "PASETO"),
    ("v3.local.", "PASETO"),
    ("v4.local.", "PASETO"),
    ("v1.public.", "PASETO"),
    ("v2.public.", "PASETO"),
    ("v3.public.", "PASETO"),
    ("v4.public.", "PASETO"),
    ("ghp_", "GitHub"),
    ("gho_", "GitHub"),
    ("ghs_", "GitHub"),
    ("ghu_", "GitHub"),
    ("github_pat_", "GitHub"),
    ("glpat-", "GitLab"),
    ("xoxb-", "Slack"),
    ("xoxp-", "Slack"),
    ("ya29.", "Google"),
    ("Atza|", "Amazon"),
    ("npm_", "npm"),
    ("hvs.", "Vault"),
    ("sk_live_", "Stripe"),
    ("dop_v1_", "DigitalOcean"),
];

/// Explains text that is not a readable token; `None` if it is not recognized.
pub(super) fn of(text: &str) -> Option<ForeignText> {
    let text = text.trim();
    if let Some((_, maker)) = OPAQUE.iter().find(|(prefix, _)| text.starts_with(prefix)) {
        return Some(other_format(maker));
    }
    if let Some(json) =
        Json::parse(text.as_bytes()).ok().filter(|json| matches!(json, Json::Object(_) | Json::Array(_)))
    {
        return of_json(&json);
    }
    if is_headless(text) {
        let what = "the claims and the signature of a JWT: its header is missing";
        return Some(ForeignText::new(format!("it is {what}"), WHOLE));
    }
    let (_, what, cure) = KINDS.iter().find(|(fits, ..)| fits(text))?;
    Some(ForeignText::new(format!("it is {what}"), *cure))
}

fn other_format(maker: &str) -> ForeignText {
    let (what, cure) = match maker {
        "PASETO" => (
            "it is a PASETO, not a JWT".to_owned(),
            "a library for PASETO reads it; heistctl reads JWTs".to_owned(),
        ),
        maker => (
            format!("it is an opaque token of {maker}, not a JWT"),
            format!("only {maker} can read it: ask its API"),
        ),
    };
    ForeignText { is_opaque_token: true, ..ForeignText::new(what, cure) }
}

/// Recognizes JSON without a token by a member.
const MEMBERS: [(&str, &str, &str); 11] = [
    (
        "keys",
        "a JWK Set, not a token",
        "it goes beside the token: heistctl inspect --jwks FILE - < token.txt",
    ),
    ("kty", "a JWK, not a token", BY_KEY),
    (
        "signatures",
        "a JWS in JSON with a list of signatures, and the compact form is read",
        "jq -r '.signatures[0].protected + \".\" + .payload + \".\" + .signatures[0].signature' makes a compact one",
    ),
    (
        "protected",
        "a JWS in JSON, and the compact form is read",
        "jq -r '.protected + \".\" + .payload + \".\" + .signature' makes it compact",
    ),
    ("ciphertext", "a JWE in JSON, which only its recipient can read", GET_ONE),
    (
        "jwks_uri",
        "an issuer's metadata, not a token",
        "heistctl inspect --issuer ISSUER - < token.txt uses it",
    ),
    (
        "error",
        "an error answer, without an access_token",
        "the request for the token failed: heistctl token says why",
    ),
    (
        "private_key",
        "the key file of a service account, not a token",
        "it gets tokens: jq -r .private_key FILE > key.pem, then --client-key key.pem",
    ),
    (
        "active",
        "the answer of an introspection, not a token",
        "heistctl inspect --introspect asks and judges by itself",
    ),
    (
        "alg",
        "a decoded header, not a token",
        "give the token itself: its signature is over the encoded parts",
    ),
    ("exp", "decoded claims, not a token", "give the token itself: its signature is over the encoded parts"),
];

fn of_json(json: &Json) -> Option<ForeignText> {
    let found = |object: &Object| MEMBERS.iter().find(|(name, ..)| object.get(name).is_some());
    let known = match json {
        Json::Object(object) => found(object),
        Json::Array(items) => items.iter().filter_map(Json::as_object).find_map(found),
        _ => return None,
    };
    let (what, cure) =
        known.map_or(("JSON without an access_token", GET_ONE), |(_, what, cure)| (*what, *cure));
    Some(ForeignText::new(format!("it is {what}"), cure))
}

/// Whether a text starts with one of these lower-case prefixes.
fn has_prefix(text: &str, prefixes: &[&str]) -> bool {
    let starts =
        |prefix: &&str| text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    prefixes.iter().any(starts)
}

fn is_pem_certificate(text: &str) -> bool {
    text.contains("CERTIFICATE-----")
}

/// SAML as XML or base64, possibly percent-encoded (SAML 2.0 bindings, section 3.5.4).
fn is_saml(text: &str) -> bool {
    let xml = |text: &str| text.starts_with('<') && text.to_ascii_lowercase().contains("saml");
    let encoded = text.strip_prefix("SAMLResponse=").unwrap_or(text).replace("%2B", "+").replace("%3D", "=");
    xml(text)
        || unbase64(&STANDARD, encoded.as_bytes()).is_some_and(|bytes| xml(&String::from_utf8_lossy(&bytes)))
}

/// `$TOKEN`, `${TOKEN}`, `%TOKEN%`, `{{ token }}`, `$(heistctl token)`.
fn is_variable(text: &str) -> bool {
    let marks = ["$", "{{", "%"];
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_ -.|".contains(c);
    text.len() < 100
        && marks.iter().any(|mark| text.starts_with(mark))
        && text.trim_matches(['$', '{', '}', '%', '(', ')', ':']).chars().all(is_name)
}

/// A word that looks like the file name of a token.
fn is_path(text: &str) -> bool {
    let ends = [".txt", ".jwt", ".token", ".json", ".tok", ".jws", ".env", ".log", ".pem", ".key"];
    let begins = ["./", "../", "~/", "/", "@", "file:", "C:\\"];
    text.len() < 256
        && !text.contains(char::is_whitespace)
        && (ends.iter().any(|end| text.ends_with(end)) && text.matches('.').count() == 1
            || begins.iter().any(|begin| text.starts_with(begin)))
}

fn decoded(part: &str) -> Option<Object> {
    match Json::parse(&unbase64(&URL_SAFE, part.as_bytes())?) {
        Ok(Json::Object(object)) => Some(object),
        _ => None,
    }
}

fn is_json_header(text: &str) -> bool {
    decoded(text).is_some_and(|header| header.get("alg").is_some())
}

/// Whether the first part is a claims set, because the header was lost.
fn is_headless(text: &str) -> bool {
    let first = text.split('.').next().and_then(decoded);
    first.is_some_and(|object| {
        object.get("alg").is_none()
            && ["exp", "iss", "sub", "iat"].iter().any(|name| object.get(name).is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::digest::base64url;

    const KNOWN: [(&str, &str); 41] = [
        ("-----BEGIN CERTIFICATE-----\nMII", "a certificate"),
        ("-----BEGIN EC PRIVATE KEY-----\nMII", "a private key"),
        ("-----BEGIN PUBLIC KEY-----MII", "a PEM"),
        ("ssh-ed25519 AAAAC3Nza x@y", "an SSH public key"),
        ("<!DOCTYPE html><html>", "a web page"),
        ("<saml2:Assertion>", "SAML"),
        ("PHNhbWxwOlJlc3BvbnNlPg==", "SAML"),
        ("SAMLResponse=PHNhbWxwOlJlc3BvbnNlPg%3D%3D", "SAML"),
        ("Basic YTpi", "HTTP Basic"),
        ("Negotiate YIIabc", "Kerberos"),
        ("AKIAIOSFODNN7EXAMPLE", "AWS"),
        ("null", "the word for no value"),
        ("undefined", "the word for no value"),
        ("$TOKEN", "a variable"),
        ("${TOKEN}", "a variable"),
        ("%TOKEN%", "a variable"),
        ("{{ token }}", "a variable"),
        ("$(heistctl token)", "a variable"),
        ("<token>", "a placeholder"),
        ("YOUR_TOKEN_HERE", "a placeholder"),
        ("eyJhbGciOi...", "a shortened token"),
        ("eyJhbGciOi\u{2026}", "a shortened token"),
        ("https://as.example.com/.well-known/jwks.json", "metadata or keys"),
        ("https://as.example.com/token", "a URL"),
        ("token.txt", "the name of a file"),
        ("@/tmp/token", "the name of a file"),
        ("heistctl token", "a command"),
        ("Unauthorized", "an error message"),
        ("please find the token attached", "several words"),
        ("v4.public.eyJzdWIi", "PASETO"),
        ("ghp_0123456789", "GitHub"),
        (r#"{"keys":[]}"#, "a JWK Set"),
        (r#"{"kty":"oct"}"#, "a JWK"),
        (r#"[{"kty":"oct"}]"#, "a JWK"),
        (r#"{"payload":"","signatures":[]}"#, "a JWS in JSON"),
        (r#"{"payload":"","protected":"","signature":""}"#, "a JWS in JSON"),
        (r#"{"error":"invalid_client"}"#, "an error answer"),
        (r#"{"active":true}"#, "an introspection"),
        (r#"{"alg":"HS256"}"#, "a decoded header"),
        (r#"{"iss":"x","exp":1}"#, "decoded claims"),
        (r#"{"x":1}"#, "JSON without an access_token"),
    ];

    #[test]
    fn what_is_no_token_is_called_by_its_kind() {
        let headless = format!("{}.AAAA", base64url(br#"{"sub":"a","exp":1}"#));
        for (text, part) in KNOWN.into_iter().chain([(headless.as_str(), "its header is missing")]) {
            let found = of(text).unwrap_or_else(|| panic!("{text} is unknown"));
            assert!(found.what.contains(part), "{text}: {found:?}");
            assert!(!found.cure.is_empty());
        }
        for opaque in ["hunter2", "a.b.c", "7d1b5a9c-31f0-4a0b-9c7e-0a1b2c3d4e5f", ""] {
            assert_eq!(of(opaque), None, "{opaque}");
        }
    }

    #[test]
    fn only_tokens_are_for_an_issuer() {
        assert!(of("ghp_x").is_some_and(|found| found.is_opaque_token));
        assert!(of("Basic YTpi").is_some_and(|found| !found.is_opaque_token));
    }
}
