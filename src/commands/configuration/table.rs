//! Reads a table of a configuration file key by key. Records errors and continues.

use super::literal::{self, Given};
use super::places::{Places, Source};
use super::schema::{Key, Kind, Schema, SectionForm, TomlSection};
use super::values::{self, Misfit};
use super::{syntax, unknown};
use crate::exit::Failure;
use crate::registry::networks::Networks;
use crate::registry::token_buckets::Rate;
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A table, and the list for its errors.
pub(crate) struct Table<'a> {
    schema: &'static Schema,
    section: &'static TomlSection,
    source: Source<'a>,
    of: &'a DeTable<'a>,
    /// The byte offset where it starts.
    start: usize,
    /// Keys on lines that are not valid TOML.
    broken: &'a [String],
    problems: &'a RefCell<Vec<Failure>>,
    is_flawed: Cell<bool>,
}

/// A key's value.
struct Found<'a> {
    key: &'static Key,
    at: usize,
    value: &'a DeValue<'a>,
}

impl<'a> Table<'a> {
    pub(super) fn top(
        schema: &'static Schema,
        source: Source<'a>,
        of: &'a DeTable<'a>,
        broken: &'a [String],
        problems: &'a RefCell<Vec<Failure>>,
    ) -> Self {
        Self {
            schema,
            section: schema.top(),
            source,
            of,
            start: 0,
            broken,
            problems,
            is_flawed: Cell::new(false),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.read(name, |value| value.as_str().map(str::to_owned))
    }

    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        self.text(name).map(PathBuf::from)
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.read(name, DeValue::as_bool)
    }

    /// One of those words.
    pub(crate) fn word(&self, name: &str, words: &[&str]) -> Option<String> {
        self.parse(name, |key, text| match words.contains(&text) {
            true => Ok(text.to_owned()),
            false => Err(values::not_offered(key.name, text, words, words[0])),
        })
    }

    pub(crate) fn length(&self, name: &str) -> Option<Duration> {
        self.parse(name, values::length)
    }

    pub(crate) fn rate(&self, name: &str) -> Option<Rate> {
        self.parse(name, values::rate)
    }

    pub(crate) fn address(&self, name: &str) -> Option<SocketAddr> {
        self.parse(name, values::address)
    }

    pub(crate) fn list(&self, name: &str) -> Option<Vec<String>> {
        self.read(name, texts)
    }

    /// A text, or a list of texts.
    pub(crate) fn one_or_more(&self, name: &str) -> Option<Vec<String>> {
        self.read(name, |value| value.as_str().map(|one| vec![one.to_owned()]).or_else(|| texts(value)))
    }

    pub(crate) fn networks(&self, name: &str) -> Networks {
        let Some(listed) = self.list(name) else { return Networks::default() };
        let Some(found) = self.find(name) else { return Networks::default() };
        let misfits = values::networks(found.key, &listed);
        misfits.into_iter().for_each(|misfit| self.misfit(&found, misfit));
        Networks::parse(&listed).unwrap_or_default()
    }

    /// A whole number within limits.
    pub(crate) fn count(&self, name: &str, limits: RangeInclusive<usize>) -> Option<usize> {
        let number = self.read(name, |value| match value {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        })?;
        let count = usize::try_from(number).ok().filter(|count| limits.contains(count));
        if count.is_none() {
            let found = self.find(name)?;
            self.misfit(&found, values::beyond(found.key, number, &limits));
        }
        count
    }

    /// The value of a key with its own format. `take` returns `None` if the value does not fit.
    pub(crate) fn value<T>(&self, name: &str, take: impl FnOnce(&DeValue<'a>) -> Option<T>) -> Option<T> {
        self.read(name, take)
    }

    /// Reports a required key that is missing.
    pub(crate) fn require(&self, name: &str) {
        let is_broken = self.broken.iter().any(|broken| broken == name);
        // A misspelled name is reported as such, not as missing.
        let is_other = |key: &str| {
            self.section.key(key).is_none()
                && unknown::key(self.schema, self.section, key).1.contains(&format!("did you mean {name}?"))
        };
        let is_meant = is_broken || self.of.keys().any(|key| is_other(key.get_ref()));
        if let Some(key) = self.section.key(name).filter(|_| !is_meant && self.find(name).is_none()) {
            let header = self.section.header();
            let whose =
                if self.section.form == SectionForm::List { format!("this {header}") } else { header };
            self.note(self.start, format!("{whose} has no {name}"), key.line());
        }
    }

    /// The section with that name.
    pub(crate) fn table(&self, name: &str) -> Option<Self> {
        let section = self.schema.section(name)?;
        let (key, value) = self.entry(name)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(self.below(section, table, key.span().start)),
            DeValue::Array(items) if items.iter().any(|item| item.get_ref().is_table()) => {
                let header = section.header();
                self.note(
                    key.span().start,
                    format!("[[{name}]] is a list, and there is one {name}"),
                    format!("write {header}"),
                );
                None
            }
            _ => {
                self.no_section(section, key.span().start);
                None
            }
        }
    }

