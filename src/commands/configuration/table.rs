//! Reads a table of a configuration file key by key. Records errors and continues.

use super::literal;
use super::places::{Places, Source};
use super::recovery::{self, Entry};
use super::schema::{Key, Kind, Schema, SectionForm, TomlSection};
use super::syntax::BrokenKey;
use super::unknown;
use super::values::{self, Misfit};
use crate::exit::Failure;
use crate::registry::networks::Networks;
use crate::registry::token_buckets::Rate;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The key that names an item of a list of sections.
pub(super) const ID: &str = "id";

/// A table, and the list for its errors.
pub(crate) struct Table<'a> {
    pub(super) schema: &'static Schema,
    pub(super) section: &'static TomlSection,
    pub(super) source: Source<'a>,
    pub(super) of: &'a DeTable<'a>,
    /// The byte offset where it starts.
    pub(super) start: usize,
    /// Keys that are written under another name.
    pub(super) meant: BTreeMap<&'static str, Entry<'a>>,
    /// Whether its header is wrong. Then nothing is said to be missing.
    pub(super) has_wrong_header: bool,
    /// The id of a table that has its id in its header.
    pub(super) id: Option<String>,
    /// Keys on lines that are not valid TOML.
    pub(super) broken: &'a [BrokenKey],
    pub(super) problems: &'a RefCell<Vec<Failure>>,
    /// Keys with an error.
    pub(super) flawed: RefCell<BTreeSet<String>>,
    pub(super) has_unknown: Cell<bool>,
    pub(super) has_errors: Cell<bool>,
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
        broken: &'a [BrokenKey],
        problems: &'a RefCell<Vec<Failure>>,
    ) -> Self {
        let section = schema.top();
        let top = Self {
            schema,
            section,
            source,
            of,
            start: 0,
            meant: recovery::keys(schema, section, of),
            has_wrong_header: false,
            id: None,
            broken,
            problems,
            flawed: RefCell::default(),
            has_unknown: Cell::new(false),
            has_errors: Cell::new(false),
        };
        top.note_unknown();
        top
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        if let Some(id) = self.id.as_ref().filter(|_| name == ID) {
            return Some(id.clone());
        }
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

    /// A duration within limits.
    pub(crate) fn length(&self, name: &str, limits: RangeInclusive<Duration>) -> Option<Duration> {
        self.parse(name, |key, text| values::length(key, text, &limits))
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
        let written = self.read(name, |value| match value {
            DeValue::Integer(number) => Some((number.as_str().to_owned(), number.radix())),
            _ => None,
        });
        let (number, radix) = written?;
        let count = usize::from_str_radix(&number, radix).ok().filter(|count| limits.contains(count));
        if count.is_none() {
            let found = self.find(name)?;
            self.misfit(&found, values::beyond(found.key, &number, &limits));
        }
        count
    }

    /// The value of a key with its own format. `take` returns `None` if the value does not fit.
    pub(crate) fn value<T>(&self, name: &str, take: impl FnOnce(&DeValue<'a>) -> Option<T>) -> Option<T> {
        self.read(name, take)
    }

    /// Reports a required key that is missing.
    pub(crate) fn require(&self, name: &str) {
        let has = self.id.is_some() && name == ID || self.find(name).is_some() || self.is_broken(name);
        let Some(key) = self.section.key(name).filter(|_| !has) else { return };
        let header = self.section.header();
        let whose = if self.section.form == SectionForm::List { format!("this {header}") } else { header };
        self.flawed.borrow_mut().insert(name.to_owned());
        if !self.has_wrong_header {
            self.note(self.start, format!("{whose} has no {name}"), key.line());
        }
    }

    /// The members of an open section besides its keys. `take` returns `None` for a value that does not fit.
    pub(crate) fn members<T>(&self, take: impl Fn(&DeValue<'a>) -> Option<T>) -> Vec<(String, T)> {
        let mut members = Vec::new();
        for (key, value) in
            self.of.iter().filter(|(key, value)| self.is_member(key.get_ref(), value.get_ref()))
        {
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

    fn is_member(&self, name: &str, value: &DeValue<'_>) -> bool {
        self.section.form == SectionForm::Open
            && self.section.key(name).is_none()
            && unknown::mistaken(self.schema, self.section, name, value).is_none()
    }

    /// Reports all unknown keys.
    pub(super) fn note_unknown(&self) {
        for (key, value) in self.of.iter() {
            let (name, at): (&str, usize) = (key.get_ref(), key.span().start);
            let is_meant = self.meant.values().any(|(meant, _)| meant.span() == key.span());
            let is_section = self.section.form == SectionForm::Top && self.schema.section(name).is_some();
            if is_section || self.section.key(name).is_some() || self.is_member(name, value.get_ref()) {
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
                value => unknown::key(self.schema, self.section, name, value),
            };
            self.has_unknown.set(self.has_unknown.get() || !is_meant);
            self.note(at, what, hint);
        }
    }

    /// The positions of the keys.
    pub(crate) fn finish(self) -> Places {
        let place = |name: &str, key: &Spanned<_>| (name.to_owned(), self.source.place(key.span().start));
        let own = self.of.keys().map(|key| place(key.get_ref(), key));
        let meant = self.meant.iter().map(|(name, (key, _))| place(name, key));
        let mut flawed = self.flawed.take();
        flawed.extend(self.broken_here().map(|broken| broken.name.clone()));
        Places {
            header: Some(self.source.header(self.start)).filter(|_| self.section.form != SectionForm::Top),
            keys: own.chain(meant).collect(),
            has_unknown: self.has_wrong_header
                || self.has_unknown.get()
                || flawed.iter().any(|name| self.section.key(name).is_none()),
            has_errors: self.has_errors.get() || !flawed.is_empty(),
            flawed,
        }
    }

    fn find(&self, name: &str) -> Option<Found<'a>> {
        let own = self.of.iter().find(|(key, _)| key.get_ref() == name);
        let (key, value) = own.or_else(|| self.meant.get(name).copied())?;
        Some(Found { key: self.section.key(name)?, at: key.span().start, value: value.get_ref() })
    }

    /// The keys of this table whose lines are not valid TOML.
    fn broken_here(&self) -> impl Iterator<Item = &'a BrokenKey> {
        let lines =
            self.source.lines_of_section((self.section.form != SectionForm::Top).then_some(self.start));
        self.broken.iter().filter(move |broken| lines.contains(&broken.line))
    }

    pub(super) fn is_broken(&self, name: &str) -> bool {
        self.broken_here().any(|broken| broken.name == name)
    }

    fn read<T>(&self, name: &str, take: impl FnOnce(&DeValue<'a>) -> Option<T>) -> Option<T> {
        let found = self.find(name)?;
        // A line that is not valid TOML has been reported already.
        if self.is_broken(name) {
            return None;
        }
        let taken = take(found.value);
        if taken.is_none() {
            // The hint about an unknown name has the right type, too.
            if self.meant.contains_key(name) {
                self.flawed.borrow_mut().insert(name.to_owned());
            } else {
                self.misfit(&found, wrong_type(found.key, found.value));
            }
        }
        taken
    }

    fn parse<T>(&self, name: &str, parse: impl FnOnce(&Key, &str) -> Result<T, Misfit>) -> Option<T> {
        let text = self.text(name)?;
        let found = self.find(name)?;
        parse(found.key, &text).map_err(|misfit| self.misfit(&found, misfit)).ok()
    }

    fn misfit(&self, found: &Found<'_>, misfit: Misfit) {
        self.flawed.borrow_mut().insert(found.key.name.to_owned());
        self.note(found.at, misfit.what, misfit.hint);
    }

    pub(super) fn note(&self, at: usize, what: String, hint: String) {
        self.has_errors.set(true);
        self.problems.borrow_mut().push(self.source.failure(at, what).hint(hint));
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
        Kind::Routes => "a list of tables with method, path and scopes",
        Kind::IdentityRules => "a list of tables with trust, sub and claims",
    };
    let stands = match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Table(_) => "a table",
        DeValue::Array(_) => "a list",
    };
    let literal = literal::meant_by(key, value);
    let not = match (key.kind, value) {
        (
            Kind::List | Kind::OneOrMore | Kind::Networks | Kind::Routes | Kind::IdentityRules,
            DeValue::Array(_),
        ) => "a list with other items",
        _ => stands,
    };
    if matches!((key.kind, value), (Kind::Table | Kind::Jwks, DeValue::Table(_))) {
        let what = format!("{} has a number that JSON does not have (nan, inf)", key.name);
        return Misfit { what, hint: key.line() };
    }
    Misfit { what: format!("{} is {takes}, not {not}", key.name), hint: key.with(&literal) }
}
