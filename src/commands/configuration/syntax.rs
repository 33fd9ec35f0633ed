//! Explains lines that are not valid TOML, with the corrected line. The corrected line takes the place of the
//! broken one, or a blank line does, so that errors in the other lines are found, too.

mod line;

use super::schema::{Schema, SectionForm, TomlSection};
use line::{Broken, Statement};
use std::ops::Range;
use toml::de::DeTable;

/// After this many errors, the file probably has another format.
const MAX_BROKEN: usize = 20;

/// A file without its broken lines.
pub(crate) struct Mended {
    /// Has as many lines as the file.
    pub(crate) text: String,
    /// The errors, with their lines.
    pub(crate) broken: Vec<(usize, Broken)>,
    /// Keys of broken lines whose value is not known.
    pub(crate) keys: Vec<BrokenKey>,
    /// Whether the file is too broken to read.
    pub(crate) is_lost: bool,
}

/// A key of a line that is not valid TOML.
#[derive(Debug)]
pub(crate) struct BrokenKey {
    pub(super) line: usize,
    pub(super) name: String,
}

/// Finds all syntax errors.
pub(crate) fn mend(schema: &Schema, text: &str) -> Mended {
    let mut mended = Mended { text: text.to_owned(), broken: Vec::new(), keys: Vec::new(), is_lost: false };
    while mended.broken.len() < MAX_BROKEN {
        let Err(error) = DeTable::parse(&mended.text) else { return mended };
        if mended.broken.is_empty()
            && let Some((what, hint)) = other_language(schema, text)
        {
            mended.broken.push((1, Broken { what, hint, column: None }));
            mended.is_lost = true;
            return mended;
        }
        let at = error.span().map_or(0, |span| span.start).min(mended.text.len());
        mend_at(schema, &mut mended, at, error.message());
    }
    if let Some((_, last)) = mended.broken.last_mut() {
        last.hint.push_str("; the lines below it are read once these are right");
    }
    mended.is_lost = true;
    mended
}

/// Blank text in place of broken lines.
struct Mending {
    first: usize,
    last: usize,
    /// The line that the message names.
    told: usize,
    broken: Broken,
    /// The text for the first line; `None` for a blank line.
    repaired: Option<String>,
}

/// Explains the parser's error, and replaces its lines.
fn mend_at(schema: &Schema, mended: &mut Mended, at: usize, message: &str) {
    let lines = Lines::of(&mended.text);
    let here = lines.at(at);
    let Mending { first, last, told, mut broken, repaired } = if message == "duplicate key" {
        twice(schema, &lines, here)
    } else {
        mending(schema, &lines, at, message)
    };
    let statement = Statement::of(schema, lines.text(first));
    // A line that is still wrong after its repair is left out.
    let is_first = mended.broken.iter().all(|(line, _)| *line != told + 1);
    let repaired = repaired.filter(|_| is_first);
    let (mut last, mut lost) = (last, statement.lost_key(repaired.is_some()));
    if statement.is_header() && repaired.is_none() {
        // The keys of a section without its header would belong to the section above it.
        last = lines.end_of_section(first);
        lost = None;
        if last > first {
            broken.hint.push_str("; the lines below it are read once it is right");
        }
    }
    mended.keys.extend(lost.map(|name| BrokenKey { line: first + 1, name: name.to_owned() }));
    mended.broken.push((told + 1, broken));
    let new = |(line, text): (usize, &(Range<usize>, &str))| match &repaired {
        Some(repaired) if line == first => repaired.clone(),
        _ if (first..=last).contains(&line) => String::new(),
        _ => text.1.to_owned(),
    };
    let new: Vec<String> = lines.0.iter().enumerate().map(new).collect();
    mended.text = new.join("\n");
}

/// Explains an error in a line, or in a list, table or text of several lines.
fn mending(schema: &Schema, lines: &Lines<'_>, at: usize, message: &str) -> Mending {
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
    if first == here {
        let (broken, repaired) = (statement.broken(), statement.repaired());
        return Mending { first, last: here, told: first, broken, repaired };
    }
    let is_next = Statement::of(schema, lines.text(here)).is_whole();
    let last = if is_next { here - 1 } else { lines.closer(first, here) };
    if is_next || lines.is_end(at) {
        let (broken, repaired) = (statement.unclosed(), statement.repaired());
        return Mending { first, last, told: first, broken, repaired };
    }
    Mending { first, last, told: here, broken: statement.item(lines.text(here)), repaired: None }
}

