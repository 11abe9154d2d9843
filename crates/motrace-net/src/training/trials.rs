use crate::training::{ConstantChannels, TrainingError, TrainingSettings, TrainingWarning};
use crate::{Batch, Shape};

/// Fewer trials of a class than this are no material to learn from.
const LEAST_OF_A_CLASS: usize = 2;

/// Labelled windows of EEG to learn from, in the order in which they were recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Trials {
    /// The samples, each `[1, channels, margin + samples + margin]`, in what unit the network gets live.
    pub windows: Batch<f32>,
    /// The class of each, counted from 0.
    pub labels: Vec<usize>,
    /// How many classes there are.
    pub classes: usize,
    /// Samples per second of each channel.
    pub rate_hz: f64,
    /// How many samples before and after its window each trial has, so that the window can be shifted.
    pub margin_samples: usize,
}

/// Which trials are learnt from, and which say how well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Split {
    /// The trials before this one are learnt from.
    pub learnt: usize,
    /// How many there are.
    pub all: usize,
}

impl Trials {
    /// How many channels a trial has.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.windows.shape.rows
    }

    /// How many samples a trial has without its margins.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.windows.shape.samples.saturating_sub(self.margin_samples.saturating_mul(2))
    }

    /// Where the validation part begins: the last trials, by the share of the settings.
    pub(crate) fn split(&self, settings: &TrainingSettings) -> Split {
        let all = self.labels.len();
        let held = (all as f64 * settings.validation_share).round() as usize;
        Split { learnt: all - held.min(all), all }
    }

    /// Checks that a network can be trained on them.
    ///
    /// # Errors
    /// The first thing that keeps from it.
    pub fn check(&self, settings: &TrainingSettings) -> Result<Vec<TrainingWarning>, TrainingError> {
        self.check_form()?;
        self.check_classes(self.split(settings))?;
        self.check_values()?;
        self.warnings(settings)
    }

    /// Checks that they are whole trials, each with a class.
    pub(crate) fn check_form(&self) -> Result<(), TrainingError> {
        let Shape { maps, rows, samples } = self.windows.shape;
        let unusable = |why: &str| Err(TrainingError::Trials(why.to_owned()));
        if maps != 1 || rows == 0 || samples == 0 {
            return unusable("a trial is one map with at least one channel and one sample");
        }
        if !self.windows.values.len().is_multiple_of(self.windows.shape.len()) {
            return unusable("their values do not fill whole trials");
        }
        if !self.rate_hz.is_finite() || self.rate_hz <= 0.0 {
            return unusable("their rate has to be a positive number of hertz");
        }
        if self.samples() == 0 {
            return unusable("their margins leave no sample between them");
        }
        let trials = self.windows.windows();
        if self.labels.len() != trials {
            return Err(TrainingError::Labels { labels: self.labels.len(), trials });
        }
        let classes = self.classes;
        if let Some((trial, label)) = self.labels.iter().copied().enumerate().find(|(_, label)| *label >= classes) {
            return Err(TrainingError::LabelRange { trial, label, classes });
        }
        Ok(())
    }

    fn check_classes(&self, split: Split) -> Result<(), TrainingError> {
        let learnt = &self.labels[..split.learnt];
        if let Some((class, rest)) = learnt.split_first()
            && rest.iter().all(|label| label == class)
        {
            return Err(TrainingError::OneClass { class: *class, trials: learnt.len() });
        }
        if self.classes < 2 {
            return Err(TrainingError::Trials("there have to be at least two classes".into()));
        }
        let needed = LEAST_OF_A_CLASS;
        let count = |class| learnt.iter().filter(|label| **label == class).count();
        let found = (0..self.classes).map(|class| (class, count(class))).find(|(_, trials)| *trials < needed);
        match found {
            Some((class, trials)) => Err(TrainingError::FewTrials { class, trials, needed }),
            None => Ok(()),
        }
    }

    fn check_values(&self) -> Result<(), TrainingError> {
        match self.windows.values.iter().position(|value| !value.is_finite()) {
            None => Ok(()),
            Some(place) => {
                let (row, sample) = (place / self.windows.shape.samples, place % self.windows.shape.samples);
                let (trial, channel) = (row / self.channels(), row % self.channels());
                Err(TrainingError::NotFinite { trial, channel, sample, value: self.windows.values[place] })
            }
        }
    }

    fn warnings(&self, settings: &TrainingSettings) -> Result<Vec<TrainingWarning>, TrainingError> {
        let mut warnings = Vec::new();
        let samples = self.windows.shape.samples;
        for channel in 0..self.channels() {
            let constant = self.windows.each().all(|trial| {
                let row = &trial[channel * samples..][..samples];
                row.iter().all(|value| *value == row[0])
            });
            if !constant {
                continue;
            }
            if settings.constant_channels == ConstantChannels::Refuse {
                return Err(TrainingError::ConstantChannel { channel, trials: self.labels.len() });
            }
            warnings.push(TrainingWarning::ConstantChannel { channel });
        }
        let split = self.split(settings);
        if split.learnt < split.all {
            let held = &self.labels[split.learnt..];
            let missing = (0..self.classes).filter(|class| !held.contains(class));
            warnings.extend(missing.map(|class| TrainingWarning::NotValidated { class }));
        }
        Ok(warnings)
    }
}
