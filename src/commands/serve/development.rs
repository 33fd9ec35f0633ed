//! Development certificates: an authority and a server certificate in a folder. The authority is made once,
//! so that clients need to trust it only once. The server certificate is renewed before it ends.

use super::problems::wrong;
use crate::atomic_file;
use crate::clock::{Timestamp, rfc3339};
use crate::exit::Failure;
use crate::jose::certificate::{self, Certificate};
use crate::jose::private::PrivateKey;
use crate::os_error::plain_chain;
use crate::secret::Secret;
use anyhow::Context;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

const DAY: i64 = 86_400;
/// The lifetimes of the authority and of a certificate.
const AUTHORITY_DAYS: i64 = 3650;
const CERTIFICATE_DAYS: i64 = 397;
/// A certificate that ends sooner is renewed.
const RENEW_DAYS: i64 = 30;

/// The files that are made or renewed in the folder.
pub(super) const FILES: [&str; 5] = ["ca.key", "ca.pem", "server.key", "server.names", "server.pem"];

/// The paths of the files.
pub(super) struct MadeCertificate {
    pub(super) cert: PathBuf,
    pub(super) key: PathBuf,
    /// The certificate that clients trust.
    pub(super) authority: PathBuf,
}

/// Makes the files that are missing or due for renewal.
pub(super) fn make(folder: &Path, listen: SocketAddr, now: Timestamp) -> Result<MadeCertificate, Failure> {
    made(folder, &names(listen), now).map_err(|error| {
        wrong(format!("--tls-self-signed {}: {}", folder.display(), plain_chain(&error)))
            .hint("name a writable folder; missing files are made again")
    })
}

fn made(folder: &Path, names: &[String], now: Timestamp) -> anyhow::Result<MadeCertificate> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // The path is shown to users who may be in another folder.
    let folder = folder.canonicalize()?;
    // If two servers start at once, one makes the files and both use them.
    let whole = std::fs::File::open(&folder)?;
    rustix::fs::flock(&whole, rustix::fs::FlockOperation::LockExclusive)?;
    let made = MadeCertificate {
        cert: folder.join("server.pem"),
        key: folder.join("server.key"),
        authority: folder.join("ca.pem"),
    };
    fill(&folder, &made, names, now)?;
    Ok(made)
}

fn fill(folder: &Path, made: &MadeCertificate, names: &[String], now: Timestamp) -> anyhow::Result<()> {
    let noted = folder.join("server.names");
    let same_names = std::fs::read_to_string(&noted).is_ok_and(|text| text.lines().eq(names));
    if same_names && made.key.exists() && is_good(&made.cert, now) && made.authority.exists() {
        return Ok(());
    }
    let authority_key = authority_key(&folder.join("ca.key"), made, now)?;
    let params = authority_params(now)?;
    let issuer = Issuer::from_params(&params, authority_key);
    let key = KeyPair::generate()?;
    let mut server = CertificateParams::new(names.to_vec())?;
    server.distinguished_name.push(DnType::CommonName, "heistctl serve");
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    server.use_authority_key_identifier_extension = true;
    let (from, to) = (day(now, -1)?, day(now, CERTIFICATE_DAYS)?);
    server.not_before = date_time_ymd(from.0, from.1, from.2);
    server.not_after = date_time_ymd(to.0, to.1, to.2);
    let certificate = server.signed_by(&key, &issuer)?;
    // Written last: without it, key and certificate may not match and are made again.
    let _ = std::fs::remove_file(&noted);
    write(&made.key, key.serialize_pem().as_bytes(), 0o600)?;
    write(&made.cert, certificate.pem().as_bytes(), 0o644)?;
    write(&noted, (names.join("\n") + "\n").as_bytes(), 0o644)
}

/// Returns the authority's key, or makes one with its certificate.
fn authority_key(path: &Path, made: &MadeCertificate, now: Timestamp) -> anyhow::Result<KeyPair> {
    if made.authority.exists() && path.exists() {
        let shown = path.display();
        let file = std::fs::read(path).with_context(|| format!("cannot read {shown}"))?;
        let key = PrivateKey::read(Secret::new(file).expose());
        let key = key.with_context(|| format!("{shown} has no private key"))?;
        let der = key.pkcs8().map_err(anyhow::Error::msg)?;
        return KeyPair::try_from(der.expose()).with_context(|| format!("{shown} cannot sign certificates"));
    }
    let key = KeyPair::generate()?;
    let certificate = authority_params(now)?.self_signed(&key)?;
    // Write the key last: if it is missing, both are made again.
    write(&made.authority, certificate.pem().as_bytes(), 0o644)?;
    write(path, key.serialize_pem().as_bytes(), 0o600)?;
    Ok(key)
}

fn authority_params(now: Timestamp) -> anyhow::Result<CertificateParams> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "heistctl development authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let (from, to) = (day(now, -1)?, day(now, AUTHORITY_DAYS)?);
    params.not_before = date_time_ymd(from.0, from.1, from.2);
    params.not_after = date_time_ymd(to.0, to.1, to.2);
    Ok(params)
}

/// The date `days` days from now.
fn day(now: Timestamp, days: i64) -> anyhow::Result<(i32, u8, u8)> {
    let text = rfc3339(i128::from(now.unix()) + i128::from(days * DAY));
    let digits = |range| text.get(range).context("no certificate has such a date");
    Ok((digits(0..4)?.parse()?, digits(5..7)?.parse()?, digits(8..10)?.parse()?))
}

fn is_good(cert: &Path, now: Timestamp) -> bool {
    let read = std::fs::read(cert).ok().and_then(|file| certificate::from_file(&file).ok());
    let later = Timestamp::from_unix(now.unix() + RENEW_DAYS * DAY);
    let good = |der: &Vec<u8>| Certificate::read(der).is_ok_and(|found| found.check_dates(later).is_ok());
    read.is_some_and(|chain| chain.first().is_some_and(good))
}

/// The host names and addresses of this machine.
fn names(listen: SocketAddr) -> Vec<String> {
    let mut names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    if !listen.ip().is_unspecified() && !listen.ip().is_loopback() {
        names.push(listen.ip().to_string());
    }
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let is_name =
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    if is_name && host != "localhost" {
        names.push(host);
    }
    names
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> anyhow::Result<()> {
    atomic_file::replace_durably(path, bytes, mode)
        .with_context(|| format!("cannot write {}", path.display()))
}
