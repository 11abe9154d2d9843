//! A temporal and a spatial convolution with nothing between them (ShallowConvNet), run as one.
//!
//! `W[k, c, τ] = Σ_j S[k, j, c] T[j, τ]` is computed for each batch; forward and back the network goes through `W`, and the
//! gradients of `S` and `T` follow from that of `W` by the chain rule.

use super::kernels::{Kernels, add_bias_gradient};
use super::{Flow, Partial, Settled};
use crate::{Batch, Conv, Layer, Shape, merge};

/// The two convolutions, if they are ones that can be fused and begin the network.
pub(crate) fn pair(layers: &[Layer<f32>], input: Shape) -> Option<(&Conv<f32>, &Conv<f32>)> {
    match layers {
        [Layer::TemporalConv(temporal), Layer::SpatialConv(spatial), ..]
            if merge::can_fuse(temporal, spatial, input) && Kernels::are_for(temporal, input) =>
        {
            Some((temporal, spatial))
        }
        _ => None,
    }
}

pub(crate) fn settled(layers: &[Layer<f32>]) -> Settled {
    match layers {
        [Layer::TemporalConv(temporal), Layer::SpatialConv(spatial), ..] => {
            Settled::Fused(Box::new(merge::fused(temporal, spatial).conv))
        }
        _ => Settled::Nothing,
    }
}

pub(crate) fn forward(flow: Flow<'_>, output: &mut Batch<f32>) {
    let Flow { input, memory, settled: Settled::Fused(conv), .. } = flow else { return };
    if let Some(kernels) = Kernels::with(&mut memory.kernels[0], conv, input.shape, false) {
        kernels.forward(input, output);
    }
}

/// The gradients of `W` and of its bias.
pub(crate) fn backward(flow: Flow<'_>, gradient: &Batch<f32>) -> Partial {
    let Flow { input, memory, settled: Settled::Fused(conv), .. } = flow else { return Vec::new() };
    let mut weights = vec![0.0; conv.weights.len()];
    let mut bias = vec![0.0; conv.maps_out];
    if let Some(kernels) = &mut memory.kernels[0] {
        for (x, g) in input.each().zip(gradient.each()) {
            kernels.add_gradient(x, g, &mut weights);
            add_bias_gradient(g, &mut bias);
        }
    }
    vec![weights, bias]
}

/// With `G` and `h` the gradients of `W` and its bias: `∂S[k, j, c] = Σ_τ G[k, c, τ] T[j, τ] + h[k] b_T[j]`,
/// `∂T[j, τ] = Σ_{k, c} S[k, j, c] G[k, c, τ]`, `∂b_T[j] = Σ_{k, c} S[k, j, c] h[k]`, `∂b_S = h`.
pub(crate) fn finish(layers: &[Layer<f32>], sums: &Partial, gradients: &mut [Vec<Vec<f32>>]) {
    let [Layer::TemporalConv(temporal), Layer::SpatialConv(spatial), ..] = layers else { return };
    let ([fused, bias], [of_temporal, of_spatial, ..]) = (sums.as_slice(), gradients) else { return };
    of_temporal.iter_mut().for_each(|part| part.fill(0.0));
    let (channels, taps) = (spatial.rows, temporal.taps);
    for map in 0..spatial.maps_out {
        let first = spatial.first_map_in(map);
        let fused = &fused[map * channels * taps..][..channels * taps];
        for j in 0..spatial.maps_in {
            let kernel = temporal.kernel(first + j);
            let place = (map * spatial.maps_in + j) * channels;
            let mut weighted = 0.0;
            let to = &mut of_temporal[0][(first + j) * taps..][..taps];
            for (c, row) in fused.chunks_exact(taps).enumerate() {
                let weight = spatial.weights[place + c];
                to.iter_mut().zip(row).for_each(|(to, g)| *to += weight * *g);
                let product: f32 = row.iter().zip(kernel).map(|(g, w)| g * w).sum();
                of_spatial[0][place + c] = product + bias[map] * temporal.bias_of(first + j);
                weighted += weight;
            }
            if let Some(of_bias) = of_temporal.get_mut(1) {
                of_bias[first + j] += weighted * bias[map];
            }
        }
    }
    if let Some(of_bias) = of_spatial.get_mut(1) {
        of_bias.copy_from_slice(bias);
    }
}
