use crate::{TrainError, logits::Logits};
use nalgebra::{Cholesky, DMatrix, DVector};

/// What features are shrunk towards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FeatureUnits {
    /// Each feature keeps its own variance: they are standardised before they are shrunk, as scikit-learn's
    /// `LinearDiscriminantAnalysis(shrinkage="auto")` does.
    Own,
    /// All features have one unit and get one variance, so that turning their space changes nothing: scikit-learn's
    /// `LinearDiscriminantAnalysis(covariance_estimator=LedoitWolf())`.
    Common,
}

/// A linear discriminant between any number of classes, with equal priors.
///
/// The pooled covariance is the mean of the classes' covariances, each shrunk by Ledoit–Wolf: scikit-learn's with
/// `solver="lsqr"` and `priors=[1/K]*K`. Where there are
/// more features than trials the same is solved in the space of the trials, so that the covariance of thousands of
/// features is never written down.
///
/// `features` are `[trials, features]`; each class has at least one trial.
pub(crate) fn class_lda(
    features: &DMatrix<f64>,
    labels: &[usize],
    classes: usize,
    units: FeatureUnits,
) -> Result<Logits, TrainError> {
    let size = features.ncols();
    let prior = 1.0 / classes.max(1) as f64;
    let mut means = Vec::with_capacity(classes);
    let mut pooled = Pooled::new(features.nrows(), size);
    for class in 0..classes {
        let members: Vec<usize> = (0..labels.len()).filter(|&i| labels[i] == class).collect();
        let mut centred = features.select_rows(&members);
        let mean = centred.row_mean();
        centred.row_iter_mut().for_each(|mut row| row -= &mean);
        pooled.add(centred, prior, units);
        means.push(mean.transpose());
    }
    let grand = means.iter().fold(DVector::zeros(size), |sum, mean| sum + mean) * prior;
    let apart = DMatrix::from_columns(&means.iter().map(|mean| mean - &grand).collect::<Vec<_>>());
    let directions = pooled.solve(&apart).ok_or_else(|| {
        TrainError::Degenerate("a feature is the same in every trial; are the trials copies of each other?".into())
    })?;
    let biases = DVector::from_fn(classes, |class, _| {
        let direction = directions.column(class);
        -direction.dot(&grand) - 0.5 * direction.dot(&apart.column(class))
    });
    let logits = Logits { weights: directions.transpose(), biases };
    if logits.weights.iter().chain(&logits.biases).any(|x| !x.is_finite()) {
        return Err(TrainError::Degenerate("their features leave no finite weights".into()));
    }
    Ok(logits)
}

/// A covariance as `RᵀR + diag(d)`.
struct Pooled {
    /// R, `[trials, features]`.
    rows: DMatrix<f64>,
    filled: usize,
    diagonal: DVector<f64>,
}

impl Pooled {
    fn new(trials: usize, size: usize) -> Self {
        Self { rows: DMatrix::zeros(trials, size), filled: 0, diagonal: DVector::zeros(size) }
    }

    /// Adds `share` times the shrunk covariance of these centred trials.
    fn add(&mut self, mut centred: DMatrix<f64>, share: f64, units: FeatureUnits) {
        let (trials, size) = centred.shape();
        let count = trials.max(1) as f64;
        let scales: Vec<f64> = centred
            .column_iter_mut()
            .map(|mut column| {
                let deviation = (column.norm_squared() / count).sqrt();
                let scale = if deviation > 0.0 && units == FeatureUnits::Own { deviation } else { 1.0 };
                column /= scale;
                scale
            })
            .collect();
        let (mean_variance, intensity) = ledoit_wolf_of_rows(&centred);
        for (j, scale) in scales.iter().enumerate() {
            self.diagonal[j] += share * intensity * mean_variance * scale * scale;
            let factor = scale * (share * (1.0 - intensity) / count).sqrt();
            centred.column_mut(j).scale_mut(factor);
        }
        self.rows.view_mut((self.filled, 0), (trials, size)).copy_from(&centred);
        self.filled += trials;
    }

    /// Solves for the columns of `right`; `None` where the covariance is singular.
    fn solve(&self, right: &DMatrix<f64>) -> Option<DMatrix<f64>> {
        let (trials, size) = self.rows.shape();
        if size <= trials {
            let mut covariance = self.rows.tr_mul(&self.rows);
            (0..size).for_each(|j| covariance[(j, j)] += self.diagonal[j]);
            return Some(Cholesky::new(covariance)?.solve(right));
        }
        // Woodbury: (D + RᵀR)⁻¹ = D⁻¹ − D⁻¹Rᵀ(I + RD⁻¹Rᵀ)⁻¹RD⁻¹.
        if self.diagonal.iter().any(|d| *d <= 0.0) {
            return None;
        }
        let mut divided = self.rows.clone();
        divided.column_iter_mut().zip(&self.diagonal).for_each(|(mut column, d)| column /= *d);
        let mut small = &divided * self.rows.transpose();
        (0..trials).for_each(|i| small[(i, i)] += 1.0);
        let inner = Cholesky::new(small)?.solve(&(&divided * right));
        let mut solution = right.clone();
        solution.row_iter_mut().zip(&self.diagonal).for_each(|(mut row, d)| row /= *d);
        Some(solution - divided.tr_mul(&inner))
    }
}

