//! Explains values of `--key` and `--jwks` that are not paths, and where they belong, from a table. Pure.
//! Possible secrets are never quoted.

/// A test of the value, the explanation, and the hint. `FLAG` is replaced with the flag, `VALUE` with a value
/// that may be shown.
type MisplacedKeyKind = (fn(&str) -> bool, &'static str, &'static str);

const KEYS: [MisplacedKeyKind; 8] = [
    (|text| text.contains("-----BEGIN "), "FLAG takes a file, and its value is a PEM itself", FROM_STDIN),
    (
        |text| text.trim_start().starts_with(['{', '[']),
        "FLAG takes a file, and its value is JSON itself",
        FROM_STDIN,
    ),
    (
        |text| text.starts_with("ssh-") || text.starts_with("ecdsa-sha2-"),
        "FLAG takes a file, and its value is an SSH public key itself",
        FROM_STDIN,
    ),
    (is_base64_key, "FLAG takes a file, and its value is a key in base64 itself", FROM_STDIN),
    (is_token, "FLAG takes a file, and its value is a token", TOKEN_LAST),
    (
        |text| {
            ["HS", "RS", "ES", "PS"]
                .iter()
                .any(|family| text.len() == 5 && text.to_ascii_uppercase().starts_with(family))
        },
        "FLAG takes a file, and VALUE is an algorithm",
        "--alg VALUE says which algorithm is expected; FLAG FILE names the key",
    ),
    (
        is_unexpanded,
        "FLAG: there is no file at VALUE, in which no shell has expanded ~ or a variable",
        "no quotes, or double quotes around a variable: FLAG \"$HOME/key.pem\"",
    ),
    (
        is_path,
        "FLAG: cannot read VALUE: there is no such file",
        "is the path right? a URL is given by --jwks-url, a shared secret by --secret-file",
    ),
];

const FROM_STDIN: &str =
    "FLAG - reads it from stdin: printf '%s\\n' \"$KEY\" | heistctl inspect FLAG - \"$TOKEN\"";
const TOKEN_LAST: &str =
    "give the token as an argument or on stdin: heistctl inspect FLAG FILE - < token.txt";
/// Where a secret belongs.
pub(super) const SECRET_ITSELF: &str =
    "the secret itself goes into a variable, --secret-env NAME, or to stdin: --secret-file -";

/// Explains a missing key file: cause and hint. `flag` is `--key` or `--jwks`.
pub(super) fn key(flag: &str, value: &str) -> (String, String) {
    const UNKNOWN: (&str, &str) = (
        "FLAG: cannot read the key file: there is no file at the path that is given",
        "the path is not shown, it may be a key; FLAG - reads the key itself from stdin",
    );
    let found = KEYS.iter().find(|(fits, ..)| fits(value)).map_or(UNKNOWN, |(_, what, cure)| (*what, *cure));
    let filled = |text: &str| text.replace("FLAG", flag).replace("VALUE", value);
    (filled(found.0), filled(found.1))
}

fn is_token(text: &str) -> bool {
    text.starts_with("ey") && text.matches('.').count() >= 2
}

fn is_unexpanded(text: &str) -> bool {
    text.len() < 100
        && is_plain(text)
        && (text.starts_with("~/") || text.starts_with("$HOME") || text.starts_with("${"))
}

/// Base64 of DER starts with a SEQUENCE of 48 to 127 bytes, or with a longer length field.
fn is_base64_key(text: &str) -> bool {
    let begins = ["MI", "MC", "MF", "MH"].iter().any(|begin| text.starts_with(begin));
    begins
        && text.len() >= 32
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c) || c.is_whitespace())
}

/// A typical path of a key file, which may be shown.
fn is_path(text: &str) -> bool {
    const ENDS: [&str; 12] =
        [".pem", ".key", ".pub", ".crt", ".cer", ".der", ".json", ".jwk", ".jwks", ".txt", ".p12", ".pfx"];
    let name = text.rsplit('/').next().unwrap_or(text);
    let is_named = ENDS.iter().any(|end| name.ends_with(end));
    let is_rooted = ["/", "./", "../"].iter().any(|begin| text.starts_with(begin));
    text.len() < 128 && is_plain(text) && (is_named || is_rooted)
}

fn is_plain(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-+@~${}".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_place_of_a_key_file_is_named_with_where_it_goes() {
        for (value, what, cure) in [
            ("-----BEGIN PUBLIC KEY-----\nA", "a PEM itself", "--key -"),
            (r#"{"kty":"oct"}"#, "JSON itself", "--key -"),
            ("ssh-ed25519 AAAA", "SSH public key itself", "--key -"),
            ("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A", "base64 itself", "--key -"),
            ("eyJ.e30.AA", "a token", "- < token.txt"),
            ("RS256", "RS256 is an algorithm", "--alg RS256"),
            ("~/key.pem", "~/key.pem", "$HOME"),
            ("keys/key.pem", "cannot read keys/key.pem", "--jwks-url"),
            ("/run/keys/api", "cannot read /run/keys/api: there is no such file", "--jwks-url"),
            ("hunter2-Secret", "no file at the path", "not shown"),
        ] {
            let (found, hint) = key("--key", value);
            assert!(found.contains(what) && hint.contains(cure), "{value}: {found}; {hint}");
        }
    }

    #[test]
    fn what_may_be_a_key_or_a_secret_is_never_quoted() {
        for value in
            ["hunter2-Secret", "-----BEGIN X-----\nhunter2", "{\"k\":\"hunter2\"}", "hunter2 and more"]
        {
            let (what, hint) = key("--key", value);
            assert!(!what.contains("hunter2") && !hint.contains("hunter2"), "{value}: {what}; {hint}");
        }
    }
}
