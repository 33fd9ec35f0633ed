//! The documents are right. Every console block and every configuration in README.md and docs/*.md has a
//! mark, and the mark decides how it is tested:
//!
//! | mark | language | test |
//! |---|---|---|
//! | `demo` | console | in an empty folder, with a `serve --demo` in place of `http://127.0.0.1:8001` |
//! | `alone` | console | in an empty folder; other ports on 127.0.0.1 become free ones |
//! | `real` | console | beside a server of the `heist.toml` of the same document, in place of `localhost:8443` |
//! | `beside` | console | the same, before the server runs |
//! | `nodes` | console | as `alone`, with a database in place of `postgres://heist@db.example.com/heist` |
//! | `heist.toml` | toml | `serve --check`, in a folder where the `setup` blocks of the same document have run |
//! | `fragment`, `client fragment` | toml | the same; a client fragment is put below `[[client]]` and an id |
//! | `config.toml` | toml | `token --list-profiles` |
//! | `setup` | sh | see `heist.toml` |
//! | `script` | sh | `serve --demo -- sh test-access.sh` |
//! | `unit`, `haproxy` | ini, haproxy | systemd.rs and balanced.rs |
//!
//! Blocks marked `<!-- ci: NAME -->` are run by tests/interop/run.
//!
//! A mark is a line `<!-- test: MARK -->` directly above the fence. In a console block, lines that start with
//! `> ` continue the command above them. In a command's output, `…` stands for any text within a line, and a
//! line that is just `…` for any number of lines.

mod configurations;
mod exits;
mod keys;
mod mentions;
mod outputs;
mod references;
mod screens;

pub(crate) use screens::same;

use crate::support::repository;
use std::process::Command;

const MARKS: [(&str, &str); 13] = [
    ("beside", "console"),
    ("demo", "console"),
    ("real", "console"),
    ("alone", "console"),
    ("nodes", "console"),
    ("heist.toml", "toml"),
    ("fragment", "toml"),
    ("client fragment", "toml"),
    ("config.toml", "toml"),
    ("setup", "sh"),
    ("script", "sh"),
    ("unit", "ini"),
    ("haproxy", "haproxy"),
];
/// Blocks in these languages must have a mark.
const RUN: [&str; 2] = ["console", "toml"];

/// A fenced block of a document.
#[derive(Debug)]
pub(crate) struct Block {
    /// `docs/tokens-in-scripts.md:12`
    pub(crate) place: String,
    pub(crate) language: String,
    pub(crate) mark: Option<String>,
    /// Marked `<!-- ci: NAME -->`: tests/interop/run runs it.
    is_for_ci: bool,
    pub(crate) text: String,
}

impl Block {
    fn document(&self) -> &str {
        self.place.rsplit_once(':').expect("a line").0
    }
}

/// The name and text of README.md and of every document.
fn documents() -> Vec<(String, String)> {
    let docs = std::fs::read_dir(repository().join("docs")).expect("docs is there");
    let names = docs.map(|file| format!("docs/{}", file.unwrap().file_name().to_str().unwrap()));
    let names = names.filter(|name| name.ends_with(".md")).chain(["README.md".to_owned()]);
    let mut documents: Vec<(String, String)> = names
        .map(|name| {
            let text = std::fs::read_to_string(repository().join(&name)).expect("it is text");
            (name, text)
        })
        .collect();
    documents.sort();
    documents
}

fn document(name: &str) -> String {
    let found = documents().into_iter().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("there is no {name}")).1
}

/// The blocks of all documents.
fn all_blocks() -> Vec<Block> {
    documents().iter().flat_map(|(name, text)| blocks_in(name, text)).collect()
}

/// The blocks of all documents that have this mark.
pub(crate) fn blocks(mark: &str) -> Vec<Block> {
    all_blocks().into_iter().filter(|block| block.mark.as_deref() == Some(mark)).collect()
}

fn blocks_in(name: &str, text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    let mut before = "";
    for (number, line) in text.lines().enumerate() {
        if let Some(fence) = line.trim_start().strip_prefix("```") {
            open = !open;
            if open {
                let mark = before.strip_prefix("<!-- test: ").and_then(|mark| mark.strip_suffix(" -->"));
                blocks.push(Block {
                    place: format!("{name}:{}", number + 1),
                    language: fence.trim().to_owned(),
                    mark: mark.map(str::to_owned),
                    is_for_ci: before.starts_with("<!-- ci: "),
                    text: String::new(),
                });
            }
        } else if open {
            let text = &mut blocks.last_mut().expect("an open block").text;
            text.push_str(line);
            text.push('\n');
        }
        before = line;
    }
    assert!(!open, "{name}: a fence stays open");
    blocks
}

/// `PATH` with the tested binary first.
fn path() -> String {
    let folder = crate::support::binary().parent().unwrap().display();
    format!("{folder}:{}", std::env::var("PATH").unwrap())
}

#[test]
fn every_block_that_can_be_tested_has_a_mark() {
    let mut wrong = Vec::new();
    for Block { place, language, mark, is_for_ci, .. } in all_blocks() {
        match mark {
            None if RUN.contains(&language.as_str()) && !is_for_ci => {
                wrong.push(format!("{place}: a {language} block without a mark"));
            }
            Some(mark) if !MARKS.contains(&(&mark, &language)) => {
                wrong.push(format!("{place}: nothing runs a {language} block marked {mark:?}"));
            }
            _ => {}
        }
    }
    for (mark, _) in MARKS {
        let marks = documents()
            .iter()
            .map(|(_, text)| text.matches(&format!("<!-- test: {mark} -->")).count())
            .sum::<usize>();
        if marks != blocks(mark).len() {
            wrong.push(format!(
                "{marks} marks {mark:?} for {} blocks: a mark stands right before a fence",
                blocks(mark).len()
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn sh_blocks_parse() {
    for block in all_blocks().into_iter().filter(|block| block.language == "sh") {
        let checked = Command::new("sh").args(["-n", "-c", &block.text]).output().expect("sh runs");
        assert!(checked.status.success(), "{}: {}", block.place, String::from_utf8_lossy(&checked.stderr));
    }
}
