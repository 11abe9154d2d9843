//! `motrace report`

use crate::arguments::ReportArguments;
use crate::failure::Failure;

pub fn run(arguments: &ReportArguments) -> Result<(), Failure> {
    let _ = arguments;
    Err(Failure::failed("not there yet"))
}
