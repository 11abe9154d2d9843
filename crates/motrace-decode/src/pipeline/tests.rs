use super::*;
use crate::{
    CentreMean, CspLda, CspLdaSettings, Epochs, Folds, Recentring, Shrinkage,
    metrics::{Metric, chance_interval},
    simulated::{class_epochs, mixed_epochs, noise_epochs},
};
use ndarray::{Array2, Axis};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

fn set(epochs: Epochs) -> TrialSet {
    let banked = |set: TrialSet, band: f64, epochs: &Epochs| set.with_band([band, band + 4.0], epochs);
    let other = noise_epochs_like(&epochs);
    match TrialSet::new(epochs.clone()).and_then(|s| banked(s, 8.0, &epochs)).and_then(|s| banked(s, 12.0, &other)) {
        Ok(set) => set,
        Err(error) => panic!("{error}"),
    }
}

/// A band in which the same trials tell nothing.
fn noise_epochs_like(epochs: &Epochs) -> Epochs {
    let (trials, channels, samples) = epochs.data.dim();
    Epochs { data: noise_epochs(trials, channels, samples, 77).data, ..epochs.clone() }
}

fn everything(channels: usize) -> Vec<Box<dyn Pipeline>> {
    vec![
        Box::new(CspPipeline { patterns_per_side: 1, ..CspPipeline::default() }),
        Box::new(CspPipeline { patterns_per_side: 2, kind: CspKind::JointDiagonalisation }),
        Box::new(FilterBankCsp { patterns_per_side: 1, features: 2 }),
        Box::new(LogVariance { derivations: Array2::eye(channels) }),
        Box::new(MinimumDistance::default()),
        Box::new(TangentSpace::default()),
        Box::new(TangentSpace { classifier: TangentClassifier::Lda, ..TangentSpace::default() }),
        Box::new(FilterBankTangent::default()),
    ]
}

fn validate(pipeline: &dyn Pipeline, set: &TrialSet) -> Vec<ClassPrediction> {
    let folds = Folds::Chronological(4).test_sets(set.groups());
    match folds.and_then(|folds| cross_validate_pipeline(pipeline, set, &folds, &mut |_, _| ())) {
        Ok(predictions) => predictions,
        Err(error) => panic!("{}: {error}", pipeline.name()),
    }
}

fn accuracy(pipeline: &dyn Pipeline, set: &TrialSet) -> f64 {
    Metric::Accuracy.of(&validate(pipeline, set), set.classes()).unwrap_or(f64::NAN)
}

fn fitted(pipeline: &dyn Pipeline, set: &TrialSet) -> Box<dyn FittedPipeline> {
    let all: Vec<usize> = (0..set.trials()).collect();
    match pipeline.fit(set, &all) {
        Ok(fitted) => fitted,
        Err(error) => panic!("{}: {error}", pipeline.name()),
    }
}

fn all_probabilities(pipeline: &dyn Pipeline, set: &TrialSet) -> Vec<Vec<f64>> {
    let fitted = fitted(pipeline, set);
    (0..set.trials()).map(|trial| fitted.probabilities(set, trial).unwrap_or_default()).collect()
}

#[test]
fn every_pipeline_finds_what_is_there_and_nothing_else() {
    for classes in [2, 4] {
        let found = set(class_epochs(72, 6, 90, classes, 2.2, 5));
        let empty = set(class_epochs(72, 6, 90, classes, 1.0, 6));
        for pipeline in everything(6) {
            let name = pipeline.name();
            let right = accuracy(pipeline.as_ref(), &found);
            // Unmixed channels alone do not see the sources: the log-variance only has to be better than chance.
            let least = if name.starts_with("log") { 0.45 } else { 0.8 };
            assert!(right > least, "{name}, {classes} classes: {right}");
            let chance = accuracy(pipeline.as_ref(), &empty);
            let interval = chance_interval(72, 1.0 / classes as f64);
            assert!(chance < interval.high + 0.1 && chance > interval.low - 0.1, "{name}, {classes}: {chance}");
        }
    }
}

#[test]
fn permuted_labels_give_chance() {
    let epochs = class_epochs(48, 5, 60, 2, 2.2, 9);
    for pipeline in everything(5) {
        let mut mean = 0.0;
        for seed in 0..10 {
            let mut permuted = epochs.clone();
            permuted.labels.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
            mean += accuracy(pipeline.as_ref(), &set(permuted)) / 10.0;
        }
        assert!((0.35..0.65).contains(&mean), "{}: {mean}", pipeline.name());
    }
}

