//! The battery: all cases in the order in which they are tried.

use super::case::ProbeCase;
use super::groups;
use super::terms::ProbeMode;

/// All cases. Those that look at the answers to others come last.
pub fn all() -> impl Iterator<Item = &'static ProbeCase> {
    groups::TABLES.into_iter().flatten()
}

/// The cases of a run.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Ids or group letters; all cases if empty.
    pub only: Vec<String>,
    pub skip: Vec<String>,
    pub deep: bool,
}

impl Selection {
    /// The cases of this run, in their order.
    #[must_use]
    pub fn cases(&self) -> Vec<&'static ProbeCase> {
        let matches = |case: &ProbeCase, name: &String| {
            case.id.eq_ignore_ascii_case(name) || case.group().letter().eq_ignore_ascii_case(name)
        };
        let wanted = |case: &&ProbeCase| {
            let named = self.only.iter().any(|name| matches(case, name));
            let left_out = self.skip.iter().any(|name| matches(case, name));
            (self.only.is_empty() || named) && !left_out && (self.deep || named || !case.deep)
        };
        all().filter(wanted).collect()
    }
}

/// Whether it names a case or a group.
#[must_use]
pub fn is_known(name: &str) -> bool {
    let is_it = |case: &ProbeCase| {
        case.id.eq_ignore_ascii_case(name) || case.group().letter().eq_ignore_ascii_case(name)
    };
    all().any(is_it)
}

/// The number of cases that need a mode.
#[must_use]
pub fn count(mode: ProbeMode) -> usize {
    all().filter(|case| case.mode == mode).count()
}
