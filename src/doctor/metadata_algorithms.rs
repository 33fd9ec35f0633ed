//! Judges the algorithms that metadata lists.

use super::check::DoctorFinding as Finding;
use super::evidence::{IssuerEvidence, shortened};
use super::metadata_members::of;
use super::profile::SecurityProfile;

/// The endpoints where clients authenticate.
const ENDPOINTS: [&str; 3] = ["token", "introspection", "revocation"];

fn methods(evidence: &IssuerEvidence, endpoint: &str) -> Vec<String> {
    let listed = evidence.list(&format!("{endpoint}_endpoint_auth_methods_supported"));
    listed.unwrap_or_default().into_iter().map(str::to_owned).collect()
}

fn algorithms(evidence: &IssuerEvidence, endpoint: &str) -> Vec<String> {
    let listed = evidence.list(&format!("{endpoint}_endpoint_auth_signing_alg_values_supported"));
    listed.unwrap_or_default().into_iter().map(str::to_owned).collect()
}

fn is_none(algorithm: &str) -> bool {
    algorithm.eq_ignore_ascii_case("none")
}

pub(super) fn auth_algorithms(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |_| {
        let lacks = |endpoint: &&str| {
            let by_jwt = methods(evidence, endpoint)
                .iter()
                .any(|method| method.ends_with("_secret_jwt") || method == "private_key_jwt");
            by_jwt && algorithms(evidence, endpoint).is_empty()
        };
        let wrong: Vec<String> = ENDPOINTS
            .into_iter()
            .filter(lacks)
            .map(|endpoint| format!("no {endpoint}_endpoint_auth_signing_alg_values_supported"))
            .collect();
        Finding::fail_of(&wrong)
    })
}

pub(super) fn no_none(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |document| {
        for endpoint in ENDPOINTS {
            let by_secret = methods(evidence, endpoint).iter().any(|method| method == "client_secret_jwt");
            let wrong = algorithms(evidence, endpoint)
                .into_iter()
                .find(|algorithm| is_none(algorithm) || (algorithm.starts_with("HS") && !by_secret));
            if let Some(algorithm) = wrong {
                let list = format!("{endpoint}_endpoint_auth_signing_alg_values_supported");
                return Finding::fail(format!("{list} has {}", shortened(&algorithm)));
            }
        }
        // OpenID allows none for request objects and for ID tokens that need no signature.
        let lists = document.iter().filter(|(name, _)| name.ends_with("_alg_values_supported"));
        let allowed: Vec<&str> = lists
            .map(|(name, _)| name)
            .filter(|name| !name.contains("_endpoint_auth_") && !name.starts_with("dpop_"))
            .filter(|name| evidence.lists(name, "none"))
            .collect();
        if allowed.is_empty() {
            return Finding::Pass;
        }
        Finding::warn(format!("{} has none, which OpenID allows", allowed.join(", ")))
    })
}

pub(super) fn dpop_algorithms(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |_| {
        let Some(listed) = evidence.list("dpop_signing_alg_values_supported") else {
            return Finding::skip("no DPoP");
        };
        let wrong = listed.into_iter().find(|algorithm| is_none(algorithm) || algorithm.starts_with("HS"));
        Finding::fail_if(wrong.map(|algorithm| format!("it lists {}", shortened(algorithm))))
    })
}

/// FAPI 2.0 section 5.4.1.
const FAPI_ALGORITHMS: [&str; 4] = ["PS256", "ES256", "EdDSA", "Ed25519"];
const FAPI_METHODS: [&str; 3] = ["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"];

pub(super) fn fapi2(evidence: &IssuerEvidence) -> Finding {
    if evidence.profile != Some(SecurityProfile::Fapi2) {
        return Finding::skip("only with --for fapi2");
    }
    of(evidence, |document| {
        let mut wrong = Vec::new();
        let other = |listed: Vec<String>, allowed: &[&str]| {
            let others: Vec<String> =
                listed.into_iter().filter(|one| !allowed.contains(&one.as_str())).collect();
            (!others.is_empty()).then(|| shortened(&others.join(", ")))
        };
        let methods = methods(evidence, "token");
        if methods.is_empty() {
            wrong.push("no methods of authentication are listed, which means client_secret_basic".to_owned());
        }
        wrong.extend(other(methods, &FAPI_METHODS).map(|others| format!("methods: {others}")));
        wrong.extend(
            other(algorithms(evidence, "token"), &FAPI_ALGORITHMS)
                .map(|others| format!("algorithms: {others}")),
        );
        let has_dpop = document.get("dpop_signing_alg_values_supported").is_some();
        let has_mtls = document
            .get("tls_client_certificate_bound_access_tokens")
            .is_some_and(|bound| bound.to_string() == "true");
        if !has_dpop && !has_mtls {
            wrong.push("neither DPoP nor tokens that are bound to a certificate".to_owned());
        }
        Finding::fail_of(&wrong)
    })
}
