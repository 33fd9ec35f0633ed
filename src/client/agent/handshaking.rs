//! ureq's way to a server, which also tells where it ends: who is gone before there is TLS has not failed
//! to answer a request.

use super::failure::is_cut_off;
use ureq::unversioned::transport::{ConnectionDetails, Connector, DefaultConnector, Transport};

/// The error of a connection that ended before there was TLS.
pub(super) const CUT_OFF: &str = "the server closed the connection during the handshake";

/// Connects as ureq does.
#[derive(Debug, Default)]
pub(super) struct Handshaking(DefaultConnector);

impl Connector for Handshaking {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        self.0.connect(details, chained).map_err(|error| match error {
            ureq::Error::Io(io) if details.needs_tls() && is_cut_off(io.kind()) => ureq::Error::Tls(CUT_OFF),
            other => other,
        })
    }
}
