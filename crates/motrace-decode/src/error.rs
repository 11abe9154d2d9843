use thiserror::Error;

/// Why a decoder could not be trained or evaluated. Trials, channels and samples count from 1 in the messages.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TrainError {
    /// The parts of the epochs do not belong together.
    #[error("the epochs do not fit together: {0}")]
    Shape(String),
    /// There are none at all.
    #[error("there is no trial to train on")]
    NoTrials,
    /// There would be enough trials, had some not been left out.
    #[error("{source}; {left_out}")]
    LeftOut {
        /// What is too little.
        source: Box<TrainError>,
        /// How many were left out, and why.
        left_out: String,
    },
    /// A class has no trials.
    #[error(
        "all {trials} trials are of class {present}, none of {missing}: check the marker codes of the two classes, or train on more recordings"
    )]
    OneClass {
        /// How many trials there are.
        trials: usize,
        /// The name of the class that has trials.
        present: String,
        /// The name of the class that has none.
        missing: String,
    },
    /// Of more than two classes, one has no trials.
    #[error(
        "none of {trials} trials is of class {missing}: check the marker codes of the classes, or train on more recordings"
    )]
    NoTrialsOf {
        /// How many trials there are.
        trials: usize,
        /// The name of the class that has none.
        missing: String,
    },
    /// A decoder of two classes was to be trained on more.
    #[error(
        "CSP + LDA tells two classes apart, and there are {classes}: name two of them, or train a network (eegnet, shallow or mlp), which decodes more"
    )]
    TwoClassesOnly {
        /// How many classes there are.
        classes: usize,
    },
    /// A class has fewer trials than a covariance of its features needs.
    #[error(
        "class {class} has {trials} {} and at least {needed} are needed: record or add more trials",
        if *trials == 1 { "trial" } else { "trials" }
    )]
    TooFewTrials {
        /// The name of the class.
        class: String,
        /// How many trials it has.
        trials: usize,
        /// How many it needs.
        needed: usize,
    },
    /// The data spans fewer than two dimensions.
    #[error(
        "the {channels} channels span {rank} dimension(s) and at least 2 are needed: select more channels, and note that a common average takes one dimension away"
    )]
    TooFewChannels {
        /// How many channels there are.
        channels: usize,
        /// How many dimensions the data has.
        rank: usize,
    },
    /// A sample is not a number or infinite.
    #[error(
        "sample {sample} of channel {channel} in trial {trial} is not a finite number: leave the channel or the trial out"
    )]
    NonFinite {
        /// The trial, from 1.
        trial: usize,
        /// The channel, from 1.
        channel: usize,
        /// The sample, from 1.
        sample: usize,
    },
    /// A channel never changes within a trial.
    #[error("channel {channel} is constant in every trial: it is flat or railed, so leave it out")]
    ConstantChannel {
        /// The channel, from 1.
        channel: usize,
    },
    /// The features leave nothing to discriminate by.
    #[error("the two classes cannot be told apart at all: {0}")]
    Degenerate(String),
    /// The trials cannot be divided as asked.
    #[error("cannot divide the trials into folds: {0}")]
    Folds(String),
    /// Training failed within one fold of a cross-validation.
    #[error("fold {fold} of {folds} cannot be trained: {source}")]
    InFold {
        /// The fold, from 1.
        fold: usize,
        /// How many folds there are.
        folds: usize,
        /// What went wrong.
        source: Box<TrainError>,
    },
    /// An eigenvalue decomposition did not converge.
    #[error(
        "the eigenvalue decomposition of a {size} × {size} covariance did not converge: check the data for extreme values"
    )]
    NoConvergence {
        /// The side of the matrix.
        size: usize,
    },
}

impl TrainError {
    /// Whether there are too few trials, of whatever class.
    #[must_use]
    pub fn is_lack_of_trials(&self) -> bool {
        match self {
            Self::NoTrials | Self::OneClass { .. } | Self::NoTrialsOf { .. } | Self::TooFewTrials { .. } => true,
            Self::LeftOut { source, .. } => source.is_lack_of_trials(),
            _ => false,
        }
    }
}
