/// What accuracy guessing reaches on a number of trials.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChanceInterval {
    /// The expected accuracy of guessing.
    pub level: f64,
    /// Guessing falls below this accuracy in at most 2.5 % of experiments.
    pub low: f64,
    /// Guessing exceeds this accuracy in at most 2.5 % of experiments.
    pub high: f64,
    /// Guessing exceeds this accuracy in at most 5 % of experiments: what an accuracy has to exceed
    /// to be better than chance in a one-sided test.
    pub upper_bound: f64,
}

impl ChanceInterval {
    /// Whether an accuracy is better than chance, one-sided at 5 %.
    #[must_use]
    pub fn is_exceeded_by(&self, accuracy: f64) -> bool {
        accuracy > self.upper_bound
    }
}

/// The central 95 % of the accuracies that guessing reaches on `trials` trials, when each guess is right
/// with probability `level`.
///
/// Exact quantiles of the binomial distribution (its smallest k with P(X ≤ k) ≥ q, divided by the number
/// of trials), not an approximation and not a confidence interval; see Müller-Putz et al. 2008 and
/// Combrisson and Jerbi 2015 for why the limit depends on the number of trials. No trials give \[0, 1\].
#[must_use]
pub fn chance_interval(trials: usize, level: f64) -> ChanceInterval {
    let level = if level.is_nan() { 0.5 } else { level.clamp(0.0, 1.0) };
    let [low, high, upper_bound] = quantiles(trials, level, [0.025, 0.975, 0.95]);
    if trials == 0 {
        return ChanceInterval { level, low: 0.0, high: 1.0, upper_bound: 1.0 };
    }
    let share = |k: usize| k as f64 / trials as f64;
    ChanceInterval { level, low: share(low), high: share(high), upper_bound: share(upper_bound) }
}

/// The Wilson score interval at 95 % for the probability behind `correct` right decisions of `trials`
/// (Wilson 1927). No trials give `[0, 1]`.
#[must_use]
pub fn wilson_interval(correct: usize, trials: usize) -> [f64; 2] {
    /// The 97.5 % quantile of the normal distribution.
    const Z: f64 = 1.959_963_984_540_054;
    if trials == 0 {
        return [0.0, 1.0];
    }
    let n = trials as f64;
    let share = correct.min(trials) as f64 / n;
    let scale = 1.0 + Z * Z / n;
    let centre = (share + Z * Z / (2.0 * n)) / scale;
    let half = Z / scale * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    // The ends are exact where rounding would miss them.
    let low = if correct == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if correct >= trials { 1.0 } else { (centre + half).min(1.0) };
    [low, high]
}

/// For each q the smallest k with P(X ≤ k) ≥ q.
fn quantiles<const N: usize>(trials: usize, p: f64, wanted: [f64; N]) -> [usize; N] {
    let mut found = [trials; N];
    if p <= 0.0 {
        return [0; N];
    }
    if p >= 1.0 {
        return found;
    }
    let n = trials as f64;
    let log_odds = (p / (1.0 - p)).ln();
    // In logarithms, since (1 − p)ⁿ alone is 0 in f64 from about a thousand trials on.
    let mut log_mass = n * (-p).ln_1p();
    let mut below = 0.0;
    for k in 0..trials {
        let at_most = below + log_mass.exp();
        for (q, found) in wanted.iter().zip(&mut found) {
            if *found == trials && at_most >= *q {
                *found = k;
            }
        }
        below = at_most;
        log_mass += ((n - k as f64) / (k as f64 + 1.0)).ln() + log_odds;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_scipy() {
        // scipy.stats.binom.ppf([.025, .975, .95], n, p)
        for (n, p, expected) in [
            (20, 0.5, [6, 14, 14]),
            (45, 0.5, [16, 29, 28]),
            (288, 0.5, [127, 161, 158]),
            (100, 0.6, [50, 69, 68]),
            (5000, 0.5, [2431, 2569, 2558]),
            (1, 0.5, [0, 1, 1]),
            (4, 0.5, [0, 4, 4]),
        ] {
            assert_eq!(quantiles(n, p, [0.025, 0.975, 0.95]), expected, "{n} {p}");
        }
    }

    #[test]
    fn chance_is_exceeded_only_above_its_bound() {
        let chance = chance_interval(45, 0.5);
        assert_eq!(
            chance,
            ChanceInterval { level: 0.5, low: 16.0 / 45.0, high: 29.0 / 45.0, upper_bound: 28.0 / 45.0 }
        );
        assert!(!chance.is_exceeded_by(28.0 / 45.0) && chance.is_exceeded_by(29.0 / 45.0));
        assert_eq!(chance_interval(0, 0.5).high, 1.0);
        assert_eq!(chance_interval(10, 1.0).low, 1.0);
        assert_eq!(chance_interval(10, 0.0).high, 0.0);
        assert_eq!(chance_interval(10, f64::NAN).level, 0.5);
    }

    #[test]
    fn wilson_agrees_with_scipy() {
        // scipy.stats.binomtest(correct, n).proportion_ci(method="wilson")
        for (correct, n, low, high) in [
            (44, 45, 0.884_333_182_315_851_2, 0.996_066_401_117_166_6),
            (0, 10, 0.0, 0.277_532_799_862_889_5),
            (10, 10, 0.722_467_200_137_110_7, 1.0),
        ] {
            let [a, b] = wilson_interval(correct, n);
            assert!((a - low).abs() < 1e-9 && (b - high).abs() < 1e-9, "{correct}/{n}: {a} {b}");
        }
        assert_eq!(wilson_interval(0, 0), [0.0, 1.0]);
    }
}
