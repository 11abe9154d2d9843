use crate::{Epochs, TrainError, moments::TrialMoments};

/// Trials as pipelines read them: the epochs in one band, their moments, and where there is a filter bank, the moments
/// in each of its bands. Everything is computed once, however many pipelines and folds there are.
#[derive(Debug, Clone)]
pub struct TrialSet {
    epochs: Epochs,
    moments: TrialMoments,
    bank: Vec<BandMoments>,
}

/// The trials in one band of a filter bank.
#[derive(Debug, Clone)]
pub(crate) struct BandMoments {
    pub band_hz: [f64; 2],
    pub moments: TrialMoments,
}

impl TrialSet {
    /// Trials in one band.
    ///
    /// # Errors
    /// Whatever [`Epochs::check`] refuses, and [`TrainError::NonFinite`].
    pub fn new(epochs: Epochs) -> Result<Self, TrainError> {
        epochs.check()?;
        let moments = TrialMoments::of(&epochs)?;
        Ok(Self { epochs, moments, bank: Vec::new() })
    }

    /// Adds a band of a filter bank: the same trials through another filter, cut after filtering. The samples are not
    /// kept.
    ///
    /// # Errors
    /// As [`new`](Self::new); [`TrainError::Shape`] where these are not the same trials and channels.
    pub fn with_band(mut self, band_hz: [f64; 2], epochs: &Epochs) -> Result<Self, TrainError> {
        epochs.check()?;
        let [low, high] = band_hz;
        if epochs.labels != self.epochs.labels || epochs.groups != self.epochs.groups {
            return Err(TrainError::Shape(format!(
                "the trials of the band {low}–{high} Hz are not those of the others"
            )));
        }
        if epochs.channels() != self.epochs.channels() {
            return Err(TrainError::Shape(format!(
                "the band {low}–{high} Hz has {} channels, and the others {}",
                epochs.channels(),
                self.epochs.channels()
            )));
        }
        self.bank.push(BandMoments { band_hz, moments: TrialMoments::of(epochs)? });
        Ok(self)
    }

    /// The epochs in the first band.
    #[must_use]
    pub fn epochs(&self) -> &Epochs {
        &self.epochs
    }

    /// How many trials there are.
    #[must_use]
    pub fn trials(&self) -> usize {
        self.epochs.trials()
    }

    /// How many channels there are.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.epochs.channels()
    }

    /// The class of each trial, from 0.
    #[must_use]
    pub fn labels(&self) -> &[usize] {
        &self.epochs.labels
    }

    /// The recording that each trial comes from.
    #[must_use]
    pub fn groups(&self) -> &[usize] {
        &self.epochs.groups
    }

    /// The names of the classes.
    #[must_use]
    pub fn class_names(&self) -> &[String] {
        &self.epochs.class_names
    }

    /// How many classes there are.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.epochs.class_names.len()
    }

    /// The bands of the filter bank, in hertz.
    pub fn bands_hz(&self) -> impl Iterator<Item = [f64; 2]> {
        self.bank.iter().map(|band| band.band_hz)
    }

    pub(crate) fn moments(&self) -> &TrialMoments {
        &self.moments
    }

    pub(crate) fn bank(&self) -> &[BandMoments] {
        &self.bank
    }

    /// The labels of some trials.
    pub(crate) fn labels_of(&self, trials: &[usize]) -> Vec<usize> {
        trials.iter().map(|&trial| self.epochs.labels[trial]).collect()
    }

    /// Those of the trials that are of a class.
    pub(crate) fn of_class(&self, trials: &[usize], class: usize) -> Vec<usize> {
        trials.iter().copied().filter(|&trial| self.epochs.labels[trial] == class).collect()
    }

    /// Whether a pipeline can be trained on these trials: they exist, and there are enough of each class.
    ///
    /// # Errors
    /// [`TrainError::Shape`] for a trial that does not exist, and as [`check_trials`](crate::check_trials).
    pub fn check_training(&self, trials: &[usize]) -> Result<(), TrainError> {
        if let Some(trial) = trials.iter().find(|&&trial| trial >= self.trials()) {
            return Err(TrainError::Shape(format!(
                "trial {} is to be trained on, and there are {}",
                trial + 1,
                self.trials()
            )));
        }
        let names: Vec<&str> = self.class_names().iter().map(String::as_str).collect();
        crate::check_trials(&self.labels_of(trials), &names)
    }
}
