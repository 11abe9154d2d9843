use super::*;
use crate::metrics::chance_interval;

fn predictions(right: usize, total: usize) -> Vec<ClassPrediction> {
    (0..total)
        .map(|trial| {
            let truth = trial % 2;
            let decided = if trial < right { truth } else { 1 - truth };
            let mut probabilities = vec![0.3, 0.3];
            probabilities[decided] = 0.7;
            ClassPrediction { trial, fold: 0, truth, probabilities }
        })
        .collect()
}

#[test]
fn the_bootstrap_agrees_with_what_is_known_of_proportions() {
    // Balanced classes: balanced accuracy is a mean of independent trials, so its interval is about the Wilson one.
    let all = predictions(140, 200);
    let interval = metric_interval(Metric::BalancedAccuracy, &all, 2, Resampling::default());
    let wilson = metric_interval(Metric::Accuracy, &all, 2, Resampling::default());
    let (Some([low, high]), Some([known_low, known_high])) = (interval, wilson) else { panic!("no interval") };
    assert!((low - known_low).abs() < 0.015 && (high - known_high).abs() < 0.015, "{low} {high}");
    let again = metric_interval(Metric::BalancedAccuracy, &all, 2, Resampling::default());
    assert_eq!(interval, again, "the same seed gives the same bits");
    let [Some([k_low, k_high]), Some(kappa)] =
        [metric_interval(Metric::Kappa, &all, 2, Resampling::default()), Some([0.4, 0.4])]
    else {
        panic!("no interval")
    };
    assert!(k_low < kappa[0] && kappa[0] < k_high);
    // The analytic error of κ, an independent way to the same width.
    let error = super::super::Confusion::of_predictions(&all, 2).kappa_error();
    assert!(((k_high - k_low) / (2.0 * 1.96 * error) - 1.0).abs() < 0.15);
}

#[test]
fn every_metric_has_an_interval_around_its_value() {
    let all = predictions(80, 100);
    for metric in Metric::ALL {
        let value = metric.of(&all, 2);
        let interval = metric_interval(metric, &all, 2, Resampling { rounds: 500, seed: 1 });
        let (Some(value), Some([low, high])) = (value, interval) else { panic!("{metric:?} has none") };
        assert!(low <= value + 1e-9 && value <= high + 0.05, "{metric:?}: {low} {value} {high}");
        assert_eq!(metric.of(&[], 2), None);
        assert_eq!(metric_interval(metric, &[], 2, Resampling::default()), None);
        assert_eq!(permuted_chance(metric, &[], 2, Resampling::default()), None);
    }
}

#[test]
fn permuted_chance_is_that_of_guessing() {
    let all = predictions(100, 100);
    let Some(chance) = permuted_chance(Metric::Accuracy, &all, 2, Resampling::default()) else { panic!("none") };
    assert!((chance.mean - 0.5).abs() < 0.01);
    assert!((chance.p_value - 1.0 / 2001.0).abs() < 1e-12, "never as good by chance");
    // Hypergeometric instead of binomial, which is a little narrower or wider by a trial or two.
    let binomial = chance_interval(100, 0.5);
    assert!((chance.interval[0] - binomial.low).abs() <= 0.03 && (chance.interval[1] - binomial.high).abs() <= 0.03);
    let Some(chance) = permuted_chance(Metric::LogLoss, &predictions(50, 100), 2, Resampling::default()) else {
        panic!("none")
    };
    assert!(chance.p_value > 0.2, "{chance:?}");
}

#[test]
fn the_paired_test_is_that_of_mcnemar_for_right_and_wrong() {
    // 9 trials that only the first decides rightly, 3 that only the second does: 2·P(X ≤ 3), X ~ B(12, ½).
    let first: Vec<f64> = (0..30).map(|i| f64::from(u8::from(!(9..12).contains(&i)))).collect();
    let second: Vec<f64> = (0..30).map(|i| f64::from(u8::from(i >= 9))).collect();
    let Some(test) = paired_permutation_test(&first, &second, Resampling::default()) else { panic!("none") };
    let exact = 2.0 * (1.0 + 12.0 + 66.0 + 220.0) / 4096.0;
    assert!(test.is_exact && (test.p_value - exact).abs() < 1e-12, "{test:?} {exact}");
    assert!((test.mean_difference - 0.2).abs() < 1e-12);
    // Twice as many of each: at random now, and about the binomial of 24.
    let twice = |v: &[f64]| [v, v].concat();
    let many = Resampling { rounds: 20_000, seed: 3 };
    let Some(test) = paired_permutation_test(&twice(&first), &twice(&second), many) else { panic!("none") };
    assert!(!test.is_exact && (test.p_value - 0.0227).abs() < 0.006, "{test:?}");
}

#[test]
fn equal_decoders_do_not_differ() {
    let same = [0.5, 0.7, 0.9];
    let test = paired_permutation_test(&same, &same, Resampling::default());
    assert_eq!(test, Some(PairedTest { mean_difference: 0.0, p_value: 1.0, is_exact: true }));
    assert_eq!(paired_permutation_test(&[], &[], Resampling::default()), None);
    assert_eq!(paired_permutation_test(&same, &[0.1], Resampling::default()), None);
    assert_eq!(paired_permutation_test(&[f64::NAN], &[0.1], Resampling::default()), None);
}
