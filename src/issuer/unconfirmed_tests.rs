//! A refused assertion is verified again only if a client has changed in the store.

use super::*;
use crate::jose::algorithm::Algorithm;
use crate::jose::jwk;
use crate::jose::private::PrivateKey;
use crate::jose::sign::TokenType;
use crate::jose::verify;

/// An assertion of the client `keyed`, and its public key.
fn by_key(jti: &str) -> (String, Value) {
    let private = PrivateKey::generate(Algorithm::ES256).unwrap();
    let signer = Signer::asymmetric(private, Algorithm::ES256).unwrap();
    let jwk = json!(jwk::publish(signer.verifying_key()).unwrap());
    let claims = json!({"iss": "keyed", "sub": "keyed", "aud": "i", "jti": jti, "exp": NOW.unix() + 60});
    let jwt = signer.sign(TokenType::Jwt, &claims).unwrap();
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    (format!("{GRANT}&client_assertion={jwt}&client_assertion_type={kind}"), json!({"keys": [jwk]}))
}

impl Site {
    /// Registers `keyed` with that key, or replaces its key.
    fn set_key(&self, jwks: &Value) {
        let method = Some("private_key_jwt".to_owned());
        let id = "keyed".to_owned();
        let made =
            ClientRecord { id, auth_method: method, jwks: Some(jwks.clone()), ..ClientRecord::default() };
        if self.store().client("keyed").unwrap().is_none() {
            return self.store().add(&[(made, None)]).unwrap();
        }
        assert!(self.store().change("keyed", &mut |_| Some(made.clone())).unwrap());
    }
}

#[test]
fn a_forged_assertion_is_verified_once_where_the_store_has_not_changed() {
    let site = Site::new();
    let ((forged, _), (_, jwks)) = (by_key("one"), by_key("two"));
    site.set_key(&jwks);
    let (waited, status, _) = site.answer("/oauth/token", &forged);
    assert_eq!((waited, status), (vec![Wait::Lookup, Wait::Confirm], 401));
    for body in [forged, format!("{GRANT}&{}", signed("two", "of somebody else"))] {
        let before = verify::CHECKS.get();
        let first = site.send("/oauth/token", &body, Run::FIRST);
        let once = verify::CHECKS.get() - before;
        assert!(once > 0 && first.record.waits_for == Some(Wait::Confirm), "{once}");
        let second = site.send("/oauth/token", &body, Run::FIRST.next(Wait::Confirm, &first.record));
        assert_eq!((second.response.status, verify::CHECKS.get() - before), (401, once), "verified again");
        assert_eq!(second.record, site.send("/oauth/token", &body, Run::WHOLE).record);
    }
}

#[test]
fn an_assertion_by_a_key_that_was_registered_a_moment_ago_is_verified_again() {
    let site = Site::new();
    let ((fresh, new), (_, old)) = (by_key("one"), by_key("two"));
    site.set_key(&old);
    site.answer("/oauth/token", &fresh);
    let first = site.send("/oauth/token", &fresh, Run::FIRST);
    site.set_key(&new);
    assert!(first.record.unconfirmed.is_some());
    // A request that was queued for too long is not confirmed, and is refused for that reason.
    let late = Run::FIRST.next(Wait::Confirm, &first.record).impatient();
    assert_eq!(site.send("/oauth/token", &fresh, late).response.status, 503);
    let (waited, status, answer) = site.answer("/oauth/token", &fresh);
    assert_eq!((waited.first(), status), (Some(&Wait::Confirm), 200), "{answer}");
}
