//! Normalizes an http or https URL (syntax-based and scheme-based, RFC 3986 sections 6.2.2 and 6.2.3).
//! Query and fragment are dropped.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// A normalized URL without query and fragment. Equal values are the same address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Url);

impl Address {
    /// Parses an absolute URL. `None` if it is not one, has user information, or has characters that URLs
    /// do not allow; the `url` crate would silently repair some of them.
    #[must_use]
    pub fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return None;
        }
        let rest = rest.split(['?', '#']).next()?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.is_empty() {
            return None;
        }
        let (authority, path) = (unescaped(authority, b":[]")?, unescaped(path, b"/:@")?);
        Url::parse(&format!("{scheme}://{authority}{path}")).ok().map(Self)
    }

    /// The same address, with `localhost`, `127.0.0.1` and `[::1]` as one host.
    #[must_use]
    pub fn on_any_loopback_name(mut self) -> Self {
        let is_loopback = match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address == Ipv4Addr::LOCALHOST,
            Some(Host::Ipv6(address)) => address == Ipv6Addr::LOCALHOST,
            None => false,
        };
        if is_loopback {
            // The name is a valid host.
            let _ = self.0.set_host(Some("localhost"));
        }
        self
    }
}

impl fmt::Display for Address {
    /// The normalized form: a port only if it is not the scheme's default.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// The ASCII form of a host's name (IDNA). `None` if the name is not valid.
#[must_use]
pub fn ascii_host(name: &str) -> Option<String> {
    Host::parse(name).ok().map(|host| host.to_string())
}

/// Normalizes escapes: upper case, and only where needed (RFC 3986 sections 6.2.2.1 and 6.2.2.2). `None`
/// for an invalid escape, and for characters other than unreserved ones, sub-delims and `more`.
fn unescaped(text: &str, more: &[u8]) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let mut digit = || char::from(bytes.next()?).to_digit(16);
            let value = u8::try_from(digit()? * 16 + digit()?).ok()?;
            if is_unreserved(value) {
                out.push(char::from(value));
            } else {
                out.push_str(&format!("%{value:02X}"));
            }
        } else if is_unreserved(byte) || b"!$&'()*+,;=".contains(&byte) || more.contains(&byte) {
            out.push(char::from(byte));
        } else {
            return None;
        }
    }
    Some(out)
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_in_its_one_spelling() {
        for (url, text) in [
            ("HTTPS://AS.Example.com:443", "https://as.example.com/"),
            ("http://as.example.com:443/a/./b?c", "http://as.example.com:443/a/b"),
            ("http://[0:0::1]:8001/", "http://[::1]:8001/"),
        ] {
            assert_eq!(Address::parse(url).unwrap().to_string(), text);
        }
    }

    #[test]
    fn all_spellings_of_an_address_are_equal() {
        for (plain, spellings) in [
            (
                "https://as.example.com/oauth/token",
                &[
                    "HTTPS://AS.Example.COM/oauth/token",
                    "https://as.example.com:443/oauth/token",
                    "https://as.example.com:/oauth/token",
                    "https://as.example.com:0443/oauth/token",
                    "https://as.example.com/oauth/token?x=1/2#y?z",
                    "https://as.example.com/oauth/token#y?z",
                    "https://as.example.com/oauth/%74oken",
                    "https://as%2eexample.com/%6Fauth/tok%65n",
                    "https://as.example.com/./oauth/x/../token",
                    "https://as.example.com/%2E%2e/oauth/%2e/token",
                    "https://as.example.com/../../oauth/token",
                ][..],
            ),
            (
                "http://as.example.com",
                &["http://as.example.com/", "http://as.example.com:80?x", "http://as.example.com/a/.."],
            ),
            ("https://[2001:db8::1]:8443/a", &["https://[2001:DB8:0:0::0001]:8443/a"]),
            ("https://a/b%2Fc%C3%A9~", &["https://a/b%2fc%c3%a9%7E"]),
            ("https://a%C3%A9/", &["https://A%c3%a9/"]),
            ("https://a/b/", &["https://a/b/.", "https://a/b/c/..", "https://a/b/c/d/../%2e%2E"]),
            ("https://a/b//c", &["https://a/b/./%2e/%2e//c"]),
        ] {
            let expected = Address::parse(plain);
            assert!(expected.is_some(), "{plain}");
            for spelling in spellings {
                assert_eq!(Address::parse(spelling), expected, "{spelling}");
            }
        }
    }

    #[test]
    fn other_addresses_are_not() {
        let address = Address::parse("https://as.example.com/oauth/token").unwrap();
        for other in [
            "http://as.example.com/oauth/token",
            "http://as.example.com:443/oauth/token",
            "https://as.example.com:8443/oauth/token",
            "https://as.example.com:80/oauth/token",
            "https://as.example.com./oauth/token",
            "https://as.example.com/oauth/token/",
            "https://as.example.com/OAuth/token",
            "https://as.example.com//oauth/token",
            "https://as.example.com/oauth%2Ftoken",
            "https://as.example.com/oauth/token;x",
            "https://as.example.com/oauth/token%3Fx",
            "https://as.example.com/oauth/..%2Foauth/token",
            "https://as.example.com/oauth/token/..",
        ] {
            let other = Address::parse(other).unwrap_or_else(|| panic!("{other}"));
            assert_ne!(other, address);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "/oauth/token",
            "as.example.com/oauth/token",
            "https:/as.example.com/",
            "ftp://as.example.com/oauth/token",
            "https://",
            "https:///oauth/token",
            "https://:443/oauth/token",
            "https://user@as.example.com/oauth/token",
            "https://user:password@as.example.com/oauth/token",
            "https://as.example.com:65536/",
            "https://as.example.com:+443/",
            "https://as.example.com:a/",
            "https://as.example.com/%",
            "https://as.example.com/%7",
            "https://as.example.com/%zz",
            "https://as.example.com/a b",
            "https://as.example.com/\u{e9}",
            "https://\u{e9}/",
            "https://as.example.com\\oauth",
            "https://[::1/",
            "https://[fe80::1%25eth0]/",
            "https://[127.0.0.1]/",
            " https://as.example.com/",
        ] {
            assert_eq!(Address::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn names_of_loopback_are_one_host() {
        let read = |url: &str| Address::parse(url).map(Address::on_any_loopback_name);
        let one = read("http://localhost:1/a");
        assert!(one.is_some());
        for name in ["127.0.0.1", "[::1]", "[0:0:0:0:0:0:0:1]", "LOCALHOST", "%6Cocalhost"] {
            assert_eq!(read(&format!("http://{name}:1/a")), one, "{name}");
        }
        for other in ["http://127.0.0.2:1/a", "http://localhost:2/a", "http://localhost.example:1/a"] {
            assert_ne!(read(other), one, "{other}");
        }
    }
}
