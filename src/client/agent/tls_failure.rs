//! Explains TLS failures and how to fix them: certificates, versions, alerts. Pure.

use super::failure::TransportError;
use crate::client::redact::truncate;
use crate::clock::Timestamp;
use crate::jose::certificate_facts::CertificateFacts;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, OtherError, PeerIncompatible};
use std::sync::Arc;
use webpki::Error as Path;

/// The least bits of a server's RSA key.
const MIN_RSA: usize = 2048;

type TlsAdvice = (String, Option<&'static str>);

/// The state of a handshake when it failed.
#[derive(Clone, Debug, Default)]
pub(super) struct HandshakeTrace {
    /// The requested host name.
    pub(super) host: String,
    /// The server's certificates, its own first, DER.
    pub(super) chain: Vec<Vec<u8>>,
    /// Whether the server requested a client certificate.
    pub(super) wants_certificate: bool,
    /// Whether the client has a certificate.
    pub(super) shows_certificate: bool,
    /// The authorities from a file, DER.
    pub(super) authorities: Arc<[Vec<u8>]>,
}

/// Explains why a handshake, or a connection after it, failed.
pub(super) fn explain(error: &Error, seen: &HandshakeTrace) -> TransportError {
    let (what, cure) = match error {
        Error::InvalidCertificate(error) => Chain::of(seen).refused(error),
        Error::AlertReceived(alert) => alerted(*alert, seen),
        Error::PeerIncompatible(why) => incompatible(why),
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            return TransportError::NotTls("the server does not speak TLS on this port".to_owned());
        }
        Error::InvalidMessage(_)
        | Error::PeerMisbehaved(_)
        | Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::PeerSentOversizedRecord
        | Error::DecryptError => (
            "the server sent something that TLS does not allow".to_owned(),
            Some("does it speak TLS on this port, and does a proxy on the way modify its answers?"),
        ),
        Error::NoCertificatesPresented => {
            ("the server shows no certificate".to_owned(), Some("the server needs a certificate of its own"))
        }
        Error::UnsupportedNameType => (
            format!("{} is not a name that a certificate can have", seen.host),
            Some("use the server's host name or IP address"),
        ),
        _ => ("it could not be set up".to_owned(), None),
    };
    TransportError::Tls { what, cure }
}

/// Explains why TLS cannot use a client certificate.
pub(super) fn unusable(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(CertificateError::Other(other))
            if path(other) == Some(&Path::UnsupportedCertVersion) =>
        {
            // `openssl x509` issues version 1 when no extensions are given.
            "the certificate is of an old version of X.509, and TLS shows those of version 3 only".to_owned()
        }
        Error::InvalidCertificate(_) => "the certificate cannot be read".to_owned(),
        Error::InconsistentKeys(_) => "the key is another certificate's".to_owned(),
        _ => "TLS cannot use the key: RSA, P-256, P-384, P-521 and Ed25519 are what it knows".to_owned(),
    }
}

fn path(other: &OtherError) -> Option<&Path> {
    other.0.downcast_ref()
}

fn incompatible(why: &PeerIncompatible) -> TlsAdvice {
    match why {
        PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
        | PeerIncompatible::SupportedVersionsExtensionRequired => old_version(),
        _ => nothing_in_common(),
    }
}

fn old_version() -> TlsAdvice {
    let what = "the server speaks neither TLS 1.2 nor TLS 1.3: its versions are too old";
    (what.to_owned(), Some("the server must be set up for TLS 1.2 or later"))
}

fn nothing_in_common() -> TlsAdvice {
    let what = "the server and heistctl have no cipher suite or kind of key in common";
    (what.to_owned(), Some("the server must offer TLS 1.3, or TLS 1.2 with ECDHE and AES-GCM or ChaCha20"))
}

