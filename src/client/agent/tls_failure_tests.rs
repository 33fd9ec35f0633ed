use super::*;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// A certificate of a P-256 authority CN=CA for a 1024-bit RSA key.
const WEAK: &str = "\
-----BEGIN CERTIFICATE-----
MIIBwzCCAWqgAwIBAgIUAp3Y3AVVcExdBGrIBjeFDRguvTwwCgYIKoZIzj0EAwIw
DTELMAkGA1UEAwwCQ0EwIBcNMjYxMTI4MjExNTE4WhgPMjEyNjExMDQyMTE1MTha
MBQxEjAQBgNVBAMMCWxvY2FsaG9zdDCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkC
gYEAn2vU3dztvNSvmCliINdaqxutyv0rnfKOzmZkv6WLfFYhDn6xCrkfFyG/+yO7
WF3zZ6tc6/bOcDfAjkUZOSEatq9WtbkW1JUOozFr+GXlwkfiW9pU/OxlHfeswj/P
eS5ijOOUZPUMQUQMBSNMcQ/re/g5deG83c7fjYzQoYUNWqcCAwEAAaNYMFYwFAYD
VR0RBA0wC4IJbG9jYWxob3N0MB0GA1UdDgQWBBSeUEQ+JxQrVCeU9xcAbtWAQpws
XTAfBgNVHSMEGDAWgBS9s95xCDoPv/rDYAimECfi5/mT6jAKBggqhkjOPQQDAgNH
ADBEAiAic/XqMLnoyPGquIzvUblpsdTkL6YRwQZoYekpZAbuJQIgPrVr3Z0HiDAt
z9zPVqxhnDaok7+sTWUklpJjh3IFts0=
-----END CERTIFICATE-----
";
/// A version 1 certificate of the same authority: it has no extensions.
const VERSION_1: &str = "\
-----BEGIN CERTIFICATE-----
MIIBHTCBxAIUAp3Y3AVVcExdBGrIBjeFDRguvT0wCgYIKoZIzj0EAwIwDTELMAkG
A1UEAwwCQ0EwIBcNMjYxMTI4MjExNTE4WhgPMjEyNjExMDQyMTE1MThaMBQxEjAQ
BgNVBAMMCWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABB+UhWav
lHbkOCxaTzkFYkEhnZU/iP9f+GtSNAIkGFeF4hZsoTg2nDW7B4HNv29j8k0AcAwz
4H/p9G7L2+UicagwCgYIKoZIzj0EAwIDSAAwRQIgGczpbefgLMWxfQaOWgOUXFw8
V/UEjEIt7qVBbnBUtJECIQDQcB+uMyQ7z9KEOeDRaVs80PjCQOCGfPFlu4Rs1/GH
Ig==
-----END CERTIFICATE-----
";

fn der(pem: &str) -> Vec<u8> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
}

fn seen(chain: &[&str]) -> HandshakeTrace {
    HandshakeTrace {
        host: "as.example.com".to_owned(),
        chain: chain.iter().map(|pem| der(pem)).collect(),
        ..HandshakeTrace::default()
    }
}

fn told(error: impl Into<Error>, seen: &HandshakeTrace) -> (String, &'static str) {
    match explain(&error.into(), seen) {
        TransportError::Tls { what, cure } => (what, cure.unwrap_or_default()),
        TransportError::NotTls(what) => (what, "http"),
        other => panic!("{other:?}"),
    }
}

fn off_the_path(error: Path) -> CertificateError {
    CertificateError::Other(OtherError(Arc::new(error)))
}

#[test]
fn a_certificate_fault_is_told_with_what_is_wrong() {
    let (good, weak, old) = (seen(&[]), seen(&[WEAK]), seen(&[VERSION_1]));
    let by_weak = HandshakeTrace { authorities: Arc::from([der(WEAK)]), ..HandshakeTrace::default() };
    for (error, seen, part) in [
        (CertificateError::BadSignature, &weak, "certificate has a weak key: RSA of 1024 bits, and 2048"),
        (CertificateError::BadSignature, &old, "does not verify"),
        (CertificateError::BadSignature, &by_weak, "does not verify"),
        (off_the_path(Path::UnsupportedCertVersion), &old, "certificate is an X.509 v1 certificate"),
        (off_the_path(Path::UnsupportedCertVersion), &good, "is an X.509 v1 certificate"),
        (CertificateError::UnknownIssuer, &weak, "is unknown: CN=CA is not among the authorities"),
        (CertificateError::UnknownIssuer, &good, "the issuer of the server's certificate is unknown"),
        (CertificateError::NotValidForName, &weak, "not valid for name as.example.com; it is for localhost"),
        (CertificateError::NotValidForName, &old, "names no host (it has no subjectAltName)"),
        (CertificateError::Expired, &good, "a certificate of the server expired"),
        (CertificateError::NotValidYet, &good, "is not valid yet"),
        (CertificateError::Revoked, &good, "was revoked"),
        (CertificateError::BadEncoding, &good, "is damaged"),
        (CertificateError::InvalidPurpose, &good, "is not for servers"),
        (CertificateError::UnhandledCriticalExtension, &good, "has a critical extension"),
        (off_the_path(Path::UnsupportedCriticalExtension), &good, "has a critical extension"),
        (off_the_path(Path::CaUsedAsEndEntity), &good, "is an authority's"),
        (off_the_path(Path::EndEntityUsedAsCa), &good, "signs another, and is not an authority's"),
        (off_the_path(Path::NameConstraintViolation), &good, "(name constraints)"),
        (off_the_path(Path::PathLenConstraintViolated), &good, "chain of certificates is longer"),
        (off_the_path(Path::MalformedExtensions), &good, "malformed"),
        (off_the_path(Path::SignatureAlgorithmMismatch), &good, "two signature algorithms"),
        (CertificateError::ApplicationVerificationFailure, &good, "was refused"),
    ] {
        let (what, cure) = told(error.clone(), seen);
        assert!(what.contains(part) && !cure.is_empty(), "{error:?}: {what}; {cure}");
        assert!(!what.contains("Error") && !what.contains('{'), "{what}");
    }
}

