use super::{Metric, MetricFigure};
use motrace_decode::metrics::{ClassPrediction, Resampling, bits_per_decision, central_share, wilson_interval};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

/// No more rounds than this are made.
const MOST_ROUNDS: usize = 100_000;

/// Every metric of these predictions with its interval and its chance level, drawing trials once for all metrics.
///
/// The same estimates as `metric_interval` and `permuted_chance` of motrace-decode make for one metric at a time.
pub(super) fn figures(predictions: &[ClassPrediction], classes: usize, resampling: Resampling) -> Vec<MetricFigure> {
    let mut figures: Vec<MetricFigure> = Metric::ALL
        .into_iter()
        .filter_map(|metric| {
            let value = metric.of(predictions, classes)?;
            Some(MetricFigure { metric, value, interval: None, chance: None, chance_interval: None, p_value: None })
        })
        .collect();
    if figures.is_empty() {
        return figures;
    }
    let rounds = resampling.rounds.clamp(1, MOST_ROUNDS);
    let keys: Vec<Metric> = figures.iter().map(|figure| figure.metric).collect();

    let mut boot = vec![Vec::with_capacity(rounds); keys.len()];
    let mut chance = boot.clone();
    let measure = |predictions: &[ClassPrediction], into: &mut [Vec<f64>]| {
        for (key, into) in keys.iter().zip(into) {
            into.extend(key.of(predictions, classes));
        }
    };
    let of_class = |class| predictions.iter().filter(move |prediction| prediction.truth == class).collect::<Vec<_>>();
    let by_class: Vec<Vec<&ClassPrediction>> =
        (0..classes).map(of_class).filter(|own: &Vec<&ClassPrediction>| !own.is_empty()).collect();
    let mut drawn = predictions.to_vec();
    let mut rng = ChaCha8Rng::seed_from_u64(resampling.seed);
    for _ in 0..rounds {
        let draws = by_class.iter().flat_map(|own| std::iter::repeat_n(own, own.len()));
        for (to, own) in drawn.iter_mut().zip(draws) {
            let from = own[rng.random_range(0..own.len())];
            to.truth = from.truth;
            to.probabilities.clone_from(&from.probabilities);
        }
        measure(&drawn, &mut boot);
    }
    let mut drawn = predictions.to_vec();
    let mut truth: Vec<usize> = predictions.iter().map(|prediction| prediction.truth).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(resampling.seed);
    for _ in 0..rounds {
        truth.shuffle(&mut rng);
        drawn.iter_mut().zip(&truth).for_each(|(prediction, &truth)| prediction.truth = truth);
        measure(&drawn, &mut chance);
    }
    let right = predictions.iter().filter(|prediction| prediction.is_right()).count();
    for ((figure, boot), chance) in figures.iter_mut().zip(&mut boot).zip(&mut chance) {
        figure.interval = match figure.metric {
            Metric::Accuracy => Some(wilson_interval(right, predictions.len())),
            Metric::WolpawBits => {
                Some(wilson_interval(right, predictions.len()).map(|share| bits_per_decision(share, classes)))
            }
            _ => central_share(boot),
        };
        let slack = 1e-12 * (1.0 + figure.value.abs());
        let is_as_good = |value: f64| {
            if figure.metric.larger_is_better() { value >= figure.value - slack } else { value <= figure.value + slack }
        };
        let as_good = chance.iter().filter(|&&value| is_as_good(value)).count();
        figure.p_value = (!chance.is_empty()).then(|| (1 + as_good) as f64 / (1 + chance.len()) as f64);
        figure.chance = (!chance.is_empty()).then(|| chance.iter().sum::<f64>() / chance.len() as f64);
        figure.chance_interval = central_share(chance);
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;
    use motrace_decode::metrics::{metric_interval, permuted_chance};

    #[test]
    fn figures_are_those_of_one_metric_at_a_time() {
        let predictions: Vec<ClassPrediction> = (0..60)
            .map(|trial| {
                let p = 0.5 + 0.45 * (trial as f64 * 2.3).sin();
                ClassPrediction {
                    trial,
                    fold: 0,
                    truth: usize::from((trial * 7) % 10 < 5),
                    probabilities: vec![1.0 - p, p],
                }
            })
            .collect();
        let resampling = Resampling { rounds: 400, seed: 3 };
        let found = figures(&predictions, 2, resampling);
        assert_eq!(found.len(), Metric::ALL.len());
        for figure in found {
            let metric = figure.metric;
            assert_eq!(Some(figure.value), metric.of(&predictions, 2));
            let interval = metric_interval(metric, &predictions, 2, resampling);
            for (a, b) in interval.iter().flatten().zip(figure.interval.iter().flatten()) {
                assert!((a - b).abs() < 1e-9, "{metric:?}: {a} {b}");
            }
            let chance = permuted_chance(metric, &predictions, 2, resampling).unwrap();
            assert_eq!(figure.p_value, Some(chance.p_value), "{metric:?}");
            assert!(figure.chance.is_some_and(|mean| (mean - chance.mean).abs() < 1e-12));
        }
        assert!(figures(&[], 2, resampling).is_empty());
    }
}
