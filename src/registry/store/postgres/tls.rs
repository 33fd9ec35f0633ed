//! TLS to a database: rustls with the installed provider, verification of the certificate's host name, and
//! the authorities that the client side trusts, too.

use crate::jose::certificate;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Trusts the authorities in a file, or else those that browsers trust.
///
/// # Errors
/// If there is no certificate in the file.
pub(super) fn connector(authorities: Option<&[u8]>) -> Result<MakeRustlsConnect, String> {
    let mut roots = RootCertStore::empty();
    match authorities {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(file) => {
            let found = certificate::from_file(file);
            let found = found.map_err(|error| format!("the file of authorities: {error}"))?;
            // A certificate that rustls cannot use does not exclude the others.
            roots.add_parsable_certificates(found.into_iter().map(CertificateDer::from));
            if roots.is_empty() {
                return Err("the file of authorities has no usable certificate".to_owned());
            }
        }
    }
    Ok(MakeRustlsConnect::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()))
}
