//! Private keys that sign: read from PEM or JWK, or made here. Parsed once, then kept: parsing costs
//! more than signing does.

use crate::jose::algorithm::{Algorithm, Curve, Family};
use crate::jose::jwk::{member_bytes, member_text};
use crate::jose::key::{KeyError, Material, Source, VerifyingKey};
use crate::jose::pem::rsa_public_key;
use crate::json::{Json, Object, without_bom};
use crate::secret::Secret;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaKeyPair, RsaPublicKeyComponents,
};
use std::fmt;

const SIGNING: [(&EcdsaSigningAlgorithm, Curve); 4] = [
    (&signature::ECDSA_P256_SHA256_FIXED_SIGNING, Curve::P256),
    (&signature::ECDSA_P384_SHA384_FIXED_SIGNING, Curve::P384),
    (&signature::ECDSA_P521_SHA512_FIXED_SIGNING, Curve::P521),
    (&signature::ECDSA_P256K1_SHA256_FIXED_SIGNING, Curve::Secp256k1),
];

/// A private key.
pub enum PrivateKey {
    /// RSA.
    Rsa(RsaKeyPair),
    /// On a curve.
    Ec(EcdsaKeyPair, Curve),
    /// Ed25519.
    Ed25519(Ed25519KeyPair),
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

impl PrivateKey {
    /// Makes a key for an algorithm; RSA with 2048 bits.
    ///
    /// # Errors
    /// For HMAC, which has no key pair, and where the system gives no random bytes.
    pub fn generate(algorithm: Algorithm) -> Result<Self, String> {
        let failed = |_| "the key could not be made".to_owned();
        match algorithm.family() {
            Family::Hmac => Err("HMAC has a shared secret, not a key pair".to_owned()),
            Family::Rsa => RsaKeyPair::generate(KeySize::Rsa2048).map(Self::Rsa).map_err(failed),
            Family::Ec(curve) => {
                EcdsaKeyPair::generate(signing(curve)).map(|pair| Self::Ec(pair, curve)).map_err(failed)
            }
            Family::Ed25519 => Ed25519KeyPair::generate().map(Self::Ed25519).map_err(failed),
        }
    }

    /// Reads a PEM (PKCS#8, PKCS#1, SEC1) or a JWK with its private members.
    ///
    /// # Errors
    /// With the reason; nothing of the file is quoted.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let text =
            std::str::from_utf8(without_bom(bytes)).map_err(|_| "it is binary, neither PEM nor JWK")?;
        if text.trim_start().starts_with('{') {
            let json = Json::parse(text.trim().as_bytes()).map_err(|error| format!("it is {error}"))?;
            return Self::from_jwk(json.as_object().ok_or("it is no JSON object")?);
        }
        let sections = pem::parse_many(text).map_err(|_| "its PEM is damaged")?;
        let private = sections.iter().find(|section| section.tag().ends_with("PRIVATE KEY"));
        match private {
            Some(section) if section.tag() == "ENCRYPTED PRIVATE KEY" => {
                Err("it is encrypted; openssl pkey -in FILE decrypts it".to_owned())
            }
            Some(section) => Self::from_der(section.contents()),
            None => Err("it holds no private key, neither as PEM nor as JWK".to_owned()),
        }
    }

    /// PKCS#8, PKCS#1 or SEC1: whatever it is, aws-lc-rs says whether it can read it.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, String> {
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)) {
            return Ok(Self::Rsa(pair));
        }
        for (algorithm, curve) in SIGNING {
            let pair = EcdsaKeyPair::from_pkcs8(algorithm, der)
                .or_else(|_| EcdsaKeyPair::from_private_key_der(algorithm, der));
            if let Ok(pair) = pair {
                return Ok(Self::Ec(pair, curve));
            }
        }
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Self::Ed25519).map_err(|_| {
            "it is no private key of a kind that JWS has (RSA under 2048 bits cannot be read either)"
                .to_owned()
        })
    }

    fn from_jwk(jwk: &Object) -> Result<Self, String> {
        let broken = |_| "its members do not make a private key".to_owned();
        if let Some(found) = jwk.duplicate() {
            return Err(format!("its member {:?} occurs more than once", found.path));
        }
        if jwk.get("d").is_none() {
            return Err("it is a public JWK: it has no d".to_owned());
        }
        let d = member_bytes(jwk, "d")?;
        match member_text(jwk, "kty")?.ok_or("it has no kty")? {
            "RSA" => Self::rsa_from_jwk(jwk, &d),
            "EC" => {
                let crv = member_text(jwk, "crv")?.unwrap_or_default();
                let curve =
                    Curve::ALL.into_iter().find(|curve| curve.name() == crv).ok_or("its crv is unknown")?;
                let point =
                    [&[4], member_bytes(jwk, "x")?.as_slice(), member_bytes(jwk, "y")?.as_slice()].concat();
                EcdsaKeyPair::from_private_key_and_public_key(signing(curve), &d, &point)
                    .map(|pair| Self::Ec(pair, curve))
                    .map_err(broken)
            }
            "OKP" => Ed25519KeyPair::from_seed_and_public_key(&d, &member_bytes(jwk, "x")?)
                .map(Self::Ed25519)
                .map_err(broken),
            other => Err(format!("its kty {other:?} is no kind of private key that signs")),
        }
    }

    fn rsa_from_jwk(jwk: &Object, d: &[u8]) -> Result<Self, String> {
        let get = |name| member_bytes(jwk, name);
        let (n, e) = (get("n")?, get("e")?);
        let components = aws_lc_rs::rsa::KeyPairComponents {
            public_key: RsaPublicKeyComponents { n: n.as_slice(), e: e.as_slice() },
            d,
            p: &get("p")?,
            q: &get("q")?,
            dP: &get("dp")?,
            dQ: &get("dq")?,
            qInv: &get("qi")?,
        };
        RsaKeyPair::from_components(&components)
            .map(Self::Rsa)
            .map_err(|_| "its members do not make an RSA private key of 2048 bits or more".to_owned())
    }

    /// The key as PKCS#8 (RFC 5958, version 1, which every reader takes).
    ///
    /// # Errors
    /// Where the cryptography refuses to write it.
    pub fn pkcs8(&self) -> Result<Secret, &'static str> {
        let refused = |_| "the key could not be written";
        match self {
            Self::Rsa(pair) => {
                let der: Result<Pkcs8V1Der<'_>, _> = pair.as_der();
                der.map(|der| Secret::new(der.as_ref())).map_err(refused)
            }
            Self::Ec(pair, _) => pair.to_pkcs8v1().map(|der| Secret::new(der.as_ref())).map_err(refused),
            Self::Ed25519(pair) => pair.to_pkcs8v1().map(|der| Secret::new(der.as_ref())).map_err(refused),
        }
    }

    /// The same as PEM, labelled as what it is, whatever the file called it that it came from.
    ///
    /// # Errors
    /// As [`PrivateKey::pkcs8`].
    pub fn pkcs8_pem(&self) -> Result<Secret, &'static str> {
        let der = self.pkcs8()?;
        Ok(Secret::new(pem::encode(&pem::Pem::new("PRIVATE KEY", der.expose()))))
    }

    /// The RFC 7638 thumbprint of its public half.
    ///
    /// # Errors
    /// As [`PrivateKey::public`].
    pub fn thumbprint(&self) -> Result<Option<String>, KeyError> {
        Ok(VerifyingKey::new(self.public()?, Source::Private, "a private key").thumbprint())
    }

    /// The public half.
    ///
    /// # Errors
    /// Where it is none that verifies, which no key that was read here should be.
    pub fn public(&self) -> Result<Material, KeyError> {
        match self {
            Self::Rsa(pair) => rsa_public_key(pair.public_key().as_ref())
                .map_err(|_| KeyError::Rsa("its public half cannot be read")),
            Self::Ec(pair, curve) => Material::ec(*curve, pair.public_key().as_ref()),
            Self::Ed25519(pair) => Material::ed25519(pair.public_key().as_ref()),
        }
    }
}

