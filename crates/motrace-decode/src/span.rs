use crate::{TrainError, eigen::sorted_eigen};
use nalgebra::DMatrix;

/// Directions with less than this share of the strongest direction's power are not in the data: a
/// common average leaves about 1e-16 there in f64 and 1e-15 in f32.
const RANK_TOLERANCE: f64 = 1e-12;

/// An orthonormal basis of the dimensions that data of this covariance spans, `[channels, rank]`.
///
/// Everything that inverts a covariance works in this basis, so that the null space of a common average, or of a
/// channel that was interpolated from others, has no part in it.
///
/// # Errors
/// [`TrainError::TooFewChannels`] where fewer than two dimensions are spanned.
pub(crate) fn span_of(covariance: &DMatrix<f64>) -> Result<DMatrix<f64>, TrainError> {
    let channels = covariance.nrows();
    let spectrum = sorted_eigen(covariance)?;
    let strongest = spectrum.values.iter().copied().fold(0.0, f64::max);
    let kept: Vec<usize> =
        (0..channels).filter(|&i| strongest > 0.0 && spectrum.values[i] > RANK_TOLERANCE * strongest).collect();
    let rank = kept.len();
    if rank < 2 {
        return Err(TrainError::TooFewChannels { channels, rank });
    }
    Ok(spectrum.vectors.select_columns(&kept))
}
