//! OpenSSH public keys (RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709).

use crate::jose::algorithm::Curve;
use crate::jose::digest::unbase64;
use crate::jose::key::{KeyMaterial, KeySource, VerifyingKey};
use crate::jose::keyfile::ssh_fields;
use base64::alphabet::STANDARD;

/// The keys in a `.pub` or authorized_keys file; comments are ignored.
///
/// # Errors
/// With the first reason, if no line has a key that can verify.
pub(crate) fn read(text: &str, origin: &str) -> Result<Vec<VerifyingKey>, String> {
    let (mut keys, mut problem) = (Vec::new(), None);
    for (_, data) in text.lines().filter(|line| !line.trim_start().starts_with('#')).filter_map(ssh_fields) {
        match material(data) {
            Ok(material) => keys.push(VerifyingKey::new(material, KeySource::Public, origin)),
            Err(why) => problem = problem.or(Some(why)),
        }
    }
    if keys.is_empty() { Err(problem.unwrap_or_else(|| "it holds no key".to_owned())) } else { Ok(keys) }
}

fn material(data: &str) -> Result<KeyMaterial, String> {
    const DAMAGED: &str = "the OpenSSH public key is damaged";
    let bytes = unbase64(&STANDARD, data.as_bytes()).ok_or(DAMAGED)?;
    let mut rest = bytes.as_slice();
    let kind = String::from_utf8_lossy(field(&mut rest).ok_or(DAMAGED)?).into_owned();
    let mut next = || field(&mut rest).ok_or(DAMAGED);
    let material = match kind.as_str() {
        "ssh-rsa" => {
            let (e, n) = (next()?, next()?);
            KeyMaterial::rsa(n, e)
        }
        "ssh-ed25519" => KeyMaterial::ed25519(next()?),
        "ecdsa-sha2-nistp256" | "ecdsa-sha2-nistp384" | "ecdsa-sha2-nistp521" => {
            let curve = match next()? {
                b"nistp256" => Curve::P256,
                b"nistp384" => Curve::P384,
                _ => Curve::P521,
            };
            KeyMaterial::ec(curve, next()?)
        }
        _ if kind.starts_with("sk-") => {
            return Err("it is the OpenSSH key of a security key, which signs no JWS".to_owned());
        }
        _ if kind.contains("-cert-") => {
            return Err("it is an OpenSSH certificate: give the public key itself".to_owned());
        }
        _ => return Err(format!("it is an OpenSSH key of type {kind:?}: no algorithm of JWS uses it")),
    };
    let material = material.map_err(|error| error.to_string())?;
    if rest.is_empty() { Ok(material) } else { Err(DAMAGED.to_owned()) }
}

/// A length-prefixed string (RFC 4251 section 5).
fn field<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (field, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(field)
}
