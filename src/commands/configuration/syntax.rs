//! Explains lines that are not valid TOML, with the corrected line. Broken lines are blanked out, so that
//! errors in the others are found, too.

mod line;

use super::schema::{Schema, SectionForm, TomlSection};
use line::{Broken, Statement};
use std::ops::Range;
use toml::de::DeTable;

/// After this many errors, the file probably has another format.
const MAX_BROKEN: usize = 20;

/// A file with its broken lines blanked out.
pub(crate) struct Mended {
    /// Has the same length as the file; line ends are unchanged.
    pub(crate) text: String,
    /// The errors, with their byte offsets.
    pub(crate) broken: Vec<(usize, Broken)>,
    /// Keys on broken lines.
    pub(crate) keys: Vec<String>,
    /// Whether a lost header or list end moves keys into another section.
    pub(crate) is_shifted: bool,
}

/// Finds all syntax errors.
pub(crate) fn mend(schema: &Schema, text: &str) -> Mended {
    let mut mended =
        Mended { text: text.to_owned(), broken: Vec::new(), keys: Vec::new(), is_shifted: false };
    while mended.broken.len() < MAX_BROKEN {
        let Err(error) = DeTable::parse(&mended.text) else { return mended };
        if mended.broken.is_empty()
            && let Some((what, hint)) = other_language(schema, text)
        {
            mended.broken.push((0, Broken { what, hint, column: None }));
            mended.is_shifted = true;
            return mended;
        }
        let at = error.span().map_or(0, |span| span.start).min(mended.text.len());
        mend_at(schema, &mut mended, at, error.message());
    }
    mended.is_shifted = true;
    mended
}

/// Explains the parser's error, and blanks out its line.
fn mend_at(schema: &Schema, mended: &mut Mended, at: usize, message: &str) {
    let lines = Lines::of(&mended.text);
    let here = lines.at(at);
    let is_within =
        message.contains("array") && !message.contains("table") || message.contains("inline table");
    let opened = if message.contains("multi-line") {
        (0..=here).rev().find(|line| ["\"\"\"", "'''"].iter().any(|mark| lines.text(*line).contains(mark)))
    } else {
        is_within.then(|| lines.opener(here)).flatten()
    };
    let first = opened.unwrap_or(here);
    let statement = Statement::of(schema, lines.text(first));
    let (mut place, mut last) = (lines.0[first].0.start, here);
    let broken = if message == "duplicate key" {
        let (broken, line) = twice(schema, &lines, here);
        place = lines.0[line].0.start;
        broken
    } else if first < here {
        let is_next = Statement::of(schema, lines.text(here)).is_whole();
        last = if is_next { here - 1 } else { lines.closer(first, here) };
        mended.is_shifted |= is_next;
        if is_next || at >= mended.text.trim_end().len() {
            statement.unclosed()
        } else {
            place = lines.0[here].0.start;
            statement.item(lines.text(here))
        }
    } else {
        statement.broken()
    };
    mended.is_shifted |= statement.is_header();
    mended.keys.extend(statement.key().map(str::to_owned));
    let range = lines.0[first].0.start..lines.0[last].0.end;
    mended.broken.push((place, broken));
    blank(&mut mended.text, range);
}

/// Replaces each byte of a character with a space. Line ends are unchanged.
fn blank(text: &mut String, range: Range<usize>) {
    let blanks: String =
        text[range.clone()].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
    text.replace_range(range, &blanks);
}

/// Recognizes files in other formats.
fn other_language(schema: &Schema, text: &str) -> Option<(String, String)> {
    let (start, file) = (text.trim_start(), schema.file);
    let kind = if start.starts_with('{') {
        "JSON"
    } else if start.starts_with("---\n") || start.starts_with("%YAML") {
        "YAML"
    } else if start.starts_with('<') {
        "HTML or XML"
    } else if start.starts_with("-----BEGIN ") {
        "PEM"
    } else {
        return None;
    };
    Some((format!("this is {kind}, and {file} is TOML"), format!("a line of it is {}", schema.example())))
}

