//! Key ids that are more than a name to a careless API.

use crate::json::{Json, Object};
use crate::probe::case::Variations;
use crate::probe::forge::text;
use crate::probe::material::Material;

/// An id, and the secret that an API would use by it.
const IDS: [(&str, &str, &str); 9] = [
    ("/dev/null", "/dev/null", ""),
    ("a path to /dev/null", "../../../../../../../../dev/null", ""),
    ("a path with a zero byte", "../../../../../../dev/null\u{0}.pem", ""),
    ("file://", "file:///dev/null", ""),
    ("an SQL condition", "' OR '1'='1", ""),
    ("an SQL union", "x' UNION SELECT 'heistctl' -- ", "heistctl"),
    ("a command", "x; sleep 5", ""),
    ("a command in a pipe", "|sleep 5", ""),
    ("a property of every object", "__proto__", ""),
];

pub(super) fn key_ids(m: &Material) -> Variations {
    let parts = m.parts()?;
    let named = |(label, kid, secret): (&str, &str, &str)| {
        let token = parts.hs256(secret.as_bytes(), |header| header.set("kid", text(kid)));
        m.presents(format!("kid is {label}"), &token)
    };
    let mut all = IDS.map(named).to_vec();
    let odd = [
        ("kid has 4 KB", Some(text(&"k".repeat(4096)))),
        ("kid is an object", Some(Json::Object(Object::default()))),
        ("kid is a number", Some(Json::Number("0".to_owned()))),
        ("kid is absent", None),
    ];
    all.extend(odd.into_iter().map(|(label, kid)| {
        let token = parts.hs256(b"", |header| crate::probe::material::set(header, "kid", kid));
        m.presents(label, &token)
    }));
    Ok(all)
}
