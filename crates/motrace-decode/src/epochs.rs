use crate::TrainError;
use motrace_core::MAX_CLASSES;
use ndarray::{Array3, Axis};

/// Trials of filtered data with their classes, in the order in which they were recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Epochs {
    /// The samples, `[trials, channels, samples]`, in volts.
    pub data: Array3<f64>,
    /// The class of each trial, counted from 0.
    pub labels: Vec<usize>,
    /// The names of the classes: two for CSP + LDA, up to [`MAX_CLASSES`] for other decoders.
    pub class_names: Vec<String>,
    /// The recording that each trial comes from.
    pub groups: Vec<usize>,
}

impl Epochs {
    /// How many trials there are.
    #[must_use]
    pub fn trials(&self) -> usize {
        self.data.dim().0
    }

    /// How many channels there are.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.data.dim().1
    }

    /// How many samples each trial has.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.data.dim().2
    }

    /// Whether the parts fit together, every channel carries a signal, and there are two classes and no more.
    ///
    /// # Errors
    /// As [`check`](Self::check), and more than two classes.
    pub fn check_two_classes(&self) -> Result<(), TrainError> {
        match self.class_names.len() {
            0..=2 => self.check(),
            classes => Err(TrainError::TwoClassesOnly { classes }),
        }
    }

    /// Whether the parts fit together, and every channel carries a signal.
    ///
    /// # Errors
    /// The first thing that is wrong; see [`TrainError`].
    pub fn check(&self) -> Result<(), TrainError> {
        let shape = |text: String| Err(TrainError::Shape(text));
        let trials = self.trials();
        let classes = self.class_names.len();
        if !(2..=MAX_CLASSES).contains(&classes) {
            return shape(format!("{classes} class names, and there must be 2 to {MAX_CLASSES}"));
        }
        if trials == 0 || self.channels() == 0 || self.samples() == 0 {
            return shape(format!(
                "{trials} trials × {} channels × {} samples hold no data",
                self.channels(),
                self.samples()
            ));
        }
        if self.labels.len() != trials || self.groups.len() != trials {
            return shape(format!(
                "{trials} trials, {} labels and {} recordings must be as many",
                self.labels.len(),
                self.groups.len()
            ));
        }
        if let Some(trial) = self.labels.iter().position(|&label| label >= classes) {
            return shape(format!(
                "trial {} has class {}, and there are classes 0 to {}",
                trial + 1,
                self.labels[trial],
                classes - 1
            ));
        }
        let is_constant = |channel: usize| {
            self.data.index_axis(Axis(1), channel).outer_iter().all(|trial| trial.iter().all(|x| *x == trial[0]))
        };
        match (0..self.channels()).find(|&channel| is_constant(channel)) {
            Some(channel) => Err(TrainError::ConstantChannel { channel: channel + 1 }),
            None => Ok(()),
        }
    }
}
