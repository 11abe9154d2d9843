use crate::{Epochs, TrainError, moments::TrialMoments};
use ndarray::ArrayView2;

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

    /// The same without the samples, of which most decoders need nothing but the moments: [`epochs`](Self::epochs) have
    /// no samples then.
    #[must_use]
    pub fn without_samples(mut self) -> Self {
        self.epochs.data = ndarray::Array3::zeros((self.trials(), self.channels(), 0));
        self
    }

    /// The trials of several sets one after the other, without their samples. Those of each set keep their order; the
    /// recordings of a set ([`groups`](Self::groups)) are numbered after those of the sets before.
    ///
    /// # Errors
    /// [`TrainError::Shape`] where there is no set, or their channels, classes, lengths or bands differ.
    pub fn joined(sets: &[&Self]) -> Result<Self, TrainError> {
        let [first, others @ ..] = sets else {
            return Err(TrainError::Shape("0 sets of trials cannot be joined".into()));
        };
        let is_alike = |set: &&Self| {
            set.channels() == first.channels()
                && set.class_names() == first.class_names()
                && set.bands_hz().eq(first.bands_hz())
                && set.moments.samples() == first.moments.samples()
        };
        if !others.iter().all(is_alike) {
            return Err(TrainError::Shape(
                "trials of different channels, classes, lengths or bands cannot be joined".into(),
            ));
        }
        let mut groups = Vec::new();
        let mut offset = 0;
        for set in sets {
            groups.extend(set.groups().iter().map(|group| group + offset));
            offset = groups.iter().max().map_or(0, |last| last + 1);
        }
        let trials = sets.iter().map(|set| set.trials()).sum();
        let epochs = Epochs {
            data: ndarray::Array3::zeros((trials, first.channels(), 0)),
            labels: sets.iter().flat_map(|set| set.labels().iter().copied()).collect(),
            class_names: first.class_names().to_vec(),
            groups,
        };
        let bank = (0..first.bank.len()).map(|band| BandMoments {
            band_hz: first.bank[band].band_hz,
            moments: TrialMoments::joined(sets.iter().map(|set| &set.bank[band].moments)),
        });
        Ok(Self { bank: bank.collect(), epochs, moments: TrialMoments::joined(sets.iter().map(|set| &set.moments)) })
    }

    /// The same trials with other classes, which has to be done to all sets of the same trials alike.
    ///
    /// # Errors
    /// [`TrainError::Shape`] where there are not as many, or one does not exist.
    pub fn with_labels(mut self, labels: Vec<usize>) -> Result<Self, TrainError> {
        if labels.len() != self.trials() || labels.iter().any(|&label| label >= self.classes()) {
            return Err(TrainError::Shape(format!("{} labels do not fit {} trials", labels.len(), self.trials())));
        }
        self.epochs.labels = labels;
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

    /// mean_t x_t x_tᵀ of a trial in the first band, `[channels, channels]`, in V²; `None` where there is no such trial.
    #[must_use]
    pub fn second_moments(&self, trial: usize) -> Option<ArrayView2<'_, f64>> {
        (trial < self.trials()).then(|| self.moments.second(trial))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulated::mixed_epochs;

    #[test]
    fn joined_trials_are_those_of_each_set() -> Result<(), TrainError> {
        let [a, b] = [mixed_epochs(12, 4, 60, 2.0, 1), mixed_epochs(8, 4, 60, 2.0, 2)];
        let sets = [
            TrialSet::new(a.clone())?.with_band([8.0, 12.0], &a)?,
            TrialSet::new(b.clone())?.with_band([8.0, 12.0], &b)?,
        ];
        let joined = TrialSet::joined(&[&sets[0], &sets[1]])?;
        assert_eq!((joined.trials(), joined.channels(), joined.epochs().samples()), (20, 4, 0));
        assert_eq!(joined.moments().second(13), sets[1].moments().second(1));
        assert_eq!(joined.bank()[0].moments.fourth(19), sets[1].bank()[0].moments.fourth(7));
        assert_eq!(joined.labels()[12..], *sets[1].labels());
        assert_eq!((joined.groups()[11], joined.groups()[12]), (3, 4));
        let longer = TrialSet::new(mixed_epochs(8, 4, 61, 2.0, 2))?;
        assert!(TrialSet::joined(&[&sets[0], &longer]).is_err());
        assert!(TrialSet::joined(&[]).is_err());
        Ok(())
    }

    #[test]
    fn moments_are_enough_and_labels_can_be_others() -> Result<(), TrainError> {
        let epochs = mixed_epochs(12, 4, 60, 2.0, 1);
        let set = TrialSet::new(epochs.clone())?.without_samples();
        assert_eq!((set.trials(), set.channels(), set.epochs().samples()), (12, 4, 0));
        let others: Vec<usize> = set.labels().iter().map(|label| 1 - label).collect();
        assert_eq!(set.clone().with_labels(others.clone())?.labels(), others);
        assert!(set.clone().with_labels(vec![0; 11]).is_err() && set.with_labels(vec![2; 12]).is_err());
        Ok(())
    }
}
