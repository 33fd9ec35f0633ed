//! The certificate and key of the https server. They come from files or are made for development, and are
//! reloaded when they change.

use super::config::TlsSection;
use super::config_keys::HEIST_TOML;
use super::development;
use super::named_file;
use super::problems::{Problems, wrong};
use crate::cli::ServeArgs;
use crate::clock::Timestamp;
use crate::commands::configuration::Places;
use crate::commands::configuration::literal::quoted;
use crate::exit::Failure;
use crate::jose::certificate;
use crate::jose::certificate_facts::CertificateFacts;
use crate::registry::Registry;
use crate::secret::Secret;
use crate::server::gate::tls::{Tls, TlsError, TlsMaterial};
use crate::text::shell_word;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A certificate that ends within this time gets a warning. In seconds.
const NOTICE: i64 = 14 * 86_400;

/// The paths of the certificate and the key.
#[derive(Clone, Debug)]
pub(super) struct CertificateFiles {
    cert: TlsFile,
    key: TlsFile,
    client_ca: Option<TlsFile>,
    /// The certificate of the development authority, which clients must trust.
    pub made_authority: Option<PathBuf>,
    /// The state of the files at the last check.
    seen: FileStamp,
}

/// A file and the flag or key that names it.
#[derive(Clone, Debug)]
struct TlsFile {
    setting: &'static str,
    /// The path as typed.
    typed: PathBuf,
    path: PathBuf,
    places: Places,
}

impl TlsFile {
    fn named(key: &'static str, path: &Path, tls: &TlsSection, folder: &Path) -> Self {
        Self { setting: key, path: folder.join(path), typed: path.to_owned(), places: tls.places.clone() }
    }

    fn read(&self) -> Result<Secret, Failure> {
        let example = self.example();
        let read = named_file::read_as(&self.typed, &self.path, self.setting, &example);
        read.map(|read| read.value).map_err(|failure| self.places.failing(self.setting, failure))
    }

    fn example(&self) -> String {
        match HEIST_TOML.section("tls").and_then(|tls| tls.key(self.setting)) {
            Some(key) => key.line(),
            None => format!("{} FILE", self.setting),
        }
    }

    /// The flag or the line with another file.
    fn with(&self, path: &str) -> String {
        match HEIST_TOML.section("tls").and_then(|tls| tls.key(self.setting)) {
            Some(key) => key.with(&quoted(path)),
            None => format!("{} {}", self.setting, shell_word(path)),
        }
    }

    /// The hint for an error about the content of this file.
    fn cure(&self, error: &TlsError) -> String {
        let early = "check this machine's clock with date -u; if it is right, serve the former certificate \
                     until then";
        match error {
            TlsError::Certificate(_) => self.line("a chain in PEM, the server's own certificate first"),
            TlsError::Dates(why) if why.contains("not valid before") => early.to_owned(),
            TlsError::Dates(_) => "renew it, or set this machine's clock: date -u shows it".to_owned(),
            TlsError::Key(_) => self.line("the key in PEM that the certificate was made for"),
            TlsError::Authorities(_) => self.line("certificates of authorities in PEM"),
        }
    }

    /// A hint that says which content the setting expects.
    fn line(&self, what: &str) -> String {
        format!("{} names {what}: {}", self.setting, self.example())
    }
}

/// A value that changes when a file changes, or when TLS must ask clients for certificates.
type FileStamp = (Vec<Option<(SystemTime, u64)>>, bool);

impl CertificateFiles {
    /// Reads and checks the files of the flags, else of the configuration, else those made in the flag's
    /// folder. Returns `Some(None)` for plain http and `None` if a problem was noted. Made certificates are
    /// for the address `listen`.
    pub(super) fn load_settled(
        args: &ServeArgs,
        config: Option<&TlsSection>,
        folder: &Path,
        listen: Option<SocketAddr>,
        registry: &Registry,
        problems: &mut Problems,
    ) -> Option<Option<(Self, Tls)>> {
        if let Some(tls) = config.filter(|tls| tls.is_incomplete() && args.tls_cert.is_none()) {
            Self::note_unreadable(tls, folder, problems);
            return None;
        }
        let Some(mut files) = problems.keep(Self::settle(args, config, folder, listen?))? else {
            return Some(None);
        };
        // Taken before the files are read, so that a change during the read is noticed.
        files.seen = files.stamp(registry);
        let tls = problems.keep(files.load(registry, Timestamp::now()))?;
        Some(Some((files, tls)))
    }