/// The mean variance and the Ledoit–Wolf intensity of centred rows, through the smaller of their two products.
fn ledoit_wolf_of_rows(rows: &DMatrix<f64>) -> (f64, f64) {
    let (trials, size) = rows.shape();
    let (count, size_f) = (trials.max(1) as f64, size.max(1) as f64);
    let product = if size <= trials { rows.tr_mul(rows) } else { rows * rows.transpose() } / count;
    let squares: f64 = product.iter().map(|c| c * c).sum();
    let mean_variance = product.trace() / size_f;
    let fourth = rows.row_iter().map(|row| row.norm_squared().powi(2)).sum::<f64>() / count;
    let distance = (squares - size_f * mean_variance * mean_variance) / size_f;
    let error = (fourth - squares) / (size_f * count);
    let intensity = if error <= 0.0 || distance <= 0.0 { 0.0 } else { (error / distance).min(1.0) };
    (mean_variance, intensity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{lda::lda, shrinkage::standardised_ledoit_wolf};
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn features(trials: usize, size: usize, seed: u64) -> DMatrix<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        DMatrix::from_fn(trials, size, |i, j| {
            rng.random_range(-1.0..1.0) * (1.0 + j as f64) + if j == i % 3 { 0.7 } else { 0.0 }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// The plain definition, with the covariance written down, on either side of more features than trials.
        #[test]
        fn weights_follow_their_definition(seed in 0_u64..1000, size in 1_usize..40, classes in 2_usize..5) {
            let trials = 24;
            let x = features(trials, size, seed);
            let labels: Vec<usize> = (0..trials).map(|i| i % classes).collect();
            let Ok(found) = class_lda(&x, &labels, classes, FeatureUnits::Own) else { return Err(TestCaseError::fail("no discriminant")) };
            let of_class = |c: usize| x.select_rows(&(0..trials).filter(|i| i % classes == c).collect::<Vec<_>>());
            let covariance = (0..classes)
                .fold(DMatrix::zeros(size, size), |sum, c| sum + standardised_ledoit_wolf(&of_class(c)))
                / classes as f64;
            let Some(inverse) = covariance.try_inverse() else { return Err(TestCaseError::fail("singular")) };
            let point: Vec<f64> = (0..size).map(|j| x[(5, j)] * 0.3 + 0.1).collect();
            let at = DVector::from_vec(point.clone());
            let scores: Vec<f64> = (0..classes)
                .map(|c| {
                    let mean = of_class(c).row_mean().transpose();
                    (mean.transpose() * &inverse * (&at - &mean * 0.5))[0]
                })
                .collect();
            for (a, b) in found.probabilities(&point).iter().zip(crate::logits::softmax(&scores)) {
                prop_assert!((a - b).abs() < 1e-7, "{a} {b}");
            }
        }

        #[test]
        fn two_classes_are_those_of_the_online_decoder(seed in 0_u64..1000) {
            let x = features(30, 5, seed);
            let labels: Vec<usize> = (0..30).map(|i| i % 2).collect();
            let split = [0, 1].map(|c| x.select_rows(&(0..30).filter(|i| i % 2 == c).collect::<Vec<_>>()));
            let (Ok(ours), Ok(online)) = (class_lda(&x, &labels, 2, FeatureUnits::Own), lda(&split)) else {
                return Err(TestCaseError::fail("no discriminant"));
            };
            for i in 0..30 {
                let row: Vec<f64> = x.row(i).iter().copied().collect();
                let f = online.weights.iter().zip(&row).fold(online.bias, |f, (w, x)| f + w * x);
                let p = 1.0 / (1.0 + (-online.logit_gain * f).exp());
                prop_assert!((ours.probabilities(&row)[1] - p).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn features_that_never_change_are_refused() {
        let constant = DMatrix::from_element(8, 2, 3.0);
        let labels = [0, 1, 0, 1, 0, 1, 0, 1];
        assert!(class_lda(&constant, &labels, 2, FeatureUnits::Own).is_err());
        let wide = DMatrix::from_element(8, 20, 3.0);
        assert!(class_lda(&wide, &labels, 2, FeatureUnits::Common).is_err());
    }
}
