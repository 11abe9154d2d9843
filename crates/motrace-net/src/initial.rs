use crate::{Conv, Dense, Layer, Scalar};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Draws the weights of all convolutions and dense layers anew: uniform within `±√(6/(in + out))` (Glorot and Bengio 2010,
/// eq. 16), biases 0. The same seed gives the same weights.
pub(crate) fn draw<T: Scalar>(layers: &mut [Layer<T>], seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for layer in layers {
        match layer {
            Layer::TemporalConv(conv) | Layer::SpatialConv(conv) => draw_conv(conv, &mut rng),
            Layer::FusedConv(fused) => draw_conv(&mut fused.conv, &mut rng),
            Layer::SeparableConv(conv) => {
                draw_conv(&mut conv.depthwise, &mut rng);
                draw_conv(&mut conv.pointwise, &mut rng);
            }
            Layer::Dense(dense) => draw_dense(dense, &mut rng),
            Layer::BatchNorm(_)
            | Layer::Elu(_)
            | Layer::Tanh
            | Layer::Relu
            | Layer::Square
            | Layer::Log(_)
            | Layer::MeanPool(_)
            | Layer::MaxPool(_)
            | Layer::Dropout { .. } => {}
        }
    }
}

fn draw_conv<T: Scalar>(conv: &mut Conv<T>, rng: &mut ChaCha8Rng) {
    let field = conv.rows * conv.taps;
    fill(&mut conv.weights, conv.maps_in * field + conv.maps_out * field, rng);
    conv.bias.iter_mut().flatten().for_each(|b| *b = T::zero());
}

fn draw_dense<T: Scalar>(dense: &mut Dense<T>, rng: &mut ChaCha8Rng) {
    fill(&mut dense.weights, dense.inputs + dense.outputs, rng);
    dense.bias.iter_mut().flatten().for_each(|b| *b = T::zero());
}

fn fill<T: Scalar>(weights: &mut [T], in_and_out: usize, rng: &mut ChaCha8Rng) {
    let bound = (6.0 / in_and_out as f64).sqrt();
    weights.iter_mut().for_each(|w| *w = T::of(rng.random_range(-bound..bound)));
}
