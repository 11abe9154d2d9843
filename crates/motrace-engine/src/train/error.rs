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
    /// The network cannot be trained on these epochs.
    #[error(transparent)]
    Network(#[from] motrace_net::training::TrainingError),
    /// A fold of the validation cannot be trained.
    #[error("fold {fold} of {folds}: {source}")]
    InFold {
        /// Which fold, counted from 1.
        fold: usize,
        /// How many there are.
        folds: usize,
        /// What is wrong.
        source: Box<TrainingError>,
    },
    /// The network's decisions could not be explained.
    #[error("the network's decisions cannot be explained: {0}")]
    Explanation(String),
    /// Band and window are chosen for CSP + LDA alone.
    #[error(
        "the trials choose band and window for CSP + LDA only; a network reads a broad band and learns what to listen to"
    )]
    NothingToChoose,
    /// Envelopes cannot be shifted.
    #[error("[decoder.training] time_shift_secs is possible for networks that read every sample, not for envelopes")]
    NoShift,
    /// It was told to stop.
    #[error("the training was interrupted")]
    Interrupted,
}
