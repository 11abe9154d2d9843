use super::aligned::Aligned;
use super::lanes::MOST_LANES;
use super::lines::Lines;
use super::spectral_product::SpectralProduct;
use super::spectrum::{BINS, Fourier, LENGTH};
use crate::{Conv, Shape};
use pulp::{Arch, Simd, WithSimd};

/// A convolution with this many taps leaves most of a block's samples to be new ones.
const MOST_TAPS: usize = LENGTH / 2;
/// What the transform of a block of one line costs, in multiply-adds of spectra: about 3000 as measured, and the line's way to
/// its lane or from there.
const TRANSFORM_COST: usize = 4000;

/// A convolution as products of spectra, by overlap-save (Stockham 1966).
///
/// Lines are cut into blocks that overlap by the taps, each block's Fourier transform is multiplied with that of the kernel at
/// each frequency, where the convolution is a product of a matrix and a vector, and what comes back is cut to what no end of a
/// block has touched.
///
/// Lines are in lanes: `[samples, width]`, a line in each column, and zeros in the columns that are left.
#[derive(Debug, Clone)]
pub(super) struct OverlapSave {
    arch: Arch,
    fourier: Fourier,
    lines: Lines,
    /// New samples of each block.
    step: usize,
    /// `[bins, rows of lines_out, lines_in, 2, lanes]`, conjugate, with the factors that the transforms leave out.
    weights: Aligned,
    /// `[width of lines_out]`.
    bias: Vec<f32>,
    /// What goes in, in lanes, from the first zero of the first block to the last of the last.
    lanes: Aligned,
}

/// Spectra that a convolution works on. Several convolutions can take turns with the same: what is small stays in the
/// processor's cache.
#[derive(Debug, Clone)]
pub(super) struct Spectra {
    /// Of what goes in, re, im and re + im: `[blocks, bins, 3, width of lines_in]`.
    there: Aligned,
    /// Of what comes out: `[blocks, bins, 2, width of lines_out]`.
    back: Aligned,
}

impl Spectra {
    /// Room for those of these convolutions.
    pub fn of(convs: &[&OverlapSave]) -> Self {
        let most = |width: fn(&OverlapSave) -> usize| {
            convs.iter().map(|conv| conv.blocks() * BINS * width(conv)).max().unwrap_or(0)
        };
        Self {
            there: Aligned::zeros(3 * most(OverlapSave::width_in)),
            back: Aligned::zeros(2 * most(OverlapSave::width_out)),
        }
    }
}

impl OverlapSave {
    /// For a convolution and input of this shape; nothing where another kernel is for it.
    pub fn new(arch: Arch, conv: &Conv<f32>, input: Shape) -> Option<Self> {
        Self::with(arch, conv, Lines::of(conv, input)?, false)
    }

    /// The transposed product `x = Wᵀy`, without bias; `input` is the shape of the convolution's input. Nothing where another
    /// kernel is for it.
    pub fn transposed(arch: Arch, conv: &Conv<f32>, input: Shape) -> Option<Self> {
        Self::with(arch, conv, Lines::of(conv, input)?.transposed()?, true)
    }

    fn with(arch: Arch, conv: &Conv<f32>, lines: Lines, turned: bool) -> Option<Self> {
        if (lines.groups, lines.repeats) != (1, 1) || lines.taps > MOST_TAPS || lines.samples_out == 0 {
            return None;
        }
        let step = LENGTH + 1 - lines.taps;
        let blocks = lines.samples_out.div_ceil(step);
        let (width_in, width_out) = (width_of(lines.lines_in), width_of(lines.lines_out));
        let mut bias = vec![0.0; width_out];
        if let (false, Some(of_conv)) = (turned, &conv.bias) {
            bias[..of_conv.len()].copy_from_slice(of_conv);
        }
        let mut made = Self {
            arch,
            fourier: Fourier::new(),
            lines,
            step,
            weights: Aligned::zeros(0),
            bias,
            lanes: Aligned::zeros(((blocks - 1) * step + LENGTH) * width_in),
        };
        made.weights = made.spectra_of(conv, turned);
        Some(made)
    }

