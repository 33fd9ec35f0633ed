//! `token --keep FILE`: a good token in a file, for programs that read one. Settings, secrets and identities are
//! read anew for each token.

use super::bearer::carries_it;
use crate::atomic_file;
use crate::cli::SessionArgs;
use crate::client::agent::Trace;
use crate::client::token_cache::CachedToken;
use crate::clock::{Timestamp, relative, span};
use crate::commands::environment::refuse_credential;
use crate::commands::interrupt;
use crate::commands::session::acquire::acquire;
use crate::commands::session::details::traced;
use crate::commands::session::settle::settle;
use crate::exit::{Exit, Failure};
use crate::jose::digest;
use crate::os_error::plain;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

const PHASE: &str = "token file";
/// The pause before the first retry; it doubles for each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// The time between tokens whose end is not known.
const WITHOUT_END: Duration = Duration::from_secs(300);
/// The longest sleep. A machine that was suspended then sees the time that has passed.
const NAP: Duration = Duration::from_secs(30);

/// A token in the file.
struct KeptToken {
    entry: CachedToken,
    /// When to replace it.
    due: Timestamp,
    notes: Vec<String>,
}

/// Keeps the file filled until a signal ends the process. Returns the failure that makes it pointless.
#[must_use]
pub(super) fn run(args: &SessionArgs, file: &Path, trace: &Trace, say: &dyn Fn(&str)) -> Failure {
    if let Err(failure) = prepare(file) {
        return failure;
    }
    let (mut last, mut failed): (Option<CachedToken>, u32) = (None, 0);
    loop {
        match replace(args, file, trace) {
            Ok(kept) => {
                if last.is_none() || failed > 0 {
                    let until = relative(i128::from(kept.entry.expires), Timestamp::now());
                    kept.notes.iter().for_each(|note| say(note));
                    say(&format!("{} has a token that expires {until}", file.display()));
                }
                wait(kept.due);
                (last, failed) = (Some(kept.entry), 0);
            }
            Err(failure) if last.is_none() && !may_pass(&failure) => return failure,
            Err(failure) => {
                failed += 1;
                let pause = pause(failed);
                say(&format!("{failure}; {}; the next attempt is in {}", state(last.as_ref()), shown(pause)));
                sleep(pause);
            }
        }
    }
}

fn prepare(file: &Path) -> Result<(), Failure> {
    refuse_credential(file, "--keep", PHASE)?;
    if file == Path::new("-") {
        let what = "--keep takes a file, and stdout cannot be replaced";
        return Err(Failure::new(Exit::Usage, PHASE, what).hint("--keep token.txt"));
    }
    interrupt::heed().map_err(|error| Failure::new(Exit::Local, "signals", plain(&error)))
}

/// Gets a token and writes the file.
fn replace(args: &SessionArgs, file: &Path, trace: &Trace) -> Result<KeptToken, Failure> {
    let options = traced(settle(args)?, trace.clone());
    if options.has_read_stdin(args) {
        let what = "a secret or a token comes from stdin, which can be read only once";
        return Err(Failure::new(Exit::Usage, PHASE, what).hint("read it from a file"));
    }
    carries_it(&options)?;
    let acquired = acquire(&options)?;
    let entry = acquired.entry;
    let now = Timestamp::now();
    let due = match acquired.ends {
        true => Timestamp::from_unix(entry.renewal(options.min_ttl)),
        false => now.after(WITHOUT_END),
    };
    atomic_file::replace(file, entry.access_token.as_bytes(), 0o600).map_err(|error| {
        let what = format!("cannot write {}: {}", file.display(), plain(&error));
        Failure::new(Exit::Local, PHASE, what)
            .hint("its folder must be writable, for a file beside it as well")
    })?;
    Ok(KeptToken { entry, due, notes: acquired.notes })
}

/// Whether waiting may help: the server is away, or has a problem.
fn may_pass(failure: &Failure) -> bool {
    matches!(failure.exit, Exit::ServerFailed | Exit::Unreachable | Exit::TimedOut)
}

/// The state of the file while there is no new token.
fn state(last: Option<&CachedToken>) -> String {
    match last {
        None => "the file is not written yet".to_owned(),
        Some(entry) => {
            let now = Timestamp::now();
            let word = if entry.expires > now.unix() { "expires" } else { "has expired" };
            format!("the token in the file {word} {}", relative(i128::from(entry.expires), now))
        }
    }
}

/// The pause after `failed` attempts in a row: between half of it and all of it, by chance.
fn pause(failed: u32) -> Duration {
    let most = FIRST_PAUSE.saturating_mul(1 << failed.saturating_sub(1).min(10)).min(LONGEST_PAUSE);
    let chance = u16::from_be_bytes(digest::random().unwrap_or_default());
    most / 2 + most * u32::from(chance) / (2 * u32::from(u16::MAX))
}

fn shown(pause: Duration) -> String {
    span(pause.as_millis().div_ceil(1000))
}

/// Waits until `due` by the clock of the day or the monotonic one, whichever is first: a clock that is set back
/// must not let the token expire.
fn wait(due: Timestamp) {
    let left = |now: Timestamp| {
        Duration::from_secs(u64::try_from(due.unix().saturating_sub(now.unix())).unwrap_or(0))
    };
    let begun = Instant::now();
    let whole = left(Timestamp::now());
    loop {
        let rest = left(Timestamp::now()).min(whole.saturating_sub(begun.elapsed()));
        if rest.is_zero() {
            return;
        }
        sleep(rest.min(NAP));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_have_an_end() {
        for (failed, least, most) in [
            (1, 500, 1000),
            (2, 1000, 2000),
            (5, 8000, 16_000),
            (9, 30_000, 60_000),
            (u32::MAX, 30_000, 60_000),
        ] {
            let pause = pause(failed).as_millis();
            assert!((least..=most).contains(&pause), "{failed}: {pause}");
        }
    }
}
