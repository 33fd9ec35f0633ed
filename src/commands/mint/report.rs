//! The result of `mint`.

pub(super) const PHASE: &str = "mint";

pub struct MintReport {
    pub token: String,
    pub json: bool,
    pub notes: Vec<String>,
}
