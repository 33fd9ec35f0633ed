//! `heistctl serve` on a network that means it harm: whatever comes, it answers or closes, stays small,
//! and a well-behaved client gets its token meanwhile.

#[allow(unreachable_pub, reason = "the fuzz target includes it, too")]
mod canonical;
mod deferred;
mod durations;
mod engines;
mod floods;
mod forms;
mod front;
mod killers;
mod pieces;
mod smuggling;
