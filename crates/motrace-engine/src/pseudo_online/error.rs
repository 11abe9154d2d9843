use crate::{EngineError, TrainingError};
use motrace_core::SourceError;
use thiserror::Error;

/// Why a pseudo-online evaluation cannot be made.
#[derive(Debug, Error)]
pub enum PseudoOnlineError {
    /// A duration is impossible.
    #[error("{what} of {secs} s is not possible: {least} to 600 s are")]
    Duration {
        /// What it is of.
        what: &'static str,
        /// The duration.
        secs: f64,
        /// The shortest one that is possible.
        least: f64,
    },
    /// A threshold is no probability.
    #[error("a threshold of {0} is not possible: it is a probability, between 0 and 1")]
    Threshold(f64),
    /// A rate of false alarms is impossible.
    #[error("{0} false alarms per minute are not possible to ask for: 0 or more are")]
    Rate(f64),
    /// There is no such class.
    #[error("no class is called {wanted:?}: there are {classes}")]
    NoSuchClass {
        /// What was asked for.
        wanted: String,
        /// Those that there are.
        classes: String,
    },
    /// A fraction is impossible.
    #[error("a fraction of {0} is not possible: more than 0 and less than 1 of the trials can be trained on")]
    Fraction(f64),
    /// There are too few trials to be parted.
    #[error("{trials} trial(s) are too few to train on some and score the others: at least {least} are needed")]
    TooFewTrials {
        /// Those that there are.
        trials: usize,
        /// Those that there have to be.
        least: usize,
    },
    /// Nothing tells which threshold is good.
    #[error(
        "the threshold cannot be chosen: in the part that it is chosen by there are no trials with decisions, or no idle time between \
         them; give it (--threshold), or say how long imagery lasts (--imagery)"
    )]
    NothingToChooseBy,
    /// There is nothing to score.
    #[error("no trial is left to be scored in the part that is not trained on")]
    NothingToScore,
    /// A decoder cannot be trained.
    #[error("{what}: {source}")]
    Training {
        /// Which one.
        what: String,
        /// Why.
        source: Box<TrainingError>,
    },
    /// A recording does not fit the decoder.
    #[error("{recording}: {source}")]
    Recording {
        /// Which one.
        recording: String,
        /// What is wrong with it.
        source: EngineError,
    },
    /// A recording cannot be read on.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// It was told to stop.
    #[error("the evaluation was interrupted")]
    Interrupted,
}
