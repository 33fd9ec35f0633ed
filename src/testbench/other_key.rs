//! Valid public keys that nobody can sign with: their private keys were never kept.

use serde_json::Value;

/// The curve, x and y of elliptic keys.
const ELLIPTIC: [(&str, &str, Option<&str>); 4] = [
    (
        "P-256",
        "g2i1ToQdypypRc5eJQUTLVgqfnCvV4lncAG0PMPuhmk",
        Some("tc_lPl8keMIVIVtkjAAjB6_HGv5vnDQXNYewe4nn5kE"),
    ),
    (
        "P-384",
        "SD2RdaFGhhqYlvmqi6aRtR1fbzUv_EhgXkrL9ZbVi9ftAzI_tt1fbQgRV1-QyLlK",
        Some("j7O403lX3jzUdz43wIpKeW_UIsHfqwk9XYUcxACMRpxCDPsuhznEJTtCAOpXmPx3"),
    ),
    (
        "P-521",
        "AMqXFaEVY6lP2oQuLv6ubX5b2vdUSpQzhS601ZZnaGgb48n1U9y3YIiA05ItzaNwFm8CuqEXGZQ0MnzE13Wibc2r",
        Some("ABX08YUMu6UEsm3KZnuvhlOqEbl0IJFIaXj5IUBIX7fZUoBWLuSIJH4Vzx8JCnWgBoneyCed-gg66zhUUszCumyp"),
    ),
    ("Ed25519", "iI7ffsROZzOrWiuwymzzPwRgSbOrMtMMQKnkCkapf5I", None),
];
/// The modulus of an RSA key of 2048 bits.
const MODULUS: &str = "\
    sE4hz8-\
    hY5vRBwD89Jx14sjpm8C84e1IOhAN54wj5oOP7GMRJNZCsJCOu5hfXME2uHBAtrgDBmgtoY_zqdkE_N3mOnRgNgb\
    meu4TRsY_uUTG3wmgbpic6_nkhxMuHwuIwfOFQ9LagowBG1QjPmZyp63S2DRYO6v2F9a4EWA4t8mWp7gSRKbFWU8\
    zaqkvHH-qquQgzGh09Rv2toRboQkY16FdU63fzfDnC3mBsCJGcoeKFjuNE6iN1qBaI3S5hyRvEniRVC1hhIFeaBK\
    yrU0RwLXtJ2mdn8cTzboYiswr73WWZPnh0dkVD3ZSm00XYQB-x8AVwBTvUsj7FOkzy6ZThQ";

/// Another valid key of the same kind under the same `kid`.
#[must_use]
pub(super) fn other_key(mut key: Value) -> Value {
    let curve = key.get("crv").and_then(Value::as_str);
    let other = ELLIPTIC.iter().find(|(name, ..)| Some(*name) == curve);
    if let Some((_, x, y)) = other {
        key["x"] = (*x).into();
        if let Some(y) = y {
            key["y"] = (*y).into();
        }
    }
    if let Some(modulus) = key.get_mut("n") {
        *modulus = MODULUS.into();
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::jose::algorithm::Algorithm;
    use crate::jose::compact::{self, Token};
    use crate::jose::jwk;
    use crate::jose::keyset::KeySet;
    use crate::jose::private::PrivateKey;
    use crate::jose::sign::Signer;
    use crate::json::Json;
    use crate::testbench::draft::TokenDraft;
    use crate::verdict::{self, CheckName, Policy};
    use std::time::Duration;

    /// A verifier that takes the other key for ours finds that it is usable, and that the signature is wrong.
    #[test]
    fn the_other_key_is_valid_and_does_not_verify() {
        crate::jose::install_provider();
        let now = Timestamp::from_unix(1_795_420_800);
        for algorithm in
            [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::EdDSA, Algorithm::PS256]
        {
            let signer = Signer::asymmetric(PrivateKey::generate(algorithm).unwrap(), algorithm).unwrap();
            let claims = Json::parse(br#"{"iss":"a"}"#).unwrap().as_object().unwrap().clone();
            let draft = TokenDraft::new(claims, &signer, now, Duration::from_secs(60), [7; 16]);
            let token = draft.signed(&signer).unwrap();
            let Token::Jws(jws) = compact::read(&token) else { panic!("{algorithm:?}") };
            let published = serde_json::to_value(jwk::publish(signer.verifying_key()).unwrap()).unwrap();
            let set = serde_json::json!({ "keys": [other_key(published)] }).to_string();
            let keys = KeySet::read(set.as_bytes(), "other").unwrap();
            let checks = verdict::judge(&jws, &keys, &Policy::default(), now).checks;
            let signature = checks.iter().find(|check| check.name == CheckName::Signature).unwrap();
            assert!(signature.message.contains("does not match"), "{algorithm:?}: {}", signature.message);
        }
    }
}
