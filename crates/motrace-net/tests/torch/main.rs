//! Networks from PyTorch and back.

mod round_trip;
mod weights;
mod wrong_files;
