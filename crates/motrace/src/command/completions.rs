//! `motrace completions`

mod bash;
mod file_kind;
mod fish;
mod zsh;

use crate::arguments::{Arguments, CompletionsArguments};
use crate::failure::Failure;
use crate::output::say;
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use file_kind::FileKind;

/// Prints the script that makes a shell complete commands, options and files.
pub fn run(arguments: &CompletionsArguments) -> Result<(), Failure> {
    say(script(arguments.shell).trim_end());
    Ok(())
}

/// The script, from the same definition as `--help`.
fn script(shell: Shell) -> String {
    let mut program = described();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut program, "motrace", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    match shell {
        Shell::Bash => script + &bash::by_kind(&program),
        Shell::Zsh => zsh::by_kind(&program, &script),
        Shell::Fish => fish::by_kind(&program, &script),
        _ => script,
    }
}

/// The command line, each argument with the hint that follows from what its value is called.
fn described() -> Command {
    Arguments::command().mut_subcommands(|command| {
        command.mut_args(|argument| match FileKind::of(&argument) {
            Some(kind) => argument.value_hint(kind.hint()),
            None => argument,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_gets_a_script_with_every_command() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Elvish, Shell::PowerShell] {
            let script = script(shell);
            for command in Arguments::command().get_subcommands() {
                assert!(script.contains(command.get_name()), "{shell} lacks {}", command.get_name());
            }
        }
    }

    #[test]
    fn every_path_says_what_it_is() {
        for command in Arguments::command().get_subcommands() {
            for argument in command.get_arguments() {
                let names = argument.get_value_names().unwrap_or_default();
                // Paths are called by these names and no others, or they would not complete.
                let is_path = argument.get_value_hint() == clap::ValueHint::AnyPath
                    || format!("{:?}", argument.get_value_parser()).contains("PathBuf");
                assert!(
                    !is_path || FileKind::of(argument).is_some(),
                    "{} {}: {names:?} names no kind of file",
                    command.get_name(),
                    argument.get_id()
                );
            }
        }
    }

    #[test]
    fn files_of_zsh_have_their_endings() {
        let script = script(Shell::Zsh);
        assert!(script.contains(r#":CONFIG:_files -g "(#i)*.toml"'"#), "{script}");
        assert!(script.contains(r#":MODEL:_files -g "(#i)*.safetensors"'"#), "{script}");
        // Options that may be given again, and operands behind which options may stand.
        assert!(
            script.contains(r#"'*-m+["#) && !script.contains(":REC:_files'") && !script.contains("'*::"),
            "{script}"
        );
        let positional = script.lines().find(|line| line.contains(":recordings -- ")).unwrap_or_default();
        assert!(positional.contains(r#"_files -g "(#i)*.(xdf|"#), "{positional}");
    }
}
