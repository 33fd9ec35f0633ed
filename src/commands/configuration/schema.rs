//! The schema of a configuration file: the type of each key, and an example to paste.

pub use crate::cli::reference::configuration::Kind;

/// A key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    pub name: &'static str,
    pub kind: Kind,
    /// A TOML value.
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

    /// Whether its value, or a misplaced value, may be a secret.
    pub fn is_secret(&self) -> bool {
        self.name.contains("secret") || matches!(self.name, "store" | "jwks")
    }
}

/// The form of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionForm {
    /// The keys above the first header.
    Top,
    /// `[name]`
    Table,
    /// `[name]`, with members of other names besides the keys.
    Open,
    /// `[[name]]`, repeatable.
    List,
    /// `[name.NAME]`, repeatable.
    Named,
}

/// A section.
#[derive(Debug)]
pub struct TomlSection {
    pub name: &'static str,
    pub form: SectionForm,
    pub keys: &'static [Key],
    /// Common wrong names, each with the right key or a hint.
    pub meant: &'static [(&'static [&'static str], &'static str)],
}

impl TomlSection {
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The header as written in the file.
    pub fn header(&self) -> String {
        match self.form {
            SectionForm::Top => String::new(),
            SectionForm::Table | SectionForm::Open => format!("[{}]", self.name),
            SectionForm::List => format!("[[{}]]", self.name),
            SectionForm::Named => format!("[{}.NAME]", self.name),
        }
    }

    /// The section's place, for messages.
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
    /// The usual file name.
    pub file: &'static str,
    /// The phase in error messages.
    pub phase: &'static str,
    /// The sections. The one without a header comes first.
    pub sections: &'static [TomlSection],
    /// Flags without a key of the same name, and their purpose.
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

    /// Finds a key in any section.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.sections.iter().find_map(|section| section.key(name))
    }

    /// The line of the first key, as an example of the syntax.
    pub fn example(&self) -> String {
        self.sections.iter().find_map(|section| section.keys.first()).map(Key::line).unwrap_or_default()
    }
}

/// Letters and digits in one case, to compare names that people remember roughly.
pub fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
