//! Whole recordings: real ones against the reference readers, damaged ones, written ones, replayed ones.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod build;
mod build_formats;
mod converted;
mod converted_real;
mod damaged;
mod damaged_formats;
mod damaged_tables;
mod discontinuous;
mod formats;
mod fuzzed;
mod reference;
mod reference_edf;
mod reference_formats;
mod reference_xdf;
mod replayed;
mod windowed;
mod written;
mod wrong_files;
