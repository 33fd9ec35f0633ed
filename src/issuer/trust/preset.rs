//! The platforms whose tokens are known: how they sign, how long their tokens live, and how rules for them can go
//! wrong. A trusted issuer without a preset has the values of [`PLAIN`].

use crate::jose::algorithm::Algorithm;
use crate::jose::algorithm::Algorithm::{
    ES256, ES384, ES512, Ed25519, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512,
};

/// The form of the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityKind {
    /// A JWT that names its issuer.
    Jwt,
    /// A JWT-SVID of SPIFFE: the trust domain in its subject stands for the issuer.
    Spiffe,
    /// An identity assertion authorization grant (draft-ietf-oauth-identity-assertion-authz-grant).
    IdJag,
}

/// How often a token may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    Once,
    /// Until it ends: for tokens in files, which the workload cannot ask for.
    Reuse,
}

impl Replay {
    /// The names in the configuration.
    pub const NAMES: [&'static str; 2] = ["once", "reuse"];

    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "once" => Some(Self::Once),
            "reuse" => Some(Self::Reuse),
            _ => None,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct Preset {
    pub name: &'static str,
    pub kind: IdentityKind,
    /// The issuer that everybody shares. `None` if each operator has their own.
    pub shared_issuer: Option<&'static str>,
    /// An issuer as an example, for hints.
    pub example: &'static str,
    pub algorithms: &'static [Algorithm],
    /// The longest accepted lifetime, in seconds.
    pub max_lifetime: u64,
    pub replay: Replay,
    /// Claims that name an owner or a repository for good. At a shared issuer a name can change hands.
    pub lasting_ids: &'static [&'static str],
    /// How subjects begin. Empty if they may be anything.
    pub subjects: &'static [&'static str],
    /// The beginning of a subject up to its owner, who ends before the next `/` or `:`.
    pub before_owner: Option<&'static str>,
    /// Whether all its claims for rules are texts, even numbers.
    pub has_texts_only: bool,
}

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
const ASYMMETRIC: &[Algorithm] =
    &[RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519];

/// A trusted issuer without a preset.
pub static PLAIN: Preset = Preset {
    name: "",
    kind: IdentityKind::Jwt,
    shared_issuer: None,
    example: "https://login.example.com",
    algorithms: &[RS256, PS256, ES256, ES384, EdDSA, Ed25519],
    max_lifetime: HOUR,
    replay: Replay::Once,
    lasting_ids: &[],
    subjects: &[],
    before_owner: None,
    has_texts_only: false,
};

pub static PRESETS: [Preset; 8] = [
    Preset {
        name: "github-actions",
        shared_issuer: Some("https://token.actions.githubusercontent.com"),
        example: "https://token.actions.githubusercontent.com",
        algorithms: &[RS256, ES256],
        lasting_ids: &["repository_id", "repository_owner_id", "enterprise_id"],
        // A repository may choose the claims of its subjects.
        subjects: &[
            "repo:",
            "repository:",
            "repository_id:",
            "repository_owner:",
            "repository_owner_id:",
            "job_workflow_ref:",
            "environment:",
            "enterprise:",
            "enterprise_id:",
        ],
        before_owner: Some("repo:"),
        has_texts_only: true,
        ..PLAIN
    },
    Preset {
        name: "gitlab",
        shared_issuer: Some("https://gitlab.com"),
        example: "https://gitlab.com",
        algorithms: &[RS256],
        max_lifetime: DAY,
        lasting_ids: &["project_id", "namespace_id"],
        subjects: &["project_path:"],
        before_owner: Some("project_path:"),
        has_texts_only: true,
        ..PLAIN
    },
    Preset {
        name: "kubernetes",
        example: "https://kubernetes.default.svc.cluster.local",
        algorithms: &[RS256, ES256],
        max_lifetime: DAY,
        replay: Replay::Reuse,
        subjects: &["system:serviceaccount:"],
        ..PLAIN
    },
    Preset {
        name: "google",
        shared_issuer: Some("https://accounts.google.com"),
        example: "https://accounts.google.com",
        algorithms: &[RS256],
        // The metadata service gives out the same token until it nearly ends.
        replay: Replay::Reuse,
        // A subject is a number that is given once.
        lasting_ids: &["sub", "azp"],
        ..PLAIN
    },
    Preset {
        name: "buildkite",
        shared_issuer: Some("https://agent.buildkite.com"),
        example: "https://agent.buildkite.com",
        algorithms: &[RS256],
        lasting_ids: &["organization_id", "pipeline_id", "cluster_id"],
        subjects: &["organization:"],
        before_owner: Some("organization:"),
        has_texts_only: true,
        ..PLAIN
    },
    Preset {
        name: "circleci",
        example: "https://oidc.circleci.com/org/ORGANIZATION_ID",
        algorithms: &[RS256],
        subjects: &["org/"],
        has_texts_only: true,
        ..PLAIN
    },
    Preset {
        name: "spiffe",
        kind: IdentityKind::Spiffe,
        example: "spiffe://example.org",
        // The algorithms of JWT-SVIDs.
        algorithms: &[RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512],
        replay: Replay::Reuse,
        subjects: &["spiffe://"],
        ..PLAIN
    },
    Preset { name: "id-jag", kind: IdentityKind::IdJag, algorithms: ASYMMETRIC, ..PLAIN },
];

impl Preset {
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    /// The platform with that shared issuer.
    #[must_use]
    pub fn of_shared(issuer: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.shared_issuer == Some(issuer))
    }

    #[must_use]
    pub fn names() -> Vec<&'static str> {
        PRESETS.iter().map(|preset| preset.name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::algorithm::Family;

    #[test]
    fn presets_have_public_keys_bounded_lifetimes_and_an_example() {
        for preset in PRESETS.iter().chain([&PLAIN]) {
            assert!(
                !preset.algorithms.is_empty() && (1..=DAY).contains(&preset.max_lifetime),
                "{}",
                preset.name
            );
            assert!(preset.algorithms.iter().all(|alg| alg.family() != Family::Hmac), "{}", preset.name);
            assert!(preset.example.contains("://"), "{}", preset.name);
            // A shared issuer needs a claim by which strangers there are told apart.
            assert_eq!(preset.shared_issuer.is_some(), !preset.lasting_ids.is_empty(), "{}", preset.name);
        }
        assert!(Preset::named("github").is_none() && Preset::named("").is_none());
    }
}
