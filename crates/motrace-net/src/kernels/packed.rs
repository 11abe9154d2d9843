use super::lanes::{MOST_LANES, registers};
use super::lines::{Lines, parts};
use super::tile::{Convolve, Input, Output, lines_at_once};
use crate::{Conv, Shape};
use pulp::{Arch, Simd, WithSimd};

/// A convolution with its weights laid out for the registers of this processor.
///
/// `y[o, t] = b[o] + Σ W[o, i, q, τ] · x[i, q, t + τ − before]`, for convolutions of any number of groups with stride 1,
/// whose kernel has one row or all rows of the input. Each value is one chain of fused multiply-adds that starts at the bias
/// and runs over the maps, their rows and the taps, in this order.
#[derive(Debug, Clone)]
pub struct PackedConv {
    arch: Arch,
    lines: Lines,
    turned: bool,
    /// Lines that come out together, for each group in the same parts.
    at_once: usize,
    /// For each group and part of its lines `[lines_in, taps, part]`.
    weights: Vec<f32>,
    /// `[groups, lines_out]`.
    start: Vec<f32>,
    /// What goes in, with zeros, where it needs any.
    padded: Vec<f32>,
}

impl PackedConv {
    /// Packs a convolution for input of this shape; nothing where it is none of those that this is for.
    #[must_use]
    pub fn new(conv: &Conv<f32>, input: Shape) -> Option<Self> {
        Some(Self::with(Arch::new(), conv, Lines::of(conv, input)?, false))
    }

    /// Packs the transposed product `x = Wᵀy`, which passes gradients and relevance back: what goes in then is shaped like
    /// the convolution's output, what comes out like its input, and there is no bias. `input` is the shape of the
    /// convolution's input. Nothing where there are more zeros at an end than the kernel has samples.
    #[must_use]
    pub fn transposed(conv: &Conv<f32>, input: Shape) -> Option<Self> {
        Some(Self::with(Arch::new(), conv, Lines::of(conv, input)?.transposed()?, true))
    }

    fn with(arch: Arch, conv: &Conv<f32>, lines: Lines, turned: bool) -> Self {
        let mut packed = Self {
            arch,
            lines,
            turned,
            at_once: lines_at_once(registers(arch)),
            weights: vec![0.0; conv.weights.len()],
            start: vec![0.0; lines.groups * lines.lines_out],
            padded: Vec::new(),
        };
        if packed.needs_zeros() {
            packed.padded = vec![0.0; lines.all_in() * packed.stride()];
        }
        packed.set(conv);
        packed
    }

    /// Takes other weights, and the bias of a convolution of the same sizes. It allocates nothing.
    ///
    /// # Panics
    /// Where there are fewer of them.
    pub fn set(&mut self, conv: &Conv<f32>) {
        let Lines { groups, lines_in, lines_out, taps, .. } = self.lines;
        if !self.turned {
            for (map, start) in self.start.iter_mut().enumerate() {
                *start = conv.bias_of(map);
            }
        }
        let mut packed = self.weights.iter_mut();
        for group in 0..groups {
            for part in parts(lines_out, self.at_once) {
                for line_in in 0..lines_in {
                    for tap in 0..taps {
                        for line_out in part.clone() {
                            let place = if self.turned {
                                ((group * lines_in + line_in) * lines_out + line_out) * taps + taps - 1 - tap
                            } else {
                                ((group * lines_out + line_out) * lines_in + line_in) * taps + tap
                            };
                            if let Some(packed) = packed.next() {
                                *packed = conv.weights[place];
                            }
                        }
                    }
                }
            }
        }
    }

