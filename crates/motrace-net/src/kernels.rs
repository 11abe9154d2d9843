//! Fast kernels in `f32`, for what runs live, for training and for explaining.
//!
//! They use the widest vectors that the processor has (AVX-512, AVX2, NEON), found when they are made, and none of our code
//! is `unsafe`: the crate `pulp` sees to that. The plain definitions in [`crate::forward`] say what they have to give.
//!
//! **The same bits everywhere.** What comes out does not depend on how wide the vectors are, nor on how many samples there
//! are beside one: vectors run along what comes out, so that each value is one chain of fused multiply-adds in an order that
//! is written with each kernel. Where a sum has to run along a vector it has [`PARTIAL_SUMS`] parts, whatever the width of
//! the vectors, that are folded in one order. A processor without fused multiply-add gets them from software: right, and slow.
//!
//! Kernels own the memory they work in. They allocate when they are made, and never after.

mod aligned;
mod dot;
mod fused;
mod gradient;
mod lanes;
mod lanewise;
mod lines;
mod overlap_save;
mod packed;
mod pool;
mod spectral;
mod spectral_product;
mod spectrum;
mod step;
mod tile;

pub use dot::{PARTIAL_SUMS, dense, products};
pub use fused::FusedKernel;
pub(crate) use fused::FusedStep;
pub use gradient::WeightGradient;
pub use lanewise::{elu, log, square};
pub(crate) use packed::ConvStep;
pub use packed::PackedConv;
pub use pool::mean_pool;
pub(crate) use pool::{block_len, mean_of_blocks};
pub use spectral::SpectralConv;
pub(crate) use step::{Lanewise, Step};
