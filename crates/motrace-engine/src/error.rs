use crate::{ModelMismatch, PreparationError};
use thiserror::Error;

/// Why a decoder cannot be set up for a stream.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum EngineError {
    /// The stream does not fit.
    #[error(transparent)]
    Mismatch(#[from] ModelMismatch),
    /// The preparation is impossible.
    #[error(transparent)]
    Preparation(#[from] PreparationError),
    /// The filter cannot be made at this rate.
    #[error("the filter cannot be made: {0}")]
    Filter(String),
    /// The reference cannot be made of these channels.
    #[error("the reference cannot be made: {0}")]
    Reference(String),
    /// Decoder and preparation do not belong together.
    #[error("the decoder reads {decoder} channels, but {channels} are prepared for it")]
    Shape {
        /// Channels of the preparation.
        channels: usize,
        /// Channels of the decoder.
        decoder: usize,
    },
    /// A session cannot be started, or is over.
    #[error("{0}")]
    Start(String),
}