    /// All sections with that name, in order.
    pub(crate) fn tables(&self, name: &str) -> Vec<Self> {
        let Some(section) = self.schema.section(name) else { return Vec::new() };
        let Some((key, value)) = self.entry(name) else { return Vec::new() };
        let at = key.span().start;
        match value.get_ref() {
            DeValue::Array(items) => {
                let tables =
                    items.iter().filter_map(|item| Some((item.get_ref().as_table()?, item.span().start)));
                let tables: Vec<_> = tables.map(|(table, at)| self.below(section, table, at)).collect();
                if tables.len() < items.len() {
                    self.no_section(section, at);
                }
                tables
            }
            DeValue::Table(table) => {
                let named =
                    table.iter().next().filter(|_| table.values().all(|value| value.get_ref().is_table()));
                let (what, hint) = match named {
                    Some((id, _)) => (
                        format!("[{name}.{}]: a {name} has its name as a key", id.get_ref()),
                        format!(
                            "write {} and below it id = {}",
                            section.header(),
                            literal::quoted(id.get_ref())
                        ),
                    ),
                    None => syntax::one_table(section),
                };
                self.note(named.map_or(at, |(id, _)| id.span().start), what, hint);
                Vec::new()
            }
            _ => {
                self.no_section(section, at);
                Vec::new()
            }
        }
    }

