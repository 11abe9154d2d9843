use crate::conv::Factors;
use crate::{Batch, BatchNorm, Conv, Dense, FusedConv, Layer, NetError, Network, Scalar, Shape};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

impl<T: Scalar> Network<T> {
    /// The same network as it runs and is explained: batch norms merged into the layers before them, a temporal and a spatial
    /// convolution that follow one another made one, dropout gone.
    ///
    /// What takes part in the redistribution of relevance changes the map, so this is done first; and it is checked here that
    /// it changes nothing that the network says.
    ///
    /// # Errors
    /// Where a batch norm follows nothing it can be merged into, or the output would change.
    pub fn merged(&self) -> Result<Self, NetError> {
        // In f64, so that each merged weight is rounded once.
        let exact = self.converted::<f64>()?;
        let merged: Self = exact.merged_layers()?.converted()?;
        // 1e-6 in f32.
        let limit = (8.0 * T::epsilon().as_f64()).max(1e-12);
        exact.check_same(&merged.converted()?, limit)?;
        Ok(merged)
    }

    /// Checks that the weights stay finite when batch norms and convolutions are merged: products of large ones can overflow.
    ///
    /// # Errors
    /// As [`merged`](Self::merged), but what the network says is not looked at, which would take long.
    pub(crate) fn merged_is_finite(&self) -> Result<(), NetError> {
        self.converted::<f64>()?.merged_layers()?.converted::<T>().map(drop)
    }
}

impl Network<f64> {
    fn merged_layers(&self) -> Result<Self, NetError> {
        let mut layers: Vec<Layer<f64>> = Vec::with_capacity(self.layers().len());
        let mut shapes = vec![self.input()];
        for (place, layer) in self.layers().iter().enumerate() {
            let merged = match layer {
                Layer::Dropout { .. } => continue,
                Layer::BatchNorm(norm) => {
                    let before = layers.pop().and_then(|before| with_norm(before, norm));
                    shapes.pop();
                    before.ok_or(NetError::CannotMerge { place: place + 1 })?
                }
                Layer::SpatialConv(spatial) => match layers.pop() {
                    Some(Layer::TemporalConv(temporal)) if can_fuse(&temporal, spatial, shapes[shapes.len() - 2]) => {
                        shapes.pop();
                        Layer::FusedConv(fused(&temporal, spatial))
                    }
                    before => {
                        layers.extend(before);
                        layer.clone()
                    }
                },
                layer => layer.clone(),
            };
            let input = shapes[shapes.len() - 1];
            let wrong = |why| NetError::Shape { place: place + 1, layer: layer.name(), input, why };
            shapes.push(merged.output(input).map_err(wrong)?);
            layers.push(merged);
        }
        Self::new(self.input(), layers)
    }

    /// Checks on random windows that two networks say the same.
    fn check_same(&self, other: &Self, limit: f64) -> Result<(), NetError> {
        const WINDOWS: usize = 3;
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut windows = Batch::zeros(self.input(), WINDOWS);
        // Sums of uniform numbers are near enough to normal.
        windows.values.iter_mut().for_each(|x| *x = (0..4).map(|_| rng.random_range(-1.0..1.0)).sum::<f64>());
        let (before, after) = (self.outputs(&windows), other.outputs(&windows));
        let largest = before.values.iter().fold(f64::MIN_POSITIVE, |largest, value| value.abs().max(largest));
        let pairs = before.values.iter().zip(&after.values);
        let difference = pairs.fold(0.0, |worst: f64, (a, b)| worst.max((a - b).abs())) / largest;
        if difference <= limit { Ok(()) } else { Err(NetError::MergeChanged { difference, limit }) }
    }
}

