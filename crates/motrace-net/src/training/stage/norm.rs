use super::{Flow, Partial, Settled};
use crate::training::wide::wide;
use crate::{Batch, BatchNorm, Shape};

/// What a batch norm does with a map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moments {
    pub mean: f32,
    /// `1/√(v + ε)`.
    pub inverse: f32,
    pub gain: f32,
    pub offset: f32,
    /// On the way back: the mean of the gradient, and of its product with the normalised values.
    pub even: f32,
    pub along: f32,
}

/// Sums and sums of squares of each map, in f64: of f32 values they lose nothing that matters.
pub(crate) fn sums(input: &Batch<f32>, sums: &mut Vec<f64>) {
    let per_map = input.shape.rows * input.shape.samples;
    sums.resize(2 * input.shape.maps, 0.0);
    for window in input.each() {
        for (values, sums) in window.chunks_exact(per_map).zip(sums.chunks_exact_mut(2)) {
            wide(
                (values, sums),
                #[inline(always)]
                |(values, sums)| add_two(sums, values, values, |x, _| [x, x * x]),
            );
        }
    }
}

/// Adds two sums over pairs of values, each in eight lanes that are added in one order.
#[inline(always)]
fn add_two(sums: &mut [f64], a: &[f32], b: &[f32], on: impl Fn(f64, f64) -> [f64; 2]) {
    let mut lanes = [[0.0; 8]; 2];
    let (a, a_rest) = a.as_chunks::<8>();
    let (b, b_rest) = b.as_chunks::<8>();
    for (a, b) in a.iter().zip(b) {
        for lane in 0..8 {
            let [one, two] = on(f64::from(a[lane]), f64::from(b[lane]));
            lanes[0][lane] += one;
            lanes[1][lane] += two;
        }
    }
    for (lane, (a, b)) in a_rest.iter().zip(b_rest).enumerate() {
        let [one, two] = on(f64::from(*a), f64::from(*b));
        lanes[0][lane] += one;
        lanes[1][lane] += two;
    }
    sums.iter_mut().zip(lanes).for_each(|(sum, lanes)| *sum += lanes.iter().sum::<f64>());
}

/// The moments of the batch; the running ones move towards them.
pub(crate) fn settle(norm: &mut BatchNorm<f32>, input: Shape, windows: usize, sums: &[f64]) -> Vec<Moments> {
    let count = (input.rows * input.samples * windows) as f64;
    let maps = norm.maps();
    let of_map = |map: usize| {
        let mean = sums[2 * map] / count;
        let variance = (sums[2 * map + 1] / count - mean * mean).max(0.0);
        norm.follow(map, mean as f32, variance as f32, count as f32);
        moments(norm, map, mean, variance)
    };
    (0..maps).map(of_map).collect()
}

/// The running moments.
pub(crate) fn running(norm: &BatchNorm<f32>) -> Vec<Moments> {
    let of_map = |map: usize| moments(norm, map, f64::from(norm.mean[map]), f64::from(norm.variance[map]));
    (0..norm.maps()).map(of_map).collect()
}

fn moments(norm: &BatchNorm<f32>, map: usize, mean: f64, variance: f64) -> Moments {
    let inverse = 1.0 / (variance + norm.epsilon).sqrt();
    let (gain, offset) = (norm.gain[map], norm.offset[map]);
    Moments { mean: mean as f32, inverse: inverse as f32, gain, offset, even: 0.0, along: 0.0 }
}

pub(crate) fn forward(flow: Flow<'_>, output: &mut Batch<f32>) {
    let Settled::Norm(moments) = flow.settled else { return };
    let shape = flow.input.shape;
    output.shape = shape;
    output.values.resize(flow.input.values.len(), 0.0);
    let per_map = shape.rows * shape.samples;
    for (x, y) in flow.input.each().zip(output.each_mut()) {
        for ((x, y), m) in x.chunks_exact(per_map).zip(y.chunks_exact_mut(per_map)).zip(moments) {
            let scale = m.gain * m.inverse;
            wide(
                (x, y),
                #[inline(always)]
                |(x, y)| x.iter().zip(y).for_each(|(x, y)| *y = (*x - m.mean) * scale + m.offset),
            );
        }
    }
}

/// Sums of the gradient and of its product with the normalised values, of each map.
pub(crate) fn back_sums(flow: Flow<'_>, gradient: &Batch<f32>, sums: &mut Vec<f64>) {
    let Settled::Norm(moments) = flow.settled else { return };
    let per_map = gradient.shape.rows * gradient.shape.samples;
    sums.resize(2 * gradient.shape.maps, 0.0);
    for (x, g) in flow.input.each().zip(gradient.each()) {
        let maps = x.chunks_exact(per_map).zip(g.chunks_exact(per_map));
        for (((x, g), m), sums) in maps.zip(moments).zip(sums.chunks_exact_mut(2)) {
            let (mean, inverse) = (f64::from(m.mean), f64::from(m.inverse));
            wide(
                (sums, x, g),
                #[inline(always)]
                |(sums, x, g)| add_two(sums, x, g, |x, g| [g, (x - mean) * inverse * g]),
            );
        }
    }
}

/// Gain's and offset's gradients; `values` is how many each map has in the batch.
pub(crate) fn settle_back(moments: &mut [Moments], values: usize, sums: &[f64]) -> Partial {
    for (m, sums) in moments.iter_mut().zip(sums.chunks_exact(2)) {
        m.even = (sums[0] / values as f64) as f32;
        m.along = (sums[1] / values as f64) as f32;
    }
    let every_other = |first: usize| sums.iter().skip(first).step_by(2).map(|sum| *sum as f32).collect();
    vec![every_other(1), every_other(0)]
}

/// Mean and variance of the batch depend on each of its values (Ioffe and Szegedy 2015, section 3).
pub(crate) fn backward(flow: Flow<'_>, gradient: &mut Batch<f32>) {
    let Settled::Norm(moments) = flow.settled else { return };
    let per_map = gradient.shape.rows * gradient.shape.samples;
    for (x, g) in flow.input.each().zip(gradient.each_mut()) {
        for ((x, g), m) in x.chunks_exact(per_map).zip(g.chunks_exact_mut(per_map)).zip(moments) {
            let scale = m.gain * m.inverse;
            wide(
                (x, g),
                #[inline(always)]
                |(x, g)| {
                    for (x, g) in x.iter().zip(g) {
                        *g = scale * (*g - m.even - (*x - m.mean) * m.inverse * m.along);
                    }
                },
            );
        }
    }
}
