use crate::simulated::{eegnet, mlp, rhythms, shallow};
use motrace_net::training::{
    Checkpoint, CheckpointError, TrainedNetwork, TrainingError, TrainingSettings, Trials, train,
};
use motrace_net::{Architecture, Layer};
use std::ops::ControlFlow;

fn settings() -> TrainingSettings {
    let mut settings = TrainingSettings {
        epochs: Some(3),
        batch_size: 11,
        learning_rate: Some(2e-3),
        seeds: vec![3, 4],
        threads: Some(2),
        ..TrainingSettings::default()
    };
    settings.augmentations.channel_dropout = 0.2;
    settings.augmentations.noise = 0.1;
    settings
}

fn trained(architecture: &Architecture, trials: &Trials, settings: &TrainingSettings) -> TrainedNetwork {
    train(architecture, trials, settings, None, |_, _| ControlFlow::Continue(())).expect("trained")
}

fn bits(trained: &TrainedNetwork) -> Vec<u32> {
    let mut bits = Vec::new();
    for layer in trained.network.layers() {
        layer.parameters().iter().for_each(|(_, values)| bits.extend(values.iter().map(|value| value.to_bits())));
        if let Layer::BatchNorm(norm) = layer {
            bits.extend(norm.mean.iter().chain(&norm.variance).map(|value| value.to_bits()));
        }
    }
    bits
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let trials = rhythms(50, 90, 1);
    for architecture in [eegnet(), shallow(), mlp()] {
        let with =
            |threads| trained(&architecture, &trials, &TrainingSettings { threads: Some(threads), ..settings() });
        let one = with(1);
        for threads in [2, 3] {
            let more = with(threads);
            assert_eq!(bits(&one), bits(&more), "{} with {threads} threads", architecture.title());
            assert_eq!(one.reports, more.reports);
        }
        let other = trained(&architecture, &trials, &TrainingSettings { seeds: vec![9], ..settings() });
        assert_ne!(bits(&one), bits(&other));
    }
}

#[test]
fn interrupted_training_goes_on_to_the_same_bits() {
    let trials = rhythms(40, 90, 1);
    for architecture in [eegnet(), shallow(), mlp()] {
        let whole = trained(&architecture, &trials, &settings());
        // In the first seed, at its end, and in the second.
        for stop in [2, 3, 5] {
            let (mut epochs, mut kept) = (0, Vec::new());
            train(&architecture, &trials, &settings(), None, |trainer, _| {
                epochs += 1;
                if epochs < stop {
                    return ControlFlow::Continue(());
                }
                kept = trainer.checkpoint().to_bytes().expect("bytes");
                ControlFlow::Break(())
            })
            .expect("trained");
            let checkpoint = Checkpoint::from_bytes(&kept).expect("a checkpoint");
            let later = TrainingSettings { threads: Some(1), ..settings() };
            let more = train(&architecture, &trials, &later, Some(&checkpoint), |_, _| ControlFlow::Continue(()));
            let more = more.expect("trained");
            assert_eq!(bits(&whole), bits(&more), "{} stopped after {stop}", architecture.title());
            assert_eq!(whole.reports, more.reports);
            assert_eq!(whole.seed, more.seed);
        }
    }
}

#[test]
fn a_checkpoint_is_refused_where_it_does_not_belong() {
    let trials = rhythms(40, 90, 1);
    let mut kept = None;
    train(&shallow(), &trials, &settings(), None, |trainer, _| {
        kept = Some(trainer.checkpoint());
        ControlFlow::Break(())
    })
    .expect("trained");
    let kept = kept.expect("a checkpoint");
    let refused = |architecture: &Architecture, trials: &Trials, settings: &TrainingSettings| match train(
        architecture,
        trials,
        settings,
        Some(&kept),
        |_, _| ControlFlow::Break(()),
    ) {
        Err(TrainingError::Checkpoint(error)) => error,
        other => panic!("{other:?}"),
    };
    let other = TrainingSettings { learning_rate: Some(1e-3), ..settings() };
    let error = refused(&shallow(), &trials, &other);
    assert_eq!(error, CheckpointError::OtherSettings("learning_rate".into()));
    assert!(error.to_string().contains("another learning_rate"), "{error}");
    assert_eq!(refused(&eegnet(), &trials, &settings()), CheckpointError::OtherNetwork);
    let mut others = trials.clone();
    others.windows.values[77] += 1e-6;
    assert_eq!(refused(&shallow(), &others, &settings()), CheckpointError::OtherTrials);
    let mut others = trials.clone();
    others.labels.swap(0, 1);
    assert_eq!(refused(&shallow(), &others, &settings()), CheckpointError::OtherTrials);

    let bytes = kept.to_bytes().expect("bytes");
    for cut in [0, 7, 8, 100, bytes.len() / 2, bytes.len() - 1] {
        let error = Checkpoint::from_bytes(&bytes[..cut]).expect_err("cut");
        assert!(error.to_string().starts_with("this is not a whole training checkpoint"), "{error}");
    }
    let mut nan = bytes.clone();
    let last = nan.len() - 4;
    nan[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(Checkpoint::from_bytes(&nan).expect_err("NaN").to_string().contains("not finite"));
}
