//! Whatever bytes go in, in whatever pieces, what comes out of the gate is canonical; and what was
//! asked for in good form comes out as it was asked.

use super::canonical::{check, feed, read};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Parts of requests, good and bad, that are worth putting together.
const PARTS: [&str; 45] = [
    "GET / HTTP/1.1\r\n",
    "POST /oauth/token HTTP/1.1\r\n",
    "POST /oauth/token?a=b HTTP/1.0\r\n",
    "HEAD http://x/y HTTP/1.1\r\n",
    "OPTIONS * HTTP/1.1\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "GET  / HTTP/1.1\r\n",
    "Host: x\r\n",
    "host:\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "content-length: +5\r\n",
    "Content-Length: 5, 5\r\n",
    "Content-Length: 65537\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: CHUNKED\r\n",
    "Transfer-Encoding: identity\r\n",
    "Transfer-Encoding : chunked\r\n",
    " folded\r\n",
    "Authorization: Bearer abc\r\n",
    "authorization:\tBasic \t YTpi \t\r\n",
    "DPoP: a.b.c\r\n",
    "Content-Type: application/json\r\n",
    "Peer: 6.6.6.6\r\n",
    "Request-Id: evil\r\n",
    "Certificate: trusted AAAA\r\n",
    "X-Forwarded-For: 6.6.6.6\r\n",
    "X: \u{e9}\r\n",
    "Authorization: \u{e9}\r\n",
    "Connection: close\r\n",
    "Expect: 100-continue\r\n",
    "\r\n",
    "\n",
    "\r",
    "\0",
    "5\r\nhello\r\n",
    "5;a=\"b\"\r\nhello\r\n",
    "fffffffffffffff\r\n",
    "10001\r\n",
    "0\r\n\r\n",
    "0\r\nX: y\r\n\r\n",
    "hello",
    "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
];

/// A request in good form: what is sent, and what must come of it.
#[derive(Clone, Debug)]
struct Asked {
    method: &'static str,
    target: String,
    fields: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// The sizes of its chunks, where it is sent in some.
    chunks: Option<Vec<Index>>,
}

impl Asked {
    fn bytes(&self) -> Vec<u8> {
        let mut out = format!("{} {} HTTP/1.1\r\nHost: localhost\r\n", self.method, self.target).into_bytes();
        for (name, value) in &self.fields {
            out.extend(format!("{name}:  {value}\t\r\n").into_bytes());
        }
        let Some(chunks) = &self.chunks else {
            out.extend(format!("Content-Length: {}\r\n\r\n", self.body.len()).into_bytes());
            return [out, self.body.clone()].concat();
        };
        out.extend(b"Transfer-Encoding: chunked\r\n\r\n");
        for chunk in cut(&self.body, chunks).filter(|chunk| !chunk.is_empty()) {
            out.extend(format!("{:X};x=\"y\" \r\n", chunk.len()).into_bytes());
            out.extend([chunk, b"\r\n"].concat());
        }
        out.extend(b"0\r\nPeer: 6.6.6.6\r\n\r\n");
        out
    }

    fn is(&self, handed: &[u8]) -> bool {
        let (request, _) = read(handed).unwrap().unwrap();
        let passes = ["Authorization", "DPoP", "Content-Type"];
        let passed = |name: &&str| passes.iter().find(|known| known.eq_ignore_ascii_case(name));
        let expected: Vec<(&str, &str)> =
            self.fields.iter().filter_map(|(name, value)| Some((*passed(name)?, value.as_str()))).collect();
        let theirs: Vec<_> =
            request.fields.iter().copied().filter(|(name, _)| passes.contains(name)).collect();
        (request.method, request.target, request.body) == (self.method, &*self.target, &*self.body)
            && theirs == expected
    }
}

/// Cuts bytes at random places.
fn cut<'a>(bytes: &'a [u8], places: &[Index]) -> impl Iterator<Item = &'a [u8]> {
    let mut places: Vec<usize> = places.iter().map(|place| place.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    let pairs: Vec<_> = places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
    pairs.into_iter()
}

