//! Reads TOML configuration files. All problems are reported together, each with its line and the corrected
//! line. Possible secrets are never shown.

pub mod file;
pub(crate) mod literal;
mod places;
mod recovery;
pub mod schema;
mod sections;
mod syntax;
mod table;
mod unknown;
pub(crate) mod values;

use crate::exit::{Exit, Failure, Place};
pub use places::Places;
use places::{LineIndex, Source};
use schema::Schema;
use std::cell::RefCell;
use syntax::{BrokenKey, Mended};
pub(crate) use table::Table;
use toml::de::DeTable;

/// The text without its broken lines, which are corrected or blank.
pub(crate) fn repaired(schema: &'static Schema, text: &str) -> String {
    syntax::mend(schema, text).text
}

/// Parses the text of a file. Returns the valid part of it, or no value if it is not TOML at all.
pub(crate) fn read<T>(
    schema: &'static Schema,
    file: &str,
    text: &str,
    build: impl FnOnce(Table<'_>) -> T,
) -> (Option<T>, Vec<Failure>) {
    if let Ok(parsed) = DeTable::parse(text) {
        return built(schema, (file, text), (parsed.get_ref(), &[]), Vec::new(), build);
    }
    let Mended { text: mended, broken, keys, is_lost } = syntax::mend(schema, text);
    let broken = broken.into_iter().map(|(line, broken)| {
        // They come first: they may explain others.
        let place = Place { column: broken.column, order: Some(0), ..Place::line(file, line) };
        Failure::new(Exit::Usage, schema.phase, broken.what).at(place).hint(broken.hint)
    });
    let broken = broken.collect();
    match DeTable::parse(&mended).ok().filter(|_| !is_lost) {
        Some(parsed) => built(schema, (file, &mended), (parsed.get_ref(), &keys), broken, build),
        None => (None, broken),
    }
}

fn built<T>(
    schema: &'static Schema,
    (file, text): (&str, &str),
    (parsed, keys): (&DeTable<'_>, &[BrokenKey]),
    broken: Vec<Failure>,
    build: impl FnOnce(Table<'_>) -> T,
) -> (Option<T>, Vec<Failure>) {
    let lines = LineIndex::of(text);
    let source = Source { file, lines: &lines, phase: schema.phase };
    let problems = RefCell::new(broken);
    let value = build(Table::top(schema, source, parsed, keys, &problems));
    (Some(value), problems.into_inner())
}
