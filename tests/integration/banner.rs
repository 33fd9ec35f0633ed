//! What `serve` prints in a terminal: it fits 80 columns, and its commands work when they are pasted into
//! another terminal in the same folder.

use crate::support::{binary, folder};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A server whose stdout is a terminal.
struct Terminal {
    server: Child,
    lines: BufReader<File>,
    banner: Vec<String>,
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// heistctl as it is typed by its name, without what the environment has of others.
fn command(name: &str, here: &Path) -> Command {
    let path = format!("{}:{}", binary().parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(name);
    command.current_dir(here).env_clear().env("PATH", path).env("HOME", here);
    command
}

impl Terminal {
    fn serve(args: &[&str], here: &Path) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("there are terminals");
        grantpt(&ours).and_then(|()| unlockpt(&ours)).expect("a terminal of ours");
        let name = ptsname(&ours, Vec::new()).expect("it has a name").into_string().unwrap();
        let theirs = File::options().read(true).write(true).open(name).expect("its other side");
        let mut command = command("heistctl", here);
        command.arg("serve").args(args).args(["--listen", "127.0.0.1:0"]).env("NO_COLOR", "1");
        command.env("OTHER_SECRET", "only-its-owner-knows-this-secret");
        command.stdin(Stdio::null()).stdout(theirs).stderr(Stdio::null());
        let server = command.spawn().expect("the server starts");
        let mut terminal = Self { server, lines: BufReader::new(File::from(ours)), banner: Vec::new() };
        while terminal.banner.last().is_none_or(|line| !line.starts_with("Ctrl-C stops it")) {
            let line = terminal.line();
            terminal.banner.push(line);
        }
        terminal
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("the server writes");
        line.trim_end().to_owned()
    }

    /// The commands of the banner, as a script.
    fn commands(&self) -> String {
        let after = self.banner.iter().skip_while(|line| *line != "Try it in another terminal:").skip(2);
        let commands: Vec<&str> = after.take_while(|line| !line.is_empty()).map(|line| &line[2..]).collect();
        commands.join("\n")
    }

    /// What the commands print in a shell of their own.
    #[track_caller]
    fn pasted(&self, here: &Path, typed: &str) -> String {
        let script = self.commands();
        assert!(script.contains("heistctl call"), "{:#?}", self.banner);
        let mut shell = command("timeout", here);
        shell.args(["60", "sh", "-euc", &script]).stdin(Stdio::piped());
        let mut shell = shell.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a shell runs");
        let _ = shell.stdin.take().unwrap().write_all(typed.as_bytes());
        let ended = shell.wait_with_output().expect("it ends");
        let (stdout, stderr) = (ended.stdout, ended.stderr);
        assert!(ended.status.success(), "{script}\n{}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap()
    }
}

const CONFIGURATION: &str = r#"
audience = "https://api.example.com"

[[client]]
id = "other"
secret_env = "OTHER_SECRET"
scopes = ["a:read"]

[[client]]
id = "its file's client"
secret_file = "keys/a.secret"
scopes = ["orders:read", "orders:write", "orders:delete", "invoices:read", "invoices:write"]
"#;

#[test]
fn the_commands_of_the_banner_work_when_they_are_pasted() {
    let secret = "a-secret-that-is-in-a-file-of-its-own";
    let only_typed = CONFIGURATION.split("[[client]]").take(2).collect::<Vec<_>>().join("[[client]]");
    for (files, args, typed) in [
        (&[][..], &["--demo"][..], ""),
        (&[], &["--demo", "--tls-self-signed", "certificates", "--metrics-listen", "127.0.0.1:0"], ""),
        (&[("heist.toml", CONFIGURATION), ("keys/a.secret", secret)], &["--store", "memory:"], ""),
        (&[("heist.toml", CONFIGURATION), ("keys/a.secret", secret)], &["--tls-self-signed", "tls"], ""),
        (&[("heist.toml", &only_typed)], &[], "only-its-owner-knows-this-secret\n"),
        (&[], &[], ""),
        (&[], &["--store", "sqlite:clients of mine.db"], ""),
    ] {
        let here = folder(&[]);
        for (name, text) in files {
            let path = here.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let terminal = Terminal::serve(args, here.path());
        for line in &terminal.banner {
            assert!(line.chars().count() <= 80 || line.starts_with("  store "), "{args:?}: {line}");
        }
        let printed = terminal.pasted(here.path(), typed);
        assert!(printed.contains("Access granted!"), "{args:?}: {printed}");
        assert_eq!(printed.contains("  signature  "), typed.is_empty(), "{args:?}: {printed}");
    }
}

#[test]
fn a_request_is_one_line_of_80_columns_and_an_unknown_path_lists_no_endpoints() {
    let here = folder(&[]);
    let mut terminal = Terminal::serve(&["--demo"], here.path());
    terminal.pasted(here.path(), "");
    let url = terminal.banner[0].split(' ').nth(2).unwrap().to_owned();
    let missing = format!("heistctl call {url}/{} 2>&1", "p".repeat(100));
    let demo = terminal.commands();
    let exports: Vec<&str> = demo.lines().take_while(|line| line.starts_with("export")).collect();
    let script = format!("{}\n{missing} || true", exports.join("\n"));
    let answered = command("sh", here.path()).args(["-c", &script]).output().expect("a shell runs");
    let answered = String::from_utf8(answered.stdout).unwrap();
    assert!(answered.contains("/protected-resource"), "the answer lists them: {answered}");
    let lines: Vec<String> = (0..4).map(|_| terminal.line()).collect();
    let expected = [
        ("200 ", " hacker-client POST /oauth/token simulation:read"),
        ("200 ", " hacker-client GET /protected-resource simulation:read"),
        ("200 ", " hacker-client POST /oauth/token simulation:read simulatio…"),
        ("404 ", "pp… no such endpoint"),
    ];
    for (line, (status, part)) in lines.iter().zip(expected) {
        assert!(line.starts_with(status) && line.contains(part), "{lines:#?}");
        assert!(line.chars().count() <= 80, "{line}");
    }
}
