use super::lanes::{MOST_LANES, load, store};
use pulp::Simd;
use std::f64::consts::TAU;

/// Samples of a block.
pub(super) const LENGTH: usize = 128;
/// Frequencies of a real block.
pub(super) const BINS: usize = LENGTH / 2 + 1;
/// Complex values that a real block is transformed as.
const HALF: usize = LENGTH / 2;

/// One value of as many sequences as there are lanes.
pub(super) type Row = [f32; MOST_LANES];

/// Sequences being transformed, one in each lane: `[samples, re or im]`. The first half holds what goes in and what comes out.
pub(super) type Room = [[Row; 2]; LENGTH];

/// Fourier transforms of real blocks, as many at once as there are lanes.
///
/// A block is transformed as half as many complex numbers, of its even and its odd samples, by three stages of radix 4 that
/// sort themselves (Stockham). Lanes never meet, so the bits do not depend on the width of the vectors.
#[derive(Debug, Clone)]
pub(super) struct Fourier {
    /// cos and −sin of `2πk/LENGTH`.
    turns: Box<[[f32; 2]; LENGTH]>,
}

impl Fourier {
    /// What both transforms together make too large, and 1/2 of either unpacking.
    pub const SCALE: f64 = 1.0 / (4 * HALF) as f64;

    pub fn new() -> Self {
        let mut turns = Box::new([[0.0; 2]; LENGTH]);
        for (k, turn) in turns.iter_mut().enumerate() {
            let angle = TAU * k as f64 / LENGTH as f64;
            *turn = [angle.cos() as f32, -angle.sin() as f32];
        }
        Self { turns }
    }

    /// cos and sin of `2πk/LENGTH`, in double precision.
    pub fn turn(&self, k: usize) -> [f64; 2] {
        let angle = TAU * (k % LENGTH) as f64 / LENGTH as f64;
        [angle.cos(), angle.sin()]
    }

    /// Puts a sequence into a lane: so many zeros, these samples, and zeros.
    #[inline(always)]
    pub fn set_lane(&self, room: &mut Room, lane: usize, zeros: usize, samples: &[f32]) {
        let end = zeros + samples.len();
        if zeros == 0 && end == LENGTH {
            for (pair, both) in samples.chunks_exact(2).zip(room.iter_mut()) {
                both[0][lane] = pair[0];
                both[1][lane] = pair[1];
            }
            return;
        }
        for n in 0..LENGTH {
            room[n / 2][n % 2][lane] = if (zeros..end).contains(&n) { samples[n - zeros] } else { 0.0 };
        }
    }

    /// Takes the first samples of a lane, each with something added.
    #[inline(always)]
    pub fn take_lane(&self, room: &Room, lane: usize, add: f32, samples: &mut [f32]) {
        let (pairs, last) = samples.as_chunks_mut::<2>();
        for (pair, both) in pairs.iter_mut().zip(room) {
            *pair = [both[0][lane] + add, both[1][lane] + add];
        }
        if let ([last], Some(both)) = (last, room.get(pairs.len())) {
            *last = both[0][lane] + add;
        }
    }

    /// Twice the spectrum of what is in the room: re and im of each frequency, `stride` apart, and so the next frequency.
    #[inline(always)]
    pub fn forward<S: Simd>(&self, simd: S, room: &mut Room, spectrum: &mut [f32], stride: usize) {
        for at in (0..MOST_LANES).step_by(S::F32_LANES) {
            self.transform(simd, room, at);
            for k in 0..=HALF / 2 {
                let [z_re, z_im] = get::<S>(&room[HALF + k % HALF], at);
                let [m_re, m_im] = get::<S>(&room[HALF + (HALF - k) % HALF], at);
                // E = Z_k + Z̄_m of the even samples, O = −i (Z_k − Z̄_m) of the odd ones; m is the mirror image of k.
                let (e_re, e_im) = (simd.add_f32s(z_re, m_re), simd.sub_f32s(z_im, m_im));
                let (o_re, o_im) = (simd.add_f32s(z_im, m_im), simd.sub_f32s(m_re, z_re));
                let [cos, sin] = splat(simd, self.turns[k]);
                let p_re = simd.mul_add_f32s(o_re, cos, simd.mul_f32s(simd.neg_f32s(o_im), sin));
                let p_im = simd.mul_add_f32s(o_re, sin, simd.mul_f32s(o_im, cos));
                // S_k = E + wᵏ O, and of the mirror image the conjugate of E − wᵏ O.
                let mirrored = [simd.sub_f32s(e_re, p_re), simd.sub_f32s(p_im, e_im)];
                set_bin::<S>(spectrum, (HALF - k) * 2 * stride + at, stride, mirrored);
                let own = [simd.add_f32s(e_re, p_re), simd.add_f32s(e_im, p_im)];
                set_bin::<S>(spectrum, k * 2 * stride + at, stride, own);
            }
        }
    }

