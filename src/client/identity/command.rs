//! The output of a command: `identity_command` in a profile.

pub(super) const EXPIRED: &str = "identity_command must print a new one each time";
