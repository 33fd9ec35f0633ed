use super::*;

fn proxy(name: &str) -> Option<Proxy> {
    Some(Proxy { url: Secret::new(name), origin: name.to_owned() })
}

#[test]
fn a_scheme_has_its_own_proxy_and_some_hosts_have_none() {
    let some = Proxies { https: proxy("HTTPS_PROXY"), all: proxy("ALL_PROXY"), ..Proxies::default() };
    let except = |list: &str| Proxies { except: list.to_owned(), ..some.clone() };
    for (proxies, url, expected) in [
        (&Proxies::default(), "https://as.example.com/", None),
        (&some, "https://as.example.com/", Some("HTTPS_PROXY")),
        (&some, "http://as.example.com/", Some("ALL_PROXY")),
        (&some, "http://localhost:1/", None),
        (&some, "https://127.0.0.2/", None),
        (&some, "https://[::1]/", None),
        (&except("other.org, example.com"), "https://AS.example.com/", None),
        (&except("other.org example.com"), "https://as.example.com/", None),
        (&except(".example.com"), "https://as.example.com/", None),
        (&except("*.example.com"), "https://as.example.com/", None),
        (&except("as.example.com"), "https://as.example.com:8443/", None),
        (&except("as.example.com."), "https://as.example.com/", None),
        (&except("as.example.com"), "https://as.example.com./", None),
        (&except("s.example.com"), "https://as.example.com/", Some("HTTPS_PROXY")),
        (&except("*"), "https://as.example.com/", None),
        (&except("*:8443"), "https://as.example.com/", Some("HTTPS_PROXY")),
        (&except("example.com:443"), "https://as.example.com/", None),
        (&except("example.com:443"), "https://as.example.com:8443/", Some("HTTPS_PROXY")),
        (&except("example.com:x"), "https://as.example.com/", Some("HTTPS_PROXY")),
        (&except(", ,"), "https://as.example.com/", Some("HTTPS_PROXY")),
    ] {
        let endpoint = EndpointUrl::parse(url, true).unwrap();
        let found = proxies.of(&endpoint).map(|proxy| proxy.origin.as_str());
        assert_eq!(found, expected, "{url} {proxies:?}");
    }
}

#[test]
fn addresses_are_compared_as_numbers() {
    for (entry, url, direct) in [
        ("10.0.0.1", "https://10.0.0.1/", true),
        ("0.0.1", "https://10.0.0.1/", false),
        ("10.0.0.0/8", "https://10.1.2.3/", true),
        ("10.0.0.0/8", "https://11.1.2.3/", false),
        ("10.0.0.1:443", "https://10.0.0.1/", true),
        ("2001:db8::/32", "https://[2001:db8::7]/", true),
        ("[2001:db8::]/32", "https://[2001:db8::7]/", true),
        ("[2001:db8::]/32:443", "https://[2001:db8::7]/", true),
        ("[2001:db8::]/32:8443", "https://[2001:db8::7]/", false),
        ("[2001:db8::]/32", "https://[2001:db9::7]/", false),
        ("[2001:db8::7]x", "https://[2001:db8::7]/", false),
        ("::ffff:192.0.2.0/120", "https://192.0.2.7/", true),
        ("::ffff:192.0.2.0/120", "https://[::ffff:192.0.2.7]/", true),
        ("[::ffff:192.0.2.0]/120", "https://192.0.2.7/", true),
        ("::ffff:192.0.2.0/120", "https://192.0.3.7/", false),
        ("::/0", "https://192.0.2.7/", false),
        ("[2001:db8::/32]", "https://[2001:db8::7]/", true),
        ("2001:db8::7", "https://[2001:db8::7]/", true),
        ("2001:DB8:0:0::7", "https://[2001:db8::7]/", true),
        ("2001:0db8:0000:0000:0000:0000:0000:0007", "https://[2001:db8::7]/", true),
        ("2001:db8::7", "https://[2001:db8:0:0:0:0:0:7]/", true),
        ("2001:db8::7", "https://[2001:db8::8]/", false),
        ("[2001:db8:0::7]", "https://[2001:db8::7]/", true),
        ("[2001:db8:0::7]:443", "https://[2001:db8::7]/", true),
        ("[2001:db8::7]:8443", "https://[2001:db8::7]/", false),
        ("::ffff:10.0.0.1", "https://10.0.0.1/", true),
        ("10.0.0.0/8", "https://[::ffff:10.0.0.1]/", true),
    ] {
        let all = Proxies { all: proxy("ALL_PROXY"), except: entry.to_owned(), ..Proxies::default() };
        let endpoint = EndpointUrl::parse(url, true).unwrap();
        assert_eq!(all.of(&endpoint).is_none(), direct, "{entry} {url}");
    }
}

