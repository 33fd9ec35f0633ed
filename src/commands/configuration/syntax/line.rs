//! Explains one line that is not valid TOML, with the corrected line.

use crate::commands::configuration::literal::{self, Given, may_show};
use crate::commands::configuration::schema::{Key, Kind, Schema, SectionForm, TomlSection, plain};
use crate::commands::misplaced;

/// The problem of a line.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) what: String,
    pub(crate) hint: String,
    /// The column of the mistake, from 1.
    pub(crate) column: Option<usize>,
}

/// A line, split as far as possible.
pub(crate) struct Statement<'a> {
    schema: &'a Schema,
    line: &'a str,
    /// The key as written; empty if it is missing.
    name: &'a str,
    /// The known key, or the one that was probably meant.
    known: Option<&'static Key>,
    /// The text between key and value.
    operator: &'a str,
    value: &'a str,
}

/// Wrong operators, the longest first.
const OPERATORS: [&str; 6] = ["=>", "==", ":=", "=", ":", ""];
/// Comment marks of other languages.
const COMMENTS: [&str; 5] = ["//", ";", "--", "/*", "%"];
/// Words before a variable in shells and programming languages.
const WORDS: [&str; 6] = ["export", "set", "let", "var", "const", "env"];
const NULLS: [&str; 5] = ["null", "nil", "none", "undefined", "~"];
const TYPOGRAPHIC: [char; 8] =
    ['\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}', '\u{201a}', '\u{ab}', '\u{bb}'];

impl<'a> Statement<'a> {
    pub(crate) fn of(schema: &'a Schema, line: &'a str) -> Self {
        let start = line.trim();
        let (name, rest) = split_name(start);
        let rest = rest.trim_start();
        let operator = OPERATORS.into_iter().find(|operator| rest.starts_with(operator)).unwrap_or("");
        let value = rest[operator.len()..].trim_start();
        let last = name.rsplit('.').next().unwrap_or(name);
        let known = schema.key(last).or_else(|| {
            schema.sections.iter().flat_map(|section| section.keys).find(|key| plain(key.name) == plain(last))
        });
        Self {
            schema,
            line,
            name,
            known: known.filter(|_| !last.is_empty()),
            operator: &rest[..operator.len()],
            value,
        }
    }

    pub(crate) fn is_header(&self) -> bool {
        self.line.trim_start().starts_with('[')
    }

