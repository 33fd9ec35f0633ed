//! Reads keys and sections of another name as the ones that were meant, so that their values are checked, too.
//! The name itself is reported when the table is finished.

use super::schema::{Schema, SectionForm, TomlSection};
use super::unknown;
use std::borrow::Cow;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A name with its position, and the value.
pub(super) type Entry<'a> = (&'a Spanned<Cow<'a, str>>, &'a Spanned<DeValue<'a>>);

/// Finds the entry of each known key that is written under another name only.
pub(super) fn keys<'a>(
    schema: &'static Schema,
    section: &'static TomlSection,
    table: &'a DeTable<'a>,
) -> BTreeMap<&'static str, Entry<'a>> {
    let mut found = BTreeMap::new();
    for (name, value) in table {
        let meant = unknown::meant(schema, section, name.get_ref());
        if let Some(key) = meant.filter(|key| !table.contains_key(key.name)) {
            found.entry(key.name).or_insert((name, value));
        }
        if let Some(stray) = stray_general(schema, section, name.get_ref(), value.get_ref()) {
            for (name, value) in stray {
                if let Some(key) = section.key(name.get_ref()).filter(|key| !table.contains_key(key.name)) {
                    found.entry(key.name).or_insert((name, value));
                }
            }
        }
    }
    found
}

/// A section such as `[server]`, whose keys belong above all sections.
fn stray_general<'a>(
    schema: &'static Schema,
    section: &'static TomlSection,
    name: &str,
    value: &'a DeValue<'a>,
) -> Option<&'a DeTable<'a>> {
    let is_known = section.form != SectionForm::Top
        || schema.section(name).is_some()
        || section.key(name).is_some()
        || unknown::meant_section(schema, name).is_some();
    value.as_table().filter(|_| !is_known)
}

/// The section under its own name, and under names that mean it.
pub(super) fn sections<'a>(
    schema: &'static Schema,
    section: &'static TomlSection,
    table: &'a DeTable<'a>,
) -> Vec<Entry<'a>> {
    let is_section = |value: &DeValue<'_>| {
        value.is_table()
            || value.as_array().is_some_and(|items| items.iter().any(|item| item.get_ref().is_table()))
    };
    let is_meant = |(name, value): &Entry<'a>| {
        let name: &str = name.get_ref();
        name == section.name
            || schema.section(name).is_none()
                && schema.top().key(name).is_none()
                && is_section(value.get_ref())
                && unknown::meant_section(schema, name).is_some_and(|meant| meant.name == section.name)
    };
    let mut found: Vec<Entry<'a>> = table.iter().filter(is_meant).collect();
    found.sort_by_key(|(name, _)| name.get_ref() != section.name);
    found
}