/// Explains the server's alert (RFC 8446 section 6.2).
fn alerted(alert: AlertDescription, seen: &HandshakeTrace) -> TlsAdvice {
    use AlertDescription::{
        HandshakeFailure, InsufficientSecurity, InternalError, ProtocolVersion, UnrecognisedName,
    };
    match alert {
        ProtocolVersion => old_version(),
        UnrecognisedName => (
            format!("the server does not know the name {}", seen.host),
            Some("use a host name that the server is configured for"),
        ),
        InternalError if !seen.wants_certificate => {
            ("the server failed (alert internal_error)".to_owned(), Some("its own log says more"))
        }
        alert if seen.wants_certificate && seen.shows_certificate => (
            format!("the server refuses the client certificate: {}", alert_words(alert)),
            Some(
                "does the server know the certificate of --client-cert and its authority, and is it in date?",
            ),
        ),
        alert if seen.wants_certificate || alert == AlertDescription::CertificateRequired => (
            format!("the server requires a client certificate: {}", alert_words(alert)),
            Some("--client-cert FILE --client-cert-key FILE show one"),
        ),
        HandshakeFailure | InsufficientSecurity => nothing_in_common(),
        alert => (
            format!("the server closed the connection: {}", alert_words(alert)),
            Some("its own log says more"),
        ),
    }
}

fn alert_words(alert: AlertDescription) -> String {
    use AlertDescription as Alert;
    let words = match alert {
        Alert::CertificateRequired | Alert::NoCertificate => "none was shown (certificate_required)",
        Alert::BadCertificate => "the certificate is bad (bad_certificate)",
        Alert::UnsupportedCertificate => {
            "the certificate is of an unsupported kind (unsupported_certificate)"
        }
        Alert::CertificateRevoked => "the certificate was revoked (certificate_revoked)",
        Alert::CertificateExpired => "the certificate has expired (certificate_expired)",
        Alert::CertificateUnknown => "the certificate is not accepted (certificate_unknown)",
        Alert::UnknownCA => "the authority of the certificate is not known (unknown_ca)",
        Alert::AccessDenied => "access is denied (access_denied)",
        Alert::DecryptError => "a signature does not verify (decrypt_error)",
        Alert::HandshakeFailure => "the handshake failed (handshake_failure)",
        Alert::InsufficientSecurity => "the security is not sufficient (insufficient_security)",
        Alert::InternalError => "the server failed (internal_error)",
        Alert::NoApplicationProtocol => "no application protocol in common (no_application_protocol)",
        Alert::UserCanceled => "the handshake was cancelled (user_canceled)",
        Alert::DecodeError | Alert::IllegalParameter | Alert::UnexpectedMessage => {
            "it did not understand a message (decode_error)"
        }
        Alert::BadRecordMac | Alert::RecordOverflow => "a message was damaged on the way (bad_record_mac)",
        other => return format!("TLS alert {}", u8::from(other)),
    };
    words.to_owned()
}

/// The facts in the certificates that the server sent.
struct Chain {
    host: String,
    shown: Vec<CertificateFacts>,
    authorities: Vec<CertificateFacts>,
}

impl Chain {
    fn of(seen: &HandshakeTrace) -> Self {
        let read = |all: &[Vec<u8>]| all.iter().filter_map(|der| CertificateFacts::read(der)).collect();
        let host = seen.host.clone();
        Self { host, shown: read(&seen.chain), authorities: read(&seen.authorities) }
    }

    fn first(&self) -> Option<&CertificateFacts> {
        self.shown.first()
    }

    /// The first matching certificate, and its name in a sentence.
    fn find(&self, holds: impl Fn(&CertificateFacts) -> bool) -> Option<(String, &CertificateFacts)> {
        let (at, facts) = self.shown.iter().enumerate().find(|(_, facts)| holds(facts))?;
        let name = match at {
            0 => "the server's certificate".to_owned(),
            _ => format!("the certificate of {} in the server's chain", truncate(&facts.subject)),
        };
        Some((name, facts))
    }

    /// The name of the first matching certificate, or a generic one.
    fn name(&self, holds: impl Fn(&CertificateFacts) -> bool) -> String {
        self.find(holds).map_or_else(|| "a certificate of the server".to_owned(), |(name, _)| name)
    }

    #[allow(deprecated, reason = "rustls still gives the variant without a context for some algorithms")]
    fn refused(&self, error: &CertificateError) -> TlsAdvice {
        use CertificateError as Bad;
        match error {
            Bad::UnknownIssuer => self.unknown_issuer(),
            Bad::Expired | Bad::ExpiredContext { .. } => self.expired(),
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => self.not_yet(),
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => self.other_name(),
            Bad::BadSignature => self.bad_signature(),
            Bad::UnsupportedSignatureAlgorithm
            | Bad::UnsupportedSignatureAlgorithmContext { .. }
            | Bad::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => self.algorithm(),
            Bad::UnhandledCriticalExtension => self.critical(),
            Bad::InvalidPurpose | Bad::InvalidPurposeContext { .. } => self.purpose(),
            Bad::Revoked => said("the server's certificate was revoked", REPLACE),
            Bad::BadEncoding => said("a certificate of the server is damaged", REISSUE),
            Bad::Other(other) => path(other).map_or_else(unnamed, |error| self.off_the_path(error)),
            _ => unnamed(),
        }
    }

