//! docs/configuration.md and docs/tokens-in-scripts.md list each key that the program accepts, and no other;
//! each example is one that the program reads.

use super::document;
use heistctl::commands::serve::config::Config;
use heistctl::commands::session::profile::Profiles;
use serde::de::value::StrDeserializer;
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor,
};
use std::collections::BTreeSet;
use std::fmt;

/// The fields of the struct that was asked for, as an error: nothing else comes out of a deserializer that fails.
#[derive(Debug)]
struct Fields(&'static [&'static str]);

impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Fields {}

impl serde::de::Error for Fields {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(&[])
    }
}

/// Fails with the fields of the struct, or of the struct in this field of it.
#[derive(Clone, Copy)]
struct Ask {
    field: Option<&'static str>,
}

impl<'de> Deserializer<'de> for Ask {
    type Error = Fields;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fields> {
        self.field.map_or(Err(Fields(fields)), |field| visitor.visit_map(One { key: Some(field) }))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fields> {
        visitor.visit_map(One { key: Some("name") })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fields> {
        visitor.visit_seq(One { key: None })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fields> {
        visitor.visit_some(self)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fields> {
        Err(Fields(&[]))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct tuple tuple_struct enum identifier ignored_any
    }
}

/// A table or a list with one member, which asks.
struct One {
    key: Option<&'static str>,
}

impl<'de> MapAccess<'de> for One {
    type Error = Fields;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fields> {
        self.key.take().map(|key| seed.deserialize(StrDeserializer::new(key))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fields> {
        seed.deserialize(Ask { field: None })
    }
}

impl<'de> SeqAccess<'de> for One {
    type Error = Fields;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fields> {
        seed.deserialize(Ask { field: None }).map(Some)
    }
}

fn accepted<T: for<'de> Deserialize<'de>>(field: Option<&'static str>) -> BTreeSet<&'static str> {
    let fields = T::deserialize(Ask { field }).err().expect("it gives nothing").0;
    assert!(!fields.is_empty(), "{field:?}");
    fields.iter().copied().collect()
}

/// A row of a table of keys: the key and the example.
struct Row {
    key: String,
    example: String,
}

/// The rows below a heading up to the next one, of tables with the columns key, default, example, meaning.
fn rows(name: &str, heading: &str) -> Vec<Row> {
    let text = document(name);
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

/// Compares the rows with what the program accepts, and reads each example below these lines.
fn compare<T: DeserializeOwned>(place: (&str, &str), accepted: &BTreeSet<&str>, above: &str) {
    let rows = rows(place.0, place.1);
    let written: BTreeSet<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(written.len(), rows.len(), "{place:?}: a key twice");
    assert_eq!(&written, accepted, "{place:?}: on the left is what is written");
    for Row { key, example } in &rows {
        let assigned = format!("{key} = ");
        assert!(example.starts_with(&assigned), "{place:?}: {example}");
        let above = above.lines().filter(|line| !line.starts_with(&assigned));
        let toml = above.chain([example.as_str()]).collect::<Vec<_>>().join("\n");
        let read: Result<T, _> = toml::from_str(&toml);
        assert!(read.is_ok(), "{place:?}: {toml}: {}", read.err().unwrap());
    }
}

const CONFIGURATION: &str = "docs/configuration.md";

#[test]
fn the_keys_of_the_configuration_are_those_that_the_server_accepts() {
    let mut top = accepted::<Config>(None);
    for (section, heading, above) in [
        ("limits", "`[limits]`", "[limits]"),
        ("tls", "`[tls]`", "[tls]\ncert_file = 'a'\nkey_file = 'b'"),
        ("signing", "`[signing]`", "[signing]"),
        ("client", "`[[client]]`", "[[client]]\nid = 'a'"),
    ] {
        assert!(top.remove(section), "{section} is a section");
        compare::<Config>((CONFIGURATION, heading), &accepted::<Config>(Some(section)), above);
    }
    compare::<Config>((CONFIGURATION, "Top-level keys"), &top, "");
}

#[test]
fn the_keys_of_a_profile_are_those_that_commands_accept() {
    assert_eq!(accepted::<Profiles>(None), BTreeSet::from(["profile"]));
    let keys = accepted::<Profiles>(Some("profile"));
    compare::<Profiles>(("docs/tokens-in-scripts.md", "Profiles"), &keys, "[profile.a]");
}