    /// Whether a new statement starts here.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_header() && !self.line.trim_start().starts_with("[\"")
            || !self.name.is_empty() && self.operator == "="
    }

    /// The line's key, if it has one.
    pub(crate) fn key(&self) -> Option<&'a str> {
        (!self.name.is_empty()).then_some(self.name)
    }

    /// The key for messages.
    fn shown(&self) -> Option<&'a str> {
        self.key().filter(|name| may_show(name))
    }

    /// The correct line with that value.
    fn right(&self, value: &str) -> String {
        let Some(key) = self.known else {
            let value = self.literal(value).unwrap_or_else(|| "\"…\"".to_owned());
            return match self.shown() {
                Some(name) => format!("{name} = {value}"),
                None => format!("write it as {}", self.schema.example()),
            };
        };
        self.literal(value).map_or_else(|| key.line(), |literal| key.with(&literal))
    }

    /// The value as TOML, if it may be shown.
    fn literal(&self, value: &str) -> Option<String> {
        let Some(key) = self.known else {
            let value = clean(value);
            return (may_show(value) && !value.is_empty()).then(|| literal::quoted(value));
        };
        let is_list = matches!(key.kind, Kind::List | Kind::Networks | Kind::OneOrMore)
            && (value.starts_with('[') || value.contains(','));
        if is_list {
            return literal::found(key, Given::List(&items(value)));
        }
        literal::found(key, Given::Text(clean(value)))
    }

    /// The correct line, if name and value are known.
    pub(crate) fn repaired(&self) -> Option<String> {
        if self.is_header() {
            let after = self.header_parts().2;
            return self.meant_section().filter(|_| after.is_empty()).map(TomlSection::header);
        }
        if WORDS.contains(&self.name.to_ascii_lowercase().as_str()) {
            let rest = Self::of(self.schema, self.value);
            return rest.known.and_then(|_| rest.repaired());
        }
        let is_bare = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        let name = self.key().filter(|name| name.chars().all(is_bare) && may_show(name))?;
        let value = self.literal(self.value)?;
        Some(match self.known {
            Some(key) if !name.contains('.') => key.with(&value),
            _ => format!("{name} = {value}"),
        })
    }

    /// The key whose value is lost with the line; empty for a header, which is repaired.
    pub(crate) fn lost_key(&self, is_repaired: bool) -> Option<&str> {
        if self.is_header() {
            return is_repaired.then_some("");
        }
        let name = self.known.map(|key| key.name).or(self.key());
        name.filter(|_| !is_repaired)
    }

    /// The line of another format as TOML, if its key is known.
    pub(crate) fn as_toml(&self) -> Option<String> {
        (self.known.is_some() && self.operator == ":" && !self.value.is_empty())
            .then(|| self.right(self.value))
    }

    /// Explains the line.
    pub(crate) fn broken(&self) -> Broken {
        let line = self.line.trim();
        if let Some(mark) = COMMENTS.iter().find(|mark| line.starts_with(**mark)) {
            let text = line.trim_start_matches(mark).trim();
            let text = if may_show(text) { text } else { "…" };
            return self.here(format!("a comment begins with #, not with {mark}"), format!("# {text}"));
        }
        if self.is_header() {
            return self.header();
        }
        let Some(name) = self.shown() else {
            return self.here(
                "this line is not TOML".to_owned(),
                format!("a line is written as {}", self.schema.example()),
            );
        };
        match self.operator {
            "=" => self.value(name),
            "" => self.without_operator(name),
            "==" => self.point(self.operator, "\"=\" is written twice".to_owned()),
            operator => self.point(operator, format!("\"=\" is expected, not \"{operator}\"")),
        }
    }

    fn here(&self, what: String, hint: String) -> Broken {
        Broken { what, hint, column: None }
    }

    /// The column of `part`, and the corrected line.
    fn point(&self, part: &str, what: String) -> Broken {
        Broken { what, hint: self.right(self.value), column: self.column(part) }
    }

    /// The column of a part of the line. `part` must be a slice of it.
    fn column(&self, part: &str) -> Option<usize> {
        let at = (part.as_ptr() as usize).checked_sub(self.line.as_ptr() as usize)?;
        self.line.get(..at).map(|before| before.chars().count() + 1)
    }

    fn without_operator(&self, name: &str) -> Broken {
        if self.value.is_empty() || self.value.starts_with('#') {
            return self.here(format!("{name} has no value"), self.right(""));
        }
        if WORDS.contains(&name.to_ascii_lowercase().as_str()) {
            let rest = Self::of(self.schema, self.value);
            return self.here(format!("{name:?} is a shell's word"), rest.right(rest.value));
        }
        let what = if self.known.is_some() || self.value.starts_with(['"', '\'']) {
            format!("\"=\" is missing after {name}")
        } else {
            "this line is not TOML".to_owned()
        };
        self.here(what, self.right(self.value))
    }

    fn value(&self, name: &str) -> Broken {
        let (value, kind) = (self.value, self.known.map(|key| key.kind));
        if value.is_empty() || value.starts_with('#') {
            return self.here(format!("{name} has no value"), self.right(""));
        }
        if misplaced::names_variable(value) {
            let what = format!("the value of {name} has a variable, which TOML does not expand");
            let hint = format!("write the value itself, or make the file with envsubst: {}", self.right(""));
            return Broken { what, hint, column: self.column(value) };
        }
        if value.contains(TYPOGRAPHIC) {
            return self.point(value, format!("the value of {name} has typographic quotes"));
        }
        if NULLS.contains(&value.to_ascii_lowercase().as_str()) {
            let hint = format!("leave the line of {name} out");
            return self.here(format!("TOML has no {value}"), hint);
        }
        match (value.as_bytes()[0], kind) {
            (b'"' | b'\'', _) => self.quoted(name),
            (b'[', _) => self.list(name),
            (b'{', _) => self.here(format!("the table of {name} is not written as TOML"), self.right("")),
            (_, Some(Kind::Flag)) => {
                self.point(value, format!("{name} is true or false, in small letters without quotes"))
            }
            (_, Some(Kind::Count)) => self.point(value, format!("{name} is a whole number")),
            _ => self.point(value, format!("the value of {name} needs quotes")),
        }
    }

    fn quoted(&self, name: &str) -> Broken {
        let quote = &self.value[..1];
        let inner = &self.value[1..];
        if quote == "\"" && has_bad_escape(inner) {
            let what = format!("a backslash in the value of {name} begins an escape; single quotes keep it");
            return self.point(self.value, what);
        }
        let Some(end) = inner.find(quote) else {
            return self.point(self.value, format!("the quote of {name} is not closed"));
        };
        let after = inner[end + 1..].trim_start();
        match after.chars().next() {
            Some(mark @ (';' | ',')) => Broken {
                what: format!("\"{mark}\" is after the value of {name}"),
                hint: self.right(&inner[..end]),
                column: self.column(after),
            },
            Some(_) => Broken {
                what: format!("there is text after the value of {name}"),
                hint: self.right(&inner[..end]),
                column: self.column(after),
            },
            None => self.point(self.value, format!("the value of {name} is not written as TOML")),
        }
    }

    fn list(&self, name: &str) -> Broken {
        let inner = self.value.trim_start_matches('[');
        let Some((inner, after)) = inner.rsplit_once(']') else { return self.unclosed() };
        let what = if !after.trim().is_empty() && !after.trim().starts_with('#') {
            format!("there is text after the list of {name}")
        } else if inner.contains(['"', '\'']) {
            format!("a comma is missing in the list of {name}, or a quote")
        } else {
            format!("the values of {name} need quotes")
        };
        self.point(self.value, what)
    }

    /// A list, table or text without its end on this line.
    pub(crate) fn unclosed(&self) -> Broken {
        let name = self.shown().unwrap_or("this key");
        let (what, mark) = match self.value.as_bytes().first() {
            Some(b'{') => ("table", "}"),
            Some(b'[') => ("list", "]"),
            _ => ("text", "the closing quotes"),
        };
        let hint = if what == "list" { self.right(self.value) } else { self.right("") };
        self.here(format!("the {what} of {name} is not closed: {mark} is missing"), hint)
    }

    /// A line within a list or table that is closed later.
    pub(crate) fn item(&self, line: &str) -> Broken {
        let name = self.shown().unwrap_or("this key");
        let what = if line.contains(['"', '\'']) {
            format!("a comma is missing in the list of {name}, or a quote")
        } else {
            format!("the values of {name} need quotes")
        };
        self.here(what, self.right(""))
    }

    /// The name of a section's header, whether more brackets open it than close it, and the text after it.
    fn header_parts(&self) -> (&'a str, std::cmp::Ordering, &'a str) {
        let line = self.line.trim();
        let opened = line.len() - line.trim_start_matches('[').len();
        let inner = &line[opened..];
        let end = inner.find([']', '#', ' ']).unwrap_or(inner.len());
        let (name, rest) = (inner[..end].trim(), inner[end..].trim_start());
        let closed = rest.len() - rest.trim_start_matches(']').len();
        let after = rest[closed..].trim_start();
        (name, opened.cmp(&closed), if after.starts_with('#') { "" } else { after })
    }

    /// The section that the header means.
    fn meant_section(&self) -> Option<&'a TomlSection> {
        let name = self.header_parts().0;
        let stem = |name: &str| plain(name).trim_end_matches('s').to_owned();
        let is_meant = |section: &&TomlSection| {
            matches!(section.form, SectionForm::Table | SectionForm::Open | SectionForm::List)
                && stem(section.name) == stem(name)
        };
        self.schema.sections.iter().find(is_meant)
    }

    fn header(&self) -> Broken {
        let (_, brackets, after) = self.header_parts();
        let right = self.meant_section().map(TomlSection::header).unwrap_or_else(|| {
            self.schema.sections[1..].iter().map(TomlSection::header).collect::<Vec<_>>().join(" or ")
        });
        if brackets.is_gt() {
            return self.here("the header of the section is not closed".to_owned(), format!("write {right}"));
        }
        if brackets.is_lt() {
            return self
                .here("the header of the section has more ] than [".to_owned(), format!("write {right}"));
        }
        if after.is_empty() {
            return self.here("this is not the header of a section".to_owned(), format!("write {right}"));
        }
        let below = Self::of(self.schema, after);
        self.here(
            "a section's header needs a line of its own".to_owned(),
            format!("write {right}, and on the next line {}", below.right(below.value)),
        )
    }
}

