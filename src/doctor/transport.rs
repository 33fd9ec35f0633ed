//! The connection, and how HTTP is spoken.

use super::check::{CheckGroup, CheckNeeds, DoctorCheck, DoctorFinding as Finding, Weight};
use super::evidence::{Exchange, Inquiry, IssuerEvidence, SeenAnswer, shortened};
use super::location::LOOPBACK;
use super::profile::SecurityProfile as For;
use super::urls::is_local;
use crate::client::agent::clock_ahead;
use crate::client::endpoint::EndpointUrl;

const fn check(
    number: u8,
    name: &'static str,
    weight: Weight,
    judge: fn(&IssuerEvidence) -> Finding,
) -> DoctorCheck {
    DoctorCheck::new(CheckGroup::Transport, number, name, weight, judge)
}

pub(super) const CHECKS: &[DoctorCheck] = &[
    DoctorCheck {
        title: "the certificate is trusted, is for the host, and is good for 14 days more",
        section: "RFC 9110 section 4.3.4",
        cure: "renew the certificate, and let a timer renew it from now on",
        breaks: &["every client, on the day on which it ends"],
        asks: &[Inquiry::OAuthMetadata],
        ..check(40, "certificate", Weight::Must, certificate)
    },
    DoctorCheck {
        title: "TLS 1.2 or 1.3 is spoken; whether older versions are refused is not tested",
        section: "RFC 9325 (BCP 195); FAPI 2.0 section 5.2.1",
        cure: "switch on TLS 1.3 and 1.2, and switch off what is older",
        breaks: &["clients of today"],
        asks: &[Inquiry::OAuthMetadata],
        ..check(41, "tls-versions", Weight::Must, tls_versions)
    },
    DoctorCheck {
        title: "plain http is not served, or redirects without a look at credentials",
        section: "RFC 6749 section 1.6; OAuth 2.1 section 1.5",
        cure: "close port 80, or let it answer 301 to everything",
        breaks: &["nobody, but a secret that was sent there once is public"],
        asks: &[Inquiry::PlainToken],
        ..check(42, "plain-http", Weight::Must, plain_http)
    },
    DoctorCheck {
        title: "Strict-Transport-Security is sent",
        section: "RFC 6797 section 7.1",
        cure: "Strict-Transport-Security: max-age=31536000, in the server or in the proxy before it",
        breaks: &["nobody: a browser may be led to plain http once"],
        asks: &[Inquiry::OAuthMetadata],
        ..check(43, "hsts", Weight::Should, hsts)
    },
    DoctorCheck {
        title: "its Date differs by less than 5 seconds from the clock here",
        section: "RFC 9110 section 6.6.1",
        cure: "set the clock by NTP, there or here",
        breaks: &["verifiers without leeway: tokens are not valid yet, or expired"],
        asks: &[Inquiry::OAuthMetadata],
        ..check(44, "clock", Weight::Should, clock)
    },
    DoctorCheck {
        title: "GET at the token endpoint is 405 with Allow, and HEAD and OPTIONS do no harm",
        section: "RFC 6749 section 3.2; RFC 9110 section 15.5.6",
        cure: "answer 405 with Allow: POST",
        breaks: &["people who look for the cause of a redirect from http to https"],
        asks: &[Inquiry::TokenGet, Inquiry::TokenHead, Inquiry::TokenOptions],
        ..check(45, "methods", Weight::Should, methods)
    },
    DoctorCheck {
        title: "errors are JSON, and show neither stack traces nor versions",
        section: "RFC 6749 section 5.2",
        cure: "let the server, and the proxy before it, answer errors as application/json; hide the version",
        breaks: &["clients: they report a parser's error instead of the cause"],
        asks: &[Inquiry::TokenEmpty, Inquiry::TokenGet, Inquiry::TokenText, Inquiry::UnknownPage],
        ..check(46, "json-errors", Weight::Should, json_errors)
    },
    DoctorCheck {
        title: "no other origin may read answers with credentials (CORS)",
        section: "RFC 9700; Fetch standard, section 3.3.3",
        cure: "do not send Access-Control-Allow-Credentials from the token and introspection endpoints",
        breaks: &["nobody, but any web page can use the session of its visitor"],
        musts: &[For::Rfc9700],
        asks: &[Inquiry::TokenEmpty, Inquiry::IntrospectionBare],
        ..check(47, "cors", Weight::Should, cors)
    },
    DoctorCheck {
        needs: CheckNeeds::Intrusive,
        title: "a body of 64 KiB and 100 parameters are answered, and not with 5xx",
        section: "-",
        cure: "limit the size of requests, and answer 413 or 400",
        breaks: &["everybody, if such requests stop the server"],
        asks: &[Inquiry::LargeBody, Inquiry::ManyParameters],
        ..check(48, "large-requests", Weight::Should, large_requests)
    },
];

