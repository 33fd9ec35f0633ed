//! The `Authorization` header in both directions: Basic (RFC 7617, with the encoding of RFC 6749 section
//! 2.3.1) and Bearer (RFC 6750 section 2.1).

use crate::http::{params, visible};
use crate::secret::Secret;
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Padding is optional, because clients differ and nothing depends on it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The limit of a description, in characters.
const MAX_DESCRIPTION: usize = 500;

/// A client's id and secret as received. `Debug` shows only the id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasicCredentials {
    pub id: String,
    pub secret: Secret,
}

/// Why an Authorization header is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationError {
    /// A scheme without credentials.
    #[error("the Authorization header has nothing after its scheme")]
    NoCredentials,
    /// Not base64.
    #[error("the Basic credentials are not base64")]
    NotBase64,
    /// No colon between id and secret.
    #[error("the Basic credentials have no colon between id and secret")]
    NoColon,
    /// The id is not UTF-8.
    #[error("the client id in the Basic credentials is not UTF-8")]
    NotUtf8,
    /// Several words, or characters that RFC 6750 does not allow in a token.
    #[error("the token has characters that no token has (RFC 6750 section 2.1)")]
    NoToken,
    /// A character that no `Authorization` header can carry.
    #[error("the token has {} in it: it must be visible ASCII (RFC 6749 appendix A.12)", visible::name(*.0))]
    NotVisible(char),
}

/// Splits a header value into scheme and credentials.
#[must_use]
pub fn split(value: &str) -> (&str, &str) {
    let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
    (scheme, rest.trim_matches(' '))
}

/// Parses Basic credentials. Clients send id and secret raw or form encoded (RFC 6749 section 2.3.1); if
/// the two readings differ, both are returned, the raw one first.
///
/// # Errors
/// [`AuthorizationError`] if id and secret cannot be read.
pub fn basic(credentials: &str) -> Result<Vec<BasicCredentials>, AuthorizationError> {
    if credentials.is_empty() {
        return Err(AuthorizationError::NoCredentials);
    }
    let bytes = BASE64.decode(credentials).map_err(|_| AuthorizationError::NotBase64)?;
    let colon = bytes.iter().position(|byte| *byte == b':').ok_or(AuthorizationError::NoColon)?;
    let (id, secret) = (&bytes[..colon], &bytes[colon + 1..]);
    let id = std::str::from_utf8(id).map_err(|_| AuthorizationError::NotUtf8)?;
    let raw = BasicCredentials { id: id.to_owned(), secret: Secret::new(secret) };
    let mut readings = vec![raw];
    if let Some(decoded) = form_decoded(id, secret)
        && decoded != readings[0]
    {
        readings.push(decoded);
    }
    Ok(readings)
}

fn form_decoded(id: &str, secret: &[u8]) -> Option<BasicCredentials> {
    let secret = std::str::from_utf8(secret).ok()?;
    let secret = Secret::new(params::decode(secret).ok()?);
    Some(BasicCredentials { id: params::decode(id).ok()?, secret })
}

/// A Basic header value with id and secret form encoded (RFC 6749 section 2.3.1).
///
/// # Errors
/// If the secret is not UTF-8, which the encoding requires.
pub fn basic_header(credentials: &BasicCredentials) -> Result<Secret, std::str::Utf8Error> {
    let secret = Secret::new(params::encode(credentials.secret.expose_str()?));
    Ok(basic_raw(&Secret::new(params::encode(&credentials.id)), &secret))
}

/// A Basic header value without form encoding (RFC 7617), as proxies expect.
#[must_use]
pub fn basic_raw(name: &Secret, password: &Secret) -> Secret {
    let pair = Secret::new([name.expose(), b":", password.expose()].concat());
    Secret::new(format!("Basic {}", BASE64.encode(pair.expose())))
}

/// Parses Bearer credentials: one word of `b64token` characters.
///
/// # Errors
/// If it is missing or invalid.
pub fn bearer(token: &str) -> Result<&str, AuthorizationError> {
    if token.is_empty() {
        return Err(AuthorizationError::NoCredentials);
    }
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if token.bytes().all(is_token) { Ok(token) } else { Err(AuthorizationError::NoToken) }
}

