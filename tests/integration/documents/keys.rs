//! docs/configuration.md and docs/tokens-in-scripts.md list each key that the program accepts, and no other;
//! each example is one that the program reads.

use heistctl::commands::serve::config::{ClientEntry, Config, Signing, TlsSection};
use heistctl::commands::serve::limits::Limits;
use heistctl::commands::session::profile::{Profile, Profiles};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Visitor};
use std::collections::BTreeSet;

/// A deserializer that notes the fields of the struct that asks it, and fails.
#[derive(Debug)]
struct Fields(&'static [&'static str]);

impl std::fmt::Display for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Fields {}

impl serde::de::Error for Fields {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self(&[])
    }
}

struct Asks;

impl<'de> Deserializer<'de> for Asks {
    type Error = Fields;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fields> {
        Err(Fields(&[]))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Fields> {
        Err(Fields(fields))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn accepted<T: for<'de> Deserialize<'de>>() -> BTreeSet<&'static str> {
    let fields = T::deserialize(Asks).err().expect("it gives nothing").0;
    assert!(!fields.is_empty());
    fields.iter().copied().collect()
}

/// A row of a table of keys: the key and the example.
struct Row {
    key: String,
    example: String,
}

/// The rows below a heading up to the next one, of tables with the columns key, default, example, meaning.
fn rows(document: &str, heading: &str) -> Vec<Row> {
    let text = super::document(document);
    let from = text.split_once(&format!("\n## {heading}\n")).expect("the heading is there").1;
    let section = from.split("\n## ").next().unwrap_or_default();
    let cells = section.lines().map(|line| line.split(" | ").collect::<Vec<_>>());
    let rows = cells.filter_map(|cells| {
        let [key, _, example, _] = cells.as_slice() else { return None };
        let key = key.strip_prefix("| `")?.strip_suffix('`')?.to_owned();
        Some(Row { key, example: example.strip_prefix('`')?.strip_suffix('`')?.to_owned() })
    });
    rows.collect()
}

/// Compares the rows with what the program accepts, and reads each example within the frame.
fn compare<T: DeserializeOwned>(document: &str, heading: &str, accepted: &BTreeSet<&str>, frame: &str) {
    let rows = rows(document, heading);
    let written: BTreeSet<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(written.len(), rows.len(), "{document}, {heading}: a key twice");
    assert_eq!(&written, accepted, "{document}, {heading}: on the left is what is written");
    for Row { key, example } in &rows {
        assert!(example.starts_with(&format!("{key} = ")), "{document}, {heading}: {example}");
        let required = frame.lines().filter(|line| !line.starts_with(&format!("{key} = ")));
        let toml = required.chain([example.as_str()]).collect::<Vec<_>>().join("\n");
        let read: Result<T, _> = toml::from_str(&toml);
        assert!(read.is_ok(), "{document}, {heading}: {toml}: {}", read.err().unwrap());
    }
}

const CONFIGURATION: &str = "docs/configuration.md";

#[test]
fn the_keys_of_the_configuration_are_those_that_the_server_accepts() {
    let sections = ["limits", "tls", "signing", "client"];
    let mut top = accepted::<Config>();
    for section in sections {
        assert!(top.remove(section), "{section} is a section");
    }
    compare::<Config>(CONFIGURATION, "Top-level keys", &top, "");
    compare::<Limits>(CONFIGURATION, "`[limits]`", &accepted::<Limits>(), "");
    let files = "cert_file = 'a'\nkey_file = 'b'";
    compare::<TlsSection>(CONFIGURATION, "`[tls]`", &accepted::<TlsSection>(), files);
    compare::<Signing>(CONFIGURATION, "`[signing]`", &accepted::<Signing>(), "");
    compare::<ClientEntry>(CONFIGURATION, "`[[client]]`", &accepted::<ClientEntry>(), "id = 'a'");
}

#[test]
fn the_keys_of_a_profile_are_those_that_commands_accept() {
    assert_eq!(accepted::<Profiles>(), BTreeSet::from(["profile"]));
    compare::<Profile>("docs/tokens-in-scripts.md", "Profiles", &accepted::<Profile>(), "");
}
