//! Private keys in every supported encoding.

use super::*;
use crate::jose::digest::base64url;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use x509_cert::der::asn1::{AnyRef, UintRef};
use x509_cert::der::{Decode, SliceReader};

fn thumbprint(key: &PrivateKey) -> String {
    key.thumbprint().unwrap().unwrap()
}

/// RFC 7515 appendix A.3.1 and RFC 8037 appendix A.1.
#[test]
fn private_jwks_of_the_rfcs_are_read() {
    let ec = br#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
    assert!(matches!(PrivateKey::read(ec), Ok(PrivateKey { pair: PrivateMaterial::Ec(_, Curve::P256), .. })));
    let ed = br#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    assert_eq!(thumbprint(&PrivateKey::read(ed).unwrap()), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn an_rsa_key_is_the_same_as_pem_and_as_jwk() {
    let PrivateMaterial::Rsa(pair) = PrivateKey::generate(Algorithm::RS256).unwrap().pair else { panic!() };
    let pkcs8: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let pem = pem::encode(&pem::Pem::new("PRIVATE KEY", pkcs8.as_ref()));
    let from_pem = PrivateKey::read(pem.as_bytes()).unwrap();
    let jwk = PrivateKey::read(rsa_jwk(pkcs8.as_ref()).as_bytes()).unwrap();
    assert_eq!(thumbprint(&from_pem), thumbprint(&jwk));
}

