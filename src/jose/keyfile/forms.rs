//! Recognises JSON and text with a public key in another form than JWK, JWK Set or PEM, with the command
//! that extracts the key. Pure; quotes only member names.

use super::error::{BEGIN, KeyFileError};
use crate::json::{Json, Object};

/// The form of JSON that is neither a JWK nor a JWK Set, with its hint, if known.
pub(crate) fn of_json(json: &Json) -> Option<KeyFileError> {
    match json {
        Json::Array(items) => of_array(items),
        Json::Object(object) => of_object(object),
        _ => None,
    }
}

fn of_array(items: &[Json]) -> Option<KeyFileError> {
    let is_jwk = |item: &Json| item.as_object().is_some_and(|object| object.get("kty").is_some());
    if items.iter().any(is_jwk) {
        let what =
            "it is an array of JWKs, not a JWK Set: a set has them in its member keys (RFC 7517 section 5)";
        return Some(KeyFileError::new(what, "jq '{keys: .}' FILE > jwks.json makes a set of it"));
    }
    let is_set = |item: &Json| item.as_object().is_some_and(|object| object.get("keys").is_some());
    if items.iter().any(is_set) {
        let what = "it is an array of JWK Sets, and one is read";
        return Some(KeyFileError::new(what, "jq '{keys: map(.keys[])}' FILE > jwks.json makes one of them"));
    }
    let first = items.first().and_then(Json::as_str)?;
    if first.contains(BEGIN) {
        let what = "it is an array of PEMs, not a PEM";
        return Some(KeyFileError::new(what, "jq -r '.[0]' FILE > key.pem extracts the first"));
    }
    first.starts_with("MII").then(|| {
        let what = "it is an array of certificates in base64, as in x5c";
        KeyFileError::new(what, "jq -r '.[0]' FILE > key.b64 extracts the first, and --key reads it")
    })
}

/// Members that identify the JSON: the name, a description, and a hint.
const MEMBERS: [(&str, &str, &str); 7] = [
    (
        "jwks_uri",
        "it is an issuer's metadata, not a key: its jwks_uri says where the keys are",
        "curl -s \"$(jq -r .jwks_uri FILE)\" > jwks.json fetches them; inspect takes --jwks-url and --issuer",
    ),
    (
        "access_token",
        "it is a token response, not a key",
        "give a file with the key that the token is signed with",
    ),
    (
        "x5c",
        "it has certificates (x5c), but neither a JWK (no kty) nor a JWK Set (no keys)",
        "jq -r '.x5c[0]' FILE > key.b64 extracts the first, and --key reads it",
    ),
    (
        "k",
        "it has the bytes of a secret (k), but is not a JWK: kty is missing",
        "add \"kty\": \"oct\": jq '.kty = \"oct\"' FILE > key.jwk",
    ),
    (
        "n",
        "it has the numbers of an RSA key, but is not a JWK: kty is missing",
        "add \"kty\": \"RSA\": jq '.kty = \"RSA\"' FILE > key.jwk",
    ),
    (
        "crv",
        "it has the numbers of a key on a curve, but is not a JWK: kty is missing",
        "add kty, EC or OKP: jq '.kty = \"EC\"' FILE > key.jwk",
    ),
    ("Keys", "its member is called Keys, and a JWK Set has keys", "jq '{keys: .Keys}' FILE > jwks.json"),
];

fn of_object(object: &Object) -> Option<KeyFileError> {
    let set_within = object.iter().find(|(_, value)| is_jwk_or_set(value));
    if let Some((name, _)) = set_within {
        let what = format!("it has a JWK or a JWK Set in its member {name:?}, but is not one itself");
        return Some(KeyFileError::new(what, taking_out("jq", name, "jwks.json")));
    }
    if let Some((_, what, cure)) = MEMBERS.iter().find(|(name, ..)| object.get(name).is_some()) {
        return Some(KeyFileError::new(*what, *cure));
    }
    let pems: Vec<&str> = object
        .iter()
        .filter(|(name, value)| is_pem(value) && *name != "private_key")
        .map(|(name, _)| name)
        .collect();
    if pems.len() > 1 {
        let what =
            format!("it has {} PEMs, each by the name of its key, as Google publishes them", pems.len());
        let cure = "jq -r '.[\"KID\"]' FILE > key.pem extracts the one that the token's kid names";
        return Some(KeyFileError::new(what, cure));
    }
    if let Some(name) = pems.first() {
        let what = format!("it has a PEM in its member {name:?}, and is neither a JWK nor a JWK Set");
        return Some(KeyFileError::new(what, taking_out("jq -r", name, "key.pem")));
    }
    let is_der = |value: &Json| value.as_str().is_some_and(|text| text.starts_with("MI") && text.len() > 64);
    let (name, _) = object.iter().find(|(_, value)| is_der(value))?;
    let what = format!("it has a key in base64 in its member {name:?}, and is neither a JWK nor a JWK Set");
    Some(KeyFileError::new(what, taking_out("jq -r", name, "key.b64")))
}

fn is_jwk_or_set(value: &Json) -> bool {
    value.as_object().is_some_and(|object| {
        object.get("kty").is_some() || matches!(object.get("keys"), Some(Json::Array(_)))
    })
}

