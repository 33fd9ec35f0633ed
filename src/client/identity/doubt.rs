//! Compares a refused identity with the issuer that refused it. The identity is decoded, not verified, and never
//! shown.

use super::Identity;
use crate::claims::{Claim, ClaimsView};
use crate::client::redact::truncate;
use crate::clock::{Timestamp, span};
use crate::jose::compact::{self, Token};
use crate::json::Object;
use crate::secret::Secret;

/// Claims that differ in each token of the same workload.
const PASSING: [&str; 4] = ["iat", "nbf", "exp", "jti"];
/// The clock difference, in seconds, that issuers usually tolerate.
const LEEWAY: i128 = 5;

/// The probable reason of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityDoubt {
    /// Findings, to complete a sentence about the refusal; may be empty.
    pub what: String,
    pub cure: String,
}

/// Compares an identity with the issuer that refused it. `issuer` is unknown without its metadata.
#[must_use]
pub fn doubt(identity: &Identity, issuer: Option<&str>, now: Timestamp) -> IdentityDoubt {
    let text = String::from_utf8_lossy(identity.token.expose());
    let claims = match compact::read(&text) {
        Token::Jws(jws) => jws.peek_unverified().cloned(),
        Token::Jwe(_) | Token::Unreadable(_) => None,
    };
    let Some(claims) = claims else {
        return IdentityDoubt {
            what: format!("the identity from {} is not a JWT", identity.origin),
            cure: "issuers verify the signature of a JWT: is it the right file, variable or command?"
                .to_owned(),
        };
    };
    let view = ClaimsView::of(&claims);
    let found: Vec<(String, String)> =
        [about_time(identity, &view, now), about_audience(identity, &view, issuer)]
            .into_iter()
            .flatten()
            .collect();
    let what: Vec<&str> = found.iter().map(|(what, _)| what.as_str()).collect();
    let cures: Vec<&str> = found.iter().map(|(_, cure)| cure.as_str()).collect();
    if found.is_empty() {
        return IdentityDoubt { what: String::new(), cure: trust(identity, &view, issuer) };
    }
    let what = format!("the identity from {}: {}", identity.origin, what.join("; "));
    IdentityDoubt { what, cure: cures.join("; ") }
}

fn about_time(identity: &Identity, view: &ClaimsView<'_>, now: Timestamp) -> Option<(String, String)> {
    let now = i128::from(now.unix());
    let by = |seconds: i128| span(seconds.unsigned_abs());
    if let Claim::Value(end) = &view.exp
        && end.seconds <= now
    {
        return Some((
            format!("it ended {} ago", by(now - end.seconds)),
            identity.source.renewal().to_owned(),
        ));
    }
    let start = [&view.nbf, &view.iat].into_iter().find_map(|claim| match claim {
        Claim::Value(start) if start.seconds > now + LEEWAY => Some(start.seconds),
        _ => None,
    })?;
    let clock = "is the clock of this machine right?".to_owned();
    Some((format!("it begins in {}", by(start - now)), clock))
}

fn about_audience(
    identity: &Identity,
    view: &ClaimsView<'_>,
    issuer: Option<&str>,
) -> Option<(String, String)> {
    let issuer = issuer?;
    let audiences = match &view.aud {
        Claim::Value(audiences) => audiences.as_slice(),
        Claim::Absent | Claim::Mistyped(_) => &[],
    };
    let cure = || identity.source.for_audience(issuer);
    match audiences {
        [one] if *one == issuer => None,
        [] => Some((format!("it has no aud, this issuer is {}", truncate(issuer)), cure())),
        [one] => Some((format!("its aud is {}, this issuer is {}", truncate(one), truncate(issuer)), cure())),
        several => {
            let all = truncate(&several.join(", "));
            Some((
                format!("its aud is {all}, and this issuer, {}, wants to be the only one", truncate(issuer)),
                cure(),
            ))
        }
    }
}

/// The rule to check, if the identity itself seems right.
fn trust(identity: &Identity, view: &ClaimsView<'_>, issuer: Option<&str>) -> String {
    let shown = |claim: &Claim<&str>| match claim {
        Claim::Value(text) => truncate(text),
        Claim::Absent | Claim::Mistyped(_) => "(none)".to_owned(),
    };
    let again = if identity.source.lasts() { "; or the identity was used before" } else { "" };
    format!(
        "does {} trust iss {} with sub {}? Its log says which check failed{again}",
        issuer.map_or("the issuer".to_owned(), truncate),
        shown(&view.iss),
        shown(&view.sub)
    )
}