/// In days.
const LEAST_LEFT: i64 = 14;

fn certificate(evidence: &IssuerEvidence) -> Finding {
    if is_local(evidence) {
        return Finding::skip(LOOPBACK);
    }
    let shown = evidence.every().filter_map(|(exchange, seen)| Some((exchange, seen.tls.as_ref()?.ends?)));
    let Some((exchange, ends)) = shown.min_by_key(|(_, ends)| *ends) else {
        return Finding::skip(NO_TLS);
    };
    let days = (ends.unix() - evidence.now.unix()).div_euclid(86_400);
    let is_near = days < LEAST_LEFT;
    Finding::fail_if(is_near.then(|| format!("{}: it ends at {ends}, in {days} days", exchange.asked)))
}

const NO_TLS: &str = "no TLS connection was made";

fn tls_versions(evidence: &IssuerEvidence) -> Finding {
    if is_local(evidence) {
        return Finding::skip(LOOPBACK);
    }
    let mut versions = evidence.every().filter_map(|(_, seen)| Some(seen.tls.as_ref()?.version)).peekable();
    if versions.peek().is_none() {
        return Finding::skip(NO_TLS);
    }
    let old = versions.find(|version| !["TLSv1_2", "TLSv1_3"].contains(version));
    Finding::fail_if(old.map(|version| format!("it speaks {version}")))
}

fn is_on_this_machine(evidence: &IssuerEvidence) -> bool {
    EndpointUrl::parse(&evidence.issuer, true).is_ok_and(|url| url.is_loopback())
}

fn plain_http(evidence: &IssuerEvidence) -> Finding {
    if is_local(evidence) {
        return Finding::skip(LOOPBACK);
    }
    match evidence.answer(Inquiry::PlainToken) {
        None => Finding::skip("it has no token endpoint"),
        Some(Err(_)) => Finding::Pass,
        Some(Ok(seen)) if seen.is_redirect() => Finding::Pass,
        Some(Ok(seen))
            if (200..=299).contains(&seen.status) || seen.text("error") == Some("invalid_client") =>
        {
            Finding::fail(format!("it looked at credentials: {}", seen.shown()))
        }
        Some(Ok(_)) => Finding::Pass,
    }
}

fn hsts(evidence: &IssuerEvidence) -> Finding {
    if is_local(evidence) {
        return Finding::skip(LOOPBACK);
    }
    if is_on_this_machine(evidence) {
        return Finding::skip("the issuer is on loopback");
    }
    let Some((exchange, seen)) = evidence.every().find(|(_, seen)| seen.status == 200) else {
        return Finding::skip("nothing was answered with 200");
    };
    match seen.headers.get("strict-transport-security") {
        Some(_) => Finding::Pass,
        None => Finding::fail(format!("{} is answered without it", exchange.asked)),
    }
}

/// In seconds.
const SKEW: u64 = 5;

fn clock(evidence: &IssuerEvidence) -> Finding {
    let of = |seen: &SeenAnswer| {
        let (asked, received) = seen.between;
        let after = clock_ahead(&seen.headers, received)?;
        let before = clock_ahead(&seen.headers, asked)?;
        // The server wrote it between the two.
        Some(if after > 0 { after } else { before.min(0) })
    };
    match evidence.every().filter_map(|(_, seen)| of(seen)).min_by_key(|ahead| ahead.unsigned_abs()) {
        None => Finding::warn("no answer has a Date"),
        Some(ahead) if ahead.unsigned_abs() <= SKEW => Finding::Pass,
        Some(ahead) => {
            let side = if ahead > 0 { "ahead of" } else { "behind" };
            Finding::fail(format!("its clock is {} s {side} the clock here", ahead.unsigned_abs()))
        }
    }
}

