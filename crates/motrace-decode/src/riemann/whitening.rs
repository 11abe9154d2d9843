use crate::{
    TrainError,
    eigen::{SortedEigen, sorted_eigen},
};
use nalgebra::DMatrix;

/// In a direction where a covariance has less than this share of the reference's power, it counts as having that.
///
/// Its logarithm would be −∞ otherwise; it is −27.6, which no brain reaches and no rounding error exceeds.
const SMALLEST_SHARE: f64 = 1e-12;

/// A point among the covariances, and the way to look at others from there.
#[derive(Debug, Clone)]
pub(crate) struct Whitening {
    point: DMatrix<f64>,
    root: DMatrix<f64>,
    inverse_root: DMatrix<f64>,
}

/// The logarithm of a matrix, and how far its eigenvalues are apart.
pub(crate) struct Logarithm {
    pub matrix: DMatrix<f64>,
    /// ln of the largest eigenvalue over the smallest.
    pub spread: f64,
}

impl Logarithm {
    pub fn of(matrix: &DMatrix<f64>) -> Result<Self, TrainError> {
        let eigen = sorted_eigen(matrix)?;
        let first = eigen.values.iter().next().map_or(0.0, |&v| floored_ln(v));
        let last = eigen.values.iter().next_back().map_or(0.0, |&v| floored_ln(v));
        Ok(Self { matrix: with_values(&eigen, floored_ln), spread: last - first })
    }
}

impl Whitening {
    /// # Errors
    /// [`TrainError::Degenerate`] where the point is not positive definite.
    pub fn at(point: &DMatrix<f64>) -> Result<Self, TrainError> {
        let eigen = sorted_eigen(point)?;
        if eigen.values.iter().any(|&power| power <= 0.0) {
            return Err(TrainError::Degenerate(
                "a covariance is not positive definite; use shrinkage, or longer windows than there are channels"
                    .into(),
            ));
        }
        Ok(Self {
            point: point.clone(),
            root: with_values(&eigen, f64::sqrt),
            inverse_root: with_values(&eigen, |power| 1.0 / power.sqrt()),
        })
    }

    pub fn point(&self) -> &DMatrix<f64> {
        &self.point
    }

    /// P^{1/2}, symmetric.
    pub fn root(&self) -> &DMatrix<f64> {
        &self.root
    }

    /// P^{-1/2}, symmetric.
    pub fn inverse_root(&self) -> &DMatrix<f64> {
        &self.inverse_root
    }

    /// P^{-1/2} C P^{-1/2}.
    fn whitened(&self, covariance: &DMatrix<f64>) -> DMatrix<f64> {
        &self.inverse_root * covariance * &self.inverse_root
    }

    pub fn distance_to(&self, covariance: &DMatrix<f64>) -> Result<f64, TrainError> {
        Ok(sorted_eigen(&self.whitened(covariance))?.values.iter().map(|&v| floored_ln(v).powi(2)).sum::<f64>().sqrt())
    }

    /// The upper triangle of the logarithm, row by row, entries off the diagonal times √2.
    pub fn tangent_vector(&self, covariance: &DMatrix<f64>) -> Result<Vec<f64>, TrainError> {
        let matrix = Logarithm::of(&self.whitened(covariance))?.matrix;
        let size = matrix.nrows();
        let mut vector = Vec::with_capacity(size * (size + 1) / 2);
        for i in 0..size {
            vector.push(matrix[(i, i)]);
            vector.extend((i + 1..size).map(|j| std::f64::consts::SQRT_2 * matrix[(i, j)]));
        }
        Ok(vector)
    }
}

fn floored_ln(share: f64) -> f64 {
    share.max(SMALLEST_SHARE).ln()
}

/// U f(Λ) Uᵀ.
pub(super) fn with_values(eigen: &SortedEigen, f: impl Fn(f64) -> f64) -> DMatrix<f64> {
    let mut scaled = eigen.vectors.clone();
    for (mut column, &value) in scaled.column_iter_mut().zip(&eigen.values) {
        column *= f(value);
    }
    scaled * eigen.vectors.transpose()
}
