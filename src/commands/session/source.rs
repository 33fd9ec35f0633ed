//! The source of a setting: a flag, else a variable, else the profile.

use super::profile::Profile;
use crate::commands::environment::{Sourced, var};
use crate::exit::Failure;
use std::path::PathBuf;

pub(super) const PHASE: &str = "token request";

/// The sources of settings without a flag.
pub(super) struct SettingSource {
    profile: Option<Sourced<Profile>>,
}

impl SettingSource {
    pub(super) const fn of(profile: Option<Sourced<Profile>>) -> Self {
        Self { profile }
    }

    /// A flag, else a variable, else the profile's value.
    ///
    /// # Errors
    /// Where a variable is not UTF-8.
    pub(super) fn text(
        &self,
        flag: Option<String>,
        name: &str,
        variable: Option<&str>,
        of: impl FnOnce(&Profile) -> Option<String>,
    ) -> Result<Option<Sourced<String>>, Failure> {
        if let Some(value) = flag {
            return Ok(Some(Sourced::new(value, name)));
        }
        if let Some(found) = variable.map(var).transpose()?.flatten() {
            return Ok(Some(found));
        }
        Ok(self.of_profile(of))
    }

    pub(super) fn path(
        &self,
        flag: Option<PathBuf>,
        name: &str,
        of: impl FnOnce(&Profile) -> Option<PathBuf>,
    ) -> Option<Sourced<PathBuf>> {
        flag.map(|path| Sourced::new(path, name)).or_else(|| {
            let found = self.of_profile(of)?;
            let key = name.trim_start_matches('-').replace('-', "_");
            Some(Sourced::new(found.value, format!("{key} of {}", found.origin)))
        })
    }

    pub(super) fn of_profile<T>(&self, of: impl FnOnce(&Profile) -> Option<T>) -> Option<Sourced<T>> {
        let profile = self.profile.as_ref()?;
        of(&profile.value).map(|value| Sourced::new(value, profile.origin.clone()))
    }
}
