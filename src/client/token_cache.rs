//! Tokens that are good still, kept in files for other runs: a folder of one's own, a file for each
//! thing that can be asked for, and beside it a lock, so that a hundred scripts make one request.
//! Whatever is wrong with an entry, it is a miss. No link is followed, and a folder that others can write to
//! is not used: they could put links into it.

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

/// A larger file is none of ours.
const MAX_ENTRY: u64 = 128 * 1024;
/// The form of an entry; another one is a miss.
const VERSION: u32 = 1;
/// How often a lock that somebody else has is tried.
const PATIENCE: Duration = Duration::from_millis(20);
/// By how much an entry may come from the future: clocks are set.
const AHEAD: i64 = 5;
/// An entry that was not written for longer, in seconds, is removed.
const FORGOTTEN: i64 = 30 * 86_400;
/// An unfinished file that is older, in seconds, is of a run that was killed.
const CUT_OFF: i64 = 3600;

/// The name of an entry: a digest of all that it depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheKey(String);

impl CacheKey {
    /// The name for these parts, which may be secrets; their lengths keep them apart.
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

/// A token as it is kept.
#[derive(Clone, Deserialize, Serialize)]
pub struct CachedToken {
    /// The token.
    pub access_token: String,
    /// Its type.
    pub token_type: String,
    /// What it allows, as it was granted.
    pub scope: Option<String>,
    /// Where it came from.
    pub token_url: String,
    /// When it came, in seconds since 1970.
    pub obtained: i64,
    /// When it ends.
    pub expires: i64,
}

impl CachedToken {
    /// Whether it is a token, and good for that long still; of a short life half is enough.
    #[must_use]
    pub fn is_good(&self, min_ttl: Duration, now: Timestamp) -> bool {
        let half = self.expires.saturating_sub(self.obtained).max(0) / 2;
        let wanted = i64::try_from(min_ttl.as_secs()).unwrap_or(i64::MAX).min(half);
        self.obtained <= now.unix().saturating_add(AHEAD)
            && self.expires.saturating_sub(now.unix()) > wanted
            && access_token(&self.access_token).is_ok()
    }
}

/// What stands in a file.
#[derive(Deserialize, Serialize)]
struct CacheFile<T> {
    version: u32,
    key: String,
    value: T,
}

/// The folder of the cache.
#[derive(Clone, Debug)]
pub struct TokenCache {
    folder: PathBuf,
}

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct Lock(#[allow(dead_code, reason = "the lock ends with the file")] File);

impl TokenCache {
    /// The cache in that folder, which need not be there yet.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Why the folder is not to be used: somebody else can write to it. A folder that is not there yet is fine.
    #[must_use]
    pub fn distrusted(&self) -> Option<String> {
        let meta = std::fs::symlink_metadata(&self.folder).ok()?;
        let shown = self.folder.display().to_string();
        let distrust = |meta: &std::fs::Metadata, mode| distrust(&shown, meta.uid(), mode);
        if !meta.is_symlink() {
            return distrust(&meta, meta.mode());
        }
        // The owner of a link can have it lead elsewhere. Links of an administrator are fine.
        let link = if meta.uid() == 0 { None } else { distrust(&meta, 0) };
        let target = std::fs::metadata(&self.folder).ok()?;
        link.or_else(|| distrust(&target, target.mode()))
    }

    fn check_folder(&self) -> io::Result<()> {
        self.distrusted().map_or(Ok(()), |why| Err(io::Error::new(io::ErrorKind::PermissionDenied, why)))
    }

    /// The entry of that name, where it is whole, and nobody else's.
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
        let kept: CacheFile<T> = serde_json::from_slice(text.expose()).ok()?;
        (kept.version == VERSION && kept.key == key.0).then_some(kept.value)
    }

    /// Stores an entry, readable by its owner alone, and removes entries that are too old.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write<T: Serialize>(&self, key: &CacheKey, value: &T, now: Timestamp) -> io::Result<()> {
        self.make_folder()?;
        self.sweep(now);
        let kept = CacheFile { version: VERSION, key: key.0.clone(), value };
        let text = Secret::new(serde_json::to_vec(&kept).map_err(io::Error::other)?);
        atomic_file::replace(&self.path(key, "json"), text.expose(), 0o600)
    }

    /// Forgets an entry.
    pub fn remove(&self, key: &CacheKey) {
        // What is not there need not be forgotten.
        let _ = std::fs::remove_file(self.path(key, "json"));
    }

    /// The lock of an entry. Waits for whoever has it until `deadline`.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] where that was not enough; others where there can be none. Everybody
    /// asks for himself then.
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
                // Somebody has cleared the cache: those who come now find another file. Where files change their
                // numbers by themselves, as on some networks, that never ends.
                Ok(()) if Instant::now() < deadline => file = open()?,
                Ok(()) => return Err(io::ErrorKind::WouldBlock.into()),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => std::thread::sleep(PATIENCE),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Forgets all entries, and says how many there were.
    ///
    /// # Errors
    /// Where the folder cannot be read, or a file not be removed.
    pub fn clear(&self) -> io::Result<usize> {
        self.check_folder()?;
        let mut count = 0;
        for path in self.files()? {
            match std::fs::remove_file(&path) {
                Ok(()) => count += usize::from(path.extension().is_some_and(|name| name == "json")),
                // Somebody else clears it, too.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }

    /// Removes what nobody will want again; what cannot be removed stays.
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

    /// The files that are ours; none, where there is no folder yet.
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
        // Somebody may have been first.
        self.check_folder()
    }

    fn path(&self, CacheKey(name): &CacheKey, extension: &str) -> PathBuf {
        self.folder.join(format!("{name}.{extension}"))
    }
}

/// Why a folder of that owner and mode is not to be used.
fn distrust(folder: &str, owner: u32, mode: u32) -> Option<String> {
    let ours = geteuid().as_raw();
    if owner != ours {
        return Some(format!("{folder} belongs to another user (uid {owner}, not {ours})"));
    }
    (mode & 0o022 != 0).then(|| format!("others can write to {folder} (chmod go-w {folder})"))
}

/// Opening follows no link, and does not wait where a FIFO stands in place of the file.
fn at_once() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.custom_flags(i32::try_from((OFlags::NONBLOCK | OFlags::NOFOLLOW).bits()).unwrap_or(0));
    options
}

/// Whether a file that was opened is still the one of that name.
fn is_at(file: &File, path: &Path) -> bool {
    let id = |meta: std::fs::Metadata| (meta.dev(), meta.ino());
    matches!((file.metadata().map(id), std::fs::symlink_metadata(path).map(id)), (Ok(a), Ok(b)) if a == b)
}

/// A file whose name is one that [`TokenCache`] gives.
fn is_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some((digest, extension)) = name.split_once('.') else { return false };
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest && (extension == "json" || extension == "lock" || extension.ends_with(PART))
}

#[cfg(test)]
#[path = "token_cache_tests.rs"]
mod tests;
