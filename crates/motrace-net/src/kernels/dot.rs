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
    Arch::new().dispatch(Products { matrix, vector, sums });
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

struct Products<'a> {
    matrix: &'a [f32],
    vector: &'a [f32],
    sums: &'a mut [f32],
}

impl WithSimd for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        products_into(simd, self.matrix, self.vector.len(), self.vector, self.sums);
    }
}

/// The same within a kernel, with rows that begin `stride` apart.
#[inline(always)]
pub(super) fn products_into<S: Simd>(simd: S, rows: &[f32], stride: usize, vector: &[f32], sums: &mut [f32]) {
    // As many vectors as hold the partial sums of a row.
    match S::F32_LANES {
        16 => each_row::<S, 8, 1>(simd, rows, stride, vector, sums),
        8 => each_row::<S, 4, 2>(simd, rows, stride, vector, sums),
        4 => each_row::<S, 4, 4>(simd, rows, stride, vector, sums),
        2 => each_row::<S, 1, 8>(simd, rows, stride, vector, sums),
        _ => each_row::<S, 1, 16>(simd, rows, stride, vector, sums),
    }
}

#[inline(always)]
fn each_row<S: Simd, const R: usize, const V: usize>(
    simd: S,
    rows: &[f32],
    stride: usize,
    vector: &[f32],
    sums: &mut [f32],
) {
    let count = sums.len();
    let mut done = 0;
    while done + R <= count {
        some_rows::<S, R, V>(simd, &rows[done * stride..], stride, vector, &mut sums[done..]);
        done += R;
    }
    if R > 4 && done + 4 <= count {
        some_rows::<S, 4, V>(simd, &rows[done * stride..], stride, vector, &mut sums[done..]);
        done += 4;
    }
    if R > 2 && done + 2 <= count {
        some_rows::<S, 2, V>(simd, &rows[done * stride..], stride, vector, &mut sums[done..]);
        done += 2;
    }
    while done < count {
        some_rows::<S, 1, V>(simd, &rows[done * stride..], stride, vector, &mut sums[done..]);
        done += 1;
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
