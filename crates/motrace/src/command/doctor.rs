//! `motrace doctor`

use crate::arguments::DoctorArguments;
use crate::failure::Failure;

pub fn run(arguments: &DoctorArguments) -> Result<(), Failure> {
    let _ = arguments;
    Err(Failure::failed("not there yet"))
}
