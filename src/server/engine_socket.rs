//! The connections between gate and engine: a private Unix socket. On Linux it has an abstract name, so
//! that a read-only root without `/tmp` works; elsewhere it is in a new folder.

use crate::jose::digest;
use crate::os_error::plain;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

/// A socket that accepts only these connections.
pub(super) struct EngineSocket {
    /// The engine's end.
    pub(super) listener: UnixListener,
    /// The gate's ends.
    pub(super) streams: Vec<UnixStream>,
}

/// Opens `count` connections.
///
/// # Errors
/// If the system has neither abstract names nor a folder for them; the error names the folder.
pub(super) fn open(count: usize) -> io::Result<EngineSocket> {
    let name = format!("heistctl-{}", digest::hex(&digest::random::<16>().map_err(io::Error::other)?));
    #[cfg(target_os = "linux")]
    if let Ok(lines) = without_files(&name, count) {
        return Ok(lines);
    }
    let folder = std::env::temp_dir();
    in_folder(&folder.join(name), count).map_err(|error| {
        let shown = folder.display();
        io::Error::other(format!(
            "{shown} has no room for the private socket of the server: {}; TMPDIR names a folder that \
             can be written to",
            plain(&error)
        ))
    })
}

/// An abstract name is open to every process of this network namespace, and `/proc/net/unix` lists it. So
/// the queue has room only for our connections, and nothing is accepted until all are open. A stranger in
/// the queue would leave one of ours without a place, which is an error.
#[cfg(target_os = "linux")]
fn without_files(name: &str, count: usize) -> io::Result<EngineSocket> {
    use rustix::net::{AddressFamily, Shutdown, SocketAddrUnix, SocketType, bind, listen, shutdown};
    let socket = || rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None);
    let address = SocketAddrUnix::new_abstract_name(name.as_bytes())?;
    let listener = socket()?;
    rustix::io::fcntl_setfd(&listener, rustix::io::FdFlags::CLOEXEC)?;
    bind(&listener, &address)?;
    // The kernel allows one more than that.
    listen(&listener, i32::try_from(count).unwrap_or(1) - 1)?;
    let connect = || -> io::Result<UnixStream> {
        let stream = socket()?;
        rustix::io::fcntl_setfd(&stream, rustix::io::FdFlags::CLOEXEC)?;
        let stream = UnixStream::from(stream);
        stream.set_nonblocking(true)?;
        rustix::net::connect(&stream, &address)?;
        stream.set_nonblocking(false)?;
        Ok(stream)
    };
    let streams = (0..count).map(|_| connect()).collect::<io::Result<Vec<_>>>()?;
    if connect().is_ok() {
        return Err(io::Error::other("the queue has room for others"));
    }
    shutdown(&listener, Shutdown::Both)?;
    Ok(EngineSocket { listener: listener.into(), streams })
}

/// Once the connections are open, the folder is removed: nobody else can connect, and nothing is left if
/// the process dies.
fn in_folder(folder: &Path, count: usize) -> io::Result<EngineSocket> {
    std::fs::DirBuilder::new().mode(0o700).create(folder)?;
    let path = folder.join("engine");
    let lines = UnixListener::bind(&path).and_then(|listener| {
        let streams = (0..count).map(|_| UnixStream::connect(&path)).collect::<io::Result<_>>()?;
        Ok(EngineSocket { listener, streams })
    });
    std::fs::remove_dir_all(folder)?;
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    /// Sends a byte on each connection and checks that each arrives once.
    fn carries(lines: EngineSocket, count: u8) {
        for (letter, mut stream) in (0..count).zip(&lines.streams) {
            stream.write_all(&[letter]).unwrap();
        }
        let heard = (0..count).map(|_| {
            let mut letter = [0];
            lines.listener.accept().unwrap().0.read_exact(&mut letter).unwrap();
            letter[0]
        });
        assert_eq!(heard.collect::<Vec<u8>>(), (0..count).collect::<Vec<u8>>());
    }

    #[test]
    fn a_folder_holds_a_socket_and_is_gone_at_once() {
        let folder = tempfile::tempdir().unwrap();
        carries(in_folder(&folder.path().join("x"), 4).unwrap(), 4);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(in_folder(Path::new("/dev/null/x"), 4).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_socket_without_a_file_takes_our_connections_and_no_other() {
        use std::os::linux::net::SocketAddrExt;
        let name = format!("heistctl-test-{}", digest::hex(&digest::random::<16>().unwrap()));
        let address = std::os::unix::net::SocketAddr::from_abstract_name(name.as_bytes()).unwrap();
        let lines = without_files(&name, 4).unwrap();
        assert!(UnixStream::connect_addr(&address).is_err(), "a stranger");
        carries(lines, 4);
        // A stranger who connects first makes it fail.
        let name = format!("{name}-2");
        let address = std::os::unix::net::SocketAddr::from_abstract_name(name.as_bytes()).unwrap();
        let strangers = UnixListener::bind_addr(&address).unwrap();
        assert!(without_files(&name, 4).is_err());
        drop(strangers);
    }
}