#[test]
fn a_weak_authority_is_named() {
    let shown = |issuer: &str| CertificateFacts { issuer: issuer.to_owned(), ..facts(VERSION_1) };
    let authorities = vec![CertificateFacts { subject: "CN=Weak".to_owned(), ..facts(WEAK) }];
    let chain =
        Chain { host: String::new(), shown: vec![shown("CN=Weak")], authorities: authorities.clone() };
    assert!(chain.bad_signature().0.starts_with("the authority CN=Weak has a weak key: RSA of 1024 bits"));
    let chain = Chain { host: String::new(), shown: vec![shown("CN=CA")], authorities };
    assert!(chain.bad_signature().0.contains("does not verify"));
}

#[test]
fn a_fault_further_up_the_chain_is_not_the_servers_own() {
    let chain =
        Chain { host: String::new(), shown: vec![facts(VERSION_1), facts(WEAK)], authorities: Vec::new() };
    assert!(chain.bad_signature().0.starts_with("the certificate of CN=localhost in the server's chain has"));
    let old = CertificateFacts { signed_by: "SHA-1 with RSA".to_owned(), ..facts(WEAK) };
    let chain = Chain { host: String::new(), shown: vec![old], authorities: Vec::new() };
    assert!(chain.algorithm().0.ends_with("is not accepted (SHA-1 with RSA)"));
}

fn facts(pem: &str) -> CertificateFacts {
    CertificateFacts::read(&der(pem)).unwrap()
}

#[test]
fn an_alert_names_the_client_certificate_where_the_server_asked_for_one() {
    use AlertDescription as Alert;
    let none = HandshakeTrace { wants_certificate: true, ..seen(&[]) };
    let shown = HandshakeTrace { shows_certificate: true, ..none.clone() };
    for (alert, seen, part, cure) in [
        (
            Alert::CertificateRequired,
            &none,
            "requires a client certificate: none was shown",
            "--client-cert FILE",
        ),
        (Alert::CertificateRequired, &seen(&[]), "requires a client certificate", "--client-cert FILE"),
        (Alert::HandshakeFailure, &none, "requires a client certificate", "--client-cert FILE"),
        (Alert::BadCertificate, &none, "requires a client certificate", "--client-cert FILE"),
        (Alert::UnknownCA, &shown, "refuses the client certificate: the authority", "of --client-cert"),
        (Alert::CertificateExpired, &shown, "has expired", "of --client-cert"),
        (Alert::DecryptError, &shown, "refuses the client certificate", "of --client-cert"),
        (Alert::AccessDenied, &shown, "access is denied", "of --client-cert"),
        (Alert::Unknown(200), &shown, "TLS alert 200", "of --client-cert"),
        (Alert::HandshakeFailure, &seen(&[]), "no cipher suite", "TLS 1.3"),
        (Alert::ProtocolVersion, &shown, "neither TLS 1.2 nor TLS 1.3", "TLS 1.2 or later"),
        (Alert::UnrecognisedName, &none, "does not know the name as.example.com", "use a host name"),
        (Alert::InternalError, &seen(&[]), "internal_error", "log"),
        (Alert::AccessDenied, &seen(&[]), "the server closed the connection: access is denied", "log"),
    ] {
        let (what, hint) = told(Error::AlertReceived(alert), seen);
        assert!(what.contains(part) && hint.contains(cure), "{alert:?}: {what}; {hint}");
    }
}

#[test]
fn what_is_not_tls_or_is_too_old_is_told_apart() {
    for (error, part) in [
        (Error::InvalidMessage(InvalidMessage::InvalidContentType), "does not speak TLS on this port"),
        (Error::InvalidMessage(InvalidMessage::MessageTooLarge), "something that TLS does not allow"),
        (Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13), "neither TLS 1.2"),
        (Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon), "no cipher suite"),
        (Error::NoCertificatesPresented, "shows no certificate"),
        (Error::UnsupportedNameType, "as.example.com is not a name"),
    ] {
        let (what, cure) = told(error.clone(), &seen(&[]));
        assert!(what.contains(part) && !cure.is_empty(), "{error:?}: {what}");
    }
}
