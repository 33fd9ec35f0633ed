//! Parses request parameters from `application/x-www-form-urlencoded` (RFC 6749 appendix B) or a JSON
//! object (the article's dialect). Strict where leniency could change a secret: invalid UTF-8 and invalid
//! escapes are refused with a hint.

use crate::json::{Json, JsonError, JsonLimits, without_bom};
use crate::secret::Secret;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All other characters become `%XX`.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*');

/// The parameters of the endpoints. A message may repeat these names; any other may be a secret in a malformed
/// body.
const KNOWN: [&str; 15] = [
    "grant_type",
    "scope",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "resource",
    "audience",
    "subject_token",
    "subject_token_type",
    "actor_token",
    "actor_token_type",
    "requested_token_type",
    "token",
    "token_type_hint",
];

/// The targets of a token, which may be repeated (RFC 8707 section 2, RFC 8693 section 2.1). In JSON they are
/// lists.
pub const TARGETS: [&str; 2] = ["resource", "audience"];

/// The limit of parameters: each costs, and no grant has a tenth of them.
pub const MAX_PARAMS: usize = 100;
/// The limit of a JSON body, in bytes. Its grants are short; a form may be longer.
pub const MAX_JSON: usize = 8 * 1024;
/// Parameters are strings or lists of strings; other members may be present.
const JSON_BOUNDS: JsonLimits = JsonLimits { depth: 4, values: 256 };

/// Why a body has no valid parameters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// A `%` without two hexadecimal digits.
    #[error(
        "the body is not form encoded: a % must be followed by two hexadecimal digits (a plain % is written %25)"
    )]
    BadEscape,
    /// Decoded bytes that are not UTF-8 (RFC 6749 appendix B).
    #[error("the body is not UTF-8 once it is decoded")]
    NotUtf8,
    /// More than [`MAX_PARAMS`].
    #[error("the body has more than {MAX_PARAMS} parameters")]
    TooMany,
    /// JSON of more than [`MAX_JSON`] bytes.
    #[error(
        "the JSON body has {0} bytes, more than {MAX_JSON}: send a form (application/x-www-form-urlencoded)"
    )]
    TooLarge(usize),
    /// The body is not JSON.
    #[error("the body is {0}")]
    Json(JsonError),
    /// JSON, but not an object.
    #[error("the body must be a JSON object, it is {0}")]
    NotObject(&'static str),
    /// RFC 6749 section 3.2: parameters must not be repeated.
    #[error("{0} occurs more than once (RFC 6749 section 3.2)")]
    Repeated(&'static str),
    /// A JSON member of the wrong type.
    #[error("{name} is {kind}, must be a string")]
    NotText { name: &'static str, kind: &'static str },
}

/// Parameters in order. Values may be secrets, so there is no `Debug`.
pub struct Params(Vec<(String, Value)>);

enum Value {
    Text(Secret),
    Other(&'static str),
}

impl Value {
    fn of(json: Json) -> Self {
        match json {
            Json::String(text) => Self::Text(Secret::new(text)),
            Json::Null => Self::Text(Secret::new("")),
            other => Self::Other(other.kind()),
        }
    }
}

impl Params {
    /// Parses a form-encoded body or query.
    ///
    /// # Errors
    /// [`ParamError`] for a bad escape, bytes that are not UTF-8, a repeated name, or too many parameters.
    pub fn from_form(body: &[u8]) -> Result<Self, ParamError> {
        let text = std::str::from_utf8(body).map_err(|_| ParamError::NotUtf8)?;
        let mut pairs = Vec::with_capacity(8);
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            if pairs.len() == MAX_PARAMS {
                return Err(ParamError::TooMany);
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            pairs.push((decode(name)?, Value::Text(Secret::new(decode(value)?))));
        }
        Self(pairs).unique()
    }

    /// Parses a JSON object; `null` counts as empty, and a byte order mark is ignored.
    ///
    /// # Errors
    /// [`ParamError`] if it is not an object, has a repeated name, or exceeds a limit.
    pub fn from_json(body: &[u8]) -> Result<Self, ParamError> {
        if body.len() > MAX_JSON {
            return Err(ParamError::TooLarge(body.len()));
        }
        let object = match Json::parse_within(without_bom(body), JSON_BOUNDS).map_err(ParamError::Json)? {
            Json::Object(object) => object,
            other => return Err(ParamError::NotObject(other.kind())),
        };
        let mut pairs = Vec::new();
        for (name, value) in object.into_members() {
            match value {
                Json::Array(items) if TARGETS.contains(&name.as_str()) => {
                    pairs.extend(items.into_iter().map(|item| (name.clone(), Value::of(item))));
                }
                value => pairs.push((name, Value::of(value))),
            }
        }
        if pairs.len() > MAX_PARAMS {
            return Err(ParamError::TooMany);
        }
        Self(pairs).unique()
    }

    /// The value of a parameter. An empty one counts as omitted (RFC 6749 section 3.2).
    ///
    /// # Errors
    /// If it is a JSON member that is not a string.
    pub fn get(&self, name: &'static str) -> Result<Option<&str>, ParamError> {
        match self.0.iter().find(|(param, _)| param == name) {
            None => Ok(None),
            Some((_, Value::Other(kind))) => Err(ParamError::NotText { name, kind }),
            Some((_, Value::Text(text))) => {
                let text = text.expose_str().map_err(|_| ParamError::NotUtf8)?;
                Ok((!text.is_empty()).then_some(text))
            }
        }
    }

    /// All distinct values of a parameter that may be repeated.
    ///
    /// # Errors
    /// If one is a JSON member that is not a string.
    pub fn all(&self, name: &'static str) -> Result<Vec<&str>, ParamError> {
        let mut all = Vec::new();
        for (_, value) in self.0.iter().filter(|(param, _)| param == name) {
            let text = match value {
                Value::Other(kind) => return Err(ParamError::NotText { name, kind }),
                Value::Text(text) => text.expose_str().map_err(|_| ParamError::NotUtf8)?,
            };
            if !text.is_empty() && !all.contains(&text) {
                all.push(text);
            }
        }
        Ok(all)
    }

    /// Checks that each parameter of the endpoints is a string, also where a request does not need it: what
    /// the caller meant by it would be lost.
    ///
    /// # Errors
    /// If one is a JSON member of another type.
    pub fn check_types(&self) -> Result<(), ParamError> {
        let is_text = |name: &'static str| self.all(name).map(drop);
        KNOWN.into_iter().try_for_each(is_text)
    }

    fn unique(self) -> Result<Self, ParamError> {
        let names = self.0.iter().map(|(name, _)| name.as_str()).filter(|name| !TARGETS.contains(name));
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => {
                let known = KNOWN.into_iter().find(|known| *known == pair[0]);
                Err(ParamError::Repeated(known.unwrap_or("a parameter")))
            }
            None => Ok(self),
        }
    }
}

/// Decodes a form's name or value in one pass, without copies that would outlive a secret.
///
/// # Errors
/// For an invalid escape or invalid UTF-8.
pub fn decode(text: &str) -> Result<String, ParamError> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => hex_digit(bytes.next())? << 4 | hex_digit(bytes.next())?,
            byte => byte,
        });
    }
    String::from_utf8(out).map_err(|_| ParamError::NotUtf8)
}