/// The integers of PKCS#8 and PKCS#1, in order, as members of a JWK.
fn rsa_jwk(pkcs8: &[u8]) -> String {
    let whole = AnyRef::from_der(pkcs8).unwrap();
    let mut info = SliceReader::new(whole.value()).unwrap();
    UintRef::decode(&mut info).unwrap();
    AnyRef::decode(&mut info).unwrap();
    let key = AnyRef::decode(&mut info).unwrap();
    let key = AnyRef::from_der(key.value()).unwrap();
    let mut integers = SliceReader::new(key.value()).unwrap();
    UintRef::decode(&mut integers).unwrap();
    let members = ["n", "e", "d", "p", "q", "dp", "dq", "qi"].map(|name| {
        let value = base64url(UintRef::decode(&mut integers).unwrap().as_bytes());
        format!(r#""{name}":"{value}""#)
    });
    format!(r#"{{"kty":"RSA",{}}}"#, members.join(","))
}

#[test]
fn what_is_no_private_key_is_refused_with_its_reason() {
    for (text, part) in [
        ("hello", "no private key"),
        ("{", "not JSON"),
        (r#"{"kty":"EC"}"#, "a public JWK"),
        (r#"{"kty":"oct","d":"AA"}"#, "\"oct\""),
        (r#"{"kty":"EC","crv":"P-256","d":"AA","x":"AA","y":"AA"}"#, "do not make a private key"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "holds no private key"),
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "encrypted"),
    ] {
        let error = PrivateKey::read(text.as_bytes()).unwrap_err().what;
        assert!(error.contains(part), "{text}: {error}");
    }
    assert!(PrivateKey::generate(Algorithm::HS256).is_err());
}

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/keys/");

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FIXTURES}{name}")).unwrap()
}

fn refused(bytes: &[u8]) -> (String, String) {
    let error = PrivateKey::read(bytes).unwrap_err();
    (error.what.clone(), error.hint_for("my.key").unwrap_or_default())
}

#[test]
fn an_ec_key_is_the_same_in_every_form() {
    for (curve, algorithm) in
        [("p256", Algorithm::ES256), ("p521", Algorithm::ES512), ("secp256k1", Algorithm::ES256K)]
    {
        let plain = PrivateKey::read(&fixture(&format!("{curve}.pem"))).unwrap();
        assert_eq!(plain.natural_algorithm(), algorithm);
        for form in [
            "pkcs8",
            "parameters",
            "no-public",
            "compressed",
            "explicit",
            "explicit-compressed",
            "explicit-compressed-pkcs8",
        ] {
            let name = format!("{curve}-{form}.pem");
            let key = PrivateKey::read(&fixture(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(thumbprint(&key), thumbprint(&plain), "{name}");
        }
    }
}

#[test]
fn a_pem_is_read_in_whatever_it_was_pasted_into() {
    let pem = String::from_utf8(fixture("p256-pkcs8.pem")).unwrap();
    let expected = thumbprint(&PrivateKey::read(pem.as_bytes()).unwrap());
    let lines = pem.trim_end().replace('\n', "\\n");
    let wide = |unit: fn(u16) -> [u8; 2], mark: [u8; 2]| {
        mark.into_iter().chain(pem.encode_utf16().flat_map(unit)).collect::<Vec<u8>>()
    };
    for (name, bytes) in [
        ("CRLF", pem.replace('\n', "\r\n").into_bytes()),
        ("CR", pem.replace('\n', "\r").into_bytes()),
        ("a byte order mark", format!("\u{feff}{pem}").into_bytes()),
        ("\\n", lines.clone().into_bytes()),
        ("\\r\\n", lines.replace("\\n", "\\r\\n").into_bytes()),
        ("quotes", format!("\"{lines}\\n\"\n").into_bytes()),
        ("a variable", format!("CLIENT_KEY='{lines}'").into_bytes()),
        ("one line", pem.replace('\n', " ").into_bytes()),
        ("no line ends", pem.replace('\n', "").into_bytes()),
        ("indented", pem.replace('\n', "\n    ").into_bytes()),
        ("blank lines", pem.replace('\n', "\n\n").into_bytes()),
        ("text before", format!("Bag Attributes: x\n  friendlyName: -----\n{pem}").into_bytes()),
        ("another encoding before", [b"# Schl\xfcssel\n", pem.as_bytes()].concat()),
        ("UTF-16LE", wide(u16::to_le_bytes, [0xFF, 0xFE])),
        ("UTF-16BE", wide(u16::to_be_bytes, [0xFE, 0xFF])),
        ("DER", fixture("p256.der")),
        ("base64 of DER", STANDARD.encode(fixture("p256.der")).into_bytes()),
        ("base64url of DER", URL_SAFE_NO_PAD.encode(fixture("p256.der")).into_bytes()),
        ("base64 of PEM", STANDARD.encode(&pem).into_bytes()),
        ("a certificate before", [fixture("p256-certificate.pem"), pem.clone().into_bytes()].concat()),
        ("an encrypted one before", [fixture("rsa-encrypted-pkcs8.pem"), pem.clone().into_bytes()].concat()),
        (
            "a broken one before",
            format!("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n{pem}").into_bytes(),
        ),
        ("another label", pem.replace(" PRIVATE KEY", " RSA PRIVATE KEY").into_bytes()),
    ] {
        let key = PrivateKey::read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(thumbprint(&key), expected, "{name}");
    }
}

#[test]
fn an_rsa_key_signs_with_what_it_is_for() {
    for (name, algorithm) in [
        ("rsa-pkcs1.pem", Algorithm::RS256),
        ("rsa-pss.pem", Algorithm::PS256),
        ("rsa-pss-sha512.pem", Algorithm::PS512),
        ("ed25519-v2.der", Algorithm::EdDSA),
    ] {
        let key = PrivateKey::read(&fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(key.natural_algorithm(), algorithm, "{name}");
    }
    let pss = PrivateKey::read(&fixture("rsa-pss.pem")).unwrap().verifying_key("x").unwrap();
    assert!(pss.misfit(Algorithm::RS256).unwrap().contains("RSASSA-PSS only"));
    assert_eq!(pss.misfit(Algorithm::PS384), None);
    let pss = PrivateKey::read(&fixture("rsa-pss-sha512.pem")).unwrap().verifying_key("x").unwrap();
    assert!(pss.misfit(Algorithm::PS256).is_some());
}

#[test]
fn what_cannot_be_used_is_named_with_the_command_that_converts_it() {
    for (name, what, hint) in [
        ("openssh-ed25519", "an OpenSSH private key", "ssh-keygen -p -m PKCS8 -f my.key"),
        ("openssh-encrypted", "an OpenSSH private key", "ssh-keygen -p"),
        ("openssh-rsa.pub", "an OpenSSH public key", "the private key"),
        ("rfc4716-rsa.pub", "an OpenSSH public key", "the private key"),
        ("rsa-encrypted-pkcs1.pem", "encrypted", "openssl pkey -in my.key -out key.pem"),
        ("rsa-encrypted-pkcs8.pem", "encrypted", "openssl pkey -in my.key"),
        ("rsa-encrypted-pkcs8.der", "encrypted", "openssl pkey -in my.key"),
        ("rsa-1024.pem", "an RSA key of 1024 bits: JWS needs 2048", "rsa_keygen_bits"),
        ("rsa-pss-sha1.pem", "RSASSA-PSS with SHA-1", "openssl genpkey"),
        ("rsa-pss-salt64.pem", "a longer salt than the 32 bytes", "openssl genpkey"),
        ("ed448.pem", "a key for Ed448", "openssl genpkey"),
        ("x25519.pem", "a key for X25519, which is for key agreement", "openssl genpkey"),
        ("dsa.pem", "a key for DSA", "openssl genpkey"),
        ("brainpool.pem", "its curve is brainpoolP256r1", "openssl genpkey"),
        ("store.p12", "a PKCS#12 store", "openssl pkcs12 -in my.key -nodes"),
        ("ed25519-v2-mismatched.der", "do not belong together", ""),
        ("p256-certificate.pem", "no private key, but a certificate", "the private key"),
        ("p256-compressed.pub", "no private key, but a public key", "the private key"),
    ] {
        let (found, cure) = refused(&fixture(name));
        assert!(found.contains(what) && cure.contains(hint), "{name}: {found} ({cure})");
    }
}

#[test]
fn what_other_programs_keep_keys_in_is_named() {
    for (text, what, hint) in [
        (&b"PuTTY-User-Key-File-3: ssh-rsa\n"[..], "a PuTTY key", "puttygen my.key"),
        (b"<RSAKeyValue><Modulus>AQAB</Modulus></RSAKeyValue>", "XML", ""),
        (b"\xfe\xed\xfe\xed\0\0\0\x02", "a Java key store", "keytool -importkeystore -srckeystore my.key"),
        (
            br#"{"type":"service_account","private_key":"-----BEGIN PRIVATE KEY-----\n"}"#,
            "in its private_key",
            "jq -r",
        ),
        (br#"{"keys":[]}"#, "a JWK Set", "jq"),
        (br#"{"kty":"oct","k":"AAAA"}"#, "a shared secret", ""),
        (br#"{"kty":"OKP","crv":"Ed448","d":"AA","x":"AA"}"#, "\"Ed448\"", ""),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA", "END line is missing", ""),
        (b"-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----", "not base64", ""),
    ] {
        let (found, cure) = refused(text);
        assert!(found.contains(what) && cure.contains(hint), "{text:?}: {found} ({cure})");
    }
}

#[test]
fn a_private_jwk_is_bound_to_what_it_says() {
    let ec = |more: &str| {
        format!(
            r#"{{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",{more}}}"#
        )
    };
    assert!(PrivateKey::read(ec(r#""alg":"ES256","use":"sig","key_ops":["sign"]"#).as_bytes()).is_ok());
    for (more, part) in [
        (r#""use":"enc""#, "not for signatures"),
        (r#""key_ops":["verify"]"#, "not for signing"),
        (r#""alg":"RS256""#, "a key of another kind"),
        (r#""alg":"ECDH-ES""#, "not a signature algorithm"),
        (r#""kty":"EC""#, "more than once"),
    ] {
        let (found, _) = refused(ec(more).as_bytes());
        assert!(found.contains(part), "{more}: {found}");
    }
    let PrivateKey { pair: PrivateMaterial::Rsa(pair), .. } =
        PrivateKey::read(&fixture("rsa-pkcs1.pem")).unwrap()
    else {
        panic!()
    };
    let pkcs8: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let jwk = rsa_jwk(pkcs8.as_ref()).replace("{\"kty\"", "{\"alg\":\"PS384\",\"kty\"");
    assert_eq!(PrivateKey::read(jwk.as_bytes()).unwrap().natural_algorithm(), Algorithm::PS384);
}

#[test]
fn public_halves_are_read_in_every_form() {
    use crate::jose::keyset::KeySet;
    for (public, private) in [
        ("p256-compressed.pub", "p256.pem"),
        ("p256-explicit.pub", "p256.pem"),
        ("p256-explicit-compressed.pub", "p256.pem"),
        ("p256-certificate.pem", "p256.pem"),
        ("p256-trusted.pem", "p256.pem"),
        ("p521-compressed.pub", "p521.pem"),
        ("p521-explicit-compressed.pub", "p521.pem"),
        ("secp256k1-compressed.pub", "secp256k1.pem"),
        ("secp256k1-explicit.pub", "secp256k1.pem"),
        ("secp256k1-explicit-compressed.pub", "secp256k1.pem"),
        ("rsa-pkcs1.pub", "rsa-pkcs1.pem"),
        ("p256.der", "p256.pem"),
    ] {
        let set = KeySet::read(&fixture(public), "x").unwrap_or_else(|error| panic!("{public}: {error}"));
        let expected = thumbprint(&PrivateKey::read(&fixture(private)).unwrap());
        assert_eq!(set.keys[0].thumbprint(), Some(expected), "{public}");
    }
}

#[test]
fn public_keys_of_openssh_are_read_and_what_is_no_key_is_named() {
    use crate::jose::keyset::KeySet;
    for (name, kind) in [
        ("openssh-ed25519.pub", "Ed25519 public key"),
        ("openssh-rsa.pub", "3072-bit RSA public key"),
        ("rfc4716-rsa.pub", "3072-bit RSA public key"),
        ("openssh-ecdsa.pub", "P-256 public key"),
        ("rsa-1024.pem", "1024-bit RSA private key (its public half)"),
    ] {
        assert_eq!(KeySet::read(&fixture(name), "x").unwrap().keys[0].kind(), kind, "{name}");
    }
    for (name, part) in [
        ("ed448.pub", "Ed448"),
        ("openssh-ed25519", "an OpenSSH private key"),
        ("rsa-encrypted-pkcs1.pem", "encrypted"),
        ("rsa-pss-sha1.pem", "SHA-1"),
    ] {
        let error = KeySet::read(&fixture(name), "x").unwrap_err();
        assert!(error.what.contains(part), "{name}: {error}");
    }
}

#[test]
fn parameters_with_another_generator_are_not_the_curve() {
    use crate::jose::keyset::KeySet;
    // A custom generator makes another curve (CVE-2020-0601).
    let pem = String::from_utf8(fixture("p256-explicit.pub")).unwrap();
    let data: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let mut der = STANDARD.decode(data).unwrap();
    let at = der.windows(4).position(|four| four == [0x04, 0x6B, 0x17, 0xD1]).unwrap();
    der[at + 40] ^= 1;
    assert!(KeySet::read(&der, "x").unwrap_err().what.contains("written out"));
}
