use super::Whitening;
use crate::TrainError;
use nalgebra::DMatrix;

/// The mean is found where the mean tangent matrix is this small for each dimension.
const TOLERANCE: f64 = 1e-9;
const MOST_STEPS: usize = 200;

/// The sum over the number; `None` of nothing.
pub(crate) fn arithmetic_mean(matrices: &[DMatrix<f64>]) -> Option<DMatrix<f64>> {
    let first = matrices.first()?;
    let sum = matrices.iter().fold(DMatrix::zeros(first.nrows(), first.ncols()), |sum, matrix| sum + matrix);
    Some(sum / matrices.len() as f64)
}

/// The Karcher mean, as a place to look from.
///
/// Gradient descent from the arithmetic mean with the step of Bini and Iannazzo (2013, Linear Algebra Appl. 438,
/// 1700–1710), which is the best one for how far the whitened matrices' eigenvalues are apart; halved where the
/// gradient grows all the same.
pub(crate) fn karcher_mean(covariances: &[DMatrix<f64>]) -> Result<Whitening, TrainError> {
    let start = arithmetic_mean(covariances).ok_or_else(|| TrainError::Shape("0 covariances have no mean".into()))?;
    let size = start.nrows();
    let count = covariances.len() as f64;
    let mut here = Whitening::at(&start)?;
    let (mut caution, mut last) = (1.0, f64::INFINITY);
    for _ in 0..MOST_STEPS {
        let mut gradient = DMatrix::zeros(size, size);
        let mut curvature = 0.0;
        for covariance in covariances {
            let logarithm = here.logarithm(covariance)?;
            gradient += logarithm.matrix;
            curvature += curvature_of(logarithm.spread);
        }
        gradient /= count;
        let norm = gradient.norm();
        if norm <= TOLERANCE * (size as f64).sqrt() {
            return Ok(here);
        }
        if norm > last {
            caution *= 0.5;
        }
        last = norm;
        let step = caution * 2.0 / (1.0 + curvature / count);
        here = Whitening::at(&here.exponential(&(gradient * step))?)?;
    }
    Err(TrainError::NoConvergence { size })
}

/// The largest curvature of half the squared distance to a matrix whose whitened eigenvalues are `exp(spread)` apart:
/// `(c + 1)/(c − 1)·ln(c)/2`, which is 1 where they are equal.
fn curvature_of(spread: f64) -> f64 {
    let half = 0.5 * spread;
    if half < 1e-6 { 1.0 } else { half / half.tanh() }
}
