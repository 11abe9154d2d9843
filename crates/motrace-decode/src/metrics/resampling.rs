use super::{ClassPrediction, Metric, wilson_interval};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

/// How often trials are drawn anew, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resampling {
    /// How many times.
    pub rounds: usize,
    /// Where the random numbers start: the same seed gives the same figures.
    pub seed: u64,
}

impl Default for Resampling {
    fn default() -> Self {
        Self { rounds: 2000, seed: 0 }
    }
}

/// No more rounds than this are made.
const MOST_ROUNDS: usize = 1_000_000;

/// The interval at 95 % in which a metric lies, given how few trials it was measured on; `None` where it has no value.
///
/// The Wilson interval for the accuracy, and what follows from its ends for Wolpaw's bits; for everything else the
/// percentiles of the metric over trials drawn with replacement within each class (Efron's bootstrap). It says how far
/// other trials of the same person could have moved the figure, not how far other people or sessions could; trials that
/// follow each other are not quite independent, so it is rather too narrow.
#[must_use]
pub fn metric_interval(
    metric: Metric,
    predictions: &[ClassPrediction],
    classes: usize,
    resampling: Resampling,
) -> Option<[f64; 2]> {
    metric.of(predictions, classes)?;
    let right = predictions.iter().filter(|p| p.is_right()).count();
    match metric {
        Metric::Accuracy => return Some(wilson_interval(right, predictions.len())),
        Metric::WolpawBits => {
            return Some(wilson_interval(right, predictions.len()).map(|a| super::bits_per_decision(a, classes)));
        }
        _ => {}
    }
    let by_class: Vec<Vec<&ClassPrediction>> =
        (0..classes).map(|class| predictions.iter().filter(|p| p.truth == class).collect()).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(resampling.seed);
    let mut values: Vec<f64> = (0..resampling.rounds.clamp(1, MOST_ROUNDS))
        .filter_map(|_| {
            let drawn: Vec<ClassPrediction> = by_class
                .iter()
                .filter(|trials| !trials.is_empty())
                .flat_map(|trials| {
                    (0..trials.len()).map(|_| trials[rng.random_range(0..trials.len())].clone()).collect::<Vec<_>>()
                })
                .collect();
            metric.of(&drawn, classes)
        })
        .collect();
    central_share(&mut values)
}

/// What chance does to a metric on as many trials.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChanceLevel {
    /// Its mean where predictions have nothing to do with the classes.
    pub mean: f64,
    /// Chance lies beyond these in 2.5 % each.
    pub interval: [f64; 2],
    /// How likely chance alone is at least as good as the predictions: `(1 + as good)/(1 + rounds)`.
    pub p_value: f64,
}

/// The chance level of a metric for these trials, by giving the predictions the true classes of other trials, at random;
/// `None` where the metric has no value.
///
/// It keeps how often each class occurs and is decided for, so it is right for unequal classes. It is the level of the
/// figure, not of the whole procedure: whether training leaks is only seen by training on permuted labels.
#[must_use]
pub fn permuted_chance(
    metric: Metric,
    predictions: &[ClassPrediction],
    classes: usize,
    resampling: Resampling,
) -> Option<ChanceLevel> {
    let observed = metric.of(predictions, classes)?;
    let mut rng = ChaCha8Rng::seed_from_u64(resampling.seed);
    let mut permuted = predictions.to_vec();
    let mut truth: Vec<usize> = predictions.iter().map(|p| p.truth).collect();
    let rounds = resampling.rounds.clamp(1, MOST_ROUNDS);
    let mut values = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        truth.shuffle(&mut rng);
        permuted.iter_mut().zip(&truth).for_each(|(prediction, &truth)| prediction.truth = truth);
        values.extend(metric.of(&permuted, classes));
    }
    let slack = 1e-12 * (1.0 + observed.abs());
    let as_good = values
        .iter()
        .filter(|&&value| if metric.larger_is_better() { value >= observed - slack } else { value <= observed + slack })
        .count();
    let count = values.len();
    let mean = values.iter().sum::<f64>() / count.max(1) as f64;
    let interval = central_share(&mut values)?;
    Some(ChanceLevel { mean, interval, p_value: (1 + as_good) as f64 / (1 + count) as f64 })
}

/// The central 95 % of values, which it sorts; `None` of nothing.
#[must_use]
pub fn central_share(values: &mut [f64]) -> Option<[f64; 2]> {
    values.sort_by(f64::total_cmp);
    Some([quantile(values, 0.025)?, quantile(values, 0.975)?])
}

/// The quantile of sorted values, with linear interpolation between them; `None` of nothing.
#[must_use]
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = q * last as f64;
    let below = (place.floor() as usize).min(last);
    Some(sorted[below] + (sorted[(below + 1).min(last)] - sorted[below]) * (place - below as f64))
}

/// What a comparison of two decoders on the same trials (or subjects) found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedTest {
    /// The mean difference, first minus second.
    pub mean_difference: f64,
    /// How likely a mean difference at least as far from 0 is, if nothing but chance says which of the two is better.
    pub p_value: f64,
    /// Whether every assignment of signs was counted, or only some at random.
    pub is_exact: bool,
}

/// With as many pairs that differ, all signs are tried; there are about a million ways then.
const MOST_EXACT_PAIRS: usize = 20;

/// The two-sided paired permutation test for a difference of means: the sign of each difference is turned in all ways, or
/// in `rounds` random ones where there are more than 20 pairs that differ.
///
/// Pairs are what can be exchanged: the scores of two decoders for the same trial (1 where it is right, 0 where it is
/// wrong; then this is McNemar's test), or the accuracies of two decoders for the same subject. `None` where there are no
/// pairs, the lengths differ or a score is not finite.
#[must_use]
pub fn paired_permutation_test(first: &[f64], second: &[f64], resampling: Resampling) -> Option<PairedTest> {
    if first.is_empty() || first.len() != second.len() {
        return None;
    }
    let all: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    let sum: f64 = all.iter().sum();
    if !sum.is_finite() {
        return None;
    }
    let mean_difference = sum / all.len() as f64;
    // Pairs that do not differ are the same under either sign.
    let differing: Vec<f64> = all.into_iter().filter(|d| *d != 0.0).collect();
    let least = sum.abs() * (1.0 - 1e-12);
    let is_exact = differing.len() <= MOST_EXACT_PAIRS;
    let p_value = if is_exact {
        let ways = 1_u32 << differing.len();
        let as_far = (0..ways)
            .filter(|signs| {
                let turned: f64 =
                    differing.iter().enumerate().map(|(i, d)| if signs >> i & 1 == 1 { -d } else { *d }).sum();
                turned.abs() >= least
            })
            .count();
        as_far as f64 / f64::from(ways)
    } else {
        let mut rng = ChaCha8Rng::seed_from_u64(resampling.seed);
        let rounds = resampling.rounds.clamp(1, MOST_ROUNDS);
        let as_far = (0..rounds)
            .filter(|_| {
                let turned: f64 = differing.iter().map(|d| if rng.random::<bool>() { -d } else { *d }).sum();
                turned.abs() >= least
            })
            .count();
        (1 + as_far) as f64 / (1 + rounds) as f64
    };
    Some(PairedTest { mean_difference, p_value, is_exact })
}

#[cfg(test)]
mod tests;
