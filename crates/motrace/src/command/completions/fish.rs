use super::FileKind;
use clap::{Arg, Command};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The script of `clap`, in which every file is offered wherever one is wanted, with the files that are meant.
pub fn by_kind(program: &Command, script: &str) -> String {
    let mut options = BTreeMap::new();
    let mut operands = String::new();
    for command in program.get_subcommands() {
        let name = command.get_name();
        for option in command.get_opts() {
            if let (Some(long), Some(kind)) = (option.get_long(), FileKind::of(option)) {
                options.insert((name, long), wanted(kind));
            }
        }
        let words: Vec<String> = command
            .get_positionals()
            .flat_map(Arg::get_possible_values)
            .map(|value| value.get_name().to_owned())
            .chain(command.get_positionals().any(is_simulated).then(|| "sim".to_owned()))
            .chain(command.get_positionals().find_map(FileKind::of).map(wanted))
            .collect();
        if !words.is_empty() {
            let _ = writeln!(
                operands,
                "complete -c motrace -n \"__fish_motrace_using_subcommand {name}\" -f -a \"{}\"",
                words.join(" ")
            );
        }
    }
    let mut lines = String::with_capacity(script.len() * 2);
    for line in script.lines() {
        match of_option(line).and_then(|option| options.get(&option)).zip(line.strip_suffix(" -r -F")) {
            Some((files, head)) => {
                let _ = writeln!(lines, "{head} -x -a \"{files}\"");
            }
            None => {
                lines.push_str(line);
                lines.push('\n');
            }
        }
    }
    lines + FILES + &operands
}

/// Whether the simulated person can stand in the place of a recording.
fn is_simulated(operand: &Arg) -> bool {
    operand.get_value_names().is_some_and(|names| names.iter().any(|name| name == "REC|sim"))
}

/// The command and the long option that a line completes.
fn of_option(line: &str) -> Option<(&str, &str)> {
    let (_, rest) = line.split_once("__fish_motrace_using_subcommand ")?;
    let (command, rest) = rest.split_once('"')?;
    let (_, rest) = rest.split_once(" -l ")?;
    Some((command, rest.split(' ').next()?))
}

/// What gives the files.
fn wanted(kind: FileKind) -> String {
    match kind {
        FileKind::Endings(endings) => format!("(__motrace_files {})", endings.join(" ")),
        FileKind::Any => "(__motrace_files)".into(),
        FileKind::Folder => "(__motrace_files /)".into(),
    }
}

const FILES: &str = r#"
# Files complete by what they are: folders, and files that end so; all files where no ending is given, none for a slash.
function __motrace_files
    set -l typed (commandline -ct | string replace -r -- '^--?[a-zA-Z-]+=' '')
    set -l found (complete -C "'' $typed")
    if test (count $argv) -gt 0
        set -l endings (string join '|' -- $argv)
        set found (string match -ri -- "^[^\t]*(?:/|\.(?:$endings))(?:\t.*)?\$" $found)
    end
    # What they are is seen by their names.
    string replace -r -- '\t.*' '' $found
end

"#;