fn hex_digit(byte: Option<u8>) -> Result<u8, ParamError> {
    match byte {
        Some(digit @ b'0'..=b'9') => Ok(digit - b'0'),
        Some(letter @ (b'a'..=b'f' | b'A'..=b'F')) => Ok((letter | 0x20) - b'a' + 10),
        _ => Err(ParamError::BadEscape),
    }
}

/// Encodes a form's name or value (RFC 6749 appendix B).
#[must_use]
pub fn encode(text: &str) -> String {
    text.split(' ').map(|word| utf8_percent_encode(word, ESCAPED).to_string()).collect::<Vec<_>>().join("+")
}

/// Encodes a form. The result may hold secrets.
#[must_use]
pub fn form(pairs: &[(&str, &str)]) -> Secret {
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    Secret::new(pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn error(body: &str) -> ParamError {
        match Params::from_form(body.as_bytes()) {
            Err(error) => error,
            Ok(_) => panic!("{body} was read"),
        }
    }

    #[test]
    fn an_empty_value_counts_as_omitted() {
        let params = Params::from_form(b"scope=&grant_type&a=b").unwrap();
        assert_eq!(params.get("scope"), Ok(None));
        assert_eq!(params.get("grant_type"), Ok(None));
        assert_eq!(params.get("a"), Ok(Some("b")));
        assert_eq!(params.get("none"), Ok(None));
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_reason() {
        assert_eq!(error("scope=1&b=2&scope=1"), ParamError::Repeated("scope"));
        assert_eq!(error("hunter2=1&hunter2=2"), ParamError::Repeated("a parameter"));
        for escape in ["a=%", "a=%4", "a=%zz", "%=a", "a=%+1"] {
            assert_eq!(error(escape), ParamError::BadEscape, "{escape}");
        }
        assert_eq!(error("a=%ff"), ParamError::NotUtf8);
        for (text, decoded) in [("a+b%2B%20", "a b+ "), ("%C3%a9é", "éé"), ("%25%34%31", "%41"), ("", "")]
        {
            assert_eq!(decode(text).as_deref(), Ok(decoded), "{text}");
        }
        assert_eq!(error("a=%é9"), ParamError::BadEscape);
        assert!(matches!(Params::from_form(b"a=\xff"), Err(ParamError::NotUtf8)));
    }

    #[test]
    fn resource_and_audience_may_be_repeated() {
        for name in TARGETS {
            let form = format!("{name}=a&{name}=&{name}=b&{name}=a");
            assert_eq!(Params::from_form(form.as_bytes()).unwrap().all(name), Ok(vec!["a", "b"]));
            let of_json =
                |json: &str| Params::from_json(format!("{{\"{name}\":{json}}}").as_bytes()).unwrap();
            assert_eq!(of_json(r#"["a","b","a"]"#).all(name), Ok(vec!["a", "b"]));
            assert_eq!(of_json(r#""a""#).all(name), Ok(vec!["a"]));
            assert!(of_json("[7]").all(name).is_err());
        }
    }

    #[test]
    fn json_members_of_other_types_are_refused_where_they_are_parameters() {
        let params = Params::from_json(br#"{"client_id":7,"scope":null,"x":"y","extra":{}}"#).unwrap();
        assert_eq!(params.get("client_id"), Err(ParamError::NotText { name: "client_id", kind: "a number" }));
        assert_eq!(params.get("scope"), Ok(None));
        assert_eq!(params.get("x"), Ok(Some("y")));
        assert!(params.check_types().is_err());
        let others =
            Params::from_json(br#"{"client_id":"7","scope":null,"extra":{},"resource":["a"]}"#).unwrap();
        assert_eq!(others.check_types(), Ok(()));
        let repeated = Params::from_json(br#"{"a":"1","a":"1"}"#);
        assert!(matches!(repeated, Err(ParamError::Repeated(_))));
        assert!(matches!(Params::from_json(b"[]"), Err(ParamError::NotObject("an array"))));
        assert!(matches!(Params::from_json(b"{"), Err(ParamError::Json(_))));
    }

    #[test]
    fn bodies_are_bounded() {
        let form = |count: usize| (0..count).map(|n| format!("p{n}=x")).collect::<Vec<_>>().join("&");
        assert!(Params::from_form(form(MAX_PARAMS).as_bytes()).is_ok());
        assert_eq!(error(&form(MAX_PARAMS + 1)), ParamError::TooMany);
        assert_eq!(error(&"resource=a&".repeat(MAX_PARAMS + 1)), ParamError::TooMany);
        let json = |text: &str| Params::from_json(text.as_bytes()).err();
        let padded = |length: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(length - 8));
        assert_eq!(json(&padded(MAX_JSON)), None);
        assert_eq!(json(&padded(MAX_JSON + 1)), Some(ParamError::TooLarge(MAX_JSON + 1)));
        assert_eq!(json(r#"{"x":[{"y":[]}]}"#), None);
        assert_eq!(json(r#"{"x":[{"y":[{}]}]}"#), Some(ParamError::Json(JsonError::TooDeep(4))));
        let many = format!(r#"{{"resource":[{}"a"]}}"#, r#""a","#.repeat(MAX_PARAMS));
        assert_eq!(json(&many), Some(ParamError::TooMany));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = Params::from_form(&bytes);
            let _ = Params::from_json(&bytes);
        }

        #[test]
        fn what_form_writes_from_form_reads(value in "\\PC{1,30}", other in "[ -~]{1,30}") {
            let body = form(&[("a", &value), ("b", &other)]);
            let params = Params::from_form(body.expose()).unwrap();
            prop_assert_eq!(params.get("a"), Ok(Some(value.as_str())));
            prop_assert_eq!(params.get("b"), Ok(Some(other.as_str())));
        }

        #[test]
        fn only_form_characters_are_written(value in any::<String>()) {
            prop_assert!(encode(&value).bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.*+%".contains(&b)));
        }
    }
}
