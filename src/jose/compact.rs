//! The compact serialization (RFC 7515 section 7.1, RFC 7516 section 7.1). It is split, decoded and parsed
//! by our own code, so that malformed tokens can be shown and explained. Nothing is verified here: the
//! content is unproven until a key has verified it (see `verify`).

use crate::jose::digest::Fingerprint;
use crate::json::{Json, JsonError, JsonLimits, Object};
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::fmt;

/// The limit of a token, in bytes: header lines are no longer.
pub const MAX_LEN: usize = 16 * 1024;

/// Rejects padding and stray trailing bits, as RFC 7515 section 2 and RFC 4648 section 3.5 require.
const STRICT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::RequireNone),
);
/// Accepts what STRICT rejects, so that the defect can be shown next to the content.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The kinds of text that `read` distinguishes.
#[derive(Debug)]
pub enum Token<'a> {
    /// A signed token (or one that claims to be unsigned): three parts and a JSON header.
    Jws(Jws<'a>),
    /// An encrypted token; only its header is readable.
    Jwe(Object),
    /// A text that cannot be judged.
    Unreadable(Unreadable),
}

/// A text that is not a readable token, and its likely nature.
#[derive(Debug)]
pub struct Unreadable {
    /// Whether it has a JOSE header: a damaged JWT rather than an opaque token.
    pub damaged: bool,
    /// The defect and the fix.
    pub why: String,
}

/// The three parts of a signed token, decoded but not verified.
pub struct Jws<'a> {
    /// The token as received.
    pub token: &'a str,
    pub header: Object,
    /// The decoded bytes of the header.
    pub header_bytes: Vec<u8>,
    pub payload: Payload,
    /// The decoded bytes of the payload, as far as they could be decoded.
    pub payload_bytes: Vec<u8>,
    /// The signature's bytes; may be empty.
    pub signature: Vec<u8>,
    /// Deviations from RFC 7515's encoding.
    pub defects: Vec<Defect>,
}

/// The decoded middle part.
#[derive(Debug)]
pub enum Payload {
    /// A claims set.
    Claims(Object),
    /// JSON, but not an object, so not a JWT (RFC 7519 section 7.2).
    OtherJson(Json),
    /// Not JSON.
    NotJson(JsonError),
    /// Not valid base64url.
    Undecodable,
}

/// A deviation of one part from the encoding of RFC 7515 section 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defect {
    pub part: Part,
    pub kind: DefectKind,
}

/// The parts of a compact JWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Before the first dot.
    Header,
    /// Between the dots.
    Payload,
    /// After the second dot.
    Signature,
}

/// The kinds of encoding defects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefectKind {
    /// `=` at the end.
    Padding,
    /// `+` or `/` instead of base64url's `-` and `_`.
    StandardAlphabet,
    /// Nonzero bits after the last byte: a second encoding of the same bytes.
    TrailingBits,
    /// Blanks next to a dot, around valid characters.
    Blanks,
    /// A character outside base64, or an impossible length.
    NotBase64,
}

impl Part {
    /// Its name in a sentence.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        }
    }
}

impl Defect {
    /// A sentence with the rule that is violated.
    #[must_use]
    pub fn sentence(self) -> String {
        let part = self.part.name();
        match self.kind {
            DefectKind::Padding => format!("{part} ends in '=': padding is not allowed (RFC 7515 section 2)"),
            DefectKind::StandardAlphabet => {
                format!("{part} is in standard base64 ('+' and '/'), not in base64url (RFC 7515 section 2)")
            }
            DefectKind::TrailingBits => {
                format!(
                    "{part} is not in canonical base64url: its last letter has stray bits (RFC 4648 section 3.5)"
                )
            }
            DefectKind::Blanks => {
                format!("{part} is not base64url: it has blanks next to its dot (RFC 7515 section 7.1)")
            }
            DefectKind::NotBase64 => {
                format!("{part} is not base64url: a character that has no place there, or a letter missing")
            }
        }
    }
}

impl fmt::Debug for Jws<'_> {
    /// Only the fingerprint: the other fields are the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Jws({})", Fingerprint::of(self.token))
    }
}

impl<'a> Jws<'a> {
    /// The bytes that were signed, as received (RFC 7515 section 5.2 step 8).
    #[must_use]
    pub fn signing_input(&self) -> &'a [u8] {
        let end = self.token.rfind('.').unwrap_or(self.token.len());
        &self.token.as_bytes()[..end]
    }

    /// The unverified claims, if the payload is a claims set.
    #[must_use]
    pub fn peek_unverified(&self) -> Option<&Object> {
        match &self.payload {
            Payload::Claims(claims) => Some(claims),
            _ => None,
        }
    }

    /// A header parameter that is a string.
    #[must_use]
    pub fn header_str(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Json::as_str)
    }
}

