use crate::Architecture;
use crate::training::TrainingError;
use serde::{Deserialize, Serialize};
use std::num::NonZero;

/// How a network is trained.
///
/// Where a field is left out that is an `Option`, the network's own default counts; the others have one for all networks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainingSettings {
    /// How often at most the network sees all training trials; 300 for EEGNet, 150 for ShallowConvNet, 100 for the perceptron.
    pub epochs: Option<usize>,
    /// Epochs without a smaller validation loss after which a seed has ended; 75 for EEGNet, 50 for ShallowConvNet, 25 for
    /// the perceptron.
    pub patience: Option<usize>,
    /// Windows from which one step is computed.
    pub batch_size: usize,
    /// How long a step is; 0.001 for EEGNet and the perceptron, 0.000625 for ShallowConvNet.
    pub learning_rate: Option<f64>,
    /// How the learning rate changes from epoch to epoch.
    pub schedule: Schedule,
    /// By which share of the learning rate each weight shrinks in a step; 0 for EEGNet and ShallowConvNet, 0.01 for the
    /// perceptron.
    pub weight_decay: Option<f64>,
    /// Which share of the trials, the last ones, says how well it goes and is not learnt from. With 0 all are learnt from,
    /// and the weights after the last epoch are kept.
    pub validation_share: f64,
    /// Whether classes with fewer trials count more.
    pub class_weights: ClassWeights,
    /// The network is trained once from each of these, and the best is kept.
    pub seeds: Vec<u64>,
    /// What is changed at random in the windows that are learnt from.
    pub augmentations: Augmentations,
    /// Shorter windows cut from each trial, if the network is to see these; see [`Crops`].
    pub crops: Option<Crops>,
    /// What to do about a channel that never changes.
    pub constant_channels: ConstantChannels,
    /// How many threads compute; all processors where it is left out. The result does not depend on it.
    pub threads: Option<usize>,
}

impl Default for TrainingSettings {
    fn default() -> Self {
        Self {
            epochs: None,
            patience: None,
            batch_size: 64,
            learning_rate: None,
            schedule: Schedule::Cosine,
            weight_decay: None,
            validation_share: 0.2,
            class_weights: ClassWeights::Balanced,
            seeds: vec![1, 2, 3],
            augmentations: Augmentations::default(),
            crops: None,
            constant_channels: ConstantChannels::Refuse,
            threads: None,
        }
    }
}

/// How the learning rate changes from epoch to epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// It falls along half a cosine, from the whole to nearly nothing at the last epoch (Loshchilov and Hutter 2017, eq. 5,
    /// without restarts). With few trials the weights then settle instead of following single batches: the default.
    Cosine,
    /// It stays.
    Constant,
}

/// Whether classes count the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassWeights {
    /// The trials of each class together count as much as those of any other.
    Balanced,
    /// Each trial counts the same.
    None,
}

/// What to do about a channel that is constant in all trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConstantChannels {
    /// Training does not begin.
    Refuse,
    /// It is told as a warning.
    Warn,
}

/// What is changed at random in the windows that are learnt from; nothing, by default.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Augmentations {
    /// A window begins earlier or later by up to this, in seconds. The trials need that much margin.
    pub time_shift_secs: f64,
    /// With this probability a channel becomes 0, each by itself; one always stays.
    pub channel_dropout: f64,
    /// Gaussian noise is added with this standard deviation, relative to the root mean square of each channel.
    pub noise: f64,
}

/// Cropped training (Schirrmeister et al. 2017): the network sees windows shorter than a trial, cut from it one after the
/// other, and a trial is decided by the mean of what it says about them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crops {
    /// How long a window is, in seconds.
    pub length_secs: f64,
    /// From the begin of one to that of the next, in seconds.
    pub stride_secs: f64,
}

/// Settings with nothing left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Chosen {
    pub epochs: usize,
    pub patience: usize,
    pub learning_rate: f64,
    pub weight_decay: f64,
    pub threads: usize,
}

impl TrainingSettings {
    /// What counts for a kind of network.
    pub(crate) fn chosen(&self, architecture: &Architecture) -> Chosen {
        let (epochs, patience, learning_rate, weight_decay) = match architecture {
            Architecture::EegNet(_) => (300, 75, 1e-3, 0.0),
            Architecture::Shallow(_) => (150, 50, 6.25e-4, 0.0),
            Architecture::Mlp(_) => (100, 25, 1e-3, 1e-2),
        };
        Chosen {
            epochs: self.epochs.unwrap_or(epochs),
            patience: self.patience.unwrap_or(patience),
            learning_rate: self.learning_rate.unwrap_or(learning_rate),
            weight_decay: self.weight_decay.unwrap_or(weight_decay),
            threads: self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, NonZero::get)),
        }
    }

    /// How many samples of margin the trials need before and after their window, for the time shift.
    #[must_use]
    pub fn margin_samples(&self, rate_hz: f64) -> usize {
        samples(self.augmentations.time_shift_secs, rate_hz)
    }

    /// Checks that each value is possible.
    ///
    /// # Errors
    /// The first that is not, by name.
    pub fn check(&self) -> Result<(), TrainingError> {
        let wrong = |name, why: &str| Err(TrainingError::Setting { name, why: why.to_owned() });
        let positive = |value: f64| value.is_finite() && value > 0.0;
        let share = |value: f64| (0.0..1.0).contains(&value);
        if self.epochs == Some(0) {
            return wrong("epochs", "has to be at least 1");
        }
        if self.patience == Some(0) {
            return wrong("patience", "has to be at least 1 epoch");
        }
        if self.batch_size == 0 {
            return wrong("batch_size", "has to be at least 1");
        }
        if self.learning_rate.is_some_and(|rate| !positive(rate)) {
            return wrong("learning_rate", "has to be a positive number");
        }
        if self.weight_decay.is_some_and(|decay| !decay.is_finite() || decay < 0.0) {
            return wrong("weight_decay", "has to be 0 or a positive number");
        }
        if !(0.0..=0.9).contains(&self.validation_share) {
            return wrong("validation_share", "has to be between 0 and 0.9");
        }
        if self.seeds.is_empty() {
            return wrong("seeds", "names none: give at least one");
        }
        if (1..self.seeds.len()).any(|place| self.seeds[..place].contains(&self.seeds[place])) {
            return wrong("seeds", "names one twice, which would train the same network twice");
        }
        if self.threads == Some(0) {
            return wrong("threads", "has to be at least 1");
        }
        let Augmentations { time_shift_secs, channel_dropout, noise } = self.augmentations;
        if !time_shift_secs.is_finite() || time_shift_secs < 0.0 {
            return wrong("augmentations.time_shift_secs", "has to be 0 or a positive number of seconds");
        }
        if !share(channel_dropout) {
            return wrong("augmentations.channel_dropout", "is a probability: from 0 to less than 1");
        }
        if !noise.is_finite() || noise < 0.0 {
            return wrong("augmentations.noise", "has to be 0 or positive");
        }
        match self.crops {
            Some(crops) if !positive(crops.length_secs) => wrong("crops.length_secs", "has to be a positive number"),
            Some(crops) if !positive(crops.stride_secs) => wrong("crops.stride_secs", "has to be a positive number"),
            _ => Ok(()),
        }
    }
}

/// The nearest number of samples.
pub(crate) fn samples(secs: f64, rate_hz: f64) -> usize {
    (secs * rate_hz).round().max(0.0) as usize
}
