use crate::{EngineError, EpochsError};
use motrace_decode::TrainError;
use thiserror::Error;

/// Why a model cannot be trained.
#[derive(Debug, Error)]
pub enum TrainingError {
    /// There is nothing to train on.
    #[error("no recording to train on")]
    NoRecording,
    /// A recording does not fit.
    #[error("{recording}: {source}")]
    Recording {
        /// Which one.
        recording: String,
        /// What is wrong with it.
        source: EpochsError,
    },
    /// Too few channels carry a signal.
    #[error("only {left} of {channels} channels carry a signal ({excluded} do not); at least 2 are needed")]
    Channels {
        /// Usable channels.
        left: usize,
        /// Selected channels.
        channels: usize,
        /// The others and their state.
        excluded: String,
    },
    /// The preparation is impossible.
    #[error(transparent)]
    Preparation(#[from] EngineError),
    /// The decoder cannot be trained on these epochs.
    #[error(transparent)]
    Decoder(#[from] TrainError),
}
