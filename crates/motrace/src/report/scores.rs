use super::figures::ScoreFigures;
use motrace_decode::metrics::{Confusion, chance_interval, roc_auc, wilson_interval};

/// The information of a decision between two classes of equal frequency, in bits (Wolpaw et al. 2000):
/// 1 + P log₂ P + (1 − P) log₂(1 − P); none where the decision is not better than guessing.
pub fn bits_per_trial(accuracy: f64) -> f64 {
    let part = |p: f64| if p > 0.0 { p * p.log2() } else { 0.0 };
    if accuracy.is_nan() || accuracy <= 0.5 { 0.0 } else { 1.0 + part(accuracy) + part(1.0 - accuracy) }
}

/// One decided trial: the class of its cue, the decision's value and the class decided for.
pub type Decided = (usize, f64, usize);

/// All figures of some decided trials, `secs_per_trial` apart; `None` where there are none.
pub fn score(trials: &[Decided], secs_per_trial: Option<f64>) -> Option<ScoreFigures> {
    let confusion = Confusion::of(trials.iter().map(|&(truth, _, decided)| (truth, decided)));
    let total = confusion.total();
    if total == 0 {
        return None;
    }
    let frequent = confusion.of_class(0).max(confusion.of_class(1));
    let chance = chance_interval(total, frequent as f64 / total as f64);
    let accuracy = confusion.accuracy();
    let (values, truth): (Vec<f64>, Vec<usize>) = trials.iter().map(|&(truth, value, _)| (value, truth)).unzip();
    let bits = bits_per_trial(accuracy);
    let per_minute = secs_per_trial.filter(|s| s.is_finite() && *s > 0.0).map(|s| 60.0 / s);
    Some(ScoreFigures {
        trials: total,
        right: confusion.correct(),
        accuracy,
        accuracy_interval: wilson_interval(confusion.correct(), total),
        chance_interval: [chance.low, chance.high],
        better_than_chance: chance.is_exceeded_by(accuracy),
        kappa: confusion.kappa(),
        auc: roc_auc(&values, &truth),
        confusion: confusion.counts,
        bits_per_trial: bits,
        trials_per_minute: per_minute,
        bits_per_minute: per_minute.map(|rate| rate * bits),
    })
}

/// The median of values; `None` where there are none.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.retain(|v| v.is_finite());
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        n if n % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

/// The smallest of the values that `share` of all do not exceed; the values have to be sorted.
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = ((sorted.len() as f64 * share).ceil() as usize).max(1) - 1;
    sorted.get(place.min(sorted.len().checked_sub(1)?)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn information_is_none_at_chance_and_one_bit_at_best() {
        assert_eq!(bits_per_trial(0.5), 0.0);
        assert_eq!(bits_per_trial(0.3), 0.0);
        assert_eq!(bits_per_trial(f64::NAN), 0.0);
        assert_eq!(bits_per_trial(1.0), 1.0);
        // Wolpaw et al. 2000: 90 % of two is 0.53 bits.
        assert!((bits_per_trial(0.9) - 0.531_004).abs() < 1e-6);
    }

    #[test]
    fn a_score_is_a_count() {
        let trials = [(0, -1.0, 0), (0, 0.4, 1), (1, 2.0, 1), (1, 0.1, 1), (1, -0.2, 0)];
        let figures = score(&trials, Some(10.0)).unwrap_or_else(|| panic!("there are trials"));
        assert_eq!((figures.trials, figures.right, figures.confusion), (5, 3, [[1, 1], [1, 2]]));
        assert_eq!(figures.accuracy, 0.6);
        // Pairs of class 1 above class 0: (2 > −1, 2 > 0.4, 0.1 > −1, −0.2 > −1) of six.
        assert_eq!(figures.auc, Some(4.0 / 6.0));
        assert_eq!(figures.trials_per_minute, Some(6.0));
        assert!(score(&[], None).is_none());
    }

    #[test]
    fn medians_and_quantiles() {
        assert_eq!(median(vec![3.0, f64::NAN, 1.0]), Some(2.0));
        assert_eq!(median(vec![]), None);
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(quantile(&hundred, 0.99), Some(99.0));
        assert_eq!(quantile(&hundred, 0.5), Some(50.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
