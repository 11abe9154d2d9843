use clap::Args;
use std::path::PathBuf;

/// `motrace completions`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  motrace completions bash > ~/.local/share/bash-completion/completions/motrace\n  motrace completions zsh > \"${fpath[1]}/_motrace\"\n  motrace completions fish > ~/.config/fish/completions/motrace.fish\n  source <(motrace completions bash)              in this shell only\n\n\
In bash and zsh, files complete by what they are: recordings, models (.safetensors), configurations (.toml)."
)]
pub struct CompletionsArguments {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// `motrace man`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  motrace man | man -l -                           read the page of the program\n  motrace man --output ~/.local/share/man/man1     the pages of all commands, for `man motrace-train`"
)]
pub struct ManArguments {
    /// Write the pages of the program and of all its commands into this folder.
    #[arg(short, long, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
}