/// Recognizes files in other formats.
fn other_language(schema: &Schema, text: &str) -> Option<(String, String)> {
    let (start, file) = (text.trim_start(), schema.file);
    let kind = if start.starts_with('{') {
        "JSON"
    } else if start.starts_with("---\n") || start.starts_with("%YAML") || is_yaml(schema, text) {
        "YAML"
    } else if start.starts_with('<') {
        "HTML or XML"
    } else if start.starts_with("-----BEGIN ") {
        "PEM"
    } else {
        return None;
    };
    // A JSON object may be one line.
    let members =
        serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).unwrap_or_default();
    let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
    let lines = members.iter().map(String::as_str).chain(text.lines());
    let mut statements = lines.map(|line| Statement::of(schema, line.trim_start_matches(['{', ' ', '\t'])));
    let line = statements.find_map(|statement| statement.as_toml());
    let line = line.unwrap_or_else(|| schema.example());
    Some((format!("this is {kind}, and {file} is TOML"), format!("a line of it is {line}")))
}

/// YAML without its `---`: names with a colon, and lists or nested names, and no line with `=`.
fn is_yaml(schema: &Schema, text: &str) -> bool {
    let lines = || text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty());
    let is_nested = |line: &str| line.trim_start().starts_with("- ") || line.ends_with(':');
    lines().any(is_nested) && lines().all(|line| !Statement::of(schema, line).is_whole())
}

/// A duplicate key or section. If the first one has the wrong form for its section, that line is wrong.
fn twice(schema: &Schema, lines: &Lines<'_>, here: usize) -> Mending {
    let text = lines.text(here).trim();
    let found = |what: String, hint: String| Broken { what, hint, column: None };
    let all = |line: usize, broken: Broken, repaired: Option<String>| Mending {
        first: line,
        last: line,
        told: line,
        broken,
        repaired,
    };
    if let Some(name) = header_name(text) {
        let first =
            (0..here).find(|line| header_name(lines.text(*line).trim()).is_some_and(|other| other == name));
        let section = schema.section(name).filter(|section| section.form == SectionForm::List);
        if let (Some(first), Some(section)) = (first, section) {
            let (what, hint) = one_table(section);
            let line = if text.starts_with("[[") { first } else { here };
            return all(line, found(what, hint), Some(section.header()));
        }
        let place = first.map_or("above".to_owned(), |first| format!("in line {}", first + 1));
        let header = text.split_inclusive(']').next().unwrap_or(text);
        let hint = format!("put the keys of both below the {header} {place}");
        return all(here, found(format!("{header} is written twice"), hint), None);
    }
    let name = Statement::of(schema, lines.text(here)).key().unwrap_or("a key").to_owned();
    let is_same = |line: &usize| Statement::of(schema, lines.text(*line)).key() == Some(name.as_str());
    let above = (0..here).rev().take_while(|line| !lines.text(*line).trim_start().starts_with('['));
    let first = above.filter(is_same).last();
    let place = first.map_or("the first one".to_owned(), |first| format!("the one in line {}", first + 1));
    all(here, found(format!("{name} is written twice"), format!("keep one: this one, or {place}")), None)
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

    /// Whether nothing but blanks follows.
    fn is_end(&self, byte: usize) -> bool {
        let rest = self.0.iter().filter(|(range, _)| range.end >= byte);
        rest.into_iter()
            .all(|(range, line)| line[byte.saturating_sub(range.start).min(line.len())..].trim().is_empty())
    }

    /// The last line of the section whose header is on this line.
    fn end_of_section(&self, header: usize) -> usize {
        (header + 1..self.0.len())
            .find(|line| self.is_header(*line))
            .map_or(self.0.len() - 1, |next| next - 1)
    }

    fn is_header(&self, line: usize) -> bool {
        header_name(self.text(line).trim()).is_some_and(|name| !name.starts_with(['"', '\'']))
    }

    /// The line where the open list or table starts.
    fn opener(&self, here: usize) -> Option<usize> {
        let has_value = |line: usize| {
            let value = self.text(line).split_once('=').map(|(_, value)| value.trim_start());
            value.is_some_and(|value| value.starts_with(['[', '{']))
        };
        let mut open = 0;
        // A list that is open above this line swallows the list in it.
        let opens = |line: &usize| {
            open += depth(self.text(*line));
            open > 0 && has_value(*line)
        };
        let above = (0..here).rev().take_while(|line| !self.is_header(*line)).find(opens);
        above.or_else(|| has_value(here).then_some(here))
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
