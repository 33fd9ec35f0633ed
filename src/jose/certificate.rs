//! Client certificates (RFC 8705): names, dates, thumbprints. The TLS layer, which has the whole chain,
//! verifies it up to an authority.

use crate::clock::Timestamp;
use crate::jose::der_outline::Form;
use crate::jose::digest::{base64url, sha256, unbase64};
use crate::jose::distinguished_name::DistinguishedName;
use crate::jose::jwk;
use crate::jose::key::{KeyMaterial, bit_length};
use crate::jose::keyfile::{self, Content, KeyFileError, SIGN_REQUEST, Section, UNPACK_PKCS7};
use crate::jose::spki::rsa_public_key;
use crate::json::{Json, Object, without_bom};
use base64::alphabet;
use std::fmt::{self, Write};
use std::net::IpAddr;
use x509_cert::der::asn1::AnyRef;
use x509_cert::der::{Decode, Encode, SliceReader};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;
use x509_cert::time::Time;

/// The `x5t#S256` in the `cnf` of a token that is bound to the certificate (RFC 8705 section 3.1).
#[must_use]
pub fn thumbprint(der: &[u8]) -> String {
    base64url(&sha256(der))
}

#[derive(Clone, Debug)]
pub struct Certificate(x509_cert::Certificate);

impl Certificate {
    /// Parses DER.
    ///
    /// # Errors
    /// If it is not a certificate.
    pub fn read(der: &[u8]) -> Result<Self, String> {
        x509_cert::Certificate::from_der(der)
            .map(Self)
            .map_err(|_| "it is not an X.509 certificate".to_owned())
    }

    /// Whether it is valid at `now`, both dates included (RFC 5280 section 4.1.2.5).
    ///
    /// # Errors
    /// With the date that it violates.
    pub fn check_dates(&self, now: Timestamp) -> Result<(), String> {
        let validity = self.0.tbs_certificate().validity();
        let (from, to) = (moment(validity.not_before), moment(validity.not_after));
        if now < from {
            return Err(format!("it is not valid before {from}"));
        }
        if now > to { Err(format!("it has expired, {to}")) } else { Ok(()) }
    }

    /// When it expires.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        moment(self.0.tbs_certificate().validity().not_after)
    }

    /// The size of its RSA key in bits; `None` for other keys.
    #[must_use]
    pub fn rsa_bits(&self) -> Option<usize> {
        let key = self.0.tbs_certificate().subject_public_key_info().subject_public_key.raw_bytes();
        match rsa_public_key(key) {
            Ok(KeyMaterial::Rsa { n, .. }) => Some(bit_length(&n)),
            _ => None,
        }
    }

    /// Checks that it has that name.
    ///
    /// # Errors
    /// With the names that it has instead.
    pub fn check_name(&self, expected: &SubjectName) -> Result<(), String> {
        let subject = self.0.tbs_certificate().subject();
        if let SubjectName::Dn(expected) = expected {
            return if expected.is(subject) { Ok(()) } else { Err(other_subject(subject)) };
        }
        let names = self.0.tbs_certificate().get_extension::<SubjectAltName>();
        let names = names.map_err(|_| "its subject alternative names cannot be read")?;
        let found =
            names.is_some_and(|(_, names)| names.0.iter().any(|name| same_alternative(name, expected)));
        if found { Ok(()) } else { Err(format!("its subject alternative names lack {expected}")) }
    }
}

fn moment(time: Time) -> Timestamp {
    Timestamp::from_unix(i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX))
}

fn other_subject(subject: &Name) -> String {
    let mut text = "its subject is another: ".to_owned();
    // Parts that cannot be written as text are omitted.
    let _ = write!(text, "{subject}");
    text
}

/// The name that identifies a client in its certificate (RFC 8705 section 2.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectName {
    /// `tls_client_auth_subject_dn`
    Dn(DistinguishedName),
    /// `tls_client_auth_san_dns`
    Dns(String),
    /// `tls_client_auth_san_uri`
    Uri(String),
    /// `tls_client_auth_san_ip`
    Ip(IpAddr),
    /// `tls_client_auth_san_email`
    Email(String),
}