    fn off_the_path(&self, error: &Path) -> TlsAdvice {
        match error {
            Path::UnsupportedCertVersion => self.version(),
            Path::UnsupportedCriticalExtension => self.critical(),
            Path::CaUsedAsEndEntity => said(
                "the server's certificate is an authority's, and a server needs one of its own",
                "openssl req -x509 makes one with -addext basicConstraints=CA:FALSE",
            ),
            Path::EndEntityUsedAsCa => said(
                "a certificate in the server's chain signs another, and is not an authority's",
                "the chain must lead to an authority: basicConstraints=CA:TRUE",
            ),
            Path::NameConstraintViolation | Path::MalformedNameConstraint => said(
                "the authority may not issue certificates for the names of this one (name constraints)",
                "the server needs a certificate of another authority",
            ),
            Path::PathLenConstraintViolated
            | Path::MaximumPathDepthExceeded
            | Path::MaximumPathBuildCallsExceeded
            | Path::MaximumSignatureChecksExceeded
            | Path::MaximumNameConstraintComparisonsExceeded => said(
                "the server's chain of certificates is longer than its authorities, or heistctl, allow",
                "the server must send its own certificate and its intermediates only",
            ),
            Path::SignatureAlgorithmMismatch => {
                said("a certificate of the server names two signature algorithms", REISSUE)
            }
            Path::CertDistrusted => said("a key in the server's chain is not trusted any more", REPLACE),
            Path::EmptyEkuExtension
            | Path::ExtensionValueInvalid
            | Path::InvalidSerialNumber
            | Path::InvalidNetworkMaskConstraint
            | Path::MalformedDnsIdentifier
            | Path::MalformedExtensions => {
                said("a certificate of the server has a malformed extension, name or serial number", REISSUE)
            }
            _ => unnamed(),
        }
    }

    fn unknown_issuer(&self) -> TlsAdvice {
        let trust = "--cacert FILE or SSL_CERT_FILE names the authorities to trust";
        let what = "the issuer of the server's certificate is unknown";
        match (self.first(), self.shown.last()) {
            (Some(first), _) if first.is_self_issued() && self.shown.len() == 1 => said(
                "the server's certificate is self-signed, and is not among the authorities that are trusted",
                trust,
            ),
            (Some(_), Some(last)) => (
                format!("{what}: {} is not among the authorities that are trusted", truncate(&last.issuer)),
                Some(
                    "--cacert FILE or SSL_CERT_FILE names the authorities to trust; \
                     and does the server send its intermediate certificates?",
                ),
            ),
            _ => said(what, trust),
        }
    }

    fn expired(&self) -> TlsAdvice {
        let now = Timestamp::now();
        if let Some((name, _)) = self.find(|facts| facts.ends < facts.starts) {
            return (format!("{name} ends before it starts"), Some(REISSUE));
        }
        let (name, when) = self.dated(|facts| facts.ends < now, |facts| facts.ends);
        (format!("{name} expired{when}"), Some(DATES))
    }

    fn not_yet(&self) -> TlsAdvice {
        let now = Timestamp::now();
        let (name, when) = self.dated(|facts| facts.starts > now, |facts| facts.starts);
        (format!("{name} is not valid yet{}", when.replace(" on ", ": it is from ")), Some(DATES))
    }

    fn dated(
        &self,
        holds: impl Fn(&CertificateFacts) -> bool,
        date: impl Fn(&CertificateFacts) -> Timestamp,
    ) -> (String, String) {
        match self.find(holds) {
            Some((name, facts)) => (name, format!(" on {}", date(facts))),
            None => ("a certificate of the server".to_owned(), String::new()),
        }
    }

