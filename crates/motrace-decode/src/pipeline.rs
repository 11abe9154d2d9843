//! Decoders for working offline, all behind one trait: what they are made of and how they are trained is their own
//! affair, and whoever compares them need not know.

mod csp;
mod filter_bank_csp;
mod filter_bank_tangent;
mod log_variance;
mod log_variances;
mod minimum_distance;
mod tangent_space;
#[cfg(test)]
mod tests;

pub use csp::{CspKind, CspPipeline};
pub use filter_bank_csp::FilterBankCsp;
pub use filter_bank_tangent::FilterBankTangent;
pub use log_variance::LogVariance;
pub use minimum_distance::MinimumDistance;
pub use tangent_space::{TangentClassifier, TangentSpace};

use crate::{TrainError, TrialSet, metrics::ClassPrediction};

/// A decoder that is yet to be trained, with its settings.
pub trait Pipeline: Send + Sync {
    /// What it is called in a table: short, and with nothing that a table cannot hold.
    fn name(&self) -> String;

    /// Trains on some trials of a set, ascending, and looks at no other.
    ///
    /// # Errors
    /// Whatever [`TrialSet::check_training`] refuses, and what makes this decoder impossible on these trials.
    fn fit(&self, set: &TrialSet, trials: &[usize]) -> Result<Box<dyn FittedPipeline>, TrainError>;
}

/// A decoder that is trained.
pub trait FittedPipeline: Send + Sync {
    /// The probability of each class, in their order, for a trial of any set with the same channels, bands and
    /// classes; they add up to 1.
    ///
    /// # Errors
    /// [`TrainError::Shape`] where the set's channels or bands are not those of the training, or there is no such
    /// trial.
    fn probabilities(&self, set: &TrialSet, trial: usize) -> Result<Vec<f64>, TrainError>;
}

/// Tests a pipeline on trials it was not trained on: everything is refitted for each test set.
///
/// `test_sets` come from [`Folds::test_sets`](crate::Folds::test_sets) or are the caller's own, each ascending; a trial
/// may be in several of them or in none. `progress` hears how many of how many are done.
///
/// # Errors
/// [`TrainError::InFold`] with what the pipeline refuses.
pub fn cross_validate_pipeline(
    pipeline: &dyn Pipeline,
    set: &TrialSet,
    test_sets: &[Vec<usize>],
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Vec<ClassPrediction>, TrainError> {
    let folds = test_sets.len();
    let mut predictions = Vec::with_capacity(set.trials());
    progress(0, folds);
    for (fold, test) in test_sets.iter().enumerate() {
        let train: Vec<usize> = (0..set.trials()).filter(|trial| test.binary_search(trial).is_err()).collect();
        let in_fold = |source| TrainError::InFold { fold: fold + 1, folds, source: Box::new(source) };
        predictions.extend(predict(pipeline, set, &train, test, fold).map_err(in_fold)?);
        progress(fold + 1, folds);
    }
    predictions.sort_by_key(|prediction| (prediction.trial, prediction.fold));
    Ok(predictions)
}

fn predict(
    pipeline: &dyn Pipeline,
    set: &TrialSet,
    train: &[usize],
    test: &[usize],
    fold: usize,
) -> Result<Vec<ClassPrediction>, TrainError> {
    let fitted = pipeline.fit(set, train)?;
    test.iter()
        .map(|&trial| {
            let probabilities = fitted.probabilities(set, trial)?;
            Ok(ClassPrediction { trial, fold, truth: set.labels()[trial], probabilities })
        })
        .collect()
}

/// Whether a trained pipeline can read a trial of this set.
fn check_readable(set: &TrialSet, trial: usize, channels: usize) -> Result<(), TrainError> {
    if trial >= set.trials() {
        return Err(TrainError::Shape(format!("there is no trial {} among {}", trial + 1, set.trials())));
    }
    if set.channels() != channels {
        return Err(TrainError::Shape(format!(
            "a decoder of {channels} channels cannot read trials of {}",
            set.channels()
        )));
    }
    Ok(())
}
