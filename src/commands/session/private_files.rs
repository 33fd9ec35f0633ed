//! Reads files with secrets and keys, and the client's certificate.

use super::source::SettingSource;
use crate::cli::SessionArgs;
use crate::commands::environment::{Sourced, named_file, unshown_file};
use crate::commands::file_access::mode_warning;
use crate::exit::{Exit, Failure};
use crate::secret::Secret;
use std::path::PathBuf;

const CERTIFICATE_PHASE: &str = "client certificate";
/// Where secrets and keys belong.
const INSTEAD: &str = "a secret itself goes into HEISTCTL_CLIENT_SECRET or, as --client-secret-file -, to stdin; a key to stdin, as --client-key -";

/// A certificate with its chain, and its key, as read from their files.
pub type ClientCertificate = (Sourced<Secret>, Sourced<Secret>);

pub(super) fn client_certificate(
    args: &SessionArgs,
    source: &SettingSource,
    notes: &mut Vec<String>,
) -> Result<Option<ClientCertificate>, Failure> {
    let chain = source.path(args.client_cert.clone(), "--client-cert", |p| p.client_cert.clone());
    let key = source.path(args.client_cert_key.clone(), "--client-cert-key", |p| p.client_cert_key.clone());
    match (chain, key) {
        (Some(chain), Some(key)) => {
            Ok(Some((named_file(&chain, CERTIFICATE_PHASE)?, kept(&key, CERTIFICATE_PHASE, notes)?)))
        }
        (None, None) => Ok(None),
        (chain, key) => {
            let origin = chain.or(key).map(|path| path.origin).unwrap_or_default();
            let what = format!("a certificate without its key, or a key without its certificate ({origin})");
            Err(Failure::new(Exit::Usage, CERTIFICATE_PHASE, what)
                .hint("client_cert and client_cert_key go together"))
        }
    }
}

/// Reads a file with a secret. Adds a warning if other users can read it.
pub(super) fn kept(
    path: &Sourced<PathBuf>,
    phase: &'static str,
    notes: &mut Vec<String>,
) -> Result<Sourced<Secret>, Failure> {
    let read = unshown_file(path, phase, INSTEAD)?;
    notes.extend(mode_warning(&path.value));
    Ok(read)
}