impl fmt::Display for SubjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dn(name) => write!(f, "{name}"),
            Self::Dns(name) | Self::Uri(name) | Self::Email(name) => f.write_str(name),
            Self::Ip(address) => write!(f, "{address}"),
        }
    }
}

fn same_alternative(name: &GeneralName, expected: &SubjectName) -> bool {
    match (name, expected) {
        (GeneralName::DnsName(name), SubjectName::Dns(expected)) => {
            name.as_str().eq_ignore_ascii_case(expected)
        }
        (GeneralName::UniformResourceIdentifier(name), SubjectName::Uri(expected)) => {
            name.as_str() == expected
        }
        (GeneralName::IpAddress(octets), SubjectName::Ip(IpAddr::V4(expected))) => {
            octets.as_bytes() == expected.octets()
        }
        (GeneralName::IpAddress(octets), SubjectName::Ip(IpAddr::V6(expected))) => {
            octets.as_bytes() == expected.octets()
        }
        (GeneralName::Rfc822Name(name), SubjectName::Email(expected)) => {
            same_mailbox(name.as_str(), expected)
        }
        _ => false,
    }
}

/// A mailbox's host is case-insensitive, its local part is not (RFC 5280 section 7.5).
fn same_mailbox(one: &str, other: &str) -> bool {
    match (one.rsplit_once('@'), other.rsplit_once('@')) {
        (Some((one, here)), Some((other, there))) => one == other && here.eq_ignore_ascii_case(there),
        _ => one == other,
    }
}

/// The certificates in a file of any supported encoding, as DER, in order. Keys and parameters next to them
/// are ignored.
///
/// # Errors
/// If it has none, or an unreadable one, with the command that converts the file.
pub fn from_file(bytes: &[u8]) -> Result<Vec<Vec<u8>>, KeyFileError> {
    let sections = match keyfile::open(bytes) {
        Ok(Content::Sections(sections)) => sections,
        Ok(Content::Json(_)) => return Err("it holds JSON, not a certificate".into()),
        Ok(Content::OpenSsh(_)) => return Err("it holds an OpenSSH public key, not a certificate".into()),
        Err(error) => {
            let error = keyfile::explained_certificate(bytes, error);
            return Err(KeyFileError { what: format!("it holds no certificate: {error}"), ..error });
        }
    };
    let is_certificate = |section: &&Section| section.label.ends_with("CERTIFICATE");
    let found = sections.iter().filter(is_certificate).map(der_of).collect::<Result<Vec<_>, _>>()?;
    if !found.is_empty() {
        return Ok(found);
    }
    Err(match sections.iter().find_map(|section| Form::of(section.der.as_deref().ok()?)) {
        Some(form) if form.is_private() => {
            "it holds a private key and no certificate: are the two files swapped?".into()
        }
        Some(Form::Pkcs7) => KeyFileError::new("it holds a PKCS#7 bundle, not a certificate", UNPACK_PKCS7),
        Some(form @ Form::CertificateRequest) => {
            KeyFileError::new(format!("it holds no certificate, but {}", form.noun()), SIGN_REQUEST)
        }
        Some(form) => format!("it holds no certificate, but {}", form.noun()).into(),
        None => "it holds no certificate".into(),
    })
}

/// OpenSSL's TRUSTED CERTIFICATE has data after the certificate (openssl-x509, -trustout).
/// Writes certificates as PEM.
#[must_use]
pub fn to_pem(certificates: &[Vec<u8>]) -> String {
    let sections: Vec<pem::Pem> =
        certificates.iter().map(|der| pem::Pem::new("CERTIFICATE", der.as_slice())).collect();
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_many_config(&sections, config)
}

fn der_of(section: &Section) -> Result<Vec<u8>, KeyFileError> {
    const COPY_AGAIN: &str = "copy the whole file again, from its BEGIN line to its END line; openssl x509 -in FILE -noout \
                              checks it";
    let der = section
        .der
        .as_deref()
        .map_err(|why| KeyFileError::new(format!("its PEM is damaged: {why}"), COPY_AGAIN))?;
    let no_certificate = |_| KeyFileError::new("it is damaged: it is not an X.509 certificate", COPY_AGAIN);
    let mut reader = SliceReader::new(der).map_err(no_certificate)?;
    let first = AnyRef::decode(&mut reader).and_then(|first| first.to_der()).map_err(no_certificate)?;
    Certificate::read(&first)?;
    Ok(first)
}

