use super::lanes::{load, store};
use pulp::{Simd, WithSimd};

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

/// `y[k, t] = start[k] + Σ_{c, τ} weights[c, τ, k] · x[c, t + τ]` for as many lines as there are in `start`: 1, 2, 4 or 8.
///
/// The sum runs over lines and within them over taps, in fused multiply-adds. It may read as many samples after the last
/// that it needs as a vector has, where `samples` is less than that.
pub(super) struct Convolve<'a> {
    pub input: Input<'a>,
    pub weights: &'a [f32],
    pub start: &'a [f32],
    pub output: Output<'a>,
}

impl WithSimd for Convolve<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { input, weights, start, output } = self;
        // So many vectors that the sums of a tile stay in registers, and hide how long one multiply-add takes.
        match start.len() {
            1 => block::<S, OneLine, 8>(simd, input, weights, start, output),
            2 => block::<S, TwoLines, 5>(simd, input, weights, start, output),
            4 => block::<S, FourLines, 3>(simd, input, weights, start, output),
            MOST_LINES if S::REGISTER_COUNT >= 32 => block::<S, EightLines, 3>(simd, input, weights, start, output),
            _ => {}
        }
    }
}

/// Goes along time with `T` vectors of each line. At the end of the lines the last tile goes back so that it fits: what it
/// makes again has the same bits.
#[inline(always)]
fn block<S: Simd, K: Tile, const T: usize>(
    simd: S,
    input: Input<'_>,
    weights: &[f32],
    start: &[f32],
    mut output: Output<'_>,
) {
    let (lanes, samples) = (S::F32_LANES, output.samples);
    let mut done = 0;
    while done < samples {
        let rest = samples - done;
        if rest >= T * lanes || (rest > 2 * lanes && samples >= T * lanes) {
            let first = done.min(samples - T * lanes);
            K::make::<S, T>(simd, input, weights, start, &mut output, first);
            done = first + T * lanes;
        } else if rest >= 2 * lanes {
            K::make::<S, 2>(simd, input, weights, start, &mut output, done);
            done += 2 * lanes;
        } else {
            let first = done.min(samples.saturating_sub(lanes));
            K::make::<S, 1>(simd, input, weights, start, &mut output, first);
            done = first + lanes;
        }
    }
}

/// So many lines of output, made at once.
trait Tile {
    /// `T` vectors of each line, from the sample `first` on.
    fn make<S: Simd, const T: usize>(
        simd: S,
        input: Input<'_>,
        weights: &[f32],
        start: &[f32],
        output: &mut Output<'_>,
        first: usize,
    );
}

/// The lines are written out: left to the compiler, some of the sums would go through memory at every step.
macro_rules! tiles {
    ($($name:ident: $count:literal lines $($k:literal $sums:ident)*;)*) => {$(
        struct $name;

        impl Tile for $name {
            #[inline(always)]
            fn make<S: Simd, const T: usize>(
                simd: S,
                input: Input<'_>,
                weights: &[f32],
                start: &[f32],
                output: &mut Output<'_>,
                first: usize,
            ) {
                let lanes = S::F32_LANES;
                let (Some(start), weights) = (start.first_chunk::<$count>(), weights.as_chunks::<$count>().0) else {
                    return;
                };
                $(let mut $sums = [simd.splat_f32s(start[$k]); T];)*
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
                        $(
                            let weight = simd.splat_f32s(weights[$k]);
                            for t in 0..T {
                                $sums[t] = simd.mul_add_f32s(weight, vectors[t], $sums[t]);
                            }
                        )*
                    }
                    from += input.stride;
                }
                $(
                    let line = &mut output.y[$k * output.stride..][..output.samples];
                    for t in 0..T {
                        store::<S>(&mut line[first + t * lanes..], $sums[t]);
                    }
                )*
            }
        }
    )*};
}

tiles! {
    OneLine: 1 lines 0 a;
    TwoLines: 2 lines 0 a 1 b;
    FourLines: 4 lines 0 a 1 b 2 c 3 d;
    EightLines: 8 lines 0 a 1 b 2 c 3 d 4 e 5 f 6 g 7 h;
}
