//! The `motrace` program, as these tests run it.
use std::process::ExitCode;

fn main() -> ExitCode {
    motrace::run(std::env::args_os())
}
