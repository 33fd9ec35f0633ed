//! A run: controls first, then the cases in blocks, each followed by a canary. Sending, pace and time come from
//! the caller.

use super::case::{ProbeCase, Way};
use super::controls::{self, Controlled, NotTestable};
use super::exchange::{ProbeAnswer, ProbeRequest, SendError};
use super::material::Material;
use super::outcome::CaseOutcome;
use super::probed::{ApiFacts, ProbeVerdict, Probed, Seen, judged};
use super::terms::Right;
use super::variation::Variation;
use crate::clock::Timestamp;
use crate::http::challenge;
use std::rc::Rc;

/// Cases between two canaries.
const BLOCK: usize = 10;
/// Requests of a case that decides by the answers, on the average.
const MEASURED: usize = 8;
/// Exchanges that the cases of group N look at.
const MOST_SEEN: usize = 4000;

/// How fast requests are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    Usual,
    /// After a failed canary: a rate limit may be the cause.
    Slow,
}

/// The world of a run.
pub struct Surroundings<'a> {
    pub send: &'a mut dyn FnMut(&ProbeRequest) -> Result<ProbeAnswer, SendError>,
    /// Waits until the next request may be sent.
    pub pace: &'a mut dyn FnMut(Pace),
    pub clock: &'a dyn Fn() -> Timestamp,
    /// Reports how many cases of how many are done.
    pub progress: &'a mut dyn FnMut(usize, usize),
}

/// The result of a run.
pub struct ProbeFindings {
    pub controls: Vec<Probed>,
    pub outcomes: Vec<CaseOutcome>,
    /// The number of requests.
    pub requests: usize,
}

/// Runs these cases.
///
/// # Errors
/// [`NotTestable`] if a control fails.
pub fn run(
    material: &mut Material,
    cases: &[&'static ProbeCase],
    around: Surroundings<'_>,
) -> Result<ProbeFindings, NotTestable> {
    let mut run = ProbeRun { around, pace: Pace::Usual, requests: 0, seen: Vec::new(), controlled: None };
    let controlled = controls::check(material, &mut |material, variation, right| {
        run.ask(material, variation, right, "C")
    })?;
    let controls = controlled.probed.clone();
    run.controlled = Some(controlled);
    let outcomes = run.blocks(material, cases);
    Ok(ProbeFindings { controls, outcomes, requests: run.requests })
}

/// About how many requests a run has.
#[must_use]
pub fn estimate(material: &Material, cases: &[&'static ProbeCase]) -> usize {
    let count = |case: &&'static ProbeCase| match case.way {
        Way::Sends(variations) => variations(material).map_or(0, |all| all.len()),
        Way::Measures(_) => MEASURED,
        Way::Watches(_) | Way::Untried(_) => 0,
    };
    cases.iter().map(count).sum::<usize>() + cases.len() / BLOCK + 8
}

struct ProbeRun<'a> {
    around: Surroundings<'a>,
    pace: Pace,
    requests: usize,
    seen: Vec<Seen>,
    controlled: Option<Controlled>,
}

impl ProbeRun<'_> {
    fn blocks(&mut self, material: &mut Material, cases: &[&'static ProbeCase]) -> Vec<CaseOutcome> {
        let mut outcomes = Vec::new();
        let mut lost: Option<String> = None;
        // Those that take long may outlive the good token.
        let (last, usual): (Vec<_>, Vec<_>) = cases.iter().copied().partition(|case| case.deep);
        for block in usual.chunks(BLOCK) {
            if let Some(reason) = &lost {
                outcomes.extend(block.iter().map(|case| inconclusive(case, reason)));
                continue;
            }
            match self.block(material, block, (outcomes.len(), cases.len())) {
                Ok(done) => outcomes.extend(done),
                Err(reason) => {
                    outcomes.extend(block.iter().map(|case| inconclusive(case, &reason)));
                    lost = Some(reason);
                }
            }
        }
        for case in &last {
            outcomes.push(match &lost {
                Some(reason) => inconclusive(case, reason),
                None => self.case(material, case),
            });
        }
        outcomes
    }

    /// A block whose canary fails is repeated slowly, once.
    fn block(
        &mut self,
        material: &mut Material,
        block: &[&'static ProbeCase],
        (done, of): (usize, usize),
    ) -> Result<Vec<CaseOutcome>, String> {
        for pace in [Pace::Usual, Pace::Slow] {
            self.pace = pace;
            let mut outcomes = Vec::new();
            for case in block {
                (self.around.progress)(done + outcomes.len(), of);
                outcomes.push(self.case(material, case));
            }
            let is_alive = self.canary(material);
            self.pace = Pace::Usual;
            if is_alive {
                return Ok(outcomes);
            }
            // Some limits end with time; the slow pace begins with a pause.
            self.pace = Pace::Slow;
            if pace == Pace::Usual {
                (self.around.pace)(Pace::Slow);
            }
        }
        Err("the API no longer accepts the good token: a rate limit, a lock-out, or its end".to_owned())
    }

    fn canary(&mut self, material: &Material) -> bool {
        let canary = material.presents("the good token again", material.genuine());
        let (_, answer) = self.ask(material, canary, Right::Accept, "C5");
        answer.is_ok_and(|answer| material.target.is_good(answer.status))
    }

    fn case(&mut self, material: &mut Material, case: &'static ProbeCase) -> CaseOutcome {
        material.now = (self.around.clock)();
        let material = &*material;
        let tried = match case.way {
            Way::Untried(why) => Err(why.to_owned()),
            Way::Watches(look) => Ok(look(&self.seen)),
            Way::Measures(measure) => {
                measure(material, &mut |variation| self.ask(material, variation, case.right, case.id).0)
            }
            Way::Sends(variations) => variations(material).map(|variations| {
                variations.into_iter().map(|v| self.ask(material, v, case.right, case.id).0).collect()
            }),
        };
        CaseOutcome::of(case, tried)
    }

    /// Sends one request and judges the answer.
    fn ask(
        &mut self,
        material: &Material,
        variation: Variation,
        right: Right,
        case: &'static str,
    ) -> (Probed, Result<Rc<ProbeAnswer>, SendError>) {
        (self.around.pace)(self.pace);
        self.requests += 1;
        let answer = (self.around.send)(&variation.request).map(Rc::new);
        if let Some(nonce) = answer.as_ref().ok().and_then(|answer| answer.headers.get("dpop-nonce")) {
            *material.nonce.borrow_mut() = Some(nonce.to_owned());
        }
        let controlled = self.controlled.as_ref();
        let known = ApiFacts {
            target: &material.target,
            genuine: material.genuine(),
            content: controlled.map_or(&[], |controlled| &controlled.content),
            catch_all: controlled.and_then(|controlled| controlled.catch_all.as_deref()),
        };
        let probed = judged(right, &variation, &answer, &known);
        if let Ok(answer) = &answer {
            self.remember(case, variation, right, answer);
        }
        (probed, answer)
    }

    fn remember(&mut self, case: &'static str, variation: Variation, right: Right, answer: &Rc<ProbeAnswer>) {
        if self.seen.len() >= MOST_SEEN {
            return;
        }
        let challenges = challenge::challenges(&answer.headers);
        let authorized = variation.request.header("authorization").is_some();
        let right = variation.right.unwrap_or(right);
        let (label, token, answer) = (variation.label, variation.token, answer.clone());
        self.seen.push(Seen { case, label, right, token, authorized, answer, challenges });
    }
}

fn inconclusive(case: &&'static ProbeCase, reason: &str) -> CaseOutcome {
    CaseOutcome::without(case, ProbeVerdict::Inconclusive, reason)
}
