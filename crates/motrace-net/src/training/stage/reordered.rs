//! A temporal convolution, a batch norm and a depthwise spatial convolution (EEGNet), in another order: the spatial filter
//! first, which leaves one row for each map, then the temporal one.
//!
//! With `h = T_f ∗ x` on all channels, the norm's `μ` and `σ` are the only things that need `h` itself. Over all channels and
//! samples that reach the output, zeros at the edges included, they are
//! `μ = Tᵀm` and `σ² = TᵀRT − μ² + ε`, `m[τ] = mean x[t + τ]`, `R[τ, τ'] = mean x[t + τ] x[t + τ']`,
//! so `x` is gone through once, whatever the number of filters. What comes out then is
//! `y_k = a T_f ∗ u_k + (β − aμ) Σ_c S_kc` with `u_k = Σ_c S_kc x_c` and `a = γ/σ`.
//!
//! On the way back, with `g` the gradient of `y`, `E_k[τ] = Σ_t g_k[t] u_k[t + τ]`, `G_k = Σ_t g_k[t]`, `s_k = Σ_c S_kc`:
//! `∂a = Σ_k (T·E_k − μ s_k G_k)`, `∂β = Σ_k s_k G_k`, `∂γ = ∂a/σ`, `∂σ² = −½ ∂a γ/σ³`, `∂μ = −a ∂β − 2μ ∂σ²`,
//! `∂T = a Σ_k E_k + ∂μ m + 2 ∂σ² RT`, `∂S_kc = Σ_t x_c[t] (a Tᵀ ∗ g_k)[t] + (β − aμ) G_k`.

use super::kernels::{Kernels, add_bias_gradient};
use super::{Flow, Partial, Settled};
use crate::training::wide::wide;
use crate::{Batch, BatchNorm, Conv, Layer, Shape};

/// Lags that are summed at once.
const LAGS: usize = 32;

/// What a batch needs to know.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reordered {
    /// All channels to each map.
    spatial: Conv<f32>,
    /// Each map by itself, with the norm.
    temporal: Conv<f32>,
    /// Of each temporal filter: μ and σ.
    moments: Vec<[f64; 2]>,
    /// `m` and then `R`, `[taps, taps]`.
    lagged: Vec<f64>,
}

struct Layers<'a> {
    temporal: &'a Conv<f32>,
    norm: &'a BatchNorm<f32>,
    spatial: &'a Conv<f32>,
}

fn parts(layers: &[Layer<f32>]) -> Option<Layers<'_>> {
    match layers {
        [Layer::TemporalConv(temporal), Layer::BatchNorm(norm), Layer::SpatialConv(spatial), ..] => {
            Some(Layers { temporal, norm, spatial })
        }
        _ => None,
    }
}

/// Whether the network begins with what can be computed so.
pub(crate) fn can(layers: &[Layer<f32>], input: Shape) -> bool {
    parts(layers).is_some_and(|Layers { temporal, norm, spatial }| {
        let plain = |conv: &Conv<f32>| conv.stride == 1 && conv.bias.is_none();
        let shapes = plain(temporal)
            && plain(spatial)
            && (temporal.groups, temporal.rows, input.maps) == (1, 1, 1)
            && (spatial.maps_in, spatial.rows) == (1, input.rows);
        let [first, second] = convs(temporal, norm, spatial, &vec![[0.0, 1.0]; temporal.maps_out]);
        let between = Shape::new(spatial.maps_out, 1, input.samples);
        shapes && Kernels::are_for(&first, input) && Kernels::are_for(&second, between)
    })
}

/// The spatial filter, and the temporal one with the norm.
fn convs(temporal: &Conv<f32>, norm: &BatchNorm<f32>, spatial: &Conv<f32>, moments: &[[f64; 2]]) -> [Conv<f32>; 2] {
    let (maps, channels, taps) = (spatial.maps_out, spatial.rows, temporal.taps);
    let mut first = Conv::zeros(maps, 1, channels, 1);
    first.weights.copy_from_slice(&spatial.weights);
    let mut second = Conv::zeros(maps, 1, 1, taps).with_groups(maps).with_padding(temporal.padding);
    let mut bias = Vec::with_capacity(maps);
    for (map, weights) in second.weights.chunks_exact_mut(taps).enumerate() {
        let filter = spatial.first_map_in(map);
        let [mean, deviation] = moments[filter];
        let scale = f64::from(norm.gain[filter]) / deviation;
        for (weight, tap) in weights.iter_mut().zip(temporal.kernel(filter)) {
            *weight = (scale * f64::from(*tap)) as f32;
        }
        bias.push(((f64::from(norm.offset[filter]) - scale * mean) * sum(spatial.kernel(map))) as f32);
    }
    second.bias = Some(bias);
    [first, second]
}

fn sum(values: &[f32]) -> f64 {
    values.iter().map(|value| f64::from(*value)).sum()
}

