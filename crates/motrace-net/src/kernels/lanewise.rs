use super::lanes::{MOST_LANES, load};
use pulp::{Arch, Simd, WithSimd};

/// `y = x` where `x` is positive, `α(eˣ − 1)` where not.
///
/// The exponential is a polynomial of degree 7 after taking out powers of 2: within three units in the last place.
///
/// # Panics
/// Where `x` and `y` differ in length.
pub fn elu(alpha: f32, x: &[f32], y: &mut [f32]) {
    run(Elu { alpha }, x, y);
}

/// `y = x²`.
///
/// # Panics
/// Where `x` and `y` differ in length.
pub fn square(x: &[f32], y: &mut [f32]) {
    run(Square, x, y);
}

/// `y = ln max(x, floor)`, by the series of the inverse hyperbolic tangent after taking out powers of 2: within three units
/// in the last place.
///
/// # Panics
/// Where `x` and `y` differ in length.
pub fn log(floor: f32, x: &[f32], y: &mut [f32]) {
    if floor >= f32::MIN_POSITIVE && floor.is_finite() {
        run(Log { floor }, x, y);
    } else {
        assert_eq!(x.len(), y.len(), "values that go in and come out");
        y.iter_mut().zip(x).for_each(|(y, x)| *y = if *x > floor { x.ln() } else { floor.ln() });
    }
}

/// What is done to each lane by itself.
trait Lanewise: Copy {
    fn apply<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s;
}

fn run<F: Lanewise>(function: F, x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "values that go in and come out");
    Arch::new().dispatch(Each { function, x, y });
}

struct Each<'a, F> {
    function: F,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl<F: Lanewise> WithSimd for Each<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { function, x, y } = self;
        let (x, x_rest) = S::as_simd_f32s(x);
        let (y, y_rest) = S::as_mut_simd_f32s(y);
        for (x, y) in x.iter().zip(y) {
            *y = function.apply(simd, *x);
        }
        if !x_rest.is_empty() {
            let mut whole = [0.0; MOST_LANES];
            whole[..x_rest.len()].copy_from_slice(x_rest);
            let made = function.apply(simd, load::<S>(&whole));
            S::as_mut_simd_f32s(&mut whole).0[0] = made;
            y_rest.copy_from_slice(&whole[..y_rest.len()]);
        }
    }
}

#[derive(Clone, Copy)]
struct Square;

impl Lanewise for Square {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        simd.mul_f32s(x, x)
    }
}

/// The first digits of ln 2, few enough that a small whole number times it is exact, and the others.
const LN_2: [f32; 2] = [355.0 / 512.0, -2.121_944_4e-4];
/// `1.5 · 2²³`: adding it leaves a whole number in the low bits.
const ROUNDS: f32 = 12_582_912.0;

#[derive(Clone, Copy)]
struct Elu {
    alpha: f32,
}

impl Lanewise for Elu {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        let splat = |value| simd.splat_f32s(value);
        // e⁻³⁰ − 1 is −1; below it no power of 2 is needed that is no normal number.
        let lowest = splat(-30.0);
        let low = simd.select_f32s(simd.less_than_f32s(x, lowest), lowest, x);
        let low = simd.select_f32s(simd.greater_than_f32s(low, splat(0.0)), splat(0.0), low);
        let shifted = simd.mul_add_f32s(low, splat(std::f32::consts::LOG2_E), splat(ROUNDS));
        let count = simd.sub_f32s(shifted, splat(ROUNDS));
        let bits = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
        let power = simd.transmute_f32s_u32s(simd.add_u32s(bits, simd.splat_u32s(1.0f32.to_bits())));
        let r = simd.mul_add_f32s(count, splat(-LN_2[0]), low);
        let r = simd.mul_add_f32s(count, splat(-LN_2[1]), r);
        // eʳ − 1 = r + r² (1/2 + r/6 + …)
        let mut series = splat(1.0 / 5040.0);
        for factorial in [720.0, 120.0, 24.0, 6.0, 2.0] {
            series = simd.mul_add_f32s(series, r, splat(1.0 / factorial));
        }
        let small = simd.mul_add_f32s(simd.mul_f32s(r, r), series, r);
        let whole = simd.mul_add_f32s(power, small, simd.sub_f32s(power, splat(1.0)));
        let negative = simd.mul_f32s(splat(self.alpha), whole);
        simd.select_f32s(simd.greater_than_f32s(x, splat(0.0)), x, negative)
    }
}

#[derive(Clone, Copy)]
struct Log {
    floor: f32,
}

