//! Recognises damaged key files, with a hint for each kind of damage. Pure; never quotes the file, and
//! never rejects a readable one.

/// A kind of damage: a test of the trimmed text, a description, and a hint in which `FILE` stands for the
/// file. The first match counts.
type DamageKind = (fn(&str) -> bool, &'static str, &'static str);

/// The hint for incomplete files.
pub(crate) const COPY_AGAIN: &str =
    "copy the whole file again, from its BEGIN line to its END line; openssl pkey -in FILE -noout checks it";
const ARMOUR: &str =
    "its first line must be -----BEGIN PRIVATE KEY-----, and its last line -----END PRIVATE KEY-----";

const KINDS: [DamageKind; 19] = [
    (
        |text| starts(text, "<!doctype") || starts(text, "<html"),
        "it is a web page, not a key",
        "the download fetched a login page or an error page: download the key again",
    ),
    (
        |text| text.starts_with("version https://git-lfs"),
        "it is a pointer of Git LFS, not the file itself",
        "git lfs pull fetches the file",
    ),
    (
        |text| text.starts_with("$ANSIBLE_VAULT"),
        "it is encrypted by Ansible Vault",
        "ansible-vault decrypt FILE",
    ),
    (|text| text.contains("ENC[AES256_GCM"), "it is encrypted by SOPS", "sops -d FILE > key.pem decrypts it"),
    (
        |text| text.contains("BEGIN PGP MESSAGE"),
        "it is encrypted by PGP",
        "gpg -d FILE > key.pem decrypts it",
    ),
    (
        |text| text.contains("BEGIN AGE ENCRYPTED"),
        "it is encrypted by age",
        "age -d FILE > key.pem decrypts it",
    ),
    (
        |text| text.contains("EC PARAMETERS-----") && text.matches("BEGIN ").count() == 1,
        "it has the parameters of a curve, but no key",
        "openssl ecparam -name prime256v1 -genkey -noout -out key.pem makes a key",
    ),
    (
        |text| {
            begins(text) && text.lines().all(|line| line.trim().is_empty() || line.trim().starts_with('>'))
        },
        "its lines begin with >, as in a quoted mail",
        "sed 's/^ *> *//' FILE > key.pem removes the marks",
    ),
    (
        |text| begins(text) && text.contains("&#"),
        "its line ends are written as in XML (&#10;)",
        "sed 's/&#1[03];/\\n/g' FILE > key.pem writes them as line ends",
    ),
    (
        |text| begins(text) && text.contains("%0A") || has(text, "-----begin%20") || has(text, "-----begin+"),
        "it is percent-encoded",
        "python3 -c 'import sys, urllib.parse as u; print(u.unquote_plus(sys.stdin.read()))' < FILE > key.pem decodes it",
    ),
    (
        |text| begins(text) && text.contains("..."),
        "it is an example: it has dots instead of the key",
        "give the file of the key itself",
    ),
    (
        |text| begins(text) && text.lines().any(|line| line.trim().contains(' ') && !line.contains("---")),
        "it is damaged: its base64 has blanks, as if a form had turned its + signs into blanks",
        COPY_AGAIN,
    ),
    (
        |text| has(text, "begin") && (has(text, "key") || has(text, "certificate")) && !begins(text),
        "its BEGIN line is damaged",
        ARMOUR,
    ),
    (
        |text| !begins(text) && text.contains("-----END "),
        "its BEGIN line is missing: something is cut off",
        COPY_AGAIN,
    ),
    (
        |text| is_variable(text),
        "it holds the name of a variable, not the variable's value",
        "write the value: printf '%s\\n' \"$NAME\" > key.pem",
    ),
    (|text| is_path(text), "it holds the path of a file, not a key", "give the file at that path itself"),
    (
        |text| {
            text.len() > 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte.is_ascii_whitespace())
        },
        "it is written in hexadecimal digits",
        "xxd -r -p FILE > key.der turns them into bytes",
    ),
    (
        |text| text.starts_with("eyJ") && text.matches('.').count() >= 2,
        "it is a token, not a key",
        "give the file of the private key",
    ),
    (
        |text| ["MII", "MHc", "MC4", "MFk", "MHY", "MIG", "MCo"].iter().any(|begin| text.starts_with(begin)),
        "it is base64 without BEGIN and END lines, and a part of it is missing",
        COPY_AGAIN,
    ),
];

/// A secret instead of a private key file.
const WORD: DamageKind = (
    |text| text.lines().count() == 1 && text.len() < 200 && !text.contains(' ') && !text.starts_with('{'),
    "it is one short word, as a shared secret is, and neither PEM nor JWK nor JWK Set",
    "a client's secret proves itself without a key; openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem makes a key",
);

/// The magic bytes of packed files, and the command that unpacks them.
const PACKED: [(&[u8], &str, &str); 5] = [
    (&[0x1F, 0x8B], "it is compressed by gzip", "gunzip -c < FILE > key.pem unpacks it"),
    (&[0xFD, b'7', b'z', b'X', b'Z'], "it is compressed by xz", "xz -dc < FILE > key.pem unpacks it"),
    (&[0x28, 0xB5, 0x2F, 0xFD], "it is compressed by zstd", "zstd -dc < FILE > key.pem unpacks it"),
    (b"BZh", "it is compressed by bzip2", "bzip2 -dc < FILE > key.pem unpacks it"),
    (b"PK\x03\x04", "it is a zip archive", "unzip -p FILE > key.pem unpacks its only file"),
];

