//! Asks on the terminal: for a secret without echo, or for a text. The prompt goes to stderr.

use crate::exit::{Exit, Failure};
use crate::os_error::plain;
use crate::secret::Secret;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use std::io::{BufRead, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};

/// The longest line.
const MAX_LINE: usize = 4096;
/// Editing keys: Ctrl-C, Ctrl-D, Ctrl-U, backspace and delete.
const INTERRUPT: u8 = 0x03;
const END: u8 = 0x04;
const KILL: u8 = 0x15;
const ERASE: [u8; 2] = [0x08, 0x7F];

/// The effect of a key on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keystroke {
    More,
    Done,
    Interrupted,
}

/// The saved terminal settings. They are restored on drop.
struct NoEcho<'a> {
    terminal: BorrowedFd<'a>,
    before: Termios,
}

impl<'a> NoEcho<'a> {
    /// Turns off echo. Also delivers each key, including Ctrl-C, as input, so that an interrupt cannot leave
    /// echo off.
    fn on(terminal: BorrowedFd<'a>) -> rustix::io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        silent.special_codes[SpecialCodeIndex::VMIN] = 1;
        silent.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(terminal, OptionalActions::Now, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for NoEcho<'_> {
    fn drop(&mut self) {
        // Ignore errors: the terminal may have closed.
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}

/// Prompts for a secret on stdin's terminal.
///
/// # Errors
/// Exit 130 on Ctrl-C, 2 if nothing is typed, 1 if the terminal fails.
pub(super) fn secret(prompt: &str, phase: &'static str) -> Result<Secret, Failure> {
    let stdin = std::io::stdin();
    let failed = |why: String| Failure::new(Exit::Local, phase, format!("cannot read the terminal: {why}"));
    let silent = NoEcho::on(stdin.as_fd()).map_err(|error| failed(plain(&error.into())))?;
    say(&format!("{prompt}: "));
    let typed = line(&mut stdin.lock());
    drop(silent);
    say("\n");
    match typed.map_err(|error| failed(plain(&error)))? {
        (_, Keystroke::Interrupted) => Err(Failure::new(Exit::Interrupted, phase, "interrupted")),
        (line, _) if line.is_empty() => {
            Err(Failure::new(Exit::Usage, phase, "nothing was typed").hint("type the secret, then Enter"))
        }
        (line, _) => Ok(Secret::new(line)),
    }
}

/// Asks for a text on stdin's terminal. An empty line stands for the default.
///
/// # Errors
/// Exit 1 if the terminal fails or has ended, 2 if the line is not UTF-8 or too long.
pub(super) fn text(question: &str, default: &str, phase: &'static str) -> Result<String, Failure> {
    let shown = if default.is_empty() { String::new() } else { format!(" [{default}]") };
    say(&format!("{question}{shown}: "));
    let mut line = Vec::new();
    let read = std::io::stdin().lock().take(MAX_LINE as u64).read_until(b'\n', &mut line);
    let failed = |why: &str| Failure::new(Exit::Local, phase, format!("cannot read the terminal: {why}"));
    if read.map_err(|error| failed(&plain(&error)))? == 0 {
        return Err(failed("it has ended"));
    }
    let unreadable = || Failure::new(Exit::Usage, phase, "what was typed is not UTF-8, or too long");
    let line = String::from_utf8(line).map_err(|_| unreadable())?;
    let typed = line.strip_suffix('\n').ok_or_else(unreadable)?.trim();
    Ok(if typed.is_empty() { default.to_owned() } else { typed.to_owned() })
}

fn say(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

fn line(keys: &mut impl Read) -> std::io::Result<(Vec<u8>, Keystroke)> {
    let (mut line, mut key) = (Vec::new(), [0]);
    while keys.read(&mut key)? == 1 {
        match typed(&mut line, key[0]) {
            Keystroke::More => {}
            ended => return Ok((line, ended)),
        }
    }
    Ok((line, Keystroke::Done))
}

/// Handles one byte from the keyboard.
fn typed(line: &mut Vec<u8>, key: u8) -> Keystroke {
    match key {
        b'\n' | b'\r' | END => return Keystroke::Done,
        INTERRUPT => return Keystroke::Interrupted,
        KILL => line.clear(),
        key if ERASE.contains(&key) => {
            // A character may have several bytes (UTF-8).
            while line.pop().is_some_and(|byte| byte & 0xC0 == 0x80) {}
        }
        key if line.len() < MAX_LINE => line.push(key),
        _ => {}
    }
    Keystroke::More
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_edited_as_at_a_terminal() {
        for (keys, text, ended) in [
            (&b"abc\nrest"[..], &b"abc"[..], Keystroke::Done),
            (b"abc\r", b"abc", Keystroke::Done),
            (b"abd\x7fc\n", b"abc", Keystroke::Done),
            (b"x\xC3\xA9\x7fy\n", b"xy", Keystroke::Done),
            (b"\x7f\x08abc\n", b"abc", Keystroke::Done),
            (b"wrong\x15abc\n", b"abc", Keystroke::Done),
            (b"abc\x04", b"abc", Keystroke::Done),
            (b"abc", b"abc", Keystroke::Done),
            (b"ab\x03c\n", b"ab", Keystroke::Interrupted),
        ] {
            let (line, end) = line(&mut &keys[..]).unwrap();
            assert_eq!((line.as_slice(), end), (text, ended), "{keys:?}");
        }
        let mut keys = &[b'a'; 2 * MAX_LINE][..];
        assert_eq!(line(&mut keys).unwrap().0.len(), MAX_LINE);
    }
}