/// The media type in `typ` or `cty`, in lower case and without `application/` (RFC 7515 section 4.1.9).
#[must_use]
pub fn media_type(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    name.strip_prefix("application/").map_or(name.clone(), str::to_owned)
}

/// Parses a text as a token. The text must be trimmed, since every character counts.
#[must_use]
pub fn read(token: &str) -> Token<'_> {
    read_within(token, JsonLimits::TOKEN)
}

/// The same where header and payload keep to these limits.
#[must_use]
pub fn read_within(token: &str, limits: JsonLimits) -> Token<'_> {
    if token.len() > MAX_LEN {
        let why = format!("{} bytes long: more than the {MAX_LEN} that are read", token.len());
        return Token::Unreadable(Unreadable { damaged: false, why });
    }
    let parts: Vec<&str> = token.split('.').collect();
    let (header, header_bytes, defect) = match read_header(parts[0], limits) {
        Ok(header) => header,
        Err(Some(why)) => return Token::Unreadable(Unreadable { damaged: true, why }),
        Err(None) => return Token::Unreadable(opaque(&parts)),
    };
    match parts.as_slice() {
        [_, payload, signature] => {
            Token::Jws(read_jws(token, (header, header_bytes, defect), [payload, signature], limits))
        }
        [_, _, _, _, _] if header.get("enc").is_some() => Token::Jwe(header),
        _ => Token::Unreadable(Unreadable { damaged: true, why: miscounted(&header, parts.len()) }),
    }
}

/// Why a text with a JOSE header and that number of parts is not a token.
fn miscounted(header: &Object, parts: usize) -> String {
    let is_encrypted = header.get("enc").is_some();
    let (kind, wanted) = if is_encrypted { ("an encrypted JWT", 5) } else { ("a signed JWT", 3) };
    let then = if parts < wanted {
        "was it cut off when it was copied?"
    } else {
        "is there text after its end, or are there two tokens?"
    };
    format!("{kind} has {wanted} parts separated by dots, this has {parts}; {then}")
}

fn opaque(parts: &[&str]) -> Unreadable {
    if parts[0].trim_start().starts_with('{') {
        let why = "it is JSON without an access_token, not a compact token".to_owned();
        return Unreadable { damaged: false, why };
    }
    let why = match parts.len() {
        3 | 5 => "it has the dots of a JWT, but its first part is not a JSON object in base64url",
        _ => "it has none of the structure of one",
    };
    Unreadable {
        damaged: false,
        why: format!(
            "not a JWT but an opaque token: {why}; only its issuer can say more (introspection, RFC 7662)"
        ),
    }
}

type JoseHeader = (Object, Vec<u8>, Option<DefectKind>);

/// The header, or why it is missing; with a reason if it looks like a JOSE header.
fn read_header(part: &str, limits: JsonLimits) -> Result<JoseHeader, Option<String>> {
    let (bytes, defect) = decode(part);
    let bytes = bytes.ok_or(None)?;
    match Json::parse_within(&bytes, limits) {
        Ok(Json::Object(header)) => Ok((header, bytes, defect)),
        Err(error) if bytes.trim_ascii_start().starts_with(b"{") => {
            Err(Some(format!("a damaged JWT: its header is {error}")))
        }
        _ => Err(None),
    }
}

fn read_jws<'a>(
    token: &'a str,
    header: JoseHeader,
    [payload, signature]: [&str; 2],
    limits: JsonLimits,
) -> Jws<'a> {
    let (header, header_bytes, header_defect) = header;
    let (payload_bytes, payload_defect) = decode(payload);
    let (signature, signature_defect) = decode(signature);
    let defects =
        [(Part::Header, header_defect), (Part::Payload, payload_defect), (Part::Signature, signature_defect)];
    Jws {
        token,
        header,
        header_bytes,
        payload: payload_bytes.as_deref().map_or(Payload::Undecodable, |bytes| read_payload(bytes, limits)),
        payload_bytes: payload_bytes.unwrap_or_default(),
        signature: signature.unwrap_or_default(),
        defects: defects
            .into_iter()
            .filter_map(|(part, kind)| kind.map(|kind| Defect { part, kind }))
            .collect(),
    }
}

fn read_payload(bytes: &[u8], limits: JsonLimits) -> Payload {
    match Json::parse_within(bytes, limits) {
        Ok(Json::Object(claims)) => Payload::Claims(claims),
        Ok(other) => Payload::OtherJson(other),
        Err(error) => Payload::NotJson(error),
    }
}

