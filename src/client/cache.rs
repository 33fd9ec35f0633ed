//! Tokens that are good still, kept in files for other runs: a folder of one's own, a file for each
//! thing that can be asked for, and beside it a lock, so that a hundred scripts make one request.
//! Whatever is wrong with an entry, it is a miss.

use crate::clock::Timestamp;
use crate::http::authorization::access_token;
use crate::jose::digest::{hex, random, sha256};
use crate::secret::Secret;
use rustix::fs::OFlags;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
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
/// What has not been written for so many seconds nobody will want again.
const FORGOTTEN: i64 = 30 * 86_400;
/// No writing lasts so many seconds: what was written aside then is of a run that was cut off.
const CUT_OFF: i64 = 3600;

/// The name of an entry: a digest of all that it depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Key {
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
pub struct Entry {
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

impl Entry {
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
struct Kept<T> {
    version: u32,
    key: String,
    value: T,
}

/// The folder of the cache.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct Lock(#[allow(dead_code, reason = "the lock ends with the file")] File);

impl Cache {
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

    /// The entry of that name, where it is whole, and nobody else's.
    #[must_use]
    pub fn read<T: DeserializeOwned>(&self, key: &Key) -> Option<T> {
        let file = at_once().read(true).open(self.path(key, "json")).ok()?;
        let mut text = Vec::new();
        let meta = file.metadata().ok()?;
        if !meta.is_file() || meta.uid() != rustix::process::geteuid().as_raw() || meta.mode() & 0o077 != 0 {
            return None;
        }
        file.take(MAX_ENTRY).read_to_end(&mut text).ok()?;
        let text = Secret::new(text);
        let kept: Kept<T> = serde_json::from_slice(text.expose()).ok()?;
        (kept.version == VERSION && kept.key == key.0).then_some(kept.value)
    }

    /// Keeps an entry: written aside, for its owner alone, then renamed. What is too old to be of use goes.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write<T: Serialize>(&self, key: &Key, value: &T, now: Timestamp) -> io::Result<()> {
        self.make_folder()?;
        self.sweep(now);
        let kept = Kept { version: VERSION, key: key.0.clone(), value };
        let text = Secret::new(serde_json::to_vec(&kept).map_err(io::Error::other)?);
        // No process id: two containers with one folder may both have it.
        let aside = self.path(key, &format!("new.{}", hex(&random::<8>().map_err(io::Error::other)?)));
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
            file.write_all(text.expose())?;
            std::fs::rename(&aside, self.path(key, "json"))
        };
        write().inspect_err(|_| drop(std::fs::remove_file(&aside)))
    }

    /// Forgets an entry.
    pub fn remove(&self, key: &Key) {
        // What is not there need not be forgotten.
        let _ = std::fs::remove_file(self.path(key, "json"));
    }

    /// The lock of an entry. Waits for whoever has it until `deadline`.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] where that was not enough; others where there can be none. Everybody
    /// asks for himself then.
    pub fn lock(&self, key: &Key, deadline: Instant) -> io::Result<Lock> {
        self.make_folder()?;
        let path = self.path(key, "lock");
        let open = || at_once().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let mut file = open()?;
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
            let written = std::fs::metadata(&path).and_then(|meta| meta.modified());
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
        if self.folder.is_dir() {
            return Ok(());
        }
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)
    }

    fn path(&self, Key(name): &Key, extension: &str) -> PathBuf {
        self.folder.join(format!("{name}.{extension}"))
    }
}

/// Whatever stands where a file should, a FIFO that nobody writes among it, opening it does not wait.
fn at_once() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.custom_flags(i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or(0));
    options
}

/// Whether a file that was opened is still the one of that name.
fn is_at(file: &File, path: &Path) -> bool {
    let id = |meta: std::fs::Metadata| (meta.dev(), meta.ino());
    matches!((file.metadata().map(id), std::fs::metadata(path).map(id)), (Ok(a), Ok(b)) if a == b)
}