fn is_pem(value: &Json) -> bool {
    value.as_str().is_some_and(|text| text.contains(BEGIN))
}

/// The command that extracts a member. A name with shell metacharacters is left out.
fn taking_out(jq: &str, name: &str, file: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-.:@".contains(c);
    let name = if name.chars().all(is_plain) && name.len() <= 64 { name } else { "NAME" };
    format!("{jq} '.[\"{name}\"]' FILE > {file} extracts it")
}

/// The form of a text that is neither PEM nor JSON, with its hint, if known.
pub(crate) fn of_text(text: &str) -> Option<KeyFileError> {
    let text = text.trim();
    let braces = text.find('{').zip(text.rfind('}')).filter(|(open, close)| open < close);
    if let Some((open, close)) = braces {
        let inner = &text[open..=close];
        let is_key =
            |json: &Json| is_jwk_or_set(json) || json.as_object().is_some_and(|o| o.get("kty").is_some());
        if Json::parse(inner.as_bytes()).is_ok_and(|json| is_key(&json)) {
            let what = "it is a JWK or a JWK Set with text around it";
            return Some(KeyFileError::new(what, "keep only the part from its first { to its last }"));
        }
        if inner.contains("kty") {
            let what = "it looks like a JWK, but is not JSON: names and texts need double quotes";
            return Some(KeyFileError::new(what, "jq . FILE names the place; a JWK is {\"kty\":\"…\", …}"));
        }
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        let what = "it holds a URL, not a key";
        return Some(KeyFileError::new(
            what,
            "curl -s \"$(cat FILE)\" > jwks.json fetches it; inspect takes --jwks-url",
        ));
    }
    if text.starts_with("ey") && text.matches('.').count() >= 2 {
        let what = "it is a token, not a key";
        return Some(KeyFileError::new(
            what,
            "the token is an argument or stdin; --key takes the key that it is signed with",
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_json_is_called_by_its_name_with_its_cure() {
        let pem = r"-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----";
        let base64 = "MI".repeat(40);
        for (text, what, cure) in [
            (r#"[{"kty":"oct","k":"AA"}]"#.to_owned(), "array of JWKs", "jq '{keys: .}' FILE"),
            (r#"[{"keys":[]}]"#.to_owned(), "array of JWK Sets", "map(.keys[])"),
            (format!(r#"["{pem}"]"#), "array of PEMs", "jq -r '.[0]' FILE"),
            (r#"["MIIC"]"#.to_owned(), "certificates in base64", "key.b64"),
            (r#"{"jwks":{"keys":[]}}"#.to_owned(), "member \"jwks\"", "jq '.[\"jwks\"]' FILE > jwks.json"),
            (r#"{"key":{"kty":"oct"}}"#.to_owned(), "member \"key\"", "jq '.[\"key\"]' FILE"),
            (r#"{"a'b":{"kty":"oct"}}"#.to_owned(), "member", "jq '.[\"NAME\"]' FILE"),
            (r#"{"issuer":"x","jwks_uri":"y"}"#.to_owned(), "metadata", "--jwks-url"),
            (r#"{"access_token":"x"}"#.to_owned(), "token response", "signed with"),
            (r#"{"x5c":["MIIC"]}"#.to_owned(), "x5c", "'.x5c[0]'"),
            (r#"{"k":"AA"}"#.to_owned(), "kty is missing", "oct"),
            (r#"{"n":"AA","e":"AQAB"}"#.to_owned(), "kty is missing", "RSA"),
            (r#"{"crv":"P-256","x":"AA"}"#.to_owned(), "kty is missing", "EC"),
            (r#"{"Keys":[]}"#.to_owned(), "called Keys", "{keys: .Keys}"),
            (format!(r#"{{"a":"{pem}","b":"{pem}"}}"#), "2 PEMs", "KID"),
            (format!(r#"{{"publicKey":"{pem}"}}"#), "\"publicKey\"", "jq -r '.[\"publicKey\"]' FILE"),
            (format!(r#"{{"public_key":"{base64}"}}"#), "\"public_key\"", "key.b64"),
        ] {
            let error = of_json(&Json::parse(text.as_bytes()).unwrap()).unwrap_or_else(|| panic!("{text}"));
            assert!(error.what.contains(what), "{text}: {error:?}");
            assert!(error.hint.as_deref().unwrap_or_default().contains(cure), "{text}: {error:?}");
        }
        for text in [r#"{"a":1}"#, "[]", "[1]", "\"x\""] {
            assert_eq!(of_json(&Json::parse(text.as_bytes()).unwrap()), None, "{text}");
        }
    }

    #[test]
    fn each_form_of_text_is_called_by_its_name() {
        for (text, what) in [
            ("here it is:\n{\"kty\":\"oct\",\"k\":\"AA\"}\nbye", "text around it"),
            ("const jwks = {\"keys\":[]};", "text around it"),
            ("{kty: 'oct', k: 'AA'}", "not JSON"),
            ("https://as.example.com/jwks.json", "a URL"),
            ("eyJhbGciOiJub25lIn0.e30.", "a token"),
        ] {
            assert!(of_text(text).is_some_and(|error| error.what.contains(what)), "{text}");
        }
        assert_eq!(of_text("hunter2"), None);
    }
}
