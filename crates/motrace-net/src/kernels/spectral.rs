use super::lanes::{MOST_LANES, load};
use super::lines::Lines;
use super::spectrum::{BINS, Fourier, LENGTH, Row, set_bin};
use crate::{Conv, Shape};
use pulp::{Arch, Simd, WithSimd};

/// A convolution with this many taps leaves most of a block's samples to be new ones.
const MOST_TAPS: usize = LENGTH / 2;
/// What the two transforms of a block of one line cost, in multiply-adds; measured beside the kernels along time.
const TRANSFORM_COST: usize = 6000;

/// A convolution of many lines with many taps as products of spectra, by overlap-save (Stockham 1966).
///
/// Lines are cut into blocks that overlap by the taps, each block's Fourier transform is multiplied with that of the kernel at
/// each frequency, where the convolution is a product of a matrix and a vector, and what comes back is cut to what no end of a
/// block has touched. For 22 channels, 40 filters and 25 taps that is a fourth of the work of [`PackedConv`](super::PackedConv).
/// It gives the same numbers to rounding, not to the bit: for what explains, not for what decides.
#[derive(Debug, Clone)]
pub struct SpectralConv {
    arch: Arch,
    fourier: Fourier,
    lines: Lines,
    /// New samples of each block.
    step: usize,
    /// `[bins, lines_in, 2, rows of lines_out]`, conjugate, with the factors that the transforms leave out.
    weights: Vec<f32>,
    bias: Vec<f32>,
    /// Of what goes in: `[bins, 2, rows of blocks × lines_in]`.
    spectra: Vec<f32>,
    /// Of what comes out: `[blocks, bins, 2, rows of lines_out]`.
    products: Vec<f32>,
    room: Box<[[Row; 2]; LENGTH]>,
}

impl SpectralConv {
    /// For a convolution and input of this shape; nothing where another kernel is for it, or quicker.
    #[must_use]
    pub fn new(conv: &Conv<f32>, input: Shape) -> Option<Self> {
        Self::with(Arch::new(), conv, Lines::of(conv, input)?, false).filter(Self::pays)
    }

    /// The transposed product `x = Wᵀy`, without bias; `input` is the shape of the convolution's input. Nothing where another
    /// kernel is for it, or quicker.
    #[must_use]
    pub fn transposed(conv: &Conv<f32>, input: Shape) -> Option<Self> {
        Self::with(Arch::new(), conv, Lines::of(conv, input)?.transposed()?, true).filter(Self::pays)
    }

    fn with(arch: Arch, conv: &Conv<f32>, lines: Lines, turned: bool) -> Option<Self> {
        if (lines.groups, lines.repeats) != (1, 1) || lines.taps > MOST_TAPS || lines.samples_out == 0 {
            return None;
        }
        let step = LENGTH + 1 - lines.taps;
        let blocks = lines.samples_out.div_ceil(step);
        let (rows_in, rows_out) = (rows(blocks * lines.lines_in), rows(lines.lines_out));
        let mut made = Self {
            arch,
            fourier: Fourier::new(),
            lines,
            step,
            weights: Vec::new(),
            bias: if turned { Vec::new() } else { conv.bias.clone().unwrap_or_default() },
            spectra: vec![0.0; BINS * 2 * rows_in * MOST_LANES],
            products: vec![0.0; blocks * BINS * 2 * rows_out * MOST_LANES],
            room: Box::new([[[0.0; MOST_LANES]; 2]; LENGTH]),
        };
        made.weights = made.spectra_of(conv, turned);
        Some(made)
    }

    /// The Fourier transform of each kernel, in double precision.
    fn spectra_of(&self, conv: &Conv<f32>, turned: bool) -> Vec<f32> {
        let Lines { lines_in, lines_out, taps, .. } = self.lines;
        let row = rows(lines_out) * MOST_LANES;
        let mut weights = vec![0.0; BINS * lines_in * 2 * row];
        for line_out in 0..lines_out {
            for line_in in 0..lines_in {
                let kernel = |tap: usize| {
                    f64::from(if turned {
                        conv.weights[(line_in * lines_out + line_out) * taps + taps - 1 - tap]
                    } else {
                        conv.weights[(line_out * lines_in + line_in) * taps + tap]
                    })
                };
                for bin in 0..BINS {
                    let (mut re, mut im) = (0.0, 0.0);
                    for tap in 0..taps {
                        let [cos, sin] = self.fourier.turn(bin * tap);
                        re += kernel(tap) * cos;
                        // The conjugate of e^(−iφ).
                        im += kernel(tap) * sin;
                    }
                    let place = (bin * lines_in + line_in) * 2 * row + line_out;
                    weights[place] = (re * Fourier::SCALE) as f32;
                    weights[place + row] = (im * Fourier::SCALE) as f32;
                }
            }
        }
        weights
    }

