use super::dot::Products;
use super::lanes::{MOST_LANES, registers};
use super::lines::{Lines, parts};
use super::tile::{Convolve, Input, MOST_LINES, Output, lines_at_once};
use crate::{Conv, Shape};
use pulp::{Arch, Simd, WithSimd};

/// Kernels with fewer taps are sums of products along time; with as many, vectors run along the taps.
const FEW_TAPS: usize = 6;

/// The gradient of a convolution's weights: `G[o, i, q, τ] = Σ_t g[o, t] · x[i, q, t + τ − before]`.
///
/// For each window and row of the output it is one chain of fused multiply-adds in the order of time, begun at 0, and these
/// are added to what is there in the order of windows and rows. Kernels of fewer than six taps use [`super::products`] instead
/// of the chain.
#[derive(Debug, Clone)]
pub struct WeightGradient {
    arch: Arch,
    lines: Lines,
    at_once: usize,
    /// What went in, with zeros.
    padded: Vec<f32>,
    /// The gradient of some lines that came out, `[samples, lines]`.
    across: Vec<f32>,
    /// What is to be added.
    made: Vec<f32>,
}

impl WeightGradient {
    /// For convolutions of these sizes; nothing where [`super::PackedConv`] is not for them.
    #[must_use]
    pub fn new(conv: &Conv<f32>, input: Shape) -> Option<Self> {
        Some(Self::with(Arch::new(), Lines::of(conv, input)?))
    }

    fn with(arch: Arch, lines: Lines) -> Self {
        let mut gradient = Self {
            arch,
            lines,
            at_once: lines_at_once(registers(arch)),
            padded: Vec::new(),
            across: vec![0.0; MOST_LINES * lines.samples_out],
            made: vec![0.0; (MOST_LINES * taps_in_vectors(lines)).max(lines.lines_out)],
        };
        gradient.padded = vec![0.0; lines.all_in() * gradient.stride()];
        gradient
    }

    /// Adds the gradient of one window, from what went in and the gradient of what came out, to `gradient`, which is laid out
    /// as [`Conv::weights`]. It allocates nothing.
    ///
    /// # Panics
    /// Where one of them has another size.
    pub fn add(&mut self, x: &[f32], g: &[f32], gradient: &mut [f32]) {
        let lines = self.lines;
        let Lines { groups, lines_in, lines_out, taps, .. } = lines;
        let sizes = [
            lines.all_in() * lines.samples_in,
            lines.all_out() * lines.samples_out,
            groups * lines_in * lines_out * taps,
        ];
        assert_eq!([x.len(), g.len(), gradient.len()], sizes, "values that go in, come out, and weights");
        let stride = self.stride();
        lines.pad(x, &mut self.padded, stride);
        let Self { arch, at_once, padded, across, made, .. } = self;
        arch.dispatch(Add { lines, at_once: *at_once, x: padded, stride, g, across, made, gradient });
    }

    fn stride(&self) -> usize {
        self.lines.padded() + MOST_LANES
    }
}

fn taps_in_vectors(lines: Lines) -> usize {
    lines.taps.next_multiple_of(MOST_LANES)
}

struct Add<'a> {
    lines: Lines,
    at_once: usize,
    x: &'a [f32],
    stride: usize,
    g: &'a [f32],
    across: &'a mut [f32],
    made: &'a mut [f32],
    gradient: &'a mut [f32],
}

impl WithSimd for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { lines, at_once, x, stride, g, across, made, gradient } = self;
        let Lines { groups, repeats, lines_in, lines_out, taps, samples_out, .. } = lines;
        let vectors = taps.next_multiple_of(S::F32_LANES);
        for group in 0..groups {
            for repeat in 0..repeats {
                let x = |line: usize| &x[((group * lines_in + line) * repeats + repeat) * stride..][..stride];
                let first = (group * lines_out * repeats + repeat) * samples_out;
                if taps < FEW_TAPS {
                    for line in 0..lines_in {
                        for tap in 0..taps {
                            let x = &x(line)[tap..tap + samples_out];
                            let made = &mut made[..lines_out];
                            let (rows, stride) = (&g[first..], samples_out * repeats);
                            simd.vectorize(Products { rows, stride, vector: x, sums: made });
                            for (line_out, made) in made.iter().enumerate() {
                                gradient[((group * lines_out + line_out) * lines_in + line) * taps + tap] += made;
                            }
                        }
                    }
                    continue;
                }
                for part in parts(lines_out, at_once) {
                    let many = part.len();
                    for (k, line) in part.clone().enumerate() {
                        let g = &g[first + line * samples_out * repeats..][..samples_out];
                        for (across, g) in across.chunks_exact_mut(many).zip(g) {
                            across[k] = *g;
                        }
                    }
                    for line in 0..lines_in {
                        let input = Input { x: x(line), stride, taps: samples_out };
                        let output = Output { y: &mut made[..many * vectors], stride: vectors, samples: vectors };
                        let start = &[0.0; MOST_LINES][..many];
                        simd.vectorize(Convolve { input, weights: &across[..many * samples_out], start, output });
                        for (line_out, made) in part.clone().zip(made.chunks_exact(vectors)) {
                            let place = ((group * lines_out + line_out) * lines_in + line) * taps;
                            for (gradient, made) in gradient[place..place + taps].iter_mut().zip(made) {
                                *gradient += made;
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::lanes::tests::{architectures, numbers};

    #[test]
    fn bits_do_not_depend_on_the_width_of_vectors() {
        for (maps, channels, taps, samples) in [(40, 2, 25, 130), (13, 3, 1, 70), (1, 1, 64, 300)] {
            let input = Shape::new(1, channels, samples);
            let conv = Conv::zeros(maps, 1, channels, taps).with_padding([taps / 2; 2]);
            let lines = Lines::of(&conv, input).unwrap();
            let (x, g) = (numbers(input.len(), 3), numbers(maps * lines.samples_out, 4));
            let made: Vec<Vec<u32>> = architectures()
                .into_iter()
                .map(|arch| {
                    let mut gradient = vec![0.5; conv.weights.len()];
                    WeightGradient::with(arch, lines).add(&x, &g, &mut gradient);
                    gradient.iter().map(|w| w.to_bits()).collect()
                })
                .collect();
            assert!(made.windows(2).all(|pair| pair[0] == pair[1]), "{maps} {channels} {taps} {samples}");
        }
    }
}
