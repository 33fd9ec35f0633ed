//! What https is served by: certificate and key from files, or made for development, and read again
//! when they change.

use super::config::TlsSection;
use super::development;
use super::problems::wrong;
use crate::cli::ServeArgs;
use crate::clock::Timestamp;
use crate::commands::environment::file;
use crate::exit::Failure;
use crate::registry::Registry;
use crate::server::gate::tls::{Tls, TlsError, TlsMaterial};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const PHASE: &str = "configuration";
/// So long before a certificate ends, it is said; in seconds.
const NOTICE: i64 = 14 * 86_400;

/// Where certificate and key are.
#[derive(Clone, Debug)]
pub(super) struct CertificateFiles {
    cert: PathBuf,
    key: PathBuf,
    client_ca: Option<PathBuf>,
    /// The certificate of the authority that was made here, for clients to trust.
    pub made_authority: Option<PathBuf>,
    /// What the files were when they were last looked at.
    seen: FileStamp,
}

/// What changes when one of the files does.
type FileStamp = Vec<Option<(SystemTime, u64)>>;

impl CertificateFiles {
    /// The files that [`Self::settle`] finds, read and checked.
    pub(super) fn load_settled(
        args: &ServeArgs,
        config: Option<&TlsSection>,
        folder: &Path,
        listen: SocketAddr,
        registry: &Registry,
    ) -> Result<Option<(Self, Tls)>, Failure> {
        let Some(mut files) = Self::settle(args, config, folder, listen)? else { return Ok(None) };
        // Before they are read: what changes after that is seen.
        files.seen = files.stamp();
        let tls = files.load(registry, Timestamp::now())?;
        Ok(Some((files, tls)))
    }

    /// The flags' files, else the configuration's, else those that are made in the flag's folder; `None`
    /// for plain http.
    ///
    /// # Errors
    /// Where none can be made.
    fn settle(
        args: &ServeArgs,
        config: Option<&TlsSection>,
        folder: &Path,
        listen: SocketAddr,
    ) -> Result<Option<Self>, Failure> {
        let client_ca = config.and_then(|tls| tls.client_ca_file.as_ref()).map(|path| folder.join(path));
        if let Some(made) = &args.tls_self_signed {
            let made = development::make(made, listen, Timestamp::now())?;
            let (cert, key, made_authority) = (made.cert, made.key, Some(made.authority));
            return Ok(Some(Self { cert, key, client_ca, made_authority, seen: FileStamp::new() }));
        }
        let flags = args.tls_cert.clone().zip(args.tls_key.clone());
        let files =
            flags.or_else(|| config.map(|tls| (folder.join(&tls.cert_file), folder.join(&tls.key_file))));
        let seen = FileStamp::new();
        Ok(files.map(|(cert, key)| Self { cert, key, client_ca, made_authority: None, seen }))
    }

    /// Reads and checks them. Clients are asked for certificates where the configuration has a use for
    /// them.
    ///
    /// # Errors
    /// With the file that is wrong, and the cure.
    pub(super) fn load(&self, registry: &Registry, now: Timestamp) -> Result<Tls, Failure> {
        let read = |path: &Path| file(path, PHASE).map(|read| read.value);
        let client_authorities = self.client_ca.as_deref().map(read).transpose()?;
        let material = TlsMaterial {
            certificates: read(&self.cert)?.expose().to_vec(),
            key: read(&self.key)?,
            ask_clients: client_authorities.is_some() || registry.needs_certificates(),
            client_authorities: client_authorities.map(|read| read.expose().to_vec()),
        };
        Tls::new(&material, now).map_err(|error| {
            const CHAIN: &str = "a chain in PEM, the server's own certificate first";
            let (kind, path, hint) = match &error {
                TlsError::Certificate(_) => ("certificate", Some(&self.cert), CHAIN),
                TlsError::Dates(_) => {
                    ("certificate", Some(&self.cert), "renew it, or set this machine's clock")
                }
                TlsError::Key(_) => {
                    ("private key", Some(&self.key), "the key in PEM that the certificate was made for")
                }
                TlsError::Authorities(_) => {
                    ("client_ca_file", self.client_ca.as_ref(), "certificates of authorities in PEM")
                }
            };
            let path = path.map(|path| path.display().to_string()).unwrap_or_default();
            let own = match &error {
                TlsError::Certificate(error) | TlsError::Authorities(error) => error.hint_for(&path),
                // A key that was just made is no certificate's.
                TlsError::Key(error) if error.converts() => error.hint_for(&path),
                TlsError::Key(_) | TlsError::Dates(_) => None,
            };
            wrong(format!("the {kind} {path}: {error}")).hint(own.unwrap_or_else(|| hint.to_owned()))
        })
    }

