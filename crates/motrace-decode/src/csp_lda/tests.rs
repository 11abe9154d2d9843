use crate::{CspLda, CspLdaSettings, Epochs, TrainError, simulated::mixed_epochs, simulated::noise_epochs};
use ndarray::{Array2, Axis};
use proptest::prelude::*;

fn fit(epochs: &Epochs) -> CspLda {
    match CspLda::fit(epochs, &CspLdaSettings::default()) {
        Ok(model) => model,
        Err(error) => panic!("{error}"),
    }
}

fn values(model: &CspLda, epochs: &Epochs) -> Vec<f64> {
    epochs.data.outer_iter().map(|trial| model.value(trial)).collect()
}

/// The epochs after a common average reference.
fn common_average(mut epochs: Epochs) -> Epochs {
    let mean = epochs.data.mean_axis(Axis(1)).unwrap_or_else(|| panic!("no channels"));
    epochs.data -= &mean.insert_axis(Axis(1));
    epochs
}

/// How many times larger than a filter's output the terms are that it is summed from: where channels are nearly alike,
/// they cancel, and rounding errors are as many times larger.
fn cancellation(model: &CspLda, epochs: &Epochs) -> f64 {
    let mut covariance = Array2::<f64>::zeros((epochs.data.dim().1, epochs.data.dim().1));
    for trial in epochs.data.outer_iter() {
        covariance += &trial.dot(&trial.t());
    }
    let sizes = covariance.mapv(f64::abs);
    let of = |filter: ndarray::ArrayView1<f64>| {
        let size = filter.mapv(f64::abs);
        size.dot(&sizes).dot(&size) / filter.dot(&covariance).dot(&filter)
    };
    model.filters.outer_iter().map(of).fold(0.0, f64::max)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn unit_does_not_matter(seed in 0_u64..1000, scale in prop::sample::select(vec![1e6, 1e3, 1e-6, 0.37])) {
        let epochs = mixed_epochs(24, 6, 80, 2.0, seed);
        let scaled = Epochs { data: &epochs.data * scale, ..epochs.clone() };
        let (model, other) = (fit(&epochs), fit(&scaled));
        for (a, b) in values(&model, &epochs).into_iter().zip(values(&other, &scaled)) {
            prop_assert!((a - b).abs() <= 1e-9, "{a} {b}");
        }
        prop_assert!((model.logit_gain - other.logit_gain).abs() <= 1e-9 * model.logit_gain);
        for (a, b) in model.filters.iter().zip(&other.filters) {
            prop_assert!((a - b).abs() <= 1e-9, "filters have no unit: {a} {b}");
        }
    }

    #[test]
    fn polarity_does_not_matter(seed in 0_u64..1000) {
        let epochs = mixed_epochs(24, 5, 60, 2.0, seed);
        let flipped = Epochs { data: -&epochs.data, ..epochs.clone() };
        prop_assert_eq!(fit(&epochs), fit(&flipped));
    }

    #[test]
    fn swapping_the_classes_negates_the_output(seed in 0_u64..1000) {
        let epochs = mixed_epochs(24, 6, 60, 2.0, seed);
        let swapped = Epochs { labels: epochs.labels.iter().map(|l| 1 - l).collect(), ..epochs.clone() };
        for (a, b) in values(&fit(&epochs), &epochs).into_iter().zip(values(&fit(&swapped), &epochs)) {
            prop_assert!((a + b).abs() <= 1e-9, "{a} {b}");
        }
    }

    #[test]
    fn scale_of_filters_patterns_and_outputs(seed in 0_u64..1000, channels in 2_usize..9, averaged: bool) {
        prop_assume!(channels > 2 || !averaged);
        let mut epochs = mixed_epochs(26, channels, 70, 1.5, seed);
        if averaged {
            epochs = common_average(epochs);
        }
        let model = fit(&epochs);
        prop_assume!(cancellation(&model, &epochs) < 1e5);
        let rank = if averaged { channels - 1 } else { channels };
        prop_assert_eq!(model.components(), 2 * (rank / 2).min(3));
        // A is the pattern of W: W A = 1, and its largest entry is +1.
        let product = model.filters.dot(&model.patterns.t());
        for ((k, l), x) in product.indexed_iter() {
            prop_assert!((x - f64::from(u8::from(k == l))).abs() < 1e-9, "WA[{k},{l}] = {x}");
        }
        for pattern in model.patterns.outer_iter() {
            let peak = pattern.iter().copied().fold(f64::MIN, f64::max);
            prop_assert!((peak - 1.0).abs() < 1e-12 && pattern.iter().all(|a| *a >= -1.0 - 1e-12));
        }
        prop_assert!(model.eigenvalues.is_sorted());
        prop_assert!(model.offset().abs() < 1e-9);
        // Class means at ±1, by the plain definition of the output.
        let outputs = values(&model, &epochs);
        for class in [0, 1] {
            let of_class: Vec<f64> =
                outputs.iter().zip(&epochs.labels).filter(|(_, l)| **l == class).map(|(v, _)| *v).collect();
            let mean = of_class.iter().sum::<f64>() / of_class.len() as f64;
            let wanted = if class == 0 { -1.0 } else { 1.0 };
            prop_assert!((mean - wanted).abs() < 1e-9, "{mean}");
        }
    }
}

