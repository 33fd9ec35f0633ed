//! Mistakes with `heistctl token`.

use super::Mistake;
use crate::support::heistctl;

#[test]
fn what_is_typed_wrong_is_named_with_its_cure() {
    let mistake = Mistake {
        typed: &["token", "--token-url", "https://127.0.0.1:1/t"],
        exit: 2,
        cause: "no client id",
        cure: "--client-id",
    };
    mistake.is_explained(|typed| heistctl(typed));
}