    /// The Fourier transform of each kernel, in double precision.
    fn spectra_of(&self, conv: &Conv<f32>, turned: bool) -> Aligned {
        let Lines { lines_in, lines_out, taps, .. } = self.lines;
        let rows = self.width_out() / MOST_LANES;
        let mut weights = Aligned::zeros(BINS * lines_in * 2 * self.width_out());
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
                    let (row, lane) = (line_out / MOST_LANES, line_out % MOST_LANES);
                    let place = ((bin * rows + row) * lines_in + line_in) * 2 * MOST_LANES + lane;
                    weights[place] = (re * Fourier::SCALE) as f32;
                    weights[place + MOST_LANES] = (im * Fourier::SCALE) as f32;
                }
            }
        }
        weights
    }

    /// Whether it is quicker than a kernel along time.
    pub fn pays(&self) -> bool {
        let Lines { lines_in, lines_out, taps, samples_out, .. } = self.lines;
        let products = 3 * BINS * lines_in * self.width_out();
        let transforms = TRANSFORM_COST * (self.width_in() + self.width_out());
        3 * self.blocks() * (products + transforms) < 2 * lines_in * lines_out * taps * samples_out
    }

    fn blocks(&self) -> usize {
        self.lines.samples_out.div_ceil(self.step)
    }

    fn width_in(&self) -> usize {
        width_of(self.lines.lines_in)
    }

    /// Columns of what comes out in lanes.
    pub fn width_out(&self) -> usize {
        width_of(self.lines.lines_out)
    }

    /// How many values go in.
    pub fn inputs(&self) -> usize {
        self.lines.lines_in * self.lines.samples_in
    }

    /// How many values come out.
    pub fn outputs(&self) -> usize {
        self.lines.lines_out * self.lines.samples_out
    }

    /// What goes in, `[samples, width]`; whoever writes here leaves zeros in the columns that no line is in.
    pub fn lanes_mut(&mut self) -> &mut [f32] {
        let width = self.width_in();
        &mut self.lanes[self.lines.before * width..][..self.lines.samples_in * width]
    }

    /// As [`OverlapSave::lanes_mut`].
    pub fn lanes(&self) -> &[f32] {
        let width = self.width_in();
        &self.lanes[self.lines.before * width..][..self.lines.samples_in * width]
    }

    /// Puts lines of samples where they go in.
    pub fn set_lines(&mut self, x: &[f32]) {
        let (width, samples) = (self.width_in(), self.lines.samples_in);
        let lanes = self.lanes_mut();
        for (part, lanes) in lanes.chunks_mut(AT_ONCE * width).enumerate() {
            for (column, line) in x.chunks_exact(samples).enumerate() {
                let line = &line[part * AT_ONCE..];
                for (sample, lanes) in line.iter().zip(lanes.chunks_exact_mut(width)) {
                    lanes[column] = *sample;
                }
            }
        }
    }

    /// Takes lines of samples from what came out in lanes.
    pub fn take_lines(&self, lanes: &[f32], y: &mut [f32]) {
        let (width, samples) = (self.width_out(), self.lines.samples_out);
        for (part, lanes) in lanes.chunks(AT_ONCE * width).enumerate() {
            for (column, line) in y.chunks_exact_mut(samples).enumerate() {
                let line = &mut line[part * AT_ONCE..];
                for (sample, lanes) in line.iter_mut().zip(lanes.chunks_exact(width)) {
                    *sample = lanes[column];
                }
            }
        }
    }

    /// Writes what comes out of what has gone in, in lanes. It allocates nothing.
    pub fn run(&mut self, spectra: &mut Spectra, out: &mut [f32]) {
        let arch = self.arch;
        arch.dispatch(Run { conv: self, spectra, out });
    }
}

/// Samples that are brought from lines to lanes at once, or back.
const AT_ONCE: usize = 16;

/// Lanes of the rows that so many lines fill.
fn width_of(lines: usize) -> usize {
    lines.next_multiple_of(MOST_LANES)
}

struct Run<'a> {
    conv: &'a mut OverlapSave,
    spectra: &'a mut Spectra,
    out: &'a mut [f32],
}

impl WithSimd for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { conv, spectra, out } = self;
        conv.transform_in(simd, &mut spectra.there);
        conv.multiply(simd, &spectra.there, &mut spectra.back);
        conv.transform_out(simd, &spectra.back, out);
    }
}

impl OverlapSave {
    /// Fills in the spectra of all blocks of all lines.
    #[inline(always)]
    fn transform_in<S: Simd>(&mut self, simd: S, spectra: &mut [f32]) {
        let width = self.width_in();
        let blocks = spectra.chunks_exact_mut(BINS * 3 * width).take(self.blocks());
        for (block, spectra) in blocks.enumerate() {
            let samples = &self.lanes[block * self.step * width..];
            for row in (0..width).step_by(MOST_LANES) {
                self.fourier.forward(simd, &samples[row..], &mut spectra[row..], width);
            }
        }
    }