/// A duplicate key or section, and the line that is wrong. If the first one has the wrong form for its
/// section, that line is wrong.
fn twice(schema: &Schema, lines: &Lines<'_>, here: usize) -> (Broken, usize) {
    let text = lines.text(here).trim();
    let found = |what: String, hint: String| Broken { what, hint, column: None };
    if let Some(name) = header_name(text) {
        let first =
            (0..here).find(|line| header_name(lines.text(*line).trim()).is_some_and(|other| other == name));
        let section = schema.section(name).filter(|section| section.form == SectionForm::List);
        if let (Some(first), Some(section)) = (first, section) {
            let (what, hint) = one_table(section);
            return (found(what, hint), first);
        }
        let place = first.map_or("above".to_owned(), |first| format!("in line {}", first + 1));
        let header = text.split_inclusive(']').next().unwrap_or(text);
        let hint = format!("put the keys of both below the {header} {place}");
        return (found(format!("{header} is written twice"), hint), here);
    }
    let name = Statement::of(schema, lines.text(here)).key().unwrap_or("a key").to_owned();
    let is_same = |line: &usize| Statement::of(schema, lines.text(*line)).key() == Some(name.as_str());
    let above = (0..here).rev().take_while(|line| !lines.text(*line).trim_start().starts_with('['));
    let first = above.filter(is_same).last();
    let place = first.map_or("the first one".to_owned(), |first| format!("the one in line {}", first + 1));
    (found(format!("{name} is written twice"), format!("keep one: this one, or {place}")), here)
}

/// A section that is written as a table but must be a list of tables.
pub(crate) fn one_table(section: &TomlSection) -> (String, String) {
    let name = section.name;
    (format!("[{name}] is one table, and there may be several"), format!("write {}", section.header()))
}

fn header_name(text: &str) -> Option<&str> {
    let name = text.strip_prefix('[')?;
    let name = name.strip_prefix('[').unwrap_or(name);
    name.split(']').next().map(str::trim)
}

/// The lines of a text, without line ends.
struct Lines<'a>(Vec<(Range<usize>, &'a str)>);

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let mut start = 0;
        let line = |line: &'a str| {
            let range = start..start + line.len();
            start += line.len() + 1;
            (range, line)
        };
        Self(text.split('\n').map(line).collect())
    }

    fn text(&self, line: usize) -> &'a str {
        self.0[line].1
    }

    /// The line of a byte offset.
    fn at(&self, byte: usize) -> usize {
        let found = self.0.iter().position(|(range, _)| byte <= range.end);
        let line = found.unwrap_or(self.0.len() - 1);
        // The empty line after a final line end does not count.
        let is_empty = |line: usize| self.text(line).trim().is_empty();
        (0..=line).rev().find(|line| !is_empty(*line)).unwrap_or(line)
    }

    /// The line where the open list or table starts.
    fn opener(&self, here: usize) -> Option<usize> {
        let opens = |line: &usize| {
            let value = self.text(*line).split_once('=').map(|(_, value)| value.trim_start());
            let is_open = (*line..here).map(|line| depth(self.text(line))).sum::<isize>() > 0;
            value.is_some_and(|value| value.starts_with(['[', '{'])) && (is_open || *line == here)
        };
        (0..=here).rev().find(opens)
    }

    /// The line where it ends; `here` is within it.
    fn closer(&self, first: usize, here: usize) -> usize {
        let mut open = 0;
        let ends = |line: &usize| {
            open += depth(self.text(*line));
            *line >= here && open <= 0
        };
        (first..self.0.len()).find(ends).unwrap_or(here)
    }
}

/// Opening minus closing brackets of a line, outside quotes.
fn depth(line: &str) -> isize {
    let (mut quote, mut depth) = (None, 0);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '#') => break,
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth -= 1,
            _ => {}
        }
    }
    depth
}
