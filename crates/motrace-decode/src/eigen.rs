use crate::TrainError;
use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// Eigenvalues, ascending, and the eigenvectors as columns in the same order.
pub(crate) struct SortedEigen {
    pub values: DVector<f64>,
    pub vectors: DMatrix<f64>,
}

/// Decomposes a symmetric matrix; only its symmetric part counts.
pub(crate) fn sorted_eigen(matrix: &DMatrix<f64>) -> Result<SortedEigen, TrainError> {
    let size = matrix.nrows();
    let failed = TrainError::NoConvergence { size };
    if matrix.iter().any(|x| !x.is_finite()) {
        return Err(failed);
    }
    let symmetric = (matrix + matrix.transpose()) * 0.5;
    let eigen = SymmetricEigen::try_new(symmetric, f64::EPSILON, 1000 * size.max(1)).ok_or(failed)?;
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[a].total_cmp(&eigen.eigenvalues[b]));
    Ok(SortedEigen {
        values: DVector::from_iterator(size, order.iter().map(|&i| eigen.eigenvalues[i])),
        vectors: eigen.eigenvectors.select_columns(&order),
    })
}
