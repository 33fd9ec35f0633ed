//! Cache hits, misses and locks, and rejected folders.

use super::*;
use std::os::unix::fs::PermissionsExt;

const NOW: Timestamp = Timestamp::from_unix(0);

fn entry(obtained: i64, expires: i64) -> CachedToken {
    let (access_token, token_type) = ("t".to_owned(), "Bearer".to_owned());
    CachedToken { access_token, token_type, scope: None, token_url: String::new(), obtained, expires }
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
        let good_then = entry(obtained, expires).is_good(Duration::from_secs(60), Timestamp::from_unix(now));
        assert_eq!(good_then, good, "{obtained} {expires} {now}");
    }
    // The token is used in headers and shells.
    let with = |token: &str| CachedToken { access_token: token.to_owned(), ..entry(0, 3600) };
    assert!(with("Atza|a!%:").is_good(Duration::ZERO, NOW));
    assert!(!with("a\nb").is_good(Duration::ZERO, NOW));
}

#[test]
fn what_is_kept_is_found_again_and_everything_else_is_a_miss() {
    let folder = tempfile::tempdir().unwrap();
    let cache = TokenCache::new(folder.path().join("a/b"));
    let key = CacheKey::of(&[b"a", b"bc"]);
    assert_ne!(key, CacheKey::of(&[b"ab", b"c"]));
    assert!(cache.read::<CachedToken>(&key).is_none());
    cache.write(&key, &entry(1, 2), NOW).unwrap();
    let read = || cache.read::<CachedToken>(&key);
    assert_eq!(read().unwrap().expires, 2);
    let path = cache.path(&key, "json");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(&path), mode(cache.folder())), (0o600, 0o700));
    // Another user may have written it, it may be copied from another entry, or it may be damaged.
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(read().is_none());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let other = CacheKey::of(&[b"other"]);
    std::fs::copy(&path, cache.path(&other, "json")).unwrap();
    assert!(cache.read::<CachedToken>(&other).is_none());
    for broken in ["", "{", "[]", r#"{"version":2,"key":"x","value":{}}"#, "\u{0}"] {
        std::fs::write(&path, broken).unwrap();
        assert!(read().is_none(), "{broken}");
    }
    std::fs::write(cache.folder().join("notes.txt"), "mine").unwrap();
    // A folder in place of an entry is a miss and is not removed.
    std::fs::create_dir(cache.path(&CacheKey::of(&[b"folder"]), "json")).unwrap();
    assert!(cache.read::<CachedToken>(&CacheKey::of(&[b"folder"])).is_none());
    assert_eq!(cache.clear().unwrap(), 2);
    assert_eq!(std::fs::read_dir(cache.folder()).unwrap().count(), 2);
    assert_eq!(TokenCache::new(folder.path().join("nowhere")).clear().unwrap(), 0);
}

#[test]
fn a_lock_is_had_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let cache = TokenCache::new(folder.path().to_owned());
    let key = CacheKey::of(&[b"a"]);
    let held = cache.lock(&key, Instant::now()).unwrap();
    let busy = cache.lock(&key, Instant::now()).unwrap_err();
    assert_eq!(busy.kind(), io::ErrorKind::WouldBlock);
    drop(held);
    assert!(cache.lock(&key, patient()).is_ok());
}

/// A child that another test has just started holds a copy of the lock until it runs its program.
fn patient() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

/// The files that this process has open.
fn open_files() -> impl Iterator<Item = PathBuf> {
    let descriptors = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    descriptors.filter_map(|descriptor| std::fs::read_link(descriptor.path()).ok())
}

#[test]
fn who_has_waited_for_a_lock_that_was_cleared_away_waits_for_the_one_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let cache = TokenCache::new(folder.path().to_owned());
    let key = CacheKey::of(&[b"a"]);
    let first = cache.lock(&key, Instant::now()).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| cache.lock(&key, Instant::now() + Duration::from_millis(500)));
        let path = cache.path(&key, "lock");
        while open_files().filter(|open| *open == path).count() < 2 {
            std::thread::yield_now();
        }
        cache.clear().unwrap();
        let _second = cache.lock(&key, Instant::now()).unwrap();
        drop(first);
        assert_eq!(waiting.join().unwrap().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    });
}

