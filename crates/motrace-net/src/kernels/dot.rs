use super::lanes::load;
use crate::Dense;
use pulp::{Arch, Simd, WithSimd};

/// The parts that a sum along a vector has: part `j` takes the products `j`, `j + 16`, `j + 32` … in fused multiply-adds.
/// At the end the upper half is added to the lower, and again, until one is left.
pub const PARTIAL_SUMS: usize = 16;

/// The product of each row of a matrix `[rows, columns]` with a vector, with [`PARTIAL_SUMS`] for each.
///
/// # Panics
/// Where the matrix has not `sums.len()` rows as long as the vector.
pub fn products(matrix: &[f32], vector: &[f32], sums: &mut [f32]) {
    assert_eq!(matrix.len(), vector.len() * sums.len(), "values of the matrix");
    Arch::new().dispatch(Products { rows: matrix, stride: vector.len(), vector, sums });
}

/// `y = Wx + b` of a dense layer, by [`products`]; the bias is added last.
///
/// # Panics
/// Where `x` has not as many values as the layer has inputs, or `y` as it has outputs.
pub fn dense(layer: &Dense<f32>, x: &[f32], y: &mut [f32]) {
    products(&layer.weights, x, y);
    if let Some(bias) = &layer.bias {
        y.iter_mut().zip(bias).for_each(|(y, b)| *y += b);
    }
}

/// The same within a kernel, with rows that begin `stride` apart.
pub(super) struct Products<'a> {
    pub rows: &'a [f32],
    pub stride: usize,
    pub vector: &'a [f32],
    pub sums: &'a mut [f32],
}

impl WithSimd for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // As many vectors as hold the partial sums of a row.
        match S::F32_LANES {
            16 => self.each_row::<S, 1>(simd),
            8 => self.each_row::<S, 2>(simd),
            4 => self.each_row::<S, 4>(simd),
            2 => self.each_row::<S, 8>(simd),
            _ => self.each_row::<S, 16>(simd),
        }
    }
}

impl Products<'_> {
    #[inline(always)]
    fn each_row<S: Simd, const V: usize>(self, simd: S) {
        let Self { rows, stride, vector, sums } = self;
        let (fours, rest) = sums.as_chunks_mut::<4>();
        let done = fours.len() * 4;
        for (four, sums) in fours.iter_mut().enumerate() {
            some_rows::<S, 4, V>(simd, &rows[four * 4 * stride..], stride, vector, sums);
        }
        for (row, sum) in rest.iter_mut().enumerate() {
            some_rows::<S, 1, V>(simd, &rows[(done + row) * stride..], stride, vector, std::slice::from_mut(sum));
        }
    }
}

#[inline(always)]
fn some_rows<S: Simd, const R: usize, const V: usize>(
    simd: S,
    rows: &[f32],
    stride: usize,
    vector: &[f32],
    sums: &mut [f32],
) {
    let lanes = S::F32_LANES;
    let mut partial = [[simd.splat_f32s(0.0); V]; R];
    let (whole, rest) = vector.as_chunks::<PARTIAL_SUMS>();
    for (chunk, x) in whole.iter().enumerate() {
        for v in 0..V {
            let x = load::<S>(&x[v * lanes..(v + 1) * lanes]);
            for r in 0..R {
                let row = load::<S>(&rows[r * stride + chunk * PARTIAL_SUMS + v * lanes..][..lanes]);
                partial[r][v] = simd.mul_add_f32s(row, x, partial[r][v]);
            }
        }
    }
    if !rest.is_empty() {
        // The products that are missing are 0.
        let mut x = [0.0; PARTIAL_SUMS];
        x[..rest.len()].copy_from_slice(rest);
        for r in 0..R {
            let mut row = [0.0; PARTIAL_SUMS];
            row[..rest.len()].copy_from_slice(&rows[r * stride + whole.len() * PARTIAL_SUMS..][..rest.len()]);
            for v in 0..V {
                let (row, x) = (load::<S>(&row[v * lanes..]), load::<S>(&x[v * lanes..]));
                partial[r][v] = simd.mul_add_f32s(row, x, partial[r][v]);
            }
        }
    }
    for r in 0..R {
        let mut parts = [0.0; PARTIAL_SUMS];
        S::as_mut_simd_f32s(&mut parts).0.copy_from_slice(&partial[r]);
        for half in [8, 4, 2, 1] {
            for j in 0..half {
                parts[j] += parts[j + half];
            }
        }
        sums[r] = parts[0];
    }
}