/// The bytes of one part, as far as they can be decoded, and the defect of its encoding.
fn decode(part: &str) -> (Option<Vec<u8>>, Option<DefectKind>) {
    if let Ok(bytes) = STRICT.decode(part) {
        return (Some(bytes), None);
    }
    let bare = part.trim_matches([' ', '\t']);
    if bare != part && !bare.is_empty() {
        return match decode(bare) {
            (Some(bytes), _) => (Some(bytes), Some(DefectKind::Blanks)),
            undecodable => undecodable,
        };
    }
    let url_safe = part.replace('+', "-").replace('/', "_");
    match LENIENT.decode(&url_safe) {
        Err(_) => (None, Some(DefectKind::NotBase64)),
        Ok(bytes) if url_safe != part => (Some(bytes), Some(DefectKind::StandardAlphabet)),
        Ok(bytes) if part.ends_with('=') => (Some(bytes), Some(DefectKind::Padding)),
        Ok(bytes) => (Some(bytes), Some(DefectKind::TrailingBits)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::digest::base64url;
    use proptest::prelude::*;

    fn jws(token: &str) -> Jws<'_> {
        match read(token) {
            Token::Jws(jws) => jws,
            other => panic!("{other:?}"),
        }
    }

    fn token(header: &str, payload: &str, signature: &str) -> String {
        format!("{}.{}.{signature}", base64url(header.as_bytes()), base64url(payload.as_bytes()))
    }

    #[test]
    fn a_proper_token_is_split_without_defects() {
        let text = token(r#"{"alg":"HS256"}"#, r#"{"sub":"a"}"#, "AAAA");
        let jws = jws(&text);
        assert_eq!(jws.header_str("alg"), Some("HS256"));
        assert_eq!(jws.peek_unverified().unwrap().get("sub").unwrap().as_str(), Some("a"));
        assert_eq!((jws.signature.as_slice(), jws.defects.len()), (&[0u8, 0, 0][..], 0));
        assert_eq!(jws.signing_input(), &text.as_bytes()[..text.len() - 5]);
    }

    #[test]
    fn each_departure_from_base64url_is_named() {
        let head = base64url(br#"{"alg":"none"}"#);
        for (payload, signature, part, kind) in [
            ("e30=", "", Part::Payload, DefectKind::Padding),
            ("e30", "+/+/", Part::Signature, DefectKind::StandardAlphabet),
            ("e31", "", Part::Payload, DefectKind::TrailingBits),
            ("e3 0", "", Part::Payload, DefectKind::NotBase64),
            ("e30", "A", Part::Signature, DefectKind::NotBase64),
            (" e30", "", Part::Payload, DefectKind::Blanks),
            ("e30", "AAAA\t", Part::Signature, DefectKind::Blanks),
            ("e30", " ", Part::Signature, DefectKind::NotBase64),
        ] {
            let text = format!("{head}.{payload}.{signature}");
            assert_eq!(jws(&text).defects, [Defect { part, kind }], "{text}");
        }
    }

    #[test]
    fn what_is_no_signed_token_is_told_apart() {
        let encrypted = format!("{}.a.b.c.d", base64url(br#"{"alg":"dir","enc":"A128GCM"}"#));
        assert!(matches!(read(&encrypted), Token::Jwe(_)));
        for opaque in ["", "hunter2", "a.b.c", "..", "W10.e30.AA"] {
            assert!(matches!(read(opaque), Token::Unreadable(Unreadable { damaged: false, .. })), "{opaque}");
        }
        let cut = format!("{}.e30", base64url(br#"{"alg":"HS256"}"#));
        assert!(matches!(read(&cut), Token::Unreadable(Unreadable { damaged: true, .. })));
        assert!(matches!(read(&"a".repeat(MAX_LEN + 1)), Token::Unreadable(_)));
    }

    #[test]
    fn a_payload_that_is_no_object_is_kept() {
        assert!(matches!(jws(&token("{}", "[1]", "")).payload, Payload::OtherJson(_)));
        assert!(matches!(jws(&token("{}", "", "")).payload, Payload::NotJson(_)));
        assert!(matches!(jws("e30.*.").payload, Payload::Undecodable));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in any::<String>(), dots in "[a-zA-Z0-9_=+/ .-]{0,60}") {
            let _ = (read(&text), read(&dots));
        }

        #[test]
        fn parts_survive_the_round_trip(
            sub in "\\PC{0,20}", signature in proptest::collection::vec(any::<u8>(), 0..80),
        ) {
            let payload = serde_json::json!({"sub": sub}).to_string();
            let text = token("{}", &payload, &base64url(&signature));
            let jws = jws(&text);
            prop_assert!(jws.defects.is_empty());
            prop_assert_eq!(&jws.payload_bytes, payload.as_bytes());
            prop_assert_eq!(&jws.signature, &signature);
            prop_assert_eq!(jws.peek_unverified().unwrap().get("sub").unwrap().as_str(), Some(sub.as_str()));
        }
    }
}
