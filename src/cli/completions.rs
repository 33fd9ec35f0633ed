//! Flags of `completions`, and the generator of the scripts.

use super::heading::EXAMPLES_FIRST;
use clap::Args;

#[derive(Debug, Args)]
#[command(
    help_template = EXAMPLES_FIRST,
    before_help = "Examples:
  heistctl completions bash > /etc/bash_completion.d/heistctl
  heistctl completions fish > ~/.config/fish/completions/heistctl.fish
"
)]
pub struct CompletionsArgs {
    /// bash, elvish, fish, powershell or zsh
    #[arg(hide_possible_values = true)]
    pub shell: clap_complete::Shell,
}

pub(super) fn script(mut command: clap::Command, shell: clap_complete::Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "heistctl", &mut script);
    script
}