fn signing(curve: Curve) -> &'static EcdsaSigningAlgorithm {
    match curve {
        Curve::P256 => SIGNING[0].0,
        Curve::P384 => SIGNING[1].0,
        Curve::P521 => SIGNING[2].0,
        Curve::Secp256k1 => SIGNING[3].0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::digest::base64url;
    use x509_cert::der::asn1::{AnyRef, UintRef};
    use x509_cert::der::{Decode, SliceReader};

    fn thumbprint(key: &PrivateKey) -> String {
        key.thumbprint().unwrap().unwrap()
    }

    /// RFC 7515 appendix A.3.1 and RFC 8037 appendix A.1.
    #[test]
    fn private_jwks_of_the_rfcs_are_read() {
        let ec = br#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
        assert!(matches!(PrivateKey::read(ec), Ok(PrivateKey::Ec(_, Curve::P256))));
        let ed = br#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
            "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        assert_eq!(thumbprint(&PrivateKey::read(ed).unwrap()), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn an_rsa_key_is_the_same_as_pem_and_as_jwk() {
        let PrivateKey::Rsa(pair) = PrivateKey::generate(Algorithm::RS256).unwrap() else { panic!() };
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let pem = pem::encode(&pem::Pem::new("PRIVATE KEY", pkcs8.as_ref()));
        let from_pem = PrivateKey::read(pem.as_bytes()).unwrap();
        let jwk = PrivateKey::read(rsa_jwk(pkcs8.as_ref()).as_bytes()).unwrap();
        assert_eq!(thumbprint(&from_pem), thumbprint(&jwk));
    }

    /// The integers of PKCS#8 and PKCS#1, in their order, as members of a JWK.
    fn rsa_jwk(pkcs8: &[u8]) -> String {
        let whole = AnyRef::from_der(pkcs8).unwrap();
        let mut info = SliceReader::new(whole.value()).unwrap();
        UintRef::decode(&mut info).unwrap();
        AnyRef::decode(&mut info).unwrap();
        let key = AnyRef::decode(&mut info).unwrap();
        let key = AnyRef::from_der(key.value()).unwrap();
        let mut integers = SliceReader::new(key.value()).unwrap();
        UintRef::decode(&mut integers).unwrap();
        let members = ["n", "e", "d", "p", "q", "dp", "dq", "qi"].map(|name| {
            let value = base64url(UintRef::decode(&mut integers).unwrap().as_bytes());
            format!(r#""{name}":"{value}""#)
        });
        format!(r#"{{"kty":"RSA",{}}}"#, members.join(","))
    }

    #[test]
    fn what_is_no_private_key_is_refused_with_its_reason() {
        for (text, part) in [
            ("hello", "no private key"),
            ("{", "not JSON"),
            (r#"{"kty":"EC"}"#, "a public JWK"),
            (r#"{"kty":"oct","d":"AA"}"#, "\"oct\""),
            (r#"{"kty":"EC","crv":"P-256","d":"AA","x":"AA","y":"AA"}"#, "do not make a private key"),
            ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "holds no private key"),
            (
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
                "encrypted",
            ),
        ] {
            let error = PrivateKey::read(text.as_bytes()).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
        assert!(PrivateKey::generate(Algorithm::HS256).is_err());
    }
}