/// Adds up over the part, in f64, what `m` and `R` are made of in [`moments_of_lags`]: `Σ x[t]` and how it changes from tap to
/// tap, `Σ x[t] x[t + lag]` for each lag and how it changes.
pub(crate) fn sums(layers: &[Layer<f32>], input: &Batch<f32>, sums: &mut Vec<f64>) {
    let Some(Layers { temporal, .. }) = parts(layers) else { return };
    let (taps, [before, after]) = (temporal.taps, temporal.padding);
    let lags = taps.next_multiple_of(LAGS);
    sums.resize(1 + taps + lags + taps * taps, 0.0);
    let padded = before + input.shape.samples + after;
    let count = padded + 1 - taps;
    // Zeros at both ends; after the last sample as many as all lags need.
    let mut x = vec![0.0; padded + lags];
    for row in input.values.chunks_exact(input.shape.samples) {
        x[before..].iter_mut().zip(row).for_each(|(x, value)| *x = f64::from(*value));
        wide(
            (x.as_slice(), sums.as_mut_slice()),
            #[inline(always)]
            |(x, sums)| add_row(x, count, taps, sums),
        );
    }
}

#[inline(always)]
fn add_row(x: &[f64], count: usize, taps: usize, sums: &mut [f64]) {
    let (first, rest) = sums.split_at_mut(1);
    let (first_changes, rest) = rest.split_at_mut(taps);
    let (lagged, changes) = rest.split_at_mut(taps.next_multiple_of(LAGS));
    let mut lanes = [0.0; 8];
    for values in x[..count].chunks(8) {
        lanes.iter_mut().zip(values).for_each(|(lane, value)| *lane += *value);
    }
    first[0] += lanes.iter().sum::<f64>();
    let (begin, end) = (&x[..taps], &x[count..][..taps]);
    for tap in 0..taps {
        first_changes[tap] += end[tap] - begin[tap];
        let pairs = begin[tap..].iter().zip(&end[tap..]);
        for (change, (begin_x, end_x)) in changes[tap * taps..].iter_mut().zip(pairs) {
            *change += end[tap] * end_x - begin[tap] * begin_x;
        }
    }
    for (part, lagged) in lagged.chunks_exact_mut(LAGS).enumerate() {
        let mut sums = [0.0; LAGS];
        for (now, later) in x[..count].iter().zip(x[part * LAGS..].windows(LAGS)) {
            for lag in 0..LAGS {
                sums[lag] += *now * later[lag];
            }
        }
        lagged.iter_mut().zip(sums).for_each(|(lagged, sum)| *lagged += sum);
    }
}

/// `m` and then `R`, each over `count` values: `m[τ + 1]` has one sample more at the end than `m[τ]` and one less at the begin,
/// and so has `R[τ + 1, τ' + 1]`.
fn moments_of_lags(sums: &[f64], taps: usize, count: f64) -> Vec<f64> {
    let (first, rest) = sums.split_at(1);
    let (first_changes, rest) = rest.split_at(taps);
    let (lagged, changes) = rest.split_at(taps.next_multiple_of(LAGS));
    let mut moments = vec![0.0; taps + taps * taps];
    let (firsts, seconds) = moments.split_at_mut(taps);
    let mut sum = first[0];
    for (first, change) in firsts.iter_mut().zip(first_changes) {
        *first = sum / count;
        sum += change;
    }
    for (lag, sum) in lagged.iter().enumerate().take(taps) {
        let mut sum = *sum;
        for tap in 0..taps - lag {
            seconds[tap * taps + tap + lag] = sum / count;
            seconds[(tap + lag) * taps + tap] = sum / count;
            sum += changes[tap * taps + lag];
        }
    }
    moments
}

/// Settles the moments of a batch of `windows`; the running ones move towards them.
pub(crate) fn settle(layers: &mut [Layer<f32>], input: Shape, windows: usize, sums: &[f64]) -> Settled {
    let Some(Layers { temporal, .. }) = parts(layers) else { return Settled::Nothing };
    let taps = temporal.taps;
    let samples = input.samples + temporal.padding[0] + temporal.padding[1] + 1 - taps;
    let count = (windows * input.rows * samples) as f64;
    let lagged = moments_of_lags(sums, taps, count);
    let of_filter = |filter: usize| {
        let kernel = temporal.kernel(filter);
        let mean = product(kernel, &lagged[..taps]);
        let square = product(kernel, &through(&lagged[taps..], kernel));
        [mean, (square - mean * mean).max(0.0)]
    };
    let moments: Vec<[f64; 2]> = (0..temporal.maps_out).map(of_filter).collect();
    if let Layer::BatchNorm(norm) = &mut layers[1] {
        for (map, [mean, variance]) in moments.iter().enumerate() {
            norm.follow(map, *mean as f32, *variance as f32, count as f32);
        }
    }
    built(layers, moments, lagged)
}