    /// Multiplies each spectrum with those of the kernels, and adds up over lines.
    #[inline(always)]
    fn multiply<S: Simd>(&self, simd: S, spectra: &[f32], products: &mut [f32]) {
        let (lines_in, blocks, width_out) = (self.lines.lines_in, self.blocks(), self.width_out());
        let product = SpectralProduct { spectra, lines_in, width_in: self.width_in(), width_out, bins: BINS };
        // Three sums of each block, a weight and its parts have to fit the registers.
        let most = if S::REGISTER_COUNT >= 32 { 5 } else { 4 };
        // Weights are read one after the other.
        let rows = self.weights.chunks_exact(lines_in * 2 * MOST_LANES);
        for (place, weights) in rows.enumerate() {
            let (bin, row) = (place * MOST_LANES / width_out, place * MOST_LANES % width_out);
            for at in (0..MOST_LANES).step_by(S::F32_LANES) {
                let mut block = 0;
                while block < blocks {
                    let from = [block, bin];
                    block += match (blocks - block).min(most) {
                        5 => product.add_up::<S, 5>(simd, &weights[at..], row + at, from, products),
                        4 => product.add_up::<S, 4>(simd, &weights[at..], row + at, from, products),
                        3 => product.add_up::<S, 3>(simd, &weights[at..], row + at, from, products),
                        2 => product.add_up::<S, 2>(simd, &weights[at..], row + at, from, products),
                        _ => product.add_up::<S, 1>(simd, &weights[at..], row + at, from, products),
                    };
                }
            }
        }
    }

    /// Brings the products back to samples, and those to their places.
    #[inline(always)]
    fn transform_out<S: Simd>(&mut self, simd: S, products: &[f32], out: &mut [f32]) {
        let (width, step) = (self.width_out(), self.step);
        let blocks = products.chunks_exact(BINS * 2 * width).take(self.blocks());
        for (block, products) in blocks.enumerate() {
            let first = block * step;
            let count = step.min(self.lines.samples_out - first);
            let out = &mut out[first * width..];
            for row in (0..width).step_by(MOST_LANES) {
                let bias = &self.bias[row..];
                self.fourier.back(simd, &products[row..], width, bias, &mut out[row..], count);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::lanes::tests::{architectures, numbers};

    /// A convolution of one map of as many rows as there are channels.
    fn random(maps: usize, channels: usize, taps: usize, padding: [usize; 2]) -> Conv<f32> {
        let mut conv = Conv::zeros(maps, 1, channels, taps).with_padding(padding);
        conv.weights = numbers(conv.weights.len(), 1);
        conv.bias = Some(numbers(maps, 2));
        conv
    }

    // One block and several, with and without zeros at the ends, lines that fill their lanes and that do not.
    const CASES: [(usize, usize, usize, [usize; 2], usize); 6] = [
        (40, 22, 25, [0, 0], 1000),
        (3, 2, 1, [0, 0], 5),
        (17, 16, 64, [63, 63], 200),
        (16, 5, 64, [31, 32], 129),
        (1, 1, 10, [4, 5], 128),
        (33, 3, 7, [0, 6], 300),
    ];

    fn run(made: &mut OverlapSave, x: &[f32]) -> Vec<f32> {
        let mut lanes = vec![f32::NAN; made.lines.samples_out * made.width_out()];
        let (mut spectra, mut y) = (Spectra::of(&[made]), vec![f32::NAN; made.outputs()]);
        made.set_lines(x);
        made.run(&mut spectra, &mut lanes);
        made.take_lines(&lanes, &mut y);
        for lanes in lanes.chunks_exact(made.width_out()) {
            assert!(lanes[made.lines.lines_out..].iter().all(|y| *y == 0.0), "columns that no line is in");
        }
        y
    }

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
            let check = |made: Option<OverlapSave>, from: &[f32], wanted: &[f64]| {
                let mut made = made.unwrap();
                // Twice: nothing of a run before is left.
                run(&mut made, &vec![9.0; from.len()]);
                let values = run(&mut made, from);
                let size = wanted.iter().map(|w| w * w).sum::<f64>().sqrt();
                let apart = values.iter().zip(wanted).map(|(v, w)| (f64::from(*v) - w).powi(2)).sum::<f64>().sqrt();
                assert!(apart <= 5e-7 * size, "{} of {maps} {channels} {taps} {padding:?} {samples}", apart / size);
            };
            check(OverlapSave::new(Arch::new(), &conv, input), &x, &y);
            check(OverlapSave::transposed(Arch::new(), &conv, input), &g, &back);
        }
    }

    #[test]
    fn bits_do_not_depend_on_the_width_of_vectors() {
        for (maps, channels, taps, padding, samples) in CASES {
            let (conv, input) = (random(maps, channels, taps, padding), Shape::new(1, channels, samples));
            let x = numbers(input.len(), 3);
            let bits = |arch| {
                let y = run(&mut OverlapSave::new(arch, &conv, input).unwrap(), &x);
                y.iter().map(|y| y.to_bits()).collect::<Vec<u32>>()
            };
            let made: Vec<Vec<u32>> = architectures().into_iter().map(bits).collect();
            assert!(made.windows(2).all(|pair| pair[0] == pair[1]), "{maps} {channels} {taps} {samples}");
        }
    }
}
