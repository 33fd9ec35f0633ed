//! All checks.

use super::check::DoctorCheck;
use super::{introspection, keys, location, metadata, resource, token, token_endpoint, transport};

/// The checks of all groups, in the order of their numbers.
pub const CHECKS: &[&[DoctorCheck]] = &[
    location::CHECKS,
    metadata::CHECKS,
    keys::CHECKS,
    transport::CHECKS,
    token_endpoint::CHECKS,
    token::CHECKS,
    introspection::CHECKS,
    resource::CHECKS,
];
