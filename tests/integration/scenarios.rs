//! The scripts of tests/scenarios, run as their users run them.

use crate::support::process::needs_program;
use crate::support::{binary, heistctl, repository};

#[test]
fn the_articles_cases_and_a_short_token_by_exit_codes_alone() {
    if !needs_program("curl") {
        return;
    }
    let script = repository().join("tests/scenarios/article.sh");
    let path = format!("{}:{}", binary().parent().unwrap().display(), std::env::var("PATH").unwrap());
    let run = heistctl(["-q", "serve", "--demo", "--", "sh", script.to_str().unwrap()]).env("PATH", path);
    let ran = run.run().exits(0);
    let cases = ran.stdout.lines().filter(|line| line.starts_with("ok: ")).count();
    assert_eq!((cases, ran.stdout.lines().count()), (16, 16), "{ran}");
}
