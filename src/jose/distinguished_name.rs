//! Distinguished names, parsed by RFC 4514 and compared by RFC 5280 section 7.1. A text that no
//! certificate's subject can equal is refused, so that a mistake shows before a client is locked out.

use std::fmt;
use std::str::FromStr;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::asn1::{Any, BmpString};
use x509_cert::der::{Tag, Tagged};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistinguishedName(RdnSequence);

/// Why a text is not a distinguished name of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DistinguishedNameError {
    /// Not attributes with values.
    #[error("it is not a distinguished name (RFC 4514) such as CN=client,O=Example,C=DE")]
    Malformed,
    /// A character that must be escaped in a value.
    #[error("it has {0} without a backslash before it: write \\{0} where it belongs to a value")]
    Unescaped(char),
    /// A value begins or ends with a blank.
    #[error("a value begins or ends with a blank: leave it out, or write \\20 where it belongs to the value")]
    Blank,
    /// An invalid escape.
    #[error("a backslash is not followed by one of \\ \" + , ; < > = # or two hexadecimal digits")]
    Escape,
    /// An empty value.
    #[error("a value is empty, which it never is in a certificate")]
    Empty,
    /// An attribute type that subjects do not have.
    #[error("an attribute type is unknown: use CN, O, OU, C, ST, L, DC, UID or the like, or the OID")]
    Attribute,
    /// Escapes that do not decode to UTF-8.
    #[error("a value is not UTF-8 once its escapes are read")]
    NotUtf8,
    /// Two equal attributes joined by `+`.
    #[error("an attribute occurs twice in attributes that are joined by +")]
    Twice,
}

/// The arcs of subject attributes: X.520, COSINE (RFC 4524), PKCS #9.
const SUBJECT_ARCS: [&str; 3] = ["2.5.4.", "0.9.2342.19200300.100.1.", "1.2.840.113549.1.9."];

impl DistinguishedName {
    /// Whether a certificate's subject equals this name, attribute by attribute, in order.
    #[must_use]
    pub fn is(&self, subject: &Name) -> bool {
        self.0.len() == subject.len()
            && self.0.iter().zip(subject.iter_rdn()).all(|(one, other)| same_set(one, other))
    }
}

impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for DistinguishedName {
    type Err = DistinguishedNameError;

    fn from_str(text: &str) -> Result<Self, DistinguishedNameError> {
        let mut parts = split(text, b',').map(relative).collect::<Result<Vec<_>, _>>()?;
        // The order is reversed (RFC 4514 section 2.1).
        parts.reverse();
        Ok(Self(RdnSequence::from(parts)))
    }
}

/// Splits at unescaped separators.
fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut escaped = false;
    text.split(move |letter: char| {
        let separates = !escaped && letter == char::from(separator);
        escaped = !escaped && letter == '\\';
        separates
    })
}

fn relative(text: &str) -> Result<RelativeDistinguishedName, DistinguishedNameError> {
    let attributes = split(text, b'+').map(attribute).collect::<Result<Vec<_>, _>>()?;
    let mut rest = attributes.as_slice();
    while let [one, others @ ..] = rest {
        if others.iter().any(|other| same_attribute(one, other)) {
            return Err(DistinguishedNameError::Twice);
        }
        rest = others;
    }
    RelativeDistinguishedName::try_from(attributes).map_err(|_| DistinguishedNameError::Malformed)
}

fn attribute(text: &str) -> Result<AttributeTypeAndValue, DistinguishedNameError> {
    use DistinguishedNameError as Error;
    let (name, value) = text.split_once('=').ok_or(Error::Malformed)?;
    check_value(value)?;
    let attribute: AttributeTypeAndValue = text.parse().map_err(|_| {
        // The value is already checked, except DER in hexadecimal digits.
        if value.starts_with('#') { Error::Malformed } else { Error::Attribute }
    })?;
    let oid = attribute.oid.to_string();
    if oid != name && !SUBJECT_ARCS.iter().any(|arc| oid.starts_with(arc)) {
        return Err(Error::Attribute);
    }
    match self::text(&attribute.value) {
        Some(text) if comparable(&text).is_empty() => Err(Error::Empty),
        None if attribute.value.tag() == Tag::Utf8String => Err(Error::NotUtf8),
        _ => Ok(attribute),
    }
}

