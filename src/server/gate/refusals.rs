//! The refusals that the gate answers itself, apart from those of a malformed head or body.

use super::head::HeadError;

pub(super) const BROKEN_OFF: HeadError =
    HeadError { status: 400, why: "the request broke off before its end" };
pub(super) const NOT_TLS: HeadError =
    HeadError { status: 400, why: "this port speaks https: ask with https://" };
pub(super) const TOO_SLOW: HeadError =
    HeadError { status: 408, why: "the request was not complete within 10 seconds" };
pub(super) const BUSY: HeadError =
    HeadError { status: 503, why: "all connections are busy; try again in a moment" };
pub(super) const NO_ANSWER: HeadError =
    HeadError { status: 503, why: "the answer has not come within 30 seconds; try again" };
pub(super) const NO_ENGINE: HeadError =
    HeadError { status: 503, why: "the server failed at this request; it goes on, try again" };
