//! The `motrace` program: configuration, command line, and the wiring of everything below.
//!
//! [`run`] is the whole program. [`Config`] is what a configuration file says; [`arguments`] the command line;
//! each command has a module of its own under `command`.
#![forbid(unsafe_code)]

pub mod arguments;
mod command;
mod config;
mod console;
mod course;
mod doctor;
mod failure;
mod figures;
mod following;
mod keeper;
mod live_run;
mod network;
mod new_file;
mod output;
mod pacing;
pub mod pseudo_online;
mod publication;
mod recorder;
mod recordings;
pub mod report;
mod session;
mod session_feed;
pub mod session_file;
mod setup;
mod simulated;
mod stopping;
mod streaming;

pub use config::Config;
pub use failure::Failure;

use clap::Parser;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program with these arguments (the first is its name) and says how it ended: 0 done, 1 failed, 2 wrong usage.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match arguments::Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    match command::dispatch(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::complain(&failure);
            failure.exit_code()
        }
    }
}