fn methods(evidence: &IssuerEvidence) -> Finding {
    let Some(get) = evidence.seen(Inquiry::TokenGet) else { return Finding::skip(NO_ENDPOINT) };
    let mut wrong = Vec::new();
    match (get.status, get.headers.get("allow")) {
        (405, Some(allow)) if allow.to_ascii_uppercase().contains("POST") => {}
        (405, Some(allow)) => wrong.push(format!("GET: 405 with Allow: {}", shortened(allow))),
        (405, None) => wrong.push("GET: 405 without Allow".to_owned()),
        _ => wrong.push(format!("GET: {}", get.shown())),
    }
    for (name, question) in [("HEAD", Inquiry::TokenHead), ("OPTIONS", Inquiry::TokenOptions)] {
        let failed = evidence.seen(question).filter(|seen| seen.status >= 500);
        wrong.extend(failed.map(|seen| format!("{name}: {}", seen.shown())));
    }
    Finding::fail_of(&wrong)
}

const NO_ENDPOINT: &str = "the token endpoint does not answer";

/// Text that only a stack trace has.
const TRACES: [&str; 6] = [
    "Traceback (most recent call last)",
    "\n\tat ",
    "\n    at ",
    "Exception in thread",
    "goroutine 1 [",
    "thread 'main' panicked",
];

fn json_errors(evidence: &IssuerEvidence) -> Finding {
    let questions = [Inquiry::TokenEmpty, Inquiry::TokenGet, Inquiry::TokenText, Inquiry::UnknownPage];
    let errors = questions.into_iter().flat_map(|question| evidence.all(question));
    let mut wrong: Vec<String> = errors.filter_map(odd_error).collect();
    let server = evidence.every().find_map(|(_, seen)| {
        let names = ["server", "x-powered-by"].into_iter().filter_map(|name| seen.headers.get(name));
        names.into_iter().find(|value| value.contains('/') && value.contains(|c: char| c.is_ascii_digit()))
    });
    wrong.extend(server.map(|server| format!("its version is shown: {}", shortened(server))));
    Finding::fail_of(&wrong)
}

/// Why an error is not as clients read it.
fn odd_error(exchange: &Exchange) -> Option<String> {
    let seen = exchange.outcome.as_ref().ok().filter(|seen| seen.status >= 400)?;
    let text = String::from_utf8_lossy(&seen.body);
    if TRACES.into_iter().any(|trace| text.contains(trace)) {
        return Some(format!("{}: {} with a stack trace", exchange.asked, seen.status));
    }
    let media_type = seen.media_type().unwrap_or_else(|| "no type".to_owned());
    let is_json = (media_type == "application/json" || media_type.ends_with("+json")) && seen.json.is_ok();
    (!is_json).then(|| format!("{}: {} as {}", exchange.asked, seen.status, shortened(&media_type)))
}

fn cors(evidence: &IssuerEvidence) -> Finding {
    let asked = [Inquiry::TokenEmpty, Inquiry::IntrospectionBare];
    let open = asked.into_iter().flat_map(|question| evidence.all(question)).find_map(|exchange| {
        let headers = &exchange.outcome.as_ref().ok()?.headers;
        let origin = headers.get("access-control-allow-origin")?;
        let with = headers.get("access-control-allow-credentials")?;
        (with.eq_ignore_ascii_case("true") && !origin.is_empty()).then(|| {
            format!("{}: Access-Control-Allow-Origin: {} with credentials", exchange.asked, shortened(origin))
        })
    });
    Finding::fail_if(open)
}

fn large_requests(evidence: &IssuerEvidence) -> Finding {
    let asked = [Inquiry::LargeBody, Inquiry::ManyParameters];
    let mut exchanges = asked.into_iter().flat_map(|question| evidence.all(question)).peekable();
    if exchanges.peek().is_none() {
        return Finding::skip("it has no token endpoint");
    }
    let failed = exchanges.find_map(|exchange| match &exchange.outcome {
        Ok(seen) if seen.status >= 500 => Some(format!("{}: {}", exchange.asked, seen.shown())),
        Ok(_) => None,
        Err(unanswered) => Some(format!("{}: {}", exchange.asked, unanswered.why)),
    });
    Finding::fail_if(failed)
}