/// `W' = W·γ/√(v + ε)`, `b' = (b − μ)·γ/√(v + ε) + β`.
fn with_norm<T: Scalar>(layer: Layer<T>, norm: &BatchNorm<T>) -> Option<Layer<T>> {
    Some(match layer {
        Layer::TemporalConv(conv) => Layer::TemporalConv(scaled(conv, norm)),
        Layer::SpatialConv(conv) => Layer::SpatialConv(scaled(conv, norm)),
        Layer::FusedConv(FusedConv { conv, factors }) => {
            let factors = factors.map(|mut factors| {
                let taps = conv.taps;
                for (map, temporal) in factors.temporal.chunks_exact_mut(taps).enumerate() {
                    let [scale, _] = norm.scale_and_shift(map);
                    temporal.iter_mut().for_each(|w| *w *= scale);
                }
                factors
            });
            Layer::FusedConv(FusedConv { conv: scaled(conv, norm), factors })
        }
        Layer::SeparableConv(mut conv) => {
            conv.pointwise = scaled(conv.pointwise, norm);
            Layer::SeparableConv(conv)
        }
        Layer::Dense(dense) if dense.outputs == norm.maps() => Layer::Dense(scaled_dense(dense, norm)),
        _ => return None,
    })
}

fn scaled<T: Scalar>(mut conv: Conv<T>, norm: &BatchNorm<T>) -> Conv<T> {
    let kernel_len = conv.kernel_len();
    let mut bias: Vec<T> = (0..conv.maps_out).map(|map| conv.bias_of(map)).collect();
    for (map, (kernel, bias)) in conv.weights.chunks_exact_mut(kernel_len).zip(&mut bias).enumerate() {
        let [scale, shift] = norm.scale_and_shift(map);
        kernel.iter_mut().for_each(|w| *w *= scale);
        *bias = *bias * scale + shift;
    }
    conv.bias = Some(bias);
    conv
}

fn scaled_dense<T: Scalar>(mut dense: Dense<T>, norm: &BatchNorm<T>) -> Dense<T> {
    let inputs = dense.inputs;
    let mut bias: Vec<T> = (0..dense.outputs).map(|out| dense.bias_of(out)).collect();
    for (out, (row, bias)) in dense.weights.chunks_exact_mut(inputs).zip(&mut bias).enumerate() {
        let [scale, shift] = norm.scale_and_shift(out);
        row.iter_mut().for_each(|w| *w *= scale);
        *bias = *bias * scale + shift;
    }
    dense.bias = Some(bias);
    dense
}

/// Only where one map of channels goes in, and one row comes out.
pub(crate) fn can_fuse<T: Scalar>(temporal: &Conv<T>, spatial: &Conv<T>, input: Shape) -> bool {
    input.maps == 1 && temporal.groups == 1 && temporal.rows == 1 && spatial.rows == input.rows
}

/// `W[k, c, τ] = Σ_j S[k, j, c] T[j, τ]`, `b[k] = b_S[k] + Σ_jc S[k, j, c] b_T[j]`.
///
/// The temporal convolution pads with zeros, and the spatial one follows it without padding, so this holds at the edges too.
pub(crate) fn fused<T: Scalar>(temporal: &Conv<T>, spatial: &Conv<T>) -> FusedConv<T> {
    let (maps, rows, taps) = (spatial.maps_out, spatial.rows, temporal.taps);
    let mut conv = Conv::zeros(maps, 1, rows, taps).with_padding(temporal.padding).with_bias();
    conv.stride = temporal.stride;
    let mut bias = vec![T::zero(); maps];
    for (map, bias) in bias.iter_mut().enumerate() {
        let first = spatial.first_map_in(map);
        *bias = spatial.bias_of(map);
        for j in 0..spatial.maps_in {
            for c in 0..rows {
                let weight = spatial.kernel(map)[j * rows + c];
                *bias += weight * temporal.bias_of(first + j);
                let kernel = &mut conv.weights[(map * rows + c) * taps..][..taps];
                for (w, tap) in kernel.iter_mut().zip(temporal.kernel(first + j)) {
                    *w += weight * *tap;
                }
            }
        }
    }
    conv.bias = Some(bias);
    let factors = (spatial.maps_in == 1).then(|| Factors {
        spatial: spatial.weights.clone(),
        temporal: (0..maps).flat_map(|map| temporal.kernel(spatial.first_map_in(map)).to_vec()).collect(),
    });
    FusedConv { conv, factors }
}