/// The certificates of a JWK Set as DER: the first of each key's `x5c` (RFC 7517 section 4.7).
///
/// # Errors
/// If there are none, or an entry is not a certificate.
pub fn from_jwks(bytes: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let set = Json::parse(without_bom(bytes)).map_err(|error| format!("it is {error}"))?;
    if let Some(found) = set.duplicate() {
        return Err(format!("its member {:?} occurs more than once", found.path));
    }
    let keys = match set.as_object().and_then(|set| set.get("keys")) {
        Some(Json::Array(keys)) => keys.as_slice(),
        _ => std::slice::from_ref(&set),
    };
    let is_private = |key: &Json| key.as_object().is_some_and(|key| jwk::private_member(key).is_some());
    if keys.iter().any(is_private) {
        return Err("it holds a private key, which belongs to the client alone".to_owned());
    }
    let has_key = |key: &Object| ["n", "x"].iter().any(|name| key.get(name).is_some());
    let chains = keys.iter().filter_map(|key| key.as_object().zip(jwk::x5c(key.as_object()?)));
    let certificate = |(key, chain): (&Object, &Json)| {
        let first = match chain {
            Json::Array(chain) => chain.first().and_then(Json::as_str),
            _ => None,
        };
        let der = first.and_then(|text| unbase64(&alphabet::STANDARD, text.as_bytes()));
        let der = der.ok_or("its x5c is not a list of certificates in base64")?;
        Certificate::read(&der).map_err(|why| format!("its x5c: {why}"))?;
        // A key in the same entry must be the certificate's (RFC 7517 section 4.7).
        match jwk::read(key, "the set") {
            Err(unusable) if has_key(key) => Err(unusable.why),
            _ => Ok(der),
        }
    };
    let found = chains.map(certificate).collect::<Result<Vec<_>, String>>()?;
    if found.is_empty() { Err("no key in it has a certificate (x5c)".to_owned()) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, DnType, KeyPair, SanType, date_time_ymd};

    fn issued(change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        change(&mut params);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    fn has(der: &[u8], name: &SubjectName) -> bool {
        Certificate::read(der).unwrap().check_name(name).is_ok()
    }

    #[test]
    fn a_subject_that_is_another_is_told() {
        let der = issued(|params| params.distinguished_name.push(DnType::CommonName, "The Client"));
        assert!(has(&der, &SubjectName::Dn("CN=the client".parse().unwrap())));
        let other = SubjectName::Dn("CN=x".parse().unwrap());
        let why = Certificate::read(&der).unwrap().check_name(&other).unwrap_err();
        assert!(why.contains("another: CN=The Client"), "{why}");
    }

    #[test]
    fn alternative_names_are_compared_as_their_kind_is() {
        let der = issued(|params| {
            params.subject_alt_names = vec![
                SanType::DnsName("Client.example.com".try_into().unwrap()),
                SanType::URI("spiffe://example.com/Client".try_into().unwrap()),
                SanType::IpAddress("192.0.2.7".parse().unwrap()),
                SanType::IpAddress("2001:db8::7".parse().unwrap()),
                SanType::Rfc822Name("Client@Example.com".try_into().unwrap()),
            ];
        });
        let text = str::to_owned;
        for name in [
            SubjectName::Dns(text("client.EXAMPLE.com")),
            SubjectName::Uri(text("spiffe://example.com/Client")),
            SubjectName::Ip("192.0.2.7".parse().unwrap()),
            SubjectName::Ip("2001:DB8:0::7".parse().unwrap()),
            SubjectName::Email(text("Client@example.COM")),
        ] {
            assert!(has(&der, &name), "{name}");
        }
        for name in [
            SubjectName::Dns(text("example.com")),
            SubjectName::Dns(text("spiffe://example.com/Client")),
            SubjectName::Uri(text("spiffe://example.com/client")),
            SubjectName::Ip("192.0.2.8".parse().unwrap()),
            SubjectName::Ip("::ffff:192.0.2.7".parse().unwrap()),
            SubjectName::Email(text("client@example.com")),
            SubjectName::Email(text("example.com")),
        ] {
            assert!(!has(&der, &name), "{name}");
        }
        let wildcard = issued(|params| {
            params.subject_alt_names = vec![SanType::DnsName("*.example.com".try_into().unwrap())];
        });
        assert!(!has(&wildcard, &SubjectName::Dns(text("a.example.com"))), "a pattern is no name");
    }

    #[test]
    fn both_dates_belong_to_the_time_of_a_certificate() {
        let der = issued(|params| {
            params.not_before = date_time_ymd(2026, 1, 1);
            params.not_after = date_time_ymd(2060, 1, 2);
        });
        let certificate = Certificate::read(&der).unwrap();
        let ends = [1_767_225_600, 2_840_227_200].map(Timestamp::from_unix);
        assert!(ends.iter().all(|end| certificate.check_dates(*end).is_ok()));
        let beyond = [ends[0].unix() - 1, ends[1].unix() + 1].map(Timestamp::from_unix);
        let why = beyond.map(|moment| certificate.check_dates(moment).unwrap_err());
        assert_eq!(
            why,
            ["it is not valid before 2026-01-01T00:00:00Z", "it has expired, 2060-01-02T00:00:00Z"]
        );
    }

    #[test]
    fn certificates_are_read_in_every_wrapping() {
        let (one, other) = (issued(|_| {}), issued(|_| {}));
        let pem = |tag, der: &[u8]| pem::encode(&pem::Pem::new(tag, der));
        let both = pem("CERTIFICATE", &one) + &pem("CERTIFICATE", &other);
        let utf16: Vec<u8> = both.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let trusted = [one.as_slice(), &[0x30, 0]].concat();
        for bytes in [
            [b"\xEF\xBB\xBF", both.as_bytes()].concat(),
            [b"\xFF\xFE".as_slice(), &utf16].concat(),
            both.replace("\r\n", "\n").replace('\n', "\\n").into_bytes(),
            (both.clone() + &pem("PRIVATE KEY", b"x")).into_bytes(),
            (pem("TRUSTED CERTIFICATE", &trusted) + &pem("X509 CERTIFICATE", &other)).into_bytes(),
        ] {
            assert_eq!(from_file(&bytes), Ok(vec![one.clone(), other.clone()]));
        }
        assert_eq!(from_file(&one), Ok(vec![one.clone()]));
    }

    #[test]
    fn certificates_come_from_a_pem_or_a_jwk_set() {
        let (one, other) = (issued(|_| {}), issued(|_| {}));
        let pem = |tag, der: &[u8]| pem::encode(&pem::Pem::new(tag, der));
        let both = pem("CERTIFICATE", &one) + &pem("CERTIFICATE", &other);
        assert_eq!(from_file(both.as_bytes()), Ok(vec![one.clone(), other.clone()]));
        for (text, why) in [
            (String::new(), "no certificate"),
            (pem("CERTIFICATE", b"x"), "not an X.509 certificate"),
            (pem("PRIVATE KEY", b"x"), "no certificate"),
        ] {
            let error = from_file(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(why), "{why}: {error}");
        }
        let x5c = |der: &[u8]| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der);
        let jwk = serde_json::json!({"kty": "EC", "x5c": [x5c(&one), x5c(&other)]});
        let set = serde_json::json!({"keys": [jwk, {"kty": "EC"}, {"x5c": [x5c(&other)]}]}).to_string();
        assert_eq!(from_jwks(set.as_bytes()), Ok(vec![one.clone(), other]));
        assert_eq!(from_jwks(jwk.to_string().as_bytes()), Ok(vec![one]));
        for (text, why) in [
            ("x", "JSON"),
            ("[]", "no key in it"),
            (r#"{"keys":[]}"#, "no key in it"),
            (r#"{"x5c":"AAAA"}"#, "not a list"),
            (r#"{"x5c":[]}"#, "no key in it"),
            (r#"{"x5c":null}"#, "no key in it"),
            (r#"{"x5c":["AAAA"]}"#, "not an X.509"),
        ] {
            let error = from_jwks(text.as_bytes()).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
