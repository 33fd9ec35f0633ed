//! Keys of every kind that sign tokens of any content, the broken ones among them: header and
//! payload are text, and nobody checks them.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaEncoding, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// base64url without padding.
pub(crate) fn part(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) enum Key {
    Hmac(Vec<u8>),
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Key {
    /// A fresh key for an algorithm.
    pub(crate) fn for_alg(alg: &str) -> Self {
        match alg {
            "HS256" | "HS384" | "HS512" => Self::Hmac((0..64).collect()),
            "EdDSA" | "Ed25519" => Self::Ed25519(Ed25519KeyPair::generate().unwrap()),
            _ if ecdsa(alg).is_some() => Self::Ec(EcdsaKeyPair::generate(ecdsa(alg).unwrap()).unwrap()),
            _ => Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()),
        }
    }

    /// The signature of a message as the algorithm makes it.
    pub(crate) fn signature(&self, alg: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Hmac(secret) => {
                let hash = match alg {
                    "HS384" => hmac::HMAC_SHA384,
                    "HS512" => hmac::HMAC_SHA512,
                    _ => hmac::HMAC_SHA256,
                };
                hmac::sign(&hmac::Key::new(hash, secret), message).as_ref().to_vec()
            }
            Self::Rsa(pair) => {
                let mut out = vec![0; pair.public_modulus_len()];
                pair.sign(rsa(alg), &random, message, &mut out).unwrap();
                out
            }
            Self::Ec(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    /// A token of that header and payload, both as written.
    pub(crate) fn sign_text(&self, alg: &str, header: &str, payload: &str) -> String {
        let input = format!("{}.{}", part(header), part(payload));
        format!("{input}.{}", part(self.signature(alg, input.as_bytes())))
    }

    /// A token with `alg` and, where given, `kid` in its header.
    pub(crate) fn sign(&self, alg: &str, kid: Option<&str>, claims: &Value) -> String {
        let header = match kid {
            Some(kid) => json!({"alg": alg, "kid": kid}),
            None => json!({"alg": alg}),
        };
        self.sign_text(alg, &header.to_string(), &claims.to_string())
    }

    /// Its public JWK; of a secret, the secret.
    pub(crate) fn jwk(&self) -> Value {
        match self {
            Self::Hmac(secret) => json!({"kty": "oct", "k": part(secret)}),
            Self::Rsa(pair) => {
                let key = pair.public_key();
                let (n, e) = (key.modulus(), key.exponent());
                json!({"kty": "RSA", "n": part(n.big_endian_without_leading_zero()), "e": part(e.big_endian_without_leading_zero())})
            }
            Self::Ec(pair) => {
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                let crv = match x.len() {
                    32 => "P-256",
                    48 => "P-384",
                    _ => "P-521",
                };
                json!({"kty": "EC", "crv": crv, "x": part(x), "y": part(y)})
            }
            Self::Ed25519(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": part(pair.public_key().as_ref())})
            }
        }
    }

    /// Its JWK with more members.
    pub(crate) fn jwk_with(&self, members: Value) -> Value {
        let mut jwk = self.jwk();
        for (name, value) in members.as_object().unwrap() {
            jwk[name] = value.clone();
        }
        jwk
    }

    pub(crate) fn public_pem(&self) -> String {
        let der: PublicKeyX509Der<'_> = match self {
            Self::Hmac(_) => panic!("a secret has no PEM"),
            Self::Rsa(pair) => pair.public_key().as_der(),
            Self::Ec(pair) => pair.public_key().as_der(),
            Self::Ed25519(pair) => pair.public_key().as_der(),
        }
        .unwrap();
        pem("PUBLIC KEY", der.as_ref())
    }

    pub(crate) fn private_pem(&self) -> String {
        let der = match self {
            Self::Hmac(_) => panic!("a secret has no PEM"),
            Self::Rsa(pair) => AsDer::<Pkcs8V1Der<'_>>::as_der(pair).unwrap().as_ref().to_vec(),
            Self::Ec(pair) => pair.to_pkcs8v1().unwrap().as_ref().to_vec(),
            Self::Ed25519(pair) => pair.to_pkcs8v1().unwrap().as_ref().to_vec(),
        };
        pem("PRIVATE KEY", &der)
    }

    /// A self-signed certificate of the key.
    pub(crate) fn certificate_pem(&self) -> String {
        let pair = rcgen::KeyPair::from_pem(&self.private_pem()).unwrap();
        rcgen::CertificateParams::new(vec!["as.example.com".to_owned()])
            .unwrap()
            .self_signed(&pair)
            .unwrap()
            .pem()
    }
}

fn pem(tag: &str, der: &[u8]) -> String {
    ::pem::encode(&::pem::Pem::new(tag, der))
}

fn ecdsa(alg: &str) -> Option<&'static EcdsaSigningAlgorithm> {
    Some(match alg {
        "ES256" => &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        "ES256-DER" => &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
        "ES384" => &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        "ES512" => &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
        "ES256K" => &signature::ECDSA_P256K1_SHA256_FIXED_SIGNING,
        _ => return None,
    })
}

fn rsa(alg: &str) -> &'static dyn RsaEncoding {
    match alg {
        "RS256" => &signature::RSA_PKCS1_SHA256,
        "RS384" => &signature::RSA_PKCS1_SHA384,
        "RS512" => &signature::RSA_PKCS1_SHA512,
        "PS256" => &signature::RSA_PSS_SHA256,
        "PS384" => &signature::RSA_PSS_SHA384,
        "PS512" => &signature::RSA_PSS_SHA512,
        other => panic!("no RSA algorithm: {other}"),
    }
}