/// What is settled where nothing is learnt: with the running moments.
pub(crate) fn running(layers: &[Layer<f32>]) -> Settled {
    let Some(Layers { norm, .. }) = parts(layers) else { return Settled::Nothing };
    let pairs = norm.mean.iter().zip(&norm.variance);
    let moments = pairs.map(|(mean, variance)| [f64::from(*mean), f64::from(*variance)]).collect();
    built(layers, moments, Vec::new())
}

/// From mean and variance of each filter.
fn built(layers: &[Layer<f32>], mut moments: Vec<[f64; 2]>, lagged: Vec<f64>) -> Settled {
    let Some(Layers { temporal, norm, spatial }) = parts(layers) else { return Settled::Nothing };
    moments.iter_mut().for_each(|[_, variance]| *variance = (*variance + norm.epsilon).sqrt());
    let [spatial, temporal] = convs(temporal, norm, spatial, &moments);
    Settled::Reordered(Box::new(Reordered { spatial, temporal, moments, lagged }))
}

fn product(kernel: &[f32], values: &[f64]) -> f64 {
    kernel.iter().zip(values).map(|(w, value)| f64::from(*w) * value).sum()
}

/// `RT`.
fn through(seconds: &[f64], kernel: &[f32]) -> Vec<f64> {
    seconds.chunks_exact(kernel.len()).map(|row| product(kernel, row)).collect()
}

pub(crate) fn forward(flow: Flow<'_>, output: &mut Batch<f32>) {
    let Flow { input, memory, settled: Settled::Reordered(settled), .. } = flow else { return };
    let [one, two] = &mut memory.kernels;
    if let Some(kernels) = Kernels::with(one, &settled.spatial, input.shape, false) {
        kernels.forward(input, &mut memory.between);
    }
    if let Some(kernels) = Kernels::with(two, &settled.temporal, memory.between.shape, true) {
        kernels.forward(&memory.between, output);
    }
}

/// `E`, `G`, and `Σ_t x_c[t] (a Tᵀ ∗ g_k)[t]`.
pub(crate) fn backward(flow: Flow<'_>, gradient: &Batch<f32>) -> Partial {
    let Flow { input, memory, settled: Settled::Reordered(settled), .. } = flow else { return Vec::new() };
    let mut correlated = vec![0.0; settled.temporal.weights.len()];
    let mut even = vec![0.0; settled.temporal.maps_out];
    let mut spatial = vec![0.0; settled.spatial.weights.len()];
    if let [Some(first), Some(second)] = &mut memory.kernels {
        memory.values.resize(memory.between.shape.len(), 0.0);
        for ((x, u), g) in input.each().zip(memory.between.each()).zip(gradient.each()) {
            second.add_gradient(u, g, &mut correlated);
            add_bias_gradient(g, &mut even);
            second.back_one(g, &mut memory.values);
            first.add_gradient(x, &memory.values, &mut spatial);
        }
    }
    vec![correlated, even, spatial]
}

/// The chain rule, in f64.
pub(crate) fn finish(layers: &[Layer<f32>], settled: &Reordered, sums: &Partial, gradients: &mut [Vec<Vec<f32>>]) {
    let Some(Layers { temporal, norm, spatial }) = parts(layers) else { return };
    let [correlated, even, from_spatial] = sums.as_slice() else { return };
    let [of_temporal, of_norm, of_spatial, ..] = gradients else { return };
    let (taps, channels) = (temporal.taps, spatial.rows);
    let (firsts, seconds) = settled.lagged.split_at(taps);
    for filter in 0..temporal.maps_out {
        let [mean, deviation] = settled.moments[filter];
        let (gain, offset) = (f64::from(norm.gain[filter]), f64::from(norm.offset[filter]));
        let (kernel, scale) = (temporal.kernel(filter), gain / deviation);
        let (mut of_scale, mut of_offset, mut along) = (0.0, 0.0, vec![0.0; taps]);
        for map in (0..spatial.maps_out).filter(|map| spatial.first_map_in(*map) == filter) {
            let even = f64::from(even[map]);
            let whole = even * sum(spatial.kernel(map));
            let correlated = &correlated[map * taps..][..taps];
            along.iter_mut().zip(correlated).for_each(|(along, e)| *along += f64::from(*e));
            of_scale -= mean * whole;
            of_offset += whole;
            let shift = (offset - scale * mean) * even;
            let place = map * channels..(map + 1) * channels;
            for (to, from) in of_spatial[0][place.clone()].iter_mut().zip(&from_spatial[place]) {
                *to = (f64::from(*from) + shift) as f32;
            }
        }
        of_scale += product(kernel, &along);
        let of_variance = -0.5 * of_scale * gain / deviation.powi(3);
        let of_mean = -scale * of_offset - 2.0 * mean * of_variance;
        let turned = through(seconds, kernel);
        for (tap, to) in of_temporal[0][filter * taps..][..taps].iter_mut().enumerate() {
            *to = (scale * along[tap] + of_mean * firsts[tap] + 2.0 * of_variance * turned[tap]) as f32;
        }
        of_norm[0][filter] = (of_scale / deviation) as f32;
        of_norm[1][filter] = of_offset as f32;
    }
}
