use super::{CspLda, CspLdaSettings, POWER_FLOOR};
use crate::{Epochs, TrainError, TrialSet, csp::csp, lda::lda, moments::TrialMoments};
use nalgebra::DMatrix;

/// With fewer trials of a class the shrunk covariance of the log-powers can be singular.
pub(crate) const FEWEST_TRIALS_PER_CLASS: usize = 4;

impl CspLda {
    /// Trains on all trials.
    ///
    /// Priors are equal, whatever the number of trials in each class. The result does not depend on the
    /// unit of the data nor on the number of cores, and the same trials give the same bits.
    ///
    /// # Errors
    /// Epochs whose parts do not fit together, samples that are not finite, constant channels, a class
    /// with fewer than 4 trials, and data that spans fewer than 2 dimensions.
    pub fn fit(epochs: &Epochs, settings: &CspLdaSettings) -> Result<Self, TrainError> {
        epochs.check_two_classes()?;
        let moments = TrialMoments::of(epochs)?;
        let all: Vec<usize> = (0..epochs.trials()).collect();
        Self::fit_trials(&moments, epochs, &all, settings)
    }

    /// Trains on some trials of `epochs`, whose moments these are, and looks at no other.
    ///
    /// # Errors
    /// As [`fit`](Self::fit), for these trials.
    pub fn fit_trials(
        moments: &TrialMoments,
        epochs: &Epochs,
        trials: &[usize],
        settings: &CspLdaSettings,
    ) -> Result<Self, TrainError> {
        let of_class = split_by_class(epochs, trials)?;
        let pooled = [0, 1].map(|class: usize| moments.pool(of_class[class].iter().copied()));
        let csp = csp(&pooled, settings.patterns_per_side)?;

        // Rows in one piece, whatever the layout of the array.
        let filters: Vec<Vec<f64>> = csp.filters.outer_iter().map(|row| row.to_vec()).collect();
        let powers = of_class
            .each_ref()
            .map(|trials| DMatrix::from_fn(trials.len(), filters.len(), |i, k| moments.power(trials[i], &filters[k])));
        let floors: Vec<f64> = (0..filters.len())
            .map(|k| 0.5 * (powers[0].column(k).mean() + powers[1].column(k).mean()) * POWER_FLOOR)
            .collect();
        let log_powers = powers.map(|p| DMatrix::from_fn(p.nrows(), p.ncols(), |i, k| p[(i, k)].max(floors[k]).ln()));
        let lda = lda(&log_powers)?;
        Ok(Self {
            filters: csp.filters,
            patterns: csp.patterns,
            weights: lda.weights,
            bias: lda.bias,
            root_log_power: lda.means[0].iter().zip(&lda.means[1]).map(|(a, b)| (a + b) * 0.5).collect(),
            class_log_power: lda.means,
            logit_gain: lda.logit_gain,
            eigenvalues: csp.eigenvalues,
            mean_covariance: csp.mean_covariance,
            feature_covariance: Some(ndarray::Array2::from_shape_fn(lda.covariance.shape(), |(i, j)| {
                lda.covariance[(i, j)]
            })),
        })
    }

    /// Trains on some trials of a set, ascending, in its first band: the decoder that [`CspPipeline`] is of two classes, with its
    /// patterns.
    ///
    /// # Errors
    /// As [`TrialSet::check_training`] and [`fit`](Self::fit), for these trials.
    ///
    /// [`CspPipeline`]: crate::pipeline::CspPipeline
    pub fn fit_set(set: &TrialSet, trials: &[usize], settings: &CspLdaSettings) -> Result<Self, TrainError> {
        set.check_training(trials)?;
        Self::fit_trials(set.moments(), set.epochs(), trials, settings)
    }

    /// The output for a trial of which only the moments are known: [`value`](Self::value) but for rounding.
    #[must_use]
    pub fn value_of_trial(&self, moments: &TrialMoments, trial: usize) -> f64 {
        let powers: Vec<f64> = self.filters.outer_iter().map(|filter| moments.power(trial, &filter.to_vec())).collect();
        self.value_from_powers(&powers)
    }
}

/// The trials of each class, in order.
fn split_by_class(epochs: &Epochs, trials: &[usize]) -> Result<[Vec<usize>; 2], TrainError> {
    let names: Vec<&str> = epochs.class_names.iter().map(String::as_str).collect();
    if names.len() != 2 {
        return Err(TrainError::TwoClassesOnly { classes: names.len() });
    }
    let labels: Vec<usize> = trials.iter().map(|&trial| epochs.labels[trial]).collect();
    check_trials(&labels, &names)?;
    Ok([0, 1].map(|class| trials.iter().copied().filter(|&t| epochs.labels[t] == class).collect()))
}

/// Whether there are enough trials of each class to train on.
///
/// # Errors
/// [`TrainError::OneClass`] (of two), [`TrainError::NoTrialsOf`] (of more) or [`TrainError::TooFewTrials`];
/// [`TrainError::NoTrials`] where there are none at all.
pub fn check_trials(labels: &[usize], class_names: &[&str]) -> Result<(), TrainError> {
    if labels.is_empty() {
        return Err(TrainError::NoTrials);
    }
    for (class, name) in class_names.iter().copied().enumerate() {
        let count = labels.iter().filter(|&&label| label == class).count();
        if count == 0 {
            let (trials, missing) = (labels.len(), name.to_owned());
            return Err(match class_names {
                [a, b] => TrainError::OneClass { trials, present: [*b, *a][class].to_owned(), missing },
                _ => TrainError::NoTrialsOf { trials, missing },
            });
        }
        if count < FEWEST_TRIALS_PER_CLASS {
            return Err(TrainError::TooFewTrials {
                class: name.to_owned(),
                trials: count,
                needed: FEWEST_TRIALS_PER_CLASS,
            });
        }
    }
    Ok(())
}