/// Checks a token that a server issued: any visible ASCII, which is more than [`bearer`] accepts. Amazon,
/// Salesforce and others use `|`, `!`, `%` and `:`. RFC 6749 appendix A.12 also allows blanks, but a blank
/// ends the token in a header.
///
/// # Errors
/// If it is empty, or has another character.
pub fn access_token(token: &str) -> Result<&str, AuthorizationError> {
    match token.chars().find(|c| !c.is_ascii_graphic()) {
        Some(bad) => Err(AuthorizationError::NotVisible(bad)),
        None if token.is_empty() => Err(AuthorizationError::NoCredentials),
        None => Ok(token),
    }
}

/// Text for an `error_description` in a body or a quoted `WWW-Authenticate` parameter: limited to `%x20-21
/// / %x23-5B / %x5D-7E` (RFC 6749 section 5.2, RFC 6750 section 3).
#[must_use]
pub fn quotable(text: &str) -> String {
    let speakable = |c| match c {
        '"' => '\'',
        '\\' => '/',
        ' '..='~' => c,
        _ => '?',
    };
    text.chars().take(MAX_DESCRIPTION).map(speakable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn credentials(id: &str, secret: &str) -> BasicCredentials {
        BasicCredentials { id: id.to_owned(), secret: Secret::new(secret) }
    }

    fn encoded(text: &str) -> String {
        BASE64.encode(text)
    }

    #[test]
    fn both_readings_of_basic_credentials_are_given() {
        assert_eq!(basic(&encoded("id:secret")), Ok(vec![credentials("id", "secret")]));
        assert_eq!(basic(&encoded("id:a+b")), Ok(vec![credentials("id", "a+b"), credentials("id", "a b")]));
        assert_eq!(basic(&encoded("id:100%")), Ok(vec![credentials("id", "100%")]));
        assert_eq!(basic(&encoded("id:a:b")), Ok(vec![credentials("id", "a:b")]));
        assert_eq!(basic(encoded("id:x").trim_end_matches('=')), Ok(vec![credentials("id", "x")]));
    }

    #[test]
    fn what_is_no_basic_is_refused_with_its_reason() {
        assert_eq!(basic(""), Err(AuthorizationError::NoCredentials));
        assert_eq!(basic("*"), Err(AuthorizationError::NotBase64));
        assert_eq!(basic(&encoded("no colon")), Err(AuthorizationError::NoColon));
        assert_eq!(basic(&BASE64.encode(b"\xff:x")), Err(AuthorizationError::NotUtf8));
    }

    #[test]
    fn a_bearer_token_is_one_word() {
        assert_eq!(bearer("a.b-c_~+/="), Ok("a.b-c_~+/="));
        assert_eq!(bearer("a b"), Err(AuthorizationError::NoToken));
        assert_eq!(bearer(""), Err(AuthorizationError::NoCredentials));
        assert_eq!(split("Bearer  t "), ("Bearer", "t"));
        assert_eq!(split("Bearer"), ("Bearer", ""));
    }

    #[test]
    fn an_access_token_is_any_visible_ascii() {
        let all: String = ('!'..='~').collect();
        for token in [all.as_str(), "Atza|IwEB", "00D!AQ.x", "AAAA%2B:1", "a\"b'c\\d`e$(f)"] {
            assert_eq!(access_token(token), Ok(token));
        }
        assert_eq!(access_token(""), Err(AuthorizationError::NoCredentials));
        for bad in [' ', '\t', '\n', '\r', '\0', '\u{7f}', '\u{a0}', '\u{200b}', 'é'] {
            for token in [format!("{bad}a"), format!("a{bad}b"), format!("a{bad}")] {
                assert_eq!(access_token(&token), Err(AuthorizationError::NotVisible(bad)), "{token:?}");
            }
        }
    }

    #[test]
    fn descriptions_have_only_the_characters_of_the_rfc() {
        assert_eq!(quotable("a\"b\\c\r\n\u{202e}é~"), "a'b/c????~");
        assert_eq!(quotable(&"x".repeat(1000)).len(), MAX_DESCRIPTION);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}", bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = basic(&text);
            let _ = basic(&BASE64.encode(bytes));
            let _ = bearer(&text);
            let _ = split(&text);
        }

        #[test]
        fn what_we_write_is_among_what_we_read(id in "[^\0]{1,20}", secret in any::<String>()) {
            let sent = credentials(&id, &secret);
            let header = basic_header(&sent).unwrap();
            let (scheme, rest) = split(header.expose_str().unwrap());
            prop_assert_eq!(scheme, "Basic");
            prop_assert!(basic(rest).unwrap().contains(&sent));
        }
    }
}
