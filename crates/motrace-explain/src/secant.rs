use motrace_decode::POWER_FLOOR;

/// Where |p/p̄ − 1| is smaller than this, the secant comes from its series.
const SERIES_BELOW: f64 = 1e-4;

/// The slope of the logarithm's chord from `root` to `power`: `log(p/p̄) / (p − p̄)`, and `1/p̄` where they meet.
///
/// Both are powers in V², `root` above zero. The slope is positive and continuous in `power`. Near the root the
/// quotient would lose all its digits, so the series `(1 − r/2 + r²/3)/p̄` with `r = p/p̄ − 1` takes over; its error
/// at the switch is r³/4 ≈ 2.5e-13 of the slope. Powers so small that the decoder takes their floor instead get
/// the chord to the floor's logarithm, so that slope times distance remains what the decoder saw.
pub(crate) fn secant(power: f64, root: f64) -> f64 {
    let ratio = power / root;
    let r = ratio - 1.0;
    if r.abs() < SERIES_BELOW {
        (1.0 - r / 2.0 + r * r / 3.0) / root
    } else if ratio < POWER_FLOOR {
        POWER_FLOOR.ln() / (r * root)
    } else {
        ratio.ln() / (r * root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_is_the_derivative_at_the_root() {
        assert_eq!(secant(3e-11, 3e-11), 1.0 / 3e-11);
    }

    #[test]
    fn it_does_not_jump_where_the_series_takes_over() {
        let root = 2.7e-11;
        for side in [-1.0, 1.0] {
            let inside = secant(root * (1.0 + side * SERIES_BELOW * (1.0 - 1e-9)), root);
            let outside = secant(root * (1.0 + side * SERIES_BELOW * (1.0 + 1e-9)), root);
            assert!((inside / outside - 1.0).abs() < 1e-12, "{inside} {outside}");
        }
    }

    #[test]
    fn no_power_at_all_is_the_decoders_floor() {
        let root = 2.7e-11;
        assert!((secant(0.0, root) * (0.0 - root) - POWER_FLOOR.ln()).abs() < 1e-12);
        assert!(secant(f64::NAN, root).is_nan());
    }

    proptest! {
        #[test]
        fn slope_times_distance_is_the_logarithm(root in 1e-15..1e3_f64, log_ratio in -20.0..20.0_f64) {
            let power = root * log_ratio.exp();
            let slope = secant(power, root);
            prop_assert!(slope > 0.0);
            prop_assert!((slope * (power - root) - log_ratio).abs() < 1e-12 * (1.0 + log_ratio.abs()));
        }

        #[test]
        fn it_is_the_mean_slope_of_the_logarithm_on_the_way(log_ratio in -3.0..3.0_f64) {
            // Aumann–Shapley: ∫₀¹ dt / (p̄ + t(p − p̄)), here by the midpoint rule.
            let (root, power) = (1.0, log_ratio.exp());
            let steps = 20_000;
            let mean = (0..steps)
                .map(|i| 1.0 / (root + (i as f64 + 0.5) / steps as f64 * (power - root)))
                .sum::<f64>() / steps as f64;
            prop_assert!((secant(power, root) / mean - 1.0).abs() < 1e-6);
        }
    }
}
