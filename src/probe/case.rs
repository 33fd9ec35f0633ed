//! A case of the battery as data: what is sent, what is right, how bad the opposite is, and the cure.

use super::material::Material;
use super::probed::{Probed, Seen};
use super::terms::{CaseSeverity, ProbeGroup, ProbeMode, Right};
use super::variation::Variation;

/// The requests of a case, or why it has none in this run.
pub type Variations = Result<Vec<Variation>, String>;
/// Sends one request of a case that decides by its answers what to send next.
pub type Asking<'a> = &'a mut dyn FnMut(Variation) -> Probed;

/// How a case is tried.
#[derive(Clone, Copy)]
pub enum Way {
    /// Each request is judged by itself.
    Sends(fn(&Material) -> Variations),
    /// Asks step by step. The requests are in its outcome; it returns what it has measured.
    Measures(fn(&Material, Asking<'_>) -> Result<Vec<Probed>, String>),
    /// Looks at the answers to the other cases.
    Watches(fn(&[Seen]) -> Vec<Probed>),
    /// Cannot be tried yet; the reason.
    Untried(&'static str),
}

/// A row of the battery.
pub struct ProbeCase {
    pub id: &'static str,
    pub mode: ProbeMode,
    pub severity: CaseSeverity,
    /// Only with `--deep`: it takes long.
    pub deep: bool,
    pub title: &'static str,
    pub right: Right,
    pub way: Way,
    /// The cure, in general.
    pub advice: &'static str,
    /// The rule.
    pub section: &'static str,
}

impl ProbeCase {
    #[must_use]
    pub fn group(&self) -> ProbeGroup {
        let is_its = |group: &ProbeGroup| self.id.starts_with(group.letter());
        ProbeGroup::ALL.into_iter().find(is_its).unwrap_or(ProbeGroup::Answers)
    }
}

/// A row: its id, what it needs, how bad the opposite is and what is right; how it is tried; its title, the cure
/// and the rule.
pub(super) const fn row(
    id: &'static str,
    (mode, severity, right): (ProbeMode, CaseSeverity, Right),
    way: Way,
    [title, advice, section]: [&'static str; 3],
) -> ProbeCase {
    ProbeCase { id, mode, severity, deep: false, title, right, way, advice, section }
}
