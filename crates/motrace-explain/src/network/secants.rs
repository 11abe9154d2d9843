use crate::secant::secant;

/// Writes the slope of the chord of `ln max(p, floor)` from each root to each power; roots are at or above the floor.
///
/// With `u = (p − p̄)/(p + p̄)` it is `2 artanh(u)/(p − p̄)`, whose series does for powers that are near, side by side.
pub(super) fn secants(powers: &[f64], roots: &[f64], floor: f64, secants: &mut [f64]) {
    for ((secant, power), root) in secants.iter_mut().zip(powers).zip(roots) {
        let sum = power + root;
        let u = (power - root) / sum;
        let square = u * u;
        *secant = ARTANH.iter().fold(0.0, |series, factor| series * square + factor) * 2.0 / sum;
    }
    for ((secant, power), root) in secants.iter_mut().zip(powers).zip(roots) {
        // Also where there is no number.
        let is_near = *power >= NEAR * root && root * NEAR.recip() >= *power && *power >= floor;
        if !is_near {
            *secant = secant_above(*power, *root, floor);
        }
    }
}

/// Powers at least this part of the root and at most as many times as large are near: `u²` is at most 1/9.
const NEAR: f64 = 0.5;

/// The factors of `artanh(u)/u = 1 + u²/3 + u⁴/5 + …`, the last ones first. What is left out is less than 1e-16 of it where
/// powers are near.
const ARTANH: [f64; 15] = {
    let mut factors = [0.0; 15];
    let mut n = 0;
    while n < 15 {
        factors[n] = 1.0 / (29 - 2 * n) as f64;
        n += 1;
    }
    factors
};

/// The chord of `ln max(p, floor)` from the root to a power; the root is at or above the floor.
fn secant_above(power: f64, root: f64, floor: f64) -> f64 {
    if power < floor && power < root { (floor / root).ln() / (power - root) } else { secant(power, root) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slope_times_distance_is_the_difference_of_logarithms() {
        let floor = 1e-6;
        let roots = [1e-6, 3e-4, 1.0, 250.0];
        for root in roots {
            for step in -400..=400 {
                let power = root * (f64::from(step) / 100.0).exp();
                let mut slope = [0.0];
                secants(&[power], &[root], floor, &mut slope);
                let expected = power.max(floor).ln() - root.ln();
                assert!(
                    (slope[0] * (power - root) - expected).abs() < 1e-13 * (1.0 + expected.abs()),
                    "{power} {root}"
                );
            }
            for power in [0.0, f64::NAN, f64::INFINITY] {
                let mut slope = [0.0];
                secants(&[power], &[root], floor, &mut slope);
                assert_eq!(slope[0].to_bits(), secant_above(power, root, floor).to_bits(), "{power} {root}");
            }
        }
    }
}
