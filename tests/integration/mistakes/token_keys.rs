//! Mistakes with the files of secrets and keys: the value in place of its path, and all that happens to a
//! PEM on its way.

use super::Mistake;
use crate::support::keys::Key;
use crate::support::{Heistctl, heistctl, repository};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::path::Path;

const SECRETS: [&str; 6] = [
    "hunter2-hunter2",
    "heist_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "eyJhbGciOiJub25lIn0.e30.hunter2",
    "a+b/hunter2==",
    "./hunter2",
    "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----",
];

fn token(typed: &[&str]) -> Heistctl {
    let run = heistctl(["token", "--no-cache", "--token-url", "https://127.0.0.1:1/t"].iter().chain(typed));
    run.env("HEISTCTL_CLIENT_ID", "app")
}

#[test]
fn a_value_in_place_of_its_file_is_never_printed() {
    for secret in SECRETS {
        for (flag, cause) in [
            ("--client-secret-file", "client secret: there is no file at the path from --client-secret-file"),
            ("--client-key", "client key: there is no file at the path from --client-key"),
            ("--dpop-key", "DPoP key: there is no file at the path from --dpop-key"),
        ] {
            // The equals sign: a PEM begins as a flag does.
            let typed = format!("{flag}={secret}");
            let mistake = Mistake {
                typed: &[&typed],
                exit: 2,
                cause,
                cure: "goes into HEISTCTL_CLIENT_SECRET or, as --client-secret-file -, to stdin",
            };
            let ran = mistake.is_explained(|typed| {
                let run = token(typed);
                if flag == "--dpop-key" { run.env("HEISTCTL_CLIENT_SECRET", "s") } else { run }
            });
            is_silent(&ran.stderr, secret);
        }
        by_profile_and_variable(secret);
    }
}

fn by_profile_and_variable(secret: &str) {
    let home = tempfile::tempdir().unwrap();
    let profile = Mistake {
        typed: &[&format!("--profile={secret}")],
        exit: 2,
        cause: "profile",
        cure: "HEISTCTL_CLIENT_SECRET",
    };
    let ran = profile.is_explained(|typed| token(typed).env("XDG_CONFIG_HOME", home.path()));
    is_silent(&ran.stderr, secret);
    let variable = Mistake {
        typed: &[],
        exit: 2,
        cause: "at the path from HEISTCTL_CLIENT_SECRET_FILE",
        cure: "goes into HEISTCTL_CLIENT_SECRET",
    };
    let ran = variable.is_explained(|typed| token(typed).env("HEISTCTL_CLIENT_SECRET_FILE", secret));
    is_silent(&ran.stderr, secret);
    let named =
        Mistake { typed: &[], exit: 2, cause: "from HEISTCTL_PROFILE", cure: "HEISTCTL_CLIENT_SECRET" };
    fs_profile(home.path(), secret);
    let ran = named.is_explained(|typed| {
        token(typed).env("HEISTCTL_PROFILE", secret).env("XDG_CONFIG_HOME", home.path())
    });
    is_silent(&ran.stderr, secret);
    for name in ["secret", "key", "dpop", "certificate"] {
        let key = Mistake {
            typed: &["--profile", name],
            exit: 2,
            cause: " of profile ",
            cure: "HEISTCTL_CLIENT_SECRET",
        };
        let ran = key.is_explained(|typed| token(typed).env("XDG_CONFIG_HOME", home.path()));
        is_silent(&ran.stderr, secret);
    }
}

/// Profiles with a secret where the path of its file belongs.
fn fs_profile(home: &Path, secret: &str) {
    let folder = home.join("heistctl");
    let secret = serde_json::to_string(secret).unwrap();
    let cert = serde_json::to_string(&repository().join("tests/fixtures/keys/p256-certificate.pem")).unwrap();
    let toml = format!(
        "[profile.secret]\nclient_secret_file = {secret}\n[profile.key]\nclient_key = {secret}\n\
         [profile.dpop]\nsecret_command = ['echo', 's']\ndpop_key = {secret}\n\
         [profile.certificate]\nclient_cert = {cert}\nclient_cert_key = {secret}\n"
    );
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), toml).unwrap();
}