/// Characters that RFC 4514 section 2.4 requires to be escaped: otherwise they end a value or open a quoted
/// one.
fn check_value(value: &str) -> Result<(), DistinguishedNameError> {
    use DistinguishedNameError as Error;
    let bytes = value.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => {
                let digits = bytes.get(at + 1..at + 3).filter(|two| two.iter().all(u8::is_ascii_hexdigit));
                at += match (digits, bytes.get(at + 1)) {
                    (Some(_), _) => 3,
                    (None, Some(escaped)) if b"\\\"+,;<>=# ".contains(escaped) => 2,
                    _ => return Err(Error::Escape),
                };
                // An escaped blank may be at the end.
                if at == bytes.len() {
                    return Ok(());
                }
            }
            b'\0' => return Err(Error::Malformed),
            bad @ (b'"' | b';' | b'<' | b'>') => return Err(Error::Unescaped(char::from(bad))),
            _ => at += 1,
        }
    }
    if value.starts_with(' ') || value.ends_with(' ') { Err(Error::Blank) } else { Ok(()) }
}

fn same_set(one: &RelativeDistinguishedName, other: &RelativeDistinguishedName) -> bool {
    let all_in = |of: &RelativeDistinguishedName, within: &RelativeDistinguishedName| {
        of.iter().all(|attribute| within.iter().any(|known| same_attribute(known, attribute)))
    };
    one.len() == other.len() && all_in(one, other) && all_in(other, one)
}

fn same_attribute(one: &AttributeTypeAndValue, other: &AttributeTypeAndValue) -> bool {
    one.oid == other.oid
        && match (text(&one.value), text(&other.value)) {
            (Some(one), Some(other)) => comparable(&one) == comparable(&other),
            _ => one.value == other.value,
        }
}

/// The text of a string value; other types are compared byte by byte.
fn text(value: &Any) -> Option<String> {
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::TeletexString => {
            std::str::from_utf8(value.value()).ok().map(str::to_owned)
        }
        Tag::BmpString => BmpString::from_ucs2(value.value()).ok().map(|text| text.chars().collect()),
        _ => None,
    }
}

