use super::FileKind;
use clap::Command;
use std::collections::BTreeMap;

/// The script of `clap`, with the endings of the files behind each `_files`.
///
/// Options carry the name of their value (`:CONFIG:_files`), operands their own (`:recordings -- …:_files`).
pub fn by_kind(program: &Command, script: &str) -> String {
    let mut operands = BTreeMap::new();
    let mut values = BTreeMap::new();
    for argument in program.get_subcommands().flat_map(Command::get_arguments) {
        let Some(FileKind::Endings(endings)) = FileKind::of(argument) else { continue };
        // One ending in brackets would be read as qualifiers of the glob.
        let endings = match endings {
            [one] => (*one).to_owned(),
            more => format!("({})", more.join("|")),
        };
        let glob = format!("_files -g \"(#i)*.{endings}\"' \\");
        if argument.is_positional() {
            operands.insert(argument.get_id().to_string(), glob);
        } else if let Some(name) = argument.get_value_names().and_then(<[_]>::first) {
            values.insert(name.to_string(), glob);
        }
    }
    let mut lines = String::with_capacity(script.len() * 2);
    for line in script.lines() {
        let replaced = line.strip_suffix("_files' \\").and_then(|head| {
            let glob = match line.strip_prefix('\'').filter(|l| l.trim_start_matches('*').starts_with(':')) {
                Some(operand) => {
                    let id = operand.trim_start_matches([':', '*']).split([' ', ':']).next()?;
                    operands.get(id)?
                }
                None => values.get(head.trim_end_matches(':').rsplit(':').next()?)?,
            };
            Some(format!("{head}{glob}"))
        });
        let line = replaced.as_deref().unwrap_or(line);
        // With two colons zsh takes everything behind the first operand for operands, options too.
        match line.strip_prefix("'*::") {
            Some(operands) => lines.extend(["'*:", operands]),
            None => lines.push_str(line),
        }
        lines.push('\n');
    }
    lines
}
