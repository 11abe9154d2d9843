//! Networks from PyTorch and back.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod round_trip;
mod weights;
mod wrong_files;
