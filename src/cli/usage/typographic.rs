//! Flags with a typographic dash or quote.

use super::dashes::{DASHES, QUOTES, meant};
use super::shown::plain_word;
use super::{Explained, TypedCommandLine, retyped};

impl TypedCommandLine {
    /// A flag that begins with a typographic dash or quote, which clap takes for an argument.
    pub(super) fn explain_typographic(&self) -> Option<Explained> {
        let own = self.own().iter().take_while(|word| *word != "--");
        let (word, flag) = own.filter_map(|word| Some((word, meant(word)?))).next()?;
        let first = word.chars().next()?;
        let kind = if QUOTES.contains(&first) { "quote" } else { "dash" };
        let first = if first == '-' { word.chars().find(|c| DASHES.contains(c))? } else { first };
        let subject = plain_word(word).map_or_else(|| "a flag".to_owned(), |word| format!("\"{word}\""));
        let what =
            format!("{}: {subject} has a typographic {kind} (U+{:04X})", self.name(), u32::from(first));
        let mended: Vec<String> =
            self.words.iter().map(|word| meant(word).unwrap_or_else(|| word.clone())).collect();
        let flag = flag.split('=').next().unwrap_or_default();
        Some((what, retyped::line(&mended).unwrap_or_else(|| format!("write {flag}"))))
    }
}