#[test]
fn a_proxy_is_named_by_a_url_with_or_without_a_scheme() {
    for (url, shown, is_https, authorization) in [
        ("http://proxy:3128", "proxy:3128 (X)", false, None),
        ("proxy:3128", "proxy:3128 (X)", false, None),
        ("HTTP://proxy/", "proxy:80 (X)", false, None),
        ("https://proxy", "proxy:443 (X)", true, None),
        ("http://[::1]:3128/", "[::1]:3128 (X)", false, None),
        // me:p#s:s, and me without a password.
        ("http://me:p%23s:s@10.0.0.1:1", "10.0.0.1:1 (X)", false, Some("Basic bWU6cCNzOnM=")),
        ("http://me@10.0.0.1:1", "10.0.0.1:1 (X)", false, Some("Basic bWU6")),
    ] {
        let proxy = Proxy { url: Secret::new(url), origin: "X".to_owned() };
        let address = proxy.address().unwrap();
        assert_eq!((address.to_string().as_str(), address.is_https), (shown, is_https), "{url}");
        let authorization_found = address.authorization.as_ref().map(|value| value.expose_str().unwrap());
        assert_eq!(authorization_found, authorization, "{url}");
    }
}

#[test]
fn a_value_that_is_not_a_proxy_is_refused_by_its_kind() {
    for (url, error) in [
        ("\u{7}", ProxyError::NotUrl),
        ("http://pro xy:1", ProxyError::NotUrl),
        ("socks5h://127.0.0.1:1", ProxyError::Socks),
        ("socks://127.0.0.1:1", ProxyError::Socks),
        ("ftp://127.0.0.1:1", ProxyError::Scheme),
        ("http://127.0.0.1:notaport", ProxyError::Port),
        ("http://127.0.0.1:99999", ProxyError::Port),
        ("http://127.0.0.1:0", ProxyError::Port),
        ("http://127.0.0.1:+1", ProxyError::Port),
        ("http://127.0.0.1:", ProxyError::Port),
        ("http://[::1]:x", ProxyError::Port),
        ("http://[::1]x", ProxyError::Port),
        ("http://[::x]:1", ProxyError::Host),
        ("http://[::1", ProxyError::Host),
        ("http://", ProxyError::Host),
        ("http://:3128", ProxyError::Host),
        ("http://ex%41mple:1", ProxyError::Host),
        ("http://ex\u{e4}mple:1", ProxyError::Host),
        ("http://::1:3128", ProxyError::Brackets),
        ("http://me:p#ss@127.0.0.1:3128", ProxyError::Unescaped),
        ("http://me:p/ss@127.0.0.1:3128", ProxyError::Unescaped),
        ("http://me:p?ss@127.0.0.1:3128", ProxyError::Unescaped),
        ("http://me:p@ss@127.0.0.1:3128", ProxyError::Unescaped),
        ("me:p#ss@127.0.0.1:3128", ProxyError::Unescaped),
        ("http://127.0.0.1:31#28", ProxyError::Rest),
        ("http://127.0.0.1:31?28", ProxyError::Rest),
        ("http://m%3Ae:pass@127.0.0.1:31", ProxyError::Credentials),
        ("http://me:pa%0ass@127.0.0.1:31", ProxyError::Credentials),
    ] {
        let proxy = Proxy { url: Secret::new(url), origin: "X".to_owned() };
        assert_eq!(proxy.address().unwrap_err(), error, "{url}");
    }
}
