//! Parses JWK and JWK Set (RFC 7517) from the JSON as received, so that duplicate and private members are
//! noticed. A key that is not understood is kept with the reason.

use crate::jose::algorithm::{Algorithm, Curve};
use crate::jose::digest::{base64url, sha1, sha256, unbase64, unhex};
use crate::jose::key::{KeyMaterial, KeySource, VerifyingKey};
use crate::jose::spki;
use crate::json::{Json, Object};
use crate::secret::Secret;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

/// The limit of keys in a set.
pub const MAX_KEYS: usize = 1000;
/// The members of private or symmetric keys (RFC 7518 sections 6.2.2, 6.3.2, 6.4; `priv` is ML-DSA's).
pub const PRIVATE_MEMBERS: [&str; 9] = ["d", "p", "q", "dp", "dq", "qi", "oth", "priv", "k"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    pub kid: Option<String>,
    pub why: String,
    /// Whether the key contradicts itself, or allows anybody to sign. A key that is merely unknown or
    /// incomplete is not broken: sets may have such keys, and they are skipped (RFC 7517 section 5).
    pub broken: bool,
    /// The member that makes it a private or shared key, if any.
    pub private: Option<&'static str>,
}

impl Unusable {
    /// A key that is skipped.
    #[must_use]
    pub fn unknown(kid: Option<String>, why: impl Into<String>) -> Self {
        Self { kid, why: why.into(), broken: false, private: None }
    }
}

/// The first member that only a private or symmetric key has.
pub(crate) fn private_member(jwk: &Object) -> Option<&'static str> {
    PRIVATE_MEMBERS.into_iter().find(|name| member(jwk, name).is_some())
}

///
/// # Errors
/// [`Unusable`] with the reason.
pub fn read(jwk: &Object, origin: &str) -> Result<VerifyingKey, Unusable> {
    let kid = jwk.get("kid").and_then(Json::as_str).map(str::to_owned);
    let checked = read_members(jwk, origin).and_then(|key| match certificate_of(jwk, &key) {
        Ok(()) => Ok(key),
        Err(why) => Err(Problem::broken(why)),
    });
    match checked {
        Ok(key) => Ok(VerifyingKey { kid, ..key }),
        Err(Problem { why, broken }) => {
            let private = private_member(jwk);
            let more =
                private.map(|name| format!("; it has the private member {name:?}")).unwrap_or_default();
            Err(Unusable { kid, why: format!("{why}{more}"), broken, private })
        }
    }
}

/// Why a JWK cannot be used; see [`Unusable::broken`].
struct Problem {
    why: String,
    broken: bool,
}

impl Problem {
    fn broken(why: impl ToString) -> Self {
        Self { why: why.to_string(), broken: true }
    }
}

impl From<String> for Problem {
    fn from(why: String) -> Self {
        Self { why, broken: false }
    }
}

impl From<&str> for Problem {
    fn from(why: &str) -> Self {
        Self::from(why.to_owned())
    }
}

/// The key must be the first certificate's, and the thumbprints must match that certificate (RFC 7517
/// sections 4.7 to 4.9).
pub(crate) fn certificate_of(jwk: &Object, key: &VerifyingKey) -> Result<(), String> {
    let Some(chain) = x5c(jwk) else { return Ok(()) };
    let first = match chain {
        Json::Array(chain) => chain.first().and_then(Json::as_str),
        _ => None,
    };
    let der = first.and_then(|text| unbase64(&STANDARD, text.as_bytes()));
    let der = der.ok_or("its x5c is not a list of certificates in base64 (RFC 7517 section 4.7)")?;
    let certified = spki::certificate_key(&der, "x5c").map_err(|why| format!("its x5c: {why}"))?;
    if certified.thumbprint().is_none() || certified.thumbprint() != key.thumbprint() {
        return Err("its x5c certificate is for another key (RFC 7517 section 4.7)".to_owned());
    }
    for (name, digest) in [("x5t", &sha1(&der)[..]), ("x5t#S256", &sha256(&der)[..])] {
        // Some issuers encode the hexadecimal digits instead of the bytes.
        let is_it = |bytes: &[u8]| bytes == digest || unhex(bytes).as_deref() == Some(digest);
        if member(jwk, name).is_some() && !member_bytes(jwk, name).is_ok_and(|bytes| is_it(&bytes)) {
            return Err(format!("its {name} is not the thumbprint of its x5c certificate"));
        }
    }
    Ok(())
}

