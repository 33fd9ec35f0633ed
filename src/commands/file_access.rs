//! Which other users may read or write a file. Where a file has a POSIX ACL, its group bits are the ACL's mask and
//! say nothing of the group.

use super::environment::{path_var, shown};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Names the folder in which systemd hands over credentials (systemd.exec, LoadCredential=).
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";
const GROUP: u32 = 0o070;

/// What to say of a file with a secret in it that others may read. A pipe is nobody else's.
pub(super) fn mode_warning(path: &Path) -> Option<String> {
    let meta = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    let shown = shown(path);
    let is_open = open_bits(path, &meta) != 0;
    is_open.then(|| format!("{shown} holds a secret, and others may read it: chmod 600 {shown}"))
}

/// Whether a file can be made there, and the folders that it lacks.
///
/// # Errors
/// With the nearest thing that stands in the way.
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
    allowed.map_err(|error| format!("nothing can be written into {shown}: {}", std::io::Error::from(error)))
}

/// With less room than this SQLite cannot begin, in bytes.
const LEAST_ROOM: u64 = 256 * 1024;

/// That the disk of a file is full, where it is.
pub(super) fn full_disk(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let disk = rustix::fs::statvfs(folder).ok()?;
    told_room(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn told_room(free: u64) -> Option<String> {
    (free < LEAST_ROOM).then(|| format!("the disk is full: {free} bytes are free"))
}

/// The permission bits of group and others as they work: `0o040` where somebody beside the owner and this
/// user may read by the group or by the ACL, `0o004` where everybody may.
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

/// systemd gives credentials to root with mode 0440 and an ACL for the service's user, in a folder that
/// nobody else may enter. The ACL cannot be read everywhere.
fn is_credential(path: &Path, found: &Metadata) -> bool {
    let folder = path_var(CREDENTIALS).and_then(|folder| std::fs::canonicalize(folder).ok());
    let is_safe = |folder: &Path| std::fs::metadata(folder).is_ok_and(|folder| folder.mode() & 0o007 == 0);
    let inside = |folder: &Path| std::fs::canonicalize(path).is_ok_and(|path| path.starts_with(folder));
    found.mode() & 0o022 == 0 && folder.is_some_and(|folder| is_safe(&folder) && inside(&folder))
}

/// An entry of an ACL: its tag, its permissions and whom it names.
type AclEntry = (u16, u16, u32);

const USER: u16 = 0x02;
const GROUP_OF_FILE: u16 = 0x04;
const NAMED_GROUP: u16 = 0x08;
const MASK: u16 = 0x10;

/// What the entries allow to whoever is not one of these users, as the bits of a group.
fn group_bits(entries: &[AclEntry], own: [u32; 2]) -> u32 {
    let mask = entries.iter().find(|(tag, ..)| *tag == MASK).map_or(7, |(_, allowed, _)| *allowed);
    let of_others = entries.iter().filter(|(tag, _, user)| match *tag {
        USER => !own.contains(user),
        tag => tag == GROUP_OF_FILE || tag == NAMED_GROUP,
    });
    of_others.fold(0, |bits, (_, allowed, _)| bits | u32::from(allowed & mask & 7) << 3)
}

/// The entries of the file's ACL; `None` where it has none, or the system has none.
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

/// Version 2 of the attribute: little-endian, eight bytes an entry (linux/posix_acl_xattr.h).
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
        assert_eq!(told_room(0).as_deref(), Some("the disk is full: 0 bytes are free"));
        assert_eq!(told_room(LEAST_ROOM), None);
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