    /// What an operator should do about authorities of clients that are not good any more: TLS does not look at
    /// the dates of an authority that it trusts, and others do.
    pub(super) fn authority_warnings(&self, tls: &Tls, now: Timestamp) -> Vec<String> {
        let path = self.client_ca.as_deref().unwrap_or(Path::new("")).display();
        let outside = tls.authorities_outside_their_time(now);
        let told = |why: String| format!("client_ca_file {path}: {why}; renew it, or take it out");
        outside.into_iter().map(told).collect()
    }

    /// What clients will refuse about what is served.
    pub(super) fn chain_warnings(&self, tls: &Tls, now: Timestamp) -> Vec<String> {
        let cert = self.cert.display();
        tls.chain_faults(now).into_iter().map(|fault| format!("the certificate {cert}: {fault}")).collect()
    }

    /// Whether there is an authority that vouches for clients' certificates.
    pub(super) fn has_client_authority(&self) -> bool {
        self.client_ca.is_some()
    }

    /// The certificate that is served.
    pub(super) fn certificate(&self) -> &Path {
        &self.cert
    }

    /// True where they are no longer what they were when this was last asked.
    pub(super) fn have_changed(&mut self) -> bool {
        let stamp = self.stamp();
        std::mem::replace(&mut self.seen, stamp) != self.seen
    }

    fn stamp(&self) -> FileStamp {
        let stamp = |path: &PathBuf| {
            let found = std::fs::metadata(path).ok()?;
            Some((found.modified().ok()?, found.len()))
        };
        [Some(&self.cert), Some(&self.key), self.client_ca.as_ref()]
            .into_iter()
            .flatten()
            .map(stamp)
            .collect()
    }

    /// What an operator should do about a certificate that ends soon.
    pub(super) fn notice(&self, tls: &Tls, now: Timestamp) -> Option<String> {
        let soon = tls.expires.unix().saturating_sub(now.unix()) < NOTICE;
        let cert = self.cert.display();
        let cure = if self.made_authority.is_some() { "the next start makes another" } else { "renew it" };
        soon.then(|| format!("the certificate {cert} ends at {}: {cure}", tls.expires))
    }

    /// What an operator should do about a key that makes handshakes costly.
    pub(super) fn warning(&self, tls: &Tls) -> Option<String> {
        let bits = tls.rsa_bits.filter(|bits| *bits > 2048)?;
        let (cert, times) = (self.cert.display(), times_p256(bits));
        Some(format!(
            "the certificate {cert} has an RSA key of {bits} bits: a TLS handshake costs the server about \
             {times} times what it costs with ECDSA P-256; make a new key with \
             openssl ecparam -name prime256v1 -genkey -noout, and ask for a certificate for it"
        ))
    }
}

/// How many times the CPU time of a handshake with ECDSA P-256 one with RSA takes: 9 times at 4096 bits, as
/// measured (docs/performance.md); a signature grows with the cube of the key's size.
const fn times_p256(bits: usize) -> usize {
    1 + (8 * bits.pow(3)).div_ceil(4096usize.pow(3))
}