fn read_members(jwk: &Object, origin: &str) -> Result<VerifyingKey, Problem> {
    if let Some(found) = jwk.duplicate() {
        return Err(Problem::broken(format!("its member {:?} occurs more than once", found.path)));
    }
    member_text(jwk, "kid")?;
    let material = match member_text(jwk, "kty")?.ok_or("it has no kty")? {
        "oct" => KeyMaterial::hmac(Secret::new(member_bytes(jwk, "k")?)).map_err(Problem::broken)?,
        "RSA" => rsa(jwk)?,
        "EC" => ec(jwk)?,
        "OKP" => okp(jwk)?,
        other => return Err(Problem::from(format!("its kty {other:?} is not one that heistctl knows"))),
    };
    let source = match material {
        KeyMaterial::Hmac(_) => KeySource::Secret,
        _ if private_member(jwk).is_some() => KeySource::Private,
        _ => KeySource::Public,
    };
    let alg = match member_text(jwk, "alg")? {
        Some(name) => Some(
            name.parse()
                .map_err(|_| Problem::from(format!("its alg {name:?} is not a signature algorithm")))?,
        ),
        None => None,
    };
    let usage = member_text(jwk, "use")?.map(str::to_owned);
    let key_ops = key_ops(jwk)?;
    Ok(VerifyingKey { alg, usage, key_ops, ..VerifyingKey::new(material, source, origin) })
}

/// A public JWK for publication: the required members, `kid`, `use` and `alg`. It is built from public
/// material only, so it can never have a private member (RFC 7517 section 9.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicJwk {
    kty: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    usage: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<&'static str>,
}

/// Only the required members, for the header of a proof.
#[must_use]
pub fn bare(key: &VerifyingKey) -> Option<PublicJwk> {
    publish(key).map(|jwk| PublicJwk { kid: None, usage: None, alg: None, ..jwk })
}

/// The public JWK of a key; `None` for a shared secret.
#[must_use]
pub fn publish(key: &VerifyingKey) -> Option<PublicJwk> {
    let blank = PublicJwk {
        kty: "",
        crv: None,
        x: None,
        y: None,
        n: None,
        e: None,
        kid: key.kid.clone(),
        usage: Some("sig"),
        alg: key.alg.map(Algorithm::name),
    };
    Some(match &key.material {
        KeyMaterial::Hmac(_) => return None,
        KeyMaterial::Rsa { n, e } => {
            PublicJwk { kty: "RSA", n: Some(base64url(n)), e: Some(base64url(e)), ..blank }
        }
        KeyMaterial::Ec { curve, point } => {
            let (x, y) = point[1..].split_at(curve.coordinate_len());
            let (x, y) = (Some(base64url(x)), Some(base64url(y)));
            PublicJwk { kty: "EC", crv: Some(curve.name()), x, y, ..blank }
        }
        KeyMaterial::Ed25519(x) => {
            PublicJwk { kty: "OKP", crv: Some("Ed25519"), x: Some(base64url(x)), ..blank }
        }
    })
}

fn rsa(jwk: &Object) -> Result<KeyMaterial, Problem> {
    let (n, e) = (member_bytes(jwk, "n")?, member_bytes(jwk, "e")?);
    if n.first() == Some(&0) || e.first() == Some(&0) {
        return Err("its n or e has leading zeros (RFC 7518 section 6.3.1)".into());
    }
    KeyMaterial::rsa(&n, &e).map_err(Problem::broken)
}

fn ec(jwk: &Object) -> Result<KeyMaterial, Problem> {
    let crv = member_text(jwk, "crv")?.ok_or("it has no crv")?;
    let curve = Curve::ALL.into_iter().find(|curve| curve.name() == crv);
    let curve =
        curve.ok_or_else(|| Problem::from(format!("its crv {crv:?} is not one that heistctl knows")))?;
    let (x, y) = (member_bytes(jwk, "x")?, member_bytes(jwk, "y")?);
    let length = curve.coordinate_len();
    if x.len() != length || y.len() != length {
        let why = format!("its x and y must have {length} bytes each (RFC 7518 section 6.2.1.2)");
        return Err(why.into());
    }
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    KeyMaterial::ec(curve, &point).map_err(Problem::broken)
}

