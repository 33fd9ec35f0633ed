//! `serve --check` of a configuration in files that only their owner may read, and what it warns of.

use super::{Ran, folder, heistctl};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

pub(crate) const CLIENT: &str = "[[client]]\nid = 'a'\nsecret_file = 'secret'\nscopes = ['x']\n";
pub(crate) const GOOD: &str = "h6p-fZ2kq9-Wn3sV5";

pub(crate) fn checked(folder: &Path, more: &[&str]) -> Ran {
    let args = ["serve", "--check", "--json", "--store", "memory:", "--listen", "127.0.0.1:0"];
    heistctl(args.iter().chain(more)).in_folder(folder).run()
}

/// What a check warns of that finds nothing wrong.
#[track_caller]
pub(crate) fn warnings(folder: &Path, more: &[&str]) -> Vec<String> {
    warned(&checked(folder, more).exits(0))
}

#[track_caller]
pub(crate) fn warned(ran: &Ran) -> Vec<String> {
    let found = ran.json();
    found["warnings"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// That a check refuses a configuration, with such parts in its error and its hint.
#[track_caller]
pub(crate) fn refused(folder: &Path, more: &[&str], parts: &[&str]) {
    let ran = checked(folder, more).exits(2);
    let found = ran.json();
    let text = format!("{} {}", found["error"].as_str().unwrap(), found["hint"].as_str().unwrap());
    parts.iter().for_each(|part| assert!(text.contains(part), "{part:?} is not in {ran}"));
}

pub(crate) fn set_mode(folder: &Path, name: &str, mode: u32) {
    std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(mode)).unwrap();
}

/// A configuration of that text, in files that only their owner may read.
pub(crate) fn private(toml: &str, more: &[(&str, &str)]) -> tempfile::TempDir {
    let mut files = vec![("heist.toml", toml), ("secret", GOOD)];
    files.extend(more);
    let folder = folder(&files);
    files.iter().for_each(|(name, _)| set_mode(folder.path(), name, 0o600));
    folder
}
