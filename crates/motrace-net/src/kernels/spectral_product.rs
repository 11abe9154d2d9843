use super::lanes::{MOST_LANES, load};
use super::spectrum::put;
use pulp::Simd;

/// The products of spectra of lines that go in with those of a kernel.
pub(super) struct SpectralProduct<'a> {
    /// re, im and re + im, `[blocks, bins, 3, width_in]`.
    pub spectra: &'a [f32],
    pub lines_in: usize,
    pub width_in: usize,
    pub width_out: usize,
    pub bins: usize,
}

impl SpectralProduct<'_> {
    /// Adds up over lines, for a vector of lines that come out, and for `B` blocks; gives `B`.
    ///
    /// `weights` begin with those for that vector, `[lines_in, 2, lanes]`; `products` are `[blocks, bins, 2, width_out]`. There
    /// are three products for each complex one: `re = a₁w₁ − a₂w₂`, `im = (a₁ + a₂)(w₁ + w₂) − a₁w₁ − a₂w₂`.
    #[inline(always)]
    pub fn add_up<S: Simd, const B: usize>(
        &self,
        simd: S,
        weights: &[f32],
        at: usize,
        [block, bin]: [usize; 2],
        products: &mut [f32],
    ) -> usize {
        let mut sums = [[simd.splat_f32s(0.0); 3]; B];
        let mut planes: [[&[f32]; 3]; B] = [[&[]; 3]; B];
        for (b, planes) in planes.iter_mut().enumerate() {
            for (plane, values) in planes.iter_mut().enumerate() {
                let first = (((block + b) * self.bins + bin) * 3 + plane) * self.width_in;
                *values = &self.spectra[first..][..self.lines_in];
            }
        }
        for (line, weights) in weights.chunks(2 * MOST_LANES).enumerate().take(self.lines_in) {
            let (re, im) = (load::<S>(weights), load::<S>(&weights[MOST_LANES..]));
            let all = simd.add_f32s(re, im);
            for b in 0..B {
                sums[b][0] = simd.mul_add_f32s(simd.splat_f32s(planes[b][0][line]), re, sums[b][0]);
                sums[b][1] = simd.mul_add_f32s(simd.splat_f32s(planes[b][1][line]), im, sums[b][1]);
                sums[b][2] = simd.mul_add_f32s(simd.splat_f32s(planes[b][2][line]), all, sums[b][2]);
            }
        }
        for (b, [re, im, all]) in sums.into_iter().enumerate() {
            let place = ((block + b) * self.bins + bin) * 2 * self.width_out + at;
            put::<S>(products, place, simd.sub_f32s(re, im));
            put::<S>(products, place + self.width_out, simd.sub_f32s(simd.sub_f32s(all, re), im));
        }
        B
    }
}