    /// Notes which files of an incomplete section cannot be read.
    fn note_unreadable(tls: &TlsSection, folder: &Path, problems: &mut Problems) {
        let files = [
            ("cert_file", Some(&tls.cert_file)),
            ("key_file", Some(&tls.key_file)),
            ("client_ca_file", tls.client_ca_file.as_ref()),
        ];
        for (key, path) in files {
            if let Some(path) = path.filter(|path| !path.as_os_str().is_empty()) {
                problems.keep(TlsFile::named(key, path, tls, folder).read());
            }
        }
    }

    fn settle(
        args: &ServeArgs,
        config: Option<&TlsSection>,
        folder: &Path,
        listen: SocketAddr,
    ) -> Result<Option<Self>, Failure> {
        let named = |key, path: &PathBuf, tls: &TlsSection| TlsFile::named(key, path, tls, folder);
        let flag = |flag, path: &PathBuf| TlsFile {
            setting: flag,
            path: path.clone(),
            typed: path.clone(),
            places: Places::default(),
        };
        let client_ca =
            config.and_then(|tls| Some(named("client_ca_file", tls.client_ca_file.as_ref()?, tls)));
        if let Some(made) = &args.tls_self_signed {
            let made = development::make(made, listen, Timestamp::now())?;
            let (cert, key) = (flag("--tls-self-signed", &made.cert), flag("--tls-self-signed", &made.key));
            let made_authority = Some(made.authority);
            return Ok(Some(Self { cert, key, client_ca, made_authority, seen: FileStamp::default() }));
        }
        let flags = args.tls_cert.as_ref().zip(args.tls_key.as_ref());
        let flags = flags.map(|(cert, key)| (flag("--tls-cert", cert), flag("--tls-key", key)));
        let section = |tls: &TlsSection| {
            (named("cert_file", &tls.cert_file, tls), named("key_file", &tls.key_file, tls))
        };
        let files = flags.or_else(|| config.map(section));
        let seen = FileStamp::default();
        Ok(files.map(|(cert, key)| Self { cert, key, client_ca, made_authority: None, seen }))
    }

    /// Reads and checks the files. TLS requests client certificates only if the configuration uses them.
    ///
    /// # Errors
    /// All problems, each with its file and its fix.
    pub(super) fn load(&self, registry: &Registry, now: Timestamp) -> Result<Tls, Failure> {
        let mut problems = Problems::default();
        let authorities = self.client_ca.as_ref().map(TlsFile::read).transpose();
        let (cert, key) = (problems.keep(self.cert.read()), problems.keep(self.key.read()));
        let authorities = problems.keep(authorities);
        let (Some(cert), Some(key), Some(authorities)) = (&cert, &key, &authorities) else {
            let authorities = authorities.as_ref().and_then(|read| read.as_ref()).map(Secret::expose);
            let faults = Tls::faults(cert.as_ref().map(Secret::expose), key.as_ref(), authorities, now);
            faults.iter().for_each(|fault| problems.note(self.explain(fault)));
            return problems.end(None);
        };
        let material = TlsMaterial {
            certificates: cert.expose().to_vec(),
            key: key.clone(),
            ask_clients: authorities.is_some() || registry.needs_certificates(),
            client_authorities: authorities.as_ref().map(|read| read.expose().to_vec()),
        };
        Tls::new(&material, now).map_err(|faults| {
            let mut failures: Vec<Failure> = faults.iter().map(|fault| self.explain(fault)).collect();
            // Swapped files are one mistake, so report it once.
            if failures[0].what.contains("files swapped") && failures.drain(1..).count() > 0 {
                failures[0].hint = Some(self.swapped());
            }
            Failure { others: failures.split_off(1), ..failures.remove(0) }
        })
    }

    fn explain(&self, error: &TlsError) -> Failure {
        let (kind, named) = match error {
            TlsError::Certificate(_) | TlsError::Dates(_) => ("certificate", &self.cert),
            TlsError::Key(_) => ("private key", &self.key),
            TlsError::Authorities(_) => ("client_ca_file", self.client_ca.as_ref().unwrap_or(&self.cert)),
        };
        let path = named.path.display().to_string();
        let own = match error {
            TlsError::Certificate(error) | TlsError::Authorities(error) => error.hint_for(&path),
            // A key made by heistctl needs another hint than a key from a file.
            TlsError::Key(error) if error.converts() => error.hint_for(&path),
            TlsError::Key(_) | TlsError::Dates(_) => None,
        };
        let failure = wrong(format!("the {kind} {path}: {error}"));
        named.places.failing(named.setting, failure.hint(own.unwrap_or_else(|| named.cure(error))))
    }