    /// All tables below that name, with their names.
    pub(crate) fn named(&self, name: &str) -> Vec<(String, Self)> {
        let Some(section) = self.schema.section(name) else { return Vec::new() };
        let Some((key, value)) = self.entry(name) else { return Vec::new() };
        let Some(tables) = value.get_ref().as_table() else {
            self.no_section(section, key.span().start);
            return Vec::new();
        };
        let table = |(name, value): (&Spanned<_>, &'a Spanned<DeValue<'a>>)| {
            let (at, name): (usize, &std::borrow::Cow<'_, str>) = (name.span().start, name.get_ref());
            match value.get_ref() {
                DeValue::Table(table) => Some((name.to_string(), self.below(section, table, at))),
                _ => {
                    self.no_section(section, at);
                    None
                }
            }
        };
        tables.iter().filter_map(table).collect()
    }

    /// The members of an open section besides its keys. A name that is meant as a key is left to
    /// [`Self::finish`]; `take` returns `None` for a value that does not fit.
    pub(crate) fn members<T>(&self, take: impl Fn(&DeValue<'a>) -> Option<T>) -> Vec<(String, T)> {
        let mut members = Vec::new();
        for (key, value) in self.of.iter().filter(|(key, _)| self.is_member(key.get_ref())) {
            let name = key.get_ref();
            match take(value.get_ref()) {
                Some(taken) => members.push((name.to_string(), taken)),
                None => {
                    let what = format!("{name} has a number that JSON does not have (nan, inf)");
                    self.note(key.span().start, what, format!("write {name} with another value"));
                }
            }
        }
        members
    }

    fn is_member(&self, name: &str) -> bool {
        self.section.form == SectionForm::Open
            && self.section.key(name).is_none()
            && unknown::mistaken(self.schema, self.section, name).is_none()
    }

    /// Reports all unknown keys, and records the positions of the others.
    pub(crate) fn finish(self) -> Places {
        for (key, value) in self.of {
            let (name, at): (&str, usize) = (key.get_ref(), key.span().start);
            let is_section = self.section.form == SectionForm::Top && self.schema.section(name).is_some();
            if is_section || self.section.key(name).is_some() || self.is_member(name) {
                continue;
            }
            let name = if literal::may_show(name) { name } else { "…" };
            let (what, hint) = match value.get_ref() {
                DeValue::Table(_) if self.section.form == SectionForm::Top => {
                    unknown::section(self.schema, name, false)
                }
                DeValue::Array(items)
                    if self.section.form == SectionForm::Top
                        && items.iter().any(|item| item.get_ref().is_table()) =>
                {
                    unknown::section(self.schema, name, true)
                }
                _ => unknown::key(self.schema, self.section, name),
            };
            self.note(at, what, hint);
        }
        let place = |(key, _): (&Spanned<_>, _)| {
            let name: &std::borrow::Cow<'_, str> = key.get_ref();
            (name.to_string(), self.source.place(key.span().start))
        };
        Places {
            header: Some(self.source.place(self.start)).filter(|_| self.section.form != SectionForm::Top),
            keys: self.of.iter().map(place).collect(),
            is_flawed: self.is_flawed.get() || !self.broken.is_empty(),
        }
    }

    fn below(&self, section: &'static TomlSection, of: &'a DeTable<'a>, start: usize) -> Self {
        let Self { schema, source, broken, problems, .. } = *self;
        Self { schema, section, source, of, start, broken, problems, is_flawed: Cell::new(false) }
    }

    fn entry(
        &self,
        name: &str,
    ) -> Option<(&'a Spanned<std::borrow::Cow<'a, str>>, &'a Spanned<DeValue<'a>>)> {
        self.of.iter().find(|(key, _)| key.get_ref() == name)
    }

    fn find(&self, name: &str) -> Option<Found<'a>> {
        let (key, value) = self.entry(name)?;
        Some(Found { key: self.section.key(name)?, at: key.span().start, value: value.get_ref() })
    }

    fn read<T>(&self, name: &str, take: impl FnOnce(&DeValue<'a>) -> Option<T>) -> Option<T> {
        let found = self.find(name)?;
        // A line that is not valid TOML has been reported already.
        if self.broken.iter().any(|broken| broken == name) {
            return None;
        }
        let taken = take(found.value);
        if taken.is_none() {
            self.misfit(&found, wrong_type(found.key, found.value));
        }
        taken
    }

    fn parse<T>(&self, name: &str, parse: impl FnOnce(&Key, &str) -> Result<T, Misfit>) -> Option<T> {
        let text = self.text(name)?;
        let found = self.find(name)?;
        parse(found.key, &text).map_err(|misfit| self.misfit(&found, misfit)).ok()
    }

    fn no_section(&self, section: &TomlSection, at: usize) {
        let first = section.keys.first().map(Key::line).unwrap_or_default();
        let header = section.header();
        self.note(
            at,
            format!("{} is a section", section.name),
            format!("write {header} and below it {first}"),
        );
    }

    fn misfit(&self, found: &Found<'_>, misfit: Misfit) {
        self.note(found.at, misfit.what, misfit.hint);
    }

    fn note(&self, at: usize, what: String, hint: String) {
        self.is_flawed.set(true);
        self.problems.borrow_mut().push(self.source.failure(at, None, what).hint(hint));
    }
}

fn texts(value: &DeValue<'_>) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
}

/// The expected type, and the type that was found.
fn wrong_type(key: &Key, value: &DeValue<'_>) -> Misfit {
    let takes = match key.kind {
        Kind::Text | Kind::Word | Kind::Url | Kind::Path => "a text in quotes",
        Kind::Length => "a duration with its unit, in quotes",
        Kind::Flag => "true or false, without quotes",
        Kind::Count => "a whole number, without quotes",
        Kind::List | Kind::Networks => "a list of texts",
        Kind::OneOrMore => "a text or a list of texts",
        Kind::Rate => "a rate in quotes",
        Kind::Address => "an address and a port, in quotes",
        Kind::Table => "a table",
        Kind::Jwks => "a file's path or a JWK Set",
    };
    let number = |text: &str| text.parse().map_or(Given::Other, Given::Number);
    let (stands, literal) = match value {
        DeValue::String(text) => ("a text", literal::meant(key, Given::Text(text))),
        DeValue::Integer(found) => ("a number", literal::meant(key, number(found.as_str()))),
        DeValue::Float(found) => ("a number", literal::meant(key, number(found.as_str()))),
        DeValue::Boolean(_) => ("true or false", key.example.to_owned()),
        DeValue::Datetime(_) => ("a date", key.example.to_owned()),
        DeValue::Table(_) => ("a table", key.example.to_owned()),
        DeValue::Array(found) => {
            let items: Vec<String> = found.iter().map(|item| item_text(item.get_ref())).collect();
            ("a list", literal::meant(key, Given::List(&items)))
        }
    };
    let not = match (key.kind, value) {
        (Kind::List | Kind::OneOrMore | Kind::Networks, DeValue::Array(_)) => "one of something else",
        _ => stands,
    };
    if matches!((key.kind, value), (Kind::Table | Kind::Jwks, DeValue::Table(_))) {
        let what = format!("{} has a number that JSON does not have (nan, inf)", key.name);
        return Misfit { what, hint: key.line() };
    }
    Misfit { what: format!("{} is {takes}, not {not}", key.name), hint: key.with(&literal) }
}

/// A list item as text; empty for other types.
fn item_text(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.as_str().to_owned(),
        _ => String::new(),
    }
}
