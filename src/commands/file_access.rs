//! Checks which other users can read or write a file. With a POSIX ACL, the group bits are the ACL's mask,
//! not the group's permissions.

use super::environment::{path_var, shown};
use crate::os_error::plain;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Names the folder with systemd's credentials (systemd.exec, LoadCredential=).
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";
const GROUP: u32 = 0o070;

/// A warning if others can read a file with a secret. Pipes are private.
pub(super) fn mode_warning(path: &Path) -> Option<String> {
    let meta = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    let shown = shown(path);
    let is_open = open_bits(path, &meta) != 0;
    is_open.then(|| format!("{shown} contains a secret, and others may read it: chmod 600 {shown}"))
}

/// Checks that a file can be created there. Its missing folders are allowed.
///
/// # Errors
/// The closest obstacle.
pub(super) fn can_be_made(path: &Path) -> Result<(), String> {
    let folders = path
        .ancestors()
        .skip(1)
        .map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let Some(folder) = folders.into_iter().find(|folder| folder.symlink_metadata().is_ok()) else {
        return Ok(());
    };
    let shown = shown(folder);
    if !folder.is_dir() {
        return Err(format!("{shown} is not a folder"));
    }
    let allowed = rustix::fs::accessat(
        rustix::fs::CWD,
        folder,
        rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK,
        rustix::fs::AtFlags::EACCESS,
    );
    allowed.map_err(|error| format!("cannot write to {shown}: {}", plain(&error.into())))
}

/// SQLite needs this much free space to start, in bytes.
const LEAST_ROOM: u64 = 256 * 1024;

/// An error if the file's disk is full.
pub(super) fn full_disk(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let disk = rustix::fs::statvfs(folder).ok()?;
    no_room(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn no_room(free: u64) -> Option<String> {
    (free < LEAST_ROOM).then(|| format!("the disk is full: {free} bytes are free"))
}

/// The effective permission bits: `0o040` if users other than the owner and this user can read through the
/// group or the ACL, `0o004` if everybody can.
pub(super) fn open_bits(path: &Path, found: &Metadata) -> u32 {
    if is_credential(path, found) {
        return 0;
    }
    let mode = found.mode() & 0o077;
    match acl(path) {
        Some(entries) => mode & !GROUP | group_bits(&entries, [found.uid(), euid()]),
        None => mode,
    }
}

fn euid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// systemd gives credentials to root with mode 0440 and an ACL for the service's user, in a private folder.
/// The ACL cannot always be read.
fn is_credential(path: &Path, found: &Metadata) -> bool {
    let folder = path_var(CREDENTIALS).and_then(|folder| std::fs::canonicalize(folder).ok());
    let is_safe = |folder: &Path| std::fs::metadata(folder).is_ok_and(|folder| folder.mode() & 0o007 == 0);
    let inside = |folder: &Path| std::fs::canonicalize(path).is_ok_and(|path| path.starts_with(folder));
    found.mode() & 0o022 == 0 && folder.is_some_and(|folder| is_safe(&folder) && inside(&folder))
}

/// An ACL entry: its tag, its permissions and its user or group.
type AclEntry = (u16, u16, u32);

const USER: u16 = 0x02;
const GROUP_OF_FILE: u16 = 0x04;
const NAMED_GROUP: u16 = 0x08;
const MASK: u16 = 0x10;

/// The permissions for everybody except these users, as group bits.
fn group_bits(entries: &[AclEntry], own: [u32; 2]) -> u32 {
    let mask = entries.iter().find(|(tag, ..)| *tag == MASK).map_or(7, |(_, allowed, _)| *allowed);
    let of_others = entries.iter().filter(|(tag, _, user)| match *tag {
        USER => !own.contains(user),
        tag => tag == GROUP_OF_FILE || tag == NAMED_GROUP,
    });
    of_others.fold(0, |bits, (_, allowed, _)| bits | u32::from(allowed & mask & 7) << 3)
}

/// The file's ACL entries; `None` without an ACL.
#[cfg(target_os = "linux")]
fn acl(path: &Path) -> Option<Vec<AclEntry>> {
    let mut bytes = [0; 4096];
    let length = rustix::fs::getxattr(path, "system.posix_acl_access", &mut bytes[..]).ok()?;
    entries(bytes.get(..length)?)
}

#[cfg(not(target_os = "linux"))]
fn acl(_: &Path) -> Option<Vec<AclEntry>> {
    None
}

/// Version 2 of the attribute: little-endian, eight bytes per entry (linux/posix_acl_xattr.h).
fn entries(bytes: &[u8]) -> Option<Vec<AclEntry>> {
    let (version, rest) = bytes.split_first_chunk::<4>()?;
    if u32::from_le_bytes(*version) != 2 || rest.len() % 8 != 0 {
        return None;
    }
    let entry = |e: &[u8]| {
        let id = u32::from_le_bytes([e[4], e[5], e[6], e[7]]);
        (u16::from_le_bytes([e[0], e[1]]), u16::from_le_bytes([e[2], e[3]]), id)
    };
    Some(rest.chunks_exact(8).map(entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_with_the_room_on_it() {
        assert_eq!(no_room(0).as_deref(), Some("the disk is full: 0 bytes are free"));
        assert_eq!(no_room(LEAST_ROOM), None);
        assert_eq!(full_disk(Path::new("/nowhere/x.db")), None);
    }

    const NOBODY: u32 = u32::MAX;

    #[test]
    fn a_mask_is_not_the_group() {
        let of_systemd = [(1, 4, NOBODY), (USER, 4, 61184), (GROUP_OF_FILE, 0, NOBODY), (MASK, 4, NOBODY)];
        assert_eq!(group_bits(&of_systemd, [0, 61184]), 0);
        assert_eq!(group_bits(&of_systemd, [0, 0]), 0o040, "another user may read it");
    }

    #[test]
    fn the_mask_takes_from_what_entries_allow() {
        let entries = |mask| [(GROUP_OF_FILE, 6, NOBODY), (NAMED_GROUP, 2, 7), (MASK, mask, NOBODY)];
        assert_eq!(group_bits(&entries(7), [0, 0]), 0o060);
        assert_eq!(group_bits(&entries(4), [0, 0]), 0o040);
        assert_eq!(group_bits(&entries(0), [0, 0]), 0);
    }

    #[test]
    fn an_attribute_is_read_or_passed_over() {
        let bytes = [2, 0, 0, 0, 2, 0, 4, 0, 0, 0xEF, 0, 0];
        assert_eq!(entries(&bytes), Some(vec![(USER, 4, 61184)]));
        assert_eq!(entries(&bytes[..11]), None);
        assert_eq!(entries(&[3, 0, 0, 0]), None);
        assert_eq!(entries(&[]), None);
    }
}
