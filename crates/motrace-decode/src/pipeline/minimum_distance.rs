use super::{FittedPipeline, Pipeline, check_readable};
use crate::{
    Shrinkage, TrainError, TrialSet,
    covariance::TrialCovariances,
    logits::softmax,
    riemann::{Whitening, karcher_mean},
};

/// Minimum distance to mean: a trial is of the class whose mean covariance is nearest in the affine-invariant distance
/// (Barachant, Bonnet, Congedo and Jutten 2012, IEEE Trans. Biomed. Eng. 59, 920–928).
///
/// Probabilities are the softmax of the negative squared distances, as pyRiemann's `MDM` has them. Covariances are
/// those of the dimensions that the training trials span, so a common average does no harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MinimumDistance {
    /// How the covariance of a trial is shrunk.
    pub shrinkage: Shrinkage,
}

struct Fitted {
    covariances: TrialCovariances,
    means: Vec<Whitening>,
}

impl Pipeline for MinimumDistance {
    fn name(&self) -> String {
        "minimum distance to mean".into()
    }

    fn fit(&self, set: &TrialSet, trials: &[usize]) -> Result<Box<dyn FittedPipeline>, TrainError> {
        set.check_training(trials)?;
        let covariances = TrialCovariances::fit(set.moments(), trials, self.shrinkage)?;
        let means = (0..set.classes())
            .map(|class| karcher_mean(&covariances.of_trials(set.moments(), &set.of_class(trials, class))))
            .collect::<Result<_, _>>()?;
        Ok(Box::new(Fitted { covariances, means }))
    }
}

impl FittedPipeline for Fitted {
    fn probabilities(&self, set: &TrialSet, trial: usize) -> Result<Vec<f64>, TrainError> {
        check_readable(set, trial, self.covariances.channels())?;
        let covariance = self.covariances.of(set.moments(), trial);
        let closeness: Vec<f64> = self
            .means
            .iter()
            .map(|mean| Ok(-mean.distance_to(&covariance)?.powi(2)))
            .collect::<Result<_, TrainError>>()?;
        Ok(softmax(&closeness))
    }
}
