//! `motrace record`

use crate::arguments::RecordArguments;
use crate::failure::Failure;

pub fn run(arguments: &RecordArguments) -> Result<(), Failure> {
    let _ = arguments;
    Err(Failure::failed("not there yet"))
}
