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
    /// A decoder is for as many classes as it was made for.
    #[error(
        "{title} tells {decoder} classes apart, and {classes} are named: CSP + LDA decodes two, networks up to {max}",
        max = motrace_core::MAX_CLASSES
    )]
    Classes {
        /// Classes of the preparation.
        classes: usize,
        /// Classes of the decoder.
        decoder: usize,
        /// What the decoder is called.
        title: String,
    },
    /// CSP + LDA reads the filtered channels themselves.
    #[error("CSP + LDA reads the filtered channels as they are: they must not be standardised")]
    Input,
    /// A network reads windows of one length.
    #[error("the network reads windows of {found} (maps × channels × samples), but {wanted} is prepared for it")]
    Window {
        /// What is prepared.
        wanted: motrace_net::Shape,
        /// What the network reads.
        found: motrace_net::Shape,
    },
    /// A trial has to hold a window.
    #[error(
        "a trial of {trial} samples is shorter than the network's window of {window}: make [trials] window_secs longer"
    )]
    TrialTooShort {
        /// Samples of a trial.
        trial: usize,
        /// Samples of a window.
        window: usize,
    },
    /// The network is not sound.
    #[error("the network cannot decode: {0}")]
    Network(String),
    /// Its decisions cannot be explained.
    #[error("the network's decisions cannot be explained: {0}")]
    Explanation(String),
    /// A session cannot be started, or is over.
    #[error("{0}")]
    Start(String),
}
