//! Kubernetes: a projected service account token in a file, which the kubelet renews.

use super::request::IdentityError;
use crate::jose::compact::{self, Token};
use crate::json::Json;
use crate::secret::Secret;
use std::path::PathBuf;

/// Where the token usually is: a volume of its own, then the service account's own token.
pub const PATHS: [&str; 2] =
    ["/var/run/secrets/tokens/heistctl", "/var/run/secrets/kubernetes.io/serviceaccount/token"];
pub(super) const EXPIRED: &str =
    "the file was not renewed: the kubelet does that, but not where the volume is mounted with subPath";
/// The issuer of tokens from before Kubernetes 1.21, which never expire.
const LEGACY: &str = "kubernetes/serviceaccount";

/// The volume that issues the token.
pub(super) fn projected(audience: &str) -> String {
    format!(
        "mount a token for it at /var/run/secrets/tokens: volumes: [{{ name: heistctl, projected: {{ sources: \
         [{{ serviceAccountToken: {{ path: heistctl, audience: \"{audience}\", expirationSeconds: 3600 }} }}] }} }}]"
    )
}

pub(super) fn missing(paths: &[PathBuf], audience: Option<&str>) -> IdentityError {
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let what = format!("there is no service account token at {}", paths.join(" or "));
    IdentityError::new(what, projected(audience.unwrap_or("https://as.example.com")))
}

/// Refuses a token that never expires and names no audience: whoever has it is the service account for ever.
pub(super) fn refuse_legacy(
    token: &Secret,
    origin: &str,
    audience: Option<&str>,
) -> Result<(), IdentityError> {
    let text = String::from_utf8_lossy(token.expose());
    let Token::Jws(jws) = compact::read(&text) else { return Ok(()) };
    let Some(claims) = jws.peek_unverified() else { return Ok(()) };
    let is_legacy = claims.get("iss").and_then(Json::as_str) == Some(LEGACY)
        || claims.get("exp").is_none() && claims.get("aud").is_none();
    if !is_legacy {
        return Ok(());
    }
    let what = format!(
        "the token in {origin} is a legacy service account token: it never expires and names no audience"
    );
    Err(IdentityError::new(what, projected(audience.unwrap_or("https://as.example.com"))))
}

#[cfg(test)]
mod tests {
    use super::super::IdentitySource;
    use crate::jose::digest::base64url;

    #[test]
    fn a_legacy_token_is_refused_with_the_volume_to_mount() {
        let jwt = |claims: &str| {
            let parts = [r#"{"alg":"RS256"}"#, claims].map(|part| base64url(part.as_bytes()));
            format!("{}.{}.AAAA", parts[0], parts[1])
        };
        let source = IdentitySource::Kubernetes(None);
        for (claims, is_legacy) in [
            (r#"{"iss":"kubernetes/serviceaccount","sub":"system:serviceaccount:a:b"}"#, true),
            (r#"{"iss":"kubernetes/serviceaccount","aud":"x","exp":1}"#, true),
            (r#"{"iss":"https://k8s.example.com","sub":"a"}"#, true),
            (r#"{"iss":"https://k8s.example.com","sub":"a","aud":["x"],"exp":1}"#, false),
            (r#"{"iss":"https://k8s.example.com","sub":"a","exp":1}"#, false),
        ] {
            let read = source.identity(jwt(claims).as_bytes(), "/tok", Some("https://as"));
            assert_eq!(read.is_err(), is_legacy, "{claims}");
            if let Err(error) = read {
                assert!(error.what.contains("legacy") && error.what.contains("/tok"), "{error:?}");
                assert!(error.hint.contains("audience: \"https://as\""), "{error:?}");
            }
        }
    }
}
