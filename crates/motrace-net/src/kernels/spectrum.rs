use super::lanes::{MOST_LANES, load, store};
use pulp::Simd;
use std::f64::consts::{FRAC_1_SQRT_2, TAU};

/// Samples of a block.
pub(super) const LENGTH: usize = 128;
/// Frequencies of a real block.
pub(super) const BINS: usize = LENGTH / 2 + 1;
/// Complex values that a real block is transformed as.
const HALF: usize = LENGTH / 2;
/// What a transform is made of: eight of eight values, twice.
const RADIX: usize = 8;

/// Sequences being transformed, one in each lane: `[complex values, re or im, lanes]`. No vector lies across two lines of the
/// processor's cache.
#[derive(Debug, Clone)]
#[repr(align(64))]
struct Room([f32; HALF * 2 * MOST_LANES]);

/// Where the complex values of sequences are: this far apart, and their parts so far from there.
#[derive(Debug, Clone, Copy)]
struct Places {
    apart: usize,
    re: usize,
    im: usize,
}

const IN_ROOM: Places = Places { apart: 2 * MOST_LANES, re: 0, im: MOST_LANES };

impl Places {
    /// Of blocks of samples in lanes, `[samples, width]`: even samples are re, odd ones im.
    fn of_samples(width: usize) -> Self {
        Self { apart: 2 * width, re: 0, im: width }
    }
}

/// Fourier transforms of real blocks, as many at once as there are lanes.
///
/// A block is transformed as half as many complex numbers, of its even and its odd samples, by two stages of radix 8 that
/// sort themselves (Stockham). Lanes never meet, so the bits do not depend on the width of the vectors.
#[derive(Debug, Clone)]
pub(super) struct Fourier {
    /// cos, −sin and sin of `2πk/LENGTH`.
    turns: Box<[[f32; 3]; LENGTH]>,
    rooms: Box<[Room; 2]>,
}

impl Fourier {
    /// What both transforms together make too large, and 1/2 of either unpacking.
    pub const SCALE: f64 = 1.0 / (4 * HALF) as f64;

    pub fn new() -> Self {
        let mut turns = Box::new([[0.0; 3]; LENGTH]);
        for (k, turn) in turns.iter_mut().enumerate() {
            let (sin, cos) = (TAU * k as f64 / LENGTH as f64).sin_cos();
            *turn = [cos as f32, -sin as f32, sin as f32];
        }
        Self { turns, rooms: Box::new([Room([0.0; HALF * 2 * MOST_LANES]), Room([0.0; HALF * 2 * MOST_LANES])]) }
    }

    /// cos and sin of `2πk/LENGTH`, in double precision.
    pub fn turn(&self, k: usize) -> [f64; 2] {
        let (sin, cos) = (TAU * (k % LENGTH) as f64 / LENGTH as f64).sin_cos();
        [cos, sin]
    }

    /// Twice the spectra of blocks in lanes, `[samples, width]`: of each frequency re, im and re + im, `width` apart.
    #[inline(always)]
    pub fn forward<S: Simd>(&mut self, simd: S, samples: &[f32], spectra: &mut [f32], width: usize) {
        let Self { turns, rooms } = self;
        let [first, second] = &mut **rooms;
        for at in (0..MOST_LANES).step_by(S::F32_LANES) {
            first_stage(simd, turns, samples, Places::of_samples(width), first, at);
            for q in 0..RADIX {
                let values = eight(simd, read::<S>(&first.0, IN_ROOM, q, at));
                for (k, value) in values.into_iter().enumerate() {
                    set::<S>(second, q + RADIX * k, at, value);
                }
            }
            for k in 0..=HALF / 2 {
                let [z_re, z_im] = get::<S>(&second.0, IN_ROOM, k % HALF, at);
                let [m_re, m_im] = get::<S>(&second.0, IN_ROOM, (HALF - k) % HALF, at);
                // E = Z_k + Z̄_m of the even samples, O = −i (Z_k − Z̄_m) of the odd ones; m is the mirror image of k.
                let (e_re, e_im) = (simd.add_f32s(z_re, m_re), simd.sub_f32s(z_im, m_im));
                let odd = [simd.add_f32s(z_im, m_im), simd.sub_f32s(m_re, z_re)];
                let [p_re, p_im] = turned(simd, odd, turns[k]);
                // S_k = E + wᵏ O, and of the mirror image the conjugate of E − wᵏ O.
                for (bin, [re, im]) in [
                    (HALF - k, [simd.sub_f32s(e_re, p_re), simd.sub_f32s(p_im, e_im)]),
                    (k, [simd.add_f32s(e_re, p_re), simd.add_f32s(e_im, p_im)]),
                ] {
                    let place = bin * 3 * width + at;
                    put::<S>(spectra, place, re);
                    put::<S>(spectra, place + width, im);
                    put::<S>(spectra, place + 2 * width, simd.add_f32s(re, im));
                }
            }
        }
    }

