//! A run against the reference API.

use super::api::{PATH, ReferenceApi, URL};
use super::claims::{AUDIENCE, CLIENT, ISSUER, READ};
use super::keys::Keyring;
use crate::clock::Timestamp;
use crate::jose::algorithm::Algorithm;
use crate::jose::jwk;
use crate::jose::private::PrivateKey;
use crate::jose::sign::Signer;
use crate::json::{Json, Object};
use crate::probe::battery::Selection;
use crate::probe::controls::NotTestable;
use crate::probe::exchange::{ProbeAnswer, ProbeRequest, SendError};
use crate::probe::material::{
    CountingServer, JwksAnswer, Material, ProbeTarget, Stranger, TestIssuer, TrustedSigner,
};
use crate::probe::run::{ProbeFindings, Surroundings, run};
use crate::secret::Secret;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

pub(super) const NOW: i64 = 1_795_420_800;

/// The issuer of the API.
pub(super) struct IssuerState {
    pub(super) usual: String,
    pub(super) answer: RefCell<JwksAnswer>,
    pub(super) asked: Cell<usize>,
}

struct SharedIssuer(Rc<IssuerState>);

impl TestIssuer for SharedIssuer {
    fn answer(&self, answer: JwksAnswer) {
        *self.0.answer.borrow_mut() = answer;
    }

    fn asked(&self) -> usize {
        self.0.asked.get()
    }
}

fn signer() -> Signer {
    crate::jose::install_provider();
    Signer::asymmetric(PrivateKey::generate(Algorithm::ES256).unwrap(), Algorithm::ES256).unwrap()
}

fn claims() -> Object {
    let mut claims = Object::default();
    for (name, value) in
        [("iss", ISSUER), ("aud", AUDIENCE), ("sub", "alice"), ("client_id", CLIENT), ("scope", READ)]
    {
        claims.set(name, Json::String(value.to_owned()));
    }
    claims
}

fn target() -> ProbeTarget {
    ProbeTarget {
        url: URL.to_owned(),
        method: "GET".to_owned(),
        path: PATH.to_owned(),
        headers: Vec::new(),
        body: Secret::new(""),
        expect: None,
    }
}

/// Material with a key that an API trusts.
fn material(good: Signer, issuer: Rc<IssuerState>, count: Rc<Cell<usize>>) -> Material {
    let mut material = Material {
        target: target(),
        genuine: Secret::new(""),
        public: vec![good.verifying_key().clone()],
        key_texts: vec![Secret::new(issuer.usual.clone())],
        wait: None,
        other_scope: Some("orders:write".to_owned()),
        writes: vec![("DELETE".to_owned(), "/orders".to_owned())],
        dpop: Some(signer()),
        nonce: RefCell::new(None),
        now: Timestamp::from_unix(NOW),
        seed: [7; 16],
        count: Cell::new(0),
        issuer: Some(Box::new(SharedIssuer(issuer))),
        listener: Some(CountingServer {
            url: "http://127.0.0.1:9".to_owned(),
            asked: Box::new(move || count.get()),
        }),
        stranger: Stranger { signer: signer(), certificate: None },
        trusted: None,
    };
    let (siblings, header) = (Vec::new(), Object::default());
    material.trusted = Some(TrustedSigner { signer: good, siblings, header, claims: claims() });
    material.genuine = Secret::new(material.signed(|_| {}).unwrap());
    material
}

/// Material and an API with one check off.
pub(super) fn world(off: &'static str) -> (Material, ReferenceApi) {
    let good = signer();
    let good_key = good.verifying_key().clone();
    let usual = serde_json::json!({ "keys": [jwk::publish(&good_key)] }).to_string();
    let issuer = Rc::new(IssuerState { usual, answer: RefCell::new(JwksAnswer::Usual), asked: Cell::new(0) });
    let count = Rc::new(Cell::new(0));
    let material = material(good, issuer.clone(), count.clone());
    let keys = Keyring {
        now: NOW,
        cached: RefCell::new(vec![good_key.clone()]),
        good: good_key,
        stranger: material.stranger.signer.verifying_key().clone(),
        genuine: material.genuine().to_owned(),
        issuer,
        fruitless: Cell::new(0),
        fell: Cell::new(false),
        strange: count,
    };
    (material, ReferenceApi { off, keys, proofs: HashSet::new() })
}

/// Runs cases through a closure.
pub(super) fn run_through(
    material: &mut Material,
    selection: &Selection,
    send: &mut dyn FnMut(&ProbeRequest) -> Result<ProbeAnswer, SendError>,
) -> Result<ProbeFindings, NotTestable> {
    let around = Surroundings {
        send,
        pace: &mut |_| {},
        clock: &|| Timestamp::from_unix(NOW),
        progress: &mut |_, _| {},
    };
    run(material, &selection.cases(), around)
}

/// Runs all cases against an API with one check off.
pub(super) fn findings(off: &'static str) -> ProbeFindings {
    let (mut material, mut api) = world(off);
    let found = run_through(&mut material, &Selection::default(), &mut |request| api.answer(request));
    found.unwrap_or_else(|why| panic!("{off}: {why:?}"))
}
