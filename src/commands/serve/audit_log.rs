//! `audit_log`: the target of the audit log.

use super::problems::wrong;
use crate::commands::configuration::literal::quoted;
use crate::commands::misplaced;
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
            text => Self::file(text, folder).map(Self::File),
        }
    }

    fn file(text: &str, folder: &Path) -> Result<PathBuf, Failure> {
        let path = folder.join(text);
        let shown = path.display();
        if path.is_dir() {
            return Err(wrong(format!("audit_log: {shown} is a folder, not a file")).hint(format!(
                "audit_log = {}",
                quoted(&Path::new(text).join("audit.log").to_string_lossy())
            )));
        }
        let above = path.parent().filter(|above| !above.as_os_str().is_empty());
        let Some(above) = above.filter(|above| !above.exists()) else { return Ok(path) };
        let above = above.display();
        let why = misplaced::path(text);
        let hint = match why {
            Some(_) => "write the whole path: audit_log = \"/var/log/heistctl/audit.log\"".to_owned(),
            None => format!(
                "mkdir -p {above}, or name a writable file; a path starts at the folder of heist.toml"
            ),
        };
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        Err(wrong(format!("audit_log: cannot open {shown}: there is no folder {above}{why}")).hint(hint))
    }
}
