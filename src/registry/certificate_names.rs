//! The name in a client's certificate (RFC 8705 section 2.1.2). A name that no certificate can have is refused,
//! so that a mistake shows before a client is locked out.

use super::InvalidClient;
use crate::jose::certificate::SubjectName;
use crate::jose::distinguished_name::DistinguishedNameError;

/// The kinds of a name, by their names in client metadata (RFC 8705 section 2.1.2).
pub const NAME_KEYS: [&str; 5] = [
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
];

/// The fault of a name and its fix.
type NameMistake = (String, &'static str);

/// The longest name and label in DNS (RFC 1035 section 2.3.4).
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// The name of that kind, one of [`NAME_KEYS`].
///
/// # Errors
/// [`InvalidClient`] if no certificate can have it.
pub fn subject_name(key: &'static str, text: &str) -> Result<SubjectName, InvalidClient> {
    let owned = || text.to_owned();
    let name = match key {
        "tls_client_auth_san_dns" => SubjectName::Dns(owned()),
        "tls_client_auth_san_uri" => SubjectName::Uri(owned()),
        "tls_client_auth_san_email" => SubjectName::Email(owned()),
        "tls_client_auth_san_ip" => text.parse().map(SubjectName::Ip).map_err(|_| {
            InvalidClient::of(
                key,
                format!("{key} is not an address"),
                "write one, as 192.0.2.7 or 2001:db8::7",
            )
        })?,
        _ => text.parse().map(SubjectName::Dn).map_err(|error: DistinguishedNameError| {
            let hint = "openssl x509 -in client.pem -noout -subject -nameopt RFC2253 prints it";
            InvalidClient::of(key, format!("{key}: {error}"), hint)
        })?,
    };
    check(&name).map_err(|(what, hint)| InvalidClient::of(key, what, hint))?;
    Ok(name)
}

/// Refuses a name that no certificate can have. Distinguished names and addresses are already parsed.
fn check(name: &SubjectName) -> Result<(), NameMistake> {
    let (key, text, shape): (_, _, fn(&str) -> Option<NameMistake>) = match name {
        SubjectName::Dns(text) => ("tls_client_auth_san_dns", text, dns),
        SubjectName::Uri(text) => ("tls_client_auth_san_uri", text, uri),
        SubjectName::Email(text) => ("tls_client_auth_san_email", text, email),
        SubjectName::Dn(_) | SubjectName::Ip(_) => return Ok(()),
    };
    let wrong = common(text).or_else(|| shape(text));
    wrong.map_or(Ok(()), |(what, hint)| Err((format!("{key} {what}"), hint)))
}

fn common(text: &str) -> Option<NameMistake> {
    if text.is_empty() {
        return Some(wrong("is empty", "write the name as the certificate has it"));
    }
    if !text.is_ascii() {
        return Some(wrong(
            "is not ASCII, but certificate names are",
            "write a host in its xn-- form, and other characters of a URI as %XX",
        ));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some(wrong(
            "has a blank or a control character, which certificate names cannot contain",
            "write the name alone, without blanks around it",
        ));
    }
    None
}

fn dns(text: &str) -> Option<NameMistake> {
    const HINT: &str = "write the host's name alone, such as client.example.com";
    if text.parse::<std::net::IpAddr>().is_ok() {
        return Some(wrong(
            "is an IP address, and certificates have addresses in another field",
            "tls_client_auth_san_ip takes it",
        ));
    }
    if text.contains("://") || text.contains(['/', ':', '@']) {
        return Some(wrong("is not the name of a host: it is a URL, an address or has a port", HINT));
    }
    if text.contains('*') {
        return Some(wrong(
            "has a *, but names are compared literally: a pattern never matches",
            "write the one name that the client's certificate has; give each client an entry of its own",
        ));
    }
    if text.ends_with('.') {
        return Some(wrong("ends with a dot, which certificate names do not", HINT));
    }
    (!is_host(text)).then(|| wrong("is not the name of a host", HINT))
}

fn uri(text: &str) -> Option<NameMistake> {
    const HINT: &str = "write it with its scheme, such as spiffe://example.com/client";
    let scheme = text.split_once(':').filter(|(_, rest)| !rest.is_empty()).map(|(scheme, _)| scheme);
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    if !scheme.is_some_and(is_scheme) {
        return Some(wrong("is not a URI: it has no scheme", HINT));
    }
    text.contains(['"', '<', '>', '\\', '^', '`', '{', '|', '}'])
        .then(|| wrong("has a character that URIs cannot contain (RFC 3986)", "write it as %XX"))
}

fn email(text: &str) -> Option<NameMistake> {
    const HINT: &str = "write the address alone, such as client@example.com";
    let host = text.rsplit_once('@').filter(|(mailbox, _)| !mailbox.is_empty()).map(|(_, host)| host);
    if !host.is_some_and(is_host) {
        return Some(wrong("is not a mail address: it lacks an @ between a mailbox and a host", HINT));
    }
    text.contains(['<', '>', ',', ':'])
        .then(|| wrong("has more than one mail address, or a name beside it", HINT))
}

/// Whether the labels have only letters, digits, hyphens and underscores (RFC 5280 section 4.2.1.6;
/// underscores occur in practice).
fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    text.len() <= MAX_NAME && text.split('.').all(is_label)
}

