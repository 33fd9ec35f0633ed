//! Unverified facts from a server certificate, for messages that explain a refusal.

use crate::clock::Timestamp;
use std::net::IpAddr;
use x509_cert::Certificate;
use x509_cert::der::asn1::{ObjectIdentifier, UintRef};
use x509_cert::der::{Decode, Reader, SliceReader};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAltName};
use x509_cert::time::Time;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// Algorithms that TLS libraries do not accept.
const ALGORITHMS: [(&str, &str); 9] = [
    ("1.2.840.113549.1.1.2", "MD2 with RSA"),
    ("1.2.840.113549.1.1.4", "MD5 with RSA"),
    ("1.2.840.113549.1.1.5", "SHA-1 with RSA"),
    ("1.2.840.113549.1.1.10", "RSA-PSS"),
    ("1.2.840.10045.4.1", "SHA-1 with ECDSA"),
    ("1.2.840.10045.4.3.4", "SHA-512 with ECDSA"),
    ("1.2.840.10040.4.3", "SHA-1 with DSA"),
    ("2.16.840.1.101.3.4.3.2", "SHA-256 with DSA"),
    ("1.3.101.113", "Ed448"),
];

const ANY_PURPOSE: &str = "anyExtendedKeyUsage";

/// Purposes of RFC 5280 section 4.2.1.12.
const PURPOSES: [(&str, &str); 7] = [
    ("2.5.29.37.0", ANY_PURPOSE),
    ("1.3.6.1.5.5.7.3.1", "serverAuth"),
    ("1.3.6.1.5.5.7.3.2", "clientAuth"),
    ("1.3.6.1.5.5.7.3.3", "codeSigning"),
    ("1.3.6.1.5.5.7.3.4", "emailProtection"),
    ("1.3.6.1.5.5.7.3.8", "timeStamping"),
    ("1.3.6.1.5.5.7.3.9", "OCSPSigning"),
];

/// A certificate, as far as messages describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Its subject, in the format of RFC 4514.
    pub subject: String,
    pub issuer: String,
    pub version: u8,
    /// The hosts and addresses that it is valid for.
    pub names: Vec<String>,
    /// Its extended key usages; empty if it has none.
    pub purposes: Vec<String>,
    /// Whether it is a CA certificate (RFC 5280 section 4.2.1.9).
    pub is_authority: bool,
    /// Whether its key may sign; false only if a key usage excludes it (section 4.2.1.3).
    pub may_sign: bool,
    /// The size of its RSA key in bits; `None` for other keys.
    pub rsa_bits: Option<usize>,
    /// Its signature algorithm.
    pub signed_by: String,
    pub starts: Timestamp,
    pub ends: Timestamp,
    /// Its critical extensions, as object identifiers.
    pub critical: Vec<String>,
}

impl CertificateFacts {
    /// Parses DER; `None` if it is not a certificate.
    #[must_use]
    pub fn read(der: &[u8]) -> Option<Self> {
        let certificate = Certificate::from_der(der).ok()?;
        let body = certificate.tbs_certificate();
        let names = body.get_extension::<SubjectAltName>().ok().flatten();
        let purposes = body.get_extension::<ExtendedKeyUsage>().ok().flatten();
        let constraints = body.get_extension::<BasicConstraints>().ok().flatten();
        let usage = body.get_extension::<KeyUsage>().ok().flatten();
        let critical = body.extensions().into_iter().flatten().filter(|extension| extension.critical);
        Some(Self {
            subject: body.subject().to_string(),
            issuer: body.issuer().to_string(),
            version: body.version() as u8 + 1,
            names: names.iter().flat_map(|(_, names)| names.0.iter().filter_map(host)).collect(),
            purposes: purposes
                .iter()
                .flat_map(|(_, usage)| usage.0.iter().map(|oid| known(&PURPOSES, oid)))
                .collect(),
            is_authority: constraints.is_some_and(|(_, constraints)| constraints.ca),
            may_sign: usage.is_none_or(|(_, usage)| usage.digital_signature()),
            rsa_bits: rsa_bits(&certificate),
            signed_by: known(&ALGORITHMS, &certificate.signature_algorithm().oid),
            starts: moment(body.validity().not_before),
            ends: moment(body.validity().not_after),
            critical: critical.map(|extension| extension.extn_id.to_string()).collect(),
        })
    }

    /// Whether it may identify a server (RFC 5280 section 4.2.1.12).
    #[must_use]
    pub fn is_for_servers(&self) -> bool {
        let fits = |purpose: &String| purpose == "serverAuth" || purpose == ANY_PURPOSE;
        self.purposes.is_empty() || self.purposes.iter().any(fits)
    }

    /// Whether TLS libraries do not accept its signature algorithm.
    #[must_use]
    pub fn has_old_signature(&self) -> bool {
        ALGORITHMS.iter().any(|(_, name)| *name == self.signed_by && *name != "RSA-PSS")
    }

    /// Whether subject and issuer are equal.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }
}

fn moment(time: Time) -> Timestamp {
    Timestamp::from_unix(i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX))
}

fn known(names: &[(&str, &str)], oid: &ObjectIdentifier) -> String {
    let oid = oid.to_string();
    names.iter().find(|(known, _)| *known == oid).map_or(oid, |(_, name)| (*name).to_owned())
}

fn host(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.as_str().to_owned()),
        GeneralName::IpAddress(octets) => {
            let octets = octets.as_bytes();
            let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
            let address = v4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from));
            address.ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

/// `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }` (RFC 8017 appendix A.1.1).
fn rsa_bits(certificate: &Certificate) -> Option<usize> {
    let key = certificate.tbs_certificate().subject_public_key_info();
    let bytes = key.subject_public_key.as_bytes().filter(|_| key.algorithm.oid == RSA)?;
    let bits = SliceReader::new(bytes)
        .and_then(|mut reader| {
            reader.sequence(|inner| {
                let modulus = UintRef::decode(inner)?;
                UintRef::decode(inner)?;
                let leading = modulus.as_bytes().first().map_or(0, |byte| byte.leading_zeros() as usize);
                Ok::<_, x509_cert::der::Error>(modulus.as_bytes().len() * 8 - leading)
            })
        })
        .ok()?;
    Some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{
        BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
        SanType,
    };

    #[test]
    fn a_certificate_says_whom_it_is_for_and_who_issued_it() {
        let mut params = CertificateParams::new(vec!["a.example.com".to_owned()]).unwrap();
        params.subject_alt_names.push(SanType::IpAddress([127, 0, 0, 1].into()));
        params.subject_alt_names.push(SanType::IpAddress([0; 16].into()));
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "me");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let der = params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec();
        let facts = CertificateFacts::read(&der).unwrap();
        assert_eq!(facts.names, ["a.example.com", "127.0.0.1", "::"]);
        assert_eq!((facts.subject.as_str(), facts.version, facts.rsa_bits), ("CN=me", 3, None));
        assert_eq!(facts.purposes, ["clientAuth"]);
        assert!(!facts.is_for_servers() && !facts.is_authority && facts.may_sign);
        assert!(facts.is_self_issued() && facts.starts < facts.ends);
        assert_eq!(CertificateFacts::read(b"0"), None);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any];
        let der = params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec();
        let facts = CertificateFacts::read(&der).unwrap();
        assert!(facts.is_for_servers() && facts.is_authority && !facts.may_sign);
    }
}
