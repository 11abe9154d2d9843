use super::lanes::{load, store};
use super::overlap_save::{OverlapSave, Spectra};
use crate::{Conv, Shape};
use pulp::{Arch, Simd, WithSimd};

/// A convolution of many lines with many taps, and its transposed product, as products of spectra.
///
/// For 22 channels, 40 filters and 25 taps that is a fifth of the work of [`PackedConv`](super::PackedConv). It gives the same
/// numbers to rounding, not to the bit: for what explains, not for what decides.
///
/// What comes out can stay inside, `[samples, width]` with a map in each column, from where the transposed product takes it
/// back: [`forward_inside`](Self::forward_inside), [`sums`](Self::sums), [`scale`](Self::scale) and
/// [`transposed_inside`](Self::transposed_inside).
#[derive(Debug, Clone)]
pub struct SpectralConv {
    arch: Arch,
    there: OverlapSave,
    back: OverlapSave,
    spectra: Spectra,
}

impl SpectralConv {
    /// For a convolution and input of this shape; nothing where another kernel is for it, or quicker.
    #[must_use]
    pub fn new(conv: &Conv<f32>, input: Shape) -> Option<Self> {
        Self::with(Arch::new(), conv, input).filter(|made| made.there.pays() && made.back.pays())
    }

    fn with(arch: Arch, conv: &Conv<f32>, input: Shape) -> Option<Self> {
        let (there, back) = (OverlapSave::new(arch, conv, input)?, OverlapSave::transposed(arch, conv, input)?);
        Some(Self { arch, spectra: Spectra::of(&[&there, &back]), there, back })
    }

    /// Writes all of `y = Wx + b`. It allocates nothing.
    ///
    /// # Panics
    /// Where `x` is not of the shape of the convolution's input, or `y` not of that of its output.
    pub fn forward(&mut self, x: &[f32], y: &mut [f32]) {
        assert_eq!(y.len(), self.there.outputs(), "values that come out");
        self.forward_inside(x);
        self.there.take_lines(self.back.lanes(), y);
    }

    /// Writes all of `x = Wᵀy`. It allocates nothing.
    ///
    /// # Panics
    /// Where `x` is not of the shape of the convolution's input, or `y` not of that of its output.
    pub fn transposed(&mut self, y: &[f32], x: &mut [f32]) {
        assert_eq!(y.len(), self.there.outputs(), "values that go back");
        self.back.set_lines(y);
        self.transposed_inside(x);
    }

    /// Keeps `y = Wx + b` inside.
    ///
    /// # Panics
    /// Where `x` is not of the shape of the convolution's input.
    pub fn forward_inside(&mut self, x: &[f32]) {
        assert_eq!(x.len(), self.there.inputs(), "values that go in");
        self.there.set_lines(x);
        self.there.run(&mut self.spectra, self.back.lanes_mut());
    }

    /// Writes `x = Wᵀy` of what is inside.
    ///
    /// # Panics
    /// Where `x` is not of the shape of the convolution's input.
    pub fn transposed_inside(&mut self, x: &mut [f32]) {
        assert_eq!(x.len(), self.there.inputs(), "values that come back");
        // What comes back has the place of what went in.
        self.back.run(&mut self.spectra, self.there.lanes_mut());
        self.back.take_lines(self.there.lanes(), x);
    }

    /// Columns of what is inside: the first are maps.
    #[must_use]
    pub fn width(&self) -> usize {
        self.there.width_out()
    }

    /// Writes the sums and the sums of squares of what is inside over stretches of samples that follow one another, between
    /// these bounds: `[stretches, width]`. Each is one chain of additions in the order of time.
    ///
    /// # Panics
    /// Where the bounds are beyond the samples or not in their order, or the sums have not as many values.
    pub fn sums(&self, bounds: &[usize], sums: &mut [f32], squares: &mut [f32]) {
        let (width, values) = (self.width(), self.back.lanes());
        self.arch.dispatch(Sums { bounds, width, values, sums, squares });
    }

    /// Multiplies what is inside with a factor for each stretch, as of [`sums`](Self::sums), and column.
    ///
    /// # Panics
    /// As [`sums`](Self::sums).
    pub fn scale(&mut self, bounds: &[usize], factors: &[f32]) {
        let width = self.width();
        self.arch.dispatch(Scale { bounds, width, values: self.back.lanes_mut(), factors });
    }
}

struct Sums<'a> {
    bounds: &'a [usize],
    width: usize,
    values: &'a [f32],
    sums: &'a mut [f32],
    squares: &'a mut [f32],
}

