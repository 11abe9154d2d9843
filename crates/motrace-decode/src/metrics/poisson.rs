/// The exact interval at 95 % for the mean of a Poisson distribution of which `count` events were seen (Garwood 1936,
/// Biometrika 28, 437–442): below it so many events or more, above it so few or fewer would come in 2.5 % of all cases.
///
/// Divided by how long was watched it is the interval of a rate. Events that come in bursts vary more than this says.
#[must_use]
pub fn poisson_interval(count: u64) -> [f64; 2] {
    const TAIL: f64 = 0.025;
    let guess = count as f64;
    let reach = 10.0 + 10.0 * guess.sqrt();
    let low = match count {
        0 => 0.0,
        _ => root((guess - reach).max(0.0), guess, |mean| 1.0 - at_most(count - 1, mean) - TAIL),
    };
    [low, root(guess, guess + reach, |mean| TAIL - at_most(count, mean))]
}

/// Where a rising function is 0, by halving.
fn root(mut low: f64, mut high: f64, of: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if of(middle) < 0.0 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The probability of at most `count` events where `mean` are expected.
fn at_most(count: u64, mean: f64) -> f64 {
    if mean <= 0.0 {
        return 1.0;
    }
    // The larger terms first, downwards from the count and in logarithms, until they add nothing.
    let mode = count.min(mean as u64);
    let log_mass = mode as f64 * mean.ln() - mean - log_factorial(mode);
    let (mut sum, mut term) = (1.0, 1.0);
    for k in (1..=mode).rev() {
        term *= k as f64 / mean;
        sum += term;
        if term < 1e-18 * sum {
            break;
        }
    }
    term = 1.0;
    for k in mode + 1..=count {
        term *= mean / k as f64;
        sum += term;
        if term < 1e-18 * sum {
            break;
        }
    }
    (log_mass.exp() * sum).min(1.0)
}

/// ln n!: the sum for few, Stirling's series for many (its error is below 1e-13 of the value from 32 on).
fn log_factorial(n: u64) -> f64 {
    if n < 32 {
        return (2..=n).map(|k| (k as f64).ln()).sum();
    }
    let x = n as f64;
    x * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI * x).ln() + 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3))
        + 1.0 / (1260.0 * x.powi(5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_agree_with_scipy() {
        // scipy.stats.chi2.ppf(.025, 2 k) / 2, scipy.stats.chi2.ppf(.975, 2 k + 2) / 2
        for (count, low, high) in EXPECTED {
            let [a, b] = poisson_interval(count);
            let near = |x: f64, y: f64| (x - y).abs() <= 1e-9 * y.max(1.0);
            assert!(near(a, low) && near(b, high), "{count}: {a} {b}");
        }
    }

    const EXPECTED: [(u64, f64, f64); 7] = [
        (0, 0.0, 3.688_879_454_113_935_4),
        (1, 0.025_317_807_984_289_876, 5.571_643_390_938_898),
        (3, 0.618_672_122_895_601_4, 8.767_273_069_742_323),
        (10, 4.795_388_696_132_433_5, 18.390_356_042_017_78),
        (47, 34.533_832_167_065_75, 62.500_036_340_646_97),
        (1_000, 938.973_018_407_695_2, 1_063.952_136_016_302),
        (250_000, 249_020.965_504_321_24, 250_981.930_760_977_12),
    ];

    #[test]
    fn impossible_counts_have_finite_intervals() {
        let [low, high] = poisson_interval(10_000_000);
        assert!(low < 1e7 && high > 1e7 && low > 9.99e6 && high < 1.001e7);
    }
}
