//! The scripts of tests/scenarios, run as their users run them.

use crate::support::process::needs_program;
use crate::support::{Ran, binary, heistctl, repository};

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

/// Runs a script while a server under test serves.
fn scenario(name: &str) -> Ran {
    let scenarios = repository().join("tests/scenarios");
    let path = format!("{}:{}", binary().parent().unwrap().display(), std::env::var("PATH").unwrap());
    let (config, script) = (scenarios.join("scenario.toml"), scenarios.join(name));
    let words =
        ["-q", "serve", "--test", "--config", config.to_str().unwrap(), "--", "sh", script.to_str().unwrap()];
    heistctl(words).env("PATH", path).env("SCENARIO_SECRET", "0123456789abcdef0123456789abcdef").run()
}

#[test]
fn a_token_that_ends_while_a_job_runs_is_replaced() {
    let ran = scenario("token_ends.sh").exits(0);
    assert_eq!(ran.stdout, "ok    refused: 1\n", "{ran}");
}

#[test]
fn a_verifier_notices_a_rotated_key() {
    if needs_program("curl") {
        let ran = scenario("rotated_key.sh").exits(0);
        assert_eq!(ran.stdout, "ok: the new key verifies, the old one does not\n", "{ran}");
    }
}

#[test]
fn a_client_survives_three_503s() {
    let ran = scenario("survives_503.sh").exits(0);
    assert_eq!(ran.stdout, "ok: the fourth request got the token\n", "{ran}");
}

#[test]
fn a_client_gets_over_an_issuer_that_lies_about_expires_in() {
    let ran = scenario("lying_expiry.sh").exits(0);
    assert_eq!(ran.stdout, "ok: the client got over each lie\n", "{ran}");
}
