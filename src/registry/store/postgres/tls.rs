//! TLS to a database: rustls with the provider that is installed, a certificate that is verified by the
//! host's name, and the authorities that the client side trusts, too.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What makes TLS of a connection. Trusts the authorities of a PEM file, else those that browsers trust.
///
/// # Errors
/// Where there is no certificate in the PEM.
pub(super) fn connector(authorities: Option<&[u8]>) -> Result<MakeRustlsConnect, String> {
    let mut roots = RootCertStore::empty();
    match authorities {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|_| "the file of authorities is no PEM")?;
                // One that rustls cannot use is no reason to go without the others.
                let _ = roots.add(certificate);
            }
            if roots.is_empty() {
                return Err("the file of authorities holds no certificate in PEM".to_owned());
            }
        }
    }
    Ok(MakeRustlsConnect::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()))
}
