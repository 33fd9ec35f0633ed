//! For tests of clients and APIs: tokens that are right, or wrong in one thing, and the state of a server that
//! tests control. No I/O.

pub mod bench;
pub mod clock_change;
pub mod draft;
pub mod expectation;
pub mod fault;
pub mod fault_answer;
pub mod flaw;
mod other_key;
pub mod presented;
pub mod request_log;
pub mod rotation;
pub mod target;
