//! `[metadata]`: what the operator says in the issuer's metadata.

use super::clients::scopes;
use super::config::MetadataSection;
use super::problems::Problems;
use crate::issuer::metadata_members::MetadataSettings;

pub(super) fn settings(section: &MetadataSection, problems: &mut Problems) -> MetadataSettings {
    let key = "scopes_supported";
    problems.keep_at(&section.places, key, scopes(key, &section.scopes_supported));
    MetadataSettings {
        strict: section.strict_rfc8414,
        scopes_supported: section.scopes_supported.clone(),
        members: section.members.clone(),
    }
}

/// The warnings about members that the issuer writes itself.
pub(super) fn warnings(settings: &MetadataSettings) -> Vec<String> {
    let own = settings.members.keys().filter(|name| settings.is_own(name));
    let ignored = |name: &String| {
        let strict = MetadataSettings { strict: true, ..MetadataSettings::default() };
        let more = if strict.is_own(name) { "" } else { ", or add strict_rfc8414 = true" };
        format!("[metadata] {name} is ignored, since the server writes it itself: remove the line{more}")
    };
    own.map(ignored).collect()
}
