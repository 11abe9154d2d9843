use super::{
    Whitening,
    whitening::{Logarithm, with_values},
};
use crate::{TrainError, eigen::sorted_eigen};
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
/// Gradient descent from the arithmetic mean with the steps of Barzilai and Borwein (Iannazzo and Porcelli 2018, IMA J.
/// Numer. Anal. 38, 495–517). A point M is held as a frame W with M = WWᵀ that is carried along each step, so that
/// gradients of different points can be compared entry by entry. Where the gradient grows, and to begin with, the step is
/// the safe one of Bini and Iannazzo (2013, Linear Algebra Appl. 438, 1700–1710).
pub(crate) fn karcher_mean(covariances: &[DMatrix<f64>]) -> Result<Whitening, TrainError> {
    let start = arithmetic_mean(covariances).ok_or_else(|| TrainError::Shape("0 covariances have no mean".into()))?;
    let size = start.nrows();
    let count = covariances.len() as f64;
    let here = Whitening::at(&start)?;
    let (mut frame, mut inverse) = (here.root().clone(), here.inverse_root().clone());
    let mut caution = 1.0;
    let mut last: Option<(DMatrix<f64>, f64)> = None;
    for _ in 0..MOST_STEPS {
        let mut gradient = DMatrix::zeros(size, size);
        let mut curvature = 0.0;
        for covariance in covariances {
            let logarithm = Logarithm::of(&(&inverse * covariance * inverse.transpose()))?;
            gradient += logarithm.matrix;
            curvature += curvature_of(logarithm.spread);
        }
        gradient /= count;
        curvature /= count;
        let norm = gradient.norm();
        if norm <= TOLERANCE * (size as f64).sqrt() {
            return Whitening::at(&(&frame * frame.transpose()));
        }
        let safe = caution * 2.0 / (1.0 + curvature);
        let step = match &last {
            Some((before, _)) if norm > before.norm() => {
                caution *= 0.5;
                0.5 * safe
            }
            Some((before, step)) => {
                let bend = before.dot(&(before - &gradient));
                // The curvature lies between 1 and its mean bound, and so does what a step finds of it.
                if bend > 0.0 { (step * before.norm_squared() / bend).clamp(1.0 / curvature, 1.0) } else { safe }
            }
            None => safe,
        };
        let half = sorted_eigen(&(&gradient * (0.5 * step)))?;
        frame *= with_values(&half, f64::exp);
        inverse = with_values(&half, |x| (-x).exp()) * inverse;
        last = Some((gradient, step));
    }
    Err(TrainError::NoConvergence { size })
}

/// The largest curvature of half the squared distance to a matrix whose whitened eigenvalues are `exp(spread)` apart:
/// `(c + 1)/(c − 1)·ln(c)/2`, which is 1 where they are equal.
fn curvature_of(spread: f64) -> f64 {
    let half = 0.5 * spread;
    if half < 1e-6 { 1.0 } else { half / half.tanh() }
}
