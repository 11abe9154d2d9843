//! `motrace screen`

use crate::arguments::ScreenArguments;
use crate::failure::Failure;

pub fn run(arguments: &ScreenArguments) -> Result<(), Failure> {
    let _ = arguments;
    Err(Failure::failed("not there yet"))
}