    /// From a spectrum, laid out as [`Fourier::forward`] gives it, to samples in the room.
    #[inline(always)]
    pub fn back<S: Simd>(&self, simd: S, spectrum: &[f32], stride: usize, room: &mut Room) {
        for at in (0..MOST_LANES).step_by(S::F32_LANES) {
            for k in 0..=HALF / 2 {
                let [y_re, y_im] = bin::<S>(spectrum, k * 2 * stride + at, stride);
                let [m_re, m_im] = bin::<S>(spectrum, (HALF - k) * 2 * stride + at, stride);
                // E = Y_k + Ȳ_m, D = w⁻ᵏ (Y_k − Ȳ_m), Z_k = E + iD, and of the mirror image the conjugate of E − iD.
                let (e_re, e_im) = (simd.add_f32s(y_re, m_re), simd.sub_f32s(y_im, m_im));
                let (d_re, d_im) = (simd.sub_f32s(y_re, m_re), simd.add_f32s(y_im, m_im));
                let [cos, sin] = splat(simd, self.turns[k]);
                let o_re = simd.mul_add_f32s(d_re, cos, simd.mul_f32s(d_im, sin));
                let o_im = simd.mul_add_f32s(d_im, cos, simd.mul_f32s(simd.neg_f32s(d_re), sin));
                // With re and im exchanged, the transform forward is the one back.
                if k > 0 {
                    set::<S>(&mut room[HALF - k], at, [simd.sub_f32s(o_re, e_im), simd.add_f32s(e_re, o_im)]);
                }
                set::<S>(&mut room[k], at, [simd.add_f32s(e_im, o_re), simd.sub_f32s(e_re, o_im)]);
            }
            self.transform(simd, room, at);
            for n in 0..HALF {
                let [im, re] = get::<S>(&room[HALF + n], at);
                set::<S>(&mut room[n], at, [re, im]);
            }
        }
    }

    /// The transform of the first half of the room, into its second half.
    #[inline(always)]
    fn transform<S: Simd>(&self, simd: S, room: &mut Room, at: usize) {
        let (x, y) = room.split_at_mut(HALF);
        self.stage::<S, 16, 1>(simd, x, y, at);
        self.stage::<S, 4, 4>(simd, y, x, at);
        self.stage::<S, 1, 16>(simd, x, y, at);
    }

    /// One stage of radix 4, of `S4` interleaved transforms of `4 M` values.
    #[inline(always)]
    fn stage<S: Simd, const M: usize, const S4: usize>(&self, simd: S, x: &[[Row; 2]], y: &mut [[Row; 2]], at: usize) {
        // A transform of 4 M values turns by so many steps of the table at a time.
        let turn = LENGTH / (4 * M);
        for p in 0..M {
            let w1 = splat(simd, self.turns[p * turn % LENGTH]);
            let w2 = splat(simd, self.turns[2 * p * turn % LENGTH]);
            let w3 = splat(simd, self.turns[3 * p * turn % LENGTH]);
            for q in 0..S4 {
                let (a, b) = (get::<S>(&x[q + S4 * p], at), get::<S>(&x[q + S4 * (p + M)], at));
                let (c, d) = (get::<S>(&x[q + S4 * (p + 2 * M)], at), get::<S>(&x[q + S4 * (p + 3 * M)], at));
                let (apc, amc) = (add(simd, a, c), sub(simd, a, c));
                let (bpd, bmd) = (add(simd, b, d), sub(simd, b, d));
                // −i (b − d), and i (b − d).
                let minus = [bmd[1], simd.neg_f32s(bmd[0])];
                let place = q + S4 * 4 * p;
                set::<S>(&mut y[place], at, add(simd, apc, bpd));
                set::<S>(&mut y[place + S4], at, turned(simd, add(simd, amc, minus), w1));
                set::<S>(&mut y[place + 2 * S4], at, turned(simd, sub(simd, apc, bpd), w2));
                set::<S>(&mut y[place + 3 * S4], at, turned(simd, sub(simd, amc, minus), w3));
            }
        }
    }
}

// Each step is a function that is always inlined: a closure handed to the standard library would not have this processor's
// instructions.
#[inline(always)]
fn splat<S: Simd>(simd: S, [re, im]: [f32; 2]) -> [S::f32s; 2] {
    [simd.splat_f32s(re), simd.splat_f32s(im)]
}

#[inline(always)]
fn bin<S: Simd>(spectrum: &[f32], place: usize, stride: usize) -> [S::f32s; 2] {
    [load::<S>(&spectrum[place..]), load::<S>(&spectrum[place + stride..])]
}

#[inline(always)]
pub(super) fn set_bin<S: Simd>(spectrum: &mut [f32], place: usize, stride: usize, [re, im]: [S::f32s; 2]) {
    store::<S>(&mut spectrum[place..place + S::F32_LANES], re);
    store::<S>(&mut spectrum[place + stride..place + stride + S::F32_LANES], im);
}

#[inline(always)]
fn get<S: Simd>(both: &[Row; 2], at: usize) -> [S::f32s; 2] {
    [load::<S>(&both[0][at..]), load::<S>(&both[1][at..])]
}

#[inline(always)]
fn set<S: Simd>(both: &mut [Row; 2], at: usize, [re, im]: [S::f32s; 2]) {
    store::<S>(&mut both[0][at..at + S::F32_LANES], re);
    store::<S>(&mut both[1][at..at + S::F32_LANES], im);
}

#[inline(always)]
fn add<S: Simd>(simd: S, a: [S::f32s; 2], b: [S::f32s; 2]) -> [S::f32s; 2] {
    [simd.add_f32s(a[0], b[0]), simd.add_f32s(a[1], b[1])]
}

#[inline(always)]
fn sub<S: Simd>(simd: S, a: [S::f32s; 2], b: [S::f32s; 2]) -> [S::f32s; 2] {
    [simd.sub_f32s(a[0], b[0]), simd.sub_f32s(a[1], b[1])]
}

#[inline(always)]
fn turned<S: Simd>(simd: S, a: [S::f32s; 2], w: [S::f32s; 2]) -> [S::f32s; 2] {
    [
        simd.mul_add_f32s(a[0], w[0], simd.mul_f32s(simd.neg_f32s(a[1]), w[1])),
        simd.mul_add_f32s(a[0], w[1], simd.mul_f32s(a[1], w[0])),
    ]
}
