//! `audit_log`: the target of the audit log.

use super::problems::wrong;
use crate::exit::Failure;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditLog {
    /// Mixed with the request log.
    Stdout,
    Syslog,
    File(PathBuf),
}

impl AuditLog {
    pub(super) fn parse(text: &str, folder: &Path) -> Result<Self, Failure> {
        match text {
            "" => Err(wrong("audit_log is empty").hint("audit_log = \"audit.log\", or stdout or syslog")),
            "stdout" => Ok(Self::Stdout),
            "syslog" => Ok(Self::Syslog),
            path => Ok(Self::File(folder.join(path))),
        }
    }
}
