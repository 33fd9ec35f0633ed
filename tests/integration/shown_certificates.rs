//! Client certificates that `heistctl token` shows: whatever a file calls its key, one that TLS can use is
//! used, and one that it cannot is refused with a reason.

use crate::support::tls::{Authority, Issued, serve};
use crate::support::{HACKER, Ran, Server, folder, heistctl};
use aws_lc_rs::encoding::{AsDer, EcPrivateKeyRfc5915Der};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use rcgen::{CertificateParams, KeyPair, RsaKeySize};
use x509_cert::der::asn1::{AnyRef, UintRef};
use x509_cert::der::{Decode, SliceReader};

/// A key on a curve that TLS does not have, and its certificate.
const SECP256K1: [&str; 2] = [
    "-----BEGIN PRIVATE KEY-----\n\
MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQgRC9muHMRiXqOlyX+2N7K\n\
oWFQ8h7r+smGO1e36RQRsR6hRANCAAR895A3dYrNKcwchf3UpPLAZLlg9eSMPMen\n\
roMYyUu9uM0iU6AGwV49iVTtuKbhe89vJboyfAeeiQ3J0wxoN0tD\n\
-----END PRIVATE KEY-----",
    "-----BEGIN CERTIFICATE-----\n\
MIIBbzCCARSgAwIBAgIUHzBkcY/c64lRlSCAHSwUCktYsBIwCgYIKoZIzj0EAwIw\n\
DTELMAkGA1UEAwwCazEwIBcNMjYxMTI1MTAyMTExWhgPMjEyNjExMDExMDIxMTFa\n\
MA0xCzAJBgNVBAMMAmsxMFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEfPeQN3WKzSnM\n\
HIX91KTywGS5YPXkjDzHp66DGMlLvbjNIlOgBsFePYlU7bim4XvPbyW6MnwHnokN\n\
ydMMaDdLQ6NTMFEwHQYDVR0OBBYEFDjAozrxXL+cEF54yMz/0317ELuTMB8GA1Ud\n\
IwQYMBaAFDjAozrxXL+cEF54yMz/0317ELuTMA8GA1UdEwEB/wQFMAMBAf8wCgYI\n\
KoZIzj0EAwIDSQAwRgIhAJaD5FK71KKAmBd+nKdJnzevDPXqpTMz4lAW0IUdPfIO\n\
AiEA+oQkgzYfjlQhStiLCSz/P5I+V9Mo2qQNaxRIAKeYNfY=\n\
-----END CERTIFICATE-----",
];

/// A key, and a certificate of X.509 version 1, as `openssl x509 -req` makes it where nothing is said of
/// extensions.
const VERSION_1: [&str; 2] = [
    "-----BEGIN PRIVATE KEY-----\n\
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgu2Mp5oNZOhuSkv5Q\n\
kZpiPnz2YzA/h37CFkjWAwur0eShRANCAAQW8R00I4nBKbZWWBvANRCmGeFN3mw1\n\
odeDDhOJ85gVncAFs3zb5w55JfadDDpKUkx4P+XFY94awkK8n5ot3vz8\n\
-----END PRIVATE KEY-----",
    "-----BEGIN CERTIFICATE-----\n\
MIIBFjCBvQIUKJpVd5vHE2+QeUsAMgfWd2pNy3swCgYIKoZIzj0EAwIwDTELMAkG\n\
A1UEAwwCdjEwIBcNMjYxMTI1MTAyMTExWhgPMjEyNjExMDExMDIxMTFaMA0xCzAJ\n\
BgNVBAMMAnYxMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEFvEdNCOJwSm2Vlgb\n\
wDUQphnhTd5sNaHXgw4TifOYFZ3ABbN82+cOeSX2nQw6SlJMeD/lxWPeGsJCvJ+a\n\
Ld78/DAKBggqhkjOPQQDAgNIADBFAiEA4fCV1N9ILA3pYdVNMib18vRuwrLT3Uns\n\
S3jNVCu0LwECIFP1OeS5137SOq/4EpB9cKz2V/PGG3fcO5kWDgmclQVZ\n\
-----END CERTIFICATE-----",
];

fn token(server: &Server, authority: &str, key: &str, certificate: &str) -> Ran {
    let files = folder(&[("ca.pem", authority), ("cert.pem", certificate), ("key.pem", key)]);
    let args = ["token", "--cacert", "ca.pem", "--client-cert", "cert.pem", "--client-cert-key", "key.pem"];
    let asking = heistctl(args.iter().chain(&["--auth-method", "client_secret_basic"])).envs(&HACKER);
    asking.env("HEISTCTL_TOKEN_URL", server.token_url()).in_folder(files.path()).run()
}

fn labelled(label: &str, der: &[u8]) -> String {
    pem::encode(&pem::Pem::new(label, der))
}

/// The PKCS#1 within a PKCS#8: `SEQUENCE { version, algorithm, OCTET STRING }`.
fn pkcs1(pkcs8: &[u8]) -> Vec<u8> {
    let whole = AnyRef::from_der(pkcs8).unwrap();
    let mut inner = SliceReader::new(whole.value()).unwrap();
    UintRef::decode(&mut inner).unwrap();
    AnyRef::decode(&mut inner).unwrap();
    AnyRef::decode(&mut inner).unwrap().value().to_vec()
}

fn sec1(pkcs8: &[u8]) -> Vec<u8> {
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8).unwrap();
    let der: EcPrivateKeyRfc5915Der<'_> = pair.private_key().as_der().unwrap();
    der.as_ref().to_vec()
}

#[test]
fn a_key_is_shown_whatever_its_file_calls_it() {
    let authority = Authority::new("authority");
    let (_folder, server) = serve(&authority.issue("127.0.0.1"), &[]);
    let own = |key: &KeyPair| CertificateParams::new(vec![]).unwrap().self_signed(key).unwrap().pem();
    let ec = KeyPair::generate().unwrap();
    let rsa = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let (ec_pkcs8, rsa_pkcs8) = (ec.serialize_der(), rsa.serialize_der());
    let (ec_sec1, rsa_pkcs1) = (sec1(&ec_pkcs8), pkcs1(&rsa_pkcs8));
    for (pair, forms) in [(&ec, [ec_pkcs8, ec_sec1]), (&rsa, [rsa_pkcs8, rsa_pkcs1])] {
        let certificate = own(pair);
        for (form, der) in forms.iter().enumerate() {
            for label in ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"] {
                let ran = token(&server, &authority.pem, &labelled(label, der), &certificate);
                assert!(ran.code == 0 && ran.stdout.starts_with("ey"), "form {form} as {label}: {ran}");
            }
        }
    }
}

#[test]
fn what_tls_cannot_show_is_refused_with_a_reason() {
    let authority = Authority::new("authority");
    let (_folder, server) = serve(&authority.issue("127.0.0.1"), &[]);
    let [key, certificate] = SECP256K1;
    let refused = token(&server, &authority.pem, key, certificate);
    refused
        .fails(2, &["client certificate: cert.pem with key.pem: TLS cannot use the key", "P-256", "hint:"]);
    let [key, certificate] = VERSION_1;
    let refused = token(&server, &authority.pem, key, certificate);
    refused.fails(
        2,
        &["client certificate: cert.pem with key.pem: the certificate is of an old version", "hint:"],
    );
    let Issued { pem, .. } = authority.issue("client");
    token(&server, &authority.pem, key, &pem).fails(2, &["the key is another certificate's"]);
}