    fn other_name(&self) -> TlsAdvice {
        /// The most host names that a message lists.
        const SHOWN: usize = 8;
        let names = self.first().map(|facts| facts.names.as_slice()).unwrap_or_default();
        if names.is_empty() {
            let what = "the server's certificate names no host (it has no subjectAltName)";
            return (what.to_owned(), Some("the server needs a certificate with its name in subjectAltName"));
        }
        let more =
            if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
        let (host, shown) = (&self.host, truncate(&names[..names.len().min(SHOWN)].join(", ")));
        let what = format!("the server's certificate is not valid for name {host}; it is for {shown}{more}");
        (what, Some("use a host name that the certificate lists"))
    }

    fn bad_signature(&self) -> TlsAdvice {
        let is_weak = |facts: &CertificateFacts| facts.rsa_bits.is_some_and(|bits| bits < MIN_RSA);
        let weak = |name: String, facts: &CertificateFacts| {
            let bits = facts.rsa_bits.unwrap_or_default();
            let what = format!("{name} has a weak key: RSA of {bits} bits, and {MIN_RSA} are the least");
            (what, Some("a new key is needed there: RSA of 2048 bits or more, or P-256"))
        };
        if let Some((name, facts)) = self.find(is_weak) {
            return weak(name, facts);
        }
        let last = self.shown.last().map(|facts| &facts.issuer);
        let authority = self.authorities.iter().find(|facts| Some(&facts.subject) == last);
        if let Some(authority) = authority.filter(|facts| is_weak(facts)) {
            return weak(format!("the authority {}", authority.subject), authority);
        }
        said(
            "a signature in the server's chain of certificates, or its handshake, does not verify",
            "is the authority in --cacert the very one that signed it, and not another of the same name?",
        )
    }

    fn algorithm(&self) -> TlsAdvice {
        let is_old = |facts: &CertificateFacts| {
            ["MD", "SHA-1", "DSA", "Ed448"].iter().any(|part| facts.signed_by.contains(part))
                || !facts.signed_by.contains(' ')
        };
        let (name, by) = match self.find(is_old) {
            Some((name, facts)) => (name, format!(" ({})", facts.signed_by)),
            None => ("a certificate of the server".to_owned(), String::new()),
        };
        (
            format!("{name} is signed with an algorithm that is not accepted{by}"),
            Some("the server needs a certificate signed with SHA-256 or better, by RSA, P-256 or Ed25519"),
        )
    }

    fn version(&self) -> TlsAdvice {
        let (name, version) = self
            .find(|facts| facts.version != 3)
            .map_or(("a certificate of the server".to_owned(), 1), |(name, facts)| (name, facts.version));
        (
            format!("{name} is an X.509 v{version} certificate, and TLS needs version 3"),
            Some("issue it with a subjectAltName: openssl x509 -req … -extfile FILE makes version 3"),
        )
    }

    fn critical(&self) -> TlsAdvice {
        /// The OID arc of RFC 5280's extensions.
        const KNOWN: &str = "2.5.29.";
        let foreign = |facts: &CertificateFacts| {
            facts.critical.iter().find(|oid| !oid.starts_with(KNOWN)).or(facts.critical.first()).cloned()
        };
        let oid = self.shown.iter().find_map(foreign).map(|oid| format!(" ({oid})")).unwrap_or_default();
        let name = self.name(|facts| foreign(facts).is_some());
        let what = format!("{name} has a critical extension that heistctl does not know{oid}");
        (what, Some("the server needs a certificate without it, or with it as not critical"))
    }

    fn purpose(&self) -> TlsAdvice {
        let purposes = self.first().map(|facts| facts.purposes.join(", ")).unwrap_or_default();
        let only = if purposes.is_empty() { String::new() } else { format!("; it is for {purposes}") };
        let what = format!("the server's certificate is not for servers{only}");
        (what, Some("the server needs a certificate with extendedKeyUsage=serverAuth"))
    }
}

const REISSUE: &str = "the server needs a new certificate";
const REPLACE: &str = "the server needs a certificate with a new key";
const DATES: &str = "the certificate must be renewed, or this machine's clock is wrong";

fn said(what: &str, cure: &'static str) -> TlsAdvice {
    (what.to_owned(), Some(cure))
}

fn unnamed() -> TlsAdvice {
    said("the server's certificate was refused", "openssl s_client -connect HOST:PORT -showcerts shows it")
}

#[cfg(test)]
#[path = "tls_failure_tests.rs"]
mod tests;
