use crate::training::augment::Change;
use crate::training::place::{Purpose, random_at};
use crate::training::settings::samples;
use crate::training::{TrainingError, TrainingSettings, Trials};
use rand::RngExt;

/// Where in the trials a window lies that the network sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Example {
    /// Which trial.
    pub trial: usize,
    /// The first sample, counted from the begin of the trial's margin.
    pub start: usize,
}

/// Which windows are learnt from, and which say how well.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Examples {
    /// Samples of each window.
    pub samples: usize,
    /// Of the trials that are learnt from.
    pub learnt: Vec<Example>,
    /// Of those that are not, trial after trial.
    pub held: Vec<Example>,
    /// What is changed in those that are learnt from.
    pub change: Change,
}

impl Examples {
    /// Cuts the trials as the settings say.
    pub fn new(trials: &Trials, settings: &TrainingSettings) -> Result<Self, TrainingError> {
        let wrong = |name, why: String| Err(TrainingError::Setting { name, why });
        let shift = settings.margin_samples(trials.rate_hz);
        if shift > trials.margin_samples {
            let why = format!(
                "needs {shift} samples of margin before and after each trial, and they have {}",
                trials.margin_samples
            );
            return wrong("augmentations.time_shift_secs", why);
        }
        let (length, stride) = match settings.crops {
            None => (trials.samples(), 1),
            Some(crops) => (samples(crops.length_secs, trials.rate_hz), samples(crops.stride_secs, trials.rate_hz)),
        };
        if length == 0 || length > trials.samples() {
            let why = format!("asks for windows of {length} samples, and the trials have {}", trials.samples());
            return wrong("crops.length_secs", why);
        }
        if stride == 0 {
            return wrong("crops.stride_secs", "is less than one sample".into());
        }
        let last = trials.margin_samples + trials.samples() - length;
        let cut = |range: std::ops::Range<usize>| -> Vec<Example> {
            let starts = || (trials.margin_samples..=last).step_by(stride);
            range.flat_map(|trial| starts().map(move |start| Example { trial, start })).collect()
        };
        let split = trials.split(settings);
        let augmentations = settings.augmentations;
        Ok(Self {
            samples: length,
            learnt: cut(0..split.learnt),
            held: cut(split.learnt..split.all),
            change: Change { shift, channel_dropout: augmentations.channel_dropout, noise: augmentations.noise },
        })
    }

    /// The order in which the examples are learnt from in an epoch (Fisher and Yates).
    pub fn order(&self, seed: u64, epoch: usize) -> Vec<usize> {
        let mut rng = random_at(seed, Purpose::Order, epoch, 0);
        let mut order: Vec<usize> = (0..self.learnt.len()).collect();
        for place in (1..order.len()).rev() {
            order.swap(place, rng.random_range(0..=place as u64) as usize);
        }
        order
    }
}
