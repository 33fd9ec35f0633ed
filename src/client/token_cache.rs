//! A cache of valid tokens in files, shared by all runs: a private folder, with one file and one lock per
//! kind of request, so that a hundred scripts make one request. A faulty entry is a miss. Links are not
//! followed, and a folder that others can write to is not used, since they could place links in it.

use crate::atomic_file::{self, PART};
use crate::clock::Timestamp;
use crate::http::authorization::access_token;
use crate::jose::digest::{hex, sha256};
use crate::secret::Secret;
use rustix::fs::OFlags;
use rustix::process::geteuid;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The limit of an entry, in bytes; larger files are ignored.
const MAX_ENTRY: u64 = 128 * 1024;
/// The format version of an entry; other versions are a miss.
const VERSION: u32 = 1;
/// The interval between attempts to take a lock.
const PATIENCE: Duration = Duration::from_millis(20);
/// The clock difference, in seconds, by which an entry may be in the future.
const AHEAD: i64 = 5;
/// The age, in seconds, at which an entry is removed.
const FORGOTTEN: i64 = 30 * 86_400;
/// The age, in seconds, at which a partial file is considered abandoned.
const CUT_OFF: i64 = 3600;

/// An entry's name: a digest of everything that the token depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheKey(String);

impl CacheKey {
    /// The name for these parts, which may be secrets. Length prefixes keep the parts distinct.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        let bytes = Secret::new(bytes);
        Self(hex(&sha256(bytes.expose())))
    }
}

/// A cached token.
#[derive(Clone, Deserialize, Serialize)]
pub struct CachedToken {
    pub access_token: String,
    pub token_type: String,
    /// The granted scope.
    pub scope: Option<String>,
    /// The token endpoint that issued it.
    pub token_url: String,
    /// When it was issued, in seconds since 1970.
    pub obtained: i64,
    /// When it expires, in seconds since 1970.
    pub expires: i64,
}

impl CachedToken {
    /// Whether the token is valid for more than `min_ttl` longer; short-lived tokens need half of their
    /// lifetime.
    #[must_use]
    pub fn is_good(&self, min_ttl: Duration, now: Timestamp) -> bool {
        self.obtained <= now.unix().saturating_add(AHEAD)
            && now.unix() < self.renewal(min_ttl)
            && access_token(&self.access_token).is_ok()
    }

    /// The first second in which it is not good any more, since 1970.
    #[must_use]
    pub fn renewal(&self, min_ttl: Duration) -> i64 {
        let half = self.expires.saturating_sub(self.obtained).max(0) / 2;
        let least = i64::try_from(min_ttl.as_secs()).unwrap_or(i64::MAX).min(half);
        self.expires.saturating_sub(least)
    }
}

/// The content of an entry's file.
#[derive(Deserialize, Serialize)]
struct CacheFile<T> {
    version: u32,
    key: String,
    value: T,
}

#[derive(Clone, Debug)]
pub struct TokenCache {
    folder: PathBuf,
}

