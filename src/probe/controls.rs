//! The controls of a run. They decide whether anything can be said.

use super::exchange::{ProbeAnswer, SendError};
use super::groups::binding;
use super::material::Material;
use super::probed::{ProbeVerdict, Probed};
use super::terms::Right;
use super::variation::Variation;
use std::rc::Rc;

/// Why nothing can be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTestable {
    /// The endpoint answers without a token.
    Public {
        status: u16,
    },
    /// The good token is refused.
    Refused {
        probed: String,
        status: u16,
        challenge: Option<String>,
    },
    /// The good token is accepted once only.
    AcceptedOnce {
        status: u16,
    },
    Unsent(SendError),
}

/// The result of the controls.
pub struct Controlled {
    pub probed: Vec<Probed>,
    /// The answer to the good token.
    pub content: Vec<u8>,
    /// The answer to an unknown path without a token, if it is 2xx.
    pub catch_all: Option<Vec<u8>>,
}

type Ask<'a> = &'a mut dyn FnMut(&Material, Variation, Right) -> (Probed, Result<Rc<ProbeAnswer>, SendError>);

/// C1 to C4. C5 is the canary of the run.
///
/// # Errors
/// If the endpoint is public, or refuses the good token.
pub fn check(material: &mut Material, ask: Ask<'_>) -> Result<Controlled, NotTestable> {
    let mut probed = Vec::new();
    let bare = Variation::new("C1: no token", material.target.request());
    let (first, answer) = ask(material, bare, Right::Refuse);
    let answer = answer.map_err(NotTestable::Unsent)?;
    if material.target.is_accepted(answer.status) {
        return Err(NotTestable::Public { status: answer.status });
    }
    probed.push(first);
    let good = material.presents("C2: the good token", material.genuine());
    let (second, answer) = ask(material, good, Right::Accept);
    let answer = answer.map_err(NotTestable::Unsent)?;
    if !material.target.is_good(answer.status) {
        let Probed { label, challenge, .. } = second;
        return Err(NotTestable::Refused { probed: label, status: answer.status, challenge });
    }
    probed.push(second);
    for _ in 0..2 {
        let again = material.presents("C3: the same token again", material.genuine());
        let (third, answer) = ask(material, again, Right::Accept);
        let status = answer.map_err(NotTestable::Unsent)?.status;
        if !material.target.is_good(status) {
            return Err(NotTestable::AcceptedOnce { status });
        }
        probed.push(third);
    }
    probed.extend(signed(material, ask)?);
    bound(material, ask)?;
    let catch_all = catch_all(material, ask);
    Ok(Controlled { probed, content: answer.body.clone(), catch_all })
}

/// C4: a token that is signed here. If it is refused, the cases that need the key are not run.
fn signed(material: &mut Material, ask: Ask<'_>) -> Result<Option<Probed>, NotTestable> {
    let Ok(control) = material.signs("C4: a token signed by the key", |_| {}) else { return Ok(None) };
    let (probed, answer) = ask(material, control, Right::Accept);
    let status = answer.map_err(NotTestable::Unsent)?.status;
    if !material.target.is_good(status) {
        material.trusted = None;
    }
    Ok(Some(probed))
}

/// The control of the cases with bound tokens: without it they are not run. A nonce is known after a first refusal.
fn bound(material: &mut Material, ask: Ask<'_>) -> Result<(), NotTestable> {
    for _ in 0..2 {
        let Ok(control) = binding::control(material) else { break };
        let (_, answer) = ask(material, control, Right::Accept);
        let status = answer.map_err(NotTestable::Unsent)?.status;
        if material.target.is_good(status) {
            return Ok(());
        }
        if material.nonce.borrow().is_none() {
            break;
        }
    }
    material.dpop = None;
    Ok(())
}

/// The page that unknown paths have, if it is 2xx: it is not the protected content.
fn catch_all(material: &Material, ask: Ask<'_>) -> Option<Vec<u8>> {
    let path = format!("/{}", crate::jose::digest::hex(&material.id()));
    let request = material.target.request().by("GET").at(path);
    let (_, answer) = ask(material, Variation::new("an unknown path", request), Right::NotReached);
    answer.ok().filter(|answer| (200..300).contains(&answer.status)).map(|answer| answer.body.clone())
}

/// Whether the key was refused though it was given.
#[must_use]
pub fn refused_key(controls: &[Probed]) -> Option<&Probed> {
    controls.iter().find(|probed| probed.label.starts_with("C4") && probed.verdict != ProbeVerdict::Passed)
}
