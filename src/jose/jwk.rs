//! JWK and JWK Set (RFC 7517) to keys. Read from JSON as received, so that duplicate members and
//! private ones are seen; a key that is not understood is kept with the reason, never guessed at.

use crate::jose::algorithm::{Algorithm, Curve};
use crate::jose::key::{Material, Source, VerifyingKey};
use crate::json::{Json, Object};
use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// More keys than this in a set are not read.
pub const MAX_KEYS: usize = 1000;
/// Members that only a private or symmetric key has (RFC 7518 sections 6.2.2, 6.3.2, 6.4).
pub const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A key of a set that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// Its `kid`.
    pub kid: Option<String>,
    /// Why it cannot be used.
    pub why: String,
}

/// Reads one JWK.
///
/// # Errors
/// [`Unusable`] with the reason.
pub fn read(jwk: &Object, origin: &str) -> Result<VerifyingKey, Unusable> {
    let kid = jwk.get("kid").and_then(Json::as_str).map(str::to_owned);
    read_members(jwk, origin)
        .map(|key| VerifyingKey { kid: kid.clone(), ..key })
        .map_err(|why| Unusable { kid, why })
}

fn read_members(jwk: &Object, origin: &str) -> Result<VerifyingKey, String> {
    if let Some((name, _)) = jwk.duplicate() {
        return Err(format!("its member {name:?} occurs more than once"));
    }
    let material = match text(jwk, "kty")?.ok_or("it has no kty")? {
        "oct" => Material::Hmac(Secret::new(bytes(jwk, "k")?)),
        "RSA" => rsa(jwk)?,
        "EC" => ec(jwk)?,
        "OKP" => okp(jwk)?,
        other => return Err(format!("its kty {other:?} is not one that heistctl knows")),
    };
    let private = PRIVATE_MEMBERS.iter().any(|name| jwk.get(name).is_some());
    let source = match material {
        Material::Hmac(_) => Source::Secret,
        _ if private => Source::Private,
        _ => Source::Public,
    };
    let alg = match text(jwk, "alg")? {
        Some(name) => {
            let alg: Algorithm =
                name.parse().map_err(|_| format!("its alg {name:?} is no signature algorithm"))?;
            Some(alg)
        }
        None => None,
    };
    let usage = text(jwk, "use")?.map(str::to_owned);
    let key_ops = key_ops(jwk)?;
    Ok(VerifyingKey { alg, usage, key_ops, ..VerifyingKey::new(material, source, origin) })
}

fn rsa(jwk: &Object) -> Result<Material, String> {
    let (n, e) = (bytes(jwk, "n")?, bytes(jwk, "e")?);
    if n.first() == Some(&0) || e.first() == Some(&0) {
        return Err("its n or e has leading zeros (RFC 7518 section 6.3.1)".to_owned());
    }
    Material::rsa(&n, &e).map_err(|error| error.to_string())
}

fn ec(jwk: &Object) -> Result<Material, String> {
    let crv = text(jwk, "crv")?.ok_or("it has no crv")?;
    let curve = Curve::ALL.into_iter().find(|curve| curve.name() == crv);
    let curve = curve.ok_or_else(|| format!("its crv {crv:?} is not one that heistctl knows"))?;
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    let length = curve.coordinate_len();
    if x.len() != length || y.len() != length {
        return Err(format!("its x and y must have {length} bytes each (RFC 7518 section 6.2.1.2)"));
    }
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    Material::ec(curve, &point).map_err(|error| error.to_string())
}

fn okp(jwk: &Object) -> Result<Material, String> {
    match text(jwk, "crv")?.ok_or("it has no crv")? {
        "Ed25519" => Material::ed25519(&bytes(jwk, "x")?).map_err(|error| error.to_string()),
        other => Err(format!("its crv {other:?} is not one that heistctl knows")),
    }
}

fn key_ops(jwk: &Object) -> Result<Option<Vec<String>>, String> {
    let Some(value) = jwk.get("key_ops") else { return Ok(None) };
    let Json::Array(items) = value else { return Err("its key_ops is no array".to_owned()) };
    let ops: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
    ops.map(Some).ok_or_else(|| "its key_ops has other things than strings".to_owned())
}

fn text<'a>(jwk: &'a Object, name: &str) -> Result<Option<&'a str>, String> {
    match jwk.get(name) {
        None => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(other) => Err(format!("its {name} is {}, must be a string", other.kind())),
    }
}

fn bytes(jwk: &Object, name: &str) -> Result<Vec<u8>, String> {
    let text = text(jwk, name)?.ok_or_else(|| format!("it has no {name}"))?;
    URL_SAFE_NO_PAD.decode(text).map_err(|_| format!("its {name} is not base64url"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwk(text: &str) -> Result<VerifyingKey, Unusable> {
        read(Json::parse(text.as_bytes()).unwrap().as_object().unwrap(), "test")
    }

    fn why(text: &str) -> String {
        jwk(text).unwrap_err().why
    }

    /// RFC 7638 section 3.1.
    #[test]
    fn the_thumbprint_is_the_known_answer_of_rfc_7638() {
        let key = jwk(
            r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#,
        )
        .unwrap();
        assert_eq!(key.thumbprint().unwrap(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        assert_eq!((key.kid.as_deref(), key.alg), (Some("2011-04-29"), Some(Algorithm::RS256)));
    }

    /// RFC 8037 appendices A.1 and A.3.
    #[test]
    fn the_thumbprint_is_the_known_answer_of_rfc_8037() {
        let key = jwk(r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#).unwrap();
        assert_eq!(key.thumbprint().unwrap(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(key.source, Source::Private);
    }

    #[test]
    fn what_is_no_key_is_refused_with_its_reason() {
        for (text, part) in [
            (r#"{}"#, "no kty"),
            (r#"{"kty":"foo"}"#, "\"foo\""),
            (r#"{"kty":7}"#, "a number"),
            (r#"{"kty":"oct"}"#, "no k"),
            (r#"{"kty":"oct","k":"AA=="}"#, "not base64url"),
            (r#"{"kty":"oct","k":"AAAA","kty":"oct"}"#, "more than once"),
            (r#"{"kty":"oct","k":"AAAA","alg":"none"}"#, "no signature algorithm"),
            (r#"{"kty":"oct","k":"AAAA","key_ops":"verify"}"#, "no array"),
            (r#"{"kty":"RSA","n":"AAAB","e":"AQAB"}"#, "leading zeros"),
            (r#"{"kty":"RSA","n":"AQ","e":"Ag"}"#, "exponent"),
            (r#"{"kty":"EC","crv":"P-192"}"#, "\"P-192\""),
            (r#"{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}"#, "32 bytes"),
            (r#"{"kty":"OKP","crv":"X25519","x":"AAAA"}"#, "\"X25519\""),
            (r#"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#, "32 bytes"),
        ] {
            assert!(why(text).contains(part), "{text}: {}", why(text));
        }
        let zeros = "A".repeat(43);
        let off = format!(r#"{{"kty":"EC","crv":"P-256","x":"{zeros}","y":"{zeros}"}}"#);
        assert!(why(&off).contains("not on the curve P-256"), "{}", why(&off));
    }
}
