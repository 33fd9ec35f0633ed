//! The scripts of tests/scenarios, run as their users run them.

use crate::support::{binary, heistctl, repository};
use std::process::Command;

#[test]
fn the_articles_cases_and_a_short_token_by_exit_codes_alone() {
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("SKIPPED: the scenario needs curl, which is not installed");
        return;
    }
    let script = repository().join("tests/scenarios/article.sh");
    let path = format!("{}:{}", binary().parent().unwrap().display(), std::env::var("PATH").unwrap());
    let run = heistctl(["-q", "serve", "--demo", "--", "sh", script.to_str().unwrap()]).env("PATH", path);
    let ran = run.run().exits(0);
    let cases = ran.stdout.lines().filter(|line| line.starts_with("ok: ")).count();
    assert_eq!((cases, ran.stdout.lines().count()), (16, 16), "{ran}");
}