/// The damage of a text without a key, and the hint.
pub(super) fn of_text(text: &str) -> Option<(&'static str, &'static str)> {
    let text = text.trim();
    KINDS.iter().find(|(fits, ..)| fits(text)).map(|(_, what, cure)| (*what, *cure))
}

/// The same for an expected private key; the text may be a secret.
pub(super) fn of_private(text: &str) -> Option<(&'static str, &'static str)> {
    let (fits, what, cure) = WORD;
    of_text(text).or_else(|| fits(text.trim()).then_some((what, cure)))
}

/// The same for bytes that are not text.
pub(super) fn of_bytes(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    PACKED.iter().find(|(magic, ..)| bytes.starts_with(magic)).map(|(_, what, cure)| (*what, *cure))
}

/// Why the section after `BEGIN label` has no end; `rest` is the text after that line.
pub(super) fn unended(rest: &str) -> &'static str {
    let next = rest.find("-----BEGIN ").unwrap_or(rest.len());
    if rest[..next].contains("-----END ") {
        "its BEGIN line and its END line name different kinds"
    } else {
        "its END line is missing: something is cut off"
    }
}

fn begins(text: &str) -> bool {
    text.contains("-----BEGIN ")
}

fn starts(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn has(text: &str, part: &str) -> bool {
    text.to_ascii_lowercase().contains(part)
}

fn is_variable(text: &str) -> bool {
    let name = text.trim_matches(['"', '\'']);
    let name = name.strip_prefix('$').or_else(|| name.strip_prefix("{{")).or_else(|| name.strip_prefix('%'));
    name.is_some_and(|name| {
        name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || "_{}() .%$".contains(c))
    })
}

fn is_path(text: &str) -> bool {
    let begins = ["/", "~/", "./", "../", "file:"].iter().any(|prefix| text.starts_with(prefix));
    let ends = [".pem", ".key", ".der", ".jwk", ".json", ".crt"].iter().any(|suffix| text.ends_with(suffix));
    text.lines().count() == 1
        && text.len() < 200
        && !text.contains(' ')
        && (begins && text.len() < 64 || ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_damage_is_recognised() {
        for (text, part) in [
            ("<!DOCTYPE html><html>", "a web page"),
            ("<HTML><body>", "a web page"),
            ("version https://git-lfs.github.com/spec/v1\noid sha256:a\n", "Git LFS"),
            ("$ANSIBLE_VAULT;1.1;AES256\n31\n", "Ansible"),
            ("-----BEGIN PGP MESSAGE-----\n\nA\n-----END PGP MESSAGE-----", "PGP"),
            ("> -----BEGIN PRIVATE KEY-----\n> AAAA\n> -----END PRIVATE KEY-----", "quoted mail"),
            ("-----BEGIN PRIVATE KEY-----&#10;AAAA&#10;-----END PRIVATE KEY-----", "XML"),
            ("-----BEGIN%20PRIVATE%20KEY-----%0AAAAA", "percent-encoded"),
            ("-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----", "an example"),
            ("-----BEGIN PRIVATE KEY-----\nAA AA\n-----END PRIVATE KEY-----", "its + signs into blanks"),
            ("AAAA\n-----END PRIVATE KEY-----", "BEGIN line is missing"),
            ("----BEGIN PRIVATE KEY----\nAAAA\n----END PRIVATE KEY----", "BEGIN line is damaged"),
            ("\u{2014}BEGIN PRIVATE KEY\u{2014}\nAAAA", "BEGIN line is damaged"),
            ("-----begin private key-----\nAAAA", "BEGIN line is damaged"),
            ("-----BEGIN\u{a0}PRIVATE\u{a0}KEY-----\nAAAA", "BEGIN line is damaged"),
            ("${CLIENT_KEY}\n", "name of a variable"),
            ("$(cat key.pem)", "name of a variable"),
            ("{{ client_key }}", "name of a variable"),
            ("/etc/ssl/key.pem", "path of a file"),
            ("keys/client.key\n", "path of a file"),
            (&"a1".repeat(40), "hexadecimal"),
            ("eyJhbGciOiJub25lIn0.e30.", "a token"),
            ("MIIEvQIBADANBgkq", "a part of it is missing"),
            ("hunter2", "one short word"),
        ] {
            let (what, cure) = of_private(text).unwrap_or_else(|| panic!("{text}"));
            assert!(what.contains(part) && !cure.is_empty(), "{text}: {what}");
        }
        for text in ["", "two words\nand lines", r#"{"keys":[]}"#] {
            assert_eq!(of_private(text), None, "{text}");
        }
        assert!(of_bytes(b"\x1F\x8B\x08").is_some_and(|(what, _)| what.contains("gzip")));
        assert_eq!(of_bytes(b"\x30\x82"), None);
    }

    #[test]
    fn an_end_of_another_kind_is_not_a_missing_end() {
        assert!(unended("\nAA\n-----END EC PRIVATE KEY-----\n").contains("different kinds"));
        assert!(unended("\nAA\n").contains("END line is missing"));
        assert!(unended("\nAA\n-----BEGIN X-----\nBB\n-----END X-----").contains("END line is missing"));
    }
}
