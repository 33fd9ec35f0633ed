//! Reads TOML configuration files. All problems are reported together, each with its line and the corrected
//! line. Possible secrets are never shown.

pub(crate) mod literal;
mod places;
pub mod schema;
mod syntax;
mod table;
mod unknown;
pub(crate) mod values;

use crate::exit::Failure;
pub use places::Places;
use places::Source;
use schema::Schema;
use std::cell::RefCell;
use syntax::Mended;
pub(crate) use table::Table;
use toml::de::DeTable;

/// Parses the text of a file. Returns the valid part of it. Returns no value if lost lines would change the
/// meaning of others.
pub(crate) fn read<T>(
    schema: &'static Schema,
    file: &str,
    text: &str,
    build: impl FnOnce(Table<'_>) -> T,
) -> (Option<T>, Vec<Failure>) {
    let source = Source { file, text, phase: schema.phase };
    let Mended { text: mended, broken, keys, is_shifted } = syntax::mend(schema, text);
    let told = broken
        .into_iter()
        .map(|(at, broken)| source.failure(at, broken.column, broken.what).hint(broken.hint));
    let problems = RefCell::new(told.collect::<Vec<Failure>>());
    let parsed = DeTable::parse(&mended).ok().filter(|_| !is_shifted);
    let value =
        parsed.as_ref().map(|parsed| build(Table::top(schema, source, parsed.get_ref(), &keys, &problems)));
    (value, problems.into_inner())
}
