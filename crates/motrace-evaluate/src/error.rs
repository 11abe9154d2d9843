use motrace_decode::TrainError;
use motrace_engine::{EngineError, PseudoOnlineError, TrainingError};
use thiserror::Error;

/// Why an evaluation cannot be done. Recordings, trials and folds count from 1 in the messages.
#[derive(Debug, Error)]
pub enum EvaluateError {
    /// There is nothing to evaluate.
    #[error("{0}")]
    Nothing(String),
    /// A protocol does not suit what was given.
    #[error("{protocol}: {why}")]
    Protocol {
        /// The protocol.
        protocol: String,
        /// What is missing, and what to do.
        why: String,
    },
    /// A recording cannot be read.
    #[error("{recording}: {why}")]
    Recording {
        /// Its name.
        recording: String,
        /// What is wrong.
        why: String,
    },
    /// A recording cannot be prepared.
    #[error("{recording}: {source}")]
    Preparation {
        /// Its name.
        recording: String,
        /// What is wrong.
        source: Box<EngineError>,
    },
    /// A subject's trials are not enough, or not what is wanted.
    #[error("subject {subject}: {why}")]
    Subject {
        /// The subject.
        subject: String,
        /// What is wrong, and what to do.
        why: String,
    },
    /// A decoder cannot be trained on a subject's trials.
    #[error("subject {subject}, {decoder}, {protocol}: {source}")]
    Decoder {
        /// The subject.
        subject: String,
        /// The decoder.
        decoder: String,
        /// The protocol.
        protocol: String,
        /// What is wrong.
        source: Box<TrainError>,
    },
    /// A network cannot be trained on a subject's trials.
    #[error("subject {subject}, {decoder}, {protocol}: {source}")]
    Network {
        /// The subject.
        subject: String,
        /// The decoder.
        decoder: String,
        /// The protocol.
        protocol: String,
        /// What is wrong.
        source: Box<TrainingError>,
    },
    /// A subject's recordings cannot be replayed with idle time included.
    #[error("subject {subject}, {decoder}, pseudo-online: {reason}{hint}")]
    PseudoOnline {
        /// The subject.
        subject: String,
        /// The decoder.
        decoder: String,
        /// What is wrong; said already, and so no source.
        reason: Box<PseudoOnlineError>,
        /// What helps to understand it.
        hint: String,
    },
    /// Results cannot be kept, or read again.
    #[error("{path}: {why}")]
    Results {
        /// The file or folder.
        path: String,
        /// What is wrong, and what to do.
        why: String,
    },
}