    /// Whether it is quicker than a kernel along time.
    fn pays(&self) -> bool {
        let Lines { lines_in, lines_out, taps, samples_out, .. } = self.lines;
        let products = 4 * BINS * lines_in * rows(lines_out) * MOST_LANES;
        let transforms = TRANSFORM_COST * (lines_in + rows(lines_out) * MOST_LANES);
        3 * self.blocks() * (products + transforms) < 2 * lines_in * lines_out * taps * samples_out
    }

    fn blocks(&self) -> usize {
        self.lines.samples_out.div_ceil(self.step)
    }

    /// How many values go in.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.lines.lines_in * self.lines.samples_in
    }

    /// How many values come out.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.lines.lines_out * self.lines.samples_out
    }

    /// Writes all of `y`. It allocates nothing.
    ///
    /// # Panics
    /// Where `x` has not [`SpectralConv::inputs`] values, or `y` not [`SpectralConv::outputs`].
    pub fn run(&mut self, x: &[f32], y: &mut [f32]) {
        assert_eq!([x.len(), y.len()], [self.inputs(), self.outputs()], "values that go in and come out");
        let arch = self.arch;
        arch.dispatch(Run { conv: self, x, y });
    }
}

/// Rows of lanes that so many values fill.
fn rows(values: usize) -> usize {
    values.div_ceil(MOST_LANES)
}

struct Run<'a> {
    conv: &'a mut SpectralConv,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { conv, x, y } = self;
        conv.transform_in(simd, x);
        conv.multiply(simd);
        conv.transform_out(simd, y);
    }
}

impl SpectralConv {
    /// Fills in the spectra of all blocks of all lines; a row of lanes has as many of them.
    #[inline(always)]
    fn transform_in<S: Simd>(&mut self, simd: S, x: &[f32]) {
        let Lines { lines_in, samples_in, before, .. } = self.lines;
        let sequences = self.blocks() * lines_in;
        let rows_in = rows(sequences);
        for row in 0..rows_in {
            for lane in 0..MOST_LANES {
                let sequence = row * MOST_LANES + lane;
                // Lanes that nothing is in stay as they are; nobody reads what comes of them.
                if sequence >= sequences {
                    break;
                }
                let line = &x[sequence % lines_in * samples_in..][..samples_in];
                let first = sequence / lines_in * self.step;
                let zeros = before.saturating_sub(first).min(LENGTH);
                let from = (first + zeros - before).min(samples_in);
                let there = (samples_in - from).min(LENGTH - zeros);
                self.fourier.set_lane(&mut self.room, lane, zeros, &line[from..from + there]);
            }
            let spectra = &mut self.spectra[row * MOST_LANES..];
            self.fourier.forward(simd, &mut self.room, spectra, rows_in * MOST_LANES);
        }
    }

    /// Multiplies each spectrum with those of the kernels, and adds up over lines.
    #[inline(always)]
    fn multiply<S: Simd>(&mut self, simd: S) {
        let Lines { lines_in, lines_out, .. } = self.lines;
        let (blocks, width) = (self.blocks(), rows(lines_out) * MOST_LANES);
        let stride = rows(blocks * lines_in) * MOST_LANES;
        let most = if S::REGISTER_COUNT >= 32 { 3 } else { 1 };
        for bin in 0..BINS {
            let weights = &self.weights[bin * lines_in * 2 * width..][..lines_in * 2 * width];
            let spectra = &self.spectra[bin * 2 * stride..][..2 * stride];
            for pair in 0..blocks.div_ceil(2) {
                // The last one alone is paired with itself.
                let pair = [2 * pair, (2 * pair + 1).min(blocks - 1)];
                let product = Product { weights, width, lines_in, spectra, stride, pair };
                let mut at = 0;
                while at < width {
                    let rest = (width - at) / S::F32_LANES;
                    let places = [(pair[0] * BINS + bin) * 2 * width + at, (pair[1] * BINS + bin) * 2 * width + at];
                    at += S::F32_LANES
                        * match rest.min(most) {
                            3 => product.add_up::<S, 3>(simd, at, &mut self.products, places),
                            2 => product.add_up::<S, 2>(simd, at, &mut self.products, places),
                            _ => product.add_up::<S, 1>(simd, at, &mut self.products, places),
                        };
                }
            }
        }
    }

