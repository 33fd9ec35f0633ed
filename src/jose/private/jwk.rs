//! Private JWKs (RFC 7517, RFC 7518 section 6): their numbers and declared uses.

use super::{PUBLIC, PrivateKey, PrivateMaterial, signing};
use crate::jose::algorithm::{Algorithm, Curve};
use crate::jose::jwk::{certificate_of, key_ops, member, member_bytes, member_text};
use crate::jose::keyfile::{self, KeyFileError};
use crate::json::{Json, Object};
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair, RsaPublicKeyComponents};

/// The hint for a shared secret as a JWK.
const OCT: &str = "its k is the client's secret: jq -r .k FILE prints it in base64url";

impl PrivateKey {
    /// Parses a JWK and its declared use.
    pub(super) fn from_json(json: &Json) -> Result<Self, KeyFileError> {
        let jwk = json.as_object().ok_or("it is not a JSON object")?;
        if jwk.get("keys").is_some() {
            let hint = "jq '.keys[0]' FILE > key.jwk extracts the first";
            return Err(KeyFileError::new("it is a JWK Set: one private JWK is needed", hint));
        }
        if jwk.get("kty").is_none() {
            return Err(keyfile::no_jwk(jwk));
        }
        if let Some(found) = jwk.duplicate() {
            return Err(format!("its member {:?} occurs more than once", found.path).into());
        }
        member_text(jwk, "kid")?;
        let (pair, alg) = (Self::pair_from_jwk(jwk)?, Self::purpose(jwk)?);
        let key = Self { alg, ..Self::from(pair) };
        match alg {
            Some(alg) if key.public().map_err(|error| error.to_string())?.family() != alg.family() => {
                Err(format!("its alg {alg} is for a key of another kind").into())
            }
            _ => {
                certificate_of(jwk, &key.verifying_key("the JWK")?)?;
                Ok(key)
            }
        }
    }

    /// The uses that a JWK declares (RFC 7517 sections 4.2 to 4.4).
    fn purpose(jwk: &Object) -> Result<Option<Algorithm>, KeyFileError> {
        if let Some(usage) = member_text(jwk, "use")?.filter(|usage| *usage != "sig") {
            return Err(format!("it is not for signatures: its use is {usage:?}").into());
        }
        if key_ops(jwk)?.is_some_and(|ops| !ops.iter().any(|op| op == "sign")) {
            return Err("it is not for signing: its key_ops lack \"sign\"".into());
        }
        let Some(name) = member_text(jwk, "alg")? else { return Ok(None) };
        Ok(Some(name.parse().map_err(|_| format!("its alg {name:?} is not a signature algorithm"))?))
    }

    fn pair_from_jwk(jwk: &Object) -> Result<PrivateMaterial, KeyFileError> {
        let broken = |_| KeyFileError::from("its members do not make a private key");
        let kty = member_text(jwk, "kty")?.unwrap_or_default();
        if member(jwk, "d").is_none() {
            return Err(match kty {
                "oct" => KeyFileError::new("it is a shared secret, and no private key", OCT),
                _ => KeyFileError::new("it is a public JWK: it has no d", PUBLIC),
            });
        }
        let d = member_bytes(jwk, "d")?;
        match kty {
            "RSA" => rsa_from_jwk(jwk, &d),
            "EC" => {
                let crv = member_text(jwk, "crv")?.unwrap_or_default();
                let curve = Curve::ALL.into_iter().find(|curve| curve.name() == crv);
                let curve = curve.ok_or_else(|| format!("its crv {crv:?} is not one that JWS has"))?;
                let point =
                    [&[4], member_bytes(jwk, "x")?.as_slice(), member_bytes(jwk, "y")?.as_slice()].concat();
                EcdsaKeyPair::from_private_key_and_public_key(signing(curve), &d, &point)
                    .map(|pair| PrivateMaterial::Ec(pair, curve))
                    .map_err(broken)
            }
            "OKP" => match member_text(jwk, "crv")?.unwrap_or_default() {
                "Ed25519" => Ed25519KeyPair::from_seed_and_public_key(&d, &member_bytes(jwk, "x")?)
                    .map(PrivateMaterial::Ed25519)
                    .map_err(broken),
                crv => Err(format!("it is a key for {crv:?}: no algorithm of JWS here uses it").into()),
            },
            other => Err(format!("its kty {other:?} is not a kind of private key that signs").into()),
        }
    }
}

fn rsa_from_jwk(jwk: &Object, d: &[u8]) -> Result<PrivateMaterial, KeyFileError> {
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
        .map(PrivateMaterial::Rsa)
        .map_err(|_| "its members do not make an RSA private key of 2048 bits or more".into())
}
