use nalgebra::DMatrix;

/// The Ledoit–Wolf shrinkage intensity for a covariance of zero-mean samples, between 0 and 1.
///
/// Needs the empirical covariance, the mean fourth power of the samples' norm and their number, and
/// nothing else of the data (Ledoit and Wolf 2004, lemma 3.3; the same as scikit-learn's
/// `ledoit_wolf_shrinkage(assume_centered=True)`).
pub(crate) fn ledoit_wolf_intensity(covariance: &DMatrix<f64>, fourth: f64, samples: usize) -> f64 {
    let size = covariance.nrows().max(1) as f64;
    let mean_variance = covariance.trace() / size;
    let squares: f64 = covariance.iter().map(|c| c * c).sum();
    let distance = (squares - size * mean_variance * mean_variance) / size;
    let error = (fourth - squares) / (size * samples.max(1) as f64);
    if error <= 0.0 || distance <= 0.0 { 0.0 } else { (error / distance).min(1.0) }
}

/// The shrinkage intensity of oracle-approximating shrinkage for a covariance of so many zero-mean samples, between 0
/// and 1 (Chen, Wiesel, Eldar and Hero 2010, IEEE Trans. Signal Process. 58, 5016–5029, equation 23, in the form of
/// scikit-learn's `OAS`). It takes samples to be normal and independent, and needs nothing but the covariance.
pub(crate) fn oracle_approximating_intensity(covariance: &DMatrix<f64>, samples: usize) -> f64 {
    let size = covariance.nrows().max(1) as f64;
    let mean_square = covariance.iter().map(|c| c * c).sum::<f64>() / (size * size);
    let squared_mean = (covariance.trace() / size).powi(2);
    let apart = (samples as f64 + 1.0) * (mean_square - squared_mean / size);
    if apart <= 0.0 { 1.0 } else { ((mean_square + squared_mean) / apart).min(1.0) }
}

/// `(1 − intensity)·C + intensity·(tr C/size)·I`.
pub(crate) fn shrink(covariance: &DMatrix<f64>, intensity: f64) -> DMatrix<f64> {
    let size = covariance.nrows();
    let mean_variance = covariance.trace() / size.max(1) as f64;
    let mut shrunk = covariance * (1.0 - intensity);
    for i in 0..size {
        shrunk[(i, i)] += intensity * mean_variance;
    }
    shrunk
}

/// The shrunk covariance of features, `[trials, features]`, as scikit-learn's LDA estimates it: the
/// features are standardised first, shrunk by Ledoit–Wolf, and scaled back.
pub(crate) fn standardised_ledoit_wolf(features: &DMatrix<f64>) -> DMatrix<f64> {
    let (trials, size) = features.shape();
    let count = trials.max(1) as f64;
    let mut standard = features.clone();
    let mut scales = Vec::with_capacity(size);
    for mut column in standard.column_iter_mut() {
        let mean = column.sum() / count;
        column.iter_mut().for_each(|x| *x -= mean);
        let deviation = (column.norm_squared() / count).sqrt();
        let scale = if deviation > 0.0 { deviation } else { 1.0 };
        column.iter_mut().for_each(|x| *x /= scale);
        scales.push(scale);
    }
    let covariance = standard.tr_mul(&standard) / count;
    let fourth = standard.row_iter().map(|row| row.norm_squared().powi(2)).sum::<f64>() / count;
    let mut shrunk = shrink(&covariance, ledoit_wolf_intensity(&covariance, fourth, trials));
    for (i, a) in scales.iter().enumerate() {
        for (j, b) in scales.iter().enumerate() {
            shrunk[(i, j)] *= a * b;
        }
    }
    shrunk
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// Six samples of three variables.
    fn samples() -> DMatrix<f64> {
        DMatrix::from_row_slice(
            6,
            3,
            &[1.0, 2.0, -1.0, 0.5, -1.5, 2.0, -2.0, 0.3, 0.1, 1.2, 0.9, -0.4, -0.7, -2.2, 1.3, 0.6, 1.1, -3.0],
        )
    }

    #[test]
    fn intensity_and_covariance_agree_with_scikit_learn() {
        // sklearn.covariance.ledoit_wolf(x, assume_centered=True)
        let x = samples();
        let covariance = x.tr_mul(&x) / 6.0;
        let fourth = x.row_iter().map(|row| row.norm_squared().powi(2)).sum::<f64>() / 6.0;
        let intensity = ledoit_wolf_intensity(&covariance, fourth, 6);
        assert_relative_eq!(intensity, 0.3628247201095363, max_relative = 1e-12);
        assert_relative_eq!(shrink(&covariance, intensity)[(0, 2)], -0.3600040331381121, max_relative = 1e-12);
        assert_relative_eq!(shrink(&covariance, intensity)[(1, 1)], 2.139529213315077, max_relative = 1e-12);
    }

    #[test]
    fn standardised_covariance_agrees_with_scikit_learn() {
        // sklearn.discriminant_analysis._cov(x, "auto")
        let shrunk = standardised_ledoit_wolf(&samples());
        for ((i, j), expected) in [
            ((0, 0), 1.2466666666666668),
            ((0, 1), 0.336460240809914),
            ((1, 2), -0.9902537836756902),
            ((2, 2), 2.615555555555556),
        ] {
            assert_relative_eq!(shrunk[(i, j)], expected, max_relative = 1e-12);
        }
    }

    #[test]
    fn a_constant_feature_and_a_single_sample_stay_finite() {
        let constant = DMatrix::from_fn(5, 2, |i, j| if j == 0 { 3.0 } else { i as f64 });
        assert!(standardised_ledoit_wolf(&constant).iter().all(|c| c.is_finite()));
        assert!(standardised_ledoit_wolf(&DMatrix::from_element(1, 2, 4.0)).iter().all(|c| *c == 0.0));
        assert_eq!(ledoit_wolf_intensity(&DMatrix::identity(3, 3), 9.0, 10), 0.0);
    }
}
