//! Translates errors of ureq and rustls into messages, and says whether the client or the server is at
//! fault.

use crate::client::proxy::ProxyAddress;
use crate::os_error::plain;
use std::time::Duration;

/// The prefix of std's message for a failed address lookup.
const LOOKUP: &str = "failed to lookup address information";
/// A resolver that knows of no such host answers sooner than this.
const A_WHILE: Duration = Duration::from_secs(2);

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The connection failed.
    #[error("{0}")]
    Unreachable(String),
    /// DNS knows no such host.
    #[error("{0}")]
    UnknownHost(String),
    /// The host was reached, but TLS failed.
    #[error("TLS: {what}")]
    Tls { what: String, cure: Option<&'static str> },
    /// The port does not speak TLS.
    #[error("TLS: {0}")]
    NotTls(String),
    /// DNS did not answer in time.
    #[error("the address of the host was not found in time: no DNS server has answered")]
    NotResolved,
    /// No connection in time.
    #[error("no connection in time ({0})")]
    NotConnected(String),
    /// A proxy refused or failed. A retry would not help.
    #[error("{what}")]
    Proxy { what: String, cure: &'static str },
    /// The proxy itself cannot be reached.
    #[error("{0}")]
    NoProxy(String),
    /// Nothing was sent: the proxy setting is invalid.
    #[error("{0}")]
    NoWay(String),
    #[error("no answer in time ({0})")]
    TimedOut(String),
    /// The answer is not HTTP.
    #[error("{0}")]
    NotHttp(String),
    /// The answer began as HTTP, but cannot be used: it was cut off, or is too large.
    #[error("{0}")]
    BadAnswer(String),
}

/// Classifies an error by its duration as well: a lookup that took long has timed out and did not find that
/// the host is unknown. A retry would take as long.
pub(super) fn classify_after(error: &ureq::Error, took: Duration) -> TransportError {
    match error {
        ureq::Error::Io(io) if took >= A_WHILE && io.to_string().starts_with(LOOKUP) => {
            TransportError::NotResolved
        }
        error => classify(error),
    }
}

impl TransportError {
    /// Adds the proxy that may have caused the failure.
    pub(super) fn through(self, proxy: Option<&ProxyAddress>) -> Self {
        let Some(proxy) = proxy else { return self };
        let with = |why: String| format!("{why}, through the proxy {proxy}");
        match self {
            // A proxy resolves the server's name itself, so its own address is the cause.
            Self::Unreachable(why) | Self::UnknownHost(why) => Self::NoProxy(with(why)),
            Self::NotConnected(why) => Self::NotConnected(with(why)),
            Self::TimedOut(why) => Self::TimedOut(with(why)),
            Self::Tls { what, cure } => Self::Tls { what: with(what), cure },
            Self::NotTls(why) => Self::NotTls(with(why)),
            Self::NotHttp(why) => Self::NotHttp(with(why)),
            Self::BadAnswer(why) => Self::BadAnswer(with(why)),
            // These name the proxy already, or do not involve it.
            named @ (Self::NoWay(_) | Self::NoProxy(_) | Self::Proxy { .. } | Self::NotResolved) => named,
        }
    }
}

impl From<TransportError> for ureq::Error {
    /// Wraps the error for ureq; [`classify`] unwraps it.
    fn from(error: TransportError) -> Self {
        Self::Other(Box::new(error))
    }
}

fn classify(error: &ureq::Error) -> TransportError {
    if let ureq::Error::Other(inner) = error
        && let Some(error) = inner.downcast_ref::<TransportError>()
    {
        return error.clone();
    }
    match error {
        ureq::Error::Timeout(ureq::Timeout::Resolve) => TransportError::NotResolved,
        ureq::Error::Timeout(ureq::Timeout::Connect) => TransportError::NotConnected("connect".to_owned()),
        ureq::Error::Timeout(which) => TransportError::TimedOut(waited_for(*which).to_owned()),
        ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::TimedOut => {
            TransportError::TimedOut(plain(io))
        }
        ureq::Error::Io(io) if is_cut_off(io.kind()) => {
            TransportError::NotHttp("the server closed the connection without an answer".to_owned())
        }
        ureq::Error::HostNotFound => unknown_host(),
        ureq::Error::Io(io) if io.to_string().starts_with(LOOKUP) => unknown_host(),
        ureq::Error::LargeResponseHeader(..) => {
            TransportError::NotHttp("the head of the answer is too large".to_owned())
        }
        ureq::Error::Protocol(_) => TransportError::NotHttp("the answer is not HTTP".to_owned()),
        ureq::Error::Io(io) => TransportError::Unreachable(plain(io)),
        other => TransportError::Unreachable(other.to_string()),
    }
}

fn unknown_host() -> TransportError {
    TransportError::UnknownHost("the host's name is not known to DNS".to_owned())
}

/// The step at which the timeout struck.
const fn waited_for(which: ureq::Timeout) -> &'static str {
    match which {
        ureq::Timeout::SendRequest | ureq::Timeout::SendBody => "the request was being sent",
        ureq::Timeout::RecvBody => "the answer was being read",
        _ => "the answer had not started",
    }
}

/// The connection was made and then lost, so the server is up and failed.
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
        None if error.kind() == std::io::ErrorKind::InvalidData => {
            TransportError::NotHttp(format!("the answer cannot be read: {}", plain(error)))
        }
        None if error.kind() == std::io::ErrorKind::TimedOut => TransportError::TimedOut(plain(error)),
        // The cause is a library's sentence about the connection.
        None => TransportError::BadAnswer("the answer was cut off".to_owned()),
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
        // A host name of this length is invalid, so no query is sent.
        let unknown = format!("{}:443", "x".repeat(300)).to_socket_addrs().unwrap_err();
        assert!(unknown.to_string().starts_with(LOOKUP), "{unknown}");
        let unknown = ureq::Error::Io(unknown);
        assert!(matches!(classify_after(&unknown, Duration::ZERO), TransportError::UnknownHost(_)));
        assert_eq!(classify_after(&unknown, A_WHILE), TransportError::NotResolved);
        let told = classify(&ureq::Error::Timeout(ureq::Timeout::Connect));
        assert!(matches!(told, TransportError::NotConnected(_)), "{told}");
    }
}
