//! The files that `init` writes, and the command that starts the server with them.

use super::report::PHASE;
use super::settings::InitSettings;
use crate::cli::InitArgs;
use crate::exit::{Exit, Failure};
use crate::os_error::plain;
use crate::text::shell_word;
use std::path::{Path, PathBuf};

const CONFIGURATION: &str = "heist.toml";
const LISTEN: &str = "127.0.0.1:8001";
const UNIT: &str = "heistctl.service";
const COMPOSE: &str = "compose.yaml";

pub(super) struct NewFile {
    pub(super) name: &'static str,
    pub(super) text: String,
    pub(super) mode: u32,
}

/// How the server is started.
pub(super) enum Start {
    Command,
    Systemd {
        /// The absolute path of `heist.toml`.
        configuration: String,
        program: String,
    },
    Compose {
        /// The owner of `heist.toml`, as whom the container runs.
        user: String,
    },
}

impl Start {
    /// # Errors
    /// If a unit cannot name a path.
    pub(super) fn of(args: &InitArgs, folder: &Path) -> Result<Self, Failure> {
        if args.compose {
            let (user, group) = (rustix::process::getuid(), rustix::process::getgid());
            return Ok(Self::Compose { user: format!("{}:{}", user.as_raw(), group.as_raw()) });
        }
        if !args.systemd {
            return Ok(Self::Command);
        }
        let local = |error: std::io::Error| Failure::new(Exit::Local, PHASE, plain(&error));
        let configuration = std::path::absolute(folder).map_err(local)?.join(CONFIGURATION);
        let program = std::env::current_exe().map_err(local)?;
        Ok(Self::Systemd { configuration: of_unit(&configuration)?, program: of_unit(&program)? })
    }

    /// The file besides `heist.toml`.
    fn extra(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Command => None,
            Self::Systemd { configuration, program } => Some((UNIT, unit(configuration, program))),
            Self::Compose { user } => Some((COMPOSE, compose(user))),
        }
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        [CONFIGURATION].into_iter().chain(self.extra().map(|(name, _)| name)).collect()
    }

    /// `heist.toml` is private, as it may get secrets later.
    pub(super) fn files(&self, settings: &InitSettings, hash: &str) -> Vec<NewFile> {
        let configuration = NewFile { name: CONFIGURATION, text: heist_toml(settings, hash), mode: 0o600 };
        let extra = self.extra().map(|(name, text)| NewFile { name, text, mode: 0o644 });
        [configuration].into_iter().chain(extra).collect()
    }

    /// The command to type next.
    pub(super) fn command(&self, written: &[PathBuf]) -> String {
        let path = |at: usize| written.get(at).map(|path| path.display().to_string()).unwrap_or_default();
        match self {
            Self::Command => format!("heistctl serve --config {}", shell_word(&path(0))),
            Self::Systemd { .. } => format!(
                "sudo cp -i {} /etc/systemd/system/ && sudo systemctl enable --now heistctl",
                shell_word(&path(1))
            ),
            Self::Compose { .. } => format!("docker compose -f {} up -d", shell_word(&path(1))),
        }
    }
}

/// A path as a unit can name it: systemd expands `%` and `$`, and splits at blanks.
fn of_unit(path: &Path) -> Result<String, Failure> {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
    if text.chars().all(is_plain) {
        return Ok(text);
    }
    let what = format!("{text:?} has characters that a unit cannot name without escapes");
    Err(Failure::new(Exit::Usage, PHASE, what).hint("heistctl init --systemd /srv/heistctl"))
}

/// A TOML string. The text is printable ASCII.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn heist_toml(settings: &InitSettings, hash: &str) -> String {
    let InitSettings { issuer, client, scopes } = settings;
    let issuer = issuer.as_ref().map_or_else(
        || "# The URL that clients use. Without it, the server's own address.\n#issuer = \"https://tokens.example.com\"".to_owned(),
        |issuer| format!("# The URL that clients use. Tokens and metadata name it.\nissuer = {}", quoted(issuer)),
    );
    let scopes: Vec<String> = scopes.iter().map(quoted).collect();
    format!(
        "# Every key: heistctl help config. Check a change: heistctl serve --check\n\n{issuer}\n\n\
         # Other machines need TLS here, or a proxy that serves it.\nlisten = \"{LISTEN}\"\n\n\
         [[client]]\nid = {}\nsecret_hash = {}\nscopes = [{}]\n",
        quoted(client),
        quoted(hash),
        scopes.join(", ")
    )
}

/// Limits on the service, as in packaging/systemd. `DynamicUser=yes` implies the others.
const HARDENING: &str = "\
CapabilityBoundingSet=
LockPersonality=yes
MemoryDenyWriteExecute=yes
PrivateDevices=yes
PrivateUsers=yes
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
";

fn unit(configuration: &str, program: &str) -> String {
    format!(
        "[Unit]
Description=heistctl token server
Wants=network-online.target
After=network-online.target

# The store is in /var/lib/heistctl. After a change of heist.toml: systemctl restart heistctl
[Service]
Type=notify
DynamicUser=yes
LoadCredential=heist.toml:{configuration}
ExecStart={program} serve --config %d/heist.toml --log json
Restart=on-failure
RestartSec=1s
LimitNOFILE=65536
StateDirectory=heistctl
StateDirectoryMode=0700
UMask=0077
{HARDENING}
[Install]
WantedBy=multi-user.target
"
    )
}

fn compose(user: &str) -> String {
    format!(
        "# The image is made by packaging/Containerfile of heistctl. The store is beside this file.
# Plain http stays on this machine: the port is published on its loopback address only.
services:
  heistctl:
    image: heistctl:{version}
    command: [serve, --config, /srv/heistctl/heist.toml, --insecure-http, --log, json]
    user: \"{user}\"
    environment:
      HEISTCTL_LISTEN: \"0.0.0.0:8001\"
      HEISTCTL_STORE: sqlite:/srv/heistctl/heistctl.db
    ports: [\"{LISTEN}:8001\"]
    volumes: [\".:/srv/heistctl\"]
    read_only: true
    cap_drop: [ALL]
    security_opt: [\"no-new-privileges:true\"]
    restart: unless-stopped
",
        version = env!("CARGO_PKG_VERSION")
    )
}