/// A file whose name is one that [`Cache`] gives.
fn is_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some((digest, extension)) = name.split_once('.') else { return false };
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest && (extension == "json" || extension == "lock" || extension.starts_with("new."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const NOW: Timestamp = Timestamp::from_unix(0);

    fn entry(obtained: i64, expires: i64) -> Entry {
        let (access_token, token_type) = ("t".to_owned(), "Bearer".to_owned());
        Entry { access_token, token_type, scope: None, token_url: String::new(), obtained, expires }
    }

    #[test]
    fn an_entry_is_good_for_the_wanted_time_or_half_its_life() {
        for (obtained, expires, now, good) in [
            (0, 3600, 0, true),
            (0, 3600, 3539, true),
            (0, 3600, 3540, false),
            (0, 60, 29, true),
            (0, 60, 30, false),
            (0, 0, 0, false),
            (100, 3700, 0, false),
            (5, 3605, 0, true),
            (i64::MIN, i64::MAX, 0, true),
            (4, -1, 0, false),
        ] {
            let good_then =
                entry(obtained, expires).is_good(Duration::from_secs(60), Timestamp::from_unix(now));
            assert_eq!(good_then, good, "{obtained} {expires} {now}");
        }
        // It will stand in headers and shells.
        let with = |token: &str| Entry { access_token: token.to_owned(), ..entry(0, 3600) };
        assert!(with("Atza|a!%:").is_good(Duration::ZERO, NOW));
        assert!(!with("a\nb").is_good(Duration::ZERO, NOW));
    }

    #[test]
    fn what_is_kept_is_found_again_and_everything_else_is_a_miss() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("a/b"));
        let key = Key::of(&[b"a", b"bc"]);
        assert_ne!(key, Key::of(&[b"ab", b"c"]));
        assert!(cache.read::<Entry>(&key).is_none());
        cache.write(&key, &entry(1, 2), NOW).unwrap();
        let read = || cache.read::<Entry>(&key);
        assert_eq!(read().unwrap().expires, 2);
        let path = cache.path(&key, "json");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!((mode(&path), mode(cache.folder())), (0o600, 0o700));
        // Somebody else could have written it, or it is another's copy, or nothing at all.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(read().is_none());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let other = Key::of(&[b"other"]);
        std::fs::copy(&path, cache.path(&other, "json")).unwrap();
        assert!(cache.read::<Entry>(&other).is_none());
        for broken in ["", "{", "[]", r#"{"version":2,"key":"x","value":{}}"#, "\u{0}"] {
            std::fs::write(&path, broken).unwrap();
            assert!(read().is_none(), "{broken}");
        }
        std::fs::write(cache.folder().join("notes.txt"), "mine").unwrap();
        // A folder where an entry belongs is a miss, and nothing that we clear.
        std::fs::create_dir(cache.path(&Key::of(&[b"folder"]), "json")).unwrap();
        assert!(cache.read::<Entry>(&Key::of(&[b"folder"])).is_none());
        assert_eq!(cache.clear().unwrap(), 2);
        assert_eq!(std::fs::read_dir(cache.folder()).unwrap().count(), 2);
        assert_eq!(Cache::new(folder.path().join("nowhere")).clear().unwrap(), 0);
    }

    #[test]
    fn a_lock_is_had_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().to_owned());
        let key = Key::of(&[b"a"]);
        let held = cache.lock(&key, Instant::now()).unwrap();
        let busy = cache.lock(&key, Instant::now()).unwrap_err();
        assert_eq!(busy.kind(), io::ErrorKind::WouldBlock);
        drop(held);
        assert!(cache.lock(&key, Instant::now()).is_ok());
    }

    #[test]
    fn who_has_waited_for_a_lock_that_was_cleared_away_waits_for_the_one_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().to_owned());
        let key = Key::of(&[b"a"]);
        let first = cache.lock(&key, Instant::now()).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| cache.lock(&key, Instant::now() + Duration::from_millis(500)));
            std::thread::sleep(Duration::from_millis(100));
            cache.clear().unwrap();
            let _second = cache.lock(&key, Instant::now()).unwrap();
            drop(first);
            assert_eq!(waiting.join().unwrap().unwrap_err().kind(), io::ErrorKind::WouldBlock);
        });
    }

    #[test]
    fn a_fifo_in_place_of_a_file_is_a_miss_and_nobody_waits() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().to_owned());
        let key = Key::of(&[b"a"]);
        for extension in ["json", "lock"] {
            let made = std::process::Command::new("mkfifo").arg(cache.path(&key, extension)).status();
            assert!(made.unwrap().success());
        }
        assert!(cache.read::<Entry>(&key).is_none());
        assert!(cache.lock(&key, Instant::now()).is_err());
    }

    #[test]
    fn what_is_old_goes_when_something_new_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().to_owned());
        let key = Key::of(&[b"a"]);
        let now = Timestamp::now();
        let aged = |extension: &str, age: i64| {
            let path = cache.path(&Key::of(&[extension.as_bytes(), &age.to_be_bytes()]), extension);
            let file = File::create(&path).unwrap();
            let written = std::time::UNIX_EPOCH + Duration::from_secs((now.unix() - age) as u64);
            file.set_modified(written).unwrap();
            path
        };
        let gone = [aged("new.1", CUT_OFF + 1), aged("json", FORGOTTEN + 1), aged("lock", FORGOTTEN + 1)];
        let kept = [aged("new.2", 60), aged("json", CUT_OFF + 1), aged("lock", CUT_OFF + 1)];
        cache.write(&key, &entry(1, 2), now).unwrap();
        assert!(gone.iter().all(|path| !path.exists()) && kept.iter().all(|path| path.exists()));
        assert!(cache.read::<Entry>(&key).is_some());
    }
}
