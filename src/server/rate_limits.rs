//! Rate limits and networks that are checked before the rest of a request: `allow_from`, `per_address`. A
//! worker checks them, so that a refusal is recorded like any other decision.

use crate::clock::Timestamp;
use crate::http::Peer;
use crate::issuer::error::{Dialect, Refusal};
use crate::issuer::{LogRecord, LoggedResponse};
use crate::registry::networks::{Networks, group};
use crate::registry::token_buckets::{Rate, TokenBuckets};
use crate::server::route::refused;
use std::net::IpAddr;

#[derive(Debug, Default)]
pub struct RateLimits {
    /// All networks if empty.
    allow_from: Networks,
    /// `None` for no limit.
    per_address: Option<TokenBuckets<IpAddr>>,
}

impl RateLimits {
    /// Admits requests from these networks, with that rate per address.
    #[must_use]
    pub fn new(allow_from: Networks, per_address: Option<Rate>) -> Self {
        Self { allow_from, per_address: per_address.map(TokenBuckets::new) }
    }

    /// The refusal of a request from that peer; `None` if it is admitted.
    #[must_use]
    pub fn refusal(&self, peer: &Peer, now: Timestamp) -> Option<LoggedResponse> {
        let address = peer.address.map(|address| address.to_canonical());
        if !self.allow_from.is_empty() && !address.is_some_and(|address| self.allow_from.contains(address)) {
            let from = address.map_or_else(|| "an unknown address".to_owned(), |address| address.to_string());
            let why = format!("requests from {from} are not allowed: it is not in the server's allow_from");
            let mut outcome = refused(403, "access_denied", &why);
            outcome.record.limit = Some("allow_from");
            return Some(outcome);
        }
        let (buckets, address) = (self.per_address.as_ref()?, address?);
        let retry_after = buckets.take(&group(address), now).err()?;
        let refusal = Refusal::TooManyRequests { retry_after };
        let record = LogRecord {
            error: Some(refusal.code()),
            reason: Some(refusal.reason()),
            limit: Some("per_address"),
            ..LogRecord::default()
        };
        Some(LoggedResponse { response: refusal.response(Dialect::Form, false), record })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(address: &str) -> Peer {
        Peer { address: Some(address.parse().unwrap()), ..Peer::default() }
    }

    fn refused_by(admission: &RateLimits, address: &str) -> Option<(u16, &'static str)> {
        let outcome = admission.refusal(&peer(address), Timestamp::from_unix(1_795_420_800))?;
        Some((outcome.response.status, outcome.record.limit.unwrap()))
    }

    #[test]
    fn only_listed_networks_get_in_where_any_is_listed() {
        let admission = RateLimits::new(Networks::parse(&["10.0.0.0/8", "2001:db8::/32"]).unwrap(), None);
        for address in ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::7"] {
            assert_eq!(refused_by(&admission, address), None, "{address}");
        }
        for address in ["11.1.2.3", "::1"] {
            assert_eq!(refused_by(&admission, address), Some((403, "allow_from")), "{address}");
        }
        let nobody = admission.refusal(&Peer::default(), Timestamp::from_unix(0)).unwrap();
        assert_eq!(nobody.response.status, 403);
        assert_eq!(refused_by(&RateLimits::default(), "11.1.2.3"), None);
    }

    #[test]
    fn an_address_has_its_rate_and_no_share_of_anothers() {
        let admission = RateLimits::new(Networks::default(), Some("2/m".parse().unwrap()));
        for _ in 0..2 {
            assert_eq!(refused_by(&admission, "2001:db8::1"), None);
        }
        assert_eq!(refused_by(&admission, "2001:db8::2"), Some((429, "per_address")));
        assert_eq!(refused_by(&admission, "2001:db8:0:1::1"), None);
    }
}