#[test]
fn a_common_average_leaves_no_filter_in_the_null_space() {
    let epochs = common_average(mixed_epochs(30, 6, 80, 2.0, 3));
    let model = fit(&epochs);
    assert_eq!(model.components(), 4, "five dimensions, two patterns a side");
    for filter in model.filters.outer_iter() {
        let norm = filter.dot(&filter).sqrt();
        assert!(filter.sum().abs() < 1e-9 * norm, "a filter reads the direction that holds nothing");
    }
    assert!(model.root_log_power.iter().all(|p| *p > (1e-14_f64).ln()));
}

#[test]
fn an_informative_component_is_found() {
    let epochs = mixed_epochs(60, 6, 200, 3.0, 5);
    let model = fit(&epochs);
    assert!(model.eigenvalues[0] < 0.2 && model.eigenvalues[5] > 0.8, "{:?}", model.eigenvalues);
    let right =
        values(&model, &epochs).iter().zip(&epochs.labels).filter(|(v, l)| usize::from(**v > 0.0) == **l).count();
    assert!(right >= 58, "{right} of 60");
}

#[test]
fn a_silent_window_has_a_finite_output() {
    let epochs = mixed_epochs(24, 4, 60, 2.0, 7);
    let model = fit(&epochs);
    assert!(model.value_from_powers(&[0.0; 4]).is_finite());
    assert!(model.value(ndarray::Array2::zeros((4, 60)).view()).is_finite());
    assert!(model.value_from_powers(&[f64::NAN; 4]).is_nan(), "not hidden");
    let at_root: Vec<f64> = model.root_log_power.iter().map(|p| p.exp()).collect();
    assert!((model.value_from_powers(&at_root) - model.offset()).abs() < 1e-9);
}

#[test]
fn probability_follows_the_output() {
    let model = fit(&mixed_epochs(24, 4, 60, 2.0, 8));
    assert_eq!(model.probability(0.0), 0.5);
    assert!(model.probability(1.0) > 0.5 && model.probability(-1.0) < 0.5);
    assert_eq!(model.probability(f64::MIN), 0.0);
    assert_eq!(model.probability(f64::MAX), 1.0);
    assert!((model.probability(0.7) + model.probability(-0.7) - 1.0).abs() < 1e-15);
}

#[test]
fn each_flaw_of_the_data_has_its_message() {
    let good = || noise_epochs(16, 4, 50, 1);
    let error = |epochs: &Epochs| match CspLda::fit(epochs, &CspLdaSettings::default()) {
        Err(error) => error,
        Ok(_) => panic!("was trained"),
    };

    let mut epochs = good();
    epochs.data[[3, 2, 7]] = f64::NAN;
    assert_eq!(error(&epochs), TrainError::NonFinite { trial: 4, channel: 3, sample: 8 });
    epochs.data[[3, 2, 7]] = f64::NEG_INFINITY;
    assert_eq!(error(&epochs), TrainError::NonFinite { trial: 4, channel: 3, sample: 8 });
    epochs.data[[3, 2, 7]] = 1e300;
    assert_eq!(error(&epochs), TrainError::NonFinite { trial: 4, channel: 3, sample: 8 });

    let mut epochs = good();
    epochs.data.index_axis_mut(Axis(1), 1).fill(-0.1875);
    assert_eq!(error(&epochs), TrainError::ConstantChannel { channel: 2 });

    let mut epochs = good();
    epochs.labels.fill(1);
    let message = error(&epochs).to_string();
    assert!(message.contains("all 16 trials are of class right, none of left"), "{message}");

    epochs.labels[..3].fill(0);
    assert_eq!(error(&epochs), TrainError::TooFewTrials { class: "left".into(), trials: 3, needed: 4 });

    let mut epochs = good();
    epochs.labels[5] = 2;
    assert!(error(&epochs).to_string().contains("trial 6 has class 2"));

    let mut epochs = good();
    epochs.groups.pop();
    assert!(matches!(error(&epochs), TrainError::Shape(_)));

    let mut epochs = good();
    epochs.data = ndarray::Array3::zeros((16, 0, 50));
    assert!(matches!(error(&epochs), TrainError::Shape(_)));

    // Two channels that mirror each other are one dimension.
    let epochs = common_average(noise_epochs(16, 2, 50, 1));
    assert_eq!(error(&epochs), TrainError::TooFewChannels { channels: 2, rank: 1 });

    // The same trial again and again.
    let mut epochs = good();
    let first = epochs.data.index_axis(Axis(0), 0).to_owned();
    epochs.data.outer_iter_mut().for_each(|mut trial| trial.assign(&first));
    assert!(matches!(error(&epochs), TrainError::Degenerate(_)));
}

#[test]
fn components_come_by_class_with_the_most_telling_first() -> Result<(), TrainError> {
    let model = CspLda::fit(&mixed_epochs(60, 6, 150, 3.0, 4), &CspLdaSettings::default())?;
    let by_class = model.components_by_class();
    assert_eq!(by_class[0].len() + by_class[1].len(), 6);
    for (class, components) in by_class.iter().enumerate() {
        for component in components {
            let row = model.patterns.row(component.number);
            assert!(component.pattern.iter().eq(row.iter()));
            assert_eq!((component.eigenvalue > 0.5, component.stronger_in), (class == 1, class));
            assert_eq!(component.weight, model.weights[component.number]);
            assert_eq!(component.weight > 0.0, component.speaks_for == 1);
        }
        assert!(components.is_sorted_by_key(|c| -(c.eigenvalue - 0.5).abs()));
        assert_eq!(components[0].speaks_for, class, "the strong source of each class");
    }
    Ok(())
}