/// The key at the start of a line, with or without quotes, and the rest.
fn split_name(line: &str) -> (&str, &str) {
    if let Some(inner) = line.strip_prefix('"')
        && let Some((name, rest)) = inner.split_once('"')
    {
        return (name, rest);
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let end = line.find(|c| !is_name(c)).unwrap_or(line.len());
    line.split_at(end)
}

/// A value without surrounding quotes, commas and semicolons.
fn clean(value: &str) -> &str {
    let value = value.trim().trim_end_matches([',', ';']).trim_end();
    value.trim_matches(|c| matches!(c, '"' | '\'' | '`') || TYPOGRAPHIC.contains(&c)).trim()
}

/// The items of a list, with any separator.
fn items(value: &str) -> Vec<String> {
    let value = value.trim().trim_start_matches('[').trim_end_matches([';', ',']).trim_end_matches(']');
    let by_quotes: Vec<&str> = value.split(['"', '\'']).skip(1).step_by(2).collect();
    let found = if by_quotes.is_empty() { value.split([',', ' ']).collect() } else { by_quotes };
    found.into_iter().map(clean).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

fn has_bad_escape(text: &str) -> bool {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return false,
            '\\' if !chars.next().is_some_and(|c| "btnfre\"\\uUx".contains(c)) => return true,
            _ => {}
        }
    }
    false
}