    /// From spectra, re and im of each frequency `width` apart, to the first `count` samples of blocks in lanes,
    /// `[samples, width]`. To each lane something is added.
    #[inline(always)]
    pub fn back<S: Simd>(
        &mut self,
        simd: S,
        spectra: &[f32],
        width: usize,
        bias: &[f32],
        samples: &mut [f32],
        count: usize,
    ) {
        let Self { turns, rooms } = self;
        let [first, second] = &mut **rooms;
        for at in (0..MOST_LANES).step_by(S::F32_LANES) {
            for k in 0..=HALF / 2 {
                let (place, mirrored) = (k * 2 * width + at, (HALF - k) * 2 * width + at);
                let [y_re, y_im] = [load::<S>(&spectra[place..]), load::<S>(&spectra[place + width..])];
                let [m_re, m_im] = [load::<S>(&spectra[mirrored..]), load::<S>(&spectra[mirrored + width..])];
                // E = Y_k + Ȳ_m, D = w⁻ᵏ (Y_k − Ȳ_m), Z_k = E + iD, and of the mirror image the conjugate of E − iD.
                let (e_re, e_im) = (simd.add_f32s(y_re, m_re), simd.sub_f32s(y_im, m_im));
                let apart = [simd.sub_f32s(y_re, m_re), simd.add_f32s(y_im, m_im)];
                let [cos, minus, sin] = turns[k];
                let [d_re, d_im] = turned(simd, apart, [cos, sin, minus]);
                // With re and im exchanged, the transform forward is the one back.
                if k > 0 {
                    set::<S>(first, HALF - k, at, [simd.sub_f32s(d_re, e_im), simd.add_f32s(e_re, d_im)]);
                }
                set::<S>(first, k, at, [simd.add_f32s(e_im, d_re), simd.sub_f32s(e_re, d_im)]);
            }
            first_stage(simd, turns, &first.0, IN_ROOM, second, at);
            let bias = load::<S>(&bias[at..]);
            for q in 0..RADIX {
                let values = eight(simd, read::<S>(&second.0, IN_ROOM, q, at));
                for (k, [im, re]) in values.into_iter().enumerate() {
                    let n = 2 * (q + RADIX * k);
                    if n < count {
                        put::<S>(samples, n * width + at, simd.add_f32s(re, bias));
                    }
                    if n + 1 < count {
                        put::<S>(samples, (n + 1) * width + at, simd.add_f32s(im, bias));
                    }
                }
            }
        }
    }
}

// Each step is a function that is always inlined: a closure handed to the standard library would not have this processor's
// instructions.

/// The first of two stages: eight transforms of eight values that are eight apart, each value turned.
#[inline(always)]
fn first_stage<S: Simd>(
    simd: S,
    turns: &[[f32; 3]; LENGTH],
    values: &[f32],
    places: Places,
    room: &mut Room,
    at: usize,
) {
    for p in 0..RADIX {
        let values = eight(simd, read::<S>(values, places, p, at));
        for (k, value) in values.into_iter().enumerate() {
            let turned = if k == 0 { value } else { turned(simd, value, turns[2 * p * k]) };
            set::<S>(room, RADIX * p + k, at, turned);
        }
    }
}

/// Values that are eight apart, from one on.
#[inline(always)]
fn read<S: Simd>(values: &[f32], places: Places, from: usize, at: usize) -> [[S::f32s; 2]; RADIX] {
    [
        get::<S>(values, places, from, at),
        get::<S>(values, places, from + RADIX, at),
        get::<S>(values, places, from + 2 * RADIX, at),
        get::<S>(values, places, from + 3 * RADIX, at),
        get::<S>(values, places, from + 4 * RADIX, at),
        get::<S>(values, places, from + 5 * RADIX, at),
        get::<S>(values, places, from + 6 * RADIX, at),
        get::<S>(values, places, from + 7 * RADIX, at),
    ]
}

