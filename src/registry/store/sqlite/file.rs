//! Checks a store's file before SQLite opens it. SQLite takes an empty file for a new store and deletes the
//! log beside it. It notices a truncated file only when the missing pages are read.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

const MAGIC: &[u8] = b"SQLite format 3\0";
/// Bytes of the headers of the file, of its log, and of each frame in the log.
const HEADER: usize = 100;
const LOG_HEADER: u64 = 32;
const FRAME_HEADER: usize = 24;
/// Number of checks while a merge of the log may be extending the file. If the file is still short after the
/// last one, it is truncated.
const LOOKS: usize = 4;
const PAUSE: Duration = Duration::from_millis(50);

/// The log beside a file.
pub(super) fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// Checks that SQLite may open or create the file.
///
/// # Errors
/// The problem and the fix, with the file's name.
pub(super) fn examine(path: &Path) -> Result<(), String> {
    let mut found = look(path);
    for _ in 1..LOOKS {
        if !matches!(found, Ok(Some(_))) {
            break;
        }
        std::thread::sleep(PAUSE);
        found = look(path);
    }
    match found {
        Ok(Some(wrong)) => Err(format!("{} {wrong}", path.display())),
        // An unreadable file is not damaged: opening it reports the cause.
        Ok(None) | Err(_) => Ok(()),
    }
}

/// The problem with a file, if any.
fn look(path: &Path) -> std::io::Result<Option<String>> {
    let log = log_of(path);
    let logged = std::fs::metadata(&log).map_or(0, |log| log.len());
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        file => Some(file?),
    };
    let length = file.as_ref().map_or(Ok(0), |file| file.metadata().map(|file| file.len()))?;
    if length == 0 {
        let (what, shown) = (if file.is_some() { "is empty" } else { "does not exist" }, log.display());
        return Ok((logged > LOG_HEADER).then(|| {
            format!(
                "{what}, but {shown} has changes of the former store: restore a backup, or move {shown} away \
                 to start with a new store"
            )
        }));
    }
    let mut header = Vec::new();
    if let Some(file) = file {
        file.take(HEADER as u64).read_to_end(&mut header)?;
    }
    let start = header.len().min(MAGIC.len());
    if header[..start] != MAGIC[..start] {
        return Ok(Some(
            "is not a SQLite database: --store must name a store, or a path for a new one".to_owned(),
        ));
    }
    let expected = expected(&header);
    if header.len() < HEADER || expected.is_some_and(|(page, pages)| is_cut_off(&log, length, page, pages)) {
        let whole = expected.map(|(page, pages)| format!(" of {}", page * pages)).unwrap_or_default();
        return Ok(Some(format!("is truncated: {length}{whole} bytes are left; restore a backup")));
    }
    Ok(None)
}

/// Page size and number of pages, if the header has them.
fn expected(header: &[u8]) -> Option<(u64, u64)> {
    let number = |at: usize| Some(u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?));
    let page = u64::from(u16::from_be_bytes(header.get(16..18)?.try_into().ok()?));
    // An older SQLite does not update the page count; then the second number differs.
    (number(24)? == number(92)?).then_some((if page == 1 { 65_536 } else { page }, u64::from(number(28)?)))
}

/// Whether a page is neither in the file nor in its log.
fn is_cut_off(log: &Path, length: u64, page: u64, pages: u64) -> bool {
    let there = length / page.max(1);
    if there >= pages {
        return false;
    }
    let logged = logged_pages(log, page).unwrap_or_default();
    (there + 1..=pages).any(|number| !logged.contains(&number))
}

/// The pages that have a frame in the log.
fn logged_pages(log: &Path, page: u64) -> std::io::Result<HashSet<u64>> {
    let mut log = BufReader::new(File::open(log)?);
    log.seek(SeekFrom::Start(LOG_HEADER))?;
    let (mut pages, mut frame) = (HashSet::new(), [0; FRAME_HEADER]);
    while log.read_exact(&mut frame).is_ok() {
        let (number, _) = frame.split_first_chunk().unwrap_or((&[0; 4], &[]));
        pages.insert(u64::from(u32::from_be_bytes(*number)));
        log.seek_relative(i64::try_from(page).unwrap_or(i64::MAX))?;
    }
    Ok(pages)
}
