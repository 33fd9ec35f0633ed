//! Finds faults in a certificate chain that clients will reject: order, dates, purposes. They are messages
//! for operators; nothing is refused here.

use crate::clock::Timestamp;
use crate::jose::certificate_facts::CertificateFacts;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::aws_lc_rs as aws_lc;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};

/// The faults of a chain that can be served anyway, each with its fix. The first certificate is the
/// server's.
pub(super) fn faults(chain: &[CertificateDer<'static>], now: Timestamp) -> Vec<String> {
    let Some(facts) = chain.iter().map(|der| CertificateFacts::read(der)).collect::<Option<Vec<_>>>() else {
        return Vec::new();
    };
    let Some((own, rest)) = facts.split_first() else { return Vec::new() };
    let mut found = faults_of_own(own);
    found.extend(rest.iter().filter_map(|one| {
        let why = outside_its_time(one, now)?;
        Some(format!(
            "in its chain {} {why}: clients refuse it; put the renewed one in its place",
            one.subject
        ))
    }));
    let old = facts.iter().find(|one| one.has_old_signature() && !one.is_self_issued());
    found.extend(old.map(|one| {
        format!("{} is signed by {}, which clients refuse; renew it", one.subject, one.signed_by)
    }));
    found.extend(disorder(&facts).or_else(|| broken_link(chain, now)));
    found
}

fn faults_of_own(own: &CertificateFacts) -> Vec<String> {
    let purposes = (!own.is_for_servers()).then(|| {
        format!(
            "it is for {} only, not for serverAuth (extended key usage), and clients refuse it; ask for one \
             with extendedKeyUsage = serverAuth",
            own.purposes.join(" and ")
        )
    });
    let authority = own.is_authority.then(|| {
        "it is an authority's (CA:TRUE), which many clients refuse as a server's; make it with openssl req -x509 \
         -addext basicConstraints=critical,CA:FALSE"
            .to_owned()
    });
    let usage = (!own.may_sign).then(|| {
        "its key usage forbids signatures, and clients refuse it; ask for one with keyUsage = digitalSignature"
            .to_owned()
    });
    [purposes, authority, usage].into_iter().flatten().collect()
}

/// Why a certificate is not valid at `now`; `None` if it is.
pub(super) fn outside_its_time(facts: &CertificateFacts, now: Timestamp) -> Option<String> {
    if now < facts.starts {
        return Some(format!("is not valid before {}", facts.starts));
    }
    (now > facts.ends).then(|| format!("has expired, {}", facts.ends))
}

/// Each certificate must be followed by its issuer's (RFC 5246 section 7.4.2).
fn disorder(facts: &[CertificateFacts]) -> Option<String> {
    let at = facts.windows(2).position(|pair| pair[0].issuer != pair[1].subject)?;
    let (one, next) = (&facts[at], &facts[at + 1]);
    let is_there = facts.iter().any(|other| other.subject == one.issuer && other != one);
    Some(if is_there {
        format!(
            "its chain is in the wrong order: after {} comes {}, and not its issuer {}; put each certificate \
             before its issuer's",
            one.subject, next.subject, one.issuer
        )
    } else {
        format!(
            "{} does not belong to its chain: {} was issued by {}; put that one's certificate in its place, or \
             leave it out",
            next.subject, one.subject, one.issuer
        )
    })
}

/// Names may match although signatures do not, for example after an authority has changed its key.
fn broken_link(chain: &[CertificateDer<'static>], now: Timestamp) -> Option<String> {
    let [own, between @ .., last] = chain else { return None };
    let mut roots = RootCertStore::empty();
    roots.add(last.clone()).ok()?;
    let parsed = ParsedCertificate::try_from(own).ok()?;
    let seconds = u64::try_from(now.unix()).unwrap_or(0);
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
    let algorithms = aws_lc::default_provider().signature_verification_algorithms;
    let verified = verify_server_cert_signed_by_trust_anchor(&parsed, &roots, between, now, algorithms.all);
    let is_broken = matches!(
        verified,
        Err(Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature))
    );
    is_broken.then(|| {
        "its chain does not belong together: the names agree, and one has not signed the other; take the chain \
         that came with the certificate"
            .to_owned()
    })
}
