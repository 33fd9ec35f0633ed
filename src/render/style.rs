//! Colour and escaping. Colour never carries a meaning that the words do not have.

use crate::cli::ColorWhen;
use crate::json::is_unsafe;
use crate::verdict::Status;
use colored::Colorize;
use std::fmt::Write;

/// Colours, or none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Palette {
    on: bool,
}

/// The colour settings of the environment.
#[derive(Clone, Copy, Debug, Default)]
pub struct ColorEnvironment {
    /// `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// `CLICOLOR_FORCE` is set, and not 0.
    pub force: bool,
    pub dumb: bool,
}

impl ColorEnvironment {
    /// Reads the conventional variables.
    #[must_use]
    pub fn read() -> Self {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        Self {
            no_color: set("NO_COLOR").is_some(),
            force: set("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
            dumb: set("TERM").is_some_and(|value| value == "dumb"),
        }
    }
}

impl Palette {
    /// Enables colours according to the flag, the environment and the stream.
    #[must_use]
    pub fn new(when: ColorWhen, environment: ColorEnvironment, is_terminal: bool) -> Self {
        let on = match when {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto if environment.no_color => false,
            ColorWhen::Auto if environment.force => true,
            ColorWhen::Auto => is_terminal && !environment.dumb,
        };
        // Override the crate's own check of the environment.
        colored::control::set_override(true);
        Self { on }
    }

    fn paint(self, text: &str, paint: impl FnOnce(&str) -> colored::ColoredString) -> String {
        if self.on { paint(text).to_string() } else { text.to_owned() }
    }

    /// Success.
    #[must_use]
    pub fn good(self, text: &str) -> String {
        self.paint(text, |text| text.green())
    }

    /// Failure.
    #[must_use]
    pub fn bad(self, text: &str) -> String {
        self.paint(text, |text| text.red().bold())
    }

    /// A warning.
    #[must_use]
    pub fn warn(self, text: &str) -> String {
        self.paint(text, |text| text.yellow())
    }

    /// Less important text.
    #[must_use]
    pub fn dim(self, text: &str) -> String {
        self.paint(text, |text| text.dimmed())
    }

    #[must_use]
    pub fn head(self, text: &str) -> String {
        self.paint(text, |text| text.bold())
    }

    /// A check's status, in words and in colour.
    #[must_use]
    pub fn status(self, status: Status) -> String {
        match status {
            Status::Pass => self.good("PASS"),
            Status::Fail => self.bad("FAIL"),
            Status::Warn => self.warn("WARN"),
            Status::Skip => self.dim("SKIP"),
        }
    }
}

/// Escapes control, bidi and zero-width characters as `\u{…}`, so that foreign text is safe for a terminal.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unsafe(c) {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{{{:04x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn colour_follows_flag_environment_and_terminal_in_this_order() {
        let none = ColorEnvironment::default();
        let no = ColorEnvironment { no_color: true, ..none };
        let force = ColorEnvironment { force: true, ..none };
        let dumb = ColorEnvironment { dumb: true, ..none };
        for (when, environment, terminal, on) in [
            (ColorWhen::Auto, none, true, true),
            (ColorWhen::Auto, none, false, false),
            (ColorWhen::Auto, no, true, false),
            (ColorWhen::Auto, force, false, true),
            (ColorWhen::Auto, dumb, true, false),
            (ColorWhen::Always, no, false, true),
            (ColorWhen::Never, force, true, false),
        ] {
            assert_eq!(Palette::new(when, environment, terminal).on, on, "{when:?} {environment:?}");
        }
    }

    #[test]
    fn what_could_lie_on_a_terminal_is_shown_as_its_code() {
        assert_eq!(escape("a\u{1b}[31m\u{202e}b\u{200b}\n"), "a\\u{001b}[31m\\u{202e}b\\u{200b}\\u{000a}");
        assert_eq!(escape("grüße 漢字 🙂"), "grüße 漢字 🙂");
    }

    proptest! {
        #[test]
        fn no_unsafe_character_survives(text in any::<String>()) {
            prop_assert!(!escape(&text).chars().any(is_unsafe));
        }
    }
}