fn wrong(what: &str, hint: &'static str) -> NameMistake {
    (what.to_owned(), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_certificates_have_are_taken() {
        let text = str::to_owned;
        for good in [
            SubjectName::Dns(text("client.example.com")),
            SubjectName::Dns(text("client")),
            SubjectName::Dns(text("xn--bro-hoa._x.example.com")),
            SubjectName::Uri(text("spiffe://example.com/client")),
            SubjectName::Uri(text("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6")),
            SubjectName::Uri(text("https://example.com:8443/a?b=%20")),
            SubjectName::Email(text("client+a@example.com")),
            SubjectName::Ip("::1".parse().unwrap()),
        ] {
            assert_eq!(check(&good), Ok(()), "{good}");
        }
    }

    fn refuses(kind: fn(String) -> SubjectName, key: &str, cases: &[(&str, &str)]) {
        for (text, why) in cases {
            let (what, _) = check(&kind((*text).to_owned())).unwrap_err();
            assert!(what.starts_with(key) && what.contains(why), "{text:?}: {what}");
        }
    }

    #[test]
    fn a_host_that_no_certificate_has_is_refused() {
        let cases = [
            ("", "is empty"),
            ("b\u{fc}ro.example.com", "is not ASCII"),
            ("*.example.com", "has a *"),
            ("a.*.com", "has a *"),
            ("https://client.example.com", "is a URL"),
            ("client.example.com:443", "has a port"),
            ("192.0.2.7", "is an IP address"),
            ("2001:db8::7", "is an IP address"),
            ("a@example.com", "is not the name of a host"),
            (" client.example.com", "has a blank"),
            ("client.example.com\t", "has a blank or a control"),
            ("client.example.com.", "ends with a dot"),
            (".example.com", "is not the name"),
            ("a..example.com", "is not the name"),
            ("${HOST}", "is not the name"),
        ];
        refuses(SubjectName::Dns, "tls_client_auth_san_dns", &cases);
    }

    #[test]
    fn a_uri_that_no_certificate_has_is_refused() {
        let cases = [
            ("client.example.com", "no scheme"),
            ("//example.com/a", "no scheme"),
            ("spiffe:", "no scheme"),
            ("1a:b", "no scheme"),
            ("spiffe://a/b c", "has a blank"),
            ("spiffe://a/{id}", "URIs cannot contain"),
        ];
        refuses(SubjectName::Uri, "tls_client_auth_san_uri", &cases);
    }

    #[test]
    fn a_mail_address_that_no_certificate_has_is_refused() {
        let cases = [
            ("client.example.com", "lacks an @"),
            ("@example.com", "lacks an @"),
            ("client@", "lacks an @"),
            ("client@*.example.com", "lacks an @"),
            ("Client <client@example.com>", "has a blank"),
            ("mailto:client@example.com", "a name beside it"),
            ("a@example.com,b@example.com", "more than one"),
        ];
        refuses(SubjectName::Email, "tls_client_auth_san_email", &cases);
    }
}
