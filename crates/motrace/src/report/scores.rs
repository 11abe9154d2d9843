use super::figures::ScoreFigures;
use motrace_decode::metrics::{
    Confusion, bits_per_decision, bits_per_minute, chance_interval, roc_auc, wilson_interval,
};

/// One decided trial: the class of its cue, the decision's value and the class decided for.
pub type Decided = (usize, f64, usize);

/// All figures of some decided trials, `secs_per_trial` apart; `None` where there are none.
pub fn score(trials: &[Decided], secs_per_trial: Option<f64>) -> Option<ScoreFigures> {
    let confusion = Confusion::of(2, trials.iter().map(|&(truth, _, decided)| (truth, decided)));
    let total = confusion.total();
    if total == 0 {
        return None;
    }
    let chance = chance_interval(total, confusion.guess());
    let accuracy = confusion.accuracy();
    let (values, truth): (Vec<f64>, Vec<usize>) = trials.iter().map(|&(truth, value, _)| (value, truth)).unzip();
    let spacing = secs_per_trial.filter(|s| s.is_finite() && *s > 0.0);
    Some(ScoreFigures {
        trials: total,
        right: confusion.correct(),
        accuracy,
        accuracy_interval: wilson_interval(confusion.correct(), total),
        chance_interval: [chance.low, chance.high],
        better_than_chance: accuracy > chance.high,
        kappa: confusion.kappa(),
        auc: roc_auc(&values, &truth),
        confusion: [0, 1].map(|truth: usize| [0, 1].map(|decided: usize| confusion.counts[truth][decided])),
        bits_per_trial: bits_per_decision(accuracy, 2),
        trials_per_minute: spacing.map(|secs| 60.0 / secs),
        bits_per_minute: spacing.map(|secs| bits_per_minute(accuracy, secs)),
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
    fn a_score_is_a_count() {
        let trials = [(0, -1.0, 0), (0, 0.4, 1), (1, 2.0, 1), (1, 0.1, 1), (1, -0.2, 0)];
        let figures = score(&trials, Some(10.0)).unwrap_or_else(|| panic!("there are trials"));
        assert_eq!((figures.trials, figures.right, figures.confusion), (5, 3, [[1, 1], [1, 2]]));
        assert_eq!(figures.accuracy, 0.6);
        // Pairs of class 1 above class 0: (2 > −1, 2 > 0.4, 0.1 > −1, −0.2 > −1) of six.
        assert_eq!(figures.auc, Some(4.0 / 6.0));
        assert_eq!(figures.trials_per_minute, Some(6.0));
        // 1 + 0.6·log₂ 0.6 + 0.4·log₂ 0.4, six times a minute.
        assert!((figures.bits_per_minute.unwrap_or(0.0) - 6.0 * 0.029_049_405_545_331_4).abs() < 1e-12);
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