/// Case and the number of blanks are ignored (RFC 4518 sections 2.2 and 2.6.1).
fn comparable(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use DistinguishedNameError as Error;
    use rcgen::{CertificateParams, DnType, DnValue, KeyPair};
    use x509_cert::der::Decode;

    fn subject(change: impl FnOnce(&mut rcgen::DistinguishedName)) -> Name {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        change(&mut params.distinguished_name);
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        x509_cert::Certificate::from_der(made.der()).unwrap().tbs_certificate().subject().clone()
    }

    fn read(text: &str) -> DistinguishedName {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_subject_is_compared_attribute_by_attribute() {
        let printable = |text: &str| DnValue::PrintableString(text.try_into().unwrap());
        let name = subject(|name| {
            name.push(DnType::CountryName, printable("DE"));
            name.push(DnType::OrganizationName, "Müller, Söhne");
            name.push(DnType::OrganizationalUnitName, DnValue::BmpString("Größe".try_into().unwrap()));
            name.push(DnType::CommonName, printable("The  Client"));
        });
        for same in [
            "CN=The Client,OU=Größe,O=Müller\\, Söhne,C=DE",
            "cn=the client,ou=größe,o=MÜLLER\\2C SÖHNE,c=de",
            "2.5.4.3=The Client,OU=Größe,O=Müller\\2c\\20Söhne,C=DE",
            "CN=#130a54686520436c69656e74,OU=größe,O=M\\C3\\BCller\\, Söhne,C=DE",
        ] {
            assert!(read(same).is(&name), "{same}");
        }
        for other in [
            "CN=The Client,OU=Größe,O=Müller\\, Söhne",
            "C=DE,O=Müller\\, Söhne,OU=Größe,CN=The Client",
            "CN=The Client,OU=Größe,O=Müller\\, Söhne,C=DE,C=DE",
            "CN=The Client+OU=Größe,O=Müller\\, Söhne,C=DE",
            "CN=The Clients,OU=Größe,O=Müller\\, Söhne,C=DE",
            "CN=TheClient,OU=Größe,O=Müller\\, Söhne,C=DE",
            "O=The Client,OU=Größe,O=Müller\\, Söhne,C=DE",
        ] {
            assert!(!read(other).is(&name), "{other}");
        }
        assert!(!read("CN=x").is(&subject(|_| {})), "no subject is nobody's");
    }

    #[test]
    fn every_escape_is_read_and_what_is_escaped_separates_nothing() {
        for (written, meant) in [
            (r"CN=a\;b", "a;b"),
            (r"CN=a\,b", "a,b"),
            (r"CN=a\+b", "a+b"),
            (r#"CN=\"a\""#, "\"a\""),
            (r"CN=a\<b\>", "a<b>"),
            (r"CN=\#a", "#a"),
            (r"CN=a\=b", "a=b"),
            ("CN=a=b", "a=b"),
            ("CN=a#b/c", "a#b/c"),
            (r"CN=\ a\ ", " a "),
            (r"CN=a\20", "a "),
            (r"CN=a\\", r"a\"),
            (r"CN=a\\\,b", r"a\,b"),
            (r"CN=a\5C\2Cb", r"a\,b"),
        ] {
            let name = subject(|name| name.push(DnType::CommonName, meant));
            assert!(read(written).is(&name), "{written}");
            assert_eq!(read(&read(written).to_string()), read(written), "{written}");
        }
        assert_eq!(read(r"CN=a\\,O=b").0.len(), 2);
        assert_eq!(read("CN=a+O=b").0.len(), 1);
        assert_eq!(read("1.2.840.113549.1.9.1=#160161").0.len(), 1);
    }

    const REFUSED: &[(&str, Error)] = &[
        ("", Error::Malformed),
        ("client", Error::Malformed),
        ("CN", Error::Malformed),
        ("CN=a,", Error::Malformed),
        (",CN=a", Error::Malformed),
        ("CN=a,,O=b", Error::Malformed),
        ("CN=a+b", Error::Malformed),
        ("CN=a+", Error::Malformed),
        ("CN=#", Error::Malformed),
        ("CN=#zz", Error::Malformed),
        ("CN=#0c0161ff", Error::Malformed),
        ("CN=#0c01611", Error::Malformed),
        ("=a", Error::Attribute),
        ("XY=a", Error::Attribute),
        ("CN =a", Error::Attribute),
        ("CN=a, O=b", Error::Attribute),
        ("/C=DE/CN=a", Error::Attribute),
        ("OID.2.5.4.3=a", Error::Attribute),
        ("id-kp-serverAuth=a", Error::Attribute),
        ("CN=a;O=b", Error::Unescaped(';')),
        ("CN=a; O=b", Error::Unescaped(';')),
        ("CN=\"a\",C=DE", Error::Unescaped('"')),
        ("CN=a\"b", Error::Unescaped('"')),
        ("CN=a<b", Error::Unescaped('<')),
        ("CN=a>b", Error::Unescaped('>')),
        ("CN=<a>", Error::Unescaped('<')),
        ("CN=a\0b", Error::Malformed),
        ("CN= a", Error::Blank),
        ("CN=a ", Error::Blank),
        ("CN=a ,O=b", Error::Blank),
        ("CN=a +O=b", Error::Blank),
        ("CN=a\\", Error::Escape),
        ("CN=a\\zz", Error::Escape),
        ("CN=a\\4", Error::Escape),
        ("CN=a\\u00e9", Error::Escape),
        ("CN=", Error::Empty),
        ("CN=a,O=", Error::Empty),
        ("CN=\\20", Error::Empty),
        ("CN=#0c00", Error::Empty),
        ("CN=\\ff", Error::NotUtf8),
        ("CN=a+CN=a", Error::Twice),
        ("CN=a+CN=A", Error::Twice),
    ];

    #[test]
    fn what_no_certificate_can_have_is_refused_with_its_reason() {
        for (bad, why) in REFUSED {
            assert_eq!(bad.parse::<DistinguishedName>(), Err(*why), "{bad:?}");
        }
    }
}
