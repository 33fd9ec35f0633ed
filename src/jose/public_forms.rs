//! A public key in the forms in which verifiers keep it: for tests of those that take such a text for an HMAC secret
//! (RFC 8725 section 2.1).

use super::algorithm::Curve;
use super::jwk;
use super::key::{KeyMaterial, VerifyingKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pem::{EncodeConfig, LineEnding, Pem};

const RSA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 0x05, 0];
const EC: &[u8] = &[0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const ED25519: &[u8] = &[0x06, 3, 0x2b, 0x65, 0x70];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

/// The forms with their names. Empty for a shared secret.
#[must_use]
pub fn all(key: &VerifyingKey) -> Vec<(&'static str, Vec<u8>)> {
    let Some(spki) = spki(&key.material) else { return Vec::new() };
    let written = pem_text("PUBLIC KEY", &spki);
    let trimmed = written.trim_end().as_bytes().to_vec();
    let mut forms = vec![
        ("PEM with its last line end", written.into_bytes()),
        ("PEM without its last line end", trimmed),
        ("DER", spki),
    ];
    if let KeyMaterial::Rsa { n, e } = &key.material {
        let pkcs1 = pkcs1(n, e);
        forms.push(("PKCS#1 PEM", pem_text("RSA PUBLIC KEY", &pkcs1).into_bytes()));
        forms.push(("PKCS#1 DER", pkcs1));
        forms.push(("the modulus in base64url", super::digest::base64url(n).into_bytes()));
    }
    let json = |jwk: Option<jwk::PublicJwk>| jwk.and_then(|jwk| serde_json::to_vec(&jwk).ok());
    forms.extend(json(jwk::bare(key)).map(|text| ("JWK", text)));
    forms.extend(json(jwk::publish(key)).map(|text| ("JWK with kid, use and alg", text)));
    forms.extend(open_ssh(&key.material).map(|text| ("OpenSSH", text.into_bytes())));
    forms
}

/// `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7).
fn spki(material: &KeyMaterial) -> Option<Vec<u8>> {
    let (algorithm, key) = match material {
        KeyMaterial::Hmac(_) => return None,
        KeyMaterial::Rsa { n, e } => (RSA.to_vec(), pkcs1(n, e)),
        KeyMaterial::Ec { curve, point } => ([EC, curve_id(*curve)].concat(), point.clone()),
        KeyMaterial::Ed25519(key) => (ED25519.to_vec(), key.clone()),
    };
    let bits = tlv(BIT_STRING, &[&[0], key.as_slice()].concat());
    Some(tlv(SEQUENCE, &[tlv(SEQUENCE, &algorithm), bits].concat()))
}

const fn curve_id(curve: Curve) -> &'static [u8] {
    match curve {
        Curve::P256 => &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
        Curve::P384 => &[0x06, 5, 0x2b, 0x81, 4, 0, 0x22],
        Curve::P521 => &[0x06, 5, 0x2b, 0x81, 4, 0, 0x23],
        Curve::Secp256k1 => &[0x06, 5, 0x2b, 0x81, 4, 0, 0x0a],
    }
}

/// `RSAPublicKey` (RFC 8017 appendix A.1.1).
fn pkcs1(n: &[u8], e: &[u8]) -> Vec<u8> {
    tlv(SEQUENCE, &[integer(n), integer(e)].concat())
}

/// `Ecdsa-Sig-Value` of a signature that is R and S of equal length (RFC 3279 section 2.2.3).
#[must_use]
pub fn der_signature(raw: &[u8]) -> Vec<u8> {
    let (r, s) = raw.split_at(raw.len() / 2);
    tlv(SEQUENCE, &[integer(r), integer(s)].concat())
}

/// An unsigned number without leading zeros, but positive.
fn integer(number: &[u8]) -> Vec<u8> {
    let minimal: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
    let sign: &[u8] = if minimal.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
    tlv(INTEGER, &[sign, &minimal].concat())
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let head = match (length.as_slice(), content.len()) {
        (_, ..0x80) => vec![tag, u8::try_from(content.len()).unwrap_or(0)],
        (bytes, _) => [&[tag, 0x80 | u8::try_from(bytes.len()).unwrap_or(0)], bytes].concat(),
    };
    [head, content.to_vec()].concat()
}

fn pem_text(label: &str, der: &[u8]) -> String {
    pem::encode_config(&Pem::new(label, der), EncodeConfig::new().set_line_ending(LineEnding::LF))
}

/// RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709 section 4.
fn open_ssh(material: &KeyMaterial) -> Option<String> {
    let string = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap_or(0).to_be_bytes()[..], bytes].concat();
    let number =
        |bytes: &[u8]| string(integer(bytes).get(2..).filter(|_| bytes.len() < 0x7f).unwrap_or(bytes));
    let mpint = |bytes: &[u8]| match bytes.first() {
        Some(0x80..) => string(&[&[0], bytes].concat()),
        _ => number(bytes),
    };
    let (name, rest) = match material {
        KeyMaterial::Rsa { n, e } => ("ssh-rsa", [mpint(e), mpint(n)].concat()),
        KeyMaterial::Ed25519(key) => ("ssh-ed25519", string(key)),
        KeyMaterial::Ec { curve: Curve::P256, point } => {
            ("ecdsa-sha2-nistp256", [string(b"nistp256"), string(point)].concat())
        }
        _ => return None,
    };
    Some(format!("{name} {}", STANDARD.encode([string(name.as_bytes()), rest].concat())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::algorithm::Algorithm;
    use crate::jose::keyset::KeySet;
    use crate::jose::private::PrivateKey;

    #[test]
    fn each_form_is_read_as_the_same_key() {
        for algorithm in [Algorithm::ES256, Algorithm::ES384, Algorithm::RS256, Algorithm::EdDSA] {
            let key = PrivateKey::generate(algorithm).unwrap().verifying_key("test").unwrap();
            let forms = all(&key);
            assert!(forms.len() >= 5, "{algorithm}");
            for (name, bytes) in forms.iter().filter(|(name, _)| !name.contains("modulus")) {
                let read =
                    KeySet::read(bytes, "test").unwrap_or_else(|error| panic!("{algorithm} {name}: {error}"));
                assert_eq!(read.keys[0].thumbprint(), key.thumbprint(), "{algorithm} {name}");
            }
        }
    }
}