/// A lock, released when dropped.
#[derive(Debug)]
pub struct Lock(#[allow(dead_code, reason = "the lock ends with the file")] File);

impl TokenCache {
    /// The cache in a folder, which need not exist yet.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Why the folder is not used: other users can write to it. A missing folder is fine.
    #[must_use]
    pub fn distrusted(&self) -> Option<String> {
        let meta = std::fs::symlink_metadata(&self.folder).ok()?;
        let shown = self.folder.display().to_string();
        let distrust = |meta: &std::fs::Metadata, mode| distrust(&shown, meta.uid(), mode);
        if !meta.is_symlink() {
            return distrust(&meta, meta.mode());
        }
        // The owner of a symlink can redirect it. Symlinks of root are fine.
        let link = if meta.uid() == 0 { None } else { distrust(&meta, 0) };
        let target = std::fs::metadata(&self.folder).ok()?;
        link.or_else(|| distrust(&target, target.mode()))
    }

    fn check_folder(&self) -> io::Result<()> {
        self.distrusted().map_or(Ok(()), |why| Err(io::Error::new(io::ErrorKind::PermissionDenied, why)))
    }

    /// Reads an entry, if it is complete and private.
    #[must_use]
    pub fn read<T: DeserializeOwned>(&self, key: &CacheKey) -> Option<T> {
        let file = at_once().read(true).open(self.path(key, "json")).ok()?;
        let mut text = Vec::new();
        let meta = file.metadata().ok()?;
        if !meta.is_file() || meta.uid() != geteuid().as_raw() || meta.mode() & 0o077 != 0 {
            return None;
        }
        self.check_folder().ok()?;
        file.take(MAX_ENTRY).read_to_end(&mut text).ok()?;
        let text = Secret::new(text);
        let entry: CacheFile<T> = serde_json::from_slice(text.expose()).ok()?;
        (entry.version == VERSION && entry.key == key.0).then_some(entry.value)
    }

    /// Writes an entry, readable only by its owner, and removes old entries.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write<T: Serialize>(&self, key: &CacheKey, value: &T, now: Timestamp) -> io::Result<()> {
        self.make_folder()?;
        self.sweep(now);
        let entry = CacheFile { version: VERSION, key: key.0.clone(), value };
        let text = Secret::new(serde_json::to_vec(&entry).map_err(io::Error::other)?);
        atomic_file::replace(&self.path(key, "json"), text.expose(), 0o600)
    }

    pub fn remove(&self, key: &CacheKey) {
        // A missing file needs no removal.
        let _ = std::fs::remove_file(self.path(key, "json"));
    }

    /// Locks an entry, waiting until `deadline`.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] on timeout; other errors if locking is impossible. The caller then
    /// requests its own token.
    pub fn lock(&self, key: &CacheKey, deadline: Instant) -> io::Result<Lock> {
        self.make_folder()?;
        let path = self.path(key, "lock");
        let open = || at_once().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let mut file = open()?;
        let meta = file.metadata()?;
        if !meta.is_file() || meta.uid() != geteuid().as_raw() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        loop {
            match file.try_lock() {
                Ok(()) if is_at(&file, &path) => return Ok(Lock(file)),
                // The cache was cleared meanwhile, so later processes lock another file. On some network
                // file systems inode numbers change on their own, hence the deadline.
                Ok(()) if Instant::now() < deadline => file = open()?,
                Ok(()) => return Err(io::ErrorKind::WouldBlock.into()),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => std::thread::sleep(PATIENCE),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Removes all entries and returns their number.
    ///
    /// # Errors
    /// If the folder cannot be read or a file cannot be removed.
    pub fn clear(&self) -> io::Result<usize> {
        self.check_folder()?;
        let mut count = 0;
        for path in self.files()? {
            match std::fs::remove_file(&path) {
                Ok(()) => count += usize::from(path.extension().is_some_and(|name| name == "json")),
                // Another process removed it first.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }

    /// Removes old entries and abandoned partial files; errors are ignored.
    fn sweep(&self, now: Timestamp) {
        for path in self.files().unwrap_or_default() {
            let written = std::fs::symlink_metadata(&path).and_then(|meta| meta.modified());
            let age = written.map_or(0, |written| now.unix().saturating_sub(Timestamp::of(written).unix()));
            let is_aside = !path.extension().is_some_and(|name| name == "json" || name == "lock");
            if age > if is_aside { CUT_OFF } else { FORGOTTEN } {
                let _ = std::fs::remove_file(&path);
            }
        }
    }

    /// The cache's own files; empty if the folder does not exist.
    fn files(&self) -> io::Result<Vec<PathBuf>> {
        let entries = match std::fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry?;
            let is_file = entry.file_type().is_ok_and(|kind| !kind.is_dir());
            files.extend(Some(entry.path()).filter(|path| is_file && is_ours(path)));
        }
        Ok(files)
    }

    fn make_folder(&self) -> io::Result<()> {
        if !self.folder.is_dir() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        }
        // Another process may have created it first.
        self.check_folder()
    }

    fn path(&self, CacheKey(name): &CacheKey, extension: &str) -> PathBuf {
        self.folder.join(format!("{name}.{extension}"))
    }
}

/// Why a folder with that owner and mode is not used.
fn distrust(folder: &str, owner: u32, mode: u32) -> Option<String> {
    let ours = geteuid().as_raw();
    if owner != ours {
        return Some(format!("{folder} belongs to another user (uid {owner}, not {ours})"));
    }
    (mode & 0o022 != 0).then(|| format!("others can write to {folder} (chmod go-w {folder})"))
}

/// Opens without following links and without blocking on a FIFO.
fn at_once() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.custom_flags(i32::try_from((OFlags::NONBLOCK | OFlags::NOFOLLOW).bits()).unwrap_or(0));
    options
}

/// Whether an open file is still the file at that path.
fn is_at(file: &File, path: &Path) -> bool {
    let id = |meta: std::fs::Metadata| (meta.dev(), meta.ino());
    matches!((file.metadata().map(id), std::fs::symlink_metadata(path).map(id)), (Ok(a), Ok(b)) if a == b)
}

/// Whether a file has a name that [`TokenCache`] uses.
fn is_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some((digest, extension)) = name.split_once('.') else { return false };
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest && (extension == "json" || extension == "lock" || extension.ends_with(PART))
}

#[cfg(test)]
#[path = "token_cache_tests.rs"]
mod tests;
