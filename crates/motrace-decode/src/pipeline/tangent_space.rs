use super::{FittedPipeline, Pipeline, check_readable};
use crate::{
    Shrinkage, TrainError, TrialSet,
    class_lda::{FeatureUnits, class_lda},
    covariance::TrialCovariances,
    logistic::{LogisticSettings, logistic_regression},
    logits::Logits,
    riemann::{Whitening, karcher_mean},
};
use nalgebra::DMatrix;

/// What decides in the tangent space.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TangentClassifier {
    /// Logistic regression with a quadratic penalty.
    Logistic {
        /// The weight of the trials' loss against the penalty: scikit-learn's `C`. 1 is its default.
        loss_weight: f64,
    },
    /// A linear discriminant with a covariance shrunk after Ledoit and Wolf, all entries towards one variance: which
    /// basis the tangent vectors are written in does not matter then, as it does not to their distances.
    Lda,
}

impl Default for TangentClassifier {
    fn default() -> Self {
        Self::Logistic { loss_weight: 1.0 }
    }
}

/// Covariances as vectors in the tangent space at their Karcher mean, and a linear classifier of these vectors
/// (Barachant, Bonnet, Congedo and Jutten 2013, Neurocomputing 112, 172–178).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TangentSpace {
    /// How the covariance of a trial is shrunk.
    pub shrinkage: Shrinkage,
    /// What decides.
    pub classifier: TangentClassifier,
}

struct Fitted {
    covariances: TrialCovariances,
    mean: Whitening,
    logits: Logits,
}

impl Pipeline for TangentSpace {
    fn name(&self) -> String {
        match self.classifier {
            TangentClassifier::Logistic { .. } => "tangent space + logistic regression".into(),
            TangentClassifier::Lda => "tangent space + LDA".into(),
        }
    }

    fn fit(&self, set: &TrialSet, trials: &[usize]) -> Result<Box<dyn FittedPipeline>, TrainError> {
        set.check_training(trials)?;
        let covariances = TrialCovariances::fit(set.moments(), trials, self.shrinkage)?;
        let points = covariances.of_trials(set.moments(), trials);
        let mean = karcher_mean(&points)?;
        let rank = covariances.basis().ncols();
        let mut features = DMatrix::zeros(trials.len(), rank * (rank + 1) / 2);
        for (mut row, point) in features.row_iter_mut().zip(&points) {
            row.iter_mut().zip(mean.tangent_vector(point)?).for_each(|(x, value)| *x = value);
        }
        let labels = set.labels_of(trials);
        let logits = classify(self.classifier, &features, &labels, set.classes())?;
        Ok(Box::new(Fitted { covariances, mean, logits }))
    }
}

/// Fits the classifier of tangent vectors, `[trials, entries]`.
pub(super) fn classify(
    classifier: TangentClassifier,
    features: &DMatrix<f64>,
    labels: &[usize],
    classes: usize,
) -> Result<Logits, TrainError> {
    match classifier {
        TangentClassifier::Logistic { loss_weight } => {
            let settings = LogisticSettings { loss_weight, has_intercept: true };
            logistic_regression(features, labels, classes, settings)
        }
        TangentClassifier::Lda => class_lda(features, labels, classes, FeatureUnits::Common),
    }
}

impl FittedPipeline for Fitted {
    fn probabilities(&self, set: &TrialSet, trial: usize) -> Result<Vec<f64>, TrainError> {
        check_readable(set, trial, self.covariances.channels())?;
        let covariance = self.covariances.of(set.moments(), trial);
        Ok(self.logits.probabilities(&self.mean.tangent_vector(&covariance)?))
    }
}
