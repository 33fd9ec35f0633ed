//! The key or certificate that a token is bound to (RFC 7800), and whether the caller has the certificate
//! (RFC 8705 section 3). Proofs of a key are checked where a token is presented.

use crate::http::PeerCertificate;
use crate::issuer::accept::Accept;
use crate::jose::certificate;
use crate::json::Object;

/// The key or certificate that a token is bound to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenBinding {
    /// The thumbprint of a key (RFC 9449 section 6.1). A thumbprint that is not a string reads as empty,
    /// which matches no key; the same for certificates.
    pub(super) jkt: Option<String>,
    /// The thumbprint of a certificate (RFC 8705 section 3.1).
    x5t_s256: Option<String>,
    /// Something that is not known here.
    is_unknown: bool,
}

impl TokenBinding {
    #[must_use]
    pub fn of(claims: &Object) -> Self {
        let cnf = claims.get("cnf");
        let member = |name: &str| {
            let value = cnf?.as_object()?.get(name)?;
            Some(value.as_str().unwrap_or_default().to_owned())
        };
        let (jkt, x5t_s256) = (member("jkt"), member("x5t#S256"));
        let is_unknown = cnf.is_some() && jkt.is_none() && x5t_s256.is_none();
        Self { jkt, x5t_s256, is_unknown }
    }

    /// Whether it is bound to a key, whose proof is used up with each request.
    #[must_use]
    pub const fn needs_proof(&self) -> bool {
        self.jkt.is_some()
    }

    /// Checks that the caller has the certificate, and that such tokens are accepted.
    ///
    /// # Errors
    /// The reason.
    pub fn check_held(&self, shown: Option<&PeerCertificate>, accept: Accept) -> Result<(), &'static str> {
        match (&self.x5t_s256, shown) {
            _ if self.is_unknown => return Err("its cnf binds it to something that is not known here"),
            (None, _) => {}
            (Some(bound), Some(shown)) if certificate::thumbprint(&shown.der) == *bound => {}
            (Some(_), Some(_)) => {
                return Err("it is bound to another certificate than the connection shows");
            }
            (Some(_), None) => return Err("it is bound to a certificate, and the connection shows none"),
        }
        match (&self.jkt, &self.x5t_s256) {
            (None, None) if !accept.bearer => {
                Err("it is bound to nothing, and only bound tokens are accepted here")
            }
            (Some(_), None) if !accept.dpop => Err("tokens that are bound to a key are not accepted here"),
            (None, Some(_)) if !accept.certificate => {
                Err("tokens that are bound to a certificate are not accepted here")
            }
            (Some(_), Some(_)) if !accept.dpop && !accept.certificate => {
                Err("bound tokens are not accepted here")
            }
            _ => Ok(()),
        }
    }
}
