//! The commands, one module each.

mod completions;
mod convert;
mod demo;
mod doctor;
mod evaluate;
mod explain;
mod export;
mod fetch;
mod import;
mod info;
mod live;
mod man;
mod record;
pub mod replay;
mod report;
mod screen;
mod simulate;
mod stream;
mod train;
mod view;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

/// Does what the command line says.
pub fn dispatch(arguments: Arguments) -> Result<(), Failure> {
    match arguments.command {
        None => demo::run(&arguments.demo),
        Some(Command::Demo(arguments)) => demo::run(&arguments),
        Some(Command::Info(arguments)) => info::run(&arguments),
        Some(Command::Convert(arguments)) => convert::run(&arguments),
        Some(Command::Train(arguments)) => train::run(&arguments),
        Some(Command::Evaluate(arguments)) => evaluate::run(&arguments),
        Some(Command::Import(arguments)) => import::run(&arguments),
        Some(Command::Export(arguments)) => export::run(&arguments),
        Some(Command::Replay(arguments)) => replay::run(&arguments),
        Some(Command::Live(arguments)) => live::run(&arguments),
        Some(Command::Stream(arguments)) => stream::run(&arguments),
        Some(Command::View(arguments)) => view::run(&arguments),
        Some(Command::Explain(arguments)) => explain::run(&arguments),
        Some(Command::Simulate(arguments)) => simulate::run(&arguments),
        Some(Command::Screen(arguments)) => screen::run(&arguments),
        Some(Command::Record(arguments)) => record::run(&arguments),
        Some(Command::Report(arguments)) => report::run(&arguments),
        Some(Command::Doctor(arguments)) => doctor::run(&arguments),
        Some(Command::Fetch(arguments)) => fetch::run(&arguments),
        Some(Command::Completions(arguments)) => completions::run(&arguments),
        Some(Command::Man(arguments)) => man::run(&arguments),
    }
}
