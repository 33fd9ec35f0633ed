//! Unknown keys and sections: the intended one, or the right place.

use super::literal;
use super::schema::{Key, Schema, SectionForm, TomlSection, plain};
use toml::de::DeValue;

/// The problem, and the hint.
pub(crate) type KeyAdvice = (String, String);

/// The key of the section that was meant by an unknown one.
pub(super) fn meant(schema: &Schema, section: &'static TomlSection, name: &str) -> Option<&'static Key> {
    let is_section = section.form == SectionForm::Top && schema.section(name).is_some();
    if is_section || section.key(name).is_some() {
        return None;
    }
    if let Some(key) = section.keys.iter().find(|key| plain(key.name) == plain(name)) {
        return Some(key);
    }
    if let Some(hint) = advice(section, name) {
        return section.key(hint);
    }
    if !homes(schema, section, name).is_empty() {
        return None;
    }
    nearest(section.keys.iter().map(|key| key.name), name).and_then(|near| section.key(near))
}

/// The right key for a common wrong name, or a hint.
fn advice(section: &TomlSection, name: &str) -> Option<&'static str> {
    let is_meant = |words: &[&str]| words.iter().any(|word| plain(word) == plain(name));
    section.meant.iter().find(|(words, _)| is_meant(words)).map(|(_, hint)| *hint)
}

/// The other sections that have the key.
fn homes(schema: &Schema, section: &TomlSection, name: &str) -> Vec<&'static TomlSection> {
    schema.sections.iter().filter(|other| other.name != section.name && other.key(name).is_some()).collect()
}

/// An unknown key of a section, with its value.
pub(crate) fn key(
    schema: &Schema,
    section: &'static TomlSection,
    name: &str,
    value: &DeValue<'_>,
) -> KeyAdvice {
    mistaken(schema, section, name, value).unwrap_or_else(|| {
        let hint = secret_place(section, name).unwrap_or_else(|| all_keys(section));
        (format!("unknown key {name:?}"), hint)
    })
}

/// The key that was probably meant. `None` if it is like no known key.
pub(crate) fn mistaken(
    schema: &Schema,
    section: &'static TomlSection,
    name: &str,
    value: &DeValue<'_>,
) -> Option<KeyAdvice> {
    let unknown = || format!("unknown key {name:?}");
    if let Some(key) = meant(schema, section, name) {
        return Some((unknown(), did_you_mean(key, value)));
    }
    if let Some(hint) = advice(section, name) {
        return Some((unknown(), hint.to_owned()));
    }
    let homes = homes(schema, section, name);
    if let Some(home) = homes.first() {
        let place = if homes.len() > 1 && home.form != SectionForm::Top {
            format!("below {}", homes.iter().map(|home| home.header()).collect::<Vec<_>>().join(" or "))
        } else {
            home.place()
        };
        return Some((format!("{name} is {}", section.place()), format!("{name} belongs {place}")));
    }
    if schema.flags.iter().any(|flag| plain(flag) == plain(name)) {
        let flag = name.to_ascii_lowercase().replace('_', "-");
        return Some((unknown(), format!("it is a flag, not a key: --{flag}")));
    }
    None
}

/// The section that was meant by an unknown one.
pub(super) fn meant_section(schema: &Schema, name: &str) -> Option<&'static TomlSection> {
    let named = || schema.sections.iter().filter(|section| section.form != SectionForm::Top);
    let stem = |name: &str| plain(name).trim_end_matches('s').to_owned();
    named().find(|section| stem(section.name) == stem(name)).or_else(|| {
        let near = nearest(named().map(|section| section.name), name)?;
        schema.section(near)
    })
}

/// An unknown section.
pub(crate) fn section(schema: &Schema, name: &str, is_list: bool) -> KeyAdvice {
    let header = if is_list { format!("[[{name}]]") } else { format!("[{name}]") };
    let what = format!("unknown section {header}");
    let named = || schema.sections.iter().filter(|section| section.form != SectionForm::Top);
    if let Some(meant) = meant_section(schema, name) {
        return (what, format!("write {}", meant.header()));
    }
    if schema.top().key(name).is_some() {
        return (
            what,
            format!(
                "{name} is a key, not a section: {}",
                schema.top().key(name).map(|key| key.line()).unwrap_or_default()
            ),
        );
    }
    let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    if let Some(named) = named().find(|section| section.form == SectionForm::Named).filter(|_| is_word) {
        return (what, format!("write [{}.{name}]", named.name));
    }
    let headers: Vec<String> = named().map(TomlSection::header).collect();
    let top = if schema.top().keys.is_empty() { "" } else { "; general keys go above the first [section]" };
    (what, format!("the sections are {}{top}", headers.join(", ")))
}

fn did_you_mean(key: &Key, value: &DeValue<'_>) -> String {
    format!("did you mean {}? {}", key.name, key.with(&literal::meant_by(key, value)))
}

/// The closest name within a typing error.
fn nearest<'a>(names: impl Iterator<Item = &'a str>, name: &str) -> Option<&'a str> {
    let allowed = if name.len() > 4 { 2 } else { 1 };
    let distances =
        names.map(|known| (strsim::damerau_levenshtein(&name.to_ascii_lowercase(), known), known));
    distances.filter(|(distance, _)| *distance <= allowed).min().map(|(_, known)| known)
}

/// The right place for a secret that was written into the file.
fn secret_place(section: &TomlSection, name: &str) -> Option<String> {
    const WORDS: [&str; 5] = ["secret", "password", "passwd", "token", "credential"];
    if !WORDS.iter().any(|word| plain(name).contains(word)) {
        return None;
    }
    let is_place = |name: &str| {
        name.contains("secret") && ["_file", "_env", "_command"].iter().any(|end| name.ends_with(end))
    };
    let mut places: Vec<_> = section.keys.iter().filter(|key| is_place(key.name)).collect();
    places.sort_by_key(|key| !key.name.ends_with("_file"));
    let lines: Vec<String> = places.iter().map(|key| key.line()).collect();
    let place = if lines.is_empty() { String::new() } else { format!(": {}", lines.join(", or ")) };
    Some(format!("secrets do not belong in the configuration{place}"))
}

fn all_keys(section: &TomlSection) -> String {
    let names: Vec<&str> = section.keys.iter().map(|key| key.name).collect();
    format!("the keys {} are {}", section.place(), names.join(", "))
}
