//! The issuer's key set.

use super::check::{CheckGroup, DoctorCheck, DoctorFinding as Finding, Weight};
use super::evidence::{Exchange, Inquiry, IssuerEvidence, SeenAnswer, shortened};
use super::key_faults;
use super::location::cache_fault;
use crate::jose::jwk::PRIVATE_MEMBERS;
use crate::jose::key::KeySource;
use crate::jose::keyset::KeySet;
use crate::json::{Json, Object};

const fn check(
    number: u8,
    name: &'static str,
    weight: Weight,
    judge: fn(&IssuerEvidence) -> Finding,
) -> DoctorCheck {
    DoctorCheck {
        asks: &[Inquiry::KeySet],
        ..DoctorCheck::new(CheckGroup::Keys, number, name, weight, judge)
    }
}

pub(super) const CHECKS: &[DoctorCheck] = &[
    DoctorCheck {
        title: "it is a JWK Set with a key that signs, as JSON or jwk-set+json",
        section: "RFC 7517 sections 5 and 8.5.2",
        cure: "publish the public half of the key that signs, with Content-Type: application/json",
        breaks: &["every API that verifies tokens"],
        ..check(30, "key-set", Weight::Must, key_set)
    },
    DoctorCheck {
        title: "no private or shared key is published",
        section: "RFC 7517 section 9.2",
        cure: "replace the key at once, and publish only kty, kid, use, alg and the public numbers",
        breaks: &["everybody: whoever reads it can sign tokens"],
        ..check(31, "no-private-keys", Weight::Must, no_private_keys)
    },
    DoctorCheck {
        title: "where there are several keys, each has a kid, and none occurs twice",
        section: "RFC 7517 section 4.5",
        cure: "give each key a kid of its own, such as its RFC 7638 thumbprint",
        breaks: &["verifiers that choose the key by its kid, as jose, PyJWT's PyJWKClient, go-oidc"],
        ..check(32, "kids", Weight::Must, kids)
    },
    DoctorCheck {
        title: "the keys are sound: RSA of 2048 bits or more, points on their curve, full coordinates",
        section: "RFC 7518 sections 3.3, 6.2 and 6.3",
        cure: "replace the key; coordinates keep their leading zeros, RSA numbers have none",
        breaks: &["verifiers that check keys", "everybody, if the private half can be computed"],
        ..check(33, "sound-keys", Weight::Must, sound_keys)
    },
    DoctorCheck {
        title: "each key has alg and use",
        section: "RFC 7517 sections 4.2 and 4.4",
        cure: "add \"use\": \"sig\" and the key's algorithm",
        breaks: &["verifiers that demand them, as Envoy's and some of Java's"],
        ..check(34, "alg-and-use", Weight::Should, alg_and_use)
    },
    DoctorCheck {
        title: "the key set may be cached from a minute to a day",
        section: "RFC 9111 section 5.2.2",
        cure: "Cache-Control: public, max-age=300; a new key is published that long before it signs",
        breaks: &["verifiers: they fetch too often, or miss a new key"],
        ..check(35, "keys-cache", Weight::Should, keys_cache)
    },
    DoctorCheck {
        title: "the key set is the same each time",
        section: "-",
        cure: "all nodes must publish all keys",
        breaks: &["every API: tokens fail by chance"],
        asks: &[Inquiry::KeySet, Inquiry::KeySetAgain],
        ..check(36, "same-keys", Weight::Must, same_keys)
    },
    DoctorCheck {
        title: "x5c is a certificate of the key, and is in date",
        section: "RFC 7517 section 4.7",
        cure: "renew the certificate for this key, or leave x5c out",
        breaks: &["verifiers that read x5c, as those of .NET"],
        ..check(37, "certificates-of-keys", Weight::Should, certificates)
    },
    DoctorCheck {
        title: "it is under 64 KiB with fewer than 20 keys, and the first is of a known kind",
        section: "-",
        cure: "remove keys that sign no longer; put keys of new kinds last",
        breaks: &["verifiers with limits", "old parsers, which stop at a kty that they do not know"],
        ..check(38, "key-set-size", Weight::Compat, size)
    },
    DoctorCheck {
        title: "the next key is published before it signs",
        section: "-",
        cure: "publish a key longer than max-age before it signs",
        breaks: &["verifiers with a cache"],
        ..check(39, "next-key", Weight::Info, next_key)
    },
];

const OPAQUE: &str = "there is no key set";

/// Applies a function to the key set's answer and its keys, if there are any.
fn of(evidence: &IssuerEvidence, judge: impl FnOnce(&SeenAnswer, &[Json]) -> Finding) -> Finding {
    match evidence.seen(Inquiry::KeySet).and_then(|seen| Some((seen, items(seen)?))) {
        Some((seen, keys)) => judge(seen, keys),
        None => Finding::skip(OPAQUE),
    }
}

/// The keys of a key set.
pub(super) fn items(seen: &SeenAnswer) -> Option<&[Json]> {
    match seen.object().filter(|_| seen.status == 200)?.get("keys")? {
        Json::Array(items) => Some(items),
        _ => None,
    }
}

