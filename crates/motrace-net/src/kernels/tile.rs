use super::lanes::{load, store};
use pulp::Simd;

/// Lines of output that are made at once, at most.
pub(super) const MOST_LINES: usize = 8;

/// Lines of output that are made at once with so many registers: all sums of a tile stay in them.
pub(super) const fn lines_at_once(registers: usize) -> usize {
    if registers >= 32 { MOST_LINES } else { 4 }
}

/// Where the lines are that go in.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    /// From the first sample of the first line on.
    pub x: &'a [f32],
    /// Samples from one line to the next.
    pub stride: usize,
    pub taps: usize,
}

/// Where the lines are that come out.
pub(super) struct Output<'a> {
    /// From the first sample of the first line on.
    pub y: &'a mut [f32],
    /// Samples from one line to the next.
    pub stride: usize,
    /// Samples of a line.
    pub samples: usize,
}

/// `y[k, t] = start[k] + Σ_{c, τ} weights[c, τ, k] · x[c, t + τ]` for as many lines as there are in `start`.
///
/// The sum runs over lines and within them over taps, in fused multiply-adds. It may read as many samples after the last
/// that it needs as a vector has, where `samples` is less than that.
#[inline(always)]
pub(super) fn convolve<S: Simd>(simd: S, input: Input<'_>, weights: &[f32], start: &[f32], output: Output<'_>) {
    if S::REGISTER_COUNT >= 32 {
        match start.len() {
            1 => block::<S, 1, 8>(simd, input, weights, start, output),
            2 => block::<S, 2, 8>(simd, input, weights, start, output),
            3 => block::<S, 3, 6>(simd, input, weights, start, output),
            4 => block::<S, 4, 5>(simd, input, weights, start, output),
            5 => block::<S, 5, 4>(simd, input, weights, start, output),
            6 => block::<S, 6, 4>(simd, input, weights, start, output),
            7 => block::<S, 7, 3>(simd, input, weights, start, output),
            MOST_LINES => block::<S, MOST_LINES, 3>(simd, input, weights, start, output),
            _ => {}
        }
    } else {
        match start.len() {
            1 => block::<S, 1, 7>(simd, input, weights, start, output),
            2 => block::<S, 2, 5>(simd, input, weights, start, output),
            3 => block::<S, 3, 3>(simd, input, weights, start, output),
            4 => block::<S, 4, 3>(simd, input, weights, start, output),
            _ => {}
        }
    }
}

/// Goes along time with `T` vectors of `K` lines. At the end of the lines the last tile goes back so that it fits: what it
/// makes again has the same bits.
#[inline(always)]
fn block<S: Simd, const K: usize, const T: usize>(
    simd: S,
    input: Input<'_>,
    weights: &[f32],
    start: &[f32],
    mut output: Output<'_>,
) {
    let (lanes, samples) = (S::F32_LANES, output.samples);
    let (Some(start), weights) = (start.first_chunk::<K>(), weights.as_chunks::<K>().0) else { return };
    let mut done = 0;
    while done + T * lanes <= samples {
        tile::<S, K, T>(simd, input, weights, start, &mut output, done);
        done += T * lanes;
    }
    if samples - done > 2 * lanes && samples >= T * lanes {
        tile::<S, K, T>(simd, input, weights, start, &mut output, samples - T * lanes);
        return;
    }
    if T > 2 && done + 2 * lanes <= samples {
        tile::<S, K, 2>(simd, input, weights, start, &mut output, done);
        done += 2 * lanes;
    }
    while done + lanes <= samples {
        tile::<S, K, 1>(simd, input, weights, start, &mut output, done);
        done += lanes;
    }
    if done < samples {
        tile::<S, K, 1>(simd, input, weights, start, &mut output, samples.saturating_sub(lanes));
    }
}

#[inline(always)]
fn tile<S: Simd, const K: usize, const T: usize>(
    simd: S,
    input: Input<'_>,
    weights: &[[f32; K]],
    start: &[f32; K],
    output: &mut Output<'_>,
    first: usize,
) {
    let lanes = S::F32_LANES;
    let mut sums = [[simd.splat_f32s(0.0); T]; K];
    for k in 0..K {
        sums[k] = [simd.splat_f32s(start[k]); T];
    }
    let reach = input.taps - 1 + T * lanes;
    let mut from = first;
    for weights in weights.chunks_exact(input.taps) {
        let line = &input.x[from..from + reach];
        for (tap, weights) in weights.iter().enumerate() {
            let x = &line[tap..tap + T * lanes];
            let mut vectors = [simd.splat_f32s(0.0); T];
            for t in 0..T {
                vectors[t] = load::<S>(&x[t * lanes..(t + 1) * lanes]);
            }
            for k in 0..K {
                let weight = simd.splat_f32s(weights[k]);
                for t in 0..T {
                    sums[k][t] = simd.mul_add_f32s(weight, vectors[t], sums[k][t]);
                }
            }
        }
        from += input.stride;
    }
    for k in 0..K {
        let line = &mut output.y[k * output.stride..][..output.samples];
        for t in 0..T {
            store::<S>(&mut line[first + t * lanes..], sums[k][t]);
        }
    }
}
