//! Clients that authenticate with a certificate (RFC 8705): the keys that their entries need, and that other
//! entries must not have.

use super::client_secrets::has_secret;
use super::config::{ClientEntry, JwksSource};
use super::inputs::Findings;
use super::named_file;
use super::problems::{PHASE, wrong};
use crate::clock::Timestamp;
use crate::commands::client::record::{outside_its_time, unfit};
use crate::exit::Failure;
use crate::jose::certificate;
use crate::jose::digest::sha256;
use crate::registry::certificate_names::{NAME_KEYS, subject_name};
use crate::registry::{ClientAuth, own_certificates};
use std::path::Path;

/// `tls_client_auth`: exactly one name, in a certificate of a trusted authority (section 2.1.2).
pub(super) fn named(entry: &ClientEntry) -> Result<ClientAuth, Failure> {
    let has_keys = entry.jwks.is_some() || entry.jwks_uri.is_some();
    let at = |key: &'static str| move |failure| entry.places.failing(key, failure);
    if has_secret(entry) || has_keys || entry.tls_certificate.is_some() {
        let what = "auth_method = \"tls_client_auth\" does not use a secret, keys or certificates";
        return Err(at("auth_method")(wrong(what).hint(
            "remove them, the name is enough: tls_client_auth_san_dns = \"app.example.com\"; for \
             certificates of its own write auth_method = \"self_signed_tls_client_auth\"",
        )));
    }
    let mut given = names(entry);
    match (given.next(), given.next()) {
        (Some((key, text)), None) => {
            subject_name(key, text).map(ClientAuth::Tls).map_err(|why| at(key)(unfit(why, PHASE)))
        }
        _ => {
            let what = "auth_method = \"tls_client_auth\" needs exactly one name (RFC 8705 section 2.1.2)";
            Err(at("auth_method")(wrong(what).hint(
                "tls_client_auth_san_dns = \"app.example.com\"; or tls_client_auth_subject_dn, or \
                 tls_client_auth_san_uri, _ip or _email",
            )))
        }
    }
}

/// `self_signed_tls_client_auth`: the client's own certificates, with any signer (section 2.2).
pub(super) fn registered(
    entry: &ClientEntry,
    folder: &Path,
    findings: &mut Findings,
) -> Result<ClientAuth, Failure> {
    let at = |key: &'static str| move |failure| entry.places.failing(key, failure);
    if has_secret(entry) || has_name(entry) {
        let what = "auth_method = \"self_signed_tls_client_auth\" does not use a secret or a name";
        return Err(at("auth_method")(wrong(what).hint(
            "remove them, the certificates are enough: tls_certificate = \"app.pem\"; for names \
             auth_method = \"tls_client_auth\"",
        )));
    }
    let key = if entry.tls_certificate.is_some() { "tls_certificate" } else { "jwks" };
    let read = |path: &Path| named_file::read(path, folder, "client", key).map_err(at(key));
    let found = match (&entry.tls_certificate, &entry.jwks, &entry.jwks_uri) {
        (Some(path), None, None) => {
            let read = read(path)?;
            let found = own_certificates(read.value.expose());
            found.map_err(|why| format!("tls_certificate {}: {why}", read.origin))
        }
        (None, Some(JwksSource::Inline(set)), None) => {
            certificate::from_jwks(set.to_string().as_bytes()).map_err(|why| format!("jwks: {why}"))
        }
        (None, Some(JwksSource::File(path)), None) => {
            let read = read(path)?;
            certificate::from_jwks(read.value.expose()).map_err(|why| format!("jwks {}: {why}", read.origin))
        }
        _ => Err("self_signed_tls_client_auth needs tls_certificate or jwks, one of the two".to_owned()),
    };
    let found =
        found.map_err(|why| {
            at(key)(wrong(why).hint(
                "tls_certificate = \"client.pem\" names a PEM of its certificates; jwks has them as x5c",
            ))
        })?;
    findings.warnings.extend(outside_its_time(&entry.id, &found, Timestamp::now()));
    Ok(ClientAuth::SelfSignedTls(found.iter().map(|der| sha256(der)).collect()))
}

/// Names and certificates have no effect with another method, so they are refused.
pub(super) fn refuse(entry: &ClientEntry) -> Result<(), Failure> {
    if !has_name(entry) && entry.tls_certificate.is_none() {
        return Ok(());
    }
    let failure = wrong("it has a certificate or its name, which its auth_method does not use")
        .hint("auth_method = \"tls_client_auth\" takes names, \"self_signed_tls_client_auth\" certificates");
    Err(entry.places.failing("auth_method", failure))
}

pub(super) fn has_name(entry: &ClientEntry) -> bool {
    names(entry).next().is_some()
}

/// The names of an entry, each with its key.
fn names(entry: &ClientEntry) -> impl Iterator<Item = (&'static str, &str)> {
    let names = [
        &entry.tls_client_auth_subject_dn,
        &entry.tls_client_auth_san_dns,
        &entry.tls_client_auth_san_uri,
        &entry.tls_client_auth_san_ip,
        &entry.tls_client_auth_san_email,
    ];
    NAME_KEYS.into_iter().zip(names).filter_map(|(key, name)| Some((key, name.as_deref()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::serve::clients::client;
    use crate::commands::serve::config::Config;
    use crate::commands::serve::problems::Problems;
    use crate::registry::Client;

    fn read(keys: &str, folder: &Path) -> Client {
        let (config, problems) = Config::parse("heist.toml", &format!("[[client]]\nid = 'a'\n{keys}"));
        let mut problems = Problems::new(problems);
        let client = client(&config.unwrap().clients[0], folder, &mut Findings::default(), &mut problems);
        problems.end(client).unwrap()
    }

    #[test]
    fn an_authority_vouches_for_one_name() {
        for (name, value) in [
            ("subject_dn", "CN=a,O=b"),
            ("san_dns", "a.example.com"),
            ("san_uri", "spiffe://a"),
            ("san_ip", "2001:db8::7"),
            ("san_email", "a@example.com"),
        ] {
            let keys = format!("auth_method = 'tls_client_auth'\ntls_client_auth_{name} = '{value}'");
            let client = read(&keys, Path::new("."));
            let ClientAuth::Tls(read) = &client.auth else { panic!("{:?}", client.auth) };
            assert_eq!(read.to_string(), value);
            assert!(client.has_bound_tokens());
        }
    }

    #[test]
    fn own_certificates_come_from_a_pem_a_jwk_set_or_its_file() {
        const METHOD: &str = "auth_method = 'self_signed_tls_client_auth'\n";
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["a".to_owned()]).unwrap().cert;
        let x5c = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, made.der());
        std::fs::write(folder.path().join("a.pem"), made.pem()).unwrap();
        let set = serde_json::json!({"keys": [{"kty": "EC", "x5c": [x5c]}]});
        std::fs::write(folder.path().join("a.jwks"), set.to_string()).unwrap();
        let inline = format!("jwks = {{ keys = [{{ kty = 'EC', x5c = ['{x5c}'] }}] }}");
        for keys in ["tls_certificate = 'a.pem'", "jwks = 'a.jwks'", &inline] {
            let client = read(&format!("{METHOD}{keys}"), folder.path());
            let ClientAuth::SelfSignedTls(known) = &client.auth else { panic!("{keys}") };
            assert_eq!(known, &[sha256(made.der())]);
            assert!(client.has_bound_tokens());
        }
    }
}
