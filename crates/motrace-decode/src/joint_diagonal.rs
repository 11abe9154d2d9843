use crate::TrainError;
use nalgebra::DMatrix;

/// Sweeps end where a further one would lower the criterion by less than this for each pair of rows.
const TOLERANCE: f64 = 1e-12;
const MOST_SWEEPS: usize = 500;

/// The filters, `[components, channels]`, that come nearest to making all these covariances diagonal at once.
///
/// The least `Σ_k [ln det diag(V C_k Vᵀ) − ln det(V C_k Vᵀ)]`, by sweeps over pairs of rows (Pham 2001, SIAM J. Matrix
/// Anal. Appl. 22, 1136–1152). The covariances have to be positive definite. The result has no scale of its own: rows
/// are scaled so that the mean of the covariances has 1 on its diagonal.
pub(crate) fn joint_diagonaliser(covariances: &[DMatrix<f64>]) -> Result<DMatrix<f64>, TrainError> {
    let size = covariances.first().map_or(0, DMatrix::nrows);
    let mut current = covariances.to_vec();
    let mut filters = DMatrix::identity(size, size);
    scale_rows(&mut filters, &mut current)?;
    let pairs = (size * size.saturating_sub(1) / 2).max(1) as f64;
    for _ in 0..MOST_SWEEPS {
        let mut gain = 0.0;
        for i in 1..size {
            for j in 0..i {
                gain += rotate_pair(&mut current, &mut filters, i, j);
            }
        }
        scale_rows(&mut filters, &mut current)?;
        if gain <= TOLERANCE * pairs {
            return Ok(filters);
        }
    }
    // Close enough is all that is asked of an approximate diagonalisation.
    Ok(filters)
}

/// Makes rows `i` and `j` as uncorrelated as one step can, and returns about what the criterion falls by.
fn rotate_pair(current: &mut [DMatrix<f64>], filters: &mut DMatrix<f64>, i: usize, j: usize) -> f64 {
    let count = current.len().max(1) as f64;
    let mean = |of: &dyn Fn(&DMatrix<f64>) -> f64| current.iter().map(of).sum::<f64>() / count;
    let g_ij = mean(&|c| c[(i, j)] / c[(i, i)]);
    let g_ji = mean(&|c| c[(i, j)] / c[(j, j)]);
    let omega_ij = mean(&|c| c[(j, j)] / c[(i, i)]);
    let omega_ji = mean(&|c| c[(i, i)] / c[(j, j)]);

    // The system ω_ij h_ij + h_ji = g_ij, h_ij + ω_ji h_ji = g_ji (Pham, section 4) through its symmetric and
    // antisymmetric parts; the second one says nothing where all ratios of power are alike, and is left small.
    let ratio = (omega_ji / omega_ij).sqrt();
    let product = (omega_ij * omega_ji).sqrt();
    let even = (ratio * g_ij + g_ji) / (product + 1.0);
    let odd = (ratio * g_ij - g_ji) / (product - 1.0).max(1e-9);
    let h_ij = even + odd;
    let h_ji = (even - odd) / ratio;
    let gain = count * (g_ij * h_ij + g_ji * h_ji) / 2.0;

    let divisor = 1.0 + (1.0 - h_ij * h_ji).max(0.0).sqrt();
    let (a, b) = (-h_ij / divisor, -h_ji / divisor);
    if !(a.is_finite() && b.is_finite()) {
        return 0.0;
    }
    for c in current.iter_mut() {
        for k in 0..c.ncols() {
            let (x, y) = (c[(i, k)], c[(j, k)]);
            (c[(i, k)], c[(j, k)]) = (x + a * y, y + b * x);
        }
        for k in 0..c.nrows() {
            let (x, y) = (c[(k, i)], c[(k, j)]);
            (c[(k, i)], c[(k, j)]) = (x + a * y, y + b * x);
        }
    }
    for k in 0..filters.ncols() {
        let (x, y) = (filters[(i, k)], filters[(j, k)]);
        (filters[(i, k)], filters[(j, k)]) = (x + a * y, y + b * x);
    }
    gain.abs()
}

/// Scales each row so that the mean covariance has 1 on its diagonal there.
fn scale_rows(filters: &mut DMatrix<f64>, current: &mut [DMatrix<f64>]) -> Result<(), TrainError> {
    let count = current.len().max(1) as f64;
    for k in 0..filters.nrows() {
        let power = current.iter().map(|c| c[(k, k)]).sum::<f64>() / count;
        if !(power.is_finite() && power > 0.0) || current.iter().any(|c| c[(k, k)] <= 0.0) {
            return Err(TrainError::Degenerate("a spatial filter has no power in one of the classes".into()));
        }
        let scale = 1.0 / power.sqrt();
        filters.row_mut(k).scale_mut(scale);
        for c in current.iter_mut() {
            c.row_mut(k).scale_mut(scale);
            c.column_mut(k).scale_mut(scale);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn random(size: usize, rng: &mut ChaCha8Rng) -> DMatrix<f64> {
        DMatrix::from_fn(size, size, |_, _| rng.random_range(-1.0..1.0))
    }

    /// How far from diagonal, by the definition.
    fn criterion(filters: &DMatrix<f64>, covariances: &[DMatrix<f64>]) -> f64 {
        covariances
            .iter()
            .map(|c| {
                let seen = filters * c * filters.transpose();
                seen.diagonal().iter().map(|d| d.ln()).sum::<f64>() - seen.determinant().ln()
            })
            .sum()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn mixed_sources_are_found(seed in 0_u64..10_000, size in 2_usize..7, classes in 2_usize..5) {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mixing = random(size, &mut rng) * 0.3 + DMatrix::identity(size, size);
            // Ratios of power that differ between sources: then the sources are the only answer.
            let covariances: Vec<DMatrix<f64>> = (0..classes)
                .map(|class| {
                    let powers = DMatrix::from_fn(size, size, |i, j| {
                        if i != j { 0.0 } else { ((1 + i * (class + 1)) as f64 * 0.3 + rng.random_range(0.0..0.1)).exp() }
                    });
                    &mixing * powers * mixing.transpose()
                })
                .collect();
            let Ok(filters) = joint_diagonaliser(&covariances) else { return Err(TestCaseError::fail("none")) };
            prop_assert!(criterion(&filters, &covariances) < 1e-8);
            let seen = filters * mixing;
            for row in seen.row_iter() {
                let peak = row.amax();
                prop_assert_eq!(row.iter().filter(|x| x.abs() > 1e-3 * peak).count(), 1);
            }
        }

        #[test]
        fn no_neighbour_is_more_diagonal(seed in 0_u64..10_000, size in 2_usize..6) {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let covariances: Vec<DMatrix<f64>> = (0..3)
                .map(|_| {
                    let root = random(size, &mut rng);
                    &root * root.transpose() + DMatrix::identity(size, size) * 0.3
                })
                .collect();
            let Ok(filters) = joint_diagonaliser(&covariances) else { return Err(TestCaseError::fail("none")) };
            let best = criterion(&filters, &covariances);
            for _ in 0..20 {
                let other = (random(size, &mut rng) * 1e-3 + DMatrix::identity(size, size)) * &filters;
                prop_assert!(criterion(&other, &covariances) > best - 1e-9);
            }
        }
    }

    #[test]
    fn a_class_without_power_is_refused() {
        let zero = DMatrix::zeros(3, 3);
        assert!(joint_diagonaliser(&[DMatrix::identity(3, 3), zero]).is_err());
    }
}