#[inline(always)]
fn get<S: Simd>(values: &[f32], places: Places, n: usize, at: usize) -> [S::f32s; 2] {
    let place = n * places.apart + at;
    [load::<S>(&values[place + places.re..]), load::<S>(&values[place + places.im..])]
}

#[inline(always)]
fn set<S: Simd>(room: &mut Room, n: usize, at: usize, [re, im]: [S::f32s; 2]) {
    put::<S>(&mut room.0, n * IN_ROOM.apart + IN_ROOM.re + at, re);
    put::<S>(&mut room.0, n * IN_ROOM.apart + IN_ROOM.im + at, im);
}

#[inline(always)]
pub(super) fn put<S: Simd>(values: &mut [f32], place: usize, vector: S::f32s) {
    store::<S>(&mut values[place..place + S::F32_LANES], vector);
}

/// The transform of eight values: of sums and differences of the first four and the last four.
#[inline(always)]
fn eight<S: Simd>(simd: S, x: [[S::f32s; 2]; RADIX]) -> [[S::f32s; 2]; RADIX] {
    let (half, minus) = (simd.splat_f32s(FRAC_1_SQRT_2 as f32), simd.splat_f32s(-FRAC_1_SQRT_2 as f32));
    let [x0, x1, x2, x3, x4, x5, x6, x7] = x;
    let sums = [add(simd, x0, x4), add(simd, x1, x5), add(simd, x2, x6), add(simd, x3, x7)];
    let ([re1, im1], [re3, im3]) = (sub(simd, x1, x5), sub(simd, x3, x7));
    let differences = [
        sub(simd, x0, x4),
        // Times (1 − i)/√2, −i and (−1 − i)/√2.
        [simd.mul_f32s(simd.add_f32s(re1, im1), half), simd.mul_f32s(simd.sub_f32s(im1, re1), half)],
        minus_i(simd, x2, x6),
        [simd.mul_f32s(simd.sub_f32s(im3, re3), half), simd.mul_f32s(simd.add_f32s(re3, im3), minus)],
    ];
    let [y0, y2, y4, y6] = four(simd, sums);
    let [y1, y3, y5, y7] = four(simd, differences);
    [y0, y1, y2, y3, y4, y5, y6, y7]
}

/// The transform of four values.
#[inline(always)]
fn four<S: Simd>(simd: S, [a, b, c, d]: [[S::f32s; 2]; 4]) -> [[S::f32s; 2]; 4] {
    let (apc, amc, bpd, bmd) = (add(simd, a, c), sub(simd, a, c), add(simd, b, d), minus_i(simd, b, d));
    [add(simd, apc, bpd), add(simd, amc, bmd), sub(simd, apc, bpd), sub(simd, amc, bmd)]
}

/// `−i (a − b)`.
#[inline(always)]
fn minus_i<S: Simd>(simd: S, a: [S::f32s; 2], b: [S::f32s; 2]) -> [S::f32s; 2] {
    [simd.sub_f32s(a[1], b[1]), simd.sub_f32s(b[0], a[0])]
}

#[inline(always)]
fn add<S: Simd>(simd: S, a: [S::f32s; 2], b: [S::f32s; 2]) -> [S::f32s; 2] {
    [simd.add_f32s(a[0], b[0]), simd.add_f32s(a[1], b[1])]
}

#[inline(always)]
fn sub<S: Simd>(simd: S, a: [S::f32s; 2], b: [S::f32s; 2]) -> [S::f32s; 2] {
    [simd.sub_f32s(a[0], b[0]), simd.sub_f32s(a[1], b[1])]
}

/// Times `cos + i im`, which comes with −im.
#[inline(always)]
fn turned<S: Simd>(simd: S, a: [S::f32s; 2], [cos, im, minus]: [f32; 3]) -> [S::f32s; 2] {
    let (cos, im, minus) = (simd.splat_f32s(cos), simd.splat_f32s(im), simd.splat_f32s(minus));
    [simd.mul_add_f32s(a[0], cos, simd.mul_f32s(a[1], minus)), simd.mul_add_f32s(a[0], im, simd.mul_f32s(a[1], cos))]
}
