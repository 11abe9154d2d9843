use crate::NetError;
use crate::training::CheckpointError;
use thiserror::Error;

/// Why a network cannot be trained. Trials, channels and classes count from 0.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TrainingError {
    /// A setting is impossible.
    #[error("the training setting {name} {why}")]
    Setting {
        /// Which one.
        name: &'static str,
        /// What is wrong.
        why: String,
    },
    /// Not one label for each trial.
    #[error("there are {labels} labels for {trials} trials: each trial needs one")]
    Labels {
        /// How many labels.
        labels: usize,
        /// How many trials.
        trials: usize,
    },
    /// A label names no class.
    #[error("trial {trial} has the class {label}, and there are only {classes} (counted from 0)")]
    LabelRange {
        /// Which trial.
        trial: usize,
        /// Its label.
        label: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// Nothing to tell apart.
    #[error("all {trials} trials to learn from are of class {class}: a network needs trials of at least two classes")]
    OneClass {
        /// The only class.
        class: usize,
        /// How many trials.
        trials: usize,
    },
    /// A class cannot be learnt from so few.
    #[error(
        "class {class} has {trials} trial(s) to learn from, and needs {needed}: record more, or take a smaller validation_share"
    )]
    FewTrials {
        /// Which class.
        class: usize,
        /// How many there are to learn from.
        trials: usize,
        /// How many it takes.
        needed: usize,
    },
    /// The trials have no window.
    #[error("the trials cannot be used: {0}")]
    Trials(String),
    /// A value is not finite.
    #[error("channel {channel} of trial {trial} holds {value} at sample {sample}: leave the trial out, or interpolate")]
    NotFinite {
        /// Which trial.
        trial: usize,
        /// Which channel.
        channel: usize,
        /// Which sample.
        sample: usize,
        /// NaN or an infinity.
        value: f32,
    },
    /// A channel never changes.
    #[error(
        "channel {channel} is constant in all {trials} trials: leave it out, or allow it with constant_channels = \"warn\""
    )]
    ConstantChannel {
        /// Which channel.
        channel: usize,
        /// In how many trials.
        trials: usize,
    },
    /// No network of this kind fits the trials.
    #[error(transparent)]
    Network(#[from] NetError),
    /// A given network is for something else.
    #[error("the network to start from {0}")]
    Start(String),
    /// No seed came through its first epoch.
    #[error(
        "the training diverged: in epoch {epoch} of seed {seed} loss or weights are no finite numbers any more, and no seed \
         gave weights before that; nothing is saved. {}, and look for trials with values far too large",
        smaller(*learning_rate)
    )]
    Diverged {
        /// The last seed.
        seed: u64,
        /// Its epoch, counted from 1.
        epoch: usize,
        /// What the learning rate was.
        learning_rate: f64,
    },
    /// A checkpoint cannot be gone on from.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// No seed was trained yet.
    #[error("no epoch has been trained yet: there are no weights to keep")]
    NotTrained,
}

/// Which learning rate to take instead.
fn smaller(learning_rate: f64) -> String {
    if learning_rate > 0.01 {
        format!("The learning rate was {learning_rate:e}: 0.001 is usual")
    } else {
        format!("The learning rate was {learning_rate:e}: try a tenth of it")
    }
}

/// What deserves a look but does not keep from training. Channels and classes count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TrainingWarning {
    /// A channel never changes.
    #[error("channel {channel} is constant in all trials: the network learns nothing from it")]
    ConstantChannel {
        /// Which channel.
        channel: usize,
    },
    /// A class does not occur among the last trials.
    #[error("no trial of class {class} is among the last, on which the network is validated")]
    NotValidated {
        /// Which class.
        class: usize,
    },
}