fn objects(keys: &[Json]) -> impl Iterator<Item = &Object> {
    keys.iter().filter_map(Json::as_object)
}

fn key_set(evidence: &IssuerEvidence) -> Finding {
    let Some(seen) = evidence.seen(Inquiry::KeySet).filter(|seen| seen.status == 200) else {
        return Finding::skip(OPAQUE);
    };
    let media_type = seen.media_type().unwrap_or_default();
    if !["application/json", "application/jwk-set+json"].contains(&media_type.as_str()) {
        return Finding::fail(format!("its Content-Type is {:?}", shortened(&media_type)));
    }
    if items(seen).is_none() {
        return Finding::fail("it is not an object with an array keys");
    }
    match KeySet::read(&seen.body, "jwks_uri") {
        Err(error) => Finding::fail(error.to_string()),
        Ok(set) => {
            let signs = |key: &&crate::jose::key::VerifyingKey| {
                key.source != KeySource::Secret && key.usage.as_deref().is_none_or(|usage| usage == "sig")
            };
            let count = set.keys.iter().filter(signs).count();
            let why = set.unusable.first().map(|key| format!(": {}", key.why)).unwrap_or_default();
            if count > 0 { Finding::Pass } else { Finding::fail(format!("it has no key that signs{why}")) }
        }
    }
}

fn no_private_keys(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |_, keys| {
        let found = objects(keys).enumerate().find_map(|(at, key)| {
            let name = PRIVATE_MEMBERS.into_iter().find(|name| key.get(name).is_some())?;
            Some(format!("key {} has the member {name}", at + 1))
        });
        Finding::fail_if(found)
    })
}

fn kids(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |_, keys| {
        let mut kids: Vec<Option<&str>> =
            objects(keys).map(|key| key.get("kid").and_then(Json::as_str)).collect();
        kids.sort_unstable();
        let twice = kids.windows(2).find(|pair| pair[0].is_some() && pair[0] == pair[1]);
        if let Some(kid) = twice.and_then(|pair| pair[0]) {
            return Finding::fail(format!("the kid {:?} occurs twice", shortened(kid)));
        }
        let without = kids.iter().filter(|kid| kid.is_none()).count();
        if kids.len() > 1 && without > 0 {
            return Finding::fail_as(Weight::Compat, format!("{without} of {} keys have no kid", kids.len()));
        }
        Finding::Pass
    })
}

fn sound_keys(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |_, keys| {
        let faults: Vec<String> = objects(keys).filter_map(key_faults::unsound).collect();
        Finding::fail_of(&faults)
    })
}

fn alg_and_use(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |_, keys| {
        let missing = objects(keys).find_map(|key| {
            let name = ["alg", "use"].into_iter().find(|name| key.get(name).is_none())?;
            Some(format!("{} has no {name}", key_faults::name(key)))
        });
        Finding::fail_if(missing)
    })
}

fn keys_cache(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |seen, _| Finding::fail_if(cache_fault(seen).map(|(why, _)| why)))
}

/// The keys in an order that does not depend on the answer's.
fn sorted(seen: &SeenAnswer) -> Option<Vec<String>> {
    let mut keys: Vec<String> = items(seen)?.iter().map(ToString::to_string).collect();
    keys.sort_unstable();
    Some(keys)
}

fn same_keys(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |seen, _| {
        let first = sorted(seen);
        let again = evidence.all(Inquiry::KeySetAgain);
        let differs = |exchange: &&Exchange| exchange.outcome.as_ref().ok().and_then(sorted) != first;
        match again.iter().filter(differs).count() {
            0 => Finding::Pass,
            count => Finding::fail(format!("{count} of {} further answers differ", again.len())),
        }
    })
}

fn certificates(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |_, keys| {
        let certified: Vec<&Object> = objects(keys).filter(|key| key.get("x5c").is_some()).collect();
        if certified.is_empty() {
            return Finding::skip("no key has x5c");
        }
        let faults: Vec<String> =
            certified.into_iter().filter_map(|key| key_faults::of_certificate(key, evidence.now)).collect();
        Finding::fail_of(&faults)
    })
}

/// The kinds of keys that every parser knows.
const KINDS: [&str; 4] = ["RSA", "EC", "OKP", "oct"];

fn size(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |seen, keys| {
        let mut wrong = Vec::new();
        if seen.body.len() >= 64 * 1024 {
            wrong.push(format!("it has {} bytes", seen.body.len()));
        }
        if keys.len() >= 20 {
            wrong.push(format!("it has {} keys", keys.len()));
        }
        let first = keys.first().and_then(Json::as_object).and_then(|key| key.get("kty"));
        if let Some(kind) = first.filter(|kind| !kind.as_str().is_some_and(|kind| KINDS.contains(&kind))) {
            wrong.push(format!("the first key has the kty {}", shortened(&kind.to_string())));
        }
        Finding::fail_of(&wrong)
    })
}

fn next_key(evidence: &IssuerEvidence) -> Finding {
    of(evidence, |_, keys| match keys.len() {
        0 | 1 => Finding::skip("one look cannot tell: there is one key"),
        _ => Finding::Pass,
    })
}
