use super::{FittedPipeline, Pipeline, TangentClassifier, check_readable, tangent_space::classify};
use crate::{
    Shrinkage, TrainError, TrialSet,
    covariance::TrialCovariances,
    logits::Logits,
    riemann::{Whitening, karcher_mean},
};
use nalgebra::DMatrix;

/// Covariances in each band of a filter bank as vectors in the tangent space at their Karcher mean, all bands side by
/// side as filter-bank CSP has its features, and one linear classifier of them all ([`TangentSpace`](super::TangentSpace) has
/// the source of the method).
///
/// There are far more features than trials: without its penalty the classifier would learn the trials by heart.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FilterBankTangent {
    /// How the covariance of a trial is shrunk.
    pub shrinkage: Shrinkage,
    /// What decides.
    pub classifier: TangentClassifier,
}

struct Fitted {
    bands_hz: Vec<[f64; 2]>,
    /// For each band what covariances are taken in, and their mean.
    bands: Vec<(TrialCovariances, Whitening)>,
    channels: usize,
    logits: Logits,
}

impl Pipeline for FilterBankTangent {
    fn name(&self) -> String {
        match self.classifier {
            TangentClassifier::Logistic { .. } => "filter-bank tangent space + logistic regression".into(),
            TangentClassifier::Lda => "filter-bank tangent space + LDA".into(),
        }
    }

    fn fit(&self, set: &TrialSet, trials: &[usize]) -> Result<Box<dyn FittedPipeline>, TrainError> {
        set.check_training(trials)?;
        if set.bank().is_empty() {
            return Err(TrainError::Shape(
                "filter-bank tangent space needs trials in the bands of a filter bank".into(),
            ));
        }
        let mut bands = Vec::with_capacity(set.bank().len());
        let mut rows: Vec<Vec<f64>> = vec![Vec::new(); trials.len()];
        for band in set.bank() {
            let covariances = TrialCovariances::fit(&band.moments, trials, self.shrinkage)?;
            let points = covariances.of_trials(&band.moments, trials);
            let mean = karcher_mean(&points)?;
            for (row, point) in rows.iter_mut().zip(&points) {
                row.extend(mean.tangent_vector(point)?);
            }
            bands.push((covariances, mean));
        }
        let width = rows.first().map_or(0, Vec::len);
        let features = DMatrix::from_fn(rows.len(), width, |i, j| rows[i][j]);
        let logits = classify(self.classifier, &features, &set.labels_of(trials), set.classes())?;
        Ok(Box::new(Fitted { bands_hz: set.bands_hz().collect(), bands, channels: set.channels(), logits }))
    }
}

impl FittedPipeline for Fitted {
    fn probabilities(&self, set: &TrialSet, trial: usize) -> Result<Vec<f64>, TrainError> {
        check_readable(set, trial, self.channels)?;
        if !set.bands_hz().eq(self.bands_hz.iter().copied()) {
            return Err(TrainError::Shape("the trials' filter bank is not the one of the training".into()));
        }
        let mut features = Vec::new();
        for ((covariances, mean), band) in self.bands.iter().zip(set.bank()) {
            features.extend(mean.tangent_vector(&covariances.of(&band.moments, trial))?);
        }
        Ok(self.logits.probabilities(&features))
    }
}
