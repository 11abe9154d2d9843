use nalgebra::DMatrix;
use ndarray::{Array2, ArrayView2};

pub(crate) fn to_matrix(array: ArrayView2<f64>) -> DMatrix<f64> {
    DMatrix::from_fn(array.nrows(), array.ncols(), |i, j| array[[i, j]])
}

pub(crate) fn to_array(matrix: &DMatrix<f64>) -> Array2<f64> {
    Array2::from_shape_fn(matrix.shape(), |at| matrix[at])
}
