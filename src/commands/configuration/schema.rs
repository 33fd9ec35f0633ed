//! The keys of a configuration file as data: what each takes, and a value to paste.

pub use crate::cli::reference::configuration::Kind;

/// A key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    pub name: &'static str,
    pub kind: Kind,
    /// A value as TOML writes it.
    pub example: &'static str,
}

impl Key {
    /// The line to paste.
    pub fn line(&self) -> String {
        self.with(self.example)
    }

    /// The line with another value.
    pub fn with(&self, literal: &str) -> String {
        format!("{} = {literal}", self.name)
    }

    /// Whether its value, or what stands in its place by mistake, may be a secret.
    pub fn is_secret(&self) -> bool {
        self.name.contains("secret") || matches!(self.name, "store" | "jwks")
    }
}

/// How a section is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionForm {
    /// The keys above the first header.
    Top,
    /// `[name]`
    Table,
    /// `[[name]]`, any number of times.
    List,
    /// `[name.NAME]`, any number of times.
    Named,
}

/// A section.
#[derive(Debug)]
pub struct TomlSection {
    pub name: &'static str,
    pub form: SectionForm,
    pub keys: &'static [Key],
    /// Words that people write for a key, and the key, or what to write instead.
    pub meant: &'static [(&'static [&'static str], &'static str)],
}

impl TomlSection {
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// Its header, as it is written.
    pub fn header(&self) -> String {
        match self.form {
            SectionForm::Top => String::new(),
            SectionForm::Table => format!("[{}]", self.name),
            SectionForm::List => format!("[[{}]]", self.name),
            SectionForm::Named => format!("[{}.NAME]", self.name),
        }
    }

    /// Where its keys stand.
    pub fn place(&self) -> String {
        match self.form {
            SectionForm::Top => "above the first [section]".to_owned(),
            _ => format!("below {}", self.header()),
        }
    }
}

/// A file.
#[derive(Debug)]
pub struct Schema {
    /// Its usual name.
    pub file: &'static str,
    /// What reading it is called in messages.
    pub phase: &'static str,
    /// Its sections, the one without a header first.
    pub sections: &'static [TomlSection],
    /// Flags without a key of that name, and what they are for.
    pub flags: &'static [&'static str],
}

impl Schema {
    /// The section without a header.
    pub fn top(&self) -> &'static TomlSection {
        &self.sections[0]
    }

    pub fn section(&self, name: &str) -> Option<&'static TomlSection> {
        self.sections.iter().find(|section| section.form != SectionForm::Top && section.name == name)
    }

    /// The key of that name in any section.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.sections.iter().find_map(|section| section.key(name))
    }

    /// The first key's line, which shows how all are written.
    pub fn example(&self) -> String {
        self.sections.iter().find_map(|section| section.keys.first()).map(Key::line).unwrap_or_default()
    }
}

/// Letters and digits in one case: how names are compared that people remember roughly.
pub fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
