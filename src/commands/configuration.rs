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
use places::Source;
use schema::Schema;
use std::cell::RefCell;
use syntax::Mended;
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
    let Mended { text: mended, broken, keys, is_lost } = syntax::mend(schema, text);
    let source = Source { file, text: &mended, phase: schema.phase };
    let told = broken.into_iter().map(|(line, broken)| {
        // They come first: they may explain others.
        let place = Place { column: broken.column, order: Some(0), ..Place::line(file, line) };
        Failure::new(Exit::Usage, schema.phase, broken.what).at(place).hint(broken.hint)
    });
    let problems = RefCell::new(told.collect::<Vec<Failure>>());
    let parsed = DeTable::parse(&mended).ok().filter(|_| !is_lost);
    let value =
        parsed.as_ref().map(|parsed| build(Table::top(schema, source, parsed.get_ref(), &keys, &problems)));
    (value, problems.into_inner())
}