#[test]
fn of_two_classes_csp_is_the_decoder_of_sessions() -> Result<(), TrainError> {
    let epochs = mixed_epochs(40, 6, 80, 1.5, 3);
    let online = CspLda::fit(&epochs, &CspLdaSettings { patterns_per_side: 2 })?;
    for kind in [CspKind::OneAgainstRest, CspKind::JointDiagonalisation] {
        let ours = all_probabilities(&CspPipeline { patterns_per_side: 2, kind }, &set(epochs.clone()));
        for (trial, ours) in epochs.data.outer_iter().zip(ours) {
            assert!((ours[1] - online.probability(online.value(trial))).abs() < 1e-8);
        }
    }
    Ok(())
}

#[test]
fn a_common_average_changes_little_and_breaks_nothing() {
    let mut epochs = class_epochs(60, 6, 90, 3, 2.2, 4);
    let mean = epochs.data.mean_axis(Axis(1)).unwrap_or_else(|| panic!("no channels"));
    epochs.data -= &mean.insert_axis(Axis(1));
    let set = set(epochs);
    for pipeline in everything(6) {
        for p in all_probabilities(pipeline.as_ref(), &set) {
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{}: {p:?}", pipeline.name());
        }
        if !pipeline.name().starts_with("log") {
            assert!(accuracy(pipeline.as_ref(), &set) > 0.7, "{}", pipeline.name());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// However the channels are mixed, distances stay. Shrinkage is off: it has a favourite unit.
    #[test]
    fn mixing_does_not_matter_to_distances(seed in 0_u64..10_000, classes in 2_usize..4) {
        let epochs = class_epochs(8 * classes, 4, 60, classes, 1.6, seed);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mixing = Array2::from_shape_simple_fn((4, 4), || rng.random_range(-0.2..0.2)) + Array2::<f64>::eye(4);
        let mut mixed = epochs.clone();
        for mut trial in mixed.data.outer_iter_mut() {
            let other = mixing.dot(&trial);
            trial.assign(&other);
        }
        let shrinkage = Shrinkage::Off;
        let tangent = TangentSpace { shrinkage, classifier: TangentClassifier::Logistic { loss_weight: 1.0 } };
        let (epochs, mixed) = (set(epochs), set(mixed));
        let lda = TangentSpace { shrinkage, classifier: TangentClassifier::Lda };
        for pipeline in [&MinimumDistance { shrinkage } as &dyn Pipeline, &tangent, &lda] {
            for (a, b) in all_probabilities(pipeline, &epochs).iter().zip(all_probabilities(pipeline, &mixed)) {
                for (a, b) in a.iter().zip(b) {
                    prop_assert!((a - b).abs() < 1e-6, "{}: {a} {b}", pipeline.name());
                }
            }
        }
    }

    #[test]
    fn the_unit_does_not_matter(seed in 0_u64..10_000) {
        let epochs = class_epochs(24, 4, 60, 3, 1.6, seed);
        let scaled = Epochs { data: &epochs.data * 1e6, ..epochs.clone() };
        let banked = |epochs: &Epochs| TrialSet::new(epochs.clone()).and_then(|s| s.with_band([8.0, 12.0], epochs));
        let (Ok(epochs), Ok(scaled)) = (banked(&epochs), banked(&scaled)) else { return Err(TestCaseError::fail("set")) };
        for pipeline in everything(4) {
            let pairs = all_probabilities(pipeline.as_ref(), &epochs);
            for (a, b) in pairs.iter().zip(all_probabilities(pipeline.as_ref(), &scaled)) {
                for (a, b) in a.iter().zip(b) {
                    prop_assert!((a - b).abs() < 1e-6, "{}: {a} {b}", pipeline.name());
                }
            }
        }
    }
}

#[test]
fn re_centred_recordings_have_the_identity_for_a_mean_and_can_be_transferred() -> Result<(), TrainError> {
    // Four recordings of the same sources, each mixed anew.
    let mut epochs = class_epochs(80, 4, 100, 2, 2.0, 8);
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mixings: Vec<Array2<f64>> = (0..4)
        .map(|_| Array2::from_shape_simple_fn((4, 4), || rng.random_range(-0.3..0.3)) + Array2::<f64>::eye(4))
        .collect();
    for (trial, mut data) in epochs.data.outer_iter_mut().enumerate() {
        let other = mixings[epochs.groups[trial]].dot(&data) * 10.0_f64.powi(epochs.groups[trial] as i32);
        data.assign(&other);
    }
    let leave_one_out = |epochs: &Epochs| -> Result<f64, TrainError> {
        let set = TrialSet::new(epochs.clone())?;
        let folds = Folds::LeaveOneGroupOut.test_sets(set.groups())?;
        let found = cross_validate_pipeline(&MinimumDistance::default(), &set, &folds, &mut |_, _| ())?;
        Ok(Metric::Accuracy.of(&found, 2).unwrap_or(f64::NAN))
    };
    let plain = leave_one_out(&epochs)?;
    for mean in [CentreMean::Euclidean, CentreMean::Riemannian] {
        let centred = Recentring { mean, first_trials: None }.apply(&epochs)?;
        assert!(leave_one_out(&centred)? > plain + 0.15, "{mean:?}: {} {plain}", leave_one_out(&centred)?);
        if mean == CentreMean::Euclidean {
            for group in 0..4 {
                let mut covariance = Array2::<f64>::zeros((4, 4));
                for (trial, _) in epochs.groups.iter().enumerate().filter(|(_, g)| **g == group) {
                    let x = centred.data.index_axis(Axis(0), trial);
                    covariance += &(x.dot(&x.t()) / 100.0 / 20.0);
                }
                assert!((covariance - Array2::<f64>::eye(4)).iter().all(|off| off.abs() < 1e-9));
            }
        }
        let early = Recentring { mean, first_trials: Some(8) }.apply(&epochs)?;
        assert!(leave_one_out(&early)? > plain + 0.1, "{mean:?} of the first trials");
        // What comes later does not move a centre of the first trials.
        let mut louder = epochs.clone();
        louder.data.index_axis_mut(Axis(0), 15).mapv_inplace(|x| 5.0 * x);
        let other = Recentring { mean, first_trials: Some(8) }.apply(&louder)?;
        assert_eq!(other.data.index_axis(Axis(0), 3), early.data.index_axis(Axis(0), 3));
        assert!(Recentring { mean, first_trials: Some(0) }.apply(&epochs).is_err());
    }
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused() -> Result<(), TrainError> {
    let epochs = class_epochs(24, 4, 60, 3, 1.6, 1);
    let set = set(epochs.clone());
    let few: Vec<usize> = (0..6).collect();
    let narrow = Epochs { data: epochs.data.select(Axis(1), &[0, 1, 2]), ..epochs.clone() };
    let narrow = TrialSet::new(narrow)?;
    let unbanked = TrialSet::new(epochs.clone())?;
    for pipeline in everything(4) {
        assert!(matches!(pipeline.fit(&set, &few), Err(TrainError::TooFewTrials { .. })), "{}", pipeline.name());
        assert!(matches!(pipeline.fit(&set, &[99]), Err(TrainError::Shape(_))));
        let fitted = fitted(pipeline.as_ref(), &set);
        assert!(matches!(fitted.probabilities(&set, 24), Err(TrainError::Shape(_))));
        assert!(matches!(fitted.probabilities(&narrow, 0), Err(TrainError::Shape(_))));
        assert_eq!(fitted.probabilities(&unbanked, 0).is_err(), pipeline.name().starts_with("filter-bank"));
    }
    let all: Vec<usize> = (0..24).collect();
    assert!(FilterBankCsp::default().fit(&unbanked, &all).is_err());
    for derivations in [Array2::zeros((0, 4)), Array2::eye(3), Array2::from_elem((1, 4), f64::NAN)] {
        assert!(matches!(LogVariance { derivations }.fit(&set, &all), Err(TrainError::Shape(_))));
    }
    let logistic = TangentClassifier::Logistic { loss_weight: -1.0 };
    assert!(TangentSpace { classifier: logistic, ..TangentSpace::default() }.fit(&set, &all).is_err());
    let other = Epochs { labels: vec![0; 24], ..epochs.clone() };
    assert!(matches!(unbanked.with_band([8.0, 12.0], &other), Err(TrainError::Shape(_))));
    let folds = vec![(0..20).collect::<Vec<usize>>()];
    let error = cross_validate_pipeline(&MinimumDistance::default(), &set, &folds, &mut |_, _| ());
    assert!(matches!(error, Err(TrainError::InFold { fold: 1, folds: 1, .. })));
    Ok(())
}

#[test]
fn a_test_trial_has_no_part_in_training() -> Result<(), TrainError> {
    let epochs = class_epochs(40, 4, 60, 2, 1.8, 2);
    let mut changed = epochs.clone();
    changed.data.index_axis_mut(Axis(0), 39).mapv_inplace(|x| 1e3 * x);
    let train: Vec<usize> = (0..39).collect();
    let (plain, changed) = (set(epochs), set(changed));
    for pipeline in everything(4) {
        let (a, b) = (pipeline.fit(&plain, &train)?, pipeline.fit(&changed, &train)?);
        for trial in 0..39 {
            assert_eq!(a.probabilities(&plain, trial)?, b.probabilities(&changed, trial)?, "{}", pipeline.name());
        }
    }
    Ok(())
}