    /// Brings the products back to samples, and those to their places.
    #[inline(always)]
    fn transform_out<S: Simd>(&mut self, simd: S, y: &mut [f32]) {
        let Lines { lines_out, samples_out, .. } = self.lines;
        let width = rows(lines_out) * MOST_LANES;
        for block in 0..self.blocks() {
            let first = block * self.step;
            let count = self.step.min(samples_out - first);
            for row in 0..rows(lines_out) {
                let products = &self.products[block * BINS * 2 * width + row * MOST_LANES..];
                self.fourier.back(simd, products, width, &mut self.room);
                for lane in 0..MOST_LANES.min(lines_out - row * MOST_LANES) {
                    let line = row * MOST_LANES + lane;
                    let bias = self.bias.get(line).copied().unwrap_or(0.0);
                    let y = &mut y[line * samples_out + first..][..count];
                    self.fourier.take_lane(&self.room, lane, bias, y);
                }
            }
        }
    }
}

/// The product of a kernel's spectra with those of two blocks, at one frequency.
struct Product<'a> {
    weights: &'a [f32],
    width: usize,
    lines_in: usize,
    spectra: &'a [f32],
    stride: usize,
    pair: [usize; 2],
}

impl Product<'_> {
    /// For `V` vectors of lines that come out, from `at` on; gives `V`.
    #[inline(always)]
    fn add_up<S: Simd, const V: usize>(&self, simd: S, at: usize, products: &mut [f32], places: [usize; 2]) -> usize {
        let zero = simd.splat_f32s(0.0);
        let (mut re_a, mut im_a, mut re_b, mut im_b) = ([zero; V], [zero; V], [zero; V], [zero; V]);
        let (re, im) = self.spectra.split_at(self.stride);
        let (a, b) = (self.pair[0] * self.lines_in, self.pair[1] * self.lines_in);
        let a = re[a..a + self.lines_in].iter().zip(&im[a..a + self.lines_in]);
        let b = re[b..b + self.lines_in].iter().zip(&im[b..b + self.lines_in]);
        for ((weights, (a_re, a_im)), (b_re, b_im)) in self.weights.chunks_exact(2 * self.width).zip(a).zip(b) {
            let (w_re, w_im) = weights.split_at(self.width);
            let (w_re, w_im) = (&w_re[at..at + V * S::F32_LANES], &w_im[at..at + V * S::F32_LANES]);
            let (a_re, a_im, a_minus) = (simd.splat_f32s(*a_re), simd.splat_f32s(*a_im), simd.splat_f32s(-*a_im));
            let (b_re, b_im, b_minus) = (simd.splat_f32s(*b_re), simd.splat_f32s(*b_im), simd.splat_f32s(-*b_im));
            for v in 0..V {
                let u_re = load::<S>(&w_re[v * S::F32_LANES..]);
                let u_im = load::<S>(&w_im[v * S::F32_LANES..]);
                re_a[v] = simd.mul_add_f32s(a_re, u_re, re_a[v]);
                im_a[v] = simd.mul_add_f32s(a_re, u_im, im_a[v]);
                re_b[v] = simd.mul_add_f32s(b_re, u_re, re_b[v]);
                im_b[v] = simd.mul_add_f32s(b_re, u_im, im_b[v]);
                re_a[v] = simd.mul_add_f32s(a_minus, u_im, re_a[v]);
                im_a[v] = simd.mul_add_f32s(a_im, u_re, im_a[v]);
                re_b[v] = simd.mul_add_f32s(b_minus, u_im, re_b[v]);
                im_b[v] = simd.mul_add_f32s(b_im, u_re, im_b[v]);
            }
        }
        for v in 0..V {
            let (a, b) = (places[0] + v * S::F32_LANES, places[1] + v * S::F32_LANES);
            set_bin::<S>(products, a, self.width, [re_a[v], im_a[v]]);
            set_bin::<S>(products, b, self.width, [re_b[v], im_b[v]]);
        }
        V
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::lanes::tests::{architectures, numbers};

    fn random(maps: usize, channels: usize, taps: usize, padding: [usize; 2]) -> Conv<f32> {
        let mut conv = Conv::zeros(maps, 1, channels, taps).with_padding(padding).with_bias();
        conv.weights = numbers(conv.weights.len(), 1);
        conv.bias = Some(numbers(maps, 2));
        conv
    }

    /// One block and several, with and without zeros at the ends, lines that fill their lanes and that do not.
    const CASES: [(usize, usize, usize, [usize; 2], usize); 6] = [
        (40, 22, 25, [0, 0], 1000),
        (3, 2, 1, [0, 0], 5),
        (17, 16, 64, [63, 63], 200),
        (16, 5, 64, [31, 32], 129),
        (1, 1, 10, [4, 5], 128),
        (33, 3, 7, [0, 6], 300),
    ];

    #[test]
    fn it_is_the_convolution_and_its_transpose() {
        for (maps, channels, taps, padding, samples) in CASES {
            let (conv, input) = (random(maps, channels, taps, padding), Shape::new(1, channels, samples));
            let output = conv.output(input).unwrap();
            let (x, g) = (numbers(input.len(), 3), numbers(output.len(), 4));
            let at = |c: usize, t: usize, tap: usize| {
                (t + tap).checked_sub(padding[0]).filter(|s| *s < samples).map(|s| c * samples + s)
            };
            let (mut y, mut back) = (vec![0.0_f64; output.len()], vec![0.0_f64; input.len()]);
            for k in 0..maps {
                for t in 0..output.samples {
                    let place = k * output.samples + t;
                    y[place] = f64::from(conv.bias.as_ref().unwrap()[k]);
                    for c in 0..channels {
                        for tap in 0..taps {
                            let Some(from) = at(c, t, tap) else { continue };
                            let weight = f64::from(conv.weights[(k * channels + c) * taps + tap]);
                            y[place] += weight * f64::from(x[from]);
                            back[from] += weight * f64::from(g[place]);
                        }
                    }
                }
            }
            let lines = Lines::of(&conv, input).unwrap();
            let check = |mut made: SpectralConv, from: &[f32], wanted: &[f64]| {
                let mut values = vec![f32::NAN; wanted.len()];
                // Twice: nothing of a run before is left.
                made.run(&vec![9.0; from.len()], &mut values);
                made.run(from, &mut values);
                let size = wanted.iter().map(|w| w * w).sum::<f64>().sqrt();
                let apart = values.iter().zip(wanted).map(|(v, w)| (f64::from(*v) - w).powi(2)).sum::<f64>().sqrt();
                assert!(apart <= 5e-7 * size, "{} of {maps} {channels} {taps} {padding:?} {samples}", apart / size);
            };
            check(SpectralConv::with(Arch::new(), &conv, lines, false).unwrap(), &x, &y);
            let turned = lines.transposed().unwrap();
            check(SpectralConv::with(Arch::new(), &conv, turned, true).unwrap(), &g, &back);
        }
    }

    #[test]
    fn bits_do_not_depend_on_the_width_of_vectors() {
        for (maps, channels, taps, padding, samples) in CASES {
            let (conv, input) = (random(maps, channels, taps, padding), Shape::new(1, channels, samples));
            let lines = Lines::of(&conv, input).unwrap();
            let x = numbers(input.len(), 3);
            let made: Vec<Vec<u32>> = architectures()
                .into_iter()
                .map(|arch| {
                    let mut conv = SpectralConv::with(arch, &conv, lines, false).unwrap();
                    let mut y = vec![0.0; conv.outputs()];
                    conv.run(&x, &mut y);
                    y.iter().map(|y| y.to_bits()).collect()
                })
                .collect();
            assert!(made.windows(2).all(|pair| pair[0] == pair[1]), "{maps} {channels} {taps} {samples}");
        }
    }

    #[test]
    fn it_is_only_for_what_it_pays_for() {
        let input = Shape::new(1, 22, 1000);
        assert!(SpectralConv::new(&random(40, 22, 25, [0, 0]), input).is_some());
        assert!(SpectralConv::transposed(&random(40, 22, 25, [0, 0]), input).is_some());
        assert!(SpectralConv::new(&random(2, 22, 25, [0, 0]), input).is_none(), "few filters");
        assert!(SpectralConv::new(&random(40, 22, 3, [0, 0]), input).is_none(), "few taps");
        assert!(
            SpectralConv::new(&random(40, 22, 100, [0, 0]), input).is_none(),
            "more taps than a block has room for"
        );
    }
}
