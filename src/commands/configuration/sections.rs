//! The sections of a configuration file, also under a wrong name or in a wrong form: their values are checked,
//! too.

use super::recovery::{self, Entry};
use super::schema::{Key, TomlSection};
use super::table::{ID, Table};
use super::{literal, syntax};
use std::cell::{Cell, RefCell};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

impl<'a> Table<'a> {
    /// The section with that name, or with one that means it.
    pub(crate) fn table(&self, name: &str) -> Option<Self> {
        let section = self.schema.section(name)?;
        let (key, value) = *recovery::sections(self.schema, section, self.of).first()?;
        let (at, is_named) = (key.span().start, key.get_ref() == name);
        match value.get_ref() {
            DeValue::Table(table) => Some(self.below(section, table, at, !is_named)),
            DeValue::Array(items) if items.iter().any(|item| item.get_ref().is_table()) => {
                if is_named {
                    let what = format!("[[{name}]] is a list, and there is one {name}");
                    self.note(at, what, format!("write {}", section.header()));
                }
                let table = items.iter().find_map(|item| item.get_ref().as_table())?;
                Some(self.below(section, table, at, true))
            }
            _ => {
                self.no_section(section, at);
                None
            }
        }
    }

    /// All sections with that name, in order, and those with a name that means it.
    pub(crate) fn tables(&self, name: &str) -> Vec<Self> {
        let Some(section) = self.schema.section(name) else { return Vec::new() };
        let entries = recovery::sections(self.schema, section, self.of);
        entries.into_iter().flat_map(|entry| self.tables_of(section, entry)).collect()
    }

    fn tables_of(&self, section: &'static TomlSection, (key, value): Entry<'a>) -> Vec<Self> {
        let (at, is_named) = (key.span().start, key.get_ref() == section.name);
        match value.get_ref() {
            DeValue::Array(items) => {
                let tables =
                    items.iter().filter_map(|item| Some((item.get_ref().as_table()?, item.span().start)));
                let tables: Vec<_> =
                    tables.map(|(table, at)| self.below(section, table, at, !is_named)).collect();
                if tables.len() < items.len() {
                    self.no_section(section, at);
                }
                tables
            }
            DeValue::Table(table) => {
                let all_named = !table.is_empty() && table.values().all(|value| value.get_ref().is_table());
                if all_named {
                    return table.iter().filter_map(|entry| self.with_id(section, entry)).collect();
                }
                if is_named {
                    let (what, hint) = syntax::one_table(section);
                    self.note(at, what, hint);
                }
                vec![self.below(section, table, at, true)]
            }
            _ => {
                self.no_section(section, at);
                Vec::new()
            }
        }
    }

    /// `[client.a]`, which is reported and read as a client of that id.
    fn with_id(&self, section: &'static TomlSection, (id, value): Entry<'a>) -> Option<Self> {
        let (at, name, id) = (id.span().start, section.name, id.get_ref());
        let what = format!("[{name}.{id}]: a {name} has its name as a key");
        let hint = format!("write {} and below it {ID} = {}", section.header(), literal::quoted(id));
        self.note(at, what, hint);
        let table = self.below(section, value.get_ref().as_table()?, at, true);
        Some(Self { id: (!table.of.contains_key(ID)).then(|| id.to_string()), ..table })
    }

    /// All tables below that name, with their names.
    pub(crate) fn named(&self, name: &str) -> Vec<(String, Self)> {
        let Some(section) = self.schema.section(name) else { return Vec::new() };
        let Some((key, value)) = self.of.iter().find(|(key, _)| key.get_ref() == name) else {
            return Vec::new();
        };
        let Some(tables) = value.get_ref().as_table() else {
            self.no_section(section, key.span().start);
            return Vec::new();
        };
        let table = |(name, value): (&Spanned<_>, &'a Spanned<DeValue<'a>>)| {
            let (at, name): (usize, &std::borrow::Cow<'_, str>) = (name.span().start, name.get_ref());
            match value.get_ref() {
                DeValue::Table(table) => Some((name.to_string(), self.below(section, table, at, false))),
                _ => {
                    self.no_section(section, at);
                    None
                }
            }
        };
        tables.iter().filter_map(table).collect()
    }

    fn below(
        &self,
        section: &'static TomlSection,
        of: &'a DeTable<'a>,
        start: usize,
        has_wrong_header: bool,
    ) -> Self {
        let Self { schema, source, broken, problems, .. } = *self;
        let (meant, id) = (recovery::keys(schema, section, of), None);
        let (flawed, has_unknown, has_errors) =
            (RefCell::default(), Cell::new(false), Cell::new(has_wrong_header));
        let mut table = Self {
            schema,
            section,
            source,
            of,
            start,
            meant,
            has_wrong_header,
            id,
            broken,
            problems,
            flawed,
            has_unknown,
            has_errors,
        };
        table.has_wrong_header |= table.is_broken("");
        table.note_unknown();
        table
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
}