#[test]
fn a_fifo_in_place_of_a_file_is_a_miss_and_nobody_waits() {
    let folder = tempfile::tempdir().unwrap();
    let cache = TokenCache::new(folder.path().to_owned());
    let key = CacheKey::of(&[b"a"]);
    for extension in ["json", "lock"] {
        let made = std::process::Command::new("mkfifo").arg(cache.path(&key, extension)).status();
        assert!(made.unwrap().success());
    }
    assert!(cache.read::<CachedToken>(&key).is_none());
    assert!(cache.lock(&key, Instant::now()).is_err());
}

#[test]
fn what_is_old_goes_when_something_new_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let cache = TokenCache::new(folder.path().to_owned());
    let key = CacheKey::of(&[b"a"]);
    let now = Timestamp::now();
    let aged = |extension: &str, age: i64| {
        let path = cache.path(&CacheKey::of(&[extension.as_bytes(), &age.to_be_bytes()]), extension);
        let file = File::create(&path).unwrap();
        let written = std::time::UNIX_EPOCH + Duration::from_secs((now.unix() - age) as u64);
        file.set_modified(written).unwrap();
        path
    };
    let gone = [aged("json.1.part", CUT_OFF + 1), aged("json", FORGOTTEN + 1), aged("lock", FORGOTTEN + 1)];
    let kept = [aged("json.2.part", 60), aged("json", CUT_OFF + 1), aged("lock", CUT_OFF + 1)];
    cache.write(&key, &entry(1, 2), now).unwrap();
    assert!(gone.iter().all(|path| !path.exists()) && kept.iter().all(|path| path.exists()));
    assert!(cache.read::<CachedToken>(&key).is_some());
}

#[test]
fn no_link_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (cache, elsewhere) = (TokenCache::new(folder.path().join("cache")), folder.path().join("elsewhere"));
    let key = CacheKey::of(&[b"a"]);
    cache.write(&key, &entry(1, 2), NOW).unwrap();
    let path = cache.path(&key, "json");
    std::fs::rename(&path, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
    assert!(cache.read::<CachedToken>(&key).is_none(), "an entry behind a link was read");
    // Writing replaces the link, not its target.
    std::fs::write(&elsewhere, "mine").unwrap();
    cache.write(&key, &entry(1, 3), NOW).unwrap();
    assert_eq!(cache.read::<CachedToken>(&key).unwrap().expires, 3);
    for target in [elsewhere.clone(), folder.path().join("nowhere")] {
        let lock = cache.path(&key, "lock");
        std::os::unix::fs::symlink(&target, &lock).unwrap();
        assert!(cache.lock(&key, Instant::now()).is_err(), "a lock behind a link was had");
        std::fs::remove_file(lock).unwrap();
    }
    assert!(!folder.path().join("nowhere").exists());
    assert_eq!(std::fs::read_to_string(&elsewhere).unwrap(), "mine");
}

#[test]
fn a_folder_that_others_can_write_to_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache");
    let (cache, key) = (TokenCache::new(path.clone()), CacheKey::of(&[b"a"]));
    assert_eq!(cache.distrusted(), None);
    cache.write(&key, &entry(1, 2), NOW).unwrap();
    assert_eq!(cache.distrusted(), None);
    let link = TokenCache::new(folder.path().join("link"));
    std::os::unix::fs::symlink(&path, link.folder()).unwrap();
    for (mode, trusted) in [(0o700, true), (0o755, true), (0o770, false), (0o702, false), (0o1777, false)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        for cache in [&cache, &link] {
            assert_eq!(cache.distrusted().is_none(), trusted, "{mode:o}");
            assert_eq!(cache.read::<CachedToken>(&key).is_some(), trusted, "{mode:o}");
            assert_eq!(cache.write(&key, &entry(1, 2), NOW).is_ok(), trusted, "{mode:o}");
            assert_eq!(cache.lock(&key, patient()).is_ok(), trusted, "{mode:o}");
        }
    }
    assert!(cache.clear().is_err() && cache.distrusted().unwrap().contains("chmod go-w"));
}

#[test]
fn a_folder_of_another_user_is_not_used() {
    // Of the system's folders one belongs to root and another is world-writable.
    for path in ["/", "/tmp"] {
        let is_ours = geteuid().is_root();
        let why = TokenCache::new(PathBuf::from(path)).distrusted();
        assert!(why.is_some() || is_ours && path == "/", "{path}");
    }
    let (ours, other) = (geteuid().as_raw(), geteuid().as_raw() + 1);
    assert_eq!(distrust("cache", ours, 0o700), None);
    let why = distrust("cache", other, 0o700).unwrap();
    assert_eq!(why, format!("cache belongs to another user (uid {other}, not {ours})"));
}
