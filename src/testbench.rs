//! Tokens that are right, or wrong in one thing: for tests of what verifies them. Pure.

pub mod draft;
pub mod flaw;
