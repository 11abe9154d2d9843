//! Topographies, figures and the terminal views of motrace.
#![forbid(unsafe_code)]

pub mod palette;
pub mod topography;
