//! What ureq and rustls say where there is no answer, in our words, and by whose fault.

use super::handshaking::CUT_OFF;
use std::time::Duration;

/// How std begins to tell that the system found no address.
const LOOKUP: &str = "failed to lookup address information";
/// Who says no says it sooner.
const A_WHILE: Duration = Duration::from_secs(2);

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// Nobody there: DNS, connection.
    #[error("{0}")]
    Unreachable(String),
    /// Somebody is there, and there is no TLS between us.
    #[error("TLS: {what}")]
    Tls {
        /// Why not.
        what: String,
        /// What to do.
        cure: Option<&'static str>,
    },
    /// Nobody has said in time where it is.
    #[error("the address of the host was not found in time: no DNS server has answered")]
    NotResolved,
    /// Nobody there in time.
    #[error("no connection in time ({0})")]
    NotConnected(String),
    /// Nobody was asked: what names the way is wrong.
    #[error("{0}")]
    NoWay(String),
    /// No answer in time.
    #[error("no answer in time ({0})")]
    TimedOut(String),
    /// An answer that is no HTTP.
    #[error("{0}")]
    NotHttp(String),
}

/// Why there is no answer, after so long: a system that has looked for an address for a while was not told
/// that there is none, and looking again takes as long.
pub(super) fn classify_after(error: &ureq::Error, took: Duration) -> TransportError {
    match error {
        ureq::Error::Io(io) if took >= A_WHILE && io.to_string().starts_with(LOOKUP) => {
            TransportError::NotResolved
        }
        error => classify(error),
    }
}

fn classify(error: &ureq::Error) -> TransportError {
    if let Some(error) = tls_error(error) {
        let (what, cure) = without_tls(error);
        return TransportError::Tls { what, cure };
    }
    match error {
        ureq::Error::Timeout(ureq::Timeout::Resolve) => TransportError::NotResolved,
        ureq::Error::Timeout(which @ ureq::Timeout::Connect) => {
            TransportError::NotConnected(which.to_string())
        }
        ureq::Error::Timeout(which) => TransportError::TimedOut(which.to_string()),
        ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::TimedOut => {
            TransportError::TimedOut(io.to_string())
        }
        ureq::Error::Io(io) if is_cut_off(io.kind()) => {
            TransportError::NotHttp(format!("the server closed the connection without an answer ({io})"))
        }
        ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::InvalidData => {
            TransportError::Tls { what: io.to_string(), cure: None }
        }
        ureq::Error::Tls(CUT_OFF) => TransportError::Tls {
            what: CUT_OFF.to_owned(),
            cure: Some("does it speak TLS on this port, and know this host's name?"),
        },
        ureq::Error::Tls(_) | ureq::Error::Pem(_) => {
            TransportError::Tls { what: error.to_string(), cure: None }
        }
        // Asked again, it would say the same.
        ureq::Error::ConnectProxyFailed(why) if why.contains(" 407") => {
            TransportError::NoWay("name and password are wanted, or others (407)".to_owned())
        }
        ureq::Error::HostNotFound => TransportError::Unreachable("the host name is not known".to_owned()),
        ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => {
            TransportError::NotHttp(format!("the answer is no HTTP: {error}"))
        }
        other => TransportError::Unreachable(other.to_string()),
    }
}

fn tls_error(error: &ureq::Error) -> Option<&rustls::Error> {
    match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(io) => io.get_ref()?.downcast_ref(),
        _ => None,
    }
}

/// Why there is no TLS, and what to do.
fn without_tls(error: &rustls::Error) -> (String, Option<&'static str>) {
    use rustls::CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet, NotValidYetContext,
        UnknownIssuer,
    };
    use rustls::{Error, InvalidMessage};
    let cure = match error {
        Error::InvalidCertificate(UnknownIssuer) => {
            let what = "the issuer of the server's certificate is unknown".to_owned();
            return (what, Some("--cacert FILE or SSL_CERT_FILE names the authorities to trust"));
        }
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            return ("the server does not speak it there".to_owned(), Some("is it http:// on this port?"));
        }
        Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
            Some("ask by a name that the certificate has")
        }
        Error::InvalidCertificate(
            Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. },
        ) => Some("the certificate must be renewed, or this machine's clock is wrong"),
        // rustls has no name of its own for it.
        error if error.to_string().contains("CaUsedAsEndEntity") => {
            let what = "the server's certificate is an authority's, and a server needs one of its own";
            return (
                what.to_owned(),
                Some("openssl req -x509 makes one with -addext basicConstraints=CA:FALSE"),
            );
        }
        _ => None,
    };
    (error.to_string(), cure)
}

/// Connected, and then nothing: the server is there, and failed.
pub(super) const fn is_cut_off(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(kind, UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe)
}

/// Why a body could not be read to its end.
#[must_use]
pub fn classify_read(error: &std::io::Error) -> TransportError {
    let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>());
    match cause {
        Some(cause) => classify(cause),
        None if error.kind() == std::io::ErrorKind::TimedOut => TransportError::TimedOut(error.to_string()),
        None => TransportError::NotHttp(format!("the answer was cut off: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::ToSocketAddrs;

    #[test]
    fn a_name_server_that_does_not_answer_is_not_taken_for_the_server() {
        let told = classify(&ureq::Error::Timeout(ureq::Timeout::Resolve));
        assert!(told == TransportError::NotResolved && told.to_string().contains("DNS"), "{told}");
        // No name is so long: nobody is asked.
        let unknown = format!("{}:443", "x".repeat(300)).to_socket_addrs().unwrap_err();
        assert!(unknown.to_string().starts_with(LOOKUP), "{unknown}");
        let unknown = ureq::Error::Io(unknown);
        assert!(matches!(classify_after(&unknown, Duration::ZERO), TransportError::Unreachable(_)));
        assert_eq!(classify_after(&unknown, A_WHILE), TransportError::NotResolved);
        let told = classify(&ureq::Error::Timeout(ureq::Timeout::Connect));
        assert!(matches!(told, TransportError::NotConnected(_)), "{told}");
    }
}