/// The claims of an identity without times and ids: they stay the same for one workload. For the cache, where
/// tokens of different workloads must not meet. An opaque identity is itself.
#[must_use]
pub fn steady_claims(identity: &Secret) -> Secret {
    let text = String::from_utf8_lossy(identity.expose());
    let Token::Jws(jws) = compact::read(&text) else { return identity.clone() };
    let Some(claims) = jws.peek_unverified() else { return identity.clone() };
    Secret::new(written(claims))
}

fn written(claims: &Object) -> String {
    let steady = claims.iter().filter(|(name, _)| !PASSING.contains(name));
    let mut members: Vec<String> = steady.map(|(name, value)| format!("{name:?}:{value:?}")).collect();
    members.sort_unstable();
    members.join(",")
}

#[cfg(test)]
mod tests {
    use super::super::IdentitySource;
    use super::*;
    use crate::jose::digest::base64url;

    const NOW: Timestamp = Timestamp::from_unix(1000);

    fn jwt(claims: &str) -> Secret {
        let parts = [r#"{"alg":"RS256"}"#, claims].map(|part| base64url(part.as_bytes()));
        Secret::new(format!("{}.{}.AAAA", parts[0], parts[1]))
    }

    /// A source, the claims of its identity, the finding and the hint.
    const CASES: [(&str, &str, &str, &str); 12] = [
        (
            "file:x",
            r#"{"aud":"Y","exp":820,"sub":"s"}"#,
            "the identity from o: it ended 3m ago",
            "was not renewed",
        ),
        ("env:X", r#"{"aud":"Y","exp":820}"#, "it ended 3m ago", "a variable is not renewed"),
        ("kubernetes", r#"{"aud":["Y"],"exp":820}"#, "it ended 3m ago", "subPath"),
        ("gitlab:X", r#"{"aud":"Z","exp":2000}"#, "its aud is Z, this issuer is Y", "X: { aud: \"Y\" }"),
        ("kubernetes", r#"{"aud":["Z"],"exp":2000}"#, "its aud is Z, this issuer is Y", "audience: \"Y\""),
        ("github-actions", r#"{"aud":"Z"}"#, "its aud is Z, this issuer is Y", "--identity-audience Y"),
        ("google", r#"{"aud":["Y","Z"]}"#, "aud is Y, Z, and this issuer, Y, wants to be the only", "Y"),
        ("file:x", r#"{"sub":"s"}"#, "it has no aud", "for the audience Y"),
        ("file:x", r#"{"aud":"Y","nbf":1060}"#, "it begins in 1m", "clock"),
        (
            "file:x",
            r#"{"aud":"Z","exp":1}"#,
            "it ended 16m 39s ago; its aud is Z",
            "not renewed: does its writer",
        ),
        (
            "file:x",
            r#"{"aud":"Y","iss":"I","sub":"s"}"#,
            "",
            "does Y trust iss I with sub s? Its log says which check failed; or the identity was used before",
        ),
        ("google", r#"{"aud":"Y","iss":"I"}"#, "", "with sub (none)? Its log says which check failed"),
    ];

    #[test]
    fn a_refused_identity_is_held_against_the_issuer() {
        for (source, claims, what, cure) in CASES {
            let source = IdentitySource::parse(source).unwrap();
            let identity = Identity { token: jwt(claims), source, origin: "o".to_owned() };
            let doubt = doubt(&identity, Some("Y"), NOW);
            assert!(
                doubt.what.contains(what) && what.is_empty() == doubt.what.is_empty(),
                "{claims}: {doubt:?}"
            );
            assert!(doubt.cure.contains(cure), "{claims}: {doubt:?}");
            assert!(!format!("{doubt:?}").contains("eyJ"), "{doubt:?}");
        }
    }

    #[test]
    fn an_opaque_identity_is_one_that_no_issuer_verifies() {
        let source = IdentitySource::Command;
        let opaque = Identity { token: Secret::new("op4que"), source, origin: "o".to_owned() };
        let doubt = doubt(&opaque, None, NOW);
        assert!(doubt.what.contains("not a JWT") && !format!("{doubt:?}").contains("op4que"), "{doubt:?}");
    }

    #[test]
    fn two_identities_of_one_workload_are_alike_and_of_two_are_not() {
        let first = jwt(r#"{"sub":"a","aud":"x","iat":1,"exp":2,"nbf":1,"jti":"1"}"#);
        let renewed = jwt(r#"{"aud":"x","sub":"a","iat":3,"exp":4,"jti":"2"}"#);
        let other = jwt(r#"{"sub":"b","aud":"x","iat":1,"exp":2,"nbf":1,"jti":"1"}"#);
        assert!(steady_claims(&first) == steady_claims(&renewed));
        assert!(steady_claims(&first) != steady_claims(&other));
        assert!(steady_claims(&Secret::new("a")) != steady_claims(&Secret::new("b")));
    }
}