impl Lanewise for Log {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        let splat = |value| simd.splat_f32s(value);
        let floor = splat(self.floor);
        let x = simd.select_f32s(simd.greater_than_f32s(x, floor), x, floor);
        // x = 2ᵉ m with m from √½ to √2.
        let root = std::f32::consts::FRAC_1_SQRT_2.to_bits();
        let above = simd.add_u32s(simd.transmute_u32s_f32s(x), simd.splat_u32s(1.0f32.to_bits() - root));
        let exponent = simd.wrapping_dyn_shr_u32s(above, simd.splat_u32s(23));
        // A small whole number in the low bits of 2²³, less that and the 127 that exponents are stored with.
        let e = simd.transmute_f32s_u32s(simd.add_u32s(exponent, simd.splat_u32s(8_388_608.0f32.to_bits())));
        let e = simd.sub_f32s(e, splat(8_388_608.0 + 127.0));
        let mantissa = simd.and_u32s(above, simd.splat_u32s(0x007f_ffff));
        let m = simd.transmute_f32s_u32s(simd.add_u32s(mantissa, simd.splat_u32s(root)));
        // ln m = 2 artanh s = 2s (1 + s²/3 + s⁴/5 + …)
        let f = simd.sub_f32s(m, splat(1.0));
        let s = simd.div_f32s(f, simd.add_f32s(m, splat(1.0)));
        let z = simd.mul_f32s(s, s);
        let mut series = splat(1.0 / 11.0);
        for odd in [9.0, 7.0, 5.0, 3.0] {
            series = simd.mul_add_f32s(series, z, splat(1.0 / odd));
        }
        let twice = simd.add_f32s(s, s);
        let small = simd.mul_add_f32s(simd.mul_f32s(twice, z), series, simd.mul_f32s(e, splat(LN_2[1])));
        let low = simd.add_f32s(twice, small);
        let result = simd.mul_add_f32s(e, splat(LN_2[0]), low);
        let infinite = splat(f32::INFINITY);
        simd.select_f32s(simd.equal_f32s(x, infinite), infinite, result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::lanes::tests::architectures;

    /// The largest error in units in the last place, and that all architectures give the same bits.
    fn worst<F: Lanewise>(function: F, x: &[f32], exact: impl Fn(f64) -> f64) -> f64 {
        let made: Vec<Vec<f32>> = architectures()
            .into_iter()
            .map(|arch| {
                let mut y = vec![0.0; x.len()];
                arch.dispatch(Each { function, x, y: &mut y });
                y
            })
            .collect();
        let bits = |y: &[f32]| y.iter().map(|y| y.to_bits()).collect::<Vec<_>>();
        assert!(made.windows(2).all(|pair| bits(&pair[0]) == bits(&pair[1])));
        let errors = x.iter().zip(&made[0]).map(|(x, y)| {
            let exact = exact(f64::from(*x));
            let unit =
                f64::from(f32::EPSILON) * 2.0f64.powf(exact.abs().log2().floor()).max(f64::from(f32::MIN_POSITIVE));
            (f64::from(*y) - exact).abs() / unit
        });
        errors.fold(0.0, f64::max)
    }

    #[test]
    fn elu_is_within_three_units() {
        let x: Vec<f32> =
            (0..200_001).map(|n| -40.0 + n as f32 * 2e-4 + 1e-5).chain([-1e-8, -1e-20, 0.5, 3.0]).collect();
        let error = worst(Elu { alpha: 1.0 }, &x, |x| if x > 0.0 { x } else { x.exp_m1() });
        assert!(error <= 3.0, "{error} units");
        let mut y = [0.0; 5];
        elu(2.0, &[f32::NEG_INFINITY, f32::INFINITY, f32::NAN, 0.0, -1e30], &mut y);
        assert_eq!(y.map(|y| if y.is_nan() { 9.0 } else { y }), [-2.0, f32::INFINITY, 9.0, 0.0, -2.0]);
    }

    #[test]
    fn log_is_within_three_units() {
        let near = (0..200_001).map(|n| 0.5 + n as f32 * 1e-5);
        let far = (0..200_000).map(|n| 1.001f32.powi(n / 4 - 25_000)).filter(|x| *x >= 1e-6 && x.is_finite());
        let x: Vec<f32> = near.chain(far).collect();
        let error = worst(Log { floor: 1e-6 }, &x, f64::ln);
        assert!(error <= 3.0, "{error} units");
        let mut y = [0.0; 4];
        log(1e-6, &[-1.0, 0.0, f32::INFINITY, 1.0], &mut y);
        assert_eq!(y[1..], [y[0], f32::INFINITY, 0.0]);
        assert!((f64::from(y[0]) - 1e-6f64.ln()).abs() < 2e-6);
        log(0.0, &[-1.0, 0.0, 1.0, 2.0], &mut y);
        assert_eq!(y, [f32::NEG_INFINITY, f32::NEG_INFINITY, 0.0, std::f32::consts::LN_2]);
    }
}
