//! The geometry of covariance matrices that does not depend on how sources are mixed into channels.
//!
//! Symmetric positive-definite matrices with the affine-invariant metric: `d(A, B) = ‖log(A^{-1/2} B A^{-1/2})‖`, so
//! `d(WAWᵀ, WBWᵀ) = d(A, B)` for every invertible W (Moakher 2005, SIAM J. Matrix Anal. Appl. 26, 735–747; Barachant,
//! Bonnet, Congedo and Jutten 2012, IEEE Trans. Biomed. Eng. 59, 920–928). Matrices have to be of full rank here;
//! decoders first go to the dimensions that their data spans.

mod mean;
#[cfg(test)]
mod tests;
mod whitening;

pub(crate) use mean::{arithmetic_mean, karcher_mean};
pub(crate) use whitening::Whitening;

use crate::{
    TrainError,
    matrix::{to_array, to_matrix},
};
use nalgebra::DMatrix;
use ndarray::{Array2, ArrayView2};

/// The affine-invariant distance of two covariances, each `[channels, channels]`; it has no unit.
///
/// # Errors
/// [`TrainError::Shape`] where they differ in size or are not square, [`TrainError::Degenerate`] where the first is not
/// positive definite, and [`TrainError::NoConvergence`].
pub fn distance(a: ArrayView2<f64>, b: ArrayView2<f64>) -> Result<f64, TrainError> {
    check(&[a, b])?;
    Whitening::at(&to_matrix(a))?.distance_to(&to_matrix(b))
}

/// The Karcher mean: where the squared distances to all these covariances are least in sum.
///
/// # Errors
/// As [`distance`]; [`TrainError::Shape`] of none.
pub fn mean(covariances: &[Array2<f64>]) -> Result<Array2<f64>, TrainError> {
    let views: Vec<ArrayView2<f64>> = covariances.iter().map(|c| c.view()).collect();
    check(&views)?;
    let matrices: Vec<DMatrix<f64>> = views.into_iter().map(to_matrix).collect();
    Ok(to_array(karcher_mean(&matrices)?.point()))
}

/// A covariance as a vector in the tangent space at `reference`: the upper triangle, row by row, of
/// `log(R^{-1/2} C R^{-1/2})`, with entries off the diagonal times √2, so that the vector's norm is the distance.
///
/// # Errors
/// As [`distance`].
pub fn tangent_vector(covariance: ArrayView2<f64>, reference: ArrayView2<f64>) -> Result<Vec<f64>, TrainError> {
    check(&[covariance, reference])?;
    Whitening::at(&to_matrix(reference))?.tangent_vector(&to_matrix(covariance))
}

/// The spatial filters, `[components, channels]`, that come nearest to making all these covariances, each
/// `[channels, channels]`, diagonal at once (Pham 2001, SIAM J. Matrix Anal. Appl. 22, 1136–1152). Rows are scaled so that
/// the mean of the covariances has 1 on its diagonal; their order says nothing.
///
/// # Errors
/// As [`mean`]; [`TrainError::Degenerate`] where a direction has no power in one of them.
pub fn joint_diagonaliser(covariances: &[Array2<f64>]) -> Result<Array2<f64>, TrainError> {
    let views: Vec<ArrayView2<f64>> = covariances.iter().map(|c| c.view()).collect();
    check(&views)?;
    let matrices: Vec<DMatrix<f64>> = views.into_iter().map(to_matrix).collect();
    Ok(to_array(&crate::joint_diagonal::joint_diagonaliser(&matrices)?))
}

fn check(covariances: &[ArrayView2<f64>]) -> Result<(), TrainError> {
    let Some(first) = covariances.first() else {
        return Err(TrainError::Shape("0 covariances have no mean".into()));
    };
    let size = first.nrows();
    match covariances.iter().find(|c| c.dim() != (size, size) || size == 0) {
        Some(other) => Err(TrainError::Shape(format!(
            "a covariance of {} × {} among those of {size} × {size}",
            other.nrows(),
            other.ncols()
        ))),
        None => Ok(()),
    }
}