fn asked() -> impl Strategy<Value = Asked> {
    const NAMES: [&str; 9] = [
        "Authorization",
        "authorization",
        "DPOP",
        "content-TYPE",
        "Peer",
        "Door",
        "Delay",
        "X-Request-Id",
        "Accept",
    ];
    let fields = vec((select(&NAMES[..]), "[!-~]([ -~]{0,30}[!-~])?"), 0..6);
    let body = prop_oneof![vec(any::<u8>(), 0..40), vec(any::<u8>(), 0..4000)];
    let method = select(&["GET", "POST", "HEAD", "DELETE", "PATCH", "X!"][..]);
    let chunks = proptest::option::of(vec(any::<Index>(), 0..6));
    (method, "/[a-z0-9/?=%&.+:@~-]{0,40}", fields, body, chunks).prop_map(
        |(method, target, mut fields, body, chunks)| {
            let mut types = 0;
            fields.retain(|(name, _)| {
                !name.eq_ignore_ascii_case("content-type") || std::mem::replace(&mut types, 1) == 0
            });
            Asked { method, target, fields, body, chunks }
        },
    )
}

/// A change to bytes: at a place, so many out, and others in.
fn change() -> impl Strategy<Value = (Index, usize, Vec<u8>)> {
    let single = vec(select(&b"\r\n\0 \t:;,0159aA\x7f\x80\xff"[..]), 0..3);
    let part = select(&PARTS[..]).prop_map(|part| part.as_bytes().to_vec());
    (any::<Index>(), 0usize..4, prop_oneof![single, part])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    #[test]
    fn good_requests_come_out_as_they_were_asked(
        all in vec(asked(), 1..5),
        places in vec(any::<Index>(), 0..12),
    ) {
        let bytes: Vec<u8> = all.iter().flat_map(Asked::bytes).collect();
        let outcome = check(&bytes, cut(&bytes, &places)).map_err(TestCaseError::fail)?;
        prop_assert_eq!(outcome.refused, None);
        prop_assert_eq!(outcome.handed.len(), all.len());
        for (asked, handed) in all.iter().zip(&outcome.handed) {
            prop_assert!(asked.is(handed), "{:?} became {}", asked, handed.escape_ascii());
        }
    }

    #[test]
    fn spoiled_requests_come_out_canonical_or_not_at_all(
        all in vec(asked(), 1..4),
        changes in vec(change(), 1..5),
        places in vec(any::<Index>(), 0..12),
    ) {
        let mut bytes: Vec<u8> = all.iter().flat_map(Asked::bytes).collect();
        for (place, out, new) in changes {
            let from = place.index(bytes.len() + 1);
            let to = (from + out).min(bytes.len());
            bytes.splice(from..to, new);
        }
        check(&bytes, cut(&bytes, &places)).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn parts_of_requests_come_out_canonical_or_not_at_all(
        parts in vec(select(&PARTS[..]), 0..14),
        places in vec(any::<Index>(), 0..12),
    ) {
        let bytes = parts.concat().into_bytes();
        check(&bytes, cut(&bytes, &places)).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn random_bytes_come_out_canonical_or_not_at_all(
        bytes in vec(any::<u8>(), 0..600),
        places in vec(any::<Index>(), 0..6),
    ) {
        check(&bytes, cut(&bytes, &places)).map_err(TestCaseError::fail)?;
    }
}

#[test]
fn limits_do_not_depend_on_how_bytes_are_cut() {
    let head = "GET / HTTP/1.1\r\nHost: x\r\n";
    let chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    for size in [250, 8_180, 8_192, 8_193, 16_300, 16_384, 16_385, 65_536, 65_537, 70_000] {
        for near in size - 40..size + 3 {
            let x = "x".repeat(near);
            for text in [
                format!("{head}X: {x}\r\n\r\n"),
                format!("GET /{x} HTTP/1.1\r\nHost: x\r\n\r\n"),
                format!("{chunked}1;{x}\r\ny\r\n0\r\n\r\n"),
                format!("{chunked}{near:x}\r\n{x}\r\n0\r\n\r\n"),
                format!("{chunked}1\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n", &x[..1], near - 1, &x[1..]),
                format!("{chunked}0\r\nX: {x}\r\n\r\n"),
                format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {near}\r\n\r\n{x}"),
            ] {
                for piece in [1000, 16_384] {
                    if let Err(wrong) = check(text.as_bytes(), text.as_bytes().chunks(piece)) {
                        panic!("{} of {near}: {}", &text[..60], &wrong[..wrong.len().min(300)]);
                    }
                }
            }
        }
    }
    assert_eq!(feed([&b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..]]).handed.len(), 1);
}
