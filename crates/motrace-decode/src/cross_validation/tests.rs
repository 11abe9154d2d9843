use super::*;
use crate::simulated::{mixed_epochs, noise_epochs};
use ndarray::Axis;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

fn ignored(_: usize, _: usize) {}

fn validate(epochs: &Epochs, folds: Folds) -> CrossValidation {
    match cross_validate(epochs, &CspLdaSettings::default(), folds, &mut ignored) {
        Ok(result) => result,
        Err(error) => panic!("{error}"),
    }
}

/// Some trials of the epochs.
fn select(epochs: &Epochs, trials: &[usize]) -> Epochs {
    Epochs {
        data: epochs.data.select(Axis(0), trials),
        labels: trials.iter().map(|&t| epochs.labels[t]).collect(),
        class_names: epochs.class_names.clone(),
        groups: trials.iter().map(|&t| epochs.groups[t]).collect(),
    }
}

#[test]
fn folds_are_contiguous_and_cover_every_trial_once() -> Result<(), TrainError> {
    let sets = Folds::Chronological(5).test_sets(&[0; 23])?;
    assert_eq!(sets.iter().map(Vec::len).collect::<Vec<_>>(), [5, 5, 5, 4, 4]);
    assert_eq!(sets.concat(), (0..23).collect::<Vec<_>>());

    let sets = Folds::LeaveOneGroupOut.test_sets(&[3, 3, 1, 1, 3, 7])?;
    assert_eq!(sets, [vec![2, 3], vec![0, 1, 4], vec![5]]);
    Ok(())
}

#[test]
fn impossible_folds_are_refused() {
    for (folds, groups) in [
        (Folds::Chronological(0), vec![0; 9]),
        (Folds::Chronological(1), vec![0; 9]),
        (Folds::Chronological(10), vec![0; 9]),
        (Folds::LeaveOneGroupOut, vec![4; 9]),
        (Folds::LeaveOneGroupOut, vec![]),
    ] {
        assert!(matches!(folds.test_sets(&groups), Err(TrainError::Folds(_))), "{folds:?}");
    }
}

#[test]
fn each_fold_is_the_decoder_trained_on_the_rest() -> Result<(), TrainError> {
    let epochs = mixed_epochs(34, 5, 90, 1.8, 21);
    let settings = CspLdaSettings { patterns_per_side: 2 };
    for folds in [Folds::Chronological(4), Folds::LeaveOneGroupOut] {
        let result = cross_validate(&epochs, &settings, folds, &mut ignored)?;
        assert_eq!(result.predictions.len(), 34);
        for (fold, test) in folds.test_sets(&epochs.groups)?.into_iter().enumerate() {
            let train: Vec<usize> = (0..34).filter(|t| !test.contains(t)).collect();
            let model = CspLda::fit(&select(&epochs, &train), &settings)?;
            for trial in test {
                let prediction = result.predictions[trial];
                let value = model.value(epochs.data.index_axis(Axis(0), trial));
                assert!((prediction.value - value).abs() < 1e-9, "{} {value}", prediction.value);
                assert_eq!((prediction.trial, prediction.fold), (trial, fold));
                assert_eq!(prediction.predicted, usize::from(value > 0.0));
            }
        }
    }
    Ok(())
}

#[test]
fn a_difference_is_found_and_figures_agree_with_each_other() {
    let result = validate(&mixed_epochs(80, 6, 150, 3.0, 4), Folds::Chronological(5));
    assert!(result.accuracy > 0.9, "{}", result.accuracy);
    assert!(result.chance.is_exceeded_by(result.accuracy));
    assert!(result.auc.is_some_and(|auc| auc > 0.95));
    let mean = result.fold_accuracies.iter().sum::<f64>() / 5.0;
    assert!((mean - result.accuracy).abs() < 1e-12, "equal folds");
    assert!((result.kappa - (2.0 * result.accuracy - 1.0)).abs() < 1e-12, "balanced classes and one-half chance");
    assert!(result.accuracy_interval[0] < result.accuracy && result.accuracy <= result.accuracy_interval[1]);
}

#[test]
fn permuted_labels_give_chance() -> Result<(), TrainError> {
    // Many channels and short trials: spatial filters that see the test trials' labels fit them by chance.
    let mut epochs = noise_epochs(60, 16, 40, 9);
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let (mut honest, mut leaking) = (0.0, 0.0);
    for _ in 0..20 {
        epochs.labels.shuffle(&mut rng);
        honest += validate(&epochs, Folds::Chronological(5)).accuracy / 20.0;
        let settings = CspLdaSettings::default();
        let leak = cross_validate_with(&epochs.labels, &epochs.groups, Folds::Chronological(5), &mut ignored, |_| {
            let model = CspLda::fit(&epochs, &settings)?;
            let epochs = &epochs;
            Ok(move |trial| model.value(epochs.data.index_axis(Axis(0), trial)))
        })?;
        leaking += leak.accuracy / 20.0;
    }
    // 20 runs of 60 trials: a standard error of about 0.015, somewhat more as the runs share their data.
    assert!((honest - 0.5).abs() < 0.06, "{honest}");
    assert!(leaking > 0.7, "the control, which has seen the test trials: {leaking}");
    Ok(())
}

#[test]
fn progress_counts_the_folds() -> Result<(), TrainError> {
    let mut heard = Vec::new();
    let epochs = noise_epochs(30, 3, 40, 2);
    cross_validate(&epochs, &CspLdaSettings::default(), Folds::Chronological(3), &mut |done, total| {
        heard.push((done, total));
    })?;
    assert_eq!(heard, [(0, 3), (1, 3), (2, 3), (3, 3)]);
    Ok(())
}

#[test]
fn a_fold_that_cannot_be_trained_is_named() {
    let mut epochs = noise_epochs(20, 3, 40, 2);
    epochs.labels = (0..20).map(|t| usize::from(t >= 10)).collect();
    let result = cross_validate(&epochs, &CspLdaSettings::default(), Folds::Chronological(2), &mut ignored);
    let message = result.err().map(|e| e.to_string()).unwrap_or_default();
    assert!(message.starts_with("fold 1 of 2 cannot be trained: all 10 trials are of class right"), "{message}");
}

#[test]
fn any_decoder_can_be_tested() -> Result<(), TrainError> {
    let labels = [0, 1, 0, 1, 1, 1];
    let result = cross_validate_with(&labels, &[0; 6], Folds::Chronological(3), &mut ignored, |train| {
        assert_eq!(train.len(), 4);
        Ok(|trial| if trial == 2 { 1.0 } else { labels[trial] as f64 - 0.5 })
    })?;
    assert_eq!(result.confusion.counts, [[1, 1], [0, 4]]);
    assert_eq!(result.fold_accuracies, [1.0, 0.5, 1.0]);
    assert!((result.chance.level - 4.0 / 6.0).abs() < 1e-15, "the more frequent class");
    let mismatch = cross_validate_with(&labels, &[0; 5], Folds::Chronological(3), &mut ignored, |_| Ok(|_| 0.0));
    assert!(matches!(mismatch, Err(TrainError::Shape(_))));
    Ok(())
}
