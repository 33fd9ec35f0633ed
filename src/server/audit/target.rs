//! The target of audit lines: an append-only file, or the system log.

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::Errno;
use std::fs::{File, FileType, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

/// Opens the target. A write gets one or several whole lines, or the rest of the last write.
pub type OpenTarget = dyn FnMut() -> io::Result<Box<dyn Write + Send>> + Send;

/// Opens a file, a FIFO with a reader, or a character device for appending. A new file is readable only by
/// its owner.
///
/// # Errors
/// If it cannot be opened, or is of another kind.
pub fn open_file(path: &Path) -> io::Result<File> {
    // Opening must not block on a FIFO without a reader or a serial line without a carrier.
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o600);
    options.custom_flags(i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or(0));
    let mut file = options.open(path).map_err(|error| {
        if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) {
            return io::Error::other("this FIFO has no reader");
        }
        error
    })?;
    let kind = file.metadata()?.file_type();
    if !takes_lines(kind) {
        return Err(io::Error::other("it is not a file, FIFO or character device"));
    }
    // From here on, a slow reader blocks the writer.
    fcntl_setfl(&file, OFlags::APPEND)?;
    if kind.is_file() && ends_within_a_line(path).unwrap_or(false) {
        file.write_all(b"\n")?;
    }
    Ok(file)
}

fn takes_lines(kind: FileType) -> bool {
    kind.is_file() || kind.is_fifo() || kind.is_char_device()
}

/// Whether the last line is incomplete, so that the next line must not continue it. An error if the file
/// cannot be read.
fn ends_within_a_line(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// The sockets of system logs: Linux, macOS, the BSDs.
const SOCKETS: [&str; 3] = ["/dev/log", "/var/run/syslog", "/var/run/log"];
/// Facility `auth`, severity `info` (RFC 3164 section 4.1.1).
const PRIORITY: u8 = 4 * 8 + 6;

/// The system log, one message per line. Reconnects after it restarts.
#[derive(Debug)]
pub struct Syslog {
    sockets: Vec<PathBuf>,
    socket: UnixDatagram,
}

impl Syslog {
    /// Connects to this machine's system log.
    ///
    /// # Errors
    /// If none is listening.
    pub fn connect() -> io::Result<Self> {
        Self::at(SOCKETS.iter().map(PathBuf::from).collect())
    }

    fn at(sockets: Vec<PathBuf>) -> io::Result<Self> {
        let socket = connected(&sockets)?;
        Ok(Self { sockets, socket })
    }
}

/// Connects to the first available socket.
fn connected(sockets: &[PathBuf]) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    for path in sockets {
        match socket.connect(path) {
            Ok(()) => return Ok(socket),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::NotFound, "no system log listens here"))
}

impl Write for Syslog {
    /// Sends the first line as one message. The log sets the time itself, because RFC 3164's is a local
    /// time without a zone.
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        let end = lines.iter().position(|byte| *byte == b'\n').map_or(lines.len(), |at| at + 1);
        let line = &lines[..end];
        let mut message = format!("<{PRIORITY}>heistctl[{}]: ", std::process::id()).into_bytes();
        message.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
        if self.socket.send(&message).is_err() {
            self.socket = connected(&self.sockets)?;
            self.socket.send(&message)?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_appended_to_by_whole_lines_and_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        open_file(&path).unwrap().write_all(b"one\ncut o").unwrap();
        open_file(&path).unwrap().write_all(b"two\n").unwrap();
        open_file(&path).unwrap().write_all(b"three\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ncut o\ntwo\nthree\n");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_takes_no_lines_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        assert!(open_file(folder.path()).is_err());
        assert!(open_file(&folder.path().join("nowhere/audit.log")).is_err());
        let fifo = folder.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        assert_eq!(open_file(&fifo).unwrap_err().to_string(), "this FIFO has no reader");
        // Opened for reading and writing, so that it has a reader and does not wait for a writer.
        let mut reader = OpenOptions::new().read(true).write(true).open(&fifo).unwrap();
        open_file(&fifo).unwrap().write_all(b"line\n").unwrap();
        let mut line = [0; 5];
        reader.read_exact(&mut line).unwrap();
        assert_eq!(&line, b"line\n");
        assert!(open_file(Path::new("/dev/null")).is_ok());
    }

    #[test]
    fn the_system_log_gets_a_message_a_line_and_may_be_restarted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let sockets = vec![folder.path().join("not-here"), path.clone()];
        assert_eq!(Syslog::at(sockets.clone()).unwrap_err().kind(), io::ErrorKind::NotFound);
        let receive = |log: &UnixDatagram| {
            let mut message = [0; 100];
            let length = log.recv(&mut message).unwrap();
            String::from_utf8(message[..length].to_vec()).unwrap()
        };
        let log = UnixDatagram::bind(&path).unwrap();
        let mut syslog = Syslog::at(sockets).unwrap();
        syslog.write_all(b"{\"a\":1}\n{\"b\":1}\n").unwrap();
        for name in ["a", "b"] {
            assert_eq!(receive(&log), format!("<38>heistctl[{}]: {{\"{name}\":1}}", std::process::id()));
        }
        drop(log);
        std::fs::remove_file(&path).unwrap();
        // Until a process started by another test has closed its copy.
        while syslog.write_all(b"{\"a\":2}\n").is_ok() {}
        let log = UnixDatagram::bind(&path).unwrap();
        syslog.write_all(b"{\"a\":3}\n").unwrap();
        assert!(receive(&log).ends_with("{\"a\":3}"));
    }
}