fn is_silent(stderr: &str, secret: &str) {
    let is_shown = stderr.contains("hunter2") || stderr.contains("AAAAAAAA") || stderr.contains(secret);
    assert!(!is_shown, "{stderr}");
}

#[test]
fn a_path_that_leads_nowhere_is_explained_by_what_is_odd_about_it() {
    for (path, cause) in [
        ("~/secret", "it begins with ~, which only a shell expands"),
        ("$HOME/secret", "a variable"),
        ("${SECRETS}/app", "a variable"),
        ("@secret.txt", "curl"),
        ("file:///run/secret", "a file: URL"),
        ("https://vault/secret", "a URL"),
        ("'secret.txt'", "quotes"),
        ("secret.txt\n", "line ends"),
        ("heist_x", "a secret of heistctl itself"),
        ("eyJhbGciOiJub25lIn0.e30.", "a token"),
    ] {
        for flag in ["--client-secret-file", "--client-key"] {
            Mistake { typed: &[flag, path], exit: 2, cause, cure: "not shown" }.is_explained(token);
        }
    }
}

/// What happened to a key on its way: the file, the cause and the cure.
type Damage = (&'static str, Vec<u8>, &'static str, &'static str);

/// A PEM and its parts.
struct Pem {
    whole: String,
    begin: String,
    /// The first line between BEGIN and END, and the others.
    first: String,
    rest: String,
    end: String,
}

impl Pem {
    fn of(key: &Key) -> Self {
        let whole = key.private_pem().replace("\r\n", "\n");
        let lines: Vec<String> = whole.trim().lines().map(str::to_owned).collect();
        let [begin, first, rest @ .., end] = lines.as_slice() else { panic!("{whole}") };
        let (begin, first, end) = (begin.clone(), first.clone(), end.clone());
        Self { rest: rest.join("\n"), begin, first, end, whole }
    }

    fn with_body(&self, body: &str) -> Vec<u8> {
        format!("{}\n{body}\n{}\n", self.begin, self.end).into_bytes()
    }
}

const AGAIN: &str = "copy the whole file again";
const ARMOUR: &str = "-----BEGIN PRIVATE KEY-----, and its last line";

fn bytes(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

/// Files that lost a part.
fn cut_off(pem: &Pem) -> Vec<Damage> {
    vec![
        ("half", bytes(&pem.whole[..pem.whole.len() / 2]), "its END line is missing", AGAIN),
        ("no end", bytes(&pem.whole.replace(pem.end.as_str(), "")), "its END line is missing", AGAIN),
        ("no begin", bytes(&pem.whole.replace(pem.begin.as_str(), "")), "its BEGIN line is missing", AGAIN),
        ("begin alone", bytes(&pem.begin), "its END line is missing", AGAIN),
        ("end alone", bytes(&pem.end), "its BEGIN line is missing", AGAIN),
        (
            "nothing between",
            bytes(&format!("{}\n{}\n", pem.begin, pem.end)),
            "there is nothing between",
            AGAIN,
        ),
        ("first line lost", pem.with_body(&pem.rest), "its base64 is not the whole", AGAIN),
        ("last line lost", pem.with_body(&pem.first), "its base64 is not the whole", AGAIN),
        (
            "other end",
            bytes(&pem.whole.replace("END PRIVATE", "END EC PRIVATE")),
            "name different kinds",
            AGAIN,
        ),
    ]
}

/// Files whose characters were changed.
fn garbled(pem: &Pem) -> Vec<Damage> {
    vec![
        (
            "letter lost",
            pem.with_body(&format!("{}\n{}", &pem.first[1..], pem.rest)),
            "it is damaged: ",
            AGAIN,
        ),
        ("foreign letter", pem.with_body(&format!("*{}\n{}", pem.first, pem.rest)), "is not base64", AGAIN),
        ("four dashes", bytes(&pem.whole.replace("-----", "----")), "its BEGIN line is damaged", ARMOUR),
        ("long dashes", bytes(&pem.whole.replace("-----", "\u{2014}")), "its BEGIN line is damaged", ARMOUR),
        (
            "small letters",
            bytes(&pem.whole.replace("BEGIN PRIVATE", "begin private")),
            "its BEGIN line is damaged",
            ARMOUR,
        ),
        ("no-break space", bytes(&pem.whole.replace(' ', "\u{a0}")), "its BEGIN line is damaged", ARMOUR),
        (
            "quoted mail",
            bytes(&pem.whole.lines().map(|line| format!("> {line}\n")).collect::<String>()),
            "quoted mail",
            "sed ",
        ),
        ("xml", bytes(&pem.whole.replace('\n', "&#10;")), "as in XML", "sed "),
        ("percent", bytes(&pem.whole.replace(' ', "%20").replace('\n', "%0A")), "percent-encoded", "unquote"),
        (
            "lost plus",
            pem.with_body(&format!("{} {}\n{}", &pem.first[..9], &pem.first[10..], pem.rest)),
            "its + signs into blanks",
            AGAIN,
        ),
        ("example", pem.with_body("..."), "it is an example", "the key itself"),
    ]
}

/// Files of other programs.
fn other_files() -> Vec<Damage> {
    vec![
        (
            "web page",
            bytes("<!DOCTYPE html><html><body>Sign in</body></html>"),
            "a web page",
            "download the key again",
        ),
        ("error", bytes(r#"{"error":"not found"}"#), "an error message in JSON", "jq ."),
        (
            "lfs",
            bytes("version https://git-lfs.github.com/spec/v1\noid sha256:a\nsize 1\n"),
            "Git LFS",
            "git lfs pull",
        ),
        ("ansible", bytes("$ANSIBLE_VAULT;1.1;AES256\n3132\n"), "Ansible Vault", "ansible-vault decrypt"),
        ("sops", bytes(r#"{"data":"ENC[AES256_GCM,data:x]","sops":{}}"#), "SOPS", "sops -d"),
        (
            "pgp",
            bytes("-----BEGIN PGP MESSAGE-----\n\naaaa\n-----END PGP MESSAGE-----\n"),
            "encrypted by PGP",
            "gpg -d",
        ),
        (
            "age",
            bytes("-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n"),
            "encrypted by age",
            "age -d",
        ),
        ("gzip", b"\x1F\x8B\x08\0\0\0".to_vec(), "compressed by gzip", "gunzip"),
        ("zip", b"PK\x03\x04\0\0".to_vec(), "a zip archive", "unzip"),
    ]
}

/// Files with something else in them than a private key.
fn other_contents(key: &Key) -> Vec<Damage> {
    vec![
        ("hex", bytes(&"3041".repeat(40)), "hexadecimal digits", "xxd -r -p"),
        ("variable", bytes("${CLIENT_KEY}\n"), "the name of a variable", "printf"),
        ("path", bytes("/etc/ssl/private.pem\n"), "the path of a file", "at that path"),
        ("secret", bytes("hunter2\n"), "one short word", "openssl genpkey"),
        ("empty", bytes("\n"), "it is empty", "openssl genpkey"),
        ("token", bytes("eyJhbGciOiJub25lIn0.e30.\n"), "it is a token", "private key"),
        ("shared jwk", bytes(r#"{"kty":"oct","k":"AAAA"}"#), "a shared secret", "jq -r .k"),
        ("jwks", bytes(r#"{"keys":[]}"#), "a JWK Set", "jq '.keys[0]'"),
        (
            "service account",
            bytes(r#"{"private_key":"-----BEGIN PRIVATE KEY-----\n"}"#),
            "in its private_key",
            "jq -r .private_key",
        ),
        ("public", bytes(&key.public_pem()), "no private key, but a public key", "give the private key"),
        (
            "certificate",
            bytes(&key.certificate_pem()),
            "no private key, but a certificate",
            "give the private key",
        ),
        ("public jwk", bytes(&key.jwk().to_string()), "a public JWK: it has no d", "give the private key"),
    ]
}

#[test]
fn a_damaged_key_is_named_by_what_happened_to_it() {
    let files = tempfile::tempdir().unwrap();
    let key = Key::for_alg("ES256");
    let pem = Pem::of(&key);
    let damaged = [cut_off(&pem), garbled(&pem), other_files(), other_contents(&key)].concat();
    for (name, bytes, cause, cure) in damaged {
        let file = format!("{}.pem", name.replace(' ', "-"));
        std::fs::write(files.path().join(&file), bytes).unwrap();
        let mistake = Mistake { typed: &["--client-key", &file], exit: 2, cause, cure };
        let ran = mistake.is_explained(|typed| token(typed).in_folder(files.path()));
        assert!(ran.stderr.contains("error: client key: ") && !ran.stderr.contains("hunter2"), "{ran}");
    }
}

#[test]
fn an_encrypted_key_is_named_in_each_form_with_the_command_that_decrypts_it() {
    let fixtures = repository().join("tests/fixtures/keys");
    for (name, cause, cure) in [
        (
            "rsa-encrypted-pkcs1.pem",
            "it is encrypted",
            "hint: openssl pkey -in rsa-encrypted-pkcs1.pem -out key.pem",
        ),
        (
            "rsa-encrypted-pkcs8.pem",
            "it is encrypted",
            "hint: openssl pkey -in rsa-encrypted-pkcs8.pem -out key.pem",
        ),
        (
            "rsa-encrypted-pkcs8.der",
            "it is encrypted",
            "hint: openssl pkey -in rsa-encrypted-pkcs8.der -out key.pem",
        ),
        ("openssh-encrypted", "an OpenSSH private key", "ssh-keygen -p -m PKCS8 -f openssh-encrypted"),
        ("openssh-ed25519", "an OpenSSH private key", "ssh-keygen -p -m PKCS8 -f openssh-ed25519"),
        ("store.p12", "a PKCS#12 store", "openssl pkcs12 -in store.p12"),
    ] {
        for flag in ["--client-key", "--dpop-key"] {
            let cure = cure.trim_start_matches("hint: ");
            let mistake = Mistake { typed: &[flag, name], exit: 2, cause, cure };
            mistake
                .is_explained(|typed| token(typed).env("HEISTCTL_CLIENT_SECRET", "s").in_folder(&fixtures));
        }
    }
}

/// What is only wrapped is read: nobody has to be told.
#[test]
fn a_key_that_was_only_wrapped_is_read() {
    let pem = Key::for_alg("ES256").private_pem().replace("\r\n", "\n");
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let wide = |unit: fn(u16) -> [u8; 2]| pem.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let files = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("crlf", pem.replace('\n', "\r\n").into_bytes()),
        ("cr", pem.replace('\n', "\r").into_bytes()),
        ("quoted", format!("\"{pem}\"").into_bytes()),
        ("escaped", pem.replace('\n', "\\n").into_bytes()),
        ("escaped-twice", pem.replace('\n', "\\\\n").into_bytes()),
        ("escaped-crlf", pem.replace('\n', "\\r\\n").into_bytes()),
        ("one-line", pem.replace('\n', " ").into_bytes()),
        ("env", format!("KEY=\"{}\"\n", pem.replace('\n', "\\n")).into_bytes()),
        ("yaml", pem.lines().map(|line| format!("    {line}\n")).collect::<String>().into_bytes()),
        ("marked", format!("\u{feff}{pem}").into_bytes()),
        ("utf16-le", [vec![0xFF, 0xFE], wide(u16::to_le_bytes)].concat()),
        ("utf16-be", [vec![0xFE, 0xFF], wide(u16::to_be_bytes)].concat()),
        ("utf16-le-unmarked", wide(u16::to_le_bytes)),
        ("utf16-be-unmarked", wide(u16::to_be_bytes)),
        ("bare", body.into_bytes()),
        ("base64", STANDARD.encode(&pem).into_bytes()),
        ("other-label", pem.replace("PRIVATE KEY", "PUBLIC KEY").into_bytes()),
    ] {
        std::fs::write(files.path().join(name), bytes).unwrap();
        // Nobody listens there: the key was read before anybody was asked.
        token(&["--client-key", name]).in_folder(files.path()).run().fails(6, &["token request: "]);
    }
}