    /// How many values go in.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.lines.all_in() * self.lines.samples_in
    }

    /// How many values come out.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.lines.all_out() * self.lines.samples_out
    }

    /// Writes all of `y`. It allocates nothing.
    ///
    /// # Panics
    /// Where `x` has not [`PackedConv::inputs`] values, or `y` not [`PackedConv::outputs`].
    pub fn run(&mut self, x: &[f32], y: &mut [f32]) {
        assert_eq!([x.len(), y.len()], [self.inputs(), self.outputs()], "values that go in and come out");
        let (x, stride) = if self.padded.is_empty() {
            (x, self.lines.samples_in)
        } else {
            let stride = self.stride();
            self.lines.pad(x, &mut self.padded, stride);
            (self.padded.as_slice(), stride)
        };
        let Self { arch, lines, at_once, weights, start, .. } = self;
        arch.dispatch(Run { lines: *lines, at_once: *at_once, weights, start, x, stride, y });
    }

    /// Also where a line is shorter than a vector: a tile then reads over its end.
    fn needs_zeros(&self) -> bool {
        self.lines.padded() != self.lines.samples_in || self.lines.samples_out < MOST_LANES
    }

    fn stride(&self) -> usize {
        self.lines.padded() + MOST_LANES
    }
}

struct Run<'a> {
    lines: Lines,
    at_once: usize,
    weights: &'a [f32],
    start: &'a [f32],
    x: &'a [f32],
    stride: usize,
    y: &'a mut [f32],
}

impl WithSimd for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { lines, at_once, weights, start, x, stride, y } = self;
        let Lines { groups, repeats, lines_in, lines_out, taps, samples_out, .. } = lines;
        let kernel = lines_in * taps;
        for group in 0..groups {
            for part in parts(lines_out, at_once) {
                let first = group * lines_out + part.start;
                let weights = &weights[first * kernel..][..part.len() * kernel];
                let start = &start[first..][..part.len()];
                for repeat in 0..repeats {
                    let x = &x[(group * lines_in * repeats + repeat) * stride..];
                    let y = &mut y[(first * repeats + repeat) * samples_out..];
                    let input = Input { x, stride: stride * repeats, taps };
                    let output = Output { y, stride: samples_out * repeats, samples: samples_out };
                    simd.vectorize(Convolve { input, weights, start, output });
                }
            }
        }
    }
}

/// A convolution as fast as there is one for it.
#[derive(Debug, Clone)]
pub(crate) enum ConvStep {
    Packed(PackedConv),
    /// Its plain definition.
    Plain {
        conv: Conv<f32>,
        input: Shape,
        output: Shape,
    },
}

impl ConvStep {
    pub fn new(conv: &Conv<f32>, input: Shape, output: Shape) -> Self {
        PackedConv::new(conv, input).map_or_else(|| Self::Plain { conv: conv.clone(), input, output }, Self::Packed)
    }

    pub fn run(&mut self, x: &[f32], y: &mut [f32]) {
        match self {
            Self::Packed(packed) => packed.run(x, y),
            Self::Plain { conv, input, output } => {
                for (map, y) in y.chunks_exact_mut(output.rows * output.samples).enumerate() {
                    y.fill(conv.bias_of(map));
                }
                conv.add_product(x, *input, y, *output);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::lanes::tests::{architectures, numbers};

    /// All sizes of tiles, and lines that are shorter than a vector.
    #[test]
    fn bits_do_not_depend_on_the_width_of_vectors() {
        for (maps, channels, taps, samples) in [(40, 3, 25, 130), (13, 2, 4, 20), (1, 1, 64, 300), (6, 1, 3, 9)] {
            let input = Shape::new(1, channels, samples);
            let mut conv = Conv::zeros(maps, 1, channels, taps).with_padding([taps / 2; 2]).with_bias();
            conv.weights = numbers(conv.weights.len(), 1);
            conv.bias = Some(numbers(maps, 2));
            let x = numbers(input.len(), 3);
            let lines = Lines::of(&conv, input).unwrap();
            let made: Vec<Vec<u32>> = architectures()
                .into_iter()
                .map(|arch| {
                    let mut packed = PackedConv::with(arch, &conv, lines, false);
                    let mut y = vec![0.0; packed.outputs()];
                    packed.run(&x, &mut y);
                    y.iter().map(|y| y.to_bits()).collect()
                })
                .collect();
            assert!(made.windows(2).all(|pair| pair[0] == pair[1]), "{maps} {channels} {taps} {samples}");
        }
    }
}
