//! Events of a running server, most of them signals.

use super::observers::Observers;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;

/// Events that a running server acts on.
pub(super) enum Event {
    /// SIGINT, SIGTERM, or SIGHUP because the terminal was closed.
    Stop(i32),
    /// SIGHUP.
    Reload,
    /// The command has ended with this code.
    Ended(u8),
}

/// Turns signals into events. An `impatient` server, which has no command to pass them on to, ends at once on
/// the second request to stop. SIGXFSZ is ignored: a file at its size limit is only a failed write.
pub(super) fn listen(events: Sender<Event>, watching: Arc<Observers>, impatient: bool) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGXFSZ])?;
    let had_terminal = io::stdin().is_terminal();
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let mut stops = 0;
        for signal in signals.forever().filter(|signal| *signal != SIGXFSZ) {
            // A user who closes the window wants the server to end.
            let hung_up = had_terminal && !io::stdin().is_terminal();
            let reload = signal == SIGHUP && !hung_up;
            let event = if reload { Event::Reload } else { Event::Stop(signal) };
            stops += u32::from(!reload);
            if (impatient && stops > 1) || events.send(event).is_err() {
                std::process::exit(i32::from(watching.abandon().code()));
            }
        }
    })?;
    Ok(())
}