impl WithSimd for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { bounds, width, values, sums, squares } = self;
        for (n, stretch) in bounds.windows(2).enumerate() {
            let values = &values[stretch[0] * width..stretch[1] * width];
            let (sums, squares) = (&mut sums[n * width..][..width], &mut squares[n * width..][..width]);
            for at in (0..width).step_by(S::F32_LANES) {
                let (mut sum, mut square) = (simd.splat_f32s(0.0), simd.splat_f32s(0.0));
                for values in values.chunks_exact(width) {
                    let value = load::<S>(&values[at..]);
                    sum = simd.add_f32s(sum, value);
                    square = simd.mul_add_f32s(value, value, square);
                }
                store::<S>(&mut sums[at..at + S::F32_LANES], sum);
                store::<S>(&mut squares[at..at + S::F32_LANES], square);
            }
        }
    }
}

struct Scale<'a> {
    bounds: &'a [usize],
    width: usize,
    values: &'a mut [f32],
    factors: &'a [f32],
}

impl WithSimd for Scale<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { bounds, width, values, factors } = self;
        for (n, stretch) in bounds.windows(2).enumerate() {
            let factors = &factors[n * width..][..width];
            for values in values[stretch[0] * width..stretch[1] * width].chunks_exact_mut(width) {
                for at in (0..width).step_by(S::F32_LANES) {
                    let product = simd.mul_f32s(load::<S>(&values[at..]), load::<S>(&factors[at..]));
                    store::<S>(&mut values[at..at + S::F32_LANES], product);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::lanes::tests::{architectures, numbers};

    fn random(maps: usize, channels: usize, taps: usize) -> Conv<f32> {
        let mut conv = Conv::zeros(maps, 1, channels, taps).with_padding([3, 2]);
        conv.weights = numbers(conv.weights.len(), 1);
        conv.bias = Some(numbers(maps, 2));
        conv
    }

    #[test]
    fn what_stays_inside_is_what_comes_out() {
        let (maps, channels, samples) = (19, 3, 250);
        let (conv, input) = (random(maps, channels, 11), Shape::new(1, channels, samples));
        let (output, bounds) = (conv.output(input).unwrap().samples, [0, 20, 27, 150, 245]);
        let segments = bounds.len() - 1;
        let x = numbers(input.len(), 3);
        let all: Vec<[Vec<u32>; 3]> = architectures()
            .into_iter()
            .map(|arch| {
                let mut made = SpectralConv::with(arch, &conv, input).unwrap();
                let mut y = vec![0.0; maps * output];
                made.forward(&x, &mut y);
                made.forward_inside(&x);
                let width = made.width();
                let (mut sums, mut squares) = (vec![f32::NAN; segments * width], vec![f32::NAN; segments * width]);
                made.sums(&bounds, &mut sums, &mut squares);
                let factors = numbers(segments * width, 4);
                made.scale(&bounds, &factors);
                let mut scaled = y.clone();
                for (n, stretch) in bounds.windows(2).enumerate() {
                    for map in 0..maps {
                        let values = &y[map * output..][stretch[0]..stretch[1]];
                        let sum: f64 = values.iter().map(|y| f64::from(*y)).sum();
                        let square: f64 = values.iter().map(|y| f64::from(*y).powi(2)).sum();
                        assert!((f64::from(sums[n * width + map]) - sum).abs() < 1e-4);
                        assert!((f64::from(squares[n * width + map]) / square - 1.0).abs() < 1e-5);
                        let scaled = &mut scaled[map * output..][stretch[0]..stretch[1]];
                        scaled.iter_mut().for_each(|y| *y *= factors[n * width + map]);
                    }
                }
                let (mut inside, mut outside) = (vec![0.0; x.len()], vec![0.0; x.len()]);
                made.transposed_inside(&mut inside);
                made.transposed(&scaled, &mut outside);
                assert_eq!(inside, outside);
                [sums, squares, inside].map(|values| values.iter().map(|value| value.to_bits()).collect())
            })
            .collect();
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "bits do not depend on the width of vectors");
    }

    #[test]
    fn it_is_only_for_what_it_pays_for() {
        let input = Shape::new(1, 22, 1000);
        assert!(SpectralConv::new(&random(40, 22, 25), input).is_some());
        assert!(SpectralConv::new(&random(2, 22, 25), input).is_none(), "few filters");
        assert!(SpectralConv::new(&random(40, 22, 3), input).is_none(), "few taps");
        assert!(SpectralConv::new(&random(40, 22, 100), input).is_none(), "more taps than a block has room for");
    }
}
