//! Clients that are known by tokens of trusted issuers are found without an id.

use super::*;
use crate::registry::federated::FederatedRule;

#[test]
fn clients_with_rules_are_found_by_them() {
    each(|store, other| {
        let rule = |sub: &str| FederatedRule {
            trust: "t".to_owned(),
            sub: Some(sub.to_owned()),
            ..FederatedRule::default()
        };
        let known = |id: &str| (ClientRecord { federated: vec![rule(id)], ..record(id) }, None);
        assert!(!other.any(ClientTrait::Federated).unwrap());
        store.add(&[known("z"), known("y"), known("x")]).unwrap();
        assert!(other.any(ClientTrait::Federated).unwrap());
        let found = other.clients_with(ClientTrait::Federated, 2).unwrap();
        assert_eq!(found.iter().map(|listed| listed.id.as_str()).collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(found[0].stored.as_ref().unwrap().record.federated, [rule("x")]);
    });
}
