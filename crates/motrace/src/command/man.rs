//! `motrace man`

use crate::arguments::{Arguments, ManArguments};
use crate::failure::Failure;
use crate::output::{note, say};
use clap::CommandFactory;
use clap_mangen::Man;
use std::path::Path;

/// Prints the manual page of the program, or writes those of all its commands.
pub fn run(arguments: &ManArguments) -> Result<(), Failure> {
    let mut program = Arguments::command();
    program.build();
    let Some(folder) = &arguments.output else {
        say(String::from_utf8_lossy(&page(&program)?).trim_end());
        return Ok(());
    };
    let failed =
        |doing: &str, path: &Path, e: &std::io::Error| Failure::failed(format_args!("{doing} {}: {e}", path.display()));
    std::fs::create_dir_all(folder).map_err(|e| failed("creating", folder, &e))?;
    let commands = program.get_subcommands().filter(|c| c.get_name() != "help");
    let mut count = 0;
    for command in std::iter::once(&program).chain(commands) {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name());
        let path = folder.join(format!("{name}.1"));
        std::fs::write(&path, page(command)?).map_err(|e| failed("writing", &path, &e))?;
        count += 1;
    }
    note(&format!("{count} pages are in {}", folder.display()));
    Ok(())
}

/// A manual page, in the language of `man`.
fn page(command: &clap::Command) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    Man::new(command.clone()).manual("motrace").render(&mut page)?;
    Ok(page)
}