    /// The settings with each other's files.
    fn swapped(&self) -> String {
        let (cert, key) = (&self.cert.typed.to_string_lossy(), &self.key.typed.to_string_lossy());
        let and = if self.cert.setting.starts_with("--") { " " } else { " and " };
        format!("{}{and}{}", self.cert.with(key), self.key.with(cert))
    }

    /// Warnings about client authorities that have expired. TLS does not check the dates of an authority that
    /// it trusts, but other programs do.
    pub(super) fn authority_warnings(&self, tls: &Tls, now: Timestamp) -> Vec<String> {
        let path = self.client_ca.as_ref().map(|named| named.path.display().to_string()).unwrap_or_default();
        let outside = tls.authorities_outside_their_time(now);
        let warning = |why: String| format!("client_ca_file {path}: {why}; renew or remove it");
        outside.into_iter().map(warning).collect()
    }

    /// Warnings about faults of the chain that clients refuse.
    pub(super) fn chain_warnings(&self, tls: &Tls, now: Timestamp) -> Vec<String> {
        let cert = self.cert.path.display();
        tls.chain_faults(now).into_iter().map(|fault| format!("the certificate {cert}: {fault}")).collect()
    }

    /// Whether an authority for client certificates is configured.
    pub(super) fn has_client_authority(&self) -> bool {
        self.client_ca.is_some()
    }

    /// The file of the authority that clients on this machine must trust: the one that was made, or `ca.pem`
    /// beside the certificate if it has issued the chain.
    pub(super) fn authority(&self, tls: &Tls) -> Option<PathBuf> {
        if let Some(made) = &self.made_authority {
            return Some(made.clone());
        }
        let beside = self.cert.path.with_file_name("ca.pem");
        let found = certificate::from_file(&std::fs::read(&beside).ok()?).ok()?;
        let subject = CertificateFacts::read(found.first()?)?.subject;
        tls.is_issued_by(&subject).then_some(beside)
    }

    /// The path of the served certificate.
    pub(super) fn certificate(&self) -> &Path {
        &self.cert.path
    }

    /// Whether the files, or the need to ask clients for certificates, have changed since the last call.
    pub(super) fn have_changed(&mut self, registry: &Registry) -> bool {
        let stamp = self.stamp(registry);
        std::mem::replace(&mut self.seen, stamp) != self.seen
    }

    fn stamp(&self, registry: &Registry) -> FileStamp {
        let stamp = |named: &TlsFile| {
            let found = std::fs::metadata(&named.path).ok()?;
            Some((found.modified().ok()?, found.len()))
        };
        let files = [Some(&self.cert), Some(&self.key), self.client_ca.as_ref()];
        (files.into_iter().flatten().map(stamp).collect(), registry.needs_certificates())
    }

    /// The warning about a certificate that ends soon.
    pub(super) fn notice(&self, tls: &Tls, now: Timestamp) -> Option<String> {
        let soon = tls.expires.unix().saturating_sub(now.unix()) < NOTICE;
        let cert = self.cert.path.display();
        let cure = if self.made_authority.is_some() { "the next start renews it" } else { "renew it" };
        soon.then(|| format!("the certificate {cert} ends at {}: {cure}", tls.expires))
    }

    /// The warning about a key that makes handshakes expensive.
    pub(super) fn warning(&self, tls: &Tls) -> Option<String> {
        let bits = tls.rsa_bits.filter(|bits| *bits > 2048)?;
        let (cert, times) = (self.cert.path.display(), times_p256(bits));
        Some(format!(
            "the certificate {cert} has an RSA key of {bits} bits: a TLS handshake costs the server about \
             {times} times as much as with ECDSA P-256; make a new key with \
             openssl ecparam -name prime256v1 -genkey -noout, and request a certificate for it"
        ))
    }
}

/// The CPU time of an RSA handshake, as a multiple of one with ECDSA P-256. Measured: 9 times at 4096 bits
/// (docs/performance.md). The cost of a signature grows with the cube of the key size.
const fn times_p256(bits: usize) -> usize {
    1 + (8 * bits.pow(3)).div_ceil(4096usize.pow(3))
}
