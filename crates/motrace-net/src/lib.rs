//! Small networks that decode single trials of EEG: EEGNet, ShallowConvNet and the multilayer perceptron on envelopes.
//!
//! A [`Network`] is a list of [`Layer`]s, a closed `enum`. Going forward, going backward (training) and passing relevance
//! back (in `motrace-explain`) are three exhaustive matches, so a layer without one of them does not compile.
//!
//! What flows between layers has a [`Shape`]: maps × rows × samples. A window of EEG is one map, with a row for each
//! channel. Everything is generic over [`Scalar`], `f32` where it runs and `f64` where it is checked.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test fails by panicking"))]

mod architecture;
mod backward;
mod batch;
mod conv;
mod dense;
mod error;
mod forward;
mod initial;
pub mod kernels;
mod layer;
mod merge;
mod network;
mod norm;
mod pool;
mod runner;
mod scalar;
mod shape;
mod size;
mod sliding;
mod torch;
pub mod training;

pub use architecture::{Architecture, EegNet, Mlp, ShallowConvNet};
pub use backward::backward;
pub use batch::Batch;
pub use conv::{Conv, Factors, FusedConv, SeparableConv};
pub use dense::Dense;
pub use error::NetError;
pub use forward::{Cache, Mode, forward};
pub use layer::{Elu, Layer, Log};
pub use network::Network;
pub use norm::BatchNorm;
pub use pool::Pool;
pub use runner::Runner;
pub use scalar::Scalar;
pub use shape::Shape;
pub use sliding::Sliding;
pub use torch::{TorchError, TorchNetwork, to_torch_safetensors};
