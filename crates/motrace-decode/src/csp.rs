use crate::{
    TrainError,
    eigen::sorted_eigen,
    matrix::{to_array, to_matrix},
    moments::PooledMoments,
    shrinkage::{ledoit_wolf_intensity, shrink},
    span::span_of,
};
use nalgebra::{Cholesky, DMatrix};
use ndarray::Array2;

/// Spatial filters between two classes, with what belongs to them.
pub(crate) struct Csp {
    /// `[components, channels]`, each row scaled so that its pattern's largest entry is +1.
    pub filters: Array2<f64>,
    /// `[components, channels]`.
    pub patterns: Array2<f64>,
    /// The share of class 1 in each component's power, ascending.
    pub eigenvalues: Vec<f64>,
    /// The mean of the two class covariances without shrinkage, `[channels, channels]`.
    pub mean_covariance: Array2<f64>,
}

/// Common spatial patterns by the generalised eigenvalue problem `C₁w = λ(C₀+C₁)w`.
///
/// The covariance of a class is that of all its samples (zero mean, as band-passed data has), shrunk by
/// Ledoit–Wolf within the dimensions that the data spans, so that neither the null space of a common
/// average nor its filling by the shrinkage yields a filter.
///
/// All samples of a class together, as MNE's `cov_est="concat"` does: on public recordings (fists against
/// feet, 64 channels; right hand against rest, 11 channels) that decided about as well as no shrinkage,
/// as trace-normalised trials and as shrinking each trial on its own, which only helped where the classes
/// hardly differ.
pub(crate) fn csp(classes: &[PooledMoments; 2], patterns_per_side: usize) -> Result<Csp, TrainError> {
    let covariances = [0, 1].map(|class| to_matrix(classes[class].second.view()));
    let mean = (&covariances[0] + &covariances[1]) * 0.5;
    let basis = span_of(&mean)?;
    let rank = basis.ncols();

    let [shrunk0, shrunk1] = [0, 1].map(|class| {
        let within = basis.tr_mul(&covariances[class]) * &basis;
        let intensity = ledoit_wolf_intensity(&within, classes[class].fourth, classes[class].samples);
        shrink(&within, intensity)
    });
    let composite = sorted_eigen(&(&shrunk0 + &shrunk1))?;
    let mut whitening = composite.vectors;
    for (mut column, power) in whitening.column_iter_mut().zip(&composite.values) {
        column /= power.max(f64::MIN_POSITIVE).sqrt();
    }
    let whitened = sorted_eigen(&(whitening.tr_mul(&shrunk1) * &whitening))?;

    let side = patterns_per_side.max(1).min(rank / 2);
    let chosen: Vec<usize> = (0..side).chain(rank - side..rank).collect();
    let filters = (basis * whitening * whitened.vectors.select_columns(&chosen)).transpose();
    let (filters, patterns) = scale_to_patterns(filters, &mean)?;
    Ok(Csp {
        filters: to_array(&filters),
        patterns: to_array(&patterns),
        eigenvalues: chosen.iter().map(|&i| whitened.values[i].clamp(0.0, 1.0)).collect(),
        mean_covariance: to_array(&mean),
    })
}

/// Patterns A of filters W, both `[components, channels]`, with the scale and sign of each pair chosen so
/// that the pattern's largest entry is +1.
fn scale_to_patterns(
    mut filters: DMatrix<f64>,
    mean: &DMatrix<f64>,
) -> Result<(DMatrix<f64>, DMatrix<f64>), TrainError> {
    // Equal powers first: the small matrix that is inverted is then well conditioned.
    let projected = &filters * mean;
    for k in 0..filters.nrows() {
        let power = projected.row(k).dot(&filters.row(k)).max(f64::MIN_POSITIVE);
        filters.row_mut(k).scale_mut(1.0 / power.sqrt());
    }
    let projected = &filters * mean;
    let between = &projected * filters.transpose();
    let mut patterns = Cholesky::new(between)
        .ok_or_else(|| TrainError::Degenerate("the spatial filters are not independent of each other".into()))?
        .solve(&projected);
    for k in 0..filters.nrows() {
        let peak = patterns.row(k).iter().fold(0.0_f64, |peak, &a| if a.abs() > peak.abs() { a } else { peak });
        if peak != 0.0 {
            patterns.row_mut(k).unscale_mut(peak);
            filters.row_mut(k).scale_mut(peak);
        }
    }
    Ok((filters, patterns))
}
