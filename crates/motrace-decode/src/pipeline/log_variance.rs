use super::{FittedPipeline, Pipeline, check_readable, log_variances::LogVariances};
use crate::{
    TrainError, TrialSet,
    class_lda::{FeatureUnits, class_lda},
    logits::Logits,
};
use ndarray::Array2;

/// The log-variance of some derivations and a linear discriminant: what is left of a decoder when nothing is learnt
/// about space, and the baseline that five minutes of work give.
#[derive(Debug, Clone, PartialEq)]
pub struct LogVariance {
    /// The derivations, `[derivations, channels]`; small Laplacians over C3, Cz and C4 mostly, whose rows
    /// `Reference::laplacian_row` of `motrace-signal` gives.
    pub derivations: Array2<f64>,
}

struct Fitted {
    features: LogVariances,
    logits: Logits,
}

impl Pipeline for LogVariance {
    fn name(&self) -> String {
        "log-variance + LDA".into()
    }

    fn fit(&self, set: &TrialSet, trials: &[usize]) -> Result<Box<dyn FittedPipeline>, TrainError> {
        set.check_training(trials)?;
        let (derivations, channels) = self.derivations.dim();
        if derivations == 0 || channels != set.channels() {
            return Err(TrainError::Shape(format!(
                "{derivations} derivations of {channels} channels cannot be made of {} channels",
                set.channels()
            )));
        }
        if self.derivations.iter().any(|weight| !weight.is_finite()) {
            return Err(TrainError::Shape("a weight of a derivation is not a finite number".into()));
        }
        let rows = self.derivations.outer_iter().map(|row| row.to_vec()).collect();
        let features = LogVariances::fit(rows, set.moments(), trials);
        let logits = class_lda(
            &features.of_trials(set.moments(), trials),
            &set.labels_of(trials),
            set.classes(),
            FeatureUnits::Own,
        )?;
        Ok(Box::new(Fitted { features, logits }))
    }
}

impl FittedPipeline for Fitted {
    fn probabilities(&self, set: &TrialSet, trial: usize) -> Result<Vec<f64>, TrainError> {
        check_readable(set, trial, self.features.channels())?;
        Ok(self.logits.probabilities(&self.features.of(set.moments(), trial)))
    }
}