fn okp(jwk: &Object) -> Result<KeyMaterial, Problem> {
    match member_text(jwk, "crv")?.ok_or("it has no crv")? {
        "Ed25519" => KeyMaterial::ed25519(&member_bytes(jwk, "x")?).map_err(Problem::broken),
        other => Err(Problem::from(format!("its crv {other:?} is not one that heistctl knows"))),
    }
}

/// The permitted operations of a key (RFC 7517 section 4.3).
pub(crate) fn key_ops(jwk: &Object) -> Result<Option<Vec<String>>, String> {
    let Some(value) = member(jwk, "key_ops").filter(|ops| !is_empty_array(ops)) else { return Ok(None) };
    let Json::Array(items) = value else { return Err("its key_ops is not an array".to_owned()) };
    let ops: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
    let ops = ops.ok_or("its key_ops has elements that are not strings")?;
    let twice = ops.iter().enumerate().any(|(at, op)| ops[..at].contains(op));
    if twice { Err("its key_ops repeats itself (RFC 7517 section 4.3)".to_owned()) } else { Ok(Some(ops)) }
}

/// A member that is present. Some libraries write `null`, or an empty `key_ops` or `x5c`, for an absent
/// one.
pub(crate) fn member<'a>(jwk: &'a Object, name: &str) -> Option<&'a Json> {
    jwk.get(name).filter(|value| **value != Json::Null)
}

/// The certificate chain, if present.
pub(crate) fn x5c(jwk: &Object) -> Option<&Json> {
    member(jwk, "x5c").filter(|chain| !is_empty_array(chain))
}

fn is_empty_array(value: &Json) -> bool {
    matches!(value, Json::Array(items) if items.is_empty())
}

pub(crate) fn member_text<'a>(jwk: &'a Object, name: &str) -> Result<Option<&'a str>, String> {
    match member(jwk, name) {
        None => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(other) => Err(format!("its {name} is {}, must be a string", other.kind())),
    }
}

pub(crate) fn member_bytes(jwk: &Object, name: &str) -> Result<Vec<u8>, String> {
    let text = member_text(jwk, name)?.ok_or_else(|| format!("it has no {name}"))?;
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
        assert_eq!(key.source, KeySource::Private);
    }

    #[test]
    fn null_members_and_empty_arrays_count_as_absent() {
        let text = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":null,
            "alg":null,"use":null,"kid":null,"key_ops":null,"x5c":null,"x5t":null,"x5t#S256":null,"k":null}"#;
        let empty = text.replace(r#""key_ops":null,"x5c":null"#, r#""key_ops":[],"x5c":[]"#);
        for text in [text, &empty] {
            let key = jwk(text).unwrap();
            assert_eq!(
                (key.source, key.alg, key.usage, key.kid),
                (KeySource::Public, None, None, None),
                "{text}"
            );
            assert_eq!(key.key_ops, None, "{text}");
        }
        assert_eq!(why(r#"{"kty":"oct","k":null}"#), "it has no k");
    }

    #[test]
    fn a_private_key_is_told_even_where_it_is_broken_or_unknown_and_never_shown() {
        for (text, name) in [
            (r#"{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA","d":"hunter2"}"#, "d"),
            (r#"{"kty":"XYZ","d":"hunter2"}"#, "d"),
            (r#"{"kty":"AKP","priv":"hunter2"}"#, "priv"),
            (r#"{"kty":"RSA","p":"hunter2"}"#, "p"),
            (r#"{"d":"hunter2"}"#, "d"),
            (r#"{"kty":"oct","k":"hunter2=="}"#, "k"),
        ] {
            let unusable = jwk(text).unwrap_err();
            assert_eq!(unusable.private, Some(name), "{text}");
            assert!(
                unusable.why.ends_with(&format!("it has the private member {name:?}")),
                "{}",
                unusable.why
            );
            assert!(!unusable.why.contains("hunter2"), "{}", unusable.why);
        }
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
            (r#"{"kty":"oct","k":"AAAA","alg":"none"}"#, "not a signature algorithm"),
            (r#"{"kty":"oct","k":"AAAA","key_ops":"verify"}"#, "not an array"),
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
