use crate::{TrainError, shrinkage::standardised_ledoit_wolf};
use nalgebra::{Cholesky, DMatrix, DVector};

/// A linear discriminant between two classes with equal priors, `f = weights·x + bias`, scaled so that
/// the class means lie at −1 and +1.
pub(crate) struct Lda {
    pub weights: Vec<f64>,
    pub bias: f64,
    pub means: [Vec<f64>; 2],
    /// The log-odds of class 1 are `logit_gain·f`.
    pub logit_gain: f64,
    /// The shrunk covariance of the features within classes.
    pub covariance: DMatrix<f64>,
}

/// Trains on the features of each class, `[trials, features]`.
///
/// The pooled covariance is the mean of the two class covariances, each standardised and shrunk by
/// Ledoit–Wolf: scikit-learn's `LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto",
/// priors=[0.5, 0.5])`, whose decision function is `logit_gain·f`.
pub(crate) fn lda(classes: &[DMatrix<f64>; 2]) -> Result<Lda, TrainError> {
    let [mean0, mean1] = [0, 1].map(|class: usize| classes[class].row_mean().transpose());
    let pooled = (standardised_ledoit_wolf(&classes[0]) + standardised_ledoit_wolf(&classes[1])) * 0.5;
    let difference: DVector<f64> = &mean1 - &mean0;
    let direction = Cholesky::new(pooled.clone())
        .ok_or_else(|| {
            TrainError::Degenerate(
                "the power of a component is the same in every trial; are the trials copies of each other?".into(),
            )
        })?
        .solve(&difference);
    // The squared Mahalanobis distance between the means: what `direction` scores for their difference.
    let distance = direction.dot(&difference);
    if !(distance.is_finite() && distance > 0.0) {
        return Err(TrainError::Degenerate("their mean log-powers are equal".into()));
    }
    let weights: Vec<f64> = direction.iter().map(|w| w * 2.0 / distance).collect();
    let bias = -weights.iter().zip(mean0.iter().zip(mean1.iter())).map(|(w, (a, b))| w * (a + b) * 0.5).sum::<f64>();
    Ok(Lda {
        weights,
        bias,
        means: [mean0.iter().copied().collect(), mean1.iter().copied().collect()],
        logit_gain: distance / 2.0,
        covariance: pooled,
    })
}
