//! completions/ holds what the binary prints, for every shell.

use crate::support::{heistctl, repository};

#[test]
fn completions_are_those_of_the_flags() {
    for (shell, file) in [
        ("bash", "heistctl.bash"),
        ("zsh", "_heistctl"),
        ("fish", "heistctl.fish"),
        ("powershell", "_heistctl.ps1"),
        ("elvish", "heistctl.elv"),
    ] {
        let printed = heistctl(["completions", shell]).run().exits(0).stdout;
        let path = repository().join("completions").join(file);
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            printed == kept,
            "completions/{file} is stale: heistctl completions {shell} > completions/{file}"
        );
        assert!(printed.contains("ready-file"), "{shell}");
    }
    heistctl(["completions", "tcsh"]).run().fails(2, &["bash"]);
}
