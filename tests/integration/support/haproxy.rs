//! HAProxy before some servers, with the lines that the documents show.

use super::wire::Wire;
use super::{Reply, Server, request_text};
use crate::documents::blocks;
use crate::support::process::{needs_program, wait_until};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

/// Ends the proxy when whoever holds the pipe is gone.
const GUARD: &str = r#"haproxy -db -f "$1" & pid=$!; cat > /dev/null; kill -KILL "$pid"; wait "$pid""#;

/// A proxy; it ends when this is dropped or the process ends.
pub(crate) struct HaProxy {
    address: SocketAddr,
    guard: Child,
    _folder: tempfile::TempDir,
}

impl HaProxy {
    /// In front of these servers; `None` where there is no HAProxy.
    #[track_caller]
    pub(crate) fn before(servers: &[&Server]) -> Option<Self> {
        // Debian has it where only root's PATH looks.
        let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
        if !needs_program("haproxy") {
            return None;
        }
        let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("haproxy.cfg");
        std::fs::write(&file, configuration(address, servers)).expect("it is written");
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "guard"]).arg(&file).env("PATH", path);
        let guard = guard.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let proxy = Self { address, guard: guard.expect("sh runs"), _folder: folder };
        wait_until("HAProxy has found its servers", || {
            TcpStream::connect(address).is_ok() && proxy.request("GET", "/readyz", &[], "").status == 200
        });
        Some(proxy)
    }

    pub(crate) fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        Wire::to(self.address).send(request_text(method, path, headers, body)).reply()
    }
}

impl Drop for HaProxy {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// What the document shows, with the addresses of a test.
fn configuration(address: SocketAddr, servers: &[&Server]) -> String {
    let [shown] = blocks("haproxy").try_into().expect("one configuration");
    let mut configuration = shown.text.replace("bind :8000", &format!("bind {address}"));
    for (number, server) in servers.iter().enumerate() {
        let placeholder = format!("10.0.0.{}:8001", number + 1);
        assert!(configuration.contains(&placeholder), "{placeholder} is not in\n{configuration}");
        configuration = configuration.replace(&placeholder, &server.address().to_string());
    }
    configuration
}
