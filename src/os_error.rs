//! Errors of the operating system in plain words, without its numbers.

use std::io::{self, ErrorKind};

/// The error in words that complete a sentence, such as `cannot read FILE: …`.
#[must_use]
pub fn plain(error: &io::Error) -> String {
    // An error that wraps another one has the words of both.
    let of_system = error.raw_os_error().is_some() || error.get_ref().is_none();
    match words(error.kind()).filter(|_| of_system).or_else(|| rare(error.raw_os_error()?)) {
        Some(words) => words.to_owned(),
        None => unnumbered(&error.to_string()),
    }
}

/// An error and its causes, with the system's own in plain words.
#[must_use]
pub fn plain_chain(error: &anyhow::Error) -> String {
    let link = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref().map_or_else(|| cause.to_string(), plain)
    };
    error.chain().map(link).collect::<Vec<_>>().join(": ")
}

fn words(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::NotFound => "there is no such file or folder",
        ErrorKind::PermissionDenied => "this user does not have the permission",
        ErrorKind::AlreadyExists => "it exists already",
        ErrorKind::IsADirectory => "it is a folder, not a file",
        ErrorKind::NotADirectory => "a file is where its path needs a folder",
        ErrorKind::DirectoryNotEmpty => "the folder is not empty",
        ErrorKind::StorageFull => "no space is left on its disk",
        ErrorKind::QuotaExceeded => "the disk quota of this user is used up",
        ErrorKind::FileTooLarge => "the file is too large for this system",
        ErrorKind::ReadOnlyFilesystem => "its file system is read-only",
        ErrorKind::InvalidFilename => "its name is too long",
        ErrorKind::ExecutableFileBusy => "it is a program that is running",
        ErrorKind::ConnectionRefused => "the connection was refused: nothing listens there",
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => "the other side closed the connection",
        ErrorKind::BrokenPipe => "the other side closed it",
        ErrorKind::NotConnected => "there is no connection",
        ErrorKind::HostUnreachable => "the host cannot be reached from here",
        ErrorKind::NetworkUnreachable => "the network cannot be reached from here",
        ErrorKind::NetworkDown => "the network is down",
        ErrorKind::AddrInUse => "the address is in use",
        ErrorKind::AddrNotAvailable => "this machine does not have that address",
        ErrorKind::TimedOut => "it timed out",
        ErrorKind::WouldBlock => "it is busy",
        ErrorKind::OutOfMemory => "there is not enough memory",
        ErrorKind::UnexpectedEof => "it ended too early",
        ErrorKind::Unsupported => "this system does not support it",
        _ => return None,
    })
}

/// Errors for which [`ErrorKind`] has no stable name.
const fn rare(number: i32) -> Option<&'static str> {
    Some(match number {
        5 => "the device failed (input/output error)",
        6 | 19 => "there is no such device",
        8 => "it is not a program that this system can run",
        23 => "too many files are open on this system",
        24 => "this process has too many open files (see ulimit -n)",
        22 => "the system does not accept it (invalid argument)",
        40 => "its symbolic links form a loop",
        _ => return None,
    })
}

/// `No such device (os error 19)` as `no such device`.
fn unnumbered(text: &str) -> String {
    let mut rest = text;
    let mut plain = String::new();
    while let Some((before, after)) = rest.split_once(" (os error ") {
        plain.push_str(before);
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    if plain.is_empty() {
        return text.to_owned();
    }
    plain.push_str(rest);
    let mut letters = plain.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn no_number_of_the_system_is_shown() {
        for number in 1..140 {
            let error = io::Error::from_raw_os_error(number);
            let text = plain(&error);
            assert!(!text.contains("os error") && !text.is_empty(), "{number}: {text}");
            let wrapped = io::Error::other(format!("the log: {error}"));
            assert!(!plain(&wrapped).contains("os error"), "{number}: {}", plain(&wrapped));
        }
        let own = io::Error::new(ErrorKind::PermissionDenied, "others may write there");
        assert_eq!(plain(&own), "others may write there");
        assert_eq!(plain(&ErrorKind::UnexpectedEof.into()), "it ended too early");
    }

    #[test]
    fn a_chain_uses_the_same_words() {
        let missing: Result<(), _> = Err(io::Error::from_raw_os_error(2));
        let error = missing.context("cannot read x").unwrap_err();
        assert_eq!(plain_chain(&error), "cannot read x: there is no such file or folder");
    }
}
