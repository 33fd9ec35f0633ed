//! `heistctl probe`: does an API refuse the tokens that it should refuse? Cases are data; a run is a function of
//! a closure that sends, a pace and a clock. No I/O.

pub mod battery;
pub mod case;
pub mod controls;
pub mod exchange;
pub mod forge;
pub mod groups;
pub mod material;
pub mod outcome;
pub mod probed;
mod resource_metadata;
pub mod run;
pub mod shown;
pub mod terms;
pub mod variation;

#[cfg(test)]
mod tests;
