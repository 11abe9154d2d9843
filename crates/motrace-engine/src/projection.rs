use ndarray::ArrayView2;

/// Outputs are computed this many at a time, so that the compiler uses vector instructions.
pub(crate) const LANES: usize = 8;

/// A matrix applied to one sample at a time: `[outputs, inputs]`, outputs padded with zeros to whole lanes.
#[derive(Debug, Clone)]
pub(crate) struct Projection {
    inputs: usize,
    /// `[blocks][inputs][LANES]`
    weights: Vec<[f64; LANES]>,
}

impl Projection {
    /// From a matrix, `[outputs, inputs]`.
    pub fn new(matrix: ArrayView2<f64>) -> Self {
        let (outputs, inputs) = matrix.dim();
        let blocks = outputs.div_ceil(LANES);
        let weights = (0..blocks)
            .flat_map(|block| (0..inputs).map(move |input| (block, input)))
            .map(|(block, input)| {
                std::array::from_fn(|lane| matrix.get((block * LANES + lane, input)).copied().unwrap_or(0.0))
            })
            .collect();
        Self { inputs, weights }
    }

    /// How many outputs there are, padding included.
    pub fn padded_outputs(&self) -> usize {
        self.weights.len() / self.inputs.max(1) * LANES
    }

    /// `out = matrix · x`; always in the same order of additions.
    pub fn apply(&self, x: &[f64], out: &mut [f64]) {
        for (weights, out) in self.weights.chunks_exact(self.inputs.max(1)).zip(out.chunks_exact_mut(LANES)) {
            let mut sums = [0.0; LANES];
            for (weights, &x) in weights.iter().zip(x) {
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum += weight * x;
                }
            }
            out.copy_from_slice(&sums);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Array2};

    #[test]
    fn it_is_the_matrix_product() {
        for outputs in [1, 6, 8, 11] {
            let matrix = Array2::from_shape_fn((outputs, 5), |(i, j)| (i * 7 + j * 3) as f64 % 5.0 - 2.0);
            let x = Array1::from_vec(vec![1.0, -2.0, 0.5, 4.0, 8.0]);
            let projection = Projection::new(matrix.view());
            let mut out = vec![1.0; projection.padded_outputs()];
            projection.apply(&x.to_vec(), &mut out);
            assert_eq!(out[..outputs], matrix.dot(&x).to_vec());
            assert!(out[outputs..].iter().all(|&v| v == 0.0));
        }
    }
}
